// SPDX-License-Identifier: GPL-2.0-only
/*
 * libcca in the machine, as a VMM uses it: what is loaded, and realms that run.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "guest.h"

/* --------------------------------------------------------------- populating */

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	alarms++;
}

/* A signal every few hundred microseconds. */
static void start_alarms(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, us }, { 0, us } };

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	T_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void stop_alarms(void)
{
	struct itimerval never = { 0 };

	setitimer(ITIMER_REAL, &never, NULL);
}

TEST_SECONDS(populating_goes_on_after_signals, 60)
{
	const uint64_t length = 8 << 20;
	void *pages = g_buffer(length);
	struct vmm vmm;

	g_create(&vmm, NULL, NULL);
	start_alarms(3000);
	OK(cca_realm_populate(vmm.realm, RAM, length, pages, 0, NULL));
	stop_alarms();
	T_ASSERT(alarms > 1);
	FAILS(EEXIST, cca_realm_populate(vmm.realm, RAM + length - T_PAGE, T_PAGE, pages, 0, NULL));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_POPULATED);
	g_finish(&vmm);
}

TEST_SECONDS(populating_says_how_far_it_came, 60)
{
	const uint64_t length = 16 << 20;
	char *pages = g_buffer(length);
	uint64_t at = 0, done;
	unsigned int interrupted = 0;
	struct vmm vmm;
	int err;

	g_create(&vmm, NULL, NULL);
	start_alarms(20000);
	do {
		err = cca_realm_populate(vmm.realm, RAM + at, length - at, pages + at, 0, &done);
		T_EQ(done % T_PAGE, 0);
		at += done;
		interrupted += err == -EINTR;
	} while (err == -EINTR);
	stop_alarms();
	OK(err);
	T_EQ(at, length);
	T_ASSERT(interrupted);
	g_finish(&vmm);
}

TEST(populating_the_wrong_place_says_so)
{
	char *pages = g_buffer(2 * T_PAGE);
	uint64_t done = 77;
	struct vmm vmm;

	g_create(&vmm, NULL, NULL);
	FAILS(ENOENT, cca_realm_populate(vmm.realm, RAM - T_PAGE, T_PAGE, pages, 0, &done));
	T_EQ(done, 0);
	FAILS(EINVAL, cca_realm_populate(vmm.realm, RAM, T_PAGE - 1, pages, 0, NULL));
	FAILS(EINVAL, cca_realm_populate(vmm.realm, RAM, 0, pages, 0, NULL));
	FAILS(EFAULT, cca_realm_populate(vmm.realm, RAM, T_PAGE, NULL, 0, NULL));
	FAILS(EEXIST, cca_realm_add_memory(vmm.realm, RAM + RAM_SIZE - T_PAGE, 2 * T_PAGE, NULL));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_OVERLAP);
	g_finish(&vmm);
}

TEST(memory_is_shared_and_taken_back)
{
	const uint64_t ipa = 1ULL << (CCA_IPA_BITS_DEFAULT - 1);
	struct cca_realm_info info = { .size = sizeof(info) };
	char *pages = g_buffer(2 * T_PAGE);
	struct vmm vmm;

	g_create(&vmm, NULL, NULL);
	OK(cca_realm_add_memory_flags(vmm.realm, RAM + RAM_SIZE, T_PAGE, NULL,
				      CCA_MEM_F_RIPAS_EXIT));
	FAILS(EINVAL, cca_realm_add_memory_flags(vmm.realm, 0, T_PAGE, NULL, 1U << 31));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_FLAGS);
	FAILS(EFAULT, cca_realm_share(vmm.realm, ipa, T_PAGE, NULL, 0));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_SOURCE);
	FAILS(EINVAL, cca_realm_share(vmm.realm, RAM, T_PAGE, pages, 0));
	OK(cca_realm_share(vmm.realm, ipa, 2 * T_PAGE, pages, 0));
	OK(cca_realm_share(vmm.realm, ipa + T_BLOCK, T_PAGE, pages, CCA_MEM_F_READONLY));
	OK(cca_realm_get_info(vmm.realm, &info));
	T_EQ(info.out_shared, 3 * T_PAGE);
	FAILS(EEXIST, cca_realm_share(vmm.realm, ipa, T_PAGE, pages, 0));
	FAILS(EINVAL, cca_realm_unshare(vmm.realm, ipa, T_PAGE));
	OK(cca_realm_unshare(vmm.realm, ipa, 2 * T_PAGE));
	FAILS(ENOENT, cca_realm_unshare(vmm.realm, ipa, 2 * T_PAGE));
	g_finish(&vmm);
}

