/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long commands take, counted when somebody wants to know.
 */
#ifndef CCA_LATENCY_H
#define CCA_LATENCY_H

#include <linux/jump_label.h>

#include "cca.h"

struct file_operations;

DECLARE_STATIC_KEY_FALSE(cca_latency_on);

/* A command, by function number (0x150...), and the ticks that it took. */
void cca_latency_add(unsigned int n, u64 ticks);

static __always_inline void cca_latency(unsigned int n, u64 ticks)
{
	if (static_branch_unlikely(&cca_latency_on))
		cca_latency_add(n, ticks);
}

extern const struct file_operations cca_latency_fops;
void cca_latency_exit(void);

#endif
