// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realm translation tables: what the realm's own half of the IPA space maps to.
 *
 * Tables are made one level at a time and only where something needs them, so
 * that 2 MiB blocks stay possible (R26). No shadow of the tables is kept: the
 * RMM knows them, and says at which level its walk stopped.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "object.h"
#include "rmi_cmds.h"

#define PAGE_LEVEL	RMI_LEVEL_LEAF
#define BLOCK_LEVEL	(RMI_LEVEL_LEAF - 1)
#define BLOCK_ORDER	9
#define BLOCK_BYTES	(1ULL << RMI_LEVEL_SHIFT(BLOCK_LEVEL))

/* A walk can be deepened once per level; more tries mean that it does not help. */
#define ROUNDS		4

static u64 level_size(int level)
{
	return 1ULL << RMI_LEVEL_SHIFT(level);
}

static bool is_rtt(int result)
{
	return result > 0 && RMI_STATUS(result) == RMI_ERROR_RTT;
}

static int protocol(struct cca_outcome *out)
{
	return cca_fail(out, CCA_REASON_RMI_PROTOCOL, -EIO);
}

/* Delegating is no command of the realm: its failure is no fault of it. */
static int take(struct cca_realm *realm, struct cca_pool *pool,
		unsigned int order, phys_addr_t *pa, struct cca_outcome *out)
{
	int ret = cca_granules_get(pool, &realm->account, order, pa, out);

	if (ret > 0)
		return cca_rmi_errno(out, ret);
	if (ret == -ENOMEM)
		cca_fail(out, pool ? CCA_REASON_BACKING : CCA_REASON_NO_MEMORY, ret);
	return ret;
}

void cca_rtt_geometry(unsigned int ipa_bits, unsigned int pa_bits, int *level,
		      unsigned int *order)
{
	/* Level 1 resolves 39 bits. Level 0 takes more, on machines that have it. */
	*level = ipa_bits > 39 && pa_bits >= 44 ? 0 : 1;
	*order = ipa_bits > 39 && *level == 1 ? ipa_bits - 39 : 0;
}

/*
 * The walk to ipa stopped at `level`: add the table below it. Where a block is
 * in the way, the RMM splits it.
 */
static int deepen(struct cca_realm *realm, u64 ipa, int level,
		  struct cca_outcome *out)
{
	phys_addr_t pa;
	int ret;

	if (level < realm->start_level || level >= PAGE_LEVEL)
		return protocol(out);

	ret = take(realm, NULL, 0, &pa, out);
	if (ret)
		return ret;
	ret = rmi_rtt_create(out, realm->rd, pa,
			     ALIGN_DOWN(ipa, level_size(level)), level + 1);
	/* Without an end: the RMM may have it. */
	if (ret == -ENOTRECOVERABLE)
		return ret;
	if (ret) {
		cca_granules_put(&realm->account, pa, 1);
		return ret;
	}
	realm->tables++;
	return 0;
}

int cca_rtt_init_ripas(struct cca_realm *realm, u64 base, u64 top,
		       struct cca_outcome *out)
{
	unsigned int rounds = 0;
	u64 next;
	int ret;

	while (base < top) {
		if (signal_pending(current))
			return -EINTR;
		ret = cca_rmm_over(out);
		if (ret)
			return ret;

		ret = rmi_rtt_init_ripas(out, realm->rd, base, top, &next);
		if (!ret) {
			if (next <= base || next > top)
				return protocol(out);
			base = next;
			rounds = 0;
			cond_resched();
			continue;
		}
		if (!is_rtt(ret))
			return ret;
		if (rounds++ == ROUNDS)
			return protocol(out);
		ret = deepen(realm, base, RMI_RESULT_LEVEL(ret), out);
		if (ret)
			return ret;
	}
	return 0;
}

int cca_rtt_populate(struct cca_realm *realm, struct cca_region *region,
		     u64 ipa, phys_addr_t source, u64 flags,
		     struct cca_outcome *out)
{
	unsigned int rounds;
	phys_addr_t pa;
	int ret;

	ret = take(realm, region->memory ? region->memory->pool : NULL, 0, &pa,
		   out);
	if (ret)
		return ret;

	for (rounds = 0; rounds <= ROUNDS; rounds++) {
		ret = rmi_rtt_data_map_init(out, &realm->account, realm->rd, pa,
					    ipa, source, flags);
		if (!ret) {
			realm->mapped += RMI_GRANULE_SIZE;
			return 0;
		}
		if (ret == -ENOTRECOVERABLE)
			return ret;
		if (!is_rtt(ret))
			break;
		/* Nothing but populating maps anything before activation. */
		if (RMI_RESULT_LEVEL(ret) == PAGE_LEVEL) {
			ret = cca_fail(out, CCA_REASON_POPULATED, -EEXIST);
			break;
		}
		ret = deepen(realm, ipa, RMI_RESULT_LEVEL(ret), out);
		if (ret)
			break;
	}
	cca_granules_put(&realm->account, pa, 1);
	return ret;
}

