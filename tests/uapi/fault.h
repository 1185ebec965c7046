/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Make the n-th allocation, or copy from or to user space, fail that the
 * module asks for: /proc/self/fail-nth of a kernel with fault injection.
 *
 * Only what is done on behalf of a module counts, by its place in the stack.
 */
#ifndef TESTS_UAPI_FAULT_H
#define TESTS_UAPI_FAULT_H

#include "tap.h"

/* Prepare the kernel. Fails the test if it cannot inject faults. */
void f_setup(void);

/* From now on the n-th one fails; 0: none. */
void f_plan(unsigned int n);

/* Count only between the two; what lies between does not nest. */
void f_begin(void);
void f_end(void);

/* Whether the planned failure has happened. */
bool f_fired(void);

/*
 * Run the sequence with the first, the second ... failing, until it comes to
 * its end with none: returns how many there were. The sequence says whether it
 * came to its end; it leaves no descriptor and no mapping behind, and the
 * ledger is idle after each.
 */
unsigned int f_sweep(bool (*sequence)(void));

/*
 * One ioctl with a fault, if it is time. The fault may make it fail, with an
 * errno that says so, and a second call then succeeds unless the first had
 * come to its end already (EFAULT): f_ioctl() returns 0 or that errno.
 */
int f_ioctl_at(const char *what, int fd, unsigned long command, void *argument,
	       const struct cca_outcome *out);

#define f_ioctl(fd, command, arg)					\
	((arg)->size = sizeof(*(arg)),					\
	 f_ioctl_at(#command, fd, command, arg, &(arg)->out))

/* What kmemleak knows of; takes a while. Notes the first of them. */
unsigned int f_leaks(void);

#endif
