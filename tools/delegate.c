// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca delegate: set memory aside, hold it or keep it, let it grow and shrink,
 * give it back.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define BLOCK_LARGE	(2ULL << 20)

#define USAGE(p, ...)	problem(p, STATUS_USAGE, "delegate", "understand the command", \
				"see `cca delegate --help`", __VA_ARGS__)

/* What the command line comes to. */
struct order {
	const struct settings *s;
	uint64_t length, block;
	int (*carry_out)(const struct order *o, struct cca *c, struct problem *p);
};

static int choose_sizes(struct order *o, struct problem *p)
{
	const struct settings *s = o->s;

	if (!parse_size(s->operand, &o->length) || !o->length || o->length % CCA_PAGE_SIZE)
		return problem(p, STATUS_USAGE, "SIZE", "use this value",
			       "give a multiple of 4K, for example 64M",
			       "'%s' is not a size in whole pages, from 4K up", s->operand);
	o->block = s->block;
	if (!o->block)
		o->block = o->length % BLOCK_LARGE ? CCA_PAGE_SIZE : BLOCK_LARGE;
	if (o->length % o->block)
		return problem(p, STATUS_USAGE, "SIZE", "use this value", "use --block 4K",
			       "%s is not a multiple of the block, %s", size_text(o->length),
			       size_text(o->block));
	return STATUS_OK;
}

static int print_memory(const struct settings *s, struct cca_memory *memory, struct problem *p)
{
	struct cca_memory_info info = { .size = sizeof(info) };
	struct section *facts;
	struct document *d;
	int err;

	err = cca_memory_get_info(memory, &info);
	if (err)
		return problem_call(p, "memory", "read its state", err, NULL);
	d = document_new(s->json);
	facts = document_facts(d, "delegated", NULL);
	fact_number(facts, "id", "number", info.out_id, NULL);
	fact_text(facts, "name", "name", "%s", info.out_name);
	fact_number(facts, "bytes", "delegated", info.out_length, "bytes");
	fact_number(facts, "block-size", "in blocks of", info.out_block_size, "bytes");
	fact_number(facts, "blocks", "blocks", info.out_length / info.out_block_size, NULL);
	fact_number(facts, "free", "not used", info.out_free, "bytes");
	fact_number(facts, "leaked", NULL, info.out_leaked, "bytes");
	fact_number(facts, "rmi-calls", "RMI calls", info.out_rmi_calls, NULL);
	document_print(d);
	return STATUS_OK;
}

/* Sleep until a signal comes, also if it came just before. */
static void wait_for_stop(void)
{
	sigset_t block, before;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, &before);
	while (!stop_signal())
		sigsuspend(&before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static int print_ledger(const struct settings *s, struct cca *c, struct problem *p)
{
	struct cca_info info = { .size = sizeof(info) };
	struct document *d;
	int err;

	err = cca_get_info(c, &info);
	if (err)
		return problem_call(p, CCA_DEVICE, "read its state", err, NULL);
	d = document_new(s->json);
	ledger_section(d, &info.out_ledger);
	document_print(d);
	return STATUS_OK;
}

/* A signal is not a failure of the driver, and it is worth knowing what was done. */
static int failed(struct problem *p, const char *object, const char *action, int err,
		  const struct cca_outcome *out, const char *done)
{
	int status = problem_call(p, object, action, err, out);
	size_t used = strlen(p->reason);

	if (err == -EINTR)
		status = STATUS_SIGNAL + stop_signal();
	snprintf(p->reason + used, sizeof(p->reason) - used, ", %s", done);
	return status;
}

/* ------------------------------------------------------------------- new ones */

static int hold(const struct settings *s, struct cca_memory *memory, struct problem *p)
{
	int status = print_memory(s, memory, p);

	if (status || s->name || s->once)
		return status;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "Ctrl-C gives it back.\n");
	wait_for_stop();
	return STATUS_OK;
}

