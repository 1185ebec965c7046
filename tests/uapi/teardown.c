// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of large realms: what it takes, counted in calls to the RMM, grows
 * with what was mapped and not with the address space; several at once, in any
 * order. Each count is held against the stretches that the memory lies in,
 * because each of them wants a call of its own to be undelegated.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"

#define GIB	(1UL << 30)

static int dev, other;
static uint64_t unit;		/* "1 GiB", or less where each granule is a call */

/*
 * Something else lives, as it does on a machine that hosts realms: else the end
 * of the last one also undoes the tracking of all memory.
 */
static void begin(void)
{
	r_open();
	dev = t_open();
	other = h_memory(dev, T_PAGE, T_PAGE);
	unit = h_info(dev).out_profile == CCA_PROFILE_BET3 ? GIB : 64 * T_BLOCK;
}

static void prefault(int realm, uint64_t ipa, uint64_t length)
{
	struct cca_prefault arg = { .ipa = ipa, .length = length };

	t_ok(realm, CCA_PREFAULT, &arg);
	T_EQ(arg.out_done, length);
}

static void end(void)
{
	close(other);
	close(dev);
	r_close();
}

/* A realm with a REC, active, and so much of its RAM mapped, in `pieces` places. */
static int large(unsigned int ipa_bits, uint64_t ram, uint64_t mapped, unsigned int pieces)
{
	struct cca_realm_create create = { .ipa_bits = ipa_bits };
	unsigned int i;
	int rec;

	t_ok(dev, CCA_REALM_CREATE, &create);
	h_mem_add(create.out_fd, H_RAM, ram, -1);
	rec = h_rec(create.out_fd, H_RAM, CCA_REC_F_RUNNABLE);
	h_activate(create.out_fd);
	for (i = 0; i < pieces; i++)
		prefault(create.out_fd, H_RAM + ram / pieces * i, mapped / pieces);
	T_EQ(h_realm_info(create.out_fd).out_private, mapped);
	close(rec);
	return create.out_fd;
}

/* Those that an end is made of; the rest is counted as one. */
static const struct {
	uint32_t fid;
	const char *name;
} parts[] = {
	{ SMC_RMI_REALM_TERMINATE, "terminate" }, { SMC_RMI_REC_DESTROY, "rec_destroy" },
	{ SMC_RMI_RTT_DATA_UNMAP, "unmap" }, { SMC_RMI_RTT_READ_ENTRY, "read_entry" },
	{ SMC_RMI_RTT_DESTROY, "rtt_destroy" }, { SMC_RMI_REALM_DESTROY, "realm_destroy" },
	{ SMC_RMI_OP_MEM_RECLAIM, "reclaim" }, { SMC_RMI_OP_CONTINUE, "continue" },
	{ SMC_RMI_GRANULE_RANGE_UNDELEGATE, "undelegate" },
};

struct cost {
	uint64_t part[T_ARRAY_SIZE(parts)];
	uint64_t all, undelegate;
	uint64_t tables;		/* that it had, with the first */
};

static struct cost costs_now(void)
{
	struct cost cost = { .all = h_info(dev).out_rmi_calls };
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(parts); i++)
		cost.part[i] = r_calls(parts[i].fid);
	cost.undelegate = r_calls(SMC_RMI_GRANULE_RANGE_UNDELEGATE);
	return cost;
}

/* From CCA_DESTROY until the kernel has its memory back. */
static struct cost end_of(int realm, const char *what)
{
	struct cost before = costs_now(), after;
	struct cca_realm_op op = { 0 };
	char text[400] = "";
	unsigned int i;

	before.tables = h_realm_info(realm).out_tables;
	t_ok(realm, CCA_DESTROY, &op);
	T_EQ(h_realm_info(realm).out_granules, 0);
	T_EQ(h_realm_info(realm).out_leaked, 0);
	after = costs_now();
	after.tables = before.tables;
	for (i = 0; i < T_ARRAY_SIZE(parts); i++) {
		after.part[i] -= before.part[i];
		if (after.part[i])
			sprintf(text + strlen(text), " %s %llu", parts[i].name,
				(unsigned long long)after.part[i]);
	}
	after.all -= before.all;
	after.undelegate -= before.undelegate;
	t_note("%s, %llu tables: %llu calls,%s", what, (unsigned long long)after.tables,
	       (unsigned long long)after.all, text);
	close(realm);
	return after;
}

