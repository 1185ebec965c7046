// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca activate: from now on its measurement is final, and its RECs may run.
 */
#include <stdio.h>

#include "realm.h"

static int activate(struct found *f, const struct settings *s, struct problem *p)
{
	struct document *d;
	int err, status;

	if (!f->info.out_recs)
		return problem(p, STATUS_FAILED, s->operand, "activate it",
			       "load an image first: cca load NAME IMAGE",
			       "it has no REC, and can have none later");
	err = cca_realm_activate(f->realm);
	if (err) {
		status = realm_failed(f->realm, s->operand, "activate it", err, p);
		if (f->info.out_state != CCA_REALM_NEW)
			snprintf(p->reason, sizeof(p->reason), "it is %s already",
				 cca_realm_state_name(f->info.out_state));
		return status;
	}
	if (!s->json)
		return STATUS_OK;
	status = realm_read(f->realm, s->operand, &f->info, p);
	if (status)
		return status;
	d = document_new(true);
	realm_section(d, &f->info);
	document_print(d);
	return STATUS_OK;
}

int verb_activate(const struct settings *s, struct problem *p)
{
	struct found f;
	int status;

	status = realm_find(&f, s->operand, p);
	if (status)
		return status;
	status = activate(&f, s, p);
	realm_let_go(&f);
	return status;
}
