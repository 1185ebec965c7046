// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms: create, activate, terminate, destroy (C.4, D.1).
 *
 * The realm descriptor is a struct realm in the host's RD granule. On bet3 the
 * granule is PARTIAL until the host has donated, and while it takes back.
 */
#include <string.h>

#include "model.h"

_Static_assert(sizeof(struct realm) <= GRANULE_SIZE, "RD is one granule");

#define ROOTS_MAX		16
#define IPA_BITS_MIN		32
#define MEC_POLICY(flags0)	(((flags0) >> 7) & 0x3)
#define FLAGS1_S2AP_INDIRECT	BIT64(1)
/* PA width from which a walk may start at level 0 */
#define LEVEL0_PA_BITS		44

struct realm *realm_find(struct rmm *rmm, uint64_t rd)
{
	return granule_is(rmm, rd, GRANULE_RD) ? rmm_plat_granule(rmm, rd) : NULL;
}

static bool vmid_take(struct rmm *rmm, uint32_t *vmid)
{
	for (uint32_t v = 1; v < sizeof(rmm->vmids) * 8; v++) {
		if (rmm->vmids[v / 8] & 1u << v % 8)
			continue;
		rmm->vmids[v / 8] |= 1u << v % 8;
		*vmid = v;
		return true;
	}
	return false;
}

static void vmid_give(struct rmm *rmm, uint32_t vmid)
{
	rmm->vmids[vmid / 8] &= ~(1u << vmid % 8);
}

/*
 * D.1 check 8: one table at the start level resolves nine bits; up to sixteen
 * of them side by side add four more, except at level 0.
 */
static bool geometry_valid(uint32_t s2sz, int64_t level, uint32_t count)
{
	uint32_t base = 12 + 9 * (3 - (uint32_t)level), extra;

	extra = s2sz > base + 9 ? s2sz - (base + 9) : 0;
	if (s2sz <= base || extra > (level > 0 ? 4 : 0))
		return false;
	return count == 1u << extra;
}

/* Without a PMU the flag is not looked at, unless it wants counters (L.2.12). */
static bool pmu_valid(const struct rmm *rmm, const struct rmi_realm_params *p)
{
	uint32_t ctrs = p->pmu_num_ctrs;

	if (!(p->flags0 & RMI_REALM_F0_PMU))
		return true;
	if (!rmm->config.pmu)
		return !ctrs;
	return ctrs <= rmm->config.pmu_ctrs && (ctrs || rmm->config.pmu_none);
}

/*
 * In the order of D.1; only what a real RMM looks at (L.2.12). Fields of four
 * bytes in slots of eight count with their lower half.
 */
static bool params_valid(const struct rmm *rmm, const struct rmi_realm_params *p)
{
	uint32_t s2sz = p->s2sz, count = p->rtt_num_start;
	uint32_t bps = p->num_bps, wps = p->num_wps;
	int64_t level = p->rtt_level_start;

	if (p->flags0 & RMI_REALM_F0_LPA2)
		return false;
	if (s2sz < IPA_BITS_MIN || s2sz > rmm->pa_bits)
		return false;
	if (!bps || bps > rmm->config.num_bps || !wps ||
	    wps > rmm->config.num_wps)
		return false;
	if ((p->flags0 & RMI_REALM_F0_SVE) &&
	    (!rmm->config.sve || (uint32_t)p->sve_vl > rmm->config.sve_vl))
		return false;
	if (!pmu_valid(rmm, p))
		return false;
	if ((p->flags0 & RMI_REALM_F0_DA) || MEC_POLICY(p->flags0) > 1)
		return false;
	if (level < 0 || level > 3 || (level == 0 && rmm->pa_bits < LEVEL0_PA_BITS))
		return false;
	if (!count || count > ROOTS_MAX || !geometry_valid(s2sz, level, count))
		return false;
	if ((uint32_t)p->num_aux_planes || p->ats_plane ||
	    (p->flags1 & FLAGS1_S2AP_INDIRECT))
		return false;
	if (!IS_ALIGNED_TO(p->rtt_base, (uint64_t)count * GRANULE_SIZE))
		return false;
	return p->hash_algo <= RMI_HASH_SHA_384;
}

