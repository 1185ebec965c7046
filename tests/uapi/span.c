// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granules that are moved by the run, over several allocations of the module,
 * and an RMM that stops, refuses or lies in the middle of the third of them.
 * What the RMM has is asked from the RMM, not from the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "../kmod/rmi_raw.h"
#include "../rmm/fault.h"
#include "host.h"

#define RAW_MODULE	"/lib/modules/rmi_raw.ko"
#define RAW		"/dev/rmi_raw"
#define ARENAS		"/sys/kernel/debug/cca/arenas"
#define DELEGATE	SMC_RMI_GRANULE_RANGE_DELEGATE
#define UNDELEGATE	SMC_RMI_GRANULE_RANGE_UNDELEGATE
#define ARENA		1024UL			/* granules, at most */
#define LENGTH		((4 * ARENA - 1) * T_PAGE)	/* and a guard */
#define GRANULES	(LENGTH / T_PAGE)
/* In the middle of the third arena. */
#define MIDDLE		(5 * ARENA / 2)

static int raw, dev, first, piece;
static bool july;

/* ----------------------------------------------------------------- the RMM */

static uint64_t test_call(uint64_t fid, uint64_t x[18])
{
	x[0] = fid;
	T_EQ(ioctl(raw, RMI_RAW_SMC, x), 0);
	return x[0];
}

/* At the n-th call from now, so many times. */
static void plan(uint32_t fid, unsigned int n, uint64_t times, unsigned int kind, uint64_t arg)
{
	uint64_t x[18] = { 0, SMC_RMI_NUMBER(fid), n, times, kind, arg };

	T_EQ(test_call(SMC_RMM_TEST_FAULT_ADD, x), 0);
}

/* The call that goes on at MIDDLE answers so. */
static void plan_middle(uint32_t fid, uint64_t times, unsigned int kind, uint64_t arg)
{
	if (!july)
		plan(fid, 1, 1, FAULT_SHORT, MIDDLE);
	/* Each rule counts each call, but the first one has it. */
	plan(fid, july ? MIDDLE + 1 : 2, times, kind, arg);
}

/* Calls that were not spoilt although they should have been. */
static uint64_t plan_clear(void)
{
	uint64_t x[18] = { 0 };

	T_EQ(test_call(SMC_RMM_TEST_FAULT_CLEAR, x), 0);
	return x[1];
}

static uint64_t calls(uint32_t fid)
{
	uint64_t x[18] = { 0, SMC_RMI_NUMBER(fid) };

	T_EQ(test_call(SMC_RMM_TEST_COUNTER, x), 0);
	return x[1];
}

static uint64_t rmm_granules(void)
{
	uint64_t x[18] = { 0 };

	T_EQ(test_call(SMC_RMM_TEST_LEDGER, x), 0);
	return x[1];
}

/* ----------------------------------------------------------------- the test */

static uint64_t granules_before, offline_before, reserved_before;

/* Arenas that stand alone, or are the lowest of several that touch. */
static unsigned int stretches(unsigned int *arenas)
{
	FILE *file = fopen(ARENAS, "r");
	unsigned int found = 0;
	char line[200];

	T_ASSERT(file);
	*arenas = 0;
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || !strstr(line, " memory "))
			continue;
		++*arenas;
		found += strstr(line, " guard ") != NULL;
	}
	fclose(file);
	return found;
}

static int held[16];

/* All in one stretch; what lies about in pieces stays out of the way. */
static int in_one_piece(void)
{
	unsigned int before, arenas, i;
	int memory;

	for (i = 0; i < T_ARRAY_SIZE(held); i++) {
		before = stretches(&arenas);
		memory = h_memory(dev, LENGTH, T_PAGE);
		if (stretches(&arenas) == before + 1)
			return memory;
		held[i] = memory;
	}
	t_skip("the memory of this machine is in pieces");
}

