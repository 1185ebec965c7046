// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca token: what an attestation token says, whether its signatures are good, and whether it is what was wanted.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "token/policy.h"

#define CANNOT(p, s, next, ...) problem(p, STATUS_FAILED, (s)->operand, "read the token", next, __VA_ARGS__)

/* What is told of checks, good ones too. */
struct checks {
	struct section *list;
	bool json;
	unsigned int count, wrong;
	char names[200];		/* of those that are wrong */
};

enum result { CHECK_GOOD, CHECK_WRONG, CHECK_NOT_MADE };

static int read_file(const struct settings *s, uint8_t *bytes, size_t *length, struct problem *p)
{
	const bool standard = !strcmp(s->operand, "-");
	FILE *file = standard ? stdin : fopen(s->operand, "rbe");
	int error;

	if (!file)
		return CANNOT(p, s, NULL, "%s", strerror(errno));
	errno = 0;
	*length = fread(bytes, 1, TOKEN_SIZE_MAX + 1, file);
	error = ferror(file) ? errno : 0;
	if (!standard)
		fclose(file);
	if (error)
		return CANNOT(p, s, NULL, "%s", strerror(error));
	if (*length > TOKEN_SIZE_MAX)
		return CANNOT(p, s, NULL, "it has more than %d KiB, and no token has", TOKEN_SIZE_MAX >> 10);
	return STATUS_OK;
}

/* ------------------------------------------------------------------ telling */

static void tell_claims(struct document *d, const struct token *t, bool platform)
{
	struct section *facts = document_facts(d, platform ? "platform" : "realm", platform ? "Platform" : "Realm");
	char text[CLAIM_TEXT_MAX];

	for (int i = 0; i < CLAIMS; i++) {
		if (claim_is_platform(i) != platform || claim_defs[i].form == FORM_NONE)
			continue;
		if (claim_defs[i].form == FORM_NUMBER && t->claims[i].kind == ITEM_UINT)
			fact_number(facts, claim_defs[i].key, claim_defs[i].title, t->claims[i].value, NULL);
		else
			fact_text(facts, claim_defs[i].key, claim_defs[i].title, "%s", claim_text(t, i, text));
	}
}

static void tell_components(struct document *d, const struct token *t)
{
	static const struct column columns[] = {
		{ "component", "COMPONENT", false }, { "version", "VERSION", false },
		{ "measurement", "MEASUREMENT", false }, { "signer", "SIGNER", false },
		{ "component-hash", "HASH", false }, { NULL, NULL, false },
	};
	static const enum component_part parts[] = {
		PART_TYPE, PART_VERSION, PART_MEASUREMENT, PART_SIGNER, PART_HASH,
	};
	struct section *list = document_list(d, "components", "Software of the platform", columns);
	char texts[PARTS][CLAIM_TEXT_MAX];
	const char *cells[PARTS];

	for (unsigned int i = 0; i < t->component_count; i++) {
		for (int k = 0; k < PARTS; k++)
			cells[k] = part_text(&t->components[i], parts[k], texts[k]);
		list_row(list, cells);
	}
}

/* What the rows of facts and lists have no place for. */
static void tell_format(struct document *d, const struct token *t, size_t length)
{
	struct section *facts = document_facts(d, "token", "Token");
	char words[OTHERS_MAX * 22] = "";
	size_t used = 0;

	for (unsigned int i = 0; i < t->other_count; i++) {
		if (t->others[i] == INT64_MIN)
			used += snprintf(words + used, sizeof(words) - used, "%s?", used ? " " : "");
		else
			used += snprintf(words + used, sizeof(words) - used, "%s%" PRId64, used ? " " : "",
					 t->others[i]);
	}
	fact_number(facts, "length", "length", length, "bytes");
	fact_words(facts, "other-claims", "claims not known here", words);
}

/* ----------------------------------------------------------------- checking */

