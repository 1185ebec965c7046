// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion for bash and zsh. Both ask `cca delegate list` for the names of memory that is set aside, and
 * `cca list` for those of realms.
 */
#include <stdio.h>
#include <string.h>

#include "generate.h"

#define RESERVED	"$(cca delegate list -n -o name 2>/dev/null)"
#define REALMS		"$(cca list -n -o name 2>/dev/null)"

static bool is(const char *values, const char *kind)
{
	return values && !strcmp(values, kind);
}

/* ------------------------------------------------------------------ bash */

static void bash_values(const char *values)
{
	if (is(values, VALUES_FILE))
		printf("compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
	else if (is(values, VALUES_RESERVED))
		printf("mapfile -t COMPREPLY < <(compgen -W \"" RESERVED "\" -- \"$cur\")");
	else if (is(values, VALUES_REALM))
		printf("mapfile -t COMPREPLY < <(compgen -W \"" REALMS "\" -- \"$cur\")");
	else if (values)
		printf("mapfile -t COMPREPLY < <(compgen -W \"%s\" -- \"$cur\")", values);
	else
		printf("COMPREPLY=()");
}

static void bash_verb(const struct verb *verb)
{
	printf("\t%s)\n\t\toptions=\"--help", verb->name);
	for (int i = 0; i < OPTIONS; i++) {
		if (!verb_takes(verb, i))
			continue;
		printf(" --%s", option_defs[i].name);
		if (option_defs[i].letter)
			printf(" -%c", option_defs[i].letter);
	}
	printf("\"\n\t\tcase $before in\n");
	for (int i = 0; i < OPTIONS; i++) {
		if (!verb_takes(verb, i) || !option_defs[i].argument)
			continue;
		printf("\t\t--%s", option_defs[i].name);
		if (option_defs[i].letter)
			printf(" | -%c", option_defs[i].letter);
		printf(") ");
		bash_values(option_defs[i].values);
		printf("; return ;;\n");
	}
	printf("\t\tesac\n\t\tif [[ $cur == -* ]]; then\n"
	       "\t\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n\t\telse\n\t\t\t");
	if (verb->second) {
		printf("if [[ $COMP_CWORD -gt 2 ]]; then ");
		bash_values(verb->second);
		printf("; return; fi\n\t\t\t");
	}
	bash_values(verb->values);
	printf("\n\t\tfi\n\t\t;;\n");
}

void generate_bash(void)
{
	printf("# bash completion of cca, made from the tables of the command.\n"
	       "# shellcheck shell=bash\n\n_cca()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options\n\n"
	       "\tCOMPREPLY=()\n"
	       "\t# \"--option=value\" comes as three words, or as two if the value is still empty.\n"
	       "\tif [[ $cur == \"=\" ]]; then\n\t\tcur=\n"
	       "\telif [[ $before == \"=\" && $COMP_CWORD -ge 2 ]]; then\n"
	       "\t\tbefore=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
	       "\tif [[ $COMP_CWORD -eq 1 ]]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W \"--help --version");
	for (unsigned int i = 0; i < verb_count; i++)
		printf(" %s", verbs[i].name);
	printf("\" -- \"$cur\")\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (unsigned int i = 0; i < verb_count; i++)
		bash_verb(&verbs[i]);
	printf("\tesac\n}\n\ncomplete -F _cca cca\n");
}

/* ------------------------------------------------------------------- zsh */

/* Inside single quotes; also where "[", "]" and ":" would mean something. */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* The message and the action of an argument. */
static void zsh_argument(const char *argument, const char *values)
{
	putchar(':');
	zsh_text(argument);
	if (is(values, VALUES_FILE))
		printf(":_files");
	else if (is(values, VALUES_RESERVED))
		printf(":_cca_reserved");
	else if (is(values, VALUES_REALM))
		printf(":_cca_realms");
	else if (values)
		printf(":(%s)", values);
	else
		printf(": ");
}

static void zsh_verb(const struct verb *verb)
{
	printf("\t%s)\n\t\t_arguments '--help[the options of this verb]'", verb->name);
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_def *def = &option_defs[i];

		if (!verb_takes(verb, i))
			continue;
		if (def->letter) {
			printf(" \\\n\t\t\t'-%c[", def->letter);
			zsh_text(def->help);
			printf("]");
			if (def->argument)
				zsh_argument(def->argument, def->values);
			printf("'");
		}
		printf(" \\\n\t\t\t'--%s%s[", def->name, def->argument ? "=" : "");
		zsh_text(def->help);
		printf("]");
		if (def->argument)
			zsh_argument(def->argument, def->values);
		printf("'");
	}
	if (verb->operand) {
		printf(" \\\n\t\t\t'%c", strstr(verb->operand, "...") ? '*' : '1');
		zsh_argument(verb->operand, verb->values);
		printf("'");
	}
	if (verb->second) {
		printf(" \\\n\t\t\t'2");
		zsh_argument(verb->operand, verb->second);
		printf("'");
	}
	printf("\n\t\t;;\n");
}

void generate_zsh(void)
{
	printf("#compdef cca\n# zsh completion of cca, made from the tables of the command.\n\n"
	       "_cca_reserved()\n{\n\tlocal -a names\n\n\tnames=(${(f)\"" RESERVED "\"})\n\tcompadd -a names\n}\n\n"
	       "_cca_realms()\n{\n\tlocal -a names\n\n\tnames=(${(f)\"" REALMS "\"})\n\tcompadd -a names\n}\n\n"
	       "_cca_verbs()\n{\n\tlocal -a list\n\n\tlist=(\n");
	for (unsigned int i = 0; i < verb_count; i++) {
		printf("\t\t'%s:", verbs[i].name);
		zsh_text(verbs[i].summary);
		printf("'\n");
	}
	printf("\t)\n\t_describe verb list\n}\n\n_cca()\n{\n"
	       "\tif (( CURRENT == 2 )); then\n\t\t_cca_verbs\n\t\tcompadd -- --help --version\n\t\treturn\n\tfi\n"
	       "\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n");
	for (unsigned int i = 0; i < verb_count; i++)
		zsh_verb(&verbs[i]);
	printf("\tesac\n}\n\n_cca \"$@\"\n");
}
