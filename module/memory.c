// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory objects: granules set aside for realms, delegated and nobody's yet.
 */
#include <linux/mm.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "object.h"

static atomic_t alive = ATOMIC_INIT(0);

unsigned int cca_memories(void)
{
	return atomic_read(&alive);
}

int cca_memory_create(u64 length, u64 block_size, u64 *done,
		      struct cca_memory **memory, struct cca_outcome *out)
{
	unsigned int order = ilog2(block_size) - RMI_GRANULE_SHIFT;
	struct cca_memory *m;
	u64 granules = 0;
	int ret;

	/* Not after everything else was squeezed out of the kernel. */
	if (length >> RMI_GRANULE_SHIFT > totalram_pages())
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	/* Or it would take all there is before it knows that it cannot be had. */
	if (length >> PAGE_SHIFT > totalram_pages())
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);

	m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	kref_init(&m->ref);
	m->length = length;
	m->block_size = block_size;

	m->pool = cca_pool_create();
	if (!m->pool) {
		kfree(m);
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	}
	atomic_inc(&alive);

	ret = cca_pool_fill(m->pool, length >> RMI_GRANULE_SHIFT, order,
			    &granules, out);
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

void cca_memory_info(const struct cca_memory *memory,
		     struct cca_memory_info *info)
{
	info->out_length = memory->length;
	info->out_block_size = memory->block_size;
	info->out_free = cca_pool_free(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_leaked = cca_pool_leaked(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_rmi_calls = memory->rmi_calls;
}

void cca_memory_get(struct cca_memory *memory)
{
	kref_get(&memory->ref);
}

static void release(struct kref *ref)
{
	struct cca_memory *memory = container_of(ref, struct cca_memory, ref);

	cca_pool_destroy(memory->pool);
	kfree(memory);
	atomic_dec(&alive);
	cca_objects_settle();
}

void cca_memory_put(struct cca_memory *memory)
{
	kref_put(&memory->ref, release);
}
