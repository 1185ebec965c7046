// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers of a run, for scripts.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "statistics.h"

static const char *const rmi_exits[] = {
	"sync", "irq", "fiq", "psci", "ripas", "host-call", "serror", "other",
};

/* Of all CPUs together. */
static void add_entries(struct document *d, struct guest *guest)
{
	struct cca_rec_info info = { .size = sizeof(info) };
	struct section *s = document_facts(d, "rmi-exits", NULL);
	uint64_t entries = 0, exits[8] = { 0 };

	for (unsigned int cpu = 0; cpu < guest->cpus; cpu++) {
		if (cca_rec_get_info(guest->cpu[cpu].rec, &info))
			continue;
		entries += info.out_entries;
		for (unsigned int i = 0; i < 8; i++)
			exits[i] += info.out_exits[i];
	}
	fact_number(s, "entries", NULL, entries, NULL);
	for (unsigned int i = 0; i < 8; i++)
		fact_number(s, rmi_exits[i], NULL, exits[i], NULL);
}

/* "system off" as a key. */
static void make_key(char *key, size_t size, const char *name)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		key[i] = name[i] == ' ' ? '-' : tolower((unsigned char)name[i]);
	key[i] = '\0';
}

static void add_exits(struct document *d, const struct guest *guest)
{
	char key[32];
	struct section *s = document_facts(d, "exits", NULL);

	for (unsigned int i = 0; i < GUEST_EXITS; i++) {
		make_key(key, sizeof(key), cca_exit_name(i));
		fact_number(s, key, NULL, guest->exits[i], NULL);
	}
	fact_number(s, "sgi", NULL, guest->sgis, NULL);
	fact_number(s, "kicks", NULL, guest->kicks, NULL);
}

static void add_devices(struct document *d, const struct guest *guest)
{
	struct section *s = document_facts(d, "accesses", NULL);

	for (unsigned int i = 0; i < BOARD_DEVICES; i++)
		fact_number(s, board_device_name(i), NULL, guest->board.accesses[i], NULL);
}

static void add_realm(struct document *d, const struct guest *guest)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	struct section *s = document_facts(d, "realm", NULL);

	fact_number(s, "lent", NULL, guest->lent, NULL);
	if (cca_realm_get_info(guest->realm, &info))
		return;
	fact_number(s, "private", NULL, info.out_private, NULL);
	fact_number(s, "blocks", NULL, info.out_blocks, NULL);
	fact_number(s, "tables", NULL, info.out_tables, NULL);
	fact_number(s, "granules", NULL, info.out_granules, NULL);
	fact_number(s, "rmi-calls", NULL, info.out_rmi_calls, NULL);
}

int statistics_write(const char *path, struct guest *guest, int status, struct problem *p)
{
	FILE *file = fopen(path, "we");
	struct document *d;
	bool failed = !file;

	if (file) {
		d = document_new(true);
		add_exits(d, guest);
		add_devices(d, guest);
		add_entries(d, guest);
		add_realm(d, guest);
		document_print_to(d, file);
		failed = ferror(file);
		failed |= fclose(file);
	}
	if (failed && !status)
		return problem(p, STATUS_FAILED, path, "write the statistics", NULL, "%s",
			       strerror(errno));
	return status;
}
