// SPDX-License-Identifier: GPL-2.0-only
/*
 * The realm of the host shell: a vCPU without instructions, but with a stage-2
 * walk like the hardware's.
 */
#include <string.h>

#include "host.h"

#define EC_SMC			((uint64_t)0x17 << 26)
#define EC_IABT			((uint64_t)0x20 << 26)
#define EC_DABT			((uint64_t)0x24 << 26)
#define ESR_IL			(1UL << 25)
#define ESR_ISV_64		(1UL << 24 | 3UL << 22 | 1UL << 15)
#define ESR_WNR			(1UL << 6)
#define FSC_ADDRESS_SIZE	0x00
#define FSC_TRANSLATION		0x04
#define FSC_ACCESS_FLAG		0x08
#define FSC_PERMISSION		0x0c
#define PSTATE_EL1H_DAIF	0x3c5
#define OA_MASK			0x0000fffffffff000UL

/* TF-RMM's numbers for a fresh vCPU do not matter here: EL1h, masked. */
void rmm_plat_vcpu_reset(struct rmm *rmm, struct rmm_vcpu *vcpu)
{
	(void)rmm;
	vcpu->pstate = PSTATE_EL1H_DAIF;
	memset(vcpu->arch, 0, sizeof(vcpu->arch));
}

void rmm_plat_vcpu_inject(struct rmm *rmm, struct rmm_vcpu *vcpu, uint64_t esr,
			  uint64_t far)
{
	struct host *host = rmm_plat_of(rmm);

	(void)vcpu;
	host->injected_esr = esr;
	host->injected_far = far;
	host->injections++;
}

enum rmm_vcpu_exit rmm_plat_vcpu_run(struct rmm *rmm, unsigned int cpu,
				     struct rmm_vcpu *vcpu)
{
	struct host *host = rmm_plat_of(rmm);

	(void)cpu;
	if (host->locked)
		__builtin_trap();	/* the lock is dropped while it runs */
	host->runs++;
	return host->guest ? host->guest(host, vcpu, host->guest_arg)
			   : RMM_VCPU_IRQ;
}

enum rmm_vcpu_exit host_guest_smc(struct rmm_vcpu *vcpu, const uint64_t *x,
				  unsigned int count)
{
	memcpy(vcpu->gprs, x, count * sizeof(*x));
	vcpu->esr = EC_SMC | ESR_IL;
	vcpu->far = vcpu->hpfar = 0;
	return RMM_VCPU_SYNC;
}

enum rmm_vcpu_exit host_guest_sync(struct rmm_vcpu *vcpu, uint64_t esr,
				   uint64_t ipa, uint64_t far)
{
	vcpu->esr = esr;
	vcpu->far = far;
	vcpu->hpfar = ipa >> 12 << 4;
	return RMM_VCPU_SYNC;
}

static void *fault(struct rmm_vcpu *vcpu, uint64_t ipa, enum host_access access,
		   unsigned int fsc, int level)
{
	uint64_t esr = ESR_IL | (fsc + (unsigned int)level);

	if (access == HOST_FETCH)
		esr |= EC_IABT;
	else
		esr |= EC_DABT | ESR_ISV_64 | (access == HOST_STORE ? ESR_WNR : 0);
	host_guest_sync(vcpu, esr, ipa, ipa);
	return NULL;
}

static bool permitted(uint64_t desc, enum host_access access)
{
	switch (access) {
	case HOST_LOAD:
		return desc & 1UL << 6;
	case HOST_STORE:
		return desc & 1UL << 7;
	default:
		/* XN[1:0] = 0; and a realm never executes Non-secure memory. */
		return !(desc & 3UL << 53) && !(desc & 1UL << 55);
	}
}

/* VTCR: T0SZ 5:0, SL0 7:6. Concatenated tables follow each other. */
void *host_guest_access(struct host *host, struct rmm_vcpu *vcpu, uint64_t ipa,
			enum host_access access)
{
	unsigned int bits = 64 - (vcpu->vtcr & 0x3f), shift;
	int level = 2 - (int)(vcpu->vtcr >> 6 & 3);
	uint64_t table = vcpu->vttbr & OA_MASK, desc, index;

