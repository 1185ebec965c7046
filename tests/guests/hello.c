// SPDX-License-Identifier: GPL-2.0-only
/* The guest of the demonstration: says hello, and proves where it is. */
#include "rt/rt.h"

#define PATTERN(address)	((address) ^ 0x5ca1ab1e0ddba11UL)

static volatile uint64_t *words(uint64_t page)
{
	return (volatile uint64_t *)page;
}

/* Memory that nobody populated is zero, and keeps what is written to it. */
static void fill(uint64_t page)
{
	unsigned int i;

	for (i = 0; i < RT_PAGE / 8; i++)
		if (words(page)[i])
			rt_fail("fresh memory is not zero");
	for (i = 0; i < RT_PAGE / 8; i++)
		words(page)[i] = PATTERN(page + 8 * i);
}

static void verify(uint64_t page)
{
	unsigned int i;

	for (i = 0; i < RT_PAGE / 8; i++)
		if (words(page)[i] != PATTERN(page + 8 * i))
			rt_fail("memory lost what was written to it");
}

/* The first, a middle and the last page of every 2 MiB, up to 16 MiB. */
static void each_page(uint64_t end, void (*visit)(uint64_t page))
{
	const uint64_t first = (uint64_t)rt_image_end;
	uint64_t block, page;

	for (block = RT_RAM_BASE; block < end; block += RT_BLOCK)
		for (page = block; page < block + RT_BLOCK;
		     page += 0xff * RT_PAGE + (page > block) * RT_PAGE)
			if (page >= first && page < end)
				visit(page);
}

/* Give two pages away and ask for them back. */
static void ripas(uint64_t end)
{
	const uint64_t top = end, base = end - 2 * RT_PAGE;

	if (rt_ripas_get(base, top).value != RSI_RIPAS_RAM)
		rt_fail("the last pages are not RAM");
	if (!rt_ripas_set(base, top, RSI_RIPAS_EMPTY, 0))
		rt_fail("the host refused to take memory");
	if (rt_ripas_get(base, top).value != RSI_RIPAS_EMPTY)
		rt_fail("memory that was given away is not EMPTY");
	if (rt_try(rt_load, base) || RT_ESR_EC(rt_fault.esr) != RT_EC_DATA)
		rt_fail("memory that was given away is still there");
	if (!rt_ripas_set(base, top, RSI_RIPAS_RAM, 0))
		rt_fail("the host refused to give memory");
	if (rt_ripas_get(base, top).value != RSI_RIPAS_RAM)
		rt_fail("memory that was asked for is not RAM");
	words(base)[0] = PATTERN(base);
	if (words(base)[0] != PATTERN(base))
		rt_fail("memory that came back does not work");
}

int main(const uint64_t args[8])
{
	uint8_t rim[64];
	size_t length = rt_rim(rim);
	uint64_t end;

	rt_print("Hello from a realm.\n");
	rt_pl011("Hello by PL011, one character at a time.\n");
	rt_print("RIM: ");
	rt_print_hex(rim, length);
	rt_print("\n");

	end = rt_ram_end(RT_RAM_BASE);
	if (end > RT_RAM_BASE + 8 * RT_BLOCK)
		end = RT_RAM_BASE + 8 * RT_BLOCK;
	each_page(end, fill);
	each_page(end, verify);
	ripas(end);
	rt_print("memory: ok\n");
	return 0;
}
