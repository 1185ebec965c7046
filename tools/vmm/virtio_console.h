/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio console (virtio 1.2, 5.3). No I/O; what it sends is gathered.
 */
#ifndef VMM_VIRTIO_CONSOLE_H
#define VMM_VIRTIO_CONSOLE_H

#include "virtio.h"

#define VIRTIO_CONSOLE_PART_MAX	65536U
/* What a ring of the longest parts would be. */
#define OUTPUT_MAX		((size_t)16 * VIRTIO_CONSOLE_PART_MAX)

enum { VIRTIO_CONSOLE_RECEIVE, VIRTIO_CONSOLE_SEND, VIRTIO_CONSOLE_QUEUES };

/* Bytes on their way out; grows as needed. */
struct output {
	uint8_t *bytes;
	size_t count, room;
};

/* False: there is no memory, or that would be too much. */
bool output_add(struct output *out, const uint8_t *bytes, size_t count);

struct virtio_console {
	struct virtio virtio;
	struct output *out;
	uint16_t columns, rows;
};

void virtio_console_init(struct virtio_console *c, const struct lent *lent, uint64_t alias,
			 struct output *out);

/* How many of the bytes the driver has buffers for, and gets. */
size_t virtio_console_receive(struct virtio_console *c, const uint8_t *bytes, size_t count);

/* The size of the terminal changed. */
void virtio_console_resize(struct virtio_console *c, uint16_t columns, uint16_t rows);

#endif
