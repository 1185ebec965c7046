// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeps the module from being unloaded although no program has the device
 * open: realms and memory that were made to stay.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

static void add(char *text, size_t size, const char *kind, const char *name, uint32_t id)
{
	size_t used = strlen(text);

	if (name[0])
		snprintf(text + used, size - used, "%s%s %.*s", used ? ", " : "", kind,
			 CCA_NAME_SIZE, name);
	else
		snprintf(text + used, size - used, "%s%s %u", used ? ", " : "", kind, id);
}

static void add_realms(struct cca *c, char *text, size_t size)
{
	struct cca_realm_info info;
	struct cca_realm *realm;
	uint32_t id = 0;

	while (!cca_realm_next(c, &id)) {
		if (cca_realm_open_id(c, id, &realm))
			continue;
		info = (struct cca_realm_info) { .size = sizeof(info) };
		if (!cca_realm_get_info(realm, &info) && info.out_flags & CCA_REALM_F_PERSIST)
			add(text, size, "realm", info.out_name, id);
		cca_realm_close(realm);
	}
}

static void add_memories(struct cca *c, char *text, size_t size)
{
	struct cca_memory_info info;
	struct cca_memory *memory;
	uint32_t id = 0;

	while (!cca_memory_next(c, &id)) {
		if (cca_memory_open_id(c, id, &memory))
			continue;
		info = (struct cca_memory_info) { .size = sizeof(info) };
		if (!cca_memory_get_info(memory, &info) && info.out_flags & CCA_MEMORY_F_PERSIST)
			add(text, size, "memory", info.out_name, id);
		cca_memory_close(memory);
	}
}

void keepers_text(char *text, size_t size)
{
	struct cca *c;

	text[0] = '\0';
	if (cca_open(NULL, &c))
		return;
	add_realms(c, text, size);
	add_memories(c, text, size);
	cca_close(c);
}
