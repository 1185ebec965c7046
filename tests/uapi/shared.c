// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a VMM and its realm share: every kind of it, in pages and blocks,
 * read-only, taken away, and what the VMM does to its own mappings meanwhile.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "puppet.h"

#define RAM	(4UL << 20)
#define SHARED	H_SHARED(0x80000000UL)
#define VALUE	0x1122334455667788UL

static struct h_guest guest;

static int add(uint64_t ipa, void *source, uint64_t length, uint32_t flags, uint32_t *reason)
{
	struct cca_mem_add arg = {
		.size = sizeof(arg),
		.flags = CCA_MEM_F_SHARED | flags,
		.ipa = ipa,
		.length = length,
		.memory = -1,
		.source = (uintptr_t)source,
	};
	int result = t_ioctl(guest.realm, CCA_MEM_ADD, &arg);

	*reason = arg.out.reason;
	return result;
}

static void share(uint64_t ipa, void *source, uint64_t length, uint32_t flags)
{
	uint32_t reason;
	int result = add(ipa, source, length, flags, &reason);

	if (result)
		t_fail(__FILE__, __LINE__, "sharing gave %d, reason %u", result, reason);
}

#define REFUSED(error, why, ipa, source, length, flags) do {			\
	uint32_t reason_;							\
	T_EQ(add(ipa, source, length, flags, &reason_), -(error));		\
	T_EQ(reason_, why);							\
} while (0)

static void take_back(uint64_t ipa, uint64_t length)
{
	struct cca_mem_remove arg = { .ipa = ipa, .length = length };

	t_ok(guest.realm, CCA_MEM_REMOVE, &arg);
}

static struct cca_realm_info info(void)
{
	return h_realm_info(guest.realm);
}

/* RMI commands other than entries. */
static uint64_t calls(void)
{
	struct cca_rec_info rec = { 0 };

	t_ok_plain(guest.rec, CCA_REC_INFO, &rec);
	return info().out_rmi_calls - rec.out_entries;
}

static void *map_some(size_t length, int flags, int fd)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, 0);

	T_ASSERT(at != MAP_FAILED);
	return at;
}

static void *anonymous(size_t length)
{
	return map_some(length, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* A mapping that begins at a multiple of 2 MiB. */
static void *aligned(size_t length)
{
	uintptr_t at = (uintptr_t)anonymous(length + T_BLOCK);

	return (void *)((at + T_BLOCK - 1) & -T_BLOCK);
}

static uint64_t pinned_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long kib = ~0UL;
	char line[200];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmPin: %lu", &kib) == 1)
			break;
	fclose(file);
	T_ASSERT(kib != ~0UL);
	return kib;
}

/* Both sides write and read the first word of each page. */
static void exchange(uint64_t ipa, void *memory, uint64_t length)
{
	uint64_t at;

	for (at = 0; at < length; at += T_PAGE)
		*(volatile uint64_t *)(memory + at) = ipa + at + 7;
	T_EQ(p_do(&guest, P_CHECK, ipa, ipa + length, 7, 0), 0);
	p_do(&guest, P_FILL, ipa, ipa + length, 9, 0);
	for (at = 0; at < length; at += T_PAGE)
		T_EQ(*(volatile uint64_t *)(memory + at), ipa + at + 9);
}

/* ------------------------------------------------------------ kinds of memory */

TEST(anonymous_memory_is_seen_by_both)
{
	void *memory = anonymous(37 * T_PAGE);

	p_load(&guest, RAM);
	share(SHARED + T_PAGE, memory, 37 * T_PAGE, 0);
	T_EQ(info().out_shared, 37 * T_PAGE);
	T_EQ(info().out_shared_mapped, 0);
	p_activate(&guest);
	exchange(SHARED + T_PAGE, memory, 37 * T_PAGE);
	T_EQ(info().out_shared_mapped, 37 * T_PAGE);
	/* What is beside it is the VMM's to emulate, as before. */
	p_order(&guest, P_STORE, SHARED, VALUE, 0, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	T_EQ(guest.run->mmio.ipa, SHARED);
	p_done(&guest);
	p_order(&guest, P_LOAD, SHARED + 38 * T_PAGE, 0, 0, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	guest.run->mmio.data = VALUE;
	T_EQ(p_done(&guest), VALUE);
}

TEST(a_memfd_is_seen_by_both_through_any_mapping_of_it)
{
	int fd = memfd_create("shared", MFD_CLOEXEC);
	void *lent, *other;

	T_ASSERT(fd >= 0 && !ftruncate(fd, 600 * T_PAGE));
	lent = map_some(600 * T_PAGE, MAP_SHARED, fd);
	other = map_some(600 * T_PAGE, MAP_SHARED, fd);
	p_start(&guest, RAM);
	share(SHARED, lent, 600 * T_PAGE, 0);
	exchange(SHARED, other, 600 * T_PAGE);
	/* It was written by no mapping of this process, and is not lost for that. */
	take_back(SHARED, 600 * T_PAGE);
	munmap(lent, 600 * T_PAGE);
	T_EQ(*(uint64_t *)(other + T_PAGE), SHARED + T_PAGE + 9);
}

static void *huge(size_t length)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "w");
	void *at;

	if (!file)
		t_skip("no huge pages in this kernel");
	fprintf(file, "%zu", length / T_BLOCK);
	fclose(file);
	at = mmap(NULL, length, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT, -1, 0);
	if (at == MAP_FAILED)
		t_skip("the machine has no huge pages left");
	return at;
}

static void no_huge(void)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (file) {
		fputs("0", file);
		fclose(file);
	}
}