static bool roots_take(struct rmm *rmm, uint64_t base, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count; n++)
		if (!granule_move(rmm, base + n * GRANULE_SIZE,
				  GRANULE_DELEGATED, GRANULE_RTT))
			break;
	if (n == count)
		return true;
	while (n--)
		granule_set(rmm, base + n * GRANULE_SIZE, GRANULE_DELEGATED);
	return false;
}

/* Protected half VOID (all zero), shared half unassigned. */
static void roots_init(struct rmm *rmm, const struct realm *realm)
{
	uint64_t size = level_size(realm->start_level);

	for (uint32_t n = 0; n < realm->root_count; n++)
		rmm_plat_scrub(rmm, realm->root + n * GRANULE_SIZE);
	for (uint64_t ipa = realm_par_size(realm);
	     ipa < realm_ipa_size(realm); ipa += size) {
		uint64_t n = ipa / size;
		uint64_t *table = rmm_plat_granule(rmm, realm->root +
					(n / S2_ENTRIES) * GRANULE_SIZE);

		table[n % S2_ENTRIES] = S2_NS;
	}
}

/* A universal entity id (EAT): the first byte says that the others are random. */
static void instance_init(struct rmm *rmm, uint8_t id[TOKEN_INSTANCE_SIZE])
{
	uint64_t word;

	id[0] = 1;
	for (unsigned int i = 1; i < TOKEN_INSTANCE_SIZE; i += sizeof(word)) {
		word = rmm_plat_random(rmm);
		memcpy(id + i, &word, sizeof(word));
	}
}

static void realm_init(struct rmm *rmm, uint64_t rd, uint32_t vmid,
		       const struct rmi_realm_params *p)
{
	struct realm *realm = rmm_plat_granule(rmm, rd);
	int level = (int)p->rtt_level_start;

	rmm_plat_scrub(rmm, rd);
	realm->pa = rd;
	realm->state = REALM_NEW;
	realm->s2sz = p->s2sz;
	realm->start_level = level;
	realm->root = p->rtt_base;
	realm->root_count = p->rtt_num_start;
	realm->vmid = vmid;
	realm->vttbr = p->rtt_base | (uint64_t)vmid << 48;
	/* T0SZ and SL0, for a 4 KiB granule. */
	realm->vtcr = (64 - realm->s2sz) | (uint64_t)(2 - level) << 6;
	realm->hash_algo = p->hash_algo;
	realm->num_bps = p->num_bps;
	realm->num_wps = p->num_wps;
	realm->sve = p->flags0 & RMI_REALM_F0_SVE;
	realm->sve_vl = realm->sve ? p->sve_vl : 0;
	realm->pmu = rmm->config.pmu && (p->flags0 & RMI_REALM_F0_PMU);
	realm->pmu_ctrs = realm->pmu ? p->pmu_num_ctrs : 0;
	memcpy(realm->rpv, p->rpv, sizeof(realm->rpv));
	realm->mec_policy = MEC_POLICY(p->flags0);
	instance_init(rmm, realm->instance);
	roots_init(rmm, realm);
}

/*
 * All that REALM_CREATE checks, in order, and the realm if all is well. The RD
 * is in `from`: DELEGATED, or PARTIAL at the end of a donation.
 */
static uint64_t realm_make(struct rmm *rmm, uint64_t rd, uint64_t params,
			   enum granule_state from)
{
	struct rmi_realm_params p;
	uint32_t vmid;

