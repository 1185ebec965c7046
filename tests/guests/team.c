// SPDX-License-Identifier: GPL-2.0-only
/*
 * However many CPUs there are: the first turns each of the others on, which say
 * so and turn themselves off. Then it turns itself off, and the last of them ends
 * the realm, with the number of CPUs.
 */
#include "rt/rt.h"

#define CPUS_MAX	16
#define AFFINITY_OFF	1

extern char team_entry[];
uint8_t team_stacks[CPUS_MAX][2048] __attribute__((aligned(16)));
static volatile uint64_t came, ending;

/* The context is the number of the CPU. */
asm(".text\n"
    ".balign 4\n"
    "team_entry:\n"
    "	adrp	x1, team_stacks\n"
    "	add	x1, x1, :lo12:team_stacks\n"
    "	add	x2, x0, #1\n"
    "	lsl	x2, x2, #11\n"
    "	add	sp, x1, x2\n"
    "	bl	team_main\n"
    "1:	b	1b\n");

void team_main(uint64_t cpu);
void team_main(uint64_t cpu)
{
	if (ending)
		rt_exit((int)ending);
	rt_print("CPU ");
	rt_print_decimal(cpu);
	rt_print(" is here\n");
	rt_flush();
	came++;
	rt_smc4(RSI_PSCI_CPU_OFF, 0, 0, 0);
}

int main(const uint64_t args[8])
{
	uint64_t cpu;

	for (cpu = 1; cpu < CPUS_MAX; cpu++) {
		if (rt_smc4(RSI_PSCI_CPU_ON, cpu, (uint64_t)team_entry, cpu))
			break;
		while (rt_smc4(RSI_PSCI_AFFINITY_INFO, cpu, 0, 0) != AFFINITY_OFF)
			continue;
		if (came != cpu)
			rt_fail("a CPU was turned on and did not come");
	}
	if (cpu == 1)
		return 1;
	ending = cpu;
	if (rt_smc4(RSI_PSCI_CPU_ON, cpu - 1, (uint64_t)team_entry, cpu - 1))
		rt_fail("a CPU cannot be turned on again");
	rt_smc4(RSI_PSCI_CPU_OFF, 0, 0, 0);
	return 97;
}
