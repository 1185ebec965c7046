// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is found by its name or its id, and memory that stays when its
 * creator goes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMED(x)	struct cca_memory_##x
#define NAMED_OPEN	CCA_MEMORY_OPEN
#define NAMED_NEXT	CCA_MEMORY_NEXT
#define NAMED_INFO(fd)	h_memory_info(fd)

#include "names.h"

#define CALLS	"/sys/kernel/debug/cca/rmi_calls"

static int destroy(int memory)
{
	struct cca_memory_op op = {};

	t_ok(memory, CCA_MEMORY_DESTROY, &op);
	return close(memory);
}

/* Whatever a test before this one left behind. */
static int start(void)
{
	int dev = t_open();
	uint32_t id;

	while ((id = next(dev, 0)))
		destroy(open_id(dev, id));
	return dev;
}

static struct cca_delegate ask(const char *name, uint32_t flags, uint64_t length)
{
	struct cca_delegate delegate = {
		.flags = flags,
		.length = length,
		.block_size = length % T_BLOCK ? T_PAGE : T_BLOCK,
	};

	memcpy(delegate.name, name, strnlen(name, sizeof(delegate.name)));
	return delegate;
}

static int make(int dev, const char *name, uint32_t flags, uint64_t length)
{
	struct cca_delegate delegate = ask(name, flags, length);

	t_ok(dev, CCA_DELEGATE, &delegate);
	T_ASSERT(delegate.out_id);
	return delegate.out_fd;
}

static void not_made(int dev, const char *name, int error, int reason)
{
	struct cca_delegate delegate = ask(name, CCA_MEMORY_F_PERSIST, T_PAGE);
	struct cca_info before = h_info(dev), after;

	t_err(error, reason, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
	T_EQ(delegate.out_id, 0);
	T_EQ(delegate.out.rmi_calls, 0);
	after = h_info(dev);
	T_EQ(after.out_memories, before.out_memories);
	T_EQ(after.out_ledger.reserved, before.out_ledger.reserved);
}

/* ---------------------------------------------------------------- looking up */

TEST(memory_is_found_by_its_name_and_by_its_id)
{
	int dev = start(), memory = make(dev, "some", 0, 3 * T_PAGE), other;
	struct cca_memory_info info = h_memory_info(memory);

	T_ASSERT(info.out_id);
	T_EQ(info.out_flags, 0);
	T_EQ(info.out_owner, 0);
	T_EQ(info.out_users, 1);
	T_ASSERT(!strcmp(info.out_name, "some"));
	other = open_name(dev, "some");
	T_EQ(h_memory_info(other).out_id, info.out_id);
	T_EQ(h_memory_info(other).out_length, 3 * T_PAGE);
	T_EQ(h_memory_info(memory).out_users, 2);
	close(memory);
	memory = open_id(dev, info.out_id);
	T_EQ(h_memory_info(memory).out_id, info.out_id);
	T_EQ(h_info(dev).out_memories, 1);
	not_opened(dev, 0, "som", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, 0, "some1", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, info.out_id + 1, "", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, UINT32_MAX, "", ENOENT, CCA_REASON_NOT_FOUND);
}

TEST(memory_without_a_name_is_found_by_its_id_only)
{
	int dev = start(), memory = make(dev, "", 0, T_PAGE);
	struct cca_memory_info info = h_memory_info(memory);

	T_EQ(info.out_name[0], 0);
	close(open_id(dev, info.out_id));
	not_opened(dev, 0, "", EINVAL, CCA_REASON_NAME);
	/* Two without a name do not have the same one. */
	close(make(dev, "", 0, T_PAGE));
}

TEST(one_way_to_find_it_is_enough)
{
	int dev = start(), memory = make(dev, "twice", 0, T_PAGE);

	not_opened(dev, h_memory_info(memory).out_id, "twice", EINVAL, CCA_REASON_NAME);
}

TEST(ids_are_not_used_again)
{
	uint32_t id, last = 0;
	int dev = start(), i, memory;

	for (i = 0; i < 20; i++) {
		memory = make(dev, "again", i % 2 ? CCA_MEMORY_F_PERSIST : 0, T_PAGE);
		id = h_memory_info(memory).out_id;
		T_ASSERT(id > last);
		last = id;
		destroy(memory);
		not_opened(dev, id, "", ENOENT, CCA_REASON_NOT_FOUND);
	}
}

TEST(memories_are_listed_in_order_of_their_ids)
{
	int dev = start(), memories[5], i;
	uint32_t ids[5], id = 0;

	T_EQ(next(dev, 0), 0);
	for (i = 0; i < 5; i++) {
		memories[i] = make(dev, i == 2 ? "two" : "", i == 3, T_PAGE);
		ids[i] = h_memory_info(memories[i]).out_id;
	}
	for (i = 0; i < 5; i++) {
		id = next(dev, id);
		T_EQ(id, ids[i]);
	}
	T_EQ(next(dev, id), 0);
	T_EQ(next(dev, UINT32_MAX), 0);
	close(memories[2]);
	T_EQ(next(dev, ids[1]), ids[3]);
	destroy(memories[3]);
	T_EQ(next(dev, ids[1]), ids[4]);
}

/* --------------------------------------------------------------------- names */

TEST(R09_names_are_letters_digits_and_a_few_signs)
{
	static const char *const bad[] = {
		" ", "a b", "1", "1a", ".", "..", ".a", "-", "-a", "a/b", "/", "a\n", "\n", "a:",
		"\xc3\xa9", "a\xc3\xa9", "\xe9", "a\x01", "a\x7f", "a*", "%s", "a%",
		"1234567890123456789012345678901234567890123456789012345678901234",
		"a23456789012345678901234567890123456789012345678901234567890123a",
	};
	static const char *const good[] = {
		"a", "Z", "_", "a1", "a.b", "a-b", "_-", "z.", "Ab_C-d.9",
		"a2345678901234567890123456789012345678901234567890123456789012a",
	};
	struct cca_delegate delegate;
	int dev = start();
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(bad); i++) {
		not_made(dev, bad[i], EINVAL, CCA_REASON_NAME);
		not_opened(dev, 0, bad[i], EINVAL, CCA_REASON_NAME);
	}
	for (i = 0; i < T_ARRAY_SIZE(good); i++) {
		T_ASSERT(strlen(good[i]) < CCA_NAME_SIZE);
		close(make(dev, good[i], 0, T_PAGE));
	}
	/* Something behind the end. */
	delegate = ask("a", 0, T_PAGE);
	delegate.name[2] = 'b';
	t_err(EINVAL, CCA_REASON_NAME, dev, CCA_DELEGATE, &delegate);
	memset(delegate.name, 0, sizeof(delegate.name));
	delegate.name[CCA_NAME_SIZE - 1] = 'b';
	t_err(EINVAL, CCA_REASON_NAME, dev, CCA_DELEGATE, &delegate);
}

