// SPDX-License-Identifier: GPL-2.0-only
/* Faults on demand. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define KMEMLEAK	DEBUGFS "kmemleak"
#define MODULES_SIZE	(2UL << 30)	/* below the kernel, on arm64 */
#define SWEEP_MAX	3000

static unsigned int left;	/* until one fails */
static bool fired;

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		t_fail(__FILE__, __LINE__, "%s: cannot write \"%s\": %s", path, text,
		       strerror(errno));
	close(fd);
}

static void write_option(const char *kind, const char *option, const char *value)
{
	char path[100];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", kind, option);
	write_text(path, value);
}

/* Where the kernel begins: modules lie below. */
static uint64_t kernel_text(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	unsigned long long address, text = 0;
	char line[300], name[200];

	T_ASSERT(symbols);
	while (!text && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%llx %*c %199s", &address, name) == 2 &&
		    !strcmp(name, "_text"))
			text = address;
	}
	fclose(symbols);
	T_ASSERT(text);
	return text;
}

void f_setup(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	const uint64_t text = kernel_text();
	char start[30], end[30];
	unsigned int i;

	snprintf(start, sizeof(start), "0x%llx", (unsigned long long)(text - MODULES_SIZE));
	snprintf(end, sizeof(end), "0x%llx", (unsigned long long)text);
	for (i = 0; i < T_ARRAY_SIZE(kinds); i++) {
		write_option(kinds[i], "verbose", "0");
		write_option(kinds[i], "require-start", start);
		write_option(kinds[i], "require-end", end);
	}
	write_option("failslab", "ignore-gfp-wait", "N");
	write_option("fail_page_alloc", "ignore-gfp-wait", "N");
	write_option("fail_page_alloc", "min-order", "0");
}

/* ------------------------------------------------------------------- one fault */

static void set(unsigned int n)
{
	char text[20];

	snprintf(text, sizeof(text), "%u", n);
	write_text(FAIL_NTH, text);
}

void f_plan(unsigned int n)
{
	left = n;
	fired = false;
}

void f_begin(void)
{
	if (left)
		set(left);
}

void f_end(void)
{
	char text[20] = "";
	int saved = errno, fd;

	if (!left)
		return;
	fd = open(FAIL_NTH, O_RDONLY | O_CLOEXEC);
	T_ASSERT(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	left = strtoul(text, NULL, 10);
	fired = !left;
	if (left)
		set(0);
	errno = saved;
}

bool f_fired(void)
{
	return fired;
}

int f_ioctl_at(const char *what, int fd, unsigned long command, void *argument,
	       const struct cca_outcome *out)
{
	const bool before = fired;
	int result;

	f_begin();
	result = t_ioctl(fd, command, argument);
	f_end();
	if (!result)
		return 0;
	if (fired && !before && result == -EFAULT)
		return result;
	if (fired && !before && result == -ENOMEM &&
	    (!out || !out->reason || out->reason == CCA_REASON_NO_MEMORY))
		return result;
	t_fail(__FILE__, __LINE__,
	       "%s gave %s with%s a fault, reason %u, fid 0x%x, status 0x%llx", what,
	       strerror(-result), fired && !before ? "" : "out", out ? out->reason : 0,
	       out ? out->rmi_fid : 0, out ? (unsigned long long)out->rmi_status : 0);
}

/* ------------------------------------------------------------------ all of them */

unsigned int f_sweep(bool (*sequence)(void))
{
	const unsigned int files = t_open_files();
	struct cca_info info;
	unsigned int n;
	int watch;
	bool done;

	f_setup();
	for (n = 1; n < SWEEP_MAX; n++) {
		f_plan(n);
		done = sequence();
		if (!fired && !done)
			t_fail(__FILE__, __LINE__, "it stopped without a fault");
		T_EQ(t_open_files(), files);
		watch = t_open();
		if (!t_idle(watch, &info)) {
			t_ledger_note(&info);
			t_fail(__FILE__, __LINE__, "the ledger after fault %u", n);
		}
		close(watch);
		if (!fired)
			break;
		/* For whoever wonders whether it gets anywhere. */
		if (n % 25 == 0)
			t_note("%u faults so far", n);
	}
	T_ASSERT(n < SWEEP_MAX);
	/* None at all: then nothing was tried. */
	T_ASSERT(n > 1);
	return n - 1;
}

unsigned int f_leaks(void)
{
	unsigned int leaks = 0, lines = 0;
	FILE *report;
	char line[200];

	if (access(KMEMLEAK, W_OK))
		t_skip("this kernel has no kmemleak");
	/* What is younger does not count, nor what has changed between two looks. */
	t_sleep_us(6000000);
	write_text(KMEMLEAK, "scan");
	write_text(KMEMLEAK, "scan");
	report = fopen(KMEMLEAK, "r");
	T_ASSERT(report);
	while (fgets(line, sizeof(line), report)) {
		leaks += !strncmp(line, "unreferenced object", 19);
		line[strcspn(line, "\n")] = '\0';
		if (lines++ < 60)
			t_note("%s", line);
	}
	fclose(report);
	return leaks;
}
