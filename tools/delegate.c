// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca delegate: set memory aside, hold it, give it back.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define BLOCK_LARGE	(2ULL << 20)

static int choose_sizes(const struct settings *s, uint64_t *length, uint64_t *block,
			struct problem *p)
{
	if (!parse_size(s->operand, length) || !*length || *length % CCA_PAGE_SIZE)
		return problem(p, STATUS_USAGE, "SIZE", "use this value",
			       "give a multiple of 4K, for example 64M",
			       "'%s' is not a size in whole pages, from 4K up", s->operand);
	*block = s->block;
	if (!*block)
		*block = *length % BLOCK_LARGE ? CCA_PAGE_SIZE : BLOCK_LARGE;
	if (*length % *block)
		return problem(p, STATUS_USAGE, "SIZE", "use this value", "use --block 4K",
			       "%s is not a multiple of the block, %s", size_text(*length),
			       size_text(*block));
	return STATUS_OK;
}

static void print_delegated(const struct settings *s, const struct cca_memory_info *info)
{
	struct document *d = document_new(s->json);
	struct section *facts = document_facts(d, "delegated", NULL);

	fact_number(facts, "bytes", "delegated", info->out_length, "bytes");
	fact_number(facts, "block-size", "in blocks of", info->out_block_size, "bytes");
	fact_number(facts, "blocks", "blocks", info->out_length / info->out_block_size, NULL);
	fact_number(facts, "rmi-calls", "RMI calls", info->out_rmi_calls, NULL);
	document_print(d);
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

static int hold(const struct settings *s, struct cca *c, struct cca_memory *memory,
		struct problem *p)
{
	struct cca_memory_info info = { .size = sizeof(info) };
	int err;

	err = cca_memory_get_info(memory, &info);
	if (err)
		return problem_call(p, "memory", "read its state", err, NULL);
	print_delegated(s, &info);
	if (!s->once) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "Ctrl-C gives it back.\n");
		wait_for_stop();
	}
	return STATUS_OK;
}

int verb_delegate(const struct settings *s, struct problem *p)
{
	uint64_t length = 0, block = 0, done;
	struct cca_memory *memory;
	struct cca_info info;
	struct cca *c;
	int err, status;

	status = choose_sizes(s, &length, &block, p);
	if (status)
		return status;
	status = open_device(&c, &info, p);
	if (status)
		return status;
	stop_catch(NULL);
	err = cca_delegate(c, length, block, &done, &memory);
	if (err) {
		status = problem_call(p, size_text(length), "delegate it", err, cca_last_outcome(c));
		if (err == -EINTR)
			status = STATUS_SIGNAL + stop_signal();
		else
			snprintf(p->reason + strlen(p->reason), sizeof(p->reason) - strlen(p->reason),
				 ", after %s, which were given back", size_text(done));
		goto out;
	}
	status = hold(s, c, memory, p);
	cca_memory_close(memory);
	if (!status)
		status = print_ledger(s, c, p);
out:
	cca_close(c);
	return status;
}
