// SPDX-License-Identifier: GPL-2.0-only
/* The harness: processes, time limits, TAP, and the ledger between tests. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define MAX_TESTS	128
#define STATUS_FAILED	1
#define STATUS_SKIPPED	77
#define IDLE_MS		5000

static struct {
	const char *name;
	t_function function;
	unsigned int seconds;
} tests[MAX_TESTS];

static unsigned int count, number, failures;
static int report = STDOUT_FILENO;
static uint64_t leaked_before;

void t_register(const char *name, t_function function, unsigned int seconds)
{
	if (count == MAX_TESTS)
		abort();
	tests[count].name = name;
	tests[count].function = function;
	tests[count++].seconds = seconds;
}

/* One write per line: tests have threads and children. */
static void say(const char *format, va_list args)
{
	char text[600] = "# ";
	int length = vsnprintf(text + 2, sizeof(text) - 3, format, args) + 2;

	if (length > (int)sizeof(text) - 2)
		length = sizeof(text) - 2;
	text[length++] = '\n';
	if (write(report, text, length) < 0)
		return;
}

void t_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

_Noreturn void t_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	t_note("%s:%d", file, line);
	va_start(args, format);
	say(format, args);
	va_end(args);
	_exit(STATUS_FAILED);
}

_Noreturn void t_skip(const char *why)
{
	t_note("skip: %s", why);
	_exit(STATUS_SKIPPED);
}

/* ------------------------------------------------------------------ ioctls */

int t_ioctl(int fd, unsigned long command, void *argument)
{
	int result = ioctl(fd, command, argument);

	if (result > 0)
		t_fail(__FILE__, __LINE__, "ioctl 0x%lx returned %d", command, result);
	return result ? -errno : 0;
}

int t_try_at(const char *file, int line, const char *what, int fd,
	     unsigned long command, void *argument, int want, int want_reason,
	     const struct cca_outcome *out)
{
	int result = t_ioctl(fd, command, argument);

	if (-result == want &&
	    (!out || want_reason == T_ANY || (int)out->reason == want_reason))
		return result;
	if (out)
		t_note("reason %u, %llu RMI calls, fid 0x%x, status 0x%llx, data 0x%llx",
		       out->reason, (unsigned long long)out->rmi_calls, out->rmi_fid,
		       (unsigned long long)out->rmi_status,
		       (unsigned long long)out->rmi_data);
	t_fail(file, line, "%s gave %d (%s), not %d, reason %d", what, -result,
	       strerror(-result), want, want_reason);
}

/* -------------------------------------------------------- machine, module */

