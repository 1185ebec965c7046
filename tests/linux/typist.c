// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who sits at a terminal, and types at a command: typist STEP... -- COMMAND...
 *
 *   wait TEXT      until the command has said it
 *   type TEXT      ^A is Ctrl-A, and so on
 *   raw, cooked    until the terminal is that
 *   size CxR       of the window
 *   signal N       to the command
 *   hangup         the window is closed
 *   status N       it ends with that; 128 and more: by a signal
 *
 * What was said goes to standard output. Ends with 0 if all of it came about.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#define PATIENCE	90		/* seconds */
#define STEP_MS		50

static int master;
static pid_t child;
static char heard[1 << 20];
static size_t heard_count, seen;	/* what was waited for is seen once */

static void give_up(const char *step, const char *word)
{
	fprintf(stderr, "typist: %s %s: that did not come about\n", step, word);
	kill(child, SIGKILL);
	exit(1);
}

/* Read what there is; false: the terminal has no user any more. */
static bool listen(void)
{
	struct pollfd fd = { .fd = master, .events = POLLIN };
	ssize_t count;

	if (poll(&fd, 1, STEP_MS) <= 0)
		return true;
	count = read(master, heard + heard_count, sizeof(heard) - heard_count - 1);
	if (count <= 0)
		return false;
	if (write(STDOUT_FILENO, heard + heard_count, count) != count)
		exit(1);
	heard_count += count;
	return heard_count < sizeof(heard) - 1;
}

/* ^A and so on, in place. */
static size_t plain(char *text)
{
	size_t to = 0;

	for (size_t i = 0; text[i]; i++)
		text[to++] = text[i] == '^' && text[i + 1] ? text[++i] & 0x1f : text[i];
	text[to] = '\0';
	return to;
}

static bool has_said(char *text)
{
	char *at = memmem(heard + seen, heard_count - seen, text, strlen(text));

	if (at)
		seen = at + strlen(text) - heard;
	return at;
}

static bool is_raw(void)
{
	struct termios t;

	return !tcgetattr(master, &t) && !(t.c_lflag & (ICANON | ECHO | ISIG));
}

static bool has_ended(int wanted)
{
	int status;

	if (waitpid(child, &status, WNOHANG) != child)
		return false;
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (status != wanted) {
		fprintf(stderr, "typist: it ended with %d, not with %d\n", status, wanted);
		exit(1);
	}
	return true;
}

static bool came_about(const char *step, char *word)
{
	if (!strcmp(step, "wait"))
		return has_said(word);
	if (!strcmp(step, "raw"))
		return is_raw();
	if (!strcmp(step, "cooked"))
		return !is_raw();
	if (!strcmp(step, "status"))
		return has_ended(atoi(word));
	return true;
}

static void act(const char *step, char *word)
{
	struct winsize size = { 0 };
	size_t count;

	if (!strcmp(step, "type")) {
		count = plain(word);
		if (write(master, word, count) != (ssize_t)count)
			give_up(step, word);
	} else if (!strcmp(step, "wait")) {
		plain(word);
	} else if (!strcmp(step, "size")) {
		sscanf(word, "%hux%hu", &size.ws_col, &size.ws_row);
		ioctl(master, TIOCSWINSZ, &size);
	} else if (!strcmp(step, "signal")) {
		kill(child, atoi(word));
	} else if (!strcmp(step, "hangup")) {
		close(master);
		master = -1;
	}
}

static void take(const char *step, char *word)
{
	struct timespec pause = { .tv_nsec = STEP_MS * 1000000 }, now;
	time_t until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_sec + PATIENCE;
	act(step, word);
	while (!came_about(step, word)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > until)
			give_up(step, word);
		if (master < 0 || !listen())
			nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	static const char alone[] = " raw cooked hangup ";
	struct winsize size = { .ws_col = 80, .ws_row = 24 };
	int first = 1, slave;
	char word[16];

	while (first < argc && strcmp(argv[first], "--"))
		first++;
	if (first + 1 >= argc || openpty(&master, &slave, NULL, NULL, &size))
		return 2;
	child = fork();
	if (!child) {
		login_tty(slave);
		close(master);
		execvp(argv[first + 1], argv + first + 1);
		_exit(127);
	}
	/* It stays open here: what was said last is to be read. */
	for (int i = 1; i < first; i++) {
		char none[] = "";

		snprintf(word, sizeof(word), " %s ", argv[i]);
		if (strstr(alone, word)) {
			if (!strcmp(argv[i], "hangup"))
				close(slave);
			take(argv[i], none);
		} else if (i + 1 < first) {
			take(argv[i], argv[i + 1]);
			i++;
		}
	}
	return 0;
}