/* ------------------------------------------------------------------ running */

TEST(a_guest_runs_and_its_measurement_is_the_one_computed)
{
	uint8_t rim[CCA_HASH_SIZE_MAX];
	char hex[2 * CCA_HASH_SIZE_MAX + 1];
	struct cca_rec_info info = { .size = sizeof(info) };
	struct vmm vmm;
	size_t length;

	g_start(&vmm, "hello");
	OK(g_run(&vmm));
	T_EQ(cca_rec_page(vmm.rec)->exit_reason, CCA_EXIT_SYSTEM_OFF);
	T_EQ(vmm.status, 0);
	length = cca_measurement_value(vmm.m, rim);
	T_EQ(length, 32);
	for (size_t i = 0; i < length; i++)
		sprintf(hex + 2 * i, "%02x", rim[i]);
	T_ASSERT(strstr(vmm.said, hex));
	T_EQ(cca_rec_index(vmm.rec), 0);
	T_EQ(cca_rec_mpidr(vmm.rec), 0);
	OK(cca_rec_get_info(vmm.rec, &info));
	T_ASSERT(info.out_entries);
	FAILS(ESTALE, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_last_outcome(vmm.rec)->reason, CCA_REASON_SYSTEM_OFF);
	g_finish(&vmm);
}

/*
 * All that counts in one realm after the other: hashes, parameters, pages that
 * are not measured before and after the image, RECs that are on and off.
 */
static void measured(const struct cca_realm_options *options, unsigned int order)
{
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };
	struct cca_rec_options other = { .size = sizeof(other), .pc = 0x1234000 };
	uint8_t *page = aligned_alloc(T_PAGE, T_PAGE), rim[CCA_HASH_SIZE_MAX];
	char hex[2 * CCA_HASH_SIZE_MAX + 6] = "RIM: ";
	struct cca_rec *more = NULL;
	struct vmm vmm;
	size_t length;

	memset(page, order, T_PAGE);
	g_create(&vmm, options, NULL);
	if (order & 1) {
		OK(cca_realm_populate(vmm.realm, RAM + RAM_SIZE - T_PAGE, T_PAGE, page, 0, NULL));
		OK(cca_measurement_extend_data(vmm.m, RAM + RAM_SIZE - T_PAGE, T_PAGE, NULL, 0));
	}
	g_elf(&vmm, "hello", &rec);
	OK(cca_rec_create(vmm.realm, &rec, &vmm.rec));
	OK(cca_measurement_extend_rec(vmm.m, &rec));
	if (order & 2) {
		other.flags = order & 1 ? CCA_REC_F_RUNNABLE : 0;
		OK(cca_rec_create(vmm.realm, &other, &more));
		OK(cca_measurement_extend_rec(vmm.m, &other));
	}
	g_data(&vmm, RAM + RAM_SIZE - 2 * T_PAGE, T_PAGE, page);
	/* What does not count. */
	OK(cca_realm_prefault(vmm.realm, RAM + RAM_SIZE / 2, T_BLOCK, NULL));
	OK(cca_realm_activate(vmm.realm));
	OK(g_run(&vmm));
	T_EQ(vmm.status, 0);
	length = cca_measurement_value(vmm.m, rim);
	for (size_t i = 0; i < length; i++)
		sprintf(hex + 5 + 2 * i, "%02x", rim[i]);
	if (!strstr(vmm.said, hex))
		t_fail(__FILE__, __LINE__, "hash %u, order %u: computed %s, the guest says %s",
		       options->hash, order, hex, vmm.said);
	if (more)
		cca_rec_close(more);
	free(page);
	g_finish(&vmm);
}

