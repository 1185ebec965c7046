// SPDX-License-Identifier: GPL-2.0-only
/* CCA_INFO, the ledger, and granules set aside with CCA_DELEGATE. */
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"

static void check_ledger(const struct cca_info *info)
{
	const struct cca_ledger *ledger = &info->out_ledger;
	uint64_t leaks = 0;
	int i;

	for (i = 0; i < CCA_LEAK_CAUSES; i++)
		leaks += ledger->leaks[i];
	T_EQ(ledger->leaked, leaks);
	T_EQ(ledger->delegated, ledger->pool + ledger->reserved + ledger->in_use);
	T_ASSERT(ledger->held >= ledger->host + ledger->delegated);
}

TEST(R02_info_says_what_the_machine_can_do)
{
	struct cca_info info = h_info(t_open());

	T_EQ(info.out_abi, CCA_ABI_VERSION);
	T_EQ(info.out_reason, CCA_REASON_NONE);
	T_EQ(info.out_errno, 0);
	T_EQ(info.out_rmi_version, 0x20000);
	T_ASSERT(info.out_rmi_version_max >= 0x20000);
	T_ASSERT(info.out_profile == CCA_PROFILE_JULY || info.out_profile == CCA_PROFILE_BET3);
	if (t_firmware_is_ours())
		T_EQ(info.out_profile, strcmp(t_env("PROFILE", "july"), "bet3") ?
		     CCA_PROFILE_JULY : CCA_PROFILE_BET3);
	T_ASSERT(info.out_features[0]);
	T_ASSERT(info.out_ipa_bits_min >= 32 && info.out_ipa_bits_min <= H_IPA_BITS);
	T_ASSERT(info.out_ipa_bits_max >= H_IPA_BITS && info.out_ipa_bits_max <= 52);
	T_ASSERT(info.out_hashes & 1 << CCA_HASH_SHA256);
	T_ASSERT(info.out_breakpoints_max >= 2);
	T_ASSERT(info.out_watchpoints_max >= 2);
	T_ASSERT(info.out_recs_max >= 1);
}

TEST(info_counts_objects_and_granules)
{
	int dev = t_open(), realm, memory;
	struct cca_info info = h_info(dev);

	T_EQ(info.out_realms, 0);
	T_EQ(info.out_memories, 0);
	check_ledger(&info);

	memory = h_memory(dev, 3 * T_PAGE, T_PAGE);
	info = h_info(dev);
	check_ledger(&info);
	T_EQ(info.out_memories, 1);
	T_EQ(info.out_ledger.reserved, 3);

	realm = h_realm(dev);
	info = h_info(dev);
	check_ledger(&info);
	T_EQ(info.out_realms, 1);
	T_ASSERT(info.out_ledger.in_use >= 2);	/* descriptor, root table */

	close(memory);
	close(realm);
	info = h_info(dev);
	check_ledger(&info);
	T_EQ(info.out_realms, 0);
	T_EQ(info.out_memories, 0);
	T_EQ(info.out_ledger.in_use, 0);
	T_EQ(info.out_ledger.reserved, 0);
}

/* What the RMM was lent without being delegated may be marked as well. */
static void check_offline(const struct cca_info *info)
{
	const struct cca_ledger *ledger = &info->out_ledger;
	uint64_t offline = t_offline_pages(NULL);

	if (offline >= ledger->delegated + ledger->leaked && offline <= ledger->held)
		return;
	t_ledger_note(info);
	t_fail(__FILE__, __LINE__, "%llu pages are marked offline", (unsigned long long)offline);
}

TEST(R13_every_delegated_page_is_marked_offline)
{
	int dev = t_open(), memory = h_memory(dev, 4 * T_BLOCK, T_BLOCK);
	struct cca_info info = h_info(dev);

	T_EQ(info.out_ledger.reserved, 4 * 512);
	check_offline(&info);
	close(memory);
	info = h_info(dev);
	check_offline(&info);
}

