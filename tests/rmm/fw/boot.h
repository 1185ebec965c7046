/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What EL3 tells the RMM about the machine, at RMM_BOOT_BASE.
 */
#ifndef FW_BOOT_H
#define FW_BOOT_H

#include <stdint.h>

#include "layout.h"

struct rmm_boot {
	uint64_t profile;
	uint64_t cpus;
	uint64_t banks;
	struct {
		uint64_t base;
		uint64_t size;
	} bank[MAX_BANKS];
};

#endif
