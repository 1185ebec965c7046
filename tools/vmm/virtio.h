/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio device behind a PCI function (virtio 1.2, 4.1): registers and rings,
 * the same for every kind. What a kind does is in virtio_console, virtio_block
 * and virtio_net. No I/O and no threads; the caller has a lock around all of it.
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

#define VIRTIO_QUEUES_MAX	2
#define VIRTIO_CONFIG_MAX	56	/* bytes, of what a kind has for itself */

struct virtio;

struct virtio_kind {
	uint16_t pci_device;
	uint32_t pci_class;
	unsigned int queues;
	uint16_t queue_size;		/* at most */
	/* Its own registers; they are zero before. */
	void (*config)(const struct virtio *v, uint8_t *image);
	/* The driver wrote something for it into that queue. */
	void (*notify)(struct virtio *v, unsigned int queue);
};

struct virtio {
	const struct virtio_kind *kind;
	const struct lent *lent;
	uint64_t alias;
	uint64_t offered;		/* features; those of every device are among them */
	uint64_t features;		/* that the driver took */
	uint32_t device_select, driver_select, queue_select;
	uint8_t status, isr, generation;
	bool resetting;			/* as soon as nothing is in flight */
	unsigned int in_flight;		/* chains between virtio_pop() and virtio_push() */
	struct virtq queue[VIRTIO_QUEUES_MAX];
};

/* `features`: what it offers beyond what all do. */
void virtio_init(struct virtio *v, const struct virtio_kind *kind, uint64_t features,
		 const struct lent *lent, uint64_t alias);
uint64_t virtio_read(struct virtio *v, uint64_t offset, unsigned int bytes);
void virtio_write(struct virtio *v, uint64_t offset, unsigned int bytes, uint64_t value);

/* Is its interrupt line high? */
bool virtio_level(const struct virtio *v);

/* ---------------------------------------------------------------- for the kinds */

/* Does the driver drive it, by the rules? */
bool virtio_works(const struct virtio *v);

/* The driver broke a rule: the device does nothing more until it is reset. */
void virtio_broken(struct virtio *v);

/* Its own registers changed. */
void virtio_reconfigured(struct virtio *v);

/* The next chain of that queue. Each one is pushed, whatever became of it. */
bool virtio_pop(struct virtio *v, unsigned int queue, struct virtq_chain *chain);

/* Done with it, `length` bytes were written. False: the device does not work any more. */
bool virtio_push(struct virtio *v, unsigned int queue, const struct virtq_chain *chain,
		 uint32_t length);

/* Little-endian, into an image of registers. */
void virtio_put(uint8_t *image, unsigned int at, uint64_t value, unsigned int bytes);

#endif
