// SPDX-License-Identifier: GPL-2.0-only
/*
 * RUN: enter a REC, deal with what it left for, and again, until the VMM is
 * needed.
 *
 * What is between a VMM and its realm is this: of each step, what most entries
 * do not need is behind a test of whether this one does.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/vtime.h>
#include <asm/arch_timer.h>
#include <asm/barrier.h>
#include <asm/daifflags.h>
#include <clocksource/arm_arch_timer.h>

#include "object.h"
#include "trace.h"

/* From RUN's own rooms: leave to the VMM; the page says why. */
#define TO_USER		1

/* For how long a realm that waits for an event lends its CPU. */
#define WFE_US		50

/* ---------------------------------------------------------------- the entry */

/*
 * RMI_ENTER_*, as the VMM answered what the realm left for. WFI always traps: a
 * sleeping REC must not hold a CPU (G.3).
 */
static u64 enter_flags(const struct cca_rec *rec)
{
	if (likely(!rec->flags))
		return RMI_ENTER_TRAP_WFI | rec->next;
	if (rec->flags & CCA_RUN_F_INJECT_SEA)
		return RMI_ENTER_TRAP_WFI | RMI_ENTER_INJECT_SEA;
	if (rec->flags & CCA_RUN_F_RETRY)
		return RMI_ENTER_TRAP_WFI;
	if (rec->flags & CCA_RUN_F_RIPAS_REJECT)
		return RMI_ENTER_TRAP_WFI | RMI_ENTER_RIPAS_REJECT;
	return RMI_ENTER_TRAP_WFI | rec->next;
}

/* An entry has taken the answer: nothing of it is left for another. */
static void answer_taken(struct cca_rec *rec)
{
	rec->maybe_off = false;
	rec->next = 0;
	rec->may_abort = false;
	rec->answer = CCA_ANSWER_NONE;
	memset(&rec->ripas, 0, sizeof(rec->ripas));
	/* Only what was looked at: the VMM may be writing the rest by now. */
	if (rec->flags & ~CCA_RUN_F_TIMER_EXIT)
		WRITE_ONCE(rec->page->flags, rec->flags & CCA_RUN_F_TIMER_EXIT);
	rec->flags = 0;
}

/* The realm and the VMM want something; pairs with the kick of who says so. */
static __always_inline bool is_wanted(const struct cca_rec *rec)
{
	return READ_ONCE(rec->realm->state) != CCA_REALM_ACTIVE ||
	       READ_ONCE(rec->page->immediate_exit);
}

static bool must_look(const struct cca_rec *rec)
{
	return is_wanted(rec) || signal_pending(current);
}

/* What signal_pending() and need_resched() look at, in one look. */
#define WORK	(_TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL | _TIF_NEED_RESCHED)

/* Whoever else had the CPU may have left its interrupts as they please. */
static void ready_interrupts(struct cca_rec *rec)
{
	unsigned long switches = current->nvcsw + current->nivcsw;

	if (rec->ready_task == current && rec->ready_switches == switches)
		return;
	cca_ppi_ready();
	rec->ready_task = current;
	rec->ready_switches = switches;
}

/*
 * The realm's counters want their interrupt. A line that rises ends an entry by
 * IRQ, so that it is enough to look then, and as long as it is high.
 */
static void note_overflow(struct cca_rec *rec)
{
	rec->overflow = (rec->realm->made.flags & CCA_REALM_F_PMU) &&
			rec->run->exit.pmu_ovf_status;
}

/*
 * If it was a timer's, its owner may have left it active; and whoever disables
 * one on all CPUs sends an interrupt. To RCU the entry was as good as user mode,
 * which is what it asks about by interrupts: the tick, or one of its own.
 */
static void interrupted(struct cca_rec *rec)
{
	note_overflow(rec);
	cca_ppi_ready();
	rcu_note_context_switch(false);
}

/*
 * -EINTR: there is something to look at first. Whoever wants that afterwards
 * sends an interrupt, and that ends the entry.
 */
