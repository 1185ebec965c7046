/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image: what a file wants to have in a realm's memory.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "command.h"

struct segment {
	uint64_t ipa;
	uint64_t memory_size;		/* beyond file_size it is zero */
	uint64_t file_size;
	uint64_t file_offset;
};

struct image {
	const char *path;
	int fd;
	bool elf;
	uint64_t entry;
	unsigned int count;
	struct segment *segments;	/* ascending, not overlapping, none empty */
};

/*
 * Open and check an image: ELF (64-bit, little-endian, AArch64, its PT_LOAD
 * segments at physical addresses), or anything else as a flat binary at
 * `base`. All segments are inside [base, base + memory), and the entry point is
 * in one of them.
 *
 * STATUS_OK: image_close() it. Else the problem says what is wrong.
 */
int image_open(struct image *image, const char *path, uint64_t base, uint64_t memory,
	       struct problem *p);
void image_close(struct image *image);

/* Read `length` bytes of the file. */
int image_read(const struct image *image, void *to, uint64_t length, uint64_t offset,
	       struct problem *p);

#endif