static void begin(void)
{
	uint64_t x[18] = { 0 };

	if (t_rmmod("cca"))
		errno = 0;
	if (t_insmod(RAW_MODULE, ""))
		errno = 0;
	raw = open(RAW, O_RDWR | O_CLOEXEC);
	T_ASSERT(raw >= 0);
	if (test_call(SMC_RMM_TEST_PROFILE, x))
		t_skip("this RMM has no fault plan");
	plan_clear();
	T_EQ(t_insmod(T_MODULE, ""), 0);
	dev = t_open();
	july = h_info(dev).out_profile == CCA_PROFILE_JULY;
	/* Tracking comes with the first granule, and stays with this one. */
	first = h_memory(dev, T_PAGE, T_PAGE);
	/* Closed, it is what the next memory gets, as far as one can tell. */
	piece = in_one_piece();
	reserved_before = h_info(dev).out_ledger.reserved - GRANULES;
	granules_before = rmm_granules() - GRANULES;
	offline_before = t_offline_pages(NULL) - GRANULES;
}

/* Nothing is out that was not before, on either side, but `leaked` granules. */
static void finish(uint64_t leaked)
{
	struct cca_info info = h_info(dev);
	unsigned int i;

	T_EQ(plan_clear(), 0);
	if (info.out_ledger.leaked != leaked)
		t_ledger_note(&info);
	T_EQ(info.out_ledger.leaked, leaked);
	T_EQ(info.out_ledger.reserved, reserved_before);
	T_EQ(rmm_granules() - granules_before, leaked);
	T_EQ(t_offline_pages(NULL) - offline_before, leaked);
	for (i = 0; i < T_ARRAY_SIZE(held) && held[i]; i++)
		close(held[i]);
	close(first);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
}

