/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small VMM for the tests of the library: one realm, one REC, its console, and
 * the measurement that it should have. Every failure fails the test.
 */
#ifndef TESTS_LIB_GUEST_H
#define TESTS_LIB_GUEST_H

#include <cca.h>

#include "../uapi/tap.h"

#define RAM		0x40000000UL
#define RAM_SIZE	(32UL << 20)

/* Both habits must work: the return value and errno. */
#define OK(call)		T_EQ((call), 0)
#define FAILS(error, call)	do {		\
	errno = 0;				\
	T_EQ((call), -(error));			\
	T_EQ(errno, (error));			\
} while (0)

struct vmm {
	struct cca *c;
	struct cca_realm *realm;
	struct cca_rec *rec;
	struct cca_measurement *m;
	char said[4096];
	int status;
};

struct cca *g_open(void);
/* Of this machine's RMM. */
uint32_t g_profile(struct cca *c);

/* Pages of this process with a pattern, to be unmapped. */
void *g_buffer(uint64_t length);

/* A realm with RAM and nothing in it. */
void g_create(struct vmm *vmm, const struct cca_realm_options *options, struct cca_memory *memory);
/* Content, or an image of that name, as it is loaded and measured. */
void g_data(struct vmm *vmm, uint64_t ipa, uint64_t length, const void *pages);
void g_elf(struct vmm *vmm, const char *name, struct cca_rec_options *rec);
/* Everything up to and including ACTIVATE. */
void g_start(struct vmm *vmm, const char *name);
/* Until an exit that is no console's, or an error. */
int g_run(struct vmm *vmm);
void g_finish(struct vmm *vmm);

#endif
