// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory objects: granules set aside for realms, delegated and nobody's yet.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "object.h"

static atomic_t alive = ATOMIC_INIT(0);

unsigned int cca_memories(void)
{
	return atomic_read(&alive);
}

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
	struct cca_memory *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);

	if (!m)
		return NULL;
	kref_init(&m->ref);
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

int cca_memory_create(u64 length, u64 block_size, u64 *done,
		      struct cca_memory **memory, struct cca_outcome *out)
{
	struct cca_memory *m;
	u64 granules = 0;
	int ret;

	m = memory_new(block_size);
	if (!m)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	atomic_inc(&alive);
	ret = charge(m->user, length, out);
	if (ret) {
		cca_memory_put(m);
		return ret;
	}
	m->length = length;

	ret = cca_pool_fill(m->pool, length >> RMI_GRANULE_SHIFT,
			    block_order(block_size), &granules, out);
	*done = granules << RMI_GRANULE_SHIFT;
	m->rmi_calls = out->rmi_calls;
	if (ret) {
		cca_memory_put(m);
		if (ret == -ENOMEM)
			cca_fail(out, CCA_REASON_NO_MEMORY, ret);
		return cca_rmi_errno(out, ret);
	}
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

void cca_memory_info(const struct cca_memory *memory,
		     struct cca_memory_info *info)
{
	info->out_length = READ_ONCE(memory->length);
	info->out_block_size = memory->block_size;
	info->out_free = cca_pool_free(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_leaked = cca_pool_leaked(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_rmi_calls = READ_ONCE(memory->rmi_calls);
}

void cca_memory_get(struct cca_memory *memory)
{
	kref_get(&memory->ref);
}

static void release(struct kref *ref)
{
	struct cca_memory *memory = container_of(ref, struct cca_memory, ref);

	cca_pool_destroy(memory->pool);
	cca_user_uncharge(memory->user, memory->length >> RMI_GRANULE_SHIFT);
	cca_user_put(memory->user);
	kfree(memory);
	atomic_dec(&alive);
	cca_objects_settle();
}

void cca_memory_put(struct cca_memory *memory)
{
	kref_put(&memory->ref, release);
}