static int delegate(const struct order *o, struct cca *c, struct problem *p)
{
	const struct settings *s = o->s;
	struct cca_memory_options options = {
		.size = sizeof(options),
		.flags = s->name ? CCA_MEMORY_F_PERSIST : 0,
		.block_size = o->block,
		.name = s->name,
	};
	uint64_t done;
	struct cca_memory *memory;
	char what[64];
	int err, status;

	stop_catch(NULL);
	progress_start("Delegating", o->length);
	err = cca_memory_create(c, o->length, &options, &done, &memory);
	progress_stop();
	if (err) {
		snprintf(what, sizeof(what), "after %s, which were given back", size_text(done));
		return failed(p, s->name ? s->name : size_text(o->length), "delegate it", err,
			      cca_last_outcome(c), what);
	}
	status = hold(s, memory, p);
	cca_memory_close(memory);
	return status || s->name ? status : print_ledger(s, c, p);
}

/* --------------------------------------------------------- those that are there */

static int resize(const struct order *o, struct cca *c, struct problem *p)
{
	const struct settings *s = o->s;
	struct cca_memory *memory;
	uint64_t done;
	char what[64];
	int err, status;

	status = reservation_open(c, s->name, &memory, p);
	if (status)
		return status;
	stop_catch(NULL);
	progress_start(s->grow ? "Delegating" : "Giving back", o->length);
	err = (s->grow ? cca_memory_grow : cca_memory_shrink)(memory, o->length, &done);
	progress_stop();
	if (err) {
		snprintf(what, sizeof(what), "%s %s", s->grow ? "after" : "but gave back",
			 size_text(done));
		status = failed(p, s->name, s->grow ? "let it grow" : "let it shrink", err,
				cca_memory_last_outcome(memory), what);
	} else {
		status = print_memory(s, memory, p);
	}
	cca_memory_close(memory);
	return status;
}

static int release(const struct order *o, struct cca *c, struct problem *p)
{
	struct cca_memory_info info = { .size = sizeof(info) };
	const struct settings *s = o->s;
	struct cca_memory *memory;
	int err, status;

	status = reservation_open(c, s->name, &memory, p);
	if (status)
		return status;
	err = cca_memory_destroy(memory);
	if (err)
		status = problem_call(p, s->name, "release it", err,
				      cca_memory_last_outcome(memory));
	else if (!cca_memory_get_info(memory, &info) && info.out_users > 1)
		fprintf(stderr, "cca: %s: in use; it is given back when that ends\n", s->name);
	cca_memory_close(memory);
	return status || !s->json ? status : print_ledger(s, c, p);
}

static int list(const struct order *o, struct cca *c, struct problem *p)
{
	const struct settings *s = o->s;
	struct document *d = document_new(s->json);
	bool any = reservations_section(d, c);
	int status = document_finish(d, s, p);

	if (!status && !any && !s->json && !s->no_headings)
		printf("Nothing is set aside.\n");
	return status;
}

/* ---------------------------------------------------------------- which of them */

static int understand(struct order *o, struct problem *p)
{
	const struct settings *s = o->s;
	bool listing = !strcmp(s->operand, "list"), word = listing || !strcmp(s->operand, "release");
	bool resizing = s->grow || s->shrink;

	if (!listing && (s->columns || s->no_headings))
		return USAGE(p, "--output and --noheadings are for `delegate list`");
	if (s->grow && s->shrink)
		return USAGE(p, "it cannot --grow and --shrink");
	if (word && (resizing || s->once || s->block || (listing && s->name)))
		return USAGE(p, "%s does not take that option", s->operand);
	if (!s->name && (resizing || (word && !listing)))
		return USAGE(p, "--name is missing: which memory?");
	if (s->name && s->once)
		return USAGE(p, "--name keeps it, and --once gives it back");
	if (resizing && s->block)
		return USAGE(p, "its blocks stay as they are: no --block");
	o->carry_out = resizing ? resize : listing ? list : word ? release : delegate;
	return word ? STATUS_OK : choose_sizes(o, p);
}

int verb_delegate(const struct settings *s, struct problem *p)
{
	struct order o = { .s = s };
	struct cca_info info;
	struct cca *c;
	int status;

	status = understand(&o, p);
	if (!status)
		status = open_device(&c, &info, p);
	if (status)
		return status;
	status = o.carry_out(&o, c, p);
	cca_close(c);
	return status;
}
