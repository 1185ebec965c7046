// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads between the board and the world outside. The guest's lock is held
 * while a ring is looked at, and never while something may take its time.
 */
#include <errno.h>
#include <stdio.h>

#include "devices.h"
#include "guest.h"

/* With the lock, from the board. */
static void wanted(void *context)
{
	struct device_disk *d = context;

	pthread_cond_broadcast(&d->guest->work);
}

static void *run_disk(void *argument)
{
	struct device_disk *d = argument;
	struct guest *guest = d->guest;
	struct virtio_block_request r;
	bool good;

	pthread_mutex_lock(&guest->lock);
	while (!guest->over) {
		if (virtio_block_next(&d->block, &r)) {
			pthread_mutex_unlock(&guest->lock);
			good = disk_do(&d->disk, &r);
			pthread_mutex_lock(&guest->lock);
			virtio_block_done(&d->block, &r, good);
			board_update(&guest->board);
		} else {
			/* Some may have been answered without us. */
			board_update(&guest->board);
			pthread_cond_wait(&guest->work, &guest->lock);
		}
	}
	pthread_mutex_unlock(&guest->lock);
	return NULL;
}

int devices_open(struct devices *devices, const struct settings *s, struct problem *p)
{
	int status = STATUS_OK;

	*devices = (struct devices) { 0 };
	for (unsigned int i = 0; i < s->disk_count && !status; i++) {
		status = disk_open(&devices->disk[i].disk, s->disks[i], p);
		if (!status)
			devices->disk_count++;
	}
	if (status)
		devices_close(devices);
	return status;
}

void devices_close(struct devices *devices)
{
	for (unsigned int i = 0; i < devices->disk_count; i++)
		disk_close(&devices->disk[i].disk);
	devices->disk_count = 0;
}

static int start_disk(struct device_disk *d, unsigned int index, struct guest *guest)
{
	char id[VIRTIO_BLOCK_ID_SIZE];
	int error;

	d->guest = guest;
	snprintf(id, sizeof(id), "disk%u", index);
	virtio_block_init(&d->block, d->disk.size / VIRTIO_BLOCK_SECTOR, d->disk.readonly, id,
			  &guest->board.lent, guest->alias);
	d->block.wanted = wanted;
	d->block.context = d;
	if (!board_attach(&guest->board, &d->block.virtio, BOARD_DISK))
		return ENOSPC;
	error = pthread_create(&d->thread, NULL, run_disk, d);
	d->started = !error;
	return error;
}

int devices_start(struct devices *devices, struct guest *guest)
{
	int error = 0;

	for (unsigned int i = 0; i < devices->disk_count && !error; i++)
		error = start_disk(&devices->disk[i], i, guest);
	return error;
}

void devices_join(struct devices *devices)
{
	for (unsigned int i = 0; i < devices->disk_count; i++) {
		if (devices->disk[i].started)
			pthread_join(devices->disk[i].thread, NULL);
		devices->disk[i].started = false;
	}
}