static __always_inline int enter(struct cca_rec *rec, bool hold_pmu, struct cca_outcome *out)
{
	int ret;

	preempt_disable();
	local_irq_disable();
	if (unlikely(is_wanted(rec) || (read_thread_flags() & WORK))) {
		local_irq_enable();
		preempt_enable();
		return -EINTR;
	}

	/*
	 * Time in the realm is guest time of this thread. Interrupts must be
	 * masked at the CPU, not by priority: else they would not end the entry.
	 */
	ready_interrupts(rec);
	/* A realm that waits for an event may lend its CPU to whoever wants it. */
	if (!single_task_running())
		rec->run->enter.flags |= RMI_ENTER_TRAP_WFE;
	vtime_account_guest_enter();
	local_daif_mask();
	pmr_sync();

	cca_ich_enter(&rec->ich);
	if (hold_pmu)
		hold_pmu = cca_ppi_pmu_hold();
	ret = rmi_rec_enter(out, &rec->entry);
	if (hold_pmu)
		cca_ppi_pmu_release();
	cca_ich_leave(&rec->ich);

	local_daif_restore(DAIF_PROCCTX_NOIRQ);
	/* The interrupt that ended it, most often the tick, is taken as guest. */
	local_irq_enable();
	isb();
	local_irq_disable();
	vtime_account_guest_exit();
	if (!ret && (rec->run->exit.exit_reason & 0xff) == RMI_EXIT_IRQ)
		interrupted(rec);
	local_irq_enable();
	preempt_enable();
	return ret;
}

static int enter_realm(struct cca_rec *rec, struct cca_outcome *out)
{
	return enter(rec, false, out);
}

static noinline int enter_overflown(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret = enter(rec, true, out);

	if (!ret)
		note_overflow(rec);
	return ret;
}

static void note_timers(struct cca_rec *rec)
{
	const struct rmi_rec_exit *from = &rec->run->exit;

	/*
	 * An RMM that cannot write a host call back returns before anything ran,
	 * with the timers at 0 (L.2-19): what we know is better.
	 */
	if (rec->host_call && rec->exit.action == CCA_ACTION_MAP &&
	    !from->cntv_cval && !from->cntp_cval)
		return;
	rec->host_call = rec->exit.answer == CCA_ANSWER_GPRS;
	rec->timers = (struct cca_timers){
		.cntv_ctl = from->cntv_ctl, .cntv_cval = from->cntv_cval,
		.cntp_ctl = from->cntp_ctl, .cntp_cval = from->cntp_cval,
	};
}

/* ------------------------------------------------------- what RUN does itself */

/* Whether the timer will fire; *first is when the first of them does. */
static bool deadline(u64 ctl, u64 cval, bool high, u64 *first)
{
	if (high || !(ctl & ARCH_TIMER_CTRL_ENABLE) ||
	    (ctl & ARCH_TIMER_CTRL_IT_MASK))
		return false;
	*first = min(*first, cval);
	return true;
}

/*
 * Sleep until a timer of the realm is due, a signal, or a kick. Its timers are
 * not live while it is out. Waking too early is what a WFI may do.
 */
static noinline void wait_for_interrupt(struct cca_rec *rec)
{
	u64 rate = arch_timer_get_cntfrq();
	u64 first = U64_MAX;
	u32 levels;
	bool armed;
	DEFINE_WAIT(wait);
	ktime_t timeout;
	u64 now;

	note_overflow(rec);
	levels = cca_rec_timers(rec);
	/*
	 * A level that the VMM knows of is in a list register by now, or in none. One
	 * of the PMU is nothing to a VMM that does not ask.
	 */
	if (levels != (rec->timer_exit ? rec->timers_told : levels & CCA_RUN_PMU_OVERFLOW))
		return;
	/* No sum: both are to be looked at. */
	armed = deadline(rec->timers.cntv_ctl, rec->timers.cntv_cval,
			 levels & CCA_RUN_TIMER_VIRTUAL, &first);
	armed |= deadline(rec->timers.cntp_ctl, rec->timers.cntp_cval,
			  levels & CCA_RUN_TIMER_PHYSICAL, &first);

	for (;;) {
		now = arch_timer_read_counter();
		if (armed && first <= now)
			break;
		prepare_to_wait(&rec->wait, &wait, TASK_INTERRUPTIBLE);
		if (must_look(rec))
			break;
		if (!armed || !rate) {
			schedule();
			continue;
		}
		/* Some seconds at a time, so that the product fits. */
		timeout = div64_u64(min(first - now, rate * 8) * NSEC_PER_SEC,
				    rate);
		schedule_hrtimeout(&timeout, HRTIMER_MODE_REL);
	}
	finish_wait(&rec->wait, &wait);
}

