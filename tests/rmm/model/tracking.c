// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracking regions and granule protection tables, by gigabyte (C.3).
 *
 * On july both are static: every region is FINE and has its table. On bet3 a
 * region begins COARSE and without an L1 table; the host donates for both, and
 * takes its memory back the same way.
 */
#include <string.h>

#include "model.h"

#define TRACKING_GRANULES	48
#define GPT_GRANULES		32	/* 128 KiB: 4 bits for each 4 KiB */

struct rmm_region *region_find(struct rmm *rmm, uint64_t pa)
{
	uint64_t n = pa >> REGION_SHIFT;

	return n < rmm->region_count ? &rmm->regions[n] : NULL;
}

void region_init(struct rmm *rmm)
{
	const struct rmm_traits *t = rmm->traits;

	for (uint64_t i = 0; i < rmm->region_count; i++) {
		rmm->regions[i].tracking = RMI_TRACKING_NONE;
		rmm->regions[i].gpt = RMI_GPT_RESERVED;
	}
	for (unsigned int i = 0; i < rmm->bank_count; i++) {
		uint64_t first = rmm->banks[i].base >> REGION_SHIFT;
		uint64_t last = (rmm->banks[i].base +
				 (rmm->banks[i].count << GRANULE_SHIFT) - 1)
				>> REGION_SHIFT;

		for (uint64_t n = first; n <= last; n++) {
			rmm->regions[n].tracking = t->tracks_regions ?
				RMI_TRACKING_COARSE : RMI_TRACKING_FINE;
			rmm->regions[n].gpt = t->host_creates_gpt ?
				RMI_GPT_HOST_NOT_CREATED : RMI_GPT_PLAT;
		}
	}
}

/* Newest RMMs say where: level 1 in 15:8, the page number in 63:16. */
static uint64_t region_error(const struct rmm *rmm, unsigned int status,
			     uint64_t pa)
{
	if (!rmm->traits->status_has_address)
		return status;
	return status | 1u << 8 | (pa >> GRANULE_SHIFT) << 16;
}

uint64_t region_check(struct rmm *rmm, uint64_t pa)
{
	const struct rmm_region *r = region_find(rmm, pa);

	/* Whole regions are not delegated: L0GPT_BLOCK_DELEGATE is 0. */
	if (r->tracking != RMI_TRACKING_FINE)
		return region_error(rmm, RMI_ERROR_TRACKING, pa);
	if (r->gpt == RMI_GPT_HOST_NOT_CREATED)
		return region_error(rmm, RMI_ERROR_GPT, pa);
	return RMI_SUCCESS;
}

/* On july only the first granule is looked at, and X3 is always the top. */
static void tracking_of(struct rmm *rmm, uint64_t pa, uint64_t *category,
			uint64_t *state)
{
	const struct rmm_region *r = region_find(rmm, pa);

	if (granule_find(rmm, pa)) {
		*category = RMI_TRACKING_CONVENTIONAL;
		*state = r->moving ? RMI_TRACKING_INTERMEDIATE : r->tracking;
	} else {
		*category = rmm->traits->tracks_regions ?
			RMI_TRACKING_CATEGORY_NONE : RMI_TRACKING_CONVENTIONAL;
		*state = RMI_TRACKING_NONE;
	}
}

/* Where memory begins or ends after base, if that is before at. */
static uint64_t clip(const struct rmm_memory *m, uint64_t base, uint64_t at)
{
	if (m->base > base && m->base < at)
		at = m->base;
	if (m->base + m->size > base && m->base + m->size < at)
		at = m->base + m->size;
	return at;
}

RMI_HANDLER(rmi_granule_tracking_get)
{
	uint64_t base = call->x[1], top = call->x[2], at;
	uint64_t pa_max = BIT64(rmm->config.pa_bits) - 1;

	if (base > pa_max || top > pa_max || base > top ||
	    top - base < GRANULE_SIZE || !IS_ALIGNED_TO(base, GRANULE_SIZE) ||
	    !IS_ALIGNED_TO(top, GRANULE_SIZE))
		return RMI_ERROR_INPUT;

	tracking_of(rmm, base, &call->out[1], &call->out[2]);
	call->out[3] = top;
	if (!rmm->traits->tracks_regions)
		return RMI_SUCCESS;
	/* The uniform prefix, but no further than one region. */
	at = ALIGN_DOWN_TO(base, REGION_SIZE) + REGION_SIZE;
	if (at > top)
		at = top;
	for (unsigned int i = 0; i < rmm->bank_count; i++)
		at = clip(&rmm->config.dram[i], base, at);
	call->out[3] = clip(&rmm->config.carveout, base, at);
	return RMI_SUCCESS;
}