int t_open(void)
{
	int fd = open(T_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		t_fail(__FILE__, __LINE__, "%s: %s", T_DEVICE, strerror(errno));
	return fd;
}

int t_insmod(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	result = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return result;
}

int t_rmmod(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

const char *t_env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

bool t_firmware_is_ours(void)
{
	return !strcmp(t_env("FIRMWARE", "ours"), "ours");
}

/* How much longer than on others things may take on this kernel. */
unsigned int t_slow(void)
{
	return atoi(t_env("SLOW", "1"));
}

/* Bits of /proc/kpageflags. */
#define KPF_OFFLINE		(1UL << 23)
#define KPF_OTHERS		(1UL << 5  /* LRU */ | 1UL << 7  /* SLAB */ | \
				 1UL << 10 /* BUDDY */ | 1UL << 11 /* MMAP */ | \
				 1UL << 12 /* ANON */ | 1UL << 15 /* COMPOUND_HEAD */ | \
				 1UL << 16 /* COMPOUND_TAIL */ | 1UL << 26 /* PGTABLE */)

static uint64_t ram_pages(FILE *iomem, uint64_t *first)
{
	unsigned long long start, end;
	char line[200];

	while (fgets(line, sizeof(line), iomem)) {
		if (line[0] == ' ' || !strstr(line, "System RAM"))
			continue;
		if (sscanf(line, "%llx-%llx", &start, &end) != 2)
			continue;
		*first = start / T_PAGE;
		return (end + 1 - start) / T_PAGE;
	}
	return 0;
}

/* Show the flags of each page of RAM to somebody, in order. */
static void each_page(void (*visit)(uint64_t pfn, uint64_t flags))
{
	static uint64_t flags[8192];
	FILE *iomem = fopen("/proc/iomem", "r");
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t pfn, pages;
	ssize_t got, i;

	if (!iomem || fd < 0)
		t_fail(__FILE__, __LINE__, "no /proc/iomem or /proc/kpageflags");
	while ((pages = ram_pages(iomem, &pfn))) {
		while (pages) {
			got = pages < 8192 ? pages : 8192;
			got = pread(fd, flags, got * 8, pfn * 8) / 8;
			if (got <= 0)
				break;
			for (i = 0; i < got; i++)
				visit(pfn + i, flags[i]);
			pfn += got;
			pages -= got;
		}
	}
	fclose(iomem);
	close(fd);
}

static struct {
	uint64_t offline;
	uint64_t run, block;		/* whole 2 MiB */
	uint64_t before, unguarded;	/* flags of the page before */
	uint64_t unit, stretches;	/* pages */
} walk;

static void look_at_page(uint64_t pfn, uint64_t flags)
{
	if (pfn % 512 == 0)
		walk.run = 0;
	if (flags & KPF_OFFLINE) {
		walk.offline++;
		if (++walk.run == 512 && !walk.block)
			walk.block = pfn - 511;
		walk.unguarded += !!(walk.before & KPF_OTHERS);
		walk.stretches += !(walk.before & KPF_OFFLINE) ||
				  (walk.unit && pfn % walk.unit == 0);
	}
	walk.before = flags;
}

static void look_at_pages(uint64_t unit)
{
	memset(&walk, 0, sizeof(walk));
	walk.unit = unit;
	each_page(look_at_page);
}

uint64_t t_offline_pages(uint64_t *block)
{
	look_at_pages(0);
	if (block)
		*block = walk.block;
	return walk.offline;
}

uint64_t t_unguarded_runs(void)
{
	look_at_pages(0);
	return walk.unguarded;
}

uint64_t t_offline_stretches(uint64_t unit)
{
	look_at_pages(unit / T_PAGE);
	return walk.stretches;
}

void t_sleep_us(unsigned int us)
{
	struct timespec wait = { us / 1000000, us % 1000000 * 1000L };

	nanosleep(&wait, NULL);
}

uint64_t t_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

unsigned int t_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int files = 0;

	while (dir && readdir(dir))
		files++;
	if (dir)
		closedir(dir);
	return files;
}

/* ------------------------------------------------------------------ ledger */

static bool idle_now(int dev, struct cca_info *info)
{
	const struct cca_ledger *ledger = &info->out_ledger;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	if (ioctl(dev, CCA_INFO, info))
		return false;
	return !info->out_realms && !info->out_memories && !ledger->in_use &&
	       !ledger->reserved && ledger->delegated == ledger->pool &&
	       ledger->leaked == leaked_before && info->out_pinned == info->out_pinned_lost;
}

bool t_idle(int dev, struct cca_info *info)
{
	uint64_t end = t_now_us() + IDLE_MS * 1000 * t_slow();

	while (!idle_now(dev, info)) {
		if (t_now_us() > end)
			return false;
		t_sleep_us(2000);
	}
	return true;
}