static noinline int map_fault(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	struct cca_region *region;
	bool cured = false;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = cca_realm_expect(realm, CCA_REALM_ACTIVE, out);
	if (ret) {
		/* The loop sees it too, and says it better. */
		out->reason = 0;
		mutex_unlock(&realm->lock);
		return 0;
	}
	region = cca_region_find(realm, rec->exit.ipa);
	if (region) {
		ret = cca_private_fault(realm, region, rec->exit.ipa,
					rec->run->exit.esr, &cured, out);
		ret = cca_realm_result(realm, ret, out);
	}
	mutex_unlock(&realm->lock);
	if (ret || cured)
		return ret;
	cca_page_write_exit(rec, CCA_EXIT_FAULT);
	return TO_USER;
}

static int tell_ripas(struct cca_rec *rec, int ret)
{
	if (ret != CCA_RIPAS_TELL)
		return ret;
	cca_page_write_exit(rec, CCA_EXIT_RIPAS);
	if (!rec->ripas.ask)
		rec->next = RMI_ENTER_RIPAS_REJECT;
	return TO_USER;
}

/*
 * A REC that is off must not be entered even in vain: an RMM that completes a
 * CPU_ON for it at that moment takes it for running, tells the caller so, and
 * never starts it. So we keep count ourselves, and the RMM is asked only when
 * a CPU_ON came between an entry and the news that it ended in CPU_OFF: it may
 * have been too early, or not.
 */
static void power_on(struct cca_rec *rec)
{
	atomic_add(2 * CCA_REC_ON, &rec->power);
	atomic_or(CCA_REC_ON, &rec->power);
	trace_cca_rec(rec->realm->entry.id, rec->index, "on");
}

static void power_off(struct cca_rec *rec)
{
	rec->maybe_off = atomic_cmpxchg(&rec->power, rec->power_seen,
					rec->power_seen & ~CCA_REC_ON) !=
			 rec->power_seen;
	if (!rec->maybe_off)
		trace_cca_rec(rec->realm->entry.id, rec->index, "off");
}

/* Before the next entry of the caller, or the RMM refuses it (R30). */
static int complete_psci(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	struct cca_rec *target = xa_load(&realm->recs, rec->exit.target);
	int ret = -EIO;

	if (target)
		ret = rmi_psci_complete(out, rec->pa, target->pa,
					RMI_PSCI_SUCCESS);
	else
		cca_fail(out, CCA_REASON_RMI_PROTOCOL, ret);
	if (ret) {
		mutex_lock(&realm->lock);
		ret = cca_realm_result(realm, ret, out);
		mutex_unlock(&realm->lock);
		return ret;
	}

	rec->psci = false;
	if (rec->exit.action != CCA_ACTION_CPU_ON)
		return 0;
	power_on(target);
	cca_page_write_exit(rec, CCA_EXIT_CPU_ON);
	return TO_USER;
}

/* The realm is over, and this REC, which has run, knows it now. */
static noinline void say_goodbye(struct cca_rec *rec)
{
	struct cca_realm *realm = rec->realm;
	u32 exit = CCA_EXIT_TERMINATED;

	if (rec->gone || !rec->entries || READ_ONCE(realm->state) <= CCA_REALM_ACTIVE)
		return;
	rec->gone = true;
	if (READ_ONCE(realm->reason) == CCA_REASON_SYSTEM_OFF)
		exit = rec->exit.reason == CCA_EXIT_SYSTEM_RESET ?
		       CCA_EXIT_SYSTEM_RESET : CCA_EXIT_SYSTEM_OFF;
	cca_realm_event(realm, CCA_EVENT_REC_EXITED, rec->index, exit);
}

