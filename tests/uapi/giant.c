// SPDX-License-Identifier: GPL-2.0-only
/*
 * The largest that an RMM may ask for in one piece, and what it takes to
 * delegate as much: on a machine that has so much memory side by side.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "puppet.h"
#include "rmm.h"

#define GIB		(1UL << 30)
#define REC_PAGES	16U		/* that REC_CREATE itself asks for */
#define TRACKING_MAX	1024U		/* granules, for all of memory */
#define CONTIGUOUS	(1UL << 16)
#define AS_IT_IS	((uint64_t)RMI_MEM_UNDELEGATED << 17)
#define BLOCKS(n)	((uint64_t)(n) << 2 | 1)
#define GIGABYTES(n)	((uint64_t)(n) << 2 | 2)

static int dev;
static uint64_t granules, operations;

static void begin(void)
{
	r_open();
	dev = t_open();
	granules = r_granules(&operations);
}

static void end(void)
{
	struct cca_info info;

	T_ASSERT(t_idle(dev, &info));
	T_EQ(info.out_ledger.leaked, 0);
	T_EQ(r_granules(&operations), granules);
	T_EQ(t_offline_pages(NULL), 0);
	close(dev);
	r_close();
}

/*
 * A REC behind a request for so many granules in one run: all of it is served,
 * or the kernel has none in one piece, and nothing is lost.
 */
static bool serve(const char *name, uint64_t request, uint64_t want)
{
	const struct r_fault fault = {
		FAULT_DONATE, .arg = request | CONTIGUOUS, .times = 1,
	};
	struct cca_rec_create rec = { .pc = H_RAM };
	const uint64_t start = t_now_us();
	int realm = h_realm(dev), error;

	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REC_CREATE), 1, &fault));
	rec.size = sizeof(rec);
	error = t_ioctl(realm, CCA_REC_CREATE, &rec);
	if (error) {
		t_note("%s: none", name);
		T_EQ(rec.out.reason, CCA_REASON_NO_MEMORY);
		T_EQ(h_realm_info(realm).out_leaked, 0);
		close(realm);
		return false;
	}
	/* And what tracks the memory that nobody had before. */
	T_ASSERT(rec.out.donated >= want + REC_PAGES &&
		 rec.out.donated < want + REC_PAGES + TRACKING_MAX);
	T_EQ(rec.out.reclaimed, want);
	T_EQ(h_realm_info(realm).out_leaked, 0);
	close(rec.out_fd);
	close(realm);
	t_note("%s: %llu calls, %llu ms with its realm", name,
	       (unsigned long long)rec.out.rmi_calls,
	       (unsigned long long)(t_now_us() - start) / 1000);
	return true;
}

/* ---------- blocks of 1 GiB: first, as long as the kernel has not broken much */

#define TRIES		3
#define AT		(H_RAM + GIB)	/* two of them, behind the guest's own */

/* Tables that these gigabytes lack, of which each would need one: those are blocks. */
static uint64_t giants_of(const struct cca_realm_info *before,
			  const struct cca_realm_info *after)
{
	return 2 - (after->out_tables - before->out_tables);
}

/* So many granules stay with the module. */
static void keep(unsigned int count)
{
	FILE *file = fopen("/sys/module/cca/parameters/pool_max", "w");

	T_ASSERT(file);
	fprintf(file, "%u", count);
	T_EQ(fclose(file), 0);
}

/* What a call delegates is never all of a gigabyte. */
static const struct r_fault piecemeal = { FAULT_SHORT, .arg = 50000, .times = 1000 };

/*
 * A guest with 2 GiB mapped in advance, of its own or of a memory fd, at least
 * one of them in one piece: returns how many. Which memory the kernel gives is
 * its affair, so there are some tries.
 */
static unsigned int start_giant(struct h_guest *guest, bool fd)
{
	struct cca_realm_info before, after;
	unsigned int try, found;
	int memory;

	for (try = 0; try < TRIES; try++) {
		struct cca_prefault arg = { .ipa = AT, .length = 2 * GIB };

		T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_GRANULE_RANGE_DELEGATE), 1, &piecemeal));
		p_load(guest, GIB);
		memory = fd ? h_memory(dev, 2 * GIB, T_BLOCK) : -1;
		h_mem_add(guest->realm, AT, 2 * GIB, memory);
		if (fd)
			close(memory);
		p_activate(guest);
		before = h_realm_info(guest->realm);
		t_ok(guest->realm, CCA_PREFAULT, &arg);
		after = h_realm_info(guest->realm);
		T_EQ(arg.out_done, 2 * GIB);
		T_EQ(after.out_private - before.out_private, 2 * GIB);
		T_EQ(after.out_blocks - before.out_blocks, 2 * GIB);
		found = giants_of(&before, &after);
		r_plan_clear();
		t_note("%u of 2 GiB in blocks of 1 GiB, %llu calls", found,
		       (unsigned long long)arg.out.rmi_calls);
		if (found)
			return found;
		h_close(guest);
	}
	keep(0);
	end();
	t_skip("this kernel gave no gigabyte in one piece");
}

