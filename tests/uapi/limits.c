// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits that an administrator sets: parameters of the module, which may
 * change while it runs, and what is refused because of them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"

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

/* ---------------------------------------------------------- memory cgroups */

#define GROUPS		"groups"
#define GROUP		GROUPS "/full"
#define GROUP_MAX	(48UL << 20)

static void group_write(const char *path, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	T_EQ(set(path, text), 0);
}

/* The number behind a word of a file, or the first number in it. */
static uint64_t group_read(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	unsigned long long value = 0;
	char line[100];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, word, strlen(word)) &&
		    sscanf(line + strlen(word), "%llu", &value) == 1)
			break;
	}
	fclose(file);
	return value;
}

static void group_make(void)
{
	T_ASSERT(!mkdir(GROUPS, 0755) || errno == EEXIST);
	T_ASSERT(!mount("none", GROUPS, "cgroup2", 0, NULL));
	if (set(GROUPS "/cgroup.subtree_control", "+memory"))
		t_skip("this kernel has no memory cgroups");
	T_ASSERT(!mkdir(GROUP, 0755) || errno == EEXIST);
	group_write(GROUP "/memory.max", GROUP_MAX);
}

static void group_remove(void)
{
	int tries;

	for (tries = 0; rmdir(GROUP) && tries < 500; tries++)
		t_sleep_us(10000);
	umount(GROUPS);
}

