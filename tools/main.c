// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca: Arm CCA realms from the command line. The table of verbs.c drives dispatch and help.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

static void print_help(void)
{
	printf("Usage: cca VERB [OPTION]...\n\nArm CCA realms.\n\n");
	for (size_t i = 0; i < verb_count; i++)
		printf("  %-8s %-17s %s\n", verbs[i].name, verbs[i].operand ? verbs[i].operand : "",
		       verbs[i].summary);
	printf("\n  cca VERB --help   the options of a verb\n"
	       "  cca --version\n\n"
	       "Exit status: 0 success, 1 failure, 2 usage, 3 this machine cannot host realms, 4 a token is not\n"
	       "as wanted, 5 Linux in a realm asked for a reset.\n");
}

static void print_verb_help(const struct verb *verb)
{
	char name[32];

	printf("Usage: cca %s %s%s[OPTION]...\n\n%c%s.\n", verb->name,
	       verb->operand ? verb->operand : "", verb->operand ? " " : "",
	       verb->summary[0] - 'a' + 'A', verb->summary + 1);
	if (verb->details)
		printf("%s", verb->details);
	printf("\n");
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_def *def = &option_defs[i];

		if (!(verb->options & (1U << i)))
			continue;
		snprintf(name, sizeof(name), "--%s %s", def->name,
			 def->argument ? def->argument : "");
		printf("  %-18s %s", name, def->help);
		if (def->letter)
			printf(" (short: -%c)", def->letter);
		printf("\n");
	}
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < verb_count; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static bool has_word(char **words, const char *word)
{
	for (; *words && strcmp(*words, "--"); words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

/* Everything that was printed must have arrived: scripts read it. */
static int flush(int status, struct problem *p)
{
	/* Whoever noticed before has said what that means. */
	if ((fflush(stdout) || ferror(stdout)) && !problem_is_set(p))
		return problem(p, STATUS_FAILED, "standard output", "write", NULL,
			       "not everything arrived");
	return status;
}

static int run_verb(const struct verb *verb, char **words, struct problem *p)
{
	struct settings s;
	int status;

	settings_default(&s);
	status = settings_parse(&s, verb, words, p);
	return status ? status : verb->run(&s, p);
}

static int dispatch(char **words, struct problem *p)
{
	const struct verb *verb;

	if (!words[0])
		return problem(p, STATUS_USAGE, "cca", "understand the command", "see `cca --help`",
			       "the verb is missing");
	if (!strcmp(words[0], "--help") || !strcmp(words[0], "-h")) {
		print_help();
		return STATUS_OK;
	}
	if (!strcmp(words[0], "--version")) {
		printf("cca %s\n", cca_version());
		return STATUS_OK;
	}
	if (words[0][0] == '-')
		return problem(p, STATUS_USAGE, "cca", "understand the command",
			       "say `cca VERB [OPTION]...`; see `cca --help`",
			       "the verb comes first, and '%s' is none", words[0]);
	verb = find_verb(words[0]);
	if (!verb)
		return problem(p, STATUS_USAGE, "cca", "understand the command", "see `cca --help`",
			       "there is no verb '%s'", words[0]);
	if (has_word(words + 1, "--help") || has_word(words + 1, "-h")) {
		print_verb_help(verb);
		return STATUS_OK;
	}
	return run_verb(verb, words + 1, p);
}

int main(int argc, char **argv)
{
	struct problem p = { 0 };
	int status;

	/* A reader that went away is an error of write(), not our death. */
	signal(SIGPIPE, SIG_IGN);
	status = flush(argc ? dispatch(argv + 1, &p) : STATUS_USAGE, &p);
	/* Also when the command line was not understood: the caller is a script. */
	if (problem_is_set(&p))
		problem_print(&p, status, argc > 1 && has_word(argv + 1, "--json"));
	return status;
}
