// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: the ranges of IPAs that a realm has as its RAM, and their content.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "arena.h"
#include "object.h"

/* Pages of the caller that are pinned at a time. */
#define BATCH		16

struct cca_region *cca_region_find(struct cca_realm *realm, u64 ipa)
{
	struct cca_region *region;

	lockdep_assert_held(&realm->lock);
	list_for_each_entry(region, &realm->regions, node)
		if (ipa >= region->base && ipa < region->top)
			return region;
	return NULL;
}

/* Aligned, not empty, not around the end. */
static int check_range(u64 ipa, u64 length, u64 *top, struct cca_outcome *out)
{
	if (!IS_ALIGNED(ipa | length, RMI_GRANULE_SIZE))
		return cca_fail(out, CCA_REASON_ALIGNMENT, -EINVAL);
	if (!length)
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);
	if (check_add_overflow(ipa, length, top))
		return cca_fail(out, CCA_REASON_RANGE, -EOVERFLOW);
	return 0;
}

/* Where a region of this range belongs in the list; NULL: it overlaps one. */
static struct list_head *place(struct cca_realm *realm, u64 base, u64 top)
{
	struct cca_region *region;

	list_for_each_entry(region, &realm->regions, node) {
		if (top <= region->base)
			return region->node.prev;
		if (base < region->top)
			return NULL;
	}
	return realm->regions.prev;
}

int cca_region_add(struct cca_realm *realm, u64 ipa, u64 length, u32 flags,
		   struct cca_memory *memory, struct cca_outcome *out)
{
	struct list_head *where;
	struct cca_region *region;
	u64 top;
	int ret;

	ret = check_range(ipa, length, &top, out);
	if (ret)
		return ret;
	if (top > cca_realm_private_top(realm))
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);

	region = kzalloc(sizeof(*region), CCA_GFP);
	if (!region)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);

	ret = cca_realm_lock(realm);
	if (ret)
		goto err_free;
	ret = cca_realm_expect(realm, CCA_REALM_NEW, out);
	if (ret)
		goto err_unlock;

	where = place(realm, ipa, top);
	if (!where) {
		ret = cca_fail(out, CCA_REASON_OVERLAP, -EEXIST);
		goto err_unlock;
	}
	/* Interrupted half-way, it may be called again: RAM stays RAM. */
	ret = cca_realm_result(realm, cca_rtt_init_ripas(realm, ipa, top, out),
			       out);
	if (ret)
		goto err_unlock;

	region->base = ipa;
	region->top = top;
	region->ask = flags & CCA_MEM_F_RIPAS_EXIT;
	region->memory = memory;
	if (memory)
		cca_memory_get(memory);
	list_add(&region->node, where);
	mutex_unlock(&realm->lock);
	return 0;

err_unlock:
	mutex_unlock(&realm->lock);
err_free:
	kfree(region);
	return ret;
}

void cca_regions_free(struct cca_realm *realm)
{
	struct cca_region *region, *tmp;

	list_for_each_entry_safe(region, tmp, &realm->regions, node) {
		list_del(&region->node);
		if (region->memory)
			cca_memory_put(region->memory);
		kfree(region);
	}
}

/*
 * The RMM copies from the caller's own pages, pinned so long. A page of the
 * realm world cannot be among them: those are mapped to nobody.
 */
static int populate_batch(struct cca_realm *realm, struct cca_populate *arg,
			  struct page **pages, int count)
{
	u64 flags = arg->flags & CCA_POPULATE_F_MEASURE ?
		    RMI_DATA_MAP_INIT_MEASURE : 0;
	struct cca_region *region;
	u64 ipa;
	int i, ret = 0;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = cca_realm_expect(realm, CCA_REALM_NEW, &arg->out);

