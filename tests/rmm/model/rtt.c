// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realm translation tables: real stage-2 tables in the host's granules, which
 * the MMU walks while the realm runs (C.6, F.4).
 *
 * Roots may be concatenated; each of them counts as a table of its own. Live
 * entries are found by looking, not by counting.
 */
#include <string.h>

#include "model.h"

#define ENTRY_TYPE_MASK		(uint64_t)3
#define NS_ATTR_MASK		(((uint64_t)7 << S2_MEMATTR_SHIFT) | \
				 S2_S2AP_READ | S2_S2AP_WRITE)

/* The MMU of another CPU may be reading: one store, and in order. */
void rtt_write(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_SEQ_CST);
}

bool s2_is_table(uint64_t entry, int level)
{
	return level < S2_LEAF_LEVEL && (entry & ENTRY_TYPE_MASK) == S2_TABLE;
}

bool s2_is_assigned(uint64_t entry, int level)
{
	if (s2_is_table(entry, level))
		return false;
	return entry & (S2_VALID | S2_ASSIGNED);
}

bool s2_is_ns(uint64_t entry)
{
	return entry & S2_NS;
}

/* Of a protected entry that is no table. */
unsigned int s2_ripas(uint64_t entry, int level)
{
	if (s2_is_table(entry, level) || s2_is_ns(entry))
		return RMI_RIPAS_EMPTY;
	if (entry & S2_VALID)
		return RMI_RIPAS_RAM;
	return (entry & S2_RIPAS_MASK) >> S2_RIPAS_SHIFT;
}

static uint64_t leaf_type(int level)
{
	return level == S2_LEAF_LEVEL ? S2_PAGE : S2_BLOCK;
}

/* Only RAM with a page is visible to the MMU. */
uint64_t s2_protected(uint64_t pa, int level, unsigned int ripas, bool assigned)
{
	if (assigned && ripas == RMI_RIPAS_RAM)
		return pa | leaf_type(level) | S2_AF | S2_SH_INNER |
		       S2_S2AP_READ | S2_S2AP_WRITE |
		       (uint64_t)RMI_UNPROT_MEMATTR_NORMAL_WB
		       << S2_MEMATTR_SHIFT;
	return (uint64_t)ripas << S2_RIPAS_SHIFT |
	       (assigned ? pa | S2_ASSIGNED : 0);
}

/* Memory attributes and permissions are the host's; never executable. */
uint64_t s2_shared(uint64_t pa, int level, uint64_t flags)
{
	uint64_t entry = pa | leaf_type(level) | S2_AF | S2_SH_INNER | S2_XN |
			 S2_NS;

	entry |= (flags >> 16 & 7) << S2_MEMATTR_SHIFT;
	if (flags & BIT64(19))
		entry |= S2_S2AP_WRITE;
	if (flags & BIT64(20))
		entry |= S2_S2AP_READ;
	return entry;
}

/* What keeps a table from being destroyed: shared mappings do not. */
static bool entry_live(uint64_t entry, int level)
{
	return s2_is_table(entry, level) ||
	       (s2_is_assigned(entry, level) && !s2_is_ns(entry));
}

static bool table_live(const uint64_t *table, int level)
{
	for (unsigned int i = 0; i < S2_ENTRIES; i++)
		if (entry_live(table[i], level))
			return true;
	return false;
}

bool rtt_roots_live(struct rmm *rmm, const struct realm *realm)
{
	for (uint32_t n = 0; n < realm->root_count; n++)
		if (table_live(rmm_plat_granule(rmm, realm->root +
						n * GRANULE_SIZE),
			       realm->start_level))
			return true;
	return false;
}

/* As deep as there are tables, but no deeper than level. */
void rtt_walk(struct rmm *rmm, const struct realm *realm, uint64_t ipa,
	      int level, struct walk *walk)
{
	uint64_t n = ipa / level_size(realm->start_level);

	walk->level = realm->start_level;
	walk->table = rmm_plat_granule(rmm, realm->root +
				       (n / S2_ENTRIES) * GRANULE_SIZE);
	walk->index = n % S2_ENTRIES;
	walk->entry = walk->table[walk->index];
	while (walk->level < level && s2_is_table(walk->entry, walk->level)) {
		walk->table = rmm_plat_granule(rmm, walk->entry & S2_PA_MASK);
		walk->level++;
		walk->index = (ipa / level_size(walk->level)) % S2_ENTRIES;
		walk->entry = walk->table[walk->index];
	}
}

