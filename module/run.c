// SPDX-License-Identifier: GPL-2.0-only
/*
 * RUN: enter a REC, deal with what it left for, and again, until the VMM is
 * needed.
 *
 * The VMM's page is read once per RUN and written once, at its end; the RMM's
 * page is another one. What the VMM owes the realm (a value read, a host
 * call's answer) is kept until an entry has taken it, however often RUN is
 * interrupted before.
 */
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/vtime.h>
#include <asm/arch_timer.h>
#include <asm/barrier.h>
#include <asm/daifflags.h>
#include <clocksource/arm_arch_timer.h>

#include "object.h"
#include "rmi_cmds.h"

/* From RUN's own rooms: leave to the VMM; the page says why. */
#define TO_USER		1

/* What a GIC outside sees of the realm's timers. Offsets are 0 in it (G.6). */
static u32 timer_levels(const struct cca_rec *rec)
{
	return cca_exit_timers(rec->cntv_ctl, rec->cntv_cval, rec->cntp_ctl,
			       rec->cntp_cval, arch_timer_read_counter());
}

/* ------------------------------------------------------------ the VMM's page */

static bool reserved_is_set(const struct cca_run *page)
{
	return READ_ONCE(page->__reserved0[0]) | READ_ONCE(page->__reserved0[1]) |
	       READ_ONCE(page->__reserved0[2]) | READ_ONCE(page->__reserved1);
}

#define ABORT_AND_RETRY		(CCA_RUN_F_INJECT_SEA | CCA_RUN_F_RETRY)

/* Each flag is an answer to something, but for the one that stays. */
static u32 allowed_flags(const struct cca_rec *rec)
{
	return CCA_RUN_F_TIMER_EXIT | (rec->may_abort ? ABORT_AND_RETRY : 0) |
	       (rec->ripas.told ? CCA_RUN_F_RIPAS_REJECT : 0);
}

/* The page as the VMM left it becomes the next entry. */
static int read_page(struct cca_rec *rec, struct cca_outcome *out)
{
	struct rmi_rec_enter *enter = &rec->run->enter;
	struct cca_run *page = rec->page;
	u64 lrs[CCA_RUN_LRS];
	unsigned int i;
	u32 flags;

	flags = READ_ONCE(page->flags);
	if ((flags & ~allowed_flags(rec)) || !(~flags & ABORT_AND_RETRY))
		return cca_fail(out, CCA_REASON_FLAGS, -EINVAL);
	if (reserved_is_set(page))
		return cca_fail(out, CCA_REASON_RESERVED, -EINVAL);
	for (i = 0; i < ARRAY_SIZE(lrs); i++)
		lrs[i] = READ_ONCE(page->gic_lrs[i]);
	if (!cca_lrs_valid(lrs, rec->ich.count))
		return cca_fail(out, CCA_REASON_LIST_REGISTER, -EINVAL);

	memcpy(rec->ich.lrs, lrs, sizeof(lrs));
	rec->ich.hcr = READ_ONCE(page->gic_hcr) & cca_ich_hcr_mask();

	rec->flags = flags;
	rec->timer_exit = flags & CCA_RUN_F_TIMER_EXIT;

	/* Else they stay: a host call may still have to be written back. */
	switch (rec->answer) {
	case CCA_ANSWER_MMIO:
		enter->gprs[0] = READ_ONCE(page->mmio.data);
		break;
	case CCA_ANSWER_SYSREG:
		enter->gprs[0] = READ_ONCE(page->sysreg);
		break;
	case CCA_ANSWER_GPRS:
		for (i = 0; i < RMI_REC_GPRS; i++)
			enter->gprs[i] = READ_ONCE(page->gprs[i]);
		break;
	}
	return 0;
}

