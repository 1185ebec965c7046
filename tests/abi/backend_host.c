// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI tests' host back end: the model in its host shell, profile july, and
 * a callback in the place of guest.S.
 */
#include <stdlib.h>
#include <string.h>

#include "../rmm/host/host.h"
#include "abi.h"

#define MIB		192
#define EC(n)		((uint64_t)(n) << 26)
#define ESR_IL		(1UL << 25)
#define ESR_ISV		(1UL << 24)
#define ESR_SSE		(1UL << 21)
#define ESR_SF		(1UL << 15)
#define ESR_WNR		(1UL << 6)
#define ESR_FSC(esr)	((esr) & 0x3f)
#define TARGET		3	/* the register of loads */
#define SOURCE		2	/* of stores */

static struct host *host;

/* Freed runs by size, to be used again. */
static struct { uint64_t pa; unsigned int count; } freed[32768];
static unsigned int freed_count;

/* Where the guest is: the step, and what is left of it. */
static struct {
	unsigned int step;
	enum { BEFORE, WAITING, REPORTING } phase;
	unsigned int injections;
	uint64_t pc;
} guest;

static enum rmm_vcpu_exit run_guest(struct host *h, struct rmm_vcpu *vcpu,
				    void *arg);

const char *abi_open(void)
{
	uint64_t page;

	host = host_new(RMM_PROFILE_JULY, MIB);
	host->guest = run_guest;
	page = host_page(host);
	(void)page;
	RMI(RMM_CONFIG_SET, page);
	RMI(RMM_ACTIVATE, 0);
	return NULL;
}

void abi_close(void)
{
	host_free(host);
}

bool abi_on_device(void)
{
	return false;
}

void abi_call(struct abi_regs *regs)
{
	struct rmm_regs r;

	memcpy(r.x, regs->x, sizeof(r.x));
	host_call(host, &r);
	memcpy(regs->x, r.x, sizeof(r.x));
}

uint64_t abi_pages_alloc(unsigned int count)
{
	for (unsigned int i = 0; i < freed_count; i++) {
		uint64_t pa = freed[i].pa;

		if (freed[i].count != count)
			continue;
		freed[i] = freed[--freed_count];
		memset(host_at(host, pa), 0, count * PAGE);
		return pa;
	}
	return host_pages(host, count, count);
}

void abi_pages_free(uint64_t pa, unsigned int count)
{
	if (freed_count == sizeof(freed) / sizeof(freed[0]))
		abort();
	freed[freed_count].pa = pa;
	freed[freed_count++].count = count;
}

void abi_page_read(uint64_t pa, void *to, size_t size)
{
	memcpy(to, host_at(host, pa), size);
}

void abi_page_write(uint64_t pa, const void *from, size_t size)
{
	memcpy(host_at(host, pa), from, size);
}

uint64_t abi_unknown_pa(void)
{
	return host_unknown_page(host);
}

/* A new realm begins at its first step. */
const void *abi_guest_code(size_t *size)
{
	static const char code[PAGE];

	memset(&guest, 0, sizeof(guest));
	*size = sizeof(code);
	return code;
}

/* ---- the guest ------------------------------------------------------------ */

static uint64_t *realm_at(struct rmm_vcpu *vcpu, uint64_t ipa)
{
	return host_guest_access(host, vcpu, ipa, HOST_LOAD);
}

struct access {
	enum host_access how;
	unsigned int sas;	/* log2 of bytes */
	uint64_t bits;		/* of the syndrome: SSE, SF, WNR */
	bool no_isv;
};

static const struct access accesses[GUEST_KINDS] = {
	[GUEST_LDRB] = { HOST_LOAD, 0, 0, false },
	[GUEST_LDRH] = { HOST_LOAD, 1, 0, false },
	[GUEST_LDRW] = { HOST_LOAD, 2, 0, false },
	[GUEST_LDRX] = { HOST_LOAD, 3, ESR_SF, false },
	[GUEST_LDRSBX] = { HOST_LOAD, 0, ESR_SF | ESR_SSE, false },
	[GUEST_LDRSBW] = { HOST_LOAD, 0, ESR_SSE, false },
	[GUEST_LDRSWX] = { HOST_LOAD, 2, ESR_SF | ESR_SSE, false },
	[GUEST_STRB] = { HOST_STORE, 0, ESR_WNR, false },
	[GUEST_STRH] = { HOST_STORE, 1, ESR_WNR, false },
	[GUEST_STRW] = { HOST_STORE, 2, ESR_WNR, false },
	[GUEST_STRX] = { HOST_STORE, 3, ESR_WNR | ESR_SF, false },
	[GUEST_STRXZR] = { HOST_STORE, 3, ESR_WNR | ESR_SF, false },
	[GUEST_LDP] = { HOST_LOAD, 3, 0, true },
	[GUEST_BRANCH] = { HOST_FETCH, 3, 0, true },
};

/* The syndrome of the hardware for this instruction, from the walk's. */
static enum rmm_vcpu_exit faulted(struct rmm_vcpu *vcpu, unsigned int kind)
{
	const struct access *a = &accesses[kind];
	unsigned int reg = a->how == HOST_STORE ? SOURCE : TARGET;
	uint64_t esr = ESR_FSC(vcpu->esr) | ESR_IL;

