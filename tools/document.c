// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a verb says on stdout, as tables for people or as JSON for scripts; both
 * are drawn by libsmartcols.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libsmartcols.h>

#include "command.h"

#define SECTIONS	8

struct fact {
	char *key;
	char *label;			/* NULL: for scripts only */
	char *text;
	char *unit;			/* behind the text, for people; or NULL */
	int type;			/* SCOLS_JSON_* */
};

/*
 * A list is a table from the beginning. Facts become one when they are printed:
 * with one row and many columns in JSON, and where columns were asked for, and
 * with two columns (label, value) and many rows otherwise.
 */
struct section {
	struct libscols_table *table;
	const char *key;
	const char *title;
	bool json;
	const struct column *columns;	/* of a list; NULL: facts */
	struct fact *facts;
	unsigned int fact_count;
};

/* Which columns are printed, and how. */
struct selection {
	const char *names;		/* with commas between; NULL: all */
	bool no_headings;
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
	s->key = key;
	s->title = title;
	s->json = d->json;
	must_do(scols_table_set_name(s->table, key));
	if (d->json)
		must_do(scols_table_enable_json(s->table, 1));
	return s;
}

struct section *document_facts(struct document *d, const char *key, const char *title)
{
	return add_section(d, key, title);
}

/* `text` is given up to the section. */
static void add_fact(struct section *s, const char *key, const char *label, char *text,
		     const char *unit, int type)
{
	struct fact fact = { .text = must(text), .type = type };

	fact.key = must(strdup(key));
	if (label)
		fact.label = must(strdup(label));
	if (unit)
		fact.unit = must(strdup(unit));
	s->facts = must(reallocarray(s->facts, s->fact_count + 1, sizeof(fact)));
	s->facts[s->fact_count++] = fact;
}

void fact_text(struct section *s, const char *key, const char *label, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	add_fact(s, key, label, text, NULL, SCOLS_JSON_STRING);
}

void fact_number(struct section *s, const char *key, const char *label, uint64_t value,
		 const char *unit)
{
	char *text;

	if (asprintf(&text, "%" PRIu64, value) < 0)
		text = NULL;
	add_fact(s, key, label, text, unit, SCOLS_JSON_NUMBER);
}

void fact_bool(struct section *s, const char *key, const char *label, bool value)
{
	const char *text = value ? "yes" : "no";

	add_fact(s, key, label, strdup(s->json ? (value ? "1" : "0") : text), NULL,
		 SCOLS_JSON_BOOLEAN);
}

void fact_words(struct section *s, const char *key, const char *label, const char *words)
{
	char *text = must(strdup(words[0] || s->json ? words : "none"));

	/* An array is made of what is separated by newlines. */
	for (char *at = text; s->json && *at; at++)
		if (*at == ' ')
			*at = '\n';
	add_fact(s, key, label, text, NULL, SCOLS_JSON_ARRAY_STRING);
}