TEST(a_name_is_given_once)
{
	int dev = start(), first = make(dev, "mine", CCA_MEMORY_F_PERSIST, T_PAGE), second;
	struct cca_memory_op op = {};

	not_made(dev, "mine", EEXIST, CCA_REASON_NAME_TAKEN);
	t_ok(first, CCA_MEMORY_DESTROY, &op);
	/* The first is still there, for those who have it. */
	second = make(dev, "mine", 0, 2 * T_PAGE);
	T_EQ(h_memory_info(open_name(dev, "mine")).out_length, 2 * T_PAGE);
	T_EQ(h_memory_info(first).out_length, T_PAGE);
	T_EQ(h_memory_info(first).out_name[0], 0);
	T_EQ(h_info(dev).out_memories, 2);
	close(first);
	close(second);
}

/* The descriptor, or -errno. */
static void *make_common(void *dev)
{
	struct cca_delegate delegate = ask("common", 0, 16 * T_PAGE);
	long error;

	delegate.size = sizeof(delegate);
	error = t_ioctl(*(int *)dev, CCA_DELEGATE, &delegate);
	return (void *)(error ? error : delegate.out_fd);
}

TEST(of_those_who_ask_for_a_name_at_once_one_gets_it)
{
	int dev = start(), round, memory;

	for (round = 0; round < 20; round++) {
		memory = one_of_eight(dev, make_common);
		T_EQ(h_info(dev).out_memories, 1);
		close(memory);
	}
}

/* --------------------------------------------------------------- persistence */

static void make_kept(int dev, uint32_t unused)
{
	make(dev, "kept", CCA_MEMORY_F_PERSIST, 2 * T_BLOCK);
}

TEST(R32_persistent_memory_outlives_its_creator)
{
	int dev = start(), memory;
	struct cca_memory_info info;

	h_as(0, make_kept, dev, 0);
	T_EQ(h_info(dev).out_memories, 1);
	T_EQ(h_info(dev).out_ledger.reserved, 2 * T_BLOCK / T_PAGE);
	close(open_name(dev, "kept"));
	memory = open_name(dev, "kept");
	info = h_memory_info(memory);
	T_EQ(info.out_flags, CCA_MEMORY_F_PERSIST);
	T_EQ(info.out_users, 1);
	T_EQ(info.out_length, 2 * T_BLOCK);
	T_EQ(info.out_free, 2 * T_BLOCK);
	destroy(memory);
	T_EQ(h_info(dev).out_memories, 0);
	T_EQ(h_info(dev).out_ledger.reserved, 0);
	not_opened(dev, 0, "kept", ENOENT, CCA_REASON_NOT_FOUND);
}

TEST(R32_other_memory_goes_with_its_last_descriptor)
{
	int dev = start(), memory = make(dev, "short", 0, T_PAGE), other = open_name(dev, "short");

	close(memory);
	T_EQ(h_info(dev).out_memories, 1);
	close(other);
	T_EQ(h_info(dev).out_memories, 0);
	not_opened(dev, 0, "short", ENOENT, CCA_REASON_NOT_FOUND);
}

