// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms: which there are, from NEW to DESTROYED, and every granule back on the
 * way out. How one begins is in creation.c.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "object.h"
#include "rmi_cmds.h"
#include "trace.h"

static LIST_HEAD(realms);
static DEFINE_MUTEX(realms_lock);
static atomic_t alive = ATOMIC_INIT(0);
static CCA_REGISTER(names);

unsigned int cca_realms(void)
{
	return atomic_read(&alive);
}

void cca_objects_settle(void)
{
	cca_ledger_settle(cca_realms() || cca_memories());
}

int cca_realm_enlist(struct cca_realm *realm, const char *name,
		     struct cca_outcome *out)
{
	int err;

	atomic_inc(&alive);
	mutex_lock(&realms_lock);
	list_add(&realm->link, &realms);
	mutex_unlock(&realms_lock);
	err = cca_entry_enlist(&names, &realm->entry, name, out);
	if (err)
		return err;
	realm->account.realm = realm->entry.id;
	memcpy(realm->called, name, sizeof(realm->called));
	return 0;
}

void cca_realm_publish(struct cca_realm *realm, u32 flags)
{
	cca_entry_publish(&names, &realm->entry, flags & CCA_REALM_F_PERSIST);
}

/* It is destroyed: only those who have it know it. The caller is one of them. */
static void withdraw(struct cca_realm *realm)
{
	cca_entry_hide(&names, &realm->entry);
	if (!cca_entry_forget(&names, &realm->entry))
		return;
	cca_realm_put(realm);
	module_put(THIS_MODULE);
}

int cca_realm_open(const char *name, u32 id, struct cca_realm **realm,
		   struct cca_outcome *out)
{
	struct cca_entry *entry;
	int ret;

	ret = cca_entry_open(&names, name, id, &entry, out);
	if (!ret)
		*realm = container_of(entry, struct cca_realm, entry);
	return ret;
}

u32 cca_realm_next(u32 after)
{
	return cca_entry_next(&names, after);
}

