// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMI commands as functions: fill the registers, call, read the results.
 * Argument order and results are those of section C of the ABI page.
 */
#include "rmi_cmds.h"

/* ------------------------------------------------------------------ global */

int rmi_version(struct cca_outcome *out, u64 requested, u64 *lower, u64 *higher)
{
	cca_regs regs = { .a0 = SMC_RMI_VERSION, .a1 = requested };
	int ret = cca_smc(out, &regs);

	/* A refusal says what the RMM has instead (A.2). */
	if (ret >= 0) {
		*lower = regs.a1;
		*higher = regs.a2;
	}
	return ret;
}

int rmi_features(struct cca_outcome *out, unsigned long index, u64 *value)
{
	cca_regs regs = { .a0 = SMC_RMI_FEATURES, .a1 = index };
	int ret = cca_smc(out, &regs);

	if (!ret)
		*value = regs.a1;
	return ret;
}

int rmi_rmm_config_get(struct cca_outcome *out, phys_addr_t config)
{
	cca_regs regs = { .a0 = SMC_RMI_RMM_CONFIG_GET, .a1 = config };

	return cca_smc(out, &regs);
}

int rmi_rmm_config_set(struct cca_outcome *out, phys_addr_t config)
{
	cca_regs regs = { .a0 = SMC_RMI_RMM_CONFIG_SET, .a1 = config };

	return cca_smc(out, &regs);
}

int rmi_rmm_activate(struct cca_outcome *out, struct cca_account *account)
{
	cca_regs regs = { .a0 = SMC_RMI_RMM_ACTIVATE };

	return cca_sro(NULL, account, &regs, out);
}

int rmi_rmm_deactivate(struct cca_outcome *out, struct cca_account *account)
{
	cca_regs regs = { .a0 = SMC_RMI_RMM_DEACTIVATE };

	return cca_sro(NULL, account, &regs, out);
}

int rmi_rmm_state_get(struct cca_outcome *out, u64 *state)
{
	cca_regs regs = { .a0 = SMC_RMI_RMM_STATE_GET };
	int ret = cca_smc(out, &regs);

	if (!ret)
		*state = regs.a1;
	return ret;
}

/* ---------------------------------------------------------------- granules */

int rmi_granule_tracking_get(struct cca_outcome *out, phys_addr_t base,
			     phys_addr_t top, u64 *category, u64 *state,
			     phys_addr_t *out_top)
{
	cca_regs regs = {
		.a0 = SMC_RMI_GRANULE_TRACKING_GET, .a1 = base, .a2 = top,
	};
	int ret = cca_smc(out, &regs);

	if (!ret) {
		*category = regs.a1;
		*state = regs.a2;
		*out_top = regs.a3;
	}
	return ret;
}

int rmi_granule_tracking_set(struct cca_outcome *out, struct cca_account *account,
			     phys_addr_t addr, u64 category, u64 state)
{
	cca_regs regs = {
		.a0 = SMC_RMI_GRANULE_TRACKING_SET,
		.a1 = addr, .a2 = category, .a3 = state,
	};

	return cca_sro(NULL, account, &regs, out);
}

int rmi_gpt_info(struct cca_outcome *out, phys_addr_t base, phys_addr_t top,
		 phys_addr_t *out_top, u64 *state)
{
	cca_regs regs = { .a0 = SMC_RMI_GPT_INFO, .a1 = base, .a2 = top };
	int ret = cca_smc(out, &regs);

	if (!ret) {
		*out_top = regs.a1;
		*state = regs.a2;
	}
	return ret;
}

int rmi_gpt_l1_create(struct cca_outcome *out, struct cca_account *account,
		      phys_addr_t addr)
{
	cca_regs regs = { .a0 = SMC_RMI_GPT_L1_CREATE, .a1 = addr };

	return cca_sro(NULL, account, &regs, out);
}

int rmi_gpt_l1_destroy(struct cca_outcome *out, struct cca_account *account,
		       phys_addr_t addr)
{
	cca_regs regs = { .a0 = SMC_RMI_GPT_L1_DESTROY, .a1 = addr };

	return cca_sro(NULL, account, &regs, out);
}