struct ipa_page rtt_ipa_page(struct rmm *rmm, const struct realm *realm,
			     uint64_t ipa)
{
	struct ipa_page page = { .page = NULL };
	struct walk walk;
	uint64_t offset;

	rtt_walk(rmm, realm, ipa, S2_LEAF_LEVEL, &walk);
	page.level = walk.level;
	page.ripas = s2_ripas(walk.entry, walk.level);
	if (page.ripas == RMI_RIPAS_RAM &&
	    s2_is_assigned(walk.entry, walk.level)) {
		offset = ALIGN_DOWN_TO(ipa & (level_size(walk.level) - 1),
				       GRANULE_SIZE);
		page.page = rmm_plat_granule(rmm, (walk.entry & S2_PA_MASK) +
					     offset);
	}
	return page;
}

/* End of the range of one RIPAS, within one table. */
uint64_t rtt_ripas_top(struct rmm *rmm, const struct realm *realm,
		       uint64_t base, uint64_t top, unsigned int *ripas)
{
	struct walk walk;
	uint64_t at, size;

	rtt_walk(rmm, realm, base, S2_LEAF_LEVEL, &walk);
	size = level_size(walk.level);
	*ripas = s2_ripas(walk.entry, walk.level);
	at = ALIGN_DOWN_TO(base, size);
	for (unsigned int i = walk.index; i < S2_ENTRIES && at < top; i++) {
		if (s2_is_table(walk.table[i], walk.level) ||
		    s2_ripas(walk.table[i], walk.level) != *ripas)
			break;
		at += size;
	}
	return at < top ? at : top;
}

/*
 * Where a host that destroys tables goes on: the next live entry of this table,
 * else its end, which may lie beyond the IPA space (L.2.1). Shared mappings do
 * count here.
 */
static uint64_t skip_non_live(const struct walk *walk, uint64_t ipa)
{
	uint64_t size = level_size(walk->level);
	uint64_t at = ALIGN_DOWN_TO(ipa, size);

	for (unsigned int i = walk->index; i < S2_ENTRIES; i++) {
		if (s2_is_table(walk->table[i], walk->level) ||
		    s2_is_assigned(walk->table[i], walk->level))
			break;
		at += size;
	}
	return at;
}

/* Of a command about the table at `level` that covers ipa. */
static bool table_args_valid(const struct realm *realm, uint64_t ipa,
			     uint64_t level)
{
	if ((int64_t)level <= realm->start_level || (int64_t)level > 3)
		return false;
	return ipa < realm_ipa_size(realm) &&
	       IS_ALIGNED_TO(ipa, level_size((int)level - 1));
}

/* The children of a leaf: what it was, 512 times. */
static void unfold(uint64_t *table, uint64_t parent, int level)
{
	uint64_t size = level_size(level), step = 0, entry = parent;

	if (s2_is_assigned(parent, level - 1)) {
		step = size;
		if (parent & S2_VALID)
			entry = (parent & ~ENTRY_TYPE_MASK) | leaf_type(level);
	}
	for (unsigned int i = 0; i < S2_ENTRIES; i++)
		table[i] = entry + i * step;
}

/* Break before make. */
static void replace(struct rmm *rmm, const struct realm *realm,
		    struct walk *walk, uint64_t ipa, uint64_t entry)
{
	uint64_t size = level_size(walk->level);

	if (walk->entry & S2_VALID) {
		rtt_write(&walk->table[walk->index], walk->entry & S2_NS);
		rmm_plat_tlbi(rmm, realm->vttbr, ALIGN_DOWN_TO(ipa, size), size);
	}
	rtt_write(&walk->table[walk->index], entry);
}

RMI_HANDLER(rmi_rtt_create)
{
	uint64_t rtt = call->x[2], ipa = call->x[3], level = call->x[4];
	struct realm *realm = realm_find(rmm, call->x[1]);
	struct walk walk;

	if (!realm || !granule_is(rmm, rtt, GRANULE_DELEGATED) ||
	    !table_args_valid(realm, ipa, level))
		return RMI_ERROR_INPUT;
	rtt_walk(rmm, realm, ipa, (int)level - 1, &walk);
	if (walk.level != (int)level - 1 || s2_is_table(walk.entry, walk.level))
		return rtt_error(walk.level);
	unfold(rmm_plat_granule(rmm, rtt), walk.entry, (int)level);
	granule_set(rmm, rtt, GRANULE_RTT);
	replace(rmm, realm, &walk, ipa, rtt | S2_TABLE);
	return RMI_SUCCESS;
}

