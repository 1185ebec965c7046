// SPDX-License-Identifier: GPL-2.0-only
/*
 * One input, one life of the module. libFuzzer calls this, and so does replay.c
 * with the corpus. Built once for each RMM (-DBACKEND).
 */
#include "target.h"
#include "world.h"
#include "corpus.h"

/* LeakSanitizer does not know fibers, and memory.c counts for itself. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

const char target_promise[] = "R9 R10 R12 R13 R14 R16 R17 R18 R19 R21 hold";
/* The model takes its time. */
const unsigned int target_chances = CHANCES;

const char *target_action_name(unsigned int action)
{
	return driver_action_name(action);
}

unsigned int target_most_calls(void)
{
	return driver_most_calls();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > INPUT_MAX)
		return -1;
	input = (struct input){ .front = data, .back = data + size };
	driver_program(&BACKEND);
	return 0;
}
