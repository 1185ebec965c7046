/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libFuzzer calls, and what replay.c has to know of a target.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The words of its corpus: NULL behind the last one. */
const char *target_action_name(unsigned int action);

/* What holds, for the verdicts; how many inputs by chance; something to be told, or 0. */
extern const char target_promise[];
extern const unsigned int target_chances;
unsigned int target_most_calls(void);

/* The end of the process: a promise is broken. */
void fuzz_broken(const char *what, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
