// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads and stores of every width and extension at a device of its host.
 *
 * The host must serve the unprotected alias of 0x0a000000 like this: reading n
 * bytes gives the low n bytes of 0x8182838485868788, and writes change nothing
 * (it may check that they bring the same value). Ends with status 0 if all came
 * out right, else with the number of the access that did not.
 */
#include "rt/rt.h"

#define DEVICE		0x0a000000UL
#define VALUE		0x8182838485868788UL

#define LOAD(instruction, width) ({					\
	uint64_t value_ = 0x5555555555555555;				\
	asm volatile(instruction " %" width "0, [%1]"			\
		     : "+r"(value_) : "r"(device) : "memory");		\
	value_;								\
})

#define STORE(instruction, width)					\
	asm volatile(instruction " %" width "0, [%1]"			\
		     : : "r"(VALUE), "r"(device) : "memory")

int main(const uint64_t args[8])
{
	const uint64_t device = rt_shared(DEVICE);
	const struct {
		uint64_t got, want;
	} loads[] = {
		{ LOAD("ldrb", "w"), 0x88 },
		{ LOAD("ldrh", "w"), 0x8788 },
		{ LOAD("ldr", "w"), 0x85868788 },
		{ LOAD("ldr", "x"), VALUE },
		{ LOAD("ldrsb", "w"), 0xffffff88 },
		{ LOAD("ldrsb", "x"), 0xffffffffffffff88 },
		{ LOAD("ldrsh", "w"), 0xffff8788 },
		{ LOAD("ldrsh", "x"), 0xffffffffffff8788 },
		{ LOAD("ldrsw", "x"), 0xffffffff85868788 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (loads[i].got == loads[i].want)
			continue;
		rt_print("load ");
		rt_print_decimal(i + 1);
		rt_print(" gave ");
		rt_print_number(loads[i].got);
		rt_print("\n");
		return i + 1;
	}
	STORE("strb", "w");
	STORE("strh", "w");
	STORE("str", "w");
	STORE("str", "x");
	asm volatile("str xzr, [%0]" : : "r"(device) : "memory");
	rt_print("mmio: ok\n");
	return 0;
}
