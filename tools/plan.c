// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an image to what a realm is made of.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "plan.h"
#include "vmm/boot.h"

#define PAGE_MASK	((uint64_t)CCA_PAGE_SIZE - 1)

static uint64_t page_of(uint64_t address)
{
	return address & ~PAGE_MASK;
}

int plan_check_memory(const struct settings *s, struct problem *p)
{
	uint64_t end = 1ULL << (s->realm.ipa_bits - 1);

	if (s->base >= end || s->memory > end - s->base)
		return problem(p, STATUS_USAGE, "--memory", "use this value",
			       "ask for less, or for more --ipa-bits",
			       "%s at 0x%" PRIx64 " end above 0x%" PRIx64 ", where the protected half "
			       "of %u bits ends", size_text(s->memory), s->base, end,
			       s->realm.ipa_bits);
	return STATUS_OK;
}

/* Cut the segments into extents; two that share a page share an extent. */
static void cut_extents(struct plan *plan, const struct image *image)
{
	struct extent *last = NULL;

	for (unsigned int i = 0; i < image->count; i++) {
		const struct segment *s = &image->segments[i];
		uint64_t first = page_of(s->ipa);
		uint64_t end;

		if (!s->file_size)
			continue;
		end = page_of(s->ipa + s->file_size - 1) + CCA_PAGE_SIZE;
		if (!last || first > last->ipa + last->length) {
			last = &plan->extents[plan->count++];
			last->ipa = first;
		}
		last->length = end - last->ipa;
	}
}

static int fill_extent(struct extent *extent, const struct image *image, struct problem *p)
{
	int status = STATUS_OK;

	extent->pages = aligned_alloc(CCA_PAGE_SIZE, extent->length);
	if (!extent->pages)
		return problem(p, STATUS_FAILED, image->path, "load the image", NULL, "%s",
			       strerror(ENOMEM));
	memset(extent->pages, 0, extent->length);
	for (unsigned int i = 0; i < image->count && !status; i++) {
		const struct segment *s = &image->segments[i];

		if (s->file_size && s->ipa >= extent->ipa &&
		    s->ipa < extent->ipa + extent->length)
			status = image_read(image, (char *)extent->pages + (s->ipa - extent->ipa),
					    s->file_size, s->file_offset, p);
	}
	return status;
}

static int fill(struct plan *plan, const struct image *image, struct problem *p)
{
	int status = STATUS_OK;

	plan->extents = calloc(image->count, sizeof(*plan->extents));
	if (!plan->extents)
		return problem(p, STATUS_FAILED, image->path, "load the image", NULL, "%s",
			       strerror(ENOMEM));
	cut_extents(plan, image);
	for (unsigned int i = 0; i < plan->count && !status; i++)
		status = fill_extent(&plan->extents[i], image, p);
	return status;
}

int plan_make(struct plan *plan, const struct settings *s, struct problem *p)
{
	struct image image;
	int status;

	status = plan_check_memory(s, p);
	if (status)
		return status;
	if (s->kernel)
		return boot_plan(plan, s, p);
	status = image_open(&image, s->operand, s->base, s->memory, p);
	if (status)
		return status;
	*plan = (struct plan) {
		.path = s->operand,
		.realm = s->realm,
		.rec = {
			.size = sizeof(plan->rec),
			.flags = CCA_REC_F_RUNNABLE,
			.pc = image.entry,
		},
	};
	status = fill(plan, &image, p);
	image_close(&image);
	if (status)
		plan_free(plan);
	return status;
}

void plan_free(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->count; i++)
		free(plan->extents[i].pages);
	free(plan->extents);
}

int plan_walk(const struct plan *plan, const struct plan_walker *walker, void *context,
	      struct problem *p)
{
	int status;

	for (unsigned int i = 0; i < plan->count; i++) {
		status = walker->data(context, &plan->extents[i], p);
		if (status)
			return status;
	}
	return walker->rec(context, &plan->rec, p);
}

/* A failure of the library while measuring: want of memory, or a bug. */
static int measure_failed(int err, struct problem *p)
{
	return err ? problem_call(p, "measurement", "compute it", err, NULL) : STATUS_OK;
}

static int measure_data(void *context, const struct extent *extent, struct problem *p)
{
	return measure_failed(cca_measurement_extend_data(context, extent->ipa, extent->length,
							  extent->pages, CCA_POPULATE_F_MEASURE),
			      p);
}

static int measure_rec(void *context, const struct cca_rec_options *rec, struct problem *p)
{
	return measure_failed(cca_measurement_extend_rec(context, rec), p);
}

int plan_measure(const struct plan *plan, uint32_t profile, uint8_t rim[CCA_HASH_SIZE_MAX],
		 struct problem *p)
{
	static const struct plan_walker walker = { measure_data, measure_rec };
	struct cca_measurement *m;
	int status;

	status = measure_failed(cca_measurement_new(profile, &plan->realm, &m), p);
	if (status)
		return status;
	status = plan_walk(plan, &walker, m, p);
	if (!status)
		cca_measurement_value(m, rim);
	cca_measurement_free(m);
	return status;
}

int plan_rim(const struct plan *plan, uint32_t profile, char rim[2 * CCA_HASH_SIZE_MAX + 1],
	     struct problem *p)
{
	uint8_t bytes[CCA_HASH_SIZE_MAX] = { 0 };
	int status = plan_measure(plan, profile, bytes, p);

	if (status)
		return status;
	for (size_t i = 0; i < cca_hash_size(plan->realm.hash); i++)
		sprintf(rim + 2 * i, "%02x", bytes[i]);
	return STATUS_OK;
}
