// SPDX-License-Identifier: GPL-2.0-only
/*
 * One token after the other for each REC (H.6): what INIT found, the signatures,
 * and how much of the token the realm has fetched.
 *
 * INIT takes the measurements as they are then, and ends what was going on. The
 * signatures are made by the first CONTINUE, without the lock, one after the
 * other; a host's interrupt that waits after one of them ends the call early.
 * The platform's is made once, by whoever comes first, and never at boot.
 *
 * All of it is in auxiliary granules, which are zero when a REC is new.
 */
#include <string.h>

#include "../rsi.h"
#include "model.h"

enum attest_state { ATTEST_NONE, ATTEST_WANTED, ATTEST_SIGNED, ATTEST_READY };

struct attest {
	uint32_t state;
	uint32_t realm_size;		/* of the realm token, once it is signed */
	uint32_t size, copied;		/* of the whole */
	struct token_claims claims;
	uint8_t realm[TOKEN_SIZE_MAX / 2];
};

_Static_assert(sizeof(struct attest) <= GRANULE_SIZE, "one granule");
_Static_assert(TOKEN_SIZE_MAX <= GRANULE_SIZE, "one granule");
_Static_assert(REC_AUX_TOKEN < REC_AUX_GRANULES, "a REC has so many");

static struct attest *attest_of(struct rmm *rmm, const struct rec *rec)
{
	return rmm_plat_granule(rmm, rec->aux[REC_AUX_ATTEST]);
}

static uint8_t *token_of(struct rmm *rmm, const struct rec *rec)
{
	return rmm_plat_granule(rmm, rec->aux[REC_AUX_TOKEN]);
}

uint64_t attest_begin(struct rmm *rmm, const struct realm *realm,
		      const struct rec *rec, const void *challenge)
{
	struct attest *attest = attest_of(rmm, rec);
	struct token_claims *claims = &attest->claims;

	memset(attest, 0, sizeof(*attest));
	claims->hash_algo = realm->hash_algo;
	claims->mec_policy = realm->mec_policy;
	memcpy(claims->challenge, challenge, sizeof(claims->challenge));
	memcpy(claims->instance, realm->instance, sizeof(claims->instance));
	memcpy(claims->rpv, realm->rpv, sizeof(claims->rpv));
	memcpy(claims->rim, realm->rim, sizeof(claims->rim));
	memcpy(claims->rem, realm->rem, sizeof(claims->rem));
	attest->state = ATTEST_WANTED;
	return TOKEN_SIZE_MAX;
}

/* Whoever else signs it meanwhile comes to the same bytes. */
static bool sign_platform(struct rmm *rmm, uint8_t *scratch)
{
	size_t size;

	rmm_plat_unlock(rmm);
	size = token_platform(rmm, scratch, TOKEN_PLATFORM_MAX);
	rmm_plat_lock(rmm);
	if (!size)
		return false;
	memcpy(rmm->platform_token, scratch, size);
	rmm->platform_token_size = size;
	return true;
}

/* The REC is in REC_ENTER: nobody else touches these granules. */
static bool sign_realm(struct rmm *rmm, struct attest *attest)
{
	rmm_plat_unlock(rmm);
	attest->realm_size = token_realm(rmm, &attest->claims, attest->realm,
					 sizeof(attest->realm));
	rmm_plat_lock(rmm);
	if (!attest->realm_size)
		return false;
	attest->state = ATTEST_SIGNED;
	return true;
}

uint64_t attest_sign(struct rmm *rmm, const struct rec *rec)
{
	struct attest *attest = attest_of(rmm, rec);
	uint8_t *token = token_of(rmm, rec);

	if (attest->state == ATTEST_NONE)
		return RSI_ERROR_STATE;
	while (attest->state == ATTEST_WANTED) {
		if (rmm->platform_token_size ? !sign_realm(rmm, attest)
					     : !sign_platform(rmm, token))
			return RSI_ERROR_UNKNOWN;
		if (rmm_plat_irq_pending(rmm))
			return RSI_INCOMPLETE;
	}
	if (attest->state == ATTEST_SIGNED) {
		attest->size = token_collect(rmm->platform_token,
					     rmm->platform_token_size,
					     attest->realm, attest->realm_size,
					     token, TOKEN_SIZE_MAX);
		if (!attest->size)
			return RSI_ERROR_UNKNOWN;
		attest->state = ATTEST_READY;
	}
	return RSI_SUCCESS;
}

uint64_t attest_copy(struct rmm *rmm, const struct rec *rec, void *to,
		     uint64_t room, uint64_t *written)
{
	struct attest *attest = attest_of(rmm, rec);
	uint64_t left = attest->size - attest->copied;

	*written = room < left ? room : left;
	memcpy(to, token_of(rmm, rec) + attest->copied, *written);
	attest->copied += *written;
	if (attest->copied < attest->size)
		return RSI_INCOMPLETE;
	attest->state = ATTEST_NONE;
	return RSI_SUCCESS;
}
