/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How to read the exit of a REC, and what may be loaded before an entry.
 *
 * Pure: no kernel calls and no state. The host unit tests compile exit.c as it
 * is, so nothing but the two ABIs is included here.
 */
#ifndef CCA_EXIT_H
#define CCA_EXIT_H

#include <linux/cca.h>		/* ../uapi */

#include "rmi.h"

/* What RUN does next. */
enum cca_action {
	CCA_ACTION_RESUME,	/* nothing: enter again */
	CCA_ACTION_MAP,		/* the realm touched its own half at `ipa` */
	CCA_ACTION_WFI,		/* sleep until something happens */
	CCA_ACTION_WFE,		/* let others run, then enter again */
	CCA_ACTION_RIPAS,	/* the realm asks for another RIPAS */
	CCA_ACTION_CPU_ON,	/* complete it, then tell the VMM */
	CCA_ACTION_AFFINITY,	/* complete it, then enter again */
	CCA_ACTION_USER,	/* the VMM must see this: `reason` */
};

/* What the VMM's answer is, which the next entry takes along. */
enum cca_answer {
	CCA_ANSWER_NONE,
	CCA_ANSWER_MMIO,	/* mmio.data into X0 */
	CCA_ANSWER_SYSREG,	/* sysreg into X0 */
	CCA_ANSWER_GPRS,	/* all of gprs */
};

struct cca_exit {
	__u32 action;		/* CCA_ACTION_* */
	__u32 reason;		/* CCA_EXIT_*: for the VMM, if it comes to that */
	__u32 answer;		/* CCA_ANSWER_* */
	__u32 next;		/* RMI_ENTER_* that the answer needs */
	__u32 may_abort;	/* RMI_ENTER_INJECT_SEA would be accepted */
	__u32 bytes;		/* MMIO */
	__u32 is_write;
	__u32 target;		/* index of the REC that PSCI names */
	__u64 ipa;		/* of an abort, in whole or of its page */
	__u64 data;		/* written by MMIO or to a system register */
};

/* The width of the IPA space says which half is the realm's own. */
void cca_exit_read(const struct rmi_rec_exit *from, unsigned int ipa_bits,
		   struct cca_exit *exit);

/* Of an abort: something is mapped there, and may not be used like that. */
int cca_exit_is_permission(__u64 esr);

/*
 * CCA_RUN_TIMER_*: the output levels, when the counter stands at `now`, of timers
 * that had these registers when the realm was left. Only the realm can lower one.
 */
__u32 cca_exit_timers(__u64 cntv_ctl, __u64 cntv_cval, __u64 cntp_ctl,
		      __u64 cntp_cval, __u64 now);

/*
 * True if an RMM takes these list registers (G.5): none of them, as far as it
 * is valid, is backed by hardware, lies beyond the `count` that exist, or has
 * the virtual INTID of another.
 */
int cca_lrs_valid(const __u64 *lrs, unsigned int count);

#endif
