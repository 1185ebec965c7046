// SPDX-License-Identifier: GPL-2.0-only
/*
 * COSE: taking a signed message apart, and asking libcrypto about its signature.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cbor.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "cose.h"

#define TAG_SIGN1	18

/* Header parameters, RFC 9052 section 3.1. */
#define HEADER_ALGORITHM	1
#define HEADER_CRITICAL		2

/* Key parameters, RFC 9053 section 7. */
#define KEY_TYPE	1
#define KEY_CURVE	-1
#define KEY_X		-2
#define KEY_Y		-3
#define KEY_TYPE_EC2	2

#define COORDINATE_MAX	66

/* The pairs of algorithm and curve that belong together: RFC 9053 sections 2.1 and 7.1. */
static const struct kind {
	int64_t algorithm;
	uint64_t curve;
	const char *group;		/* as libcrypto calls it */
	const char *hash;
	size_t coordinate;		/* bytes */
} kinds[] = {
	{ -7, 1, "prime256v1", "SHA256", 32 },
	{ -35, 2, "secp384r1", "SHA384", 48 },
	{ -36, 3, "secp521r1", "SHA512", 66 },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* --------------------------------------------------------------- messages */

static bool read_head(struct sign1 *s, struct complaint *c)
{
	struct bytes rest = s->head;
	struct item map, key, value;
	bool found = false;

	if (!item_check(rest, c))
		return false;
	map = item_take(&rest);
	if (map.kind != ITEM_MAP)
		return complain(c, s->head.at, "the protected header of a signature is no map");
	for (uint64_t i = 0; i < map.value; i++) {
		key = item_take(&map.content);
		value = item_take(&map.content);
		if (item_label(&key) == HEADER_CRITICAL)
			return complain(c, key.whole.at, "the header of a signature wants more to be understood than this does");
		if (item_label(&key) != HEADER_ALGORITHM)
			continue;
		s->algorithm = item_label(&value);
		found = s->algorithm != INT64_MIN;
	}
	return found || complain(c, s->head.at, "the protected header of a signature names no algorithm");
}

bool sign1_read(struct bytes from, struct sign1 *s, struct complaint *c)
{
	struct item whole, parts[4];

	memset(s, 0, sizeof(*s));
	if (!item_check(from, c))
		return false;
	whole = item_take(&from);
	if (whole.kind == ITEM_TAG && whole.value == TAG_SIGN1)
		whole = item_take(&whole.content);
	if (whole.kind != ITEM_ARRAY || whole.value != 4)
		return complain(c, whole.whole.at, "this is no signed message (COSE_Sign1)");
	for (unsigned int i = 0; i < 4; i++)
		parts[i] = item_take(&whole.content);
	if (parts[0].kind != ITEM_BYTES || parts[1].kind != ITEM_MAP || parts[2].kind != ITEM_BYTES ||
	    parts[3].kind != ITEM_BYTES)
		return complain(c, whole.whole.at, "the parts of this signed message are not what they have to be");
	s->head = parts[0].content;
	s->payload = parts[2].content;
	s->signature = parts[3].content;
	return read_head(s, c);
}

/* ------------------------------------------------------------- signatures */

/* A byte string of Sig_structure (RFC 9052 section 4.4). */
static bool update_bytes(EVP_MD_CTX *context, struct bytes bytes)
{
	unsigned char head[9];
	size_t length = cbor_encode_bytestring_start(bytes.length, head, sizeof(head));

	return length && EVP_DigestVerifyUpdate(context, head, length) == 1 &&
	       (!bytes.length || EVP_DigestVerifyUpdate(context, bytes.at, bytes.length) == 1);
}

/* What COSE writes as two numbers behind each other is a sequence of DER for libcrypto. */
static int signature_der(struct bytes raw, unsigned char **der)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.at, raw.length / 2, NULL);
	BIGNUM *s = BN_bin2bn(raw.at + raw.length / 2, raw.length / 2, NULL);
	int length = -1;

	*der = NULL;
	if (pair && r && s && ECDSA_SIG_set0(pair, r, s)) {
		length = i2d_ECDSA_SIG(pair, der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	return length;
}

static bool verify(const struct sign1 *s, EVP_PKEY *key, const char *hash)
{
	/* An array of four, and its first text; no other data are signed with it. */
	static const unsigned char start[] = "\x84\x6aSignature1";
	static const struct bytes nothing;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *der;
	int length = signature_der(s->signature, &der);
	bool good;

	good = context && length > 0 &&
	       EVP_DigestVerifyInit_ex(context, NULL, hash, NULL, NULL, key, NULL) == 1 &&
	       EVP_DigestVerifyUpdate(context, start, sizeof(start) - 1) == 1 && update_bytes(context, s->head) &&
	       update_bytes(context, nothing) && update_bytes(context, s->payload) &&
	       EVP_DigestVerifyFinal(context, der, length) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

static const struct kind *kind_of_key(EVP_PKEY *key)
{
	char group[32] = "";

	if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return NULL;
	for (unsigned int i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].group, group))
			return &kinds[i];
	return NULL;
}

