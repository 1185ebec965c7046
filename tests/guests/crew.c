// SPDX-License-Identifier: GPL-2.0-only
/*
 * As many CPUs as x0 says, all at once. The first one turns the others on, each
 * counts to x1 beside them and turns itself off, and is turned on again, x2
 * times; in the last round they all spin, and the first one ends the realm: by
 * SYSTEM_OFF, or, if x3 is 1, by SYSTEM_RESET.
 */
#include "rt/rt.h"

#define CPUS_MAX	64
#define AFFINITY_OFF	1
#define ALREADY_ON	((uint64_t)-4)

extern char crew_entry[];
uint8_t crew_stacks[CPUS_MAX][1024] __attribute__((aligned(16)));
static volatile struct {
	uint64_t came, count, mpidr;
} __attribute__((aligned(64))) crew[CPUS_MAX];
static volatile uint64_t target, last;

/* The context is the number of the CPU. */
asm(".text\n"
    ".balign 4\n"
    "crew_entry:\n"
    "	adrp	x1, crew_stacks\n"
    "	add	x1, x1, :lo12:crew_stacks\n"
    "	add	x2, x0, #1\n"
    "	lsl	x2, x2, #10\n"
    "	add	sp, x1, x2\n"
    "	bl	crew_main\n"
    "1:	b	1b\n");

void crew_main(uint64_t cpu);
void crew_main(uint64_t cpu)
{
	asm volatile("mrs %0, mpidr_el1" : "=r"(crew[cpu].mpidr));
	crew[cpu].came++;
	if (last) {
		for (;;)
			crew[cpu].count++;
	}
	while (crew[cpu].count < target)
		crew[cpu].count++;
	rt_smc4(RSI_PSCI_CPU_OFF, 0, 0, 0);
}

/* Sixteen in each cluster. */
static uint64_t mpidr_of(uint64_t cpu)
{
	return (cpu & 0xf) | (cpu >> 4) << 8;
}

static void turn_on(uint64_t cpu)
{
	if (rt_smc4(RSI_PSCI_CPU_ON, mpidr_of(cpu), (uint64_t)crew_entry, cpu))
		rt_fail("a CPU cannot be turned on");
}

static bool is_off(uint64_t cpu)
{
	return rt_smc4(RSI_PSCI_AFFINITY_INFO, mpidr_of(cpu), 0, 0) == AFFINITY_OFF;
}

static void work(uint64_t cpus, uint64_t round)
{
	uint64_t cpu;

	for (cpu = 1; cpu < cpus; cpu++) {
		crew[cpu].count = 0;
		if (!is_off(cpu))
			rt_fail("a CPU is on that nobody turned on");
	}
	for (cpu = 1; cpu < cpus; cpu++)
		turn_on(cpu);
	for (cpu = 1; cpu < cpus; cpu++) {
		while (!is_off(cpu))
			continue;
		if (crew[cpu].count != target || crew[cpu].came != round + 1)
			rt_fail("a CPU did not do its work once");
		if ((crew[cpu].mpidr & 0xff00ffffffUL) != mpidr_of(cpu))
			rt_fail("a CPU has another's number");
	}
}

int main(const uint64_t args[8])
{
	uint64_t cpu, round;

	target = args[1];
	for (round = 0; round < args[2]; round++) {
		work(args[0], round);
		rt_print("round\n");
	}
	last = 1;
	for (cpu = 1; cpu < args[0]; cpu++)
		turn_on(cpu);
	for (cpu = 1; cpu < args[0]; cpu++)
		while (crew[cpu].came != args[2] + 1)
			continue;
	if (args[0] > 1 && rt_smc4(RSI_PSCI_CPU_ON, mpidr_of(1), (uint64_t)crew_entry, 1) != ALREADY_ON)
		rt_fail("a CPU that is on was turned on");
	rt_print("crew: ok\n");
	rt_flush();
	if (args[3])
		rt_smc4(RSI_PSCI_SYSTEM_RESET, 0, 0, 0);
	return 0;
}
