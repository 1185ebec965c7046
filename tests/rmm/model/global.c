// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model as a whole: lay-out of its heap, version, features, configuration
 * and life cycle (sections A, C.3, D.4, D.5).
 */
#include <string.h>

#include "model.h"

#define PA_BITS_MAX	48	/* no LPA2 */

/* The heap in the order of struct rmm's pointers; also measures it. */
static size_t lay_out(const struct rmm_config *config, struct rmm *rmm)
{
	const struct rmm_traits *traits = rmm_traits_of(config->profile);
	uintptr_t heap = (uintptr_t)config->heap;
	size_t at = (sizeof(struct rmm) + 63) & ~(size_t)63;
	uint64_t regions = 0;

	for (unsigned int i = 0; i < config->dram_count; i++) {
		const struct rmm_memory *m = &config->dram[i];
		uint64_t top = m->base + m->size;
		uint64_t count = m->size >> GRANULE_SHIFT;

		if (rmm) {
			rmm->banks[i].base = m->base;
			rmm->banks[i].count = count;
			rmm->banks[i].states = (uint8_t *)(heap + at);
		}
		at += (count + 63) & ~(uint64_t)63;
		if ((top + REGION_SIZE - 1) >> REGION_SHIFT > regions)
			regions = (top + REGION_SIZE - 1) >> REGION_SHIFT;
	}
	if (rmm) {
		rmm->regions = (struct rmm_region *)(heap + at);
		rmm->region_count = regions;
	}
	at += regions * sizeof(struct rmm_region);
	if (rmm)
		rmm->sros = (struct rmm_sro *)(heap + at);
	return at + traits->contexts * sizeof(struct rmm_sro);
}

size_t rmm_heap_size(const struct rmm_config *config)
{
	return lay_out(config, NULL);
}

struct rmm *rmm_init(const struct rmm_config *config)
{
	struct rmm *rmm = config->heap;
	size_t size = rmm_heap_size(config);

	if (config->heap_size < size ||
	    config->dram_count > ARRAY_COUNT(config->dram))
		return NULL;
	memset(rmm, 0, size);
	rmm->config = *config;
	rmm->traits = rmm_traits_of(config->profile);
	rmm->pa_bits = config->pa_bits < PA_BITS_MAX ? config->pa_bits
						     : PA_BITS_MAX;
	rmm->bank_count = config->dram_count;
	lay_out(config, rmm);
	region_init(rmm);
	return rmm;
}

void *rmm_plat_of(struct rmm *rmm)
{
	return rmm->config.plat;
}

/* One version is implemented, so "lower" and "higher" are it (A.2). */
RMI_HANDLER(rmi_version)
{
	call->out[1] = call->out[2] = rmm->traits->version;
	return call->x[1] == rmm->traits->version ? RMI_SUCCESS
						  : RMI_ERROR_INPUT;
}

static uint64_t features_0(const struct rmm *rmm)
{
	uint64_t f = rmm->pa_bits;

	f |= (uint64_t)(rmm->config.num_bps & 0x3f) << 14;
	f |= (uint64_t)(rmm->config.num_wps & 0x3f) << 20;
	if (rmm->config.sve)
		f |= BIT64(9) | (uint64_t)(rmm->config.sve_vl & 0xf) << 10;
	if (rmm->config.pmu)
		f |= BIT64(26) | (uint64_t)(rmm->config.pmu_ctrs & 0x1f) << 27;
	if (rmm->traits->feature_oasz)
		f |= (uint64_t)rmm->pa_bits << 33;
	return f;
}

static uint64_t features_1(const struct rmm *rmm)
{
	const uint64_t gran_4k = BIT64(0), sha256 = BIT64(3), sha384 = BIT64(4);
	const uint64_t sha512 = BIT64(5), recs_order = 10, pps_48 = 5;

	return gran_4k | sha256 | sha512 | recs_order << 6 | pps_48 << 14 |
	       (rmm->traits->feature_sha384 ? sha384 : 0);
}

/* No devices, planes or MECIDs: their registers are 0. */
RMI_HANDLER(rmi_features)
{
	if (call->x[1] == 0)
		call->out[1] = features_0(rmm);
	else if (call->x[1] == 1)
		call->out[1] = features_1(rmm);
	return RMI_SUCCESS;
}

/* The head of struct rmi_rmm_config; the rest of the page is left alone. */
struct config_head {
	uint64_t tracking_region_size;
	uint64_t rmi_granule_size;
};

static bool config_page_ok(struct rmm *rmm, uint64_t pa)
{
	return pa && granule_is(rmm, pa, GRANULE_NS);
}

RMI_HANDLER(rmi_rmm_config_get)
{
	const struct config_head head = {
		RMI_TRACKING_REGION_1G, RMI_GRANULE_4K,
	};
	uint64_t pa = call->x[1];

	if (!config_page_ok(rmm, pa) ||
	    !rmm_plat_ns_write(rmm, pa, &head, sizeof(head)))
		return RMI_ERROR_INPUT;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_rmm_config_set)
{
	struct config_head head;
	uint64_t pa = call->x[1];

	if (!config_page_ok(rmm, pa) ||
	    !rmm_plat_ns_read(rmm, &head, pa, sizeof(head)))
		return RMI_ERROR_INPUT;
	if (head.rmi_granule_size != RMI_GRANULE_4K ||
	    head.tracking_region_size != RMI_TRACKING_REGION_1G)
		return RMI_ERROR_INPUT;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_rmm_activate)
{
	(void)call;
	rmm->active = true;
	return RMI_SUCCESS;
}

RMI_HANDLER(rmi_rmm_state_get)
{
	call->out[1] = rmm->active ? RMI_RMM_ACTIVE : RMI_RMM_INIT;
	return RMI_SUCCESS;
}

/*
 * Memory that was donated for tracking or for GPTs counts as not NS: the host
 * takes it back first, with TRACKING_SET and GPT_L1_DESTROY.
 */
RMI_HANDLER(rmi_rmm_deactivate)
{
	/* An operation other than this one's own, if a fault rule made it one. */
	if (sro_in_use(rmm) > (call->sro ? 1 : 0))
		return RMI_BUSY;
	if (rmm->not_ns)
		return RMI_ERROR_GLOBAL;
	rmm->active = false;
	return RMI_SUCCESS;
}
