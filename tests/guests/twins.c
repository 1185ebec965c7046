// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two virtual CPUs. Both touch every page of the RAM at the same time, the
 * second one turns itself off and is turned on once more. With x0 = 1 they are
 * both on and spin, for ever.
 */
#include "rt/rt.h"

#define PSCI_CPU_OFF		0x84000002UL
#define PSCI_CPU_ON		0xc4000003UL
#define PSCI_AFFINITY_INFO	0xc4000004UL
#define AFFINITY_OFF		1
#define FIRST			0x77UL
#define AGAIN			0x78UL
#define SPIN			0x79UL

extern char twin_entry[];
uint8_t twin_stack[4096] __attribute__((aligned(16)));
static volatile uint64_t came, started;
static uint64_t end;

asm(".text\n"
    ".balign 4\n"
    "twin_entry:\n"
    "	adrp	x1, twin_stack\n"
    "	add	x1, x1, :lo12:twin_stack\n"
    "	add	sp, x1, #4096\n"
    "	bl	twin_main\n"
    "1:	b	1b\n");

static void touch(uint64_t value)
{
	uint64_t page;

	for (page = (uint64_t)rt_image_end; page < end; page += RT_PAGE)
		((volatile uint64_t *)page)[value & 1] = value;
}

void twin_main(uint64_t context);
void twin_main(uint64_t context)
{
	came = context;
	while (context == SPIN)
		continue;
	if (context == FIRST) {
		while (!started)
			continue;
		touch(context);
	}
	rt_smc4(PSCI_CPU_OFF, 0, 0, 0);
}

static void turn_on(uint64_t context)
{
	if (rt_smc4(PSCI_CPU_ON, 1, (uint64_t)twin_entry, context))
		rt_fail("the second CPU cannot be turned on");
	while (came != context)
		continue;
}

int main(const uint64_t args[8])
{
	uint64_t page;

	end = rt_ram_end(RT_RAM_BASE);
	if (args[0] == 1) {
		turn_on(SPIN);
		rt_print("spinning\n");
		for (;;)
			continue;
	}
	turn_on(FIRST);
	started = 1;
	touch(2);
	while (rt_smc4(PSCI_AFFINITY_INFO, 1, 0, 0) != AFFINITY_OFF)
		continue;
	for (page = (uint64_t)rt_image_end; page < end; page += RT_PAGE)
		if (((volatile uint64_t *)page)[0] != 2 ||
		    ((volatile uint64_t *)page)[1] != FIRST)
			rt_fail("memory lost what one of the two wrote");
	turn_on(AGAIN);
	rt_print("twins: ok\n");
	return 0;
}
