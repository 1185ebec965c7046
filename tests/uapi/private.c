// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private memory: content, blocks, memory that is mapped in advance and memory
 * that comes on demand, what that takes, and how it goes again.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"

#define RAM	(64UL << 20)

static struct h_guest guest;

static int realm_with(int dev, uint64_t ipa, uint64_t size, int memory)
{
	int realm = h_realm(dev);

	h_mem_add(realm, ipa, size, memory);
	return realm;
}

static uint64_t populate(int realm, uint64_t ipa, const void *source, uint64_t length, int error,
			 int reason)
{
	struct cca_populate arg = {
		.ipa = ipa, .length = length, .source = (uintptr_t)source,
		.flags = CCA_POPULATE_F_MEASURE,
	};

	t_err(error, reason, realm, CCA_POPULATE, &arg);
	return arg.out_done;
}

/* 0 or -errno. */
static int try_prefault(int realm, uint64_t ipa, uint64_t length, struct cca_prefault *arg)
{
	*arg = (struct cca_prefault){ .size = sizeof(*arg), .ipa = ipa, .length = length };
	return t_ioctl(realm, CCA_PREFAULT, arg);
}

/* Returns the RMI calls that it took. */
static uint64_t prefault(int realm, uint64_t ipa, uint64_t length)
{
	struct cca_prefault arg = { .ipa = ipa, .length = length };

	t_ok(realm, CCA_PREFAULT, &arg);
	T_EQ(arg.out_done, length);
	return arg.out.rmi_calls;
}

static bool bet3(int dev)
{
	return h_info(dev).out_profile == CCA_PROFILE_BET3;
}

static uint64_t sum(const void *pages, uint64_t length)
{
	const uint64_t *word = pages;
	uint64_t total = 0;

	while (length) {
		total += *word++;
		length -= 8;
	}
	return total;
}

/* ----------------------------------------------------------------- content */

TEST(R26_a_block_of_content_is_mapped_as_a_block)
{
	int dev = t_open(), realm = realm_with(dev, H_RAM, RAM, -1);
	uint64_t tables = h_realm_info(realm).out_tables;
	struct cca_realm_info info;

	h_populate(realm, H_RAM, h_buffer(3 * T_BLOCK, 1), 3 * T_BLOCK);
	info = h_realm_info(realm);
	T_EQ(info.out_private, 3 * T_BLOCK);
	T_EQ(info.out_blocks, 3 * T_BLOCK);
	/* Those above the blocks, and none of pages. */
	T_ASSERT(info.out_tables <= tables + 2);
	/* Not a whole one: pages. */
	h_populate(realm, H_RAM + 4 * T_BLOCK + T_PAGE, h_buffer(T_BLOCK, 1), T_BLOCK);
	T_EQ(h_realm_info(realm).out_blocks, 3 * T_BLOCK);
	T_EQ(h_realm_info(realm).out_private, 4 * T_BLOCK);
}

TEST(R26_memory_without_blocks_is_populated_with_pages)
{
	int dev = t_open(), memory = h_memory(dev, 500 * T_PAGE, T_PAGE);
	int more = h_memory(dev, 2 * T_BLOCK, T_PAGE), realm;

	realm = realm_with(dev, H_RAM, RAM, memory);
	T_EQ(populate(realm, H_RAM, h_buffer(T_BLOCK, 1), T_BLOCK, ENOMEM, CCA_REASON_BACKING),
	     500 * T_PAGE);
	T_EQ(h_realm_info(realm).out_blocks, 0);
	close(more);
}

/* The same content in one call, and in pieces that make no block. */
static void load_with(const uint8_t *content, const uint64_t pieces[], uint64_t blocks)
{
	const uint64_t args[8] = { H_RAM + 8 * T_BLOCK, T_BLOCK };
	uint64_t at = 0;
	char said[64];

	h_load(&guest, "sum", RAM, -1, args);
	for (; at < T_BLOCK; at += *pieces++)
		h_populate(guest.realm, H_RAM + 8 * T_BLOCK + at, content + at, *pieces);
	T_EQ(h_realm_info(guest.realm).out_blocks, blocks);
	snprintf(said, sizeof(said), "sum: 0x%llx\n", (unsigned long long)sum(content, T_BLOCK));
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	if (!strstr(guest.console, said))
		t_fail(__FILE__, __LINE__, "the guest said %s, not %s", guest.console, said);
	h_close(&guest);
}

