// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca explain: an errno, a reason of the driver, a status of the RMM, an exit of a REC.
 *
 * A number alone may be any of the four, so all of them are told. A name, or KIND:NUMBER, is one.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "meanings.h"

/* What is told: a list for scripts, paragraphs for people. */
struct answer {
	struct document *document;
	struct section *list;		/* NULL: paragraphs */
	unsigned int found;
	char titles[MEANINGS][64];	/* live as long as the document */
};

static void add(struct answer *a, const struct meanings *m, const struct meaning *entry, uint32_t code)
{
	const char *help = entry->remedy;
	char number[16], sentence[256];
	struct section *s;

	if (!help && m == &meanings[MEANINGS_REASON])
		help = remedy(entry->code);
	snprintf(number, sizeof(number), "%u", code);
	snprintf(sentence, sizeof(sentence), "%s", m->sentence(entry->code));
	if (a->list) {
		list_row(a->list, (const char *const []){
			m->kind, number, entry->name, sentence, entry->causes ? entry->causes : "",
			help ? help : "",
		});
	} else {
		snprintf(a->titles[a->found], sizeof(a->titles[0]), "%s %s, %s", m->kind, number, entry->name);
		s = document_facts(a->document, m->kind, a->titles[a->found]);
		fact_text(s, "meaning", "meaning", "%s", sentence);
		if (m == &meanings[MEANINGS_STATUS] && code >> 8)
			fact_number(s, "level", "level", code >> 8, NULL);
		fact_text(s, "causes", "likely because", "%s", entry->causes ? entry->causes : "");
		fact_text(s, "remedy", "what helps", "%s", help ? help : "");
	}
	a->found++;
}

/* Of the RMM's status the lower byte names it; a level stands above. */
static void add_number(struct answer *a, const struct meanings *m, uint32_t code)
{
	const bool status = m == &meanings[MEANINGS_STATUS];
	const struct meaning *entry = meaning_of(m, status ? code & 0xff : code);

	if (entry && !(status && code > 0xffff))
		add(a, m, entry, code);
}

/* Names differ between the kinds. */
static void add_name(struct answer *a, const char *name)
{
	for (unsigned int i = 0; i < MEANINGS && !a->found; i++)
		for (unsigned int j = 0; j < meanings[i].count && !a->found; j++)
			if (!strcmp(meanings[i].entries[j].name, name))
				add(a, &meanings[i], &meanings[i].entries[j], meanings[i].entries[j].code);
}

static bool number_of(const char *text, uint32_t *code)
{
	uint64_t value;

	if (!parse_size(text, &value) || value > UINT32_MAX)
		return false;
	*code = value;
	return true;
}

static void look_up(struct answer *a, const char *word)
{
	const char *colon = strchr(word, ':');
	uint32_t code;

	if (!number_of(colon ? colon + 1 : word, &code)) {
		add_name(a, word);
		return;
	}
	for (unsigned int i = 0; i < MEANINGS; i++) {
		const size_t length = strlen(meanings[i].kind);

		if (colon && ((size_t)(colon - word) != length || strncmp(word, meanings[i].kind, length)))
			continue;
		add_number(a, &meanings[i], code);
	}
}

int verb_explain(const struct settings *s, struct problem *p)
{
	static const struct column columns[] = {
		{ "kind", "KIND", false }, { "code", "CODE", true }, { "name", "NAME", false },
		{ "meaning", "MEANING", false }, { "causes", "CAUSES", false }, { "remedy", "REMEDY", false },
		{ NULL, NULL, false },
	};
	struct answer a = { .document = document_new(s->json) };

	if (s->json)
		a.list = document_list(a.document, "meanings", NULL, columns);
	look_up(&a, s->operand);
	if (!a.found) {
		document_drop(a.document);
		return problem(p, STATUS_FAILED, s->operand, "explain it",
			       "give an errno, a reason, a status or an exit: EBUSY, reason:51, 0x10c, CCA_EXIT_MMIO",
			       "the driver, the RMM and realms say nothing of this name or number");
	}
	document_print(a.document);
	return STATUS_OK;
}
