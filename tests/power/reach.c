// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody trips over pages of the realm world (R13): not those who walk over all
 * of memory, and not those who read a few bytes beyond the end of their own.
 *
 * The kernel compares names eight bytes at a time. A long path ends at the end
 * of the page that it was copied to, and if the next page is delegated, stat()
 * by anybody is an oops: seen on all kernels, with pages that have no guard.
 * So every page before a delegated one must be the module's own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crowd.h"
#include "pages.h"

#define NOBODY		65534
#define PATHS		4	/* processes that call stat() */
#define SECONDS		5

/* Every delegated page is in an arena, and so is the one before it. */
static size_t all_are_guarded(void)
{
	struct p_set arenas = p_arenas(), offline = p_offline();
	size_t i, runs = 0;

	for (i = 0; i < offline.count; i++) {
		uint64_t pfn = offline.pfn[i];

		if (!p_has(&arenas, pfn))
			t_fail(__FILE__, __LINE__, "page 0x%llx is marked and not the module's",
			       (unsigned long long)pfn);
		if (i && offline.pfn[i - 1] == pfn - 1)
			continue;
		runs++;
		if (!p_has(&arenas, pfn - 1))
			t_fail(__FILE__, __LINE__, "the page before 0x%llx is somebody's",
			       (unsigned long long)pfn);
	}
	free(arenas.pfn);
	free(offline.pfn);
	return runs;
}

TEST_SECONDS(R13_the_page_before_every_delegated_one_is_the_modules, 60)
{
	static struct crowd crowd;

	crowd_gather(&crowd);
	T_ASSERT(all_are_guarded());
	h_close(&crowd.fresh);
	h_close(&crowd.grown);
	close(crowd.pages);
	T_ASSERT(all_are_guarded());
	close(crowd.backing);
	close(crowd.blocks);
	T_ASSERT(all_are_guarded());
}

/* All free memory in single pages: every other one of this process goes back. */
static void fragment(void)
{
	uint64_t size = p_meminfo("MemFree") * 6 / 10 & -T_PAGE, at;
	char *memory = h_buffer(size, 3);

	for (at = 0; at < size; at += 2 * T_PAGE)
		T_EQ(munmap(memory + at, T_PAGE), 0);
}

/* Where arenas are small, and one stands beside the other. */
TEST_SECONDS(R13_the_same_where_memory_is_in_pieces, 120)
{
	int dev = t_open(), fd[16];
	size_t i, runs = 0;

	fragment();
	for (i = 0; i < T_ARRAY_SIZE(fd); i++) {
		fd[i] = h_memory(dev, (1 + i * 37) * T_PAGE, T_PAGE);
		runs += all_are_guarded();
	}
	/* Gaps, and pools that leave their guards to others. */
	for (i = 0; i < T_ARRAY_SIZE(fd); i += 2) {
		close(fd[i]);
		runs += all_are_guarded();
	}
	for (i = 0; i < T_ARRAY_SIZE(fd); i += 2) {
		fd[i] = h_memory(dev, (1 + i * 11) * T_PAGE, T_PAGE);
		runs += all_are_guarded();
	}
	t_note("%zu runs", runs);
}

/* ------------------------------------------------------------ all of memory */

