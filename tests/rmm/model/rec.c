// SPDX-License-Identifier: GPL-2.0-only
/*
 * RECs: create and destroy, both stateful on both profiles (C.5, E.3, E.4), and
 * enter.
 *
 * A struct rec lives in the host's REC granule, the vCPU in it; the first
 * auxiliary granules hold its FP state.
 */
#include <string.h>

#include "model.h"

_Static_assert(sizeof(struct rec) <= GRANULE_SIZE, "REC is one granule");

#define RECS_MAX	1023	/* 2^MAX_RECS_ORDER - 1 */
#define TIMER_ENABLE	BIT64(0)
#define TIMER_IMASK	BIT64(1)
#define TIMER_ISTATUS	BIT64(2)
#define LR_STATE	(BIT64(62) | BIT64(63))
#define LR_HW		BIT64(61)

struct rec *rec_find(struct rmm *rmm, uint64_t pa)
{
	return granule_is(rmm, pa, GRANULE_REC) ? rmm_plat_granule(rmm, pa) : NULL;
}

struct rec *rec_by_index(struct rmm *rmm, const struct realm *realm,
			 uint32_t index)
{
	struct rec *rec;

	for (uint64_t pa = realm->first_rec; pa; pa = rec->next) {
		rec = rmm_plat_granule(rmm, pa);
		if (rec->index == index)
			return rec;
	}
	return NULL;
}

/* Aff0 has four bits here; bits 7:4 and 31 of the register do not count. */
uint32_t rec_index_of(uint64_t mpidr)
{
	return (mpidr & 0xf) | ((mpidr >> 8) & 0xff) << 4 |
	       ((mpidr >> 16) & 0xff) << 12 | ((mpidr >> 32) & 0xff) << 20;
}

static bool rec_mpidr_valid(struct rmm *rmm, const struct realm *realm,
			    uint64_t mpidr)
{
	uint32_t index = RMI_REC_MPIDR_INDEX(mpidr);

	if (mpidr & ~(uint64_t)0xffffff0f)
		return false;
	if (rmm->traits->recs_in_order)
		return index == realm->recs_made;
	return !rec_by_index(rmm, realm, index);
}

/* MPIDR_EL1 as the realm reads it: RES1 bit 31, Aff3 in 39:32. */
static uint64_t rec_mpidr_register(uint64_t mpidr)
{
	return BIT64(31) | (mpidr & 0xffff0f) | ((mpidr >> 24) & 0xff) << 32;
}

static void rec_init(struct rmm *rmm, struct rmm_sro *sro, struct realm *realm,
		     const struct rmi_rec_params *params)
{
	uint64_t pa = sro->call.x[2];
	struct rec *rec = rmm_plat_granule(rmm, pa);

	rmm_plat_scrub(rmm, pa);
	rec->pa = pa;
	rec->realm = realm->pa;
	rec->mpidr = params->mpidr;
	rec->index = RMI_REC_MPIDR_INDEX(params->mpidr);
	rec->runnable = params->flags & RMI_REC_F_RUNNABLE;
	rec->aux_count = sro->held;
	memcpy(rec->aux, sro->pages, sro->held * sizeof(uint64_t));
	for (unsigned int i = 0; i < rec->aux_count; i++)
		rmm_plat_scrub(rmm, rec->aux[i]);
	sro->held = 0;

	for (unsigned int i = 0; i < RMM_VCPU_FP_PAGES; i++)
		rec->vcpu.fp[i] = rmm_plat_granule(rmm, rec->aux[i]);
	rec->vcpu.mpidr = rec_mpidr_register(params->mpidr);
	rmm_plat_vcpu_reset(rmm, &rec->vcpu);
	memcpy(rec->vcpu.gprs, params->gprs, sizeof(params->gprs));
	rec->vcpu.pc = params->pc;
	rec->vcpu.vttbr = realm->vttbr;
	rec->vcpu.vtcr = realm->vtcr;
	rec->vcpu.num_bps = rmm->traits->debug_as_wanted ?
			    realm->num_bps : rmm->config.num_bps;
	rec->vcpu.num_wps = rmm->traits->debug_as_wanted ?
			    realm->num_wps : rmm->config.num_wps;
	rec->vcpu.sve = realm->sve;
	rec->vcpu.sve_vl = realm->sve_vl;
	rec->vcpu.pmu = realm->pmu;
	rec->vcpu.pmu_ctrs = realm->pmu_ctrs;

	rec->next = realm->first_rec;
	realm->first_rec = pa;
	realm->recs++;
	realm->recs_made++;
}

