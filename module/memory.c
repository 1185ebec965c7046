// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory objects: granules set aside for realms, delegated and nobody's yet.
 * All are in a register, in which their owners find them (names.h).
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "object.h"

static atomic_t alive = ATOMIC_INIT(0);
static CCA_REGISTER(memories);

unsigned int cca_memories(void)
{
	return atomic_read(&alive);
}

/* ------------------------------------------------------------- the register */

void cca_memory_publish(struct cca_memory *memory, u32 flags)
{
	cca_entry_publish(&memories, &memory->entry,
			  flags & CCA_MEMORY_F_PERSIST);
}

void cca_memory_destroy(struct cca_memory *memory)
{
	if (!cca_entry_forget(&memories, &memory->entry))
		return;
	cca_memory_put(memory);
	module_put(THIS_MODULE);
}

int cca_memory_open(const char *name, u32 id, struct cca_memory **memory,
		    struct cca_outcome *out)
{
	struct cca_entry *entry;
	int ret;

	ret = cca_entry_open(&memories, name, id, &entry, out);
	if (!ret)
		*memory = container_of(entry, struct cca_memory, entry);
	return ret;
}

u32 cca_memory_next(u32 after)
{
	return cca_entry_next(&memories, after);
}

/* -------------------------------------------------------------- the objects */

/* It would take all there is before it knows that it cannot be had. */
static bool absurd(u64 length)
{
	return length >> PAGE_SHIFT > totalram_pages();
}

static unsigned int block_order(u64 block_size)
{
	return ilog2(block_size) - RMI_GRANULE_SHIFT;
}

static int charge(struct cca_user *user, u64 length, struct cca_outcome *out)
{
	if (absurd(length))
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	if (!cca_user_charge(user, length >> RMI_GRANULE_SHIFT))
		return cca_fail(out, CCA_REASON_LIMIT, -ENOMEM);
	return 0;
}

/* Without its granules, and not yet counted. */
static struct cca_memory *memory_new(u64 block_size)
{
	struct cca_memory *m = kzalloc(sizeof(*m), CCA_GFP);

	if (!m)
		return NULL;
	cca_entry_init(&m->entry);
	mutex_init(&m->lock);
	m->block_size = block_size;
	m->user = cca_user_get();
	m->pool = m->user ? cca_pool_create() : NULL;
	if (!m->pool) {
		cca_user_put(m->user);
		kfree(m);
		return NULL;
	}
	return m;
}

static int fill(struct cca_memory *m, struct cca_delegate *arg)
{
	struct cca_outcome *out = &arg->out;
	u64 granules = 0;
	int ret;

	ret = charge(m->user, arg->length, out);
	if (ret)
		return ret;
	m->length = arg->length;
	ret = cca_pool_fill(m->pool, arg->length >> RMI_GRANULE_SHIFT,
			    block_order(m->block_size), &granules, out);
	arg->out_done = granules << RMI_GRANULE_SHIFT;
	m->rmi_calls = out->rmi_calls;
	if (ret == -ENOMEM)
		cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	return ret ? cca_rmi_errno(out, ret) : 0;
}

int cca_memory_create(struct cca_delegate *arg, struct cca_memory **memory)
{
	struct cca_memory *m;
	int ret;

	m = memory_new(arg->block_size);
	if (!m)
		return cca_fail(&arg->out, CCA_REASON_NO_MEMORY, -ENOMEM);
	atomic_inc(&alive);
	ret = cca_entry_enlist(&memories, &m->entry, arg->name, &arg->out);
	if (!ret)
		ret = fill(m, arg);
	if (ret) {
		cca_memory_put(m);
		return ret;
	}
	arg->out_id = m->entry.id;
	*memory = m;
	return 0;
}

/*
 * What was delegated can be used at once, and a realm that was waiting for it
 * may have some before it turns out that not all can be had. Any that are free
 * are as good as those that came: as many go.
 */
int cca_memory_grow(struct cca_memory *memory, u64 length, u64 *done,
		    struct cca_outcome *out)
{
	unsigned int order = block_order(memory->block_size);
	struct cca_outcome undo = {};
	u64 came = 0, went = 0;
	int ret;

	if (mutex_lock_interruptible(&memory->lock))
		return -EINTR;
	ret = charge(memory->user, length, out);
	if (ret)
		goto unlock;
	ret = cca_pool_fill(memory->pool, length >> RMI_GRANULE_SHIFT, order,
			    &came, out);
	if (ret && ret != -EINTR) {
		cca_pool_empty(memory->pool, came, order, false, &went, &undo);
		out->rmi_calls += undo.rmi_calls;
		if (ret == -ENOMEM)
			cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	}
	*done = (came - went) << RMI_GRANULE_SHIFT;
	cca_user_uncharge(memory->user, (length - *done) >> RMI_GRANULE_SHIFT);
	WRITE_ONCE(memory->length, memory->length + *done);
	WRITE_ONCE(memory->rmi_calls, memory->rmi_calls + out->rmi_calls);
unlock:
	mutex_unlock(&memory->lock);
	return ret;
}

int cca_memory_shrink(struct cca_memory *memory, u64 length, u64 *done,
		      struct cca_outcome *out)
{
	u64 went = 0;
	int ret;

	if (mutex_lock_interruptible(&memory->lock))
		return -EINTR;
	if (length > memory->length) {
		ret = cca_fail(out, CCA_REASON_RANGE, -EINVAL);
		goto unlock;
	}
	ret = cca_pool_empty(memory->pool, length >> RMI_GRANULE_SHIFT,
			     block_order(memory->block_size), true, &went, out);
	*done = went << RMI_GRANULE_SHIFT;
	cca_user_uncharge(memory->user, went);
	WRITE_ONCE(memory->length, memory->length - *done);
	WRITE_ONCE(memory->rmi_calls, memory->rmi_calls + out->rmi_calls);
unlock:
	mutex_unlock(&memory->lock);
	return ret;
}

void cca_memory_info(struct cca_memory *memory,
		     struct cca_memory_info *info)
{
	struct cca_entry_facts facts;

	info->out_length = READ_ONCE(memory->length);
	info->out_block_size = memory->block_size;
	info->out_free = cca_pool_free(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_leaked = cca_pool_leaked(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_rmi_calls = READ_ONCE(memory->rmi_calls);
	info->out_id = memory->entry.id;
	cca_entry_read(&memories, &memory->entry, &facts);
	info->out_owner = facts.owner;
	info->out_flags = facts.persistent ? CCA_MEMORY_F_PERSIST : 0;
	info->out_users = facts.users;
	memcpy(info->out_name, facts.name, sizeof(info->out_name));
}

void cca_memory_get(struct cca_memory *memory)
{
	kref_get(&memory->entry.ref);
}

static void end(struct cca_errand *errand)
{
	struct cca_memory *memory = container_of(errand, struct cca_memory, end);

	cca_entry_strike_out(&memories, &memory->entry);
	cca_pool_destroy(memory->pool);
	cca_user_uncharge(memory->user, memory->length >> RMI_GRANULE_SHIFT);
	cca_user_put(memory->user);
	kfree(memory);
	atomic_dec(&alive);
	cca_objects_settle();
}

/* Gigabytes take a while: whoever is killed does not wait for them. */
static void release(struct kref *ref)
{
	struct cca_memory *memory = container_of(ref, struct cca_memory, entry.ref);

	if (cca_caller_dying())
		cca_errand_send(&memory->end, end);
	else
		end(&memory->end);
}

void cca_memory_put(struct cca_memory *memory)
{
	kref_put(&memory->entry.ref, release);
}
