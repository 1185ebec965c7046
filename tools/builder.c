// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms that are made and unmade: created with their RAM, filled from a plan,
 * destroyed.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "realm.h"

/* What is loaded between two looks at the signals. */
#define PIECE		(8ULL << 20)

int realm_failed(struct cca_realm *realm, const char *object, const char *action, int err,
		 struct problem *p)
{
	return problem_call(p, object, action, err, cca_realm_last_outcome(realm));
}

int realm_stopped(const char *object, const char *action, const char *next, struct problem *p)
{
	return problem(p, STATUS_SIGNAL + stop_signal(), object, action, next, "%s",
		       strsignal(stop_signal()));
}

/* ------------------------------------------------------------------- making */

/* The realm was refused; say which of the user's numbers it was, and its limit. */
static int explain_create(struct cca *c, const struct cca_info *host, const struct settings *s,
			  int err, struct problem *p)
{
	const struct cca_outcome *out = cca_last_outcome(c);
	const struct cca_realm_options *o = &s->realm;
	int status = problem_call(p, o->name ? o->name : "realm", "create it", err, out);
	char offered[64] = "";

	if (out->reason == CCA_REASON_IPA_BITS) {
		status = problem(p, STATUS_USAGE, "--ipa-bits", "use this value", NULL,
				 "%u is outside of what this RMM offers, %u to %u", o->ipa_bits,
				 host->out_ipa_bits_min, host->out_ipa_bits_max);
	} else if (out->reason == CCA_REASON_HASH) {
		for (uint32_t hash = 0; cca_hash_size(hash); hash++) {
			if (!(host->out_hashes & (1U << hash)))
				continue;
			strcat(offered, offered[0] ? ", " : "");
			strcat(offered, cca_hash_name(hash));
		}
		status = problem(p, STATUS_USAGE, "--hash", "use this value", NULL,
				 "this RMM does not offer %s; it offers %s",
				 cca_hash_name(o->hash), offered[0] ? offered : "none");
	} else if (out->reason == CCA_REASON_RECS) {
		status = problem(p, STATUS_USAGE, "--cpus", "use this value", NULL,
				 "%u is more than this RMM offers, %u", o->recs_max,
				 host->out_recs_max);
	} else if (out->reason == CCA_REASON_NAME_TAKEN) {
		snprintf(p->next, sizeof(p->next), "choose another name, or `cca destroy %s` first",
			 o->name);
	}
	if (status == STATUS_USAGE) {
		p->error = -err;
		p->outcome = *out;
	}
	return status;
}

/* From the kernel, or from what was set aside under a name. */
static int add_memory(struct cca *c, struct cca_realm *realm, const struct settings *s,
		      struct problem *p)
{
	struct cca_memory *memory = NULL;
	int err, status;

	if (s->name) {
		status = reservation_open(c, s->name, &memory, p);
		if (status)
			return status;
	}
	err = cca_realm_add_memory(realm, s->base, s->memory, memory);
	cca_memory_close(memory);
	return err ? realm_failed(realm, s->realm.name ? s->realm.name : "realm", "give it memory",
				  err, p) : STATUS_OK;
}

int realm_create(struct cca *c, const struct cca_info *host, const struct settings *s,
		 struct cca_realm **realm, struct problem *p)
{
	int err, status;

	err = cca_realm_create(c, &s->realm, realm);
	if (err)
		return explain_create(c, host, s, err, p);
	status = add_memory(c, *realm, s, p);
	if (!status)
		return STATUS_OK;
	/* Also if it is one that persists. */
	realm_destroy(*realm, s->realm.name ? s->realm.name : "realm", NULL);
	cca_realm_close(*realm);
	*realm = NULL;
	return status;
}

/* ------------------------------------------------------------------ filling */

struct filling {
	const struct plan *plan;
	struct cca_realm *realm;
	struct cca_rec **recs;		/* or NULL */
	uint32_t cpus;
	uint64_t loaded, length;	/* bytes */
};