TEST(R24_a_block_has_its_content_and_what_is_left_of_one_too)
{
	static const uint64_t one[] = { T_BLOCK }, pieces[] = { T_PAGE, 255 * T_PAGE, 256 * T_PAGE };
	uint8_t *content = h_buffer(T_BLOCK, 77);

	load_with(content, one, T_BLOCK);
	load_with(content, pieces, 0);
}

static void on_signal(int number)
{
}

static void signals(unsigned int us)
{
	struct itimerval every = { { 0, us }, { 0, us } };
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

TEST_SECONDS(R24_populating_goes_on_where_a_signal_ended_it, 60)
{
	int realm = realm_with(t_open(), H_RAM, RAM, -1), error;
	uint8_t *content = h_buffer(8 * T_BLOCK, 3);
	unsigned int interrupted = 0;
	struct cca_populate arg;
	uint64_t done = 0;

	signals(3000);
	while (done < 8 * T_BLOCK) {
		arg = (struct cca_populate){
			.size = sizeof(arg), .ipa = H_RAM + done, .length = 8 * T_BLOCK - done,
			.source = (uintptr_t)content + done,
		};
		error = t_ioctl(realm, CCA_POPULATE, &arg);
		T_ASSERT(!error || error == -EINTR);
		T_ASSERT(error ? arg.out_done < arg.length : arg.out_done == arg.length);
		interrupted += error != 0;
		done += arg.out_done;
	}
	signals(0);
	T_ASSERT(interrupted);
	T_EQ(h_realm_info(realm).out_private, 8 * T_BLOCK);
	/* Begun before the signal, the block still became one. */
	T_EQ(h_realm_info(realm).out_blocks, 8 * T_BLOCK);
}

TEST(R24_what_is_left_of_a_block_goes_back)
{
	int dev = t_open(), memory = h_memory(dev, 3 * T_BLOCK, T_BLOCK), realm;
	uint8_t *content = h_buffer(T_BLOCK, 1);

	realm = realm_with(dev, H_RAM, RAM, memory);
	/* A page in the middle is there already, and the source ends. */
	h_populate(realm, H_RAM + 9 * T_PAGE, content, T_PAGE);
	T_EQ(populate(realm, H_RAM, content, T_BLOCK, EEXIST, CCA_REASON_POPULATED), 9 * T_PAGE);
	T_EQ(h_memory_info(memory).out_free, 3 * T_BLOCK - 10 * T_PAGE);
	munmap(content + T_BLOCK / 2, T_BLOCK / 2);
	T_EQ(populate(realm, H_RAM + T_BLOCK, content, T_BLOCK, EFAULT, T_ANY), T_BLOCK / 2);
	/* For the rest that may still come; not when it cannot. */
	T_EQ(h_memory_info(memory).out_free, 2 * T_BLOCK - 10 * T_PAGE);
	h_activate(realm);
	T_EQ(h_memory_info(memory).out_free, 2 * T_BLOCK + T_BLOCK / 2 - 10 * T_PAGE);
}

struct unmapper {
	uint8_t *pages;
	pthread_t thread;
};

static void *unmap_behind(void *argument)
{
	struct unmapper *u = argument;
	int i;

	for (i = 63; i >= 0; i--) {
		munmap(u->pages + i * (T_BLOCK / 16), T_BLOCK / 16);
		t_sleep_us(300);
	}
	return NULL;
}

TEST_SECONDS(memory_that_goes_while_it_is_populated_ends_it_there, 60)
{
	int dev = t_open(), i;

	for (i = 0; i < 5; i++) {
		struct unmapper u = { .pages = h_buffer(4 * T_BLOCK, 1) };
		int realm = realm_with(dev, H_RAM, RAM, -1), error;
		struct cca_populate arg = {
			.size = sizeof(arg), .ipa = H_RAM, .length = 4 * T_BLOCK,
			.source = (uintptr_t)u.pages,
		};

		T_EQ(pthread_create(&u.thread, NULL, unmap_behind, &u), 0);
		error = t_ioctl(realm, CCA_POPULATE, &arg);
		T_EQ(pthread_join(u.thread, NULL), 0);
		T_ASSERT(!error || error == -EFAULT);
		T_EQ(h_realm_info(realm).out_private, arg.out_done);
		T_ASSERT(error ? arg.out_done < arg.length : arg.out_done == arg.length);
		close(realm);
	}
}

/* -------------------------------------------------------------- in advance */

TEST(memory_is_ready_before_it_is_needed)
{
	static const uint64_t args[8] = { RAM >> 20 };
	struct cca_rec_info before = { 0 }, after = { 0 };
	struct cca_realm_info info;
	uint64_t calls;

	h_load(&guest, "grow", RAM, -1, args);
	calls = prefault(guest.realm, H_RAM + T_BLOCK, RAM - T_BLOCK);
	info = h_realm_info(guest.realm);
	T_EQ(info.out_blocks, RAM - T_BLOCK);
	if (bet3(guest.dev)) {
		/* One for each piece that the kernel gave, and some for tables and maps. */
		uint64_t pieces = t_offline_stretches(1UL << 30);

		t_note("%llu RMI calls for %lu blocks in %llu pieces", (unsigned long long)calls,
		       (RAM - T_BLOCK) / T_BLOCK, (unsigned long long)pieces);
		T_ASSERT(calls <= pieces + 8);
	}
	/* The rest of the guest's own block, page by page. */
	prefault(guest.realm, H_RAM, RAM);
	T_EQ(h_realm_info(guest.realm).out_private, RAM);
	/* Nothing is left to be done, and nothing is done. */
	prefault(guest.realm, H_RAM, RAM);
	T_EQ(h_realm_info(guest.realm).out_private, RAM);
	h_activate(guest.realm);
	t_ok_plain(guest.rec, CCA_REC_INFO, &before);
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "grown: "));
	t_ok_plain(guest.rec, CCA_REC_INFO, &after);
	/* Not a single fault. */
	T_EQ(after.out_exits[0] - before.out_exits[0], 0);
}

