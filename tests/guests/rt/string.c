// SPDX-License-Identifier: GPL-2.0-only
/* What the compiler may call behind a program's back. */
#include <stddef.h>

void *memset(void *to, int byte, size_t count);
void *memcpy(void *to, const void *from, size_t count);

void *memset(void *to, int byte, size_t count)
{
	volatile unsigned char *at = to;

	while (count--)
		*at++ = byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t count)
{
	volatile unsigned char *at = to;
	const unsigned char *source = from;

	while (count--)
		*at++ = *source++;
	return to;
}
