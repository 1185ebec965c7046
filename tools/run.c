// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca run: a program in a realm, from its file to its exit status; or a realm that
 * was created before.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "realm.h"
#include "vmm/linux.h"

#define ESR_EC(esr)		((esr) >> 26 & 0x3f)
#define ESR_EC_FETCH		0x20
#define ESR_ISV			(1ULL << 24)
#define ESR_WNR			(1ULL << 6)

#define SYSREG_IS_READ(esr)	((esr) & 1)

/* How long a CPU that is off sleeps before it looks again. */
#define OFF_NS			20000000

struct machine {
	const char *title;		/* the image, or the realm */
	bool kept;			/* the realm stays when we go */
	struct cca *c;
	struct cca_realm *realm;
	uint32_t cpus;
	struct cca_rec **recs;
	struct cpu {
		struct machine *m;
		uint32_t number;
		pthread_t thread;
		bool started;
		bool off;		/* as far as anybody knows; it looks again */
		uint32_t seen;		/* of `turned_on`, before it looked */
	} *threads;

	/* All that follows: under the lock, which a CPU has but in the kernel. */
	pthread_mutex_t lock;
	pthread_cond_t changed;		/* a CPU was turned on, or it is over */
	struct console console;
	uint32_t turned_on;		/* CPUs, so far */
	bool over;
	int status;
	struct problem *p;
};

/* For the handler, which is to end the run even just before the kernel is entered. */
static struct cca_rec *volatile running_rec;

static void kick(void)
{
	if (running_rec)
		cca_rec_kick(running_rec);
}

/* What the guest did to itself. */
#define GUEST(m, p, action, next, ...) \
	problem(p, STATUS_FAILED, (m)->title, action, next, __VA_ARGS__)

/* -------------------------------------------------------------- running it */

static int console_failed(int error, struct problem *p)
{
	return error ? problem(p, STATUS_FAILED, "standard output", "write", NULL, "%s",
			       strerror(error)) : STATUS_OK;
}

static int handle_mmio(struct machine *m, struct cca_run *page, struct problem *p)
{
	int error;

	if (console_mmio(&m->console, page, &error))
		return console_failed(error, p);
	return GUEST(m, p, "go on", "docs/guest-abi.md says what there is",
		     "the guest %s 0x%" PRIx64 " (%u bytes), where no device is",
		     page->mmio.is_write ? "wrote to" : "read from", (uint64_t)page->mmio.ipa,
		     page->mmio.bytes);
}

static int handle_fault(struct machine *m, const struct cca_run *page, struct problem *p)
{
	const char *what = "accessed (the RMM does not tell whether it was a read or a write)";

	if (ESR_EC(page->esr) == ESR_EC_FETCH)
		what = "fetched an instruction from";
	else if (page->esr & ESR_ISV)
		what = page->esr & ESR_WNR ? "wrote to" : "read from";
	return GUEST(m, p, "go on", "docs/guest-abi.md says what there is",
		     "the guest %s 0x%" PRIx64 ", where nothing is (ESR 0x%" PRIx64 ")", what,
		     (uint64_t)page->ipa, (uint64_t)page->esr);
}

/* STATUS_OK: enter again. Else *over says whether the guest ended by itself. */
static int handle_exit(struct machine *m, struct cca_run *page, bool *over, struct problem *p)
{
	int error;

	switch (page->exit_reason) {
	case CCA_EXIT_MMIO:
		return handle_mmio(m, page, p);
	case CCA_EXIT_HOST_CALL:
		console_host_call(&m->console, page, &error);
		return console_failed(error, p);
	case CCA_EXIT_SYSTEM_OFF:
		*over = true;
		return m->console.status;
	case CCA_EXIT_FAULT:
		return handle_fault(m, page, p);
	case CCA_EXIT_SYSREG:
		/* There is no interrupt controller to tell: reads are zero. */
		if (SYSREG_IS_READ(page->esr))
			page->sysreg = 0;
		return STATUS_OK;
	case CCA_EXIT_CPU_ON:
		/* It may be out for long before it has looked: it is not off. */
		for (uint32_t i = 0; i < m->cpus; i++)
			m->threads[i].off = false;
		m->turned_on++;
		pthread_cond_broadcast(&m->changed);
		return STATUS_OK;
	case CCA_EXIT_INTR:
	case CCA_EXIT_RIPAS:
		return STATUS_OK;
	case CCA_EXIT_SERROR:
		fprintf(stderr, "cca: %s: the guest has an SError (ESR 0x%" PRIx64 ")\n",
			m->title, (uint64_t)page->esr);
		return STATUS_OK;
	case CCA_EXIT_SYSTEM_RESET:
		return GUEST(m, p, "go on", m->kept ? "create it anew" : "run it again",
			     "the guest asked for a reset");
	case CCA_EXIT_CPU_OFF:
		if (m->cpus > 1)
			return STATUS_OK;
		return GUEST(m, p, "go on", NULL, "the guest turned its only CPU off");
	case CCA_EXIT_TERMINATED:
		return GUEST(m, p, "go on", NULL, "the realm was terminated");
	}
	return GUEST(m, p, "go on", "report it with the output of `cca info --json`",
		     "the realm left for a reason that nobody knows (%s %u, RMI %u, ESR 0x%" PRIx64
		     ")", cca_exit_name(page->exit_reason), page->exit_reason, page->raw_reason,
		     (uint64_t)page->esr);
}

