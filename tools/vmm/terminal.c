// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raw mode and its undoing, and the escape sequence.
 */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

#define CTRL_A	0x01

static struct termios before;
static int changed = -1;

void terminal_restore(void)
{
	if (changed >= 0)
		tcsetattr(changed, TCSADRAIN, &before);
	changed = -1;
}

void terminal_raw(int fd)
{
	static bool registered;
	struct termios raw;

	if (!isatty(fd) || tcgetattr(fd, &before))
		return;
	raw = before;
	cfmakeraw(&raw);
	/* The guest's lines end as it ends them; ours still want a return. */
	raw.c_oflag |= OPOST;
	if (tcsetattr(fd, TCSADRAIN, &raw))
		return;
	changed = fd;
	if (!registered)
		atexit(terminal_restore);
	registered = true;
}

bool terminal_size(int fd, uint16_t *columns, uint16_t *rows)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size))
		return false;
	*columns = size.ws_col;
	*rows = size.ws_row;
	return true;
}

size_t terminal_filter(struct terminal *t, uint8_t *bytes, size_t count, bool *quit)
{
	size_t kept = 0;

	*quit = false;
	for (size_t i = 0; i < count && !*quit; i++) {
		if (!t->escape && bytes[i] == CTRL_A) {
			t->escape = true;
			continue;
		}
		if (t->escape && (bytes[i] | 0x20) == 'x')
			*quit = true;
		else
			bytes[kept++] = bytes[i];
		t->escape = false;
	}
	return kept;
}