/* Neither asks for memory, but both may take several steps. */
static int granule_range(struct cca_outcome *out, u32 fid, phys_addr_t *base,
			 phys_addr_t top, phys_addr_t *out_top)
{
	cca_regs regs = { .a0 = fid, .a1 = *base, .a2 = top };
	int ret = cca_sro_range(&regs, base, out);

	if (!ret)
		*out_top = regs.a1;
	return ret;
}

int rmi_granule_range_delegate(struct cca_outcome *out, phys_addr_t *base,
			       phys_addr_t top, phys_addr_t *out_top)
{
	return granule_range(out, SMC_RMI_GRANULE_RANGE_DELEGATE, base, top,
			     out_top);
}

int rmi_granule_range_undelegate(struct cca_outcome *out, phys_addr_t *base,
				 phys_addr_t top, phys_addr_t *out_top)
{
	return granule_range(out, SMC_RMI_GRANULE_RANGE_UNDELEGATE, base, top,
			     out_top);
}

/* ------------------------------------------------------------------ realms */

int rmi_realm_create(struct cca_outcome *out, struct cca_heir *heir,
		     struct cca_account *account, phys_addr_t rd,
		     phys_addr_t params)
{
	cca_regs regs = {
		.a0 = SMC_RMI_REALM_CREATE, .a1 = rd, .a2 = params,
	};

	return cca_sro_inherited(NULL, account, &regs, out, heir);
}

int rmi_realm_destroy(struct cca_outcome *out, struct cca_account *account,
		      phys_addr_t rd)
{
	cca_regs regs = { .a0 = SMC_RMI_REALM_DESTROY, .a1 = rd };

	return cca_sro(NULL, account, &regs, out);
}

int rmi_realm_activate(struct cca_outcome *out, phys_addr_t rd)
{
	cca_regs regs = { .a0 = SMC_RMI_REALM_ACTIVATE, .a1 = rd };

	return cca_sro(NULL, NULL, &regs, out);
}

int rmi_realm_terminate(struct cca_outcome *out, struct cca_heir *heir,
			struct cca_account *account, phys_addr_t rd)
{
	cca_regs regs = { .a0 = SMC_RMI_REALM_TERMINATE, .a1 = rd };

	return cca_sro_inherited(NULL, account, &regs, out, heir);
}

/* -------------------------------------------------------------------- RECs */

int rmi_rec_create(struct cca_outcome *out, struct cca_heir *heir,
		   struct cca_account *account, phys_addr_t rd, phys_addr_t rec,
		   phys_addr_t params)
{
	cca_regs regs = {
		.a0 = SMC_RMI_REC_CREATE, .a1 = rd, .a2 = rec, .a3 = params,
	};

	return cca_sro_inherited(NULL, account, &regs, out, heir);
}

int rmi_rec_destroy(struct cca_outcome *out, struct cca_account *account,
		    phys_addr_t rec)
{
	cca_regs regs = { .a0 = SMC_RMI_REC_DESTROY, .a1 = rec };

	return cca_sro(NULL, account, &regs, out);
}

void rmi_rec_enter_prepare(struct rmi_entry *entry, phys_addr_t rec, phys_addr_t run)
{
	entry->args = (cca_regs){ .a0 = SMC_RMI_REC_ENTER, .a1 = rec, .a2 = run };
}

int rmi_psci_complete(struct cca_outcome *out, phys_addr_t calling,
		      phys_addr_t target, u64 status)
{
	cca_regs regs = { .a0 = SMC_RMI_PSCI_COMPLETE, .a1 = calling };

	if (cca_rmm()->traits.psci_complete_target) {
		regs.a2 = target;
		regs.a3 = status;
	} else {
		regs.a2 = status;
	}
	return cca_smc(out, &regs);
}

/* ------------------------------------------------------ translation tables */

int rmi_rtt_create(struct cca_outcome *out, phys_addr_t rd, phys_addr_t rtt,
		   u64 ipa, int level)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_CREATE,
		.a1 = rd, .a2 = rtt, .a3 = ipa, .a4 = level,
	};

	return cca_sro(NULL, NULL, &regs, out);
}

int rmi_rtt_destroy(struct cca_outcome *out, phys_addr_t rd, u64 ipa, int level,
		    phys_addr_t *rtt, u64 *next)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_DESTROY, .a1 = rd, .a2 = ipa, .a3 = level,
	};
	int ret = cca_sro(NULL, NULL, &regs, out);

	if (!ret)
		*rtt = regs.a1;
	*next = ret < 0 ? 0 : regs.a2;
	return ret;
}

