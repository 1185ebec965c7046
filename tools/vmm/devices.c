// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads between the board and the world outside. The guest's lock is held
 * while a ring is looked at, and never while something may take its time.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "devices.h"
#include "guest.h"

/* --------------------------------------------------------------------------- disks */

/* With the lock, from the board. */
static void disk_wanted(void *context)
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

static int start_disk(struct device_disk *d, unsigned int index, struct guest *guest)
{
	char id[VIRTIO_BLOCK_ID_SIZE];
	int error;

	d->guest = guest;
	snprintf(id, sizeof(id), "disk%u", index);
	virtio_block_init(&d->block, d->disk.size / VIRTIO_BLOCK_SECTOR, d->disk.readonly, id,
			  &guest->board.lent, guest->alias);
	d->block.wanted = disk_wanted;
	d->block.context = d;
	if (!board_attach(&guest->board, &d->block.virtio, BOARD_DISK))
		return ENOSPC;
	error = pthread_create(&d->thread, NULL, run_disk, d);
	d->started = !error;
	return error;
}

/* ------------------------------------------------------------------------- network */

/* With the lock, from the board. */
static void net_wanted(void *context)
{
	struct device_net *d = context;

	eventfd_write(d->wake_fd, 1);
}

/* From network_wait() and network_send(), without the lock. */
static void deliver(void *context, const uint8_t *frame, size_t length)
{
	struct device_net *d = context;

	pthread_mutex_lock(&d->guest->lock);
	virtio_net_give(&d->net, frame, length);
	board_update(&d->guest->board);
	pthread_mutex_unlock(&d->guest->lock);
}

/* All that the guest has to send. False: it is over. */
static bool send_frames(struct device_net *d, bool *room)
{
	uint8_t frame[VIRTIO_NET_FRAME_MAX];
	struct guest *guest = d->guest;
	size_t length;
	bool yes;

	pthread_mutex_lock(&guest->lock);
	while (!guest->over) {
		length = virtio_net_take(&d->net, frame);
		if (!length)
			break;
		pthread_mutex_unlock(&guest->lock);
		network_send(&d->network, frame, length);
		pthread_mutex_lock(&guest->lock);
	}
	board_update(&guest->board);
	*room = virtio_net_has_room(&d->net);
	yes = !guest->over;
	pthread_mutex_unlock(&guest->lock);
	return yes;
}

static void *run_net(void *argument)
{
	struct device_net *d = argument;
	eventfd_t count;
	bool room;

	while (send_frames(d, &room)) {
		network_wait(&d->network, d->wake_fd, d->guest->over_fd, room);
		eventfd_read(d->wake_fd, &count);
	}
	return NULL;
}

static int open_net(struct device_net *d, const char *words, struct problem *p)
{
	d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->wake_fd < 0)
		return problem(p, STATUS_FAILED, "--net", "make the network", NULL, "%s",
			       strerror(errno));
	return network_open(&d->network, words, p);
}

static int start_net(struct device_net *d, struct guest *guest)
{
	uint8_t mac[6];
	int error;

	/* One of those that anybody may give away, and not the same for two guests. */
	if (getrandom(mac, sizeof(mac), 0) != sizeof(mac))
		return errno;
	mac[0] = 0x02;
	d->guest = guest;
	d->network.deliver = deliver;
	d->network.context = d;
	virtio_net_init(&d->net, mac, &guest->board.lent, guest->alias);
	d->net.wanted = net_wanted;
	d->net.context = d;
	if (!board_attach(&guest->board, &d->net.virtio, BOARD_NET))
		return ENOSPC;
	error = pthread_create(&d->thread, NULL, run_net, d);
	d->started = !error;
	return error;
}

/* --------------------------------------------------------------------- all of them */

int devices_open(struct devices *devices, const struct settings *s, struct problem *p)
{
	int status = STATUS_OK;

	*devices = (struct devices) { .net = { .wake_fd = -1, .network = { .tap = -1 } } };
	for (unsigned int i = 0; i < s->disk_count && !status; i++) {
		status = disk_open(&devices->disk[i].disk, s->disks[i], p);
		if (!status)
			devices->disk_count++;
	}
	devices->has_net = s->net;
	if (!status && s->net)
		status = open_net(&devices->net, s->net, p);
	if (status)
		devices_close(devices);
	return status;
}

void devices_close(struct devices *devices)
{
	for (unsigned int i = 0; i < devices->disk_count; i++)
		disk_close(&devices->disk[i].disk);
	devices->disk_count = 0;
	network_close(&devices->net.network);
	if (devices->net.wake_fd >= 0)
		close(devices->net.wake_fd);
	devices->net.wake_fd = -1;
}

int devices_start(struct devices *devices, struct guest *guest)
{
	int error = 0;

	for (unsigned int i = 0; i < devices->disk_count && !error; i++)
		error = start_disk(&devices->disk[i], i, guest);
	if (!error && devices->has_net)
		error = start_net(&devices->net, guest);
	return error;
}

static void join_one(pthread_t thread, bool *started)
{
	if (*started)
		pthread_join(thread, NULL);
	*started = false;
}

void devices_join(struct devices *devices)
{
	for (unsigned int i = 0; i < devices->disk_count; i++)
		join_one(devices->disk[i].thread, &devices->disk[i].started);
	join_one(devices->net.thread, &devices->net.started);
}
