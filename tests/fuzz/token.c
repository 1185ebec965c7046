// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation tokens that nobody vouches for: whatever the bytes are, they are read or refused with a sentence, all
 * that is read can be shown, and only a signature of the right key verifies. For libFuzzer; its first inputs are tokens
 * that tests/unit/token makes.
 */
#include <string.h>

#include "../../tools/token/claims.h"
#include "target.h"

static void show(const struct token *t)
{
	char text[CLAIM_TEXT_MAX];

	for (int i = 0; i < CLAIMS; i++)
		if (memchr(claim_text(t, i, text), 0, sizeof(text)) == NULL)
			fuzz_broken("%s does not end", claim_defs[i].key);
	for (unsigned int i = 0; i < t->component_count; i++)
		for (int k = 0; k < PARTS; k++)
			part_text(&t->components[i], k, text);
}

static void verify(const struct token *t)
{
	const char *why = NULL;
	EVP_PKEY *key;

	if (t->claims[CLAIM_KEY].kind == ITEM_NONE)
		return;
	key = key_read(t->claims[CLAIM_KEY].content, &why);
	if (!key && !why)
		fuzz_broken("a key was refused without a word");
	/* It is that of the realm, and signs nothing of the platform. */
	if (key && !sign1_verify(&t->platform, key) && !bytes_equal(t->platform.payload, t->realm.payload))
		fuzz_broken("the key of the realm has signed for the platform");
	EVP_PKEY_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct token t;
	struct complaint complaint = { .text = "" };

	if (token_read((struct bytes) { data, size }, &t, &complaint)) {
		show(&t);
		verify(&t);
	} else if (!complaint.text[0]) {
		fuzz_broken("a token was refused without a word");
	}
	return 0;
}
