// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms with counters: they are theirs, and the host's perf has its own. An
 * overflow is told as a level, once, and a realm that does not look at it goes on
 * (R25).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"

#define RAM		T_BLOCK
#define KEEP		0
#define OVERFLOW	1
#define INTERRUPT	2
#define TRESPASS	3
#define PMU_VERSION(dfr0) ((dfr0) >> 8 & 0xf)
#define RAW_IRQ		1
#define STATUS_EXCEPTION 99

/* Pending, group 1, priority 0xa0, maintenance when it is over; the PMU's number. */
#define LR_PMU		(1UL << 62 | 1UL << 60 | 0xa0UL << 48 | 1UL << 41 | 23)
#define LR_STATE	(3UL << 62)

/* None: without a PMU. */
#define NONE		(~0U)

static uint32_t counters_max(void)
{
	const uint32_t max = h_info(t_open()).out_pmu_counters_max;

	if (!max)
		t_skip("no PMU for realms");
	return max;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static struct h_guest with_counters(uint32_t counters, uint64_t how, uint64_t a, uint64_t b)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS, .hash = CCA_HASH_SHA256 };
	struct cca_rec_create rec = {
		.flags = CCA_REC_F_RUNNABLE, .gprs = { how, a, b },
	};
	struct h_guest guest = { .dev = t_open() };
	struct h_image image;
	unsigned int i;

	if (counters != NONE) {
		create.flags = CCA_REALM_F_PMU;
		create.pmu_counters = counters;
	}
	t_ok(guest.dev, CCA_REALM_CREATE, &create);
	guest.realm = create.out_fd;
	h_mem_add(guest.realm, H_RAM, RAM, -1);
	h_image_read(&image, "counters");
	for (i = 0; i < image.segments; i++)
		h_populate(guest.realm, image.segment[i].ipa, image.segment[i].pages,
			   image.segment[i].size);
	rec.pc = image.entry;
	h_image_free(&image);
	t_ok(guest.realm, CCA_REC_CREATE, &rec);
	guest.rec = rec.out_fd;
	guest.run = h_run_page(guest.rec);
	h_activate(guest.realm);
	return guest;
}

static volatile sig_atomic_t samples;

static void want_call(struct h_guest *guest, unsigned int imm)
{
	unsigned int tries = 1000;
	sig_atomic_t before;
	int result;

	/* A sample that comes in the middle ends it: a signal, as any other. */
	do {
		before = samples;
		result = h_run(guest);
	} while (result == -EINTR && samples != before && tries--);
	T_EQ(result, 0);
	if (guest->run->exit_reason != CCA_EXIT_HOST_CALL || guest->run->imm != imm)
		t_fail(__FILE__, __LINE__, "exit %u, host call %u, not %u; the guest said: %s",
		       guest->run->exit_reason, guest->run->imm, imm, guest->console);
}

static uint64_t interrupts_of(const struct h_guest *guest)
{
	struct cca_rec_info info = { 0 };

	t_ok_plain(guest->rec, CCA_REC_INFO, &info);
	return info.out_exits[RAW_IRQ];
}

/* ------------------------------------------------------------ of the host */

static void sampled(int signal)
{
	samples++;
}

static int perf(uint32_t type, uint64_t config, uint64_t period)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = config,
		.sample_period = period, .pinned = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	T_ASSERT(fd >= 0);
	return fd;
}

/* Cycles that send a signal every 10 ms: the host's own overflows. */
static int perf_sampler(void)
{
	int fd = perf(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 10000000);

	T_ASSERT(signal(SIGIO, sampled) != SIG_ERR);
	T_EQ(fcntl(fd, F_SETOWN, getpid()), 0);
	T_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC), 0);
	return fd;
}

static uint64_t perf_read(int fd)
{
	uint64_t value;

	T_EQ(read(fd, &value, sizeof(value)), sizeof(value));
	return value;
}

/* Its overflows are still taken on this CPU. */
static void want_samples(void)
{
	const sig_atomic_t before = samples;
	volatile unsigned int spin;
	unsigned int tries;

	for (tries = 0; samples < before + 3 && tries < 400; tries++)
		for (spin = 0; spin < 1000000; spin++)
			continue;
	T_ASSERT(samples >= before + 3);
}

/* ------------------------------------------------------------- whose counters */

TEST(R25_a_realm_without_counters_has_none)
{
	struct h_guest guest;
	unsigned int i;

	counters_max();
	pin(0);
	/* Also after one that has. */
	for (i = 0; i < 4; i++) {
		guest = with_counters(i % 2 ? 1 : NONE, TRESPASS, 0, 0);
		h_run_to_end(&guest, i % 2 ? 0 : STATUS_EXCEPTION);
		h_close(&guest);
	}
}

#define CREW	4U
#define ROUNDS	20U
#define SLEEP_MS 60

/*
 * Realms with all counters, one, and some take turns on a CPU, and go to another.
 * Perf counts what nobody does there: whatever it finds is a realm's.
 */
