// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other end of a guest's consoles, with readers that are slow, gone, full or
 * not there yet; and the user's terminal on every way out.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/vmm/line.h"
#include "../../tools/vmm/terminal.h"

static char directory[] = "/tmp/cca-line.XXXXXX";

static int setup(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return !mkdtemp(directory) || chdir(directory);
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return chdir("/") || system(command);
}

static const uint8_t *bytes(const char *text)
{
	return (const uint8_t *)text;
}

/* A descriptor that is readable when it is over; here it is, or is not. */
static int over(bool yes)
{
	int fd = eventfd(yes, EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct line opened(const char *what)
{
	struct problem p = { 0 };
	struct line line;

	if (line_open(&line, what, &p))
		fail_msg("%s: %s", what, p.reason);
	return line;
}

static void refuse(const char *what, const char *words)
{
	struct problem p = { 0 };
	struct line line;

	assert_int_equal(line_open(&line, what, &p), STATUS_FAILED);
	if (!strstr(p.reason, words))
		fail_msg("\"%s\" does not say \"%s\"", p.reason, words);
	assert_false(line.opened);
}

/* ----------------------------------------------------------------------- files */

static void a_file_is_written_anew(void **state)
{
	char text[32] = "";
	struct line line;
	int fd, no = over(false);

	for (int round = 0; round < 2; round++) {
		line = opened("console.log");
		assert_int_equal(line.in, -1);
		assert_string_equal(line.name, "console.log");
		assert_int_equal(line_write(&line, bytes("hello\n"), 6, no), 0);
		line_close(&line);
	}
	fd = open("console.log", O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_string_equal(text, "hello\n");
	close(fd);
	close(no);
}

static void what_cannot_be_opened_is_told(void **state)
{
	refuse(".", "Is a directory");
	refuse("nowhere/console", "No such file");
	assert_int_equal(mkfifo("unread", 0600), 0);
	refuse("unread", "nobody reads it");
}

static void a_full_disk_is_an_error(void **state)
{
	struct line line = opened("/dev/full");
	int no = over(false);

	assert_int_equal(line_write(&line, bytes("x"), 1, no), ENOSPC);
	line_close(&line);
	close(no);
}

/* ----------------------------------------------------------------------- pipes */

/* Standard output, which is one end of a pipe. */
static struct line to_pipe(int pair[2])
{
	struct line line = opened("-");

	assert_int_equal(pipe(pair), 0);
	line.out = pair[1];
	return line;
}

static void a_reader_that_is_gone_is_an_error(void **state)
{
	int pair[2], no = over(false);
	struct line line = to_pipe(pair);

	close(pair[0]);
	assert_int_equal(line_write(&line, bytes("x"), 1, no), EPIPE);
	close(pair[1]);
	close(no);
}

static void ignore(int number)
{
}

static void ring_soon(void)
{
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGALRM, &action, NULL);
	alarm(1);
}

/* The pipe is full, and the one who writes is asked to stop by a signal. */
static void a_slow_reader_does_not_keep_us(void **state)
{
	static uint8_t much[1 << 20];
	int pair[2], yes = over(true);
	struct line line = to_pipe(pair);

	ring_soon();
	assert_int_equal(line_write(&line, much, sizeof(much), yes), 0);
	/* A pipe that was made so as not to wait, by whoever gave it to us. */
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(line_write(&line, much, sizeof(much), yes), 0);
	close(pair[0]);
	close(pair[1]);
	close(yes);
}

/* Nothing is lost if the reader takes its time, whether writes wait or not. */
static void all_of_it_arrives(void **state)
{
	static uint8_t much[1 << 20];
	int pair[2], no = over(false), status;
	struct line line = to_pipe(pair);
	size_t got = 0;
	ssize_t done;
	pid_t child;

	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		assert_int_equal(fcntl(pair[1], F_SETFL, flags), 0);
		child = fork();
		if (!child)
			_exit(line_write(&line, much, sizeof(much), no) != 0);
		for (got = 0; got < sizeof(much); got += done) {
			done = read(pair[0], much, 4000 < sizeof(much) - got ? 4000 : sizeof(much) - got);
			assert_true(done > 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	close(pair[0]);
	close(pair[1]);
	close(no);
}

/* ------------------------------------------------------------- a pseudo-terminal */

static int attach(const struct line *line)
{
	int fd = open(line->name, O_RDWR | O_NOCTTY);

	assert_true(fd >= 0);
	return fd;
}

static bool can_read(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 2000) > 0;
}

static void a_pty_waits_for_nobody(void **state)
{
	struct line line = opened("pty");
	uint8_t typed[8];
	int no = over(false);
	size_t count;

	assert_int_equal(strncmp(line.name, "/dev/pts/", 9), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(line_write(&line, bytes("nobody reads this, and it is long"), 33, no), 0);
	assert_true(can_read(line.in));
	assert_int_equal(line_read(&line, typed, sizeof(typed), &count), LINE_NOBODY);
	line_close(&line);
	close(no);
}

/* Twice: who reads may go, and another one come. */
static void a_pty_is_read_and_typed_at(void **state)
{
	struct line line = opened("pty");
	int fd, no = over(false);
	char text[64] = "";
	uint8_t typed[8];
	size_t count;

	for (int round = 0; round < 2; round++) {
		fd = attach(&line);
		assert_int_equal(line_write(&line, bytes("login:\n"), 7, no), 0);
		/* Neither a return is added, nor is it sent back to us. */
		assert_true(can_read(fd));
		assert_int_equal(read(fd, text, sizeof(text)), 7);
		assert_memory_equal(text, "login:\n", 7);
		assert_int_equal(write(fd, "\003a\r", 3), 3);
		assert_true(can_read(line.in));
		assert_int_equal(line_read(&line, typed, sizeof(typed), &count), LINE_READ);
		assert_int_equal(count, 3);
		assert_memory_equal(typed, "\003a\r", 3);
		close(fd);
		assert_int_equal(line_write(&line, bytes("x"), 1, no), 0);
	}
	line_close(&line);
	close(no);
}

static void a_pty_that_is_not_read_does_not_keep_us(void **state)
{
	static uint8_t much[1 << 20];
	struct line line = opened("pty");
	int fd = attach(&line), yes = over(true);

	ring_soon();
	assert_int_equal(line_write(&line, much, sizeof(much), yes), 0);
	close(fd);
	line_close(&line);
	close(yes);
}

/* ----------------------------------------------------------- the user's terminal */

/* A terminal with the settings that a shell leaves. */
static int make_terminal(int *master)
{
	int slave;

	*master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(*master >= 0 && !grantpt(*master) && !unlockpt(*master));
	slave = open(ptsname(*master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	return slave;
}

static bool is_raw(int fd)
{
	struct termios t;

	assert_int_equal(tcgetattr(fd, &t), 0);
	return !(t.c_lflag & (ICANON | ECHO | ISIG)) && !(t.c_iflag & ICRNL);
}

/* What a child does with the terminal when it has made it raw. */
static void end_normally(int fd)
{
	terminal_restore();
	_exit(0);
}

static void end_by_exit(int fd)
{
	exit(0);
}

static void end_by_abort(int fd)
{
	signal(SIGSEGV, SIG_DFL);
	abort();
}

static void end_by_quit(int fd)
{
	raise(SIGQUIT);
}

static void end_by_fault(int fd)
{
	raise(SIGSEGV);
}

/* As after a stop and a continuation, of which the shell changed nothing. */
static void end_after_twice(int fd)
{
	terminal_raw(fd);
	if (!is_raw(fd))
		_exit(1);
	terminal_restore();
	_exit(is_raw(fd));
}

static void the_terminal_is_restored_on_every_way_out(void **state)
{
	static const struct {
		void (*end)(int fd);
		int signal;
	} ways[] = {
		{ end_normally }, { end_by_exit }, { end_by_abort, SIGABRT },
		{ end_by_quit, SIGQUIT }, { end_by_fault, SIGSEGV }, { end_after_twice },
	};
	int master, slave = make_terminal(&master), status;
	pid_t child;

	assert_false(is_raw(slave));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		child = fork();
		if (!child) {
			/* No handlers but ours, and not one of a sanitizer. */
			for (int number = 1; number < 32; number++)
				signal(number, SIG_DFL);
			terminal_raw(slave);
			if (!is_raw(slave))
				_exit(99);
			ways[i].end(slave);
			_exit(98);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, ways[i].signal);
		assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 0, 0);
		assert_false(is_raw(slave));
	}
	close(slave);
	close(master);
}

/* The signal says it, and ends us; or it is ignored, and the guest goes on. */
static void a_window_that_is_closed_is_no_failure(void **state)
{
	int master, slave = make_terminal(&master), no = over(false);
	struct line line = opened("-");

	assert_int_equal(line.hangs_up, isatty(STDOUT_FILENO));
	line.out = slave;
	line.hangs_up = true;
	close(master);
	assert_int_equal(line_write(&line, bytes("x"), 1, no), 0);
	line.hangs_up = false;
	assert_int_equal(line_write(&line, bytes("x"), 1, no), EIO);
	close(slave);
	close(no);
}

static void a_file_is_no_terminal(void **state)
{
	uint16_t columns, rows;
	int fd = open("/dev/null", O_RDWR);

	terminal_raw(fd);
	terminal_restore();
	assert_false(terminal_size(fd, &columns, &rows));
	close(fd);
}

static void the_size_is_read(void **state)
{
	struct winsize size = { .ws_col = 132, .ws_row = 43 };
	int master, slave = make_terminal(&master);
	uint16_t columns, rows;

	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	assert_true(terminal_size(slave, &columns, &rows));
	assert_int_equal(columns, 132);
	assert_int_equal(rows, 43);
	close(slave);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_written_anew),
		cmocka_unit_test(what_cannot_be_opened_is_told),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(a_reader_that_is_gone_is_an_error),
		cmocka_unit_test(a_slow_reader_does_not_keep_us),
		cmocka_unit_test(all_of_it_arrives),
		cmocka_unit_test(a_pty_waits_for_nobody),
		cmocka_unit_test(a_pty_is_read_and_typed_at),
		cmocka_unit_test(a_pty_that_is_not_read_does_not_keep_us),
		cmocka_unit_test(the_terminal_is_restored_on_every_way_out),
		cmocka_unit_test(a_window_that_is_closed_is_no_failure),
		cmocka_unit_test(a_file_is_no_terminal),
		cmocka_unit_test(the_size_is_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
