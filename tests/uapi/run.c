// SPDX-License-Identifier: GPL-2.0-only
/* Running a REC: guests, every exit that they cause, signals, and two threads. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"

#define RAM	(16UL << 20)

static struct h_guest guest;

static struct cca_rec_info rec_info(void)
{
	struct cca_rec_info info = { 0 };

	t_ok_plain(guest.rec, CCA_REC_INFO, &info);
	return info;
}

/* ------------------------------------------------------------------ guests */

TEST(hello_says_hello)
{
	struct cca_realm_info info;

	h_start(&guest, "hello", RAM);
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "Hello from a realm.\n"));
	T_ASSERT(strstr(guest.console, "memory: ok\n"));
	T_ASSERT(!strcmp(guest.uart, "Hello by PL011, one character at a time.\n"));
	T_EQ(strspn(h_rim(&guest), "0123456789abcdef"), 64);
	info = h_realm_info(guest.realm);
	T_EQ(info.out_state, CCA_REALM_SYSTEM_OFF);
	T_EQ(info.out_reason, CCA_REASON_SYSTEM_OFF);
	T_ASSERT(rec_info().out_entries >= guest.exits);
}

TEST(a_realm_that_is_off_is_over)
{
	struct cca_realm_op op = { 0 };
	struct cca_rec_op run = { 0 };

	h_start(&guest, "exit7", RAM);
	h_run_to_end(&guest, 7);
	t_err(ESTALE, CCA_REASON_SYSTEM_OFF, guest.rec, CCA_RUN, &run);
	t_err(ESTALE, CCA_REASON_SYSTEM_OFF, guest.realm, CCA_ACTIVATE, &op);
	t_ok(guest.realm, CCA_DESTROY, &op);
	T_EQ(h_realm_info(guest.realm).out_granules, 0);
}

TEST(a_reset_ends_the_realm_too)
{
	h_start(&guest, "reset", RAM);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_SYSTEM_RESET);
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_SYSTEM_OFF);
}

static void measure(char rim[65], uint32_t measured, unsigned int seed)
{
	struct cca_populate populate = { .flags = measured, .length = T_PAGE };

	/* hello as h_load() builds it, and a page more, where it does not look. */
	h_load(&guest, "hello", RAM, -1, NULL);
	populate.ipa = H_RAM + RAM - 4 * T_PAGE;
	populate.source = (uintptr_t)h_buffer(T_PAGE, seed);
	t_ok(guest.realm, CCA_POPULATE, &populate);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	memcpy(rim, h_rim(&guest), 64);
	rim[64] = '\0';
	h_close(&guest);
}

TEST(the_measurement_depends_on_measured_content_only)
{
	char a[65], b[65], c[65], d[65];

	measure(a, CCA_POPULATE_F_MEASURE, 1);
	measure(b, CCA_POPULATE_F_MEASURE, 1);
	measure(c, CCA_POPULATE_F_MEASURE, 2);
	T_ASSERT(!strcmp(a, b));
	T_ASSERT(strcmp(a, c));
	measure(c, 0, 1);
	measure(d, 0, 2);
	T_ASSERT(!strcmp(c, d));
	T_ASSERT(strcmp(a, c));
}

TEST(arguments_and_host_calls_go_through_unharmed)
{
	uint64_t gprs[8];
	int i;

	for (i = 0; i < 8; i++)
		gprs[i] = 70 + i;
	h_load(&guest, "echo", RAM, -1, gprs);
	h_activate(guest.realm);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_HOST_CALL);
	T_EQ(guest.run->imm, 100);
	for (i = 0; i < 31; i++) {
		T_EQ(guest.run->gprs[i], 1000 + i);
		guest.run->gprs[i] = 2000 + i;
	}
	for (i = 0; i < 10; i++) {
		T_EQ(h_run(&guest), 0);
		T_EQ(guest.run->imm, 101);
		T_EQ(guest.run->gprs[1], 2001 + i + 1);
		guest.run->gprs[0] = 9 - i;
	}
	h_run_to_end(&guest, 0);
}

