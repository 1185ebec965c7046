// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading CBOR that nobody vouches for. libcbor reads the heads of items, one at a time; what is nested is walked here,
 * so that counts and levels are believed only as far as there are bytes.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cbor.h>

#include "item.h"

#define LEVELS_MAX	16
#define KEYS_MAX	64

bool complain(struct complaint *c, const uint8_t *at, const char *format, ...)
{
	va_list arguments;
	int used;

	used = snprintf(c->text, sizeof(c->text), "byte %td: ", at - c->start);
	va_start(arguments, format);
	vsnprintf(c->text + used, sizeof(c->text) - used, format, arguments);
	va_end(arguments);
	return false;
}

/* ------------------------------------------------------------------ heads */

static void take(void *context, enum item_kind kind, uint64_t value)
{
	struct item *item = context;

	item->kind = kind;
	item->value = value;
}

static void take_string(void *context, enum item_kind kind, cbor_data at, size_t length)
{
	struct item *item = context;

	take(item, kind, length);
	item->content = (struct bytes) { at, length };
}

#define TAKES(name, type, kind) \
	static void take_##name(void *context, type value) { take(context, kind, value); }

TAKES(uint8, uint8_t, ITEM_UINT)
TAKES(uint16, uint16_t, ITEM_UINT)
TAKES(uint32, uint32_t, ITEM_UINT)
TAKES(uint64, uint64_t, ITEM_UINT)
TAKES(negint8, uint8_t, ITEM_NEGATIVE)
TAKES(negint16, uint16_t, ITEM_NEGATIVE)
TAKES(negint32, uint32_t, ITEM_NEGATIVE)
TAKES(negint64, uint64_t, ITEM_NEGATIVE)
TAKES(array, size_t, ITEM_ARRAY)
TAKES(map, size_t, ITEM_MAP)
TAKES(tag, uint64_t, ITEM_TAG)

/* Their values are nobody's concern, and those of floats no integers. */
#define PASSES(name, type) \
	static void take_##name(void *context, type value) { take(context, ITEM_OTHER, 0); }

PASSES(float, float)
PASSES(double, double)
PASSES(boolean, bool)

static void take_bytes(void *context, cbor_data at, size_t length)
{
	take_string(context, ITEM_BYTES, at, length);
}

static void take_text(void *context, cbor_data at, size_t length)
{
	take_string(context, ITEM_TEXT, at, length);
}

static void take_simple(void *context)
{
	take(context, ITEM_OTHER, 0);
}

/* It stays ITEM_NONE: what has no length in advance, and the end of it. */
static void take_indefinite(void *context)
{
}

static const struct cbor_callbacks takers = {
	.uint8 = take_uint8, .uint16 = take_uint16, .uint32 = take_uint32, .uint64 = take_uint64,
	.negint8 = take_negint8, .negint16 = take_negint16, .negint32 = take_negint32, .negint64 = take_negint64,
	.byte_string = take_bytes, .string = take_text,
	.array_start = take_array, .map_start = take_map, .tag = take_tag,
	.float2 = take_float, .float4 = take_float, .float8 = take_double,
	.undefined = take_simple, .null = take_simple, .boolean = take_boolean,
	.byte_string_start = take_indefinite, .string_start = take_indefinite,
	.indef_array_start = take_indefinite, .indef_map_start = take_indefinite, .indef_break = take_indefinite,
};

/* How long a head with this value is, at its shortest. */
static size_t head_length(uint64_t value)
{
	return value < 24 ? 1 : value <= UINT8_MAX ? 2 : value <= UINT16_MAX ? 3 : value <= UINT32_MAX ? 5 : 9;
}

/* The library refuses tags from 6 to 20 where they are one byte, and COSE_Sign1 is 18. */
static struct cbor_decoder_result decode(const uint8_t *at, size_t length, struct item *item)
{
	if (*at < 0xc0 || *at >= 0xd8)
		return cbor_stream_decode(at, length, &takers, item);
	take(item, ITEM_TAG, *at & 0x1f);
	return (struct cbor_decoder_result) { .read = 1, .status = CBOR_DECODER_FINISHED };
}

