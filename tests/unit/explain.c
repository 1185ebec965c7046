// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cca explain` knows every errno, reason and exit that uapi/linux/cca.h has, by that number and name, and every
 * status that the library can name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../tools/command.h"
#include "../../tools/meanings.h"

#define HEADER	"uapi/linux/cca.h"

static const struct meaning *named(const struct meanings *m, const char *name)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (!strcmp(m->entries[i].name, name))
			return &m->entries[i];
	return NULL;
}

/* Lines "PREFIX_NAME = NUMBER," of the header, each explained: how many. */
static unsigned int each_of(const char *prefix, const struct meanings *m)
{
	FILE *header = fopen(HEADER, "re");
	unsigned int count = 0, number;
	char line[256], name[64];

	assert_non_null(header);
	while (fgets(line, sizeof(line), header)) {
		const struct meaning *entry;

		if (sscanf(line, " %63[A-Z0-9_] = %u,", name, &number) != 2 ||
		    strncmp(name, prefix, strlen(prefix)) || !number)
			continue;
		entry = meaning_of(m, number);
		if (!entry)
			fail_msg("%s, %u, is not explained", name, number);
		assert_string_equal(entry->name, name);
		count++;
	}
	fclose(header);
	return count;
}

static void every_reason_of_the_header(void **state)
{
	unsigned int count = each_of("CCA_REASON_", &meanings[MEANINGS_REASON]);

	assert_int_equal(count, meanings[MEANINGS_REASON].count);
	for (unsigned int i = 0; i < count; i++) {
		const struct meaning *entry = &meanings[MEANINGS_REASON].entries[i];

		if (!entry->remedy && !remedy(entry->code))
			fail_msg("nothing helps against %s", entry->name);
	}
}

static void every_exit_of_the_header(void **state)
{
	/* But for the first, which is number 0. */
	assert_int_equal(each_of("CCA_EXIT_", &meanings[MEANINGS_EXIT]) + 1, meanings[MEANINGS_EXIT].count);
	assert_non_null(meaning_of(&meanings[MEANINGS_EXIT], 0));
}

/* The dictionary at the top of the header: " *   EBUSY       not in the state ..." */
static void every_errno_of_the_header(void **state)
{
	FILE *header = fopen(HEADER, "re");
	unsigned int count = 0;
	char line[256], name[32];

	assert_non_null(header);
	while (fgets(line, sizeof(line), header)) {
		if (sscanf(line, " *   E%30[A-Z0-9]  ", name + 1) != 1)
			continue;
		name[0] = 'E';
		if (!named(&meanings[MEANINGS_ERRNO], name))
			fail_msg("%s is not explained", name);
		count++;
	}
	fclose(header);
	assert_true(count >= 15);
}

static void every_status_that_has_a_name(void **state)
{
	const struct meanings *m = &meanings[MEANINGS_STATUS];

	for (uint32_t code = 0; code < 256; code++) {
		const char *name = cca_rmi_status_name(code);
		const struct meaning *entry = meaning_of(m, code);

		if (strncmp(name, "RMI_", 4)) {
			assert_null(entry);
			continue;
		}
		assert_non_null(entry);
		assert_string_equal(entry->name, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_of_the_header),
		cmocka_unit_test(every_exit_of_the_header),
		cmocka_unit_test(every_errno_of_the_header),
		cmocka_unit_test(every_status_that_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