static void tell_check(struct checks *c, const char *what, enum result result, const char *wanted, const char *found)
{
	static const char *const words[] = { "good", "wrong", "not checked" };
	const size_t used = strlen(c->names);
	const bool shown = c->json || result != CHECK_GOOD;

	list_row(c->list, (const char *const []) {
		what, words[result], shown ? wanted : "", shown ? found[0] ? found : "nothing" : "",
	});
	c->count++;
	if (result != CHECK_WRONG)
		return;
	c->wrong++;
	snprintf(c->names + used, sizeof(c->names) - used, "%s%s", used ? ", " : "", what);
}

/* What each token of its kind has to have. */
static void check_complete(struct checks *c, const struct token *t)
{
	char missing[256] = "";
	size_t used = 0;

	for (int i = 0; i < CLAIMS; i++)
		if (!claim_defs[i].optional && t->claims[i].kind == ITEM_NONE)
			used += snprintf(missing + used, sizeof(missing) - used, "%s%s", used ? " " : "without ",
					 claim_defs[i].key);
	tell_check(c, "claims", used ? CHECK_WRONG : CHECK_GOOD, "all claims", used ? missing : "all claims");
}

static void check_signature(struct checks *c, const char *what, const struct sign1 *s, EVP_PKEY *key, const char *why)
{
	if (key)
		why = sign1_verify(s, key);
	tell_check(c, what, why ? CHECK_WRONG : CHECK_GOOD, "a signature by the key",
		   why ? why : "a signature by the key");
}

static void check_realm(struct checks *c, const struct token *t)
{
	const char *why = "the token has no key";
	EVP_PKEY *key = NULL;

	if (t->claims[CLAIM_KEY].kind != ITEM_NONE)
		key = key_read(t->claims[CLAIM_KEY].content, &why);
	check_signature(c, "realm-signature", &t->realm, key, why);
	EVP_PKEY_free(key);
}

/* The platform vouches for the key of the realm by the hash of it, which it has signed as its challenge. */
static void check_binding(struct checks *c, const struct token *t)
{
	const struct item *key = &t->claims[CLAIM_KEY], *hash = &t->claims[CLAIM_KEY_HASH];
	uint8_t digest[EVP_MAX_MD_SIZE];
	char wanted[2 * EVP_MAX_MD_SIZE + 1] = "the hash of the key", found[CLAIM_TEXT_MAX];
	unsigned int length = 0;
	bool known = key->kind != ITEM_NONE && hash->kind != ITEM_NONE;

	known = known && EVP_Digest(key->content.at, key->content.length, digest, &length,
				    EVP_get_digestbyname(cca_hash_name(hash_of_text(hash->content))), NULL) == 1;
	for (unsigned int i = 0; known && i < length; i++)
		sprintf(wanted + 2 * i, "%02x", digest[i]);
	claim_text(t, CLAIM_PLATFORM_CHALLENGE, found);
	tell_check(c, "realm-key", known && !strcmp(wanted, found) ? CHECK_GOOD : CHECK_WRONG, wanted, found);
}

/* `path` is of who is trusted; NULL: nobody is. */
static int check_platform(struct checks *c, const struct token *t, const char *path, struct problem *p)
{
	const char *why = NULL;
	EVP_PKEY *key;

	if (!path) {
		tell_check(c, "platform-signature", CHECK_NOT_MADE, "the platform's key", "none was given");
		return STATUS_OK;
	}
	key = key_load(path, &why);
	if (!key)
		return problem(p, STATUS_FAILED, path, "use this key", "give the platform's public key in PEM",
			       "%s", why);
	check_signature(c, "platform-signature", &t->platform, key, why);
	EVP_PKEY_free(key);
	return STATUS_OK;
}

static void told_wish(void *context, const char *what, bool good, const char *wanted, const char *found)
{
	tell_check(context, what, good ? CHECK_GOOD : CHECK_WRONG, wanted, found);
}

