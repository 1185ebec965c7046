// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is plugged in later (virtio-mem) needs no special case (R7): it is
 * delegated like all other, made trackable when it is needed, and what is
 * delegated of it cannot be taken offline. What is movable is never delegated.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "pages.h"

#define PLUGGED		0x80000000UL	/* where it comes, behind 1 GiB at 0x40000000 */
#define PLUGGED_SIZE	(512UL << 20)
#define KERNEL_SIZE	(256UL << 20)	/* of that, for the kernel; the rest is movable */
#define RAM		(16UL << 20)
#define MEMORY_BLOCKS	"/sys/devices/system/memory"

static const uint64_t first = PLUGGED / T_PAGE;
static const uint64_t end = (PLUGGED + KERNEL_SIZE) / T_PAGE;

static size_t in_plugged(const struct p_set *set)
{
	size_t i, count = 0;

	for (i = 0; i < set->count; i++)
		count += set->pfn[i] >= first && set->pfn[i] < end;
	return count;
}

static size_t plugged_offline(void)
{
	struct p_set set = p_offline();
	size_t count = in_plugged(&set);

	free(set.pfn);
	return count;
}

/* ------------------------------------------------------------ memory blocks */

static uint64_t block_bytes(void)
{
	unsigned long long size = 0;
	FILE *file = fopen(MEMORY_BLOCKS "/block_size_bytes", "r");

	T_ASSERT(file && fscanf(file, "%llx", &size) == 1 && size);
	fclose(file);
	return size;
}

static int set_state(uint64_t block, const char *state)
{
	char path[100];

	snprintf(path, sizeof(path), MEMORY_BLOCKS "/memory%llu/state",
		 (unsigned long long)block);
	return p_write(path, state);
}

static bool is_there(uint64_t block)
{
	char path[100];

	snprintf(path, sizeof(path), MEMORY_BLOCKS "/memory%llu", (unsigned long long)block);
	return !access(path, F_OK);
}

static bool is_online(uint64_t block)
{
	char path[100], state[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), MEMORY_BLOCKS "/memory%llu/state",
		 (unsigned long long)block);
	file = fopen(path, "r");
	T_ASSERT(file && fgets(state, sizeof(state), file));
	fclose(file);
	return !strcmp(state, "online\n");
}

/* The driver's modules, those that are not built in. Memory comes on its own. */
TEST_SECONDS(memory_is_plugged_in, 60)
{
	static const char * const modules[] = {
		"virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci",
		"virtio_mem",
	};
	const uint64_t size = block_bytes();
	uint64_t block;
	char path[100];
	size_t i;

	T_EQ(p_write(MEMORY_BLOCKS "/auto_online_blocks", "offline"), 0);
	for (i = 0; i < T_ARRAY_SIZE(modules); i++) {
		snprintf(path, sizeof(path), "/lib/modules/%s.ko", modules[i]);
		if (!access(path, R_OK))
			T_EQ(t_insmod(path, ""), 0);
	}
	for (block = PLUGGED / size; block < (PLUGGED + PLUGGED_SIZE) / size; block++) {
		for (i = 0; i < 100 && !is_there(block); i++)
			t_sleep_us(100000);
		T_EQ(set_state(block, block < (PLUGGED + KERNEL_SIZE) / size ?
			       "online_kernel" : "online_movable"), 0);
	}
}

/* ------------------------------------------------------------------ the rest */

static uint64_t tracking(uint64_t at)
{
	uint64_t out[3];

	T_EQ(p_rmi(SMC_RMI_GRANULE_TRACKING_GET, at, at + T_PAGE, out), RMI_SUCCESS);
	return out[1];
}

static int held[64];
static unsigned int holds;

/* Memory objects, until enough of one is where memory was plugged in. */
static int plugged_memory(int dev, uint64_t length, uint64_t block_size)
{
	size_t before, wanted = length / T_PAGE;

	while (holds < T_ARRAY_SIZE(held)) {
		before = plugged_offline();
		held[holds++] = h_memory(dev, length, block_size);
		if (plugged_offline() - before >= wanted)
			return held[holds - 1];
	}
	t_fail(__FILE__, __LINE__, "nothing of it was delegated");
}

static void give_all_back(void)
{
	while (holds)
		close(held[--holds]);
}

