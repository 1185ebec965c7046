// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca destroy: realms come to their end, in whatever state they are and whoever
 * runs them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "realm.h"

/* For a REC that is told to leave, and looks in once more. */
#define TRIES		200
#define PAUSE_NS	10000000

static int end(struct cca_realm *realm, const char *name, struct cca_realm_info *after)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	int err;

	do {
		err = cca_realm_terminate(realm);
	} while (err == -EINTR);
	for (int i = 0; i < TRIES; i++) {
		err = realm_destroy(realm, name, after);
		if (err != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}

static int destroy_one(struct cca *c, const char *name, struct section *list, struct problem *p)
{
	struct cca_realm_info before, after;
	struct cca_realm *realm;
	char cells[3][32];
	const char *row[] = { cells[0], before.out_name, cells[1], cells[2] };
	int err, status;

	status = realm_open(c, name, &realm, p);
	if (status)
		return status;
	status = realm_read(realm, name, &before, p);
	if (!status) {
		err = end(realm, name, &after);
		if (err)
			status = realm_failed(realm, name, "destroy it", err, p);
	}
	if (!status) {
		snprintf(cells[0], sizeof(cells[0]), "%u", before.out_id);
		snprintf(cells[1], sizeof(cells[1]), "%" PRIu64,
			 (uint64_t)(before.out_granules - after.out_granules));
		snprintf(cells[2], sizeof(cells[2]), "%" PRIu64, (uint64_t)after.out_leaked);
		list_row(list, row);
	}
	cca_realm_close(realm);
	return status;
}

int verb_destroy(const struct settings *s, struct problem *p)
{
	static const struct column columns[] = {
		{ "id", "ID", true }, { "name", "NAME" }, { "granules", "GRANULES", true },
		{ "leaked", "LEAKED", true }, {},
	};
	struct section *list;
	struct cca_info host;
	struct document *d;
	struct cca *c;
	int status, failed = STATUS_OK;

	status = open_device(&c, &host, p);
	if (status)
		return status;
	d = document_new(s->json);
	list = document_list(d, "destroyed", NULL, columns);
	/* One that cannot go does not keep the others; the last message is main()'s. */
	for (unsigned int i = 0; i < s->operand_count; i++) {
		struct problem now = { 0 };

		status = destroy_one(c, s->operands[i], list, &now);
		if (!status)
			continue;
		if (failed)
			problem_print(p, failed, s->json);
		*p = now;
		failed = status;
	}
	cca_close(c);
	if (s->json)
		document_print(d);
	else
		document_drop(d);
	return failed;
}
