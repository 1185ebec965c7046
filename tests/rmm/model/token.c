// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CCA attestation token: a collection (CBOR tag 907) of a platform token and
 * a realm token, each a COSE_Sign1. Keys of maps, types and order are those of
 * the tokens that a real RMM gives. What the platform token says of a platform
 * is that there is none.
 *
 * All is written twice: to count, as CBOR says the size before the content, and
 * into the buffer.
 */
#include <string.h>

#include "model.h"

/* CBOR's major types, in the upper three bits of a head. */
enum cbor_type {
	CBOR_UNSIGNED = 0, CBOR_NEGATIVE = 1, CBOR_BYTES = 2, CBOR_TEXT = 3,
	CBOR_ARRAY = 4, CBOR_MAP = 5, CBOR_TAG = 6,
};

/* EAT's claims, and those that CCA has of its own. */
#define CLAIM_NONCE			10
#define CLAIM_UEID			256
#define CLAIM_PROFILE			265
#define CLAIM_PLATFORM_LIFECYCLE	2395
#define CLAIM_PLATFORM_IMPLEMENTATION	2396
#define CLAIM_PLATFORM_COMPONENTS	2399
#define CLAIM_PLATFORM_VERIFIER		2400
#define CLAIM_PLATFORM_CONFIG		2401
#define CLAIM_PLATFORM_HASH		2402
#define CLAIM_REALM_RPV			44235
#define CLAIM_REALM_HASH		44236
#define CLAIM_REALM_KEY			44237
#define CLAIM_REALM_RIM			44238
#define CLAIM_REALM_REMS		44239
#define CLAIM_REALM_KEY_HASH		44240
#define CLAIM_REALM_MEC			44243

#define COMPONENT_TYPE			1
#define COMPONENT_MEASUREMENT		2
#define COMPONENT_SIGNER		5
#define COMPONENT_HASH			6

#define TAG_COSE_SIGN1			18
#define TAG_COLLECTION			907
#define COLLECTION_PLATFORM		44234
#define COLLECTION_REALM		44241
#define COLLECTION_CWT			263	/* media type application/eat+cwt */

#define COSE_KEY_TYPE			1
#define COSE_KEY_TYPE_EC2		2
#define COSE_KEY_CURVE			-1
#define COSE_KEY_CURVE_P384		2
#define COSE_KEY_X			-2
#define COSE_KEY_Y			-3

/* A map of one: the algorithm is ES384. */
static const uint8_t protected_header[] = { 0xa1, 0x01, 0x38, 0x22 };

#define LIFECYCLE_TEST			0x1000	/* assembly and test */

struct writer {
	uint8_t *to;		/* NULL: count */
	size_t size, room;
};

typedef void (*claims_fn)(struct writer *w, const struct token_claims *claims);

static void put(struct writer *w, const void *from, size_t size)
{
	if (w->to && w->size <= w->room && size <= w->room - w->size)
		memcpy(w->to + w->size, from, size);
	w->size += size;
}

