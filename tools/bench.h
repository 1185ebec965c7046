/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two files of `cca bench` share: memory, and entries of a realm.
 */
#ifndef BENCH_H
#define BENCH_H

#include "command.h"

#define BENCH_RAM	0x40000000ULL	/* begins at a gigabyte */

struct sample {
	uint64_t calls, ns, instructions;
};

struct bench {
	struct cca *c;
	bool july;
	int counter;			/* of instructions, or < 0 */
	uint64_t reading;		/* instructions that reading it takes */
	struct sample began;
	struct document *document;
	struct section *rows, *overhead;
};

/* Around what is measured. */
void bench_begin(struct bench *b);
void bench_end(struct bench *b, struct sample *sample);

/* The least of several rounds, each number on its own; round 0 begins. */
void bench_best(struct sample *best, const struct sample *sample, int round);

/* A row: `count` units in this sample; the fewest calls per unit, or < 0. */
void bench_row(struct bench *b, const char *name, const char *unit, double count,
	       const struct sample *sample, double floor);

/* bench_entry.c: the rows of a realm that runs. */
int bench_entries(struct bench *b, struct problem *p);

#endif