/* One command maps all of it, when the tables are there. */
TEST(R26_huge_pages_are_mapped_as_blocks_many_at_a_time)
{
	const uint64_t length = 8 * T_BLOCK;
	void *memory = huge(length);
	uint64_t before;

	p_start(&guest, RAM);
	share(SHARED, memory, length, 0);
	p_store_at(&guest, SHARED + 3 * T_BLOCK + 8, VALUE);
	T_EQ(*(uint64_t *)(memory + 3 * T_BLOCK + 8), VALUE);
	/* From where it touched on; the tables above are there now. */
	T_EQ(info().out_shared_blocks, 5 * T_BLOCK);
	before = calls();
	p_store_at(&guest, SHARED, VALUE);
	T_EQ(calls() - before, 1);
	T_EQ(info().out_shared_blocks, length);
	exchange(SHARED, memory, length);
	take_back(SHARED, length);
	munmap(memory, length);
	no_huge();
}

TEST(R26_a_huge_page_at_an_odd_address_is_mapped_by_pages)
{
	void *memory = huge(2 * T_BLOCK);

	p_start(&guest, RAM);
	share(SHARED + T_PAGE, memory, 2 * T_BLOCK, 0);
	exchange(SHARED + T_PAGE, memory, 2 * T_BLOCK);
	T_EQ(info().out_shared_mapped, 2 * T_BLOCK);
	T_EQ(info().out_shared_blocks, 0);
	take_back(SHARED + T_PAGE, 2 * T_BLOCK);
	munmap(memory, 2 * T_BLOCK);
	no_huge();
}

TEST(R26_transparent_huge_pages_are_mapped_as_blocks)
{
	void *memory = aligned(4 * T_BLOCK);

	if (madvise(memory, 4 * T_BLOCK, MADV_HUGEPAGE))
		t_skip("no transparent huge pages in this kernel");
	memset(memory, 0, 4 * T_BLOCK);
	p_start(&guest, RAM);
	share(SHARED, memory, 4 * T_BLOCK, 0);
	exchange(SHARED, memory, 4 * T_BLOCK);
	t_note("%llu KiB in blocks", (unsigned long long)info().out_shared_blocks >> 10);
	T_ASSERT(info().out_shared_blocks);
}

/* What was there by pages gives way to a block, table and all. */
TEST(R26_a_block_comes_where_pages_were)
{
	void *memory = huge(T_BLOCK), *small = anonymous(3 * T_PAGE);
	uint64_t tables;

	p_start(&guest, RAM);
	tables = info().out_tables;
	share(SHARED, small, 3 * T_PAGE, 0);
	share(SHARED + 16 * T_PAGE, small, 3 * T_PAGE, 0);
	p_store_at(&guest, SHARED, VALUE);
	p_store_at(&guest, SHARED + 17 * T_PAGE, VALUE);
	T_ASSERT(info().out_tables > tables);
	take_back(SHARED, 3 * T_PAGE);
	/* The other one is in the same table, and still there. */
	T_EQ(p_load_at(&guest, SHARED + 17 * T_PAGE), VALUE);
	take_back(SHARED + 16 * T_PAGE, 3 * T_PAGE);
	T_EQ(info().out_tables, tables);
	share(SHARED, memory, T_BLOCK, 0);
	exchange(SHARED, memory, T_BLOCK);
	T_EQ(info().out_shared_blocks, T_BLOCK);
	take_back(SHARED, T_BLOCK);
	T_EQ(info().out_tables, tables);
	munmap(memory, T_BLOCK);
	no_huge();
}

