// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole life of a realm, once for every command and every way in which an
 * RMM may answer it: busy, blocked, incomplete, refusing, lying. The fault plan
 * of the test RMM spoils the n-th call; n goes up until the life is over
 * before. Whatever happens, every step ends, nothing stays in use, and what
 * leaks is counted.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "rmm.h"

#define LIFE_SECONDS	20

/* ------------------------------------------------------------------- cases */

static int watch;
static struct h_image image;
static void (*live)(const struct h_image *image, struct l_ending *ending);
static struct l_ending *ending;		/* in memory that is shared with the life */

struct answer {
	const char *name;
	struct r_fault fault;
};

/* The case that is being looked at. */
static struct {
	uint32_t fid;
	unsigned int n;
	const struct answer *answer;
} now;

static void describe(void)
{
	t_note("call %u of 0x%x answered with %s: ended at %s with %d, reason %u, status 0x%llx",
	       now.n, SMC_RMI_NUMBER(now.fid), now.answer ? now.answer->name : "nothing special",
	       l_step_name(ending->step), ending->error, ending->reason,
	       (unsigned long long)ending->status);
}

/* What the RMM had before the module came. */
static uint64_t granules_before, operations_before, offline_before;

/*
 * Whatever the RMM said: what it has, the module counts as out of the kernel's
 * hands. Else the kernel has, or soon will have, a page that it cannot touch.
 * (Or it is on its way: a realm that lost its memory with its process may be
 * taken apart behind its back.)
 */
static bool all_known(const struct cca_info *info)
{
	const struct cca_ledger *ledger = &info->out_ledger;
	uint64_t operations;

	return r_granules(&operations) - granules_before <=
	       ledger->delegated + ledger->leaked + ledger->lent;
}

/*
 * Nobody has anything but the RMM: where it does not let go of what it was lent
 * to track one region, it also keeps what that region lent it for another.
 */
static bool nobodys(const struct cca_info *info)
{
	const struct cca_ledger *ledger = &info->out_ledger;

	return !info->out_realms && !info->out_memories && !ledger->reserved &&
	       info->out_pinned == info->out_pinned_lost &&
	       ledger->delegated == ledger->pool + ledger->in_use &&
	       (!ledger->in_use || ledger->lent);
}

/* What leaked since is returned. */
static uint64_t settle(void)
{
	static uint64_t leaked_before;
	struct cca_info info;
	uint64_t end = t_now_us() + 5000000, leaked;

	for (;;) {
		info = h_info(watch);
		if (nobodys(&info) && all_known(&info))
			break;
		if (t_now_us() > end) {
			describe();
			t_ledger_note(&info);
			t_fail(__FILE__, __LINE__, all_known(&info) ? "the ledger is not idle" :
			       "the RMM has granules that the module does not know of");
		}
		t_sleep_us(2000);
	}
	/* A module that was loaded anew counts anew. */
	if (info.out_ledger.leaked < leaked_before)
		leaked_before = 0;
	leaked = info.out_ledger.leaked - leaked_before;
	leaked_before = info.out_ledger.leaked;
	return leaked;
}

/* One life with one answer spoilt. False: that call was never made. */
static bool spoil(uint32_t fid, unsigned int n, const struct answer *answer)
{
	int status;
	pid_t child;

	now.fid = fid;
	now.n = n;
	now.answer = answer;
	memset(ending, 0, sizeof(*ending));
	T_ASSERT(r_plan(SMC_RMI_NUMBER(fid), n, &answer->fault));
	child = fork();
	if (!child) {
		alarm(LIFE_SECONDS);
		live(&image, ending);
	}
	T_EQ(waitpid(child, &status, 0), child);
	if (status) {
		describe();
		t_fail(__FILE__, __LINE__, "the life did not end by itself: status 0x%x", status);
	}
	return r_plan_clear() != answer->fault.times;
}

/* The n-th calls that are spoilt: the first few, and some later ones. */
static const unsigned int nths[] = { 1, 2, 3, 5, 9, 20 };

static void begin(bool sharing)
{
	live = sharing ? l_live_sharing : l_live;
	if (t_rmmod("cca"))
		errno = 0;
	r_open();
	ending = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_ASSERT(ending != MAP_FAILED);
	h_image_read(&image, sharing ? "puppet" : "hello");
	granules_before = r_granules(&operations_before);
	offline_before = t_offline_pages(NULL);
	T_EQ(t_insmod(T_MODULE, ""), 0);
	watch = t_open();
	settle();
}

