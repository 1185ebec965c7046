/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a realm is made of that boots Linux: kernel, device tree and initrd, in
 * that order, in RAM from its beginning; each from an address of 2 MiB.
 */
#ifndef VMM_BOOT_H
#define VMM_BOOT_H

#include "../plan.h"

/* As plan_make(), from the settings kernel, initrd, append, memory, cpus. */
int boot_plan(struct plan *plan, const struct settings *s, struct problem *p);

#endif
