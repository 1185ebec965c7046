// SPDX-License-Identifier: GPL-2.0-only
/* Reading tokens: see token.h. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cbor.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "token.h"

#define TAG_COLLECTION	907
#define HEAD_SIGN1	0xd2	/* tag 18 */
#define COORDINATE	48		/* of P-384 */

#define WANT(condition, what) do {	\
	if (!(condition))		\
		return what;		\
} while (0)

struct view {
	const uint8_t *at;
	size_t size;
};

static bool is_number(const cbor_item_t *item, int64_t value)
{
	if (value < 0)
		return cbor_isa_negint(item) && cbor_get_int(item) == (uint64_t)(-1 - value);
	return cbor_isa_uint(item) && cbor_get_int(item) == (uint64_t)value;
}

static bool is_bytes(const cbor_item_t *item, struct view *view)
{
	if (!cbor_isa_bytestring(item) || !cbor_bytestring_is_definite(item))
		return false;
	view->at = cbor_bytestring_handle(item);
	view->size = cbor_bytestring_length(item);
	return true;
}

static bool bytes_into(const cbor_item_t *item, void *to, size_t size)
{
	struct view view;

	if (!is_bytes(item, &view) || view.size != size)
		return false;
	memcpy(to, view.at, size);
	return true;
}

static bool text_into(const cbor_item_t *item, char *to, size_t room)
{
	if (!cbor_isa_string(item) || !cbor_string_is_definite(item) ||
	    cbor_string_length(item) >= room)
		return false;
	memcpy(to, cbor_string_handle(item), cbor_string_length(item));
	to[cbor_string_length(item)] = 0;
	return true;
}

static bool is_text(const cbor_item_t *item, const char *text)
{
	char found[128];

	return text_into(item, found, sizeof(found)) && !strcmp(found, text);
}

static bool is_array(const cbor_item_t *item, size_t size)
{
	return cbor_isa_array(item) && cbor_array_is_definite(item) &&
	       cbor_array_size(item) == size;
}

/* A map with these keys, in this order. */
static bool is_map(const cbor_item_t *item, const int64_t *keys, size_t count)
{
	size_t i;

	if (!cbor_isa_map(item) || !cbor_map_is_definite(item) || cbor_map_size(item) != count)
		return false;
	for (i = 0; i < count; i++)
		if (!is_number(cbor_map_handle(item)[i].key, keys[i]))
			return false;
	return true;
}

#define IS_MAP(item, ...) \
	is_map(item, (const int64_t[]){ __VA_ARGS__ },	\
	       sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static cbor_item_t *value(const cbor_item_t *map, size_t n)
{
	return cbor_map_handle(map)[n].value;
}

static cbor_item_t *element(const cbor_item_t *array, size_t n)
{
	return cbor_array_handle(array)[n];
}

/* All of it is one item; the caller's to free. */
static cbor_item_t *load(struct view from)
{
	struct cbor_load_result result;
	cbor_item_t *item = cbor_load(from.at, from.size, &result);

	if (item && result.read != from.size)
		cbor_decref(&item);
	return item;
}

/* ---------------------------------------------------------------- signatures */

static EVP_PKEY *key_of_file(const char *name)
{
	FILE *file = fopen(name, "r");
	EVP_PKEY *key = file ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;

	if (file)
		fclose(file);
	return key;
}

static EVP_PKEY *key_of_point(const uint8_t x[COORDINATE], const uint8_t y[COORDINATE])
{
	/* An EC public key, on secp384r1, not compressed. */
	uint8_t der[24 + 2 * COORDINATE] = {
		0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
		0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
	};
	const uint8_t *at = der;

	memcpy(der + 24, x, COORDINATE);
	memcpy(der + 24 + COORDINATE, y, COORDINATE);
	return d2i_PUBKEY(NULL, &at, sizeof(der));
}

static bool verify(EVP_PKEY *key, const uint8_t *signature, const uint8_t *text, size_t size)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int length;
	bool good;

	ECDSA_SIG_set0(pair, BN_bin2bn(signature, COORDINATE, NULL),
		       BN_bin2bn(signature + COORDINATE, COORDINATE, NULL));
	length = i2d_ECDSA_SIG(pair, &der);
	good = length > 0 && EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
	       EVP_DigestVerify(context, der, length, text, size) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	ECDSA_SIG_free(pair);
	return good;
}

struct sign1 {
	cbor_item_t *item, *claims;	/* the array of four; the content */
	struct view head, payload, signature;
};

static void sign1_free(struct sign1 *s)
{
	if (s->claims)
		cbor_decref(&s->claims);
	if (s->item)
		cbor_decref(&s->item);
}