/* Both ends, and the middle where it is to be broken. */
static void fill(struct h_guest *guest, uint64_t at)
{
	p_do(guest, P_FILL, at, at + 4 * T_PAGE, 1, 0);
	p_do(guest, P_FILL, at + GIB - T_PAGE, at + GIB, 2, 0);
	p_do(guest, P_FILL, at + GIB / 2 - T_PAGE, at + GIB / 2 + 4 * T_PAGE, 3, 0);
}

static void check(struct h_guest *guest, uint64_t at)
{
	const uint64_t hole = at + GIB / 2;

	T_EQ(p_do(guest, P_CHECK, at, at + 4 * T_PAGE, 1, 0), 0);
	T_EQ(p_do(guest, P_CHECK, at + GIB - T_PAGE, at + GIB, 2, 0), 0);
	T_EQ(p_do(guest, P_CHECK, hole - T_PAGE, hole, 3, 0), 0);
	T_EQ(p_do(guest, P_CHECK, hole + 2 * T_PAGE, hole + 4 * T_PAGE, 3, 0), 0);
}

/*
 * Mapped in advance, a gigabyte that lies in one piece is one block, which has no
 * table. It is memory like any other, and the realm breaks it by giving some up.
 */
static void use_giants(bool fd)
{
	struct cca_prefault again = { .ipa = AT, .length = 2 * GIB };
	struct cca_realm_info info, now;
	struct h_guest guest;
	uint64_t at, hole;

	start_giant(&guest, fd);
	info = h_realm_info(guest.realm);
	/* What is there is passed over. */
	t_ok(guest.realm, CCA_PREFAULT, &again);
	T_EQ(again.out_done, 2 * GIB);
	fill(&guest, AT);
	fill(&guest, AT + GIB);
	now = h_realm_info(guest.realm);
	T_EQ(now.out_tables, info.out_tables);
	T_EQ(now.out_private, info.out_private);
	for (at = AT; at < AT + 2 * GIB; at += GIB) {
		hole = at + GIB / 2;
		T_EQ(p_do(&guest, P_RIPAS, hole, hole + 2 * T_PAGE, 0, 0), hole + 2 * T_PAGE);
		now = h_realm_info(guest.realm);
		T_EQ(now.out_private, info.out_private - 2 * T_PAGE);
		T_EQ(now.out_blocks, info.out_blocks - T_BLOCK);
		T_EQ(p_do(&guest, P_RIPAS, hole, hole + 2 * T_PAGE, 1, 1), hole + 2 * T_PAGE);
		T_EQ(p_load_at(&guest, hole), 0);
		T_EQ(p_load_at(&guest, hole + T_PAGE), 0);
		info.out_blocks -= T_BLOCK;
		check(&guest, at);
	}
	/* Of whole blocks, and of all that is left. */
	T_EQ(p_do(&guest, P_RIPAS, AT, AT + 2 * T_BLOCK, 0, 0), AT + 2 * T_BLOCK);
	T_EQ(h_realm_info(guest.realm).out_blocks, info.out_blocks - 2 * T_BLOCK);
	T_EQ(p_do(&guest, P_RIPAS, AT, AT + 2 * GIB, 0, 0), AT + 2 * GIB);
	T_EQ(h_realm_info(guest.realm).out_private, info.out_private - 2 * GIB);
	h_close(&guest);
}

/* Where memory is delegated already two calls: to look, and to map. */
static void count_calls(void)
{
	struct cca_prefault arg = { .ipa = AT, .length = GIB };
	struct cca_realm_info before;
	struct cca_realm_op op = { 0 };
	struct h_guest guest;
	uint64_t unmapped;

	p_start(&guest, 2 * GIB);
	before = h_realm_info(guest.realm);
	t_ok(guest.realm, CCA_PREFAULT, &arg);
	T_EQ(h_realm_info(guest.realm).out_tables, before.out_tables);
	T_EQ(arg.out.rmi_calls, 2);
	unmapped = r_calls(SMC_RMI_RTT_DATA_UNMAP);
	t_ok(guest.realm, CCA_DESTROY, &op);
	t_note("%llu calls to unmap it and the guest",
	       (unsigned long long)(r_calls(SMC_RMI_RTT_DATA_UNMAP) - unmapped));
	T_EQ(h_realm_info(guest.realm).out_granules, 0);
	h_close(&guest);
}

/* An RMM that has no such blocks, or says that one is in the way: then it is smaller ones. */
static void refuse(uint64_t answer)
{
	const struct r_fault fault = { FAULT_STATUS, .arg = answer, .times = 1 };
	struct cca_prefault arg = { .ipa = AT, .length = GIB };
	struct cca_realm_info before, after;
	struct h_guest guest;

	p_start(&guest, 2 * GIB);
	before = h_realm_info(guest.realm);
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_RTT_DATA_MAP), 1, &fault));
	t_ok(guest.realm, CCA_PREFAULT, &arg);
	T_EQ(r_plan_clear(), 0);
	after = h_realm_info(guest.realm);
	T_EQ(after.out_tables, before.out_tables + 1);
	T_EQ(after.out_blocks, before.out_blocks + GIB);
	T_EQ(after.out_leaked, 0);
	fill(&guest, AT);
	check(&guest, AT);
	h_close(&guest);
}