/* Step 3 of REC_CREATE: the checks, in the order of C.5. */
static uint64_t create_finish(struct rmm *rmm, struct rmm_sro *sro)
{
	uint64_t rd = sro->call.x[1], params = sro->call.x[3];
	struct rmi_rec_params p;
	struct realm *realm;

	if (!IS_ALIGNED_TO(params, GRANULE_SIZE) ||
	    !ns_page_read(rmm, params, &p, sizeof(p)))
		return RMI_ERROR_INPUT;
	realm = realm_find(rmm, rd);
	if (!realm)
		return RMI_ERROR_INPUT;
	if (realm->recs >= RECS_MAX || realm->state != REALM_NEW)
		return RMI_ERROR_REALM;
	if (!rec_mpidr_valid(rmm, realm, p.mpidr))
		return RMI_ERROR_INPUT;

	rec_init(rmm, sro, realm, &p);
	if (p.flags & RMI_REC_F_RUNNABLE)
		measure_rec(realm, &p, &p);
	granule_set(rmm, sro->call.x[2], GRANULE_REC);
	return RMI_SUCCESS;
}

static void create_end(struct rmm *rmm, struct rmm_sro *sro)
{
	granule_release(rmm, sro->call.x[2]);
}

static const struct sro_ops create_ops = {
	.claimed = GRANULE_REC_AUX,
	.finish = create_finish,
	.end = create_end,
};

/* Only the REC granule is looked at now; rd and params at the end. */
RMI_HANDLER(rmi_rec_create)
{
	uint64_t rec = call->x[2], status;

	if (!granule_is(rmm, rec, GRANULE_DELEGATED))
		return RMI_ERROR_INPUT;
	status = sro_begin_donate(rmm, call, &create_ops, REC_AUX_GRANULES,
				  RMI_MEM_DELEGATED, false, false);
	if (RMI_STATUS(status) == RMI_INCOMPLETE)
		granule_set(rmm, rec, GRANULE_PARTIAL);
	return status;
}

static void destroy_end(struct rmm *rmm, struct rmm_sro *sro)
{
	granule_release(rmm, sro->call.x[1]);
}

static const struct sro_ops destroy_ops = {
	.claimed = GRANULE_REC_AUX,
	.end = destroy_end,
};

static void rec_unlink(struct rmm *rmm, struct realm *realm, struct rec *rec)
{
	uint64_t *link = &realm->first_rec;

	while (*link && *link != rec->pa)
		link = &((struct rec *)rmm_plat_granule(rmm, *link))->next;
	if (*link)
		*link = rec->next;
	realm->recs--;
}

/* The realm loses its reference as soon as this is accepted (L.2.4). */
RMI_HANDLER(rmi_rec_destroy)
{
	uint64_t status = sro_room(rmm, call);
	struct rec *rec;

	if (status != RMI_SUCCESS)
		return status;
	rec = rec_find(rmm, call->x[1]);
	if (!rec)
		return RMI_ERROR_INPUT;
	if (rec->running)
		return RMI_ERROR_REC;
	status = sro_begin_reclaim(rmm, call, &destroy_ops, rec->aux,
				   rec->aux_count);
	rec_unlink(rmm, rmm_plat_granule(rmm, rec->realm), rec);
	granule_set(rmm, call->x[1], GRANULE_PARTIAL);
	return status;
}

/* G.5: no hardware-mapped interrupt, no INTID twice, among valid LRs. */
static bool vgic_valid(struct rmm *rmm, unsigned int cpu)
{
	struct rmm_gic gic = { .lr_count = 0 };

	rmm_plat_gic_read(rmm, cpu, &gic);
	for (unsigned int i = 0; i < gic.lr_count; i++) {
		if (!(gic.lr[i] & LR_STATE))
			continue;
		if (gic.lr[i] & LR_HW)
			return false;
		for (unsigned int j = 0; j < i; j++)
			if ((gic.lr[j] & LR_STATE) &&
			    (uint32_t)gic.lr[j] == (uint32_t)gic.lr[i])
				return false;
	}
	return true;
}

static bool asserted(uint64_t ctl)
{
	return (ctl & (TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS)) ==
	       (TIMER_ENABLE | TIMER_ISTATUS);
}

/* ISTATUS as the hardware would show it now. */
static uint64_t timer_now(uint64_t ctl, uint64_t cval, uint64_t now)
{
	if ((ctl & TIMER_ENABLE) && now >= cval)
		return ctl | TIMER_ISTATUS;
	return ctl & ~TIMER_ISTATUS;
}

/* Did an output change since the host was last told (G.6)? */
static bool timers_changed(struct rmm *rmm, struct rec *rec)
{
	struct rmm_vcpu *v = &rec->vcpu;
	uint64_t now = rmm_plat_counter(rmm);

	v->cntv_ctl = timer_now(v->cntv_ctl, v->cntv_cval, now);
	v->cntp_ctl = timer_now(v->cntp_ctl, v->cntp_cval, now);
	return asserted(v->cntv_ctl) != rec->cntv_asserted ||
	       asserted(v->cntp_ctl) != rec->cntp_asserted;
}

