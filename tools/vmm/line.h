/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other end of the guest's consoles: standard input and output, a file, or a
 * pseudo-terminal.
 */
#ifndef VMM_LINE_H
#define VMM_LINE_H

#include "../command.h"

struct line {
	char name[64];			/* for messages; of a pseudo-terminal, its path */
	int in;				/* -1: nobody types */
	int out;
	bool opened;			/* and is to be closed */
	bool is_pty;			/* who reads it may come and go */
	bool is_terminal;		/* the user's: to be made raw, with an escape */
	bool hangs_up;			/* SIGHUP says so, not a failure to write */
};

/* `what`: a file, "pty", "-" or NULL, which is "-". STATUS_OK: line_close() it. */
int line_open(struct line *line, const char *what, struct problem *p);
void line_close(struct line *line);

/*
 * All of it, however long whoever reads takes, unless `over` becomes readable and
 * a signal comes. Nobody reads a pseudo-terminal: it is lost. Else an errno, or 0.
 */
int line_write(const struct line *line, const uint8_t *bytes, size_t count, int over);

enum line_state {
	LINE_READ,			/* *count bytes, perhaps none */
	LINE_NOBODY,			/* for now: look again in a while */
	LINE_END,
};

/* What was typed, after poll() said that there is something. */
enum line_state line_read(const struct line *line, uint8_t *bytes, size_t room, size_t *count);

#endif
