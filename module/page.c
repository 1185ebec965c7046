// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page that a VMM shares with its REC, into the next entry and out of the
 * last exit. The RMM's page is another one.
 *
 * It is read once per RUN and written once, at its end. What the VMM owes the
 * realm (a value read, a host call's answer) is kept until an entry has taken
 * it, however often RUN is interrupted before.
 */
#include <linux/string.h>
#include <clocksource/arm_arch_timer.h>
#include <asm/arch_timer.h>

#include "object.h"

/* Most often there is nothing to read the counter for, which is dear. */
static bool timers_are_off(const struct cca_rec *rec)
{
	return !((rec->timers.cntv_ctl | rec->timers.cntp_ctl) & ARCH_TIMER_CTRL_ENABLE);
}

u32 cca_rec_timers(const struct cca_rec *rec)
{
	/* Offsets are 0 in a realm (G.6). */
	u32 levels = rec->overflow ? CCA_RUN_PMU_OVERFLOW : 0;

	return timers_are_off(rec) ? levels : levels |
	       cca_exit_timers(rec->timers.cntv_ctl, rec->timers.cntv_cval, rec->timers.cntp_ctl,
			       rec->timers.cntp_cval, arch_timer_read_counter());
}

/* In pairs of registers and without a call, which the compiler does so far only. */
static __always_inline void copy_gprs(u64 *to, const u64 *from)
{
	memcpy(to, from, 16 * sizeof(*to));
	memcpy(to + 16, from + 16, (RMI_REC_GPRS - 16) * sizeof(*to));
}

static __always_inline void clear_gprs(u64 *gprs)
{
	unsigned int i;

#pragma GCC unroll 31
	for (i = 0; i < RMI_REC_GPRS; i++)
		gprs[i] = 0;
}

/* ------------------------------------------------------------------- reading */

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

/* What most VMMs, most of the time, have for the GIC. */
static bool gic_is_quiet(const struct cca_run *page)
{
	u64 bits = page->gic_hcr;
	unsigned int i;

	/* Whether there is any, not which: how often each is read does not matter. */
#pragma GCC unroll 16
	for (i = 0; i < CCA_RUN_LRS; i++)
		bits |= page->gic_lrs[i];
	return !bits;
}

static noinline int read_gic(struct cca_rec *rec, struct cca_outcome *out)
{
	const struct cca_run *page = rec->page;
	u64 lrs[CCA_RUN_LRS];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lrs); i++)
		lrs[i] = READ_ONCE(page->gic_lrs[i]);
	if (!cca_lrs_valid(lrs, rec->ich.count))
		return cca_fail(out, CCA_REASON_LIST_REGISTER, -EINVAL);
	memcpy(rec->ich.lrs, lrs, sizeof(lrs));
	rec->ich.hcr = READ_ONCE(page->gic_hcr) & cca_ich_hcr_mask();
	rec->ich.quiet = !rec->ich.hcr && !memchr_inv(lrs, 0, sizeof(lrs));
	return 0;
}

int cca_page_read(struct cca_rec *rec, struct cca_outcome *out)
{
	struct rmi_rec_enter *enter = &rec->run->enter;
	struct cca_run *page = rec->page;
	u32 flags;

	flags = READ_ONCE(page->flags);
	if (flags && ((flags & ~allowed_flags(rec)) || !(~flags & ABORT_AND_RETRY)))
		return cca_fail(out, CCA_REASON_FLAGS, -EINVAL);
	if (reserved_is_set(page))
		return cca_fail(out, CCA_REASON_RESERVED, -EINVAL);
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
		/* Whatever is there, even if it changes meanwhile. */
		copy_gprs(enter->gprs, page->gprs);
		break;
	}
	return rec->ich.quiet && gic_is_quiet(page) ? 0 : read_gic(rec, out);
}

/* ------------------------------------------------------------------- writing */

/* Every field from the module, but the list registers. */
static __always_inline void wipe_page(struct cca_run *page, bool gprs)
{
	page->raw_reason = 0;
	page->esr = 0;
	page->ipa = 0;
	memset(&page->mmio, 0, sizeof(page->mmio));
	memset(&page->ripas, 0, sizeof(page->ripas));
	page->sysreg = 0;
	page->imm = 0;
	if (gprs)
		clear_gprs(page->gprs);
}

void cca_page_write_exit(struct cca_rec *rec, u32 reason)
{
	const struct rmi_rec_exit *from = &rec->run->exit;
	const struct cca_exit *exit = &rec->exit;
	struct cca_run *page = rec->page;

	/* All of them are written for a host call. */
	wipe_page(page, reason != CCA_EXIT_HOST_CALL);
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
		copy_gprs(page->gprs, from->gprs);
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

void cca_page_write_bare(struct cca_rec *rec, u32 reason)
{
	if (rec->answer == CCA_ANSWER_NONE)
		wipe_page(rec->page, true);
	rec->page->exit_reason = reason;
}

static noinline void write_levels(struct cca_rec *rec)
{
	/* Known only now: nothing that changes later is lost. */
	rec->timers_told = cca_rec_timers(rec);
	rec->page->timer_levels = rec->timers_told;
}

void cca_page_write_rest(struct cca_rec *rec)
{
	const struct cca_timers timers = rec->timers;
	struct cca_run *page = rec->page;

	if (!rec->ich.quiet)
		memcpy(page->gic_lrs, rec->ich.lrs, sizeof(page->gic_lrs));
	page->gic_vmcr = rec->ich.vmcr;
	page->gic_misr = rec->ich.misr;
	page->cntv_ctl = timers.cntv_ctl;
	page->cntv_cval = timers.cntv_cval;
	page->cntp_ctl = timers.cntp_ctl;
	page->cntp_cval = timers.cntp_cval;
	rec->timers_told = 0;
	page->timer_levels = 0;
	if (!timers_are_off(rec) || rec->overflow)
		write_levels(rec);
}
