// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca list: the realms that the caller may open.
 */
#include <stdio.h>

#include "realm.h"

int verb_list(const struct settings *s, struct problem *p)
{
	struct cca_info host;
	struct document *d;
	unsigned int found;
	struct cca *c;
	int status;

	status = open_device(&c, &host, p);
	if (status)
		return status;
	d = document_new(s->json);
	found = realms_section(d, c);
	cca_close(c);
	status = document_finish(d, s, p);
	if (!status && !found && !s->json && !s->no_headings)
		printf("There is no realm.\n");
	return status;
}
