// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private memory: what stands behind the realm's own half of the IPA space.
 *
 * Blocks of 2 MiB wherever address, region and memory allow, pages elsewhere;
 * in advance also 1 GiB, where memory that was gathered lies in one piece.
 * The common case is one call to the RMM: it is asked for what is hoped for, and
 * only its refusal leads to a look at the tables.
 */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "arena.h"
#include "object.h"
#include "rmi_cmds.h"

#define TABLE_ENTRIES	512

static struct cca_pool *pool_of(const struct cca_region *region)
{
	return region->memory ? region->memory->pool : NULL;
}

static unsigned int order_of(int level)
{
	return (CCA_PAGE_LEVEL - level) * CCA_BLOCK_ORDER;
}

/* [base, base + the rest of it) is a block of this region, below top. */
static bool block_fits(const struct cca_region *region, u64 base, u64 top)
{
	return IS_ALIGNED(base, CCA_BLOCK_BYTES) && base >= region->base &&
	       min(region->top, top) >= CCA_BLOCK_BYTES + base;
}

/* ------------------------------------------------------------------- content */

void cca_private_populated(struct cca_realm *realm)
{
	const unsigned int left = CCA_BLOCK_GRANULES - realm->stage.used;

	if (left)
		cca_granules_put(&realm->account, realm->stage.pa +
				 ((phys_addr_t)realm->stage.used << RMI_GRANULE_SHIFT),
				 left);
	realm->stage.used = CCA_BLOCK_GRANULES;
}

/* The next page of the block that is being populated, or one of its own. */
static int take_page(struct cca_realm *realm, struct cca_region *region,
		     u64 ipa, u64 ahead, phys_addr_t *pa, bool *staged,
		     struct cca_outcome *out)
{
	struct cca_outcome attempt = *out;
	u64 next;

	next = realm->stage.ipa + ((u64)realm->stage.used << RMI_GRANULE_SHIFT);
	if (realm->stage.used < CCA_BLOCK_GRANULES && next != ipa)
		cca_private_populated(realm);
	if (realm->stage.used == CCA_BLOCK_GRANULES && ahead >= CCA_BLOCK_BYTES &&
	    block_fits(region, ipa, region->top)) {
		/* A failure here decides nothing: what counts is the page. */
		if (!cca_realm_take(realm, pool_of(region), CCA_BLOCK_ORDER,
				    &realm->stage.pa, &attempt)) {
			realm->stage.ipa = ipa;
			realm->stage.used = 0;
		}
		out->rmi_calls = attempt.rmi_calls;
	}
	*staged = realm->stage.used < CCA_BLOCK_GRANULES;
	if (!*staged)
		return cca_realm_take(realm, pool_of(region), 0, pa, out);
	*pa = realm->stage.pa +
	      ((phys_addr_t)realm->stage.used++ << RMI_GRANULE_SHIFT);
	return 0;
}

/* The last page of a block is there: then the block is one, and its table goes. */
static void fold_stage(struct cca_realm *realm, struct cca_outcome *out)
{
	if (realm->stage.used == CCA_BLOCK_GRANULES &&
	    !cca_rtt_fold(realm, realm->stage.ipa, out))
		realm->blocks += CCA_BLOCK_BYTES;
}

/* Not to be broken for somebody's mistake. */
static bool giant_at(struct cca_realm *realm, u64 ipa, struct cca_outcome *out)
{
	struct rmi_rtt_entry entry;

	return realm->giants && !cca_rtt_look(realm, ipa, &entry, out) &&
	       entry.level == CCA_GIANT_LEVEL &&
	       entry.state == RMI_ENTRY_ASSIGNED;
}

int cca_private_populate(struct cca_realm *realm, struct cca_region *region,
			 u64 ipa, u64 ahead, phys_addr_t source, u64 flags,
			 struct cca_outcome *out)
{
	unsigned int rounds;
	phys_addr_t pa;
	bool staged;
	int ret;

	ret = take_page(realm, region, ipa, ahead, &pa, &staged, out);
	if (ret)
		return ret;

