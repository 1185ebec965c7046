// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca monitor: what happens to realms, as it happens.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

/* Whom the user wants to hear of. */
struct filter {
	const char *name;		/* NULL: everybody */
	uint32_t id;			/* its number, 0: not known (yet) */
};

static void filter_begin(struct filter *f, const char *realm)
{
	uint64_t id;

	*f = (struct filter) { .name = realm };
	/* No name begins with a digit. */
	if (realm && parse_size(realm, &id))
		f->id = id;
}

/* Some events have the number only: it is learnt from those that have the name. */
static bool wanted(struct filter *f, const struct cca_event *e)
{
	if (!f->name || e->kind == CCA_EVENT_LOST)
		return true;
	if (e->name[0] && !strcmp(e->name, f->name))
		f->id = e->realm;
	return f->id && e->realm == f->id;
}

/* ------------------------------------------------------------------ printing */

static bool has(const struct cca_event *e, unsigned int attribute)
{
	return e->has >> attribute & 1;
}

/* What is not a number of the specification: on one line, behind the object. */
static void print_what(const struct cca_event *e)
{
	switch (e->kind) {
	case CCA_EVENT_REALM_CREATED:
		printf("created by user %u", e->owner);
		break;
	case CCA_EVENT_REALM_ACTIVATED:
		printf("activated");
		break;
	case CCA_EVENT_REALM_TERMINATED:
		printf("over: %s", cca_strreason(e->reason));
		break;
	case CCA_EVENT_REALM_DESTROYED:
		printf("destroyed");
		break;
	case CCA_EVENT_REC_EXITED:
		printf("REC %u left for good: %s", e->rec, cca_exit_name(e->exit));
		break;
	case CCA_EVENT_PAGES_LEAKED:
		printf("%llu pages of 4 KiB are lost: %s", (unsigned long long)e->granules,
		       cca_leak_name(e->cause));
		break;
	case CCA_EVENT_RMM_TROUBLE:
		printf("%s said %s, 0x%llx: %s", cca_rmi_command_name(e->rmi_fid),
		       cca_rmi_status_name(e->rmi_status), (unsigned long long)e->rmi_status,
		       cca_strreason(e->reason));
		break;
	default:
		printf("event %u", e->kind);
	}
}

static void print_text(const struct cca_event *e, const char *now)
{
	printf("%s  ", now);
	if (e->kind == CCA_EVENT_LOST) {
		if (e->lost)
			printf("lost: %llu events are missing here\n", (unsigned long long)e->lost);
		else
			printf("lost: events come faster than they are read; see `cca list`\n");
		return;
	}
	if (e->realm)
		printf("realm %u%s%s: ", e->realm, e->name[0] ? " " : "", e->name);
	else
		printf("RMM: ");
	print_what(e);
	printf("\n");
}

static void number(struct section *s, const struct cca_event *e, unsigned int attribute,
		   const char *key, uint64_t value)
{
	if (has(e, attribute))
		fact_number(s, key, NULL, value, NULL);
}