static int stopped_loading(const struct filling *f, struct problem *p)
{
	return problem(p, STATUS_SIGNAL + stop_signal(), f->plan->path, "load it into the realm",
		       NULL, "%s after %" PRIu64 " of %" PRIu64 " KiB", strsignal(stop_signal()),
		       f->loaded >> 10, f->length >> 10);
}

static int load_data(void *context, const struct extent *extent, struct problem *p)
{
	struct filling *f = context;
	uint64_t at = 0, piece, done;
	int err = 0;

	while (at < extent->length && (!err || err == -EINTR)) {
		if (stop_signal())
			return stopped_loading(f, p);
		piece = extent->length - at < PIECE ? extent->length - at : PIECE;
		err = cca_realm_populate(f->realm, extent->ipa + at, piece,
					 (char *)extent->pages + at, CCA_POPULATE_F_MEASURE, &done);
		at += done;
		f->loaded += done;
		progress_add(done);
	}
	return err && err != -EINTR ? realm_failed(f->realm, f->plan->path,
						   "load it into the realm", err, p) : STATUS_OK;
}

static int create_recs(void *context, const struct cca_rec_options *first, struct problem *p)
{
	struct filling *f = context;
	struct cca_rec *rec;
	char name[32];
	int err;

	for (uint32_t i = 0; i < f->cpus; i++) {
		/* The others wait for PSCI CPU_ON, and are not measured. */
		err = cca_rec_create(f->realm, i ? NULL : first, &rec);
		if (err) {
			snprintf(name, sizeof(name), "REC %u", i);
			return realm_failed(f->realm, name, "create it", err, p);
		}
		if (f->recs)
			f->recs[i] = rec;
		else
			cca_rec_close(rec);
	}
	return STATUS_OK;
}

int realm_fill(struct cca_realm *realm, const struct plan *plan, struct cca_rec **recs,
	       uint32_t cpus, struct problem *p)
{
	static const struct plan_walker walker = { load_data, create_recs };
	struct filling f = { .plan = plan, .realm = realm, .recs = recs, .cpus = cpus };
	int status;

	for (unsigned int i = 0; i < plan->count; i++)
		f.length += plan->extents[i].length;
	progress_count("Loading", f.length);
	status = plan_walk(plan, &walker, &f, p);
	progress_stop();
	return status;
}

int realm_build(struct cca *c, const struct cca_info *host, const struct settings *s,
		const struct plan *plan, struct cca_rec **recs, struct cca_realm **realm,
		struct problem *p)
{
	struct settings with = *s;
	int err, status;

	with.realm.recs_max = s->cpus;
	status = realm_create(c, host, &with, realm, p);
	if (!status)
		status = realm_fill(*realm, plan, recs, s->cpus, p);
	/* It goes when the command ends, with all that it has. */
	if (status && stop_signal())
		snprintf(p->next, sizeof(p->next), "nothing is left of the realm");
	if (status)
		return status;
	err = cca_realm_activate(*realm);
	return err ? realm_failed(*realm, "realm", "activate it", err, p) : STATUS_OK;
}

/* ----------------------------------------------------------------- unmaking */

int realm_destroy(struct cca_realm *realm, const char *name, struct cca_realm_info *info)
{
	struct cca_realm_info after = { .size = sizeof(after) };
	int err;

	do {
		err = cca_realm_destroy(realm);
	} while (err == -EINTR);
	if (!cca_realm_get_info(realm, &after) && after.out_leaked)
		fprintf(stderr, "cca: %s: the RMM did not give back %" PRIu64 " granules; "
			"see `cca info`\n", name, (uint64_t)after.out_leaked);
	if (info)
		*info = after;
	return err;
}

/*
 * Closing would do, but memory that the RMM keeps is worth a word, and the
 * ledger is to be clean when the next command of a script looks at it.
 */
void realm_unbuild(struct cca_realm *realm, struct cca_rec **recs, uint32_t cpus)
{
	int err = realm ? realm_destroy(realm, "realm", NULL) : 0;

	if (err)
		fprintf(stderr, "cca: realm: cannot destroy it: %s\n", strerror(-err));
	for (uint32_t i = 0; i < cpus; i++)
		cca_rec_close(recs[i]);
	cca_realm_close(realm);
}