TEST_SECONDS(R24_the_guest_reads_what_is_computed_for_every_combination, 300)
{
	struct cca_info info = { .size = sizeof(info) };
	struct cca *c = g_open();

	OK(cca_get_info(c, &info));
	for (unsigned int i = 0; i < 24; i++) {
		struct cca_realm_options o = { .size = sizeof(o), .hash = i / 8 };

		if (!(info.out_hashes >> o.hash & 1))
			continue;
		o.ipa_bits = (const uint32_t[]) { 40, 33, 48, 39 }[(i + i / 4) % 4];
		if (o.ipa_bits > info.out_ipa_bits_max)
			o.ipa_bits = 40;
		if (i & 4) {
			o.breakpoints = info.out_breakpoints_max;
			o.watchpoints = 2;
			memset(o.rpv, i, sizeof(o.rpv));
		}
		if (i & 4 && info.out_sve_vl_max) {
			o.flags = CCA_REALM_F_SVE;
			o.sve_vl = i & 1 ? 128 : info.out_sve_vl_max;
		}
		measured(&o, i % 4);
	}
	cca_close(c);
}

TEST(a_rec_that_is_off_says_try_again)
{
	struct vmm vmm;

	g_create(&vmm, NULL, NULL);
	OK(cca_rec_create(vmm.realm, NULL, &vmm.rec));
	FAILS(EBUSY, cca_rec_run(vmm.rec));
	OK(cca_realm_activate(vmm.realm));
	FAILS(EAGAIN, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_last_outcome(vmm.rec)->reason, CCA_REASON_NOT_RUNNABLE);
	g_finish(&vmm);
}

TEST(a_kick_is_seen_once)
{
	struct vmm vmm;

	g_start(&vmm, "exit7");
	cca_rec_kick(vmm.rec);
	FAILS(EINTR, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_page(vmm.rec)->exit_reason, CCA_EXIT_INTR);
	OK(g_run(&vmm));
	T_EQ(vmm.status, 7);
	g_finish(&vmm);
}

struct runner {
	struct vmm vmm;
	pthread_t thread;
	int err;
};

static void *run_thread(void *argument)
{
	struct runner *r = argument;

	r->err = g_run(&r->vmm);
	return NULL;
}

static void start_runner(struct runner *r)
{
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGUSR1, &action, NULL);
	g_start(&r->vmm, "spin");
	T_EQ(pthread_create(&r->thread, NULL, run_thread, r), 0);
	t_sleep_us(300000);
}

TEST(a_running_rec_is_kicked_out)
{
	struct runner r = { 0 };

	start_runner(&r);
	cca_rec_kick(r.vmm.rec);
	T_EQ(pthread_kill(r.thread, SIGUSR1), 0);
	T_EQ(pthread_join(r.thread, NULL), 0);
	T_EQ(r.err, -EINTR);
	g_finish(&r.vmm);
}

TEST(terminating_ends_a_running_rec)
{
	struct runner r = { 0 };

	start_runner(&r);
	OK(cca_realm_terminate(r.vmm.realm));
	T_EQ(pthread_join(r.thread, NULL), 0);
	T_EQ(r.err, 0);
	T_EQ(cca_rec_page(r.vmm.rec)->exit_reason, CCA_EXIT_TERMINATED);
	g_finish(&r.vmm);
}

TEST(a_running_realm_is_not_destroyed_under_its_rec)
{
	struct runner r = { 0 };

	start_runner(&r);
	FAILS(EBUSY, cca_realm_destroy(r.vmm.realm));
	T_EQ(cca_realm_last_outcome(r.vmm.realm)->reason, CCA_REASON_RUNNING);
	OK(cca_realm_terminate(r.vmm.realm));
	T_EQ(pthread_join(r.thread, NULL), 0);
	OK(cca_realm_destroy(r.vmm.realm));
	g_finish(&r.vmm);
}