/* Take the head of an item, and of a string its content, off the front. */
static bool take_head(struct bytes *from, struct item *item, struct complaint *c)
{
	const uint8_t *at = from->at;
	struct cbor_decoder_result result;
	size_t head;

	*item = (struct item) { .kind = ITEM_NONE };
	if (!from->length)
		return complain(c, at, "it ends here, in the middle");
	result = decode(at, from->length, item);
	if (result.status == CBOR_DECODER_NEDATA)
		return complain(c, at, "it ends before this item does");
	if (result.status != CBOR_DECODER_FINISHED || !result.read || result.read > from->length)
		return complain(c, at, "0x%02x begins no item of CBOR", *at);
	if (item->kind == ITEM_NONE)
		return complain(c, at, "lengths must be told in advance, and this one is not");
	head = result.read;
	if (item->kind == ITEM_BYTES || item->kind == ITEM_TEXT)
		head -= item->content.length;
	if (item->kind != ITEM_OTHER && head != head_length(item->value))
		return complain(c, at, "%" PRIu64 " is written with more bytes than it needs", item->value);
	from->at += result.read;
	from->length -= result.read;
	item->whole = (struct bytes) { at, result.read };
	return true;
}

/* ------------------------------------------------------------------ walks */

static bool check_one(struct bytes *from, unsigned int level, struct complaint *c);

static bool check_map(struct bytes *from, const struct item *map, unsigned int level, struct complaint *c)
{
	struct bytes keys[KEYS_MAX];

	if (map->value > KEYS_MAX)
		return complain(c, map->whole.at, "a map of %" PRIu64 " keys; %d is the limit", map->value, KEYS_MAX);
	for (uint64_t i = 0; i < map->value; i++) {
		keys[i].at = from->at;
		if (!check_one(from, level, c))
			return false;
		keys[i].length = from->at - keys[i].at;
		for (uint64_t k = 0; k < i; k++)
			if (bytes_equal(keys[k], keys[i]))
				return complain(c, keys[i].at, "this key is in its map twice");
		if (!check_one(from, level, c))
			return false;
	}
	return true;
}

static bool check_one(struct bytes *from, unsigned int level, struct complaint *c)
{
	struct item item;

	if (level > LEVELS_MAX)
		return complain(c, from->at, "it is nested deeper than %d levels", LEVELS_MAX);
	if (!take_head(from, &item, c))
		return false;
	if (item.kind == ITEM_MAP)
		return check_map(from, &item, level + 1, c);
	if (item.kind == ITEM_TAG)
		return check_one(from, level + 1, c);
	if (item.kind != ITEM_ARRAY)
		return true;
	/* Each is a byte at least. */
	if (item.value > from->length)
		return complain(c, item.whole.at, "an array of %" PRIu64 " items, and %zu bytes are left", item.value,
				from->length);
	for (uint64_t i = 0; i < item.value; i++)
		if (!check_one(from, level + 1, c))
			return false;
	return true;
}

bool item_check(struct bytes from, struct complaint *c)
{
	if (!check_one(&from, 0, c))
		return false;
	return !from.length || complain(c, from.at, "%zu bytes follow the end", from.length);
}

struct item item_take(struct bytes *from)
{
	struct complaint ignored = { .start = from->at };
	uint64_t children = 0;
	struct item item;

	if (!take_head(from, &item, &ignored))
		return item;
	if (item.kind == ITEM_TAG)
		children = 1;
	else if (item.kind == ITEM_ARRAY)
		children = item.value;
	else if (item.kind == ITEM_MAP)
		children = 2 * item.value;
	else
		return item;
	item.content.at = from->at;
	while (children--)
		item_take(from);
	item.content.length = from->at - item.content.at;
	item.whole.length = from->at - item.whole.at;
	return item;
}

int64_t item_label(const struct item *item)
{
	if (item->value > INT32_MAX)
		return INT64_MIN;
	if (item->kind == ITEM_UINT)
		return item->value;
	return item->kind == ITEM_NEGATIVE ? -1 - (int64_t)item->value : INT64_MIN;
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.length == b.length && (!a.length || !memcmp(a.at, b.at, a.length));
}
