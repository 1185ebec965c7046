// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared regions: memory of the VMM in the half of the IPA space that is not
 * the realm's own.
 *
 * They are mapped when the realm touches them, everything that one command can
 * map at a time: all blocks of a table, or all pages of one. The RMM keeps no
 * account of such memory and lets a table go that maps some, so what keeps it
 * from the kernel is here alone: a loan is returned after the RMM said that the
 * mapping is gone, or that the realm is.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "arena.h"
#include "lend.h"
#include "object.h"
#include "rmi_cmds.h"

#define BLOCK_PAGES	CCA_BLOCK_GRANULES

/* Each makes a table, or clears one away; more do not help. */
#define ROUNDS		6

struct cca_share {
	struct list_head node;		/* in order of address */
	u64 base;
	u64 top;
	bool read_only;
	bool touched;			/* the RMM may have mapped some of it */
	u64 mapped;			/* bytes; for those who ask */
	u64 blocks;			/* of these, in 2 MiB blocks */
	struct cca_loan *loan;
	u8 whole[];			/* for each 2 MiB: all of it is mapped */
};

/* -------------------------------------------------------------------- tables */

static int add_table(struct cca_realm *realm, u64 ipa, int level,
		     struct cca_outcome *out)
{
	int ret = cca_rtt_add_table(realm, ipa, level, out);

	if (!ret)
		realm->shared_tables++;
	return ret;
}

/*
 * The tables of one level in [base, top), which maps nothing that is still
 * wanted. The RMM says where to look next, as it does for the other half.
 */
static void destroy_level(struct cca_realm *realm, u64 base, u64 top, int level,
			  struct cca_outcome *out)
{
	u64 size = cca_rtt_size(level - 1);
	u64 budget = 64 + 4 * realm->shared_tables;
	phys_addr_t pa;
	u64 next;
	int ret;

	while (realm->shared_tables && base < top && budget--) {
		ret = rmi_rtt_destroy(out, realm->rd, base, level, &pa, &next);
		if (!ret) {
			cca_granules_put(&realm->account, pa, 1);
			realm->tables--;
			realm->shared_tables--;
		} else if (!cca_is_rtt(ret)) {
			return;
		}
		base = max(ALIGN_DOWN(next, size), base + size);
		cca_relax();
	}
}

/* Tables that nothing but [base, top) needs. The share is out of the list. */
static void destroy_around(struct cca_realm *realm, u64 base, u64 top,
			   struct cca_outcome *out)
{
	u64 size, from, to;
	struct cca_share *share;
	int level;

	for (level = CCA_PAGE_LEVEL; level > realm->start_level; level--) {
		size = cca_rtt_size(level - 1);
		from = ALIGN_DOWN(base, size);
		to = ALIGN(top, size);
		list_for_each_entry(share, &realm->shares, node) {
			if (share->base < base && share->top > from)
				from = ALIGN(base, size);
			if (share->base >= top && share->base < to)
				to = min(to, ALIGN_DOWN(share->base, size));
		}
		destroy_level(realm, from, to, level, out);
	}
}

/* -------------------------------------------------------------------- mapping */

/* Of the 2 MiB where ipa is. */
static u8 *whole(struct cca_share *share, u64 ipa)
{
	return share->whole + (ipa - ALIGN_DOWN(share->base, CCA_BLOCK_BYTES)) /
			      CCA_BLOCK_BYTES;
}

static phys_addr_t page_at(const struct cca_share *share, u64 ipa)
{
	return cca_loan_page(share->loan, (ipa - share->base) >> PAGE_SHIFT);
}

