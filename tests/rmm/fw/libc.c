// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libmbedcrypto wants of a C library, versions 2.28 and 3.6. Signatures
 * allocate. What it refers to and never calls here: its self-tests print and ask
 * for the time, seeds and keys may be in files. Its locks guard what only one CPU
 * has: random generators.
 */
#include "arena.h"
#include "libc.h"
#include "rmm.h"
#include "string.h"

/* Nobody is interrupted here, so nobody else is in this CPU's. */
static struct arena arenas[MAX_CPUS];

void *calloc(size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return arena_take(&arenas[this_cpu()->index], n * size);
}

void free(void *p)
{
	arena_give(&arenas[this_cpu()->index], p);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

/* What this CPU can do, of which nothing is used. */
unsigned long getauxval(unsigned long type)
{
	return 0;
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
	if (size > room)
		fw_fail("memcpy beyond the end");
	return memcpy(to, from, size);
}

void __explicit_bzero_chk(void *to, size_t size, size_t room)
{
	__memset_chk(to, 0, size, room);
	asm volatile("" : : "r"(to) : "memory");
}

void *__memset_chk(void *to, int value, size_t size, size_t room)
{
	if (size > room)
		fw_fail("memset beyond the end");
	return memset(to, value, size);
}

int pthread_mutex_init(void *mutex, const void *attr)
{
	return 0;
}

int pthread_mutex_destroy(void *mutex)
{
	return 0;
}

int pthread_mutex_lock(void *mutex)
{
	return 0;
}

int pthread_mutex_unlock(void *mutex)
{
	return 0;
}

/* ------------------------------------------------------------ never called */

int puts(const char *s)
{
	return 0;
}

int putchar(int c)
{
	return c;
}

int __printf_chk(int flag, const char *format, ...)
{
	return 0;
}

void *gmtime_r(const long *time, void *out)
{
	return NULL;
}

void *fopen(const char *name, const char *mode)
{
	return NULL;
}

int fclose(void *file)
{
	return -1;
}

int ferror(void *file)
{
	return 1;
}

char *fgets(char *to, int size, void *file)
{
	return NULL;
}

size_t fread(void *to, size_t size, size_t n, void *file)
{
	return 0;
}

size_t fwrite(const void *from, size_t size, size_t n, void *file)
{
	return 0;
}

int fseek(void *file, long offset, int whence)
{
	return -1;
}

long ftell(void *file)
{
	return -1;
}

void setbuf(void *file, char *buffer)
{
}

int remove(const char *name)
{
	return -1;
}

int rename(const char *from, const char *to)
{
	return -1;
}

int __snprintf_chk(char *to, size_t size, int flag, size_t room, const char *format, ...)
{
	return -1;
}

int *__errno_location(void)
{
	static int nobody_reads_it;

	return &nobody_reads_it;
}

long time(long *now)
{
	return -1;
}

int clock_gettime(int clock, void *now)
{
	return -1;
}

int getpid(void)
{
	return 1;
}

int rand(void)
{
	return 0;
}

long syscall(long number, ...)
{
	return -1;
}
