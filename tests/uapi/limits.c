// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits that an administrator sets: parameters of the module, which may
 * change while it runs, and what is refused because of them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define PARAMETER(name)	"/sys/module/cca/parameters/" name
#define ALL		PARAMETER("max_granules")
#define USER		PARAMETER("max_granules_per_user")

/* 0 or -errno. */
static int set(const char *parameter, const char *text)
{
	int fd = open(parameter, O_WRONLY), error;

	T_ASSERT(fd >= 0);
	error = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return error;
}

static void limit(const char *parameter, uint64_t granules)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)granules);
	T_EQ(set(parameter, text), 0);
}

/* Whatever the test before this one left behind. */
static int start(void)
{
	limit(ALL, 0);
	limit(USER, 0);
	return t_open();
}

static void refused(int dev, uint64_t length, uint64_t block)
{
	struct cca_delegate delegate = { .length = length, .block_size = block };

	t_err(ENOMEM, CCA_REASON_LIMIT, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
}

static void not_grown(int memory, uint64_t length)
{
	struct cca_memory_resize resize = { .length = length };
	const uint64_t before = h_memory_info(memory).out_length;

	t_err(ENOMEM, CCA_REASON_LIMIT, memory, CCA_MEMORY_GROW, &resize);
	T_EQ(resize.out_done, 0);
	T_EQ(h_memory_info(memory).out_length, before);
}

static void grow(int memory, uint64_t length)
{
	struct cca_memory_resize resize = { .length = length };

	t_ok(memory, CCA_MEMORY_GROW, &resize);
	T_EQ(resize.out_done, length);
}

TEST(limits_can_be_read_where_the_rest_is)
{
	int dev = start();
	struct cca_info info = h_info(dev);

	T_EQ(info.out_granules_max, 0);
	T_EQ(info.out_user_granules_max, 0);
	T_EQ(info.out_user_granules, 0);
	limit(ALL, 1234567);
	limit(USER, 7654321);
	info = h_info(dev);
	T_EQ(info.out_granules_max, 1234567);
	T_EQ(info.out_user_granules_max, 7654321);
	start();
}

static const char *const mistakes[] = {
	"-1", "-0", "abc", "1x", "0x", "1 2", "1.5", "4K", "\n", "1099511627777",
	"99999999999999999999", "0x10000000000000000",
};

TEST(limits_that_are_none_are_EINVAL_and_change_nothing)
{
	int dev = start();
	unsigned int i;

	limit(ALL, 777);
	limit(USER, 888);
	for (i = 0; i < T_ARRAY_SIZE(mistakes); i++) {
		T_EQ(set(ALL, mistakes[i]), -EINVAL);
		T_EQ(set(USER, mistakes[i]), -EINVAL);
	}
	T_EQ(h_info(dev).out_granules_max, 777);
	T_EQ(h_info(dev).out_user_granules_max, 888);
	T_EQ(set(ALL, "0x10"), 0);
	T_EQ(h_info(dev).out_granules_max, 16);
	T_EQ(set(USER, "1099511627776"), 0);
	start();
}

TEST(only_the_administrator_changes_them)
{
	int status;

	start();
	if (!fork()) {
		T_ASSERT(!setuid(1000));
		T_ASSERT(open(ALL, O_WRONLY) < 0 && errno == EACCES);
		T_ASSERT(open(USER, O_WRONLY) < 0 && errno == EACCES);
		_exit(0);
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
}

TEST(R10_beyond_the_limit_of_the_module_all_comes_back)
{
	int dev = start(), memory = h_memory(dev, T_BLOCK, T_BLOCK);
	struct cca_ledger before = h_info(dev).out_ledger, after;

	limit(ALL, before.held + 4096);
	refused(dev, 9 * T_BLOCK, T_BLOCK);
	refused(dev, 4097 * T_PAGE, T_PAGE);
	not_grown(memory, 9 * T_BLOCK);
	after = h_info(dev).out_ledger;
	T_EQ(after.reserved, before.reserved);
	T_EQ(after.in_use, before.in_use);
	/* What is below it is to be had, as before. */
	grow(memory, T_BLOCK);
	T_ASSERT(h_info(dev).out_ledger.held <= before.held + 4096);
	limit(ALL, 0);
	grow(memory, 9 * T_BLOCK);
	/* A lower limit takes nothing away. */
	limit(ALL, 1);
	T_EQ(h_memory_info(memory).out_length, 11 * T_BLOCK);
	not_grown(memory, 64 * T_BLOCK);
	close(memory);
	refused(dev, T_PAGE, T_PAGE);
	start();
}

TEST(what_one_user_has_is_limited)
{
	int dev = start(), some, more;

	limit(USER, 100);
	refused(dev, 101 * T_PAGE, T_PAGE);
	refused(dev, T_BLOCK, T_BLOCK);
	T_EQ(h_info(dev).out_user_granules, 0);
	some = h_memory(dev, 60 * T_PAGE, T_PAGE);
	refused(dev, 41 * T_PAGE, T_PAGE);
	more = h_memory(dev, 40 * T_PAGE, T_PAGE);
	T_EQ(h_info(dev).out_user_granules, 100);
	not_grown(more, T_PAGE);
	close(some);
	T_EQ(h_info(dev).out_user_granules, 40);
	not_grown(more, 61 * T_PAGE);
	T_EQ(h_info(dev).out_user_granules, 40);
	grow(more, 60 * T_PAGE);
	T_EQ(h_info(dev).out_user_granules, 100);
	close(more);
	T_EQ(h_info(dev).out_user_granules, 0);
	start();
}

TEST(each_user_has_a_limit_of_its_own)
{
	int dev = start(), memory, status;

	limit(USER, 100);
	memory = h_memory(dev, 100 * T_PAGE, T_PAGE);
	if (!fork()) {
		T_ASSERT(!setuid(1000));
		T_EQ(h_info(dev).out_user_granules, 0);
		h_memory(dev, 100 * T_PAGE, T_PAGE);
		refused(dev, T_PAGE, T_PAGE);
		T_EQ(h_info(dev).out_user_granules, 100);
		/* Who made it is charged for it. */
		not_grown(memory, T_PAGE);
		_exit(0);
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
	T_EQ(h_info(dev).out_user_granules, 100);
	start();
}

static void as_user(void (*what)(int dev), int dev)
{
	int status;

	if (!fork()) {
		T_ASSERT(!setuid(1000));
		what(dev);
		_exit(0);
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
}

static void keep_some(int dev)
{
	struct cca_delegate delegate = {
		.flags = CCA_MEMORY_F_PERSIST, .length = 60 * T_PAGE, .block_size = T_PAGE,
		.name = "kept",
	};

	t_ok(dev, CCA_DELEGATE, &delegate);
}

static void is_still_charged(int dev)
{
	struct cca_memory_open open = { .name = "kept" };
	struct cca_memory_op op = {};

	T_EQ(h_info(dev).out_user_granules, 60);
	refused(dev, 41 * T_PAGE, T_PAGE);
	t_ok(dev, CCA_MEMORY_OPEN, &open);
	t_ok(open.out_fd, CCA_MEMORY_DESTROY, &op);
	T_EQ(h_info(dev).out_user_granules, 60);
	close(open.out_fd);
	T_EQ(h_info(dev).out_user_granules, 0);
}

TEST(what_stays_behind_is_still_its_makers)
{
	int dev = start();

	limit(USER, 100);
	as_user(keep_some, dev);
	T_EQ(h_info(dev).out_user_granules, 0);
	as_user(is_still_charged, dev);
	start();
}

TEST(a_realm_that_takes_from_the_kernel_counts_too)
{
	int dev = start(), realm = h_realm(dev);
	const uint64_t bare = h_info(dev).out_user_granules;
	struct cca_populate populate = { .ipa = H_RAM, .length = 64 * T_PAGE };

	T_ASSERT(bare >= 2);		/* descriptor, root table */
	T_EQ(h_info(dev).out_user_granules, h_realm_info(realm).out_granules);
	h_mem_add(realm, H_RAM, T_BLOCK, -1);
	limit(USER, bare + 32);
	populate.source = (uintptr_t)h_buffer(64 * T_PAGE, 1);
	t_err(ENOMEM, CCA_REASON_LIMIT, realm, CCA_POPULATE, &populate);
	T_ASSERT(populate.out_done > 0 && populate.out_done < 32 * T_PAGE);
	T_ASSERT(h_info(dev).out_user_granules <= bare + 32);
	limit(USER, 0);
	h_populate(realm, H_RAM + populate.out_done, (void *)(uintptr_t)
		   (populate.source + populate.out_done), 64 * T_PAGE - populate.out_done);
	close(realm);
	T_EQ(h_info(dev).out_user_granules, 0);
	start();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
