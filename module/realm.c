// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms: from NEW to DESTROYED, and every granule back on the way out.
 */
#include <linux/completion.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "arena.h"
#include "object.h"
#include "rmi_cmds.h"

/* What the module offers, within what the RMM can do. */
#define IPA_BITS_MIN	32
#define IPA_BITS_MAX	48	/* more needs LPA2 */

static LIST_HEAD(realms);
static DEFINE_MUTEX(realms_lock);
static atomic_t alive = ATOMIC_INIT(0);
static atomic_t last_id = ATOMIC_INIT(0);

unsigned int cca_realms(void)
{
	return atomic_read(&alive);
}

void cca_objects_settle(void)
{
	cca_ledger_settle(cca_realms() || cca_memories());
}

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
	if (RMI_FEATURE0_PMU(f0))
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
	return RMI_FEATURE0_PMU(f0) &&
	       arg->pmu_counters <= RMI_FEATURE0_PMU_NUM_CTRS(f0);
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
	params->num_bps = max(arg->breakpoints, 2U) - 1;
	params->num_wps = max(arg->watchpoints, 2U) - 1;
	params->hash_algo = arg->hash;
	memcpy(params->rpv, arg->rpv, sizeof(params->rpv));

	params->rtt_base = realm->root;
	params->rtt_level_start = realm->start_level;
	params->rtt_num_start = 1ULL << realm->root_order;
}

int cca_realm_take(struct cca_realm *realm, struct cca_pool *pool,
		   unsigned int order, phys_addr_t *pa, struct cca_outcome *out)
{
	int ret = cca_granules_get(pool, &realm->account, order, pa, out);

	if (ret == -ENOMEM)
		cca_fail(out, pool ? CCA_REASON_BACKING : CCA_REASON_NO_MEMORY, ret);
	return cca_rmi_errno(out, ret);
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
	kref_init(&r->ref);
	mutex_init(&r->lock);
	init_waitqueue_head(&r->idle);
	INIT_LIST_HEAD(&r->regions);
	INIT_LIST_HEAD(&r->shares);
	xa_init(&r->recs);
	r->stage.used = CCA_BLOCK_GRANULES;
	r->tables_base = ~0ULL;
	r->id = atomic_inc_return(&last_id);
	r->state = CCA_REALM_NEW;
	r->ipa_bits = arg->ipa_bits;
	r->hash = arg->hash;
	cca_rtt_geometry(r->ipa_bits, RMI_FEATURE0_S2SZ(cca_rmm()->features[0]),
			 &r->start_level, &r->root_order);
	/* Half of a realm: not for those who destroy all. */
	r->busy = true;
	atomic_inc(&alive);
	mutex_lock(&realms_lock);
	list_add(&r->link, &realms);
	mutex_unlock(&realms_lock);

	/* From here on, putting the realm undoes whatever was done. */
	r->list = cca_page_get();
	if (!r->list)
		ret = cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	else
		ret = create_at_rmm(r, arg, out);
	if (ret == -EINPROGRESS)
		return -EINTR;
	if (ret) {
		cca_realm_put(r);
		return ret;
	}
	*realm = r;
	return 0;
}

/* --------------------------------------------------------------------- states */

int cca_realm_lock(struct cca_realm *realm)
{
	for (;;) {
		if (mutex_lock_interruptible(&realm->lock))
			return -EINTR;
		if (!realm->busy)
			return 0;
		mutex_unlock(&realm->lock);
		if (wait_event_interruptible(realm->idle,
					     !READ_ONCE(realm->busy)))
			return -EINTR;
	}
}

void cca_realm_leave(struct cca_realm *realm)
{
	lockdep_assert_held(&realm->lock);
	cca_realm_get(realm);
	realm->busy = true;
}

void cca_realm_resume(struct cca_realm *realm)
{
	lockdep_assert_held(&realm->lock);
	WRITE_ONCE(realm->busy, false);
	mutex_unlock(&realm->lock);
	wake_up_all(&realm->idle);
	cca_realm_put(realm);
}

