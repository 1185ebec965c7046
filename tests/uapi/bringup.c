// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made ready before the first granule can be delegated: the RMM itself,
 * tables of the GPT, tracking. Only when it is needed, undone when it no longer
 * is, or when it comes to nothing; and what the kernel log says about all that.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "life.h"
#include "rmm.h"

#define LOG_SIZE	(1UL << 20)
#define READ_ALL	3

static uint64_t granules_before, operations;

static void begin(bool load)
{
	if (t_rmmod("cca"))
		errno = 0;
	r_open();
	granules_before = r_granules(&operations);
	if (load)
		T_EQ(t_insmod(T_MODULE, ""), 0);
}

static void finish(void)
{
	r_plan_clear();
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(r_granules(&operations), granules_before);
	r_close();
}

static bool bet3(void)
{
	uint64_t x[18] = { SMC_RMM_TEST_PROFILE };

	T_EQ(r_call(x), 0);
	return x[1] == 1;
}

static void fault(uint32_t fid, unsigned int kind, uint64_t arg, uint64_t arg2)
{
	const struct r_fault f = { kind, arg, arg2, .times = 1 };

	T_ASSERT(r_plan(SMC_RMI_NUMBER(fid), 1, &f));
}

static unsigned int gpts(void)
{
	unsigned int count = 0;
	uint64_t base;

	for (base = R_REGION; base < 8 * R_REGION; base += R_REGION) {
		uint64_t x[18] = { SMC_RMI_GPT_INFO, base, base + R_REGION };

		count += !r_call(x) && x[2] == RMI_GPT_HOST_CREATED;
	}
	return count;
}

/* Everything is back, as if nothing had been. */
static void wants_nothing(void)
{
	struct cca_info info;
	int dev = t_open();

	T_ASSERT(t_idle(dev, &info));
	close(dev);
	T_EQ(info.out_ledger.leaked, 0);
	T_EQ(info.out_ledger.lent, 0);
	T_EQ(info.out_ledger.in_use, 0);
	T_EQ(r_granules(&operations), granules_before);
	T_EQ(operations, 0);
}

/* One granule, wanted by a process that is ready for a refusal. */
static int want_one(int dev, struct cca_delegate *delegate)
{
	*delegate = (struct cca_delegate){
		.size = sizeof(*delegate), .length = T_PAGE, .block_size = T_PAGE,
	};
	return t_ioctl(dev, CCA_DELEGATE, delegate);
}

TEST(R04_memory_is_tracked_when_it_is_needed_and_no_longer)
{
	unsigned int before;
	int dev, memory;

	begin(true);
	if (!bet3())
		t_skip("this RMM tracks all of its memory");
	before = r_fine();
	dev = t_open();
	T_EQ(r_fine(), before);
	memory = h_memory(dev, 8 * T_PAGE, T_PAGE);
	T_ASSERT(r_fine() > before);
	close(memory);
	close(dev);
	wants_nothing();
	T_EQ(r_fine(), before);
	finish();
}

/* Also what an RMM that needs nothing made ready is not asked for. */
TEST(R04_what_is_ready_is_not_made_ready_again)
{
	unsigned long sets, creates;
	int dev, memory, more;

	begin(true);
	dev = t_open();
	memory = h_memory(dev, T_PAGE, T_PAGE);
	sets = r_calls(SMC_RMI_GRANULE_TRACKING_SET);
	creates = r_calls(SMC_RMI_GPT_L1_CREATE);
	T_EQ(sets != 0, bet3());
	more = h_memory(dev, 2 * T_BLOCK, T_BLOCK);
	T_EQ(r_calls(SMC_RMI_GRANULE_TRACKING_SET), sets);
	T_EQ(r_calls(SMC_RMI_GPT_L1_CREATE), creates);
	close(more);
	close(memory);
	close(dev);
	finish();
}

