// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timers of a realm, as a VMM with a GIC of its own needs them: each level
 * is told, in time, whoever has the interrupts of the CPU. The same program is
 * run where KVM has them, where nobody has, and where KVM takes them late.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"

#define RAM		(2 * T_BLOCK)
#define SPIN		0
#define PHYSICAL	1
#define WFI		2
#define INTERRUPT	3
#define AGAIN		4
#define ROUNDS		16U
#define TRIES		6U

/* Pending, group 1, priority 0xa0, and the timer's number. */
#define LR_TIMER	(1UL << 62 | 1UL << 60 | 0xa0UL << 48 | 27)
#define LR_STATE	(3UL << 62)
#define LR_EOI		(1UL << 41)

static struct h_guest guest;

static uint64_t counter(void)
{
	uint64_t value;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static uint64_t ticks_per_ms(void)
{
	uint64_t frequency;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	return frequency / 1000;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void start(uint64_t how, uint64_t us, uint64_t rounds, uint32_t flags)
{
	const uint64_t gprs[8] = { how, us, rounds };

	h_load(&guest, "alarm", RAM, -1, gprs);
	h_activate(guest.realm);
	guest.run->flags = flags;
}

/* Past the news of levels. */
static void want_call(unsigned int imm)
{
	do
		T_EQ(h_run(&guest), 0);
	while (guest.run->exit_reason == CCA_EXIT_TIMER);
	T_EQ(guest.run->exit_reason, CCA_EXIT_HOST_CALL);
	T_EQ(guest.run->imm, imm);
}

/*
 * Time is counted in instructions here (see the .conf), so nothing else that the
 * machine below does makes a timer late.
 *
 * How many of ROUNDS timers are told within half a millisecond. The host's own
 * tick, every four milliseconds, would manage one of eight.
 */
static unsigned int in_time_of(uint64_t how)
{
	const uint32_t level = how == PHYSICAL ? CCA_RUN_TIMER_PHYSICAL : CCA_RUN_TIMER_VIRTUAL;
	const struct cca_run *run;
	unsigned int prompt = 0;
	uint64_t deadline, told = 0;
	int64_t late;

	start(how, 3000, ROUNDS, CCA_RUN_F_TIMER_EXIT);
	run = guest.run;
	for (;;) {
		T_EQ(h_run(&guest), 0);
		deadline = how == PHYSICAL ? run->cntp_cval : run->cntv_cval;
		late = counter() - deadline;
		T_EQ(run->timer_levels & ~level, 0);
		T_EQ(run->flags, CCA_RUN_F_TIMER_EXIT);
		if (run->exit_reason != CCA_EXIT_TIMER && run->imm == 101)
			break;
		if (run->exit_reason != CCA_EXIT_TIMER || !run->timer_levels)
			continue;
		/* Once for each. */
		T_ASSERT(late >= 0 && told != deadline);
		told = deadline;
		prompt += late < (int64_t)ticks_per_ms() / 2;
	}
	h_run_to_end(&guest, 0);
	h_close(&guest);
	t_note("%u of %u in time", prompt, ROUNDS);
	return prompt;
}

/*
 * A kernel that has just booted has things of its own to do on this CPU: it may
 * calm down first. Timers that only the tick notices are late each time.
 */
static void in_time(uint64_t how)
{
	unsigned int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (in_time_of(how) >= ROUNDS * 3 / 4)
			return;
		t_sleep_us(500000);
	}
	t_fail(__FILE__, __LINE__, "most timers came late, %u times", TRIES);
}

TEST_SECONDS(R31_the_virtual_timer_ends_a_run_in_time, 60)
{
	in_time(SPIN);
}

TEST_SECONDS(R31_the_physical_timer_ends_a_run_in_time, 60)
{
	in_time(PHYSICAL);
}

TEST_SECONDS(R31_a_timer_wakes_a_realm_that_waits_and_is_told, 60)
{
	in_time(WFI);
}

TEST(R31_without_the_flag_timers_are_the_realms_own_business)
{
	unsigned int i;

	start(WFI, 3000, 10, 0);
	for (i = 0; i < 10; i++)
		want_call(100);
	want_call(101);
	h_run_to_end(&guest, 0);
}

/* The news is in the page after every CCA_RUN: then it is no news any more. */
TEST(R31_a_level_that_was_seen_is_not_told_again)
{
	start(SPIN, 1000, 1, CCA_RUN_F_TIMER_EXIT);
	want_call(100);
	t_sleep_us(20000);
	guest.run->immediate_exit = 1;
	T_EQ(h_run(&guest), -EINTR);
	T_EQ(guest.run->timer_levels, CCA_RUN_TIMER_VIRTUAL);
	guest.run->immediate_exit = 0;
	/* The fall may be told before the call, or be seen with it. */
	want_call(101);
	T_EQ(guest.run->timer_levels, 0);
}

/* It fires while the VMM does something else: told without an entry. */
TEST(R31_a_timer_that_fires_outside_is_told_at_once)
{
	struct cca_rec_info info = { 0 };
	uint64_t entries;

	start(SPIN, 20000, 1, CCA_RUN_F_TIMER_EXIT);
	want_call(100);
	t_ok_plain(guest.rec, CCA_REC_INFO, &info);
	entries = info.out_entries;
	t_sleep_us(50000);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_TIMER);
	T_EQ(guest.run->timer_levels, CCA_RUN_TIMER_VIRTUAL);
	t_ok_plain(guest.rec, CCA_REC_INFO, &info);
	T_EQ(info.out_entries, entries);
	h_run(&guest);
}

