/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware's own <string.h>; both worlds are built without a C library.
 */
#ifndef FW_STRING_H
#define FW_STRING_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int c, size_t size);
size_t strnlen(const char *s, size_t max);
size_t strlen(const char *s);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) __attribute__((noreturn));

/* Where a broken promise of the library ends; each world has its own. */
void fw_fail(const char *text) __attribute__((noreturn));

#endif
