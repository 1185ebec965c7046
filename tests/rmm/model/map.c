// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping and unmapping: a realm's own pages, and the host's at shared
 * addresses (C.8, L.2.8 to L.2.11).
 *
 * A call works within one leaf table. Whatever stops it, progress is SUCCESS;
 * an error means that nothing was done.
 */
#include <string.h>

#include "model.h"

#define OADDR_TYPE(flags)	((flags) & 3)
#define OADDR_COUNT(flags)	(((flags) >> 2) & 0x3fff)
#define LIST_ENTRIES		(GRANULE_SIZE / 8)
#define MEMATTR(flags)		(((flags) >> 16) & 7)
#define MEMATTR_RESERVED	4
#define S2AP(flags)		(((flags) >> 19) & 0xf)
#define S2AP_MAX		3

/* Where the pages of a map call come from, one block at a time. */
struct source {
	struct rmm *rmm;
	unsigned int state;	/* that each descriptor must have, if checked */
	bool check_state;
	unsigned int block;	/* size code of the first descriptor */
	uint64_t list;		/* PA of the entries not read yet */
	uint64_t entries;
	uint64_t pa;		/* rest of the current descriptor */
	uint64_t blocks;
};

enum next { NEXT_BLOCK, NEXT_OTHER_LEVEL, NEXT_BAD, NEXT_END };

static bool state_ok(const struct source *s, uint64_t desc)
{
	const struct rmm_traits *t = s->rmm->traits;

	return !s->check_state ||
	       (desc >> t->addr_state_shift & t->addr_state_mask) == s->state;
}

static void take(struct source *s, uint64_t desc)
{
	s->pa = RMI_ADDR_PA(desc);
	s->blocks = RMI_ADDR_COUNT(desc);
}

/* SINGLE ignores the count in the flags; LIST needs one, cut at its page. */
static uint64_t source_open(struct source *s, uint64_t flags, uint64_t oaddr)
{
	uint64_t desc = oaddr, room;

	switch (OADDR_TYPE(flags)) {
	case RMI_OADDR_SINGLE:
		if (!RMI_ADDR_COUNT(oaddr))
			return RMI_ERROR_INPUT;
		break;
	case RMI_OADDR_LIST:
		room = LIST_ENTRIES - (oaddr & GRANULE_MASK) / 8;
		s->entries = OADDR_COUNT(flags) < room ? OADDR_COUNT(flags) : room;
		if (!s->entries || !IS_ALIGNED_TO(oaddr, 8) ||
		    !granule_is(s->rmm, ALIGN_DOWN_TO(oaddr, GRANULE_SIZE),
				GRANULE_NS) ||
		    !rmm_plat_ns_read(s->rmm, &desc, oaddr, sizeof(desc)))
			return RMI_ERROR_INPUT;
		s->list = oaddr + 8;
		s->entries--;
		break;
	default:
		return RMI_ERROR_INPUT;
	}
	s->block = RMI_ADDR_BLOCK(desc);
	if (s->block > 2 || !state_ok(s, desc))
		return RMI_ERROR_INPUT;
	take(s, desc);
	return RMI_SUCCESS;
}

/* Empty descriptors are passed over; another size or state ends the run. */
static enum next source_next(struct source *s, uint64_t *pa)
{
	uint64_t desc;

	while (!s->blocks) {
		if (!s->entries)
			return NEXT_END;
		if (!rmm_plat_ns_read(s->rmm, &desc, s->list, sizeof(desc)))
			return NEXT_BAD;
		s->list += 8;
		s->entries--;
		if (!RMI_ADDR_COUNT(desc))
			continue;
		if (RMI_ADDR_BLOCK(desc) != s->block)
			return NEXT_OTHER_LEVEL;
		if (!state_ok(s, desc))
			return NEXT_BAD;
		take(s, desc);
	}
	*pa = s->pa;
	s->pa += BIT64(RMI_BLOCK_SHIFT(s->block));
	s->blocks--;
	return NEXT_BLOCK;
}

/* Put one block into one entry. */
struct map {
	struct rmm *rmm;
	struct realm *realm;
	uint64_t flags;
	int level;
	uint64_t (*entry)(struct map *m, uint64_t *slot, uint64_t pa);
};

