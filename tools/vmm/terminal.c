// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raw mode and its undoing, and the escape sequence.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

#define CTRL_A	0x01

static struct termios before;
static volatile int changed = -1;

/* Without waiting for what was written: perhaps nobody reads it any more. */
void terminal_restore(void)
{
	if (changed >= 0)
		tcsetattr(changed, TCSANOW, &before);
	changed = -1;
}

/* The handler is gone when it is raised again. */
static void on_death(int number)
{
	terminal_restore();
	raise(number);
}

/* Signals that end us at once; but not those that are ignored, or handled. */
static void restore_on_death(void)
{
	static const int signals[] = {
		SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP, SIGALRM,
		SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF,
	};
	struct sigaction action = { .sa_handler = on_death, .sa_flags = SA_RESETHAND }, now;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &now) && now.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

void terminal_raw(int fd)
{
	static bool registered;
	struct termios raw;

	/* It may be raw already, and what was before that is what counts. */
	if (!isatty(fd) || (changed < 0 && tcgetattr(fd, &before)))
		return;
	raw = before;
	cfmakeraw(&raw);
	/* The guest's lines end as it ends them; ours still want a return. */
	raw.c_oflag |= OPOST;
	if (!registered) {
		atexit(terminal_restore);
		restore_on_death();
	}
	registered = true;
	changed = fd;
	if (tcsetattr(fd, TCSANOW, &raw))
		changed = -1;
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
