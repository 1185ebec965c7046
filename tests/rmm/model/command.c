// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command table, and the way from registers to a handler and back.
 */
#include <string.h>

#include "model.h"

#define SMCCC_SVE_HINT	BIT64(16)
#define RMI_FID_BASE	0xc4000000U

static const struct rmm_traits july = {
	.recs_in_order = true,
	.psci_names_target = true,
	.affinity_exits = true,
	.rim_hashes_params = true,
	.addr_state_shift = RMI_ADDR_STATE_SHIFT_JULY,
	.addr_state_mask = 1,
	.contexts = 320,	/* L.2.15: ten for each of 32 CPUs */
	.version = RMI_ABI_VERSION(2, 0),
};

static const struct rmm_traits bet3 = {
	.delegates_ranges = true,
	.delegate_is_idempotent = true,
	.tracks_regions = true,
	.host_creates_gpt = true,
	.status_has_address = true,
	.realm_donates = true,
	.debug_as_wanted = true,
	.unprot_checks_state = true,
	.unmap_single_has_state = true,
	.config_reports_sha384 = true,
	.measurements_padded = true,
	.feature_sha384 = true,
	.feature_oasz = true,
	.addr_state_shift = RMI_ADDR_STATE_SHIFT_BET3,
	.addr_state_mask = 3,
	.contexts = 320,
	.version = RMI_ABI_VERSION(2, 0),
};

static const struct rmm_traits v1 = {
	.contexts = 1,
	.version = RMI_ABI_VERSION(1, 0),
};

const struct rmm_traits *rmm_traits_of(enum rmm_profile profile)
{
	switch (profile) {
	case RMM_PROFILE_BET3:
		return &bet3;
	case RMM_PROFILE_V1:
		return &v1;
	default:
		return &july;
	}
}

static bool in_2_0(const struct rmm_traits *t)
{
	return t->version >= RMI_ABI_VERSION(2, 0);
}

static bool with_tracking(const struct rmm_traits *t)
{
	return t->tracks_regions;
}

#define RANGE(b, t, p)	.base = (b), .top = (t), .progress = (p)
#define COMMAND(name_, lower, in, out, where, when, ...) {		\
	.number = SMC_RMI_NUMBER(SMC_RMI_##name_), .inputs = (in),	\
	.outputs = (out), .states = (where), .exists = (when),		\
	.handler = rmi_##lower, .name = #name_, ##__VA_ARGS__ }

static const struct rmm_command commands[] = {
	COMMAND(VERSION, version, 1, 3, ANYTIME, NULL),
	COMMAND(FEATURES, features, 1, 2, ANYTIME, in_2_0),
	COMMAND(RMM_CONFIG_GET, rmm_config_get, 1, 1, ANYTIME, in_2_0),
	COMMAND(RMM_CONFIG_SET, rmm_config_set, 1, 1, IN_INIT, in_2_0),
	COMMAND(RMM_ACTIVATE, rmm_activate, 0, 1, IN_INIT, in_2_0),
	COMMAND(RMM_DEACTIVATE, rmm_deactivate, 0, 1, IN_ACTIVE, with_tracking),
	COMMAND(RMM_STATE_GET, rmm_state_get, 0, 2, ANYTIME, with_tracking),
	COMMAND(GRANULE_TRACKING_GET, granule_tracking_get, 2, 4, ANYTIME,
		in_2_0, RANGE(1, 2, 3)),
	COMMAND(GRANULE_TRACKING_SET, granule_tracking_set, 3, 3, IN_ACTIVE,
		with_tracking),
	COMMAND(GPT_L1_CREATE, gpt_l1_create, 1, 3, IN_ACTIVE, in_2_0),
	COMMAND(GPT_L1_DESTROY, gpt_l1_destroy, 1, 3, IN_ACTIVE, with_tracking),
	COMMAND(GPT_INFO, gpt_info, 2, 3, IN_ACTIVE, with_tracking,
		RANGE(1, 2, 1)),
	COMMAND(GRANULE_RANGE_DELEGATE, granule_range_delegate, 2, 2,
		IN_ACTIVE, in_2_0, RANGE(1, 2, 1)),
	COMMAND(GRANULE_RANGE_UNDELEGATE, granule_range_undelegate, 2, 2,
		IN_ACTIVE, in_2_0, RANGE(1, 2, 1)),
	COMMAND(OP_CONTINUE, op_continue, 2, 4, IN_ACTIVE, in_2_0),
	COMMAND(OP_MEM_DONATE, op_mem_donate, 4, 3, IN_ACTIVE, in_2_0),
	COMMAND(OP_MEM_RECLAIM, op_mem_reclaim, 3, 3, IN_ACTIVE, in_2_0),
	COMMAND(OP_CANCEL, op_cancel, 1, 1, IN_ACTIVE, in_2_0),
	COMMAND(REALM_CREATE, realm_create, 2, 3, IN_ACTIVE, in_2_0),
	COMMAND(REALM_ACTIVATE, realm_activate, 1, 1, IN_ACTIVE, in_2_0),
	COMMAND(REALM_TERMINATE, realm_terminate, 1, 1, IN_ACTIVE, in_2_0),
	COMMAND(REALM_DESTROY, realm_destroy, 1, 2, IN_ACTIVE, in_2_0),
	COMMAND(REC_CREATE, rec_create, 3, 3, IN_ACTIVE, in_2_0),
	COMMAND(REC_DESTROY, rec_destroy, 1, 2, IN_ACTIVE, in_2_0),
	COMMAND(REC_ENTER, rec_enter, 2, 1, IN_ACTIVE, in_2_0),
	COMMAND(PSCI_COMPLETE, psci_complete, 3, 1, IN_ACTIVE, in_2_0),
	COMMAND(RTT_CREATE, rtt_create, 4, 1, IN_ACTIVE, in_2_0),
	COMMAND(RTT_DESTROY, rtt_destroy, 3, 3, IN_ACTIVE, in_2_0),
	COMMAND(RTT_FOLD, rtt_fold, 3, 2, IN_ACTIVE, in_2_0),
	COMMAND(RTT_READ_ENTRY, rtt_read_entry, 3, 5, IN_ACTIVE, in_2_0),
	COMMAND(RTT_INIT_RIPAS, rtt_init_ripas, 3, 2, IN_ACTIVE, in_2_0,
		RANGE(2, 3, 1)),
	COMMAND(RTT_SET_RIPAS, rtt_set_ripas, 4, 2, IN_ACTIVE, in_2_0,
		RANGE(3, 4, 1)),
	COMMAND(RTT_DATA_MAP_INIT, rtt_data_map_init, 5, 1, IN_ACTIVE, in_2_0),
	COMMAND(RTT_DATA_MAP, rtt_data_map, 5, 2, IN_ACTIVE, in_2_0,
		RANGE(2, 3, 1)),
	COMMAND(RTT_DATA_UNMAP, rtt_data_unmap, 5, 4, IN_ACTIVE, in_2_0,
		RANGE(2, 3, 1)),
	COMMAND(RTT_UNPROT_MAP, rtt_unprot_map, 5, 2, IN_ACTIVE, in_2_0,
		RANGE(2, 3, 1)),
	COMMAND(RTT_UNPROT_UNMAP, rtt_unprot_unmap, 5, 4, IN_ACTIVE, in_2_0,
		RANGE(2, 3, 1)),
};

const struct rmm_command *rmm_command_find(const struct rmm *rmm,
					   unsigned int number)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
		const struct rmm_command *c = &commands[i];

		if (c->number == number)
			return c->exists && !c->exists(rmm->traits) ? NULL : c;
	}
	return NULL;
}

