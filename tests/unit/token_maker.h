/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes attestation tokens for the tests of those who read them, with keys of its own: by libcbor's encoder and
 * libcrypto, and nothing of tools/token. A recipe says what is wrong with one.
 */
#ifndef TOKEN_MAKER_H
#define TOKEN_MAKER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cbor.h>
#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

struct buffer {
	uint8_t at[8192];
	size_t length;
};

enum how { AS_IT_IS, MISSING, WRONG_KIND, WRONG_LENGTH, TWICE };

struct recipe {
	const struct claim_model *claim;	/* with which `how` is done, NULL: none */
	enum how how;
	size_t hash;			/* bytes of a measurement of the realm; 0: 32 */
	bool old;			/* the collection of before CMW */
	bool raw_key;			/* a point, not a COSE_Key */
	bool unbound;			/* the platform has signed something else than the key's hash */
	int64_t algorithm;		/* as the messages claim; 0: that of the key */
	const char *component;		/* its name */
	uint8_t rim;			/* each byte of it, 0: as it comes */
};

/* What a value is made of: b bytes, t text, u number, h the realm's hash, k another, m measurement, R measurements that
 * are extended, K the key, B its hash, C software components.
 */
struct claim_model {
	int64_t label;
	const char *key;
	bool platform;
	char kind;
	size_t length;
	bool optional;
};

static const struct claim_model claim_models[] = {
	{ 10, "challenge", false, 'b', 64 }, { 256, "realm-id", false, 'b', 33, true },
	{ 44235, "rpv", false, 'b', 64 },
	{ 44237, "key", false, 'K' }, { 44236, "hash", false, 'h' }, { 44240, "key-hash", false, 'k' },
	{ 44243, "mec", false, 'u', 1, true }, { 265, "profile", false, 't', 0, true }, { 44238, "rim", false, 'm' },
	{ 44239, "rem0", false, 'R' },
	{ 265, "platform-profile", true, 't' }, { 10, "platform-challenge", true, 'B' },
	{ 2396, "implementation-id", true, 'b', 32 }, { 256, "instance-id", true, 'b', 33 },
	{ 2401, "configuration", true, 'b', 4 }, { 2395, "lifecycle", true, 'u', 0x3003 },
	{ 2402, "platform-hash", true, 'k' }, { 2400, "service", true, 't', 0, true },
	{ 2399, "components", true, 'C' },
};

#define CLAIM_MODELS	(sizeof(claim_models) / sizeof(claim_models[0]))

static EVP_PKEY *realm_key, *platform_key;

/* ------------------------------------------------------------------- items */

#define PUT(b, encode, ...) \
	((b)->length += encode(__VA_ARGS__, (b)->at + (b)->length, sizeof((b)->at) - (b)->length))

static void put_uint(struct buffer *b, uint64_t value)
{
	PUT(b, cbor_encode_uint, value);
}

static void put_int(struct buffer *b, int64_t value)
{
	if (value < 0)
		PUT(b, cbor_encode_negint, -1 - value);
	else
		put_uint(b, value);
}

static void put_raw(struct buffer *b, const void *bytes, size_t length)
{
	assert_true(length <= sizeof(b->at) - b->length);
	memcpy(b->at + b->length, bytes, length);
	b->length += length;
}

static void put_bytes(struct buffer *b, const void *bytes, size_t length)
{
	PUT(b, cbor_encode_bytestring_start, length);
	put_raw(b, bytes, length);
}

static void put_text(struct buffer *b, const char *text)
{
	PUT(b, cbor_encode_string_start, strlen(text));
	put_raw(b, text, strlen(text));
}

static void put_filled(struct buffer *b, uint8_t with, size_t length)
{
	uint8_t bytes[2048];

	assert_true(length <= sizeof(bytes));
	memset(bytes, with, sizeof(bytes));
	put_bytes(b, bytes, length);
}

/* -------------------------------------------------------------------- keys */

/* 4, x, y */
static size_t point_of(EVP_PKEY *key, uint8_t point[133])
{
	size_t length = 0;

	assert_int_equal(EVP_PKEY_get_octet_string_param(key, "pub", point, 133, &length), 1);
	assert_int_equal(point[0], 4);
	return length;
}

static int64_t curve_of(size_t point)
{
	return point == 65 ? 1 : point == 97 ? 2 : 3;
}

static void make_cose_key(struct buffer *b, EVP_PKEY *key)
{
	uint8_t point[133];
	size_t length = point_of(key, point), half = length / 2;

	PUT(b, cbor_encode_map_start, 4);
	put_int(b, 1);
	put_int(b, 2);
	put_int(b, -1);
	put_int(b, curve_of(length));
	put_int(b, -2);
	put_bytes(b, point + 1, half);
	put_int(b, -3);
	put_bytes(b, point + 1 + half, half);
}

static void make_key(struct buffer *b, const struct recipe *r)
{
	uint8_t point[133];

	if (r->raw_key)
		put_raw(b, point, point_of(realm_key, point));
	else
		make_cose_key(b, realm_key);
}

/* ------------------------------------------------------------------ claims */

static const char *hash_of(size_t length)
{
	return length == 64 ? "sha-512" : length == 48 ? "sha-384" : "sha-256";
}

static void put_components(struct buffer *b, const struct recipe *r)
{
	PUT(b, cbor_encode_array_start, 2);
	for (int i = 0; i < 2; i++) {
		PUT(b, cbor_encode_map_start, 4 + i);
		put_uint(b, 1);
		put_text(b, i ? "RMM" : r->component ? r->component : "BL2 of it");
		put_uint(b, 2);
		put_filled(b, 0xc0 + i, 32);
		put_uint(b, 5);
		put_filled(b, 0xd0, 32);
		put_uint(b, 6);
		put_text(b, "sha-256");
		if (i) {
			put_uint(b, 4);
			put_text(b, "1.2.3");
		}
	}
}

