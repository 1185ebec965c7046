// SPDX-License-Identifier: GPL-2.0-only
/*
 * CCA_RUN among others: signals and kicks at moments that nobody chose,
 * neighbours on the CPU, pages full of rubbish, guests that do everything wrong.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"

#define RAM		(2 * T_BLOCK)
#define ROUNDS		1500UL

static struct h_guest guest;

static void start(const char *name, uint64_t a, uint64_t b)
{
	const uint64_t gprs[8] = { a, b };

	h_load(&guest, name, RAM, -1, gprs);
	h_activate(guest.realm);
}

static void on_signal(int number)
{
}

static void interrupt_every(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = { { 0, us }, { 0, us } };

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	T_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static struct cca_rec_info rec_info(void)
{
	struct cca_rec_info info = { 0 };

	t_ok_plain(guest.rec, CCA_REC_INFO, &info);
	return info;
}

/* --------------------------------------------------------- nothing gets lost */

static volatile bool over;

/* As cca_rec_kick() does, at any time. */
static void *kick(void *unused)
{
	unsigned int seed = 7;

	while (!over) {
		__atomic_store_n(&guest.run->immediate_exit, 1, __ATOMIC_SEQ_CST);
		t_sleep_us(rand_r(&seed) % 900);
	}
	return NULL;
}

/* One exit of each kind in each round, in that order; EINTR in between. */
static void count_along(void)
{
	struct cca_run *run = guest.run;
	uint64_t i, step = 0, interrupted = 0;
	struct cca_rec_op op = { 0 };
	int result;

	while (step < 3 * ROUNDS) {
		op.size = sizeof(op);
		result = t_ioctl(guest.rec, CCA_RUN, &op);
		if (result == -EINTR) {
			T_EQ(run->exit_reason, CCA_EXIT_INTR);
			__atomic_store_n(&run->immediate_exit, 0, __ATOMIC_SEQ_CST);
			interrupted++;
			continue;
		}
		T_EQ(result, 0);
		i = step / 3;
		if (step % 3 == 0) {
			T_EQ(run->exit_reason, CCA_EXIT_HOST_CALL);
			T_EQ(run->gprs[0], i);
			run->gprs[0] = 3 * i + 1;
		} else {
			T_EQ(run->exit_reason, CCA_EXIT_MMIO);
			T_EQ(run->mmio.is_write, step % 3 == 2);
			if (step % 3 == 2)
				T_EQ(run->mmio.data, i);
			run->mmio.data = 5 * i + 2;
		}
		step++;
	}
	t_note("interrupted %llu times", (unsigned long long)interrupted);
	T_ASSERT(interrupted > 20);
}

TEST_SECONDS(R29_no_exit_is_lost_or_told_twice, 120)
{
	struct cca_rec_info info;
	pthread_t thread;

	start("count", ROUNDS, 0);
	T_EQ(pthread_create(&thread, NULL, kick, NULL), 0);
	interrupt_every(1100);
	count_along();
	over = true;
	pthread_join(thread, NULL);
	interrupt_every(0);
	guest.run->immediate_exit = 0;
	h_run_to_end(&guest, 0);
	info = rec_info();
	/* Host calls, and that of its end; a page of the realm is missing once. */
	T_EQ(info.out_exits[5], ROUNDS + 1);
	T_ASSERT(info.out_exits[0] >= 2 * ROUNDS && info.out_exits[0] < 2 * ROUNDS + 100);
	T_EQ(info.out_exits[3], 1);
}

/* A wake-up that comes while it falls asleep, again and again. */
TEST_SECONDS(R29_no_wake_up_is_lost, 60)
{
	uint64_t from = t_now_us(), last;
	int i;

	start("wfi", 0, 0);
	interrupt_every(1700);
	for (i = 0; i < 500; i++) {
		last = t_now_us();
		T_EQ(h_run(&guest), -EINTR);
		T_ASSERT(t_now_us() - last < 5000000);
	}
	t_note("500 wake-ups in %llu ms", (unsigned long long)(t_now_us() - from) / 1000);
}

/* ------------------------------------------------------------------ neighbours */

static void *spin(void *unused)
{
	return (void *)(intptr_t)h_run(&guest);
}

