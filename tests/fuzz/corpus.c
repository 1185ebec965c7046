// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inputs that are kept as text.
 */
#include <stdio.h>
#include <stdlib.h>

#include "target.h"
#include "world.h"
#include "corpus.h"

/* July and bet3, large and small blocks, much memory and little, and failing. */
static const uint8_t settings[] = { 0, 1, 2, 4, 6, 8, 9, 16, 17, 24 };

static void add(struct corpus_input *in, unsigned long byte)
{
	if (byte > 255 || in->size == INPUT_MAX)
		fuzz_broken("the input %s is none", in->name);
	in->data[in->size++] = (uint8_t)byte;
}

static void add_hex(struct corpus_input *in, const char *hex)
{
	unsigned int byte;

	for (; *hex; hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1 || !hex[1])
			fuzz_broken("the input %s is none", in->name);
		add(in, byte);
	}
}

static void add_word(struct corpus_input *in, const char *word)
{
	const char *name;
	unsigned long number;
	char *end;

	if (*word == 'x') {
		add_hex(in, word + 1);
		return;
	}
	for (unsigned int i = 0; (name = target_action_name(i)); i++) {
		if (!strcmp(name, word)) {
			add(in, i);
			return;
		}
	}
	number = strtoul(word, &end, 10);
	if (*end)
		fuzz_broken("the input %s has %s, which is no word", in->name, word);
	add(in, number);
}

static void line(char *text, void (*each)(const struct corpus_input *input))
{
	struct corpus_input in = { .size = 0 };
	bool all = false;
	char *word, *rest;

	text[strcspn(text, "#\n")] = 0;
	word = strtok_r(text, " \t", &rest);
	if (!word)
		return;
	snprintf(in.name, sizeof(in.name), "%.*s", (int)strcspn(word, ":"), word);
	while ((word = strtok_r(NULL, " \t", &rest))) {
		if (!strcmp(word, "*")) {
			all = true;
			word = "0";
		}
		add_word(&in, word);
	}
	for (unsigned int i = 0; i < (all ? ARRAY_SIZE(settings) : 1); i++) {
		if (all && in.size)
			in.data[0] = settings[i];
		each(&in);
	}
}

bool corpus_read(const char *path, void (*each)(const struct corpus_input *input))
{
	char text[4 * INPUT_MAX];
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	while (fgets(text, sizeof(text), file))
		line(text, each);
	fclose(file);
	return true;
}

void corpus_print(const char *name, const uint8_t *data, size_t size)
{
	printf("%.12s: x", name);
	while (size--)
		printf("%02x", *data++);
	printf("\n");
}
