// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each exit that a realm can have, as the VMM sees it: the reason, the raw
 * reason, and which fields count (G.2). MMIO is in run.c. Those that no guest can
 * provoke are said by the test RMM.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"

#define RAM		(2 * T_BLOCK)
#define NOTHING		H_SHARED(0x0b000000UL)
#define ESR_EC(esr)	((esr) >> 26 & 0x3f)
#define ESR_ISV		(1UL << 24)

static struct h_guest guest;

static struct cca_rec_info rec_info(void)
{
	struct cca_rec_info info = { 0 };

	t_ok_plain(guest.rec, CCA_REC_INFO, &info);
	return info;
}

static void start(const char *name, uint64_t how)
{
	const uint64_t gprs[8] = { how };

	h_load(&guest, name, RAM, -1, gprs);
	h_activate(guest.realm);
}

/* Fields that the exit does not name are zero, says the header. */
static void want_exit(uint32_t reason, uint32_t raw)
{
	const struct cca_run *run = guest.run;
	unsigned int i;

	T_EQ(h_run(&guest), 0);
	T_EQ(run->exit_reason, reason);
	T_EQ(run->raw_reason, raw);
	if (reason != CCA_EXIT_MMIO)
		T_ASSERT(!run->mmio.ipa && !run->mmio.data && !run->mmio.bytes &&
			 !run->mmio.is_write);
	if (reason != CCA_EXIT_RIPAS)
		T_ASSERT(!run->ripas.base && !run->ripas.top && !run->ripas.value);
	if (reason != CCA_EXIT_SYSREG)
		T_EQ(run->sysreg, 0);
	if (reason != CCA_EXIT_HOST_CALL)
		T_EQ(run->imm, 0);
	for (i = reason == CCA_EXIT_HOST_CALL ? 31 : 2; i < 31; i++)
		T_EQ(run->gprs[i], 0);
	if (reason != CCA_EXIT_MMIO && reason != CCA_EXIT_FAULT)
		T_EQ(run->ipa, 0);
}

static void want_fault(void)
{
	want_exit(CCA_EXIT_FAULT, 0);
	T_EQ(ESR_EC(guest.run->esr), 0x24);
	T_EQ(guest.run->esr & ESR_ISV, 0);
	T_EQ(guest.run->ipa & -T_PAGE, NOTHING);
}

/* Pairs, and accesses that change their address register: no ISV. */
TEST(R29_an_access_that_cannot_be_emulated_is_a_fault)
{
	uint64_t how;

	for (how = 0; how < 4; how++) {
		start("abort", how);
		want_fault();
		/* Entered again it is made again. */
		want_fault();
		guest.run->flags = CCA_RUN_F_INJECT_SEA;
		h_run_to_end(&guest, 0);
		T_EQ(guest.run->flags, 0);
		h_close(&guest);
	}
}

TEST(R29_an_abort_wins_over_a_value)
{
	start("abort", 4);
	want_exit(CCA_EXIT_MMIO, 0);
	T_EQ(guest.run->mmio.ipa, NOTHING);
	T_EQ(guest.run->mmio.bytes, 8);
	guest.run->mmio.data = 1;
	guest.run->flags = CCA_RUN_F_INJECT_SEA;
	h_run_to_end(&guest, 0);
	h_close(&guest);

	start("abort", 4);
	want_exit(CCA_EXIT_MMIO, 0);
	h_run_to_end(&guest, 2);
}

TEST(R29_a_fetch_from_outside_is_the_realms_own_problem)
{
	start("abort", 5);
	h_run_to_end(&guest, 0);
}

static void want_sysreg(uint64_t esr, uint64_t value)
{
	want_exit(CCA_EXIT_SYSREG, 0);
	T_EQ(ESR_EC(guest.run->esr), 0x18);
	T_EQ(guest.run->esr & 0x3ffffe, esr & 0x3ffffe & ~0x3e0UL);
	T_EQ(guest.run->esr & 1, esr & 1);
	T_EQ(guest.run->sysreg, value);
}