	for (rounds = 0; rounds <= CCA_RTT_ROUNDS; rounds++) {
		ret = rmi_rtt_data_map_init(out, &realm->account, realm->rd, pa,
					    ipa, source, flags);
		if (!ret) {
			realm->mapped += RMI_GRANULE_SIZE;
			if (staged)
				fold_stage(realm, out);
			return 0;
		}
		if (ret == -ENOTRECOVERABLE)
			return ret;
		if (!cca_is_rtt(ret))
			break;
		/* Something is there, of this call or of CCA_PREFAULT. */
		if (RMI_RESULT_LEVEL(ret) == CCA_PAGE_LEVEL ||
		    giant_at(realm, ipa, out)) {
			ret = cca_fail(out, CCA_REASON_POPULATED, -EEXIST);
			break;
		}
		ret = cca_rtt_deepen(realm, ipa, RMI_RESULT_LEVEL(ret), out);
		if (ret)
			break;
	}
	cca_granules_put(&realm->account, pa, 1);
	/* It would have a hole. */
	if (staged)
		cca_private_populated(realm);
	return ret;
}

/* ------------------------------------------------------------------- batches */

/* Memory for some entries of one table, as the RMM wants to be told of it. */
struct batch {
	int level;
	u64 *list;
	unsigned int entries;
	unsigned int count;		/* pages or blocks */
};

/* At least one, or the reason why not. */
static int batch_fill(struct batch *b, struct cca_realm *realm,
		      struct cca_region *region, unsigned int most,
		      struct cca_outcome *out)
{
	struct cca_outcome attempt = *out;
	phys_addr_t pa;
	int ret = 0;

	while (b->count < most) {
		ret = cca_realm_take(realm, pool_of(region), order_of(b->level),
				     &pa, &attempt);
		out->rmi_calls = attempt.rmi_calls;
		if (ret)
			break;
		cca_rtt_describe(b->list, &b->entries, b->level,
				 RMI_MEM_DELEGATED, pa);
		b->count++;
	}
	if (b->count)
		return 0;
	*out = attempt;
	return ret;
}

/* All but the first `used` go back. */
static void batch_put(const struct batch *b, struct cca_realm *realm,
		      unsigned int used)
{
	const unsigned int order = order_of(b->level);
	unsigned int i, count;

	for (i = 0; i < b->entries; i++) {
		count = RMI_ADDR_COUNT(b->list[i]);
		if (used < count)
			cca_granules_put(&realm->account, RMI_ADDR_PA(b->list[i]) +
					 used * cca_rtt_size(b->level),
					 (unsigned long)(count - used) << order);
		used -= min(used, count);
	}
}

static int batch_call(const struct batch *b, struct cca_realm *realm, u64 base,
		      u64 *next, struct cca_outcome *out)
{
	const bool single = b->entries == 1;

	return rmi_rtt_data_map(out, &realm->account, realm->rd, base,
				base + b->count * cca_rtt_size(b->level),
				single ? RMI_OADDR_SINGLE : RMI_OADDR_LIST |
				RMI_OADDR_LIST_COUNT(b->entries),
				single ? b->list[0] : virt_to_phys(b->list), next);
}

/*
 * Map it from base on, with the tables above it: *next is how far that came. A
 * result of the RMM says that at base something is, or a table below.
 */
static int batch_map(const struct batch *b, struct cca_realm *realm, u64 base,
		     u64 *next, struct cca_outcome *out)
{
	const u64 size = cca_rtt_size(b->level);
	unsigned int rounds = 0;
	u64 bytes;
	int ret;

	*next = base;
	for (;;) {
		ret = batch_call(b, realm, base, next, out);
		if (!ret || ret == -ENOTRECOVERABLE)
			break;
		if (rounds++ == CCA_RTT_ROUNDS) {
			batch_put(b, realm, 0);
			return cca_protocol(out);
		}
		if (cca_is_rtt(ret) && RMI_RESULT_LEVEL(ret) < b->level)
			ret = cca_rtt_deepen(realm, base, RMI_RESULT_LEVEL(ret),
					     out);
		if (ret) {
			batch_put(b, realm, 0);
			return ret;
		}
	}
	bytes = *next - base;
	if (ret || *next <= base || bytes > b->count * size ||
	    !IS_ALIGNED(bytes, size)) {
		/* It may have all of it, wherever it put that. */
		realm->mapped += b->count * size;
		return ret ?: cca_protocol(out);
	}
	realm->mapped += bytes;
	if (b->level != CCA_PAGE_LEVEL)
		realm->blocks += bytes;
	if (b->level == CCA_GIANT_LEVEL)
		realm->giants += bytes;
	batch_put(b, realm, bytes >> RMI_LEVEL_SHIFT(b->level));
	return 0;
}

