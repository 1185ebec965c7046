/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prototypes of libc.c.
 */
#ifndef FW_LIBC_H
#define FW_LIBC_H

#include <stddef.h>

void *calloc(size_t n, size_t size);
void free(void *p);
int strcmp(const char *a, const char *b);

int puts(const char *s);
int putchar(int c);
int __printf_chk(int flag, const char *format, ...);
void *gmtime_r(const long *time, void *out);
void *__memset_chk(void *to, int value, size_t size, size_t room);
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);
void __explicit_bzero_chk(void *to, size_t size, size_t room);
unsigned long getauxval(unsigned long type);
int __snprintf_chk(char *to, size_t size, int flag, size_t room, const char *format, ...);
int *__errno_location(void);
long time(long *now);
int clock_gettime(int clock, void *now);
int getpid(void);
int rand(void);
long syscall(long number, ...);

void *fopen(const char *name, const char *mode);
int fclose(void *file);
int ferror(void *file);
char *fgets(char *to, int size, void *file);
size_t fread(void *to, size_t size, size_t n, void *file);
size_t fwrite(const void *from, size_t size, size_t n, void *file);
int fseek(void *file, long offset, int whence);
long ftell(void *file);
void setbuf(void *file, char *buffer);
int remove(const char *name);
int rename(const char *from, const char *to);

int pthread_mutex_init(void *mutex, const void *attr);
int pthread_mutex_destroy(void *mutex);
int pthread_mutex_lock(void *mutex);
int pthread_mutex_unlock(void *mutex);

#endif
