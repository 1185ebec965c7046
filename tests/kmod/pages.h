/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/cca_pages: what the benchmark compares the module with. For test
 * machines only.
 */
#ifndef CCA_PAGES_H
#define CCA_PAGES_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Allocate so many blocks of 4 MiB, as the module does, and nothing more. */
#define PAGES_ALLOC		_IO(0xcd, 0)
#define PAGES_FREE		_IO(0xcd, 1)
/*
 * One RMI call for each page but the first of a block, and nothing more:
 * returns how many calls were made. No errors are expected.
 */
#define PAGES_DELEGATE		_IO(0xcd, 2)
#define PAGES_UNDELEGATE	_IO(0xcd, 3)

#define PAGES_BLOCKS_MAX	256

#endif