/* RMI_ENTER_*, as the VMM answered what the realm left for. */
static u64 answer_flags(const struct cca_rec *rec)
{
	if (rec->flags & CCA_RUN_F_INJECT_SEA)
		return RMI_ENTER_INJECT_SEA;
	if (rec->flags & CCA_RUN_F_RETRY)
		return 0;
	if (rec->flags & CCA_RUN_F_RIPAS_REJECT)
		return RMI_ENTER_RIPAS_REJECT;
	return rec->next;
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

/* Every field from the module, but the list registers. */
static void wipe_page(struct cca_run *page)
{
	page->raw_reason = 0;
	page->esr = 0;
	page->ipa = 0;
	memset(&page->mmio, 0, sizeof(page->mmio));
	memset(&page->ripas, 0, sizeof(page->ripas));
	page->sysreg = 0;
	page->imm = 0;
	memset(page->gprs, 0, sizeof(page->gprs));
}

static void write_exit(struct cca_rec *rec, u32 reason)
{
	const struct rmi_rec_exit *from = &rec->run->exit;
	const struct cca_exit *exit = &rec->exit;
	struct cca_run *page = rec->page;

	wipe_page(page);
	page->exit_reason = reason;
	page->raw_reason = from->exit_reason & 0xff;
	page->esr = from->esr;

	switch (reason) {
	case CCA_EXIT_MMIO:
		page->ipa = exit->ipa;
		page->mmio.ipa = exit->ipa;
		page->mmio.data = exit->data;
		page->mmio.bytes = exit->bytes;
		page->mmio.is_write = exit->is_write;
		break;
	case CCA_EXIT_FAULT:
		page->ipa = exit->ipa;
		break;
	case CCA_EXIT_SYSREG:
		page->sysreg = exit->data;
		break;
	case CCA_EXIT_HOST_CALL:
		page->imm = from->imm;
		memcpy(page->gprs, from->gprs, sizeof(page->gprs));
		break;
	case CCA_EXIT_SYSTEM_OFF:
	case CCA_EXIT_SYSTEM_RESET:
	case CCA_EXIT_CPU_OFF:
		page->gprs[0] = from->gprs[0];
		break;
	case CCA_EXIT_CPU_ON:
		page->gprs[0] = from->gprs[0];
		page->gprs[1] = RMI_REC_MPIDR(exit->target);
		break;
	case CCA_EXIT_RIPAS:
		page->ripas.base = rec->ripas.base;
		page->ripas.top = rec->ripas.granted;
		page->ripas.value = rec->ripas.value;
		page->ripas.decide = rec->ripas.ask;
		break;
	}
	rec->answer = exit->answer;
	rec->next = exit->next;
	rec->may_abort = exit->may_abort;
}

/* No exit of the realm: only that RUN ended. An answer still owed stays put. */
static void write_bare(struct cca_rec *rec, u32 reason)
{
	if (rec->answer == CCA_ANSWER_NONE)
		wipe_page(rec->page);
	rec->page->exit_reason = reason;
}

static void write_rest(struct cca_rec *rec)
{
	struct cca_run *page = rec->page;

	memcpy(page->gic_lrs, rec->ich.lrs, sizeof(page->gic_lrs));
	page->gic_vmcr = rec->ich.vmcr;
	page->gic_misr = rec->ich.misr;
	page->cntv_ctl = rec->cntv_ctl;
	page->cntv_cval = rec->cntv_cval;
	page->cntp_ctl = rec->cntp_ctl;
	page->cntp_cval = rec->cntp_cval;
	/* Known only now: nothing that changes later is lost. */
	rec->timers_told = timer_levels(rec);
	page->timer_levels = rec->timers_told;
}

/* ---------------------------------------------------------------- the entry */

static bool must_look(const struct cca_rec *rec)
{
	return READ_ONCE(rec->realm->state) != CCA_REALM_ACTIVE ||
	       READ_ONCE(rec->page->immediate_exit) || signal_pending(current);
}

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
 * -EINTR: there is something to look at first. Whoever wants that afterwards
 * sends an interrupt, and that ends the entry.
 */
static int enter_realm(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret;

	preempt_disable();
	local_irq_disable();
	if (must_look(rec) || need_resched()) {
		local_irq_enable();
		preempt_enable();
		return -EINTR;
	}

	/*
	 * Time in the realm is guest time of this thread, and the entry is as
	 * good as user mode to RCU. Interrupts must be masked at the CPU, not by
	 * priority: else they would not end the entry.
	 */
	ready_interrupts(rec);
	/* A realm that waits for an event may lend its CPU to whoever wants it. */
	if (!single_task_running())
		rec->run->enter.flags |= RMI_ENTER_TRAP_WFE;
	vtime_account_guest_enter();
	rcu_note_context_switch(false);
	local_daif_mask();
	pmr_sync();

	cca_ich_enter(&rec->ich);
	ret = rmi_rec_enter(out, rec->pa, virt_to_phys(rec->run));
	cca_ich_leave(&rec->ich);

	local_daif_restore(DAIF_PROCCTX_NOIRQ);
	/* The interrupt that ended it, most often the tick, is taken as guest. */
	local_irq_enable();
	isb();
	local_irq_disable();
	vtime_account_guest_exit();
	/*
	 * If it was a timer's, its owner may have left it active; and whoever
	 * disables one on all CPUs sends an interrupt.
	 */
	if (!ret && (rec->run->exit.exit_reason & 0xff) == RMI_EXIT_IRQ)
		cca_ppi_ready();
	local_irq_enable();
	preempt_enable();
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
	rec->cntv_ctl = from->cntv_ctl;
	rec->cntv_cval = from->cntv_cval;
	rec->cntp_ctl = from->cntp_ctl;
	rec->cntp_cval = from->cntp_cval;
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
static void wait_for_interrupt(struct cca_rec *rec)
{
	u64 rate = arch_timer_get_cntfrq();
	u32 levels = timer_levels(rec);
	u64 first = U64_MAX;
	bool armed;
	DEFINE_WAIT(wait);
	ktime_t timeout;
	u64 now;

	/* A level that the VMM knows of is in a list register by now, or in none. */
	if (levels != (rec->timer_exit ? rec->timers_told : 0))
		return;
	/* No sum: both are to be looked at. */
	armed = deadline(rec->cntv_ctl, rec->cntv_cval,
			 levels & CCA_RUN_TIMER_VIRTUAL, &first);
	armed |= deadline(rec->cntp_ctl, rec->cntp_cval,
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

static int map_fault(struct cca_rec *rec, struct cca_outcome *out)
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
	write_exit(rec, CCA_EXIT_FAULT);
	return TO_USER;
}

static int tell_ripas(struct cca_rec *rec, int ret)
{
	if (ret != CCA_RIPAS_TELL)
		return ret;
	write_exit(rec, CCA_EXIT_RIPAS);
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
}

static void power_off(struct cca_rec *rec)
{
	rec->maybe_off = atomic_cmpxchg(&rec->power, rec->power_seen,
					rec->power_seen & ~CCA_REC_ON) !=
			 rec->power_seen;
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
	write_exit(rec, CCA_EXIT_CPU_ON);
	return TO_USER;
}

static void system_is_off(struct cca_realm *realm)
{
	mutex_lock(&realm->lock);
	cca_realm_over(realm, CCA_REALM_SYSTEM_OFF, CCA_REASON_SYSTEM_OFF);
	mutex_unlock(&realm->lock);
}

static int to_user(struct cca_rec *rec)
{
	switch (rec->exit.reason) {
	case CCA_EXIT_SYSTEM_OFF:
	case CCA_EXIT_SYSTEM_RESET:
		system_is_off(rec->realm);
		break;
	case CCA_EXIT_CPU_OFF:
		power_off(rec);
		break;
	}
	write_exit(rec, rec->exit.reason);
	return TO_USER;
}

/*
 * What the VMM must see, unless it is an access to memory that the VMM shares
 * and that the realm finds mapped when it tries again.
 */
static int share_or_tell(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	bool cured;
	int ret;

	if (!rec->exit.may_abort || !READ_ONCE(realm->shared))
		return to_user(rec);
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
		yield();
		return 0;
	case CCA_ACTION_CPU_ON:
	case CCA_ACTION_AFFINITY:
		rec->psci = true;
		return complete_psci(rec, out);
	case CCA_ACTION_USER:
		return share_or_tell(rec, out);
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
		write_bare(rec, CCA_EXIT_INTR);
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
	write_bare(rec, READ_ONCE(realm->reason) == CCA_REASON_SYSTEM_OFF ?
			CCA_EXIT_SYSTEM_OFF : CCA_EXIT_TERMINATED);
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

static int run(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret;

	for (;;) {
		cond_resched();
		if (READ_ONCE(rec->realm->state) != CCA_REALM_ACTIVE)
			return realm_is_over(rec, out);
		if (must_look(rec))
			return -EINTR;
		if (rec->psci) {
			ret = complete_psci(rec, out);
			if (ret)
				return ret;
		}
		if (rec->ripas.ask && !(rec->flags & CCA_RUN_F_RIPAS_REJECT)) {
			ret = tell_ripas(rec, cca_ripas_go_on(rec, out));
			if (ret)
				return ret;
		}
		rec->power_seen = atomic_read(&rec->power);
		if (!(rec->power_seen & CCA_REC_ON))
			return cca_fail(out, CCA_REASON_NOT_RUNNABLE, -EAGAIN);
		if (rec->timer_exit && timer_levels(rec) != rec->timers_told) {
			write_bare(rec, CCA_EXIT_TIMER);
			return TO_USER;
		}

		/* WFI always traps: a sleeping REC must not hold a CPU (G.3). */
		rec->run->enter.flags = RMI_ENTER_TRAP_WFI | answer_flags(rec);
		ret = enter_realm(rec, out);
		if (ret == -EINTR)
			continue;
		if (ret)
			return entry_refused(rec, ret, out);
		answer_taken(rec);
		ret = handle_exit(rec, out);
		if (ret)
			return ret;
	}
}

static void set_task(struct cca_rec *rec, struct task_struct *task)
{
	spin_lock(&rec->kick_lock);
	WRITE_ONCE(rec->task, task);
	spin_unlock(&rec->kick_lock);
}

static int run_locked(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	int ret;

	/* Behind a CCA_DESTROY that did not see us, if there is one. */
	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = cca_realm_expect(realm, CCA_REALM_ACTIVE, out);
	mutex_unlock(&realm->lock);
	if (!ret)
		ret = read_page(rec, out);
	if (ret)
		return ret;

	set_task(rec, current);
	ret = run(rec, out);
	set_task(rec, NULL);
	write_rest(rec);
	return ret;
}

int cca_rec_run(struct cca_rec *rec, struct cca_outcome *out)
{
	int ret;

	if (!mutex_trylock(&rec->lock))
		return cca_fail(out, CCA_REASON_RUNNING, -EBUSY);
	ret = run_locked(rec, out);
	if (ret < 0)
		write_bare(rec, CCA_EXIT_INTR);
	mutex_unlock(&rec->lock);
	return ret == TO_USER ? 0 : ret;
}