static bool is_block(const struct cca_share *share, u64 ipa)
{
	phys_addr_t pa;
	u64 i;

	if (!IS_ALIGNED(ipa, CCA_BLOCK_BYTES) || ipa < share->base ||
	    ipa + CCA_BLOCK_BYTES > share->top)
		return false;
	pa = page_at(share, ipa);
	if (!IS_ALIGNED(pa, CCA_BLOCK_BYTES))
		return false;
	for (i = 1; i < BLOCK_PAGES; i++)
		if (page_at(share, ipa + (i << PAGE_SHIFT)) !=
		    pa + (i << PAGE_SHIFT))
			return false;
	return true;
}

/* What one command is to map: [base, top) by one level. */
struct batch {
	u64 base;
	u64 top;
	int level;
	unsigned int count;		/* descriptors in realm->list */
};

/*
 * From `at` on, up to the end of the table that will have it, or to what is
 * there already. All blocks of a table fit into one list, and so do all its
 * pages.
 */
static void gather(struct cca_realm *realm, struct cca_share *share, u64 at,
		   struct batch *batch)
{
	bool block = is_block(share, at);
	u64 size = block ? cca_rtt_size(CCA_BLOCK_LEVEL - 1) : CCA_BLOCK_BYTES;
	u64 end = min(ALIGN_DOWN(at, size) + size, share->top);

	batch->count = 0;
	batch->level = block ? CCA_BLOCK_LEVEL : CCA_PAGE_LEVEL;
	batch->base = batch->top = at;
	do {
		cca_rtt_describe(realm->list, &batch->count, batch->level,
				 RMI_MEM_UNDELEGATED, page_at(share, batch->top));
		batch->top += cca_rtt_size(batch->level);
		/* A table of blocks is a quarter of a million pages to look at. */
		if (block)
			cca_relax();
	} while (batch->top < end &&
		 (!block || (!*whole(share, batch->top) &&
			     is_block(share, batch->top))));
}

static int map_batch(struct cca_realm *realm, const struct cca_share *share,
		     const struct batch *batch, u64 *next,
		     struct cca_outcome *out)
{
	u64 flags = RMI_UNPROT_MEMATTR(RMI_UNPROT_MEMATTR_NORMAL_WB) |
		    RMI_UNPROT_S2AP(share->read_only ? RMI_UNPROT_S2AP_RO :
						       RMI_UNPROT_S2AP_RW);

	if (batch->count == 1)
		return rmi_rtt_unprot_map(out, realm->rd, batch->base,
					  batch->top, flags | RMI_OADDR_SINGLE,
					  *(u64 *)realm->list, next);
	return rmi_rtt_unprot_map(out, realm->rd, batch->base, batch->top,
				  flags | RMI_OADDR_LIST |
				  RMI_OADDR_LIST_COUNT(batch->count),
				  virt_to_phys(realm->list), next);
}

static int unmap(struct cca_realm *realm, u64 base, u64 top,
		 struct cca_outcome *out);

/*
 * The walk to a batch stopped at `level`: make the tables that are missing, or
 * take away what is in its place.
 */
static int make_way(struct cca_realm *realm, const struct batch *batch,
		    int level, struct cca_outcome *out)
{
	int ret;

	if (level < realm->start_level || level > batch->level)
		return cca_protocol(out);
	if (level == batch->level && level == CCA_BLOCK_LEVEL) {
		destroy_level(realm, batch->base, batch->base + CCA_BLOCK_BYTES,
			      CCA_PAGE_LEVEL, out);
		return 0;
	}
	if (level == batch->level)
		return unmap(realm, batch->base, batch->top, out);
	for (ret = 0; !ret && level < batch->level; level++)
		ret = add_table(realm, batch->base, level + 1, out);
	return ret;
}

/* Up to `top` all is mapped that lies in the 2 MiB where `at` is, and on. */
static void note_mapped(struct cca_share *share, const struct batch *batch,
			u64 top)
{
	u64 block, from, to;

	for (block = ALIGN_DOWN(batch->base, CCA_BLOCK_BYTES); block < top;
	     block += CCA_BLOCK_BYTES) {
		from = max(block, share->base);
		to = min(block + CCA_BLOCK_BYTES, share->top);
		if (to > top || *whole(share, from))
			continue;
		*whole(share, from) = 1;
		share->mapped += to - from;
		if (batch->level == CCA_BLOCK_LEVEL)
			share->blocks += to - from;
	}
}