/* How many entries of the table at base there are below top. */
static unsigned int batch_size(u64 base, u64 top, int level)
{
	const u64 size = cca_rtt_size(level);
	const u64 end = ALIGN_DOWN(base, size * TABLE_ENTRIES) +
			size * TABLE_ENTRIES;
	const u64 most = level == CCA_PAGE_LEVEL ? TABLE_ENTRIES :
					       cca_rmm()->traits.map_blocks;

	return min((min(top, end) - base) >> RMI_LEVEL_SHIFT(level), most);
}

/* Memory at one level. > 0: something is there. */
static int map_some(struct cca_realm *realm, struct cca_region *region, u64 base,
		    u64 top, int level, u64 *next, struct cca_outcome *out)
{
	struct batch b = { .level = level, .list = realm->list };
	int ret;

	ret = batch_fill(&b, realm, region, batch_size(base, top, level), out);
	return ret ?: batch_map(&b, realm, base, next, out);
}

/* ------------------------------------------------------------------ in advance */

static bool vacant(const struct rmi_rtt_entry *entry)
{
	return entry->state == RMI_ENTRY_UNASSIGNED &&
	       entry->ripas == RMI_RIPAS_RAM;
}

static u64 end_of(const struct rmi_rtt_entry *entry, u64 ipa)
{
	const u64 size = cca_rtt_size(entry->level);

	return ALIGN_DOWN(ipa, size) + size;
}

/* The tables that are missing between an entry and this level. */
static int deepen_to(struct cca_realm *realm, u64 ipa, int from, int level,
		     struct cca_outcome *out)
{
	int ret = 0;

	for (; from < level && !ret; from++)
		ret = cca_rtt_deepen(realm, ipa, from, out);
	return ret;
}

/* Blocks from base on. > 0, -ENOMEM: pages may do. */
static int map_blocks(struct cca_realm *realm, struct cca_region *region,
		      u64 base, u64 top, const struct rmi_rtt_entry *entry,
		      u64 *next, struct cca_outcome *out)
{
	struct cca_outcome attempt = *out;
	int ret;

	/* A table of pages is in the way, unless it says nothing. */
	if (entry->level == CCA_PAGE_LEVEL) {
		ret = cca_rtt_fold(realm, base, &attempt);
		top = base + CCA_BLOCK_BYTES;
	} else {
		ret = deepen_to(realm, base, entry->level, CCA_BLOCK_LEVEL, &attempt);
	}
	if (!ret)
		ret = map_some(realm, region, base, top, CCA_BLOCK_LEVEL, next,
			       &attempt);
	out->rmi_calls = attempt.rmi_calls;
	if (ret && ret != -ENOMEM && !cca_is_rtt(ret))
		*out = attempt;
	return ret;
}

int cca_private_map(struct cca_realm *realm, struct cca_region *region, u64 *at,
		    u64 top, struct cca_outcome *out)
{
	struct rmi_rtt_entry entry;
	u64 base = *at;
	int ret;

	ret = cca_rtt_look(realm, base, &entry, out);
	if (ret)
		return ret;
	/* What the realm gave up is not to be had back by this. */
	if (realm->ragged || !vacant(&entry))
		top = min(top, end_of(&entry, base));
	if (!vacant(&entry)) {
		*at = top;
		return 0;
	}
	if (block_fits(region, base, top)) {
		ret = map_blocks(realm, region, base, top, &entry, at, out);
		if (!ret || (ret != -ENOMEM && !cca_is_rtt(ret)))
			return ret;
	}
	ret = map_some(realm, region, base, top, CCA_PAGE_LEVEL, at, out);
	/* There was nothing: then the RMM contradicts itself. */
	return cca_is_rtt(ret) ? cca_protocol(out) : ret;
}

/* As long a call as for 512 blocks: not where so much is never asked for. */
static bool giants_wanted(void)
{
	return cca_rmm()->traits.map_blocks >= TABLE_ENTRIES;
}

