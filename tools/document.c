// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a verb says on stdout, as tables for people or as JSON for scripts; both
 * are drawn by libsmartcols.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "command.h"

#define SECTIONS	8

/*
 * Facts are a table with one row and many columns in JSON, and one with two
 * columns (label, value) and many rows in text.
 */
struct section {
	struct libscols_table *table;
	struct libscols_line *row;	/* the only one, of facts in JSON */
	const char *title;
	bool json;
	bool facts;
};

struct document {
	bool json;
	unsigned int count;
	struct section sections[SECTIONS];
};

static void *must(void *pointer)
{
	if (!pointer) {
		fputs("cca: cannot print: out of memory\n", stderr);
		exit(STATUS_FAILED);
	}
	return pointer;
}

/* For the calls of libsmartcols, which fail only for want of memory. */
static void must_do(int err)
{
	must(err ? NULL : &err);
}

struct document *document_new(bool json)
{
	struct document *d = must(calloc(1, sizeof(*d)));

	scols_init_debug(0);
	d->json = json;
	return d;
}

static struct libscols_column *add_column(struct libscols_table *table, const char *name, int flags)
{
	return must(scols_table_new_column(table, name, 0, flags));
}

static struct section *add_section(struct document *d, const char *key, const char *title)
{
	struct section *s = &d->sections[d->count++];

	must(d->count <= SECTIONS ? s : NULL);
	s->table = must(scols_new_table());
	s->title = title;
	s->json = d->json;
	must_do(scols_table_set_name(s->table, key));
	if (d->json)
		must_do(scols_table_enable_json(s->table, 1));
	return s;
}

struct section *document_facts(struct document *d, const char *key, const char *title)
{
	struct section *s = add_section(d, key, title);

	s->facts = true;
	if (d->json) {
		s->row = must(scols_table_new_line(s->table, NULL));
	} else {
		scols_table_enable_noheadings(s->table, 1);
		add_column(s->table, "label", 0);
		add_column(s->table, "value", 0);
	}
	return s;
}

/* `text` is given up to the table. */
static void add_fact(struct section *s, const char *key, const char *label, char *text, int type)
{
	struct libscols_line *line;
	struct libscols_column *column;

	must(text);
	if (s->json) {
		column = add_column(s->table, key, 0);
		must_do(scols_column_set_json_type(column, type));
		must_do(scols_line_refer_column_data(s->row, column, text));
		return;
	}
	if (!label || !text[0]) {
		free(text);
		return;
	}
	line = must(scols_table_new_line(s->table, NULL));
	must_do(scols_line_set_data(line, 0, label));
	must_do(scols_line_refer_data(line, 1, text));
}

void fact_text(struct section *s, const char *key, const char *label, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	add_fact(s, key, label, text, SCOLS_JSON_STRING);
}

void fact_number(struct section *s, const char *key, const char *label, uint64_t value,
		 const char *unit)
{
	char *text;

	if (asprintf(&text, "%" PRIu64 "%s%s", value, unit && !s->json ? " " : "",
		     unit && !s->json ? unit : "") < 0)
		text = NULL;
	add_fact(s, key, label, text, SCOLS_JSON_NUMBER);
}

void fact_bool(struct section *s, const char *key, const char *label, bool value)
{
	const char *text = value ? "yes" : "no";

	add_fact(s, key, label, strdup(s->json ? (value ? "1" : "0") : text), SCOLS_JSON_BOOLEAN);
}

void fact_words(struct section *s, const char *key, const char *label, const char *words)
{
	char *text = must(strdup(words[0] || s->json ? words : "none"));

	/* libsmartcols makes an array of what is separated by newlines. */
	for (char *at = text; s->json && *at; at++)
		if (*at == ' ')
			*at = '\n';
	add_fact(s, key, label, text, SCOLS_JSON_ARRAY_STRING);
}

struct section *document_list(struct document *d, const char *key, const char *title,
			      const struct column *columns)
{
	struct section *s = add_section(d, key, title);

	for (; columns->key; columns++) {
		struct libscols_column *column =
			add_column(s->table, d->json ? columns->key : columns->heading,
				   columns->number ? SCOLS_FL_RIGHT : 0);

		must_do(scols_column_set_json_type(column, columns->number ? SCOLS_JSON_NUMBER :
						   SCOLS_JSON_STRING));
	}
	return s;
}

void list_row(struct section *s, const char *const *cells)
{
	struct libscols_line *line = must(scols_table_new_line(s->table, NULL));

	for (size_t i = 0; i < scols_table_get_ncols(s->table); i++)
		must_do(scols_line_set_data(line, i, cells[i]));
}

/*
 * libsmartcols draws {"name": [rows]}. Several sections and a schema number
 * need one object around them, and facts are an object rather than a list of
 * one: take what is between the outermost brackets.
 */
static void print_json_section(struct section *s, FILE *to)
{
	char *text, *first, *last;

	must_do(scols_print_table_to_string(s->table, &text));
	first = must(strchr(text, '['));
	last = must(strrchr(text, ']'));
	if (s->facts) {
		*last = '\0';
		first = must(strchr(first, '{'));
		last = must(strrchr(first, '}'));
	}
	fprintf(to, ",\n   \"%s\": %.*s", scols_table_get_name(s->table), (int)(last - first + 1), first);
	free(text);
}

static void print_text_section(struct section *s, bool first, FILE *to)
{
	if (s->title && !scols_table_get_nlines(s->table))
		return;
	if (s->title)
		fprintf(to, "%s%s:\n", first ? "" : "\n", s->title);
	must_do(scols_table_set_stream(s->table, to));
	must_do(scols_print_table(s->table));
}

void document_print_to(struct document *d, FILE *to)
{
	if (d->json)
		fprintf(to, "{\n   \"schema\": %d", JSON_SCHEMA);
	for (unsigned int i = 0; i < d->count; i++) {
		struct section *s = &d->sections[i];

		if (d->json)
			print_json_section(s, to);
		else
			print_text_section(s, i == 0, to);
		scols_unref_table(s->table);
	}
	if (d->json)
		fprintf(to, "\n}\n");
	fflush(to);
	free(d);
}

void document_print(struct document *d)
{
	document_print_to(d, stdout);
}

void document_drop(struct document *d)
{
	for (unsigned int i = 0; i < d->count; i++)
		scols_unref_table(d->sections[i].table);
	free(d);
}

const char *size_text(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	static char buffers[4][32];
	static unsigned int next;
	char *text = buffers[next++ % 4];
	unsigned int unit = 0;

	while (unit < 4 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, sizeof(buffers[0]), "%" PRIu64 " %s", bytes, units[unit]);
	return text;
}
