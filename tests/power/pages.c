// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the machine, as /proc, debugfs and two test modules tell of them. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kmod/rmi_raw.h"
#include "pages.h"

#define KPF_OFFLINE	23
#define RAM_BASE	0x40000000UL	/* of this board */
#define RAM_END		(RAM_BASE + (4UL << 30))
#define HOG		(32UL << 20)
#define HOGS_MAX	256

static void add(struct p_set *set, uint64_t pfn)
{
	if (!(set->count & (set->count - 1))) {
		set->pfn = realloc(set->pfn, (set->count ? 2 * set->count : 1) * 8);
		T_ASSERT(set->pfn);
	}
	set->pfn[set->count++] = pfn;
}

static void add_offline(struct p_set *set, int fd, uint64_t pfn, uint64_t end)
{
	static uint64_t flags[8192];
	ssize_t got, i;

	while (pfn < end) {
		got = end - pfn < 8192 ? end - pfn : 8192;
		got = pread(fd, flags, got * 8, pfn * 8) / 8;
		if (got <= 0)
			return;
		for (i = 0; i < got; i++)
			if (flags[i] >> KPF_OFFLINE & 1)
				add(set, pfn + i);
		pfn += got;
	}
}

/* RAM that was plugged in stands one level deeper. */
struct p_set p_offline(void)
{
	FILE *iomem = fopen("/proc/iomem", "r");
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	unsigned long long start, end;
	struct p_set set = { 0 };
	char line[200];

	T_ASSERT(iomem && fd >= 0);
	while (fgets(line, sizeof(line), iomem)) {
		if (strstr(line, "System RAM") &&
		    sscanf(line, " %llx-%llx", &start, &end) == 2)
			add_offline(&set, fd, start / T_PAGE, (end + 1) / T_PAGE);
	}
	fclose(iomem);
	close(fd);
	return set;
}

bool p_has(const struct p_set *set, uint64_t pfn)
{
	size_t from = 0, to = set->count, at;

	while (from < to) {
		at = (from + to) / 2;
		if (set->pfn[at] == pfn)
			return true;
		if (set->pfn[at] < pfn)
			from = at + 1;
		else
			to = at;
	}
	return false;
}

void p_save(const struct p_set *set, const char *path)
{
	FILE *file = fopen(path, "w");

	T_ASSERT(file);
	T_EQ(fwrite(set->pfn, 8, set->count, file), set->count);
	T_EQ(fclose(file), 0);
}

struct p_set p_load(const char *path)
{
	FILE *file = fopen(path, "r");
	struct p_set set = { 0 };
	uint64_t pfn;

	T_ASSERT(file);
	while (fread(&pfn, 8, 1, file))
		add(&set, pfn);
	fclose(file);
	return set;
}

void p_read_all(const struct p_set *set)
{
	int result = t_insmod("/lib/modules/peek.ko", ""), fd;
	size_t i;
	char byte;

	T_ASSERT(!result || result == -EEXIST);
	fd = open("/dev/peek", O_RDONLY | O_CLOEXEC);
	T_ASSERT(fd >= 0);
	for (i = 0; i < set->count; i++)
		if (pread(fd, &byte, 1, set->pfn[i] * T_PAGE) != 1)
			t_fail(__FILE__, __LINE__, "page 0x%llx: %s",
			       (unsigned long long)set->pfn[i], strerror(errno));
	close(fd);
}

struct p_set p_arenas(void)
{
	FILE *file = fopen("/sys/kernel/debug/cca/arenas", "r");
	unsigned long long pfn, count, i;
	struct p_set set = { 0 };
	char line[200];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llu %llu", &pfn, &count) != 2)
			continue;
		for (i = 0; i < count; i++)
			add(&set, pfn + i);
	}
	fclose(file);
	return set;
}

uint64_t p_meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kib, found = 0;
	char key[64];

	T_ASSERT(file);
	while (fscanf(file, "%63[^:]: %llu%*[^\n]\n", key, &kib) == 2)
		if (!strcmp(key, name))
			found = kib;
	fclose(file);
	return found * 1024;
}

