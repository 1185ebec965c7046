// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of a virtio disk: a header that the device reads, data, and a byte
 * for the outcome. Where one part of the chain ends and the next begins means
 * nothing (virtio 1.2, 2.7.4.1), but what the device writes comes last.
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "virtio_block.h"

#define FEATURE_SIZE_MAX	(1ULL << 1)
#define FEATURE_SEG_MAX		(1ULL << 2)
#define FEATURE_READONLY	(1ULL << 5)
#define FEATURE_BLOCK_SIZE	(1ULL << 6)
#define FEATURE_FLUSH		(1ULL << 9)

#define TYPE_IN			0
#define TYPE_OUT		1
#define TYPE_FLUSH		4
#define TYPE_GET_ID		8

#define STATUS_GOOD		0
#define STATUS_IO_ERROR		1
#define STATUS_UNSUPPORTED	2

#define QUEUE_SIZE		128

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};

static struct virtio_block *block_of(struct virtio *v)
{
	return (struct virtio_block *)((char *)v - offsetof(struct virtio_block, virtio));
}

static void config(const struct virtio *v, uint8_t *image)
{
	const struct virtio_block *b = block_of((struct virtio *)v);

	virtio_put(image, 0, b->sectors, 8);
	virtio_put(image, 8, VIRTIO_BLOCK_PART_MAX, 4);
	virtio_put(image, 12, VIRTIO_BLOCK_PARTS_MAX, 4);
	virtio_put(image, 20, VIRTIO_BLOCK_SECTOR, 4);
}

static void notify(struct virtio *v, unsigned int queue)
{
	struct virtio_block *b = block_of(v);

	if (b->wanted)
		b->wanted(b->context);
}

static const struct virtio_kind kind = {
	.pci_device = 0x1042,
	.pci_class = 0x018000,		/* storage, other */
	.queues = 1,
	.queue_size = QUEUE_SIZE,
	.config = config,
	.notify = notify,
};

void virtio_block_init(struct virtio_block *b, uint64_t sectors, bool readonly, const char *id,
		       const struct lent *lent, uint64_t alias)
{
	*b = (struct virtio_block) { .sectors = sectors, .readonly = readonly };
	snprintf(b->id, sizeof(b->id), "%s", id);
	virtio_init(&b->virtio, &kind, FEATURE_SIZE_MAX | FEATURE_SEG_MAX | FEATURE_BLOCK_SIZE |
		    FEATURE_FLUSH | (readonly ? FEATURE_READONLY : 0), lent, alias);
}

/* ------------------------------------------------------------------------ requests */

/* The header, off the front of the chain. False: there is none. */
static bool take_header(struct virtq_chain *chain, struct header *header)
{
	size_t at = 0, length;

	for (unsigned int i = 0; i < chain->count && at < sizeof(*header); i++) {
		struct virtq_part *part = &chain->part[i];

		if (part->writable)
			return false;
		length = sizeof(*header) - at < part->length ? sizeof(*header) - at : part->length;
		memcpy((uint8_t *)header + at, part->bytes, length);
		at += length;
		part->bytes += length;
		part->length -= length;
	}
	return at == sizeof(*header);
}

/* The place of the outcome, off its end. NULL: there is none. */
static uint8_t *take_status(struct virtq_chain *chain)
{
	struct virtq_part *last = &chain->part[chain->count - 1];

	if (!last->writable)
		return NULL;
	last->length--;
	return last->bytes + last->length;
}

/* What lies between. False: that is more than the driver was told, or out of order. */
static bool take_data(struct virtio_block_request *r, bool *readable, bool *writable)
{
	*readable = false;
	*writable = false;
	for (unsigned int i = 0; i < r->chain.count; i++) {
		const struct virtq_part *part = &r->chain.part[i];

		if (!part->length)
			continue;
		if (part->length > VIRTIO_BLOCK_PART_MAX ||
		    r->count == sizeof(r->data) / sizeof(r->data[0]))
			return false;
		*readable |= !part->writable;
		*writable |= part->writable;
		r->data[r->count++] = (struct iovec) { part->bytes, part->length };
		r->length += part->length;
	}
	return !*readable || !*writable;
}

