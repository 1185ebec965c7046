/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a split virtqueue (virtio 1.2, 2.7) in lent memory. The
 * guest may write to it at any time, and need not make sense.
 */
#ifndef VMM_VIRTQ_H
#define VMM_VIRTQ_H

#include "lent.h"

#define VIRTQ_SIZE_MAX		256
#define VIRTQ_PART_MAX		(1U << 20)

struct virtq {
	uint16_t size;
	bool ready;
	uint64_t desc, driver, device;	/* addresses, as the guest gave them */
	uint16_t taken, used;
};

struct virtq_part {
	uint8_t *bytes;
	uint32_t length;
	bool writable;			/* by the device */
};

struct virtq_chain {
	uint16_t head;
	unsigned int count;
	struct virtq_part part[VIRTQ_SIZE_MAX];
};

/* The next chain of buffers. 0: there is none; < 0: the queue is broken. */
int virtq_pop(struct virtq *q, const struct lent *lent, uint64_t alias,
	      struct virtq_chain *chain);

/* Is there one? */
bool virtq_is_waiting(const struct virtq *q, const struct lent *lent, uint64_t alias);

/* Done with it, `length` bytes were written. False: the queue is broken. */
bool virtq_push(struct virtq *q, const struct lent *lent, uint64_t alias,
		const struct virtq_chain *chain, uint32_t length);

/* Does the driver want to hear of it? */
bool virtq_interrupts(const struct virtq *q, const struct lent *lent, uint64_t alias);

#endif
