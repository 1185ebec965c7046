/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a token has to say to be accepted: a text file, or options. docs/linux-guest.md is its manual.
 *
 * A line is a key, a value, and words for people. A line that begins with a measurement, as `cca measure` prints it, is
 * one that is allowed. What is told twice may be either. Empty lines, and those that begin with '#', say nothing.
 */
#ifndef TOKEN_POLICY_H
#define TOKEN_POLICY_H

#include "../command.h"
#include "claims.h"

struct wish {
	enum claim claim;
	char *component;		/* whose measurement; NULL: a claim */
	char *value;			/* as claim_text() says it */
};

struct policy {
	const char *path;		/* NULL: there is none */
	struct wish *wishes;
	unsigned int count;
	char *platform_key;		/* a file; NULL: none was named */
	bool platform_unchecked;	/* that the platform's signature does not count was said */
};

/* STATUS_OK, or what is wrong with the file, and in which line. policy_free() in any case. */
int policy_read(struct policy *policy, const char *path, struct problem *p);
void policy_free(struct policy *policy);

/* One more wish: STATUS_OK, or STATUS_FAILED and what is wrong with its value. */
int policy_add(struct policy *policy, const char *key, const char *value, char why[128]);

/*
 * What each claim that is wished for is, by the token: told once for each, in the order of the wishes. `wanted` has all
 * values that would do. Returns how many are not as they are wanted; what a token does not say is not.
 */
typedef void policy_told(void *context, const char *what, bool good, const char *wanted, const char *found);
unsigned int policy_judge(const struct policy *policy, const struct token *t, policy_told *told, void *context);

#endif
