// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cca token`: tokens that somebody else made, whole, tampered with, and by chance; and the policies that they are held
 * against.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "token_maker.h"

#include "../../tools/command.h"
#include "../../tools/token/claims.h"

static char directory[] = "/tmp/cca-token.XXXXXX";
static EVP_PKEY *other_key;
static struct problem problem_told;
static char told[65536];		/* on standard output */

static int setup(void **state)
{
	if (!mkdtemp(directory) || chdir(directory))
		return 1;
	realm_key = EVP_EC_gen("P-384");
	platform_key = EVP_EC_gen("P-384");
	other_key = EVP_EC_gen("P-384");
	write_key("platform.pem", platform_key);
	write_key("other.pem", other_key);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	EVP_PKEY_free(realm_key);
	EVP_PKEY_free(platform_key);
	EVP_PKEY_free(other_key);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return chdir("/") || system(command);
}

static void write_bytes(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void write_words(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

/* `cca token` with these words: what it ends with, and `told`, and `problem_told`. */
static int run(const char *first, ...)
{
	char *words[16] = { (char *)first };
	const struct verb *verb = verbs;
	int saved, file, count = 1, status;
	struct settings s;
	va_list more;

	va_start(more, first);
	while (count < 15 && (words[count] = va_arg(more, char *)))
		count++;
	va_end(more);
	while (strcmp(verb->name, "token"))
		verb++;
	memset(&problem_told, 0, sizeof(problem_told));
	settings_default(&s);
	status = settings_parse(&s, verb, words, &problem_told);
	if (status)
		return status;
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	file = open("out", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	dup2(file, STDOUT_FILENO);
	status = verb->run(&s, &problem_told);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	memset(told, 0, sizeof(told));
	assert_true(pread(file, told, sizeof(told) - 1, 0) >= 0);
	close(file);
	return status;
}

#define RUN(...)	run("token", __VA_ARGS__, NULL)	/* of the file of that name */

static void write_token(const struct recipe *r)
{
	struct buffer b;

	make_token(&b, r);
	write_bytes("token", b.at, b.length);
}

static void assert_in(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("\"%s\" does not say \"%s\"", text, words);
}

/* A message with the four parts, in its own words. */
static void assert_refused(int status, int wanted, const char *words)
{
	if (status != wanted)
		fail_msg("status %d instead of %d: %s", status, wanted, problem_told.reason);
	assert_true(problem_told.object[0] && problem_told.action[0] && problem_told.reason[0]);
	assert_in(problem_told.reason, words);
}

/* ------------------------------------------------------------------- whole */

static void a_whole_token_is_shown(void **state)
{
	static const size_t hashes[] = { 32, 48, 64 };
	char rim[129];

	for (int i = 0; i < 6; i++) {
		const struct recipe r = { .hash = hashes[i % 3], .old = i / 3 };

		write_token(&r);
		for (size_t k = 0; k < r.hash; k++)
			strcpy(rim + 2 * k, "11");
		assert_int_equal(RUN("--key", "platform.pem", "--rim", rim), STATUS_OK);
		assert_null(strstr(told, "wrong"));
		assert_null(strstr(told, "not checked"));
		assert_in(told, rim);
		assert_in(told, "secured (0x3003)");
		assert_in(told, "tag:realm");
		assert_in(told, "BL2 of it");
		assert_in(told, "1.2.3");
		assert_int_equal(RUN("--json"), STATUS_OK);
		assert_in(told, "not checked");
	}
}

static void keys_are_of_any_usual_curve(void **state)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	EVP_PKEY *kept = realm_key;

	for (int i = 0; i < 3; i++) {
		realm_key = EVP_EC_gen(curves[i]);
		write_token(&(const struct recipe) { 0 });
		assert_int_equal(RUN("--key", "platform.pem"), STATUS_OK);
		EVP_PKEY_free(realm_key);
	}
	realm_key = kept;
	write_token(&(const struct recipe) { .raw_key = true });
	assert_int_equal(RUN("--key", "platform.pem"), STATUS_OK);
}

static void only_the_columns_that_were_asked_for(void **state)
{
	write_token(&(const struct recipe) { 0 });
	assert_int_equal(RUN("-n", "-o", "lifecycle"), STATUS_OK);
	assert_string_equal(told, "secured (0x3003)\n");
	assert_refused(RUN("-o", "colour"), STATUS_USAGE, "there is no column 'colour'");
}

/* ------------------------------------------------------------ tampered with */

static void each_claim_that_is_missing_is_missed(void **state)
{
	for (size_t i = 0; i < CLAIM_MODELS; i++) {
		const struct claim_model *m = &claim_models[i];

		write_token(&(const struct recipe) { .claim = m, .how = MISSING });
		if (m->optional) {
			assert_int_equal(RUN("--key", "platform.pem"), STATUS_OK);
			continue;
		}
		assert_refused(RUN("--key", "platform.pem"), STATUS_REFUSED, "failed: claims");
		assert_in(told, "without");
		assert_in(told, m->key);
	}
}

static void each_claim_has_its_kind_and_length_and_is_there_once(void **state)
{
	for (size_t i = 0; i < CLAIM_MODELS; i++) {
		const struct claim_model *m = &claim_models[i];

		for (enum how how = WRONG_KIND; how <= TWICE; how++) {
			write_token(&(const struct recipe) { .claim = m, .how = how });
			if (m->kind == 'R' && how != TWICE)
				assert_refused(RUN("--key", "platform.pem"), STATUS_FAILED, "no array of 4");
			else
				assert_refused(RUN("--key", "platform.pem"), STATUS_FAILED,
					       how == TWICE ? "twice" : m->kind == 'b' && how == WRONG_LENGTH &&
					       m->length == 33 ? "33" : m->key);
			assert_string_equal(told, "");
		}
	}
}

static void signatures_are_verified(void **state)
{
	EVP_PKEY *kept = realm_key;

	write_token(&(const struct recipe) { 0 });
	assert_refused(RUN("--key", "other.pem"), STATUS_REFUSED, "failed: platform-signature");
	write_token(&(const struct recipe) { .unbound = true });
	assert_refused(RUN("--key", "platform.pem"), STATUS_REFUSED, "failed: realm-key");
	/* ES256, for a key of P-384. */
	write_token(&(const struct recipe) { .algorithm = -7 });
	assert_refused(RUN("--key", "platform.pem"), STATUS_REFUSED, "realm-signature, platform-signature");
	assert_in(told, "another algorithm");
	/* Of EdDSA this knows nothing, and of secp256k1 neither. */
	write_token(&(const struct recipe) { .algorithm = -8 });
	assert_refused(RUN("--key", "platform.pem"), STATUS_REFUSED, "realm-signature");
	realm_key = EVP_EC_gen("secp256k1");
	write_token(&(const struct recipe) { 0 });
	assert_int_equal(RUN("--key", "platform.pem"), STATUS_REFUSED);
	EVP_PKEY_free(realm_key);
	realm_key = kept;
}

/* Of each byte that is signed one bit; of all others, nothing that verifies says anything else. */
static void no_byte_can_be_changed(void **state)
{
	static struct token honest, changed;
	struct complaint complaint;
	struct buffer b, was;

	make_token(&was, &(const struct recipe) { 0 });
	assert_true(token_read((struct bytes) { was.at, was.length }, &honest, &complaint));
	for (size_t i = 0; i < was.length; i++) {
		const char *why;

		b = was;
		b.at[i] ^= 1 << i % 8;
		if (!token_read((struct bytes) { b.at, b.length }, &changed, &complaint))
			continue;
		if (sign1_verify(&changed.realm, realm_key) || sign1_verify(&changed.platform, platform_key))
			continue;
		why = "it verifies, and says something else";
		if (!bytes_equal(honest.realm.payload, changed.realm.payload) ||
		    !bytes_equal(honest.platform.payload, changed.platform.payload))
			fail_msg("byte %zu: %s", i, why);
	}
}

static void keys_that_are_none_are_refused(void **state)
{
	write_token(&(const struct recipe) { 0 });
	assert_refused(RUN("--key", "nowhere.pem"), STATUS_FAILED, "No such file");
	assert_refused(RUN("--key", "token"), STATUS_FAILED, "no public key");
	assert_refused(RUN("--key", "."), STATUS_FAILED, "no public key");
}

/* ---------------------------------------------------------------- not tokens */

static void what_is_no_cbor_is_refused(void **state)
{
	static const struct {
		const char *bytes, *words;
		size_t length;
	} bad[] = {
		{ "", "it is empty", 0 },
		{ "\xd9\x03\x8b", "ends here", 3 },
		{ "\xd9\x03", "ends before", 2 },
		{ "\xd9\x03\x8b\xa0", "nothing of the realm", 4 },
		{ "\xd9\x03\x8c\xa0", "neither 907 nor 399", 4 },
		{ "\xa0", "neither 907 nor 399", 1 },
		{ "\xd9\x03\x8b\x80", "the token is no map", 4 },
		{ "\xd9\x03\x8b\xa0\x00", "1 bytes follow the end", 5 },
		{ "\xd9\x03\x8b\xbf\xff", "told in advance", 5 },
		{ "\xd9\x03\x8b\x9f\xff", "told in advance", 5 },
		{ "\xd9\x03\x8b\x5f\xff", "told in advance", 5 },
		{ "\xd9\x03\x8b\x7f\xff", "told in advance", 5 },
		{ "\xd9\x03\x8b\xff", "told in advance", 4 },
		{ "\xda\x00\x00\x03\x8b\xa0", "more bytes than it needs", 6 },
		{ "\xd9\x03\x8b\x18\x17", "more bytes than it needs", 5 },
		{ "\xd9\x03\x8b\x58\x01\x00", "more bytes than it needs", 6 },
		{ "\xd9\x03\x8b\xb9\x00\x01\x00\x00", "more bytes than it needs", 8 },
		{ "\xd9\x03\x8b\xbb\xff\xff\xff\xff\xff\xff\xff\xff", "the limit", 12 },
		{ "\xd9\x03\x8b\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "0 bytes are left", 12 },
		{ "\xd9\x03\x8b\x9b\x00\x00\x00\xff\xff\xff\xff\xff\x00", "1 bytes are left", 13 },
		{ "\xd9\x03\x8b\x5b\xff\xff\xff\xff\xff\xff\xff\xff", "ends before", 12 },
		{ "\xd9\x03\x8b\x7b\xff\xff\xff\xff\xff\xff\xff\xff\x00", "ends before", 13 },
		{ "\xd9\x03\x8b\xa2\x01\x02\x01\x03", "twice", 8 },
		{ "\xd9\x03\x8b\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00", "the token is no map", 12 },
		{ "\xd9\x03\x8b\xfa\xff\x7f\xff\xff", "the token is no map", 8 },
		{ "\xd9\x03\x8b\xf9\xfc\x00", "the token is no map", 6 },
		{ "\xd9\x03\x8b\xf6", "the token is no map", 4 },
		{ "\xd9\x03\x8b\x1c", "begins no item", 4 },
		{ "\xd9\x03\x8b\xfc", "begins no item", 4 },
		{ "\xd9\x03\x8b\xa1\x19\xac\xca\x40", "no media type", 8 },
		{ "\xd9\x03\x8b\xa1\x19\xac\xca\x82\x01\x40", "the media type", 10 },
		{ "\xd9\x03\x8b\xa1\x19\xac\xca\x82\x19\x01\x07\x01", "no byte string", 12 },
		{ "\xd9\x03\x8b\xa1\x19\xac\xca\x82\x19\x01\x07\x40", "nothing of the realm", 12 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_bytes("token", bad[i].bytes, bad[i].length);
		assert_refused(RUN("--key", "platform.pem"), STATUS_FAILED, bad[i].words);
	}
}

static void deep_nests_and_wide_maps_are_refused(void **state)
{
	static uint8_t bytes[1 << 20];

	memset(bytes, 0x81, sizeof(bytes));
	write_bytes("token", bytes, 60000);
	assert_refused(RUN("--json"), STATUS_FAILED, "nested deeper than 16");
	memset(bytes, 0xc1, sizeof(bytes));
	write_bytes("token", bytes, 60000);
	assert_refused(RUN("--json"), STATUS_FAILED, "nested deeper than 16");
	write_bytes("token", bytes, 65537);
	assert_refused(RUN("--json"), STATUS_FAILED, "more than 64 KiB");
	write_bytes("token", bytes, sizeof(bytes));
	assert_refused(RUN("--json"), STATUS_FAILED, "more than 64 KiB");
	/* A map of 65 keys, and 64. */
	for (unsigned int keys = 64; keys <= 65; keys++) {
		struct buffer b = { .length = 0 };

		PUT(&b, cbor_encode_tag, 907);
		PUT(&b, cbor_encode_map_start, keys);
		for (unsigned int i = 0; i < 2 * keys; i++)
			put_uint(&b, i);
		write_bytes("token", b.at, b.length);
		assert_refused(RUN("--json"), STATUS_FAILED, keys == 65 ? "65 keys" : "nothing of the realm");
	}
}

static void a_cut_off_token_is_refused(void **state)
{
	static struct token t;
	struct complaint complaint;
	struct buffer b;
	uint8_t *exact;

	make_token(&b, &(const struct recipe) { 0 });
	for (size_t length = 0; length < b.length; length++) {
		/* Exactly that long, so that ASan sees a step beyond its end. */
		exact = malloc(length ? length : 1);
		memcpy(exact, b.at, length);
		assert_false(token_read((struct bytes) { exact, length }, &t, &complaint));
		assert_true(complaint.text[0]);
		free(exact);
	}
}

static void files_that_cannot_be_read_are_told(void **state)
{
	assert_refused(RUN("nowhere"), STATUS_USAGE, "one word too many");
	assert_int_equal(unlink("token"), 0);
	assert_refused(RUN("--json"), STATUS_FAILED, "No such file");
	assert_int_equal(mkdir("token", 0700), 0);
	assert_refused(RUN("--json"), STATUS_FAILED, "Is a directory");
	assert_int_equal(rmdir("token"), 0);
}

/* ------------------------------------------------------------------ policies */

#define HEX32(pair)	pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair \
			pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair
#define RIM		HEX32("11")
#define OTHER		HEX32("12")
#define CHALLENGE	HEX32("0a") HEX32("0a")		/* the label of the claim, as the maker fills it */
#define RPV		HEX32("cb") HEX32("cb")
#define TRUST		"platform-key platform.pem\n"

static void policies_accept_and_refuse(void **state)
{
	static const struct {
		const char *policy, *words;	/* NULL: accepted */
	} cases[] = {
		{ TRUST RIM "\n", NULL },
		{ TRUST "\n# a comment\n   \n  rim\t" RIM "   as it came from cca measure\n", NULL },
		{ TRUST OTHER "\n", "1 of 5 checks failed: rim" },
		{ TRUST OTHER " the old one\n" RIM " the new one\n", NULL },
		{ "rim " OTHER "\n" TRUST RIM "\n", NULL },
		{ TRUST "challenge " CHALLENGE "\nrpv " RPV "\nhash sha256\nprofile tag:realm\n", NULL },
		{ TRUST "challenge " RPV "\n", "challenge" },
		{ TRUST "rpv 0x11\n", "rpv" },
		{ TRUST "hash sha512\n", "hash" },
		{ TRUST "profile tag:others\n", "profile" },
		{ TRUST "lifecycle secured\nlifecycle 0x1000\n", NULL },
		{ TRUST "lifecycle 0x3003\n", NULL },
		{ TRUST "lifecycle 12291\n", NULL },
		{ TRUST "lifecycle 0x3004\n", "lifecycle" },
		{ TRUST "lifecycle decommissioned\n", "lifecycle" },
		{ TRUST "implementation-id " HEX32("5c") "\ninstance-id " HEX32("00") "00\n", NULL },
		{ TRUST "instance-id " HEX32("00") "01\n", "instance-id" },
		{ TRUST "implementation-id " RIM "\n", "implementation-id" },
		{ TRUST "rem0 " HEX32("20") "\nrem1 " HEX32("21") "\n", NULL },
		{ TRUST "rem2 " HEX32("22") "\nrem3 " HEX32("23") "\n", NULL },
		{ TRUST "rem3 " HEX32("22") "\n", "rem3" },
		{ TRUST "component " HEX32("C0") " BL2 of it \ncomponent " HEX32("c1") " RMM\n", NULL },
		{ TRUST "component " HEX32("c1") " BL2 of it\n", "component BL2 of it" },
		{ TRUST "component " HEX32("c1") " BL2\n", "component BL2" },
		{ TRUST "component " HEX32("c1") " RMM\ncomponent " RIM " RMM\n", NULL },
		{ TRUST "mec 1\nplatform-hash sha256\nplatform-profile tag:platform\nservice tag:platform\n", NULL },
		{ TRUST "mec 2\n", "mec" },
		{ "platform-key unchecked\n" RIM "\n", NULL },
		{ "platform-key other.pem\n" RIM "\n", "platform-signature" },
	};

	write_token(&(const struct recipe) { 0 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_words("policy", cases[i].policy);
		if (!cases[i].words && RUN("--policy", "policy"))
			fail_msg("\"%s\": %s\n%s", cases[i].policy, problem_told.reason, told);
		else if (cases[i].words)
			assert_refused(RUN("--policy", "policy"), STATUS_REFUSED, cases[i].words);
	}
}

static void a_mismatch_is_told_with_what_was_wanted(void **state)
{
	write_token(&(const struct recipe) { .rim = 0x77 });
	write_words("policy", TRUST RIM "\n" OTHER "\n");
	assert_int_equal(RUN("--policy", "policy", "-n", "-o", "check,result,wanted,found"), STATUS_REFUSED);
	assert_in(told, RIM " or " OTHER " " HEX32("77"));
	assert_int_equal(RUN("--policy", "policy", "--json"), STATUS_REFUSED);
	assert_in(told, "\"wanted\": \"" RIM " or " OTHER "\"");
	assert_in(told, "\"found\": \"" HEX32("77") "\"");
	/* The document says it; a second one would be in the way. */
	assert_string_equal(problem_told.reason, "");
}

static void what_a_policy_wants_must_be_there(void **state)
{
	static const char *const wishes[] = {
		"profile tag:realm", "realm-id " HEX32("00") "00", "mec 1", "service tag:platform", "rem0 " HEX32("20"),
		"rim " RIM, "lifecycle secured", "component " HEX32("c1") " RMM",
	};
	static const char *const keys[] = {
		"profile", "realm-id", "mec", "service", "rem0", "rim", "lifecycle", "components",
	};
	char policy[256];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct claim_model *m = claim_models;

		while (strcmp(m->key, keys[i]))
			m++;
		snprintf(policy, sizeof(policy), TRUST "%s\n", wishes[i]);
		write_words("policy", policy);
		write_token(&(const struct recipe) { 0 });
		assert_int_equal(RUN("--policy", "policy"), STATUS_OK);
		write_token(&(const struct recipe) { .claim = m, .how = MISSING });
		assert_int_equal(RUN("--policy", "policy", "-n", "-o", "check,result"), STATUS_REFUSED);
		snprintf(policy, sizeof(policy), "%.*s", (int)strcspn(wishes[i], " "), wishes[i]);
		assert_in(strstr(told, policy) ?: "nothing of it", "wrong");
	}
}

static void a_policy_that_is_not_understood_is_refused(void **state)
{
	static const struct {
		const char *policy, *words;
	} bad[] = {
		{ "", "it wants nothing" },
		{ "# nothing\n", "it wants nothing" },
		{ TRUST, "it wants nothing" },
		{ RIM "\n", "which platform is trusted" },
		{ TRUST "colour blue\n", "line 2: there is no key 'colour'" },
		{ TRUST "components 12\n", "line 2: there is no key" },
		{ TRUST "rim\n", "line 2: 'rim' has no value" },
		{ TRUST "rim 12\n", "line 2: rim has 32 to 64 bytes" },
		{ TRUST "rim " RIM "1\n", "even number" },
		{ TRUST "rim 0x" RIM "\n", "hexadecimal" },
		{ TRUST "challenge " RIM "\n", "challenge has 64 to 64 bytes" },
		{ TRUST "hash md5\n", "none of sha256" },
		{ TRUST "hash sha-256\n", "none of sha256" },
		{ TRUST "lifecycle good\n", "no such name" },
		{ TRUST "lifecycle 0x10000\n", "a number up to 65535" },
		{ TRUST "mec -1\n", "a number" },
		{ TRUST "rpv 0x1\n", "even number" },
		{ TRUST "component " RIM "\n", "a measurement and a name" },
		{ TRUST "component RMM " RIM "\n", "hexadecimal" },
		{ TRUST TRUST RIM "\n", "line 2: platform-key is there twice" },
		{ TRUST "platform-key unchecked\n" RIM "\n", "twice" },
		{ "platform-key nowhere.pem\n" RIM "\n", "No such file" },
	};
	static char line[5000];

	write_token(&(const struct recipe) { 0 });
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_words("policy", bad[i].policy);
		assert_refused(RUN("--policy", "policy"), STATUS_FAILED, bad[i].words);
		assert_string_equal(told, "");
	}
	memset(line, 'a', sizeof(line));
	write_bytes("policy", line, sizeof(line));
	assert_refused(RUN("--policy", "policy"), STATUS_FAILED, "line 1 is too long");
	write_bytes("policy", "\0\n\n", 3);
	assert_refused(RUN("--policy", "policy"), STATUS_FAILED, "no text");
	assert_refused(RUN("--policy", "nowhere"), STATUS_FAILED, "No such file");
	assert_refused(RUN("--policy", "."), STATUS_FAILED, "Is a directory");
	assert_refused(RUN("--rim", "12"), STATUS_USAGE, "rim has 32 to 64 bytes");
	assert_refused(RUN("--challenge", RIM), STATUS_USAGE, "challenge has 64");
}

/* Its key is beside it. And what options want counts, too. */
static void a_policy_may_be_elsewhere(void **state)
{
	assert_int_equal(mkdir("folder", 0700), 0);
	write_key("folder/mine.pem", platform_key);
	write_words("folder/policy", "platform-key mine.pem\n" RIM "\n");
	write_token(&(const struct recipe) { 0 });
	assert_int_equal(RUN("--policy", "folder/policy"), STATUS_OK);
	assert_refused(RUN("--policy", "folder/policy", "--rim", OTHER), STATUS_REFUSED, "failed: rim");
	assert_refused(RUN("--policy", "folder/policy", "--challenge", RPV), STATUS_REFUSED, "failed: challenge");
	/* The option is who is trusted now. */
	assert_refused(RUN("--policy", "folder/policy", "--key", "other.pem"), STATUS_REFUSED, "platform-signature");
}

/* ----------------------------------------------------------------- by chance */

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Bytes change, go, come, and move. */
static void tamper(struct buffer *b)
{
	size_t at = chance(b->length), count = 1 + chance(4);

	switch (chance(5)) {
	case 0:
		b->at[at] = chance(256);
		break;
	case 1:
		b->at[at] ^= 1 << chance(8);
		break;
	case 2:
		if (at + count < b->length) {
			memmove(b->at + at, b->at + at + count, b->length - at - count);
			b->length -= count;
		}
		break;
	case 3:
		memmove(b->at + at + count, b->at + at, b->length - at);
		b->length += count;
		break;
	case 4:
		b->at[at] = "\x9f\xbf\x5f\x7f\xff\x1b\x5b\x7b\x9b\xbb\xdb\xfb\xf9\x00\x18\xd2"[chance(16)];
		break;
	}
}

/* Never a crash, always a sentence; and whoever forges has no key. */
static void by_chance_nothing_is_believed(void **state)
{
	static struct token honest, t;
	struct complaint complaint;
	struct buffer was, b;
	unsigned int read = 0;
	uint8_t *exact;

	make_token(&was, &(const struct recipe) { 0 });
	assert_true(token_read((struct bytes) { was.at, was.length }, &honest, &complaint));
	for (seed = 1; read < 300 || seed % 2 == 0; ) {
		b = was;
		for (uint64_t i = 1 + chance(3); i; i--)
			tamper(&b);
		exact = malloc(b.length);
		memcpy(exact, b.at, b.length);
		complaint.text[0] = '\0';
		if (!token_read((struct bytes) { exact, b.length }, &t, &complaint)) {
			assert_true(complaint.text[0]);
		} else if (++read && !sign1_verify(&t.realm, realm_key) && !sign1_verify(&t.platform, platform_key)) {
			assert_true(bytes_equal(t.realm.payload, honest.realm.payload));
			assert_true(bytes_equal(t.platform.payload, honest.platform.payload));
		}
		free(exact);
	}
}

/* What libFuzzer begins with. */
static int write_seeds(const char *folder)
{
	char *path = realpath(folder, NULL);

	if (!path || setup(NULL) || chdir(path))
		return 1;
	free(path);
	for (int i = 0; i < 4; i++) {
		write_token(&(const struct recipe) { .old = i & 1, .raw_key = i & 2 });
		if (rename("token", (const char *const []) { "1", "2", "3", "4" }[i]))
			return 1;
	}
	return teardown(NULL);
}

/* With a folder: tokens for it, and no tests. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_token_is_shown),
		cmocka_unit_test(keys_are_of_any_usual_curve),
		cmocka_unit_test(only_the_columns_that_were_asked_for),
		cmocka_unit_test(each_claim_that_is_missing_is_missed),
		cmocka_unit_test(each_claim_has_its_kind_and_length_and_is_there_once),
		cmocka_unit_test(signatures_are_verified),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test(what_is_no_cbor_is_refused),
		cmocka_unit_test(deep_nests_and_wide_maps_are_refused),
		cmocka_unit_test(a_cut_off_token_is_refused),
		cmocka_unit_test(files_that_cannot_be_read_are_told),
		cmocka_unit_test(policies_accept_and_refuse),
		cmocka_unit_test(a_mismatch_is_told_with_what_was_wanted),
		cmocka_unit_test(what_a_policy_wants_must_be_there),
		cmocka_unit_test(a_policy_that_is_not_understood_is_refused),
		cmocka_unit_test(a_policy_may_be_elsewhere),
		cmocka_unit_test(by_chance_nothing_is_believed),
	};

	return argc == 2 ? write_seeds(argv[1]) : cmocka_run_group_tests(tests, setup, teardown);
}
