// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims of a token: the tables of them, and reading a token by these.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cca.h>

#include "claims.h"

/* The collection of both messages: as CMW (a tag, and each message with its media type), and as it was before. */
#define TAG_COLLECTION		907
#define TAG_COLLECTION_OLD	399
#define MEDIA_TYPE_EAT_CWT	263
#define LABEL_PLATFORM		44234
#define LABEL_REALM		44241
#define LABEL_REMS		44239
#define REMS			4

#define HASH_LEAST	32
#define HASH_MOST	64
#define TEXT_MOST	255

#define TEXT(label, key, title, optional) \
	{ label, key, title, FORM_TEXT, ITEM_TEXT, 1, TEXT_MOST, optional }
#define HEX(label, key, title, least, most, optional) \
	{ label, key, title, FORM_HEX, ITEM_BYTES, least, most, optional }
#define HASH(label, key, title, optional) \
	{ label, key, title, FORM_HASH, ITEM_TEXT, 1, TEXT_MOST, optional }

/* Labels of the realm: RMM specification, "CCA attestation token". Of the platform: draft-ffm-rats-cca-token. */
const struct claim_def claim_defs[CLAIMS] = {
	/* Not in tokens of RMM 1.0. */
	[CLAIM_PROFILE] = TEXT(265, "profile", "profile", true),
	[CLAIM_CHALLENGE] = HEX(10, "challenge", "challenge", 64, 64, false),
	[CLAIM_RPV] = HEX(44235, "rpv", "personalisation (RPV)", 64, 64, false),
	[CLAIM_HASH] = HASH(44236, "hash", "hash", false),
	[CLAIM_RIM] = HEX(44238, "rim", "initial measurement (RIM)", HASH_LEAST, HASH_MOST, false),
	/* One claim, an array. */
	[CLAIM_REM0] = HEX(LABEL_REMS, "rem0", "extensible (REM 0)", HASH_LEAST, HASH_MOST, false),
	[CLAIM_REM1] = HEX(LABEL_REMS, "rem1", "extensible (REM 1)", HASH_LEAST, HASH_MOST, false),
	[CLAIM_REM2] = HEX(LABEL_REMS, "rem2", "extensible (REM 2)", HASH_LEAST, HASH_MOST, false),
	[CLAIM_REM3] = HEX(LABEL_REMS, "rem3", "extensible (REM 3)", HASH_LEAST, HASH_MOST, false),
	[CLAIM_KEY] = HEX(44237, "key", "public key", 1, 256, false),
	[CLAIM_KEY_HASH] = HASH(44240, "key-hash", "hash of the key", false),
	/* Since profile realm#2.0.0. */
	[CLAIM_REALM_ID] = HEX(256, "realm-id", "realm", 7, 33, true),
	[CLAIM_MEC] = { 44243, "mec", "memory encryption policy", FORM_NUMBER, ITEM_UINT, 0, UINT32_MAX, true },
	[CLAIM_PLATFORM_PROFILE] = TEXT(265, "platform-profile", "profile", false),
	[CLAIM_PLATFORM_CHALLENGE] = HEX(10, "platform-challenge", "challenge", HASH_LEAST, HASH_MOST, false),
	[CLAIM_IMPLEMENTATION_ID] = HEX(2396, "implementation-id", "implementation", 32, 32, false),
	[CLAIM_INSTANCE_ID] = HEX(256, "instance-id", "instance", 33, 33, false),
	[CLAIM_CONFIGURATION] = HEX(2401, "configuration", "configuration", 0, CLAIM_BYTES_MAX, false),
	[CLAIM_LIFECYCLE] = { 2395, "lifecycle", "lifecycle", FORM_LIFECYCLE, ITEM_UINT, 0, UINT16_MAX, false },
	[CLAIM_PLATFORM_HASH] = HASH(2402, "platform-hash", "hash", false),
	[CLAIM_SERVICE] = TEXT(2400, "service", "verification service", true),
	[CLAIM_COMPONENTS] = { 2399, "components", NULL, FORM_NONE, ITEM_ARRAY, 1, COMPONENTS_MAX, false },
};

static const struct claim_def part_defs[PARTS] = {
	[PART_TYPE] = TEXT(1, "component", NULL, true),
	[PART_MEASUREMENT] = HEX(2, "measurement", NULL, HASH_LEAST, HASH_MOST, false),
	[PART_VERSION] = TEXT(4, "version", NULL, true),
	[PART_SIGNER] = HEX(5, "signer", NULL, HASH_LEAST, HASH_MOST, false),
	[PART_HASH] = HASH(6, "component-hash", NULL, true),
};

/* ------------------------------------------------------------------ values */

int hash_of_text(struct bytes text)
{
	static const char *const names[] = {
		[CCA_HASH_SHA256] = "sha-256", [CCA_HASH_SHA512] = "sha-512", [CCA_HASH_SHA384] = "sha-384",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == text.length && !memcmp(names[i], text.at, text.length))
			return i;
	return -1;
}