static void head(struct writer *w, enum cbor_type type, uint64_t value)
{
	unsigned int bytes = value < 24 ? 0 : value <= UINT8_MAX ? 1 :
			     value <= UINT16_MAX ? 2 : value <= UINT32_MAX ? 4 : 8;
	uint8_t out[9];

	/* 24 to 27 say that 1, 2, 4 or 8 bytes follow. */
	out[0] = (uint8_t)(type << 5 |
			   (bytes ? 24 + __builtin_ctz(bytes) : (uint8_t)value));
	for (unsigned int i = 0; i < bytes; i++)
		out[1 + i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
	put(w, out, 1 + bytes);
}

static void number(struct writer *w, int64_t value)
{
	if (value < 0)
		head(w, CBOR_NEGATIVE, (uint64_t)(-1 - value));
	else
		head(w, CBOR_UNSIGNED, (uint64_t)value);
}

static void bytes(struct writer *w, const void *from, size_t size)
{
	head(w, CBOR_BYTES, size);
	put(w, from, size);
}

static void text(struct writer *w, const char *from)
{
	head(w, CBOR_TEXT, strlen(from));
	put(w, from, strlen(from));
}

static void bytes_claim(struct writer *w, int64_t key, const void *from, size_t size)
{
	number(w, key);
	bytes(w, from, size);
}

static void text_claim(struct writer *w, int64_t key, const char *from)
{
	number(w, key);
	text(w, from);
}

static const char *hash_name(uint32_t algo)
{
	switch (algo) {
	case RMI_HASH_SHA_256:
		return "sha-256";
	case RMI_HASH_SHA_384:
		return "sha-384";
	default:
		return "sha-512";
	}
}

static void cose_key(struct writer *w, const struct test_key *key)
{
	head(w, CBOR_MAP, 4);
	number(w, COSE_KEY_TYPE);
	number(w, COSE_KEY_TYPE_EC2);
	number(w, COSE_KEY_CURVE);
	number(w, COSE_KEY_CURVE_P384);
	bytes_claim(w, COSE_KEY_X, key->x, sizeof(key->x));
	bytes_claim(w, COSE_KEY_Y, key->y, sizeof(key->y));
}

/* The realms' public key as the claim has it, and as the platform hashes it. */
static size_t realm_key(uint8_t out[TOKEN_KEY_SIZE_MAX])
{
	struct writer w = { .to = out, .room = TOKEN_KEY_SIZE_MAX };

	cose_key(&w, &test_key_realm);
	return w.size;
}

static void realm_claims(struct writer *w, const struct token_claims *c)
{
	size_t hash = measure_size(c->hash_algo), size;
	uint8_t key[TOKEN_KEY_SIZE_MAX];

	head(w, CBOR_MAP, 10);
	bytes_claim(w, CLAIM_NONCE, c->challenge, sizeof(c->challenge));
	bytes_claim(w, CLAIM_UEID, c->instance, sizeof(c->instance));
	bytes_claim(w, CLAIM_REALM_RPV, c->rpv, sizeof(c->rpv));
	size = realm_key(key);
	bytes_claim(w, CLAIM_REALM_KEY, key, size);
	text_claim(w, CLAIM_REALM_HASH, hash_name(c->hash_algo));
	text_claim(w, CLAIM_REALM_KEY_HASH, hash_name(RMI_HASH_SHA_256));
	number(w, CLAIM_REALM_MEC);
	number(w, c->mec_policy);
	text_claim(w, CLAIM_PROFILE, "tag:arm.com,2024:realm#2.0.0");
	bytes_claim(w, CLAIM_REALM_RIM, c->rim, hash);
	number(w, CLAIM_REALM_REMS);
	head(w, CBOR_ARRAY, REM_COUNT);
	for (unsigned int i = 0; i < REM_COUNT; i++)
		bytes(w, c->rem[i], hash);
}

/* What is measured is its name: nothing here is worth more. */
static void component(struct writer *w, const char *name)
{
	uint8_t slot[HASH_SIZE_MAX];

	head(w, CBOR_MAP, 4);
	text_claim(w, COMPONENT_TYPE, name);
	measure_hash(RMI_HASH_SHA_256, "TEST KEY", 8, slot);
	bytes_claim(w, COMPONENT_SIGNER, slot, measure_size(RMI_HASH_SHA_256));
	measure_hash(RMI_HASH_SHA_256, name, strlen(name), slot);
	bytes_claim(w, COMPONENT_MEASUREMENT, slot, measure_size(RMI_HASH_SHA_256));
	text_claim(w, COMPONENT_HASH, hash_name(RMI_HASH_SHA_256));
}

static void platform_claims(struct writer *w, const struct token_claims *unused)
{
	uint8_t key[TOKEN_KEY_SIZE_MAX], slot[HASH_SIZE_MAX];
	size_t size = realm_key(key);

	head(w, CBOR_MAP, 9);
	text_claim(w, CLAIM_PROFILE, "tag:arm.com,2023:cca_platform#1.0.0");
	measure_hash(RMI_HASH_SHA_256, key, size, slot);
	bytes_claim(w, CLAIM_NONCE, slot, measure_size(RMI_HASH_SHA_256));
	/* 32 bytes, and 33 of which the first says that they are random */
	bytes_claim(w, CLAIM_PLATFORM_IMPLEMENTATION,
		    "TEST-RMM-NO-REAL-PLATFORM-AT-ALL", 32);
	bytes_claim(w, CLAIM_UEID, "\x01" "TEST-KEY-PRIVATE-HALF-IS-PUBLIC!", 33);
	bytes_claim(w, CLAIM_PLATFORM_CONFIG, "TEST", 4);
	number(w, CLAIM_PLATFORM_LIFECYCLE);
	number(w, LIFECYCLE_TEST);
	text_claim(w, CLAIM_PLATFORM_HASH, hash_name(RMI_HASH_SHA_256));
	text_claim(w, CLAIM_PLATFORM_VERIFIER, "https://test-rmm.invalid/trust-nobody");
	number(w, CLAIM_PLATFORM_COMPONENTS);
	head(w, CBOR_ARRAY, 2);
	component(w, "TEST EL3 (protects nothing)");
	component(w, "TEST RMM (protects nothing)");
}

/* What is signed instead of the COSE_Sign1 itself, up to the payload's bytes. */
static size_t to_be_signed(uint8_t *to, size_t room, size_t payload)
{
	struct writer w = { .to = to, .room = room };

	head(&w, CBOR_ARRAY, 4);
	text(&w, "Signature1");
	bytes(&w, protected_header, sizeof(protected_header));
	bytes(&w, "", 0);
	head(&w, CBOR_BYTES, payload);
	return w.size;
}

/* Its size, or 0: no room, or no signature. */
static size_t sign1(struct rmm *rmm, const struct test_key *key, claims_fn claims,
		    const struct token_claims *arg, uint8_t *to, size_t room)
{
	struct writer count = { .to = NULL }, w = { .to = to, .room = room };
	uint8_t signature[SIGNATURE_SIZE], prefix[32];
	size_t payload, prefix_size;

	claims(&count, arg);
	head(&w, CBOR_TAG, TAG_COSE_SIGN1);
	head(&w, CBOR_ARRAY, 4);
	bytes(&w, protected_header, sizeof(protected_header));
	head(&w, CBOR_MAP, 0);
	head(&w, CBOR_BYTES, count.size);
	payload = w.size;
	claims(&w, arg);
	if (w.size > room)
		return 0;
	prefix_size = to_be_signed(prefix, sizeof(prefix), count.size);
	if (!signature_make(rmm, key, prefix, prefix_size, to + payload,
			    count.size, signature))
		return 0;
	bytes(&w, signature, sizeof(signature));
	return w.size <= room ? w.size : 0;
}

size_t token_realm(struct rmm *rmm, const struct token_claims *claims,
		   uint8_t *to, size_t room)
{
	return sign1(rmm, &test_key_realm, realm_claims, claims, to, room);
}

size_t token_platform(struct rmm *rmm, uint8_t *to, size_t room)
{
	return sign1(rmm, &test_key_platform, platform_claims, NULL, to, room);
}

static void collected(struct writer *w, int64_t key, const uint8_t *token, size_t size)
{
	number(w, key);
	head(w, CBOR_ARRAY, 2);
	number(w, COLLECTION_CWT);
	bytes(w, token, size);
}

size_t token_collect(const uint8_t *platform, size_t platform_size,
		     const uint8_t *realm, size_t realm_size, uint8_t *to, size_t room)
{
	struct writer w = { .to = to, .room = room };

	head(&w, CBOR_TAG, TAG_COLLECTION);
	head(&w, CBOR_MAP, 2);
	collected(&w, COLLECTION_PLATFORM, platform, platform_size);
	collected(&w, COLLECTION_REALM, realm, realm_size);
	return w.size <= room ? w.size : 0;
}
