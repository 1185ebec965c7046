/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux kernel as a file: an arm64 Image, as it is, packed by gzip or zstd,
 * or as an EFI program that unpacks itself.
 */
#ifndef VMM_KERNEL_H
#define VMM_KERNEL_H

#include "../command.h"

struct kernel {
	void *bytes;			/* page aligned, and zero up to a page */
	uint64_t length;
	uint64_t text_offset;		/* from an address of 2 MiB */
	uint64_t image_size;		/* in memory, from there */
	bool realm_aware;		/* it talks to the RMM, and shares memory */
};

/* Not more than `limit` bytes, however they are packed. STATUS_OK: kernel_free() it. */
int kernel_load(struct kernel *kernel, const char *path, uint64_t limit, struct problem *p);
/* The same of bytes in memory, for tests: `name` is for messages. */
int kernel_parse(struct kernel *kernel, const char *name, const uint8_t *file, uint64_t length,
		 uint64_t limit, struct problem *p);
void kernel_free(struct kernel *kernel);

/* A whole file of at most `limit` bytes into pages. free() *bytes. */
int file_load(const char *path, const char *action, uint64_t limit, void **bytes, uint64_t *length,
	      struct problem *p);

#endif