/* A protected range without its table is DESTROYED: the realm shall notice. */
RMI_HANDLER(rmi_rtt_destroy)
{
	uint64_t ipa = call->x[2], level = call->x[3], rtt, entry;
	struct realm *realm = realm_find(rmm, call->x[1]);
	struct walk walk;

	if (!realm || !table_args_valid(realm, ipa, level))
		return RMI_ERROR_INPUT;
	rtt_walk(rmm, realm, ipa, (int)level - 1, &walk);
	if (walk.level != (int)level - 1 || !s2_is_table(walk.entry, walk.level)) {
		call->out[2] = skip_non_live(&walk, ipa);
		return rtt_error(walk.level);
	}
	rtt = walk.entry & S2_PA_MASK;
	if (table_live(rmm_plat_granule(rmm, rtt), (int)level)) {
		call->out[2] = ipa;
		return rtt_error((int)level);
	}
	entry = ipa < realm_par_size(realm) ?
		s2_protected(0, walk.level, RMI_RIPAS_DESTROYED, false) : S2_NS;
	replace(rmm, realm, &walk, ipa, entry);
	granule_release(rmm, rtt);
	call->out[1] = rtt;
	call->out[2] = skip_non_live(&walk, ipa);
	return RMI_SUCCESS;
}

/*
 * The leaf that says what all 512 entries say, if they do: unassigned alike,
 * or one aligned, contiguous block of one kind. No block at level 0.
 */
static bool fold_entry(const uint64_t *table, int level, uint64_t *parent)
{
	uint64_t first = table[0], step = 0;

	if (s2_is_table(first, level))
		return false;
	if (s2_is_assigned(first, level)) {
		step = level_size(level);
		if (!IS_ALIGNED_TO(first & S2_PA_MASK, level_size(level - 1)))
			return false;
	}
	for (unsigned int i = 1; i < S2_ENTRIES; i++)
		if (table[i] != first + i * step)
			return false;
	*parent = first;
	if (first & S2_VALID)
		*parent = (first & ~ENTRY_TYPE_MASK) | S2_BLOCK;
	return true;
}

RMI_HANDLER(rmi_rtt_fold)
{
	uint64_t ipa = call->x[2], level = call->x[3], rtt, parent;
	struct realm *realm = realm_find(rmm, call->x[1]);
	struct walk walk;

	if (!realm || !table_args_valid(realm, ipa, level))
		return RMI_ERROR_INPUT;
	rtt_walk(rmm, realm, ipa, (int)level - 1, &walk);
	if (walk.level != (int)level - 1 || !s2_is_table(walk.entry, walk.level))
		return rtt_error(walk.level);
	rtt = walk.entry & S2_PA_MASK;
	if (!fold_entry(rmm_plat_granule(rmm, rtt), (int)level, &parent))
		return rtt_error((int)level);
	if ((int)level <= 1 && s2_is_assigned(parent, (int)level - 1))
		return rtt_error((int)level - 1);
	replace(rmm, realm, &walk, ipa, parent);
	granule_release(rmm, rtt);
	call->out[1] = rtt;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_rtt_read_entry)
{
	uint64_t ipa = call->x[2], level = call->x[3];
	struct realm *realm = realm_find(rmm, call->x[1]);
	struct walk walk;

	if (!realm || (int64_t)level < realm->start_level ||
	    (int64_t)level > S2_LEAF_LEVEL || ipa >= realm_ipa_size(realm) ||
	    !IS_ALIGNED_TO(ipa, level_size((int)level)))
		return RMI_ERROR_INPUT;
	rtt_walk(rmm, realm, ipa, (int)level, &walk);
	call->out[1] = walk.level;
	call->out[4] = s2_ripas(walk.entry, walk.level);
	if (s2_is_table(walk.entry, walk.level)) {
		call->out[2] = RMI_ENTRY_TABLE;
		call->out[3] = walk.entry & S2_PA_MASK;
	} else if (s2_is_assigned(walk.entry, walk.level)) {
		call->out[2] = RMI_ENTRY_ASSIGNED;
		call->out[3] = walk.entry & S2_PA_MASK;
		if (s2_is_ns(walk.entry))
			call->out[3] |= walk.entry & NS_ATTR_MASK;
	}
	return RMI_SUCCESS;
}