TEST(memory_in_advance_does_not_count_in_the_measurement)
{
	char rim[65];

	h_start(&guest, "hello", RAM);
	h_run_to_end(&guest, 0);
	memcpy(rim, h_rim(&guest), 64);
	h_close(&guest);
	h_load(&guest, "hello", RAM, -1, NULL);
	prefault(guest.realm, H_RAM, RAM);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	T_ASSERT(!memcmp(rim, h_rim(&guest), 64));
	h_close(&guest);
}

TEST(R26_regions_without_alignment_get_pages_at_their_ends)
{
	const uint64_t base = H_RAM + 3 * T_PAGE, size = 4 * T_BLOCK + 5 * T_PAGE;
	int realm = realm_with(t_open(), base, size, -1);

	prefault(realm, base, size);
	T_EQ(h_realm_info(realm).out_private, size);
	T_EQ(h_realm_info(realm).out_blocks, 3 * T_BLOCK);
}

TEST(R26_memory_in_advance_comes_from_the_memory_fd)
{
	int dev = t_open(), memory = h_memory(dev, 6 * T_BLOCK, T_BLOCK), realm;
	struct cca_prefault arg;

	realm = realm_with(dev, H_RAM, RAM, memory);
	prefault(realm, H_RAM, 4 * T_BLOCK);
	T_EQ(h_memory_info(memory).out_free, 2 * T_BLOCK);
	T_EQ(try_prefault(realm, H_RAM, RAM, &arg), -ENOMEM);
	T_EQ(arg.out.reason, CCA_REASON_BACKING);
	T_EQ(arg.out_done, 6 * T_BLOCK);
	T_EQ(h_memory_info(memory).out_free, 0);
}

