// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a plan to a realm that runs, the user's terminal, and the end of both.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../realm.h"
#include "guest.h"
#include "line.h"
#include "linux.h"
#include "statistics.h"
#include "terminal.h"

struct session {
	const struct settings *settings;
	struct cca_realm *realm;
	struct cca_rec **recs;		/* as many as the settings say */
	struct line line;
	struct devices devices;
	struct guest guest;
};

/* How soon somebody is noticed who opens the pseudo-terminal. */
#define NOBODY_MS	200

/* Readable when a signal asked to stop. The handler has only this. */
static int stop_fd = -1;

static void on_stop(void)
{
	uint64_t one = 1;
	int saved = errno;

	if (write(stop_fd, &one, sizeof(one)) < 0)
		_exit(STATUS_FAILED);
	errno = saved;
}

/* -------------------------------------------------------------------- running it */

static void tell_size(struct session *s)
{
	uint16_t columns, rows;

	if (terminal_size(s->line.in, &columns, &rows))
		guest_resize(&s->guest, columns, rows);
}

/* What was typed goes to the guest. False: no more will come. */
static bool pass_input(struct session *s, struct terminal *terminal)
{
	struct pollfd over = { .fd = s->guest.over_fd, .events = POLLIN };
	uint8_t bytes[64];
	struct problem p;
	size_t count;
	bool quit = false;

	switch (line_read(&s->line, bytes, sizeof(bytes), &count)) {
	case LINE_END:
		return false;
	case LINE_NOBODY:
		poll(&over, 1, NOBODY_MS);
		return true;
	case LINE_READ:
		break;
	}
	/* Nobody says when the size of a pseudo-terminal changes. */
	if (s->line.is_pty)
		tell_size(s);
	if (s->line.is_terminal)
		count = terminal_filter(terminal, bytes, count, &quit);
	if (quit) {
		problem(&p, STATUS_FAILED, s->guest.name, "go on", NULL, "you ended it by Ctrl-A x");
		guest_end(&s->guest, STATUS_FAILED, &p);
		return false;
	}
	return guest_receive(&s->guest, bytes, count);
}

/* A guest that does not read must not keep us from ending it. */
static void *input_thread(void *context)
{
	struct terminal terminal = { false };
	struct session *s = context;
	struct pollfd fds[] = {
		{ .fd = s->line.in, .events = POLLIN },
		{ .fd = s->guest.over_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents)
			break;
		if (fds[0].revents && !pass_input(s, &terminal))
			break;
	}
	return NULL;
}

/*
 * Signals that are about the terminal are read from there, and interrupt nobody.
 * -1: there is no memory.
 */
static int watch_terminal(const struct session *s, sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	if (s->line.is_terminal) {
		sigaddset(&set, SIGTSTP);
		sigaddset(&set, SIGCONT);
	}
	pthread_sigmask(SIG_BLOCK, &set, before);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* While we are stopped the terminal is the shell's. */
static void handle_signal(struct session *s, uint32_t number)
{
	if (number == SIGTSTP) {
		terminal_restore();
		raise(SIGSTOP);
	}
	if (s->line.is_terminal)
		terminal_raw(s->line.in);
	tell_size(s);
}

/* Until the guest is over, or a signal ends it. */
static void wait_for_end(struct session *s)
{
	struct signalfd_siginfo info;
	sigset_t before;
	struct pollfd fds[] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = s->guest.over_fd, .events = POLLIN },
		{ .fd = watch_terminal(s, &before), .events = POLLIN },
	};
	struct problem p;

	tell_size(s);
	while (!fds[0].revents && !fds[1].revents) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		if (fds[2].revents && read(fds[2].fd, &info, sizeof(info)) > 0)
			handle_signal(s, info.ssi_signo);
	}
	close(fds[2].fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (stop_signal())
		guest_end(&s->guest, realm_stopped("realm", "go on", NULL, &p), &p);
}

static int run(struct session *s, struct problem *p)
{
	struct problem ignored;
	pthread_t input;
	int ended, status;

	s->guest = (struct guest) {
		.name = s->settings->kernel,
		.realm = s->realm,
		.base = s->settings->base,
		.memory = s->settings->memory,
		.alias = 1ULL << (s->settings->realm.ipa_bits - 1),
		.line = &s->line,
		.devices = &s->devices,
	};
	if (s->line.is_terminal) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "cca: the guest has this terminal now; Ctrl-A x ends it\n");
		terminal_raw(s->line.in);
	}
	status = guest_start(&s->guest, s->recs, s->settings->cpus, p);
	if (!status) {
		sigset_t all, before;
		bool reads;

		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &before);
		reads = s->line.in >= 0 && !pthread_create(&input, NULL, input_thread, s);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		wait_for_end(s);
		if (reads)
			pthread_join(input, NULL);
	}
	/* Threads that were started before one could not be are waited for as well. */
	ended = guest_join(&s->guest, status ? &ignored : p);
	terminal_restore();
	if (!status)
		status = ended;
	if (s->settings->statistics && s->guest.list_registers)
		status = statistics_write(s->settings->statistics, &s->guest, status, p);
	guest_free(&s->guest);
	return status;
}

/* ------------------------------------------------------------- from plan to end */

static int build_and_run(struct session *s, const struct plan *plan, struct problem *p)
{
	struct cca_info host;
	struct cca *c;
	int status;

	status = open_device(&c, &host, p);
	if (status)
		return status;
	stop_catch(on_stop);
	status = realm_build(c, &host, s->settings, plan, s->recs, &s->realm, p);
	if (!status)
		status = run(s, p);
	realm_unbuild(s->realm, s->recs, s->settings->cpus);
	cca_close(c);
	return status;
}

/* Scripts open it before the guest runs. */
static void tell_console(const struct settings *settings, const struct line *line)
{
	struct document *d = document_new(settings->json);

	fact_text(document_facts(d, "console", NULL), "path", "console", "%s", line->name);
	if (settings->json)
		document_print_line(d);
	else
		document_print(d);
	fflush(stdout);
}

int linux_run(const struct settings *settings, struct problem *p)
{
	struct session s = { .settings = settings };
	struct plan plan;
	int status;

	status = plan_make(&plan, settings, p);
	if (status)
		return status;
	status = devices_open(&s.devices, settings, p);
	if (!status)
		status = line_open(&s.line, settings->console, p);
	if (status) {
		devices_close(&s.devices);
		plan_free(&plan);
		return status;
	}
	if (s.line.is_pty)
		tell_console(settings, &s.line);
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s.recs = calloc(settings->cpus, sizeof(*s.recs));
	if (stop_fd < 0 || !s.recs)
		status = problem(p, STATUS_FAILED, settings->kernel, "run it", NULL, "%s",
				 strerror(errno));
	else
		status = build_and_run(&s, &plan, p);
	free(s.recs);
	line_close(&s.line);
	devices_close(&s.devices);
	plan_free(&plan);
	return status;
}
