/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signed messages and keys of COSE (RFC 9052, 9053), as far as tokens use them: one signature, by ECDSA.
 */
#ifndef TOKEN_COSE_H
#define TOKEN_COSE_H

#include <openssl/evp.h>

#include "item.h"

struct sign1 {
	struct bytes head;		/* what is protected of it, as it is encoded */
	struct bytes payload;
	struct bytes signature;
	int64_t algorithm;		/* of COSE */
};

/* `from` is a COSE_Sign1, with its tag or without, and nothing behind it. */
bool sign1_read(struct bytes from, struct sign1 *s, struct complaint *c);

/* NULL: the signature is by this key. Else why it is not good. */
const char *sign1_verify(const struct sign1 *s, EVP_PKEY *key);

/*
 * A public key out of a token: a COSE_Key, or, as older RMMs have it, an uncompressed point of P-384. NULL: there is
 * none, and *why says so.
 */
EVP_PKEY *key_read(struct bytes from, const char **why);

/* A public key out of a file in PEM; likewise. */
EVP_PKEY *key_load(const char *path, const char **why);

#endif
