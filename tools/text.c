// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of others in what we say: names of files, words of the command line. They
 * may have any byte, and what we say is a line for people, or JSON.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

/* Bytes of the character of UTF-8 that begins here; 0: none does. */
static size_t utf8_length(const unsigned char *at)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	code = at[0] & (0x7f >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	/* Too long a form, half of a pair, beyond the last one, a control character. */
	if (code < least[length] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code < 0xa0)
		return 0;
	return length;
}

const char *text_clean(const char *text, bool json, char *to, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t used = 0, length;

	while (*at && used + sizeof("\\x00") < size) {
		length = *at < 0x80 ? 1 : utf8_length(at);
		/* JSON has a form for what is below 0x20. */
		if (!length || (!json && (*at < 0x20 || *at == 0x7f))) {
			used += snprintf(to + used, size - used, "\\x%02x", *at++);
			continue;
		}
		memcpy(to + used, at, length);
		used += length;
		at += length;
	}
	to[used] = '\0';
	return to;
}
