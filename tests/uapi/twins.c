// SPDX-License-Identifier: GPL-2.0-only
/* One realm, two RECs that run at once on two CPUs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define RAM	(2 * T_BLOCK)
#define SPIN	1

struct twins {
	struct h_guest guest;		/* with the first REC */
	struct h_guest second;
	pthread_t thread;
	unsigned int offs;
};

static void build(struct twins *twins, uint64_t mode)
{
	struct cca_rec_create create = { 0 };
	uint64_t gprs[8] = { mode };

	memset(twins, 0, sizeof(*twins));
	h_load(&twins->guest, "twins", RAM, -1, gprs);
	create.pc = H_RAM;
	t_ok(twins->guest.realm, CCA_REC_CREATE, &create);
	twins->second.rec = create.out_fd;
	twins->second.run = h_run_page(create.out_fd);
	h_activate(twins->guest.realm);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* Off until the first REC turns it on: EAGAIN. Ends with the realm. */
static void *run_second(void *arg)
{
	struct twins *twins = arg;
	int result;

	pin(1);
	for (;;) {
		result = h_run(&twins->second);
		if (result == -EAGAIN) {
			t_sleep_us(500);
			continue;
		}
		if (result == -ESTALE)
			return NULL;
		T_EQ(result, 0);
		if (twins->second.run->exit_reason != CCA_EXIT_CPU_OFF)
			return NULL;
		twins->offs++;
	}
}

/* The first REC, until it wants more than to turn the second one on. */
static int run_first(struct twins *twins, unsigned int *ons)
{
	int result;

	while (!(result = h_run(&twins->guest)) &&
	       twins->guest.run->exit_reason == CCA_EXIT_CPU_ON) {
		T_EQ(twins->guest.run->gprs[1], 1);
		++*ons;
	}
	return result;
}

static void start(struct twins *twins, uint64_t mode)
{
	build(twins, mode);
	T_EQ(pthread_create(&twins->thread, NULL, run_second, twins), 0);
	pin(0);
}

static void leave(struct twins *twins)
{
	munmap(twins->second.run, sizeof(*twins->second.run));
	close(twins->second.rec);
	h_close(&twins->guest);
}

TEST_SECONDS(R30_a_second_REC_is_turned_on_off_and_on_again, 60)
{
	unsigned int ons = 0;
	struct twins twins;

	start(&twins, 0);
	T_EQ(run_first(&twins, &ons), 0);
	T_EQ(twins.guest.run->exit_reason, CCA_EXIT_SYSTEM_OFF);
	T_EQ(twins.guest.status, 0);
	T_ASSERT(strstr(twins.guest.console, "twins: ok\n"));
	T_EQ(ons, 2);
	pthread_join(twins.thread, NULL);
	T_ASSERT(twins.offs >= 1);
	leave(&twins);
}

static void *run_both(void *arg)
{
	unsigned int ons = 0;

	run_first(arg, &ons);
	return NULL;
}

/* Both are in the realm when it is taken from under them. */
TEST_SECONDS(R32_terminated_and_destroyed_while_two_RECs_run, 60)
{
	struct cca_realm_op op = { 0 };
	struct twins twins;
	pthread_t first;

	start(&twins, SPIN);
	T_EQ(pthread_create(&first, NULL, run_both, &twins), 0);
	while (!strstr(twins.guest.console, "spinning"))
		t_sleep_us(2000);
	t_sleep_us(50000);
	t_err(EBUSY, CCA_REASON_RUNNING, twins.guest.realm, CCA_DESTROY, &op);
	t_ok(twins.guest.realm, CCA_TERMINATE, &op);
	pthread_join(first, NULL);
	pthread_join(twins.thread, NULL);
	t_ok(twins.guest.realm, CCA_DESTROY, &op);
	leave(&twins);
}

static void say_so(void)
{
	kill(getppid(), SIGUSR1);
}

/* At a moment that both reach, and at some before. */
TEST_SECONDS(R32_killed_while_two_RECs_run, 120)
{
	struct cca_info info;
	unsigned int i, ons = 0;
	int watch = t_open(), status, got;
	sigset_t set;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < 12; i++) {
		child = fork();
		if (!child) {
			static struct twins twins;

			build(&twins, i % 2 ? SPIN : 0);
			twins.guest.on_print = say_so;
			T_EQ(pthread_create(&twins.thread, NULL, run_second, &twins), 0);
			run_first(&twins, &ons);
			pause();
			_exit(0);
		}
		if (i % 2)
			sigwait(&set, &got);
		else
			t_sleep_us(10000 * i);
		kill(child, SIGKILL);
		T_EQ(waitpid(child, &status, 0), child);
		T_EQ(status, SIGKILL);
		T_ASSERT(t_idle(watch, &info));
	}
	close(watch);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
