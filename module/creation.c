// SPDX-License-Identifier: GPL-2.0-only
/*
 * The creation of a realm: what may be asked of this RMM, and REALM_CREATE.
 */
#include <linux/io.h>
#include <linux/slab.h>
#include <asm/cputype.h>

#include "arena.h"
#include "object.h"
#include "rmi_cmds.h"
#include "trace.h"

/* What the module offers, within what the RMM can do. */
#define IPA_BITS_MIN	32
#define IPA_BITS_MAX	48	/* more needs LPA2 */
#define DFR0_HPMN0_SHIFT	60	/* ID_AA64DFR0_EL1 */

/* -------------------------------------------------------------------- limits */

static unsigned int ipa_bits_max(void)
{
	return min_t(unsigned int, IPA_BITS_MAX,
		     RMI_FEATURE0_S2SZ(cca_rmm()->features[0]));
}

static u32 hashes(void)
{
	u64 f1 = cca_rmm()->features[1];

	return (RMI_FEATURE1_SHA256(f1) ? BIT(CCA_HASH_SHA256) : 0) |
	       (RMI_FEATURE1_SHA512(f1) ? BIT(CCA_HASH_SHA512) : 0) |
	       (RMI_FEATURE1_SHA384(f1) ? BIT(CCA_HASH_SHA384) : 0);
}

unsigned int cca_realm_recs_max(void)
{
	return BIT(RMI_FEATURE1_MAX_RECS_ORDER(cca_rmm()->features[1])) - 1;
}

void cca_realm_limits(struct cca_info *info)
{
	u64 f0 = cca_rmm()->features[0];

	info->out_ipa_bits_min = IPA_BITS_MIN;
	info->out_ipa_bits_max = ipa_bits_max();
	info->out_hashes = hashes();
	info->out_breakpoints_max = RMI_FEATURE0_NUM_BPS(f0) + 1;
	info->out_watchpoints_max = RMI_FEATURE0_NUM_WPS(f0) + 1;
	if (RMI_FEATURE0_SVE(f0))
		info->out_sve_vl_max = 128 * (RMI_FEATURE0_SVE_VL(f0) + 1);
	if (RMI_FEATURE0_PMU(f0) && cca_ppi_pmu_known())
		info->out_pmu_counters_max = RMI_FEATURE0_PMU_NUM_CTRS(f0);
	info->out_recs_max = cca_realm_recs_max();
}

static int check_sve(const struct cca_realm_create *arg)
{
	u64 f0 = cca_rmm()->features[0];

	if (!(arg->flags & CCA_REALM_F_SVE))
		return !arg->sve_vl;
	return RMI_FEATURE0_SVE(f0) && arg->sve_vl && !(arg->sve_vl % 128) &&
	       arg->sve_vl / 128 <= RMI_FEATURE0_SVE_VL(f0) + 1;
}

static int check_pmu(const struct cca_realm_create *arg)
{
	u64 f0 = cca_rmm()->features[0];

	if (!(arg->flags & CCA_REALM_F_PMU))
		return !arg->pmu_counters;
	/* None but the cycle counter, if the CPU can leave them all to the host. */
	return RMI_FEATURE0_PMU(f0) &&
	       arg->pmu_counters <= RMI_FEATURE0_PMU_NUM_CTRS(f0) &&
	       (arg->pmu_counters || read_cpuid(ID_AA64DFR0_EL1) >> DFR0_HPMN0_SHIFT);
}

/* Breakpoints and watchpoints: the RMM counts from one less, and refuses 0. */
static bool debug_fits(u32 wanted, u64 feature)
{
	return !wanted || (wanted >= 2 && wanted <= feature + 1);
}

static int check_limits(const struct cca_realm_create *arg,
			struct cca_outcome *out)
{
	u64 f0 = cca_rmm()->features[0];

	if (arg->ipa_bits < IPA_BITS_MIN ||
	    arg->ipa_bits > ipa_bits_max())
		return cca_fail(out, CCA_REASON_IPA_BITS, -EINVAL);
	if (arg->hash >= 32 || !(hashes() & BIT(arg->hash)))
		return cca_fail(out, CCA_REASON_HASH, -EINVAL);
	if (!debug_fits(arg->breakpoints, RMI_FEATURE0_NUM_BPS(f0)))
		return cca_fail(out, CCA_REASON_BREAKPOINTS, -EINVAL);
	if (!debug_fits(arg->watchpoints, RMI_FEATURE0_NUM_WPS(f0)))
		return cca_fail(out, CCA_REASON_WATCHPOINTS, -EINVAL);
	if (!check_sve(arg))
		return cca_fail(out, CCA_REASON_SVE, -EINVAL);
	if (!check_pmu(arg))
		return cca_fail(out, CCA_REASON_PMU, -EINVAL);
	if ((arg->flags & CCA_REALM_F_PMU) && !cca_ppi_pmu_known())
		return cca_fail(out, CCA_REASON_PMU, -EOPNOTSUPP);
	if (arg->recs_max > cca_realm_recs_max())
		return cca_fail(out, CCA_REASON_RECS, -EINVAL);
	return 0;
}

/* ------------------------------------------------------------------- creation */