struct section *document_list(struct document *d, const char *key, const char *title,
			      const struct column *columns)
{
	struct section *s = add_section(d, key, title);

	s->columns = columns;
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

/* ---------------------------------------------------------------- selecting */

/* Whether `name` is one of the names with commas between. */
static bool is_selected(const struct selection *selection, const char *name)
{
	const char *at = selection->names;
	size_t length;

	for (; at; at = at[length] ? at + length + 1 : NULL) {
		length = strcspn(at, ",");
		if (strlen(name) == length && !strncasecmp(at, name, length))
			return true;
	}
	return !selection->names;
}

static bool has_column(const struct section *s, const char *name, size_t length)
{
	for (const struct column *c = s->columns; c && c->key; c++)
		if (strlen(c->key) == length && !strncasecmp(c->key, name, length))
			return true;
	for (unsigned int i = 0; i < s->fact_count; i++)
		if (strlen(s->facts[i].key) == length &&
		    !strncasecmp(s->facts[i].key, name, length))
			return true;
	return false;
}

static void name_columns(const struct document *d, char *text, size_t size)
{
	size_t used = 0;

	/* For the dots. */
	size -= sizeof(",...");
	text[0] = '\0';
	for (unsigned int i = 0; i < d->count; i++) {
		const struct section *s = &d->sections[i];

		for (const struct column *c = s->columns; c && c->key && used < size; c++)
			used += snprintf(text + used, size - used, "%s%s", used ? "," : "", c->key);
		for (unsigned int k = 0; k < s->fact_count && used < size; k++)
			used += snprintf(text + used, size - used, "%s%s", used ? "," : "",
					 s->facts[k].key);
	}
	/* Cut between two. */
	if (used >= size)
		strcpy(strrchr(text, ','), ",...");
}

static int check_columns(const struct document *d, const char *names, struct problem *p)
{
	char offered[400], next[sizeof(p->next)];
	size_t length;
	bool found;

	for (const char *at = names; at; at = at[length] ? at + length + 1 : NULL) {
		length = strcspn(at, ",");
		found = false;
		for (unsigned int i = 0; i < d->count; i++)
			found |= has_column(&d->sections[i], at, length);
		if (found)
			continue;
		snprintf(next, sizeof(next), "give names with commas between, without blanks");
		name_columns(d, offered, sizeof(offered));
		return problem(p, STATUS_USAGE, "--output", "use this value", next,
			       "there is no column '%.*s'; there are %s", (int)length, at, offered);
	}
	return STATUS_OK;
}

/* Nothing of it is wanted. */
static bool is_empty(const struct section *s, const struct selection *selection)
{
	if (!selection->names)
		return false;
	for (const struct column *c = s->columns; c && c->key; c++)
		if (is_selected(selection, c->key))
			return false;
	for (unsigned int i = 0; i < s->fact_count; i++)
		if (is_selected(selection, s->facts[i].key))
			return false;
	return true;
}

/* In the order in which they were asked for; what was not is hidden. */
static void select_columns(struct section *s, const struct selection *selection)
{
	struct libscols_column *all[64], *last = NULL;
	const struct column *c;
	size_t length, count = 0;

	for (c = s->columns; c->key; c++, count++) {
		all[count] = must(scols_table_get_column(s->table, count));
		if (!is_selected(selection, c->key))
			must_do(scols_column_set_flags(all[count], SCOLS_FL_HIDDEN |
						       scols_column_get_flags(all[count])));
	}
	for (const char *at = selection->names; at; at = at[length] ? at + length + 1 : NULL) {
		length = strcspn(at, ",");
		for (size_t i = 0; i < count; i++) {
			if (strlen(s->columns[i].key) != length ||
			    strncasecmp(s->columns[i].key, at, length) || all[i] == last)
				continue;
			must_do(scols_table_move_column(s->table, last, all[i]));
			last = all[i];
		}
	}
}

/* ------------------------------------------------------------------ printing */

static void add_fact_column(struct section *s, struct libscols_line *row, const struct fact *fact)
{
	struct libscols_column *column;
	char heading[64];
	size_t k;

	for (k = 0; fact->key[k] && k < sizeof(heading) - 1; k++)
		heading[k] = s->json ? fact->key[k] : toupper((unsigned char)fact->key[k]);
	heading[k] = '\0';
	column = add_column(s->table, heading, 0);
	must_do(scols_column_set_json_type(column, fact->type));
	if (fact->type == SCOLS_JSON_ARRAY_STRING) {
		must_do(scols_column_set_flags(column, SCOLS_FL_WRAP));
		must_do(scols_column_set_safechars(column, "\n"));
		must_do(scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
						  scols_wrapnl_nextchunk, NULL));
	}
	must_do(scols_line_set_column_data(row, column, fact->text));
}

/* In the order in which they were asked for. */
static void facts_in_columns(struct section *s, const struct selection *selection)
{
	struct libscols_line *row = must(scols_table_new_line(s->table, NULL));
	const char *at = selection->names;
	size_t length;

	for (unsigned int i = 0; !at && i < s->fact_count; i++)
		add_fact_column(s, row, &s->facts[i]);
	for (; at; at = at[length] ? at + length + 1 : NULL) {
		length = strcspn(at, ",");
		for (unsigned int i = 0; i < s->fact_count; i++)
			if (strlen(s->facts[i].key) == length &&
			    !strncasecmp(s->facts[i].key, at, length))
				add_fact_column(s, row, &s->facts[i]);
	}
}