/*
 * What it cannot be less than, without undelegation: TERMINATE is one; a REC
 * three (DESTROY, RECLAIM, CONTINUE), and so is the realm; each table one, and
 * one more if it maps something. An RMM that needs no operation saves some.
 */
static uint64_t floor_of(const struct cost *cost, unsigned int leaves)
{
	return 7 + cost->tables - 1 + leaves;
}

/* The aim: 16 calls, and what the RMM forces for each granule or stretch. */
TEST_SECONDS(R32_the_end_of_a_gigabyte_takes_few_calls, 120)
{
	uint64_t stretches = t_offline_stretches(GIB);
	struct cost cost;
	int realm;

	begin();
	realm = large(H_IPA_BITS, unit, unit, 1);
	stretches = t_offline_stretches(GIB) - stretches;
	cost = end_of(realm, "all of it mapped");
	t_note("%llu stretches", (unsigned long long)stretches);
	if (unit == GIB)
		T_ASSERT(cost.undelegate <= stretches + 1);
	T_ASSERT(cost.all - cost.undelegate <= 16);
	T_ASSERT(cost.all - cost.undelegate <= floor_of(&cost, 1));
	end();
}

/* Twice as much takes a table more; in a large space no more than in a small one. */
TEST_SECONDS(R32_the_end_of_two_gigabytes_grows_with_what_was_mapped, 200)
{
	struct cost few, half, all, wide;

	begin();
	few = end_of(large(H_IPA_BITS, 2 * unit, 2 * T_PAGE, 2), "two pages of it");
	half = end_of(large(H_IPA_BITS, 2 * unit, unit, 1), "half of it");
	all = end_of(large(H_IPA_BITS, 2 * unit, 2 * unit, 1), "all of it");
	T_ASSERT(half.all - half.undelegate <= floor_of(&half, 1));
	T_ASSERT(all.all - all.undelegate <= floor_of(&all, 2));
	/* Two tables of pages, and the hole between them. */
	T_ASSERT(few.all - few.undelegate <= floor_of(&few, 3));
	if (h_info(dev).out_ipa_bits_max >= 48) {
		/* A table of each level for each piece, with a step to it and one behind. */
		wide = end_of(large(48, 1UL << 46, 2 * unit, 8), "in 2^46 bytes, in 8 pieces");
		T_ASSERT(wide.all - wide.undelegate <= all.all - all.undelegate + 8 * 8);
		wide = end_of(large(48, 1UL << 46, 2 * T_PAGE, 2), "two pages in 2^46 bytes");
		T_ASSERT(wide.all - wide.undelegate <= few.all - few.undelegate + 2 * 8);
	}
	end();
}

static void *destroy(void *argument)
{
	struct cca_realm_op op = { .size = sizeof(op) };

	return t_ioctl(*(const int *)argument, CCA_DESTROY, &op) ? argument : NULL;
}

TEST_SECONDS(R32_large_realms_end_side_by_side_and_in_any_order, 200)
{
	static const unsigned int orders[][4] = {
		{ 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 },
	};
	pthread_t threads[4];
	unsigned int i, j;
	void *failed;
	int fds[4];

	begin();
	for (i = 0; i < T_ARRAY_SIZE(orders); i++) {
		for (j = 0; j < 4; j++)
			fds[j] = large(H_IPA_BITS, unit, unit / 4, 1 << j);
		for (j = 0; j < 4; j++)
			end_of(fds[orders[i][j]], "one of four");
	}
	for (j = 0; j < 4; j++)
		fds[j] = large(H_IPA_BITS, unit, unit / 2, 1 << j);
	for (j = 0; j < 4; j++)
		T_EQ(pthread_create(&threads[j], NULL, destroy, &fds[j]), 0);
	for (j = 0; j < 4; j++) {
		T_EQ(pthread_join(threads[j], &failed), 0);
		T_ASSERT(!failed);
		T_EQ(h_realm_info(fds[j]).out_granules, 0);
		close(fds[j]);
	}
	T_EQ(h_info(dev).out_ledger.in_use, 0);
	T_EQ(h_info(dev).out_ledger.leaked, 0);
	end();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
