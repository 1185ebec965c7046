/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole life of a realm: memory set aside, grown and shrunk, the realm built
 * on it, run and destroyed. Every command that reaches the RMM is in it. For
 * tests that disturb it.
 */
#ifndef TESTS_UAPI_LIFE_H
#define TESTS_UAPI_LIFE_H

#include "host.h"

enum l_step {
	L_OPEN, L_DELEGATE, L_GROW, L_SHRINK, L_CREATE, L_MEM_ADD, L_POPULATE, L_REC_CREATE,
	L_ACTIVATE, L_PREFAULT, L_SHARE, L_RUN, L_UNSHARE, L_TERMINATE, L_DESTROY, L_DONE,
};

const char *l_step_name(unsigned int step);

/* Where a life ended. */
struct l_ending {
	int step;
	int error;			/* -errno */
	uint32_t reason;
	uint64_t status;		/* of the RMM */
	int exit;			/* of the guest */
};

/* Live it, in a process of its own: an error ends the process, with status 0. */
_Noreturn void l_live(const struct h_image *image, struct l_ending *ending);

/*
 * Another one, of a realm that shares memory with its VMM: pages and what may be
 * a huge page, written by both, some of it taken back; and of its own, which is
 * mapped in advance, given up in the middle of a block, and taken back. Wants
 * the guest "puppet".
 */
_Noreturn void l_live_sharing(const struct h_image *image, struct l_ending *ending);

#endif