TEST(R04_memory_that_cannot_be_tracked_is_refused_and_no_other)
{
	struct cca_delegate delegate;
	int dev;

	begin(true);
	if (!bet3())
		t_skip("this RMM tracks all of its memory");
	dev = t_open();
	/* Reserved: by no means a kind of memory that can be tracked. */
	fault(SMC_RMI_GRANULE_TRACKING_GET, FAULT_OUTPUT, RMI_TRACKING_RESERVED, 2);
	T_EQ(want_one(dev, &delegate), -EOPNOTSUPP);
	T_EQ(delegate.out.reason, CCA_REASON_TRACKING);
	T_EQ(delegate.out_done, 0);
	T_EQ(want_one(dev, &delegate), 0);
	close(delegate.out_fd);
	close(dev);
	wants_nothing();
	finish();
}

TEST(R05_GPTs_are_created_when_they_are_needed_and_no_longer)
{
	unsigned int before;
	int dev, memory;

	begin(true);
	if (!bet3())
		t_skip("this RMM creates its GPTs itself");
	before = gpts();
	dev = t_open();
	memory = h_memory(dev, 8 * T_PAGE, T_PAGE);
	T_ASSERT(gpts() > before);
	close(memory);
	close(dev);
	wants_nothing();
	T_EQ(gpts(), before);
	finish();
}

/* ERROR_GPT: that is what the RMM says of one that is there. */
TEST(R05_a_GPT_that_is_there_already_is_a_success)
{
	struct cca_memory_resize resize = { .length = T_PAGE };
	unsigned long creates;
	int dev, memory;

	begin(true);
	if (!bet3())
		t_skip("this RMM creates its GPTs itself");
	dev = t_open();
	memory = h_memory(dev, 8 * T_PAGE, T_PAGE);
	creates = r_calls(SMC_RMI_GPT_L1_CREATE);
	fault(SMC_RMI_GRANULE_RANGE_DELEGATE, FAULT_STATUS, RMI_ERROR_GPT, 0);
	fault(SMC_RMI_GPT_INFO, FAULT_OUTPUT, RMI_GPT_HOST_NOT_CREATED, 2);
	t_ok(memory, CCA_MEMORY_GROW, &resize);
	T_EQ(r_calls(SMC_RMI_GPT_L1_CREATE), creates + 1);
	close(memory);
	close(dev);
	wants_nothing();
	finish();
}

/* The GPT is there, tracking is refused: all that was lent comes back. */
TEST(R06_what_was_made_ready_in_vain_is_undone)
{
	static const uint32_t fids[] = {
		SMC_RMI_GPT_L1_CREATE, SMC_RMI_GRANULE_TRACKING_SET, SMC_RMI_GRANULE_TRACKING_GET,
	};
	struct cca_delegate delegate;
	unsigned int i, had_fine, had_gpts;
	int dev, result;

	begin(true);
	if (!bet3())
		t_skip("this RMM needs nothing made ready");
	had_fine = r_fine();
	had_gpts = gpts();
	for (i = 0; i < T_ARRAY_SIZE(fids); i++) {
		dev = t_open();
		fault(fids[i], FAULT_STATUS, RMI_ERROR_INPUT, 0);
		result = want_one(dev, &delegate);
		T_EQ(r_plan_clear(), 0);
		t_note("0x%x refused: %d, reason %u", SMC_RMI_NUMBER(fids[i]), result,
		       delegate.out.reason);
		T_ASSERT(result && delegate.out.reason);
		T_EQ(delegate.out.rmi_status, RMI_ERROR_INPUT);
		close(dev);
		wants_nothing();
		T_EQ(r_fine(), had_fine);
		T_EQ(gpts(), had_gpts);
	}
	finish();
}

