// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stateful operations: what an RMM may ask for and in which shape it may give
 * it back. The fault plan of the test RMM puts a request before REC_CREATE; the
 * command says what went to and fro, and the realm's account must agree.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "../kmod/rmi_raw.h"
#include "../rmm/fault.h"
#include "host.h"

#define REC_PAGES	16U		/* that REC_CREATE itself asks for */

#define PAGES(n)	((uint64_t)(n) << 2)
#define BLOCKS(n)	(PAGES(n) | 1)		/* of 2 MiB */
#define GIGABYTES(n)	(PAGES(n) | 2)
#define CONTIGUOUS	(1UL << 16)
#define STATE(s)	((uint64_t)(s) << 17)
#define MAY_CANCEL	1

static int raw;
static bool bet3;

/* ---------------------------------------------------------------- the RMM */

static uint64_t test_call(uint64_t x[18])
{
	T_EQ(ioctl(raw, RMI_RAW_SMC, x), 0);
	return x[0];
}

static void plan(uint32_t fid, unsigned int kind, uint64_t arg, uint64_t arg2)
{
	uint64_t x[18] = {
		SMC_RMM_TEST_FAULT_ADD, SMC_RMI_NUMBER(fid), 1, 1, kind, arg, arg2,
	};

	T_EQ(test_call(x), 0);
}

/* Granules that the RMM has; no operation may be left. */
static uint64_t rmm_granules(void)
{
	uint64_t x[18] = { SMC_RMM_TEST_LEDGER };

	T_EQ(test_call(x), 0);
	T_EQ(x[3], 0);
	return x[1];
}

static uint64_t calls(uint32_t fid)
{
	uint64_t x[18] = { SMC_RMM_TEST_COUNTER, SMC_RMI_NUMBER(fid) };

	T_EQ(test_call(x), 0);
	return x[1];
}

static void begin(void)
{
	uint64_t profile[18] = { SMC_RMM_TEST_PROFILE };

	if (t_insmod("/lib/modules/rmi_raw.ko", ""))
		errno = 0;
	raw = open("/dev/rmi_raw", O_RDWR | O_CLOEXEC);
	T_ASSERT(raw >= 0);
	if (test_call(profile))
		t_skip("this RMM has no fault plan");
	/* The only difference that matters here: a state more. */
	bet3 = !strcmp(t_env("PROFILE", "july"), "bet3");
}

