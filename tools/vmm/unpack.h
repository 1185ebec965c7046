/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking what gzip or zstd packed, in memory and up to a limit.
 */
#ifndef VMM_UNPACK_H
#define VMM_UNPACK_H

#include "../command.h"

/* By its first bytes: "gzip", "zstd", or NULL. */
const char *packed_by(const uint8_t *from, uint64_t length);

/*
 * For what packed_by() knows. `name` and `action` are for messages. STATUS_OK:
 * free() *out.
 */
int unpack(const char *name, const char *action, const uint8_t *from, uint64_t length,
	   uint64_t limit, uint8_t **out, uint64_t *out_length, struct problem *p);

#endif