void cca_private_gather(struct cca_realm *realm, u64 bytes)
{
	if (!giants_wanted())
		return;
	cca_granules_gather(&realm->account, bytes >> RMI_GRANULE_SHIFT,
			    order_of(CCA_GIANT_LEVEL));
}

/* If there is no such memory no call is made: that is found out first. */
int cca_private_map_giant(struct cca_realm *realm, struct cca_region *region,
			  u64 base, struct cca_outcome *out)
{
	struct batch b = { .level = CCA_GIANT_LEVEL, .list = realm->list };
	const unsigned int order = order_of(b.level);
	struct cca_outcome attempt = *out;
	struct rmi_rtt_entry entry;
	phys_addr_t pa;
	u64 next;
	int ret;

	if (!giants_wanted() || !cca_contig_has(pool_of(region), order))
		return -ENOMEM;
	/* A table is in the way even if it says nothing: it is used then. */
	ret = cca_rtt_look(realm, base, &entry, out);
	if (ret)
		return ret;
	if (!vacant(&entry) || entry.level > b.level)
		return 1;

	attempt.rmi_calls = out->rmi_calls;
	ret = cca_contig_spare(pool_of(region), &realm->account, order, &pa,
			       &attempt);
	if (!ret) {
		cca_rtt_describe(b.list, &b.entries, b.level, RMI_MEM_DELEGATED,
				 pa);
		b.count = 1;
		ret = batch_map(&b, realm, base, &next, &attempt);
	}
	out->rmi_calls = attempt.rmi_calls;
	/* Smaller blocks may do, also for an RMM that has no such blocks. */
	if (ret < 0 && ret != -ENOMEM)
		*out = attempt;
	return ret;
}

/* ------------------------------------------------------------------- on demand */

/* Fault status: at which level the walk of the realm's MMU ended (L.2-18). */
static bool stopped_at_page(u64 esr)
{
	return (esr & 0x3f) == 4 + CCA_PAGE_LEVEL;
}

static int map_one(struct cca_realm *realm, struct cca_region *region, u64 ipa,
		   int level, struct cca_outcome *out)
{
	const u64 base = ALIGN_DOWN(ipa, cca_rtt_size(level));
	u64 next;

	return map_some(realm, region, base, base + cca_rtt_size(level), level,
			&next, out);
}

/*
 * Memory that is DESTROYED faults for ever, whatever is mapped there (F.4): that
 * shows when it faults again.
 */
int cca_private_fault(struct cca_realm *realm, struct cca_region *region,
		      u64 ipa, u64 esr, bool *cured, struct cca_outcome *out)
{
	const u64 page = ALIGN_DOWN(ipa, RMI_GRANULE_SIZE);
	struct cca_outcome attempt = *out;
	struct rmi_rtt_entry entry;
	int ret = 0;

	*cured = true;
	/* A fault may be older than the block that cures it, which is not broken for it. */
	if (realm->giants) {
		ret = cca_rtt_look(realm, page, &entry, out);
		if (ret)
			return ret;
		*cured = entry.ripas == RMI_RIPAS_RAM;
		if (!vacant(&entry))
			return 0;
	}
	if (!stopped_at_page(esr) &&
	    block_fits(region, ALIGN_DOWN(page, CCA_BLOCK_BYTES), region->top)) {
		/* Most failures here decide nothing: what counts is the page. */
		ret = map_one(realm, region, page, CCA_BLOCK_LEVEL, &attempt);
		out->rmi_calls = attempt.rmi_calls;
		if (!ret || ret == -EINTR || ret == -ENOTRECOVERABLE ||
		    attempt.reason == CCA_REASON_RMI_PROTOCOL) {
			*out = attempt;
			return ret;
		}
	}
	if (!cca_is_rtt(ret)) {
		ret = map_one(realm, region, page, CCA_PAGE_LEVEL, out);
		if (!cca_is_rtt(ret))
			return ret;
	}
	/* It is mapped, perhaps in vain; or what was hoped for cannot be there. */
	ret = cca_rtt_look(realm, page, &entry, out);
	if (ret)
		return ret;
	*cured = entry.ripas == RMI_RIPAS_RAM;
	return vacant(&entry) ? map_one(realm, region, page, CCA_PAGE_LEVEL, out) : 0;
}
