// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca bench: what realms cost on this machine, in calls to the RMM, in time, and
 * in instructions of the host's kernel where the processor counts them.
 *
 * Beside each number of calls stands the floor: the calls that this RMM forces,
 * however the module goes about it.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define BLOCK		(2ULL << 20)
#define MIB		(1ULL << 20)
#define ROUNDS		16		/* of what is short: the best counts */
#define CONTENT		(8 * MIB)
#define SINGLE_PAGES	512ULL

#define FAILED(b, object, action, err, out, p) \
	((err) ? problem_call(p, object, action, err, out) : STATUS_OK)

/* ------------------------------------------------------------------ counting */

/* Instructions of the kernel in this thread; < 0: not here. */
static int counter_open(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_user = 1,
		.exclude_guest = 1,
		.pinned = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t instructions(const struct bench *b)
{
	uint64_t value = 0;

	if (b->counter < 0 || read(b->counter, &value, sizeof(value)) != sizeof(value))
		return 0;
	return value;
}

static uint64_t calls(const struct bench *b)
{
	struct cca_info info = { .size = sizeof(info) };

	return cca_get_info(b->c, &info) ? 0 : info.out_rmi_calls;
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void bench_begin(struct bench *b)
{
	b->began.calls = calls(b);
	b->began.ns = nanoseconds();
	b->began.instructions = instructions(b);
}

void bench_end(struct bench *b, struct sample *sample)
{
	const uint64_t counted = instructions(b) - b->began.instructions;

	sample->ns = nanoseconds() - b->began.ns;
	sample->instructions = counted > b->reading ? counted - b->reading : 0;
	sample->calls = calls(b) - b->began.calls;
}

/* What reading the counter takes, which no row shall have. */
static void calibrate(struct bench *b)
{
	struct sample empty;

	b->reading = UINT64_MAX;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t least = b->reading;

		b->reading = 0;
		bench_begin(b);
		bench_end(b, &empty);
		b->reading = empty.instructions < least ? empty.instructions : least;
	}
}

void bench_best(struct sample *best, const struct sample *sample, int round)
{
	if (!round || sample->ns < best->ns)
		best->ns = sample->ns;
	if (!round || sample->instructions < best->instructions)
		best->instructions = sample->instructions;
	if (!round || sample->calls < best->calls)
		best->calls = sample->calls;
}

/* ------------------------------------------------------------------- showing */

static const struct column columns[] = {
	{ "name", "WHAT", false }, { "unit", "PER", false },
	{ "rmi-calls", "RMI CALLS", true }, { "floor", "FLOOR", true },
	{ "nanoseconds", "NANOSECONDS", true }, { "instructions", "KERNEL INSTRUCTIONS", true },
	{ 0 },
};

static const char *ratio(char text[32], double value)
{
	snprintf(text, 32, value < 100 && value != (uint64_t)value ? "%.4g" : "%.0f", value);
	return text;
}

void bench_row(struct bench *b, const char *name, const char *unit, double count,
	       const struct sample *sample, double floor)
{
	char text[4][32];
	const char *cells[] = {
		name, unit, ratio(text[0], sample->calls / count),
		floor < 0 ? NULL : ratio(text[1], floor),
		ratio(text[2], (double)(uint64_t)(sample->ns / count)),
		b->counter < 0 ? NULL : ratio(text[3], (double)(uint64_t)(sample->instructions / count)),
	};

	list_row(b->rows, cells);
}

/* -------------------------------------------------------------------- memory */

static int open_realm(struct bench *b, struct cca_realm **realm, uint64_t size, struct problem *p)
{
	int err = cca_realm_create(b->c, NULL, realm);

	if (err)
		return problem_call(p, "realm", "create it", err, cca_last_outcome(b->c));
	err = cca_realm_add_memory(*realm, BENCH_RAM, size, NULL);
	if (!err)
		return STATUS_OK;
	problem_call(p, "realm", "give it memory", err, cca_realm_last_outcome(*realm));
	cca_realm_close(*realm);
	return STATUS_FAILED;
}

/* What any command costs before it does anything: for the instructions. */
static void system_call(struct bench *b)
{
	struct sample sample, best;

	for (int i = 0; i < ROUNDS; i++) {
		bench_begin(b);
		syscall(SYS_getppid);
		bench_end(b, &sample);
		bench_best(&best, &sample, i);
	}
	bench_row(b, "a system call: getppid", "call", 1, &best, 0);
}

/* The shortest command that makes one call: an empty realm becomes active. */
static int null_call(struct bench *b, struct problem *p)
{
	struct sample sample, best;
	struct cca_realm *realm;
	int err;

	for (int i = 0; i < ROUNDS; i++) {
		err = cca_realm_create(b->c, NULL, &realm);
		if (err)
			return problem_call(p, "realm", "create it", err, cca_last_outcome(b->c));
		bench_begin(b);
		err = cca_realm_activate(realm);
		bench_end(b, &sample);
		bench_best(&best, &sample, i);
		cca_realm_close(realm);
		if (err)
			return problem_call(p, "realm", "activate it", err, NULL);
	}
	bench_row(b, "null: activate a realm", "call", 1, &best, 1);
	return STATUS_OK;
}

static int delegation(struct bench *b, const char *there, const char *back, const char *unit,
		      uint64_t length, uint64_t block, double units, double floor, struct problem *p)
{
	struct cca_memory_options options = { .size = sizeof(options), .block_size = block };
	struct sample out, in, best_out, best_in;
	struct cca_memory *memory;
	int err;

	for (int i = 0; i < (units < 1 || length > BLOCK ? 1 : ROUNDS); i++) {
		bench_begin(b);
		err = cca_memory_create(b->c, length, &options, NULL, &memory);
		bench_end(b, &out);
		if (err)
			return problem_call(p, size_text(length), "delegate it", err,
					    cca_last_outcome(b->c));
		bench_begin(b);
		cca_memory_close(memory);
		bench_end(b, &in);
		bench_best(&best_out, &out, i);
		bench_best(&best_in, &in, i);
	}
	bench_row(b, there, unit, units, &best_out, floor);
	bench_row(b, back, unit, units, &best_in, floor);
	return STATUS_OK;
}

static int content(struct bench *b, const char *name, uint32_t flags, struct problem *p)
{
	void *pages = aligned_alloc(CCA_PAGE_SIZE, CONTENT);
	struct cca_realm *realm;
	struct sample sample;
	int err, status;

	if (!pages)
		return problem(p, STATUS_FAILED, "content", "make it", NULL, "%s", strerror(ENOMEM));
	memset(pages, 0xa5, CONTENT);
	status = open_realm(b, &realm, CONTENT, p);
	if (!status) {
		bench_begin(b);
		err = cca_realm_populate(realm, BENCH_RAM, CONTENT, pages, flags, NULL);
		bench_end(b, &sample);
		status = FAILED(b, "realm", "populate it", err, cca_realm_last_outcome(realm), p);
		if (!status)
			bench_row(b, name, "MiB", (double)CONTENT / MIB, &sample,
				  256.0 + (b->july ? 256 : 0));
		cca_realm_close(realm);
	}
	free(pages);
	return status;
}

/* Tables of a region that begins at a gigabyte: one for each of those, and above. */
static uint64_t tables(uint64_t size)
{
	return (size + (1ULL << 30) - 1) / (1ULL << 30);
}

static int overhead_row(struct bench *b, struct cca_realm *realm, uint64_t size)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	char bytes[32], share[32], blocks[32];
	const char *cells[] = { size_text(size), bytes, share, blocks };
	uint64_t own;

	if (cca_realm_get_info(realm, &info))
		return STATUS_FAILED;
	own = info.out_granules * CCA_PAGE_SIZE - info.out_private;
	snprintf(bytes, sizeof(bytes), "%" PRIu64, own);
	snprintf(share, sizeof(share), "%.4f", 100.0 * own / size);
	snprintf(blocks, sizeof(blocks), "%" PRIu64, (uint64_t)info.out_blocks);
	list_row(b->overhead, cells);
	return STATUS_OK;
}