/*
 * What the module says has leaked is what the RMM still has; and while granules
 * are delegated it also keeps what it was lent to track them.
 */
static void finish(bool exact)
{
	const struct cca_ledger ledger = h_info(watch).out_ledger;
	const uint64_t leaked = ledger.leaked;
	uint64_t granules, operations;

	close(watch);
	T_EQ(t_rmmod("cca"), 0);
	granules = r_granules(&operations);
	T_ASSERT(granules - granules_before <= leaked + ledger.lent + ledger.in_use);
	if (exact) {
		T_EQ(granules - granules_before,
		     leaked ? leaked + ledger.lent + ledger.in_use : 0);
		T_EQ(operations, operations_before);
	}
	if (!leaked)
		T_EQ(t_offline_pages(NULL), offline_before);
	r_close();
}

/* Commands that are part of a life, on either profile. */
static const uint32_t building[] = {
	SMC_RMI_GRANULE_RANGE_DELEGATE, SMC_RMI_REALM_CREATE, SMC_RMI_RTT_INIT_RIPAS,
	SMC_RMI_RTT_CREATE, SMC_RMI_RTT_DATA_MAP_INIT, SMC_RMI_REC_CREATE,
	SMC_RMI_REALM_ACTIVATE,
};

/* What makes memory fit to be delegated, and undoes it: on bet3. */
static const uint32_t preparing[] = {
	SMC_RMI_GPT_INFO, SMC_RMI_GPT_L1_CREATE, SMC_RMI_GRANULE_TRACKING_GET,
	SMC_RMI_GRANULE_TRACKING_SET, SMC_RMI_GPT_L1_DESTROY,
};

static const uint32_t running[] = {
	SMC_RMI_REC_ENTER, SMC_RMI_RTT_DATA_MAP, SMC_RMI_RTT_SET_RIPAS, SMC_RMI_RTT_READ_ENTRY,
};

static const uint32_t ending_commands[] = {
	SMC_RMI_REALM_TERMINATE, SMC_RMI_REC_DESTROY, SMC_RMI_RTT_DATA_UNMAP,
	SMC_RMI_RTT_DESTROY, SMC_RMI_REALM_DESTROY, SMC_RMI_GRANULE_RANGE_UNDELEGATE,
};

static const uint32_t operations[] = {
	SMC_RMI_OP_CONTINUE, SMC_RMI_OP_MEM_DONATE, SMC_RMI_OP_MEM_RECLAIM,
};

/* Those that the engine for stateful operations drives. */
static const uint32_t stateful[] = {
	SMC_RMI_REALM_CREATE, SMC_RMI_REC_CREATE, SMC_RMI_RTT_DATA_MAP_INIT, SMC_RMI_RTT_DATA_MAP,
	SMC_RMI_REALM_TERMINATE, SMC_RMI_REC_DESTROY, SMC_RMI_RTT_DATA_UNMAP,
	SMC_RMI_REALM_DESTROY,
};

enum {
	MUST_LIVE	= 1 << 0,	/* to its natural end */
	MUST_NOT_LEAK	= 1 << 1,
	MUST_TELL	= 1 << 2,	/* by errno, reason and status, if it ends */
	MUST_SAY_PROTOCOL = 1 << 3,	/* and nothing else, if it ends */
};

static unsigned int cases, failed_lives, leaks, untold;

/* What the user of a life that ended early was told: is it what happened? */
static bool told(uint32_t fid, const struct r_fault *fault)
{
	static const int known[] = {
		EIO, ENOMEM, EAGAIN, EBUSY, EINVAL, EOPNOTSUPP, ESTALE, ENXIO, ENODEV,
	};
	const uint64_t want = fault->kind == FAULT_BUSY ? RMI_BUSY :
			      fault->kind == FAULT_BLOCKED ? RMI_BLOCKED : fault->arg;
	unsigned int i;

	if (!ending->error)
		return true;
	for (i = 0; i < T_ARRAY_SIZE(known) && -ending->error != known[i]; i++)
		continue;
	if (i == T_ARRAY_SIZE(known) || !ending->reason)
		return false;
	/* Some refusals mean that there is a table already: then it is missed later. */
	if (fid == SMC_RMI_GPT_L1_CREATE && RMI_STATUS(ending->status) == RMI_ERROR_GPT)
		return true;
	return RMI_STATUS(ending->status) == RMI_STATUS(want);
}