static bool is_inside(const struct virtio_block *b, const struct virtio_block_request *r,
		      uint64_t sector)
{
	return r->length && !(r->length % VIRTIO_BLOCK_SECTOR) && sector <= b->sectors &&
	       r->length / VIRTIO_BLOCK_SECTOR <= b->sectors - sector;
}

static uint8_t give_id(const struct virtio_block *b, struct virtio_block_request *r)
{
	size_t at = 0, length;

	if (r->length < VIRTIO_BLOCK_ID_SIZE || r->length > VIRTIO_BLOCK_SECTOR)
		return STATUS_IO_ERROR;
	for (unsigned int i = 0; i < r->count; i++) {
		length = VIRTIO_BLOCK_ID_SIZE - at;
		if (r->data[i].iov_len < length)
			length = r->data[i].iov_len;
		memset(r->data[i].iov_base, 0, r->data[i].iov_len);
		memcpy(r->data[i].iov_base, b->id + at, length);
		at += length;
	}
	return STATUS_GOOD;
}

/* Is it for somebody with a file? If not, *status is the outcome. */
static bool understand(struct virtio_block *b, struct virtio_block_request *r,
		       const struct header *header, uint8_t *status)
{
	uint64_t sector = le64toh(header->sector);
	uint32_t type = le32toh(header->type);
	bool readable, writable;

	*status = STATUS_IO_ERROR;
	if (!take_data(r, &readable, &writable))
		return false;
	switch (type) {
	case TYPE_IN:
	case TYPE_OUT:
		if ((type == TYPE_IN ? readable : writable || b->readonly) ||
		    !is_inside(b, r, sector))
			return false;
		r->action = type == TYPE_IN ? VIRTIO_BLOCK_READ : VIRTIO_BLOCK_WRITE;
		/* A driver that never flushes: it counts on what is done (5.2.6.2). */
		r->through = !(b->virtio.features & FEATURE_FLUSH);
		r->offset = sector * VIRTIO_BLOCK_SECTOR;
		return true;
	case TYPE_FLUSH:
		r->action = VIRTIO_BLOCK_FLUSH;
		return !r->count;
	case TYPE_GET_ID:
		if (!readable)
			*status = give_id(b, r);
		return false;
	default:
		*status = STATUS_UNSUPPORTED;
		return false;
	}
}

/* Of a request that failed nothing is promised to be written. */
static void answer(struct virtio_block *b, struct virtio_block_request *r, uint8_t status)
{
	uint32_t written = 0;

	for (unsigned int i = 0; i < r->chain.count && status == STATUS_GOOD; i++)
		if (r->chain.part[i].writable)
			written += r->chain.part[i].length;
	*r->status = status;
	virtio_push(&b->virtio, 0, &r->chain, status == STATUS_GOOD ? written + 1 : 0);
}

bool virtio_block_next(struct virtio_block *b, struct virtio_block_request *r)
{
	struct header header = { 0 };
	uint8_t status;

	/* Not more than a ring of those that are no work: for the next one we are called again. */
	for (int i = 0; i < QUEUE_SIZE; i++) {
		r->count = 0;
		r->length = 0;
		if (!virtio_pop(&b->virtio, 0, &r->chain))
			return false;
		r->status = take_status(&r->chain);
		if (!r->status || !take_header(&r->chain, &header)) {
			/* Nothing can be said of it. */
			virtio_broken(&b->virtio);
			virtio_push(&b->virtio, 0, &r->chain, 0);
			return false;
		}
		if (understand(b, r, &header, &status))
			return true;
		answer(b, r, status);
	}
	return false;
}

void virtio_block_done(struct virtio_block *b, struct virtio_block_request *r, bool good)
{
	answer(b, r, good ? STATUS_GOOD : STATUS_IO_ERROR);
}
