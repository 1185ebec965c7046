// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: read strictly, as one that is misread would accept what it should not; and held against a token.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define LINE_MAX_BYTES	4096
#define WISHES_MAX	1024
#define BLANKS		" \t\n"
#define RPV_BYTES	64
#define UNCHECKED	"unchecked"

#define CANNOT(p, policy, next, ...) problem(p, STATUS_FAILED, (policy)->path, "read the policy", next, __VA_ARGS__)

static int refuse(char why[128], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(char why[128], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, 128, format, arguments);
	va_end(arguments);
	return STATUS_FAILED;
}

/* ------------------------------------------------------------------ values */

/* Each value becomes what claim_text() would say; `to` has room for CLAIM_TEXT_MAX. */
static int hex_value(char *to, const char *value, const struct claim_def *def, char why[128])
{
	size_t digits = strlen(value);

	if (digits % 2 || strspn(value, "0123456789abcdefABCDEF") != digits)
		return refuse(why, "%s wants an even number of hexadecimal digits", def->key);
	if (digits / 2 < def->least || digits / 2 > def->most)
		return refuse(why, "%s has %" PRIu64 " to %" PRIu64 " bytes, and these are %zu", def->key, def->least,
			      def->most, digits / 2);
	for (size_t i = 0; i <= digits; i++)
		to[i] = tolower((unsigned char)value[i]);
	return STATUS_OK;
}

/* What --rpv takes; or all of it, in hexadecimal. */
static int rpv_value(char *to, const char *value, char why[128])
{
	const struct claim_def *def = &claim_defs[CLAIM_RPV];
	struct problem problem = { 0 };
	struct settings s;

	if (strlen(value) == 2 * RPV_BYTES && strncmp(value, "0x", 2))
		return hex_value(to, value, def, why);
	settings_default(&s);
	if (option_defs[OPTION_RPV].set(&s, value, &problem))
		return refuse(why, "%s: %.100s", def->key, problem.reason);
	for (int i = 0; i < RPV_BYTES; i++)
		sprintf(to + 2 * i, "%02x", s.realm.rpv[i]);
	return STATUS_OK;
}

static int hash_value(char *to, const char *value, const struct claim_def *def, char why[128])
{
	for (uint32_t hash = 0; cca_hash_size(hash); hash++)
		if (!strcmp(value, cca_hash_name(hash)))
			return strcpy(to, value), STATUS_OK;
	return refuse(why, "%s is none of sha256, sha384, sha512", def->key);
}

static int number_value(char *to, const char *value, const struct claim_def *def, char why[128])
{
	uint64_t number;

	if (!parse_size(value, &number) || number > def->most)
		return refuse(why, "%s wants a number up to %" PRIu64, def->key, def->most);
	sprintf(to, def->form == FORM_LIFECYCLE ? "0x%04" PRIx64 : "%" PRIu64, number);
	return STATUS_OK;
}

static int lifecycle_value(char *to, const char *value, const struct claim_def *def, char why[128])
{
	if (isdigit((unsigned char)value[0]))
		return number_value(to, value, def, why);
	for (uint64_t number = 0; lifecycle_name(number); number += 0x1000)
		if (!strcmp(value, lifecycle_name(number)))
			return strcpy(to, value), STATUS_OK;
	return refuse(why, "%s has no such name; it may be 'secured', or a number", def->key);
}

static int text_value(char *to, const char *value, const struct claim_def *def, char why[128])
{
	if (strlen(value) > def->most)
		return refuse(why, "%s has %" PRIu64 " characters at most", def->key, def->most);
	strcpy(to, value);
	return STATUS_OK;
}

static int claim_value(char *to, enum claim claim, const char *value, char why[128])
{
	const struct claim_def *def = &claim_defs[claim];

	if (claim == CLAIM_RPV)
		return rpv_value(to, value, why);
	switch (def->form) {
	case FORM_HEX:		return hex_value(to, value, def, why);
	case FORM_HASH:		return hash_value(to, value, def, why);
	case FORM_LIFECYCLE:	return lifecycle_value(to, value, def, why);
	case FORM_NUMBER:	return number_value(to, value, def, why);
	case FORM_TEXT:		return text_value(to, value, def, why);
	case FORM_NONE:		break;
	}
	return refuse(why, "%s cannot be wished for", def->key);
}

