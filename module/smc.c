// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only SMC of the module. Everything that wants to know about commands to
 * the RMM hangs off this place: counters, the tracepoint, the retry budget.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <asm/arch_timer.h>
#include <clocksource/arm_arch_timer.h>

#include "latency.h"

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

/* The one command that is made far more often than any other. */
#define ENTER			SMC_RMI_NUMBER(SMC_RMI_REC_ENTER)

struct counters {
	u64 all;			/* but ENTER */
	struct cca_smc_counter command[SMC_RMI_COUNT];
};

/*
 * Granules that are moved one a call before anybody looks at what else there is
 * to do; less where the CPU is wanted. A power of two: a run ends at a multiple.
 */
#define RUN_GRANULES		64

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
	cca_latency_exit();
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

/* The counters below count in ticks of the system counter. */
u64 cca_ticks_ns(u64 ticks)
{
	u32 frequency = arch_timer_get_cntfrq() ?: 1;
	u64 seconds = div_u64(ticks, frequency);

	return seconds * NSEC_PER_SEC +
	       div_u64((ticks - seconds * frequency) * NSEC_PER_SEC, frequency);
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
		sum->retries += READ_ONCE(c->retries);
		sum->time += READ_ONCE(c->time);
		sum->time_max = max(sum->time_max, READ_ONCE(c->time_max));
	}
	sum->time = cca_ticks_ns(sum->time);
	sum->time_max = cca_ticks_ns(sum->time_max);
}

u64 cca_smc_calls(void)
{
	u64 calls = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct counters *c = per_cpu_ptr(counters, cpu);

		calls += READ_ONCE(c->all) +
			 READ_ONCE(c->command[ENTER - SMC_RMI_FIRST].calls);
	}
	return calls;
}

/*
 * Before and after a call. Not arch_timer_read_counter(): that is dear, and the
 * SMC between the two is what keeps them in order.
 */
static u64 ticks(void)
{
	return read_sysreg(cntvct_el0);
}

/* Calls of one command, one after the other. */
struct run {
	u64 calls;
	u64 time, time_max;		/* ticks */
};

static void run_add(struct run *run, u64 time)
{
	run->calls++;
	run->time += time;
	run->time_max = max(run->time_max, time);
}

/* Commands are made by threads: with preemption off these are ours alone. */
static void count(unsigned int n, u64 x0, const struct run *run)
{
	struct cca_smc_counter *c;

	if (n < SMC_RMI_FIRST || n > SMC_RMI_LAST)
		return;
	preempt_disable();
	c = &this_cpu_ptr(counters)->command[n - SMC_RMI_FIRST];
	c->calls += run->calls;
	if (n != ENTER)
		this_cpu_ptr(counters)->all += run->calls;
	c->time += run->time;
	c->time_max = max(c->time_max, run->time_max);
	if (RMI_STATUS(x0) == RMI_BUSY)
		c->busy++;
	else if (RMI_STATUS(x0) == RMI_BLOCKED)
		c->blocked++;
	preempt_enable();
}

static void count_retry(unsigned int n)
{
	if (n >= SMC_RMI_FIRST && n <= SMC_RMI_LAST)
		this_cpu_inc(counters->command[n - SMC_RMI_FIRST].retries);
}

/*
 * Keep what decided: the last command, or the one that somebody gave a reason
 * for. The RMM may put an address above bit 15 of X0 (B.1), and addresses stay
 * in the kernel.
 */