/* Map one page or block of zeros. The tables above it are made on the way. */
static int map(struct cca_realm *realm, struct cca_region *region, u64 ipa,
	       int level, struct cca_outcome *out)
{
	unsigned int order = level == BLOCK_LEVEL ? BLOCK_ORDER : 0;
	u64 size = level_size(level);
	u64 base = ALIGN_DOWN(ipa, size);
	unsigned int rounds;
	phys_addr_t pa;
	u64 next;
	int ret;

	ret = take(realm, region->memory ? region->memory->pool : NULL, order,
		   &pa, out);
	if (ret)
		return ret;

	for (rounds = 0; rounds <= ROUNDS; rounds++) {
		ret = rmi_rtt_data_map(out, &realm->account, realm->rd, base,
				       base + size, RMI_OADDR_SINGLE,
				       RMI_ADDR_DESC(pa, 1, PAGE_LEVEL - level),
				       &next);
		if (!ret) {
			/* It has the granules, wherever it put them. */
			realm->mapped += size;
			if (order)
				realm->blocks += size;
			return next == base + size ? 0 : protocol(out);
		}
		if (ret == -ENOTRECOVERABLE)
			return ret;
		if (!is_rtt(ret) || RMI_RESULT_LEVEL(ret) >= level)
			break;
		ret = deepen(realm, base, RMI_RESULT_LEVEL(ret), out);
		if (ret)
			break;
	}
	cca_granules_put(&realm->account, pa, 1UL << order);
	return ret;
}

static bool block_fits(const struct cca_region *region, u64 ipa)
{
	u64 base = ALIGN_DOWN(ipa, BLOCK_BYTES);

	return base >= region->base && base + BLOCK_BYTES <= region->top;
}

int cca_rtt_fault(struct cca_realm *realm, struct cca_region *region, u64 ipa,
		  bool *cured, struct cca_outcome *out)
{
	u64 page = ALIGN_DOWN(ipa, RMI_GRANULE_SIZE);
	struct cca_outcome block_out;
	struct rmi_rtt_entry entry;
	int ret;

	*cured = false;
	ret = rmi_rtt_read_entry(out, realm->rd, page, PAGE_LEVEL, &entry);
	if (ret)
		return ret;
	/* Destroyed memory faults for ever, whatever is mapped there (F.4). */
	if (entry.ripas != RMI_RIPAS_RAM)
		return 0;
	*cured = true;
	/* Another REC was faster. */
	if (entry.state != RMI_ENTRY_UNASSIGNED)
		return 0;

	if (entry.level < PAGE_LEVEL && block_fits(region, page)) {
		/* A failure here decides nothing: what counts is the page. */
		block_out = *out;
		ret = map(realm, region, page, BLOCK_LEVEL, &block_out);
		out->rmi_calls = block_out.rmi_calls;
		if (!ret || ret == -EINTR) {
			*out = block_out;
			return ret;
		}
	}
	return map(realm, region, page, PAGE_LEVEL, out);
}

/* ------------------------------------------------------------------ unmapping */

/* Distrust the list: only what was in use by this realm is taken back. */
static void take_back(struct cca_realm *realm, const u64 *list, u64 count)
{
	u64 i, granules, size;

	for (i = 0; i < min_t(u64, count, RMI_ADDR_LIST_MAX); i++) {
		if (RMI_ADDR_BLOCK(list[i]) > 1)
			continue;
		granules = RMI_ADDR_COUNT(list[i]) <<
			   (RMI_ADDR_BLOCK(list[i]) * BLOCK_ORDER);
		if (!granules || !cca_granules_owned(&realm->account,
						     RMI_ADDR_PA(list[i]),
						     granules))
			continue;
		cca_granules_put(&realm->account, RMI_ADDR_PA(list[i]), granules);

		size = granules << RMI_GRANULE_SHIFT;
		realm->mapped -= min(realm->mapped, size);
		if (RMI_ADDR_BLOCK(list[i]))
			realm->blocks -= min(realm->blocks, size);
	}
}

/*
 * An error that names a level means a hole, or a block that sticks out (C.8):
 * go on behind that entry. Whoever cuts blocks has split them before.
 */
static int skip(struct cca_realm *realm, u64 *base, struct cca_outcome *out)
{
	struct rmi_rtt_entry entry;
	u64 size;
	int ret;

	ret = rmi_rtt_read_entry(out, realm->rd, *base, PAGE_LEVEL, &entry);
	if (ret)
		return ret;
	if (entry.level < realm->start_level || entry.level > PAGE_LEVEL)
		return protocol(out);
	size = level_size(entry.level);
	*base = ALIGN_DOWN(*base, size) + size;
	return 0;
}