	for (i = 0; i < count && !ret; i++) {
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		ipa = arg->ipa + arg->out_done;
		region = cca_region_find(realm, ipa);
		if (!region) {
			ret = cca_fail(&arg->out, CCA_REASON_RANGE, -ENOENT);
			break;
		}
		ret = cca_private_populate(realm, region, ipa,
					   arg->length - arg->out_done,
					   page_to_phys(pages[i]), flags,
					   &arg->out);
		ret = cca_realm_result(realm, ret, &arg->out);
		if (!ret)
			arg->out_done += RMI_GRANULE_SIZE;
	}
	mutex_unlock(&realm->lock);
	return ret;
}

/* NEW is always fine. */
static int expect(struct cca_realm *realm, bool or_active,
		  struct cca_outcome *out)
{
	if (or_active && realm->state == CCA_REALM_ACTIVE)
		return 0;
	return cca_realm_expect(realm, CCA_REALM_NEW, out);
}

/* Regions only grow in number: what is covered stays so. */
static int check_covered(struct cca_realm *realm, u64 ipa, u64 top,
			 bool or_active, struct cca_outcome *out)
{
	struct cca_region *region;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = expect(realm, or_active, out);
	while (!ret && ipa < top) {
		region = cca_region_find(realm, ipa);
		if (region)
			ipa = region->top;
		else
			ret = cca_fail(out, CCA_REASON_RANGE, -ENOENT);
	}
	mutex_unlock(&realm->lock);
	return ret;
}

