// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms that are there: found by name or number, and described.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "realm.h"

int realm_open(struct cca *c, const char *name, struct cca_realm **realm, struct problem *p)
{
	uint64_t id;
	int err, status;

	/* No name begins with a digit. */
	if (!isdigit((unsigned char)name[0]))
		err = cca_realm_open(c, name, realm);
	else if (parse_size(name, &id) && id && id <= UINT32_MAX)
		err = cca_realm_open_id(c, id, realm);
	else
		return problem(p, STATUS_USAGE, name, "find that realm", "see `cca list`",
			       "it is neither a name nor a number");
	if (!err)
		return STATUS_OK;
	status = problem_call(p, name[0] ? name : "NAME", "find that realm", err, cca_last_outcome(c));
	if (cca_last_outcome(c)->reason == CCA_REASON_NOT_FOUND)
		snprintf(p->next, sizeof(p->next), "see `cca list`");
	return status;
}

int realm_read(struct cca_realm *realm, const char *name, struct cca_realm_info *info,
	       struct problem *p)
{
	int err;

	*info = (struct cca_realm_info) { .size = sizeof(*info) };
	err = cca_realm_get_info(realm, info);
	return err ? problem_call(p, name, "read its state", err, NULL) : STATUS_OK;
}

int realm_find(struct found *f, const char *name, struct problem *p)
{
	int status;

	*f = (struct found) { 0 };
	status = open_device(&f->c, &f->host, p);
	if (status)
		return status;
	status = realm_open(f->c, name, &f->realm, p);
	if (!status)
		status = realm_read(f->realm, name, &f->info, p);
	if (status)
		realm_let_go(f);
	return status;
}

void realm_let_go(struct found *f)
{
	cca_realm_close(f->realm);
	cca_close(f->c);
	f->realm = NULL;
	f->c = NULL;
}

const char *realm_title(const struct cca_realm_info *info)
{
	static char title[CCA_NAME_SIZE + 16];

	if (info->out_name[0])
		snprintf(title, sizeof(title), "%.*s", CCA_NAME_SIZE, info->out_name);
	else
		snprintf(title, sizeof(title), "%u", info->out_id);
	return title;
}

/* ---------------------------------------------------------------- described */

static const char *life(const struct cca_realm_info *info)
{
	return info->out_flags & CCA_REALM_F_PERSIST ? "kept" : "held";
}

static void rpv_fact(struct section *s, const struct cca_realm_info *info)
{
	char hex[2 * sizeof(info->out_rpv) + 1] = "";
	size_t last = 0;

	for (size_t i = 0; i < sizeof(info->out_rpv); i++)
		if (info->out_rpv[i])
			last = i + 1;
	for (size_t i = 0; i < last; i++)
		sprintf(hex + 2 * i, "%02x", info->out_rpv[i]);
	fact_text(s, "rpv", "personalisation", "%s%s", last ? "0x" : "", hex);
}

static void memory_facts(struct section *s, const struct cca_realm_info *info)
{
	fact_number(s, "ram", "RAM", info->out_ram, "bytes");
	fact_text(s, "ram-base", "  from", "0x%" PRIx64, (uint64_t)info->out_ram_base);
	fact_text(s, "ram-top", "  to", "0x%" PRIx64, (uint64_t)info->out_ram_top);
	fact_number(s, "ram-regions", "  in ranges", info->out_ram_regions, NULL);
	fact_number(s, "ram-backed", "  of memory set aside", info->out_ram_backed, "bytes");
	fact_number(s, "mapped", "  mapped", info->out_private, "bytes");
	fact_number(s, "blocks", "    in blocks of 2 MiB", info->out_blocks, "bytes");
	fact_number(s, "shared", "shared with it", info->out_shared, "bytes");
	fact_number(s, "shared-regions", "  in ranges", info->out_shared_regions, NULL);
	fact_number(s, "shared-mapped", "  mapped", info->out_shared_mapped, "bytes");
	fact_number(s, "granules", "granules of 4 KiB", info->out_granules, NULL);
	fact_number(s, "tables", "  of these, tables", info->out_tables, NULL);
	fact_number(s, "leaked", "  lost", info->out_leaked, NULL);
	fact_number(s, "rmi-calls", "RMI calls", info->out_rmi_calls, NULL);
}

