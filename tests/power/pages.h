/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the whole machine ask it: which pages are in the realm world,
 * who has those before them, and whether all of its memory can be used.
 */
#ifndef TESTS_POWER_PAGES_H
#define TESTS_POWER_PAGES_H

#include "../uapi/host.h"

/* Page frames in ascending order. */
struct p_set {
	uint64_t *pfn;
	size_t count;
};

/* Frames of RAM that the kernel has marked offline. */
struct p_set p_offline(void);
bool p_has(const struct p_set *set, uint64_t pfn);
void p_save(const struct p_set *set, const char *path);
struct p_set p_load(const char *path);

/*
 * The kernel reads a byte of each, through the test module peek: its death is
 * that of the test.
 */
void p_read_all(const struct p_set *set);

/*
 * Everything that the module has of the kernel: frames of its arenas, from
 * debugfs.
 */
struct p_set p_arenas(void);

/* Use all free memory but this much, for real; how many bytes that was. */
uint64_t p_use_memory(uint64_t but);

/* One line of /proc/meminfo, in bytes. */
uint64_t p_meminfo(const char *name);

/* What a core file has of RAM, read from its beginning to its end. */
struct p_core {
	uint64_t bytes;
	uint64_t full;			/* pages with more than zeros */
	uint64_t in_set;		/* pages of the given set */
	uint64_t in_set_full;
};

struct p_core p_read_core(const char *path, const struct p_set *set);

/* 0 or -errno. */
int p_write(const char *path, const char *text);
bool p_log_has(const char *text);	/* the kernel's */

/* One RMI call by the test module rmi_raw: X0, and X1 to X3 if out is not NULL. */
uint64_t p_rmi(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t out[3]);

#endif
