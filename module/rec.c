// SPDX-License-Identifier: GPL-2.0-only
/*
 * RECs: the virtual CPUs of a realm. They belong to it and go with it; a REC
 * fd is a handle that keeps the realm alive.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "object.h"
#include "rmi_cmds.h"
#include "trace.h"

static struct cca_rec *alloc_rec(struct cca_realm *realm)
{
	struct cca_rec *rec = kzalloc(sizeof(*rec), CCA_GFP);

	if (!rec)
		return NULL;
	rec->realm = realm;
	init_waitqueue_head(&rec->wait);
	rec->ich.count = cca_ich_count();
	/* Users map the one; the other may have delegated neighbours. */
	rec->page = (struct cca_run *)get_zeroed_page(CCA_GFP);
	rec->run = cca_page_get();
	if (!rec->page || !rec->run) {
		cca_rec_free(rec);
		return NULL;
	}
	return rec;
}

/* Mappings of the page hold it on their own. */
void cca_rec_free(struct cca_rec *rec)
{
	if (rec->run)
		cca_page_put(rec->run);
	free_page((unsigned long)rec->page);
	kfree(rec);
}

/* What REC_CREATE came to. */
static void settle_creation(struct cca_realm *realm, int ret)
{
	struct cca_rec *rec = realm->left.rec;

	cca_page_put(realm->left.params);
	if (!ret) {
		rec->pa = realm->left.pa;
		rmi_rec_enter_prepare(&rec->entry, rec->pa, virt_to_phys(rec->run));
		realm->nrecs++;
		trace_cca_rec(realm->entry.id, rec->index, "created");
		return;
	}
	/* If it has no end the RMM may have it: lost with the realm. */
	if (ret != -ENOTRECOVERABLE)
		cca_granules_put(&realm->account, realm->left.pa, 1);
}

/* Nobody has a descriptor of it, but it is one of the realm's. */
static void created_for_nobody(struct cca_heir *heir, int ret,
			       const struct cca_outcome *out)
{
	struct cca_realm *realm = container_of(heir, struct cca_realm, left.heir);

	mutex_lock(&realm->lock);
	settle_creation(realm, ret);
	if (ret) {
		xa_erase(&realm->recs, realm->left.rec->index);
		cca_rec_free(realm->left.rec);
	}
	atomic64_add(out->rmi_calls, &realm->rmi_calls);
	cca_realm_resume(realm);
}

/* -EINPROGRESS: the REC is its heir's. */
static int create_at_rmm(struct cca_rec *rec, const struct cca_rec_create *arg,
			 struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	struct rmi_rec_params *params;
	phys_addr_t pa;
	int ret;

	params = cca_page_get();
	if (!params)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	ret = cca_granules_get(NULL, &realm->account, 0, &pa, out);
	if (ret) {
		if (ret == -ENOMEM)
			cca_fail(out, CCA_REASON_NO_MEMORY, ret);
		cca_page_put(params);
		return cca_rmi_errno(out, ret);
	}

	params->flags = arg->flags & CCA_REC_F_RUNNABLE ? RMI_REC_F_RUNNABLE : 0;
	params->mpidr = rec->mpidr;
	params->pc = arg->pc;
	memcpy(params->gprs, arg->gprs, sizeof(params->gprs));

	realm->left.heir.finish = created_for_nobody;
	realm->left.params = params;
	realm->left.pa = pa;
	realm->left.rec = rec;
	ret = rmi_rec_create(out, &realm->left.heir, &realm->account, realm->rd,
			     pa, virt_to_phys(params));
	if (ret == -EINPROGRESS)
		return ret;
	settle_creation(realm, ret);
	return cca_realm_result(realm, ret, out);
}

int cca_rec_create(struct cca_realm *realm, const struct cca_rec_create *arg,
		   struct cca_rec **rec, struct cca_outcome *out)
{
	struct cca_rec *r;
	int ret;

