// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of cca: sizes, and what may stand behind a verb.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/command.h"

static const struct verb run = {
	.name = "run",
	.operand = "IMAGE",
	.options = OPTIONS_REALM | OPTION(JSON),
};

static const struct verb load = { .name = "load", .operand = "NAME IMAGE" };
static const struct verb destroy = { .name = "destroy", .operand = "NAME...",
				     .options = OPTIONS_TABLE };
static const struct verb list = { .name = "list", .options = OPTIONS_TABLE };

static int parse(struct settings *s, const struct verb *verb, struct problem *p,
		 const char **words)
{
	memset(p, 0, sizeof(*p));
	settings_default(s);
	return settings_parse(s, verb, (char **)words, p);
}

#define PARSE_FOR(verb, s, p, ...) parse(s, verb, p, (const char *[]) { __VA_ARGS__, NULL })
#define PARSE(s, p, ...)	PARSE_FOR(&run, s, p, __VA_ARGS__)

static void assert_usage(struct problem *p, int status, const char *words)
{
	assert_int_equal(status, STATUS_USAGE);
	if (!strstr(p->reason, words))
		fail_msg("\"%s\" does not say \"%s\"", p->reason, words);
}

static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "4K", 4096 }, { "4k", 4096 }, { "64M", 64 << 20 },
		{ "1G", 1 << 30 }, { "2T", 2ULL << 40 }, { "0x40000000", 0x40000000 }, { "0X10K", 16384 },
		{ "18446744073709551615", UINT64_MAX }, { "16777215T", 0xffffffULL << 40 },
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_size(good[i].text, &value));
		assert_int_equal(value, good[i].value);
	}
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " 1", "-1", "+1", "M", "1MB", "1 M", "1P", "0x", "0xg", "ten", "1.5G",
		"18446744073709551616", "16777216T", "0x10000000000000000",
	};
	uint64_t value = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_size(bad[i], &value))
			fail_msg("\"%s\" was read as a size", bad[i]);
	assert_int_equal(value, 77);
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct settings s;
	struct problem p;

	assert_int_equal(PARSE(&s, &p, "image"), STATUS_OK);
	assert_string_equal(s.operand, "image");
	assert_int_equal(s.memory, 64 << 20);
	assert_int_equal(s.base, 0x40000000);
	assert_int_equal(s.realm.ipa_bits, 40);
	assert_int_equal(s.realm.hash, CCA_HASH_SHA256);
	assert_int_equal(s.realm.breakpoints, 2);
	assert_int_equal(s.realm.watchpoints, 2);
	assert_int_equal(s.profile, CCA_PROFILE_NONE);
	assert_false(s.json);
}

static void options_take_values_both_ways(void **state)
{
	struct settings s;
	struct problem p;

	assert_int_equal(PARSE(&s, &p, "--memory", "1G", "image", "--hash=sha384",
			       "--base=0x80000000", "--ipa-bits", "36", "--json"), STATUS_OK);
	assert_int_equal(s.memory, 1 << 30);
	assert_int_equal(s.base, 0x80000000);
	assert_int_equal(s.realm.hash, CCA_HASH_SHA384);
	assert_int_equal(s.realm.ipa_bits, 36);
	assert_true(s.json);
	assert_int_equal(PARSE(&s, &p, "--", "--json"), STATUS_OK);
	assert_string_equal(s.operand, "--json");
	assert_false(s.json);
}

static void words_are_exact(void **state)
{
	struct settings s;
	struct problem p;

	assert_usage(&p, PARSE(&s, &p, "image", "--mem", "1G"), "no option --mem");
	assert_usage(&p, PARSE(&s, &p, "image", "--memoryy", "1G"), "no option --memoryy");
	assert_usage(&p, PARSE(&s, &p, "image", "--block", "4K"), "no option --block");
	assert_usage(&p, PARSE(&s, &p, "image", "-m", "1G"), "no option -m");
	assert_usage(&p, PARSE(&s, &p, "image", "--memory"), "--memory wants SIZE");
	assert_usage(&p, PARSE(&s, &p, "image", "--json=1"), "--json takes no value");
	assert_usage(&p, PARSE(&s, &p, "image", "other"), "'other' is one word too many");
	assert_usage(&p, PARSE(&s, &p, "--json"), "IMAGE is missing");
}

static void an_option_is_given_once(void **state)
{
	struct settings s;
	struct problem p;

	assert_usage(&p, PARSE(&s, &p, "image", "--json", "--json"), "--json is given twice");
	assert_usage(&p, PARSE(&s, &p, "--memory=1G", "image", "--memory", "1G"),
		     "--memory is given twice");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "--output", "a", "-o", "b"),
		     "--output is given twice");
}

static void some_options_have_a_letter(void **state)
{
	struct settings s;
	struct problem p;

	assert_int_equal(PARSE_FOR(&list, &s, &p, "-n", "-o", "id,name"), STATUS_OK);
	assert_true(s.no_headings);
	assert_string_equal(s.columns, "id,name");
	assert_int_equal(PARSE_FOR(&list, &s, &p, "-oid"), STATUS_OK);
	assert_string_equal(s.columns, "id");
	assert_int_equal(PARSE_FOR(&list, &s, &p, "--output=id", "--noheadings"), STATUS_OK);
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "-o"), "--output wants COLUMNS");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "--output="), "it is empty");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "-nx"), "--noheadings takes no value");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "-on", "-x"), "no option -x");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "--out", "id"), "no option --out");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "--o", "id"), "no option --o");
}

