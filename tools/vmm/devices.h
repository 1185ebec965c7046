/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a guest that do I/O. Each has a thread: the guest's CPUs only
 * say that there is something to do.
 */
#ifndef VMM_DEVICES_H
#define VMM_DEVICES_H

#include <pthread.h>

#include "disk.h"
#include "network.h"
#include "virtio_net.h"

struct guest;

struct device_disk {
	struct guest *guest;
	struct virtio_block block;
	struct disk disk;
	pthread_t thread;
	bool started;
};

struct device_net {
	struct guest *guest;
	struct virtio_net net;
	struct network network;
	int wake_fd;			/* eventfd: the driver has something */
	pthread_t thread;
	bool started;
};

struct devices {
	unsigned int disk_count;
	struct device_disk disk[DISKS_MAX];
	bool has_net;
	struct device_net net;
};

/* What the settings name. STATUS_OK: devices_close() them. */
int devices_open(struct devices *d, const struct settings *s, struct problem *p);
void devices_close(struct devices *d);

/*
 * On the board, and with threads, before the guest runs. 0 or an errno; some may
 * have been started, so devices_join() in any case, after the guest is over.
 */
int devices_start(struct devices *d, struct guest *guest);
void devices_join(struct devices *d);

#endif
