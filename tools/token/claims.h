/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an attestation token of Arm CCA says: two signed messages, one of the realm and one of the platform, and their
 * claims. One table (claim_defs) knows each claim: where it is, what it may be, what it is called.
 */
#ifndef TOKEN_CLAIMS_H
#define TOKEN_CLAIMS_H

#include "cose.h"
#include "item.h"

/* More than any RMM makes: Linux hands out 32 KiB at most. */
#define TOKEN_SIZE_MAX	(64 << 10)

enum claim {
	CLAIM_PROFILE,
	CLAIM_CHALLENGE,
	CLAIM_RPV,
	CLAIM_HASH,
	CLAIM_RIM,
	CLAIM_REM0,
	CLAIM_REM1,
	CLAIM_REM2,
	CLAIM_REM3,
	CLAIM_KEY,
	CLAIM_KEY_HASH,
	CLAIM_REALM_ID,
	CLAIM_MEC,
	CLAIM_PLATFORM_PROFILE,
	CLAIM_PLATFORM_CHALLENGE,
	CLAIM_IMPLEMENTATION_ID,
	CLAIM_INSTANCE_ID,
	CLAIM_CONFIGURATION,
	CLAIM_LIFECYCLE,
	CLAIM_PLATFORM_HASH,
	CLAIM_SERVICE,
	CLAIM_COMPONENTS,
	CLAIMS,
};

enum component_part {
	PART_TYPE,
	PART_MEASUREMENT,
	PART_VERSION,
	PART_SIGNER,
	PART_HASH,
	PARTS,
};

/* How a value is written. */
enum claim_form {
	FORM_TEXT,
	FORM_HEX,
	FORM_HASH,		/* sha256, as `cca` calls it */
	FORM_LIFECYCLE,		/* "secured (0x3000)" */
	FORM_NUMBER,
	FORM_NONE,		/* not in one word */
};

struct claim_def {
	int64_t label;			/* in its map */
	const char *key;		/* for scripts, policies, and messages */
	const char *title;		/* for people */
	enum claim_form form;
	enum item_kind kind;
	uint64_t least, most;		/* bytes of a string, the value of a number, items */
	bool optional;
};

extern const struct claim_def claim_defs[CLAIMS];

static inline bool claim_is_platform(enum claim claim)
{
	return claim >= CLAIM_PLATFORM_PROFILE;
}

#define COMPONENTS_MAX	64
#define OTHERS_MAX	16

struct component {
	struct item parts[PARTS];
};

/* Views into the bytes that it was read from. A claim that is missing has no kind. */
struct token {
	struct sign1 realm, platform;
	struct item claims[CLAIMS];
	struct component components[COMPONENTS_MAX];
	unsigned int component_count;
	int64_t others[OTHERS_MAX];	/* labels that this knows nothing of */
	unsigned int other_count;
};

/* False: these bytes are no token, and why. Claims may be missing, but those that are there are what they must be. */
bool token_read(struct bytes from, struct token *t, struct complaint *c);

/* What a token says may be as long as this, written out. */
#define CLAIM_BYTES_MAX	1024
#define CLAIM_TEXT_MAX	(2 * CLAIM_BYTES_MAX + 1)

/* The value in one word or more; empty if there is none. Returns `text`. */
const char *claim_text(const struct token *t, enum claim claim, char text[CLAIM_TEXT_MAX]);
const char *part_text(const struct component *component, enum component_part part, char text[CLAIM_TEXT_MAX]);

/* "secured", or "unknown", or NULL: a number of no lifecycle. */
const char *lifecycle_name(uint64_t lifecycle);

/* "sha-256" as tokens call it: its number in libcca, or -1. */
int hash_of_text(struct bytes text);

#endif