/* ------------------------------------------------------------------ read-only */

static void *read_only(void)
{
	uint64_t *memory = anonymous(2 * T_PAGE);

	memory[0] = VALUE;
	T_EQ(mprotect(memory, 2 * T_PAGE, PROT_READ), 0);
	return memory;
}

TEST(R27_a_source_that_is_read_only_must_be_shared_so)
{
	uint64_t *memory = read_only();

	p_start(&guest, RAM);
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, memory, 2 * T_PAGE, 0);
	share(SHARED, memory, 2 * T_PAGE, CCA_MEM_F_READONLY);
	T_EQ(p_load_at(&guest, SHARED), VALUE);
	T_EQ(p_load_at(&guest, SHARED + T_PAGE), 0);
}

TEST(R27_a_write_to_read_only_memory_reaches_the_host_and_nothing_else)
{
	uint64_t *memory = read_only();

	p_start(&guest, RAM);
	share(SHARED, memory, 2 * T_PAGE, CCA_MEM_F_READONLY);
	p_order(&guest, P_STORE, SHARED + 16, 0xbad, 0, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	T_EQ(guest.run->mmio.is_write, 1);
	T_EQ(guest.run->mmio.ipa, SHARED + 16);
	T_EQ(guest.run->mmio.data, 0xbad);
	p_done(&guest);
	T_EQ(memory[2], 0);
	T_EQ(p_load_at(&guest, SHARED + 16), 0);

	/* One that cannot be emulated can be aborted. */
	p_order(&guest, P_PAIR, SHARED, 1, 2, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_FAULT);
	T_EQ(guest.run->ipa, SHARED);
	guest.run->flags = CCA_RUN_F_INJECT_SEA;
	h_run_to_end(&guest, 99);
	T_EQ(memory[0], VALUE);
}

TEST(R27_memory_that_becomes_writable_is_mapped_anew)
{
	uint64_t *memory = read_only();

	p_start(&guest, RAM);
	share(SHARED, memory, 2 * T_PAGE, CCA_MEM_F_READONLY);
	T_EQ(p_load_at(&guest, SHARED), VALUE);
	p_order(&guest, P_PAIR, SHARED, 5, 6, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_FAULT);
	T_EQ(mprotect(memory, 2 * T_PAGE, PROT_READ | PROT_WRITE), 0);
	take_back(SHARED, 2 * T_PAGE);
	share(SHARED, memory, 2 * T_PAGE, 0);
	guest.run->flags = CCA_RUN_F_RETRY;
	p_done(&guest);
	T_EQ(guest.run->flags, 0);
	T_EQ(memory[0], 5);
	T_EQ(memory[1], 6);

	/* The same with a store that could have been emulated. */
	take_back(SHARED, 2 * T_PAGE);
	p_order(&guest, P_STORE, SHARED, 7, 0, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	share(SHARED, memory, 2 * T_PAGE, 0);
	guest.run->flags = CCA_RUN_F_RETRY;
	p_done(&guest);
	T_EQ(memory[0], 7);
}

/* A page that its owner has not written yet is one of all zeros that all have. */
TEST(R27_what_the_caller_writes_later_is_what_the_realm_reads)
{
	int fd = memfd_create("shared", MFD_CLOEXEC);
	volatile uint64_t *zero = anonymous(T_PAGE), *file;

	T_ASSERT(fd >= 0 && !ftruncate(fd, T_PAGE));
	file = map_some(T_PAGE, MAP_PRIVATE, fd);
	T_EQ(zero[0] + file[0], 0);
	p_start(&guest, RAM);
	share(SHARED, (void *)zero, T_PAGE, CCA_MEM_F_READONLY);
	share(SHARED + T_PAGE, (void *)file, T_PAGE, CCA_MEM_F_READONLY);
	T_EQ(p_load_at(&guest, SHARED), 0);
	zero[0] = 1;
	file[0] = 2;
	T_EQ(p_load_at(&guest, SHARED), 1);
	T_EQ(p_load_at(&guest, SHARED + T_PAGE), 2);
}

/* ----------------------------------------------------- what the caller does */

/* A moment after whoever lent them has gone. */
static void until_shared(uint64_t bytes)
{
	const uint64_t end = t_now_us() + 10000000;

	while (info().out_shared != bytes && t_now_us() < end)
		t_sleep_us(1000);
	T_EQ(info().out_shared, bytes);
}

static void until_pinned(uint64_t pages)
{
	const uint64_t end = t_now_us() + 10000000;

	while (h_info(guest.dev).out_pinned != pages && t_now_us() < end)
		t_sleep_us(1000);
	T_EQ(h_info(guest.dev).out_pinned, pages);
}

/* An access there is the VMM's to emulate. */
static void nothing_at(uint64_t ipa)
{
	p_order(&guest, P_STORE, ipa, VALUE, 0, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
	T_EQ(guest.run->mmio.ipa, ipa);
	p_done(&guest);
}

/* Any of it: then all of the region goes, and what is pinned with it. */
static void lose(void *memory, uint64_t at, uint64_t length, void *instead)
{
	struct cca_mem_remove arg = { .ipa = SHARED, .length = 4 * T_PAGE };

	share(SHARED, memory, 4 * T_PAGE, 0);
	share(SHARED + T_BLOCK, anonymous(T_PAGE), T_PAGE, 0);
	T_EQ(pinned_kib(), 20);
	T_EQ(h_info(guest.dev).out_pinned, 5);
	exchange(SHARED, memory, 4 * T_PAGE);
	if (instead)
		T_ASSERT(mremap(memory + at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
				instead) != MAP_FAILED);
	else
		T_EQ(munmap(memory + at, length), 0);
	until_shared(T_PAGE);
	until_pinned(1);
	T_EQ(pinned_kib(), 4);
	nothing_at(SHARED + 2 * T_PAGE);
	T_EQ(info().out_shared_mapped, 0);
	t_err(ENOENT, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
	/* The other one is as it was. */
	p_store_at(&guest, SHARED + T_BLOCK, VALUE);
	take_back(SHARED + T_BLOCK, T_PAGE);
}

TEST(R32_a_region_ends_when_its_memory_is_unmapped)
{
	p_start(&guest, RAM);
	lose(anonymous(4 * T_PAGE), 0, 4 * T_PAGE, NULL);
	lose(anonymous(4 * T_PAGE), 3 * T_PAGE, T_PAGE, NULL);
	lose(anonymous(4 * T_PAGE), 0, 2 * T_PAGE, NULL);
	lose(anonymous(4 * T_PAGE), 0, 4 * T_PAGE, anonymous(4 * T_PAGE));
}

TEST(a_region_stays_while_its_memory_is_mapped)
{
	void *memory = anonymous(6 * T_PAGE), *lent = memory + T_PAGE;
	volatile uint64_t *first = lent;

	p_start(&guest, RAM);
	share(SHARED, lent, 4 * T_PAGE, 0);
	exchange(SHARED, lent, 4 * T_PAGE);
	/* What is beside it goes, and what it says and may be changes. */
	T_EQ(munmap(memory, T_PAGE), 0);
	T_EQ(munmap(lent + 4 * T_PAGE, T_PAGE), 0);
	T_EQ(mprotect(lent, 4 * T_PAGE, PROT_NONE), 0);
	T_EQ(mprotect(lent, 4 * T_PAGE, PROT_READ | PROT_WRITE), 0);
	T_EQ(first[0], SHARED + 9);
	T_EQ(madvise(lent, 4 * T_PAGE, MADV_DONTNEED), 0);
	/* Other pages, from now on; the realm has those that there were. */
	T_EQ(first[0], 0);
	h_buffer(64 * T_BLOCK / 8, 3);
	T_EQ(p_do(&guest, P_CHECK, SHARED, SHARED + 4 * T_PAGE, 9, 0), 0);
	T_EQ(info().out_shared, 4 * T_PAGE);
	T_EQ(pinned_kib(), 16);
	take_back(SHARED, 4 * T_PAGE);
	T_EQ(pinned_kib(), 0);
}

TEST(after_a_fork_the_caller_still_shares_and_its_child_does_not)
{
	volatile uint64_t *memory = anonymous(T_PAGE);
	int status;
	pid_t pid;

	p_start(&guest, RAM);
	memory[0] = 1;
	share(SHARED, (void *)memory, T_PAGE, 0);
	pid = fork();
	if (!pid) {
		memory[0] = 0xbad;
		memory[1] = 0xbad;
		pause();
		_exit(0);
	}
	t_sleep_us(50000);
	/* While two processes have the page, the first write makes a copy. */
	memory[0] = 2;
	T_EQ(p_load_at(&guest, SHARED), 2);
	p_store_at(&guest, SHARED + 8, 3);
	T_EQ(memory[1], 3);
	kill(pid, SIGKILL);
	T_EQ(waitpid(pid, &status, 0), pid);
	memory[0] = 4;
	T_EQ(p_load_at(&guest, SHARED), 4);
}

/* Lends that much, and waits for its end. */
static pid_t lender(uint64_t ipa, uint64_t length)
{
	int told[2];
	char byte;
	pid_t pid;

	T_EQ(pipe(told), 0);
	pid = fork();
	if (!pid) {
		share(ipa, memset(aligned(length), 0x5a, length), length, 0);
		T_EQ(write(told[1], "x", 1), 1);
		for (;;)
			pause();
	}
	T_EQ(read(told[0], &byte, 1), 1);
	close(told[0]);
	close(told[1]);
	return pid;
}

static void kill_it(pid_t pid)
{
	int status;

	T_EQ(kill(pid, SIGKILL), 0);
	T_EQ(waitpid(pid, &status, 0), pid);
	T_EQ(status, SIGKILL);
}

/* Whoever lent the memory is gone; the realm is not. */
TEST(R32_a_region_ends_with_the_process_that_lent_it)
{
	void *own = anonymous(T_PAGE);
	pid_t pid;

	p_start(&guest, RAM);
	share(SHARED + 4 * T_BLOCK, own, T_PAGE, 0);
	pid = lender(SHARED, T_BLOCK + T_PAGE);
	T_EQ(info().out_shared, T_BLOCK + 2 * T_PAGE);
	T_EQ(p_load_at(&guest, SHARED + 5 * T_PAGE), 0x5a5a5a5a5a5a5a5a);
	p_store_at(&guest, SHARED + 4 * T_BLOCK, VALUE);
	kill_it(pid);
	until_shared(T_PAGE);
	until_pinned(1);
	h_buffer(8 * T_BLOCK, 3);
	nothing_at(SHARED + 5 * T_PAGE);
	nothing_at(SHARED + T_BLOCK);
	T_EQ(*(uint64_t *)own, VALUE);
	/* The place is free for others. */
	share(SHARED, own, T_PAGE, 0);
	T_EQ(p_load_at(&guest, SHARED), VALUE);
}

TEST(R32_a_region_ends_when_its_lender_becomes_another_program)
{
	int status;
	pid_t pid;

	p_start(&guest, RAM);
	share(SHARED + T_BLOCK, anonymous(T_PAGE), T_PAGE, 0);
	pid = fork();
	if (!pid) {
		share(SHARED, anonymous(T_PAGE), T_PAGE, 0);
		T_EQ(info().out_shared, 2 * T_PAGE);
		execl("/bin/busybox", "sleep", "1000", NULL);
		_exit(1);
	}
	t_sleep_us(50000);
	until_shared(T_PAGE);
	until_pinned(1);
	T_EQ(waitpid(pid, &status, WNOHANG), 0);
	kill_it(pid);
}

static void *spin(void *argument)
{
	int result = h_run(&guest);

	if (result || guest.run->exit_reason != CCA_EXIT_MMIO)
		t_fail(__FILE__, __LINE__, "CCA_RUN gave %d, exit %u", result,
		       guest.run->exit_reason);
	return argument;
}

/* It writes to that memory, all the time, while its lender is killed. */
TEST(R32_a_realm_that_runs_loses_the_memory_of_a_dead_lender)
{
	pthread_t thread;
	int i;

	p_start(&guest, RAM);
	for (i = 0; i < 5; i++) {
		pid_t pid = lender(SHARED, 3 * T_PAGE);

		/* Until the first word is not 0: the second one counts. */
		p_store_at(&guest, SHARED + T_PAGE, 0);
		p_order(&guest, P_COUNT, SHARED + T_PAGE, 0, 0, 0);
		T_EQ(pthread_create(&thread, NULL, spin, NULL), 0);
		t_sleep_us(20000);
		kill_it(pid);
		T_EQ(pthread_join(thread, NULL), 0);
		until_pinned(0);
		T_EQ(info().out_shared, 0);
		/* One that ends the loop, wherever in it the guest was. */
		while (guest.run->exit_reason == CCA_EXIT_MMIO) {
			guest.run->mmio.data = 1;
			T_EQ(h_run(&guest), 0);
		}
	}
}

/* All at once, with what the realm's owner takes away itself. */
TEST_SECONDS(R32_many_lenders_may_go_at_any_moment, 60)
{
	int i, round, status;
	pid_t pid[6];

	p_start(&guest, RAM);
	for (round = 0; round < 8; round++) {
		for (i = 0; i < 6; i++) {
			pid[i] = lender(SHARED + i * 2 * T_BLOCK, T_BLOCK / 2 + i * T_PAGE);
			if (i % 2)
				p_store_at(&guest, SHARED + i * 2 * T_BLOCK, VALUE);
		}
		for (i = 0; i < 6; i++)
			kill(pid[i], SIGKILL);
		for (i = 0; i < 6; i++) {
			struct cca_mem_remove arg = {
				.size = sizeof(arg), .ipa = SHARED + i * 2 * T_BLOCK,
				.length = T_BLOCK / 2 + i * T_PAGE,
			};

			status = t_ioctl(guest.realm, CCA_MEM_REMOVE, &arg);
			T_ASSERT(!status || status == -ENOENT);
		}
		for (i = 0; i < 6; i++)
			T_EQ(waitpid(pid[i], &status, 0), pid[i]);
		until_shared(0);
		until_pinned(0);
	}
	/* The realm itself may go first. */
	for (i = 0; i < 6; i++)
		pid[i] = lender(SHARED + i * 2 * T_BLOCK, 3 * T_PAGE);
	for (i = 0; i < 6; i++)
		kill(pid[i], SIGKILL);
	h_close(&guest);
	for (i = 0; i < 6; i++)
		T_EQ(waitpid(pid[i], &status, 0), pid[i]);
}

TEST(locked_memory_has_its_limit)
{
	struct rlimit limit = { 8 * T_PAGE, 8 * T_PAGE };
	void *memory = anonymous(9 * T_PAGE);

	p_start(&guest, RAM);
	T_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	/* Who may do so anyway is not held up by it. */
	share(SHARED, memory, 9 * T_PAGE, 0);
	take_back(SHARED, 9 * T_PAGE);
	T_EQ(prctl(PR_SET_KEEPCAPS, 0), 0);
	T_EQ(setresuid(1000, 1000, 1000), 0);
	REFUSED(ENOMEM, CCA_REASON_MEMLOCK, SHARED, memory, 9 * T_PAGE, 0);
	T_EQ(info().out_shared, 0);
	share(SHARED, memory, 5 * T_PAGE, 0);
	REFUSED(ENOMEM, CCA_REASON_MEMLOCK, SHARED + T_BLOCK, memory, 4 * T_PAGE, 0);
	share(SHARED + T_BLOCK, memory, 3 * T_PAGE, 0);
	take_back(SHARED, 5 * T_PAGE);
	share(SHARED, memory, 5 * T_PAGE, 0);
}

/* ------------------------------------------------------------------- refusals */

/* Some register of some device, if the machine has one that can be mapped. */
static void *device_memory(void)
{
	void *at = MAP_FAILED;
	glob_t found;
	size_t i;
	int fd;

	if (glob("/sys/bus/pci/devices/*/resource[0-5]", 0, NULL, &found))
		return MAP_FAILED;
	for (i = 0; i < found.gl_pathc && at == MAP_FAILED; i++) {
		fd = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		at = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	globfree(&found);
	return at;
}

TEST(what_is_no_ordinary_memory_is_not_lent)
{
	uint64_t *memory = anonymous(8 * T_PAGE);
	void *device;

	p_start(&guest, RAM);
	munmap(memory + 4 * T_PAGE / 8, T_PAGE);
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, memory, 8 * T_PAGE, 0);
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, NULL, T_PAGE, 0);
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, (void *)(1UL << 62), T_PAGE, 0);
	T_EQ(mprotect(memory, T_PAGE, PROT_NONE), 0);
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, memory, T_PAGE, CCA_MEM_F_READONLY);
	/* The page of a REC is the module's, and not where a pin would hold it. */
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, guest.run, T_PAGE, 0);
	REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, guest.run, T_PAGE, CCA_MEM_F_READONLY);
	device = device_memory();
	if (device != MAP_FAILED)
		REFUSED(EFAULT, CCA_REASON_SOURCE, SHARED, device, T_PAGE, 0);
	else
		t_note("no device memory to try");
	T_EQ(info().out_shared, 0);
	T_EQ(pinned_kib(), 0);
}

