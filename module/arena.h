/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmaps over the granules of one arena: a naturally aligned allocation of up
 * to 4 MiB that the ledger took from the kernel. Pure.
 */
#ifndef CCA_ARENA_H
#define CCA_ARENA_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

#define CCA_ARENA_ORDER		10
#define CCA_ARENA_GRANULES	(1U << CCA_ARENA_ORDER)
#define CCA_ARENA_WORDS		(CCA_ARENA_GRANULES / 64)

/* A block of the RMM's second size: 2 MiB. An arena has two at most. */
#define CCA_BLOCK_ORDER		9
#define CCA_BLOCK_GRANULES	(1U << CCA_BLOCK_ORDER)
#define CCA_BLOCK_BYTES		(4096ULL << CCA_BLOCK_ORDER)

struct cca_map {
	__u64 word[CCA_ARENA_WORDS];
};

void cca_map_set(struct cca_map *map, unsigned int at, unsigned int count,
		 bool value);
bool cca_map_test(const struct cca_map *map, unsigned int at);
unsigned int cca_map_weight(const struct cca_map *map);

/*
 * The first run of set bits at or after `from`, below `size`: its length, 0 if
 * there is none. *at is where it begins.
 */
unsigned int cca_map_run(const struct cca_map *map, unsigned int size,
			 unsigned int from, unsigned int *at);

/* How many set bits there are up to the end: the last run, if it ends there. */
unsigned int cca_map_tail(const struct cca_map *map, unsigned int size);

/* Which 2 MiB halves of `all` are complete: bit 0 the lower, bit 1 the upper. */
unsigned int cca_map_halves(const struct cca_map *all, unsigned int size);

/*
 * The first naturally aligned run of 2^order set bits below `size`, outside of
 * the halves in `spare` (bits as above): its index, or -1.
 */
int cca_map_find(const struct cca_map *map, unsigned int size,
		 unsigned int order, unsigned int spare);

#endif
