// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where decisions come from.
 */
#include "world.h"

struct input input;

bool input_more(void)
{
	return input.front < input.back;
}

uint8_t input_op(void)
{
	return input_more() ? *input.front++ : 0;
}

uint8_t input_byte(void)
{
	if (input.choose)
		return (uint8_t)input.choose(input.arg, 256);
	return input_more() ? *--input.back : 0;
}

unsigned int input_pick(unsigned int n)
{
	if (n < 2)
		return 0;
	if (input.choose)
		return input.choose(input.arg, n);
	return input_byte() % n;
}

uint64_t input_word(void)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < 8; i++)
		word = word << 8 | input_byte();
	return word;
}
