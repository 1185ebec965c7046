// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca create: a realm with a name, which stays until it is destroyed.
 */
#include <stdio.h>

#include "realm.h"

/* Nobody was told of it: then it is better not there. */
static int undo(struct cca_realm *realm, const char *name, struct problem *p, int status)
{
	if (realm_destroy(realm, name, NULL))
		snprintf(p->next, sizeof(p->next), "it is there all the same: cca destroy %s", name);
	else
		snprintf(p->next, sizeof(p->next), "nothing is left of it; try again");
	return status;
}

static int tell(const struct settings *s, struct cca_realm *realm, struct problem *p)
{
	struct cca_realm_info info;
	struct document *d;
	int status;

	status = realm_read(realm, s->operand, &info, p);
	if (status)
		return status;
	if (s->json) {
		d = document_new(true);
		realm_section(d, &info);
		document_print(d);
	} else {
		printf("%s: realm %u, %s, %s of RAM\n", s->operand, info.out_id,
		       cca_realm_state_name(info.out_state), size_text(info.out_ram));
		fflush(stdout);
	}
	if (ferror(stdout))
		return problem(p, STATUS_FAILED, s->operand, "say that it was created", NULL,
			       "standard output cannot be written");
	return STATUS_OK;
}

int verb_create(const struct settings *s, struct problem *p)
{
	struct settings with = *s;
	struct cca_realm *realm;
	struct cca_info host;
	struct cca *c;
	int status;

	/* To the driver that is a realm without one. */
	if (!s->operand[0])
		return problem(p, STATUS_FAILED, "NAME", "create a realm of that name", NULL, "%s",
			       cca_strreason(CCA_REASON_NAME));
	with.realm.name = s->operand;
	with.realm.flags |= CCA_REALM_F_PERSIST;
	with.realm.recs_max = s->cpus;
	status = plan_check_memory(&with, p);
	if (!status)
		status = open_device(&c, &host, p);
	if (status)
		return status;
	stop_catch(NULL);
	status = realm_create(c, &host, &with, &realm, p);
	if (!status) {
		status = tell(s, realm, p);
		if (!status && stop_signal())
			status = realm_stopped(s->operand, "create it", NULL, p);
		if (status)
			status = undo(realm, s->operand, p, status);
		cca_realm_close(realm);
	}
	cca_close(c);
	return status;
}