static void record(struct cca_outcome *out, unsigned int n, const cca_regs *res,
		   u64 calls)
{
	out->rmi_calls += calls;
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

static __always_inline void smc(const cca_regs *args, cca_regs *res,
				struct run *run)
{
	const u64 start = ticks();
	u64 time;

	arm_smccc_1_2_smc(args, res);
	time = ticks() - start;
	run_add(run, time);
	cca_latency(SMC_RMI_NUMBER((u32)args->a0), time);
	trace_cca_rmi(args, res);
}

static int settle(struct cca_outcome *out, unsigned int n, const cca_regs *res,
		  const struct run *run)
{
	count(n, res->a0, run);
	record(out, n, res, run->calls);
	if (res->a0 == RMI_NOT_IMPLEMENTED)
		return -ENOSYS;
	return RMI_STATUS(res->a0) ? res->a0 & 0xffff : 0;
}

static int call(struct cca_outcome *out, const cca_regs *args, cca_regs *res)
{
	struct run run = {};

	if (!smc_safe)
		return -ENODEV;
	smc(args, res, &run);
	return settle(out, SMC_RMI_NUMBER((u32)args->a0), res, &run);
}

/*
 * A command on [a1, a2) from wherever it came to, while the answer is that it
 * came one granule further: then all that there is for one granule is this
 * loop. Any other answer, also that it came further at once, is the last one;
 * args->a1 is where the call began that was answered so.
 */
static int call_granules(struct cca_outcome *out, cca_regs *args, cca_regs *res)
{
	const u64 run_end = (args->a1 | (RUN_GRANULES * RMI_GRANULE_SIZE - 1)) + 1;
	const u64 end = min(args->a2, run_end);
	struct run run = {};

	if (!smc_safe)
		return -ENODEV;
	for (;;) {
		smc(args, res, &run);
		if (res->a0 || res->a1 != args->a1 + RMI_GRANULE_SIZE ||
		    res->a1 >= end || need_resched() || signal_pending(current))
			break;
		args->a1 = res->a1;
	}
	return settle(out, SMC_RMI_NUMBER((u32)args->a0), res, &run);
}

static noinline int entry_failed(struct cca_outcome *out, const cca_regs *res,
				 u64 time)
{
	const struct run run = { .calls = 1, .time = time, .time_max = time };

	return settle(out, ENTER, res, &run);
}

int cca_smc_enter(struct cca_outcome *out, const cca_regs *args, cca_regs *res)
{
	struct cca_smc_counter *c;
	u64 time;

	time = ticks();
	arm_smccc_1_2_smc(args, res);
	time = ticks() - time;
	trace_cca_rmi(args, res);
	cca_latency(ENTER, time);
	if (unlikely(res->a0))
		return entry_failed(out, res, time);

	/* What settle() comes to, of a success without results. */
	c = this_cpu_ptr(&counters->command[ENTER - SMC_RMI_FIRST]);
	c->calls++;
	c->time += time;
	c->time_max = max(c->time_max, time);
	out->rmi_calls++;
	if (likely(!out->reason)) {
		out->rmi_fid = ENTER;
		out->rmi_status = RMI_SUCCESS;
		out->rmi_data = 0;
	}
	return 0;
}

/* The caller is being killed, and nothing is lost by giving up here. */
static bool cut_short(unsigned int n)
{
	return !(cca_rmi_fid_flags(n) & CCA_COMMAND_RETURNS) && cca_killed();
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
		count_retry(SMC_RMI_NUMBER((u32)args.a0));
		udelay(ALONE_PAUSE_US);
	}
	return ret;
}

/* How often one command was put off so far. */
struct patience {
	unsigned int busy, blocked;
	ktime_t limit;
};

/* After an answer: wait, and make the call again? */
static bool again(struct patience *p, unsigned int n, int ret)
{
	unsigned int sleep = 0;

	if (ret <= 0)
		return false;
	if (RMI_STATUS(ret) == RMI_BUSY) {
		if (++p->busy >= BUSY_TRIES)
			return false;
		if (p->busy > BUSY_TRIES_AWAKE)
			sleep = BUSY_SLEEP_US;
	} else if (RMI_STATUS(ret) == RMI_BLOCKED) {
		if (++p->blocked >= BLOCKED_TRIES)
			return false;
		sleep = p->blocked * BLOCKED_SLEEP_US;
	} else {
		return false;
	}
	if (!p->limit)
		p->limit = ktime_add_ms(ktime_get(), BUSY_LIMIT_MS);
	else if (ktime_after(ktime_get(), p->limit))
		return false;
	if (cut_short(n))
		return false;
	count_retry(n);
	if (sleep)
		usleep_range(sleep, 2 * sleep);
	else
		cond_resched();
	return true;
}

int cca_smc(struct cca_outcome *out, cca_regs *regs)
{
	const cca_regs args = *regs;
	struct patience patience = {};
	int ret;

	if (cca_alone())
		return smc_alone(out, regs);
	do {
		ret = call(out, &args, regs);
	} while (again(&patience, SMC_RMI_NUMBER((u32)args.a0), ret));
	return ret;
}

int cca_smc_range(struct cca_outcome *out, cca_regs *regs, phys_addr_t *at)
{
	cca_regs args = *regs;
	struct patience patience = {};
	int ret;

	*at = args.a1;
	if (cca_alone())
		return smc_alone(out, regs);
	do {
		const u64 from = args.a1;

		ret = call_granules(out, &args, regs);
		if (args.a1 != from)
			patience = (struct patience){};
	} while (again(&patience, SMC_RMI_NUMBER((u32)args.a0), ret));
	*at = args.a1;
	return ret;
}