TEST(R24_ranges_that_are_none_are_refused)
{
	const uint64_t half = 1UL << (H_IPA_BITS - 1), top = 1UL << H_IPA_BITS;
	struct cca_mem_add arg = { 0 };
	void *memory = anonymous(4 * T_PAGE);

	p_start(&guest, RAM);
	REFUSED(EINVAL, CCA_REASON_ALIGNMENT, SHARED + 1, memory, T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_ALIGNMENT, SHARED, memory + 8, T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_ALIGNMENT, SHARED, memory, T_PAGE + 8, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, SHARED, memory, 0, 0);
	REFUSED(EOVERFLOW, CCA_REASON_RANGE, SHARED, memory, -T_PAGE, 0);
	REFUSED(EOVERFLOW, CCA_REASON_RANGE, SHARED, (void *)-T_PAGE, 2 * T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, half - T_PAGE, memory, T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, half - T_PAGE, memory, 2 * T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, H_RAM, memory, T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, top - T_PAGE, memory, 2 * T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, top, memory, T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_RANGE, 1UL << 52, memory, T_PAGE, 0);
	REFUSED(EINVAL, CCA_REASON_FLAGS, SHARED, memory, T_PAGE, CCA_MEM_F_RIPAS_EXIT);
	REFUSED(EINVAL, CCA_REASON_FLAGS, SHARED, memory, T_PAGE, 1U << 31);
	/* More than the machine has, let alone the caller. */
	REFUSED(ENOMEM, CCA_REASON_NO_MEMORY, half, NULL, half, 0);

	/* The first and the last page that there are. */
	share(half, memory, T_PAGE, 0);
	share(top - T_PAGE, memory, T_PAGE, 0);
	p_store_at(&guest, half, VALUE);
	T_EQ(p_load_at(&guest, top - T_PAGE), VALUE);

	share(SHARED, memory, 4 * T_PAGE, 0);
	REFUSED(EEXIST, CCA_REASON_OVERLAP, SHARED, memory, 4 * T_PAGE, 0);
	REFUSED(EEXIST, CCA_REASON_OVERLAP, SHARED + 3 * T_PAGE, memory, T_PAGE, 0);
	REFUSED(EEXIST, CCA_REASON_OVERLAP, SHARED - T_PAGE, memory, 2 * T_PAGE, 0);
	share(SHARED + 4 * T_PAGE, memory, T_PAGE, 0);
	share(SHARED - T_PAGE, memory, T_PAGE, 0);
	T_EQ(pinned_kib(), 8 * 4);

	/* What belongs to the other kind. */
	arg.memory = -1;
	arg.ipa = 0x10000000;
	arg.length = T_PAGE;
	arg.flags = CCA_MEM_F_READONLY;
	t_err(EINVAL, CCA_REASON_FLAGS, guest.realm, CCA_MEM_ADD, &arg);
	arg.flags = 0;
	arg.source = (uintptr_t)memory;
	t_err(EINVAL, CCA_REASON_RESERVED, guest.realm, CCA_MEM_ADD, &arg);
	arg.flags = CCA_MEM_F_SHARED;
	arg.memory = guest.dev;
	t_err(EINVAL, CCA_REASON_FD, guest.realm, CCA_MEM_ADD, &arg);
}

