// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a virtio device.
 *
 * A driver that breaks the rules of its rings gets DEVICE_NEEDS_RESET, and
 * nothing more, until it resets the device. A reset waits for what is in flight:
 * until then the status is not zero, and nothing that is written counts.
 */
#include <string.h>

#include "virtio.h"

/* Of the common structure: offsets. */
#define DEVICE_FEATURE_SELECT	0
#define DEVICE_FEATURE		4
#define DRIVER_FEATURE_SELECT	8
#define DRIVER_FEATURE		12
#define MSIX_CONFIG		16
#define NUM_QUEUES		18
#define DEVICE_STATUS		20
#define CONFIG_GENERATION	21
#define QUEUE_SELECT		22
#define QUEUE_SIZE		24
#define QUEUE_MSIX		26
#define QUEUE_ENABLE		28
#define QUEUE_NOTIFY_OFF	30
#define QUEUE_DESC		32
#define QUEUE_DRIVER		40
#define QUEUE_DEVICE		48
#define COMMON_SIZE		56
#define IMAGE_SIZE		64

#define STATUS_DRIVER_OK	0x04
#define STATUS_FEATURES_OK	0x08
#define STATUS_NEEDS_RESET	0x40
#define ISR_QUEUE		1
#define ISR_CONFIG		2
#define NO_VECTOR		0xffff

/* VERSION_1 and ACCESS_PLATFORM: without it a realm would use memory that it does not share. */
#define FEATURES_WANTED		(1ULL << 32 | 1ULL << 33)

static void reset(struct virtio *v)
{
	*v = (struct virtio) {
		.kind = v->kind, .lent = v->lent, .alias = v->alias, .offered = v->offered,
		.generation = v->generation,
	};
	for (unsigned int i = 0; i < v->kind->queues; i++)
		v->queue[i].size = v->kind->queue_size;
}

void virtio_init(struct virtio *v, const struct virtio_kind *kind, uint64_t features,
		 const struct lent *lent, uint64_t alias)
{
	*v = (struct virtio) {
		.kind = kind, .lent = lent, .alias = alias, .offered = features | FEATURES_WANTED,
	};
	reset(v);
}

bool virtio_level(const struct virtio *v)
{
	return v->isr;
}

bool virtio_works(const struct virtio *v)
{
	return v->status & STATUS_DRIVER_OK && !(v->status & STATUS_NEEDS_RESET) &&
	       !v->resetting;
}

void virtio_broken(struct virtio *v)
{
	v->status |= STATUS_NEEDS_RESET;
	v->isr |= ISR_CONFIG;
}

void virtio_reconfigured(struct virtio *v)
{
	v->generation++;
	if (virtio_works(v))
		v->isr |= ISR_CONFIG;
}

/* -------------------------------------------------------------------------- chains */

bool virtio_pop(struct virtio *v, unsigned int queue, struct virtq_chain *chain)
{
	int got;

	if (!virtio_works(v))
		return false;
	got = virtq_pop(&v->queue[queue], v->lent, v->alias, chain);
	if (got < 0)
		virtio_broken(v);
	if (got <= 0)
		return false;
	v->in_flight++;
	return true;
}

bool virtio_push(struct virtio *v, unsigned int queue, const struct virtq_chain *chain,
		 uint32_t length)
{
	struct virtq *q = &v->queue[queue];

	v->in_flight--;
	if (v->resetting && !v->in_flight)
		reset(v);
	if (!virtio_works(v))
		return false;
	if (!virtq_push(q, v->lent, v->alias, chain, length)) {
		virtio_broken(v);
		return false;
	}
	if (virtq_interrupts(q, v->lent, v->alias))
		v->isr |= ISR_QUEUE;
	return true;
}

/* ----------------------------------------------------------------------- registers */

void virtio_put(uint8_t *image, unsigned int at, uint64_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		image[at++] = value;
}

static struct virtq *selected(struct virtio *v)
{
	return v->queue_select < v->kind->queues ? &v->queue[v->queue_select] : NULL;
}