TEST_SECONDS(memory_comes_when_the_realm_touches_it, 60)
{
	struct cca_realm_info info;

	h_start(&guest, "grow", 2 * RAM);
	T_ASSERT(h_realm_info(guest.realm).out_private < 16 * T_PAGE);
	h_run_to_end(&guest, 0);
	info = h_realm_info(guest.realm);
	T_EQ(info.out_private, 2 * RAM);
	/* All but the first 2 MiB, where the image lies, can be blocks. */
	T_EQ(info.out_blocks, 2 * RAM - T_BLOCK);
}

TEST(a_region_that_is_not_aligned_to_blocks_works)
{


	/* The same guest with two regions: the second is odd at both ends. */
	h_load(&guest, "grow", 4 * T_BLOCK + 5 * T_PAGE, -1, NULL);
	h_mem_add(guest.realm, H_RAM + 4 * T_BLOCK + 5 * T_PAGE, T_BLOCK, -1);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	T_EQ(h_realm_info(guest.realm).out_private, 5 * T_BLOCK + 5 * T_PAGE);
}

TEST(a_realm_grows_out_of_a_memory_fd)
{
	int dev = t_open(), memory = h_memory(dev, RAM, T_BLOCK);

	h_load(&guest, "grow", RAM, memory, NULL);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	T_EQ(h_memory_info(memory).out_free, 0);
	h_close(&guest);
	T_EQ(h_memory_info(memory).out_free, RAM);
}

TEST(a_realm_that_finds_its_memory_fd_empty_stops_and_can_go_on)
{
	int dev = t_open(), memory = h_memory(dev, 2 * T_BLOCK, T_PAGE), other = h_realm(dev);
	struct cca_rec_op op = { 0 };

	h_mem_add(other, H_RAM, T_BLOCK, memory);
	h_populate(other, H_RAM, h_buffer(T_BLOCK, 1), T_BLOCK);
	h_load(&guest, "grow", 2 * T_BLOCK, memory, NULL);
	h_activate(guest.realm);
	T_EQ(h_run(&guest), -ENOMEM);
	t_err(ENOMEM, CCA_REASON_BACKING, guest.rec, CCA_RUN, &op);
	close(other);
	h_run_to_end(&guest, 0);
}

static uint64_t most, least;

/* While four blocks are given away the realm has none of them. */
static void look_at_ripas(void)
{
	const uint64_t private = h_realm_info(guest.realm).out_private;

	if (strstr(guest.console, "away: 2048 pages\n") && !least)
		least = private;
	if (private > most)
		most = private;
}

TEST(memory_that_the_realm_gives_away_comes_back)
{
	most = least = 0;
	h_start(&guest, "ripas", RAM);
	guest.on_print = look_at_ripas;
	T_EQ(h_run(&guest), 0);
	/* The last request is for memory that nobody declared. */
	T_EQ(guest.run->exit_reason, CCA_EXIT_RIPAS);
	T_EQ(guest.run->ripas.base, 0x10000000);
	T_EQ(guest.run->ripas.top, 0x10000000 + T_PAGE);
	T_EQ(guest.run->ripas.value, 1);
	T_ASSERT(strstr(guest.console, "ripas: ok\n"));
	T_ASSERT(least);
	T_ASSERT(least + 4 * T_BLOCK <= most);
	/* Refused at the next CCA_RUN, says the header. */
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "refused: ok\n"));
}

TEST(R29_every_width_of_mmio_arrives_and_returns)
{
	static const unsigned int loads[] = { 1, 2, 4, 8, 1, 1, 2, 2, 4 };
	static const unsigned int stores[] = { 1, 2, 4, 8 };
	struct cca_run *run;
	unsigned int i;

	h_start(&guest, "mmio", RAM);
	run = guest.run;
	for (i = 0; i < T_ARRAY_SIZE(loads); i++) {
		T_EQ(h_run(&guest), 0);
		T_EQ(run->exit_reason, CCA_EXIT_MMIO);
		T_EQ(run->mmio.ipa, H_SHARED(H_DEVICE));
		T_EQ(run->mmio.is_write, 0);
		T_EQ(run->mmio.bytes, loads[i]);
		/* More than was asked for: the module or the RMM must cut it. */
		run->mmio.data = H_DEVICE_VALUE;
	}
	for (i = 0; i < T_ARRAY_SIZE(stores); i++) {
		T_EQ(h_run(&guest), 0);
		T_EQ(run->exit_reason, CCA_EXIT_MMIO);
		T_EQ(run->mmio.is_write, 1);
		T_EQ(run->mmio.bytes, stores[i]);
		T_EQ(run->mmio.data, H_DEVICE_VALUE & (~0UL >> (64 - 8 * stores[i])));
	}
	T_EQ(h_run(&guest), 0);
	T_EQ(run->mmio.data, 0);
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "mmio: ok\n"));
}