	if (!IS_ALIGNED_TO(params, GRANULE_SIZE) ||
	    !ns_page_read(rmm, params, &p, sizeof(p)))
		return RMI_ERROR_INPUT;
	if (!params_valid(rmm, &p))
		return RMI_ERROR_INPUT;
	if (!vmid_take(rmm, &vmid))
		return RMI_ERROR_GLOBAL;
	if (!roots_take(rmm, p.rtt_base, p.rtt_num_start)) {
		vmid_give(rmm, vmid);
		return RMI_ERROR_INPUT;
	}
	if (!granule_move(rmm, rd, from, GRANULE_RD)) {
		for (uint32_t n = 0; n < p.rtt_num_start; n++)
			granule_set(rmm, p.rtt_base + n * GRANULE_SIZE,
				    GRANULE_DELEGATED);
		vmid_give(rmm, vmid);
		return RMI_ERROR_INPUT;
	}
	realm_init(rmm, rd, vmid, &p);
	if (rmm->traits->rim_hashes_params)
		measure_initial(rmm_plat_granule(rmm, rd), &p, &p);
	return RMI_SUCCESS;
}

/* bet3: the parameters are read only now (C.4). */
static uint64_t create_finish(struct rmm *rmm, struct rmm_sro *sro)
{
	uint64_t rd = sro->call.x[1];
	uint64_t status = realm_make(rmm, rd, sro->call.x[2], GRANULE_PARTIAL);
	struct realm *realm = rmm_plat_granule(rmm, rd);

	if (status != RMI_SUCCESS)
		return status;
	realm->aux_count = sro->held;
	memcpy(realm->aux, sro->pages, sro->held * sizeof(uint64_t));
	sro->held = 0;
	return RMI_SUCCESS;
}

static void realm_end(struct rmm *rmm, struct rmm_sro *sro)
{
	granule_release(rmm, sro->call.x[1]);
}

static const struct sro_ops realm_ops = {
	.claimed = GRANULE_RD_AUX,
	.finish = create_finish,
	.end = realm_end,
};

RMI_HANDLER(rmi_realm_create)
{
	uint64_t rd = call->x[1], status;

	if (!rmm->traits->realm_donates)
		return realm_make(rmm, rd, call->x[2], GRANULE_DELEGATED);
	if (!granule_is(rmm, rd, GRANULE_DELEGATED))
		return RMI_ERROR_INPUT;
	status = sro_begin_donate(rmm, call, &realm_ops, RD_AUX_GRANULES,
				  RMI_MEM_DELEGATED, false, false);
	if (RMI_STATUS(status) == RMI_INCOMPLETE)
		granule_set(rmm, rd, GRANULE_PARTIAL);
	return status;
}

RMI_HANDLER(rmi_realm_activate)
{
	struct realm *realm = realm_find(rmm, call->x[1]);

	if (!realm)
		return RMI_ERROR_INPUT;
	if (realm->state != REALM_NEW)
		return RMI_ERROR_REALM;
	realm->state = REALM_ACTIVE;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_realm_terminate)
{
	struct realm *realm = realm_find(rmm, call->x[1]);

	if (!realm)
		return RMI_ERROR_INPUT;
	if (realm->running)
		return RMI_ERROR_REALM;
	realm->state = REALM_ZOMBIE;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_realm_destroy)
{
	uint64_t rd = call->x[1], status = RMI_SUCCESS;
	struct realm *realm = realm_find(rmm, rd);

	if (!realm)
		return RMI_ERROR_INPUT;
	if (realm->recs || realm->state != REALM_ZOMBIE ||
	    rtt_roots_live(rmm, realm))
		return RMI_ERROR_REALM;
	if (realm->aux_count) {
		status = sro_begin_reclaim(rmm, call, &realm_ops, realm->aux,
					   realm->aux_count);
		if (RMI_STATUS(status) != RMI_INCOMPLETE)
			return status;
	}
	rmm_plat_tlbi(rmm, realm->vttbr, 0, 0);
	for (uint32_t n = 0; n < realm->root_count; n++)
		granule_release(rmm, realm->root + n * GRANULE_SIZE);
	vmid_give(rmm, realm->vmid);
	if (status == RMI_SUCCESS)
		granule_release(rmm, rd);
	else
		granule_set(rmm, rd, GRANULE_PARTIAL);
	return status;
}
