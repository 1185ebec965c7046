// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realm translation tables: made where something needs them, taken down again.
 *
 * Tables are made one level at a time and only where something needs them, so
 * that 2 MiB blocks stay possible (R26). No shadow of the tables is kept: the
 * RMM knows them, and says at which level its walk stopped.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "arena.h"
#include "object.h"
#include "rmi_cmds.h"

void cca_rtt_geometry(unsigned int ipa_bits, unsigned int pa_bits, int *level,
		      unsigned int *order)
{
	/* Level 1 resolves 39 bits. Level 0 takes more, on machines that have it. */
	*level = ipa_bits > 39 && pa_bits >= 44 ? 0 : 1;
	*order = ipa_bits > 39 && *level == 1 ? ipa_bits - 39 : 0;
}

int cca_rtt_look(struct cca_realm *realm, u64 ipa, struct rmi_rtt_entry *entry,
		 struct cca_outcome *out)
{
	int ret = rmi_rtt_read_entry(out, realm->rd, ipa, CCA_PAGE_LEVEL, entry);

	if (!ret && (entry->level < realm->start_level || entry->level > CCA_PAGE_LEVEL))
		return cca_protocol(out);
	return ret;
}

int cca_rtt_skip(struct cca_realm *realm, u64 *base,
		 struct rmi_rtt_entry *entry, struct cca_outcome *out)
{
	int ret = cca_rtt_look(realm, *base, entry, out);
	u64 size;

	if (ret)
		return ret;
	size = cca_rtt_size(entry->level);
	*base = ALIGN_DOWN(*base, size) + size;
	return 0;
}

void cca_rtt_describe(u64 *list, unsigned int *entries, int level,
		      unsigned int mem_state, phys_addr_t pa)
{
	u64 state = (u64)mem_state << cca_rmm()->traits.addr_state_shift;
	u64 *last = list + *entries - 1;

	if (*entries && RMI_ADDR_COUNT(*last) < RMI_ADDR_COUNT_MAX &&
	    RMI_ADDR_PA(*last) + RMI_ADDR_COUNT(*last) * cca_rtt_size(level) == pa)
		*last += 1 << RMI_ADDR_COUNT_SHIFT;
	else
		list[(*entries)++] = state | RMI_ADDR_DESC(pa, 1, CCA_PAGE_LEVEL - level);
}

int cca_rtt_add_table(struct cca_realm *realm, u64 ipa, int level,
		      struct cca_outcome *out)
{
	phys_addr_t pa;
	int ret;

	ret = cca_realm_take(realm, NULL, 0, &pa, out);
	if (ret)
		return ret;
	ret = rmi_rtt_create(out, realm->rd, pa,
			     ALIGN_DOWN(ipa, cca_rtt_size(level - 1)), level);
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

/*
 * The walk to ipa stopped at `level`: add the table below it. Where a block is
 * in the way, the RMM splits it.
 */
int cca_rtt_deepen(struct cca_realm *realm, u64 ipa, int level,
		   struct cca_outcome *out)
{
	int ret;

	if (level < realm->start_level || level >= CCA_PAGE_LEVEL)
		return cca_protocol(out);

	ret = cca_rtt_add_table(realm, ipa, level + 1, out);
	if (ret)
		return ret;
	realm->tables_at[level + 1]++;
	realm->tables_base = min(realm->tables_base, ipa);
	return 0;
}

static void table_gone(struct cca_realm *realm, int level)
{
	if (!realm->tables_at[level])
		return;
	realm->tables_at[level]--;
	realm->tables--;
}

/*
 * The table of pages at ipa goes if it says 512 times the same: nothing, or the
 * pages of one block. > 0: it does not, or there is none.
 */
int cca_rtt_fold(struct cca_realm *realm, u64 ipa, struct cca_outcome *out)
{
	struct cca_outcome attempt = {};
	phys_addr_t pa;
	int ret;

	ret = rmi_rtt_fold(&attempt, realm->rd, ALIGN_DOWN(ipa, CCA_BLOCK_BYTES),
			   CCA_PAGE_LEVEL, &pa);
	out->rmi_calls += attempt.rmi_calls;
	if (ret)
		return ret;
	cca_granules_put(&realm->account, pa, 1);
	table_gone(realm, CCA_PAGE_LEVEL);
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
				return cca_protocol(out);
			base = next;
			rounds = 0;
			cond_resched();
			continue;
		}
		if (!cca_is_rtt(ret))
			return ret;
		if (rounds++ == CCA_RTT_ROUNDS)
			return cca_protocol(out);
		ret = cca_rtt_deepen(realm, base, RMI_RESULT_LEVEL(ret), out);
		if (ret)
			return ret;
	}
	return 0;
}

/* ------------------------------------------------------------------ unmapping */

