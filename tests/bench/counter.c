// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that the host's kernel executed on behalf of this thread. Where
 * QEMU runs with -icount they are exact.
 */
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../uapi/tap.h"
#include "counter.h"

static int counter;

void counter_open(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_user = 1,
		.pinned = 1,
	};

	counter = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (counter < 0)
		t_skip("no instruction counter: QEMU runs without -icount");
}

uint64_t counter_read(void)
{
	uint64_t value = 0;

	T_EQ(read(counter, &value, sizeof(value)), (ssize_t)sizeof(value));
	return value;
}
