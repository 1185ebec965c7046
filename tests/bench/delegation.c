// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to delegate a gigabyte, and to take it back: RMI calls, and
 * instructions of the host's kernel (see instructions.c for how those are
 * counted).
 *
 * Beside it, in the same run, a test module does what cannot be left out: it
 * allocates as many pages in the same blocks, and frees them; and it moves them
 * with one bare call for each page. The module's own instructions are what is
 * left when the allocation, and on `july` the bare calls too, are taken away.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../kmod/pages.h"
#include "../uapi/host.h"
#include "counter.h"

#define PAGES_MODULE	"/lib/modules/pages.ko"
#define POOL_MAX	"/sys/module/cca/parameters/pool_max"
#define ARENAS		"/sys/kernel/debug/cca/arenas"
#define GIB		(1UL << 30)
#define BLOCK_BYTES	(4UL << 20)

static int dev, pages;
static uint64_t length, began;

static void begin(void)
{
	began = counter_read();
}

static uint64_t end(void)
{
	return counter_read() - began;
}

/* ------------------------------------------------------------- delegation */

/* Stretches of memory that the kernel gave: arenas that touch are one. */
static unsigned int stretches(void)
{
	FILE *file = fopen(ARENAS, "r");
	unsigned int found = 0;
	char line[200];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file))
		found += strstr(line, " guard memory ") != NULL;
	fclose(file);
	return found;
}

struct work {
	uint64_t instructions, calls;
};

static double per_page(uint64_t instructions)
{
	return (double)instructions * T_PAGE / length;
}

static uint64_t per_gib(uint64_t n)
{
	return n * (GIB >> 20) / (length >> 20);
}

static void row(const char *what, struct work work)
{
	t_note("%-44s %14llu %10.1f %12llu", what,
	       (unsigned long long)per_gib(work.instructions), per_page(work.instructions),
	       (unsigned long long)per_gib(work.calls));
}

static void target(const char *what, double is, double limit, bool inclusive)
{
	t_note("%-44s %14.1f, wanted %s %.0f: %s", what, is, inclusive ? "at most" : "under", limit,
	       (inclusive ? is <= limit : is < limit) ? "met" : "NOT MET");
}

static struct work bare(unsigned int command, unsigned long argument)
{
	struct work work;
	int result;

	begin();
	result = ioctl(pages, command, argument);
	work.instructions = end();
	T_ASSERT(result >= 0);
	work.calls = result;
	return work;
}

static struct work grow(int memory)
{
	struct cca_memory_resize resize = { .size = sizeof(resize), .length = length };
	struct work work;

	begin();
	T_EQ(t_ioctl(memory, CCA_MEMORY_GROW, &resize), 0);
	work.instructions = end();
	work.calls = resize.out.rmi_calls;
	return work;
}

static struct work shrink(int memory)
{
	struct cca_memory_resize resize = { .size = sizeof(resize), .length = length };
	struct work work;

	begin();
	T_EQ(t_ioctl(memory, CCA_MEMORY_SHRINK, &resize), 0);
	work.instructions = end();
	work.calls = resize.out.rmi_calls;
	return work;
}

static struct work less(struct work all, struct work part)
{
	return (struct work){ all.instructions - part.instructions, all.calls - part.calls };
}

TEST_SECONDS(delegation_by_the_gigabyte, 550)
{
	struct work out, back, alloc, release, bare_out, bare_back, own;
	unsigned int runs;
	bool july;
	int memory;

	dev = t_open();
	counter_open();
	july = h_info(dev).out_profile == CCA_PROFILE_JULY;
	/* One call for each page takes its time: an eighth of it will do. */
	length = july ? GIB / 8 : GIB;
	T_EQ(t_insmod(PAGES_MODULE, ""), 0);
	pages = open("/dev/cca_pages", O_RDWR | O_CLOEXEC);
	T_ASSERT(pages >= 0);

	/* Once for the tracking of this memory, which then stays; not counted. */
	memory = h_memory(dev, T_PAGE, T_PAGE);
	grow(memory);
	shrink(memory);
	runs = stretches();
	out = grow(memory);
	runs = stretches() - runs;
	back = shrink(memory);
	alloc = bare(PAGES_ALLOC, length / BLOCK_BYTES);
	alloc.calls = 0;
	bare_out = bare(PAGES_DELEGATE, 0);
	bare_back = bare(PAGES_UNDELEGATE, 0);
	release = bare(PAGES_FREE, 0);
	close(memory);
	close(pages);
	T_EQ(t_rmmod("pages"), 0);

	t_note("%llu MiB on %s, as for 1 GiB", (unsigned long long)length >> 20,
	       july ? "july" : "bet3");
	t_note("%-44s %14s %10s %12s", "", "instructions", "per 4 KiB", "RMI calls");
	row("delegate (grow a memory)", out);
	row("  of that the page allocator", alloc);
	row("delegate, one bare call for each page", bare_out);
	row("undelegate (shrink a memory)", back);
	row("  of that the page allocator", release);
	row("undelegate, one bare call for each page", bare_back);
	own = less(out, alloc);
	row("delegate: the module's own", own);
	row("undelegate: the module's own", less(back, release));
	if (july) {
		const double floor = (double)length / T_PAGE;

		t_note("the RMM wants one call for each 4 KiB: %llu calls",
		       (unsigned long long)per_gib(length / T_PAGE));
		target("delegate calls above the floor", out.calls - floor, 0, true);
		target("undelegate calls above the floor", back.calls - floor, 0, true);
		target("module instructions per 4 KiB delegated", per_page(own.instructions), 300, false);
	} else {
		t_note("the kernel gave this memory in %u stretches, and each wants a call", runs);
		target("delegate calls, had it been one stretch", out.calls - runs + 1, 4, true);
		target("undelegate calls, had it been one stretch", back.calls - runs + 1, 4, true);
		target("module instructions per 4 KiB delegated", per_page(own.instructions), 10, false);
	}
	T_ASSERT(out.calls && back.calls);
}

/* ------------------------------------------------------------------ the pool */

static void pool_max(const char *granules)
{
	int fd = open(POOL_MAX, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		t_skip("no parameter pool_max");
	T_EQ(write(fd, granules, strlen(granules)), (ssize_t)strlen(granules));
	close(fd);
}

static void life(const char *what)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS };
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE, .pc = H_RAM };
	struct work realm, one;

	t_note("%s: %llu granules in the pool", what,
	       (unsigned long long)h_info(dev).out_ledger.pool);
	create.size = sizeof(create);
	rec.size = sizeof(rec);
	begin();
	T_EQ(t_ioctl(dev, CCA_REALM_CREATE, &create), 0);
	realm = (struct work){ end(), create.out.rmi_calls };
	begin();
	T_EQ(t_ioctl(create.out_fd, CCA_REC_CREATE, &rec), 0);
	one = (struct work){ end(), rec.out.rmi_calls };
	t_note("  %-30s %12llu instructions %6llu RMI calls", "CCA_REALM_CREATE",
	       (unsigned long long)realm.instructions, (unsigned long long)realm.calls);
	t_note("  %-30s %12llu instructions %6llu RMI calls", "CCA_REC_CREATE",
	       (unsigned long long)one.instructions, (unsigned long long)one.calls);
	close(rec.out_fd);
	close(create.out_fd);
}

TEST_SECONDS(the_pool_and_the_first_REC, 60)
{
	dev = t_open();
	counter_open();
	pool_max("0");
	life("without a pool");
	life("again without a pool");
	pool_max("512");
	life("with a pool that is empty");
	life("with a pool that a realm has filled");
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
