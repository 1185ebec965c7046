// SPDX-License-Identifier: GPL-2.0-only
/*
 * The consoles of a guest. What it says is written at once: a guest that is
 * ended in the middle of a line has said that much.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

#define PL011_BASE		0x09000000ULL
#define PL011_SIZE		0x1000ULL
#define PL011_DR		0x000
#define PL011_FR		0x018
#define PL011_FR_IDLE		0x90	/* nothing to send, nothing received */

#define HOST_PRINT		1
#define HOST_EXIT		2
#define HOST_PRINT_MAX		240
#define HOST_REFUSED		UINT64_MAX

static int write_all(int fd, const void *data, size_t length)
{
	const char *at = data;
	ssize_t done;

	while (length) {
		done = write(fd, at, length);
		if (done < 0 && errno != EINTR)
			return errno;
		if (done > 0) {
			at += done;
			length -= done;
		}
	}
	return 0;
}

bool console_mmio(struct console *console, struct cca_run *page, int *error)
{
	uint64_t offset = (page->mmio.ipa & ~console->alias) - PL011_BASE;
	unsigned char byte = page->mmio.data;

	*error = 0;
	if (!(page->mmio.ipa & console->alias) || offset >= PL011_SIZE)
		return false;
	if (!page->mmio.is_write)
		page->mmio.data = offset == PL011_FR ? PL011_FR_IDLE : 0;
	else if (offset == PL011_DR)
		*error = write_all(console->fd, &byte, 1);
	return true;
}

static int print(struct console *console, struct cca_run *page)
{
	unsigned char bytes[HOST_PRINT_MAX];
	uint64_t length = page->gprs[0];

	if (length > HOST_PRINT_MAX) {
		page->gprs[0] = HOST_REFUSED;
		return 0;
	}
	for (uint64_t i = 0; i < length; i++)
		bytes[i] = page->gprs[1 + i / 8] >> (i % 8 * 8);
	page->gprs[0] = 0;
	return write_all(console->fd, bytes, length);
}

void console_host_call(struct console *console, struct cca_run *page, int *error)
{
	*error = 0;
	switch (page->imm) {
	case HOST_PRINT:
		*error = print(console, page);
		break;
	case HOST_EXIT:
		console->status = page->gprs[0] & 0xff;
		page->gprs[0] = 0;
		break;
	default:
		page->gprs[0] = HOST_REFUSED;
	}
}