TEST(destroying_twice_changes_nothing)
{
	int dev = start(), memory = make(dev, "gone", CCA_MEMORY_F_PERSIST, T_PAGE), i;
	struct cca_memory_op op = {};

	for (i = 0; i < 3; i++) {
		t_ok(memory, CCA_MEMORY_DESTROY, &op);
		T_EQ(h_memory_info(memory).out_flags, 0);
		T_EQ(h_memory_info(memory).out_users, 1);
	}
	T_EQ(h_info(dev).out_memories, 1);
	close(memory);
	T_EQ(h_info(dev).out_memories, 0);
}

TEST(R32_destroyed_memory_stays_while_a_realm_uses_it)
{
	int dev = start(), memory = make(dev, "used", CCA_MEMORY_F_PERSIST, T_BLOCK);
	int realm = h_realm(dev);

	h_mem_add(realm, H_RAM, T_BLOCK, memory);
	T_EQ(h_memory_info(memory).out_users, 2);
	destroy(memory);
	T_EQ(h_info(dev).out_memories, 1);
	h_populate(realm, H_RAM, h_buffer(T_PAGE, 3), T_PAGE);
	close(realm);
	T_EQ(h_info(dev).out_memories, 0);
}

/* All of it, or nothing. */
TEST_SECONDS(R10_a_creator_that_is_killed_leaves_all_or_nothing, 120)
{
	int dev = start(), memory, status, i, kept = 0, none = 0;
	struct cca_memory_open open;
	struct cca_memory_info info;
	struct cca_info state;
	pid_t child;

	for (i = 0; i < 60 || (i < 400 && (!kept || !none)); i++) {
		child = fork();
		if (!child) {
			make(dev, "killed", CCA_MEMORY_F_PERSIST, 1000 * T_PAGE);
			_exit(0);
		}
		t_sleep_us(i % 40 * 500);
		kill(child, SIGKILL);
		T_EQ(waitpid(child, &status, 0), child);
		open = (struct cca_memory_open){ .size = sizeof(open), .name = "killed" };
		if (t_ioctl(dev, CCA_MEMORY_OPEN, &open)) {
			T_EQ(open.out.reason, CCA_REASON_NOT_FOUND);
			/* What it had so far is given back behind it. */
			T_ASSERT(t_idle(dev, &state));
			T_EQ(state.out_ledger.reserved, 0);
			none++;
			continue;
		}
		memory = open.out_fd;
		info = h_memory_info(memory);
		T_EQ(info.out_length, 1000 * T_PAGE);
		T_EQ(info.out_free, 1000 * T_PAGE);
		T_EQ(info.out_users, 1);
		destroy(memory);
		kept++;
	}
	t_note("%d stayed, %d did not", kept, none);
}

/* -------------------------------------------------------------------- owners */

static void sees_nothing_of_it(int dev, uint32_t id)
{
	T_EQ(next(dev, 0), 0);
	not_opened(dev, 0, "roots", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, id, "", EACCES, CCA_REASON_OWNER);
	/* Names are by user. */
	destroy(make(dev, "roots", CCA_MEMORY_F_PERSIST, T_PAGE));
}

TEST(memory_is_found_by_its_owner_only)
{
	int dev = start(), memory = make(dev, "roots", CCA_MEMORY_F_PERSIST, T_PAGE);

	h_as(USER, sees_nothing_of_it, dev, h_memory_info(memory).out_id);
	destroy(memory);
}

static void make_users(int dev, uint32_t unused)
{
	make(dev, "users", CCA_MEMORY_F_PERSIST, T_PAGE);
}

TEST(the_administrator_finds_everybodys)
{
	int dev = start();

	destroy(found_by_all_who_may(dev, make_users));
	T_EQ(next(dev, 0), 0);
}

/* ------------------------------------------------------------ what it is for */

/* Delegations since the module was loaded, and the opposite. */
static uint64_t delegations(void)
{
	FILE *file = fopen(CALLS, "r");
	unsigned long long calls;
	uint64_t sum = 0;
	char line[256];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "GRANULE_RANGE_") &&
		    sscanf(line, "%*s %*s %llu", &calls) == 1)
			sum += calls;
	}
	fclose(file);
	T_ASSERT(sum);
	return sum;
}

static void use(int dev, const char *name)
{
	int memory = open_name(dev, name), realm = h_realm(dev);

	h_mem_add(realm, H_RAM, 2 * T_BLOCK, memory);
	close(memory);
	h_populate(realm, H_RAM, h_buffer(600 * T_PAGE, 1), 600 * T_PAGE);
	close(realm);
}

TEST(a_second_realm_needs_no_delegation)
{
	int dev = start(), memory = make(dev, "quick", CCA_MEMORY_F_PERSIST, 2 * T_BLOCK);
	uint64_t before;

	close(memory);
	use(dev, "quick");
	before = delegations();
	use(dev, "quick");
	T_EQ(delegations(), before);
	memory = open_name(dev, "quick");
	T_EQ(h_memory_info(memory).out_free, 2 * T_BLOCK);
	destroy(memory);
	T_ASSERT(delegations() > before);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