/* A process in the group that has almost all that it may have. */
static pid_t group_fill(void)
{
	const size_t page = T_PAGE;
	int ends[2];
	pid_t hog;
	char byte;
	size_t i;
	char *all;

	T_ASSERT(!pipe(ends));
	hog = fork();
	if (!hog) {
		group_write(GROUP "/cgroup.procs", getpid());
		all = mmap(NULL, GROUP_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
		T_ASSERT(all != MAP_FAILED);
		for (i = 0; i < GROUP_MAX; i += page) {
			if (i % (16 * page) == 0 &&
			    group_read(GROUP "/memory.current", "") > GROUP_MAX - (1UL << 20))
				break;
			all[i] = 1;
		}
		T_EQ(write(ends[1], "x", 1), 1);
		for (;;)
			pause();
	}
	close(ends[1]);
	T_EQ(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return hog;
}

/* In the group: what leaves the host for realms counts as its memory. */
static void is_charged(int dev)
{
	uint64_t before;
	int memory;

	group_write(GROUP "/cgroup.procs", getpid());
	before = group_read(GROUP "/memory.current", "");
	memory = h_memory(dev, 16UL << 20, T_BLOCK);
	T_ASSERT(group_read(GROUP "/memory.current", "") >= before + (15UL << 20));
	close(memory);
	T_ASSERT(group_read(GROUP "/memory.current", "") < before + (4UL << 20));
}

/* What a realm gets of the module's own pool, too; all of it goes with the realm. */
static void a_realm_is_charged(int dev)
{
	struct cca_prefault prefault = { .ipa = H_RAM, .length = 16UL << 20 };
	uint64_t before, after;
	int realm;

	group_write(GROUP "/cgroup.procs", getpid());
	before = group_read(GROUP "/memory.current", "");
	realm = h_realm(dev);
	h_mem_add(realm, H_RAM, 32UL << 20, -1);
	t_ok(realm, CCA_PREFAULT, &prefault);
	T_EQ(h_realm_info(realm).out_private, 16UL << 20);
	T_ASSERT(group_read(GROUP "/memory.current", "") >= before + (16UL << 20));
	h_populate(realm, H_RAM + (16UL << 20), h_buffer(T_BLOCK, 1), T_BLOCK);
	T_ASSERT(group_read(GROUP "/memory.current", "") >= before + (18UL << 20));
	close(realm);
	after = group_read(GROUP "/memory.current", "");
	T_ASSERT(after < before + (4UL << 20) + T_BLOCK);
}

static void gets_nothing(int dev)
{
	struct cca_delegate delegate = { .length = 64UL << 20, .block_size = T_PAGE };
	struct cca_populate populate = { .ipa = H_RAM, .length = T_BLOCK };
	struct cca_realm_create create = { .size = sizeof(create), .ipa_bits = H_IPA_BITS };
	void *pages = h_buffer(T_BLOCK, 1);
	int error;

	group_write(GROUP "/cgroup.procs", getpid());
	t_err(ENOMEM, CCA_REASON_NO_MEMORY, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
	delegate.block_size = T_BLOCK;
	t_err(ENOMEM, CCA_REASON_NO_MEMORY, dev, CCA_DELEGATE, &delegate);

	error = t_ioctl(dev, CCA_REALM_CREATE, &create);
	if (error) {
		T_EQ(error, -ENOMEM);
		T_EQ(create.out.reason, CCA_REASON_NO_MEMORY);
		return;
	}
	/* There was just enough for its descriptor. */
	h_mem_add(create.out_fd, H_RAM, 64UL << 20, -1);
	populate.source = (uintptr_t)pages;
	populate.size = sizeof(populate);
	do {
		error = t_ioctl(create.out_fd, CCA_POPULATE, &populate);
		populate.ipa += populate.out_done;
	} while (!error && populate.ipa < H_RAM + (64UL << 20));
	T_EQ(error, -ENOMEM);
	T_EQ(populate.out.reason, CCA_REASON_NO_MEMORY);
}

static void in_child(void (*what)(int dev), int dev)
{
	int status;
	pid_t child = fork();

	if (!child) {
		what(dev);
		_exit(0);
	}
	T_EQ(waitpid(child, &status, 0), child);
	T_EQ(status, 0);
}

TEST_SECONDS(R10_a_cgroup_that_is_full_gets_nothing_and_loses_nobody, 90)
{
	int dev = start(), status;
	struct cca_info info;
	pid_t hog;

	group_make();
	in_child(is_charged, dev);
	in_child(a_realm_is_charged, dev);
	hog = group_fill();
	in_child(gets_nothing, dev);
	T_EQ(waitpid(hog, &status, WNOHANG), 0);
	T_EQ(group_read(GROUP "/memory.events", "oom_kill "), 0);
	T_ASSERT(t_idle(dev, &info));
	/* Others are not concerned. */
	close(h_memory(dev, 64UL << 20, T_BLOCK));
	kill(hog, SIGKILL);
	T_EQ(waitpid(hog, &status, 0), hog);
	group_remove();
	start();
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

/*
 * Killed before the RMM has asked for the first page: a worker gives it 16 MiB,
 * and it is the dead one's cgroup that had them.
 */
TEST_SECONDS(R19_what_goes_on_behind_a_killed_process_is_its_cgroups, 90)
{
	const struct r_fault donate = { FAULT_DONATE, .arg = 8 << 2 | 1, .times = 1 };
	const struct r_fault hold = { FAULT_HOLD, .arg = 8UL << 30, .times = 1 };
	int dev, realm, status;
	struct cca_info info;
	uint64_t alone, end;
	pid_t child;

	dev = start();
	r_open();
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		t_skip("the killer needs a CPU of its own");
	group_make();
	if (access(GROUP "/memory.peak", R_OK)) {
		group_remove();
		r_close();
		t_skip("this kernel does not say how much a cgroup had at most");
	}
	realm = h_realm(dev);
	pin(0);
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REC_CREATE), 1, &donate));
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REC_CREATE), 1, &hold));
	child = fork();
	if (!child) {
		pin(1);
		group_write(GROUP "/cgroup.procs", getpid());
		h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE);
		_exit(0);
	}
	while (r_held() != SMC_RMI_NUMBER(SMC_RMI_REC_CREATE))
		t_sleep_us(100);
	alone = group_read(GROUP "/memory.peak", "");
	kill(child, SIGKILL);
	r_release();
	T_EQ(waitpid(child, &status, 0), child);
	T_EQ(status, SIGKILL);
	end = t_now_us() + 30000000;
	while (h_realm_info(realm).out_recs != 1 && t_now_us() < end)
		t_sleep_us(2000);
	T_EQ(h_realm_info(realm).out_recs, 1);
	t_note("%llu KiB before it was killed, at most %llu KiB",
	       (unsigned long long)alone >> 10,
	       (unsigned long long)group_read(GROUP "/memory.peak", "") >> 10);
	T_ASSERT(alone < 12UL << 20);
	T_ASSERT(group_read(GROUP "/memory.peak", "") >= 16UL << 20);
	close(realm);
	T_ASSERT(t_idle(dev, &info));
	r_close();
	group_remove();
	start();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