static void sweep(const uint32_t *fids, size_t count, const struct answer *answers,
		  size_t answer_count, unsigned int rules)
{
	unsigned int i, j, k;
	uint64_t leaked;

	for (i = 0; i < count; i++) {
		for (j = 0; j < answer_count; j++) {
			for (k = 0; k < T_ARRAY_SIZE(nths); k++) {
				if (!spoil(fids[i], nths[k], &answers[j]))
					break;
				cases++;
				failed_lives += ending->error != 0;
				leaked = settle();
				leaks += leaked;
				if ((rules & MUST_TELL) && !told(fids[i], &answers[j].fault)) {
					untold++;
					describe();
				}
				if ((rules & MUST_SAY_PROTOCOL) && ending->error &&
				    (ending->error != -EIO ||
				     (ending->step != L_RUN &&
				      ending->reason != CCA_REASON_RMI_PROTOCOL))) {
					untold++;
					describe();
				}
				if (((rules & MUST_LIVE) && (ending->step != L_DONE || ending->exit)) ||
				    ((rules & MUST_NOT_LEAK) && leaked)) {
					describe();
					t_fail(__FILE__, __LINE__, "%llu granules leaked",
					       (unsigned long long)leaked);
				}
			}
		}
	}
}

#define SWEEP(fids, answers, rules) \
	sweep(fids, T_ARRAY_SIZE(fids), answers, T_ARRAY_SIZE(answers), rules)

static void summary(void)
{
	t_note("%u answers were spoilt, %u lives ended early, %u granules leaked", cases,
	       failed_lives, leaks);
	T_EQ(untold, 0);
	T_ASSERT(cases > 5);
}

#define LIFE_TEST(name, exact, sharing)					\
	static void name##_sweep(void);					\
	TEST_SECONDS(name, 280)						\
	{								\
		begin(sharing);						\
		name##_sweep();						\
		summary();						\
		finish(exact);						\
	}								\
	static void name##_sweep(void)

#define FAULT_TEST(name, exact)	LIFE_TEST(name, exact, false)
#define SHARING_TEST(name, exact)	LIFE_TEST(name, exact, true)

/* ------------------------------------------------------------------- tests */

