// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bitmaps over the granules of one arena. Pure: no kernel bitmaps, so that the
 * host unit tests run this very code.
 */
#include "arena.h"

static __u64 mask(unsigned int at, unsigned int count)
{
	__u64 ones = count >= 64 ? ~(__u64)0 : ((__u64)1 << count) - 1;

	return ones << at;
}

void cca_map_set(struct cca_map *map, unsigned int at, unsigned int count,
		 bool value)
{
	while (count) {
		unsigned int bit = at % 64;
		unsigned int n = count < 64 - bit ? count : 64 - bit;

		if (n == 64)
			map->word[at / 64] = value ? ~(__u64)0 : 0;
		else if (value)
			map->word[at / 64] |= mask(bit, n);
		else
			map->word[at / 64] &= ~mask(bit, n);
		at += n;
		count -= n;
	}
}

bool cca_map_test(const struct cca_map *map, unsigned int at)
{
	return map->word[at / 64] >> (at % 64) & 1;
}

/* The usual tree of sums: the compiler's builtin wants a library call. */
static unsigned int weight(__u64 w)
{
	w -= w >> 1 & 0x5555555555555555ULL;
	w = (w & 0x3333333333333333ULL) + (w >> 2 & 0x3333333333333333ULL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return w * 0x0101010101010101ULL >> 56;
}

unsigned int cca_map_weight(const struct cca_map *map)
{
	unsigned int i, sum = 0;

	for (i = 0; i < CCA_ARENA_WORDS; i++)
		sum += weight(map->word[i]);
	return sum;
}

/* First bit at or after `from` that is `value`, or size. */
static unsigned int next(const struct cca_map *map, unsigned int size,
			 unsigned int from, bool value)
{
	while (from < size) {
		__u64 w = map->word[from / 64];

		if (!value)
			w = ~w;
		w >>= from % 64;
		if (w) {
			from += __builtin_ctzll(w);
			return from < size ? from : size;
		}
		from = (from / 64 + 1) * 64;
	}
	return size;
}

unsigned int cca_map_run(const struct cca_map *map, unsigned int size,
			 unsigned int from, unsigned int *at)
{
	*at = next(map, size, from, true);
	return next(map, size, *at, false) - *at;
}

unsigned int cca_map_tail(const struct cca_map *map, unsigned int size)
{
	unsigned int n = 0;

	while (n < size) {
		unsigned int bit = (size - n - 1) % 64;
		__u64 w = ~(map->word[(size - n - 1) / 64] << (63 - bit));
		unsigned int ones = w ? __builtin_clzll(w) : 64;

		n += ones;
		if (ones <= bit)
			break;
	}
	return n;
}

unsigned int cca_map_halves(const struct cca_map *all, unsigned int size)
{
	unsigned int half, halves = 0;

	for (half = 0; (half + 1) * CCA_BLOCK_GRANULES <= size; half++) {
		unsigned int at = half * CCA_BLOCK_GRANULES;

		if (next(all, at + CCA_BLOCK_GRANULES, at, false) ==
		    at + CCA_BLOCK_GRANULES)
			halves |= 1U << half;
	}
	return halves;
}

int cca_map_find(const struct cca_map *map, unsigned int size,
		 unsigned int order, unsigned int spare)
{
	unsigned int count = 1U << order;
	unsigned int at = 0;

	while (at + count <= size) {
		unsigned int end;

		if (spare >> (at / CCA_BLOCK_GRANULES) & 1) {
			at = (at / CCA_BLOCK_GRANULES + 1) * CCA_BLOCK_GRANULES;
			continue;
		}
		at = next(map, size, at, true);
		/* Up to natural alignment; this may enter the other half. */
		end = (at + count - 1) & ~(count - 1);
		if (end != at) {
			at = end;
			continue;
		}
		if (at + count > size)
			break;
		if (spare >> (at / CCA_BLOCK_GRANULES) & 1)
			continue;
		end = next(map, at + count, at, false);
		if (end == at + count)
			return at;
		at = end;
	}
	return -1;
}
