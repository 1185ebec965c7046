// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a block of its RAM away page by page, another in one piece, and a page
 * of a third; makes host call 100, and uses all of it again.
 */
#include "rt/rt.h"

#define PIECES	(RT_RAM_BASE + 4 * RT_BLOCK)
#define WHOLE	(RT_RAM_BASE + 5 * RT_BLOCK)
#define ONE	(RT_RAM_BASE + 6 * RT_BLOCK)

static void change(uint64_t base, uint64_t size, uint64_t value)
{
	if (!rt_ripas_set(base, base + size, value, 0))
		rt_fail("the host refused");
}

int main(const uint64_t args[8])
{
	uint64_t gprs[31] = { 0 }, page;

	for (page = PIECES; page < ONE + RT_BLOCK; page += RT_PAGE)
		rt_store(page);
	for (page = PIECES; page < PIECES + RT_BLOCK; page += RT_PAGE)
		change(page, RT_PAGE, RSI_RIPAS_EMPTY);
	change(WHOLE, RT_BLOCK, RSI_RIPAS_EMPTY);
	change(ONE, RT_PAGE, RSI_RIPAS_EMPTY);
	rt_host_call(100, gprs);
	change(PIECES, 2 * RT_BLOCK + RT_PAGE, RSI_RIPAS_RAM);
	for (page = PIECES; page < ONE + RT_PAGE; page += RT_PAGE)
		if (*(volatile uint64_t *)page)
			rt_fail("memory that was given away came back with its content");
	for (page = PIECES; page < ONE + RT_BLOCK; page += RT_PAGE)
		rt_store(page);
	return 0;
}