int cca_realm_expect(struct cca_realm *realm, u32 state,
		     struct cca_outcome *out)
{
	lockdep_assert_held(&realm->lock);

	if (realm->state == state)
		return 0;
	if (realm->state >= CCA_REALM_SYSTEM_OFF)
		return cca_fail(out, realm->reason, -ESTALE);
	return cca_fail(out, CCA_REASON_STATE, -EBUSY);
}

void cca_realm_over(struct cca_realm *realm, u32 state, u32 reason)
{
	struct cca_rec *rec;
	unsigned long index;

	lockdep_assert_held(&realm->lock);

	if (realm->state >= state)
		return;
	if (!realm->reason)
		realm->reason = reason;
	/* Pairs with the look that RUN takes before each entry. */
	smp_store_mb(realm->state, state);

	xa_for_each(&realm->recs, index, rec)
		cca_rec_kick(rec);
}

int cca_realm_result(struct cca_realm *realm, int result,
		     struct cca_outcome *out)
{
	bool firmware = result > 0 || result == -ENOSYS ||
			result == -ENOTRECOVERABLE ||
			out->reason == CCA_REASON_RMI_PROTOCOL;

	lockdep_assert_held(&realm->lock);

	/* Busy is no fault, and whoever is being killed gives up early. */
	if (result > 0 && (RMI_STATUS(result) == RMI_BUSY ||
			   RMI_STATUS(result) == RMI_BLOCKED))
		firmware = false;
	if (result && firmware && realm->state == CCA_REALM_ACTIVE) {
		cca_realm_over(realm, CCA_REALM_TERMINATED, CCA_REASON_DEAD);
		out->reason = CCA_REASON_DEAD;
		return -EIO;
	}
	return cca_rmi_errno(out, result);
}

int cca_realm_activate(struct cca_realm *realm, struct cca_outcome *out)
{
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = cca_realm_expect(realm, CCA_REALM_NEW, out);
	if (!ret) {
		cca_private_populated(realm);
		ret = rmi_realm_activate(out, realm->rd);
		ret = cca_realm_result(realm, ret, out);
	}
	if (!ret)
		WRITE_ONCE(realm->state, CCA_REALM_ACTIVE);
	mutex_unlock(&realm->lock);
	return ret;
}

static int terminate_at_rmm(struct cca_realm *realm, struct cca_heir *heir,
			    struct cca_outcome *out)
{
	int ret = 0;

	if (!realm->terminated && realm->rd)
		ret = rmi_realm_terminate(out, heir, &realm->account, realm->rd);
	if (!ret)
		realm->terminated = true;
	return ret;
}

static void terminated_for_others(struct cca_heir *heir, int ret,
				  const struct cca_outcome *out)
{
	struct cca_realm *realm = container_of(heir, struct cca_realm, left.heir);

	mutex_lock(&realm->lock);
	if (!ret)
		realm->terminated = true;
	atomic64_add(out->rmi_calls, &realm->rmi_calls);
	cca_realm_resume(realm);
}

int cca_realm_terminate(struct cca_realm *realm, struct cca_outcome *out)
{
	struct cca_rec *rec;
	unsigned long index;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	if (realm->state == CCA_REALM_DESTROYED) {
		ret = cca_fail(out, realm->reason, -ESTALE);
		mutex_unlock(&realm->lock);
		return ret;
	}
	cca_realm_over(realm, CCA_REALM_TERMINATED, CCA_REASON_TERMINATED);
	mutex_unlock(&realm->lock);

	/* They have been told to leave; the RMM refuses while one is inside. */
	xa_for_each(&realm->recs, index, rec) {
		if (mutex_lock_interruptible(&rec->lock))
			return -EINTR;
		mutex_unlock(&rec->lock);
	}

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	realm->left.heir.finish = terminated_for_others;
	ret = terminate_at_rmm(realm, &realm->left.heir, out);
	if (ret == -EINPROGRESS) {
		cca_realm_leave(realm);
		ret = -EINTR;
	} else {
		ret = cca_realm_result(realm, ret, out);
	}
	mutex_unlock(&realm->lock);
	return ret;
}