/* All granules of a block, or none. */
static bool data_claim(struct rmm *rmm, uint64_t pa, uint64_t count)
{
	uint64_t n;

	for (n = 0; n < count; n++)
		if (!granule_move(rmm, pa + n * GRANULE_SIZE,
				  GRANULE_DELEGATED, GRANULE_DATA))
			break;
	if (n == count)
		return true;
	while (n--)
		granule_set(rmm, pa + n * GRANULE_SIZE, GRANULE_DELEGATED);
	return false;
}

static uint64_t map_data_entry(struct map *m, uint64_t *slot, uint64_t pa)
{
	uint64_t old = *slot, count = level_size(m->level) >> GRANULE_SHIFT;

	if (s2_is_table(old, m->level))
		return rtt_error(m->level);
	if (s2_is_assigned(old, m->level))
		return (old & S2_PA_MASK) == pa ? RMI_SUCCESS
						: rtt_error(m->level);
	if (!data_claim(m->rmm, pa, count))
		return RMI_ERROR_INPUT;
	for (uint64_t n = 0; n < count; n++)
		rmm_plat_scrub(m->rmm, pa + n * GRANULE_SIZE);
	rtt_write(slot, s2_protected(pa, m->level, s2_ripas(old, m->level), true));
	return RMI_SUCCESS;
}

static uint64_t map_shared_entry(struct map *m, uint64_t *slot, uint64_t pa)
{
	uint64_t entry = s2_shared(pa, m->level, m->flags);

	if (pa & ~S2_PA_MASK)	/* no LPA2 */
		return RMI_ERROR_INPUT;
	if (*slot == entry)
		return RMI_SUCCESS;
	if (s2_is_table(*slot, m->level) || s2_is_assigned(*slot, m->level))
		return rtt_error(m->level);
	rtt_write(slot, entry);
	return RMI_SUCCESS;
}

static uint64_t map_blocks(struct map *m, struct source *s, struct walk *walk,
			   uint64_t base, uint64_t top, uint64_t *out)
{
	uint64_t size = level_size(m->level), at = base, pa, status = RMI_SUCCESS;

	for (unsigned int i = walk->index;
	     i < S2_ENTRIES && top - at >= size && status == RMI_SUCCESS; i++) {
		switch (source_next(s, &pa)) {
		case NEXT_BLOCK:
			status = IS_ALIGNED_TO(pa, size) ?
				m->entry(m, &walk->table[i], pa) :
				RMI_ERROR_INPUT;
			break;
		case NEXT_OTHER_LEVEL:
			status = rtt_error(m->level);
			break;
		default:
			status = RMI_ERROR_INPUT;
		}
		if (status == RMI_SUCCESS)
			at += size;
	}
	if (at == base)
		return status == RMI_SUCCESS ? rtt_error(m->level) : status;
	*out = at;
	return RMI_SUCCESS;
}

static bool in_half(const struct realm *realm, uint64_t base, uint64_t top,
		    bool protected)
{
	uint64_t par = realm_par_size(realm);

	if (protected)
		return base < par && top <= par;
	return base >= par && top <= realm_ipa_size(realm);
}

static uint64_t map_range(struct rmm *rmm, struct rmm_call *call, bool protected)
{
	uint64_t base = call->x[2], top = call->x[3], flags = call->x[4], status;
	struct source source = {
		.rmm = rmm,
		.check_state = protected || rmm->traits->unprot_checks_state,
		.state = protected ? RMI_MEM_DELEGATED : RMI_MEM_UNDELEGATED,
	};
	struct map map = {
		.rmm = rmm,
		.realm = realm_find(rmm, call->x[1]),
		.flags = flags,
		.entry = protected ? map_data_entry : map_shared_entry,
	};
	struct walk walk;

	if (!map.realm)
		return RMI_ERROR_INPUT;
	if (map.realm->state != REALM_NEW && map.realm->state != REALM_ACTIVE)
		return RMI_ERROR_REALM;
	if (top <= base)
		return RMI_ERROR_INPUT;
	if (!protected && (MEMATTR(flags) == MEMATTR_RESERVED ||
			   S2AP(flags) > S2AP_MAX))
		return RMI_ERROR_INPUT;
	status = source_open(&source, flags, call->x[5]);
	if (status != RMI_SUCCESS)
		return status;
	map.level = S2_LEAF_LEVEL - (int)source.block;
	if (map.level < map.realm->start_level ||
	    !IS_ALIGNED_TO(base, level_size(map.level)) ||
	    !IS_ALIGNED_TO(top, GRANULE_SIZE) ||
	    !in_half(map.realm, base, top, protected))
		return RMI_ERROR_INPUT;
	if (top - base < level_size(map.level))
		return rtt_error(map.level);
	rtt_walk(rmm, map.realm, base, map.level, &walk);
	if (walk.level != map.level)
		return rtt_error(walk.level);
	return map_blocks(&map, &source, &walk, base, top, &call->out[1]);
}