/* ------------------------------------------------------------------ wishes */

static int add(struct policy *policy, enum claim claim, const char *component, const char *value, char why[128])
{
	struct wish *wish, *wishes;

	if (policy->count == WISHES_MAX)
		return refuse(why, "it has more than %d lines", WISHES_MAX);
	wishes = reallocarray(policy->wishes, policy->count + 1, sizeof(*wishes));
	if (!wishes)
		return refuse(why, "%s", strerror(ENOMEM));
	policy->wishes = wishes;
	wish = &wishes[policy->count++];
	*wish = (struct wish) { .claim = claim, .value = strdup(value) };
	if (component)
		wish->component = strdup(component);
	if (!wish->value || (component && !wish->component))
		return refuse(why, "%s", strerror(ENOMEM));
	return STATUS_OK;
}

int policy_add(struct policy *policy, const char *key, const char *value, char why[128])
{
	char text[CLAIM_TEXT_MAX];

	for (int i = 0; i < CLAIMS; i++) {
		if (strcmp(claim_defs[i].key, key) || claim_defs[i].form == FORM_NONE)
			continue;
		if (claim_value(text, i, value, why))
			return STATUS_FAILED;
		return add(policy, i, NULL, text, why);
	}
	return refuse(why, "there is no key '%.40s'", key);
}

/* "component MEASUREMENT NAME": of all words only these have blanks in them. */
static int add_component(struct policy *policy, const char *value, char *name, char why[128])
{
	static const struct claim_def measurement = { .key = "component", .least = 32, .most = 64 };
	char text[CLAIM_TEXT_MAX];

	name += strspn(name, BLANKS);
	for (size_t end = strlen(name); end && strchr(BLANKS, name[end - 1]); end--)
		name[end - 1] = '\0';
	if (!name[0])
		return refuse(why, "component wants a measurement and a name");
	if (hex_value(text, value, &measurement, why))
		return STATUS_FAILED;
	return add(policy, CLAIM_COMPONENTS, name, text, why);
}

/* A file beside the policy, unless its path is absolute. */
static int add_platform_key(struct policy *policy, const char *value, char why[128])
{
	const char *slash = strrchr(policy->path, '/');
	int folder = slash && value[0] != '/' ? slash + 1 - policy->path : 0;

	if (policy->platform_key || policy->platform_unchecked)
		return refuse(why, "platform-key is there twice");
	policy->platform_unchecked = !strcmp(value, UNCHECKED);
	if (policy->platform_unchecked)
		return STATUS_OK;
	if (asprintf(&policy->platform_key, "%.*s%s", folder, policy->path, value) >= 0)
		return STATUS_OK;
	policy->platform_key = NULL;
	return refuse(why, "%s", strerror(ENOMEM));
}

/* ------------------------------------------------------------------- lines */

/* As `cca measure` prints it. */
static bool is_measurement(const char *word)
{
	size_t digits = strlen(word);

	return (digits == 64 || digits == 96 || digits == 128) && strspn(word, "0123456789abcdef") == digits;
}

static int read_line(struct policy *policy, char *line, char why[128])
{
	char *rest = NULL, *key = strtok_r(line, BLANKS, &rest), *value;

	if (!key || key[0] == '#')
		return STATUS_OK;
	value = strtok_r(NULL, BLANKS, &rest);
	if (is_measurement(key))
		return policy_add(policy, claim_defs[CLAIM_RIM].key, key, why);
	if (!value)
		return refuse(why, "'%.40s' has no value", key);
	if (!strcmp(key, "component"))
		return add_component(policy, value, rest, why);
	if (!strcmp(key, "platform-key"))
		return add_platform_key(policy, value, why);
	return policy_add(policy, key, value, why);
}

static int read_lines(struct policy *policy, FILE *file, struct problem *p)
{
	char line[LINE_MAX_BYTES], why[128];
	unsigned int number = 0;

	while (fgets(line, sizeof(line), file)) {
		number++;
		if (!strchr(line, '\n') && !feof(file))
			return CANNOT(p, policy, NULL, "line %u is too long, or no text", number);
		if (read_line(policy, line, why))
			return CANNOT(p, policy, "see `man cca-token` for what a line may be", "line %u: %s", number,
				      why);
	}
	if (ferror(file))
		return CANNOT(p, policy, NULL, "%s", strerror(errno));
	return STATUS_OK;
}