static void want_read(uint64_t value)
{
	want_exit(CCA_EXIT_HOST_CALL, 5);
	T_EQ(guest.run->gprs[0], value);
}

/* Op0 3, op1 0: op2 in 19:17, CRn in 13:10, CRm in 4:1, read in 0. */
#define ICC(crn, crm, op2, read) \
	(3UL << 20 | (op2) << 17 | (crn) << 10 | (crm) << 1 | (read))

TEST(R29_registers_of_the_GIC_are_read_and_written_by_the_host)
{
	start("icc", 0);
	guest.run->gic_hcr = 1 << 10 | 1 << 12;		/* TC, TALL1 */
	want_sysreg(ICC(4UL, 6UL, 0UL, 1), 0);
	guest.run->sysreg = 0xf0;
	want_read(0xf0);
	want_sysreg(ICC(12UL, 12UL, 0UL, 1), 0);
	guest.run->sysreg = 27;
	want_read(27);
	/* Not answered: what the VMM leaves there, and that is zero. */
	want_sysreg(ICC(12UL, 12UL, 0UL, 1), 0);
	want_read(0);
	want_sysreg(ICC(12UL, 12UL, 1UL, 0), 0x1001);
	want_sysreg(ICC(4UL, 6UL, 0UL, 0), 0x1002);
	want_sysreg(ICC(12UL, 11UL, 5UL, 0), 0x1003);
	h_run_to_end(&guest, 0);
}

TEST(R29_waiting_for_an_event_is_no_exit_for_the_VMM)
{
	start("wait", 0);
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "waited\n"));
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void on_signal(int number)
{
}

static void interrupt_every(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = { { us / 1000000, us % 1000000 }, { us / 1000000, us % 1000000 } };

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	T_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

TEST(R30_CPU_SUSPEND_sleeps_in_the_kernel)
{
	uint64_t entries;

	start("wait", 1);
	interrupt_every(300000);
	while (!strstr(guest.console, "waiting\n"))
		T_EQ(h_run(&guest), -EINTR);
	T_EQ(h_run(&guest), -EINTR);
	entries = rec_info().out_entries;
	T_EQ(h_run(&guest), -EINTR);
	/* It is entered when the sleep is over, and leaves at once. */
	T_ASSERT(rec_info().out_entries - entries <= 20);
	T_ASSERT(rec_info().out_exits[3] >= 2);
}

/* ------------------------------------------------- what only an RMM can say */

static void say(uint64_t reason, uint64_t esr)
{
	const struct r_fault fault = {
		.kind = FAULT_EXIT, .arg = esr, .arg2 = reason, .times = 1,
	};

	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REC_ENTER), 1, &fault));
}

static void start_spin(void)
{
	r_open();
	start("spin", 0);
	interrupt_every(20000);
	while (!strstr(guest.console, "spinning\n"))
		T_EQ(h_run(&guest), -EINTR);
	interrupt_every(0);
}

static void still_alive(void)
{
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_ACTIVE);
	interrupt_every(20000);
	T_EQ(h_run(&guest), -EINTR);
	interrupt_every(0);
}

TEST(R29_an_SError_is_told_with_its_syndrome)
{
	start_spin();
	say(RMI_EXIT_SERROR, 0xbe000011);
	want_exit(CCA_EXIT_SERROR, RMI_EXIT_SERROR);
	T_EQ(guest.run->esr, 0xbe000011);
	T_EQ(rec_info().out_exits[6], 1);
	still_alive();
	r_close();
}

TEST(R29_an_FIQ_is_the_hosts_and_nobodys_else)
{
	start_spin();
	say(RMI_EXIT_FIQ, 0);
	still_alive();
	T_EQ(guest.run->exit_reason, CCA_EXIT_INTR);
	T_EQ(rec_info().out_exits[2], 1);
	r_close();
}