/*
 * As a GIC does it: pending while the level is high. An end of interrupt is
 * news for as long as its register says so.
 */
static void inject(void)
{
	if (!(guest.run->gic_lrs[0] & LR_STATE))
		guest.run->gic_lrs[0] = 0;
	if ((guest.run->timer_levels & CCA_RUN_TIMER_VIRTUAL) && !guest.run->gic_lrs[0])
		guest.run->gic_lrs[0] = LR_TIMER | LR_EOI;
}

/* Until a host call. */
static void play_gic(void)
{
	unsigned int tries = 0;

	for (;;) {
		struct cca_rec_op op = { .size = sizeof(op) };
		int result = t_ioctl(guest.rec, CCA_RUN, &op);

		T_ASSERT(!result);
		T_ASSERT(++tries < 100000);
		inject();
		if (guest.run->exit_reason == CCA_EXIT_HOST_CALL)
			return;
		T_ASSERT(guest.run->exit_reason == CCA_EXIT_TIMER ||
			 guest.run->exit_reason == CCA_EXIT_INTR);
	}
}

TEST(R31_the_timers_interrupt_reaches_a_realm)
{
	unsigned int i;

	start(INTERRUPT, 2000, 20, CCA_RUN_F_TIMER_EXIT);
	for (i = 0; i < 20; i++) {
		play_gic();
		T_EQ(guest.run->imm, 100);
	}
	play_gic();
	T_EQ(guest.run->imm, 101);
	T_EQ(guest.run->gprs[0], 20);
}

/* The trap of a timer that is not listened to: see cca_run.flags. */
TEST(R31_a_timer_that_is_armed_again_in_its_handler_is_heard)
{
	start(AGAIN, 2000, 20, CCA_RUN_F_TIMER_EXIT);
	play_gic();
	T_EQ(guest.run->imm, 100);
	play_gic();
	T_EQ(guest.run->imm, 101);
	T_EQ(guest.run->gprs[0], 20);
}

static void on_signal(int number)
{
}

TEST_SECONDS(R31_no_level_is_lost_to_signals, 60)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = { { 0, 700 }, { 0, 700 } };
	unsigned int calls = 0, tries = 0;

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	start(INTERRUPT, 1000, 200, CCA_RUN_F_TIMER_EXIT);
	T_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	/* Only levels are looked at, never the reason: that must be enough. */
	while (calls < 201) {
		struct cca_rec_op op = { .size = sizeof(op) };
		int result = t_ioctl(guest.rec, CCA_RUN, &op);

		T_ASSERT(!result || result == -EINTR);
		T_ASSERT(++tries < 1000000);
		inject();
		calls += guest.run->exit_reason == CCA_EXIT_HOST_CALL;
	}
	T_EQ(guest.run->imm, 101);
	T_EQ(guest.run->gprs[0], 200);
}