	if (ipa >> bits)
		return fault(vcpu, ipa, access, FSC_TRANSLATION, level);
	shift = 12 + 9 * (3 - (unsigned int)level);
	index = ipa >> shift;	/* all of it: roots may be side by side */
	for (;; level++) {
		desc = ((uint64_t *)host_at(host, table))[index];
		if (!(desc & 1) || (level == 3 && !(desc & 2)) ||
		    (level == 0 && !(desc & 2)))
			return fault(vcpu, ipa, access, FSC_TRANSLATION, level);
		if (level == 3 || !(desc & 2))
			break;
		table = desc & OA_MASK;
		shift -= 9;
		index = ipa >> shift & 0x1ff;
	}
	if (!(desc & 1UL << 10))
		return fault(vcpu, ipa, access, FSC_ACCESS_FLAG, level);
	if (!permitted(desc, access))
		return fault(vcpu, ipa, access, FSC_PERMISSION, level);
	desc = (desc & OA_MASK & ~((1UL << shift) - 1)) |
	       (ipa & ((1UL << shift) - 1));
	return host_at(host, desc & ~7UL);
}

static enum rmm_vcpu_exit step_access(struct host *host, struct rmm_vcpu *vcpu,
				      struct host_script *script,
				      const struct host_step *step)
{
	enum host_access access = step->what == STEP_LOAD ? HOST_LOAD :
				  step->what == STEP_STORE ? HOST_STORE :
							     HOST_FETCH;
	uint64_t *at;

	if (access == HOST_STORE)
		vcpu->gprs[0] = step->x[0];
	at = host_guest_access(host, vcpu, step->ipa, access);
	if (!at)
		return RMM_VCPU_SYNC;
	/* It went through: nothing exits, go on with the next one. */
	if (access == HOST_STORE)
		*at = step->x[0];
	else
		vcpu->gprs[0] = *at;
	vcpu->pc += 4;
	return host_script_guest(host, vcpu, script);
}

/* Was the last step finished? Then note what it left in the registers. */
static bool step_done(struct host *host, struct rmm_vcpu *vcpu,
		      struct host_script *s)
{
	if (s->pending && vcpu->pc == s->pending_pc &&
	    host->injections == s->pending_injections)
		return false;
	s->pending = false;
	if (s->next && s->next <= HOST_STEPS_MAX) {
		memcpy(s->seen[s->next - 1].x, vcpu->gprs,
		       sizeof(s->seen[0].x));
		s->seen[s->next - 1].pc = vcpu->pc;
	}
	return true;
}

enum rmm_vcpu_exit host_script_guest(struct host *host, struct rmm_vcpu *vcpu,
				     void *script)
{
	struct host_script *s = script;
	const struct host_step *step;

	if (step_done(host, vcpu, s)) {
		if (s->next == s->count)
			return RMM_VCPU_IRQ;
		s->next++;
	}
	step = &s->steps[s->next - 1];
	s->pending = step->what == STEP_SMC || step->what == STEP_LOAD ||
		     step->what == STEP_STORE || step->what == STEP_FETCH;
	s->pending_pc = vcpu->pc;
	s->pending_injections = host->injections;
	switch (step->what) {
	case STEP_SMC:
		return host_guest_smc(vcpu, step->x, 11);
	case STEP_SYNC:
		return host_guest_sync(vcpu, step->esr, step->ipa, step->far);
	case STEP_LOAD:
	case STEP_STORE:
	case STEP_FETCH:
		return step_access(host, vcpu, s, step);
	case STEP_FIQ:
		return RMM_VCPU_FIQ;
	case STEP_SERROR:
		vcpu->esr = step->esr;
		return RMM_VCPU_SERROR;
	default:
		return RMM_VCPU_IRQ;
	}
}