int policy_read(struct policy *policy, const char *path, struct problem *p)
{
	FILE *file = fopen(path, "re");
	int status;

	*policy = (struct policy) { .path = path };
	if (!file)
		return CANNOT(p, policy, NULL, "%s", strerror(errno));
	status = read_lines(policy, file, p);
	fclose(file);
	if (!status && !policy->count)
		status = CANNOT(p, policy, "give it a line, for example: rim MEASUREMENT", "it wants nothing");
	return status;
}

void policy_free(struct policy *policy)
{
	for (unsigned int i = 0; i < policy->count; i++) {
		free(policy->wishes[i].component);
		free(policy->wishes[i].value);
	}
	free(policy->wishes);
	free(policy->platform_key);
	*policy = (struct policy) { 0 };
}

/* ----------------------------------------------------------------- judging */

static bool same_subject(const struct wish *a, const struct wish *b)
{
	return a->claim == b->claim && (!a->component || !strcmp(a->component, b->component));
}

/* The name of a lifecycle is for all its numbers. */
static bool fulfils(const struct token *t, const struct wish *wish, const char *found)
{
	const struct item *item = &t->claims[wish->claim];
	const char *name;
	char number[16];

	if (wish->claim != CLAIM_LIFECYCLE || item->kind == ITEM_NONE)
		return found[0] && !strcmp(wish->value, found);
	name = lifecycle_name(item->value);
	snprintf(number, sizeof(number), "0x%04" PRIx64, item->value);
	return !strcmp(wish->value, number) || (name && !strcmp(wish->value, name));
}

/* The wish, or one of those that come after it and mean the same, is fulfilled. */
static bool one_fulfils(const struct policy *policy, unsigned int first, const struct token *t, const char *found)
{
	for (unsigned int i = first; i < policy->count; i++)
		if (same_subject(&policy->wishes[i], &policy->wishes[first]) && fulfils(t, &policy->wishes[i], found))
			return true;
	return false;
}

/* Every component of that name has a measurement that is wanted, and there is one. */
static bool judge_component(const struct policy *policy, unsigned int first, const struct token *t,
			    char found[CLAIM_TEXT_MAX])
{
	const char *name = policy->wishes[first].component;
	char text[CLAIM_TEXT_MAX];
	bool seen = false;

	found[0] = '\0';
	for (unsigned int i = 0; i < t->component_count; i++) {
		if (strcmp(part_text(&t->components[i], PART_TYPE, text), name))
			continue;
		seen = true;
		part_text(&t->components[i], PART_MEASUREMENT, found);
		if (!one_fulfils(policy, first, t, found))
			return false;
	}
	return seen;
}

static void name_wanted(const struct policy *policy, unsigned int first, char *text, size_t size)
{
	size_t used = 0;

	for (unsigned int i = first; i < policy->count && used < size; i++)
		if (same_subject(&policy->wishes[i], &policy->wishes[first]))
			used += snprintf(text + used, size - used, "%s%s", used ? " or " : "", policy->wishes[i].value);
}

static bool told_before(const struct policy *policy, unsigned int which)
{
	for (unsigned int i = 0; i < which; i++)
		if (same_subject(&policy->wishes[i], &policy->wishes[which]))
			return true;
	return false;
}

unsigned int policy_judge(const struct policy *policy, const struct token *t, policy_told *told, void *context)
{
	char wanted[2 * CLAIM_TEXT_MAX], found[CLAIM_TEXT_MAX], what[300];
	unsigned int wrong = 0;
	bool good;

	for (unsigned int i = 0; i < policy->count; i++) {
		const struct wish *wish = &policy->wishes[i];

		if (told_before(policy, i))
			continue;
		name_wanted(policy, i, wanted, sizeof(wanted));
		if (wish->component)
			good = judge_component(policy, i, t, found);
		else
			good = one_fulfils(policy, i, t, claim_text(t, wish->claim, found));
		snprintf(what, sizeof(what), "%s%s", wish->component ? "component " : claim_defs[wish->claim].key,
			 wish->component ? wish->component : "");
		told(context, what, good, wanted, found);
		wrong += !good;
	}
	return wrong;
}