RMI_HANDLER(rmi_rtt_data_map)
{
	uint64_t status = sro_room(rmm, call);

	return status == RMI_SUCCESS ? map_range(rmm, call, true) : status;
}

RMI_HANDLER(rmi_rtt_unprot_map)
{
	return map_range(rmm, call, false);
}

RMI_HANDLER(rmi_rtt_data_map_init)
{
	uint64_t data = call->x[2], ipa = call->x[3], src = call->x[4];
	uint64_t flags = call->x[5];
	struct realm *realm;
	struct walk walk;
	void *page;

	if ((flags & ~RMI_DATA_MAP_INIT_MEASURE) || data == call->x[1] ||
	    !granule_is(rmm, src, GRANULE_NS))
		return RMI_ERROR_INPUT;
	realm = realm_find(rmm, call->x[1]);
	if (!realm)
		return RMI_ERROR_INPUT;
	if (realm->state != REALM_NEW)
		return RMI_ERROR_REALM;
	if (!IS_ALIGNED_TO(ipa, GRANULE_SIZE) || ipa >= realm_par_size(realm))
		return RMI_ERROR_INPUT;
	rtt_walk(rmm, realm, ipa, S2_LEAF_LEVEL, &walk);
	if (walk.level != S2_LEAF_LEVEL || s2_is_assigned(walk.entry, walk.level))
		return rtt_error(walk.level);
	if (!granule_is(rmm, data, GRANULE_DELEGATED))
		return RMI_ERROR_INPUT;
	page = rmm_plat_granule(rmm, data);
	if (!rmm_plat_ns_read(rmm, page, src, GRANULE_SIZE)) {
		rmm_plat_scrub(rmm, data);
		return RMI_ERROR_INPUT;
	}
	measure_data(realm, ipa, flags, page);
	granule_set(rmm, data, GRANULE_DATA);
	rtt_write(&walk.table[walk.index],
		  s2_protected(data, S2_LEAF_LEVEL, RMI_RIPAS_RAM, true));
	return RMI_SUCCESS;
}

/* Where the pages of an unmap call go. */
struct sink {
	unsigned int type;	/* RMI_OADDR_* */
	unsigned int block;	/* size code of all of them */
	uint64_t state;		/* of the descriptors, in place */
	uint64_t capacity;
	uint64_t used;
	uint64_t descs[LIST_ENTRIES];
};

/* At one end of a descriptor, and of the same size. */
static bool sink_merge(struct sink *s, uint64_t pa)
{
	uint64_t size = BIT64(RMI_BLOCK_SHIFT(s->block));

	for (uint64_t i = 0; i < s->used; i++) {
		uint64_t base = RMI_ADDR_PA(s->descs[i]);
		uint64_t count = RMI_ADDR_COUNT(s->descs[i]);
		bool before = pa + size == base;

		if (count == RMI_ADDR_COUNT_MAX ||
		    (!before && pa != base + count * size))
			continue;
		/* A single run only grows upwards, as the walk does. */
		if (before && s->type == RMI_OADDR_SINGLE)
			continue;
		s->descs[i] += 1 << RMI_ADDR_COUNT_SHIFT;
		if (before)
			s->descs[i] -= size;
		return true;
	}
	return false;
}

static bool sink_put(struct sink *s, uint64_t pa)
{
	if (s->type == RMI_OADDR_NONE || sink_merge(s, pa))
		return true;
	if (s->used == s->capacity)
		return false;
	s->descs[s->used++] = RMI_ADDR_DESC(pa, 1, s->block) | s->state;
	return true;
}