FAULT_TEST(R11_a_busy_or_blocked_RMM_is_waited_for, true)
{
	static const struct answer answers[] = {
		{ "BUSY", { FAULT_BUSY, .times = 1 } },
		{ "BUSY, five times", { FAULT_BUSY, .times = 5 } },
		{ "BLOCKED", { FAULT_BLOCKED, .times = 1 } },
	};

	SWEEP(preparing, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(building, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(running, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(ending_commands, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(operations, answers, MUST_LIVE | MUST_NOT_LEAK);
}

FAULT_TEST(R15_every_command_may_take_a_detour_through_the_engine, true)
{
	static const struct answer answers[] = {
		{ "DONATE 1", { FAULT_DONATE, .arg = 1 << 2, .times = 1 } },
		{ "DONATE 3", { FAULT_DONATE, .arg = 3 << 2, .times = 1 } },
		{ "DONATE 4 contiguous", { FAULT_DONATE, .arg = 4 << 2 | 1 << 16, .times = 1 } },
		{ "DONATE 40, may be cancelled", { FAULT_DONATE, .arg = 40 << 2, 1, 1 } },
		{ "RECLAIM of nothing", { FAULT_RECLAIM, .times = 1 } },
		{ "CONTINUE", { FAULT_CONTINUE, .arg = 1, .times = 1 } },
		{ "CONTINUE, 20 times", { FAULT_CONTINUE, .arg = 20, .times = 1 } },
	};

	SWEEP(stateful, answers, MUST_LIVE | MUST_NOT_LEAK);
}

/* Those that need no memory: all that an RMM may want of them is to go on. */
static const uint32_t frugal[] = {
	SMC_RMI_GRANULE_RANGE_DELEGATE, SMC_RMI_GRANULE_RANGE_UNDELEGATE,
	SMC_RMI_RTT_CREATE, SMC_RMI_RTT_INIT_RIPAS, SMC_RMI_REALM_ACTIVATE,
	SMC_RMI_RTT_SET_RIPAS, SMC_RMI_RTT_DESTROY,
};

FAULT_TEST(R15_a_command_that_needs_no_memory_may_take_many_steps, true)
{
	static const struct answer answers[] = {
		{ "CONTINUE", { FAULT_CONTINUE, .arg = 1, .times = 1 } },
		{ "CONTINUE, 20 times", { FAULT_CONTINUE, .arg = 20, .times = 1 } },
		{ "CONTINUE, 3 times, always", { FAULT_CONTINUE, .arg = 3, .times = 1UL << 30 } },
		{ "RECLAIM of nothing", { FAULT_RECLAIM, .times = 1 } },
	};

	SWEEP(frugal, answers, MUST_LIVE | MUST_NOT_LEAK);
}

/*
 * One that asks for memory there breaks the protocol. Nobody would account for
 * it, so it gets none, and the operation is ended. What was to be undelegated is
 * asked for once more.
 */
FAULT_TEST(R12_memory_that_a_command_cannot_want_is_refused_and_nothing_lost, true)
{
	static const struct answer answers[] = {
		{ "DONATE 1", { FAULT_DONATE, .arg = 1 << 2, .times = 1 } },
		{ "DONATE 4 contiguous", { FAULT_DONATE, .arg = 4 << 2 | 1 << 16, .times = 1 } },
		{ "DONATE 40, may be cancelled", { FAULT_DONATE, .arg = 40 << 2, 1, 1 } },
		{ "DONATE 7 as they are",
		  { FAULT_DONATE, .arg = 7 << 2 | RMI_MEM_UNDELEGATED << 17, .times = 1 } },
	};

	/* But the last: a table that is not destroyed stays. */
	sweep(frugal, T_ARRAY_SIZE(frugal) - 1, answers, T_ARRAY_SIZE(answers),
	      MUST_NOT_LEAK | MUST_SAY_PROTOCOL);
}

FAULT_TEST(R21_upper_bits_of_a_status_change_nothing, true)
{
	static const struct answer answers[] = {
		{ "upper bits", { FAULT_STATUS_BITS, .arg = 0xabcd1234ffff0000, .times = 1 } },
	};

	SWEEP(building, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(running, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(ending_commands, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(operations, answers, MUST_LIVE | MUST_NOT_LEAK);
}

FAULT_TEST(R23_a_refusal_while_building_or_running_loses_nothing, true)
{
	static const struct answer answers[] = {
		{ "INPUT", { FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1 } },
		{ "REALM", { FAULT_STATUS, .arg = RMI_ERROR_REALM, .times = 1 } },
		{ "RTT 2", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 2), .times = 1 } },
		{ "GLOBAL", { FAULT_STATUS, .arg = RMI_ERROR_GLOBAL, .times = 1 } },
		{ "not implemented", { FAULT_STATUS, .arg = ~0UL, .times = 1 } },
	};

	SWEEP(preparing, answers, MUST_NOT_LEAK | MUST_TELL);
	SWEEP(building, answers, MUST_NOT_LEAK | MUST_TELL);
	SWEEP(running, answers, MUST_NOT_LEAK);
}

FAULT_TEST(R11_an_RMM_that_stays_busy_ends_the_command_and_not_the_host, true)
{
	static const struct answer answers[] = {
		{ "BUSY for ever", { FAULT_BUSY, .times = 1UL << 30 } },
		{ "BLOCKED for ever", { FAULT_BLOCKED, .times = 1UL << 30 } },
	};
	static const uint32_t some[] = {
		SMC_RMI_REALM_CREATE, SMC_RMI_RTT_DATA_MAP_INIT, SMC_RMI_REC_CREATE,
		SMC_RMI_REALM_ACTIVATE,
	};

	SWEEP(some, answers, MUST_NOT_LEAK | MUST_TELL);
}

/* Nobody knows what such an RMM has done: what it was shown is leaked. */
FAULT_TEST(R23_a_status_that_does_not_exist_is_survived, true)
{
	static const struct answer answers[] = {
		{ "status 0x77", { FAULT_STATUS, .arg = 0x77, .times = 1 } },
		{ "status 0xff", { FAULT_STATUS, .arg = 0xff, .times = 1 } },
	};

	SWEEP(building, answers, 0);
	SWEEP(running, answers, 0);
}

/* Here granules stay with the RMM; they are counted, and never touched again. */
FAULT_TEST(R12_a_refusal_while_tearing_down_leaks_and_is_counted, true)
{
	static const struct answer answers[] = {
		{ "INPUT", { FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1 } },
		{ "nonsense", { FAULT_STATUS, .arg = 0x77, .times = 1 } },
	};

	SWEEP(ending_commands, answers, 0);
}

FAULT_TEST(R09_an_RMM_that_lies_about_its_progress_is_not_believed, false)
{
	static const struct answer answers[] = {
		{ "no progress", { FAULT_NO_PROGRESS, .times = 1 } },
		{ "no progress for ever", { FAULT_NO_PROGRESS, .times = 1UL << 30 } },
		{ "backwards", { FAULT_BACKWARDS, .times = 1 } },
		{ "past the top", { FAULT_PAST_TOP, .times = 1 } },
	};
	static const uint32_t ranges[] = {
		SMC_RMI_GRANULE_RANGE_DELEGATE, SMC_RMI_GRANULE_RANGE_UNDELEGATE,
		SMC_RMI_RTT_INIT_RIPAS, SMC_RMI_RTT_SET_RIPAS, SMC_RMI_RTT_DATA_MAP,
		SMC_RMI_RTT_DATA_UNMAP,
	};

	SWEEP(ranges, answers, 0);
}

FAULT_TEST(R17_an_RMM_that_lies_about_memory_is_not_believed, false)
{
	static const struct answer counts[] = {
		{ "one more", { FAULT_COUNT, .arg = 1, .times = 1 } },
		{ "a thousand more", { FAULT_COUNT, .arg = 1000, .times = 1 } },
		{ "2^63 more", { FAULT_COUNT, .arg = 1UL << 63, .times = 1 } },
		{ "fewer", { FAULT_COUNT, .arg = -1UL, .times = 1 } },
	};
	static const struct answer descriptors[] = {
		{ "page zero", { FAULT_DESCRIPTOR, .arg = 1 << 2, .times = 1 } },
		{ "a page of the kernel", { FAULT_DESCRIPTOR, .arg = 0x42000000 | 1 << 2, .times = 1 } },
		{ "1023 pages", { FAULT_DESCRIPTOR, .arg = 0x50000000 | 1023 << 2, .times = 1 } },
		{ "all bits", { FAULT_DESCRIPTOR, .arg = ~0UL, .times = 1 } },
	};
	static const uint32_t donate[] = { SMC_RMI_OP_MEM_DONATE };
	static const uint32_t reclaim[] = { SMC_RMI_OP_MEM_RECLAIM };

	SWEEP(donate, counts, 0);
	SWEEP(reclaim, counts, 0);
	SWEEP(reclaim, descriptors, 0);
}

FAULT_TEST(R15_rubbish_in_output_registers_ends_nothing_but_the_realm, false)
{
	static const struct answer answers[] = {
		{ "X1 = -1", { FAULT_OUTPUT, .arg = ~0UL, .arg2 = 1, .times = 1 } },
		{ "X1 = 0", { FAULT_OUTPUT, .arg = 0, .arg2 = 1, .times = 1 } },
		{ "X2 = -1", { FAULT_OUTPUT, .arg = ~0UL, .arg2 = 2, .times = 1 } },
		{ "X2 = 0", { FAULT_OUTPUT, .arg = 0, .arg2 = 2, .times = 1 } },
		{ "X3 = -1", { FAULT_OUTPUT, .arg = ~0UL, .arg2 = 3, .times = 1 } },
	};

	SWEEP(preparing, answers, 0);
	SWEEP(building, answers, 0);
	SWEEP(running, answers, 0);
	SWEEP(ending_commands, answers, 0);
	SWEEP(operations, answers, 0);
}

/* Nobody can go on with that operation: what it was given stays with it. */
FAULT_TEST(R21_a_handle_that_is_none_loses_the_operation_and_not_the_host, false)
{
	static const struct answer answers[] = {
		{ "handle + 1", { FAULT_HANDLE, .arg = 1, .times = 1 } },
		{ "handle + 2^40", { FAULT_HANDLE, .arg = 1UL << 40, .times = 1 } },
		{ "any handle - 1", { FAULT_HANDLE, .arg = -1UL, .times = 1UL << 30 } },
	};

	SWEEP(preparing, answers, 0);
	SWEEP(stateful, answers, 0);
}

/* ------------------------------------- memory in advance, and memory that is shared */

static const uint32_t mapping[] = {
	SMC_RMI_RTT_UNPROT_MAP, SMC_RMI_RTT_DATA_MAP, SMC_RMI_RTT_CREATE, SMC_RMI_RTT_FOLD,
	SMC_RMI_RTT_READ_ENTRY, SMC_RMI_RTT_SET_RIPAS,
};

static const uint32_t unmapping[] = {
	SMC_RMI_RTT_UNPROT_UNMAP, SMC_RMI_RTT_DATA_UNMAP, SMC_RMI_RTT_DESTROY,
};

SHARING_TEST(R11_a_busy_RMM_maps_and_unmaps_in_the_end, true)
{
	static const struct answer answers[] = {
		{ "BUSY", { FAULT_BUSY, .times = 1 } },
		{ "BLOCKED", { FAULT_BLOCKED, .times = 1 } },
		{ "upper bits", { FAULT_STATUS_BITS, .arg = 0xabcd1234ffff0000, .times = 1 } },
	};

	SWEEP(mapping, answers, MUST_LIVE | MUST_NOT_LEAK);
	SWEEP(unmapping, answers, MUST_LIVE | MUST_NOT_LEAK);
}

SHARING_TEST(R15_mapping_and_unmapping_may_take_many_steps, true)
{
	static const struct answer answers[] = {
		{ "CONTINUE, 20 times", { FAULT_CONTINUE, .arg = 20, .times = 1 } },
		{ "RECLAIM of nothing", { FAULT_RECLAIM, .times = 1 } },
	};
	static const uint32_t fids[] = {
		SMC_RMI_RTT_UNPROT_MAP, SMC_RMI_RTT_DATA_MAP, SMC_RMI_RTT_FOLD,
		SMC_RMI_RTT_UNPROT_UNMAP, SMC_RMI_RTT_DATA_UNMAP,
	};

	SWEEP(fids, answers, MUST_LIVE | MUST_NOT_LEAK);
}

SHARING_TEST(R23_R27_a_refusal_to_map_has_a_reason_and_loses_nothing, true)
{
	static const struct answer answers[] = {
		{ "INPUT", { FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1 } },
		{ "RTT 1", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 1), .times = 1 } },
		{ "RTT 2", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 2), .times = 1 } },
		{ "RTT 3", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 3), .times = 1 } },
		{ "RTT 77", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 77), .times = 1 } },
		{ "not implemented", { FAULT_STATUS, .arg = ~0UL, .times = 1 } },
		{ "for ever INPUT", { FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1UL << 30 } },
		{ "for ever RTT 3", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 3),
				      .times = 1UL << 30 } },
	};

	SWEEP(mapping, answers, MUST_NOT_LEAK);
}