static int check(struct checks *c, const struct settings *s, const struct policy *policy,
		 const struct policy *wishes, const struct token *t, struct problem *p)
{
	int status;

	check_complete(c, t);
	check_realm(c, t);
	check_binding(c, t);
	status = check_platform(c, t, s->key ? s->key : policy->platform_key, p);
	if (status)
		return status;
	policy_judge(policy, t, told_wish, c);
	policy_judge(wishes, t, told_wish, c);
	return STATUS_OK;
}

/* --------------------------------------------------------------------- verb */

/* What was asked for by options is a policy, too. */
static int add_wish(struct policy *wishes, const char *key, const char *value, struct problem *p)
{
	char why[128], option[64];

	if (!value || !policy_add(wishes, key, value, why))
		return STATUS_OK;
	snprintf(option, sizeof(option), "--%s", key);
	return problem(p, STATUS_USAGE, option, "use this value", NULL, "%s", why);
}

static int read_wishes(const struct settings *s, struct policy *policy, struct policy *wishes, struct problem *p)
{
	int status = STATUS_OK;

	if (s->policy)
		status = policy_read(policy, s->policy, p);
	if (!status && s->policy && !s->key && !policy->platform_key && !policy->platform_unchecked)
		status = problem(p, STATUS_FAILED, s->policy, "accept tokens by it",
				 "add a line 'platform-key FILE', or 'platform-key unchecked'; or give --key",
				 "it does not say which platform is trusted");
	if (!status)
		status = add_wish(wishes, "rim", s->rim, p);
	if (!status)
		status = add_wish(wishes, "challenge", s->challenge, p);
	return status;
}

static int tell(const struct settings *s, const struct token *t, size_t length, const struct policy *policy,
		const struct policy *wishes, struct problem *p)
{
	static const struct column columns[] = {
		{ "check", "CHECK", false }, { "result", "RESULT", false }, { "wanted", "WANTED", false },
		{ "found", "FOUND", false }, { NULL, NULL, false },
	};
	struct document *d = document_new(s->json);
	struct checks c = { .json = s->json };
	int status;

	tell_format(d, t, length);
	tell_claims(d, t, false);
	tell_claims(d, t, true);
	tell_components(d, t);
	c.list = document_list(d, "checks", "Checks", columns);
	status = check(&c, s, policy, wishes, t, p);
	if (status) {
		document_drop(d);
		return status;
	}
	status = document_finish(d, s, p);
	if (status || !c.wrong)
		return status;
	/* In JSON the list says it. */
	if (!s->json)
		problem(p, 0, s->operand, "accept the token", "see the checks", "%u of %u checks failed: %s", c.wrong,
			c.count, c.names);
	return STATUS_REFUSED;
}

static int judge(const struct settings *s, struct bytes bytes, struct problem *p)
{
	struct policy policy = { 0 }, wishes = { 0 };
	struct complaint complaint;
	struct token token;
	int status;

	status = read_wishes(s, &policy, &wishes, p);
	if (!status && !token_read(bytes, &token, &complaint))
		status = CANNOT(p, s, "give it what `outblob` of configfs-tsm has", "%s", complaint.text);
	if (!status)
		status = tell(s, &token, bytes.length, &policy, &wishes, p);
	policy_free(&policy);
	policy_free(&wishes);
	return status;
}

int verb_token(const struct settings *s, struct problem *p)
{
	uint8_t *bytes = malloc(TOKEN_SIZE_MAX + 1);
	size_t length = 0;
	int status;

	if (!bytes)
		return CANNOT(p, s, NULL, "%s", strerror(ENOMEM));
	status = read_file(s, bytes, &length, p);
	if (!status) {
		/* As long as it is, so that a checker of memory sees a step beyond its end. */
		bytes = realloc(bytes, length ? length : 1) ?: bytes;
		status = judge(s, (struct bytes) { bytes, length }, p);
	}
	free(bytes);
	return status;
}