int cca_region_populate(struct cca_realm *realm, struct cca_populate *arg)
{
	struct page *pages[BATCH];
	u64 left, top, end;
	int ret, count;

	ret = check_range(arg->ipa, arg->length, &top, &arg->out);
	if (!ret)
		ret = check_range(arg->source, arg->length, &end, &arg->out);
	if (!ret)
		ret = check_covered(realm, arg->ipa, top, false, &arg->out);
	if (ret)
		return ret;

	while (arg->out_done < arg->length) {
		left = (arg->length - arg->out_done) >> PAGE_SHIFT;
		count = pin_user_pages_fast(arg->source + arg->out_done,
					    min_t(u64, left, BATCH), 0, pages);
		if (count <= 0)
			return fatal_signal_pending(current) ? -EINTR :
			       count ? count : -EFAULT;
		ret = populate_batch(realm, arg, pages, count);
		unpin_user_pages(pages, count);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

/* ------------------------------------------------------------------ in advance */

/* As much as can be had in one go, beforehand: see cca_granules_stock(). */
#define STOCK_BYTES	(1ULL << 30)

/* True: there is more in stock than before, perhaps. */
static bool stock(struct cca_realm *realm, u64 ipa, u64 length,
		  struct cca_outcome *out)
{
	struct cca_region *region;
	bool own;

	if (length < CCA_BLOCK_BYTES || cca_realm_lock(realm))
		return false;
	region = cca_region_find(realm, ipa);
	own = region && !region->memory;
	mutex_unlock(&realm->lock);
	if (!own)
		return false;
	length = min_t(u64, length, STOCK_BYTES);
	cca_granules_stock(&realm->account, CCA_BLOCK_ORDER,
			   ALIGN_DOWN(length, CCA_BLOCK_BYTES) >> RMI_GRANULE_SHIFT,
			   out);
	return true;
}

/* So much of [ipa, top) may have to come from the module's own pool. */
static u64 own_bytes(struct cca_realm *realm, u64 ipa, u64 top)
{
	struct cca_region *region;
	u64 own = 0, all = 0;

	if (cca_realm_lock(realm))
		return 0;
	list_for_each_entry(region, &realm->regions, node) {
		all += region->top - region->base;
		if (!region->memory && region->base < top && region->top > ipa)
			own += min(region->top, top) - max(region->base, ipa);
	}
	all -= min(all, realm->mapped);
	mutex_unlock(&realm->lock);
	return min(own, all);
}

/* The gigabyte at base. > 0, -ENOMEM: not as one block. */
static int prefault_giant(struct cca_realm *realm, u64 base,
			  struct cca_outcome *out)
{
	struct cca_region *region;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = expect(realm, true, out);
	region = ret ? NULL : cca_region_find(realm, base);
	if (region && region->top - base >= CCA_GIANT_BYTES) {
		ret = cca_private_map_giant(realm, region, base, out);
		if (ret < 0 && ret != -ENOMEM)
			ret = cca_realm_result(realm, ret, out);
	} else if (!ret) {
		/* Part of it is another region's. */
		ret = 1;
	}
	mutex_unlock(&realm->lock);
	return ret;
}

/*
 * Whole gigabytes go first: all memory is gathered that will be wanted, and where
 * one of it lies in one piece, that is not to be used up in smaller ones. *base
 * and *top: those that need not be looked at again.
 */
static int prefault_giants(struct cca_realm *realm, struct cca_prefault *arg,
			   u64 *base, u64 *top)
{
	const u64 end = arg->ipa + arg->length;
	u64 own, at = ALIGN(arg->ipa, CCA_GIANT_BYTES);
	int ret = 0;

	*base = at;
	*top = at;
	if (at >= end || end - at < CCA_GIANT_BYTES)
		return 0;
	own = ALIGN_DOWN(own_bytes(realm, arg->ipa, end), CCA_BLOCK_BYTES);
	if (own >= CCA_GIANT_BYTES)
		cca_private_gather(realm, own);
	for (; ret != -ENOMEM && at < end && end - at >= CCA_GIANT_BYTES;
	     at += CCA_GIANT_BYTES) {
		if (signal_pending(current))
			return -EINTR;
		ret = prefault_giant(realm, at, &arg->out);
		if (ret < 0 && ret != -ENOMEM)
			return ret;
		if (!ret && *top == at)
			*top = at + CCA_GIANT_BYTES;
		cond_resched();
	}
	return 0;
}

static int prefault_once(struct cca_realm *realm, struct cca_prefault *arg)
{
	u64 at = arg->ipa + arg->out_done, begin = at;
	struct cca_region *region;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	ret = expect(realm, true, &arg->out);
	region = ret ? NULL : cca_region_find(realm, at);
	if (region) {
		ret = cca_private_map(realm, region, &at,
				      min(arg->ipa + arg->length, region->top),
				      &arg->out);
		ret = cca_realm_result(realm, ret, &arg->out);
	}
	mutex_unlock(&realm->lock);
	arg->out_done += at - begin;
	if (!ret && at == begin)
		ret = cca_protocol(&arg->out);
	return ret;
}

/* What comes next: up to the gigabytes that are there already, or behind them. */
static u64 prefault_left(struct cca_prefault *arg, u64 base, u64 top)
{
	const u64 at = arg->ipa + arg->out_done;

	if (at == base)
		arg->out_done += top - base;
	return at < base && top > base ? base - at : arg->length - arg->out_done;
}

int cca_region_prefault(struct cca_realm *realm, struct cca_prefault *arg)
{
	/* Of gigabytes memory is gathered. */
	bool more = arg->length >= CCA_GIANT_BYTES;
	u64 top, left, giants, giants_top, stocked = 0;
	int ret;

	ret = check_range(arg->ipa, arg->length, &top, &arg->out);
	if (!ret)
		ret = check_covered(realm, arg->ipa, top, true, &arg->out);
	if (ret)
		return ret;
	ret = prefault_giants(realm, arg, &giants, &giants_top);
	while (!ret && (left = prefault_left(arg, giants, giants_top))) {
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		if (arg->out_done >= stocked) {
			left = min_t(u64, left, STOCK_BYTES);
			more |= stock(realm, arg->ipa + arg->out_done, left,
				      &arg->out);
			stocked = arg->out_done + left;
		}
		ret = prefault_once(realm, arg);
		cond_resched();
	}
	/*
	 * What was gathered, or in stock, for what did not come, or was there
	 * already. Not after single pages: they would have delegated some along
	 * for nothing.
	 */
	if (more)
		cca_objects_settle();
	return ret;
}
