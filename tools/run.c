// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca run: a program in a realm, from its file to its exit status.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "plan.h"
#include "vmm/linux.h"

#define ESR_EC(esr)		((esr) >> 26 & 0x3f)
#define ESR_EC_FETCH		0x20
#define ESR_ISV			(1ULL << 24)
#define ESR_WNR			(1ULL << 6)

#define SYSREG_IS_READ(esr)	((esr) & 1)

struct machine {
	const struct plan *plan;
	const char *from;		/* name of memory that is set aside, or NULL */
	struct cca *c;
	struct cca_realm *realm;
	struct cca_rec *rec;
	struct console console;
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
	problem(p, STATUS_FAILED, (m)->plan->path, action, next, __VA_ARGS__)

static int stopped(struct problem *p)
{
	return problem(p, STATUS_SIGNAL + stop_signal(), "realm", "go on", NULL, "%s",
		       strsignal(stop_signal()));
}

/* ------------------------------------------------------------- building it */

/* The realm was refused; say which of the user's numbers it was, and its limit. */
static int explain_create(struct machine *m, const struct cca_info *info, int err,
			  struct problem *p)
{
	const struct cca_outcome *out = cca_last_outcome(m->c);
	const struct cca_realm_options *o = &m->plan->realm;
	int status = problem_call(p, "realm", "create it", err, out);
	char offered[64] = "";

	if (out->reason == CCA_REASON_IPA_BITS) {
		status = problem(p, STATUS_USAGE, "--ipa-bits", "use this value", NULL,
				 "%u is outside of what this RMM offers, %u to %u", o->ipa_bits,
				 info->out_ipa_bits_min, info->out_ipa_bits_max);
	} else if (out->reason == CCA_REASON_HASH) {
		for (uint32_t hash = 0; cca_hash_size(hash); hash++) {
			if (!(info->out_hashes & (1U << hash)))
				continue;
			strcat(offered, offered[0] ? ", " : "");
			strcat(offered, cca_hash_name(hash));
		}
		status = problem(p, STATUS_USAGE, "--hash", "use this value", NULL,
				 "this RMM does not offer %s; it offers %s",
				 cca_hash_name(o->hash), offered[0] ? offered : "none");
	}
	if (status == STATUS_USAGE) {
		p->error = -err;
		p->outcome = *out;
	}
	return status;
}

static int realm_failed(struct machine *m, const char *object, const char *action, int err,
			struct problem *p)
{
	return problem_call(p, object, action, err, cca_realm_last_outcome(m->realm));
}

static int load_data(void *context, const struct extent *extent, struct problem *p)
{
	struct machine *m = context;
	uint64_t at = 0, done;
	int err;

	do {
		if (stop_signal())
			return stopped(p);
		err = cca_realm_populate(m->realm, extent->ipa + at, extent->length - at,
					 (char *)extent->pages + at, CCA_POPULATE_F_MEASURE, &done);
		at += done;
	} while (err == -EINTR);
	return err ? realm_failed(m, m->plan->path, "load it into the realm", err, p) : STATUS_OK;
}

static int create_rec(void *context, const struct cca_rec_options *rec, struct problem *p)
{
	struct machine *m = context;
	int err = cca_rec_create(m->realm, rec, &m->rec);

	return err ? realm_failed(m, "REC 0", "create it", err, p) : STATUS_OK;
}

/* From the kernel, or from what was set aside under a name. */
static int add_memory(struct machine *m, struct problem *p)
{
	struct cca_memory *memory = NULL;
	int err, status;

	if (m->from) {
		status = reservation_open(m->c, m->from, &memory, p);
		if (status)
			return status;
	}
	err = cca_realm_add_memory(m->realm, m->plan->base, m->plan->memory, memory);
	cca_memory_close(memory);
	return err ? realm_failed(m, "realm", "give it memory", err, p) : STATUS_OK;
}

static int build(struct machine *m, const struct cca_info *info, struct problem *p)
{
	static const struct plan_walker walker = { load_data, create_rec };
	int err, status;

	err = cca_realm_create(m->c, &m->plan->realm, &m->realm);
	if (err)
		return explain_create(m, info, err, p);
	status = add_memory(m, p);
	if (status)
		return status;
	status = plan_walk(m->plan, &walker, m, p);
	if (status)
		return status;
	err = cca_realm_activate(m->realm);
	return err ? realm_failed(m, "realm", "activate it", err, p) : STATUS_OK;
}

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
static int handle_exit(struct machine *m, bool *over, struct problem *p)
{
	struct cca_run *page = cca_rec_page(m->rec);
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
	case CCA_EXIT_INTR:
	case CCA_EXIT_CPU_ON:
	case CCA_EXIT_RIPAS:
		return STATUS_OK;
	case CCA_EXIT_SERROR:
		fprintf(stderr, "cca: %s: the guest has an SError (ESR 0x%" PRIx64 ")\n",
			m->plan->path, (uint64_t)page->esr);
		return STATUS_OK;
	case CCA_EXIT_SYSTEM_RESET:
		return GUEST(m, p, "go on", "run it again", "the guest asked for a reset");
	case CCA_EXIT_CPU_OFF:
		return GUEST(m, p, "go on", NULL, "the guest turned its only CPU off");
	case CCA_EXIT_TERMINATED:
		return GUEST(m, p, "go on", NULL, "the realm was terminated");
	}
	return GUEST(m, p, "go on", "report it with the output of `cca info --json`",
		     "the realm left for a reason that nobody knows (%s %u, RMI %u, ESR 0x%" PRIx64
		     ")", cca_exit_name(page->exit_reason), page->exit_reason, page->raw_reason,
		     (uint64_t)page->esr);
}

