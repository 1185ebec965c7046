// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives memory away and takes it back: a page, a range across blocks, a whole
 * block, memory that was used and memory that was not; and asks for memory
 * that its host never declared.
 */
#include "rt/rt.h"

#define UNDECLARED	0x10000000UL

static void exchange(uint64_t base, uint64_t top, bool used)
{
	uint64_t page;

	if (used)
		for (page = base; page < top; page += RT_PAGE)
			rt_store(page);
	if (!rt_ripas_set(base, top, RSI_RIPAS_EMPTY, 0))
		rt_fail("the host refused to take memory");
	for (page = base; page < top; page = rt_ripas_get(page, top).top)
		if (rt_ripas_get(page, top).value != RSI_RIPAS_EMPTY)
			rt_fail("memory that was given away is not EMPTY");
	if (rt_try(rt_store, base) || rt_try(rt_store, top - RT_PAGE))
		rt_fail("memory that was given away is still there");
	rt_print("given away: ");
	rt_print_decimal((top - base) / RT_PAGE);
	rt_print(" pages\n");
	if (!rt_ripas_set(base, top, RSI_RIPAS_RAM, 0))
		rt_fail("the host refused to give memory");
	for (page = base; page < top; page += RT_PAGE)
		rt_store(page);
}

int main(const uint64_t args[8])
{
	const uint64_t first = RT_RAM_BASE + RT_BLOCK;

	if (rt_ram_end(RT_RAM_BASE) < RT_RAM_BASE + 6 * RT_BLOCK)
		rt_fail("this guest needs 12 MiB");

	exchange(first, first + RT_PAGE, false);
	exchange(first, first + RT_PAGE, true);
	exchange(first + RT_PAGE, first + RT_BLOCK + 3 * RT_PAGE, true);
	exchange(first + 2 * RT_BLOCK, first + 3 * RT_BLOCK, false);
	exchange(first + 2 * RT_BLOCK, first + 3 * RT_BLOCK, true);
	exchange(first, first + 4 * RT_BLOCK, true);

	/* RAM to RAM changes nothing and must be accepted, too. */
	if (!rt_ripas_set(first, first + RT_BLOCK, RSI_RIPAS_RAM, 0))
		rt_fail("the host refused what was so already");
	rt_print("ripas: ok\n");

	if (rt_ripas_set(UNDECLARED, UNDECLARED + RT_PAGE, RSI_RIPAS_RAM, 0))
		rt_fail("the host gave memory that it does not have");
	rt_print("refused: ok\n");
	return 0;
}