/* The kernel reads a few bytes beyond the end of its pages. */
TEST(R13_the_page_before_delegated_ones_is_nobody_elses)
{
	int dev = t_open(), single = h_memory(dev, 37 * T_PAGE, T_PAGE), realm = h_realm(dev);

	h_mem_add(realm, H_RAM, 4 * T_BLOCK, -1);
	h_populate(realm, H_RAM, h_buffer(300 * T_PAGE, 1), 300 * T_PAGE);
	T_ASSERT(h_memory(dev, 3 * T_BLOCK, T_BLOCK) >= 0);
	T_EQ(t_unguarded_runs(), 0);
	close(single);
	T_EQ(t_unguarded_runs(), 0);
}

static void delegate_and_give_back(uint64_t length, uint64_t block)
{
	int dev = t_open(), memory = h_memory(dev, length, block);
	struct cca_memory_info info = h_memory_info(memory);

	T_EQ(info.out_length, length);
	T_EQ(info.out_block_size, block);
	T_EQ(info.out_free, length);
	T_EQ(info.out_leaked, 0);
	T_ASSERT(info.out_rmi_calls > 0);
	T_EQ(h_info(dev).out_ledger.reserved, length / T_PAGE);
	close(memory);
	close(dev);
}

TEST(one_granule_can_be_delegated)
{
	delegate_and_give_back(T_PAGE, T_PAGE);
}

TEST(granules_can_be_delegated_one_by_one)
{
	delegate_and_give_back(300 * T_PAGE, T_PAGE);
}

TEST(a_block_can_be_delegated)
{
	delegate_and_give_back(T_BLOCK, T_BLOCK);
}

TEST_SECONDS(much_memory_can_be_delegated, 60)
{
	delegate_and_give_back(64UL << 20, T_BLOCK);
}

TEST_SECONDS(delegating_again_and_again_leaves_the_machine_as_it_was, 60)
{
	int i;

	for (i = 0; i < 20; i++)
		delegate_and_give_back(2 * T_BLOCK, i % 2 ? T_PAGE : T_BLOCK);
}

static void refused(uint64_t length, uint64_t block, int error, int reason)
{
	struct cca_delegate delegate = { .length = length, .block_size = block };
	int dev = t_open();
	unsigned int files = t_open_files();

	t_err(error, reason, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
	T_EQ(t_open_files(), files);
	T_EQ(h_info(dev).out_memories, 0);
	T_EQ(h_info(dev).out_ledger.reserved, 0);
	close(dev);
}

TEST(R09_zero_length_sets_nothing_aside)
{
	refused(0, T_PAGE, EINVAL, T_ANY);
	refused(0, T_BLOCK, EINVAL, T_ANY);
}

TEST(R09_a_length_that_is_no_multiple_of_the_block_is_EINVAL)
{
	refused(1, T_PAGE, EINVAL, CCA_REASON_ALIGNMENT);
	refused(T_PAGE - 1, T_PAGE, EINVAL, CCA_REASON_ALIGNMENT);
	refused(T_PAGE + 1, T_PAGE, EINVAL, CCA_REASON_ALIGNMENT);
	refused(T_PAGE, T_BLOCK, EINVAL, CCA_REASON_ALIGNMENT);
	refused(T_BLOCK + T_PAGE, T_BLOCK, EINVAL, CCA_REASON_ALIGNMENT);
	refused(UINT64_MAX, T_PAGE, EINVAL, CCA_REASON_ALIGNMENT);
}

TEST(block_sizes_other_than_4K_and_2M_are_EINVAL)
{
	static const uint64_t sizes[] = {
		0, 1, 2048, 4095, 8192, 16384, 65536, 1UL << 20, 4UL << 20, 1UL << 30,
		1UL << 63, UINT64_MAX,
	};
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(sizes); i++)
		refused(T_BLOCK, sizes[i], EINVAL, CCA_REASON_BLOCK_SIZE);
}

