// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a virtio device, and the console behind them.
 *
 * A driver that breaks the rules of its rings gets DEVICE_NEEDS_RESET, and
 * nothing more, until it resets the device.
 */
#include <stdlib.h>
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

#define STATUS_DRIVER_OK	0x04
#define STATUS_FEATURES_OK	0x08
#define STATUS_NEEDS_RESET	0x40
#define ISR_QUEUE		1
#define ISR_CONFIG		2
#define NO_VECTOR		0xffff

#define FEATURE_SIZE		(1ULL << 0)
#define FEATURE_VERSION_1	(1ULL << 32)
#define FEATURE_ACCESS_PLATFORM	(1ULL << 33)
/* Without the last one a realm would use memory that it does not share. */
#define FEATURES		(FEATURE_SIZE | FEATURE_VERSION_1 | FEATURE_ACCESS_PLATFORM)
#define FEATURES_WANTED		(FEATURE_VERSION_1 | FEATURE_ACCESS_PLATFORM)

bool output_add(struct output *out, const uint8_t *bytes, size_t count)
{
	size_t room = out->room ? out->room : 4096;
	uint8_t *more;

	if (count > VIRTIO_OUTPUT_MAX - out->count)
		return false;
	while (room < out->count + count)
		room *= 2;
	if (room != out->room) {
		more = realloc(out->bytes, room);
		if (!more)
			return false;
		out->bytes = more;
		out->room = room;
	}
	memcpy(out->bytes + out->count, bytes, count);
	out->count += count;
	return true;
}

static void reset(struct virtio *v)
{
	*v = (struct virtio) {
		.lent = v->lent, .alias = v->alias, .out = v->out, .generation = v->generation,
		.columns = v->columns, .rows = v->rows,
	};
	for (int i = 0; i < VIRTIO_QUEUES; i++)
		v->queue[i].size = VIRTQ_SIZE_MAX;
}

void virtio_init(struct virtio *v, const struct lent *lent, uint64_t alias, struct output *out)
{
	*v = (struct virtio) { .lent = lent, .alias = alias, .out = out };
	reset(v);
}

bool virtio_level(const struct virtio *v)
{
	return v->isr;
}

static bool works(const struct virtio *v)
{
	return v->status & STATUS_DRIVER_OK && !(v->status & STATUS_NEEDS_RESET);
}

static void broken(struct virtio *v)
{
	v->status |= STATUS_NEEDS_RESET;
	v->isr |= ISR_CONFIG;
}

/* ------------------------------------------------------------------- the console */

static bool finish(struct virtio *v, struct virtq *q, const struct virtq_chain *chain,
		   uint32_t length)
{
	if (!virtq_push(q, v->lent, v->alias, chain, length)) {
		broken(v);
		return false;
	}
	if (virtq_interrupts(q, v->lent, v->alias))
		v->isr |= ISR_QUEUE;
	return true;
}

/* What the guest says. Not more than a ring of it: for the next one we are called again. */
static void send_all(struct virtio *v)
{
	struct virtq *q = &v->queue[VIRTIO_SEND];
	struct virtq_chain chain;
	int got = 1;

	for (int i = 0; i < VIRTQ_SIZE_MAX && works(v); i++) {
		got = virtq_pop(q, v->lent, v->alias, &chain);
		if (got <= 0)
			break;
		for (unsigned int part = 0; part < chain.count; part++)
			if (!chain.part[part].writable &&
			    !output_add(v->out, chain.part[part].bytes, chain.part[part].length))
				broken(v);
		finish(v, q, &chain, 0);
	}
	if (got < 0)
		broken(v);
}

static size_t fill_chain(const struct virtq_chain *chain, const uint8_t *bytes, size_t count)
{
	size_t at = 0;

	for (unsigned int i = 0; i < chain->count && at < count; i++) {
		const struct virtq_part *part = &chain->part[i];
		size_t length = part->length < count - at ? part->length : count - at;

		if (!part->writable)
			continue;
		memcpy(part->bytes, bytes + at, length);
		at += length;
	}
	return at;
}

