/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small harness for tests in the machine that print TAP.
 *
 * TEST(name) is a function. Each runs in a process of its own, with a time
 * limit, so a test that dies or hangs fails alone; what it holds is released
 * with it. After each test the ledger of the module must be idle again: no
 * realm, no memory fd, nothing in use, nothing leaked, nothing pinned, and what is
 * delegated is in the pool. That is part of every test.
 */
#ifndef TESTS_UAPI_TAP_H
#define TESTS_UAPI_TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/cca.h>

#define T_DEVICE	"/dev/cca"
#define T_MODULE	"/lib/modules/cca.ko"
#define T_PAGE		4096UL
#define T_BLOCK		(2UL << 20)
#define T_ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* By how much everything takes longer on this kernel: for limits of time. */
unsigned int t_slow(void);

typedef void (*t_function)(void);

void t_register(const char *name, t_function function, unsigned int seconds);

#define TEST_SECONDS(name, seconds)					\
	static void name(void);						\
	static void __attribute__((constructor)) t_register_##name(void) \
	{								\
		t_register(#name, name, seconds);			\
	}								\
	static void name(void)

#define TEST(name)	TEST_SECONDS(name, 30)

/* How the suite treats the module and its ledger. */
enum {
	T_LOAD		= 1 << 0,	/* insmod before, rmmod after (a test) */
	T_LEDGER	= 1 << 1,	/* check the ledger after each test */
};

/* Run all tests of this program; what main() returns. */
int t_main(unsigned int how);

/* End the test at once. Usable in its threads and in its children too. */
_Noreturn void t_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void t_skip(const char *why);

/* A line for whoever reads the log of a failed test. */
void t_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define T_ASSERT(condition) do {					\
	if (!(condition))						\
		t_fail(__FILE__, __LINE__, "%s", #condition);		\
} while (0)

#define T_EQ(got, want) do {						\
	unsigned long long got_ = (unsigned long long)(got);		\
	unsigned long long want_ = (unsigned long long)(want);		\
	if (got_ != want_)						\
		t_fail(__FILE__, __LINE__, "%s is %lld (0x%llx), not %lld", \
		       #got, got_, got_, want_);			\
} while (0)

/* ------------------------------------------------------------------ ioctls */

/* 0 or -errno; an ioctl that returns something else fails the test. */
int t_ioctl(int fd, unsigned long command, void *argument);

int t_try_at(const char *file, int line, const char *what, int fd,
	     unsigned long command, void *argument, int want, int want_reason,
	     const struct cca_outcome *out);

/*
 * t_ok() sets the size, calls, and wants success. t_err() wants that errno,
 * and that reason unless it is T_ANY. Both are for commands with an outcome;
 * the _plain ones for those without.
 */
#define T_ANY	(-1)

#define t_ok(fd, command, arg)						\
	((arg)->size = sizeof(*(arg)),					\
	 t_try_at(__FILE__, __LINE__, #command, fd, command, arg, 0, 0,	\
		  &(arg)->out))
#define t_err(error, reason, fd, command, arg)				\
	((arg)->size = sizeof(*(arg)),					\
	 t_try_at(__FILE__, __LINE__, #command, fd, command, arg, error, \
		  reason, &(arg)->out))
#define t_ok_plain(fd, command, arg)					\
	((arg)->size = sizeof(*(arg)),					\
	 t_try_at(__FILE__, __LINE__, #command, fd, command, arg, 0,	\
		  T_ANY, NULL))
#define t_err_plain(error, fd, command, arg)				\
	((arg)->size = sizeof(*(arg)),					\
	 t_try_at(__FILE__, __LINE__, #command, fd, command, arg, error, \
		  T_ANY, NULL))

/* -------------------------------------------------------- machine, module */

int t_open(void);			/* the device; fails the test if it cannot */
int t_insmod(const char *path, const char *parameters);	/* 0 or -errno */
int t_rmmod(const char *name);				/* 0 or -errno */
const char *t_env(const char *name, const char *otherwise);
bool t_firmware_is_ours(void);

/*
 * Pages that the kernel has marked offline: those that are delegated, and those
 * that the RMM was lent. *block, if not NULL, is the page frame number of the
 * first whole 2 MiB of them, or 0.
 */
uint64_t t_offline_pages(uint64_t *block);

/* Runs of these, cut where an address is a multiple of this. */
uint64_t t_offline_stretches(uint64_t unit);

/*
 * Pages before a run of these that somebody else in the kernel has, or may have
 * at any time: free ones, slabs, user memory, page tables.
 */
uint64_t t_unguarded_runs(void);

void t_sleep_us(unsigned int us);
uint64_t t_now_us(void);
unsigned int t_open_files(void);

/* True once the ledger is idle; waits a while for work behind our back. */
bool t_idle(int dev, struct cca_info *info);
void t_ledger_note(const struct cca_info *info);

#endif