static void common_image(struct virtio *v, uint8_t *image)
{
	const struct virtq *q = selected(v);

	virtio_put(image, DEVICE_FEATURE_SELECT, v->device_select, 4);
	virtio_put(image, DEVICE_FEATURE, v->device_select < 2 ? v->offered >> 32 * v->device_select : 0, 4);
	virtio_put(image, DRIVER_FEATURE_SELECT, v->driver_select, 4);
	virtio_put(image, DRIVER_FEATURE,
	    v->driver_select < 2 ? v->features >> 32 * v->driver_select : 0, 4);
	virtio_put(image, MSIX_CONFIG, NO_VECTOR, 2);
	virtio_put(image, NUM_QUEUES, v->kind->queues, 2);
	virtio_put(image, DEVICE_STATUS, v->status, 1);
	virtio_put(image, CONFIG_GENERATION, v->generation, 1);
	virtio_put(image, QUEUE_SELECT, v->queue_select, 2);
	virtio_put(image, QUEUE_MSIX, NO_VECTOR, 2);
	if (!q)
		return;
	virtio_put(image, QUEUE_SIZE, q->size, 2);
	virtio_put(image, QUEUE_ENABLE, q->ready, 2);
	virtio_put(image, QUEUE_NOTIFY_OFF, v->queue_select, 2);
	virtio_put(image, QUEUE_DESC, q->desc, 8);
	virtio_put(image, QUEUE_DRIVER, q->driver, 8);
	virtio_put(image, QUEUE_DEVICE, q->device, 8);
}

uint64_t virtio_read(struct virtio *v, uint64_t offset, unsigned int bytes)
{
	/* An access may begin at the last byte. */
	uint8_t image[IMAGE_SIZE];
	uint64_t value = 0;

	if (offset == VIRTIO_ISR) {
		value = v->isr;
		v->isr = 0;
		return value;
	}
	memset(image, 0, sizeof(image));
	if (offset < VIRTIO_COMMON + COMMON_SIZE)
		common_image(v, image);
	else if (offset >= VIRTIO_DEVICE && offset < VIRTIO_DEVICE + VIRTIO_CONFIG_MAX)
		v->kind->config(v, image);
	else
		return 0;
	offset %= VIRTIO_NOTIFY;
	for (unsigned int i = bytes; i; i--)
		value = value << 8 | image[offset + i - 1];
	return value;
}

static void set_status(struct virtio *v, uint8_t status)
{
	if (!status) {
		v->resetting = v->in_flight;
		if (!v->resetting)
			reset(v);
		return;
	}
	if (status & STATUS_FEATURES_OK &&
	    ((v->features & ~v->offered) || (v->features & FEATURES_WANTED) != FEATURES_WANTED))
		status &= ~STATUS_FEATURES_OK;
	v->status = status | (v->status & STATUS_NEEDS_RESET);
}

static void set_half(uint64_t *value, bool upper, uint64_t half)
{
	if (upper)
		*value = (uint32_t)*value | half << 32;
	else
		*value = (*value >> 32 << 32) | (uint32_t)half;
}

/* A queue is as it is once it is enabled. */
static void write_queue(struct virtq *q, uint16_t size, uint64_t offset, uint64_t value)
{
	if (q->ready)
		return;
	switch (offset) {
	case QUEUE_SIZE:
		if (value && value <= size && !(value & (value - 1)))
			q->size = value;
		break;
	case QUEUE_ENABLE:
		q->ready = value == 1;
		break;
	case QUEUE_DESC:
	case QUEUE_DESC + 4:
		set_half(&q->desc, offset & 4, value);
		break;
	case QUEUE_DRIVER:
	case QUEUE_DRIVER + 4:
		set_half(&q->driver, offset & 4, value);
		break;
	case QUEUE_DEVICE:
	case QUEUE_DEVICE + 4:
		set_half(&q->device, offset & 4, value);
		break;
	}
}

static void write_common(struct virtio *v, uint64_t offset, uint64_t value)
{
	switch (offset) {
	case DEVICE_FEATURE_SELECT:
		v->device_select = value;
		break;
	case DRIVER_FEATURE_SELECT:
		v->driver_select = value;
		break;
	case DRIVER_FEATURE:
		if (v->driver_select < 2 && !(v->status & STATUS_FEATURES_OK))
			set_half(&v->features, v->driver_select, value);
		break;
	case DEVICE_STATUS:
		set_status(v, value);
		break;
	case QUEUE_SELECT:
		v->queue_select = (uint16_t)value;
		break;
	default:
		if (selected(v))
			write_queue(selected(v), v->kind->queue_size, offset, value);
	}
}

void virtio_write(struct virtio *v, uint64_t offset, unsigned int bytes, uint64_t value)
{
	uint64_t queue = (offset - VIRTIO_NOTIFY) / VIRTIO_NOTIFY_STEP;

	if (v->resetting)
		return;
	if (offset >= VIRTIO_NOTIFY && !(offset % VIRTIO_NOTIFY_STEP) && queue < v->kind->queues) {
		v->kind->notify(v, queue);
	} else if (offset < VIRTIO_COMMON + COMMON_SIZE && !(offset % bytes)) {
		write_common(v, offset, bytes == 8 ? (uint32_t)value : value);
		if (bytes == 8)
			write_common(v, offset + 4, value >> 32);
	}
}