/* More than any machine has. The answer must come at once, not after an OOM. */
TEST(R09_impossible_lengths_are_ENOMEM)
{
	refused(1UL << 62, T_BLOCK, ENOMEM, CCA_REASON_NO_MEMORY);
	refused(1UL << 62, T_PAGE, ENOMEM, CCA_REASON_NO_MEMORY);
	refused(0 - T_BLOCK, T_BLOCK, ENOMEM, CCA_REASON_NO_MEMORY);
	refused(0 - T_PAGE, T_PAGE, ENOMEM, CCA_REASON_NO_MEMORY);
}

TEST_SECONDS(R10_too_much_memory_is_ENOMEM_and_all_of_it_comes_back, 120)
{
	const uint64_t ram = sysconf(_SC_PHYS_PAGES) * T_PAGE;

	refused((ram / T_BLOCK + 8) * T_BLOCK, T_BLOCK, ENOMEM, CCA_REASON_NO_MEMORY);
}

TEST(a_realm_takes_its_memory_from_a_memory_fd)
{
	int dev = t_open(), memory = h_memory(dev, 4 * T_BLOCK, T_BLOCK), realm;
	struct cca_memory_info info;
	const uint64_t calls = h_memory_info(memory).out_rmi_calls;

	realm = h_realm(dev);
	h_mem_add(realm, H_RAM, 4 * T_BLOCK, memory);
	h_populate(realm, H_RAM, h_buffer(16 * T_PAGE, 1), 16 * T_PAGE);
	info = h_memory_info(memory);
	T_EQ(info.out_length, 4 * T_BLOCK);
	T_ASSERT(info.out_free < 4 * T_BLOCK);
	T_EQ(h_realm_info(realm).out_private, 16 * T_PAGE);
	close(realm);

	/* Given back still delegated: the next realm starts at once. */
	info = h_memory_info(memory);
	T_EQ(info.out_free, 4 * T_BLOCK);
	T_EQ(info.out_leaked, 0);
	T_EQ(info.out_rmi_calls, calls);
	close(memory);
}

TEST(the_same_memory_serves_one_realm_after_the_other)
{
	int dev = t_open(), memory = h_memory(dev, 2 * T_BLOCK, T_BLOCK), realm, i;
	void *pages = h_buffer(32 * T_PAGE, 2);

	for (i = 0; i < 5; i++) {
		realm = h_realm(dev);
		h_mem_add(realm, H_RAM, 2 * T_BLOCK, memory);
		h_populate(realm, H_RAM, pages, 32 * T_PAGE);
		close(realm);
		T_EQ(h_memory_info(memory).out_free, 2 * T_BLOCK);
	}
}

TEST(memory_outlives_its_descriptor_while_a_realm_uses_it)
{
	int dev = t_open(), memory = h_memory(dev, T_BLOCK, T_BLOCK), realm = h_realm(dev);

	h_mem_add(realm, H_RAM, T_BLOCK, memory);
	close(memory);
	T_EQ(h_info(dev).out_memories, 1);
	h_populate(realm, H_RAM, h_buffer(T_PAGE, 3), T_PAGE);
	close(realm);
	T_EQ(h_info(dev).out_memories, 0);
}

TEST(memory_that_is_used_up_is_ENOMEM_and_says_whose)
{
	int dev = t_open(), memory = h_memory(dev, 4 * T_PAGE, T_PAGE), realm = h_realm(dev);
	struct cca_populate populate = { .ipa = H_RAM, .length = 8 * T_PAGE };

	h_mem_add(realm, H_RAM, T_BLOCK, memory);
	populate.source = (uintptr_t)h_buffer(8 * T_PAGE, 4);
	t_err(ENOMEM, CCA_REASON_BACKING, realm, CCA_POPULATE, &populate);
	T_EQ(populate.out_done, 4 * T_PAGE);
	T_EQ(h_memory_info(memory).out_free, 0);
	close(realm);
	T_EQ(h_memory_info(memory).out_free, 4 * T_PAGE);
}

