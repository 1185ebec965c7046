/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Items of CBOR (RFC 8949), as views into the bytes that they were read from. Nothing is copied and nothing is
 * allocated, whatever the bytes say.
 */
#ifndef TOKEN_ITEM_H
#define TOKEN_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *at;
	size_t length;
};

enum item_kind {
	ITEM_NONE,		/* there is none */
	ITEM_UINT,		/* value */
	ITEM_NEGATIVE,		/* -1 - value */
	ITEM_BYTES,		/* content */
	ITEM_TEXT,		/* content, not terminated */
	ITEM_ARRAY,		/* value: how many items are in content */
	ITEM_MAP,		/* value: how many pairs */
	ITEM_TAG,		/* value: which one; content: what it is for */
	ITEM_OTHER,		/* what no token has: true, null, a float */
};

struct item {
	enum item_kind kind;
	uint64_t value;
	struct bytes content;
	struct bytes whole;	/* as it is encoded, with its head */
};

/* What is wrong with bytes that begin at `start`: a sentence that says where. */
struct complaint {
	const uint8_t *start;
	char text[256];
};

/* Always false, so that a reader can end with `return complain(...)`. */
bool complain(struct complaint *c, const uint8_t *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Whether all of `from` is one item, as strictly as a token is written: definite lengths, each number as short as
 * it can be, no key twice in a map, at most 16 levels and 64 keys.
 */
bool item_check(struct bytes from, struct complaint *c);

/* Take one item off the front of what item_check() has seen. */
struct item item_take(struct bytes *from);

/* A small number, which is what labels are; INT64_MIN for all else. */
int64_t item_label(const struct item *item);

bool bytes_equal(struct bytes a, struct bytes b);

#endif
