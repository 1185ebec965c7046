// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jumps to a protected address that nobody declared. That memory is EMPTY: the
 * realm takes the abort itself, the host sees nothing but its last words.
 */
#include "rt/rt.h"

#define NOWHERE		0x10000000UL

int main(const uint64_t args[8])
{
	rt_print("jumping\n");
	rt_jump(NOWHERE);
	rt_fail("there is somebody");
}