TEST(a_read_that_is_interrupted_before_its_answer_loses_nothing)
{
	int i;

	h_start(&guest, "mmio", RAM);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	guest.run->mmio.data = H_DEVICE_VALUE;
	guest.run->immediate_exit = 1;
	for (i = 0; i < 3; i++) {
		T_EQ(h_run(&guest), -EINTR);
		T_EQ(guest.run->exit_reason, CCA_EXIT_INTR);
	}
	guest.run->immediate_exit = 0;
	T_EQ(h_run(&guest), 0);
	/* The first load was answered once and right: this is the second. */
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	T_EQ(guest.run->mmio.bytes, 2);
}

TEST(a_write_to_where_nothing_is_reaches_the_host)
{
	h_start(&guest, "stray", RAM);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	T_EQ(guest.run->mmio.ipa, H_SHARED(0x0bad0000));
	T_EQ(guest.run->mmio.is_write, 1);
	T_EQ(guest.run->mmio.bytes, 4);
	T_EQ(guest.run->mmio.data, 0xdead);
	/* Take it, and nothing happened. */
	h_run_to_end(&guest, 0);
}

TEST(the_host_answers_a_stray_write_with_an_abort)
{
	h_start(&guest, "stray", RAM);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	guest.run->flags = CCA_RUN_F_INJECT_SEA;
	h_run_to_end(&guest, 99);
	T_ASSERT(strstr(guest.console, "exception: "));
	T_EQ(guest.run->flags, 0);
}

TEST(protected_memory_that_nobody_declared_is_the_realms_own_problem)
{
	h_start(&guest, "trespass", RAM);
	h_run_to_end(&guest, 99);
	h_close(&guest);
	h_start(&guest, "nowhere", RAM);
	h_run_to_end(&guest, 99);
}

TEST(R29_a_register_of_the_interrupt_controller_reaches_the_host)
{
	h_start(&guest, "sgi", RAM);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_SYSREG);
	T_EQ(guest.run->sysreg, 0x5000001);
	T_EQ(guest.run->esr >> 26, 0x18);
	h_run_to_end(&guest, 0);
}

/* --------------------------------------------------------- states and PSCI */

TEST(a_rec_does_not_run_before_its_realm_is_active)
{
	struct cca_rec_op op = { 0 };

	h_load(&guest, "exit7", RAM, -1, NULL);
	t_err(EBUSY, CCA_REASON_STATE, guest.rec, CCA_RUN, &op);
	h_activate(guest.realm);
	h_run_to_end(&guest, 7);
}

TEST(a_rec_that_is_off_does_not_run)
{
	struct cca_rec_op op = { 0 };
	int second;

	h_load(&guest, "cpuoff", RAM, -1, NULL);
	second = h_rec(guest.realm, H_RAM, 0);
	h_activate(guest.realm);
	t_err(EAGAIN, CCA_REASON_NOT_RUNNABLE, second, CCA_RUN, &op);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_CPU_OFF);
	t_err(EAGAIN, CCA_REASON_NOT_RUNNABLE, guest.rec, CCA_RUN, &op);
	T_EQ(rec_info().out_state, 0);
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_ACTIVE);
}

TEST(a_rec_of_a_closed_realm_runs_on)
{
	h_start(&guest, "hello", RAM);
	close(guest.realm);
	close(guest.dev);
	h_run_to_end(&guest, 0);
}

TEST(a_rec_of_a_destroyed_realm_is_ESTALE)
{
	struct cca_realm_op op = { 0 };
	struct cca_rec_op run = { 0 };

	h_start(&guest, "spin", RAM);
	t_ok(guest.realm, CCA_DESTROY, &op);
	t_err(ESTALE, T_ANY, guest.rec, CCA_RUN, &run);
	close(guest.realm);
	t_err(ESTALE, T_ANY, guest.rec, CCA_RUN, &run);
}