/* A process with that much memory, all of it written. */
static pid_t hog(uint64_t size)
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(h_buffer(size, 1), 0x5a, size);
	raise(SIGSTOP);
	_exit(0);
}

uint64_t p_use_memory(uint64_t but)
{
	uint64_t used = 0;
	pid_t hogs[HOGS_MAX];
	int status, count = 0, i;

	while (count < HOGS_MAX && p_meminfo("MemFree") > but + HOG) {
		hogs[count] = hog(HOG);
		T_ASSERT(hogs[count] > 0);
		T_EQ(waitpid(hogs[count], &status, WUNTRACED), hogs[count]);
		if (!WIFSTOPPED(status))
			t_fail(__FILE__, __LINE__, "after %d MiB: status 0x%x",
			       (int)(used >> 20), status);
		count++;
		used += HOG;
	}
	for (i = 0; i < count; i++) {
		kill(hogs[i], SIGKILL);
		waitpid(hogs[i], &status, 0);
	}
	return used;
}

/* One segment, page by page beside the set; how much of it there is. */
static uint64_t read_segment(int fd, const Elf64_Phdr *segment, struct p_core *core,
			     const struct p_set *set)
{
	static const char zeros[T_PAGE];
	static char buffer[1 << 20];
	uint64_t at, i;
	ssize_t got;

	for (at = 0; at < segment->p_filesz; at += got) {
		got = pread(fd, buffer, segment->p_filesz - at < sizeof(buffer) ?
			    segment->p_filesz - at : sizeof(buffer), segment->p_offset + at);
		if (got <= 0)
			t_fail(__FILE__, __LINE__, "at 0x%llx: %s",
			       (unsigned long long)(segment->p_paddr + at),
			       got ? strerror(errno) : "the end");
		for (i = 0; i + T_PAGE <= (uint64_t)got; i += T_PAGE) {
			bool in = p_has(set, (segment->p_paddr + at + i) / T_PAGE);
			bool full = memcmp(buffer + i, zeros, T_PAGE);

			core->in_set += in;
			core->in_set_full += in && full;
			core->full += full;
		}
	}
	return at;
}

struct p_core p_read_core(const char *path, const struct p_set *set)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;
	struct p_core core = { 0 };
	Elf64_Phdr segments[64];
	Elf64_Ehdr header;

	T_ASSERT(fd >= 0);
	T_EQ(pread(fd, &header, sizeof(header), 0), (ssize_t)sizeof(header));
	T_ASSERT(header.e_phnum <= T_ARRAY_SIZE(segments));
	T_EQ(pread(fd, segments, header.e_phnum * sizeof(segments[0]), header.e_phoff),
	     (ssize_t)(header.e_phnum * sizeof(segments[0])));
	for (i = 0; i < header.e_phnum; i++) {
		const Elf64_Phdr *segment = &segments[i];

		/* Others are of address space, not of memory. */
		if (segment->p_type == PT_LOAD && segment->p_paddr >= RAM_BASE &&
		    segment->p_paddr < RAM_END &&
		    segment->p_memsz <= RAM_END - segment->p_paddr)
			core.bytes += read_segment(fd, segment, &core, set);
	}
	close(fd);
	return core;
}

int p_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -errno;
	result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return result;
}

bool p_log_has(const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	bool found = false;
	ssize_t got;

	T_ASSERT(fd >= 0);
	while (!found && ((got = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		if (got <= 0)
			continue;
		record[got] = '\0';
		found = strstr(record, text);
	}
	close(fd);
	return found;
}

uint64_t p_rmi(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t out[3])
{
	struct rmi_raw_smc smc = { .x = { fid, x1, x2 } };
	int result = t_insmod("/lib/modules/rmi_raw.ko", ""), fd;

	T_ASSERT(!result || result == -EEXIST);
	fd = open("/dev/rmi_raw", O_RDWR | O_CLOEXEC);
	T_ASSERT(fd >= 0);
	T_EQ(ioctl(fd, RMI_RAW_SMC, &smc), 0);
	close(fd);
	if (out)
		memcpy(out, &smc.x[1], 3 * sizeof(*out));
	return smc.x[0];
}
