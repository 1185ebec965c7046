// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca show: all that a realm says of itself.
 */
#include "realm.h"

int verb_show(const struct settings *s, struct problem *p)
{
	struct document *d;
	struct found f;
	int status;

	status = realm_find(&f, s->operand, p);
	if (status)
		return status;
	d = document_new(s->json);
	realm_section(d, &f.info);
	status = recs_section(d, &f, p);
	if (status)
		document_drop(d);
	else
		status = document_finish(d, s, p);
	realm_let_go(&f);
	return status;
}
