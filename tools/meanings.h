/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a number means that a driver, an RMM or a realm gave: likely causes, and what helps.
 */
#ifndef MEANINGS_H
#define MEANINGS_H

#include <stdint.h>

struct meaning {
	uint32_t code;
	const char *name;	/* as in a header, or in the specification */
	const char *causes;	/* NULL: the meaning says it */
	const char *remedy;	/* NULL: see remedy(), or nothing in particular */
};

struct meanings {
	const char *kind;	/* "errno" */
	const struct meaning *entries;
	unsigned int count;
	/* One sentence for a code. */
	const char *(*sentence)(uint32_t code);
};

/* errno, reasons of the driver, status of the RMI, exits of a REC. */
enum { MEANINGS_ERRNO, MEANINGS_REASON, MEANINGS_STATUS, MEANINGS_EXIT, MEANINGS };
extern const struct meanings meanings[MEANINGS];

const struct meaning *meaning_of(const struct meanings *m, uint32_t code);

#endif