TEST(two_realms_share_one_memory)
{
	int dev = t_open(), memory = h_memory(dev, 8 * T_PAGE, T_PAGE), realms[2], i;
	struct cca_populate populate = { .ipa = H_RAM + 4 * T_PAGE, .length = T_PAGE };
	void *pages = h_buffer(4 * T_PAGE, 5);

	for (i = 0; i < 2; i++) {
		realms[i] = h_realm(dev);
		h_mem_add(realms[i], H_RAM, T_BLOCK, memory);
		h_populate(realms[i], H_RAM, pages, 4 * T_PAGE);
	}
	T_EQ(h_memory_info(memory).out_free, 0);
	populate.source = (uintptr_t)pages;
	t_err(ENOMEM, CCA_REASON_BACKING, realms[0], CCA_POPULATE, &populate);
	close(realms[1]);
	T_EQ(h_memory_info(memory).out_free, 4 * T_PAGE);
	t_ok(realms[0], CCA_POPULATE, &populate);
}

/* ------------------------------------------------------------- grow, shrink */

static void grow(int memory, uint64_t length)
{
	struct cca_memory_resize resize = { .length = length };

	t_ok(memory, CCA_MEMORY_GROW, &resize);
	T_EQ(resize.out_done, length);
}

static void shrink(int memory, uint64_t length)
{
	struct cca_memory_resize resize = { .length = length };

	t_ok(memory, CCA_MEMORY_SHRINK, &resize);
	T_EQ(resize.out_done, length);
}

/* What the memory says of itself, and the ledger of it. */
static void check_length(int dev, int memory, uint64_t length)
{
	struct cca_memory_info info = h_memory_info(memory);

	T_EQ(info.out_length, length);
	T_EQ(info.out_free, length);
	T_EQ(info.out_leaked, 0);
	T_EQ(h_info(dev).out_ledger.reserved, length / T_PAGE);
}

TEST(R09_memory_grows_and_shrinks)
{
	int dev = t_open(), memory = h_memory(dev, 3 * T_PAGE, T_PAGE);
	uint64_t calls = h_memory_info(memory).out_rmi_calls;

	grow(memory, 5 * T_PAGE);
	check_length(dev, memory, 8 * T_PAGE);
	T_ASSERT(h_memory_info(memory).out_rmi_calls > calls);
	calls = h_memory_info(memory).out_rmi_calls;
	shrink(memory, 6 * T_PAGE);
	check_length(dev, memory, 2 * T_PAGE);
	T_ASSERT(h_memory_info(memory).out_rmi_calls > calls);
	close(memory);

	memory = h_memory(dev, T_BLOCK, T_BLOCK);
	grow(memory, 6 * T_BLOCK);
	check_length(dev, memory, 7 * T_BLOCK);
	shrink(memory, 5 * T_BLOCK);
	check_length(dev, memory, 2 * T_BLOCK);
}

TEST(R09_memory_that_shrank_to_nothing_grows_again)
{
	int dev = t_open(), memory = h_memory(dev, 600 * T_PAGE, T_PAGE), i;
	uint64_t held;

	for (i = 0; i < 3; i++) {
		held = h_info(dev).out_ledger.held;
		shrink(memory, 600 * T_PAGE);
		check_length(dev, memory, 0);
		/* Not only out of the realm world, but back with the kernel. */
		T_ASSERT(h_info(dev).out_ledger.held + 600 <= held);
		grow(memory, 600 * T_PAGE);
		check_length(dev, memory, 600 * T_PAGE);
	}
}

static void not_resized(int memory, uint64_t length, int reason)
{
	static const unsigned int commands[] = { CCA_MEMORY_GROW, CCA_MEMORY_SHRINK };
	struct cca_memory_resize resize;
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(commands); i++) {
		resize = (struct cca_memory_resize){ .length = length, .out_done = 1 };
		t_err(EINVAL, reason, memory, commands[i], &resize);
		T_EQ(resize.out_done, 0);
	}
}

