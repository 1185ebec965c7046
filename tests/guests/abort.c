// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses that its host cannot emulate, at the unprotected alias of
 * 0x0b000000; in x0 which. Each is expected to end in a synchronous external
 * abort. Ends with 0 if it did, with 2 if it did not.
 */
#include "rt/rt.h"

#define NOTHING		0x0b000000UL

static void pair_load(uint64_t at)
{
	asm volatile("ldp x9, x10, [%0]" : : "r"(at) : "x9", "x10", "memory");
}

static void pair_store(uint64_t at)
{
	asm volatile("stp xzr, xzr, [%0]" : : "r"(at) : "memory");
}

static void load_and_move(uint64_t at)
{
	asm volatile("ldr x9, [%0], #8" : "+r"(at) : : "x9", "memory");
}

static void store_and_move(uint64_t at)
{
	asm volatile("str xzr, [%0, #8]!" : "+r"(at) : : "memory");
}

/* This one the host can emulate, if it likes. */
static void plain_load(uint64_t at)
{
	asm volatile("ldr x9, [%0]" : : "r"(at) : "x9", "memory");
}

int main(const uint64_t args[8])
{
	static void (*const ways[])(uint64_t) = {
		pair_load, pair_store, load_and_move, store_and_move, plain_load,
		/* Nobody fetches outside: the RMM does not ask the host. */
		rt_jump,
	};
	const uint64_t class = args[0] == 5 ? RT_EC_FETCH : RT_EC_DATA;

	if (rt_try(ways[args[0]], rt_shared(NOTHING)))
		return 2;
	if (RT_ESR_EC(rt_fault.esr) != class)
		rt_fail("another exception");
	if (RT_ESR_FSC(rt_fault.esr) != RT_FSC_EXTERNAL)
		rt_fail("another abort");
	return 0;
}
