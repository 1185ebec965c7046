/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that the host's kernel executed on behalf of this thread.
 */
#ifndef COUNTER_H
#define COUNTER_H

#include <stdint.h>

/* Skips the test where there is no such counter. */
void counter_open(void);
uint64_t counter_read(void);

#endif
