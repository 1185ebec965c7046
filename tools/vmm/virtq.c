// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings and descriptors. Each field is read once, and checked after that. The
 * bit that makes an address unprotected may be in it or not.
 */
#include <endian.h>
#include <errno.h>
#include <stddef.h>

#include "virtq.h"

#define DESC_NEXT	1
#define DESC_WRITE	2
#define AVAIL_QUIET	1

struct desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
	uint16_t next;
};

static void *at(const struct lent *lent, uint64_t alias, uint64_t address, uint64_t length)
{
	return lent_at(lent, address & ~alias, length);
}

/* Of the driver's ring: flags, index, then the heads. */
static uint16_t *avail(const struct virtq *q, const struct lent *lent, uint64_t alias)
{
	return at(lent, alias, q->driver, 4 + 2 * q->size);
}

static uint16_t load16(const uint16_t *from)
{
	return le16toh(__atomic_load_n(from, __ATOMIC_ACQUIRE));
}

static bool is_sane(const struct virtq *q)
{
	return q->ready && q->size && q->size <= VIRTQ_SIZE_MAX &&
	       !(q->size & (q->size - 1)) && !(q->desc % 16) && !(q->driver % 2) &&
	       !(q->device % 4);
}

static bool add_part(struct virtq_chain *chain, const struct lent *lent, uint64_t alias,
		     const volatile struct desc *from, uint16_t *flags, uint16_t *next)
{
	struct virtq_part *part = &chain->part[chain->count];

	*flags = le16toh(from->flags);
	*next = le16toh(from->next);
	part->length = le32toh(from->length);
	part->writable = *flags & DESC_WRITE;
	if (part->length > VIRTQ_PART_MAX)
		return false;
	part->bytes = at(lent, alias, le64toh(from->address), part->length);
	chain->count++;
	return part->bytes;
}

int virtq_pop(struct virtq *q, const struct lent *lent, uint64_t alias, struct virtq_chain *chain)
{
	const volatile struct desc *table;
	const uint16_t *ring;
	uint16_t flags = DESC_NEXT, next;

	ring = is_sane(q) ? avail(q, lent, alias) : NULL;
	table = ring ? at(lent, alias, q->desc, sizeof(*table) * q->size) : NULL;
	if (!table)
		return -EINVAL;
	if (load16(&ring[1]) == q->taken)
		return 0;
	next = load16(&ring[2 + q->taken % q->size]);
	*chain = (struct virtq_chain) { .head = next };
	/* A chain is not longer than its table, so a circle ends. */
	while (flags & DESC_NEXT) {
		if (next >= q->size || chain->count == q->size ||
		    !add_part(chain, lent, alias, &table[next], &flags, &next))
			return -EINVAL;
	}
	q->taken++;
	return 1;
}

bool virtq_is_waiting(const struct virtq *q, const struct lent *lent, uint64_t alias)
{
	const uint16_t *ring = is_sane(q) ? avail(q, lent, alias) : NULL;

	return ring && load16(&ring[1]) != q->taken;
}

bool virtq_push(struct virtq *q, const struct lent *lent, uint64_t alias,
		const struct virtq_chain *chain, uint32_t length)
{
	uint16_t *index;
	uint32_t *ring;

	index = is_sane(q) ? at(lent, alias, q->device, 4 + 8 * q->size) : NULL;
	if (!index)
		return false;
	ring = (uint32_t *)(index + 2) + 2 * (q->used % q->size);
	ring[0] = htole32(chain->head);
	ring[1] = htole32(length);
	q->used++;
	__atomic_store_n(&index[1], htole16(q->used), __ATOMIC_RELEASE);
	return true;
}

bool virtq_interrupts(const struct virtq *q, const struct lent *lent, uint64_t alias)
{
	const uint16_t *ring = is_sane(q) ? avail(q, lent, alias) : NULL;

	/* What was pushed is to be seen before we look. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ring && !(load16(&ring[0]) & AVAIL_QUIET);
}
