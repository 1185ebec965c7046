// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca load: content and RECs for a realm that was created, and the measurement
 * that comes of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "realm.h"

#define CANNOT(p, name, next, ...) \
	problem(p, STATUS_FAILED, name, "load an image into it", next, __VA_ARGS__)

/* What was loaded before is measured before, by whomever. */
static int check_empty(const struct found *f, const char *name, struct problem *p)
{
	char next[128];

	snprintf(next, sizeof(next), "destroy it with `cca destroy %s`, and begin again", name);
	if (f->info.out_state != CCA_REALM_NEW)
		return CANNOT(p, name, next, "it is %s, and no longer new",
			      cca_realm_state_name(f->info.out_state));
	if (f->info.out_private || f->info.out_recs)
		return CANNOT(p, name, next, "something was loaded into it already");
	if (!f->info.out_ram)
		return CANNOT(p, name, next, "it has no RAM");
	return STATUS_OK;
}

/* The settings with which it was created, as far as they count in a plan. */
static void recall(const struct found *f, struct settings *s)
{
	const struct cca_realm_info *info = &f->info;

	s->operand = s->operands[1];
	s->base = info->out_ram_base;
	s->memory = info->out_ram_top - info->out_ram_base;
	s->realm.flags = info->out_flags;
	s->realm.ipa_bits = info->out_ipa_bits;
	s->realm.hash = info->out_hash;
	s->realm.breakpoints = info->out_breakpoints;
	s->realm.watchpoints = info->out_watchpoints;
	s->realm.sve_vl = info->out_sve_vl;
	s->realm.pmu_counters = info->out_pmu_counters;
	if (!(s->given & OPTION(CPUS)))
		s->cpus = info->out_recs_max < f->host.out_recs_max ? info->out_recs_max : 1;
}

static void tell(const struct found *f, const struct settings *s, const struct plan *plan,
		 const char *rim)
{
	struct section *facts;
	struct document *d;
	uint64_t bytes = 0;

	if (!s->json) {
		printf("%s\n", rim);
		return;
	}
	for (unsigned int i = 0; i < plan->count; i++)
		bytes += plan->extents[i].length;
	d = document_new(true);
	facts = document_facts(d, "loaded", NULL);
	fact_text(facts, "realm", NULL, "%s", realm_title(&f->info));
	fact_number(facts, "id", NULL, f->info.out_id, NULL);
	fact_text(facts, "image", NULL, "%s", s->operand);
	fact_number(facts, "bytes", NULL, bytes, NULL);
	fact_text(facts, "entry", NULL, "0x%" PRIx64, (uint64_t)plan->rec.pc);
	fact_number(facts, "recs", NULL, s->cpus, NULL);
	fact_text(facts, "rmm", NULL, "%s", cca_profile_name(f->host.out_profile));
	fact_text(facts, "hash", NULL, "%s", cca_hash_name(f->info.out_hash));
	fact_text(facts, "rim", NULL, "%s", rim);
	document_print(d);
}

/* A part of an image cannot be taken out again. */
static int explain_part(struct found *f, const char *name, int status, struct problem *p)
{
	struct problem ignored = { 0 };

	if (realm_read(f->realm, name, &f->info, &ignored))
		return status;
	if (f->info.out_private || f->info.out_recs)
		snprintf(p->next, sizeof(p->next),
			 "a part of it is loaded; destroy the realm with `cca destroy %s`, and begin again",
			 name);
	return status;
}

static int load(struct found *f, const struct settings *s, struct problem *p)
{
	char rim[2 * CCA_HASH_SIZE_MAX + 1];
	struct settings with = *s;
	struct plan plan;
	int status;

	recall(f, &with);
	status = plan_make(&plan, &with, p);
	if (status)
		return status;
	status = plan_rim(&plan, f->host.out_profile, rim, p);
	stop_catch(NULL);
	if (!status)
		status = realm_fill(f->realm, &plan, NULL, with.cpus, p);
	if (status)
		status = explain_part(f, s->operands[0], status, p);
	else
		tell(f, &with, &plan, rim);
	plan_free(&plan);
	return status;
}

int verb_load(const struct settings *s, struct problem *p)
{
	struct found f;
	int status;

	status = realm_find(&f, s->operands[0], p);
	if (status)
		return status;
	status = check_empty(&f, s->operands[0], p);
	if (!status)
		status = load(&f, s, p);
	realm_let_go(&f);
	return status;
}
