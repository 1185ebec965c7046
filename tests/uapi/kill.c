// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill -9 at any moment of anything. The moments are spread by time, over the
 * whole life of the victim; after each the ledger must be idle.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

static int watch;

static uint64_t lifetime(void (*victim)(void))
{
	uint64_t start = t_now_us();
	int status;

	if (!fork()) {
		victim();
		_exit(0);
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
	return t_now_us() - start;
}

/* A host that was busy with others once must not put all kills after the end. */
static uint64_t shortest_life(void (*victim)(void))
{
	uint64_t life = lifetime(victim), next;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		next = lifetime(victim);
		life = next < life ? next : life;
	}
	return life;
}

/* `times` kills, at moments spread evenly over a life and a little longer. */
static void kill_often(void (*victim)(void), unsigned int times, uint64_t life)
{
	struct cca_info info;
	unsigned int i, killed = 0;
	int status;
	pid_t child;

	watch = t_open();
	if (!life)
		life = shortest_life(victim);
	for (i = 0; i < times; i++) {
		child = fork();
		if (!child) {
			victim();
			_exit(0);
		}
		t_sleep_us(life * 11 / 10 * i / times);
		kill(child, SIGKILL);
		T_EQ(waitpid(child, &status, 0), child);
		killed += WIFSIGNALED(status);
		if (!t_idle(watch, &info)) {
			t_ledger_note(&info);
			t_fail(__FILE__, __LINE__, "after kill %u of %u", i, times);
		}
	}
	t_note("%u of %u died in %llu us", killed, times, (unsigned long long)life);
	T_ASSERT(killed >= 3);
}

static void delegates(void)
{
	close(h_memory(t_open(), 8 * T_BLOCK, T_BLOCK));
}

TEST_SECONDS(R32_killed_while_delegating, 120)
{
	kill_often(delegates, 25, 0);
}

static void populates(void)
{
	int realm = h_realm(t_open());

	h_mem_add(realm, H_RAM, 4 * T_BLOCK, -1);
	h_populate(realm, H_RAM, h_buffer(T_BLOCK / 2, 1), T_BLOCK / 2);
}

TEST_SECONDS(R32_killed_while_populating, 120)
{
	kill_often(populates, 40, 0);
}

static void creates_recs(void)
{
	int realm = h_realm(t_open()), i;

	for (i = 0; i < 8; i++)
		h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE);
}

TEST_SECONDS(R19_killed_while_creating_recs, 120)
{
	kill_often(creates_recs, 40, 0);
}

static void runs_hello(void)
{
	struct h_guest guest;

	h_start(&guest, "hello", 8 * T_BLOCK);
	h_run_to_end(&guest, 0);
}

TEST_SECONDS(R32_killed_while_a_guest_runs_from_start_to_end, 240)
{
	kill_often(runs_hello, 60, 0);
}

static void grows(void)
{
	struct h_guest guest;

	h_start(&guest, "grow", 16 * T_BLOCK);
	h_run_to_end(&guest, 0);
}

TEST_SECONDS(R32_killed_while_a_guest_grows, 240)
{
	kill_often(grows, 30, 0);
}

static void spins(void)
{
	struct h_guest guest;

	h_start(&guest, "spin", T_BLOCK);
	h_run(&guest);
}

TEST_SECONDS(R32_killed_while_a_guest_spins, 120)
{
	kill_often(spins, 20, 300000);
}

static void sleeps(void)
{
	struct h_guest guest;

	h_start(&guest, "wfi", T_BLOCK);
	h_run(&guest);
}

TEST_SECONDS(R32_killed_while_a_guest_sleeps, 120)
{
	kill_often(sleeps, 20, 300000);
}

static struct h_guest shared;

static void *spinner(void *arg)
{
	h_run(&shared);
	return NULL;
}

/* One thread runs, another one builds up and tears down beside it. */
static void threads(void)
{
	pthread_t thread;
	int i;

	h_start(&shared, "spin", T_BLOCK);
	if (pthread_create(&thread, NULL, spinner, NULL))
		_exit(1);
	for (i = 0; i < 20; i++)
		populates();
}

TEST_SECONDS(R32_a_process_with_many_threads_is_killed, 120)
{
	kill_often(threads, 20, 400000);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