TEST(R29_an_external_abort_is_told)
{
	/* Of a load, of a fetch, and on walks of both. */
	static const uint64_t esrs[] = { 0x92000210, 0x82000210, 0x92000217, 0x82000014 };
	unsigned int i;

	start_spin();
	for (i = 0; i < T_ARRAY_SIZE(esrs); i++) {
		say(RMI_EXIT_SYNC, esrs[i]);
		want_exit(CCA_EXIT_SERROR, RMI_EXIT_SYNC);
		T_EQ(guest.run->esr, esrs[i]);
	}
	still_alive();
	r_close();
}

TEST(R29_reasons_that_nobody_knows_are_told)
{
	static const struct {
		uint64_t reason, esr;
	} unknown[] = {
		{ RMI_EXIT_SYNC, 0 }, { RMI_EXIT_SYNC, 0xf2000001 },
		{ RMI_EXIT_SYNC, ~0UL }, { RMI_EXIT_PSCI, 0 },
		{ 7, 1 }, { 8, 2 }, { 9, 0 }, { 10, 0 }, { 11, 0 }, { 0x7f, 0 }, { 0xff, 0 },
	};
	unsigned int i;

	start_spin();
	for (i = 0; i < T_ARRAY_SIZE(unknown); i++) {
		say(unknown[i].reason, unknown[i].esr);
		want_exit(CCA_EXIT_UNKNOWN, unknown[i].reason);
		T_EQ(guest.run->esr, unknown[i].esr);
	}
	still_alive();
	r_close();
}

static volatile bool over;

static void *neighbour(void *unused)
{
	pin(0);
	while (!over)
		continue;
	return NULL;
}

/* Flags of some entries, which ticks and signals end. On a busy host they are few. */
static void entries(uint64_t *some, uint64_t *all)
{
	uint64_t before = rec_info().out_entries;

	r_enter_flags(some, all);
	interrupt_every(100000);
	while (rec_info().out_entries - before < 10)
		T_EQ(h_run(&guest), -EINTR);
	interrupt_every(0);
	r_enter_flags(some, all);
}

static uint64_t switches(void)
{
	struct rusage usage;

	T_EQ(getrusage(RUSAGE_THREAD, &usage), 0);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

TEST_SECONDS(R29_a_realm_that_waits_for_an_event_lets_others_run, 60)
{
	const struct r_fault waits = {
		.kind = FAULT_EXIT, .arg = 0x04000001, .arg2 = RMI_EXIT_SYNC,
		.times = UINT32_MAX,
	};
	uint64_t some, all, before;
	pthread_t thread;

	pin(1);
	start_spin();
	/* A kernel thread may want the CPU for a moment, but not all the time. */
	entries(&some, &all);
	T_ASSERT(all & RMI_ENTER_TRAP_WFI);
	T_ASSERT(!(all & RMI_ENTER_TRAP_WFE));

	pin(0);
	T_EQ(pthread_create(&thread, NULL, neighbour, NULL), 0);
	t_sleep_us(20000);
	entries(&some, &all);
	T_ASSERT(all & RMI_ENTER_TRAP_WFE);

	h_close(&guest);

	/* Else only the tick takes the CPU away, after hundreds of waits. */
	start("wfi", 0);
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REC_ENTER), 1, &waits));
	interrupt_every(40000);
	before = switches();
	while (switches() - before < 200)
		T_EQ(h_run(&guest), -EINTR);
	interrupt_every(0);
	t_note("%llu waits", (unsigned long long)rec_info().out_exits[0]);
	T_ASSERT(rec_info().out_exits[0] < 200 * 10);
	r_plan_clear();
	over = true;
	pthread_join(thread, NULL);
	r_close();
}

/* A wait that the RMM invents: the realm goes on as if it had waited. */
TEST(R29_waits_that_were_none_harm_nobody)
{
	start_spin();
	say(RMI_EXIT_SYNC, 0x04000001);
	still_alive();
	interrupt_every(50000);
	say(RMI_EXIT_SYNC, 0x04000000);
	T_EQ(h_run(&guest), -EINTR);
	still_alive();
	r_close();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
