/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio console behind a PCI function (virtio 1.2, 4.1 and 5.3): registers
 * and rings. No I/O; what it sends is gathered.
 */
#ifndef VMM_VIRTIO_H
#define VMM_VIRTIO_H

#include <stddef.h>

#include "virtq.h"

#define VIRTIO_BAR_SIZE		0x4000ULL
/* In the BAR, a page each. */
#define VIRTIO_COMMON		0x0000
#define VIRTIO_NOTIFY		0x1000
#define VIRTIO_ISR		0x2000
#define VIRTIO_DEVICE		0x3000
#define VIRTIO_NOTIFY_STEP	4

#define VIRTIO_OUTPUT_MAX	((size_t)VIRTQ_SIZE_MAX * VIRTQ_CHAIN_BYTES_MAX)

enum { VIRTIO_RECEIVE, VIRTIO_SEND, VIRTIO_QUEUES };

/* Bytes on their way out; grows as needed. */
struct output {
	uint8_t *bytes;
	size_t count, room;
};

/* False: there is no memory, or that would be too much. */
bool output_add(struct output *out, const uint8_t *bytes, size_t count);

struct virtio {
	const struct lent *lent;
	uint64_t alias;
	struct output *out;
	uint32_t device_select, driver_select, queue_select;
	uint64_t features;		/* that the driver took */
	uint8_t status, isr, generation;
	uint16_t columns, rows;
	struct virtq queue[VIRTIO_QUEUES];
};

void virtio_init(struct virtio *v, const struct lent *lent, uint64_t alias, struct output *out);
uint64_t virtio_read(struct virtio *v, uint64_t offset, unsigned int bytes);
void virtio_write(struct virtio *v, uint64_t offset, unsigned int bytes, uint64_t value);

/* Is its interrupt line high? */
bool virtio_level(const struct virtio *v);

/* How many of the bytes the driver has buffers for, and gets. */
size_t virtio_receive(struct virtio *v, const uint8_t *bytes, size_t count);

/* The size of the terminal changed. */
void virtio_resize(struct virtio *v, uint16_t columns, uint16_t rows);

#endif
