// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI: what a realm is answered here, what exits to the host, and how the host
 * completes it (I.4, G.4, L.2.25).
 */
#include <string.h>

#include "../rsi.h"
#include "model.h"

#define PSCI_1_1			0x10001
#define SMCCC_1_2			0x10002
#define PSCI_SUCCESS			((uint64_t)0)
#define PSCI_NOT_SUPPORTED		((uint64_t)-1)
#define PSCI_INVALID_PARAMETERS		((uint64_t)-2)
#define PSCI_ALREADY_ON			((uint64_t)-4)
#define PSCI_INVALID_ADDRESS		((uint64_t)-9)
#define AFFINITY_ON			0
#define AFFINITY_OFF			1
#define SMC64				((uint32_t)RMI_PSCI_SMC64)

static void answer(struct rec *rec, uint64_t x0)
{
	rec->vcpu.gprs[0] = x0;
	memset(&rec->vcpu.gprs[1], 0, 3 * sizeof(uint64_t));
}

/* The function and, of those with a target, the target: unmasked. */
static void tell_host(const struct rec *rec, struct rmi_rec_exit *exit,
		      unsigned int registers)
{
	exit->exit_reason = RMI_EXIT_PSCI;
	memcpy(exit->gprs, rec->vcpu.gprs, registers * sizeof(uint64_t));
}

static bool target_known(struct rmm *rmm, const struct realm *realm,
			 uint32_t index)
{
	if (rmm->traits->recs_in_order)
		return index < realm->recs_made;
	return rec_by_index(rmm, realm, index);
}

static bool cpu_on(struct rmm *rmm, const struct realm *realm, struct rec *rec,
		   struct rmi_rec_exit *exit)
{
	uint64_t *x = rec->vcpu.gprs;
	uint32_t target = rec_index_of(x[1]);

	if (x[2] >= realm_par_size(realm)) {
		answer(rec, PSCI_INVALID_ADDRESS);
	} else if (!target_known(rmm, realm, target)) {
		answer(rec, PSCI_INVALID_PARAMETERS);
	} else if (target == rec->index) {
		answer(rec, PSCI_ALREADY_ON);
	} else {
		rec->psci_pending = true;
		tell_host(rec, exit, 2);
		return false;
	}
	return true;
}

static uint64_t affinity(const struct rec *rec)
{
	return rec->running || rec->runnable ? AFFINITY_ON : AFFINITY_OFF;
}

static bool affinity_info(struct rmm *rmm, const struct realm *realm,
			  struct rec *rec, struct rmi_rec_exit *exit)
{
	uint64_t *x = rec->vcpu.gprs;
	uint32_t target = rec_index_of(x[1]);

	if (x[2] != 0 || !target_known(rmm, realm, target)) {
		answer(rec, PSCI_INVALID_PARAMETERS);
	} else if (target == rec->index) {
		answer(rec, AFFINITY_ON);
	} else if (!rmm->traits->affinity_exits) {
		answer(rec, affinity(rec_by_index(rmm, realm, target)));
	} else {
		rec->psci_pending = true;
		tell_host(rec, exit, 2);
		return false;
	}
	return true;
}

static void features(struct rec *rec)
{
	switch ((uint32_t)rec->vcpu.gprs[1]) {
	case RSI_PSCI_CPU_SUSPEND & ~RMI_PSCI_SMC64:
	case RSI_PSCI_CPU_SUSPEND:
	case RSI_PSCI_CPU_OFF:
	case RSI_PSCI_CPU_ON & ~RMI_PSCI_SMC64:
	case RSI_PSCI_CPU_ON:
	case RSI_PSCI_AFFINITY_INFO & ~RMI_PSCI_SMC64:
	case RSI_PSCI_AFFINITY_INFO:
	case RSI_PSCI_SYSTEM_OFF:
	case RSI_PSCI_SYSTEM_RESET:
	case RSI_PSCI_FEATURES:
	case RSI_SMCCC_VERSION:
		answer(rec, PSCI_SUCCESS);
		break;
	default:
		answer(rec, PSCI_NOT_SUPPORTED);
	}
}