/* ------------------------------------------- whoever else has the interrupts */

static bool stuck(const char *how)
{
	int result = t_insmod("/lib/modules/stuck.ko", how);

	T_ASSERT(result == -EALREADY || result == -ECANCELED);
	return result == -EALREADY;
}

TEST_SECONDS(R31_an_interrupt_that_was_left_active_does_not_stay, 60)
{
	int cpu, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	bool was = stuck("");

	t_note("an interrupt that fired for nobody is%s left active", was ? "" : " not");
	for (cpu = 0; cpu < cpus; cpu++) {
		pin(cpu);
		in_time(SPIN);
	}
	T_ASSERT(!stuck("look=1"));
}

/* -------------------------------------------------- after a CPU was away */

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

/* The GIC of a CPU that comes back has forgotten what was enabled there. */
static void go_and_come(int cpu, int other)
{
	pin(other);
	set_online(cpu, false);
	t_sleep_us(10000);
	set_online(cpu, true);
	t_sleep_us(10000);
	pin(cpu);
}

static void away(int cpu, int other)
{
	pin(cpu);
	in_time(SPIN);
	go_and_come(cpu, other);
	in_time(SPIN);
	go_and_come(cpu, other);
	in_time(PHYSICAL);
	go_and_come(cpu, other);
	in_time(WFI);
}

TEST_SECONDS(R31_timers_work_on_a_CPU_that_was_away, 200)
{
	away(1, 0);
}

TEST_SECONDS(R31_timers_work_on_the_first_CPU_after_it_was_away, 200)
{
	away(0, 1);
}

TEST_SECONDS(R31_what_was_left_active_does_not_stay_when_a_CPU_was_away, 120)
{
	stuck("");
	go_and_come(1, 0);
	in_time(SPIN);
	go_and_come(1, 0);
	stuck("");
	in_time(SPIN);
	pin(0);
	in_time(SPIN);
	T_ASSERT(!stuck("look=1"));
}

/* It fires while its CPU is not there: told on another one. */
TEST_SECONDS(R31_a_timer_outlives_the_CPU_that_it_was_armed_on, 60)
{
	pin(1);
	start(SPIN, 30000, 1, CCA_RUN_F_TIMER_EXIT);
	want_call(100);
	pin(0);
	set_online(1, false);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_TIMER);
	T_EQ(guest.run->timer_levels, CCA_RUN_TIMER_VIRTUAL);
	T_ASSERT(counter() >= guest.run->cntv_cval);
	set_online(1, true);
	pin(1);
	want_call(101);
	h_run_to_end(&guest, 0);
}

static volatile bool over;

static void *hotplug(void *unused)
{
	pin(0);
	while (!over) {
		set_online(1, false);
		t_sleep_us(7000);
		set_online(1, true);
		t_sleep_us(7000);
	}
	return NULL;
}

/* The guest ends if one interrupt does not come. */
TEST_SECONDS(R31_no_interrupt_is_lost_while_CPUs_go_and_come, 120)
{
	cpu_set_t both;
	pthread_t thread;
	unsigned int i;

	start(INTERRUPT, 2000, 100, CCA_RUN_F_TIMER_EXIT);
	T_EQ(pthread_create(&thread, NULL, hotplug, NULL), 0);
	CPU_ZERO(&both);
	CPU_SET(0, &both);
	CPU_SET(1, &both);
	for (i = 0; i <= 100; i++) {
		/* A thread whose only CPU goes may go anywhere. */
		sched_setaffinity(0, sizeof(both), &both);
		play_gic();
		T_EQ(guest.run->imm, i < 100 ? 100 : 101);
	}
	T_EQ(guest.run->gprs[0], 100);
	over = true;
	pthread_join(thread, NULL);
	h_run_to_end(&guest, 0);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
