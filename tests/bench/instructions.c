// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host-kernel instructions per ioctl.
 *
 * Under -icount the emulated PMU counts retired instructions, of EL2 and EL0
 * in the Non-secure state alone: neither EL3 nor the RMM. Each row is the
 * fewest of many, less what reading the counter takes; a tick in the window
 * costs more, never less. No command makes exactly one call that does nothing,
 * so the row of one RMI call is CCA_ACTIVATE of an empty realm: one call with
 * one argument.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../uapi/host.h"
#include "counter.h"

#define ROUNDS	12

static uint64_t overhead;

struct row {
	const char *name;
	void (*prepare)(void);		/* before each round, not counted */
	void (*work)(void);		/* counted */
	void (*finish)(void);
	uint64_t calls;			/* RMI calls of the work, filled in */
};

static int dev, realm, memory;
static struct h_guest guest;
static uint64_t calls;

static void nothing(void)
{
}

static void info(void)
{
	h_info(dev);
	calls = 0;
}

static void make_realm(void)
{
	realm = h_realm(dev);
}

static void close_realm(void)
{
	close(realm);
}

static void info_of_realm(void)
{
	h_realm_info(realm);
	calls = 0;
}

static void activate(void)
{
	struct cca_realm_op op = { 0 };

	t_ok(realm, CCA_ACTIVATE, &op);
	calls = op.out.rmi_calls;
}

static void make_echo(void)
{
	static const uint64_t gprs[8] = { 70, 71, 72, 73, 74, 75, 76, 77 };
	int i;

	h_load(&guest, "echo", T_BLOCK, -1, gprs);
	h_activate(guest.realm);
	T_EQ(h_run(&guest), 0);
	for (i = 0; i < 31; i++)
		guest.run->gprs[i] = 2000 + i;
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->imm, 101);
}

static void close_echo(void)
{
	h_close(&guest);
}

/* From host call to host call: one entry. */
static void run(void)
{
	struct cca_rec_op op = { 0 };

	t_ok(guest.rec, CCA_RUN, &op);
	T_EQ(guest.run->exit_reason, CCA_EXIT_HOST_CALL);
	calls = op.out.rmi_calls;
}

static void run_not_at_all(void)
{
	struct cca_rec_op op = { 0 };

	guest.run->immediate_exit = 1;
	t_err(EINTR, T_ANY, guest.rec, CCA_RUN, &op);
	guest.run->immediate_exit = 0;
	calls = op.out.rmi_calls;
}

static void delegate(uint64_t length, uint64_t block)
{
	memory = h_memory(dev, length, block);
	calls = h_memory_info(memory).out_rmi_calls;
}

static void delegate_page(void)
{
	delegate(T_PAGE, T_PAGE);
}

static void delegate_block(void)
{
	delegate(T_BLOCK, T_BLOCK);
}

static void undelegate(void)
{
	close(memory);
	calls = 0;
}

static struct row rows[] = {
	{ "no RMI call: CCA_INFO", nothing, info, nothing },
	{ "no RMI call: CCA_REALM_INFO", make_realm, info_of_realm, close_realm },
	{ "no RMI call: CCA_RUN, immediate_exit", make_echo, run_not_at_all, close_echo },
	{ "one RMI call: CCA_ACTIVATE", make_realm, activate, close_realm },
	{ "CCA_RUN, host call to host call", make_echo, run, close_echo },
	{ "CCA_DELEGATE of 4 KiB, and its INFO", nothing, delegate_page, undelegate },
	{ "CCA_DELEGATE of 2 MiB, and its INFO", nothing, delegate_block, undelegate },
	{ "close of 4 KiB", delegate_page, undelegate, nothing },
	{ "close of 2 MiB", delegate_block, undelegate, nothing },
};

/* A pool that is filled and drained on the way makes rounds differ. */
static uint64_t fewest(struct row *row)
{
	uint64_t best = UINT64_MAX, begin, end;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		row->prepare();
		begin = counter_read();
		row->work();
		end = counter_read();
		if (end - begin < best) {
			best = end - begin;
			row->calls = calls;
		}
		row->finish();
	}
	return best;
}

TEST_SECONDS(instructions_of_the_host_kernel, 120)
{
	struct row empty = { "", nothing, nothing, nothing };
	unsigned int i;

	dev = t_open();
	counter_open();
	overhead = fewest(&empty);
	t_note("%-40s %12s %10s", "host-kernel instructions", "instructions", "RMI calls");
	for (i = 0; i < T_ARRAY_SIZE(rows); i++)
		t_note("%-40s %12llu %10llu", rows[i].name,
		       (unsigned long long)(fewest(&rows[i]) - overhead),
		       (unsigned long long)rows[i].calls);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
