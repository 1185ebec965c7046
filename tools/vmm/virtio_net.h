/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio network card (virtio 1.2, 5.1), without offloads. No I/O: frames come
 * and go as copies.
 */
#ifndef VMM_VIRTIO_NET_H
#define VMM_VIRTIO_NET_H

#include "virtio.h"

/* Ethernet with a tag of a VLAN; no checksum behind it. */
#define VIRTIO_NET_FRAME_MIN	14U
#define VIRTIO_NET_FRAME_MAX	1518U

struct virtio_net {
	struct virtio virtio;
	uint8_t mac[6];
	uint64_t dropped;		/* frames that nobody had room for, or that are none */
	/* The driver has sent something, or has room; may be NULL. */
	void (*wanted)(void *context);
	void *context;
};

void virtio_net_init(struct virtio_net *n, const uint8_t mac[6], const struct lent *lent,
		     uint64_t alias);

/* The next frame that the guest sends: its length, or 0. */
size_t virtio_net_take(struct virtio_net *n, uint8_t frame[VIRTIO_NET_FRAME_MAX]);

/* The guest gets a frame, or loses it. */
void virtio_net_give(struct virtio_net *n, const uint8_t *frame, size_t length);

/* Would it get one? */
bool virtio_net_has_room(const struct virtio_net *n);

#endif