/* Before it is unmapped: half-way, whatever is touched is mapped once more. */
static void forget_mapped(struct cca_share *share)
{
	memset(share->whole, 0, whole(share, share->top - 1) + 1 - share->whole);
	share->mapped = 0;
	share->blocks = 0;
}

/* The RMM may take any number of calls for it, but not for nothing. */
static int map_around(struct cca_realm *realm, struct cca_share *share, u64 ipa,
		      struct cca_outcome *out)
{
	u64 at = max(ALIGN_DOWN(ipa, CCA_BLOCK_BYTES), share->base);
	unsigned int rounds = 0;
	struct batch batch;
	u64 next;
	int ret;

	share->touched = true;
	while (!*whole(share, ipa)) {
		ret = cca_rmm_over(out);
		if (ret)
			return ret;
		gather(realm, share, at, &batch);
		ret = map_batch(realm, share, &batch, &next, out);
		if (!ret) {
			if (next <= at || next > batch.top)
				return cca_protocol(out);
			note_mapped(share, &batch, next);
			at = next;
			rounds = 0;
		} else if (cca_is_rtt(ret) && rounds++ < ROUNDS) {
			ret = make_way(realm, &batch, RMI_RESULT_LEVEL(ret), out);
		}
		if (ret)
			return ret;
		cca_relax();
	}
	return 0;
}

/* ------------------------------------------------------------------ unmapping */

/* 0: nothing is mapped there any more. An honest call deals with a page or more. */
static int unmap(struct cca_realm *realm, u64 base, u64 top,
		 struct cca_outcome *out)
{
	u64 budget = 64 + 2 * ((top - base) >> RMI_GRANULE_SHIFT);
	struct rmi_rtt_entry entry;
	u64 next;
	int ret;

	while (base < top && budget--) {
		ret = rmi_rtt_unprot_unmap(out, realm->rd, base, top, &next);
		if (!ret && next <= base)
			return cca_protocol(out);
		if (!ret) {
			base = next;
		} else if (cca_is_rtt(ret)) {
			ret = cca_rtt_skip(realm, &base, &entry, out);
			/* No hole: then it is still mapped. */
			if (!ret && entry.state == RMI_ENTRY_ASSIGNED)
				return cca_protocol(out);
		}
		if (ret)
			return ret;
		cca_relax();
	}
	return base < top ? cca_protocol(out) : 0;
}

/* -------------------------------------------------------------------- regions */

static struct cca_share *find(struct cca_realm *realm, u64 ipa)
{
	struct cca_share *share;

	list_for_each_entry(share, &realm->shares, node)
		if (ipa >= share->base && ipa < share->top)
			return share;
	return NULL;
}

int cca_shared_fault(struct cca_realm *realm, u64 ipa, bool permission,
		     bool *cured, struct cca_outcome *out)
{
	struct cca_share *share;

	lockdep_assert_held(&realm->lock);

	ipa = ALIGN_DOWN(ipa, RMI_GRANULE_SIZE);
	share = find(realm, ipa);
	/*
	 * What may be written is mapped so. If it was not when the realm tried,
	 * the region has been replaced since.
	 */
	*cured = share && !(permission && share->read_only &&
			    *whole(share, ipa));
	return *cured ? map_around(realm, share, ipa, out) : 0;
}

/* Where it belongs in the list; NULL: it overlaps one. */
static struct list_head *place(struct cca_realm *realm, u64 base, u64 top)
{
	struct cca_share *share;

	list_for_each_entry(share, &realm->shares, node) {
		if (top <= share->base)
			return share->node.prev;
		if (base < share->top)
			return NULL;
	}
	return realm->shares.prev;
}