TEST(R06_an_RMM_that_does_not_become_active_keeps_nothing)
{
	struct cca_info info;
	int dev;

	begin(false);
	fault(SMC_RMI_RMM_ACTIVATE, FAULT_STATUS, RMI_ERROR_INPUT, 0);
	T_EQ(t_insmod(T_MODULE, ""), 0);
	dev = t_open();
	info = h_info(dev);
	T_EQ(info.out_reason, CCA_REASON_ACTIVATE);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(r_granules(&operations), granules_before);
	/* The next time it does. */
	T_EQ(t_insmod(T_MODULE, ""), 0);
	dev = t_open();
	info = h_info(dev);
	T_EQ(info.out_reason, 0);
	close(dev);
	finish();
}

/* ---------------------------------------------------------------- the log */

static char *log_now(void)
{
	char *text = malloc(LOG_SIZE);
	int length;

	T_ASSERT(text);
	length = klogctl(READ_ALL, text, LOG_SIZE - 1);
	T_ASSERT(length >= 0);
	text[length] = '\0';
	return text;
}

/* Lines of ours behind what was there before; none of them has an address. */
static unsigned int lines_since(const char *before)
{
	char *now = log_now(), *line, *rest;
	const char *last = strrchr(before, '[');
	unsigned int lines = 0;

	/* The same last line, found again: the log may have lost its beginning. */
	rest = last ? strstr(now, last) : now;
	T_ASSERT(rest);
	if (last)
		rest += strlen(last);
	while ((line = strsep(&rest, "\n"))) {
		const char *ours = strstr(line, "cca: "), *number;

		if (!ours)
			continue;
		lines++;
		t_note("%s", ours);
		for (number = ours; (number = strstr(number, "0x")); number += 2)
			if (strspn(number + 2, "0123456789abcdef") > 5)
				t_fail(__FILE__, __LINE__, "an address in the kernel log");
	}
	free(now);
	return lines;
}

TEST_SECONDS(R08_the_kernel_log_has_one_line_for_a_module_and_none_for_its_users, 60)
{
	static struct h_image image;
	struct cca_delegate delegate;
	struct h_guest guest;
	char *before = log_now();
	int dev;

	begin(true);
	/* "out-of-tree module" is the kernel's, once. */
	T_ASSERT(lines_since(before) >= 1 && lines_since(before) <= 3);
	free(before);
	before = log_now();

	h_image_read(&image, "hello");
	h_start(&guest, "hello", T_BLOCK);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	dev = t_open();
	delegate = (struct cca_delegate){ .size = sizeof(delegate), .length = 1UL << 50,
					  .block_size = T_PAGE };
	T_ASSERT(t_ioctl(dev, CCA_DELEGATE, &delegate));
	fault(SMC_RMI_REALM_CREATE, FAULT_STATUS, RMI_ERROR_INPUT, 0);
	T_ASSERT(t_ioctl(dev, CCA_REALM_CREATE,
			 &(struct cca_realm_create){ .size = sizeof(struct cca_realm_create),
						     .ipa_bits = H_IPA_BITS }));
	close(dev);
	T_EQ(lines_since(before), 0);
	free(before);
	finish();
}

/* However many pages it keeps: the number is in CCA_INFO. */
TEST_SECONDS(R08_R12_pages_that_are_lost_are_one_line_with_no_address, 60)
{
	char *before;
	int dev, memory;

	begin(true);
	before = log_now();
	dev = t_open();
	memory = h_memory(dev, 8 * T_PAGE, T_PAGE);
	fault(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_STATUS, RMI_ERROR_INPUT, 0);
	close(memory);
	memory = h_memory(dev, 8 * T_PAGE, T_PAGE);
	fault(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_STATUS, RMI_ERROR_INPUT, 0);
	close(memory);
	T_EQ(h_info(dev).out_ledger.leaked, 2);
	T_EQ(lines_since(before), 1);
	free(before);
	close(dev);
	r_plan_clear();
	T_EQ(t_rmmod("cca"), 0);
	r_close();
}

int main(void)
{
	return t_main(0);
}
