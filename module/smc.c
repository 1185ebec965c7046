// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only SMC of the module. Everything that wants to know about commands to
 * the RMM hangs off this place: counters, the tracepoint, the retry budget.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/arch_timer.h>
#include <clocksource/arm_arch_timer.h>

#include "cca.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/*
 * BUSY passes by itself, in microseconds: reschedule between the first tries,
 * sleep between the others. BLOCKED passes when another operation of ours
 * ends, in some other thread: sleep, longer each time. Either way this ends
 * after a second or two.
 */
#define BUSY_TRIES		1000
#define BUSY_TRIES_AWAKE	64
#define BUSY_SLEEP_US		100
#define BUSY_LIMIT_MS		2000
#define BLOCKED_TRIES		24
#define BLOCKED_SLEEP_US	1000

struct counters {
	struct cca_smc_counter command[SMC_RMI_COUNT];
};

/* Alone there is no sleeping, and nobody whose end could be waited for. */
#define ALONE_TRIES		64
#define ALONE_PAUSE_US		10

static struct counters __percpu *counters;
static bool smc_safe;
static u64 alone_until;			/* of the counter; 0: not alone */

int cca_smc_init(void)
{
	counters = alloc_percpu(struct counters);
	if (!counters)
		return -ENOMEM;
	/*
	 * An SMC below neither EL2 nor EL3 is an undefined instruction. The
	 * conduit is what the firmware description says about this machine.
	 */
	smc_safe = arm_smccc_1_1_get_conduit() == SMCCC_CONDUIT_SMC;
	return 0;
}

void cca_smc_exit(void)
{
	free_percpu(counters);
}

bool cca_smc_conduit(void)
{
	return smc_safe;
}

void cca_smc_alone(unsigned int seconds)
{
	u64 end = arch_timer_read_counter() +
		  (u64)arch_timer_get_cntfrq() * seconds;

	WRITE_ONCE(alone_until, end ?: 1);
}

bool cca_alone(void)
{
	return READ_ONCE(alone_until);
}

void cca_smc_count(unsigned int n, struct cca_smc_counter *sum)
{
	int cpu;

	*sum = (struct cca_smc_counter){};
	if (n < SMC_RMI_FIRST || n > SMC_RMI_LAST)
		return;
	for_each_possible_cpu(cpu) {
		const struct cca_smc_counter *c =
			&per_cpu_ptr(counters, cpu)->command[n - SMC_RMI_FIRST];

		sum->calls += READ_ONCE(c->calls);
		sum->busy += READ_ONCE(c->busy);
		sum->blocked += READ_ONCE(c->blocked);
	}
}

static void count(unsigned int n, u64 x0)
{
	if (n < SMC_RMI_FIRST || n > SMC_RMI_LAST)
		return;
	n -= SMC_RMI_FIRST;
	this_cpu_inc(counters->command[n].calls);
	if (RMI_STATUS(x0) == RMI_BUSY)
		this_cpu_inc(counters->command[n].busy);
	else if (RMI_STATUS(x0) == RMI_BLOCKED)
		this_cpu_inc(counters->command[n].blocked);
}

/*
 * Keep what decided: the last command, or the one that somebody gave a reason
 * for. The RMM may put an address above bit 15 of X0 (B.1), and addresses stay
 * in the kernel.
 */
static void record(struct cca_outcome *out, unsigned int n, const cca_regs *res)
{
	out->rmi_calls++;
	if (out->reason)
		return;
	out->rmi_fid = n;
	out->rmi_data = 0;
	if (res->a0 == RMI_NOT_IMPLEMENTED) {
		out->rmi_status = RMI_NOT_IMPLEMENTED;
		return;
	}
	out->rmi_status = res->a0 & 0xffff;
	if (cca_rmi_fid_flags(n) & CCA_COMMAND_DATA)
		out->rmi_data = res->a1;
}

static int call(struct cca_outcome *out, const cca_regs *args, cca_regs *res)
{
	unsigned int n = SMC_RMI_NUMBER((u32)args->a0);

	if (!smc_safe)
		return -ENODEV;
	arm_smccc_1_2_smc(args, res);
	count(n, res->a0);
	trace_cca_rmi(args, res);
	record(out, n, res);
	if (res->a0 == RMI_NOT_IMPLEMENTED)
		return -ENOSYS;
	return RMI_STATUS(res->a0) ? res->a0 & 0xffff : 0;
}

int cca_smc_once(struct cca_outcome *out, cca_regs *regs)
{
	const cca_regs args = *regs;

	return call(out, &args, regs);
}

/* The caller is being killed, and nothing is lost by giving up here. */
static bool cut_short(unsigned int n)
{
	if (cca_rmi_fid_flags(n) & CCA_COMMAND_RETURNS)
		return false;
	if (current->flags & (PF_KTHREAD | PF_EXITING))
		return false;
	return fatal_signal_pending(current);
}

/* The clock may be in the middle of a change: look at the counter only. */
static int smc_alone(struct cca_outcome *out, cca_regs *regs)
{
	const cca_regs args = *regs;
	unsigned int tries;
	int ret = 0;

	for (tries = 0; tries < ALONE_TRIES; tries++) {
		if (arch_timer_read_counter() >= alone_until)
			return -ETIMEDOUT;
		ret = call(out, &args, regs);
		if (ret <= 0 || RMI_STATUS(ret) != RMI_BUSY)
			return ret;
		udelay(ALONE_PAUSE_US);
	}
	return ret;
}

int cca_smc(struct cca_outcome *out, cca_regs *regs)
{
	const cca_regs args = *regs;
	unsigned int n = SMC_RMI_NUMBER((u32)args.a0);
	unsigned int busy = 0, blocked = 0;
	ktime_t limit = 0;
	int ret;

	if (cca_alone())
		return smc_alone(out, regs);
	for (;;) {
		unsigned int sleep = 0;

		ret = call(out, &args, regs);
		if (ret <= 0)
			return ret;
		if (RMI_STATUS(ret) == RMI_BUSY) {
			if (++busy >= BUSY_TRIES)
				return ret;
			if (busy > BUSY_TRIES_AWAKE)
				sleep = BUSY_SLEEP_US;
		} else if (RMI_STATUS(ret) == RMI_BLOCKED) {
			if (++blocked >= BLOCKED_TRIES)
				return ret;
			sleep = blocked * BLOCKED_SLEEP_US;
		} else {
			return ret;
		}
		if (!limit)
			limit = ktime_add_ms(ktime_get(), BUSY_LIMIT_MS);
		else if (ktime_after(ktime_get(), limit))
			return ret;
		if (cut_short(n))
			return ret;
		if (sleep)
			usleep_range(sleep, 2 * sleep);
		else
			cond_resched();
	}
}