static int insert(struct cca_realm *realm, struct cca_share *share,
		  struct cca_outcome *out)
{
	struct list_head *where;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	if (realm->state != CCA_REALM_NEW)
		ret = cca_realm_expect(realm, CCA_REALM_ACTIVE, out);
	/* Whoever is told later finds the region. */
	if (!ret && cca_loan_is_over(share->loan))
		ret = cca_fail(out, CCA_REASON_SOURCE, -EFAULT);
	where = place(realm, share->base, share->top);
	if (!ret && !where)
		ret = cca_fail(out, CCA_REASON_OVERLAP, -EEXIST);
	if (!ret) {
		list_add(&share->node, where);
		WRITE_ONCE(realm->shared, realm->shared + share->top - share->base);
	}
	mutex_unlock(&realm->lock);
	return ret;
}

/* Out of the list and the tables; its loan is still out. */
static int detach(struct cca_realm *realm, struct cca_share *share,
		  struct cca_outcome *out)
{
	int ret = 0;

	if (share->touched) {
		forget_mapped(share);
		ret = unmap(realm, share->base, share->top, out);
	}
	if (ret)
		return ret;
	list_del(&share->node);
	WRITE_ONCE(realm->shared, realm->shared - (share->top - share->base));
	destroy_around(realm, share->base, share->top, out);
	return 0;
}

static void give_back(struct cca_share *share)
{
	cca_loan_return(share->loan);
	kvfree(share);
}

/*
 * Regions whose lender has gone. One that the RMM does not let go of stays, and
 * its pages with it, until it is removed or the realm ends.
 */
static void sweep(struct cca_errand *errand)
{
	struct cca_realm *realm = container_of(errand, struct cca_realm, sweep);
	struct cca_share *share, *next;
	struct cca_outcome out = {};
	LIST_HEAD(swept);

	/* Who goes from now on is for the next one. */
	atomic_set(&realm->sweeping, 0);
	smp_mb__after_atomic();
	if (cca_realm_lock(realm))
		goto out_put;
	list_for_each_entry_safe(share, next, &realm->shares, node) {
		struct cca_outcome attempt = {};
		int ret;

		if (!cca_loan_is_over(share->loan))
			continue;
		ret = detach(realm, share, &attempt);
		if (!cca_realm_result(realm, ret, &attempt))
			list_add(&share->node, &swept);
		out.rmi_calls += attempt.rmi_calls;
	}
	atomic64_add(out.rmi_calls, &realm->rmi_calls);
	mutex_unlock(&realm->lock);

	list_for_each_entry_safe(share, next, &swept, node)
		give_back(share);
out_put:
	cca_realm_put(realm);
}

/*
 * Called from wherever the lender is, so that another one does it. A realm that
 * is being freed gives everything back itself, and waits for us before.
 */
static void lender_gone(void *about)
{
	struct cca_realm *realm = about;

	if (atomic_xchg(&realm->sweeping, 1))
		return;
	if (kref_get_unless_zero(&realm->entry.ref))
		cca_errand_send(&realm->sweep, sweep);
}

static int check_ranges(const struct cca_realm *realm,
			const struct cca_mem_add *arg, struct cca_outcome *out)
{
	u64 top, end;

	if (!IS_ALIGNED(arg->ipa | arg->length | arg->source, RMI_GRANULE_SIZE))
		return cca_fail(out, CCA_REASON_ALIGNMENT, -EINVAL);
	if (!arg->length)
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);
	if (check_add_overflow(arg->ipa, arg->length, &top) ||
	    check_add_overflow(arg->source, arg->length, &end))
		return cca_fail(out, CCA_REASON_RANGE, -EOVERFLOW);
	if (arg->ipa < cca_realm_private_top(realm) ||
	    top > cca_realm_top(realm))
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);
	return 0;
}