const char *sign1_verify(const struct sign1 *s, EVP_PKEY *key)
{
	const struct kind *kind = kind_of_key(key);

	if (!kind)
		return "the key is on none of the curves P-256, P-384, P-521";
	if (kind->algorithm != s->algorithm)
		return "it is by another algorithm than the key is for";
	if (s->signature.length != 2 * kind->coordinate)
		return "its length is not that of a signature by the key";
	return verify(s, key, kind->hash) ? NULL : "it is not by this key, or what was signed was changed";
}

/* ------------------------------------------------------------------- keys */

static EVP_PKEY *make_key(const struct kind *kind, struct bytes x, struct bytes y)
{
	uint8_t point[1 + 2 * COORDINATE_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)kind->group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * kind->coordinate),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	memcpy(point + 1, x.at, kind->coordinate);
	memcpy(point + 1 + kind->coordinate, y.at, kind->coordinate);
	/* It sees that the point is on the curve. */
	if (context && EVP_PKEY_fromdata_init(context) == 1)
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return key;
}

static EVP_PKEY *read_cose_key(struct item map, const char **why)
{
	struct item type = { 0 }, curve = { 0 }, x = { 0 }, y = { 0 }, label, value;
	EVP_PKEY *key = NULL;

	for (uint64_t i = 0; i < map.value; i++) {
		label = item_take(&map.content);
		value = item_take(&map.content);
		switch (item_label(&label)) {
		case KEY_TYPE: type = value; break;
		case KEY_CURVE: curve = value; break;
		case KEY_X: x = value; break;
		case KEY_Y: y = value; break;
		}
	}
	*why = "it is no key of an elliptic curve with both coordinates";
	if (item_label(&type) != KEY_TYPE_EC2 || curve.kind != ITEM_UINT || x.kind != ITEM_BYTES ||
	    y.kind != ITEM_BYTES)
		return NULL;
	*why = "it is on none of the curves P-256, P-384, P-521, or not of its length";
	for (unsigned int i = 0; i < KINDS; i++) {
		if (kinds[i].curve != curve.value || x.content.length != kinds[i].coordinate ||
		    y.content.length != kinds[i].coordinate)
			continue;
		*why = "it is no point of its curve";
		key = make_key(&kinds[i], x.content, y.content);
	}
	return key;
}

EVP_PKEY *key_read(struct bytes from, const char **why)
{
	const struct kind *p384 = &kinds[1];
	struct complaint ignored = { .start = from.at };
	struct item map;
	struct bytes x, y;

	if (from.length == 1 + 2 * p384->coordinate && from.at[0] == POINT_CONVERSION_UNCOMPRESSED) {
		*why = "it is no point of its curve";
		x = (struct bytes) { from.at + 1, p384->coordinate };
		y = (struct bytes) { from.at + 1 + p384->coordinate, p384->coordinate };
		return make_key(p384, x, y);
	}
	*why = "it is neither a COSE_Key nor a point of P-384";
	if (!item_check(from, &ignored))
		return NULL;
	map = item_take(&from);
	return map.kind == ITEM_MAP ? read_cose_key(map, why) : NULL;
}

EVP_PKEY *key_load(const char *path, const char **why)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *key;

	if (!file) {
		*why = strerror(errno);
		return NULL;
	}
	*why = "it is no public key in PEM";
	key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	fclose(file);
	ERR_clear_error();
	return key;
}
