// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guest of a board decides, and how it gets at its devices.
 */
#include <string.h>

#include "board.h"

/* Registers that a driver uses. */
#define PCI_COMMAND		0x04
#define PCI_BAR			0x10
#define VIRTIO_STATUS		20

struct board board;
unsigned int cpus;
uint64_t memory;

/* ------------------------------------------------------------------------- input */

static const uint8_t *next, *end;

void input_begin(const uint8_t *data, size_t size)
{
	next = data;
	end = data + size;
}

bool input_is_left(void)
{
	return next < end;
}

uint8_t get_byte(void)
{
	return next < end ? *next++ : 0;
}

uint64_t get_bytes(unsigned int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | get_byte();
	return value;
}

/* Small ones are one byte; others are what comes behind it, or an address. */
uint64_t get_value(void)
{
	uint8_t kind = get_byte();

	switch (kind) {
	case 0xf8:
		return get_bytes(2);
	case 0xf9:
		return get_bytes(4);
	case 0xfa:
		return get_bytes(8);
	case 0xfb:
		return UINT64_MAX;
	case 0xfc:
		return RAM + get_bytes(2);
	case 0xfd:
		return (RAM + get_bytes(3)) | ALIAS;
	case 0xfe:
		return RAM + memory - get_byte();
	case 0xff:
		return 1ULL << (get_byte() & 63);
	}
	return kind;
}

/* Somewhere in a device, mostly. */
uint64_t get_address(void)
{
	uint8_t where = get_byte();
	unsigned int slot = 1 + where / 16 % 3;

	switch (where % 16) {
	case 0:
		return VMM_GICD_BASE + get_bytes(2);
	case 1:
		return VMM_GICR_BASE + get_bytes(3) % (VMM_GICR_STRIDE * (cpus + 1));
	case 2:
		return VMM_GICR_BASE + VMM_GICR_STRIDE * (where / 16) + GIC_SGI_FRAME + get_bytes(2) % 0x1000;
	case 3:
		return VMM_UART_BASE + get_bytes(2) % (VMM_UART_SIZE + 16);
	case 4:
		return CONFIG(slot, get_byte());
	case 5:
		return VMM_ECAM_BASE + get_bytes(3);
	case 6:
	case 7:
		return BAR(slot) + get_byte() % 72;
	case 8:
		return BAR(slot) + VIRTIO_NOTIFY + get_byte();
	case 9:
		return BAR(slot) + VIRTIO_ISR + get_byte() % 16;
	case 10:
		return BAR(slot) + VIRTIO_DEVICE + get_byte();
	case 11:
		return BAR(slot) + get_bytes(2) % (VIRTIO_BAR_SIZE + 16);
	case 12:
		return VMM_PCI_BASE + get_bytes(3);
	case 13:
		return get_value();
	}
	return VMM_GICD_BASE + 4 * get_byte();
}

/* ----------------------------------------------------------------------- the bus */

static bool bus(struct board_access *a)
{
	bool there = board_access(&board, a);

	CHECK(board.out.count <= OUTPUT_MAX, "%zu bytes wait to be written", board.out.count);
	CHECK(a->is_write || !there || a->bytes == 8 || !(a->data >> 8 * a->bytes),
	      "%u bytes at 0x%llx are read as 0x%llx", a->bytes, (unsigned long long)a->address,
	      (unsigned long long)a->data);
	return there;
}

uint64_t bus_read(uint64_t address, unsigned int bytes)
{
	struct board_access a = { .address = address, .bytes = bytes };

	return bus(&a) ? a.data : UINT64_MAX;
}

void bus_write(uint64_t address, unsigned int bytes, uint64_t value)
{
	struct board_access a = {
		.address = address, .bytes = bytes, .data = value, .is_write = true,
	};

	bus(&a);
}

/* What is not lent is not there. */
void ram_write(uint64_t address, unsigned int bytes, uint64_t value)
{
	void *to = lent_at(&board.lent, address, bytes);

	if (to)
		memcpy(to, &value, bytes);
}

static uint16_t ram_read16(uint64_t address)
{
	const void *from = lent_at(&board.lent, address, 2);
	uint16_t value = 0;

	if (from)
		memcpy(&value, from, 2);
	return value;
}

void lend(uint64_t address, bool done)
{
	uint64_t ipa, length;
	void *source;

	if (!lent_begin(&board.lent, address, &ipa, &length, &source))
		return;
	CHECK(ipa >= RAM && length && ipa + length <= RAM + memory && address - ipa < length,
	      "0x%llx: 0x%llx at 0x%llx is lent", (unsigned long long)address,
	      (unsigned long long)length, (unsigned long long)ipa);
	lent_end(&board.lent, ipa, done);
}

/* ------------------------------------------------------- a driver of a virtio device */

static void select_queue(unsigned int slot, unsigned int queue, unsigned int size, bool alias)
{
	uint64_t bar = BAR(slot), bit = alias ? ALIAS : 0;

	bus_write(bar + 22, 2, queue);
	bus_write(bar + 24, 2, size);
	bus_write(bar + 32, 8, DESC(slot, queue) | bit);
	bus_write(bar + 40, 8, AVAIL(slot, queue) | bit);
	bus_write(bar + 48, 8, USED(slot, queue) | bit);
	bus_write(bar + 28, 2, 1);
}

/* As a driver does it, if `how` is 0. */
void drive(unsigned int slot, uint8_t how)
{
	uint64_t bar = BAR(slot);
	unsigned int size = 8 << (how >> 4 & 7);

	bus_write(CONFIG(slot, PCI_BAR), 4, bar);
	bus_write(CONFIG(slot, PCI_COMMAND), 2, 6);
	bus_write(bar + VIRTIO_STATUS, 1, 0);
	bus_write(bar + VIRTIO_STATUS, 1, 3);
	for (unsigned int half = 0; half < 2; half++) {
		uint64_t offered;

		bus_write(bar, 4, half);
		offered = bus_read(bar + 4, 4);
		bus_write(bar + 8, 4, half);
		bus_write(bar + 12, 4, how & 1 ? get_value() : offered);
	}
	bus_write(bar + VIRTIO_STATUS, 1, 0xb);
	for (unsigned int queue = 0; queue < QUEUES; queue++)
		if (!(how & 2) || get_byte())
			select_queue(slot, queue, size, how & 4);
	bus_write(bar + VIRTIO_STATUS, 1, 0xf);
}

void write_desc(unsigned int slot, unsigned int queue, unsigned int index, uint64_t address,
		uint32_t length, uint16_t flags, uint16_t after)
{
	uint64_t at = DESC(slot, queue) + 16 * index;

	ram_write(at, 8, address);
	ram_write(at + 8, 4, length);
	ram_write(at + 12, 2, flags);
	ram_write(at + 14, 2, after);
}

void offer(unsigned int slot, unsigned int queue, uint16_t head, unsigned int size)
{
	uint16_t index = ram_read16(AVAIL(slot, queue) + 2);

	ram_write(AVAIL(slot, queue) + 4 + 2 * (index % size), 2, head);
	ram_write(AVAIL(slot, queue) + 2, 2, index + 1);
}

void notify(unsigned int slot, unsigned int queue)
{
	bus_write(BAR(slot) + VIRTIO_NOTIFY + VIRTIO_NOTIFY_STEP * queue, 2, queue);
}