	r = alloc_rec(realm);
	if (!r)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	ret = cca_realm_lock(realm);
	if (ret)
		goto err_free;
	ret = cca_realm_expect(realm, CCA_REALM_NEW, out);
	if (ret)
		goto err_unlock;
	if (realm->nrecs >= realm->made.recs_max) {
		ret = cca_fail(out, CCA_REASON_RECS, -ENOMEM);
		goto err_unlock;
	}

	/* The RMM counts up and never down (L.2-3): so do we. */
	r->index = realm->nrecs;
	r->mpidr = RMI_REC_MPIDR(r->index);
	if (arg->flags & CCA_REC_F_RUNNABLE)
		atomic_set(&r->power, CCA_REC_ON);
	ret = xa_insert(&realm->recs, r->index, r, CCA_GFP);
	if (ret) {
		ret = cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
		goto err_unlock;
	}
	ret = create_at_rmm(r, arg, out);
	if (ret == -EINPROGRESS) {
		cca_realm_leave(realm);
		mutex_unlock(&realm->lock);
		return -EINTR;
	}
	if (ret) {
		xa_erase(&realm->recs, r->index);
		goto err_unlock;
	}
	mutex_unlock(&realm->lock);
	*rec = r;
	return 0;

err_unlock:
	mutex_unlock(&realm->lock);
err_free:
	cca_rec_free(r);
	return ret;
}

void cca_rec_destroy(struct cca_rec *rec, struct cca_outcome *out)
{
	if (!rmi_rec_destroy(out, &rec->realm->account, rec->pa))
		cca_granules_put(&rec->realm->account, rec->pa, 1);
	rec->pa = 0;
	trace_cca_rec(rec->realm->entry.id, rec->index, "destroyed");
	/* Nobody enters it any more; the VMM keeps its own page. */
	cca_page_put(rec->run);
	rec->run = NULL;
}

int cca_rec_open(struct cca_realm *realm, u32 index, struct cca_rec **rec,
		 struct cca_outcome *out)
{
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	*rec = xa_load(&realm->recs, index);
	if (realm->state == CCA_REALM_DESTROYED)
		ret = cca_fail(out, realm->reason, -ESTALE);
	else if (!*rec)
		ret = cca_fail(out, CCA_REASON_NOT_FOUND, -ENOENT);
	mutex_unlock(&realm->lock);
	return ret;
}

void cca_recs_count(struct cca_realm *realm, u32 *on, u32 *running)
{
	struct cca_rec *rec;
	unsigned long index;

	lockdep_assert_held(&realm->lock);
	*on = *running = 0;
	xa_for_each(&realm->recs, index, rec) {
		*on += atomic_read(&rec->power) & CCA_REC_ON;
		*running += READ_ONCE(rec->task) != NULL;
	}
}

void cca_rec_info(struct cca_rec *rec, struct cca_rec_info *info)
{
	bool on = atomic_read(&rec->power) & CCA_REC_ON;
	unsigned int i;

	info->out_index = rec->index;
	info->out_mpidr = rec->mpidr;
	info->out_state = on ? READ_ONCE(rec->task) ? 2 : 1 : 0;
	info->out_entries = READ_ONCE(rec->entries);
	for (i = 0; i < ARRAY_SIZE(rec->exits); i++)
		info->out_exits[i] = READ_ONCE(rec->exits[i]);
	info->out_list_registers = rec->ich.count;
}

int cca_rec_mmap(struct cca_rec *rec, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff || vma_pages(vma) != 1 || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(rec->page));
}

/*
 * Make it look: out of a sleep, or out of the realm. A task that is on no CPU
 * now looks by itself before it enters.
 */
void cca_rec_kick(struct cca_rec *rec)
{
	struct task_struct *task;

	/* One that leaves RUN, and dies, is freed a grace period later. */
	rcu_read_lock();
	task = READ_ONCE(rec->task);
	if (task)
		kick_process(task);
	rcu_read_unlock();
	wake_up_all(&rec->wait);
}

int cca_rec_wait(struct cca_rec *rec)
{
	return wait_event_interruptible(rec->wait, !smp_load_acquire(&rec->task)) ?
	       -EINTR : 0;
}