/* Keep what was donated with the region; the context is given back. */
static void region_keep(struct rmm_region *r, unsigned int which,
			struct rmm_sro *sro)
{
	memcpy(r->pages[which], sro->pages, sro->held * sizeof(uint64_t));
	r->page_count[which] = sro->held;
	sro->held = 0;
	r->moving = false;
}

static void region_end(struct rmm *rmm, struct rmm_sro *sro)
{
	region_find(rmm, sro->call.x[1])->moving = false;
}

/*
 * CONDITIONAL: a page of the region itself has no granule state of its own
 * before it is FINE, so it comes UNDELEGATED; any other must be DELEGATED.
 */
static bool tracking_accepts(struct rmm *rmm, struct rmm_sro *sro, uint64_t pa,
			     unsigned int state)
{
	uint64_t region = sro->call.x[1];

	(void)rmm;
	if (pa >= region && pa - region < REGION_SIZE)
		return state == RMI_MEM_UNDELEGATED;
	return state == RMI_MEM_DELEGATED;
}

static uint64_t tracking_finish(struct rmm *rmm, struct rmm_sro *sro)
{
	struct rmm_region *r = region_find(rmm, sro->call.x[1]);

	region_keep(r, REGION_PAGES_TRACKING, sro);
	r->tracking = RMI_TRACKING_FINE;
	return RMI_SUCCESS;
}

static const struct sro_ops tracking_ops = {
	.claimed = GRANULE_INTERNAL,
	.finish = tracking_finish,
	.end = region_end,
	.accepts = tracking_accepts,
};

static uint64_t gpt_finish(struct rmm *rmm, struct rmm_sro *sro)
{
	struct rmm_region *r = region_find(rmm, sro->call.x[1]);

	region_keep(r, REGION_PAGES_GPT, sro);
	r->gpt = RMI_GPT_HOST_CREATED;
	return RMI_SUCCESS;
}

static const struct sro_ops gpt_ops = {
	.claimed = GRANULE_INTERNAL,
	.finish = gpt_finish,
	.end = region_end,
};

/*
 * Some granule of the region that is neither NS nor the region's own. The GPT's
 * pages are always its own, those that track it only for who ends the tracking.
 */
static bool region_in_use(struct rmm *rmm, uint64_t base,
			  const struct rmm_region *r, bool tracking_too,
			  uint64_t *where)
{
	uint64_t own = 0, used = 0;

	for (unsigned int which = 0; which < 2; which++)
		for (unsigned int i = 0; i < r->page_count[which]; i++)
			own += (which == REGION_PAGES_GPT || tracking_too) &&
			       r->pages[which][i] - base < REGION_SIZE;
	for (uint64_t pa = base; pa < base + REGION_SIZE; pa += GRANULE_SIZE) {
		const uint8_t *g = granule_find(rmm, pa);

		if (!g || *g == GRANULE_NS)
			continue;
		if (*g != GRANULE_INTERNAL || ++used > own) {
			*where = pa;
			return true;
		}
	}
	return false;
}

static uint64_t region_give_back(struct rmm *rmm, struct rmm_call *call,
				 struct rmm_region *r, unsigned int which,
				 const struct sro_ops *ops)
{
	uint64_t status = sro_begin_reclaim(rmm, call, ops, r->pages[which],
					    r->page_count[which]);

	if (RMI_STATUS(status) == RMI_INCOMPLETE) {
		r->page_count[which] = 0;
		r->moving = true;
	}
	return status;
}

static uint64_t leave_fine(struct rmm *rmm, struct rmm_call *call,
			   struct rmm_region *r)
{
	uint64_t status, where;

