// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of a virtio network card: in each chain one, behind a header that says
 * nothing without offloads.
 */
#include <string.h>

#include "virtio_net.h"

#define FEATURE_MAC	(1ULL << 5)

#define HEADER_SIZE	12U
#define HEADER_BUFFERS	10U		/* how many a frame takes: always one */
#define QUEUE_SIZE	256

enum { RECEIVE, SEND, QUEUES };

static struct virtio_net *net_of(struct virtio *v)
{
	return (struct virtio_net *)((char *)v - offsetof(struct virtio_net, virtio));
}

static void config(const struct virtio *v, uint8_t *image)
{
	memcpy(image, net_of((struct virtio *)v)->mac, 6);
}

static void notify(struct virtio *v, unsigned int queue)
{
	struct virtio_net *n = net_of(v);

	if (n->wanted)
		n->wanted(n->context);
}

static const struct virtio_kind kind = {
	.pci_device = 0x1041,
	.pci_class = 0x020000,		/* Ethernet */
	.queues = QUEUES,
	.queue_size = QUEUE_SIZE,
	.config = config,
	.notify = notify,
};

void virtio_net_init(struct virtio_net *n, const uint8_t mac[6], const struct lent *lent,
		     uint64_t alias)
{
	*n = (struct virtio_net) { 0 };
	memcpy(n->mac, mac, sizeof(n->mac));
	virtio_init(&n->virtio, &kind, FEATURE_MAC, lent, alias);
}

/* What the device may read of the chain, without the header. 0: that is no frame. */
static size_t gather(const struct virtq_chain *chain, uint8_t *frame)
{
	size_t skip = HEADER_SIZE, at = 0, off, length;

	for (unsigned int i = 0; i < chain->count; i++) {
		const struct virtq_part *part = &chain->part[i];

		off = skip < part->length ? skip : part->length;
		length = part->length - off;
		skip -= off;
		if (part->writable || length > VIRTIO_NET_FRAME_MAX - at)
			return 0;
		memcpy(frame + at, part->bytes + off, length);
		at += length;
	}
	return at < VIRTIO_NET_FRAME_MIN ? 0 : at;
}

size_t virtio_net_take(struct virtio_net *n, uint8_t frame[VIRTIO_NET_FRAME_MAX])
{
	struct virtq_chain chain;
	size_t length = 0;

	/* What is no frame is skipped, but not for ever. */
	for (int i = 0; i < QUEUE_SIZE && !length; i++) {
		if (!virtio_pop(&n->virtio, SEND, &chain))
			return 0;
		length = gather(&chain, frame);
		if (!length)
			n->dropped++;
		virtio_push(&n->virtio, SEND, &chain, 0);
	}
	return length;
}

/* Header and frame into the chain: how much fits. */
static size_t scatter(const struct virtq_chain *chain, const uint8_t *bytes, size_t count)
{
	size_t at = 0, length;

	for (unsigned int i = 0; i < chain->count && at < count; i++) {
		const struct virtq_part *part = &chain->part[i];

		if (!part->writable)
			continue;
		length = part->length < count - at ? part->length : count - at;
		memcpy(part->bytes, bytes + at, length);
		at += length;
	}
	return at;
}

void virtio_net_give(struct virtio_net *n, const uint8_t *frame, size_t length)
{
	uint8_t bytes[HEADER_SIZE + VIRTIO_NET_FRAME_MAX] = { 0 };
	struct virtq_chain chain;

	if (length < VIRTIO_NET_FRAME_MIN || length > VIRTIO_NET_FRAME_MAX ||
	    !virtio_pop(&n->virtio, RECEIVE, &chain)) {
		n->dropped++;
		return;
	}
	bytes[HEADER_BUFFERS] = 1;
	memcpy(bytes + HEADER_SIZE, frame, length);
	length += HEADER_SIZE;
	/* A buffer that is too small for a frame is against the rules (5.1.6.3.1). */
	if (scatter(&chain, bytes, length) < length)
		virtio_broken(&n->virtio);
	virtio_push(&n->virtio, RECEIVE, &chain, length);
}

bool virtio_net_has_room(const struct virtio_net *n)
{
	return virtio_works(&n->virtio) &&
	       virtq_is_waiting(&n->virtio.queue[RECEIVE], n->virtio.lent, n->virtio.alias);
}
