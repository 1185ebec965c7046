/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file behind a virtio disk.
 */
#ifndef VMM_DISK_H
#define VMM_DISK_H

#include "../command.h"
#include "virtio_block.h"

struct disk {
	int fd;
	uint64_t size;			/* as it was opened: the guest is told once */
	bool readonly;
};

/*
 * FILE or FILE,readonly: a regular file, or a block device. Nobody else may have it, unless all of us
 * only read. STATUS_OK: disk_close() it.
 */
int disk_open(struct disk *disk, const char *words, struct problem *p);
void disk_close(struct disk *disk);

/* What the guest asked for. False: it could not be done, or not all of it. */
bool disk_do(const struct disk *disk, const struct virtio_block_request *r);

#endif
