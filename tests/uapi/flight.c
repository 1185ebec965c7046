// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen of a stateful operation while it goes on: an RMM that asks
 * to be called again and again, and somebody who looks meanwhile.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
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

/* The RMM wants to be called many times more: for seconds. */
static void plan(uint32_t fid)
{
	uint64_t again[18] = {
		SMC_RMM_TEST_FAULT_ADD, SMC_RMI_NUMBER(fid), 1, 1,
		FAULT_CONTINUE, 40000, 0,
	};

	T_EQ(test_call(again), 0);
}

static void begin(void)
{
	uint64_t profile[18] = { SMC_RMM_TEST_PROFILE };

	if (t_insmod("/lib/modules/rmi_raw.ko", ""))
		errno = 0;
	raw = open("/dev/rmi_raw", O_RDWR | O_CLOEXEC);
	T_ASSERT(raw >= 0);
	if (test_call(profile))
		t_skip("this RMM has no fault plan");
}

TEST_SECONDS(an_operation_in_flight_is_listed_until_it_ends, 120)
{
	unsigned int seen = 0, i;
	char text[8192], pid[16], *line;
	int dev, status;
	pid_t child;

	begin();
	dev = t_open();
	T_EQ(look(text, sizeof(text)), 0);
	plan(SMC_RMI_REC_CREATE);
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

/* -------------------------------------------------------- the caller is killed */

/* A line of /sys/kernel/debug/cca/sro. */
static uint64_t counter(const char *name)
{
	FILE *f = fopen("/sys/kernel/debug/cca/sro", "r");
	unsigned long long value;
	char word[32];

	T_ASSERT(f);
	while (fscanf(f, "%31s %llu", word, &value) == 2) {
		if (!strcmp(word, name)) {
			fclose(f);
			return value;
		}
	}
	t_fail(__FILE__, __LINE__, "no counter %s", name);
}

/* Is such an operation under way? */
static bool flies(const char *command)
{
	char text[8192];

	look(text, sizeof(text));
	return strstr(text, command);
}

/*
 * Kill a child in the middle of an operation: it dies at once, and the operation
 * goes on.
 */
static void kill_during(const char *command, void (*victim)(int), int fd)
{
	uint64_t start, took;
	unsigned int i;
	int status;
	pid_t child;

	child = fork();
	if (!child) {
		victim(fd);
		_exit(0);
	}
	for (i = 0; i < 10000 && !flies(command); i++)
		t_sleep_us(1000);
	T_ASSERT(flies(command));
	start = t_now_us();
	kill(child, SIGKILL);
	T_EQ(waitpid(child, &status, 0), child);
	took = t_now_us() - start;
	T_ASSERT(WIFSIGNALED(status));
	if (!flies(command))
		t_fail(__FILE__, __LINE__, "%s is over after %llu us, and the process only then",
		       command, (unsigned long long)took);
	t_note("%s: dead in %llu us", command, (unsigned long long)took);
}

static void makes_a_realm(int dev)
{
	h_realm(dev);
}

static void makes_a_rec(int realm)
{
	h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE);
}

static void terminates(int realm)
{
	struct cca_realm_op op = { 0 };

	t_ok(realm, CCA_TERMINATE, &op);
}

static void destroys(int realm)
{
	struct cca_realm_op op = { 0 };

	t_ok(realm, CCA_DESTROY, &op);
}

static void wait_idle(int dev)
{
	struct cca_info info;

	if (!t_idle(dev, &info)) {
		t_ledger_note(&info);
		t_fail(__FILE__, __LINE__, "the ledger is not idle");
	}
}

/* The others who have the realm wait for its end, and find what came of it. */
TEST_SECONDS(R19_a_REC_that_a_killed_process_began_is_made_all_the_same, 120)
{
	uint64_t inherited;
	int dev, realm;

	begin();
	dev = t_open();
	realm = h_realm(dev);
	inherited = counter("inherited");
	plan(SMC_RMI_REC_CREATE);
	kill_during("RMI_REC_CREATE", makes_a_rec, realm);
	T_EQ(h_realm_info(realm).out_recs, 0);
	close(h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE));
	T_EQ(h_realm_info(realm).out_recs, 2);
	T_EQ(counter("inherited") - inherited, 1);
	T_EQ(h_realm_info(realm).out_leaked, 0);
	close(realm);
	wait_idle(dev);
	close(dev);
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

TEST_SECONDS(R19_a_realm_that_a_killed_process_began_is_made_and_torn_down, 120)
{
	struct cca_info info;
	uint64_t inherited;
	int dev;

	begin();
	dev = t_open();
	inherited = counter("inherited");
	plan(SMC_RMI_REALM_CREATE);
	kill_during("RMI_REALM_CREATE", makes_a_realm, dev);
	info = h_info(dev);
	T_EQ(info.out_realms, 1);
	while (h_info(dev).out_realms)
		t_sleep_us(10000);
	T_EQ(counter("inherited") - inherited, 1);
	wait_idle(dev);
	close(dev);
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

TEST_SECONDS(R19_ending_a_realm_goes_on_behind_a_killed_process, 180)
{
	struct cca_realm_info info;
	int dev, realm;

	begin();
	dev = t_open();
	realm = h_realm(dev);
	h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE);
	plan(SMC_RMI_REALM_TERMINATE);
	kill_during("RMI_REALM_TERMINATE", terminates, realm);
	plan(SMC_RMI_REC_DESTROY);
	/* Waits for the one before. */
	kill_during("RMI_REC_DESTROY", destroys, realm);
	do {
		t_sleep_us(10000);
		info = h_realm_info(realm);
	} while (info.out_state != CCA_REALM_DESTROYED);
	T_EQ(info.out_granules, 0);
	T_EQ(info.out_leaked, 0);
	T_EQ(h_info(dev).out_realms, 0);
	close(realm);
	wait_idle(dev);
	close(dev);
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

/* What a process had is given back behind it, by whatever it is killed. */
TEST_SECONDS(R19_a_killed_process_does_not_wait_for_its_memory, 120)
{
	uint64_t start;
	int dev, status, up[2];
	pid_t child;
	char c;

	begin();
	dev = t_open();
	T_EQ(pipe(up), 0);
	child = fork();
	if (!child) {
		h_rec(h_realm(dev), H_RAM, CCA_REC_F_RUNNABLE);
		plan(SMC_RMI_REC_DESTROY);
		T_EQ(write(up[1], "", 1), 1);
		pause();
	}
	T_EQ(read(up[0], &c, 1), 1);
	start = t_now_us();
	kill(child, SIGKILL);
	T_EQ(waitpid(child, &status, 0), child);
	t_note("dead in %llu us", (unsigned long long)(t_now_us() - start));
	T_EQ(h_info(dev).out_realms, 1);
	while (h_info(dev).out_realms)
		t_sleep_us(10000);
	wait_idle(dev);
	close(dev);
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
