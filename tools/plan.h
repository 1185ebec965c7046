/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plan: everything that decides the measurement of a realm, in the order in
 * which it is measured. `run` carries it out, `measure` computes it; both walk
 * it with plan_walk() and so cannot disagree.
 *
 * The canonical order: the pages that have bytes of the image, measured, in
 * ascending order of IPA, and then REC 0, runnable, with all registers zero. Of
 * Linux: kernel, device tree and initrd, and REC 0, with the tree in X0. RECs that
 * are off do not count.
 */
#ifndef PLAN_H
#define PLAN_H

#include "command.h"

/* Pages without a gap between them. */
struct extent {
	uint64_t ipa;
	uint64_t length;
	void *pages;
};

struct plan {
	const char *path;
	struct cca_realm_options realm;
	struct cca_rec_options rec;
	unsigned int count;
	struct extent *extents;
};

/* Who carries out, or computes. Anything but STATUS_OK ends the walk. */
struct plan_walker {
	int (*data)(void *context, const struct extent *extent, struct problem *p);
	int (*rec)(void *context, const struct cca_rec_options *rec, struct problem *p);
};

/* Read the image that the settings name. STATUS_OK: plan_free() it. */
int plan_make(struct plan *plan, const struct settings *s, struct problem *p);
void plan_free(struct plan *plan);

/* RAM where the settings put it is in the protected half. */
int plan_check_memory(const struct settings *s, struct problem *p);

int plan_walk(const struct plan *plan, const struct plan_walker *walker, void *context,
	      struct problem *p);

/* What `cca measure` prints: the RIM of the plan on an RMM of that profile. */
int plan_measure(const struct plan *plan, uint32_t profile, uint8_t rim[CCA_HASH_SIZE_MAX],
		 struct problem *p);

/* The same in hexadecimal. */
int plan_rim(const struct plan *plan, uint32_t profile, char rim[2 * CCA_HASH_SIZE_MAX + 1],
	     struct problem *p);

#endif
