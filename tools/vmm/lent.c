// SPDX-License-Identifier: GPL-2.0-only
/*
 * One range of our addresses for all of RAM, of which the pieces that are lent
 * have memory: so what lies side by side for the guest does here as well.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lent.h"

bool lent_init(struct lent *lent, uint64_t base, uint64_t size)
{
	uint64_t pieces = (size + LENT_PIECE - 1) / LENT_PIECE;
	void *bytes = mmap(NULL, pieces * LENT_PIECE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*lent = (struct lent) { .base = base, .size = size };
	if (bytes == MAP_FAILED)
		return false;
	lent->bytes = bytes;
	lent->pieces = calloc(pieces, sizeof(*lent->pieces));
	return lent->pieces;
}

void lent_free(struct lent *lent)
{
	if (lent->bytes)
		munmap(lent->bytes, (lent->size + LENT_PIECE - 1) / LENT_PIECE * LENT_PIECE);
	free(lent->pieces);
	memset(lent, 0, sizeof(*lent));
}

bool lent_is_ram(const struct lent *lent, uint64_t address)
{
	return address - lent->base < lent->size;
}

bool lent_begin(struct lent *lent, uint64_t address, uint64_t *ipa, uint64_t *length,
		void **source)
{
	uint64_t at = (address - lent->base) / LENT_PIECE * LENT_PIECE;

	if (!lent_is_ram(lent, address) || lent->pieces[at / LENT_PIECE])
		return false;
	*ipa = lent->base + at;
	*length = lent->size - at < LENT_PIECE ? lent->size - at : LENT_PIECE;
	*source = lent->bytes + at;
	return !mprotect(*source, *length, PROT_READ | PROT_WRITE);
}

void lent_end(struct lent *lent, uint64_t ipa, bool done)
{
	uint64_t at = ipa - lent->base;

	lent->pieces[at / LENT_PIECE] = done;
	if (!done)
		mprotect(lent->bytes + at, LENT_PIECE, PROT_NONE);
}

void *lent_at(const struct lent *lent, uint64_t address, uint64_t length)
{
	uint64_t at = address - lent->base;

	if (!length || at >= lent->size || length > lent->size - at)
		return NULL;
	for (uint64_t piece = at / LENT_PIECE; piece <= (at + length - 1) / LENT_PIECE; piece++)
		if (!lent->pieces[piece])
			return NULL;
	return lent->bytes + at;
}