/* Each honest call gives a page back, or gets to the end of a table or a hole. */
static u64 unmap_budget(const struct cca_realm *realm)
{
	return 64 + 2 * ((realm->mapped >> RMI_GRANULE_SHIFT) + realm->tables +
			 (1ULL << realm->root_order));
}

static int unmap(struct cca_realm *realm, u64 base, u64 top,
		 struct cca_outcome *out)
{
	u64 budget = unmap_budget(realm);
	u64 next, desc, count;
	int ret = 0;

	while (base < top && budget--) {
		ret = rmi_rtt_data_unmap(out, &realm->account, realm->rd, base,
					 top, RMI_OADDR_LIST |
					 RMI_OADDR_LIST_COUNT(RMI_ADDR_LIST_MAX),
					 virt_to_phys(realm->list), &next, &desc,
					 &count);
		if (!ret) {
			take_back(realm, realm->list, count);
			if (next <= base)
				return protocol(out);
			base = next;
		} else if (is_rtt(ret)) {
			ret = skip(realm, &base, out);
		}
		if (ret)
			return ret;
		cca_relax();
	}
	return base < top ? protocol(out) : 0;
}

/* The same where a block may be in the way: then it is one no more. */
static int split(struct cca_realm *realm, u64 ipa, int level,
		 struct cca_outcome *out)
{
	struct rmi_rtt_entry entry;
	int ret;

	ret = rmi_rtt_read_entry(out, realm->rd, ALIGN_DOWN(ipa, BLOCK_BYTES),
				 BLOCK_LEVEL, &entry);
	if (ret)
		return ret;
	ret = deepen(realm, ipa, level, out);
	if (!ret && level == BLOCK_LEVEL && entry.level == BLOCK_LEVEL &&
	    entry.state == RMI_ENTRY_ASSIGNED)
		realm->blocks -= min(realm->blocks, BLOCK_BYTES);
	return ret;
}

int cca_rtt_set_ripas(struct cca_realm *realm, phys_addr_t rec, u64 base,
		      u64 top, u32 ripas, u64 *next, struct cca_outcome *out)
{
	unsigned int rounds = 0;
	int level, ret;
	u64 to;

	*next = base;
	while (base < top && !signal_pending(current)) {
		ret = cca_rmm_over(out);
		if (ret)
			return ret;
		ret = rmi_rtt_set_ripas(out, realm->rd, rec, base, top, &to);
		if (is_rtt(ret)) {
			level = RMI_RESULT_LEVEL(ret);
			/* Destroyed, and the realm did not say that it knows. */
			if (level == PAGE_LEVEL)
				return 0;
			if (rounds++ == ROUNDS)
				return protocol(out);
			ret = split(realm, base, level, out);
			if (ret)
				return ret;
			continue;
		}
		if (ret)
			return ret;
		if (to <= base || to > top)
			return protocol(out);

		if (ripas == RMI_RIPAS_EMPTY) {
			ret = unmap(realm, base, to, out);
			if (ret)
				return ret;
		}
		*next = base = to;
		rounds = 0;
		cca_relax();
	}
	return 0;
}

/* ------------------------------------------------------------------ tear-down */

void cca_rtt_unmap_all(struct cca_realm *realm, struct cca_outcome *out)
{
	struct cca_region *region;

	list_for_each_entry(region, &realm->regions, node) {
		if (!realm->mapped)
			break;
		if (unmap(realm, region->base, region->top, out))
			continue;
	}
}

/*
 * One level of tables over the whole half. The RMM says where to look next, and
 * may point behind the IPA space, or at a live table with its own address (L.2-1).
 */
static void destroy_level(struct cca_realm *realm, int level,
			  struct cca_outcome *out)
{
	u64 top = cca_realm_private_top(realm);
	u64 size = level_size(level - 1);
	u64 budget = 64 + 4 * (realm->tables + (1ULL << realm->root_order));
	phys_addr_t pa;
	u64 ipa = 0;
	u64 next;
	int ret;

	while (realm->tables && ipa < top && budget--) {
		ret = rmi_rtt_destroy(out, realm->rd, ipa, level, &pa, &next);
		if (!ret) {
			cca_granules_put(&realm->account, pa, 1);
			realm->tables--;
		} else if (!is_rtt(ret)) {
			return;
		}
		ipa = max(ALIGN_DOWN(next, size), ipa + size);
		cca_relax();
	}
}

void cca_rtt_destroy_all(struct cca_realm *realm, struct cca_outcome *out)
{
	int level;

	for (level = PAGE_LEVEL; level > realm->start_level; level--)
		destroy_level(realm, level, out);
}
