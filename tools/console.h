/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `cca run` offers its guest (docs/guest-abi.md): a PL011 that only
 * prints, and two host calls.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "command.h"

struct console {
	int fd;				/* where the guest's words go */
	uint64_t alias;			/* the bit that makes an IPA unprotected */
	unsigned int status;		/* what the guest says it ends with */
};

/*
 * Answer an exit in `page`. True if it was the console's business: then
 * *error is 0, or the errno of a write.
 */
bool console_mmio(struct console *console, struct cca_run *page, int *error);
void console_host_call(struct console *console, struct cca_run *page, int *error);

#endif