static void facts_in_rows(struct section *s)
{
	struct libscols_line *line;
	char *text;

	scols_table_enable_noheadings(s->table, 1);
	add_column(s->table, "label", 0);
	add_column(s->table, "value", 0);
	for (unsigned int i = 0; i < s->fact_count; i++) {
		const struct fact *fact = &s->facts[i];

		if (!fact->label || !fact->text[0])
			continue;
		line = must(scols_table_new_line(s->table, NULL));
		must_do(scols_line_set_data(line, 0, fact->label));
		if (asprintf(&text, "%s%s%s", fact->text, fact->unit ? " " : "",
			     fact->unit ? fact->unit : "") < 0)
			text = NULL;
		must_do(scols_line_refer_data(line, 1, must(text)));
	}
}

static void draw(struct section *s, const struct selection *selection)
{
	if (selection->no_headings)
		scols_table_enable_noheadings(s->table, 1);
	if (s->columns)
		select_columns(s, selection);
	else if (s->json || selection->names)
		facts_in_columns(s, selection);
	else
		facts_in_rows(s);
}

/*
 * libsmartcols has no empty array: it has one with null in it, on a line of its
 * own. That cannot be part of a string, which has no newlines.
 */
static void empty_arrays(char *text)
{
	static const char blanks[] = " \n";
	char *null, *end;

	for (char *at = strchr(text, '['); at; at = strchr(at + 1, '[')) {
		null = at + 1 + strspn(at + 1, blanks);
		if (at[1] != '\n' || strncmp(null, "null", strlen("null")))
			continue;
		end = null + strlen("null");
		end += strspn(end, blanks);
		if (*end == ']')
			memmove(at + 1, end, strlen(end) + 1);
	}
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
	empty_arrays(text);
	first = must(strchr(text, '['));
	last = must(strrchr(text, ']'));
	if (!s->columns) {
		*last = '\0';
		first = must(strchr(first, '{'));
		last = must(strrchr(first, '}'));
	}
	fprintf(to, ",\n   \"%s\": %.*s", s->key, (int)(last - first + 1), first);
	free(text);
}

static void print_text_section(struct section *s, const struct selection *selection, bool first,
			       FILE *to)
{
	if (s->title && !scols_table_get_nlines(s->table))
		return;
	if (s->title && !selection->names && !selection->no_headings)
		fprintf(to, "%s%s:\n", first ? "" : "\n", s->title);
	must_do(scols_table_set_stream(s->table, to));
	must_do(scols_print_table(s->table));
}

static void print_selection(struct document *d, const struct selection *selection, FILE *to)
{
	if (d->json)
		fprintf(to, "{\n   \"schema\": %d", JSON_SCHEMA);
	for (unsigned int i = 0; i < d->count; i++) {
		struct section *s = &d->sections[i];

		if (is_empty(s, selection))
			continue;
		draw(s, selection);
		if (d->json)
			print_json_section(s, to);
		else
			print_text_section(s, selection, i == 0, to);
	}
	if (d->json)
		fprintf(to, "\n}\n");
	fflush(to);
	document_drop(d);
}

void document_print_to(struct document *d, FILE *to)
{
	print_selection(d, &(const struct selection) { 0 }, to);
}

void document_print(struct document *d)
{
	document_print_to(d, stdout);
}

int document_finish(struct document *d, const struct settings *s, struct problem *p)
{
	const struct selection selection = { .names = s->columns, .no_headings = s->no_headings };
	int status = check_columns(d, s->columns, p);

	if (status)
		document_drop(d);
	else
		print_selection(d, &selection, stdout);
	return status;
}

/* No line breaks and no blanks; those in a string are not ours. */
static void print_joined(const char *text)
{
	bool string = false;

	for (; *text; text++) {
		if (*text == '\n' || (!string && *text == ' '))
			continue;
		if (*text == '\\' && text[1])
			putchar(*text++);
		else if (*text == '"')
			string = !string;
		putchar(*text);
	}
	putchar('\n');
}

void document_print_line(struct document *d)
{
	char *text;
	size_t size;
	FILE *to = must(open_memstream(&text, &size));

	document_print_to(d, to);
	must_do(fclose(to));
	print_joined(text);
	free(text);
}

void document_drop(struct document *d)
{
	for (unsigned int i = 0; i < d->count; i++) {
		struct section *s = &d->sections[i];

		for (unsigned int k = 0; k < s->fact_count; k++) {
			free(s->facts[k].key);
			free(s->facts[k].label);
			free(s->facts[k].text);
			free(s->facts[k].unit);
		}
		free(s->facts);
		scols_unref_table(s->table);
	}
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
