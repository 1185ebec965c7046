/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader of CCA attestation tokens for tests, by libcbor and libcrypto: it has
 * nothing in common with what makes them in the test RMM.
 */
#ifndef TESTS_UAPI_TOKEN_H
#define TESTS_UAPI_TOKEN_H

#include <stddef.h>
#include <stdint.h>

struct token {
	uint8_t challenge[64], rpv[64], instance[33];
	char hash[16];			/* "sha-256" ... */
	size_t hash_size;
	uint8_t rim[64], rem[4][64];
	uint64_t mec;
	uint8_t implementation[32], platform_instance[33];
	uint64_t lifecycle;
	size_t components;
	char component[2][64];		/* the first of them */
};

/*
 * NULL, or what is wrong: the shape (keys of maps, types and their order, as a
 * real RMM has them), a signature, or that the platform does not vouch for the
 * realms' key. The files have public keys. Without that of the platform (NULL),
 * nothing is asked of its signature and of what it vouches for; without that of
 * realms, the realm token must be signed by the key that it names.
 */
const char *token_read(struct token *token, const void *bytes, size_t size,
		       const char *platform_pem, const char *realm_pem);

#endif