static uint64_t sink_open(struct rmm *rmm, struct sink *s, uint64_t flags,
			  uint64_t oaddr, bool protected)
{
	uint64_t room = LIST_ENTRIES - (oaddr & GRANULE_MASK) / 8;

	s->type = OADDR_TYPE(flags);
	s->used = 0;
	s->capacity = 1;
	s->state = 0;
	if (!protected && (s->type == RMI_OADDR_LIST ||
			   rmm->traits->unmap_single_has_state))
		s->state = (uint64_t)RMI_MEM_UNDELEGATED
			   << rmm->traits->addr_state_shift;
	if (s->type == RMI_OADDR_LIST) {
		s->capacity = OADDR_COUNT(flags) < room ? OADDR_COUNT(flags) : room;
		if (!s->capacity || !IS_ALIGNED_TO(oaddr, 8) ||
		    !granule_is(rmm, ALIGN_DOWN_TO(oaddr, GRANULE_SIZE),
				GRANULE_NS))
			return RMI_ERROR_INPUT;
		return RMI_SUCCESS;
	}
	return s->type > RMI_OADDR_LIST || oaddr || OADDR_COUNT(flags) ?
		RMI_ERROR_INPUT : RMI_SUCCESS;
}

/* RAM that the realm loses is DESTROYED to it (F.4). */
static uint64_t unmapped(uint64_t entry, int level)
{
	unsigned int ripas = s2_ripas(entry, level);

	if (s2_is_ns(entry))
		return S2_NS;
	if (ripas == RMI_RIPAS_RAM)
		ripas = RMI_RIPAS_DESTROYED;
	return s2_protected(0, level, ripas, false);
}

/* Entries from base on; where it stopped. The TLB is the caller's business. */
static uint64_t unmap_entries(struct rmm *rmm, struct walk *walk, uint64_t base,
			      uint64_t top, struct sink *sink, bool *changed)
{
	uint64_t size = level_size(walk->level), at = base, entry, pa;

	for (unsigned int i = walk->index;
	     i < S2_ENTRIES && at < top && top - at >= size; i++) {
		entry = walk->table[i];
		if (s2_is_table(entry, walk->level))
			break;
		if (s2_is_assigned(entry, walk->level)) {
			pa = entry & S2_PA_MASK;
			if (!sink_put(sink, pa))
				break;
			rtt_write(&walk->table[i], unmapped(entry, walk->level));
			*changed = true;
			for (uint64_t n = 0; !s2_is_ns(entry) && n < size;
			     n += GRANULE_SIZE)
				granule_set(rmm, pa + n, GRANULE_DELEGATED);
		}
		at += size;
	}
	return at;
}

static uint64_t unmap_range(struct rmm *rmm, struct rmm_call *call,
			    bool protected)
{
	uint64_t base = call->x[2], top = call->x[3], status = sro_room(rmm, call);
	struct realm *realm;
	struct sink sink;
	bool changed = false;
	struct walk walk;
	uint64_t out;

	if (status != RMI_SUCCESS)
		return status;
	realm = realm_find(rmm, call->x[1]);
	if (!realm || !IS_ALIGNED_TO(base, GRANULE_SIZE) ||
	    !IS_ALIGNED_TO(top, GRANULE_SIZE) || base >= top ||
	    !in_half(realm, base, top, protected))
		return RMI_ERROR_INPUT;
	status = sink_open(rmm, &sink, call->x[4], call->x[5], protected);
	if (status != RMI_SUCCESS)
		return status;

	rtt_walk(rmm, realm, base, S2_LEAF_LEVEL, &walk);
	if (!IS_ALIGNED_TO(base, level_size(walk.level)))
		return rtt_error(walk.level);
	sink.block = S2_LEAF_LEVEL - walk.level;
	out = unmap_entries(rmm, &walk, base, top, &sink, &changed);
	if (out == base)
		return rtt_error(walk.level);
	/* Nobody can take the granules back before this command is over. */
	if (changed)
		rmm_plat_tlbi(rmm, realm->vttbr, base, out - base);

	call->out[1] = out;
	if (sink.type == RMI_OADDR_SINGLE)
		call->out[2] = sink.used ? sink.descs[0] : 0;
	else if (sink.used && rmm_plat_ns_write(rmm, call->x[5], sink.descs,
						sink.used * 8))
		call->out[3] = sink.used;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_rtt_data_unmap)
{
	return unmap_range(rmm, call, true);
}

RMI_HANDLER(rmi_rtt_unprot_unmap)
{
	return unmap_range(rmm, call, false);
}
