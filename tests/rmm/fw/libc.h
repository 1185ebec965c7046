/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prototypes of the stubs in libc.c.
 */
#ifndef FW_LIBC_H
#define FW_LIBC_H

#include <stddef.h>

void *calloc(size_t n, size_t size);
void free(void *p);
int puts(const char *s);
int putchar(int c);
int __printf_chk(int flag, const char *format, ...);
void *gmtime_r(const long *time, void *out);

#endif