TEST_SECONDS(R31_a_realm_that_spins_shares_its_CPU, 60)
{
	struct sigaction action = { .sa_handler = on_signal };
	volatile uint64_t progress = 0;
	struct timespec before, after;
	uint64_t end, used;
	pthread_t thread;
	cpu_set_t set;
	void *result;

	T_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	start("spin", 0, 0);
	T_EQ(pthread_create(&thread, NULL, spin, NULL), 0);
	while (!strstr(guest.console, "spinning\n"))
		t_sleep_us(1000);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	end = t_now_us() + 2000000;
	while (t_now_us() < end)
		progress++;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	used = (after.tv_sec - before.tv_sec) * 1000000ULL +
	       (after.tv_nsec - before.tv_nsec) / 1000;
	t_note("the neighbour had %llu ms of 2000", (unsigned long long)used / 1000);
	T_ASSERT(used > 500000 && used < 1600000);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, &result);
	T_EQ((intptr_t)result, -EINTR);
}

/* --------------------------------------------------------------------- rubbish */

static void scribble(void)
{
	volatile uint8_t *bytes = (volatile uint8_t *)guest.run;
	unsigned int i;

	for (i = 0; i < sizeof(*guest.run); i++)
		if (rand() % 8 == 0)
			bytes[i] = rand();
	/* Mostly past the first checks: else little more than they are tested. */
	if (rand() % 8) {
		guest.run->flags &= CCA_RUN_F_INJECT_SEA | CCA_RUN_F_TIMER_EXIT;
		memset(guest.run->__reserved0, 0, sizeof(guest.run->__reserved0));
		guest.run->__reserved1 = 0;
	}
	if (rand() % 4)
		guest.run->flags &= CCA_RUN_F_TIMER_EXIT;
	if (rand() % 4) {
		for (i = 0; i < CCA_RUN_LRS; i++)
			guest.run->gic_lrs[i] &= ~(7UL << 61);
		if (rand() % 2)
			guest.run->gic_lrs[rand() % 4] |= 1UL << 62;
	}
	guest.run->immediate_exit = rand() % 8 == 0;
}

/*
 * Every entry of every guest, and each answer in it is nonsense. A guest may
 * come to any end; then there is another.
 */
TEST_SECONDS(R29_rubbish_on_every_entry, 150)
{
	static const char *const guests[] = {
		"mmio", "echo", "sgi", "timer", "ripas", "stray", "hello", "abort", "icc", "alarm",
	};
	unsigned int entries = 0, ends = 0, which = 0, refused = 0, n;
	struct cca_rec_op op = { 0 };
	int result;

	srand(4711);
	while (entries < 4000) {
		start(guests[which++ % T_ARRAY_SIZE(guests)], rand() % 5, 1000);
		interrupt_every(9000);
		for (n = 0; n < 300; n++) {
			scribble();
			op.size = sizeof(op);
			op.flags = 0;
			result = t_ioctl(guest.rec, CCA_RUN, &op);
			entries++;
			if (result == -EINVAL) {
				refused++;
				T_ASSERT(op.out.reason == CCA_REASON_FLAGS ||
					 op.out.reason == CCA_REASON_RESERVED ||
					 op.out.reason == CCA_REASON_LIST_REGISTER);
				/* What it may not say it may take back. */
				memset(guest.run->gic_lrs, 0, sizeof(guest.run->gic_lrs));
				continue;
			}
			if (result == -ESTALE || result == -EAGAIN)
				break;
			T_ASSERT(!result || result == -EINTR);
		}
		interrupt_every(0);
		ends += n < 300;
		T_ASSERT(h_realm_info(guest.realm).out_reason != CCA_REASON_DEAD);
		h_close(&guest);
	}
	t_note("%u entries, %u refused, %u guests of which %u came to an end", entries,
	       refused, which, ends);
	T_ASSERT(refused > 100 && entries - refused > 1000);
}

#define PENDING		(1UL << 62)
#define ACTIVE		(2UL << 62)
#define HARDWARE	(1UL << 61)

static void want_lrs(int error, uint64_t first, unsigned int at, uint64_t second)
{
	struct cca_rec_op op = { 0 };

	memset(guest.run->gic_lrs, 0, sizeof(guest.run->gic_lrs));
	guest.run->gic_lrs[0] = first;
	guest.run->gic_lrs[at] = second;
	guest.run->immediate_exit = !error;
	if (error)
		t_err(EINVAL, CCA_REASON_LIST_REGISTER, guest.rec, CCA_RUN, &op);
	else
		t_err(EINTR, T_ANY, guest.rec, CCA_RUN, &op);
	guest.run->immediate_exit = 0;
}