int cca_shared_add(struct cca_realm *realm, const struct cca_mem_add *arg,
		   struct cca_outcome *out)
{
	bool read_only = arg->flags & CCA_MEM_F_READONLY;
	struct cca_share *share;
	struct cca_loan *loan;
	u64 blocks;
	int ret;

	ret = check_ranges(realm, arg, out);
	if (ret)
		return ret;
	ret = cca_loan_take(arg->source, arg->length, !read_only, lender_gone,
			    realm, &loan, out);
	if (ret)
		return ret;

	blocks = (ALIGN(arg->ipa + arg->length, CCA_BLOCK_BYTES) -
		  ALIGN_DOWN(arg->ipa, CCA_BLOCK_BYTES)) / CCA_BLOCK_BYTES;
	share = kvzalloc(struct_size(share, whole, blocks), CCA_GFP);
	if (!share) {
		cca_loan_return(loan);
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	}
	share->base = arg->ipa;
	share->top = arg->ipa + arg->length;
	share->read_only = read_only;
	share->loan = loan;
	ret = insert(realm, share, out);
	if (ret) {
		cca_loan_return(loan);
		kvfree(share);
	}
	return ret;
}

static int detach_named(struct cca_realm *realm, const struct cca_mem_remove *arg,
			struct cca_share **result, struct cca_outcome *out)
{
	struct cca_share *share = find(realm, arg->ipa);

	if (!share && arg->ipa < cca_realm_private_top(realm) &&
	    cca_region_find(realm, arg->ipa))
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);
	if (!share || share->base != arg->ipa)
		return cca_fail(out, CCA_REASON_RANGE, -ENOENT);
	if (share->top - share->base != arg->length)
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);
	*result = share;
	return detach(realm, share, out);
}

int cca_shared_remove(struct cca_realm *realm, const struct cca_mem_remove *arg,
		      struct cca_outcome *out)
{
	struct cca_share *share;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	if (realm->state == CCA_REALM_DESTROYED)
		ret = cca_fail(out, realm->reason, -ESTALE);
	else
		ret = detach_named(realm, arg, &share, out);
	ret = cca_realm_result(realm, ret, out);
	mutex_unlock(&realm->lock);
	if (!ret)
		give_back(share);
	return ret;
}

void cca_shared_read(struct cca_realm *realm, struct cca_realm_info *info)
{
	struct cca_share *share;

	info->out_shared = realm->shared;
	info->out_shared_mapped = 0;
	info->out_shared_blocks = 0;
	info->out_shared_regions = 0;
	list_for_each_entry(share, &realm->shares, node) {
		info->out_shared_regions++;
		info->out_shared_mapped += share->mapped;
		info->out_shared_blocks += share->blocks;
	}
}

/* ------------------------------------------------------------------ tear-down */

/*
 * Shared mappings do not keep a table (C.6), so that pages need not be unmapped
 * first; for an RMM that sees that differently it is done after all. Blocks are
 * unmapped by the gigabyte, but to look for tables they are in the way (L.2-1).
 */
void cca_shared_destroy_tables(struct cca_realm *realm, struct cca_outcome *out)
{
	u64 base = cca_realm_private_top(realm), top = cca_realm_top(realm);
	struct cca_share *share;
	int level, round;

	for (round = 0; realm->shared_tables && round < 2; round++) {
		list_for_each_entry(share, &realm->shares, node)
			if ((round || share->blocks) &&
			    unmap(realm, share->base, share->top, out))
				continue;
		for (level = CCA_PAGE_LEVEL; level > realm->start_level; level--)
			destroy_level(realm, base, top, level, out);
	}
}

void cca_shared_free(struct cca_realm *realm, bool gone)
{
	struct cca_share *share, *tmp;

	list_for_each_entry_safe(share, tmp, &realm->shares, node) {
		list_del(&share->node);
		if (gone || !share->touched)
			cca_loan_return(share->loan);
		else
			cca_loan_forget(share->loan);
		kvfree(share);
	}
	realm->shared = 0;
}
