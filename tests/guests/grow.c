// SPDX-License-Identifier: GPL-2.0-only
/* Touches every page of its RAM, or the first x0 MiB of it. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	uint64_t end = rt_ram_end(RT_RAM_BASE), page, pages = 0;

	if (args[0] && RT_RAM_BASE + (args[0] << 20) < end)
		end = RT_RAM_BASE + (args[0] << 20);
	rt_print("growing\n");
	for (page = RT_RAM_BASE; page < (uint64_t)rt_image_end; page += RT_PAGE)
		rt_load(page);
	for (page = (uint64_t)rt_image_end; page < end; page += RT_PAGE) {
		if (*(volatile uint64_t *)page)
			rt_fail("fresh memory is not zero");
		*(volatile uint64_t *)page = page;
		pages++;
	}
	for (page = (uint64_t)rt_image_end; page < end; page += RT_PAGE)
		if (*(volatile uint64_t *)page != page)
			rt_fail("memory lost what was written to it");
	rt_print("grown: ");
	rt_print_decimal(pages);
	rt_print(" pages\n");
	return 0;
}