static void verbs_have_one_word_or_more(void **state)
{
	struct settings s;
	struct problem p;

	assert_int_equal(PARSE_FOR(&load, &s, &p, "a", "--", "-b"), STATUS_OK);
	assert_string_equal(s.operand, "a");
	assert_int_equal(s.operand_count, 2);
	assert_string_equal(s.operands[1], "-b");
	assert_usage(&p, PARSE_FOR(&load, &s, &p, "a"), "IMAGE is missing");
	assert_usage(&p, PARSE_FOR(&load, &s, &p, "a", "b", "c"), "'c' is one word too many");
	assert_usage(&p, PARSE_FOR(&list, &s, &p, "a"), "'a' is one word too many");
	assert_int_equal(PARSE_FOR(&destroy, &s, &p, "a", "-n", "b", "--json", "c"), STATUS_OK);
	assert_int_equal(s.operand_count, 3);
	assert_string_equal(s.operands[0], "a");
	assert_string_equal(s.operands[1], "b");
	assert_string_equal(s.operands[2], "c");
	assert_usage(&p, PARSE_FOR(&destroy, &s, &p, "--json"), "NAME is missing");
}

static void values_out_of_range_name_the_limit(void **state)
{
	char long_text[66], long_hex[133];
	struct settings s;
	struct problem p;

	assert_usage(&p, PARSE(&s, &p, "image", "--memory", "0"), "'0' is not a size");
	assert_usage(&p, PARSE(&s, &p, "image", "--memory", "4095"), "from 4K up");
	assert_usage(&p, PARSE(&s, &p, "image", "--memory="), "'' is not a size");
	assert_usage(&p, PARSE(&s, &p, "image", "--base", "0x1001"), "not the address of a page");
	assert_usage(&p, PARSE(&s, &p, "image", "--ipa-bits", "31"), "from 32 to 48");
	assert_usage(&p, PARSE(&s, &p, "image", "--ipa-bits", "49"), "from 32 to 48");
	assert_usage(&p, PARSE(&s, &p, "image", "--ipa-bits", "x"), "from 32 to 48");
	assert_usage(&p, PARSE(&s, &p, "image", "--hash", "md5"), "sha256, sha384, sha512");
	assert_usage(&p, PARSE(&s, &p, "image", "--hash", "SHA256"), "sha256, sha384, sha512");

	memset(long_text, 'r', 65);
	long_text[65] = '\0';
	assert_usage(&p, PARSE(&s, &p, "image", "--rpv", long_text), "65 bytes; the limit is 64");
	memset(long_hex, 'a', 132);
	memcpy(long_hex, "0x", 2);
	long_hex[132] = '\0';
	assert_usage(&p, PARSE(&s, &p, "image", "--rpv", long_hex), "65 bytes; the limit is 64");
}

static void rpv_is_text_hex_or_a_file(void **state)
{
	static const uint8_t bytes[64] = { 0, 0x1f, 0xa5 };
	char path[] = "/tmp/cca-unit-XXXXXX";
	char option[64];
	struct settings s;
	struct problem p;
	int fd;

	assert_int_equal(PARSE(&s, &p, "image", "--rpv", "mine"), STATUS_OK);
	assert_memory_equal(s.realm.rpv, "mine\0\0", 6);
	assert_int_equal(PARSE(&s, &p, "image", "--rpv", "0x001fA5"), STATUS_OK);
	assert_memory_equal(s.realm.rpv, bytes, 64);
	assert_usage(&p, PARSE(&s, &p, "image", "--rpv", "0x1"), "hexadecimal digits");
	assert_usage(&p, PARSE(&s, &p, "image", "--rpv", "0x"), "hexadecimal digits");
	assert_usage(&p, PARSE(&s, &p, "image", "--rpv", "0x0g"), "hexadecimal digits");

	fd = mkstemp(path);
	assert_int_equal(write(fd, bytes, 64), 64);
	snprintf(option, sizeof(option), "--rpv=@%s", path);
	assert_int_equal(PARSE(&s, &p, "image", option), STATUS_OK);
	assert_memory_equal(s.realm.rpv, bytes, 64);
	assert_int_equal(write(fd, bytes, 1), 1);
	close(fd);
	assert_usage(&p, PARSE(&s, &p, "image", option), "more than 64 bytes");
	unlink(path);
	assert_usage(&p, PARSE(&s, &p, "image", option), "No such file");
	assert_usage(&p, PARSE(&s, &p, "image", "--rpv", "@/"), "Is a directory");
}

static void disks_are_many(void **state)
{
	static const struct verb verb = {
		.name = "run", .options = OPTIONS_LINUX | OPTION(DISK),
	};
	const char *words[2 * DISKS_MAX + 5] = { "--kernel", "image" };
	struct settings s;
	struct problem p;

	assert_int_equal(PARSE_FOR(&verb, &s, &p, "--kernel=k", "--disk", "a", "--disk=b,readonly"),
			 STATUS_OK);
	assert_int_equal(s.disk_count, 2);
	assert_string_equal(s.disks[0], "a");
	assert_string_equal(s.disks[1], "b,readonly");
	assert_usage(&p, PARSE_FOR(&verb, &s, &p, "--disk", "a"), "--kernel is missing");
	for (int i = 0; i <= DISKS_MAX; i++) {
		words[2 + 2 * i] = "--disk";
		words[3 + 2 * i] = "a";
	}
	assert_usage(&p, parse(&s, &verb, &p, words), "there may be 16 of them");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(options_take_values_both_ways),
		cmocka_unit_test(words_are_exact),
		cmocka_unit_test(an_option_is_given_once),
		cmocka_unit_test(some_options_have_a_letter),
		cmocka_unit_test(verbs_have_one_word_or_more),
		cmocka_unit_test(values_out_of_range_name_the_limit),
		cmocka_unit_test(rpv_is_text_hex_or_a_file),
		cmocka_unit_test(disks_are_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