static void put_value(struct buffer *b, const struct claim_model *m, const struct recipe *r)
{
	const size_t more = r->claim == m && r->how == WRONG_LENGTH, hash = r->hash ? r->hash : 32;
	struct buffer key = { .length = 0 };
	uint8_t digest[32];
	unsigned int length;

	switch (m->kind) {
	case 'b':
		put_filled(b, m->label, more ? m->length + 1024 : m->length);
		break;
	case 't':
		put_text(b, more ? "" : m->platform ? "tag:platform" : "tag:realm");
		break;
	case 'u':
		put_uint(b, more ? 1ULL << 32 : m->length);
		break;
	case 'h':
		put_text(b, more ? "" : hash_of(hash));
		break;
	case 'k':
		put_text(b, more ? "" : "sha-256");
		break;
	case 'm':
		put_filled(b, r->rim ? r->rim : 0x11, hash + more);
		break;
	case 'R':
		PUT(b, cbor_encode_array_start, 4 + more);
		for (size_t i = 0; i < 4 + more; i++)
			put_filled(b, 0x20 + i, hash);
		break;
	case 'K':
		make_key(&key, r);
		put_bytes(b, key.at, more ? 257 : key.length);
		break;
	case 'B':
		make_key(&key, r);
		EVP_Digest(key.at, key.length, digest, &length, EVP_sha256(), NULL);
		digest[0] ^= r->unbound;
		put_bytes(b, digest, length - more);
		break;
	case 'C':
		if (more)
			PUT(b, cbor_encode_array_start, 0);
		else
			put_components(b, r);
		break;
	}
}

static void put_pair(struct buffer *b, const struct claim_model *m, const struct recipe *r)
{
	put_int(b, m->label);
	if (r->claim != m || r->how != WRONG_KIND)
		put_value(b, m, r);
	else if (strchr("bmBK", m->kind))
		put_text(b, "this is no byte string");
	else
		put_filled(b, 7, 7);
}

static void make_claims(struct buffer *b, const struct recipe *r, bool platform)
{
	unsigned int count = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			PUT(b, cbor_encode_map_start, count);
		for (size_t i = 0; i < CLAIM_MODELS; i++) {
			const struct claim_model *m = &claim_models[i];
			int times = m->platform != platform ? 0 : r->claim != m ? 1 : r->how == MISSING ? 0 :
				    r->how == TWICE ? 2 : 1;

			for (; times; times--, count++)
				if (pass)
					put_pair(b, m, r);
		}
	}
}

/* ---------------------------------------------------------------- messages */

static void sign(struct buffer *b, const struct buffer *head, const struct buffer *payload, EVP_PKEY *key, size_t half)
{
	const EVP_MD *hash = half == 32 ? EVP_sha256() : half == 48 ? EVP_sha384() : EVP_sha512();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[160], raw[132];
	const uint8_t *at = der;
	size_t length = sizeof(der);
	struct buffer all = { .length = 0 };
	ECDSA_SIG *pair;

	PUT(&all, cbor_encode_array_start, 4);
	put_text(&all, "Signature1");
	put_bytes(&all, head->at, head->length);
	put_bytes(&all, "", 0);
	put_bytes(&all, payload->at, payload->length);
	assert_int_equal(EVP_DigestSignInit(context, NULL, hash, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, der, &length, all.at, all.length), 1);
	pair = d2i_ECDSA_SIG(NULL, &at, length);
	assert_non_null(pair);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half), half);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, half), half);
	put_bytes(b, raw, 2 * half);
	ECDSA_SIG_free(pair);
	EVP_MD_CTX_free(context);
}

static void make_message(struct buffer *b, const struct buffer *payload, EVP_PKEY *key, int64_t algorithm)
{
	static const int64_t algorithms[] = { 0, -7, -35, -36 };
	uint8_t point[133];
	size_t length = point_of(key, point);
	struct buffer head = { .length = 0 };

	PUT(&head, cbor_encode_map_start, 1);
	put_int(&head, 1);
	put_int(&head, algorithm ? algorithm : algorithms[curve_of(length)]);
	PUT(b, cbor_encode_tag, 18);
	PUT(b, cbor_encode_array_start, 4);
	put_bytes(b, head.at, head.length);
	PUT(b, cbor_encode_map_start, 0);
	put_bytes(b, payload->at, payload->length);
	sign(b, &head, payload, key, length / 2);
}

/* Both messages in their collection. */
static void make_token(struct buffer *b, const struct recipe *r)
{
	static const int64_t labels[] = { 44234, 44241 };
	struct buffer payload, message;

	b->length = 0;
	PUT(b, cbor_encode_tag, r->old ? 399 : 907);
	PUT(b, cbor_encode_map_start, 2);
	for (int i = 0; i < 2; i++) {
		payload.length = message.length = 0;
		make_claims(&payload, r, i == 0);
		make_message(&message, &payload, i ? realm_key : platform_key, r->algorithm);
		put_int(b, labels[i]);
		if (!r->old) {
			PUT(b, cbor_encode_array_start, 2);
			put_uint(b, 263);
		}
		put_bytes(b, message.at, message.length);
	}
}

static void write_key(const char *name, EVP_PKEY *key)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_int_equal(PEM_write_PUBKEY(file, key), 1);
	fclose(file);
}

#endif