/* A document on one line; an event has the keys that it came with. */
static void print_json(const struct cca_event *e, const char *now)
{
	struct document *d = document_new(true);
	struct section *s = document_facts(d, "event", NULL);

	fact_text(s, "kind", NULL, "%s", cca_event_name(e->kind));
	fact_number(s, "kind-code", NULL, e->kind, NULL);
	fact_text(s, "time", NULL, "%s", now);
	if (e->kind == CCA_EVENT_LOST)
		fact_number(s, "lost", NULL, e->lost, NULL);
	number(s, e, CCA_EVENT_A_SEQ, "seq", e->seq);
	number(s, e, CCA_EVENT_A_REALM, "realm", e->realm);
	if (has(e, CCA_EVENT_A_NAME))
		fact_text(s, "name", NULL, "%s", e->name);
	number(s, e, CCA_EVENT_A_OWNER, "owner", e->owner);
	number(s, e, CCA_EVENT_A_REC, "rec", e->rec);
	if (has(e, CCA_EVENT_A_EXIT))
		fact_text(s, "exit", NULL, "%s", cca_exit_name(e->exit));
	number(s, e, CCA_EVENT_A_EXIT, "exit-code", e->exit);
	if (has(e, CCA_EVENT_A_REASON))
		fact_text(s, "reason", NULL, "%s", cca_strreason(e->reason));
	number(s, e, CCA_EVENT_A_REASON, "reason-code", e->reason);
	number(s, e, CCA_EVENT_A_GRANULES, "granules", e->granules);
	if (has(e, CCA_EVENT_A_CAUSE))
		fact_text(s, "cause", NULL, "%s", cca_leak_name(e->cause));
	number(s, e, CCA_EVENT_A_CAUSE, "cause-code", e->cause);
	number(s, e, CCA_EVENT_A_RMI_FID, "rmi-command", e->rmi_fid);
	number(s, e, CCA_EVENT_A_RMI_STATUS, "rmi-status", e->rmi_status);
	document_print_line(d);
}

static void print_event(const struct cca_event *e, bool json)
{
	const time_t now = time(NULL);
	char text[40] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(text, sizeof(text), json ? "%FT%T%z" : "%T", &tm);
	if (json)
		print_json(e, text);
	else
		print_text(e, text);
}

/* ------------------------------------------------------------------- the loop */

static int nobody_reads(struct problem *p)
{
	return problem(p, STATUS_FAILED, "standard output", "write", NULL,
		       "nobody reads it any more");
}

/* All that is there. STATUS_OK, or a problem. */
static int drain(struct cca_events *events, struct filter *f, bool json, struct problem *p)
{
	struct cca_event e = { .size = sizeof(e) };
	int err;

	while (!(err = cca_events_next(events, &e, 0)) && !stop_signal()) {
		if (!wanted(f, &e))
			continue;
		print_event(&e, json);
		if (fflush(stdout))
			return nobody_reads(p);
	}
	if (err == -ENODEV)
		return problem(p, STATUS_HOST, "events", "go on", "load the module: modprobe cca",
			       "the module was unloaded");
	return !err || err == -EAGAIN || err == -EINTR ? STATUS_OK :
	       problem_call(p, "events", "read them", err, NULL);
}

/*
 * Until a signal. It is let in only while we wait, so none is overlooked, and a
 * reader who goes is noticed although nothing happens.
 */
static int watch(struct cca_events *events, struct filter *f, bool json, struct problem *p)
{
	struct pollfd fds[] = {
		{ .fd = cca_events_fd(events), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	sigset_t stops, before;
	int status = STATUS_OK;

	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, &before);
	while (!status && !stop_signal()) {
		if (ppoll(fds, 2, NULL, &before) < 0 && errno != EINTR)
			status = problem_call(p, "events", "wait for them", -errno, NULL);
		else if (fds[1].revents & (POLLERR | POLLNVAL))
			status = nobody_reads(p);
		else
			status = drain(events, f, json, p);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* To all, or to what a user may hear. */
static int listen_to(struct cca_events **events, bool *own)
{
	int err = cca_events_open(events);

	*own = err == -EPERM;
	return *own ? cca_events_open_own(events) : err;
}

int verb_monitor(const struct settings *s, struct problem *p)
{
	struct cca_events *events;
	struct filter f;
	int err, status;
	bool own;

	filter_begin(&f, s->watched);
	err = listen_to(&events, &own);
	if (err == -EBUSY)
		return problem(p, STATUS_FAILED, "events", "listen", "end one, or run it as root",
			       "too many commands of this user do");
	if (err)
		return problem_call(p, "events", "listen", err, NULL);
	stop_catch(NULL);
	if (!s->json) {
		fprintf(stderr, "Listening%s; Ctrl-C ends it.\n",
			own ? " to your own realms (root hears of all)" : "");
		fflush(stderr);
	}
	status = watch(events, &f, s->json, p);
	cca_events_close(events);
	return status;
}