/* ---------------------------------------------------------------- destruction */

/*
 * Everything back, in the only order that the RMM accepts. Nothing here
 * allocates or gives up half-way: what one step cannot return, the last one
 * writes off.
 */
static int destroy_at_rmm(struct cca_realm *realm, struct cca_outcome *out)
{
	struct cca_rec *rec;
	unsigned long index;
	int ret;

	if (!realm->rd)
		return 0;

	cca_private_populated(realm);
	ret = terminate_at_rmm(realm, NULL, out);
	xa_for_each(&realm->recs, index, rec)
		cca_rec_destroy(rec, out);
	cca_shared_destroy_tables(realm, out);
	cca_rtt_unmap_all(realm, out);
	cca_rtt_destroy_all(realm, out);

	if (!ret)
		ret = rmi_realm_destroy(out, &realm->account, realm->rd);
	if (!ret) {
		cca_granules_put(&realm->account, realm->root,
				 1UL << realm->root_order);
		cca_granules_put(&realm->account, realm->rd, 1);
	}
	realm->rd = 0;
	return ret;
}

static int destroy_locked(struct cca_realm *realm, struct cca_outcome *out)
{
	u64 leaked = atomic64_read(&realm->account.leaked);
	int ret;

	cca_realm_over(realm, CCA_REALM_DESTROYED, CCA_REASON_TERMINATED);
	ret = destroy_at_rmm(realm, out);

	cca_account_leak(&realm->account, CCA_LEAK_DESTROY);
	realm->mapped = 0;
	realm->blocks = 0;
	realm->tables = 0;
	memset(realm->tables_at, 0, sizeof(realm->tables_at));
	realm->shared_tables = 0;
	cca_regions_free(realm);
	cca_shared_free(realm, !ret);
	cca_page_put(realm->list);
	realm->list = NULL;
	atomic_dec(&alive);
	if (atomic64_read(&realm->account.leaked) == leaked)
		return 0;
	return ret ? cca_rmi_errno(out, ret) : cca_fail(out, CCA_REASON_RMI, -EIO);
}

static int destroy(struct cca_realm *realm, struct cca_outcome *out)
{
	struct cca_rec *rec;
	unsigned long index;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	if (realm->state == CCA_REALM_DESTROYED)
		ret = cca_fail(out, realm->reason, -ESTALE);
	/* Whoever enters RUN from now on waits for us, and finds it destroyed. */
	xa_for_each(&realm->recs, index, rec)
		if (!ret && mutex_is_locked(&rec->lock))
			ret = cca_fail(out, CCA_REASON_RUNNING, -EBUSY);
	if (!ret)
		ret = destroy_locked(realm, out);
	mutex_unlock(&realm->lock);
	cca_objects_settle();
	return ret;
}

/* Destruction on behalf of somebody who waits for it, unless it is killed. */
struct destruction {
	struct cca_errand errand;
	struct completion done;
	refcount_t refs;
	struct cca_realm *realm;
	struct cca_outcome out;
	int ret;
};

static void destruction_put(struct destruction *d)
{
	if (refcount_dec_and_test(&d->refs))
		kfree(d);
}

static void destroy_behind(struct cca_errand *errand)
{
	struct destruction *d = container_of(errand, struct destruction, errand);

	d->ret = destroy(d->realm, &d->out);
	cca_realm_put(d->realm);
	complete(&d->done);
	destruction_put(d);
}

/*
 * Many operations, of which none may be left out: all of it is an errand from
 * the start. Without memory for that the caller does it.
 */
int cca_realm_destroy(struct cca_realm *realm, struct cca_outcome *out)
{
	struct destruction *d;
	int ret;

	d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!d)
		return destroy(realm, out);
	init_completion(&d->done);
	refcount_set(&d->refs, 2);
	d->out = *out;
	d->realm = realm;
	cca_realm_get(realm);
	cca_errand_send(&d->errand, destroy_behind);
	ret = wait_for_completion_killable(&d->done) ? -EINTR : d->ret;
	if (ret != -EINTR)
		*out = d->out;
	destruction_put(d);
	return ret;
}