int rmi_rtt_fold(struct cca_outcome *out, phys_addr_t rd, u64 ipa, int level,
		 phys_addr_t *rtt)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_FOLD, .a1 = rd, .a2 = ipa, .a3 = level,
	};
	int ret = cca_sro(NULL, NULL, &regs, out);

	if (!ret)
		*rtt = regs.a1;
	return ret;
}

int rmi_rtt_read_entry(struct cca_outcome *out, phys_addr_t rd, u64 ipa,
		       int level, struct rmi_rtt_entry *entry)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_READ_ENTRY, .a1 = rd, .a2 = ipa, .a3 = level,
	};
	int ret = cca_smc(out, &regs);

	if (!ret) {
		entry->level = (int)regs.a1;
		entry->state = regs.a2;
		entry->desc = regs.a3;
		entry->ripas = regs.a4;
	}
	return ret;
}

int rmi_rtt_init_ripas(struct cca_outcome *out, phys_addr_t rd, u64 base,
		       u64 top, u64 *out_top)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_INIT_RIPAS, .a1 = rd, .a2 = base, .a3 = top,
	};
	int ret = cca_sro(NULL, NULL, &regs, out);

	if (!ret)
		*out_top = regs.a1;
	return ret;
}

int rmi_rtt_set_ripas(struct cca_outcome *out, phys_addr_t rd, phys_addr_t rec,
		      u64 base, u64 top, u64 *out_top)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_SET_RIPAS,
		.a1 = rd, .a2 = rec, .a3 = base, .a4 = top,
	};
	int ret = cca_sro(NULL, NULL, &regs, out);

	if (!ret)
		*out_top = regs.a1;
	return ret;
}

int rmi_rtt_data_map_init(struct cca_outcome *out, struct cca_account *account,
			  phys_addr_t rd, phys_addr_t data, u64 ipa,
			  phys_addr_t source, u64 flags)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_DATA_MAP_INIT,
		.a1 = rd, .a2 = data, .a3 = ipa, .a4 = source, .a5 = flags,
	};

	return cca_sro(NULL, account, &regs, out);
}

int rmi_rtt_data_map(struct cca_outcome *out, struct cca_account *account,
		     phys_addr_t rd, u64 base, u64 top, u64 flags, u64 oaddr,
		     u64 *out_top)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_DATA_MAP,
		.a1 = rd, .a2 = base, .a3 = top, .a4 = flags, .a5 = oaddr,
	};
	int ret = cca_sro(NULL, account, &regs, out);

	if (!ret)
		*out_top = regs.a1;
	return ret;
}

int rmi_rtt_data_unmap(struct cca_outcome *out, struct cca_account *account,
		       phys_addr_t rd, u64 base, u64 top, u64 flags, u64 oaddr,
		       u64 *out_top, u64 *desc, u64 *count)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_DATA_UNMAP,
		.a1 = rd, .a2 = base, .a3 = top, .a4 = flags, .a5 = oaddr,
	};
	int ret = cca_sro(NULL, account, &regs, out);

	if (!ret) {
		*out_top = regs.a1;
		*desc = regs.a2;
		*count = regs.a3;
	}
	return ret;
}

int rmi_rtt_unprot_map(struct cca_outcome *out, phys_addr_t rd, u64 base,
		       u64 top, u64 flags, u64 oaddr, u64 *out_top)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_UNPROT_MAP,
		.a1 = rd, .a2 = base, .a3 = top, .a4 = flags, .a5 = oaddr,
	};
	int ret = cca_sro(NULL, NULL, &regs, out);

	if (!ret)
		*out_top = regs.a1;
	return ret;
}

int rmi_rtt_unprot_unmap(struct cca_outcome *out, phys_addr_t rd, u64 base,
			 u64 top, u64 *out_top)
{
	cca_regs regs = {
		.a0 = SMC_RMI_RTT_UNPROT_UNMAP,
		.a1 = rd, .a2 = base, .a3 = top, .a4 = RMI_OADDR_NONE,
	};
	int ret = cca_sro(NULL, NULL, &regs, out);

	if (!ret)
		*out_top = regs.a1;
	return ret;
}