TEST_SECONDS(R07_plugged_memory_is_delegated_like_all_other, 120)
{
	const uint64_t was = tracking(PLUGGED);
	int dev = t_open(), memory;
	struct h_guest guest;

	T_EQ(plugged_offline(), 0);
	if (!strcmp(t_env("PROFILE", "july"), "bet3"))
		T_EQ(was, RMI_TRACKING_COARSE);
	memory = plugged_memory(dev, RAM, T_BLOCK);
	T_EQ(tracking(PLUGGED), RMI_TRACKING_FINE);

	h_load(&guest, "grow", RAM, memory, NULL);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	T_EQ(h_realm_info(guest.realm).out_private, RAM);
	T_EQ(h_memory_info(memory).out_free, 0);
	h_close(&guest);
}

TEST(R04_its_tracking_goes_back_to_what_it_was)
{
	uint64_t was = strcmp(t_env("PROFILE", "july"), "bet3") ?
		       RMI_TRACKING_FINE : RMI_TRACKING_COARSE;
	int dev = t_open();

	T_EQ(tracking(PLUGGED), was);
	close(plugged_memory(dev, T_BLOCK, T_PAGE));
}

/* Of those that the kernel may use for itself one at least has nothing of it. */
static bool one_goes_offline(void)
{
	const uint64_t size = block_bytes();
	uint64_t block;
	int i;

	for (i = 0; i < 20; i++) {
		for (block = PLUGGED / size; block < (PLUGGED + KERNEL_SIZE) / size; block++) {
			int result = set_state(block, "offline");

			if (!result) {
				T_ASSERT(!is_online(block));
				T_EQ(set_state(block, "online_kernel"), 0);
				return true;
			}
			T_EQ(result, -EBUSY);
		}
		T_EQ(p_write("/proc/sys/vm/drop_caches", "3"), 0);
		t_sleep_us(100000);
	}
	return false;
}

TEST_SECONDS(R13_what_is_delegated_is_not_taken_offline, 120)
{
	const uint64_t size = block_bytes();
	struct p_set set;
	int dev = t_open();
	uint64_t block;
	size_t i;

	plugged_memory(dev, 4 * T_BLOCK, T_BLOCK);
	set = p_offline();
	for (i = 0; set.pfn[i] < first; i++)
		;
	T_ASSERT(i < set.count && set.pfn[i] < end);
	block = set.pfn[i] * T_PAGE / size;
	T_EQ(set_state(block, "offline"), -EBUSY);
	T_ASSERT(is_online(block));
	T_EQ(p_write("/proc/sys/vm/compact_memory", "1"), 0);
	T_EQ(plugged_offline(), in_plugged(&set));
	give_all_back();
	T_EQ(plugged_offline(), 0);
	T_ASSERT(one_goes_offline());
}

/* Frames of the zone Movable: of its lines in /proc/zoneinfo the spanned ones. */
static bool movable_zone(uint64_t *from, uint64_t *to)
{
	unsigned long long spanned = 0, start = 0, value;
	FILE *file = fopen("/proc/zoneinfo", "r");
	bool inside = false;
	char line[200];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "zone "))
			inside = strstr(line, "Movable");
		if (inside && sscanf(line, " spanned %llu", &value) == 1)
			spanned = value;
		if (inside && sscanf(line, " start_pfn: %llu", &value) == 1)
			start = value;
	}
	fclose(file);
	*from = start;
	*to = start + spanned;
	return spanned;
}

TEST_SECONDS(R07_movable_memory_is_never_delegated, 240)
{
	uint64_t from, to, delegated = 0;
	struct cca_delegate delegate;
	struct p_set set;
	int dev = t_open();
	size_t i;

	T_ASSERT(movable_zone(&from, &to));
	T_EQ(to - from, (PLUGGED_SIZE - KERNEL_SIZE) / T_PAGE);
	/* As much as there is. */
	for (;;) {
		delegate = (struct cca_delegate){
			.size = sizeof(delegate), .length = 16 * T_BLOCK,
			.block_size = T_BLOCK,
		};
		if (t_ioctl(dev, CCA_DELEGATE, &delegate))
			break;
		delegated += delegate.length;
	}
	t_note("%llu MiB delegated, %llu MiB movable",
	       (unsigned long long)delegated >> 20,
	       (unsigned long long)((to - from) * T_PAGE >> 20));
	T_ASSERT(delegated > 256UL << 20);
	set = p_offline();
	for (i = 0; i < set.count; i++)
		if (set.pfn[i] >= from && set.pfn[i] < to)
			t_fail(__FILE__, __LINE__, "page 0x%llx is movable",
			       (unsigned long long)set.pfn[i]);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
