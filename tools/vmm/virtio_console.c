// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio console.
 */
#include <stdlib.h>
#include <string.h>

#include "virtio_console.h"

#define FEATURE_SIZE		(1ULL << 0)
#define QUEUE_SIZE		16

bool output_add(struct output *out, const uint8_t *bytes, size_t count)
{
	size_t room = out->room ? out->room : 4096;
	uint8_t *more;

	if (count > OUTPUT_MAX - out->count)
		return false;
	while (room < out->count + count)
		room *= 2;
	if (room != out->room) {
		more = realloc(out->bytes, room);
		if (!more)
			return false;
		out->bytes = more;
		out->room = room;
	}
	memcpy(out->bytes + out->count, bytes, count);
	out->count += count;
	return true;
}

static struct virtio_console *console_of(struct virtio *v)
{
	return (struct virtio_console *)((char *)v - offsetof(struct virtio_console, virtio));
}

/* What the guest says. Not more than a ring of it: for the next one we are called again. */
static void send_all(struct virtio_console *c)
{
	struct virtio *v = &c->virtio;
	struct virtq_chain chain;

	for (int i = 0; i < QUEUE_SIZE && virtio_pop(v, VIRTIO_CONSOLE_SEND, &chain); i++) {
		for (unsigned int part = 0; part < chain.count; part++)
			if (!chain.part[part].writable &&
			    (chain.part[part].length > VIRTIO_CONSOLE_PART_MAX ||
			     !output_add(c->out, chain.part[part].bytes, chain.part[part].length)))
				virtio_broken(v);
		virtio_push(v, VIRTIO_CONSOLE_SEND, &chain, 0);
	}
}

static void notify(struct virtio *v, unsigned int queue)
{
	if (queue == VIRTIO_CONSOLE_SEND)
		send_all(console_of(v));
}

static void config(const struct virtio *v, uint8_t *image)
{
	const struct virtio_console *c = console_of((struct virtio *)v);

	virtio_put(image, 0, c->columns, 2);
	virtio_put(image, 2, c->rows, 2);
	virtio_put(image, 4, 1, 4);
}

static const struct virtio_kind kind = {
	.pci_device = 0x1043,
	.pci_class = 0x078000,		/* communication, other */
	.queues = VIRTIO_CONSOLE_QUEUES,
	.queue_size = QUEUE_SIZE,
	.config = config,
	.notify = notify,
};

void virtio_console_init(struct virtio_console *c, const struct lent *lent, uint64_t alias,
			 struct output *out)
{
	*c = (struct virtio_console) { .out = out };
	virtio_init(&c->virtio, &kind, FEATURE_SIZE, lent, alias);
}

static size_t fill_chain(const struct virtq_chain *chain, const uint8_t *bytes, size_t count)
{
	size_t at = 0;

	for (unsigned int i = 0; i < chain->count && at < count; i++) {
		const struct virtq_part *part = &chain->part[i];
		size_t length = part->length < count - at ? part->length : count - at;

		if (!part->writable)
			continue;
		memcpy(part->bytes, bytes + at, length);
		at += length;
	}
	return at;
}

size_t virtio_console_receive(struct virtio_console *c, const uint8_t *bytes, size_t count)
{
	struct virtio *v = &c->virtio;
	struct virtq_chain chain;
	size_t at = 0, length;

	while (at < count && virtio_pop(v, VIRTIO_CONSOLE_RECEIVE, &chain)) {
		length = fill_chain(&chain, bytes + at, count - at);
		at += length;
		/* A buffer without room is given back; enough of them end the loop. */
		if (!virtio_push(v, VIRTIO_CONSOLE_RECEIVE, &chain, length) || !length)
			break;
	}
	return at;
}

void virtio_console_resize(struct virtio_console *c, uint16_t columns, uint16_t rows)
{
	if (c->columns == columns && c->rows == rows)
		return;
	c->columns = columns;
	c->rows = rows;
	virtio_reconfigured(&c->virtio);
}
