// SPDX-License-Identifier: GPL-2.0-only
/*
 * How to read the exit of a REC: from registers to what RUN does next (G.2).
 */
#include "exit.h"

/* ESR_ELx, as far as an RMM lets it through. */
#define ESR_EC(esr)		(((esr) >> 26) & 0x3f)
#define ESR_EC_WFX		0x01
#define ESR_EC_SYSREG		0x18
#define ESR_EC_IABT		0x20
#define ESR_EC_DABT		0x24
#define ESR_WFX_WFE		(1UL << 0)
#define ESR_SYSREG_READ		(1UL << 0)
#define ESR_FSC(esr)		((esr) & 0x3f)
#define ESR_FSC_EXTERNAL(esr)	((ESR_FSC(esr) & 0x30) == 0x10)	/* also of a walk */
#define ESR_WNR			(1UL << 6)
#define ESR_EA			(1UL << 9)
#define ESR_SAS(esr)		(((esr) >> 22) & 0x3)
#define ESR_ISV			(1UL << 24)

#define FAR_OFFSET		0xfffUL

#define TIMER_ENABLE		(1UL << 0)
#define TIMER_IMASK		(1UL << 1)
#define TIMER_ISTATUS		(1UL << 2)

#define LR_STATE(lr)		((lr) >> 62)
#define LR_HW			(1ULL << 61)
#define LR_VINTID(lr)		((lr) & 0xffffffffULL)

static void to_user(struct cca_exit *exit, __u32 reason)
{
	exit->action = CCA_ACTION_USER;
	exit->reason = reason;
}

/* Levels 0 to 3, and -1 of FEAT_LPA2. */
static int is_translation_fault(__u64 esr)
{
	return (ESR_FSC(esr) & 0x3c) == 0x04 || ESR_FSC(esr) == 0x2b;
}

int cca_exit_is_permission(__u64 esr)
{
	return (ESR_FSC(esr) & 0x3c) == 0x0c;
}

static void read_abort(const struct rmi_rec_exit *from, unsigned int ipa_bits,
		       struct cca_exit *exit)
{
	int is_private;

	/* The realm has had its abort from the RMM; hpfar says nothing. */
	if ((from->esr & ESR_EA) || ESR_FSC_EXTERNAL(from->esr)) {
		to_user(exit, CCA_EXIT_SERROR);
		return;
	}

	exit->ipa = RMI_HPFAR_IPA(from->hpfar);
	is_private = !(exit->ipa >> (ipa_bits - 1));
	to_user(exit, CCA_EXIT_FAULT);

	if (is_private) {
		/* Loads and stores look alike here (L.2-18). */
		if (is_translation_fault(from->esr))
			exit->action = CCA_ACTION_MAP;
		return;
	}

	if (ESR_EC(from->esr) != ESR_EC_DABT)
		return;
	exit->may_abort = 1;
	if (!(from->esr & ESR_ISV))
		return;

	exit->reason = CCA_EXIT_MMIO;
	exit->ipa |= from->far & FAR_OFFSET;
	exit->bytes = 1U << ESR_SAS(from->esr);
	exit->is_write = !!(from->esr & ESR_WNR);
	exit->next = RMI_ENTER_EMUL_MMIO;
	if (exit->is_write)
		exit->data = from->gprs[0];
	else
		exit->answer = CCA_ANSWER_MMIO;
}

static void read_sysreg(const struct rmi_rec_exit *from, struct cca_exit *exit)
{
	to_user(exit, CCA_EXIT_SYSREG);
	if (from->esr & ESR_SYSREG_READ)
		exit->answer = CCA_ANSWER_SYSREG;
	else
		exit->data = from->gprs[0];
}

static void read_sync(const struct rmi_rec_exit *from, unsigned int ipa_bits,
		      struct cca_exit *exit)
{
	switch (ESR_EC(from->esr)) {
	case ESR_EC_DABT:
	case ESR_EC_IABT:
		read_abort(from, ipa_bits, exit);
		break;
	case ESR_EC_WFX:
		exit->action = from->esr & ESR_WFX_WFE ? CCA_ACTION_WFE :
							 CCA_ACTION_WFI;
		break;
	case ESR_EC_SYSREG:
		read_sysreg(from, exit);
		break;
	}
}

