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

#include "boot.h"
#include "guest.h"
#include "linux.h"
#include "statistics.h"
#include "terminal.h"

struct session {
	const struct plan *plan;
	const struct settings *settings;
	struct cca *c;
	struct cca_realm *realm;
	struct cca_rec **recs;
	unsigned int count;		/* RECs that are there */
	struct guest guest;
};

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

static int stopped(struct problem *p)
{
	return problem(p, STATUS_SIGNAL + stop_signal(), "realm", "go on", NULL, "%s",
		       strsignal(stop_signal()));
}

/* ------------------------------------------------------------------- building it */

static int realm_failed(struct session *s, const char *object, const char *action, int err,
			struct problem *p)
{
	return problem_call(p, object, action, err, cca_realm_last_outcome(s->realm));
}

static int load_data(void *context, const struct extent *extent, struct problem *p)
{
	struct session *s = context;
	uint64_t at = 0, done;
	int err;

	do {
		if (stop_signal())
			return stopped(p);
		err = cca_realm_populate(s->realm, extent->ipa + at, extent->length - at,
					 (char *)extent->pages + at, CCA_POPULATE_F_MEASURE, &done);
		at += done;
	} while (err == -EINTR);
	return err ? realm_failed(s, s->plan->path, "load it into the realm", err, p) : STATUS_OK;
}

/* The first as the plan has it; the others are off, and the guest turns them on. */
static int create_recs(void *context, const struct cca_rec_options *first, struct problem *p)
{
	struct session *s = context;
	char name[32];
	int err;

	s->recs = calloc(s->plan->cpus, sizeof(*s->recs));
	if (!s->recs)
		return problem(p, STATUS_FAILED, "RECs", "create them", NULL, "%s",
			       strerror(ENOMEM));
	for (; s->count < s->plan->cpus; s->count++) {
		err = cca_rec_create(s->realm, s->count ? NULL : first, &s->recs[s->count]);
		if (!err)
			continue;
		snprintf(name, sizeof(name), "REC %u", s->count);
		return realm_failed(s, name, "create it", err, p);
	}
	return STATUS_OK;
}

static int add_memory(struct session *s, struct problem *p)
{
	struct cca_memory *memory = NULL;
	int err, status;

	if (s->settings->name) {
		status = reservation_open(s->c, s->settings->name, &memory, p);
		if (status)
			return status;
	}
	err = cca_realm_add_memory(s->realm, s->plan->base, s->plan->memory, memory);
	cca_memory_close(memory);
	return err ? realm_failed(s, "realm", "give it memory", err, p) : STATUS_OK;
}

static int build(struct session *s, struct problem *p)
{
	static const struct plan_walker walker = { load_data, create_recs };
	int err, status;

	err = cca_realm_create(s->c, &s->plan->realm, &s->realm);
	if (err)
		return problem_call(p, "realm", "create it", err, cca_last_outcome(s->c));
	status = add_memory(s, p);
	if (!status)
		status = plan_walk(s->plan, &walker, s, p);
	if (status)
		return status;
	err = cca_realm_activate(s->realm);
	return err ? realm_failed(s, "realm", "activate it", err, p) : STATUS_OK;
}

/* -------------------------------------------------------------------- running it */

/* What was typed goes to the guest. False: no more will come. */
static bool pass_input(struct session *s, struct terminal *terminal)
{
	uint8_t bytes[64];
	struct problem p;
	ssize_t count;
	size_t kept;
	bool quit = false;

	count = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (count <= 0)
		return false;
	kept = count;
	if (isatty(STDIN_FILENO))
		kept = terminal_filter(terminal, bytes, count, &quit);
	if (quit) {
		problem(&p, STATUS_FAILED, s->guest.name, "go on", NULL, "you ended it by Ctrl-A x");
		guest_end(&s->guest, STATUS_FAILED, &p);
		return false;
	}
	return guest_receive(&s->guest, bytes, kept);
}

/* A guest that does not read must not keep us from ending it. */
static void *input_thread(void *context)
{
	struct terminal terminal = { false };
	struct session *s = context;
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
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

static void tell_size(struct session *s)
{
	uint16_t columns, rows;

	if (terminal_size(STDIN_FILENO, &columns, &rows))
		guest_resize(&s->guest, columns, rows);
}

/* SIGWINCH is read from there, and interrupts nobody. -1: there is no memory. */
static int watch_size(sigset_t *before)
{
	sigset_t size;

	sigemptyset(&size);
	sigaddset(&size, SIGWINCH);
	pthread_sigmask(SIG_BLOCK, &size, before);
	return signalfd(-1, &size, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Until the guest is over, or a signal ends it. */
static void wait_for_end(struct session *s)
{
	struct signalfd_siginfo info;
	sigset_t before;
	struct pollfd fds[] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = s->guest.over_fd, .events = POLLIN },
		{ .fd = watch_size(&before), .events = POLLIN },
	};
	struct problem p;

	tell_size(s);
	while (!fds[0].revents && !fds[1].revents) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		if (fds[2].revents && read(fds[2].fd, &info, sizeof(info)) > 0)
			tell_size(s);
	}
	close(fds[2].fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (stop_signal())
		guest_end(&s->guest, stopped(&p), &p);
}

static int run(struct session *s, struct problem *p)
{
	struct problem ignored;
	pthread_t input;
	int ended, status;

	s->guest = (struct guest) {
		.name = s->plan->path,
		.realm = s->realm,
		.base = s->plan->base,
		.memory = s->plan->memory,
		.alias = 1ULL << (s->plan->realm.ipa_bits - 1),
		.output = STDOUT_FILENO,
	};
	terminal_raw(STDIN_FILENO);
	status = guest_start(&s->guest, s->recs, s->count, p);
	if (!status) {
		sigset_t all, before;
		bool reads;

		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &before);
		reads = !pthread_create(&input, NULL, input_thread, s);
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

/* ---------------------------------------------------------------------- the end */

/* As for other guests: the ledger is to be clean when the next command looks. */
static void destroy(struct session *s)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	int err;

	if (s->realm) {
		do {
			err = cca_realm_destroy(s->realm);
		} while (err == -EINTR);
		if (err)
			fprintf(stderr, "cca: realm: cannot destroy it: %s\n", strerror(-err));
		if (!cca_realm_get_info(s->realm, &info) && info.out_leaked)
			fprintf(stderr, "cca: realm: the RMM did not give back %" PRIu64
				" granules; see `cca info`\n", (uint64_t)info.out_leaked);
	}
	for (unsigned int i = 0; i < s->count; i++)
		cca_rec_close(s->recs[i]);
	free(s->recs);
	cca_realm_close(s->realm);
}

int linux_run(const struct settings *settings, struct problem *p)
{
	struct session s = { .settings = settings };
	struct cca_info info;
	struct plan plan;
	int status;

	status = plan_make(&plan, settings, p);
	if (status)
		return status;
	s.plan = &plan;
	status = open_device(&s.c, &info, p);
	if (!status) {
		stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		stop_catch(on_stop);
		status = build(&s, p);
		if (!status)
			status = run(&s, p);
		destroy(&s);
		cca_close(s.c);
	}
	plan_free(&plan);
	return status;
}
