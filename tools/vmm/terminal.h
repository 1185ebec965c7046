/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's terminal while a guest has it: every key is the guest's, but for
 * those after Ctrl-A.
 */
#ifndef VMM_TERMINAL_H
#define VMM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct terminal {
	bool escape;			/* Ctrl-A came, and the next key did not */
};

/* Does nothing to a file or a pipe. Undone at exit() and by signals that kill as well. */
void terminal_raw(int fd);
void terminal_restore(void);

/* Its size, if it is a terminal. */
bool terminal_size(int fd, uint16_t *columns, uint16_t *rows);

/*
 * What of `count` bytes is the guest's, in place: how many. Ctrl-A x sets *quit,
 * Ctrl-A Ctrl-A is one Ctrl-A.
 */
size_t terminal_filter(struct terminal *t, uint8_t *bytes, size_t count, bool *quit);

#endif
