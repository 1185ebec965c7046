// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the C library that the compiler, libfdt and the hashes ask for.
 */
#include <stddef.h>
#include <stdint.h>

#include "string.h"

void *memcpy(void *to, const void *from, size_t size)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if (!(((uintptr_t)d | (uintptr_t)s) & 7)) {
		for (; size >= 8; size -= 8, d += 8, s += 8)
			*(uint64_t *)d = *(const uint64_t *)s;
	}
	while (size--)
		*d++ = *s++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if (d <= s || d >= s + size)
		return memcpy(to, from, size);
	while (size--)
		d[size] = s[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	uint8_t *d = to;
	uint64_t word = (uint8_t)value * 0x0101010101010101ULL;

	if (!((uintptr_t)d & 7)) {
		for (; size >= 8; size -= 8, d += 8)
			*(uint64_t *)d = word;
	}
	while (size--)
		*d++ = value;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size; size--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

void *memchr(const void *in, int c, size_t size)
{
	const uint8_t *s = in;

	for (; size; size--, s++) {
		if (*s == (uint8_t)c)
			return (void *)s;
	}
	return NULL;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	return memchr(s, c, strlen(s) + 1);
}

char *strrchr(const char *s, int c)
{
	size_t n = strlen(s) + 1;

	while (n--) {
		if (s[n] == (char)c)
			return (char *)s + n;
	}
	return NULL;
}

/* Debian builds its static libraries with the stack protector. */
uintptr_t __stack_chk_guard = 0x595e9fbd94fda766;

void __stack_chk_fail(void)
{
	fw_fail("stack smashed");
}
