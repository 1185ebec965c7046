// SPDX-License-Identifier: GPL-2.0-only
/*
 * RIPAS: what the realm may expect of its addresses (C.7, F.4).
 *
 * Both commands work through entries of one leaf table per call, and stop at
 * the first one that they may not change. What they tell is how far they got.
 */
#include "model.h"

struct ripas_change {
	uint8_t to;
	bool destroyed_too;
};

/* EMPTY and RAM may become each other; DESTROYED only if the realm said so. */
static bool may_change(const struct ripas_change *c, unsigned int from)
{
	if (from == RMI_RIPAS_EMPTY || from == RMI_RIPAS_RAM)
		return true;
	return from == RMI_RIPAS_DESTROYED && c->destroyed_too;
}

static void change(struct rmm *rmm, const struct realm *realm, uint64_t *entry,
		   int level, uint64_t ipa, unsigned int to)
{
	uint64_t old = *entry;
	bool assigned = s2_is_assigned(old, level);

	if (s2_ripas(old, level) == to)
		return;
	rtt_write(entry, s2_protected(old & S2_PA_MASK, level, to, assigned));
	if (old & S2_VALID)
		rmm_plat_tlbi(rmm, realm->vttbr, ipa, level_size(level));
}

/* From base on; false if not even the first entry could be changed. */
static bool change_range(struct rmm *rmm, const struct realm *realm,
			 struct walk *walk, uint64_t base, uint64_t top,
			 const struct ripas_change *c, uint64_t *out)
{
	uint64_t size = level_size(walk->level), at = base;

	for (unsigned int i = walk->index; i < S2_ENTRIES && at < top; i++) {
		uint64_t entry = walk->table[i];

		if (s2_is_table(entry, walk->level) || top - at < size ||
		    !may_change(c, s2_ripas(entry, walk->level)))
			break;
		change(rmm, realm, &walk->table[i], walk->level, at, c->to);
		at += size;
	}
	*out = at;
	return at != base;
}

static bool range_valid(const struct realm *realm, uint64_t base, uint64_t top)
{
	return IS_ALIGNED_TO(base, GRANULE_SIZE) &&
	       IS_ALIGNED_TO(top, GRANULE_SIZE) && base < realm_par_size(realm) &&
	       top <= realm_par_size(realm);
}

RMI_HANDLER(rmi_rtt_init_ripas)
{
	static const struct ripas_change to_ram = { .to = RMI_RIPAS_RAM };
	uint64_t base = call->x[2], top = call->x[3];
	struct realm *realm;
	struct walk walk;

	if (top <= base)
		return RMI_ERROR_INPUT;
	realm = realm_find(rmm, call->x[1]);
	if (!realm || !range_valid(realm, base, top))
		return RMI_ERROR_INPUT;
	if (realm->state != REALM_NEW)
		return RMI_ERROR_REALM;
	rtt_walk(rmm, realm, base, S2_LEAF_LEVEL, &walk);
	if (!IS_ALIGNED_TO(base, level_size(walk.level)))
		return rtt_error(walk.level);
	if (!change_range(rmm, realm, &walk, base, top, &to_ram, &call->out[1])) {
		call->out[1] = 0;
		return rtt_error(walk.level);
	}
	return RMI_SUCCESS;
}

/* Only what a REC asked for, from where the last call stopped. */
RMI_HANDLER(rmi_rtt_set_ripas)
{
	uint64_t base = call->x[3], top = call->x[4];
	struct ripas_change c;
	struct realm *realm;
	struct rec *rec;
	struct walk walk;

	if (top <= base || !IS_ALIGNED_TO(base, GRANULE_SIZE) ||
	    !IS_ALIGNED_TO(top, GRANULE_SIZE))
		return RMI_ERROR_INPUT;
	realm = realm_find(rmm, call->x[1]);
	rec = rec_find(rmm, call->x[2]);
	if (!realm || !rec)
		return RMI_ERROR_INPUT;
	if (rec->running || rec->realm != realm->pa)
		return RMI_ERROR_REC;
	if (base != rec->ripas_next || top > rec->ripas_top)
		return RMI_ERROR_INPUT;

	rtt_walk(rmm, realm, base, S2_LEAF_LEVEL, &walk);
	if (!IS_ALIGNED_TO(base, level_size(walk.level)))
		return rtt_error(walk.level);
	c.to = rec->ripas_value;
	c.destroyed_too = rec->ripas_destroyed;
	if (!change_range(rmm, realm, &walk, base, top, &c, &call->out[1])) {
		call->out[1] = 0;
		return rtt_error(walk.level);
	}
	rec->ripas_next = call->out[1];
	return RMI_SUCCESS;
}
