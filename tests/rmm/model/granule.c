// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granules: who owns each page of conventional memory (F.1), and the two
 * commands that move pages between the worlds (C.3).
 */
#include <string.h>

#include "model.h"

static bool in_memory(const struct rmm_memory *m, uint64_t pa)
{
	return pa >= m->base && pa - m->base < m->size;
}

/* NULL unless it is an aligned address of memory that the RMM tracks. */
uint8_t *granule_find(struct rmm *rmm, uint64_t pa)
{
	if (!IS_ALIGNED_TO(pa, GRANULE_SIZE) ||
	    in_memory(&rmm->config.carveout, pa))
		return NULL;
	for (unsigned int i = 0; i < rmm->bank_count; i++) {
		struct rmm_bank *b = &rmm->banks[i];

		if (pa >= b->base && (pa - b->base) >> GRANULE_SHIFT < b->count)
			return &b->states[(pa - b->base) >> GRANULE_SHIFT];
	}
	return NULL;
}

bool granule_is(struct rmm *rmm, uint64_t pa, enum granule_state state)
{
	const uint8_t *g = granule_find(rmm, pa);

	return g && *g == state;
}

void granule_set(struct rmm *rmm, uint64_t pa, enum granule_state state)
{
	uint8_t *g = granule_find(rmm, pa);

	if (!g)
		return;
	if (*g == GRANULE_NS && state != GRANULE_NS)
		rmm->not_ns++;
	else if (*g != GRANULE_NS && state == GRANULE_NS)
		rmm->not_ns--;
	*g = state;
}

bool granule_move(struct rmm *rmm, uint64_t pa, enum granule_state from,
		  enum granule_state to)
{
	if (!granule_is(rmm, pa, from))
		return false;
	granule_set(rmm, pa, to);
	return true;
}

void granule_release(struct rmm *rmm, uint64_t pa)
{
	rmm_plat_scrub(rmm, pa);
	granule_set(rmm, pa, GRANULE_DELEGATED);
}

bool granule_to_realm(struct rmm *rmm, uint64_t pa, enum granule_state state)
{
	if (!granule_is(rmm, pa, GRANULE_NS) ||
	    !rmm_plat_gpi_set(rmm, pa, 1, true))
		return false;
	granule_set(rmm, pa, state);
	return true;
}

void granule_to_ns(struct rmm *rmm, uint64_t pa)
{
	rmm_plat_scrub(rmm, pa);
	if (rmm_plat_gpi_set(rmm, pa, 1, false))
		granule_set(rmm, pa, GRANULE_NS);
}

bool ns_page_read(struct rmm *rmm, uint64_t pa, void *to, size_t size)
{
	return granule_is(rmm, pa, GRANULE_NS) &&
	       rmm_plat_ns_read(rmm, to, pa, size);
}

/* How many granules from base on are in one state, up to a limit. */
static uint64_t run_length(struct rmm *rmm, uint64_t base, uint64_t limit,
			   uint8_t state)
{
	uint64_t n = 0;

	while (n < limit && granule_is(rmm, base + n * GRANULE_SIZE, state))
		n++;
	return n;
}

/* Move one run; how many granules went. */
static uint64_t move_run(struct rmm *rmm, uint64_t base, uint64_t limit,
			 bool realm)
{
	uint8_t from = realm ? GRANULE_NS : GRANULE_DELEGATED;
	uint64_t n = run_length(rmm, base, limit, from);

	if (!n)
		return 0;
	for (uint64_t i = 0; i < n && !realm; i++)
		rmm_plat_scrub(rmm, base + i * GRANULE_SIZE);
	if (!rmm_plat_gpi_set(rmm, base, n, realm))
		return 0;
	for (uint64_t i = 0; i < n; i++)
		granule_set(rmm, base + i * GRANULE_SIZE,
			    realm ? GRANULE_DELEGATED : GRANULE_NS);
	return n;
}

/*
 * july moves exactly one granule and refuses one that is there already. bet3
 * moves one contiguous run within one region, stepping over what is there.
 */
static uint64_t change_range(struct rmm *rmm, struct rmm_call *call, bool realm)
{
	const struct rmm_traits *t = rmm->traits;
	uint64_t base = call->x[1], top = call->x[2], at = base, status;
	uint8_t done = realm ? GRANULE_DELEGATED : GRANULE_NS;

	call->out[1] = base;
	if (!IS_ALIGNED_TO(base, GRANULE_SIZE) ||
	    !IS_ALIGNED_TO(top, GRANULE_SIZE) || top <= base ||
	    top - base < GRANULE_SIZE)
		return RMI_ERROR_INPUT;
	if (!t->delegates_ranges) {
		top = base + GRANULE_SIZE;
	} else if (top > ALIGN_DOWN_TO(base, REGION_SIZE) + REGION_SIZE) {
		top = ALIGN_DOWN_TO(base, REGION_SIZE) + REGION_SIZE;
	}
	if (granule_find(rmm, base)) {
		status = region_check(rmm, base);
		if (status != RMI_SUCCESS)
			return status;
	}
	if (t->delegate_is_idempotent)
		at += run_length(rmm, at, (top - at) >> GRANULE_SHIFT, done)
			<< GRANULE_SHIFT;
	at += move_run(rmm, at, (top - at) >> GRANULE_SHIFT, realm)
		<< GRANULE_SHIFT;
	call->out[1] = at;
	return at == base ? RMI_ERROR_INPUT : RMI_SUCCESS;
}

RMI_HANDLER(rmi_granule_range_delegate)
{
	return change_range(rmm, call, true);
}

RMI_HANDLER(rmi_granule_range_undelegate)
{
	return change_range(rmm, call, false);
}