/* ------------------------------------------------------------------ its CPUs */

/* Ends a call of the kernel, and does nothing else. */
static void wake(int number)
{
}

/* Whoever says so first decides how it ended. Everybody leaves. */
static void end(struct machine *m, struct cpu *me, int status)
{
	m->over = true;
	m->status = status;
	pthread_cond_broadcast(&m->changed);
	for (uint32_t i = 0; i < m->cpus; i++) {
		if (&m->threads[i] == me)
			continue;
		cca_rec_kick(m->recs[i]);
		if (m->threads[i].started)
			pthread_kill(m->threads[i].thread, SIGUSR1);
	}
}

/* Until another CPU turns this one on. Not for ever: it may have happened already. */
static void wait_while_off(struct machine *m, struct cpu *me)
{
	struct timespec until;
	bool all = true;

	/* It looked before somebody was turned on: perhaps it was this one. */
	if (me->seen != m->turned_on)
		return;
	me->off = true;
	for (uint32_t i = 0; i < m->cpus; i++)
		all &= m->threads[i].off;
	if (all) {
		end(m, me, GUEST(m, m->p, "go on", NULL, m->cpus > 1 ?
				 "the guest turned all its CPUs off" :
				 "the guest turned its only CPU off"));
	} else {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += OFF_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&m->changed, &m->lock, &until);
	}
	me->off = false;
}

static int stopped(struct machine *m)
{
	char next[128];

	snprintf(next, sizeof(next), "it is still there: `cca run %s` goes on with it", m->title);
	return realm_stopped(m->kept ? m->title : "realm", "go on", m->kept ? next : NULL, m->p);
}

/* What came of one CCA_RUN. */
static void step(struct machine *m, struct cpu *me, int err)
{
	struct cca_rec *rec = m->recs[me->number];
	const struct cca_outcome *out = cca_rec_last_outcome(rec);
	bool over = false;
	int status;

	if (stop_signal()) {
		end(m, me, stopped(m));
	} else if (err == -EAGAIN && out->reason == CCA_REASON_NOT_RUNNABLE) {
		wait_while_off(m, me);
	} else if (err == -ESTALE && out->reason == CCA_REASON_SYSTEM_OFF) {
		/* Another CPU did it, and has said with which status. */
		end(m, me, m->console.status);
	} else if (err && err != -EINTR) {
		end(m, me, problem_call(m->p, m->title, "run it", err, out));
	} else if (!err) {
		status = handle_exit(m, cca_rec_page(rec), &over, m->p);
		if (status || over)
			end(m, me, status);
	}
}