static void refuse(int realm, uint64_t ipa, uint64_t length, int error, int reason)
{
	struct cca_prefault arg = { .ipa = ipa, .length = length };

	t_err(error, reason, realm, CCA_PREFAULT, &arg);
	T_EQ(arg.out_done, 0);
}

TEST(R24_mistakes_about_memory_in_advance_have_names)
{
	int realm = realm_with(t_open(), H_RAM, 4 * T_PAGE, -1);
	struct cca_realm_op op = { 0 };

	refuse(realm, H_RAM, 0, EINVAL, CCA_REASON_RANGE);
	refuse(realm, H_RAM + 1, T_PAGE, EINVAL, CCA_REASON_ALIGNMENT);
	refuse(realm, H_RAM, T_PAGE + 8, EINVAL, CCA_REASON_ALIGNMENT);
	refuse(realm, 0 - T_PAGE, 2 * T_PAGE, EOVERFLOW, CCA_REASON_RANGE);
	refuse(realm, H_RAM, 0 - T_PAGE, EOVERFLOW, CCA_REASON_RANGE);
	refuse(realm, H_RAM - T_PAGE, T_PAGE, ENOENT, CCA_REASON_RANGE);
	refuse(realm, H_RAM, 5 * T_PAGE, ENOENT, CCA_REASON_RANGE);
	refuse(realm, H_SHARED(H_RAM), T_PAGE, ENOENT, CCA_REASON_RANGE);
	refuse(realm, 0xfffffffffffff000, T_PAGE, EOVERFLOW, CCA_REASON_RANGE);
	T_EQ(h_realm_info(realm).out_private, 0);
	prefault(realm, H_RAM + T_PAGE, T_PAGE);
	T_EQ(populate(realm, H_RAM, h_buffer(2 * T_PAGE, 1), 2 * T_PAGE, EEXIST,
		      CCA_REASON_POPULATED), T_PAGE);
	t_ok(realm, CCA_TERMINATE, &op);
	refuse(realm, H_RAM, T_PAGE, ESTALE, CCA_REASON_TERMINATED);
}

TEST(the_last_page_of_the_protected_half_is_like_any_other)
{
	const uint64_t top = 1UL << (H_IPA_BITS - 1);
	int realm = realm_with(t_open(), top - T_BLOCK - T_PAGE, T_BLOCK + T_PAGE, -1);

	h_populate(realm, top - T_PAGE, h_buffer(T_PAGE, 1), T_PAGE);
	prefault(realm, top - T_BLOCK - T_PAGE, T_BLOCK + T_PAGE);
	T_EQ(h_realm_info(realm).out_private, T_BLOCK + T_PAGE);
	refuse(realm, top, T_PAGE, ENOENT, CCA_REASON_RANGE);
}

TEST_SECONDS(memory_in_advance_goes_on_where_a_signal_ended_it, 60)
{
	int realm = realm_with(t_open(), H_RAM, 2 * RAM, -1), error;
	struct cca_prefault arg;
	uint64_t done = 0;

	signals(2000);
	while (done < 2 * RAM) {
		error = try_prefault(realm, H_RAM + done, 2 * RAM - done, &arg);
		T_ASSERT(!error || error == -EINTR);
		done += arg.out_done;
	}
	signals(0);
	T_EQ(h_realm_info(realm).out_private, 2 * RAM);
}

/* ------------------------------------------------------- what was given away */

static void until_the_host_call(void)
{
	h_start(&guest, "hole", RAM);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_HOST_CALL);
	T_EQ(guest.run->imm, 100);
}

TEST(R26_a_table_of_nothing_goes_and_a_block_comes_again)
{
	struct cca_realm_info hole, full;

	until_the_host_call();
	hole = h_realm_info(guest.realm);
	h_run_to_end(&guest, 0);
	full = h_realm_info(guest.realm);
	/* One page of the third block makes it a table of pages, for good. */
	T_ASSERT(full.out_private - hole.out_private >= 2 * T_BLOCK + T_PAGE);
	T_ASSERT(full.out_private - hole.out_private <= 2 * T_BLOCK + 4 * T_PAGE);
	T_EQ(full.out_blocks - hole.out_blocks, 2 * T_BLOCK);
	T_EQ(full.out_tables, hole.out_tables);
	h_close(&guest);
}