static int run(struct machine *m, struct problem *p)
{
	bool over = false;
	int status = STATUS_OK;
	int err;

	while (!status && !over) {
		if (stop_signal())
			return stopped(p);
		err = cca_rec_run(m->rec);
		if (err == -EINTR)
			continue;
		if (err)
			return problem_call(p, m->plan->path, "run it", err,
					    cca_rec_last_outcome(m->rec));
		status = handle_exit(m, &over, p);
	}
	return status;
}

/* ----------------------------------------------------------------- the end */

/*
 * Closing would do, but memory that the RMM keeps is worth a word, and the
 * ledger is to be clean when the next command of a script looks at it.
 */
static void destroy(struct machine *m)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	int err;

	running_rec = NULL;
	if (!m->realm)
		return;
	do {
		err = cca_realm_destroy(m->realm);
	} while (err == -EINTR);
	if (err)
		fprintf(stderr, "cca: realm: cannot destroy it: %s\n", strerror(-err));
	if (!cca_realm_get_info(m->realm, &info) && info.out_leaked)
		fprintf(stderr, "cca: realm: the RMM did not give back %" PRIu64 " granules; "
			"see `cca info`\n", (uint64_t)info.out_leaked);
	cca_rec_close(m->rec);
	cca_realm_close(m->realm);
}

static int run_plan(const struct plan *plan, const char *from, struct problem *p)
{
	struct machine m = {
		.plan = plan,
		.from = from,
		.console = {
			.fd = STDOUT_FILENO,
			.alias = 1ULL << (plan->realm.ipa_bits - 1),
		},
	};
	struct cca_info info;
	int status;

	status = open_device(&m.c, &info, p);
	if (status)
		return status;
	stop_catch(kick);
	status = build(&m, &info, p);
	if (!status) {
		running_rec = m.rec;
		status = run(&m, p);
	}
	destroy(&m);
	cca_close(m.c);
	return status;
}

int verb_run(const struct settings *s, struct problem *p)
{
	struct plan plan;
	int status;

	if (s->kernel)
		return linux_run(s, p);
	status = plan_make(&plan, s, p);
	if (status)
		return status;
	status = run_plan(&plan, s->name, p);
	plan_free(&plan);
	return status;
}
