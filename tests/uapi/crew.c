// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms of many CPUs, each REC in a thread of its own: turned on, off, and on
 * again by the realm, stopped all at once by it, by its VMM, and by the host.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

#define RAM		(2 * T_BLOCK)
#define RECS_MAX	40
#define PATIENCE_MS	15000U	/* in which something must have happened */

static struct {
	struct h_guest guest[RECS_MAX];	/* the first one has the realm */
	pthread_t thread[RECS_MAX];
	unsigned int count, early[RECS_MAX], offs[RECS_MAX], ons, ends;
	uint32_t end[RECS_MAX];		/* its last exit, or ~0 for ESTALE */
} crew;

/* Sixteen in each cluster; Aff0 has four bits (C.5). */
static uint64_t mpidr_of(unsigned int index)
{
	return (index & 0xf) | (index >> 4) << 8;
}

static void build(unsigned int count, uint64_t work, uint64_t rounds, uint64_t reset)
{
	const uint64_t gprs[8] = { count, work, rounds, reset };
	unsigned int i;

	memset(&crew, 0, sizeof(crew));
	crew.count = count;
	h_load(&crew.guest[0], "crew", RAM, -1, gprs);
	for (i = 1; i < count; i++) {
		struct cca_rec_create create = { .pc = H_RAM };

		t_ok(crew.guest[0].realm, CCA_REC_CREATE, &create);
		T_EQ(create.out_index, i);
		T_EQ(create.out_mpidr, mpidr_of(i));
		crew.guest[i].rec = create.out_fd;
		crew.guest[i].run = h_run_page(create.out_fd);
	}
	h_activate(crew.guest[0].realm);
}

static bool is_end(uint32_t reason)
{
	return reason == CCA_EXIT_SYSTEM_OFF || reason == CCA_EXIT_SYSTEM_RESET ||
	       reason == CCA_EXIT_TERMINATED;
}

static void *run_one(void *arg)
{
	unsigned int i = (uintptr_t)arg;
	int result;

	for (;;) {
		result = h_run(&crew.guest[i]);
		crew.end[i] = crew.guest[i].run->exit_reason;
		if (result == -EAGAIN) {
			crew.early[i]++;
			t_sleep_us(300);
			continue;
		}
		if (result == -ESTALE)
			crew.end[i] = ~0U;
		if (result || is_end(crew.end[i])) {
			__atomic_add_fetch(&crew.ends, 1, __ATOMIC_RELAXED);
			return NULL;
		}
		if (crew.end[i] == CCA_EXIT_CPU_OFF) {
			crew.offs[i]++;
		} else {
			T_EQ(crew.end[i], CCA_EXIT_CPU_ON);
			T_EQ(i, 0);
			T_EQ(crew.guest[0].run->gprs[1],
			     mpidr_of(1 + crew.ons % (crew.count - 1)));
			crew.ons++;
		}
	}
}

static void start(void)
{
	unsigned int i;

	for (i = 0; i < crew.count; i++)
		T_EQ(pthread_create(&crew.thread[i], NULL, run_one, (void *)(uintptr_t)i), 0);
}

/* CPUs that went on, went off, and ended: as long as that grows all is well. */
static unsigned int events(void)
{
	unsigned int i, sum = __atomic_load_n(&crew.ends, __ATOMIC_RELAXED) +
			      __atomic_load_n(&crew.ons, __ATOMIC_RELAXED);

	for (i = 0; i < crew.count; i++)
		sum += __atomic_load_n(&crew.offs[i], __ATOMIC_RELAXED);
	return sum;
}

static bool all_ended(void)
{
	return __atomic_load_n(&crew.ends, __ATOMIC_RELAXED) == crew.count;
}

/* A guest that waits for ever, or a VMM that tries for ever, is told apart from slow ones. */
static void await(bool (*there)(void))
{
	unsigned int quiet = 0, before = events(), now;

	while (!there()) {
		t_sleep_us(2000);
		now = events();
		quiet = now == before ? quiet + 2 : 0;
		before = now;
		if (quiet > PATIENCE_MS * t_slow() || (all_ended() && !there()))
			t_fail(__FILE__, __LINE__,
			       "nothing happens: %u of %u ended, %u calls to turn one on, \"%s\"",
			       crew.ends, crew.count, crew.ons, crew.guest[0].console);
	}
}

static void join(void)
{
	unsigned int i;

	await(all_ended);
	for (i = 0; i < crew.count; i++)
		pthread_join(crew.thread[i], NULL);
}

static void leave(void)
{
	unsigned int i;

	for (i = 1; i < crew.count; i++) {
		munmap(crew.guest[i].run, sizeof(*crew.guest[i].run));
		close(crew.guest[i].rec);
	}
	h_close(&crew.guest[0]);
}

