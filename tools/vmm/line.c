// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening it, and reading and writing it whatever its other side does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "line.h"

#define ACTION	"open the console"

static int failed(const char *name, struct problem *p)
{
	return problem(p, STATUS_FAILED, name, ACTION, NULL, "%s", strerror(errno));
}

/* Nobody echoes what the guest says, or changes its lines. What is set stays when it is closed. */
static bool make_raw(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios raw;
	bool done;

	if (fd < 0)
		return false;
	done = !tcgetattr(fd, &raw);
	cfmakeraw(&raw);
	done = done && !tcsetattr(fd, TCSANOW, &raw);
	close(fd);
	return done;
}

static int open_pty(struct line *line, struct problem *p)
{
	line->is_pty = true;
	line->in = line->out = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (line->out < 0)
		return failed("pty", p);
	line->opened = true;
	if (grantpt(line->out) || unlockpt(line->out) ||
	    ptsname_r(line->out, line->name, sizeof(line->name)) || !make_raw(line->name)) {
		failed("pty", p);
		line_close(line);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

static int open_file(struct line *line, const char *path, struct problem *p)
{
	/* A pipe that nobody reads is refused, not waited for; after that it may be slow. */
	line->out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC | O_NONBLOCK,
			 0666);
	if (line->out < 0 && errno == ENXIO)
		return problem(p, STATUS_FAILED, path, ACTION, "start the reader first",
			       "nobody reads it");
	if (line->out < 0)
		return failed(path, p);
	line->opened = true;
	fcntl(line->out, F_SETFL, fcntl(line->out, F_GETFL) & ~O_NONBLOCK);
	/* Only for messages: a long path is cut. */
	strncpy(line->name, path, sizeof(line->name) - 1);
	return STATUS_OK;
}

int line_open(struct line *line, const char *what, struct problem *p)
{
	*line = (struct line) { .name = "standard output", .in = -1, .out = STDOUT_FILENO };
	if (what && !strcmp(what, "pty"))
		return open_pty(line, p);
	if (what && strcmp(what, "-"))
		return open_file(line, what, p);
	line->in = STDIN_FILENO;
	line->is_terminal = isatty(STDIN_FILENO);
	line->hangs_up = isatty(STDOUT_FILENO);
	return STATUS_OK;
}

void line_close(struct line *line)
{
	if (line->opened)
		close(line->out);
	line->opened = false;
}

/* Has any of that happened? Hang-ups are told without being asked for. */
static bool is_so(int fd, short events)
{
	struct pollfd now = { .fd = fd, .events = events };

	return poll(&now, 1, 0) > 0 && now.revents & events;
}

int line_write(const struct line *line, const uint8_t *bytes, size_t count, int over)
{
	struct pollfd fds[] = {
		{ .fd = line->out, .events = POLLOUT }, { .fd = over, .events = POLLIN },
	};
	ssize_t done;

	while (count && !(line->is_pty && is_so(line->out, POLLHUP))) {
		done = write(line->out, bytes, count);
		if (done >= 0) {
			bytes += done;
			count -= done;
		} else if (errno == EAGAIN) {
			/* Whoever gave it to us does not want to wait for it; we do. */
			poll(fds, 2, -1);
		} else if (errno == EIO && line->hangs_up) {
			return 0;
		} else if (errno != EINTR) {
			return errno;
		}
		/* A signal may have cut it short. */
		if (count && is_so(over, POLLIN))
			return 0;
	}
	return 0;
}

enum line_state line_read(const struct line *line, uint8_t *bytes, size_t room, size_t *count)
{
	ssize_t done = read(line->in, bytes, room);

	*count = done > 0 ? done : 0;
	if (done > 0 || (done < 0 && (errno == EINTR || errno == EAGAIN)))
		return LINE_READ;
	return line->is_pty ? LINE_NOBODY : LINE_END;
}
