// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca measure: the Realm Initial Measurement of what `cca run` would run.
 */
#include <errno.h>
#include <stdio.h>

#include "plan.h"

/*
 * RMMs start from different values. On a machine with a driver that one is
 * meant, and then not being able to ask it is a failure: a guess would look
 * like a measurement.
 */
static int choose_profile(const struct settings *s, uint32_t *profile, struct problem *p)
{
	struct problem why = { 0 };
	struct cca_info info;
	struct cca *c;
	int status;

	*profile = s->profile;
	if (*profile != CCA_PROFILE_NONE)
		return STATUS_OK;
	*profile = CCA_PROFILE_JULY;
	status = open_any_device(&c, &info, &why);
	if (status && why.error == ENOENT)
		return STATUS_OK;
	if (status)
		return problem(p, status, CCA_DEVICE, "ask for the kind of RMM", "say it with --rmm",
			       "%s", why.reason);
	cca_close(c);
	if (info.out_profile != CCA_PROFILE_NONE)
		*profile = info.out_profile;
	return STATUS_OK;
}

static void print_measurement(const struct settings *s, uint32_t profile, const char *hex)
{
	struct document *d;
	struct section *facts;

	if (!s->json) {
		printf("%s\n", hex);
		return;
	}
	d = document_new(true);
	facts = document_facts(d, "measurement", NULL);
	fact_text(facts, "image", NULL, "%s", s->kernel ? s->kernel : s->operand);
	fact_text(facts, "rmm", NULL, "%s", cca_profile_name(profile));
	fact_text(facts, "hash", NULL, "%s", cca_hash_name(s->realm.hash));
	fact_text(facts, "rim", NULL, "%s", hex);
	document_print(d);
}

int verb_measure(const struct settings *s, struct problem *p)
{
	char hex[2 * CCA_HASH_SIZE_MAX + 1];
	struct plan plan;
	uint32_t profile;
	int status;

	status = choose_profile(s, &profile, p);
	if (status)
		return status;
	status = plan_make(&plan, s, p);
	if (status)
		return status;
	status = plan_rim(&plan, profile, hex, p);
	plan_free(&plan);
	if (status)
		return status;
	print_measurement(s, profile, hex);
	return STATUS_OK;
}
