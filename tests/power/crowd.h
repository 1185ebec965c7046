/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Something of everything that can hold pages of the realm world: realms new,
 * running, sleeping and powered off, memory objects in both block sizes.
 */
#ifndef TESTS_POWER_CROWD_H
#define TESTS_POWER_CROWD_H

#include <sys/types.h>

#include "../uapi/host.h"

#define CROWD_RAM	(16UL << 20)
/* It has more pages than this. */
#define CROWD_PAGES	(4 * 512 + 512 + CROWD_RAM / T_PAGE)

struct crowd {
	struct h_guest spinning, sleeping, fresh, grown;
	int dev, blocks, pages, backing;
	/* Processes in CCA_RUN: they exit with 0 if it says that the realm was terminated. */
	pid_t spins, sleeps;
};

void crowd_gather(struct crowd *crowd);

#endif