static const char *sign1_load(struct sign1 *s, struct view from)
{
	static const uint8_t es384[] = { 0xa1, 0x01, 0x38, 0x22 };
	cbor_item_t *array;

	/* libcbor of Debian 12 takes tags 6 to 20 for errors. */
	WANT(from.size && from.at[0] == HEAD_SIGN1, "a message is no COSE_Sign1");
	s->item = array = load((struct view){ from.at + 1, from.size - 1 });
	WANT(array && is_array(array, 4), "a message has not four parts");
	WANT(is_bytes(element(array, 0), &s->head) && s->head.size == sizeof(es384) &&
	     !memcmp(s->head.at, es384, s->head.size), "a message is not signed by ES384");
	WANT(IS_MAP(element(array, 1)), "a message has headers that nobody protects");
	WANT(is_bytes(element(array, 2), &s->payload), "a message has no content");
	WANT(is_bytes(element(array, 3), &s->signature) && s->signature.size == 2 * COORDINATE,
	     "a signature has another size");
	s->claims = load(s->payload);
	WANT(s->claims, "the content of a message is no CBOR");
	return NULL;
}

/* What is signed is another array, of the same bytes (RFC 9052, 4.4). */
static bool sign1_good(const struct sign1 *s, EVP_PKEY *key)
{
	const struct view head = s->head, payload = s->payload;
	cbor_item_t *text = cbor_new_definite_array(4);
	uint8_t *bytes = NULL;
	size_t room, size;
	bool good;

	if (!cbor_array_push(text, cbor_move(cbor_build_string("Signature1"))) ||
	    !cbor_array_push(text, cbor_move(cbor_build_bytestring(head.at, head.size))) ||
	    !cbor_array_push(text, cbor_move(cbor_build_bytestring((const uint8_t *)"", 0))) ||
	    !cbor_array_push(text, cbor_move(cbor_build_bytestring(payload.at, payload.size))))
		return false;
	size = cbor_serialize_alloc(text, &bytes, &room);
	good = size && key && verify(key, s->signature.at, bytes, size);
	free(bytes);
	cbor_decref(&text);
	return good;
}

/* -------------------------------------------------------------------- claims */

static const char *realm_claims(struct token *t, const cbor_item_t *map, struct view *key)
{
	const cbor_item_t *rems;
	unsigned int i;

	WANT(IS_MAP(map, 10, 256, 44235, 44237, 44236, 44240, 44243, 265, 44238, 44239),
	     "the realm's claims are others, or in another order");
	WANT(bytes_into(value(map, 0), t->challenge, sizeof(t->challenge)), "challenge");
	WANT(bytes_into(value(map, 1), t->instance, sizeof(t->instance)) &&
	     t->instance[0] == 1, "id of the realm");
	WANT(bytes_into(value(map, 2), t->rpv, sizeof(t->rpv)), "personalisation value");
	WANT(is_bytes(value(map, 3), key), "public key");
	WANT(text_into(value(map, 4), t->hash, sizeof(t->hash)), "hash");
	WANT(is_text(value(map, 5), "sha-256"), "hash of the public key");
	WANT(cbor_isa_uint(value(map, 6)), "policy of encryption");
	t->mec = cbor_get_int(value(map, 6));
	WANT(is_text(value(map, 7), "tag:arm.com,2024:realm#2.0.0"), "profile of the realm");
	t->hash_size = !strcmp(t->hash, "sha-256") ? 32 : !strcmp(t->hash, "sha-384") ? 48 :
		       !strcmp(t->hash, "sha-512") ? 64 : 0;
	WANT(t->hash_size && bytes_into(value(map, 8), t->rim, t->hash_size), "RIM");
	rems = value(map, 9);
	WANT(is_array(rems, 4), "number of REMs");
	for (i = 0; i < 4; i++)
		WANT(bytes_into(element(rems, i), t->rem[i], t->hash_size), "REM");
	return NULL;
}