/* A REC that was off when the realm ended may hear ESTALE instead. */
static void to_the_end(unsigned int count, uint64_t rounds, bool reset)
{
	unsigned int i, early = 0;

	build(count, 2000, rounds, reset);
	start();
	join();
	T_EQ(crew.end[0], reset ? CCA_EXIT_SYSTEM_RESET : CCA_EXIT_SYSTEM_OFF);
	if (!strstr(crew.guest[0].console, "crew: ok\n"))
		t_fail(__FILE__, __LINE__, "the guest said: %s", crew.guest[0].console);
	/* And once for one that was on. */
	T_EQ(crew.ons, (rounds + 1) * (count - 1) + 1);
	for (i = 1; i < count; i++) {
		early += crew.early[i];
		/* One that a CPU_ON overtook is on again before it was said. */
		T_ASSERT(crew.offs[i] <= rounds);
		T_ASSERT(crew.end[i] == CCA_EXIT_SYSTEM_OFF || crew.end[i] == ~0U);
	}
	T_ASSERT(early);
	T_EQ(h_realm_info(crew.guest[0].realm).out_state, CCA_REALM_SYSTEM_OFF);
	T_EQ(h_realm_info(crew.guest[0].realm).out_recs, count);
	leave();
}

TEST_SECONDS(R30_eight_RECs_are_turned_on_and_off_and_end_together, 120)
{
	to_the_end(8, 3, false);
}

TEST_SECONDS(R30_a_reset_ends_eight_RECs, 120)
{
	to_the_end(8, 1, true);
}

TEST_SECONDS(R30_RECs_beyond_sixteen_have_a_cluster_number, 180)
{
	to_the_end(20, 1, false);
}

static bool all_on(void)
{
	return strstr(crew.guest[0].console, "crew: ok\n") ||
	       __atomic_load_n(&crew.ons, __ATOMIC_RELAXED) >= 7;
}

static void until_all_spin(void)
{
	await(all_on);
	t_sleep_us(20000);
}

TEST_SECONDS(R32_eight_RECs_are_terminated_at_once, 120)
{
	struct cca_realm_op op = { 0 };
	unsigned int i;

	/* The first one is at its work for ever, or so. */
	build(8, ~0UL, 1, 0);
	start();
	until_all_spin();
	t_err(EBUSY, CCA_REASON_RUNNING, crew.guest[0].realm, CCA_DESTROY, &op);
	t_ok(crew.guest[0].realm, CCA_TERMINATE, &op);
	join();
	for (i = 0; i < 8; i++)
		T_ASSERT(crew.end[i] == CCA_EXIT_TERMINATED || crew.end[i] == ~0U);
	t_ok(crew.guest[0].realm, CCA_DESTROY, &op);
	leave();
}

static void set_online(int cpu, bool online)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	file = fopen(path, "w");
	T_ASSERT(file);
	T_ASSERT(fprintf(file, "%d", online) > 0);
	T_EQ(fclose(file), 0);
}

TEST_SECONDS(R31_CPUs_of_the_host_go_and_come_while_RECs_run, 120)
{
	int cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct cca_realm_op op = { 0 };

	build(8, ~0UL, 1, 0);
	start();
	until_all_spin();
	for (cpu = 0; cpu < cpus && cpu < 3; cpu++) {
		set_online(cpu, false);
		t_sleep_us(50000);
		set_online(cpu, true);
		t_sleep_us(50000);
	}
	T_EQ(h_realm_info(crew.guest[0].realm).out_state, CCA_REALM_ACTIVE);
	t_ok(crew.guest[0].realm, CCA_TERMINATE, &op);
	join();
	leave();
}

/* Only in the order of creation, and each of them once. */
TEST(R28_RECs_are_numbered_in_the_order_of_creation)
{
	int dev = t_open(), realm = h_realm(dev), recs[35];
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(recs); i++) {
		struct cca_rec_create create = { .flags = i & 1, .pc = H_RAM };
		struct cca_rec_info info = { 0 };

		t_ok(realm, CCA_REC_CREATE, &create);
		recs[i] = create.out_fd;
		T_EQ(create.out_index, i);
		T_EQ(create.out_mpidr, mpidr_of(i));
		t_ok_plain(recs[i], CCA_REC_INFO, &info);
		T_EQ(info.out_mpidr, mpidr_of(i));
		T_EQ(info.out_state, i & 1);
		/* Its number is not free again. */
		if (i % 3 == 0)
			close(recs[i]);
	}
	T_EQ(h_realm_info(realm).out_recs, T_ARRAY_SIZE(recs));
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
