// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manual pages, in the macros of man(7): cca.8, and cca-VERB.8 for each verb.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "generate.h"

/* Text as it is meant: nothing in it is a request, and a "-" is one that can be typed. */
static void put_text(const char *text, size_t length)
{
	if (length && (text[0] == '.' || text[0] == '\''))
		printf("\\&");
	for (size_t i = 0; i < length; i++) {
		switch (text[i]) {
		case '\\':
			printf("\\e");
			break;
		case '-':
			printf("\\-");
			break;
		case '`':
			printf("\\(ga");
			break;
		case '\'':
			printf("\\(aq");
			break;
		default:
			putchar(text[i]);
		}
	}
}

static void put(const char *text)
{
	put_text(text, strlen(text));
}

/* A word between quotes, for a macro. */
static void put_sentence(const char *text)
{
	putchar(toupper((unsigned char)text[0]));
	put(text + 1);
	printf(".\n");
}

static void header(const char *name, const char *verb, const char *date)
{
	printf(".\\\" Made from the tables of the cca command (tools/verbs.c, tools/options.c).\n.TH ");
	for (; *name; name++)
		putchar(toupper((unsigned char)*name));
	if (verb)
		putchar('-');
	for (; verb && *verb; verb++)
		putchar(toupper((unsigned char)*verb));
	printf(" 8 \"%s\" \"cca %s\" \"Arm CCA realms\"\n", date, cca_version());
}

/*
 * What --help says beyond the summary. Lines that begin with blanks stay as they are, the others are filled; an
 * empty line begins a paragraph.
 */
static void details(const char *text)
{
	bool literal = false;

	while (*text) {
		size_t length = strcspn(text, "\n");
		bool indented = text[0] == ' ';

		if (indented != literal && length) {
			printf(indented ? ".PP\n.RS 4\n.nf\n" : ".fi\n.RE\n.PP\n");
			literal = indented;
		} else if (!length && !literal && text[1] && text[1] != ' ') {
			printf(".PP\n");
		}
		if (length) {
			size_t margin = literal ? strspn(text, " ") : 0;

			put_text(text + margin, length - margin);
			putchar('\n');
		}
		text += length + (text[length] == '\n');
	}
	if (literal)
		printf(".fi\n.RE\n");
}

static void tagged(const char *option, const char *argument)
{
	printf(".TP\n.B \\-\\-");
	put(option);
	if (argument) {
		printf(" \\fI");
		put(argument);
		printf("\\fR");
	}
	printf("\n");
}

static void exit_status(void)
{
	static const struct {
		const char *code, *meaning;
	} codes[] = {
		{ "0", "success" },
		{ "1", "failure" },
		{ "2", "the command line was not understood" },
		{ "3", "this machine cannot host realms" },
		{ "4", "a token is not what was wanted" },
		{ "5", "Linux in a realm asked for a reset" },
		{ "128 + N", "signal N ended it" },
	};

	printf(".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		printf(".TP\n.B %s\n%s\n", codes[i].code, codes[i].meaning);
}

static void see_also(const struct verb *except)
{
	const char *between = "";

	printf(".SH SEE ALSO\n");
	if (except) {
		printf(".BR cca (8)");
		between = ",\n";
	}
	for (unsigned int i = 0; i < verb_count; i++) {
		if (&verbs[i] == except)
			continue;
		printf("%s.BR cca\\-%s (8)", between, verbs[i].name);
		between = ",\n";
	}
	printf("\n");
}

void generate_man(const char *date)
{
	header("cca", NULL, date);
	printf(".SH NAME\ncca \\- Arm CCA realms from the command line\n"
	       ".SH SYNOPSIS\n.B cca\n.I VERB\n.RI [ OPTION ]...\n.br\n"
	       ".B cca\n.I VERB\n.B \\-\\-help\n.br\n.B cca \\-\\-version\n"
	       ".SH DESCRIPTION\n"
	       "Creates, runs and measures realms of the Arm Confidential Compute Architecture, through the driver\n"
	       ".IR cca.ko .\nVerbs and options are exact words.\n"
	       ".SH VERBS\n");
	for (unsigned int i = 0; i < verb_count; i++) {
		printf(".TP\n.B %s", verbs[i].name);
		if (verbs[i].operand) {
			printf(" \\fI");
			put(verbs[i].operand);
			printf("\\fR");
		}
		printf("\n");
		put_sentence(verbs[i].summary);
		printf("See\n.BR cca\\-%s (8).\n", verbs[i].name);
	}
	printf(".SH MESSAGES\n"
	       "A message on standard error names the object, the action, the reason and what to do next. Where\n"
	       ".B \\-\\-json\nis given, it is a JSON object too.\n");
	exit_status();
	printf(".SH FILES\n.TP\n.I /dev/cca\nthe device, for root and the group\n.I cca\n");
	see_also(NULL);
}

void generate_man_verb(const struct verb *verb, const char *date)
{
	header("cca", verb->name, date);
	printf(".SH NAME\ncca\\-%s \\- ", verb->name);
	put(verb->summary);
	printf("\n.SH SYNOPSIS\n.B cca %s\n", verb->name);
	if (verb->operand) {
		printf(".I ");
		put(verb->operand);
		printf("\n");
	}
	printf(".RI [ OPTION ]...\n.SH DESCRIPTION\n");
	put_sentence(verb->summary);
	if (verb->details)
		details(verb->details);
	printf(".SH OPTIONS\n");
	for (int i = 0; i < OPTIONS; i++) {
		if (!verb_takes(verb, i))
			continue;
		tagged(option_defs[i].name, option_defs[i].argument);
		put(option_defs[i].help);
		if (option_defs[i].letter)
			printf(" (short: \\fB\\-%c\\fR)", option_defs[i].letter);
		printf("\n");
	}
	tagged("help", NULL);
	printf("this, in short\n");
	exit_status();
	see_also(verb);
}
