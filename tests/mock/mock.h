/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device that is none: /dev/cca as a library that stands before the C library,
 * on a machine without a module. It keeps the law of linux/cca.h about sizes,
 * as a module does that is older or newer than whoever calls it, remembers what
 * it was asked, and answers what it was told to answer.
 */
#ifndef TESTS_MOCK_H
#define TESTS_MOCK_H

#include <linux/cca.h>

enum { MOCK_NONE, MOCK_DEVICE, MOCK_MEMORY, MOCK_REALM, MOCK_REC };

#define MOCK_BYTES	512

struct mock_call {
	unsigned int command;		/* CCA_... */
	int fd;
	int kind;			/* of the descriptor, MOCK_* */
	unsigned int size;		/* that the caller gave */
	unsigned char in[MOCK_BYTES];	/* what it asked, zeros behind it */
};

/* As at the beginning: nothing asked, nothing planned, a module of our age. */
void mock_reset(void);

/* What was asked, since then. */
unsigned int mock_calls(void);
const struct mock_call *mock_call(unsigned int n);

/* Descriptors that it gave out and that nobody closed. */
unsigned int mock_open_files(void);

/* The module's structure of this command has that size; 0: it has no such command. */
void mock_age(unsigned int command, unsigned int size);

/*
 * The next call of this command answers so: an errno (0: none, < 0: that it
 * returns a positive number), and these bytes at that offset.
 */
void mock_answer(unsigned int command, int error, unsigned int offset, const void *bytes,
		 unsigned int length);

#endif