static bool check_length(const struct item *item, const struct claim_def *def, struct complaint *c)
{
	if (item->value >= def->least && item->value <= def->most)
		return true;
	if (def->least == def->most)
		return complain(c, item->whole.at, "%s has the length %" PRIu64 ", and must have %" PRIu64, def->key,
				item->value, def->least);
	return complain(c, item->whole.at, "%s is %" PRIu64 " (%s), and may be from %" PRIu64 " to %" PRIu64, def->key,
			item->value, def->kind == ITEM_UINT ? "its value" : "its length", def->least, def->most);
}

/* It is shown on terminals. */
static bool check_text(const struct item *item, const struct claim_def *def, struct complaint *c)
{
	for (size_t i = 0; i < item->content.length; i++)
		if (item->content.at[i] < ' ' || item->content.at[i] > '~')
			return complain(c, item->content.at + i, "%s has a character that cannot be shown", def->key);
	if (def->form == FORM_HASH && hash_of_text(item->content) < 0)
		return complain(c, item->whole.at, "%s is '%.*s', which is none of sha-256, sha-384, sha-512", def->key,
				(int)item->content.length, item->content.at);
	return true;
}

static bool check_claim(const struct item *item, const struct claim_def *def, struct complaint *c)
{
	static const char *const kinds[] = {
		[ITEM_UINT] = "number", [ITEM_BYTES] = "byte string", [ITEM_TEXT] = "text", [ITEM_ARRAY] = "array",
	};

	if (item->kind != def->kind)
		return complain(c, item->whole.at, "%s is no %s", def->key, kinds[def->kind]);
	return check_length(item, def, c) && (def->kind != ITEM_TEXT || check_text(item, def, c));
}

/* ------------------------------------------------------------------- reads */

/* The measurements that a realm extends come together. */
static bool read_rems(struct item array, struct token *t, struct complaint *c)
{
	if (array.kind != ITEM_ARRAY || array.value != REMS)
		return complain(c, array.whole.at, "the extensible measurements (REM) are no array of %d", REMS);
	for (int i = 0; i < REMS; i++) {
		t->claims[CLAIM_REM0 + i] = item_take(&array.content);
		if (!check_claim(&t->claims[CLAIM_REM0 + i], &claim_defs[CLAIM_REM0 + i], c))
			return false;
	}
	return true;
}

/* A pair of a map. Claims that are not known are allowed, and told. */
static bool read_claim(int64_t label, struct item value, bool platform, struct token *t, struct complaint *c)
{
	if (label == LABEL_REMS && !platform)
		return read_rems(value, t, c);
	for (int i = 0; i < CLAIMS; i++) {
		if (claim_defs[i].label != label || claim_is_platform(i) != platform)
			continue;
		t->claims[i] = value;
		return check_claim(&value, &claim_defs[i], c);
	}
	if (t->other_count < OTHERS_MAX)
		t->others[t->other_count++] = label;
	return true;
}

static bool read_claims(struct bytes payload, bool platform, struct token *t, struct complaint *c)
{
	struct item map, label, value;

	if (!item_check(payload, c))
		return false;
	map = item_take(&payload);
	if (map.kind != ITEM_MAP)
		return complain(c, map.whole.at, "the claims of the %s are no map", platform ? "platform" : "realm");
	for (uint64_t i = 0; i < map.value; i++) {
		label = item_take(&map.content);
		value = item_take(&map.content);
		if (!read_claim(item_label(&label), value, platform, t, c))
			return false;
	}
	return true;
}

static bool read_component(struct item map, struct component *component, struct complaint *c)
{
	struct item label, value;

	if (map.kind != ITEM_MAP)
		return complain(c, map.whole.at, "a software component is no map");
	for (uint64_t i = 0; i < map.value; i++) {
		label = item_take(&map.content);
		value = item_take(&map.content);
		for (int k = 0; k < PARTS; k++) {
			if (part_defs[k].label != item_label(&label))
				continue;
			if (!check_claim(&value, &part_defs[k], c))
				return false;
			component->parts[k] = value;
		}
	}
	for (int k = 0; k < PARTS; k++)
		if (!part_defs[k].optional && component->parts[k].kind == ITEM_NONE)
			return complain(c, map.whole.at, "a software component has no %s", part_defs[k].key);
	return true;
}

static bool read_components(struct item array, struct token *t, struct complaint *c)
{
	for (uint64_t i = 0; i < array.value; i++)
		if (!read_component(item_take(&array.content), &t->components[t->component_count++], c))
			return false;
	return true;
}

/* All measurements of a realm are as long as its hash says. */
static bool check_measurements(const struct token *t, struct complaint *c)
{
	const struct item *hash = &t->claims[CLAIM_HASH];
	size_t length;

	if (hash->kind == ITEM_NONE)
		return true;
	length = cca_hash_size(hash_of_text(hash->content));
	for (int i = CLAIM_RIM; i <= CLAIM_REM3; i++)
		if (t->claims[i].kind != ITEM_NONE && t->claims[i].content.length != length)
			return complain(c, t->claims[i].whole.at, "%s has %zu bytes, and the hash of the realm %zu",
					claim_defs[i].key, t->claims[i].content.length, length);
	return true;
}

