/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio disk (virtio 1.2, 5.2). No I/O: requests are handed out, and come
 * back done. What is wrong with them is answered here.
 */
#ifndef VMM_VIRTIO_BLOCK_H
#define VMM_VIRTIO_BLOCK_H

#include <sys/uio.h>

#include "virtio.h"

#define VIRTIO_BLOCK_SECTOR	512U
#define VIRTIO_BLOCK_PART_MAX	(256U << 10)	/* as large as Linux can make one */
#define VIRTIO_BLOCK_PARTS_MAX	64
#define VIRTIO_BLOCK_ID_SIZE	20

struct virtio_block {
	struct virtio virtio;
	uint64_t sectors;
	bool readonly;
	char id[VIRTIO_BLOCK_ID_SIZE + 1];
	/* The driver has something for it; may be NULL. */
	void (*wanted)(void *context);
	void *context;
};

enum virtio_block_action {
	VIRTIO_BLOCK_READ,
	VIRTIO_BLOCK_WRITE,
	VIRTIO_BLOCK_FLUSH,
};

/* Memory of the guest, which it may change at any time. */
struct virtio_block_request {
	enum virtio_block_action action;
	bool through;			/* a write that has to last when it is done */
	uint64_t offset, length;	/* bytes, inside the disk */
	unsigned int count;
	struct iovec data[VIRTIO_BLOCK_PARTS_MAX + 2];
	uint8_t *status;
	struct virtq_chain chain;
};

/* Of the caller's: `id` is what the guest may call it. */
void virtio_block_init(struct virtio_block *b, uint64_t sectors, bool readonly, const char *id,
		       const struct lent *lent, uint64_t alias);

/* The next one that is to be done. Then, or after a failure, virtio_block_done() it. */
bool virtio_block_next(struct virtio_block *b, struct virtio_block_request *r);
void virtio_block_done(struct virtio_block *b, struct virtio_block_request *r, bool good);

#endif