TEST_SECONDS(R13_those_who_walk_over_all_memory_come_through, 120)
{
	static struct crowd crowd;
	const uint64_t ram = p_meminfo("MemTotal");
	char *merge, page[16];
	struct p_set offline;
	struct p_core core;
	int fd, i;

	crowd_gather(&crowd);
	/* When an object goes, the module keeps less in stock: not later then. */
	close(h_memory(crowd.dev, T_BLOCK, T_BLOCK));
	offline = p_offline();
	T_ASSERT(offline.count > CROWD_PAGES);

	/* /dev/mem: one that is delegated, and its neighbours. */
	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	T_ASSERT(fd >= 0);
	for (i = -1; i < 2; i++) {
		off_t at = (offline.pfn[0] + i) * T_PAGE;

		T_EQ(pread(fd, page, sizeof(page), at), -1);
		T_ASSERT(mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, fd, at) == MAP_FAILED);
	}
	close(fd);

	T_EQ(p_write("/proc/sys/vm/compact_memory", "1"), 0);
	T_EQ(p_write("/proc/sys/vm/drop_caches", "3"), 0);

	merge = h_buffer(8 * T_BLOCK, 0);
	memset(merge, 7, 8 * T_BLOCK);
	T_EQ(madvise(merge, 8 * T_BLOCK, MADV_MERGEABLE), 0);
	T_EQ(p_write("/sys/kernel/mm/ksm/pages_to_scan", "5000"), 0);
	T_EQ(p_write("/sys/kernel/mm/ksm/run", "1"), 0);
	t_sleep_us(1000000);
	T_EQ(p_write("/sys/kernel/mm/ksm/run", "2"), 0);

	/* All of kcore, twice, while pages come and go. */
	for (i = 0; i < 2; i++) {
		int memory = h_memory(crowd.dev, 8 * T_BLOCK, T_BLOCK);

		if (!fork()) {
			close(memory);
			t_sleep_us(100000);
			_exit(0);
		}
		close(memory);
		core = p_read_core("/proc/kcore", &offline);
		T_ASSERT(core.bytes >= ram);
		T_ASSERT(core.full);
		/* The image of the kernel is there twice. */
		T_ASSERT(core.in_set >= offline.count);
		T_EQ(core.in_set_full, 0);
		wait(NULL);
	}
	T_EQ(p_offline().count >= offline.count, 1);
}

/* -------------------------------------------------------------- long paths */

/* As anybody: the path ends with the last byte of its buffer. */
static void look_up(void)
{
	static char path[PATH_MAX];
	struct stat stat_;
	size_t at;

	T_EQ(setgid(NOBODY) | setuid(NOBODY), 0);
	for (at = 0; at + 6 < PATH_MAX; at += 2)
		memcpy(path + at, "./", 2);
	memset(path + at, 'x', PATH_MAX - 1 - at);
	T_EQ(strlen(path), PATH_MAX - 1);
	for (;;) {
		if (!stat(path, &stat_) || errno != ENOENT)
			t_fail(__FILE__, __LINE__, "stat: %s", strerror(errno));
	}
}

/* Memory comes and goes, and so the buffers wander. */
static void press(void)
{
	for (;;) {
		uint64_t size = p_meminfo("MemFree") / 3 & -T_PAGE;
		char *memory = h_buffer(size, 1);

		munmap(memory, size);
	}
}

static pid_t start(void (*what)(void))
{
	pid_t child = fork();

	if (child)
		return child;
	what();
	_exit(1);
}

TEST_SECONDS(R13_anybody_may_stat_a_long_path, 60)
{
	const uint64_t end = t_now_us() + SECONDS * 1000000UL;
	unsigned int rounds = 0, i;
	pid_t child[PATHS + 1];
	int fd[16] = { 0 };
	int dev = t_open();

	for (i = 0; i < PATHS; i++)
		child[i] = start(look_up);
	child[PATHS] = start(press);
	for (i = 0; t_now_us() < end; i = (i + 5) % T_ARRAY_SIZE(fd)) {
		if (fd[i])
			close(fd[i]);
		fd[i] = h_memory(dev, (1 + rounds % 97) * T_PAGE, T_PAGE);
		rounds++;
	}
	t_note("%u times pages were delegated", rounds);
	/* All of them still at it. */
	for (i = 0; i <= PATHS; i++) {
		T_EQ(waitpid(child[i], NULL, WNOHANG), 0);
		/* What it holds of the device must be gone when the module leaves. */
		kill(child[i], SIGKILL);
		T_EQ(waitpid(child[i], NULL, 0), child[i]);
	}
	T_ASSERT(rounds > 2);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