TEST(memory_in_advance_passes_over_what_was_given_away)
{
	struct cca_realm_info info;

	until_the_host_call();
	prefault(guest.realm, H_RAM, RAM);
	info = h_realm_info(guest.realm);
	T_EQ(info.out_private, RAM - 2 * T_BLOCK - T_PAGE);
	h_run_to_end(&guest, 0);
	T_EQ(h_realm_info(guest.realm).out_private, RAM);
	h_close(&guest);
}

/* --------------------------------------------------------------- on demand */

TEST(a_fault_is_one_call)
{
	static const uint64_t args[8] = { RAM >> 20 };
	struct cca_realm_info before, after;
	struct cca_rec_info rec = { 0 };
	uint64_t calls, faults;
	int dev = t_open(), memory = h_memory(dev, RAM, T_BLOCK);

	h_load(&guest, "grow", RAM, memory, args);
	h_activate(guest.realm);
	before = h_realm_info(guest.realm);
	h_run_to_end(&guest, 0);
	after = h_realm_info(guest.realm);
	t_ok_plain(guest.rec, CCA_REC_INFO, &rec);
	faults = rec.out_exits[0];
	/* What is neither an entry, nor a table, nor its granule. */
	calls = after.out_rmi_calls - before.out_rmi_calls - rec.out_entries;
	T_EQ(after.out_private, RAM);
	T_ASSERT(faults >= RAM / T_BLOCK - 1);
	t_note("%llu faults, %llu calls, %llu tables", (unsigned long long)faults,
	       (unsigned long long)calls,
	       (unsigned long long)(after.out_tables - before.out_tables));
	T_ASSERT(calls <= faults + 3 * (after.out_tables - before.out_tables) + 4);
	h_close(&guest);
	close(memory);
}

/* --------------------------------------------------------------- tear-down */

static uint64_t calls_to_destroy(int realm)
{
	struct cca_realm_op op = { 0 };

	t_ok(realm, CCA_DESTROY, &op);
	T_EQ(h_realm_info(realm).out_granules, 0);
	return op.out.rmi_calls;
}

/* A terabyte of address space, of which three pages are used. */
TEST(R32_tear_down_takes_what_was_mapped_and_not_the_address_space)
{
	struct cca_realm_create create = { .ipa_bits = 48 };
	int dev = t_open();
	uint64_t calls;

	if (h_info(dev).out_ipa_bits_max < 48)
		t_skip("this machine has less than 48 bits");
	t_ok(dev, CCA_REALM_CREATE, &create);
	h_mem_add(create.out_fd, 0, 1UL << 46, -1);
	prefault(create.out_fd, 0, T_PAGE);
	prefault(create.out_fd, 1UL << 40, T_PAGE);
	prefault(create.out_fd, (1UL << 46) - T_PAGE, T_PAGE);
	calls = calls_to_destroy(create.out_fd);
	t_note("%llu calls", (unsigned long long)calls);
	/* Three pages, nine tables, each with a step to it and one behind it. */
	T_ASSERT(calls <= 64);
}

TEST_SECONDS(R32_tear_down_grows_with_the_tables, 60)
{
	int dev = t_open(), realm;
	uint64_t few, many;

	realm = realm_with(dev, H_RAM, 4 * RAM, -1);
	prefault(realm, H_RAM, RAM / 4);
	few = calls_to_destroy(realm);
	close(realm);
	realm = realm_with(dev, H_RAM, 4 * RAM, -1);
	prefault(realm, H_RAM, 4 * RAM);
	many = calls_to_destroy(realm);
	close(realm);
	t_note("%llu calls for 16 MiB, %llu for 256 MiB", (unsigned long long)few,
	       (unsigned long long)many);
	/* The same tables: the list of what comes back is all that is longer. */
	T_ASSERT(many <= few + 2);
}

static void *destroy_behind(void *argument)
{
	const int *fds = argument;
	struct cca_realm_op op = { .size = sizeof(op) };

	close(fds[1]);
	return t_ioctl(fds[0], CCA_DESTROY, &op) ? argument : NULL;
}