/* Two regions that meet in the middle of one have no block in common. */
static void halves(void)
{
	struct cca_prefault arg = { .ipa = AT, .length = GIB };
	int realm = h_realm(dev);

	h_mem_add(realm, AT, GIB / 2, -1);
	h_mem_add(realm, AT + GIB / 2, GIB / 2, -1);
	t_ok(realm, CCA_PREFAULT, &arg);
	T_EQ(arg.out_done, GIB);
	T_EQ(h_realm_info(realm).out_private, GIB);
	T_EQ(h_realm_info(realm).out_blocks, GIB);
	close(realm);
}

static bool moves_ranges(void)
{
	return h_info(dev).out_profile == CCA_PROFILE_BET3;
}

/* One that was found is kept for all of this: there might be none the next time. */
TEST_SECONDS(R26_a_gigabyte_in_one_piece_is_one_block, 280)
{
	begin();
	if (!moves_ranges())
		t_skip("this RMM is asked for less in one call");
	keep(3 * GIB / T_PAGE);
	use_giants(false);
	count_calls();
	refuse(RMI_ERROR_INPUT);
	refuse(RMI_ERROR_RTT | 1 << 8);
	halves();
	/* And so has an RMM that wants as much in one piece for itself. */
	T_ASSERT(serve("1 GiB that was kept", GIGABYTES(1), GIB / T_PAGE));
	keep(0);
	end();
}

TEST_SECONDS(R26_a_gigabyte_of_a_memory_fd_may_be_one_block_too, 200)
{
	begin();
	if (!moves_ranges())
		t_skip("this RMM is asked for less in one call");
	use_giants(true);
	end();
}

/* ------------------------------------------------------------- donations */

/* Where a kernel puts its own memory is its affair: 6.12 leaves one gigabyte whole. */
TEST_SECONDS(R16_a_gigabyte_in_one_piece_is_served, 280)
{
	if (strcmp(t_env("KERNEL", ""), "6.12"))
		t_skip("this kernel has memory of its own in each gigabyte of four");
	begin();
	/* Not even that one always: then smaller ones, which every kernel has. */
	if (!serve("1 GiB as it is", GIGABYTES(1) | AS_IT_IS, GIB / T_PAGE)) {
		T_ASSERT(serve("256 MiB as it is", BLOCKS(128) | AS_IT_IS, GIB / 4 / T_PAGE));
		end();
		t_skip("this kernel has memory of its own in each gigabyte of four");
	}
	/* Delegated by as many calls as it has granules it takes minutes. */
	if (h_info(dev).out_profile != CCA_PROFILE_BET3) {
		end();
		return;
	}
	T_ASSERT(serve("512 MiB", BLOCKS(256), GIB / 2 / T_PAGE));
	T_ASSERT(serve("1 GiB", GIGABYTES(1), GIB / T_PAGE));
	T_ASSERT(serve("1 GiB in blocks of 2 MiB", BLOCKS(512), GIB / T_PAGE));
	end();
}

/*
 * An RMM that takes ranges stops where memory of ours ends, and where a region
 * does that it tracks: so many calls there must be, and there are no more. (Of a
 * gigabyte in one piece that is one or two; the aim is four.) Where memory ends
 * is read off the marks of the kernel's pages.
 */
TEST_SECONDS(R09_a_gigabyte_takes_a_call_for_each_stretch_of_memory, 200)
{
	uint64_t before, after, delegated, undelegated;
	int first, memory;

	begin();
	if (h_info(dev).out_profile != CCA_PROFILE_BET3)
		t_skip("this RMM takes one granule a call");
	/* All of memory becomes tracked, and stays so while this one is there. */
	first = h_memory(dev, T_PAGE, T_PAGE);
	close(h_memory(dev, 3 * GIB, T_BLOCK));
	before = t_offline_stretches(GIB);
	delegated = r_calls(SMC_RMI_GRANULE_RANGE_DELEGATE);
	memory = h_memory(dev, GIB, T_PAGE);
	delegated = r_calls(SMC_RMI_GRANULE_RANGE_DELEGATE) - delegated;
	after = t_offline_stretches(GIB);
	undelegated = r_calls(SMC_RMI_GRANULE_RANGE_UNDELEGATE);
	close(memory);
	undelegated = r_calls(SMC_RMI_GRANULE_RANGE_UNDELEGATE) - undelegated;
	t_note("1 GiB in %llu stretches: %llu calls to delegate it, %llu to undelegate it",
	       (unsigned long long)(after - before), (unsigned long long)delegated,
	       (unsigned long long)undelegated);
	T_ASSERT(delegated && undelegated && after > before);
	T_ASSERT(delegated <= after - before);
	T_ASSERT(undelegated <= after - before);
	close(first);
	end();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
