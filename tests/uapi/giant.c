// SPDX-License-Identifier: GPL-2.0-only
/*
 * The largest that an RMM may ask for in one piece, and what it takes to
 * delegate as much: on a machine that has so much memory side by side.
 */
#include <string.h>
#include <unistd.h>

#include "host.h"
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