/* The bytes of a message, out of its wrapping: an array of media type and message, or the message alone. */
static bool unwrap(struct item wrapped, bool old, struct item *message, struct complaint *c)
{
	struct item type;

	if (!old) {
		if (wrapped.kind != ITEM_ARRAY || wrapped.value != 2)
			return complain(c, wrapped.whole.at, "a message has no media type");
		type = item_take(&wrapped.content);
		if (type.kind != ITEM_UINT || type.value != MEDIA_TYPE_EAT_CWT)
			return complain(c, type.whole.at, "the media type of a message is not %d", MEDIA_TYPE_EAT_CWT);
		wrapped = item_take(&wrapped.content);
	}
	if (wrapped.kind != ITEM_BYTES)
		return complain(c, wrapped.whole.at, "a message is no byte string");
	*message = wrapped;
	return true;
}

static bool read_collection(struct item tag, struct item messages[2], struct complaint *c)
{
	const bool old = tag.value == TAG_COLLECTION_OLD;
	struct item map, label, value;

	if (tag.kind != ITEM_TAG || (!old && tag.value != TAG_COLLECTION))
		return complain(c, tag.whole.at, "this is no token of Arm CCA: its tag is neither %d nor %d",
				TAG_COLLECTION, TAG_COLLECTION_OLD);
	map = item_take(&tag.content);
	if (map.kind != ITEM_MAP)
		return complain(c, map.whole.at, "the token is no map");
	for (uint64_t i = 0; i < map.value; i++) {
		label = item_take(&map.content);
		value = item_take(&map.content);
		if (item_label(&label) != LABEL_PLATFORM && item_label(&label) != LABEL_REALM)
			continue;
		if (!unwrap(value, old, &messages[item_label(&label) == LABEL_PLATFORM], c))
			return false;
	}
	for (int i = 0; i < 2; i++)
		if (messages[i].kind == ITEM_NONE)
			return complain(c, map.whole.at, "there is nothing of the %s in it", i ? "platform" : "realm");
	return true;
}

bool token_read(struct bytes from, struct token *t, struct complaint *c)
{
	struct item messages[2] = { 0 };	/* of the realm, of the platform */

	memset(t, 0, sizeof(*t));
	c->start = from.at;
	if (!from.length)
		return complain(c, from.at, "it is empty");
	if (!item_check(from, c) || !read_collection(item_take(&from), messages, c))
		return false;
	return sign1_read(messages[0].content, &t->realm, c) && sign1_read(messages[1].content, &t->platform, c) &&
	       read_claims(t->realm.payload, false, t, c) && read_claims(t->platform.payload, true, t, c) &&
	       read_components(t->claims[CLAIM_COMPONENTS], t, c) && check_measurements(t, c);
}

/* ------------------------------------------------------------------- words */

const char *lifecycle_name(uint64_t lifecycle)
{
	static const char *const names[] = {
		"unknown", "assembly-and-test", "rot-provisioning", "secured", "non-rot-debug", "recoverable-rot-debug",
		"decommissioned",
	};

	/* The lower byte is the implementation's. */
	if (lifecycle & 0x0f00 || lifecycle >> 12 >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[lifecycle >> 12];
}

static const char *item_text(const struct item *item, enum claim_form form, char text[CLAIM_TEXT_MAX])
{
	const char *name;

	text[0] = '\0';
	if (item->kind == ITEM_NONE)
		return text;
	switch (form) {
	case FORM_TEXT:
		snprintf(text, CLAIM_TEXT_MAX, "%.*s", (int)item->content.length, item->content.at);
		break;
	case FORM_HEX:
		for (size_t i = 0; i < item->content.length; i++)
			sprintf(text + 2 * i, "%02x", item->content.at[i]);
		break;
	case FORM_HASH:
		snprintf(text, CLAIM_TEXT_MAX, "%s", cca_hash_name(hash_of_text(item->content)));
		break;
	case FORM_LIFECYCLE:
		name = lifecycle_name(item->value);
		snprintf(text, CLAIM_TEXT_MAX, "%s (0x%04" PRIx64 ")", name ? name : "of no name", item->value);
		break;
	case FORM_NUMBER:
		snprintf(text, CLAIM_TEXT_MAX, "%" PRIu64, item->value);
		break;
	case FORM_NONE:
		break;
	}
	return text;
}

const char *claim_text(const struct token *t, enum claim claim, char text[CLAIM_TEXT_MAX])
{
	return item_text(&t->claims[claim], claim_defs[claim].form, text);
}

const char *part_text(const struct component *component, enum component_part part, char text[CLAIM_TEXT_MAX])
{
	return item_text(&component->parts[part], part_defs[part].form, text);
}
