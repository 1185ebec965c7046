// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that is started as Linux is, and says by the UART what it was
 * measured to be, and whether X0 is a device tree.
 */
#include "../guests/rt/rt.h"

#define TREE_MAGIC	0xedfe0dd0U	/* 0xd00dfeed, the other way round */

int main(const uint64_t args[8])
{
	static const char digits[] = "0123456789abcdef";
	const uint32_t *tree = (const uint32_t *)args[0];
	char text[2 * 64 + 1] = "";
	uint8_t rim[64];
	size_t length = rt_rim(rim);

	for (size_t i = 0; i < length; i++) {
		text[2 * i] = digits[rim[i] >> 4];
		text[2 * i + 1] = digits[rim[i] & 0xf];
	}
	rt_pl011(*tree == TREE_MAGIC ? "tree\n" : "no tree\n");
	rt_pl011("RIM ");
	rt_pl011(text);
	rt_pl011("\n");
	return 0;
}
