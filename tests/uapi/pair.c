// SPDX-License-Identifier: GPL-2.0-only
/* Two realms at once, on two CPUs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define RAM	(16UL << 20)

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void *hello_thread(void *arg)
{
	int i, cpu = (int)(intptr_t)arg;
	struct h_guest *guest;
	static struct h_guest guests[2];

	guest = &guests[cpu];
	pin(cpu);
	for (i = 0; i < 3; i++) {
		h_start(guest, "hello", RAM);
		h_run_to_end(guest, 0);
		T_ASSERT(strstr(guest->console, "memory: ok\n"));
		h_close(guest);
	}
	return NULL;
}

TEST_SECONDS(two_realms_run_at_once_in_one_process, 60)
{
	pthread_t threads[2];
	intptr_t i;

	for (i = 0; i < 2; i++)
		T_EQ(pthread_create(&threads[i], NULL, hello_thread, (void *)i), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

TEST_SECONDS(two_realms_run_at_once_in_two_processes, 60)
{
	int i, status;

	for (i = 0; i < 2; i++) {
		if (!fork()) {
			hello_thread((void *)(intptr_t)i);
			_exit(0);
		}
	}
	for (i = 0; i < 2; i++) {
		T_ASSERT(wait(&status) > 0);
		T_EQ(status, 0);
	}
}

static struct h_guest spinners[2];

static void *spin_thread(void *arg)
{
	struct h_guest *guest = arg;

	pin(guest - spinners);
	T_EQ(h_run(guest), 0);
	T_EQ(guest->run->exit_reason, CCA_EXIT_TERMINATED);
	return NULL;
}

static bool both_spin(void)
{
	return strstr(spinners[0].console, "spinning") && strstr(spinners[1].console, "spinning");
}

/* Both CPUs are inside of a realm at the same time, and the host still lives. */
TEST_SECONDS(two_spinning_realms_do_not_stop_the_host, 60)
{
	struct cca_realm_op op = { 0 };
	uint64_t start, naps;
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++) {
		h_start(&spinners[i], "spin", RAM);
		T_EQ(pthread_create(&threads[i], NULL, spin_thread, &spinners[i]), 0);
	}
	while (!both_spin())
		t_sleep_us(5000);
	start = t_now_us();
	for (naps = 0; t_now_us() - start < 2000000; naps++)
		t_sleep_us(10000);
	t_note("%llu naps of 10 ms in 2 s", (unsigned long long)naps);
	T_ASSERT(naps > 10);
	for (i = 0; i < 2; i++) {
		struct cca_rec_info info = { 0 };

		t_ok_plain(spinners[i].rec, CCA_REC_INFO, &info);
		T_EQ(info.out_state, 2);
		/* They left for the host's interrupts, and only for them. */
		T_ASSERT(info.out_exits[1] > 0);
	}
	for (i = 0; i < 2; i++) {
		t_ok(spinners[i].realm, CCA_TERMINATE, &op);
		pthread_join(threads[i], NULL);
	}
}

/* The time that a realm runs is somebody's: its thread's, as guest time. */
TEST(time_in_a_realm_is_accounted_to_its_thread)
{
	struct cca_realm_op op = { 0 };
	struct timespec used = { 0 };
	pthread_t thread;
	clockid_t clock;

	h_start(&spinners[0], "spin", RAM);
	T_EQ(pthread_create(&thread, NULL, spin_thread, &spinners[0]), 0);
	while (!strstr(spinners[0].console, "spinning"))
		t_sleep_us(5000);
	t_sleep_us(1000000);
	T_EQ(pthread_getcpuclockid(thread, &clock), 0);
	T_EQ(clock_gettime(clock, &used), 0);
	t_note("%lld.%03ld s", (long long)used.tv_sec, used.tv_nsec / 1000000);
	T_ASSERT(used.tv_sec || used.tv_nsec > 300000000);
	t_ok(spinners[0].realm, CCA_TERMINATE, &op);
	pthread_join(thread, NULL);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
