/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `cca run --kernel`: Linux in a realm, with a console.
 */
#ifndef VMM_LINUX_H
#define VMM_LINUX_H

#include "../command.h"

int linux_run(const struct settings *s, struct problem *p);

#endif