TEST(R09_memory_changes_by_whole_blocks_only)
{
	int dev = t_open(), memory = h_memory(dev, 2 * T_PAGE, T_PAGE);
	int blocks = h_memory(dev, T_BLOCK, T_BLOCK);

	not_resized(memory, 0, CCA_REASON_RANGE);
	not_resized(memory, 1, CCA_REASON_ALIGNMENT);
	not_resized(memory, T_PAGE + 1, CCA_REASON_ALIGNMENT);
	not_resized(blocks, 0, CCA_REASON_RANGE);
	not_resized(blocks, T_PAGE, CCA_REASON_ALIGNMENT);
	not_resized(blocks, T_BLOCK / 2, CCA_REASON_ALIGNMENT);
	T_EQ(h_memory_info(memory).out_length, 2 * T_PAGE);
	T_EQ(h_memory_info(blocks).out_length, T_BLOCK);
}

TEST(R09_absurd_lengths_change_nothing)
{
	static const uint64_t absurd[] = { 1UL << 62, 0 - T_PAGE, 0 - 2 * T_PAGE, 1UL << 63 };
	struct cca_memory_resize resize;
	int dev = t_open(), memory = h_memory(dev, 2 * T_PAGE, T_PAGE);
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(absurd); i++) {
		resize = (struct cca_memory_resize){ .length = absurd[i] };
		t_err(ENOMEM, CCA_REASON_NO_MEMORY, memory, CCA_MEMORY_GROW, &resize);
		T_EQ(resize.out_done, 0);
		t_err(EINVAL, CCA_REASON_RANGE, memory, CCA_MEMORY_SHRINK, &resize);
		T_EQ(resize.out_done, 0);
	}
	resize.length = 3 * T_PAGE;
	t_err(EINVAL, CCA_REASON_RANGE, memory, CCA_MEMORY_SHRINK, &resize);
	check_length(dev, memory, 2 * T_PAGE);
}

TEST(a_realm_that_ran_out_of_memory_goes_on_when_it_grew)
{
	int dev = t_open(), memory = h_memory(dev, 4 * T_PAGE, T_PAGE), realm = h_realm(dev);
	struct cca_populate populate = { .ipa = H_RAM, .length = 8 * T_PAGE };
	uint8_t *pages = h_buffer(8 * T_PAGE, 6);

	h_mem_add(realm, H_RAM, T_BLOCK, memory);
	populate.source = (uintptr_t)pages;
	t_err(ENOMEM, CCA_REASON_BACKING, realm, CCA_POPULATE, &populate);
	T_EQ(populate.out_done, 4 * T_PAGE);
	grow(memory, 4 * T_PAGE);
	h_populate(realm, H_RAM + 4 * T_PAGE, pages + 4 * T_PAGE, 4 * T_PAGE);
	T_EQ(h_memory_info(memory).out_free, 0);
	T_EQ(h_memory_info(memory).out_length, 8 * T_PAGE);
	close(realm);
	check_length(dev, memory, 8 * T_PAGE);
}

TEST(R09_what_a_realm_uses_is_not_given_back)
{
	int dev = t_open(), memory = h_memory(dev, 8 * T_PAGE, T_PAGE), realm = h_realm(dev);
	struct cca_memory_resize resize = { .length = 8 * T_PAGE };
	struct cca_memory_info info;

	h_mem_add(realm, H_RAM, T_BLOCK, memory);
	h_populate(realm, H_RAM, h_buffer(3 * T_PAGE, 7), 3 * T_PAGE);
	t_err(EBUSY, CCA_REASON_IN_USE, memory, CCA_MEMORY_SHRINK, &resize);
	T_EQ(resize.out_done, 5 * T_PAGE);
	info = h_memory_info(memory);
	T_EQ(info.out_length, 3 * T_PAGE);
	T_EQ(info.out_free, 0);
	T_EQ(h_realm_info(realm).out_private, 3 * T_PAGE);
	close(realm);
	shrink(memory, 3 * T_PAGE);
	check_length(dev, memory, 0);
}

