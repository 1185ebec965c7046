// SPDX-License-Identifier: GPL-2.0-only
/* Jumps into nowhere and has its vectors there too: faults for ever. */
#include "rt/rt.h"

#define NOWHERE		0x10000000UL

int main(const uint64_t args[8])
{
	rt_print("jumping\n");
	asm volatile("msr vbar_el1, %0; isb" : : "r"(NOWHERE));
	rt_jump(NOWHERE);
	rt_fail("there is somebody");
}
