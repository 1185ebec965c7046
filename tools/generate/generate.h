/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is made of the tables of the command when it is built.
 */
#ifndef GENERATE_H
#define GENERATE_H

#include "../command.h"

/* Each prints to stdout. `date` is that of the manual. */
void generate_man(const char *date);
void generate_man_verb(const struct verb *verb, const char *date);
void generate_bash(void);
void generate_zsh(void);

static inline bool verb_takes(const struct verb *verb, int option)
{
	return verb->options & (1U << option);
}

#endif