static const char *platform_claims(struct token *t, const cbor_item_t *map,
				   uint8_t challenge[32])
{
	const cbor_item_t *components, *c;
	uint8_t hash[32];
	char text[64];
	size_t i;

	WANT(IS_MAP(map, 265, 10, 2396, 256, 2401, 2395, 2402, 2400, 2399),
	     "the platform's claims are others, or in another order");
	WANT(is_text(value(map, 0), "tag:arm.com,2023:cca_platform#1.0.0"),
	     "profile of the platform");
	WANT(bytes_into(value(map, 1), challenge, 32), "platform's challenge");
	WANT(bytes_into(value(map, 2), t->implementation, 32), "implementation id");
	WANT(bytes_into(value(map, 3), t->platform_instance, 33) &&
	     t->platform_instance[0] == 1, "instance id");
	WANT(cbor_isa_bytestring(value(map, 4)), "configuration");
	WANT(cbor_isa_uint(value(map, 5)), "lifecycle");
	t->lifecycle = cbor_get_int(value(map, 5));
	WANT(is_text(value(map, 6), "sha-256"), "hash of the platform");
	WANT(cbor_isa_string(value(map, 7)), "verification service");
	components = value(map, 8);
	WANT(cbor_isa_array(components) && cbor_array_size(components), "components");
	t->components = cbor_array_size(components);
	for (i = 0; i < t->components; i++) {
		c = element(components, i);
		WANT(IS_MAP(c, 1, 5, 2, 6), "claims of a component");
		WANT(text_into(value(c, 0), i < 2 ? t->component[i] : text, sizeof(text)),
		     "name of a component");
		WANT(bytes_into(value(c, 1), hash, sizeof(hash)) &&
		     bytes_into(value(c, 2), hash, sizeof(hash)) &&
		     is_text(value(c, 3), "sha-256"), "component");
	}
	return NULL;
}

/* The claim is a COSE_Key, wrapped. */
static EVP_PKEY *key_of_claim(struct view claim)
{
	uint8_t x[COORDINATE], y[COORDINATE];
	cbor_item_t *map = load(claim);
	EVP_PKEY *key = NULL;

	if (!map)
		return NULL;
	if (IS_MAP(map, 1, -1, -2, -3) && is_number(value(map, 0), 2) &&
	    is_number(value(map, 1), 2) && bytes_into(value(map, 2), x, sizeof(x)) &&
	    bytes_into(value(map, 3), y, sizeof(y)))
		key = key_of_point(x, y);
	cbor_decref(&map);
	return key;
}

static const char *realm_check(struct token *t, const struct sign1 *s, const char *pem,
			       struct view *claim)
{
	const char *wrong = realm_claims(t, s->claims, claim);
	EVP_PKEY *named, *wanted = NULL;

	if (wrong)
		return wrong;
	named = key_of_claim(*claim);
	if (pem)
		wanted = key_of_file(pem);
	if (!named || (pem && !wanted))
		wrong = "no key of realms";
	else if (pem && EVP_PKEY_eq(named, wanted) != 1)
		wrong = "the realm names another key";
	else if (!sign1_good(s, named))
		wrong = "the realm's signature";
	EVP_PKEY_free(named);
	EVP_PKEY_free(wanted);
	return wrong;
}

static const char *platform_check(struct token *t, const struct sign1 *s, const char *pem,
				  struct view claim)
{
	uint8_t challenge[32], hash[32];
	const char *wrong = platform_claims(t, s->claims, challenge);
	EVP_PKEY *key;

	if (wrong || !pem)
		return wrong;
	key = key_of_file(pem);
	if (!sign1_good(s, key))
		wrong = "the platform's signature";
	else if (EVP_Digest(claim.at, claim.size, hash, NULL, EVP_sha256(), NULL) != 1 ||
		 memcmp(challenge, hash, sizeof(hash)))
		wrong = "the platform vouches for another key";
	EVP_PKEY_free(key);
	return wrong;
}

static bool member(const cbor_item_t *array, struct view *message)
{
	return is_array(array, 2) && is_number(element(array, 0), 263) &&
	       is_bytes(element(array, 1), message);
}

const char *token_read(struct token *token, const void *bytes, size_t size,
		       const char *platform_pem, const char *realm_pem)
{
	cbor_item_t *whole = load((struct view){ bytes, size });
	struct sign1 platform = { 0 }, realm = { 0 };
	const char *wrong = "no collection of two messages";
	struct view first, second, claim;
	const cbor_item_t *map;

	memset(token, 0, sizeof(*token));
	if (!whole)
		return "no CBOR";
	map = cbor_isa_tag(whole) ? cbor_move(cbor_tag_item(whole)) : whole;
	if (cbor_isa_tag(whole) && cbor_tag_value(whole) == TAG_COLLECTION &&
	    IS_MAP(map, 44234, 44241) && member(value(map, 0), &first) &&
	    member(value(map, 1), &second))
		wrong = NULL;
	if (!wrong)
		wrong = sign1_load(&platform, first);
	if (!wrong)
		wrong = sign1_load(&realm, second);
	if (!wrong)
		wrong = realm_check(token, &realm, realm_pem, &claim);
	if (!wrong)
		wrong = platform_check(token, &platform, platform_pem, claim);
	sign1_free(&realm);
	sign1_free(&platform);
	cbor_decref(&whole);
	return wrong;
}