static void fill_params(const struct cca_realm *realm,
			const struct cca_realm_create *arg,
			struct rmi_realm_params *params)
{
	/* Everything here is measured, or reported to the verifier. */
	if (arg->flags & CCA_REALM_F_SVE) {
		params->flags0 |= RMI_REALM_F0_SVE;
		params->sve_vl = arg->sve_vl / 128 - 1;
	}
	if (arg->flags & CCA_REALM_F_PMU) {
		params->flags0 |= RMI_REALM_F0_PMU;
		params->pmu_num_ctrs = arg->pmu_counters;
	}
	params->s2sz = arg->ipa_bits;
	params->num_bps = realm->made.breakpoints - 1;
	params->num_wps = realm->made.watchpoints - 1;
	params->hash_algo = arg->hash;
	memcpy(params->rpv, arg->rpv, sizeof(params->rpv));

	params->rtt_base = realm->root;
	params->rtt_level_start = realm->start_level;
	params->rtt_num_start = 1ULL << realm->root_order;
}

/* For those who come later, and want to know what is measured. */
static void note_params(struct cca_realm *realm,
			const struct cca_realm_create *arg)
{
	realm->ipa_bits = arg->ipa_bits;
	realm->hash = arg->hash;
	realm->made.flags = arg->flags & ~CCA_REALM_F_PERSIST;
	realm->made.breakpoints = max(arg->breakpoints, 2U);
	realm->made.watchpoints = max(arg->watchpoints, 2U);
	realm->made.sve_vl = arg->sve_vl;
	realm->made.pmu_counters = arg->pmu_counters;
	realm->made.recs_max = arg->recs_max ?: cca_realm_recs_max();
	memcpy(realm->made.rpv, arg->rpv, sizeof(realm->made.rpv));
}

/* What REALM_CREATE came to. Its granules are its own, or nobody's again. */
static void settle_creation(struct cca_realm *realm, int ret)
{
	if (!ret) {
		realm->rd = realm->left.pa;
	} else if (ret != -ENOTRECOVERABLE) {
		cca_granules_put(&realm->account, realm->root,
				 1UL << realm->root_order);
		cca_granules_put(&realm->account, realm->left.pa, 1);
	}
	/* Else the RMM may have them: no one else's, and lost with the realm. */
	cca_page_put(realm->left.params);
	mutex_lock(&realm->lock);
	realm->busy = false;
	mutex_unlock(&realm->lock);
}

/* Nobody wants it any more. */
static void created_for_nobody(struct cca_heir *heir, int ret,
			       const struct cca_outcome *out)
{
	struct cca_realm *realm = container_of(heir, struct cca_realm, left.heir);

	settle_creation(realm, ret);
	cca_realm_put(realm);
}

/* -EINPROGRESS: the caller's reference is the heir's. */
static int create_at_rmm(struct cca_realm *realm,
			 const struct cca_realm_create *arg,
			 struct cca_outcome *out)
{
	struct rmi_realm_params *params;
	phys_addr_t rd;
	int ret;

	params = cca_page_get();
	if (!params)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	ret = cca_realm_take(realm, NULL, 0, &rd, out);
	if (ret)
		goto out_params;
	ret = cca_realm_take(realm, NULL, realm->root_order, &realm->root, out);
	if (ret)
		goto out_rd;

	fill_params(realm, arg, params);
	realm->left.heir.finish = created_for_nobody;
	realm->left.params = params;
	realm->left.pa = rd;
	ret = rmi_realm_create(out, &realm->left.heir, &realm->account, rd,
			       virt_to_phys(params));
	if (ret == -EINPROGRESS)
		return ret;
	settle_creation(realm, ret);
	if (ret > 0 && RMI_STATUS(ret) == RMI_ERROR_GLOBAL)
		ret = cca_fail(out, CCA_REASON_REALMS, -ENOMEM);
	cca_realm_trouble(realm, ret, out);
	return cca_rmi_errno(out, ret);

out_rd:
	cca_granules_put(&realm->account, rd, 1);
out_params:
	cca_page_put(params);
	return cca_rmi_errno(out, ret);
}

int cca_realm_create(const struct cca_realm_create *arg,
		     struct cca_realm **realm, struct cca_outcome *out)
{
	struct cca_realm *r;
	int ret;

	ret = check_limits(arg, out);
	if (ret)
		return ret;

	r = kzalloc(sizeof(*r), CCA_GFP);
	if (!r)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	r->account.user = cca_user_get();
	if (!r->account.user) {
		kfree(r);
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	}
	cca_entry_init(&r->entry);
	mutex_init(&r->lock);
	init_waitqueue_head(&r->idle);
	INIT_LIST_HEAD(&r->regions);
	INIT_LIST_HEAD(&r->shares);
	xa_init(&r->recs);
	r->stage.used = CCA_BLOCK_GRANULES;
	r->tables_base = ~0ULL;
	r->state = CCA_REALM_NEW;
	note_params(r, arg);
	cca_rtt_geometry(r->ipa_bits, RMI_FEATURE0_S2SZ(cca_rmm()->features[0]),
			 &r->start_level, &r->root_order);
	/* Half of a realm: not for those who destroy all. */
	r->busy = true;
	ret = cca_realm_enlist(r, arg->name, out);

	/* From here on, putting the realm undoes whatever was done. */
	if (!ret)
		r->list = cca_page_get();
	if (!ret && !r->list)
		ret = cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	if (!ret)
		ret = create_at_rmm(r, arg, out);
	if (ret == -EINPROGRESS)
		return -EINTR;
	if (ret) {
		cca_realm_put(r);
		return ret;
	}
	r->announced = true;
	cca_realm_event(r, CCA_EVENT_REALM_CREATED, 0, 0);
	trace_cca_realm(r->entry.id, CCA_REALM_NEW, CCA_REALM_NEW, 0);
	*realm = r;
	return 0;
}