TEST_SECONDS(R32_realms_are_torn_down_side_by_side, 60)
{
	int dev = t_open(), fds[3][2], i;
	pthread_t threads[3];
	void *failed;

	for (i = 0; i < 3; i++) {
		fds[i][0] = realm_with(dev, H_RAM, RAM, -1);
		fds[i][1] = h_rec(fds[i][0], H_RAM, CCA_REC_F_RUNNABLE);
		prefault(fds[i][0], H_RAM, RAM);
		h_activate(fds[i][0]);
	}
	for (i = 0; i < 3; i++)
		T_EQ(pthread_create(&threads[i], NULL, destroy_behind, fds[i]), 0);
	for (i = 0; i < 3; i++) {
		T_EQ(pthread_join(threads[i], &failed), 0);
		T_ASSERT(!failed);
		T_EQ(h_realm_info(fds[i][0]).out_granules, 0);
	}
	T_EQ(h_info(dev).out_ledger.in_use, 0);
}

/* ------------------------------------------------------- an RMM that does not */

/* At each of the first calls of a command: the errno, and nothing is lost. */
static void spoil(unsigned int fid, struct r_fault fault)
{
	unsigned int n;
	bool hit = true;

	for (n = 1; n < 12 && hit; n++) {
		int realm = realm_with(t_open(), H_RAM, 8 * T_BLOCK, -1), error;
		struct cca_prefault arg;

		T_ASSERT(r_plan(SMC_RMI_NUMBER(fid), n, &fault));
		error = try_prefault(realm, H_RAM + T_PAGE, 7 * T_BLOCK, &arg);
		hit = !r_plan_clear();
		/* A block that does not come may come as pages. */
		T_ASSERT(!error || error == -EIO || error == -EAGAIN);
		T_ASSERT(error || arg.out_done == 7 * T_BLOCK);
		T_ASSERT(arg.out_done <= 7 * T_BLOCK && arg.out_done % T_PAGE == 0);
		close(realm);
	}
	T_ASSERT(n > 2);
}

TEST_SECONDS(R23_an_RMM_that_refuses_to_map_costs_nothing, 100)
{
	r_open();
	spoil(SMC_RMI_RTT_DATA_MAP, (struct r_fault){ FAULT_STATUS, RMI_ERROR_INPUT, 0, 1 });
	spoil(SMC_RMI_RTT_DATA_MAP, (struct r_fault){ FAULT_BUSY, 0, 0, 3 });
	spoil(SMC_RMI_RTT_DATA_MAP, (struct r_fault){ FAULT_CONTINUE, 3, 0, 1 });
	spoil(SMC_RMI_RTT_CREATE, (struct r_fault){ FAULT_STATUS, RMI_ERROR_INPUT, 0, 1 });
	r_close();
}

TEST_SECONDS(R09_an_RMM_that_maps_less_than_it_was_given, 60)
{
	struct r_fault fault = { FAULT_SHORT, 512, 0, 1000 };
	int realm;

	r_open();
	realm = realm_with(t_open(), H_RAM, 8 * T_BLOCK, -1);
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_RTT_DATA_MAP), 1, &fault));
	prefault(realm, H_RAM, 8 * T_BLOCK);
	r_plan_clear();
	T_EQ(h_realm_info(realm).out_private, 8 * T_BLOCK);
	close(realm);
	r_close();
}

TEST(R26_content_that_the_RMM_does_not_fold_stays_in_pages)
{
	struct r_fault fault = { FAULT_STATUS, RMI_ERROR_INPUT, 0, 1 };
	int realm;

	r_open();
	realm = realm_with(t_open(), H_RAM, RAM, -1);
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_RTT_FOLD), 1, &fault));
	h_populate(realm, H_RAM, h_buffer(2 * T_BLOCK, 1), 2 * T_BLOCK);
	T_EQ(r_plan_clear(), 0);
	T_EQ(h_realm_info(realm).out_blocks, T_BLOCK);
	T_EQ(h_realm_info(realm).out_private, 2 * T_BLOCK);
	close(realm);
	r_close();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
