// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's own pool: what stays delegated between realms, what that is good
 * for, and how the kernel has it back when it runs short of memory.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define POOL_MAX	"/sys/module/cca/parameters/pool_max"
#define MANY		8192UL			/* granules: 32 MiB */

static int set(const char *text)
{
	int fd = open(POOL_MAX, O_WRONLY | O_CLOEXEC), error;

	T_ASSERT(fd >= 0);
	error = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return error;
}

static void keep(unsigned long granules)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu\n", granules);
	T_EQ(set(text), 0);
}

static uint64_t pool(int dev)
{
	return h_info(dev).out_ledger.pool;
}

/* A realm with so many pages, that goes again. */
static void live(int dev, uint64_t pages)
{
	void *source = h_buffer(T_BLOCK, 1);
	int realm = h_realm(dev);
	uint64_t done;

	h_mem_add(realm, H_RAM, pages * T_PAGE, -1);
	for (done = 0; done < pages; done += 512)
		h_populate(realm, H_RAM + done * T_PAGE, source, T_BLOCK);
	close(realm);
	munmap(source, T_BLOCK);
}

TEST(no_more_stays_delegated_than_the_administrator_says)
{
	int dev = t_open();

	keep(700);
	live(dev, 2048);
	T_ASSERT(pool(dev) > 0 && pool(dev) <= 700);
	/* Lowered, it is trimmed at once. */
	keep(100);
	T_ASSERT(pool(dev) <= 100);
	keep(0);
	T_EQ(pool(dev), 0);
	T_EQ(h_info(dev).out_ledger.delegated, 0);
	live(dev, 1024);
	T_EQ(h_info(dev).out_ledger.delegated, 0);
	T_EQ(t_offline_pages(NULL), 0);
}

TEST(a_number_of_granules_that_is_none_is_EINVAL_and_changes_nothing)
{
	static const char *const mistakes[] = {
		"-1", "abc", "1x", "", "\n", "4K", "1099511627777", "99999999999999999999",
	};
	int dev = t_open();
	unsigned int i;

	keep(300);
	for (i = 0; i < T_ARRAY_SIZE(mistakes); i++)
		if (*mistakes[i])
			T_EQ(set(mistakes[i]), -EINVAL);
	live(dev, 1024);
	T_ASSERT(pool(dev) > 0 && pool(dev) <= 300);
	keep(0);
}

static uint64_t calls_of_a_rec(int dev)
{
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE, .pc = H_RAM };
	int realm = h_realm(dev);

	t_ok(realm, CCA_REC_CREATE, &rec);
	close(rec.out_fd);
	close(realm);
	return rec.out.rmi_calls;
}

TEST(a_REC_takes_its_granules_from_the_pool)
{
	int dev = t_open();
	uint64_t without, with;

	keep(0);
	calls_of_a_rec(dev);
	without = calls_of_a_rec(dev);
	keep(1024);
	live(dev, 1024);
	with = calls_of_a_rec(dev);
	t_note("CCA_REC_CREATE makes %llu RMI calls, %llu with a pool",
	       (unsigned long long)without, (unsigned long long)with);
	T_ASSERT(with <= without);
	if (h_info(dev).out_profile == CCA_PROFILE_JULY)
		T_ASSERT(with + 16 <= without);
	keep(0);
}

/* Takes all memory there is, and is the first to die for it. */
static pid_t hog(void)
{
	pid_t child = fork();
	int fd;
	char *p;

	if (child)
		return child;
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (write(fd, "1000", 4) != 4)
		_exit(1);
	for (;;) {
		p = mmap(NULL, T_BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (p == MAP_FAILED)
			pause();
	}
}

/* Delegates and gives back all the time; what fails for want of memory, fails. */
static pid_t delegate(int dev)
{
	struct cca_delegate arg;
	pid_t child = fork();

	if (child)
		return child;
	for (;;) {
		arg = (struct cca_delegate){
			.size = sizeof(arg), .length = 100 * T_PAGE, .block_size = T_PAGE,
		};
		if (!t_ioctl(dev, CCA_DELEGATE, &arg))
			close(arg.out_fd);
		else if (errno != ENOMEM)
			t_fail(__FILE__, __LINE__, "CCA_DELEGATE: %s", strerror(errno));
	}
}

static int stop(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	T_EQ(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
}

TEST_SECONDS(R12_the_kernel_has_the_pool_back_when_it_runs_short_of_memory, 120)
{
	const uint64_t start = t_now_us();
	int dev = t_open();
	uint64_t before, now;
	pid_t eater, mover;

	keep(MANY);
	live(dev, MANY);
	before = pool(dev);
	T_ASSERT(before > MANY / 2);
	mover = delegate(dev);
	eater = hog();
	do {
		t_sleep_us(2000);
		now = pool(dev);
		if (waitpid(eater, NULL, WNOHANG) == eater)
			eater = hog();
	} while (now > before / 8 && t_now_us() - start < 100000000);
	t_note("%llu granules in the pool, %llu after %llu ms of hunger", (unsigned long long)before,
	       (unsigned long long)now, (unsigned long long)(t_now_us() - start) / 1000);
	stop(eater);
	T_EQ(stop(mover), 0);
	T_ASSERT(now <= before / 8);
	T_EQ(h_info(dev).out_ledger.leaked, 0);
	/* It fills again, and no page was forgotten on the way. */
	live(dev, MANY);
	T_ASSERT(pool(dev) > MANY / 2);
	T_ASSERT(t_offline_pages(NULL) >= h_info(dev).out_ledger.delegated);
	keep(0);
	T_EQ(h_info(dev).out_ledger.held, 0);
	T_EQ(t_offline_pages(NULL), 0);
}

/*
 * As the module comes: nothing stays without an object, and while one lives no
 * more than a realm and some RECs need. That too the kernel may have back.
 */
TEST_SECONDS(R12_by_default_little_is_kept_and_that_goes_back_as_well, 120)
{
	const uint64_t start = t_now_us();
	int dev = t_open(), realm;
	uint64_t before, now;
	pid_t eater;

	live(dev, 1024);
	T_EQ(h_info(dev).out_ledger.delegated, 0);
	T_EQ(h_info(dev).out_ledger.held, 0);
	realm = h_realm(dev);
	live(dev, 1024);
	before = pool(dev);
	T_ASSERT(before > 256 && before <= 512);
	eater = hog();
	do {
		t_sleep_us(2000);
		now = pool(dev);
		if (waitpid(eater, NULL, WNOHANG) == eater)
			eater = hog();
	} while (now > before / 8 && t_now_us() - start < 100000000);
	stop(eater);
	t_note("%llu granules in the pool, %llu when memory was short",
	       (unsigned long long)before, (unsigned long long)now);
	T_ASSERT(now <= before / 8);
	/* The realm is none the worse for it. */
	close(h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE));
	close(realm);
	T_EQ(h_info(dev).out_ledger.held, 0);
	T_EQ(t_offline_pages(NULL), 0);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