/* Delegate and map: from nothing to memory that the realm can use at once. */
static int make_private(struct bench *b, uint64_t size, bool show, struct problem *p)
{
	const double gib = (double)size / (1ULL << 30), mib = (double)size / MIB;
	struct sample out, in;
	struct cca_realm *realm;
	int err, status;

	status = open_realm(b, &realm, size, p);
	if (status)
		return status;
	bench_begin(b);
	err = cca_realm_prefault(realm, BENCH_RAM, size, NULL);
	bench_end(b, &out);
	status = FAILED(b, size_text(size), "make it private", err, cca_realm_last_outcome(realm), p);
	if (!status)
		status = overhead_row(b, realm, size);
	/* Not CCA_DESTROY, which has another thread do it. */
	bench_begin(b);
	cca_realm_close(realm);
	bench_end(b, &in);
	if (status || !show)
		return status;
	bench_row(b, "private: delegate and map", "GiB", gib, &out,
		  (b->july ? 262144 : 1) + (1 + 2 * tables(size)) / gib);
	bench_row(b, "tear-down: unmap and undelegate", "MiB", mib, &in,
		  (b->july ? 256 + 3 / mib : 6 / mib) + (1 + tables(size)) / mib);
	return STATUS_OK;
}

/* The baseline: a call for each page, as fast as it gets without ranges. */
static int make_private_by_page(struct bench *b, struct problem *p)
{
	struct sample out;
	struct cca_realm *realm;
	int err = 0, status;

	status = open_realm(b, &realm, SINGLE_PAGES * CCA_PAGE_SIZE, p);
	if (status)
		return status;
	bench_begin(b);
	for (uint64_t i = 0; i < SINGLE_PAGES && !err; i++)
		err = cca_realm_prefault(realm, BENCH_RAM + i * CCA_PAGE_SIZE, CCA_PAGE_SIZE, NULL);
	bench_end(b, &out);
	status = FAILED(b, "pages", "make them private", err, cca_realm_last_outcome(realm), p);
	if (!status)
		bench_row(b, "baseline: private, page by page", "GiB",
			  (double)SINGLE_PAGES * CCA_PAGE_SIZE / (1ULL << 30), &out,
			  262144 + (b->july ? 262144 : 1));
	cca_realm_close(realm);
	return status;
}

