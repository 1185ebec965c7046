// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what the build makes of the tables of verbs and options:
 *
 *	generate man DATE [VERB] | bash | zsh
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"

static int usage(void)
{
	fprintf(stderr, "usage: generate man DATE [VERB] | bash | zsh\n");
	return STATUS_USAGE;
}

static int man(const char *date, const char *verb)
{
	if (!verb) {
		generate_man(date);
		return STATUS_OK;
	}
	for (unsigned int i = 0; i < verb_count; i++) {
		if (!strcmp(verbs[i].name, verb)) {
			generate_man_verb(&verbs[i], date);
			return STATUS_OK;
		}
	}
	fprintf(stderr, "generate: there is no verb '%s'\n", verb);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	int status = STATUS_OK;

	if (argc >= 3 && argc <= 4 && !strcmp(argv[1], "man"))
		status = man(argv[2], argv[3]);
	else if (argc == 2 && !strcmp(argv[1], "bash"))
		generate_bash();
	else if (argc == 2 && !strcmp(argv[1], "zsh"))
		generate_zsh();
	else
		return usage();
	if (fflush(stdout) || ferror(stdout))
		return STATUS_FAILED;
	return status;
}
