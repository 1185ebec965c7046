/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a guest and its VMM both see: where the guest uses the unprotected
 * alias of its RAM, pages of ours come, 2 MiB at a time. What is private of the
 * guest's RAM is not here.
 */
#ifndef VMM_LENT_H
#define VMM_LENT_H

#include <stdbool.h>
#include <stdint.h>

#define LENT_PIECE	(2ULL << 20)

struct lent {
	uint64_t base, size;		/* RAM, as the guest has it */
	uint8_t *bytes;			/* as large; no access to what is not lent */
	bool *pieces;
};

bool lent_init(struct lent *lent, uint64_t base, uint64_t size);
void lent_free(struct lent *lent);

/*
 * The piece around an address of RAM is to be lent: where, how long, and our
 * pages. False: it is lent already, or is no RAM, or there is no memory.
 */
bool lent_begin(struct lent *lent, uint64_t address, uint64_t *ipa, uint64_t *length,
		void **source);
/* The guest has it; or not, and nobody does. */
void lent_end(struct lent *lent, uint64_t ipa, bool done);

bool lent_is_ram(const struct lent *lent, uint64_t address);

/* Our bytes of [address, address + length): NULL unless all of it is lent. */
void *lent_at(const struct lent *lent, uint64_t address, uint64_t length);

#endif