static void system_is_off(struct cca_realm *realm)
{
	mutex_lock(&realm->lock);
	cca_realm_over(realm, CCA_REALM_SYSTEM_OFF, CCA_REASON_SYSTEM_OFF);
	mutex_unlock(&realm->lock);
}

static __always_inline int to_user(struct cca_rec *rec)
{
	switch (rec->exit.reason) {
	case CCA_EXIT_SYSTEM_OFF:
	case CCA_EXIT_SYSTEM_RESET:
		system_is_off(rec->realm);
		say_goodbye(rec);
		break;
	case CCA_EXIT_CPU_OFF:
		power_off(rec);
		break;
	}
	cca_page_write_exit(rec, rec->exit.reason);
	return TO_USER;
}

/*
 * What the VMM must see, unless it is an access to memory that the VMM shares
 * and that the realm finds mapped when it tries again.
 */
static noinline int share_or_tell(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	bool cured;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	/* If not, the loop sees it too, and says it better. */
	cured = realm->state != CCA_REALM_ACTIVE;
	if (!cured) {
		ret = cca_shared_fault(realm, rec->exit.ipa,
				       cca_exit_is_permission(rec->run->exit.esr),
				       &cured, out);
		ret = cca_realm_result(realm, ret, out);
	}
	mutex_unlock(&realm->lock);
	return ret || cured ? ret : to_user(rec);
}

static int act(struct cca_rec *rec, struct cca_outcome *out)
{
	switch (rec->exit.action) {
	case CCA_ACTION_MAP:
		return map_fault(rec, out);
	case CCA_ACTION_RIPAS:
		return tell_ripas(rec, cca_ripas_begin(rec, out));
	case CCA_ACTION_WFI:
		wait_for_interrupt(rec);
		return 0;
	case CCA_ACTION_WFE:
		/* Its turn is not up: to yield() may be to have the CPU again. */
		usleep_range(WFE_US, 2 * WFE_US);
		return 0;
	case CCA_ACTION_CPU_ON:
	case CCA_ACTION_AFFINITY:
		rec->psci = true;
		return complete_psci(rec, out);
	case CCA_ACTION_USER:
		return rec->exit.may_abort && READ_ONCE(rec->realm->shared) ?
		       share_or_tell(rec, out) : to_user(rec);
	default:
		return 0;
	}
}

static int handle_exit(struct cca_rec *rec, struct cca_outcome *out)
{
	const struct rmi_rec_exit *from = &rec->run->exit;
	unsigned int raw = from->exit_reason & 0xff;

	WRITE_ONCE(rec->entries, rec->entries + 1);
	if (raw < ARRAY_SIZE(rec->exits))
		WRITE_ONCE(rec->exits[raw], rec->exits[raw] + 1);

	cca_exit_read(from, rec->realm->ipa_bits, &rec->exit);
	note_timers(rec);
	/* The VMM asked for it, and the realm may get nowhere before it came. */
	if (rec->ich.misr && (rec->exit.action == CCA_ACTION_RESUME ||
			      rec->exit.action == CCA_ACTION_WFI)) {
		cca_page_write_bare(rec, CCA_EXIT_INTR);
		return TO_USER;
	}
	return act(rec, out);
}

/* ----------------------------------------------------------------- the loop */

/* Somebody else ended the realm while this REC was in RUN. */
static int realm_is_over(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;

	if (READ_ONCE(realm->reason) == CCA_REASON_DEAD)
		return cca_fail(out, CCA_REASON_DEAD, -ESTALE);
	cca_page_write_bare(rec, READ_ONCE(realm->reason) == CCA_REASON_SYSTEM_OFF ?
			CCA_EXIT_SYSTEM_OFF : CCA_EXIT_TERMINATED);
	say_goodbye(rec);
	return TO_USER;
}