static int memory_rows(struct bench *b, uint64_t size, struct problem *p)
{
	const double gib = (double)size / (1ULL << 30);
	int status;

	status = delegation(b, "delegate 4 KiB", "undelegate 4 KiB", "4 KiB", CCA_PAGE_SIZE,
			    CCA_PAGE_SIZE, 1, 1, p);
	if (!status)
		status = delegation(b, "delegate", "undelegate", "GiB", size, BLOCK, gib,
				    b->july ? 262144 : 1, p);
	if (!status)
		status = content(b, "populate, not measured", 0, p);
	if (!status)
		status = content(b, "populate, measured", CCA_POPULATE_F_MEASURE, p);
	for (uint64_t s = 16 * MIB; !status && s < size; s *= 4)
		status = make_private(b, s, false, p);
	if (!status)
		status = make_private(b, size, true, p);
	return status ? status : make_private_by_page(b, p);
}

/*
 * Memory that stays: then the module keeps its stock between one realm and the
 * next, and what tracks memory. And once all of it, so that it is tracked.
 */
static int warm_up(struct bench *b, uint64_t size, struct cca_memory **anchor, struct problem *p)
{
	struct cca_memory_options options = { .size = sizeof(options), .block_size = BLOCK };
	struct cca_memory *memory;
	int err;

	err = cca_memory_create(b->c, BLOCK, &options, NULL, anchor);
	if (!err) {
		err = cca_memory_create(b->c, size, &options, NULL, &memory);
		if (!err)
			cca_memory_close(memory);
		else
			cca_memory_close(*anchor);
	}
	return FAILED(b, size_text(size), "delegate it", err, cca_last_outcome(b->c), p);
}

int verb_bench(const struct settings *s, struct problem *p)
{
	static const struct column by_size[] = {
		{ "size", "REALM", false }, { "bytes", "OVERHEAD, BYTES", true },
		{ "percent", "PERCENT", true }, { "blocks", "IN BLOCKS, BYTES", true }, { 0 },
	};
	struct cca_info info;
	struct bench b = { 0 };
	struct cca_memory *anchor;
	struct section *facts;
	int status;

	if (s->memory % BLOCK)
		return problem(p, STATUS_USAGE, "--memory", "use this value",
			       "give a multiple of 2M, for example 64M", "%s has no whole blocks",
			       size_text(s->memory));
	status = open_device(&b.c, &info, p);
	if (status)
		return status;
	b.july = info.out_profile == CCA_PROFILE_JULY;
	b.counter = counter_open();
	b.document = document_new(s->json);
	facts = document_facts(b.document, "machine", NULL);
	fact_text(facts, "rmm", "RMM", "%s", cca_profile_name(info.out_profile));
	fact_number(facts, "memory", "memory", s->memory, "bytes");
	fact_bool(facts, "counts-instructions", "counts instructions", b.counter >= 0);
	b.rows = document_list(b.document, "rows", NULL, columns);
	b.overhead = document_list(b.document, "overhead", "Memory of a realm beyond its own",
				   by_size);
	calibrate(&b);
	status = warm_up(&b, s->memory, &anchor, p);
	if (!status) {
		system_call(&b);
		status = null_call(&b, p);
		if (!status)
			status = bench_entries(&b, p);
		if (!status)
			status = memory_rows(&b, s->memory, p);
		cca_memory_close(anchor);
	}
	/* A table with holes would be taken for one without. */
	if (!status)
		document_print(b.document);
	if (b.counter >= 0)
		close(b.counter);
	cca_close(b.c);
	return status;
}