static void end(void)
{
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

/* ------------------------------------------------------------------- cases */

struct request {
	const char *name;
	uint64_t request;
	uint64_t detour;
	int error;
};

/* OP_MEM_DONATE calls of the last case. */
static uint64_t donations;

/* One REC behind one request. Returns the outcome. */
static struct cca_outcome one(int dev, const struct request *r)
{
	struct cca_rec_create arg = { .size = sizeof(arg), .pc = H_RAM };
	int realm = h_realm(dev), result;
	struct cca_realm_info info;
	uint64_t had;

	donations = calls(SMC_RMI_OP_MEM_DONATE);
	had = h_realm_info(realm).out_granules;
	plan(SMC_RMI_REC_CREATE, FAULT_DONATE, r->request, r->detour);
	result = t_ioctl(realm, CCA_REC_CREATE, &arg);
	donations = calls(SMC_RMI_OP_MEM_DONATE) - donations;
	info = h_realm_info(realm);
	t_note("%s: %d, %llu out, %llu back, %llu donations, %llu calls", r->name, result,
	       (unsigned long long)arg.out.donated, (unsigned long long)arg.out.reclaimed,
	       (unsigned long long)donations,
	       (unsigned long long)arg.out.rmi_calls);
	if (result != r->error)
		t_fail(__FILE__, __LINE__, "%s: %d, reason %u", r->name, result, arg.out.reason);
	/* The operation's own account, and the realm's. */
	T_EQ(info.out_granules - had,
	     arg.out.donated - arg.out.reclaimed + (result ? 0 : 1));
	T_EQ(info.out_leaked, 0);
	if (!result)
		close(arg.out_fd);
	close(realm);
	return arg.out;
}

/* All of it is served, exactly, and comes back. */
static void served(int dev, const struct request *r)
{
	const uint64_t granules = (r->request >> 2 & 0x3fff) << (9 * (r->request & 3));
	struct cca_outcome out = one(dev, r);

	T_EQ(out.donated, granules + REC_PAGES);
	T_EQ(out.reclaimed, granules);
}

static void home(int dev, uint64_t before)
{
	struct cca_info info;

	if (!t_idle(dev, &info)) {
		t_ledger_note(&info);
		t_fail(__FILE__, __LINE__, "the ledger is not idle");
	}
	T_EQ(info.out_ledger.delegated, 0);
	T_EQ(rmm_granules(), before);
	T_EQ(t_offline_pages(NULL), 0);
}

static void all_served(const struct request *requests, unsigned int count)
{
	uint64_t before;
	unsigned int i;
	int dev;

	begin();
	dev = t_open();
	before = rmm_granules();
	for (i = 0; i < count; i++) {
		if (!bet3 && (requests[i].request >> 17 & 3) == RMI_MEM_CONDITIONAL)
			continue;
		served(dev, &requests[i]);
		home(dev, before);
	}
	close(dev);
	end();
}

/* ------------------------------------------------------------------- tests */

TEST_SECONDS(R16_scattered_requests_of_every_size_and_state_are_served, 240)
{
	static const struct request requests[] = {
		{ "a page", PAGES(1) },
		{ "seven pages", PAGES(7) },
		{ "1025 pages", PAGES(1025) },
		{ "5000 pages", PAGES(5000) },
		{ "a block", BLOCKS(1) },
		{ "three blocks", BLOCKS(3) },
		{ "pages as they are", PAGES(33) | STATE(RMI_MEM_UNDELEGATED) },
		{ "blocks as they are", BLOCKS(2) | STATE(RMI_MEM_UNDELEGATED) },
		{ "pages in either state", PAGES(33) | STATE(RMI_MEM_CONDITIONAL) },
		{ "blocks in either state", BLOCKS(2) | STATE(RMI_MEM_CONDITIONAL) },
	};

	all_served(requests, T_ARRAY_SIZE(requests));
}

TEST_SECONDS(R16_contiguous_requests_are_served_beyond_the_kernels_largest_block, 280)
{
	static const struct request requests[] = {
		{ "a page", PAGES(1) | CONTIGUOUS },
		{ "64 KiB", PAGES(16) | CONTIGUOUS },
		{ "2 MiB of pages", PAGES(512) | CONTIGUOUS },
		{ "a block", BLOCKS(1) | CONTIGUOUS },
		{ "4 MiB of pages", PAGES(1024) | CONTIGUOUS },
		{ "4 MiB", BLOCKS(2) | CONTIGUOUS },
		{ "4 MiB as they are", BLOCKS(2) | CONTIGUOUS | STATE(RMI_MEM_UNDELEGATED) },
		{ "8 MiB", BLOCKS(4) | CONTIGUOUS },
		{ "16 MiB as they are", BLOCKS(8) | CONTIGUOUS | STATE(RMI_MEM_UNDELEGATED) },
		{ "16 MiB in either state", BLOCKS(8) | CONTIGUOUS | STATE(RMI_MEM_CONDITIONAL) },
		{ "32 MiB of pages", PAGES(8192) | CONTIGUOUS },
		{ "64 MiB", BLOCKS(32) | CONTIGUOUS },
	};

	all_served(requests, T_ARRAY_SIZE(requests));
}

TEST_SECONDS(R17_a_half_consumed_block_comes_back_but_for_what_was_taken, 240)
{
	static const struct request requests[] = {
		{ "page by page", PAGES(9), FAULT_DETOUR(0, 0, 1) },
		{ "a block, 100 pages at a time", BLOCKS(1), FAULT_DETOUR(0, 0, 100) },
		{ "three blocks, 700 at a time", BLOCKS(3), FAULT_DETOUR(1, 0, 700) },
		{ "64 KiB, 5 pages at a time", PAGES(16) | CONTIGUOUS, FAULT_DETOUR(0, 0, 5) },
		{ "8 MiB, 1500 pages at a time", BLOCKS(4) | CONTIGUOUS, FAULT_DETOUR(2, 0, 1500) },
		{ "8 MiB as they are, in part",
		  BLOCKS(4) | CONTIGUOUS | STATE(RMI_MEM_UNDELEGATED), FAULT_DETOUR(0, 0, 1700) },
	};

	all_served(requests, T_ARRAY_SIZE(requests));
}

TEST_SECONDS(R18_memory_comes_back_in_any_order_and_shape_and_lists_drain, 280)
{
	static const struct request requests[] = {
		{ "pages, last first", PAGES(40), FAULT_DETOUR(1, 0, 0) },
		{ "pages, one in a list", PAGES(40), FAULT_DETOUR(1, 1, 0) },
		{ "lists that are full", PAGES(1700), FAULT_DETOUR(1, 0, 0) },
		{ "a block in pages", BLOCKS(1), FAULT_DETOUR(1, 0, 0) },
		{ "blocks in lists of seven", BLOCKS(2), FAULT_DETOUR(1, 7, 0) },
		{ "pages in blocks", PAGES(2048), FAULT_DETOUR(2, 0, 0) },
		{ "8 MiB in blocks, one in a list", BLOCKS(4) | CONTIGUOUS, FAULT_DETOUR(2, 1, 0) },
		{ "host memory in pages", BLOCKS(1) | STATE(RMI_MEM_UNDELEGATED),
		  FAULT_DETOUR(1, 0, 0) },
		{ "host memory in blocks", PAGES(1500) | STATE(RMI_MEM_UNDELEGATED),
		  FAULT_DETOUR(2, 3, 0) },
	};

	all_served(requests, T_ARRAY_SIZE(requests));
}

/* More than there is. Nothing is offered, and nothing lost. */
TEST_SECONDS(R16_what_cannot_be_had_is_refused_before_anything_is_donated, 120)
{
	static const struct request requests[] = {
		{ "1 GiB", GIGABYTES(1), .error = -ENOMEM },
		{ "1 GiB contiguous", GIGABYTES(1) | CONTIGUOUS, .error = -ENOMEM },
		{ "1 GiB as it is", GIGABYTES(1) | STATE(RMI_MEM_UNDELEGATED), .error = -ENOMEM },
		{ "2 GiB", BLOCKS(1024) | CONTIGUOUS, .error = -ENOMEM },
		{ "8 GiB, may be cancelled", BLOCKS(4096) | CONTIGUOUS, MAY_CANCEL, -ENOMEM },
	};
	uint64_t before, cancels;
	struct cca_outcome out;
	unsigned int i;
	int dev;

	begin();
	dev = t_open();
	before = rmm_granules();
	for (i = 0; i < T_ARRAY_SIZE(requests); i++) {
		cancels = calls(SMC_RMI_OP_CANCEL);
		out = one(dev, &requests[i]);
		T_EQ(out.donated, 0);
		T_EQ(out.reason, CCA_REASON_NO_MEMORY);
		/* R19: cancelled where that is allowed, once; else the other way out. */
		T_EQ(calls(SMC_RMI_OP_CANCEL) - cancels, requests[i].detour & MAY_CANCEL);
		T_EQ(donations, requests[i].detour & MAY_CANCEL ? 0 : 1);
		home(dev, before);
	}
	close(dev);
	end();
}

static void parameter(const char *name, uint64_t value)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/cca/parameters/%s", name);
	f = fopen(path, "w");
	T_ASSERT(f);
	T_ASSERT(fprintf(f, "%llu\n", (unsigned long long)value) > 0);
	T_EQ(fclose(f), 0);
}

/* All that may be held is held, delegated, and host memory is asked for. */
TEST_SECONDS(R20_what_is_not_there_at_once_is_made_and_the_operation_goes_on, 120)
{
	static const struct request pages = { "2000 pages", PAGES(2000) };
	static const struct request blocks = {
		"two blocks as they are", BLOCKS(2) | STATE(RMI_MEM_UNDELEGATED),
	};
	uint64_t before, creations;
	int dev;

	begin();
	dev = t_open();
	before = rmm_granules();
	parameter("pool_max", 8192);
	served(dev, &pages);
	T_ASSERT(h_info(dev).out_ledger.pool >= 2000);
	parameter("max_granules", h_info(dev).out_ledger.held);
	creations = calls(SMC_RMI_REC_CREATE);
	served(dev, &blocks);
	T_EQ(calls(SMC_RMI_REC_CREATE) - creations, 1);
	T_ASSERT(donations >= 2);
	parameter("max_granules", 0);
	parameter("pool_max", 0);
	home(dev, before);
	close(dev);
	end();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
