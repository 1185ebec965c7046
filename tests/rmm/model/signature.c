// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures under tokens: ECDSA over P-384 with SHA-384 (COSE's ES384), by
 * libmbedcrypto, and the two TEST KEYS that make them.
 *
 * A private key is the SHA-384 of a sentence that is printed here: nobody may
 * believe that it is a secret. ../keys has the public halves. Signatures are
 * deterministic (RFC 6979), so they need no entropy, of which a test RMM may
 * have none, and the same token has the same bytes each time.
 */
#include <string.h>

#include <mbedtls/ecdsa.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>

#include "model.h"

/* Version 2 deprecates the plain names, version 3 has only them. */
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha512_starts mbedtls_sha512_starts_ret
#define mbedtls_sha512_update mbedtls_sha512_update_ret
#define mbedtls_sha512_finish mbedtls_sha512_finish_ret
#define mbedtls_sha512 mbedtls_sha512_ret
#endif

#define SHA_384		1	/* is384 */

const struct test_key test_key_platform = {
	.sentence = "TEST KEY of the test RMM: platform. "
		    "Everybody knows its private half.",
	.x = {
		0xc4, 0xcd, 0x12, 0x55, 0x7f, 0x23, 0xa3, 0xad, 0x7c, 0x0e, 0xe3, 0x17,
		0x4a, 0x8f, 0x0d, 0xc7, 0x9a, 0x45, 0x55, 0xf6, 0x7a, 0x04, 0xf6, 0x21,
		0x32, 0x12, 0xc7, 0x4f, 0x38, 0x72, 0x6c, 0x6c, 0x24, 0x16, 0x1a, 0x3e,
		0xb8, 0x85, 0x36, 0x96, 0xbb, 0xe1, 0xc8, 0x7d, 0x14, 0x3a, 0xad, 0xad,
	},
	.y = {
		0x6b, 0xeb, 0x54, 0x67, 0x8b, 0xd0, 0xce, 0x14, 0xad, 0x9c, 0x23, 0x03,
		0xe6, 0x09, 0xc3, 0xa0, 0x52, 0x89, 0x5d, 0xab, 0x1d, 0x7a, 0x09, 0x91,
		0x8e, 0x7f, 0xe7, 0xb2, 0xa3, 0x49, 0xe4, 0x9f, 0xd8, 0x18, 0x49, 0x96,
		0x71, 0x9f, 0x7d, 0xc9, 0x12, 0x77, 0xf5, 0xdc, 0xbb, 0x11, 0x09, 0x5a,
	},
};

const struct test_key test_key_realm = {
	.sentence = "TEST KEY of the test RMM: realms. "
		    "Everybody knows its private half.",
	.x = {
		0x04, 0xa9, 0x46, 0xf8, 0x9e, 0x9b, 0x96, 0x71, 0xb9, 0x63, 0x7c, 0xbf,
		0x0f, 0xbf, 0x93, 0x3e, 0x35, 0xe5, 0xce, 0xd4, 0x53, 0x22, 0x46, 0x5c,
		0x0f, 0x4a, 0x0a, 0x52, 0xed, 0x2f, 0x80, 0x62, 0x8a, 0x90, 0xa8, 0x7e,
		0xa4, 0xe2, 0xb6, 0x04, 0xe6, 0xcf, 0x42, 0xbd, 0x90, 0x1b, 0xdd, 0x97,
	},
	.y = {
		0x14, 0x1b, 0x50, 0xd4, 0x08, 0xc0, 0xca, 0x9e, 0x7a, 0x06, 0x92, 0x24,
		0x03, 0x1a, 0xfc, 0xac, 0x06, 0xfc, 0xba, 0x0c, 0x25, 0xbb, 0x75, 0xec,
		0x61, 0x5a, 0x2f, 0x75, 0x5c, 0x01, 0x02, 0x54, 0x26, 0x0d, 0xc9, 0x64,
		0x46, 0xcf, 0xd1, 0x1a, 0x6c, 0x57, 0x13, 0x03, 0xfb, 0xcf, 0xc6, 0xe0,
	},
};

/* For blinding only: what it gives does not show in the signature. */
static int random_bytes(void *arg, unsigned char *out, size_t size)
{
	uint64_t word = 0;

	for (size_t i = 0; i < size; i++) {
		if (i % sizeof(word) == 0)
			word = rmm_plat_random(arg);
		out[i] = (uint8_t)(word >> (8 * (i % sizeof(word))));
	}
	return 0;
}

/* Of two parts, one behind the other. */
static bool hash_parts(const void *a, size_t a_size, const void *b, size_t b_size,
		       uint8_t out[SIGNATURE_HASH_SIZE])
{
	uint8_t whole[64];
	mbedtls_sha512_context sha;
	bool ok;

	mbedtls_sha512_init(&sha);
	ok = !mbedtls_sha512_starts(&sha, SHA_384) &&
	     !mbedtls_sha512_update(&sha, a, a_size) &&
	     !mbedtls_sha512_update(&sha, b, b_size) &&
	     !mbedtls_sha512_finish(&sha, whole);
	mbedtls_sha512_free(&sha);
	memcpy(out, whole, SIGNATURE_HASH_SIZE);
	return ok;
}

static bool sign_hash(struct rmm *rmm, const struct test_key *key,
		      const uint8_t hash[SIGNATURE_HASH_SIZE],
		      uint8_t out[SIGNATURE_SIZE])
{
	uint8_t secret[64];
	mbedtls_ecp_group group;
	mbedtls_mpi d, r, s;
	bool ok;

	mbedtls_ecp_group_init(&group);
	mbedtls_mpi_init(&d);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	ok = !mbedtls_sha512((const uint8_t *)key->sentence,
			     strlen(key->sentence), secret, SHA_384) &&
	     !mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP384R1) &&
	     !mbedtls_mpi_read_binary(&d, secret, TEST_KEY_SIZE) &&
	     !mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, hash,
					 SIGNATURE_HASH_SIZE, MBEDTLS_MD_SHA384,
					 random_bytes, rmm) &&
	     !mbedtls_mpi_write_binary(&r, out, TEST_KEY_SIZE) &&
	     !mbedtls_mpi_write_binary(&s, out + TEST_KEY_SIZE, TEST_KEY_SIZE);
	mbedtls_mpi_free(&s);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&d);
	mbedtls_ecp_group_free(&group);
	return ok;
}

bool signature_make(struct rmm *rmm, const struct test_key *key, const void *a,
		    size_t a_size, const void *b, size_t b_size,
		    uint8_t out[SIGNATURE_SIZE])
{
	uint8_t hash[SIGNATURE_HASH_SIZE];

	return hash_parts(a, a_size, b, b_size, hash) &&
	       sign_hash(rmm, key, hash, out);
}