	if (kind == GUEST_STRXZR)
		reg = 31;
	esr |= a->how == HOST_FETCH ? EC(0x20) : EC(0x24);
	esr |= a->bits & ESR_WNR;
	if (!a->no_isv)
		esr |= ESR_ISV | (uint64_t)a->sas << 22 | a->bits |
		       (uint64_t)reg << 16;
	vcpu->esr = esr;
	return RMM_VCPU_SYNC;
}

static bool done_access(struct rmm_vcpu *vcpu, unsigned int kind)
{
	const struct access *a = &accesses[kind];
	uint64_t ipa = vcpu->gprs[1], value = 0;
	uint8_t *at = host_guest_access(host, vcpu, ipa, a->how);

	if (!at)
		return false;
	at += ipa & 7;
	if (a->how == HOST_STORE) {
		value = kind == GUEST_STRXZR ? 0 : vcpu->gprs[SOURCE];
		memcpy(at, &value, 1u << a->sas);
	} else if (a->how == HOST_LOAD) {
		memcpy(&value, at, 1u << a->sas);
		vcpu->gprs[TARGET] = value;
	}
	return true;
}

/* What leaves the realm by itself: the syndrome as on hardware. */
static bool trap(struct rmm_vcpu *vcpu, unsigned int kind)
{
	switch (kind) {
	case GUEST_SMC:
		vcpu->esr = EC(0x17) | ESR_IL;
		return true;
	case GUEST_HVC:
		vcpu->esr = EC(0x16) | ESR_IL;
		return true;
	case GUEST_WFI:
		vcpu->esr = EC(0x01) | ESR_IL | 0x1e00000;
		return vcpu->trap_wfi;
	case GUEST_SGI1R:
		vcpu->esr = 0x623a3016 | 7 << 5;
		return true;
	case GUEST_IAR1:	/* as with ICH_HCR_EL2.TALL1 */
		vcpu->esr = 0x62303019 | 7 << 5;
		return true;
	case GUEST_PMR:		/* ... .TC */
		vcpu->esr = 0x6230100c | 7 << 5;
		return true;
	default:
		return false;
	}
}

static enum rmm_vcpu_exit report(struct rmm_vcpu *vcpu, unsigned int imm)
{
	uint64_t *page = realm_at(vcpu, GUEST_REPORT);

	memcpy(&page[1], vcpu->gprs, 11 * sizeof(uint64_t));
	page[1 + GUEST_R_EXCEPTION] = host->injections != guest.injections;
	page[1 + GUEST_R_ESR] = page[1 + GUEST_R_EXCEPTION] ?
		host->injected_esr : 0;
	page[1 + GUEST_R_FAR] = page[1 + GUEST_R_EXCEPTION] ?
		host->injected_far : 0;
	page[1 + GUEST_R_ELR] = 0;
	page[0] = imm;
	guest.phase = REPORTING;
	guest.pc = vcpu->pc;
	vcpu->gprs[0] = SMC_RSI_HOST_CALL;
	vcpu->gprs[1] = GUEST_REPORT;
	vcpu->esr = EC(0x17) | ESR_IL;
	return RMM_VCPU_SYNC;
}

static void begin_step(struct rmm_vcpu *vcpu, const struct step *step)
{
	memcpy(vcpu->gprs, step->x, sizeof(step->x));
	guest.injections = host->injections;
	guest.pc = vcpu->pc;
	guest.phase = WAITING;
}

/* True: it is over, and may be reported. False: vcpu has why it is not. */
static bool try_step(struct rmm_vcpu *vcpu, unsigned int kind)
{
	if (vcpu->pc != guest.pc || host->injections != guest.injections)
		return true;	/* answered, emulated, injected */
	if (accesses[kind].bits || accesses[kind].sas || accesses[kind].no_isv ||
	    kind == GUEST_LDRB) {
		if (done_access(vcpu, kind))
			return true;
		faulted(vcpu, kind);
		return false;
	}
	if (kind == GUEST_MPIDR)
		vcpu->gprs[TARGET] = vcpu->mpidr;
	if (kind == GUEST_CNTV_CTL) {
		vcpu->cntv_cval = vcpu->gprs[1];
		vcpu->cntv_ctl = vcpu->gprs[2];
	}
	return !trap(vcpu, kind);
}

static enum rmm_vcpu_exit run_guest(struct host *h, struct rmm_vcpu *vcpu,
				    void *arg)
{
	const struct step *step;

	(void)h;
	(void)arg;
	if (guest.phase == REPORTING && vcpu->pc != guest.pc) {
		guest.phase = BEFORE;
		guest.step++;
	}
	step = (const void *)((uint8_t *)realm_at(vcpu, GUEST_STEPS) +
			      guest.step * GUEST_STEP_SIZE);
	if (guest.step >= GUEST_STEPS_MAX || step->kind == GUEST_END) {
		guest.injections = host->injections;
		return report(vcpu, GUEST_IMM_END);
	}
	if (guest.phase == REPORTING)	/* its page was missing: once more */
		return report(vcpu, guest.step);
	if (guest.phase == BEFORE)
		begin_step(vcpu, step);
	if (!try_step(vcpu, step->kind))
		return RMM_VCPU_SYNC;
	return report(vcpu, guest.step);
}
