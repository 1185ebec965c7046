// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca: Arm CCA realms from the command line. One table drives dispatch and help.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct verb verbs[] = {
	{
		"check", NULL, "can this machine host realms, and what is missing",
		"Ends with 0 if it can, and with 3 if something is missing.\n",
		OPTION(JSON), verb_check,
	}, {
		"info", NULL, "versions, features, limits, and where the memory is",
		NULL,
		OPTION(JSON), verb_info,
	}, {
		"delegate", "SIZE|list|release", "set memory aside for realms, for a while or for good",
		"SIZE is in bytes; suffixes K M G T. Without a name the memory is given back at SIGINT,\n"
		"SIGTERM or SIGHUP, or at once with --once; then the ledger is shown. With --json each\n"
		"step is a document of its own.\n\n"
		"  cca delegate SIZE --name NAME            keep it, for `cca run --from NAME`\n"
		"  cca delegate SIZE --name NAME --grow     more of it; --shrink: less\n"
		"  cca delegate release --name NAME         give it back when no realm uses it\n"
		"  cca delegate list                        what is set aside\n\n"
		"NAME is up to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or _. What is there is\n"
		"also found by its number, which is how root finds another user's.\n",
		OPTION(JSON) | OPTION(BLOCK) | OPTION(ONCE) | OPTION(NAME) | OPTION(GROW) |
		OPTION(SHRINK), verb_delegate,
	}, {
		"run", "IMAGE", "run a program in a realm",
		"IMAGE is an ELF file for AArch64, loaded at its physical addresses, or a flat binary,\n"
		"loaded and started at the beginning of RAM. Ends with the exit status of the guest; with\n"
		"1 if the guest did not come to its end, 128 + N if signal N ended it.\n",
		OPTIONS_REALM | OPTION(FROM), verb_run,
	}, {
		"measure", "IMAGE", "compute the measurement that `run` will produce, offline",
		"Give it the options that `run` is given. Needs neither a device nor privileges.\n",
		OPTION(JSON) | OPTION(RMM) | OPTIONS_REALM, verb_measure,
	},
};

#define VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void print_help(void)
{
	printf("Usage: cca VERB [OPTION]...\n\nArm CCA realms.\n\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-8s %-17s %s\n", verbs[i].name, verbs[i].operand ? verbs[i].operand : "",
		       verbs[i].summary);
	printf("\n  cca VERB --help   the options of a verb\n"
	       "  cca --version\n\n"
	       "Exit status: 0 success, 1 failure, 2 usage, 3 this machine cannot host realms.\n");
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
		printf("  %-18s %s\n", name, def->help);
	}
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
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
	if (fflush(stdout) || ferror(stdout))
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

	status = flush(argc ? dispatch(argv + 1, &p) : STATUS_USAGE, &p);
	/* Also when the command line was not understood: the caller is a script. */
	if (problem_is_set(&p))
		problem_print(&p, status, argc > 1 && has_word(argv + 1, "--json"));
	return status;
}