/* The command itself: also what OP_CONTINUE calls after a fault's detour. */
uint64_t rmm_command_execute(struct rmm *rmm, struct rmm_call *call)
{
	const struct rmm_command *c = rmm_command_find(rmm, call->number);

	if (!c)
		return RMI_NOT_IMPLEMENTED;
	if (!(c->states & (rmm->active ? IN_ACTIVE : IN_INIT)))
		return RMI_ERROR_GLOBAL;
	return c->handler(rmm, call);
}

static void rmm_command(struct rmm *rmm, unsigned int cpu,
			struct rmm_regs *regs, unsigned int number)
{
	const struct rmm_command *c = rmm_command_find(rmm, number);
	struct rmm_call call = { .cpu = cpu, .number = number };
	struct fault_rule lie = { .armed = false };
	uint64_t status = RMI_NOT_IMPLEMENTED;

	memcpy(call.x, regs->x, sizeof(call.x));
	if (c) {
		rmm->counters[number - SMC_RMI_FIRST]++;
		fault_hold(rmm, &call);
		if (!fault_before(rmm, &call, &status, &lie))
			status = rmm_command_execute(rmm, &call);
		if (lie.armed)
			fault_after(rmm, c, &call, &lie, &status);
	}
	/* A.5: X1 to X3 are zero when they are not an output, X4 is kept. */
	regs->x[0] = status;
	memcpy(&regs->x[1], &call.out[1], 3 * sizeof(uint64_t));
	if (c && c->outputs > 4)
		regs->x[4] = call.out[4];
}

void rmm_handle(struct rmm *rmm, unsigned int cpu, struct rmm_regs *regs)
{
	uint32_t fid = (uint32_t)regs->x[0] & ~SMCCC_SVE_HINT;
	uint32_t number = fid - RMI_FID_BASE;

	rmm_plat_lock(rmm);
	if (fid >= SMC_RMM_TEST_FIRST && fid <= SMC_RMM_TEST_LAST) {
		struct rmm_call call = { .cpu = cpu };

		memcpy(call.x, regs->x, sizeof(call.x));
		regs->x[0] = fault_command(rmm, fid, &call);
		memcpy(&regs->x[1], &call.out[1], 3 * sizeof(uint64_t));
	} else if (number >= SMC_RMI_FIRST && number <= SMC_RMI_LAST) {
		rmm_command(rmm, cpu, regs, number);
	} else {
		regs->x[0] = RMI_NOT_IMPLEMENTED;
		memset(&regs->x[1], 0, 3 * sizeof(uint64_t));
	}
	rmm_plat_unlock(rmm);
}