static int entry_refused(struct cca_rec *rec, int result,
			 struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	int ret;

	if (result > 0 && RMI_STATUS(result) == RMI_ERROR_REC) {
		if (rec->maybe_off)
			power_off(rec);
		return cca_fail(out, CCA_REASON_NOT_RUNNABLE, -EAGAIN);
	}
	/* Another REC powered the realm off; its own RUN says so in a moment. */
	if (result > 0 && RMI_STATUS(result) == RMI_ERROR_REALM) {
		system_is_off(realm);
		return realm_is_over(rec, out);
	}
	mutex_lock(&realm->lock);
	ret = cca_realm_result(realm, result, out);
	mutex_unlock(&realm->lock);
	return ret;
}

static noinline int look(struct cca_rec *rec, struct cca_outcome *out)
{
	cond_resched();
	if (READ_ONCE(rec->realm->state) != CCA_REALM_ACTIVE)
		return realm_is_over(rec, out);
	return must_look(rec) ? -EINTR : 0;
}

/* What goes before an entry at times. */
static bool is_plain(const struct cca_rec *rec)
{
	return (rec->power_seen & CCA_REC_ON) && !rec->psci && !rec->ripas.ask &&
	       !rec->levels_matter;
}

static noinline int prepare(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret;

	ret = look(rec, out);
	if (!ret && rec->psci)
		ret = complete_psci(rec, out);
	if (!ret && rec->ripas.ask && !(rec->flags & CCA_RUN_F_RIPAS_REJECT))
		ret = tell_ripas(rec, cca_ripas_go_on(rec, out));
	if (ret)
		return ret;
	rec->power_seen = atomic_read(&rec->power);
	if (!(rec->power_seen & CCA_REC_ON))
		return cca_fail(out, CCA_REASON_NOT_RUNNABLE, -EAGAIN);
	if (rec->timer_exit && cca_rec_timers(rec) != rec->timers_told) {
		cca_page_write_bare(rec, CCA_EXIT_TIMER);
		return TO_USER;
	}
	return 0;
}

static int run(struct cca_rec *rec, struct cca_outcome *out)
{
	bool overflow;
	int ret;

	for (;;) {
		overflow = false;
		rec->power_seen = atomic_read(&rec->power);
		if (!is_plain(rec)) {
			ret = prepare(rec, out);
			if (ret)
				return ret;
			overflow = rec->overflow;
		}

		rec->run->enter.flags = enter_flags(rec);
		ret = unlikely(overflow) ? enter_overflown(rec, out) : enter_realm(rec, out);
		if (ret == -EINTR) {
			ret = look(rec, out);
			if (ret)
				return ret;
			continue;
		}
		if (ret)
			return entry_refused(rec, ret, out);
		answer_taken(rec);
		ret = handle_exit(rec, out);
		if (ret)
			return ret;
	}
}

/*
 * Before a CCA_DESTROY that has not seen us, if there is one; else behind it.
 * Only an active realm is entered, and none of these is busy.
 */
static int admitted(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	int ret;

	if (likely(READ_ONCE(realm->state) == CCA_REALM_ACTIVE &&
		   !READ_ONCE(realm->closing)))
		return 0;
	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = cca_realm_expect(realm, CCA_REALM_ACTIVE, out);
	mutex_unlock(&realm->lock);
	return ret;
}

static int run_alone(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret;

	ret = admitted(rec, out);
	if (!ret)
		ret = cca_page_read(rec, out);
	if (!ret) {
		ret = run(rec, out);
		cca_page_write_rest(rec);
	}
	if (ret < 0) {
		cca_page_write_bare(rec, CCA_EXIT_INTR);
		say_goodbye(rec);
	}
	return ret == TO_USER ? 0 : ret;
}

int cca_rec_run(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret;

	/* A full barrier: who destroys or kicks sees us, or we what it changed. */
	if (cmpxchg(&rec->task, NULL, current))
		return cca_fail(out, CCA_REASON_RUNNING, -EBUSY);
	ret = run_alone(rec, out);
	smp_store_release(&rec->task, NULL);
	/* Pairs with cca_rec_wait(): it sees that, or we see who waits. */
	smp_mb();
	if (waitqueue_active(&rec->wait))
		wake_up_all(&rec->wait);
	return ret;
}