void t_ledger_note(const struct cca_info *info)
{
	const struct cca_ledger *ledger = &info->out_ledger;

	t_note("%u realms, %u memories; held %llu host %llu lent %llu delegated %llu pool %llu reserved %llu in_use %llu leaked %llu; pinned %llu, lost %llu",
	       info->out_realms, info->out_memories,
	       (unsigned long long)ledger->held, (unsigned long long)ledger->host,
	       (unsigned long long)ledger->lent,
	       (unsigned long long)ledger->delegated,
	       (unsigned long long)ledger->pool,
	       (unsigned long long)ledger->reserved,
	       (unsigned long long)ledger->in_use,
	       (unsigned long long)ledger->leaked, (unsigned long long)info->out_pinned,
	       (unsigned long long)info->out_pinned_lost);
}

/* ----------------------------------------------------------------- running */

static void result(bool good, const char *name, const char *comment)
{
	printf("%sok %u - %s%s\n", good ? "" : "not ", ++number, name, comment);
	fflush(stdout);
	failures += !good;
}

static void in_child(t_function function, int out)
{
	report = out;
	/* Children and threads of the test die with it: see run_one(). */
	setpgid(0, 0);
	function();
	_exit(0);
}

/* Copy what the test says until it is over; false if its time is. */
static bool listen_to(int from, unsigned int seconds)
{
	uint64_t end = t_now_us() + seconds * 1000000ULL;
	struct pollfd poller = { .fd = from, .events = POLLIN };
	char text[1024];
	ssize_t got;
	int64_t left;

	for (;;) {
		left = (int64_t)(end - t_now_us()) / 1000;
		if (left <= 0 || poll(&poller, 1, left) <= 0)
			return false;
		got = read(from, text, sizeof(text));
		if (got <= 0)
			return true;
		fwrite(text, 1, got, stdout);
	}
}

/* A process that sits in the kernel for ever does not even die. */
static bool reap(pid_t child, int *status)
{
	uint64_t end = t_now_us() + 10000000 * t_slow();

	while (waitpid(child, status, WNOHANG) != child) {
		if (t_now_us() > end) {
			printf("Bail out! a test process cannot be killed\n");
			fflush(stdout);
			_exit(1);
		}
		t_sleep_us(1000);
	}
	return WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

static void run_one(unsigned int i, int dev)
{
	struct cca_info info;
	bool good, in_time, skipped;
	int ends[2], status;
	pid_t child;

	if (pipe(ends))
		abort();
	fflush(stdout);
	child = fork();
	if (!child) {
		close(ends[0]);
		in_child(tests[i].function, ends[1]);
	}
	close(ends[1]);
	in_time = listen_to(ends[0], tests[i].seconds * t_slow());
	if (!in_time) {
		printf("# not over after %u s\n", tests[i].seconds * t_slow());
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
	}
	close(ends[0]);
	good = reap(child, &status) && in_time;
	skipped = WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIPPED;
	good |= skipped;
	kill(-child, SIGKILL);
	if (!good && WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	if (dev >= 0 && !t_idle(dev, &info)) {
		printf("# the ledger is not idle after this test\n");
		t_ledger_note(&info);
		leaked_before = info.out_ledger.leaked;
		good = false;
	}
	result(good, tests[i].name, skipped ? " # SKIP" : "");
}

int t_main(unsigned int how)
{
	const bool load = how & T_LOAD;
	int dev = -1, error;
	unsigned int i;
	uint64_t left;

	printf("TAP version 13\n1..%u\n", count + load);
	if (load) {
		error = t_insmod(T_MODULE, "");
		if (error) {
			printf("Bail out! insmod %s: %s\n", T_MODULE, strerror(-error));
			return 1;
		}
	}
	if (how & T_LEDGER)
		dev = t_open();
	for (i = 0; i < count; i++)
		run_one(i, dev);
	if (dev >= 0)
		close(dev);
	if (load) {
		error = t_rmmod("cca");
		left = t_offline_pages(NULL);
		if (error)
			printf("# rmmod: %s\n", strerror(-error));
		if (left)
			printf("# %llu pages are still marked\n", (unsigned long long)left);
		result(!error && !left,
		       "R32_the_module_leaves_and_no_page_stays_behind", "");
	}
	return failures ? 1 : 0;
}