/* ------------------------------------------------------- signals, sleeping */

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	signals++;
}

/* A signal every so often, in this thread: it has only one. */
static void interrupt_every(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = {
		.it_interval = { 0, us },
		.it_value = { 0, us },
	};

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	T_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

TEST(a_signal_ends_a_run_that_never_ends)
{
	int i;

	h_start(&guest, "spin", RAM);
	interrupt_every(50000);
	for (i = 0; i < 5; i++) {
		T_EQ(h_run(&guest), -EINTR);
		T_EQ(guest.run->exit_reason, CCA_EXIT_INTR);
	}
	T_ASSERT(signals >= 5);
	T_ASSERT(strstr(guest.console, "spinning\n"));
}

TEST(a_signal_ends_a_run_that_faults_for_ever)
{
	h_start(&guest, "lost", RAM);
	interrupt_every(100000);
	T_EQ(h_run(&guest), -EINTR);
	T_EQ(h_run(&guest), -EINTR);
}

TEST(a_realm_that_waits_sleeps_and_a_signal_wakes_it)
{
	struct rusage before, after;
	uint64_t start, used;

	h_start(&guest, "wfi", RAM);
	interrupt_every(400000);
	while (!strstr(guest.console, "sleeping\n"))
		T_ASSERT(h_run(&guest) == -EINTR);
	getrusage(RUSAGE_SELF, &before);
	start = t_now_us();
	while (t_now_us() - start < 1000000)
		T_EQ(h_run(&guest), -EINTR);
	getrusage(RUSAGE_SELF, &after);
	used = (after.ru_stime.tv_sec - before.ru_stime.tv_sec +
		after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000LL +
	       after.ru_stime.tv_usec - before.ru_stime.tv_usec +
	       after.ru_utime.tv_usec - before.ru_utime.tv_usec;
	t_note("waiting for 1 s took %llu us", (unsigned long long)used);
	T_ASSERT(used < 500000);
}

TEST(the_realms_timer_wakes_it)
{
	h_start(&guest, "timer", RAM);
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "timer: ok\n"));
}

TEST_SECONDS(signals_lose_nothing_whenever_they_come, 60)
{
	int result;

	h_start(&guest, "hello", RAM);
	interrupt_every(700);
	do {
		result = h_run(&guest);
		T_ASSERT(result == 0 || result == -EINTR);
	} while (result || guest.run->exit_reason != CCA_EXIT_SYSTEM_OFF);
	T_EQ(guest.status, 0);
	T_ASSERT(strstr(guest.console, "memory: ok\n"));
	T_ASSERT(!strcmp(guest.uart, "Hello by PL011, one character at a time.\n"));
}

TEST(immediate_exit_comes_back_at_once)
{
	uint64_t entries;

	h_start(&guest, "spin", RAM);
	entries = rec_info().out_entries;
	guest.run->immediate_exit = 1;
	T_EQ(h_run(&guest), -EINTR);
	T_EQ(guest.run->exit_reason, CCA_EXIT_INTR);
	T_EQ(rec_info().out_entries, entries);
}

TEST(unknown_flags_and_reserved_bytes_of_the_run_page_are_refused)
{
	struct cca_rec_op op = { 0 };

	h_load(&guest, "exit7", RAM, -1, NULL);
	h_activate(guest.realm);
	guest.run->flags = 1U << 31;
	t_err(EINVAL, CCA_REASON_FLAGS, guest.rec, CCA_RUN, &op);
	guest.run->flags = 0;
	guest.run->__reserved0[1] = 1;
	t_err(EINVAL, CCA_REASON_RESERVED, guest.rec, CCA_RUN, &op);
	guest.run->__reserved0[1] = 0;
	/* No abort can be injected where none is pending. */
	guest.run->flags = CCA_RUN_F_INJECT_SEA;
	t_err(EINVAL, CCA_REASON_FLAGS, guest.rec, CCA_RUN, &op);
	guest.run->flags = 0;
	h_run_to_end(&guest, 7);
}

