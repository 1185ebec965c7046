// SPDX-License-Identifier: GPL-2.0-only
/* The two consoles of a guest: host calls by the line, PL011 by the character. */
#include "rt.h"

static char line[RT_HOST_PRINT_MAX];
static size_t used;

void rt_flush(void)
{
	uint64_t gprs[31] = { used };
	size_t i;

	for (i = 0; i < used; i++)
		gprs[1 + i / 8] |= (uint64_t)(uint8_t)line[i] << (i % 8 * 8);
	if (used)
		rt_host_call(RT_HOST_PRINT, gprs);
	used = 0;
}

void rt_print(const char *text)
{
	for (; *text; text++) {
		line[used++] = *text;
		if (*text == '\n' || used == sizeof(line))
			rt_flush();
	}
}

void rt_print_hex(const uint8_t *bytes, size_t count)
{
	char pair[3] = "";

	for (; count; count--, bytes++) {
		pair[0] = "0123456789abcdef"[*bytes >> 4];
		pair[1] = "0123456789abcdef"[*bytes & 15];
		rt_print(pair);
	}
}

void rt_print_number(uint64_t value)
{
	char text[19] = "";
	char *at = text + sizeof(text) - 1;

	do {
		*--at = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	rt_print("0x");
	rt_print(at);
}

void rt_print_decimal(uint64_t value)
{
	char text[21] = "";
	char *at = text + sizeof(text) - 1;

	do {
		*--at = '0' + value % 10;
		value /= 10;
	} while (value);
	rt_print(at);
}

void rt_pl011(const char *text)
{
	volatile uint32_t *data = (volatile uint32_t *)rt_shared(RT_PL011);

	for (; *text; text++)
		*data = (uint8_t)*text;
}
