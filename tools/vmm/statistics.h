/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the run of a guest took: exits by reason, accesses by device, calls.
 */
#ifndef VMM_STATISTICS_H
#define VMM_STATISTICS_H

#include "guest.h"

/*
 * Write them to `path` as JSON, after the guest's end. Returns `status`; or, if
 * that was good and writing was not, a problem.
 */
int statistics_write(const char *path, struct guest *guest, int status, struct problem *p);

#endif