TEST_SECONDS(R25_counters_of_each_realm_and_of_the_host_are_their_own, 120)
{
	const uint32_t max = counters_max();
	const uint32_t counters[CREW] = { max, 1, max / 2, max };
	struct h_guest guest[CREW];
	int nothing[4], cycles, n;
	unsigned int i, round;

	pin(0);
	cycles = perf(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0);
	for (n = 0; n < 4 && n < (int)max; n++)
		nothing[n] = perf(PERF_TYPE_RAW, 0, 0);
	for (i = 0; i < CREW; i++) {
		guest[i] = with_counters(counters[i], KEEP, 3 + 4 * i, ROUNDS);
		want_call(&guest[i], 100);
		T_EQ(guest[i].run->gprs[0], counters[i]);
		T_ASSERT(PMU_VERSION(guest[i].run->gprs[1]));
	}
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < CREW; i++)
			want_call(&guest[i], 100);
		/* On another CPU from now on. */
		if (round == ROUNDS / 2)
			pin(sysconf(_SC_NPROCESSORS_ONLN) - 1);
	}
	for (i = 0; i < CREW; i++) {
		want_call(&guest[i], 101);
		t_sleep_us(SLEEP_MS * 1000 + 20000);
		guest[i].run->gprs[0] = SLEEP_MS;
		h_run_to_end(&guest[i], 0);
		h_close(&guest[i]);
	}
	while (n--)
		T_EQ(perf_read(nothing[n]), 0);
	/* Two minutes at most: no realm's number is among them. */
	T_ASSERT(perf_read(cycles) && perf_read(cycles) < 1UL << 38);
}

/* ----------------------------------------------------------------- overflows */

/* One that the realm does not look at: the level stays, the realm runs. */
static void ignored(uint32_t flags)
{
	struct h_guest guest = with_counters(counters_max(), OVERFLOW, ROUNDS, 0);
	unsigned int round;
	uint64_t before;

	guest.run->flags = flags;
	for (round = 0; round < ROUNDS; round++) {
		want_call(&guest, 100);
		T_EQ(guest.run->timer_levels, 0);
		before = interrupts_of(&guest);
		if (flags) {
			T_EQ(h_run(&guest), 0);
			T_EQ(guest.run->exit_reason, CCA_EXIT_TIMER);
			T_EQ(guest.run->timer_levels, CCA_RUN_PMU_OVERFLOW);
		}
		want_call(&guest, 101);
		T_EQ(guest.run->gprs[0], 1);
		T_EQ(guest.run->timer_levels, CCA_RUN_PMU_OVERFLOW);
		/* Its own, and ticks of a slow machine. */
		before = interrupts_of(&guest) - before;
		T_ASSERT(before >= 1 && before < 200);
		want_call(&guest, 102);
		T_EQ(guest.run->gprs[0], 0);
		T_EQ(guest.run->timer_levels, 0);
	}
	h_run_to_end(&guest, 0);
	h_close(&guest);
}

TEST_SECONDS(R25_an_overflow_is_a_level_that_is_told_once, 60)
{
	ignored(CCA_RUN_F_TIMER_EXIT);
}

TEST_SECONDS(R25_an_overflow_is_no_exit_for_a_VMM_that_did_not_ask, 60)
{
	ignored(0);
}

TEST_SECONDS(R25_an_overflow_becomes_the_interrupt_that_the_VMM_gives, 60)
{
	struct h_guest guest = with_counters(counters_max(), INTERRUPT, ROUNDS, 0);
	unsigned int told = 0, taken = 0;
	struct cca_rec_op op;

	guest.run->flags = CCA_RUN_F_TIMER_EXIT;
	while (taken < ROUNDS) {
		/* h_run() would enter it again after maintenance. */
		op = (struct cca_rec_op){ .size = sizeof(op) };
		T_EQ(t_ioctl(guest.rec, CCA_RUN, &op), 0);
		if (!(guest.run->gic_lrs[0] & LR_STATE))
			guest.run->gic_lrs[0] = 0;
		switch (guest.run->exit_reason) {
		case CCA_EXIT_TIMER:
			if (!guest.run->timer_levels)
				break;
			T_EQ(guest.run->timer_levels, CCA_RUN_PMU_OVERFLOW);
			T_EQ(guest.run->gic_lrs[0], 0);
			guest.run->gic_lrs[0] = LR_PMU;
			told++;
			break;
		case CCA_EXIT_HOST_CALL:
			T_EQ(guest.run->imm, 102);
			T_EQ(guest.run->timer_levels, 0);
			taken++;
			break;
		default:
			T_EQ(guest.run->exit_reason, CCA_EXIT_INTR);
		}
	}
	T_EQ(told, ROUNDS);
	h_run_to_end(&guest, 0);
	h_close(&guest);
}

/* Perf has its interrupt again after each entry for which it was held back. */
TEST_SECONDS(R25_overflows_of_the_host_are_taken_beside_those_of_a_realm, 60)
{
	struct h_guest guest = with_counters(counters_max(), OVERFLOW, 3, 0);
	unsigned int round;
	int fd;

	pin(0);
	fd = perf_sampler();
	want_samples();
	for (round = 0; round < 3; round++) {
		want_call(&guest, 100);
		want_samples();
		want_call(&guest, 101);
		T_EQ(guest.run->timer_levels, CCA_RUN_PMU_OVERFLOW);
		want_samples();
		want_call(&guest, 102);
	}
	T_EQ(ioctl(fd, PERF_EVENT_IOC_DISABLE, 0), 0);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	T_EQ(ioctl(fd, PERF_EVENT_IOC_ENABLE, 0), 0);
	want_samples();
	close(fd);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