static void refused(int error, int reason)
{
	struct cca_delegate delegate = { .length = LENGTH, .block_size = T_PAGE };

	t_err(error, reason, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
}

TEST_SECONDS(R09_arenas_that_touch_are_moved_by_one_call, 60)
{
	uint64_t before[2], took[2];
	unsigned int runs, arenas, others, other_runs;
	int memory;

	begin();
	close(piece);
	other_runs = stretches(&others);
	before[0] = calls(DELEGATE);
	before[1] = calls(UNDELEGATE);
	memory = h_memory(dev, LENGTH, T_PAGE);
	took[0] = calls(DELEGATE) - before[0];
	T_EQ(h_memory_info(memory).out_free, LENGTH);
	T_EQ(h_memory_info(memory).out_rmi_calls, took[0]);
	runs = stretches(&arenas) - other_runs;
	arenas -= others;
	T_EQ(t_unguarded_runs(), 0);
	close(memory);
	took[1] = calls(UNDELEGATE) - before[1];
	t_note("%u arenas in %u stretches: %llu and %llu calls", arenas, runs,
	       (unsigned long long)took[0], (unsigned long long)took[1]);
	T_ASSERT(arenas >= 4);
	if (july) {
		T_EQ(took[0], GRANULES);
		T_EQ(took[1], GRANULES);
	} else {
		T_EQ(took[0], runs);
		T_EQ(took[1], runs);
	}
	finish(0);
}

TEST_SECONDS(R09_blocks_of_arenas_that_touch_are_moved_by_one_call, 60)
{
	unsigned int runs, arenas, others, other_runs;
	uint64_t before, took;
	int memory;

	begin();
	close(piece);
	other_runs = stretches(&others);
	before = calls(DELEGATE);
	memory = h_memory(dev, 4 * ARENA * T_PAGE, T_BLOCK);
	took = calls(DELEGATE) - before;
	runs = stretches(&arenas) - other_runs;
	t_note("%u arenas in %u stretches: %llu calls", arenas - others, runs, (unsigned long long)took);
	/* A stretch may be too short for a block. */
	if (july)
		T_EQ(took, 4 * ARENA);
	else
		T_ASSERT(took && took <= runs);
	close(memory);
	finish(0);
}

TEST_SECONDS(R10_what_came_before_a_refusal_in_the_third_arena_is_undone, 60)
{
	begin();
	close(piece);
	plan_middle(DELEGATE, 1, FAULT_STATUS, RMI_ERROR_INPUT);
	refused(EIO, CCA_REASON_RMI);
	finish(0);
}

TEST_SECONDS(R11_what_came_before_an_RMM_that_stays_busy_is_undone, 60)
{
	begin();
	close(piece);
	plan_middle(DELEGATE, 1UL << 30, FAULT_BUSY, 0);
	refused(EAGAIN, CCA_REASON_RMI_BUSY);
	T_ASSERT(plan_clear());
	finish(0);
}

static void lies(unsigned int kind)
{
	begin();
	close(piece);
	plan_middle(DELEGATE, 1, kind, 0);
	refused(EIO, CCA_REASON_RMI_PROTOCOL);
	finish(0);
}

TEST_SECONDS(R09_no_progress_in_the_third_arena_is_an_error_and_undone, 60)
{
	lies(FAULT_NO_PROGRESS);
}

TEST_SECONDS(R09_going_backwards_in_the_third_arena_is_an_error_and_undone, 60)
{
	lies(FAULT_BACKWARDS);
}

/* It did all of it: all of it is taken back. */
TEST_SECONDS(R09_going_past_the_top_is_an_error_and_undone, 60)
{
	begin();
	close(piece);
	plan(DELEGATE, july ? MIDDLE + 1 : 1, 1, FAULT_PAST_TOP, 0);
	refused(EIO, CCA_REASON_RMI_PROTOCOL);
	finish(0);
}

static struct cca_memory_resize shrink_to_nothing(int memory, int error, int reason)
{
	struct cca_memory_resize resize = { .length = LENGTH };

	t_err(error, reason, memory, CCA_MEMORY_SHRINK, &resize);
	return resize;
}

TEST_SECONDS(R11_undelegation_stops_when_the_RMM_stays_busy_and_goes_on_later, 60)
{
	struct cca_memory_resize resize;

	begin();
	plan_middle(UNDELEGATE, 1UL << 30, FAULT_BUSY, 0);
	resize = shrink_to_nothing(piece, EAGAIN, CCA_REASON_RMI_BUSY);
	T_EQ(resize.out_done, MIDDLE * T_PAGE);
	T_EQ(h_memory_info(piece).out_free, LENGTH - MIDDLE * T_PAGE);
	T_EQ(h_info(dev).out_ledger.reserved, reserved_before + GRANULES - MIDDLE);
	T_EQ(rmm_granules() - granules_before, GRANULES - MIDDLE);
	T_ASSERT(plan_clear());
	resize.length = LENGTH - resize.out_done;
	t_ok(piece, CCA_MEMORY_SHRINK, &resize);
	T_EQ(h_memory_info(piece).out_length, 0);
	close(piece);
	finish(0);
}

/* One granule in the middle stays; those around it come back. */
TEST_SECONDS(R12_one_granule_that_does_not_come_back_is_all_that_leaks, 60)
{
	begin();
	plan_middle(UNDELEGATE, 1, FAULT_STATUS, RMI_ERROR_INPUT);
	close(piece);
	finish(1);
}

/* What an RMM that lies may still have is lost, and nothing else. */
/* It is asked once more: whether that granule moved, nobody can know. */
TEST_SECONDS(R12_a_lie_in_the_middle_of_undelegation_costs_nothing, 60)
{
	begin();
	plan_middle(UNDELEGATE, 1, FAULT_NO_PROGRESS, 0);
	close(piece);
	finish(0);
}

TEST_SECONDS(R12_a_lie_that_is_said_again_costs_one_granule, 60)
{
	begin();
	plan_middle(UNDELEGATE, 2, FAULT_NO_PROGRESS, 0);
	close(piece);
	finish(1);
}

int main(void)
{
	const int status = t_main(0);

	/* A test that failed, or was skipped, left them. */
	if (t_rmmod("cca") || t_rmmod("rmi_raw"))
		errno = 0;
	return status;
}
