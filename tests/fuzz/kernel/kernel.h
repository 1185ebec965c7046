/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the kernel: all of them. Every kernel header that a file of the
 * module includes is this one here; build.mk makes the names, and says which
 * kernel this is.
 */
#ifndef FUZZ_KERNEL_H
#define FUZZ_KERNEL_H

#include "base.h"
#include "list.h"
#include "mm.h"
#include "task.h"

struct seq_file;
void seq_printf(struct seq_file *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define CCA_HAVE_VM_FLAGS_SET	1
#define vm_flags_set(vma, f)	((void)((vma)->vm_flags |= (f)))

#endif
