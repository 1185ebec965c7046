/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inputs that are kept as text, one in a line:
 *
 *   NAME: WORD...
 *
 * A word is the name of an action, a number, or x and bytes in hexadecimal. The
 * first one is the setting (driver_program()); * stands for each of a few. What
 * follows # is a comment.
 */
#ifndef FUZZ_CORPUS_H
#define FUZZ_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_MAX	512	/* longer ones say nothing that two shorter do not */

struct corpus_input {
	char name[64];
	uint8_t data[INPUT_MAX];
	size_t size;
};

/* All inputs of a file; false: it cannot be read. */
bool corpus_read(const char *path, void (*each)(const struct corpus_input *input));
void corpus_print(const char *name, const uint8_t *data, size_t size);

#endif
