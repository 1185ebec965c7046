// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is set aside and can be found again: by name or number, and as a
 * list.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "command.h"

int reservation_open(struct cca *c, const char *name, struct cca_memory **memory,
		     struct problem *p)
{
	uint64_t id;
	int err;

	/* No name begins with a digit. */
	if (!isdigit((unsigned char)name[0]))
		err = cca_memory_open(c, name, memory);
	else if (parse_size(name, &id) && id && id <= UINT32_MAX)
		err = cca_memory_open_id(c, id, memory);
	else
		return problem(p, STATUS_USAGE, name, "find that memory", "see `cca delegate list`",
			       "it is neither a name nor a number");
	if (err)
		return problem_call(p, name, "find that memory", err, cca_last_outcome(c));
	return STATUS_OK;
}

#define CELLS	8

static void add_row(struct section *s, const struct cca_memory_info *info)
{
	char cells[CELLS][CCA_NAME_SIZE];
	const char *row[CELLS];

	snprintf(cells[0], sizeof(cells[0]), "%u", info->out_id);
	snprintf(cells[1], sizeof(cells[1]), "%s", info->out_name);
	snprintf(cells[2], sizeof(cells[2]), "%u", info->out_owner);
	snprintf(cells[3], sizeof(cells[3]), "%s",
		 info->out_flags & CCA_MEMORY_F_PERSIST ? "kept" : "held");
	snprintf(cells[4], sizeof(cells[4]), "%" PRIu64, (uint64_t)info->out_length);
	snprintf(cells[5], sizeof(cells[5]), "%" PRIu64, (uint64_t)info->out_block_size);
	snprintf(cells[6], sizeof(cells[6]), "%" PRIu64, (uint64_t)info->out_free);
	/* Without us. */
	snprintf(cells[7], sizeof(cells[7]), "%u", info->out_users - 1);
	for (int i = 0; i < CELLS; i++)
		row[i] = cells[i];
	list_row(s, row);
}

unsigned int reservations_section(struct document *d, struct cca *c)
{
	static const struct column columns[CELLS + 1] = {
		{ "id", "ID", true }, { "name", "NAME" }, { "owner", "OWNER", true },
		{ "state", "STATE" }, { "bytes", "BYTES", true }, { "block-size", "BLOCK", true },
		{ "free", "FREE", true }, { "users", "USERS", true },
	};
	struct section *s = document_list(d, "reservations", "Memory set aside", columns);
	struct cca_memory_info info;
	struct cca_memory *memory;
	unsigned int found = 0;
	uint32_t id = 0;

	while (!cca_memory_next(c, &id)) {
		info = (struct cca_memory_info) { .size = sizeof(info) };
		/* It may go while we look. */
		if (cca_memory_open_id(c, id, &memory))
			continue;
		if (!cca_memory_get_info(memory, &info)) {
			add_row(s, &info);
			found++;
		}
		cca_memory_close(memory);
	}
	return found;
}
