/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Realms, as several verbs meet them: found by name or number, described, made,
 * and filled from a plan.
 */
#ifndef REALM_H
#define REALM_H

#include "plan.h"

/* A realm that is there, by its name or its number. STATUS_OK: close it. */
int realm_open(struct cca *c, const char *name, struct cca_realm **realm, struct problem *p);

/* The same for a verb whose operand it is: with the device, and what it says of itself. */
struct found {
	struct cca *c;
	struct cca_info host;
	struct cca_realm *realm;
	struct cca_realm_info info;
};

int realm_find(struct found *f, const char *name, struct problem *p);
void realm_let_go(struct found *f);

int realm_read(struct cca_realm *realm, const char *name, struct cca_realm_info *info,
	       struct problem *p);

/* Its name, or its number, for a message. */
const char *realm_title(const struct cca_realm_info *info);

/* All that it says of itself. */
void realm_section(struct document *d, const struct cca_realm_info *info);
int recs_section(struct document *d, struct found *f, struct problem *p);

/* One with these settings, its name among them, and with RAM. */
int realm_create(struct cca *c, const struct cca_info *host, const struct settings *s,
		 struct cca_realm **realm, struct problem *p);

/*
 * The content and the RECs of a plan: `cpus` of them, of which the first runs.
 * They are left in recs[] if that is not NULL, else closed. A signal ends it.
 */
int realm_fill(struct cca_realm *realm, const struct plan *plan, struct cca_rec **recs,
	       uint32_t cpus, struct problem *p);

/*
 * All of it, for a command that runs it at once and takes it away when it ends:
 * created, filled, activated. recs[] has room for s->cpus, zeroed. On failure,
 * too, realm_unbuild() is to be called with what is there.
 */
int realm_build(struct cca *c, const struct cca_info *host, const struct settings *s,
		const struct plan *plan, struct cca_rec **recs, struct cca_realm **realm,
		struct problem *p);
void realm_unbuild(struct cca_realm *realm, struct cca_rec **recs, uint32_t cpus);

int realm_failed(struct cca_realm *realm, const char *object, const char *action, int err,
		 struct problem *p);

/* A signal came: `what` was not done to `object`. */
int realm_stopped(const char *object, const char *action, const char *next, struct problem *p);

/* Every granule back. Says what went wrong, on stderr, and goes on; 0 or -errno. */
int realm_destroy(struct cca_realm *realm, const char *name, struct cca_realm_info *info);

#endif