size_t virtio_receive(struct virtio *v, const uint8_t *bytes, size_t count)
{
	struct virtq *q = &v->queue[VIRTIO_RECEIVE];
	struct virtq_chain chain;
	size_t at = 0, length;
	int got = 0;

	while (at < count && works(v)) {
		got = virtq_pop(q, v->lent, v->alias, &chain);
		if (got <= 0)
			break;
		length = fill_chain(&chain, bytes + at, count - at);
		at += length;
		/* A buffer without room is given back; enough of them end the loop. */
		if (!finish(v, q, &chain, length) || !length)
			break;
	}
	if (got < 0)
		broken(v);
	return at;
}

void virtio_resize(struct virtio *v, uint16_t columns, uint16_t rows)
{
	if (v->columns == columns && v->rows == rows)
		return;
	v->columns = columns;
	v->rows = rows;
	v->generation++;
	if (works(v))
		v->isr |= ISR_CONFIG;
}

/* ----------------------------------------------------------------------- registers */

static void put(uint8_t *image, unsigned int at, uint64_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		image[at++] = value;
}

static struct virtq *selected(struct virtio *v)
{
	return v->queue_select < VIRTIO_QUEUES ? &v->queue[v->queue_select] : NULL;
}

static void common_image(struct virtio *v, uint8_t *image)
{
	const struct virtq *q = selected(v);

	memset(image, 0, COMMON_SIZE + 8);
	put(image, DEVICE_FEATURE_SELECT, v->device_select, 4);
	put(image, DEVICE_FEATURE, v->device_select < 2 ? FEATURES >> 32 * v->device_select : 0, 4);
	put(image, DRIVER_FEATURE_SELECT, v->driver_select, 4);
	put(image, DRIVER_FEATURE,
	    v->driver_select < 2 ? v->features >> 32 * v->driver_select : 0, 4);
	put(image, MSIX_CONFIG, NO_VECTOR, 2);
	put(image, NUM_QUEUES, VIRTIO_QUEUES, 2);
	put(image, DEVICE_STATUS, v->status, 1);
	put(image, CONFIG_GENERATION, v->generation, 1);
	put(image, QUEUE_SELECT, v->queue_select, 2);
	put(image, QUEUE_MSIX, NO_VECTOR, 2);
	if (!q)
		return;
	put(image, QUEUE_SIZE, q->size, 2);
	put(image, QUEUE_ENABLE, q->ready, 2);
	put(image, QUEUE_NOTIFY_OFF, v->queue_select, 2);
	put(image, QUEUE_DESC, q->desc, 8);
	put(image, QUEUE_DRIVER, q->driver, 8);
	put(image, QUEUE_DEVICE, q->device, 8);
}

static void device_image(struct virtio *v, uint8_t *image)
{
	memset(image, 0, COMMON_SIZE + 8);
	put(image, 0, v->columns, 2);
	put(image, 2, v->rows, 2);
	put(image, 4, 1, 4);
}

uint64_t virtio_read(struct virtio *v, uint64_t offset, unsigned int bytes)
{
	uint8_t image[COMMON_SIZE + 8];
	uint64_t value = 0;

	if (offset == VIRTIO_ISR) {
		value = v->isr;
		v->isr = 0;
		return value;
	}
	if (offset < VIRTIO_COMMON + COMMON_SIZE)
		common_image(v, image);
	else if (offset >= VIRTIO_DEVICE && offset < VIRTIO_DEVICE + COMMON_SIZE)
		device_image(v, image);
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
		reset(v);
		return;
	}
	if (status & STATUS_FEATURES_OK &&
	    ((v->features & ~FEATURES) || (v->features & FEATURES_WANTED) != FEATURES_WANTED))
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
static void write_queue(struct virtq *q, uint64_t offset, uint64_t value)
{
	if (q->ready)
		return;
	switch (offset) {
	case QUEUE_SIZE:
		if (value && value <= VIRTQ_SIZE_MAX && !(value & (value - 1)))
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
			write_queue(selected(v), offset, value);
	}
}

void virtio_write(struct virtio *v, uint64_t offset, unsigned int bytes, uint64_t value)
{
	if (offset == VIRTIO_NOTIFY + VIRTIO_SEND * VIRTIO_NOTIFY_STEP) {
		send_all(v);
	} else if (offset < VIRTIO_COMMON + COMMON_SIZE && !(offset % bytes)) {
		write_common(v, offset, bytes == 8 ? (uint32_t)value : value);
		if (bytes == 8)
			write_common(v, offset + 4, value >> 32);
	}
}