void realm_section(struct document *d, const struct cca_realm_info *info)
{
	struct section *s = document_facts(d, "realm", NULL);

	fact_number(s, "id", "number", info->out_id, NULL);
	fact_text(s, "name", "name", "%s", info->out_name);
	fact_number(s, "owner", "owner", info->out_owner, NULL);
	fact_text(s, "state", "state", "%s", cca_realm_state_name(info->out_state));
	fact_text(s, "reason", "because", "%s",
		  info->out_reason ? cca_strreason(info->out_reason) : "");
	fact_text(s, "life", "life", "%s", life(info));
	/* Without us. */
	fact_number(s, "users", "held by", info->out_users - 1, "descriptors");
	fact_number(s, "ipa-bits", "address width", info->out_ipa_bits, "bits");
	fact_text(s, "hash", "hash", "%s", cca_hash_name(info->out_hash));
	rpv_fact(s, info);
	fact_number(s, "recs", "RECs", info->out_recs, NULL);
	fact_number(s, "recs-max", "  at most", info->out_recs_max, NULL);
	fact_number(s, "recs-on", "  on", info->out_recs_on, NULL);
	fact_number(s, "recs-running", "  running", info->out_recs_running, NULL);
	memory_facts(s, info);
}

int recs_section(struct document *d, struct found *f, struct problem *p)
{
	static const struct column columns[] = {
		{ "rec", "REC", true }, { "mpidr", "MPIDR" }, { "power", "POWER" },
		{ "entries", "ENTRIES", true }, {},
	};
	static const char *const states[] = { "off", "on", "running" };
	struct section *s = document_list(d, "rec-list", "RECs", columns);
	struct cca_rec_info info;
	struct cca_rec *rec;
	char cells[3][32];
	int err;

	for (uint32_t i = 0; i < f->info.out_recs; i++) {
		const char *row[] = { cells[0], cells[1], NULL, cells[2] };

		info = (struct cca_rec_info) { .size = sizeof(info) };
		err = cca_rec_open(f->realm, i, &rec);
		if (err)
			return realm_failed(f->realm, realm_title(&f->info), "look at its RECs",
					    err, p);
		err = cca_rec_get_info(rec, &info);
		cca_rec_close(rec);
		if (err)
			return problem_call(p, realm_title(&f->info), "look at its RECs", err, NULL);
		snprintf(cells[0], sizeof(cells[0]), "%u", i);
		snprintf(cells[1], sizeof(cells[1]), "0x%" PRIx64, (uint64_t)info.out_mpidr);
		row[2] = info.out_state < 3 ? states[info.out_state] : "unknown";
		snprintf(cells[2], sizeof(cells[2]), "%" PRIu64, (uint64_t)info.out_entries);
		list_row(s, row);
	}
	return STATUS_OK;
}

#define CELLS	10

static void add_row(struct section *s, const struct cca_realm_info *info)
{
	char cells[CELLS][CCA_NAME_SIZE];
	const char *row[CELLS];

	snprintf(cells[0], sizeof(cells[0]), "%u", info->out_id);
	snprintf(cells[1], sizeof(cells[1]), "%s", info->out_name);
	snprintf(cells[2], sizeof(cells[2]), "%u", info->out_owner);
	snprintf(cells[3], sizeof(cells[3]), "%s", cca_realm_state_name(info->out_state));
	snprintf(cells[4], sizeof(cells[4]), "%s", life(info));
	snprintf(cells[5], sizeof(cells[5]), "%u", info->out_recs);
	snprintf(cells[6], sizeof(cells[6]), "%" PRIu64, (uint64_t)info->out_ram);
	snprintf(cells[7], sizeof(cells[7]), "%" PRIu64, (uint64_t)info->out_private);
	snprintf(cells[8], sizeof(cells[8]), "%" PRIu64, (uint64_t)info->out_granules);
	/* Without us. */
	snprintf(cells[9], sizeof(cells[9]), "%u", info->out_users - 1);
	for (int i = 0; i < CELLS; i++)
		row[i] = cells[i];
	list_row(s, row);
}

unsigned int realms_section(struct document *d, struct cca *c)
{
	static const struct column columns[CELLS + 1] = {
		{ "id", "ID", true }, { "name", "NAME" }, { "owner", "OWNER", true },
		{ "state", "STATE" }, { "life", "LIFE" }, { "recs", "RECS", true },
		{ "ram", "RAM", true }, { "mapped", "MAPPED", true },
		{ "granules", "GRANULES", true }, { "users", "USERS", true },
	};
	struct section *s = document_list(d, "realms", "Realms", columns);
	struct cca_realm_info info;
	struct cca_realm *realm;
	unsigned int found = 0;
	uint32_t id = 0;

	while (!cca_realm_next(c, &id)) {
		info = (struct cca_realm_info) { .size = sizeof(info) };
		/* It may go while we look. */
		if (cca_realm_open_id(c, id, &realm))
			continue;
		if (!cca_realm_get_info(realm, &info)) {
			add_row(s, &info);
			found++;
		}
		cca_realm_close(realm);
	}
	return found;
}
