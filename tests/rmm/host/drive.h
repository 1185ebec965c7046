/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small host for the host shell: brings the RMM up on either profile, drives
 * stateful operations, makes and removes realms. Tests that are about one
 * command use this for all the others.
 *
 * Functions return X0 of the command that they are named after, or they abort
 * where nothing can go wrong.
 */
#ifndef RMM_DRIVE_H
#define RMM_DRIVE_H

#include "host.h"

struct drive_sro {
	uint64_t donated, reclaimed;	/* granules, of the last operation */
	unsigned int steps;
};

/* Issue a command and answer what it asks for, up to its final status. */
uint64_t drive_call(struct host *host, uint32_t fid, const uint64_t *args,
		    struct drive_sro *sro);
#define DRIVE(host, fid, ...) \
	drive_call((host), (fid), (const uint64_t[7]){ __VA_ARGS__ }, NULL)
/* Only the end of it, after an INCOMPLETE. */
uint64_t drive_on(struct host *host, uint64_t x0, uint64_t handle, uint64_t x2,
		  struct drive_sro *sro);

/* A host with an active RMM that can delegate in its gigabyte. */
struct host *drive_host(enum rmm_profile profile, unsigned int mib);
struct host *drive_up(struct host *host);	/* of another configuration */
uint64_t drive_delegated(struct host *host);
uint64_t drive_delegated_run(struct host *host, uint64_t count, uint64_t align);
void drive_undelegate(struct host *host, uint64_t pa, uint64_t count);
uint64_t drive_granule(struct host *host, uint64_t pa);	/* its state */
uint64_t drive_descriptor(struct host *host, uint64_t pa, uint64_t count,
			  unsigned int state);

struct drive_realm {
	uint64_t rd, root, params;
	struct rmi_realm_params p;
};

void drive_realm_params(struct host *host, struct drive_realm *r,
			unsigned int s2sz, int level, unsigned int roots);
uint64_t drive_realm_create(struct host *host, struct drive_realm *r);
/* 33 bits from level 1, SHA-256: two gigabytes for each half's four. */
void drive_realm_new(struct host *host, struct drive_realm *r);
/* Tables at ipa down to this level; those that exist are left. */
void drive_tables(struct host *host, const struct drive_realm *r, uint64_t ipa,
		  int level);
/* One measured page at ipa; its PA. */
uint64_t drive_populate(struct host *host, const struct drive_realm *r,
			uint64_t ipa, const void *content);
uint64_t drive_rec_create(struct host *host, const struct drive_realm *r,
			  uint64_t mpidr, uint64_t flags, uint64_t *rec);
uint64_t drive_rec_destroy(struct host *host, uint64_t rec);
uint64_t drive_enter(struct host *host, uint64_t rec, uint64_t run);
struct rmi_rec_run *drive_run(struct host *host, uint64_t run);
/* Unmap all, destroy all tables, terminate, destroy, undelegate. */
void drive_realm_remove(struct host *host, struct drive_realm *r);
/* Granules that are not NS, by the RMM's own count. */
uint64_t drive_ledger(struct host *host);

#endif
