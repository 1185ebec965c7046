/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RMI commands as functions: fill the registers, call, read the results.
 *
 * No policy, no allocation, no lock, no message. Outputs are written on
 * success only, unless the text says otherwise. Commands that may become
 * stateful operations go through cca_sro() and take the account that pays.
 */
#ifndef CCA_RMI_CMDS_H
#define CCA_RMI_CMDS_H

#include "cca.h"

int __must_check rmi_version(struct cca_outcome *out, u64 requested, u64 *lower, u64 *higher);
int __must_check rmi_features(struct cca_outcome *out, unsigned long index, u64 *value);
int __must_check rmi_rmm_config_get(struct cca_outcome *out, phys_addr_t config);
int __must_check rmi_rmm_config_set(struct cca_outcome *out, phys_addr_t config);
int __must_check rmi_rmm_activate(struct cca_outcome *out, struct cca_account *account);
int __must_check rmi_rmm_deactivate(struct cca_outcome *out, struct cca_account *account);
int __must_check rmi_rmm_state_get(struct cca_outcome *out, u64 *state);
int __must_check rmi_granule_tracking_get(struct cca_outcome *out, phys_addr_t base,
			     phys_addr_t top, u64 *category, u64 *state,
			     phys_addr_t *out_top);
int __must_check rmi_granule_tracking_set(struct cca_outcome *out, struct cca_account *account,
			     phys_addr_t addr, u64 category, u64 state);
/* One uniform prefix: out_top is its end. */
int __must_check rmi_gpt_info(struct cca_outcome *out, phys_addr_t base, phys_addr_t top,
		 phys_addr_t *out_top, u64 *state);
int __must_check rmi_gpt_l1_create(struct cca_outcome *out, struct cca_account *account,
		      phys_addr_t addr);
int __must_check rmi_gpt_l1_destroy(struct cca_outcome *out, struct cca_account *account,
		       phys_addr_t addr);

/*
 * One call, or one for each granule where the RMM does no more: *base is where
 * the last one began, also on failure, and what lies before it moved. out_top
 * is where that one stopped, on success only, and is the RMM's word (R10).
 */
int __must_check rmi_granule_range_delegate(struct cca_outcome *out, phys_addr_t *base,
			       phys_addr_t top, phys_addr_t *out_top);
int __must_check rmi_granule_range_undelegate(struct cca_outcome *out, phys_addr_t *base,
				 phys_addr_t top, phys_addr_t *out_top);

/* With an heir, or NULL: see cca_sro_inherited(). */
int __must_check rmi_realm_create(struct cca_outcome *out, struct cca_heir *heir,
		     struct cca_account *account, phys_addr_t rd,
		     phys_addr_t params);
int __must_check rmi_realm_destroy(struct cca_outcome *out, struct cca_account *account,
		      phys_addr_t rd);
int __must_check rmi_realm_activate(struct cca_outcome *out, phys_addr_t rd);
int __must_check rmi_realm_terminate(struct cca_outcome *out, struct cca_heir *heir,
			struct cca_account *account, phys_addr_t rd);

int __must_check rmi_rec_create(struct cca_outcome *out, struct cca_heir *heir,
		   struct cca_account *account, phys_addr_t rd, phys_addr_t rec,
		   phys_addr_t params);
int __must_check rmi_rec_destroy(struct cca_outcome *out, struct cca_account *account,
		    phys_addr_t rec);
/*
 * Exactly one call, interrupts disabled; > 0 is not an error of the module. The
 * command is always the same one, so it is filled in once.
 */
struct rmi_entry {
	cca_regs args;
	cca_regs res;
};

void rmi_rec_enter_prepare(struct rmi_entry *entry, phys_addr_t rec, phys_addr_t run);
static inline int __must_check rmi_rec_enter(struct cca_outcome *out,
					     struct rmi_entry *entry)
{
	return cca_smc_enter(out, &entry->args, &entry->res);
}
/* Both forms: target is used where cca_traits.psci_complete_target says so. */
int __must_check rmi_psci_complete(struct cca_outcome *out, phys_addr_t calling,
		      phys_addr_t target, u64 status);

int __must_check rmi_rtt_create(struct cca_outcome *out, phys_addr_t rd, phys_addr_t rtt,
		   u64 ipa, int level);
/* rtt on success; next always (0 where the RMM gave none), not clamped. */
int __must_check rmi_rtt_destroy(struct cca_outcome *out, phys_addr_t rd, u64 ipa, int level,
		    phys_addr_t *rtt, u64 *next);
int __must_check rmi_rtt_fold(struct cca_outcome *out, phys_addr_t rd, u64 ipa, int level,
		 phys_addr_t *rtt);

struct rmi_rtt_entry {
	int level;
	u64 state;
	u64 desc;
	u64 ripas;
};

int __must_check rmi_rtt_read_entry(struct cca_outcome *out, phys_addr_t rd, u64 ipa,
		       int level, struct rmi_rtt_entry *entry);
int __must_check rmi_rtt_init_ripas(struct cca_outcome *out, phys_addr_t rd, u64 base,
		       u64 top, u64 *out_top);
int __must_check rmi_rtt_set_ripas(struct cca_outcome *out, phys_addr_t rd, phys_addr_t rec,
		      u64 base, u64 top, u64 *out_top);
int __must_check rmi_rtt_data_map_init(struct cca_outcome *out, struct cca_account *account,
			  phys_addr_t rd, phys_addr_t data, u64 ipa,
			  phys_addr_t source, u64 flags);
/* SINGLE: desc is a range descriptor. LIST: oaddr is the list's address. */
int __must_check rmi_rtt_data_map(struct cca_outcome *out, struct cca_account *account,
		     phys_addr_t rd, u64 base, u64 top, u64 flags, u64 oaddr,
		     u64 *out_top);
/* LIST: *count descriptors were written to the list. */
int __must_check rmi_rtt_data_unmap(struct cca_outcome *out, struct cca_account *account,
		       phys_addr_t rd, u64 base, u64 top, u64 flags, u64 oaddr,
		       u64 *out_top, u64 *desc, u64 *count);
/* Shared memory. Unmapping tells nothing about what was there. */
int __must_check rmi_rtt_unprot_map(struct cca_outcome *out, phys_addr_t rd, u64 base,
		       u64 top, u64 flags, u64 oaddr, u64 *out_top);
int __must_check rmi_rtt_unprot_unmap(struct cca_outcome *out, phys_addr_t rd, u64 base,
			 u64 top, u64 *out_top);

#endif
