/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor at EL3: what its files share.
 */
#ifndef FW_EL3_H
#define FW_EL3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot.h"
#include "layout.h"
#include "sysreg.h"

/* What an exception into EL3 puts on the stack; the assembler knows it. */
struct el3_frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
	uint64_t pad;
};

enum world {
	WORLD_NS,
	WORLD_REALM,
	WORLDS,
};

#define EL2_REGS	32

/* Everything of a world that the other one would overwrite. */
struct world_state {
	struct el3_frame frame;
	uint64_t scr;
	uint64_t el2[EL2_REGS];
};

enum psci_state {
	PSCI_ON,
	PSCI_OFF,
	PSCI_ON_PENDING,
};

struct el3_cpu {
	unsigned int index;
	enum world world;
	bool rmm_up;		/* its R-EL2 has been initialised */
	volatile enum psci_state psci;
	uint64_t entry;
	uint64_t context;
	struct world_state state[WORLDS];
};

extern struct el3_cpu el3_cpus[MAX_CPUS];
extern struct rmm_boot el3_boot;

/* el3_entry.S */
extern const char rmm_image[], rmm_image_end[];
void el3_leave(struct el3_frame *frame) __attribute__((noreturn));
struct el3_frame *el3_frame_of(unsigned int cpu);

/* el3_main.c */
void el3_main(uint64_t cpu) __attribute__((noreturn));
void el3_secondary(uint64_t cpu) __attribute__((noreturn));
void el3_exception(struct el3_frame *frame, uint64_t kind);
void el3_own_fault(uint64_t kind) __attribute__((noreturn));
void el3_start(struct el3_cpu *cpu) __attribute__((noreturn));
void el3_forget_boot(void);

/* el3_mmu.c */
void el3_mmu_init(void);
void el3_mmu_enable(void);

/* el3_cpu.c */
void el3_cpu_init(void);
void el3_inject_undef(struct el3_frame *frame);

/* world.c */
void world_init(struct el3_cpu *cpu, enum world world, uint64_t entry,
		uint64_t x0);
void world_load(struct el3_cpu *cpu, enum world world, struct el3_frame *frame);
void world_switch(struct el3_cpu *cpu, enum world world,
		  struct el3_frame *frame);

/* gpt.c */
void gpt_init(const struct rmm_boot *boot);
void gpt_enable(void);
bool gpt_set(uint64_t pa, uint64_t granules, bool realm);

/* gic.c */
void gic_init(void);
void gic_cpu_init(unsigned int cpu);
void gic_cpu_park(void);
void gic_cpu_acknowledge(void);
void gic_cpu_unpark(void);
void gic_wake(unsigned int cpu);

/* psci.c */
bool psci_call(struct el3_cpu *cpu, struct el3_frame *frame);
void psci_park(struct el3_cpu *cpu);

/* fdt.c */
bool fdt_patch(struct rmm_boot *boot);

/* power.c */
void power_off(void) __attribute__((noreturn));
void power_reset(void) __attribute__((noreturn));

/* uart.c */
void el3_print(const char *text);
void el3_print_number(const char *name, uint64_t value);
void el3_console(void);
void el3_panic(const char *text) __attribute__((noreturn));

static inline uint32_t mmio_read32(uint64_t at)
{
	return *(volatile uint32_t *)at;
}

static inline uint64_t mmio_read64(uint64_t at)
{
	return *(volatile uint64_t *)at;
}

static inline void mmio_write32(uint64_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

#endif