TEST(R31_list_registers_that_break_the_rules_are_refused)
{
	const uint64_t entries = (start("exit7", 0, 0), rec_info().out_entries);
	const unsigned int count = rec_info().out_list_registers;

	want_lrs(EINVAL, HARDWARE | PENDING | 32, 1, 0);
	want_lrs(EINVAL, HARDWARE | ACTIVE | 32, 1, 0);
	want_lrs(EINVAL, PENDING | 40, 1, ACTIVE | 40);
	want_lrs(EINVAL, PENDING | ACTIVE | 40, 1, PENDING | 40);
	/* QEMU has four. */
	T_ASSERT(count > 1 && count < CCA_RUN_LRS);
	want_lrs(EINVAL, 0, count, PENDING | 40);
	want_lrs(EINVAL, 0, 15, PENDING | 40);
	T_EQ(rec_info().out_entries, entries);
	/* Invalid ones may be anything. */
	want_lrs(0, HARDWARE | 32, 1, PENDING | 32);
	want_lrs(0, PENDING | 32, 1, PENDING | 33);
	want_lrs(0, PENDING | 32, count - 1, PENDING | 33);
	want_lrs(0, 0, 15, HARDWARE | 32);
	memset(guest.run->gic_lrs, 0, sizeof(guest.run->gic_lrs));
	h_run_to_end(&guest, 7);
}

/* --------------------------------------------------------- guests that do wrong */

TEST_SECONDS(R29_a_realm_that_does_everything_wrong_harms_itself_only, 60)
{
	struct h_guest other;

	h_start(&other, "hello", 8 * T_BLOCK);
	start("wrong", 0, 0);
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "kernel: ok\n"));
	T_ASSERT(strstr(guest.console, "user: ok\n"));
	h_run_to_end(&other, 0);
	h_close(&other);
}

/* Those of its GIC are answered by nobody here: it reads what was there. */
TEST_SECONDS(R29_a_realm_may_name_every_register, 150)
{
	const uint64_t gprs[8] = { 0, 0, 1 };
	unsigned int told = 0;

	h_load(&guest, "wrong", RAM, -1, gprs);
	h_activate(guest.realm);
	do {
		T_EQ(h_run(&guest), 0);
		told += guest.run->exit_reason == CCA_EXIT_SYSREG;
	} while (guest.run->exit_reason == CCA_EXIT_SYSREG);
	T_EQ(guest.run->exit_reason, CCA_EXIT_SYSTEM_OFF);
	T_EQ(guest.status, 0);
	T_ASSERT(strstr(guest.console, "registers: "));
	t_note("%u told, %s", told, guest.console);
}

TEST_SECONDS(R29_calls_by_chance_harm_nobody, 120)
{
	unsigned int seed;

	for (seed = 1; seed <= 3; seed++) {
		start("wrong", seed, 1500);
		h_run_to_end(&guest, 0);
		T_ASSERT(strstr(guest.console, "wrong: ok\n"));
		h_close(&guest);
	}
}

/* -------------------------------------------------------------- wrong moments */

TEST(a_page_of_another_REC_is_of_no_use)
{
	struct cca_rec_op op = { 0 };
	struct h_guest other;
	struct cca_run *page;

	start("mmio", 0, 0);
	page = guest.run;
	h_start(&other, "exit7", RAM);
	T_EQ(h_run(&guest), 0);
	/* What is written into the one says nothing to the other. */
	other.run->flags = 1U << 31;
	other.run->mmio.data = 1;
	page->mmio.data = H_DEVICE_VALUE;
	T_EQ(h_run(&guest), 0);
	T_EQ(page->mmio.bytes, 2);
	t_err(EINVAL, CCA_REASON_FLAGS, other.rec, CCA_RUN, &op);
	other.run->flags = 0;
	h_run_to_end(&other, 7);
	/* Nor does a page that is not mapped any more need to be. */
	T_EQ(munmap(page, sizeof(*page)), 0);
	t_ok(guest.rec, CCA_RUN, &op);
	guest.run = h_run_page(guest.rec);
	T_EQ(guest.run->mmio.bytes, 4);
	h_close(&other);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