/*
 * The target is in the layout of MPIDR_EL1, and the RMM folds it without
 * looking at bits 7:4 and 31:24 (L.2-25): so must we, to find the same REC.
 */
static __u32 psci_target(__u64 mpidr)
{
	return RMI_REC_MPIDR_INDEX(mpidr & 0xffff0fUL);
}

static void read_psci(const struct rmi_rec_exit *from, struct cca_exit *exit)
{
	switch (from->gprs[0] & ~RMI_PSCI_SMC64) {
	case RMI_PSCI_SYSTEM_OFF:
		to_user(exit, CCA_EXIT_SYSTEM_OFF);
		break;
	case RMI_PSCI_SYSTEM_RESET:
		to_user(exit, CCA_EXIT_SYSTEM_RESET);
		break;
	case RMI_PSCI_CPU_OFF:
		to_user(exit, CCA_EXIT_CPU_OFF);
		break;
	case RMI_PSCI_CPU_SUSPEND:
		exit->action = CCA_ACTION_WFI;
		break;
	case RMI_PSCI_CPU_ON:
		exit->action = CCA_ACTION_CPU_ON;
		exit->reason = CCA_EXIT_CPU_ON;
		exit->target = psci_target(from->gprs[1]);
		break;
	case RMI_PSCI_AFFINITY_INFO:
		exit->action = CCA_ACTION_AFFINITY;
		exit->target = psci_target(from->gprs[1]);
		break;
	}
}

void cca_exit_read(const struct rmi_rec_exit *from, unsigned int ipa_bits,
		   struct cca_exit *exit)
{
	*exit = (struct cca_exit){};
	to_user(exit, CCA_EXIT_UNKNOWN);

	/* One byte of the reason is defined. */
	switch (from->exit_reason & 0xff) {
	case RMI_EXIT_SYNC:
		read_sync(from, ipa_bits, exit);
		break;
	case RMI_EXIT_IRQ:
	case RMI_EXIT_FIQ:
		exit->action = CCA_ACTION_RESUME;
		break;
	case RMI_EXIT_PSCI:
		read_psci(from, exit);
		break;
	case RMI_EXIT_RIPAS_CHANGE:
		exit->action = CCA_ACTION_RIPAS;
		exit->reason = CCA_EXIT_RIPAS;
		break;
	case RMI_EXIT_HOST_CALL:
		to_user(exit, CCA_EXIT_HOST_CALL);
		exit->answer = CCA_ANSWER_GPRS;
		break;
	case RMI_EXIT_SERROR:
		to_user(exit, CCA_EXIT_SERROR);
		break;
	}
}

static int timer_is_high(__u64 ctl, __u64 cval, __u64 now)
{
	return (ctl & (TIMER_ENABLE | TIMER_IMASK)) == TIMER_ENABLE &&
	       ((ctl & TIMER_ISTATUS) || now >= cval);
}

__u32 cca_exit_timers(__u64 cntv_ctl, __u64 cntv_cval, __u64 cntp_ctl,
		      __u64 cntp_cval, __u64 now)
{
	return (timer_is_high(cntv_ctl, cntv_cval, now) ?
		CCA_RUN_TIMER_VIRTUAL : 0) |
	       (timer_is_high(cntp_ctl, cntp_cval, now) ?
		CCA_RUN_TIMER_PHYSICAL : 0);
}

int cca_lrs_valid(const __u64 *lrs, unsigned int count)
{
	unsigned int i, j;

	for (i = 0; i < CCA_RUN_LRS; i++) {
		if (!LR_STATE(lrs[i]))
			continue;
		if (i >= count || (lrs[i] & LR_HW))
			return 0;
		for (j = 0; j < i; j++)
			if (LR_STATE(lrs[j]) &&
			    LR_VINTID(lrs[j]) == LR_VINTID(lrs[i]))
				return 0;
	}
	return 1;
}