void cca_realm_get(struct cca_realm *realm)
{
	kref_get(&realm->ref);
}

static void end(struct cca_errand *errand)
{
	struct cca_realm *realm = container_of(errand, struct cca_realm, end);
	struct cca_outcome out = {};
	struct cca_rec *rec;
	unsigned long index;

	mutex_lock(&realm->lock);
	if (realm->state != CCA_REALM_DESTROYED)
		destroy_locked(realm, &out);
	mutex_unlock(&realm->lock);
	mutex_lock(&realms_lock);
	list_del(&realm->link);
	mutex_unlock(&realms_lock);

	xa_for_each(&realm->recs, index, rec)
		cca_rec_free(rec);
	xa_destroy(&realm->recs);
	cca_user_put(realm->account.user);
	kfree(realm);
	cca_objects_settle();
}

/* Whoever is killed does not wait until everything is back. */
static void release(struct kref *ref)
{
	struct cca_realm *realm = container_of(ref, struct cca_realm, ref);

	if (cca_caller_dying())
		cca_errand_send(&realm->end, end);
	else
		end(&realm->end);
}

void cca_realm_put(struct cca_realm *realm)
{
	kref_put(&realm->ref, release);
}

/* ------------------------------------------------------------------ the end */

/* All are over, and their RECs leave. The descriptors stay. */
void cca_realms_stop(void)
{
	struct cca_realm *realm;

	mutex_lock(&realms_lock);
	list_for_each_entry(realm, &realms, link) {
		mutex_lock(&realm->lock);
		cca_realm_over(realm, CCA_REALM_TERMINATED, CCA_REASON_SHUTDOWN);
		mutex_unlock(&realm->lock);
	}
	mutex_unlock(&realms_lock);
}

static bool is_running(struct cca_realm *realm)
{
	struct cca_rec *rec;
	unsigned long index;

	xa_for_each(&realm->recs, index, rec)
		if (mutex_is_locked(&rec->lock))
			return true;
	return false;
}

/* Everything back that can be had back; how many realms would not go. */
unsigned int cca_realms_destroy(void)
{
	struct cca_outcome out = {};
	struct cca_realm *realm;

	mutex_lock(&realms_lock);
	list_for_each_entry(realm, &realms, link) {
		mutex_lock(&realm->lock);
		if (realm->state != CCA_REALM_DESTROYED && !realm->busy &&
		    !is_running(realm))
			destroy_locked(realm, &out);
		mutex_unlock(&realm->lock);
	}
	mutex_unlock(&realms_lock);
	return cca_realms();
}

/*
 * The kernel panicked and nobody else runs: the same at the RMM, and nothing
 * else. A realm that is locked was in the middle of something.
 */
void cca_realms_abandon(void)
{
	struct cca_outcome out = {};
	struct cca_realm *realm;

	if (mutex_is_locked(&realms_lock))
		return;
	list_for_each_entry(realm, &realms, link) {
		if (mutex_is_locked(&realm->lock) || realm->busy || !realm->rd)
			continue;
		/* What goes wrong keeps its granules, and says so in the ledger. */
		if (destroy_at_rmm(realm, &out))
			continue;
	}
}

void cca_realm_info(struct cca_realm *realm, struct cca_realm_info *info)
{
	mutex_lock(&realm->lock);
	info->out_id = realm->id;
	info->out_state = realm->state;
	info->out_reason = realm->reason;
	info->out_ipa_bits = realm->ipa_bits;
	info->out_hash = realm->hash;
	info->out_recs = realm->nrecs;
	info->out_private = realm->mapped;
	info->out_blocks = realm->blocks;
	info->out_tables = realm->tables;
	if (realm->rd)
		info->out_tables += 1ULL << realm->root_order;
	info->out_granules = atomic64_read(&realm->account.in_use);
	info->out_leaked = atomic64_read(&realm->account.leaked);
	info->out_rmi_calls = atomic64_read(&realm->rmi_calls);
	cca_shared_read(realm, info);
	mutex_unlock(&realm->lock);
}