TEST(R09_a_block_of_which_a_realm_uses_a_page_is_not_given_back)
{
	int dev = t_open(), memory = h_memory(dev, 3 * T_BLOCK, T_BLOCK), realm = h_realm(dev);
	struct cca_memory_resize resize = { .length = 3 * T_BLOCK };

	h_mem_add(realm, H_RAM, T_BLOCK, memory);
	h_populate(realm, H_RAM, h_buffer(T_PAGE, 8), T_PAGE);
	t_err(EBUSY, CCA_REASON_IN_USE, memory, CCA_MEMORY_SHRINK, &resize);
	T_EQ(resize.out_done, 2 * T_BLOCK);
	T_EQ(h_memory_info(memory).out_length, T_BLOCK);
	T_EQ(h_memory_info(memory).out_free, T_BLOCK - T_PAGE);
	close(realm);
	check_length(dev, memory, T_BLOCK);
}

static void ignore(int signal)
{
}

static uint64_t took(void (*change)(int, uint64_t), int memory, uint64_t length)
{
	const uint64_t start = t_now_us();

	change(memory, length);
	return t_now_us() - start;
}

static struct itimerval after(uint64_t us)
{
	return (struct itimerval){
		.it_value = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 },
	};
}

/* Between two calls there is nothing to interrupt where all of it is one call. */
static void in_small_steps(void)
{
	const struct r_fault most = { FAULT_SHORT, .arg = 64, .times = 1UL << 30 };

	r_open();
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_GRANULE_RANGE_DELEGATE), 1, &most));
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_GRANULE_RANGE_UNDELEGATE), 1, &most));
}

/*
 * A signal ends it in the middle: what was done is said, and stays done. When
 * the signal comes is a guess, from how long it takes without one.
 */
TEST_SECONDS(R12_an_interrupted_change_of_length_says_how_far_it_came, 120)
{
	const struct sigaction action = { .sa_handler = ignore };
	const struct itimerval never = {};
	const uint64_t length = 32UL << 20, start = t_now_us();
	int dev = t_open(), memory = h_memory(dev, T_PAGE, T_PAGE), error, i;
	unsigned int interrupted[2] = {};
	const bool ranges = h_info(dev).out_profile == CCA_PROFILE_BET3;
	uint64_t at = T_PAGE, whole[2];

	if (ranges)
		in_small_steps();
	whole[1] = took(grow, memory, length);
	whole[0] = took(shrink, memory, length);
	T_ASSERT(!sigaction(SIGALRM, &action, NULL));
	for (i = 0; !interrupted[0] || !interrupted[1]; i++) {
		bool more = at == T_PAGE;
		struct cca_memory_resize resize = {
			.size = sizeof(resize), .length = more ? length : at - T_PAGE,
		};
		struct itimerval timer = after(whole[more] * resize.length / length *
					       (1 + i / 2 % 7) / 8 + 1);

		T_ASSERT(t_now_us() - start < 100000000);
		T_ASSERT(!setitimer(ITIMER_REAL, &timer, NULL));
		error = t_ioctl(memory, more ? CCA_MEMORY_GROW : CCA_MEMORY_SHRINK, &resize);
		T_ASSERT(!setitimer(ITIMER_REAL, &never, NULL));
		if (error)
			T_EQ(error, -EINTR);
		else
			T_EQ(resize.out_done, resize.length);
		T_ASSERT(resize.out_done <= resize.length);
		at = more ? at + resize.out_done : at - resize.out_done;
		check_length(dev, memory, at);
		if (error && resize.out_done)
			interrupted[more]++;
	}
	t_note("interrupted after %d calls", i);
	if (ranges) {
		r_plan_clear();
		r_close();
	}
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