/* Whatever a VMM writes into its page, the module and the RMM survive it. */
TEST(rubbish_in_the_run_page_harms_nobody_else)
{
	struct cca_rec_op op = { 0 };
	unsigned int i, round;

	h_start(&guest, "mmio", RAM);
	T_EQ(h_run(&guest), 0);
	srand(42);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < sizeof(*guest.run); i++)
			if (rand() % 16 == 0)
				((volatile uint8_t *)guest.run)[i] = rand();
		/* Otherwise little more than the check of these is tested. */
		if (round % 4) {
			guest.run->flags = 0;
			memset(guest.run->__reserved0, 0, sizeof(guest.run->__reserved0));
			guest.run->__reserved1 = 0;
		}
		guest.run->immediate_exit = round % 8 == 0;
		op.size = sizeof(op);
		op.flags = 0;
		interrupt_every(20000);
		t_ioctl(guest.rec, CCA_RUN, &op);
	}
}

/* --------------------------------------------------------------- threading */

static void *run_thread(void *arg)
{
	*(int *)arg = h_run(&guest);
	return NULL;
}

static void wait_running(uint32_t state)
{
	uint64_t end = t_now_us() + 10000000;

	while (rec_info().out_state != state) {
		T_ASSERT(t_now_us() < end);
		t_sleep_us(1000);
	}
}

TEST(one_thread_at_a_time_runs_a_rec)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct cca_rec_op op = { 0 };
	pthread_t thread;
	int result;

	h_start(&guest, "spin", RAM);
	T_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	T_EQ(pthread_create(&thread, NULL, run_thread, &result), 0);
	wait_running(2);
	/* Past the greeting, whose exits leave gaps. */
	while (!strstr(guest.console, "spinning\n"))
		t_sleep_us(1000);
	t_sleep_us(20000);
	t_err(EBUSY, CCA_REASON_RUNNING, guest.rec, CCA_RUN, &op);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	T_EQ(result, -EINTR);
	T_EQ(guest.run->exit_reason, CCA_EXIT_INTR);
}

TEST(a_running_realm_can_be_terminated)
{
	struct cca_realm_op op = { 0 };
	pthread_t thread;
	int result = 1;

	h_start(&guest, "spin", RAM);
	T_EQ(pthread_create(&thread, NULL, run_thread, &result), 0);
	wait_running(2);
	t_ok(guest.realm, CCA_TERMINATE, &op);
	pthread_join(thread, NULL);
	/* Either it saw the exit, or it came too late to run at all. */
	T_ASSERT((result == 0 && guest.run->exit_reason == CCA_EXIT_TERMINATED) ||
		 result == -ESTALE);
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_TERMINATED);
}

TEST(a_sleeping_realm_can_be_terminated)
{
	struct cca_realm_op op = { 0 };
	pthread_t thread;
	int result = 1;

	h_start(&guest, "wfi", RAM);
	T_EQ(pthread_create(&thread, NULL, run_thread, &result), 0);
	while (!strstr(guest.console, "sleeping\n"))
		t_sleep_us(1000);
	t_sleep_us(50000);
	t_ok(guest.realm, CCA_TERMINATE, &op);
	pthread_join(thread, NULL);
	T_ASSERT((result == 0 && guest.run->exit_reason == CCA_EXIT_TERMINATED) ||
		 result == -ESTALE);
}

TEST(a_running_realm_is_not_destroyed)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct cca_realm_op op = { 0 };
	pthread_t thread;
	int result;

	h_start(&guest, "spin", RAM);
	T_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	T_EQ(pthread_create(&thread, NULL, run_thread, &result), 0);
	while (!strstr(guest.console, "spinning\n"))
		t_sleep_us(1000);
	t_sleep_us(20000);
	t_err(EBUSY, T_ANY, guest.realm, CCA_DESTROY, &op);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	t_ok(guest.realm, CCA_DESTROY, &op);
}

TEST(a_rec_moves_from_CPU_to_CPU)
{
	cpu_set_t set;
	int i, cpus = sysconf(_SC_NPROCESSORS_ONLN), result;

	if (cpus < 2)
		t_skip("one CPU");
	h_start(&guest, "hello", RAM);
	interrupt_every(5000);
	for (i = 0;; i++) {
		CPU_ZERO(&set);
		CPU_SET(i % cpus, &set);
		T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
		result = h_run(&guest);
		if (!result)
			break;
		T_EQ(result, -EINTR);
	}
	T_EQ(guest.run->exit_reason, CCA_EXIT_SYSTEM_OFF);
	T_EQ(guest.status, 0);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