	if (region_in_use(rmm, call->x[1], r, true, &where))
		return region_error(rmm, RMI_ERROR_TRACKING, where);
	status = region_give_back(rmm, call, r, REGION_PAGES_TRACKING,
				  &tracking_ops);
	if (RMI_STATUS(status) == RMI_INCOMPLETE)
		r->tracking = call->x[3];
	return status;
}

RMI_HANDLER(rmi_granule_tracking_set)
{
	uint64_t addr = call->x[1], category = call->x[2], state = call->x[3];
	struct rmm_region *r = region_find(rmm, addr);
	uint64_t status;

	if (state != RMI_TRACKING_NONE && state != RMI_TRACKING_FINE &&
	    state != RMI_TRACKING_COARSE)
		return RMI_ERROR_INPUT;
	if (!r || !IS_ALIGNED_TO(addr, REGION_SIZE) ||
	    r->gpt == RMI_GPT_RESERVED || category != RMI_TRACKING_CONVENTIONAL)
		return RMI_ERROR_INPUT;
	if (r->moving)
		return RMI_BLOCKED;
	if (r->tracking == state)
		return RMI_SUCCESS;
	if (r->tracking == RMI_TRACKING_FINE)
		return leave_fine(rmm, call, r);
	if (state != RMI_TRACKING_FINE) {
		r->tracking = state;
		return RMI_SUCCESS;
	}
	/* Its own pages are about to change their PAS one by one. */
	if (r->gpt == RMI_GPT_HOST_NOT_CREATED)
		return region_error(rmm, RMI_ERROR_GPT, addr);
	status = sro_begin_donate(rmm, call, &tracking_ops, TRACKING_GRANULES,
				  RMI_MEM_CONDITIONAL, false, true);
	if (RMI_STATUS(status) == RMI_INCOMPLETE)
		r->moving = true;
	return status;
}

RMI_HANDLER(rmi_gpt_l1_create)
{
	uint64_t addr = call->x[1], status;
	struct rmm_region *r = region_find(rmm, addr);

	if (!IS_ALIGNED_TO(addr, REGION_SIZE))
		return RMI_ERROR_INPUT;
	if (!rmm->traits->host_creates_gpt)
		return RMI_ERROR_GPT;
	if (!r || r->gpt == RMI_GPT_RESERVED)
		return RMI_ERROR_INPUT;
	if (r->moving)
		return RMI_BLOCKED;
	if (r->gpt != RMI_GPT_HOST_NOT_CREATED)
		return region_error(rmm, RMI_ERROR_GPT, addr);
	status = sro_begin_donate(rmm, call, &gpt_ops, GPT_GRANULES,
				  RMI_MEM_UNDELEGATED, true, true);
	if (RMI_STATUS(status) == RMI_INCOMPLETE)
		r->moving = true;
	return status;
}

RMI_HANDLER(rmi_gpt_l1_destroy)
{
	uint64_t addr = call->x[1], where, status;
	struct rmm_region *r = region_find(rmm, addr);

	if (!IS_ALIGNED_TO(addr, REGION_SIZE) || !r ||
	    r->gpt == RMI_GPT_RESERVED)
		return RMI_ERROR_INPUT;
	if (r->moving)
		return RMI_BLOCKED;
	if (r->gpt != RMI_GPT_HOST_CREATED)
		return region_error(rmm, RMI_ERROR_GPT, addr);
	if (region_in_use(rmm, addr, r, false, &where))
		return region_error(rmm, RMI_ERROR_GPT, where);
	status = region_give_back(rmm, call, r, REGION_PAGES_GPT, &gpt_ops);
	if (RMI_STATUS(status) == RMI_INCOMPLETE)
		r->gpt = RMI_GPT_HOST_NOT_CREATED;
	return status;
}

/* One gigabyte per call. */
RMI_HANDLER(rmi_gpt_info)
{
	uint64_t base = call->x[1], top = call->x[2];
	const struct rmm_region *r = region_find(rmm, base);

	if (!IS_ALIGNED_TO(base, REGION_SIZE) ||
	    !IS_ALIGNED_TO(top, REGION_SIZE) || top <= base)
		return RMI_ERROR_INPUT;
	call->out[1] = base + REGION_SIZE;
	call->out[2] = r ? r->gpt : RMI_GPT_RESERVED;
	return RMI_SUCCESS;
}