/* What the realm may still reach stays pinned, and is counted. */
SHARING_TEST(R12_R32_a_refusal_to_unmap_gives_back_no_page_too_early, true)
{
	static const struct answer answers[] = {
		{ "INPUT", { FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1 } },
		{ "RTT 3", { FAULT_STATUS, .arg = RMI_RESULT(RMI_ERROR_RTT, 3), .times = 1 } },
		{ "nonsense", { FAULT_STATUS, .arg = 0x77, .times = 1 } },
		{ "for ever INPUT", { FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1UL << 30 } },
	};

	SWEEP(unmapping, answers, 0);
}

SHARING_TEST(R09_lies_about_what_was_mapped_or_unmapped_are_not_believed, false)
{
	static const struct answer answers[] = {
		{ "no progress", { FAULT_NO_PROGRESS, .times = 1 } },
		{ "no progress for ever", { FAULT_NO_PROGRESS, .times = 1UL << 30 } },
		{ "backwards", { FAULT_BACKWARDS, .times = 1 } },
		{ "past the top", { FAULT_PAST_TOP, .times = 1 } },
		{ "little by little", { FAULT_SHORT, .arg = 1, .times = 1UL << 30 } },
		{ "X1 = -1", { FAULT_OUTPUT, .arg = ~0UL, .arg2 = 1, .times = 1 } },
		{ "X2 = -1", { FAULT_OUTPUT, .arg = ~0UL, .arg2 = 2, .times = 1 } },
		{ "X3 = -1", { FAULT_OUTPUT, .arg = ~0UL, .arg2 = 3, .times = 1 } },
	};
	static const uint32_t ranges[] = {
		SMC_RMI_RTT_UNPROT_MAP, SMC_RMI_RTT_UNPROT_UNMAP, SMC_RMI_RTT_DATA_MAP,
		SMC_RMI_RTT_DATA_UNMAP, SMC_RMI_RTT_SET_RIPAS,
	};

	SWEEP(ranges, answers, 0);
}

int main(void)
{
	return t_main(0);
}