TEST(only_a_whole_shared_region_is_taken_away)
{
	struct cca_mem_remove arg = { .ipa = SHARED, .length = T_PAGE };
	void *memory = anonymous(2 * T_PAGE);

	p_start(&guest, RAM);
	t_err(ENOENT, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
	share(SHARED, memory, 2 * T_PAGE, 0);
	t_err(EINVAL, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
	arg.ipa = SHARED + T_PAGE;
	t_err(ENOENT, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
	arg.ipa = H_RAM;
	arg.length = RAM;
	t_err(EINVAL, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
	arg.ipa = -T_PAGE;
	t_err(ENOENT, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
	take_back(SHARED, 2 * T_PAGE);
	arg.ipa = SHARED;
	arg.length = 2 * T_PAGE;
	t_err(ENOENT, CCA_REASON_RANGE, guest.realm, CCA_MEM_REMOVE, &arg);
}

/* --------------------------------------------------------------------- states */

TEST(memory_is_taken_back_in_every_state)
{
	struct cca_realm_op op = { 0 };
	struct cca_mem_remove arg = { .ipa = SHARED, .length = T_PAGE };
	void *memory = anonymous(T_PAGE);

	p_load(&guest, RAM);
	share(SHARED, memory, T_PAGE, 0);
	take_back(SHARED, T_PAGE);
	share(SHARED, memory, T_PAGE, 0);
	share(SHARED + T_BLOCK, memory, T_PAGE, 0);
	p_activate(&guest);
	p_store_at(&guest, SHARED, VALUE);
	p_store_at(&guest, SHARED + T_BLOCK, VALUE);
	t_ok(guest.realm, CCA_TERMINATE, &op);
	REFUSED(ESTALE, CCA_REASON_TERMINATED, SHARED + T_PAGE, memory, T_PAGE, 0);
	take_back(SHARED, T_PAGE);
	T_EQ(pinned_kib(), 4);
	t_ok(guest.realm, CCA_DESTROY, &op);
	T_EQ(pinned_kib(), 0);
	T_EQ(info().out_shared, 0);
	arg.ipa = SHARED + T_BLOCK;
	t_err(ESTALE, T_ANY, guest.realm, CCA_MEM_REMOVE, &arg);
	REFUSED(ESTALE, CCA_REASON_TERMINATED, SHARED, memory, T_PAGE, 0);
}

TEST(R32_a_realm_that_shares_much_goes_at_once)
{
	void *memory = anonymous(3 * T_BLOCK + 5 * T_PAGE), *blocks = huge(4 * T_BLOCK);
	struct cca_realm_op op = { 0 };

	p_start(&guest, RAM);
	share(SHARED + T_PAGE, memory, 3 * T_BLOCK + 5 * T_PAGE, 0);
	share(SHARED + 16 * T_BLOCK, blocks, 4 * T_BLOCK, 0);
	exchange(SHARED + T_PAGE, memory, 3 * T_BLOCK + 5 * T_PAGE);
	exchange(SHARED + 16 * T_BLOCK, blocks, 4 * T_BLOCK);
	t_ok(guest.realm, CCA_DESTROY, &op);
	t_note("%llu calls", (unsigned long long)op.out.rmi_calls);
	T_EQ(pinned_kib(), 0);
	T_EQ(info().out_granules, 0);
	munmap(blocks, 4 * T_BLOCK);
	no_huge();
}

/* ------------------------------------------------------------ while a REC runs */

/* Where nothing is, the counter is 0 and what is written is lost. */
static void *run_thread(void *exits)
{
	for (;;) {
		T_EQ(h_run(&guest), 0);
		if (guest.run->exit_reason == CCA_EXIT_HOST_CALL)
			return NULL;
		T_EQ(guest.run->exit_reason, CCA_EXIT_MMIO);
		guest.run->mmio.data = 0;
		++*(unsigned long *)exits;
	}
}

TEST_SECONDS(memory_comes_and_goes_while_the_realm_uses_it, 60)
{
	volatile uint64_t *memory = anonymous(T_PAGE);
	unsigned int i, rounds = 200, seen = 0;
	unsigned long exits = 0;
	uint64_t before, end;
	pthread_t thread;

	p_start(&guest, RAM);
	p_order(&guest, P_COUNT, SHARED, 0, 0, 0);
	T_EQ(pthread_create(&thread, NULL, run_thread, &exits), 0);
	for (i = 0; i < rounds; i++) {
		share(SHARED, (void *)memory, T_PAGE, 0);
		before = memory[1];
		end = t_now_us() + 1000;
		while (memory[1] == before && t_now_us() < end)
			;
		take_back(SHARED, T_PAGE);
		/* Nobody writes there any more, from this moment on. */
		before = memory[1];
		t_sleep_us(200);
		T_EQ(memory[1], before);
		seen += before != 0;
	}
	memory[0] = 1;
	share(SHARED, (void *)memory, T_PAGE, 0);
	pthread_join(thread, NULL);
	T_EQ(guest.run->exit_reason, CCA_EXIT_HOST_CALL);
	t_note("%u of %u rounds saw the realm write, %lu exits", seen, rounds, exits);
	T_ASSERT(seen);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