static void timers_report(struct rec *rec, struct rmi_rec_exit *exit)
{
	const struct rmm_vcpu *v = &rec->vcpu;

	rec->cntv_asserted = asserted(v->cntv_ctl);
	rec->cntp_asserted = asserted(v->cntp_ctl);
	exit->cntv_ctl = v->cntv_ctl;
	exit->cntv_cval = v->cntv_cval;
	exit->cntp_ctl = v->cntp_ctl;
	exit->cntp_cval = v->cntp_cval;
}

/* The lock is dropped while the realm runs, and only then. */
static void run_loop(struct rmm *rmm, unsigned int cpu, struct realm *realm,
		     struct rec *rec, struct rmi_rec_exit *exit)
{
	enum rmm_vcpu_exit why;

	do {
		if (timers_changed(rmm, rec)) {
			exit->exit_reason = RMI_EXIT_IRQ;
			break;
		}
		rmm_plat_unlock(rmm);
		why = rmm_plat_vcpu_run(rmm, cpu, &rec->vcpu);
		rmm_plat_lock(rmm);
	} while (exit_handle(rmm, realm, rec, why, exit));
	timers_report(rec, exit);
	exit->pmu_ovf_status = rec->vcpu.pmu && rec->vcpu.pmu_overflow;
}

/* The realm's last question about RIPAS is answered by now (G.2). */
static void complete_ripas(struct rec *rec, bool reject)
{
	if (rec->ripas_base == rec->ripas_top)
		return;
	rec->vcpu.gprs[0] = 0;
	rec->vcpu.gprs[1] = rec->ripas_next;
	rec->vcpu.gprs[2] = rec->ripas_value == RMI_RIPAS_RAM &&
			    rec->ripas_next != rec->ripas_top && reject;
	rec->ripas_base = rec->ripas_next = rec->ripas_top = 0;
}

/* Checks 5 to 10 of C.5, then the run. */
static uint64_t enter(struct rmm *rmm, unsigned int cpu, struct realm *realm,
		      struct rec *rec, const struct rmi_rec_enter *enter,
		      struct rmi_rec_exit *exit)
{
	if (!rec->runnable || rec->psci_pending)
		return RMI_ERROR_REC;
	if (!vgic_valid(rmm, cpu))
		return RMI_ERROR_REC;
	if (!exit_enter_flags(rmm, realm, rec, enter))
		return RMI_ERROR_REC;
	if (rec->host_call) {
		if (!rsi_host_call_complete(rmm, realm, rec, enter, exit))
			return RMI_SUCCESS;	/* the realm did not run */
		rec->host_call = false;
	}
	complete_ripas(rec, enter->flags & RMI_ENTER_RIPAS_REJECT);
	exit_sysreg_result(rec, enter);
	rec->last_esr = rec->last_hpfar = 0;
	rec->vcpu.trap_wfi = enter->flags & RMI_ENTER_TRAP_WFI;
	rec->vcpu.trap_wfe = enter->flags & RMI_ENTER_TRAP_WFE;
	run_loop(rmm, cpu, realm, rec, exit);
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_rec_enter)
{
	uint64_t run = call->x[2], status;
	struct rmi_rec_enter in;
	struct rmi_rec_exit out;
	struct realm *realm;
	struct rec *rec;

	if (!granule_is(rmm, run, GRANULE_NS))
		return RMI_ERROR_INPUT;
	rec = rec_find(rmm, call->x[1]);
	if (!rec)
		return RMI_ERROR_INPUT;
	if (rec->running)
		return RMI_ERROR_REC;
	if (!rmm_plat_ns_read(rmm, &in, run, sizeof(in)))
		return RMI_ERROR_INPUT;
	realm = rmm_plat_granule(rmm, rec->realm);
	if (realm->state != REALM_ACTIVE)
		return RMI_ERROR_REALM;

	rmm->flags_some |= in.flags;
	rmm->flags_unset |= ~in.flags;
	memset(&out, 0, sizeof(out));
	rec->running = true;
	realm->running++;
	status = enter(rmm, call->cpu, realm, rec, &in, &out);
	realm->running--;
	rec->running = false;
	/* All of the exit half, and nothing of it after an error. */
	if (status == RMI_SUCCESS &&
	    !rmm_plat_ns_write(rmm, run + offsetof(struct rmi_rec_run, exit),
			       &out, sizeof(out)))
		return RMI_ERROR_INPUT;
	return status;
}