int cca_realm_take(struct cca_realm *realm, struct cca_pool *pool,
		   unsigned int order, phys_addr_t *pa, struct cca_outcome *out)
{
	int ret = cca_granules_get(pool, &realm->account, order, pa, out);

	if (ret == -ENOMEM)
		cca_fail(out, pool ? CCA_REASON_BACKING : CCA_REASON_NO_MEMORY, ret);
	return cca_rmi_errno(out, ret);
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

void cca_realm_event(struct cca_realm *realm, u32 kind, u32 rec, u32 exit)
{
	struct cca_event event = {
		.kind = kind,
		.realm = realm->entry.id,
		.owner = from_kuid_munged(&init_user_ns, realm->entry.owner),
		.reason = READ_ONCE(realm->reason),
		.rec = rec,
		.exit = exit,
	};

	memcpy(event.name, realm->called, sizeof(event.name));
	cca_event(&event);
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
	if (realm->state <= CCA_REALM_ACTIVE && state != CCA_REALM_DESTROYED)
		cca_realm_event(realm, CCA_EVENT_REALM_TERMINATED, 0, 0);
	trace_cca_realm(realm->entry.id, realm->state, state, realm->reason);
	/* Pairs with the look that RUN takes before each entry. */
	smp_store_mb(realm->state, state);

	xa_for_each(&realm->recs, index, rec)
		cca_rec_kick(rec);
}

bool cca_realm_trouble(struct cca_realm *realm, int result,
		       const struct cca_outcome *out)
{
	bool firmware = result > 0 || result == -ENOSYS ||
			result == -ENOTRECOVERABLE ||
			out->reason == CCA_REASON_RMI_PROTOCOL;

	/* Busy is no fault, and whoever is being killed gives up early. */
	if (result > 0 && (RMI_STATUS(result) == RMI_BUSY ||
			   RMI_STATUS(result) == RMI_BLOCKED))
		firmware = false;
	if (!result || !firmware)
		return false;
	/* Of an operation without an end sro.c has told. */
	if (result != -ENOTRECOVERABLE && realm->state <= CCA_REALM_ACTIVE)
		cca_event_trouble(realm->entry.id, out);
	return true;
}

int cca_realm_result(struct cca_realm *realm, int result,
		     struct cca_outcome *out)
{
	lockdep_assert_held(&realm->lock);

	if (cca_realm_trouble(realm, result, out) &&
	    realm->state == CCA_REALM_ACTIVE) {
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
	if (!ret) {
		trace_cca_realm(realm->entry.id, CCA_REALM_NEW, CCA_REALM_ACTIVE, 0);
		WRITE_ONCE(realm->state, CCA_REALM_ACTIVE);
		cca_realm_event(realm, CCA_EVENT_REALM_ACTIVATED, 0, 0);
	}
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
		ret = cca_rec_wait(rec);
		if (ret)
			return ret;
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
	realm->giants = 0;
	realm->tables = 0;
	memset(realm->tables_at, 0, sizeof(realm->tables_at));
	realm->shared_tables = 0;
	cca_regions_free(realm);
	cca_shared_free(realm, !ret);
	cca_page_put(realm->list);
	realm->list = NULL;
	atomic_dec(&alive);
	if (realm->announced)
		cca_realm_event(realm, CCA_EVENT_REALM_DESTROYED, 0, 0);
	if (atomic64_read(&realm->account.leaked) == leaked)
		return 0;
	return ret ? cca_rmi_errno(out, ret) : cca_fail(out, CCA_REASON_RMI, -EIO);
}

/* If nobody is, whoever enters RUN from now on waits for the realm's lock. */
static bool is_running(struct cca_realm *realm)
{
	struct cca_rec *rec;
	unsigned long index;

	/* Pairs with cca_rec_run(): it sees this, or we see it. */
	smp_store_mb(realm->closing, true);
	xa_for_each(&realm->recs, index, rec) {
		if (!smp_load_acquire(&rec->task))
			continue;
		WRITE_ONCE(realm->closing, false);
		return true;
	}
	return false;
}

static int destroy(struct cca_realm *realm, struct cca_outcome *out)
{
	bool gone;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	if (realm->state == CCA_REALM_DESTROYED)
		ret = cca_fail(out, realm->reason, -ESTALE);
	if (!ret && is_running(realm))
		ret = cca_fail(out, CCA_REASON_RUNNING, -EBUSY);
	if (!ret)
		ret = destroy_locked(realm, out);
	gone = realm->state == CCA_REALM_DESTROYED;
	mutex_unlock(&realm->lock);
	if (gone)
		withdraw(realm);
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
	kref_get(&realm->entry.ref);
}

static void end(struct cca_errand *errand)
{
	struct cca_realm *realm = container_of(errand, struct cca_realm, end);
	struct cca_outcome out = {};
	struct cca_rec *rec;
	unsigned long index;

	/* Its name is free at once. */
	cca_entry_strike_out(&names, &realm->entry);
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
	struct cca_realm *realm = container_of(ref, struct cca_realm, entry.ref);

	if (cca_caller_dying())
		cca_errand_send(&realm->end, end);
	else
		end(&realm->end);
}

void cca_realm_put(struct cca_realm *realm)
{
	kref_put(&realm->entry.ref, release);
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

static void read_ram(struct cca_realm *realm, struct cca_realm_info *info)
{
	struct cca_region *region;

	info->out_ram = 0;
	info->out_ram_base = 0;
	info->out_ram_top = 0;
	info->out_ram_backed = 0;
	info->out_ram_regions = 0;
	/* In order of address. */
	list_for_each_entry(region, &realm->regions, node) {
		if (!info->out_ram_regions++)
			info->out_ram_base = region->base;
		info->out_ram_top = region->top;
		info->out_ram += region->top - region->base;
		if (region->memory)
			info->out_ram_backed += region->top - region->base;
	}
}

static void read_entry(struct cca_realm *realm, struct cca_realm_info *info)
{
	struct cca_entry_facts facts;

	cca_entry_read(&names, &realm->entry, &facts);
	info->out_id = realm->entry.id;
	info->out_owner = facts.owner;
	info->out_users = facts.users;
	info->out_flags = realm->made.flags |
			  (facts.persistent ? CCA_REALM_F_PERSIST : 0);
	memcpy(info->out_name, facts.name, sizeof(info->out_name));
	info->out_recs_max = realm->made.recs_max;
	info->out_breakpoints = realm->made.breakpoints;
	info->out_watchpoints = realm->made.watchpoints;
	info->out_sve_vl = realm->made.sve_vl;
	info->out_pmu_counters = realm->made.pmu_counters;
	memcpy(info->out_rpv, realm->made.rpv, sizeof(info->out_rpv));
}

void cca_realm_info(struct cca_realm *realm, struct cca_realm_info *info)
{
	read_entry(realm, info);
	mutex_lock(&realm->lock);
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
	cca_recs_count(realm, &info->out_recs_on, &info->out_recs_running);
	read_ram(realm, info);
	cca_shared_read(realm, info);
	mutex_unlock(&realm->lock);
}
