// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen of a stateful operation while it goes on: an RMM that asks
 * to be called again and again, and somebody who looks meanwhile.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "../kmod/rmi_raw.h"
#include "../rmm/fault.h"
#include "host.h"

#define OPERATIONS	"/sys/kernel/debug/cca/operations"

static int raw;

static uint64_t test_call(uint64_t x[18])
{
	T_EQ(ioctl(raw, RMI_RAW_SMC, x), 0);
	return x[0];
}

/* The lines behind the heading. */
static unsigned int look(char *text, size_t size)
{
	int fd = open(OPERATIONS, O_RDONLY);
	unsigned int lines = 0;
	ssize_t n;
	char *c;

	T_ASSERT(fd >= 0);
	n = read(fd, text, size - 1);
	T_ASSERT(n > 0);
	close(fd);
	text[n] = '\0';
	T_ASSERT(!strncmp(text, "command", 7));
	for (c = text; *c; c++)
		lines += *c == '\n';
	return lines - 1;
}

/* The RMM wants to be called many times more. */
static void plan(void)
{
	uint64_t again[18] = {
		SMC_RMM_TEST_FAULT_ADD, SMC_RMI_NUMBER(SMC_RMI_REC_CREATE), 1, 1,
		FAULT_CONTINUE, 40000, 0,
	};

	T_EQ(test_call(again), 0);
}

TEST_SECONDS(an_operation_in_flight_is_listed_until_it_ends, 120)
{
	uint64_t profile[18] = { SMC_RMM_TEST_PROFILE };
	unsigned int seen = 0, i;
	char text[8192], pid[16], *line;
	int dev, status;
	pid_t child;

	if (t_insmod("/lib/modules/rmi_raw.ko", ""))
		errno = 0;
	raw = open("/dev/rmi_raw", O_RDWR | O_CLOEXEC);
	T_ASSERT(raw >= 0);
	if (test_call(profile))
		t_skip("this RMM has no fault plan");
	dev = t_open();
	T_EQ(look(text, sizeof(text)), 0);
	plan();
	child = fork();
	if (!child) {
		h_rec(h_realm(dev), H_RAM, CCA_REC_F_RUNNABLE);
		_exit(0);
	}
	snprintf(pid, sizeof(pid), " %d ", child);
	for (i = 0; i < 10000 && !waitpid(child, &status, WNOHANG); i++) {
		look(text, sizeof(text));
		line = strstr(text, "RMI_REC_CREATE");
		if (line && strstr(line, pid) && strstr(line, " continue "))
			seen++;
		t_sleep_us(1000);
	}
	T_EQ(status, 0);
	t_note("seen %u times", seen);
	T_ASSERT(seen);
	T_EQ(look(text, sizeof(text)), 0);
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
