// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power of the machine: two lines of the secure GPIO (PL061).
 */
#include "el3.h"

#define GPIO_DATA(mask)		(GPIO_BASE + ((mask) << 2))
#define GPIO_DIR		(GPIO_BASE + 0x400)
#define GPIO_POWER_OFF		BIT(0)
#define GPIO_RESET		BIT(1)

static void __attribute__((noreturn)) raise_line(uint64_t line)
{
	mmio_write32(GPIO_DIR, line);
	mmio_write32(GPIO_DATA(line), 0);
	mmio_write32(GPIO_DATA(line), line);
	for (;;)
		asm volatile("wfi");
}

void power_off(void)
{
	raise_line(GPIO_POWER_OFF);
}

void power_reset(void)
{
	el3_forget_boot();
	raise_line(GPIO_RESET);
}
