/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device tree of a Linux guest. The same description gives the same bytes:
 * they are measured.
 */
#ifndef VMM_TREE_H
#define VMM_TREE_H

#include <stddef.h>
#include <stdint.h>

#define TREE_SIZE_MAX	(2 << 20)	/* what Linux maps of it */

struct tree {
	uint64_t base, memory;		/* RAM */
	unsigned int cpus;
	uint64_t initrd, initrd_size;	/* 0: none */
	const char *append;		/* "": none */
	uint64_t alias;			/* or'ed to addresses of devices */
};

/* Writes at most `size` bytes: how many, or 0 if they do not fit. */
size_t tree_write(const struct tree *tree, void *to, size_t size);

#endif
