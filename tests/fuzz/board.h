/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The board that is fuzzed, as its guest sees it. Where decisions come from, accesses,
 * rings in memory that is lent: board_driver.c. What happens to it: board.c.
 */
#ifndef FUZZ_BOARD_H
#define FUZZ_BOARD_H

#include "../../tools/vmm/board.h"
#include "../../tools/vmm/gic_state.h"
#include "../../tools/vmm/layout.h"
#include "target.h"

#define RAM		0x40000000ULL
#define ALIAS		(1ULL << 39)
#define CPUS_MAX	8
#define QUEUES		2

/* In RAM, for each queue of each device on the bus: where a driver has it. */
#define RINGS(slot, queue)	(RAM + 0x4000 * (slot) + 0x2000 * (queue))
#define DESC(slot, queue)	RINGS(slot, queue)
#define AVAIL(slot, queue)	(RINGS(slot, queue) + 0x1000)
#define USED(slot, queue)	(RINGS(slot, queue) + 0x1400)
#define BUFFER			(RAM + 0x40000)
#define BAR(slot)		(VMM_PCI_BASE + VIRTIO_BAR_SIZE * (slot))
#define CONFIG(slot, offset)	(VMM_ECAM_BASE + 0x8000 * (slot) + (offset))

#define GIC_SGI_FRAME		0x10000

#define CHECK(condition, ...)	((condition) ? (void)0 : fuzz_broken(__VA_ARGS__))

extern struct board board;
extern unsigned int cpus;
extern uint64_t memory;			/* bytes of RAM */

/* Decisions; 0 when there are no more. A value, and an address in a device, mostly. */
void input_begin(const uint8_t *data, size_t size);
bool input_is_left(void);
uint8_t get_byte(void);
uint64_t get_bytes(unsigned int count);
uint64_t get_value(void);
uint64_t get_address(void);

uint64_t bus_read(uint64_t address, unsigned int bytes);
void bus_write(uint64_t address, unsigned int bytes, uint64_t value);

/* What is not lent is not there. */
void ram_write(uint64_t address, unsigned int bytes, uint64_t value);
void lend(uint64_t address, bool done);

/* Of the virtio device in a slot: as a driver does it, if `how` is 0. */
void drive(unsigned int slot, uint8_t how);
void write_desc(unsigned int slot, unsigned int queue, unsigned int index, uint64_t address,
		uint32_t length, uint16_t flags, uint16_t after);
void offer(unsigned int slot, unsigned int queue, uint16_t head, unsigned int size);
void notify(unsigned int slot, unsigned int queue);

#endif