static void *run_cpu(void *cpu)
{
	struct cpu *me = cpu;
	struct machine *m = me->m;
	int err;

	pthread_mutex_lock(&m->lock);
	while (!m->over) {
		me->seen = m->turned_on;
		pthread_mutex_unlock(&m->lock);
		err = stop_signal() ? -EINTR : cca_rec_run(m->recs[me->number]);
		pthread_mutex_lock(&m->lock);
		if (!m->over)
			step(m, me, err);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

/* The first CPU is ours; the others have threads, which signals do not concern. */
static int start_others(struct machine *m)
{
	struct sigaction action = { .sa_handler = wake };
	sigset_t all, before;
	int error = 0;

	sigaction(SIGUSR1, &action, NULL);
	m->threads[0].thread = pthread_self();
	m->threads[0].started = true;
	sigfillset(&all);
	sigdelset(&all, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (uint32_t i = 1; i < m->cpus && !error; i++) {
		error = pthread_create(&m->threads[i].thread, NULL, run_cpu, &m->threads[i]);
		m->threads[i].started = !error;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static int run(struct machine *m, struct problem *p)
{
	int error;

	m->p = p;
	m->threads = calloc(m->cpus, sizeof(*m->threads));
	if (!m->threads)
		return problem(p, STATUS_FAILED, m->title, "run it", NULL, "%s", strerror(ENOMEM));
	for (uint32_t i = 0; i < m->cpus; i++)
		m->threads[i] = (struct cpu) { .m = m, .number = i };
	running_rec = m->recs[0];
	pthread_mutex_lock(&m->lock);
	error = start_others(m);
	if (error)
		end(m, NULL, problem(p, STATUS_FAILED, m->title, "start its CPUs", NULL, "%s",
				     strerror(error)));
	pthread_mutex_unlock(&m->lock);
	run_cpu(&m->threads[0]);
	for (uint32_t i = 1; i < m->cpus; i++)
		if (m->threads[i].started)
			pthread_join(m->threads[i].thread, NULL);
	running_rec = NULL;
	free(m->threads);
	return m->status;
}

/* ------------------------------------------------------------------ a new one */

static int take_recs(struct machine *m, uint32_t cpus, struct problem *p)
{
	m->recs = calloc(cpus, sizeof(*m->recs));
	if (!m->recs)
		return problem(p, STATUS_FAILED, m->title, "run it", NULL, "%s", strerror(ENOMEM));
	m->cpus = cpus;
	return STATUS_OK;
}

static int build(struct machine *m, const struct plan *plan, const struct settings *s,
		 struct problem *p)
{
	struct cca_info host;
	int status;

	status = open_device(&m->c, &host, p);
	if (status)
		return status;
	stop_catch(kick);
	return realm_build(m->c, &host, s, plan, m->recs, &m->realm, p);
}

/* A realm that is kept stays, without us. */
static void let_go(struct machine *m)
{
	if (m->kept) {
		for (uint32_t i = 0; i < m->cpus; i++)
			cca_rec_close(m->recs[i]);
		cca_realm_close(m->realm);
	} else {
		realm_unbuild(m->realm, m->recs, m->cpus);
	}
	free(m->recs);
	cca_close(m->c);
}

static struct machine machine(const char *title, uint32_t ipa_bits)
{
	return (struct machine) {
		.title = title,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.console = {
			.fd = STDOUT_FILENO,
			.alias = 1ULL << (ipa_bits - 1),
		},
	};
}

static int run_image(const struct settings *s, struct problem *p)
{
	struct machine m = machine(s->operand, s->realm.ipa_bits);
	struct plan plan;
	int status;

	status = plan_make(&plan, s, p);
	if (status)
		return status;
	status = take_recs(&m, s->cpus, p);
	if (!status)
		status = build(&m, &plan, s, p);
	if (!status)
		status = run(&m, p);
	let_go(&m);
	plan_free(&plan);
	return status;
}

/* ------------------------------------------------------- one that is there */

static int check_state(const struct found *f, const char *name, struct problem *p)
{
	char next[128];

	switch (f->info.out_state) {
	case CCA_REALM_ACTIVE:
		if (f->info.out_recs)
			return STATUS_OK;
		return problem(p, STATUS_FAILED, name, "run it", NULL, "it has no REC");
	case CCA_REALM_NEW:
		snprintf(next, sizeof(next), "activate it with `cca activate %s`", name);
		return problem(p, STATUS_FAILED, name, "run it", next, "it is new, and not active");
	}
	snprintf(next, sizeof(next), "destroy it with `cca destroy %s`, and create it anew", name);
	return problem(p, STATUS_FAILED, name, "run it", next, "it is over: %s",
		       cca_strreason(f->info.out_reason));
}

static int run_found(struct found *f, const struct settings *s, struct problem *p)
{
	struct machine m = machine(s->operand, f->info.out_ipa_bits);
	int err = 0, status;

	m.kept = true;
	m.c = f->c;
	m.realm = f->realm;
	status = check_state(f, s->operand, p);
	if (!status)
		status = take_recs(&m, f->info.out_recs, p);
	for (uint32_t i = 0; !status && i < m.cpus; i++) {
		err = cca_rec_open(m.realm, i, &m.recs[i]);
		if (err)
			status = realm_failed(m.realm, s->operand, "open its RECs", err, p);
	}
	if (!status) {
		stop_catch(kick);
		status = run(&m, p);
	}
	let_go(&m);
	return status;
}

/* A path says that it is one; else a realm of that name goes before a file. */
static bool find(const struct settings *s, struct found *f, struct problem *p)
{
	return !strchr(s->operand, '/') && !realm_find(f, s->operand, p);
}

int verb_run(const struct settings *s, struct problem *p)
{
	struct problem why = { 0 };
	struct found f;
	int status;

	if (s->json && (!s->console || !strcmp(s->console, "-")))
		return problem(p, STATUS_USAGE, "--json", "say it like that",
			       "give --kernel, and --console pty or a file",
			       "what the guest says is on standard output");
	if (s->kernel)
		return linux_run(s, p);
	if (find(s, &f, &why)) {
		if (!s->given)
			return run_found(&f, s, p);
		realm_let_go(&f);
		return problem(p, STATUS_USAGE, s->operand, "run it like that",
			       "run it without options; a file of that name is ./NAME",
			       "a realm of that name is there, and has its settings");
	}
	status = run_image(s, p);
	/* It was no file either. */
	if (status == STATUS_FAILED && access(s->operand, F_OK)) {
		if (why.outcome.reason == CCA_REASON_OWNER)
			*p = why;
		else if (why.outcome.reason == CCA_REASON_NOT_FOUND)
			strcat(p->reason, ", and no realm has that name");
	}
	return status;
}