bool psci_handle(struct rmm *rmm, struct realm *realm, struct rec *rec,
		 struct rmi_rec_exit *exit)
{
	switch ((uint32_t)rec->vcpu.gprs[0]) {
	case RSI_SMCCC_VERSION:
		answer(rec, SMCCC_1_2);
		return true;
	case RSI_PSCI_VERSION:
		answer(rec, PSCI_1_1);
		return true;
	case RSI_PSCI_FEATURES:
		features(rec);
		return true;
	case RSI_PSCI_CPU_SUSPEND & ~RMI_PSCI_SMC64:
	case RSI_PSCI_CPU_SUSPEND:
		tell_host(rec, exit, 1);
		answer(rec, PSCI_SUCCESS);
		return false;
	case RSI_PSCI_CPU_OFF:
		rec->runnable = false;
		tell_host(rec, exit, 1);
		answer(rec, PSCI_SUCCESS);
		return false;
	case RSI_PSCI_CPU_ON & ~RMI_PSCI_SMC64:
	case RSI_PSCI_CPU_ON:
		return cpu_on(rmm, realm, rec, exit);
	case RSI_PSCI_AFFINITY_INFO & ~RMI_PSCI_SMC64:
	case RSI_PSCI_AFFINITY_INFO:
		return affinity_info(rmm, realm, rec, exit);
	case RSI_PSCI_SYSTEM_OFF:
	case RSI_PSCI_SYSTEM_RESET:
		realm->state = REALM_SYSTEM_OFF;
		tell_host(rec, exit, 1);
		return false;
	default:
		answer(rec, PSCI_NOT_SUPPORTED);
		return true;
	}
}

static uint64_t turn_on(struct rmm *rmm, struct rec *caller, struct rec *target,
			uint64_t status)
{
	if (target->running || target->runnable)
		return PSCI_ALREADY_ON;
	if (status == RMI_PSCI_DENIED)
		return RMI_PSCI_DENIED;
	rmm_plat_vcpu_reset(rmm, &target->vcpu);
	target->vcpu.gprs[0] = caller->vcpu.gprs[3];
	target->vcpu.pc = caller->vcpu.gprs[2];
	target->runnable = true;
	return PSCI_SUCCESS;
}

/*
 * DENIED for a target that is on: the realm hears ALREADY_ON, and the host that
 * its call was wrong (C.5).
 */
static uint64_t complete(struct rmm *rmm, struct rec *caller,
			 struct rec *target, uint64_t status)
{
	bool on = ((uint32_t)caller->vcpu.gprs[0] & ~SMC64) ==
		  RMI_PSCI_CPU_ON;
	uint64_t result;

	if (status != RMI_PSCI_SUCCESS && !(on && status == RMI_PSCI_DENIED))
		return RMI_ERROR_INPUT;
	result = on ? turn_on(rmm, caller, target, status) : affinity(target);
	answer(caller, result);
	caller->psci_pending = false;
	return status == RMI_PSCI_DENIED && result == PSCI_ALREADY_ON ?
		RMI_ERROR_INPUT : RMI_SUCCESS;
}

/* bet3: the target is the one that was named; it may be gone by now. */
static uint64_t complete_by_mpidr(struct rmm *rmm, struct rec *caller,
				  uint64_t status)
{
	const struct realm *realm = rmm_plat_granule(rmm, caller->realm);
	struct rec *target = rec_by_index(rmm, realm,
					  rec_index_of(caller->vcpu.gprs[1]));

	if (target)
		return complete(rmm, caller, target, status);
	if (status != RMI_PSCI_DENIED)
		return RMI_ERROR_INPUT;
	answer(caller, RMI_PSCI_DENIED);
	caller->psci_pending = false;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_psci_complete)
{
	struct rec *caller = rec_find(rmm, call->x[1]), *target;

	if (!rmm->traits->psci_names_target) {
		if (!caller || caller->running || !caller->psci_pending)
			return RMI_ERROR_INPUT;
		return complete_by_mpidr(rmm, caller, call->x[2]);
	}
	target = rec_find(rmm, call->x[2]);
	if (!caller || !target || caller == target || caller->running ||
	    !caller->psci_pending || caller->realm != target->realm ||
	    rec_index_of(caller->vcpu.gprs[1]) != target->index)
		return RMI_ERROR_INPUT;
	return complete(rmm, caller, target, call->x[3]);
}