/* Distrust the list: only what was in use by this realm is taken back. */
static void take_back(struct cca_realm *realm, const u64 *list, u64 count)
{
	u64 i, granules, size;

	for (i = 0; i < min_t(u64, count, RMI_ADDR_LIST_MAX); i++) {
		if (RMI_ADDR_BLOCK(list[i]) > 2)
			continue;
		granules = RMI_ADDR_COUNT(list[i]) <<
			   (RMI_ADDR_BLOCK(list[i]) * CCA_BLOCK_ORDER);
		if (!granules || !cca_granules_owned(&realm->account,
						     RMI_ADDR_PA(list[i]),
						     granules))
			continue;
		cca_granules_put(&realm->account, RMI_ADDR_PA(list[i]), granules);

		size = granules << RMI_GRANULE_SHIFT;
		realm->mapped -= min(realm->mapped, size);
		if (RMI_ADDR_BLOCK(list[i]))
			realm->blocks -= min(realm->blocks, size);
		if (RMI_ADDR_BLOCK(list[i]) == 2)
			realm->giants -= min(realm->giants, size);
	}
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
	struct rmi_rtt_entry entry;
	u64 next, desc, count;
	int ret = 0;

	/* What is nowhere mapped need not be looked for. */
	while (base < top && realm->mapped && budget--) {
		ret = rmi_rtt_data_unmap(out, &realm->account, realm->rd, base,
					 top, RMI_OADDR_LIST |
					 RMI_OADDR_LIST_COUNT(RMI_ADDR_LIST_MAX),
					 virt_to_phys(realm->list), &next, &desc,
					 &count);
		if (!ret) {
			take_back(realm, realm->list, count);
			if (next <= base)
				return cca_protocol(out);
			base = next;
		} else if (cca_is_rtt(ret)) {
			/* Whoever cuts blocks has split them before. */
			ret = cca_rtt_skip(realm, &base, &entry, out);
		}
		if (ret)
			return ret;
		cca_relax();
	}
	return base < top && realm->mapped ? cca_protocol(out) : 0;
}

/*
 * The same where a block may be in the way: then it is one no more. One of 1 GiB
 * becomes 512 that are blocks as well.
 */
static int split(struct cca_realm *realm, u64 ipa, int level,
		 struct cca_outcome *out)
{
	struct rmi_rtt_entry entry;
	int ret;

	ret = rmi_rtt_read_entry(out, realm->rd, ALIGN_DOWN(ipa, CCA_BLOCK_BYTES),
				 CCA_BLOCK_LEVEL, &entry);
	if (ret)
		return ret;
	ret = cca_rtt_deepen(realm, ipa, level, out);
	if (ret || entry.state != RMI_ENTRY_ASSIGNED || entry.level != level)
		return ret;
	if (level == CCA_BLOCK_LEVEL)
		realm->blocks -= min(realm->blocks, CCA_BLOCK_BYTES);
	if (level == CCA_GIANT_LEVEL)
		realm->giants -= min(realm->giants, CCA_GIANT_BYTES);
	return 0;
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
		if (cca_is_rtt(ret)) {
			level = RMI_RESULT_LEVEL(ret);
			/* Destroyed, and the realm did not say that it knows. */
			if (level == CCA_PAGE_LEVEL)
				return 0;
			if (rounds++ == CCA_RTT_ROUNDS)
				return cca_protocol(out);
			ret = split(realm, base, level, out);
			if (ret)
				return ret;
			continue;
		}
		if (ret)
			return ret;
		if (to <= base || to > top)
			return cca_protocol(out);

		if (ripas == RMI_RIPAS_EMPTY) {
			ret = unmap(realm, base, to, out);
			if (ret)
				return ret;
			realm->ragged = true;
			/* Its last page went: a block fits there again. */
			if (IS_ALIGNED(to, CCA_BLOCK_BYTES) && to - base <= CCA_BLOCK_BYTES)
				(void)cca_rtt_fold(realm, base, out);
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
	u64 size = cca_rtt_size(level - 1);
	u64 budget = 64 + 4 * (realm->tables + (1ULL << realm->root_order));
	u64 ipa = ALIGN_DOWN(realm->tables_base, size);
	phys_addr_t pa;
	u64 next;
	int ret;

	while (realm->tables_at[level] && ipa < top && budget--) {
		ret = rmi_rtt_destroy(out, realm->rd, ipa, level, &pa, &next);
		if (!ret) {
			cca_granules_put(&realm->account, pa, 1);
			table_gone(realm, level);
		} else if (!cca_is_rtt(ret)) {
			return;
		}
		ipa = max(ALIGN_DOWN(next, size), ipa + size);
		cca_relax();
	}
}

void cca_rtt_destroy_all(struct cca_realm *realm, struct cca_outcome *out)
{
	int level;

	for (level = CCA_PAGE_LEVEL; level > realm->start_level; level--)
		destroy_level(realm, level, out);
}
