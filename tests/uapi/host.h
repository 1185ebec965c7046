/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest host of realms, over raw ioctls: build one, load a guest, run it
 * and play its console. Everything that goes wrong fails the test.
 */
#ifndef TESTS_UAPI_HOST_H
#define TESTS_UAPI_HOST_H

#include <sys/types.h>

#include "tap.h"

#define H_RAM		0x40000000UL
#define H_PL011		0x09000000UL
#define H_DEVICE	0x0a000000UL	/* of the guest mmio */
#define H_DEVICE_VALUE	0x8182838485868788UL
#define H_IPA_BITS	40U		/* a width that every RMM has */
#define H_SHARED(ipa)	((ipa) | 1UL << (H_IPA_BITS - 1))

/* A page-aligned buffer of this process, filled with a pattern. */
void *h_buffer(size_t size, unsigned int seed);

/* One step each, with the arguments that most tests want. */
int h_realm(int dev);
int h_realm_named(int dev, const char *name, uint32_t flags);
int h_memory(int dev, uint64_t length, uint64_t block_size);
void h_mem_add(int realm, uint64_t ipa, uint64_t length, int memory);
void h_populate(int realm, uint64_t ipa, const void *source, uint64_t length);
int h_rec(int realm, uint64_t pc, uint32_t flags);
int h_rec_open(int realm, uint32_t index);
void h_activate(int realm);
struct cca_run *h_run_page(int rec);

struct cca_info h_info(int dev);
struct cca_realm_info h_realm_info(int realm);
struct cca_memory_info h_memory_info(int memory);

/* A guest as it is to be populated: whole pages, in order of address. */
struct h_image {
	uint64_t entry;
	unsigned int segments;
	struct {
		uint64_t ipa, size;
		void *pages;
	} segment[4];
};

/* In a process of its own, as that user; what it does must succeed. */
void h_as(uid_t user, void (*what)(int dev, uint32_t id), int dev, uint32_t id);

void h_image_read(struct h_image *image, const char *name);
void h_image_free(struct h_image *image);

struct h_guest {
	int dev, realm, rec;
	struct cca_run *run;
	char console[4096];		/* what it printed by host calls */
	char uart[1024];		/* what it printed by PL011 */
	int status;			/* what it said with its exit call, or -1 */
	unsigned int exits;		/* exits that needed us */
	void (*on_print)(void);		/* called after each line, if not NULL */
};

/*
 * A realm with `size` bytes of RAM, the guest in it and one REC: everything but
 * CCA_ACTIVATE. x0..x7 may be NULL for zeros.
 */
void h_load(struct h_guest *guest, const char *name, uint64_t size, int memory,
	    const uint64_t gprs[8]);
/* What has a name, in a realm that persists. The same but for that. */
void h_load_named(struct h_guest *guest, const char *realm, const char *name, uint64_t size,
		  int memory, const uint64_t gprs[8]);
/* Another's realm of that name, with its first REC: -1 for status, nothing printed yet. */
void h_guest_open(struct h_guest *guest, const char *realm);
/* The same as h_load(), active. */
void h_start(struct h_guest *guest, const char *name, uint64_t size);

/*
 * CCA_RUN, with the console served, until something else happens. Returns 0
 * with the exit in guest->run, or -errno.
 */
int h_run(struct h_guest *guest);

/* h_run() until SYSTEM_OFF: wants that exit and this status. */
void h_run_to_end(struct h_guest *guest, int status);

void h_close(struct h_guest *guest);

/* Hex digits behind "RIM: " on the console. */
const char *h_rim(const struct h_guest *guest);

#endif
