// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of the model: data, shared pages, their lists and their undoing
 * (C.8, L.2.8 to L.2.11).
 */
#include "rmm_test.h"

#define SHARED	(1UL << 32)
#define NORMAL_RW	(RMI_OADDR_SINGLE | RMI_UNPROT_MEMATTR(6) | RMI_UNPROT_S2AP(3))

struct fixture {
	struct host *host;
	struct drive_realm r;
	uint64_t list;
	uint64_t *entry;
};

/* Tables for the first two megabytes of both halves, all of it RAM. */
static void fixture_up(struct fixture *f, void **state)
{
	f->host = *state;
	drive_realm_new(f->host, &f->r);
	drive_tables(f->host, &f->r, 0, 3);
	drive_tables(f->host, &f->r, SHARED, 3);
	assert_int_equal(HOST_CALL(f->host, SMC_RMI_RTT_INIT_RIPAS, f->r.rd, 0,
				   MIB2), 0);
	f->list = host_page(f->host);
	f->entry = host_at(f->host, f->list);
}

static uint64_t undelegated(struct fixture *f, uint64_t desc)
{
	return desc | (f->host->config.profile == RMM_PROFILE_JULY ? 1UL << 63
								   : 1UL << 62);
}

#define MAP(f, base, top, flags, desc) \
	HOST_CALL((f)->host, SMC_RMI_RTT_DATA_MAP, (f)->r.rd, (base), (top), \
		  (flags), (desc))
#define UNMAP(f, base, top, flags, list) \
	HOST_CALL((f)->host, SMC_RMI_RTT_DATA_UNMAP, (f)->r.rd, (base), (top), \
		  (flags), (list))
#define SHARE(f, base, top, flags, desc) \
	HOST_CALL((f)->host, SMC_RMI_RTT_UNPROT_MAP, (f)->r.rd, (base), (top), \
		  (flags), (desc))
#define UNSHARE(f, base, top, flags, list) \
	HOST_CALL((f)->host, SMC_RMI_RTT_UNPROT_UNMAP, (f)->r.rd, (base), (top), \
		  (flags), (list))
#define LIST(n)	(RMI_OADDR_LIST | RMI_OADDR_LIST_COUNT(n))

static void arguments_are_checked_in_order(void **state)
{
	struct fixture f;
	uint64_t page, d;

	fixture_up(&f, state);
	page = drive_delegated(f.host);
	d = RMI_ADDR_DESC(page, 1, 0);
	assert_int_equal(HOST_CALL(f.host, SMC_RMI_RTT_DATA_MAP, page, 0, PAGE,
				   RMI_OADDR_SINGLE, d), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, PAGE, PAGE, RMI_OADDR_SINGLE, d), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, RMI_OADDR_NONE, d), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, 3, d), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, RMI_OADDR_SINGLE, page), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, RMI_OADDR_SINGLE, undelegated(&f, d)),
			 RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, RMI_OADDR_SINGLE, page | 1 << 2 | 3),
			 RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 8, PAGE, RMI_OADDR_SINGLE, d), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE + 8, RMI_OADDR_SINGLE, d), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, SHARED, SHARED + PAGE, RMI_OADDR_SINGLE, d),
			 RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, SHARED - PAGE, SHARED + PAGE, RMI_OADDR_SINGLE, d),
			 RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, RMI_OADDR_SINGLE, page | 1 << 2 | 1),
			 RTT(2));	/* less than one block */
	assert_int_equal(MAP(&f, GIB, GIB + PAGE, RMI_OADDR_SINGLE, d), RTT(1));
	assert_int_equal(MAP(&f, 0, PAGE, LIST(0), f.list), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, LIST(1), f.list + 4), RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, PAGE, LIST(1), page), RMI_ERROR_INPUT);
	/* the flags' count means nothing with SINGLE */
	assert_int_equal(MAP(&f, 0, PAGE, RMI_OADDR_SINGLE | 5 << 2, d), 0);
	assert_int_equal(HOST_CALL(f.host, SMC_RMI_REALM_TERMINATE, f.r.rd), 0);
	assert_int_equal(MAP(&f, PAGE, PAGE, RMI_OADDR_NONE, 0), RMI_ERROR_REALM);
	drive_realm_remove(f.host, &f.r);
}

static void mapping_is_idempotent_and_zeroes(void **state)
{
	struct fixture f;
	uint64_t page, other;

	fixture_up(&f, state);
	page = drive_delegated(f.host);
	other = drive_delegated(f.host);
	memset(host_at(f.host, page), 0x5a, PAGE);
	assert_int_equal(MAP(&f, 0, PAGE, 1, RMI_ADDR_DESC(page, 1, 0)), 0);
	assert_x(1, PAGE);
	assert_int_equal(*(uint64_t *)host_at(f.host, page), 0);
	assert_int_equal(drive_granule(f.host, page), 5);
	assert_int_equal(MAP(&f, 0, PAGE, 1, RMI_ADDR_DESC(page, 1, 0)), 0);
	assert_int_equal(MAP(&f, 0, PAGE, 1, RMI_ADDR_DESC(other, 1, 0)), RTT(3));
	/* one page cannot be at two addresses */
	assert_int_equal(MAP(&f, PAGE, 2 * PAGE, 1, RMI_ADDR_DESC(page, 1, 0)),
			 RMI_ERROR_INPUT);
	drive_realm_remove(f.host, &f.r);
}

static void whatever_stops_it_progress_is_success(void **state)
{
	struct fixture f;
	uint64_t pages, ns;

	fixture_up(&f, state);
	pages = drive_delegated_run(f.host, 8, 1);
	ns = host_page(f.host);
	/* fewer pages than the range */
	assert_int_equal(MAP(&f, 0, 8 * PAGE, 1, RMI_ADDR_DESC(pages, 2, 0)), 0);
	assert_x(1, 2 * PAGE);
	/* a list with an empty entry, then one that is not delegated */
	f.entry[0] = RMI_ADDR_DESC(pages + 2 * PAGE, 1, 0);
	f.entry[1] = 0;
	f.entry[2] = RMI_ADDR_DESC(pages + 3 * PAGE, 1, 0);
	f.entry[3] = RMI_ADDR_DESC(ns, 1, 0);
	assert_int_equal(MAP(&f, 2 * PAGE, 8 * PAGE, LIST(4), f.list), 0);
	assert_x(1, 4 * PAGE);
	/* another size, another state */
	f.entry[0] = RMI_ADDR_DESC(pages + 4 * PAGE, 1, 0);
	f.entry[1] = RMI_ADDR_DESC(0x40200000, 1, 1);
	assert_int_equal(MAP(&f, 4 * PAGE, 8 * PAGE, LIST(2), f.list), 0);
	assert_x(1, 5 * PAGE);
	f.entry[0] = RMI_ADDR_DESC(pages + 5 * PAGE, 1, 0);
	f.entry[1] = undelegated(&f, RMI_ADDR_DESC(pages + 6 * PAGE, 1, 0));
	assert_int_equal(MAP(&f, 5 * PAGE, 8 * PAGE, LIST(2), f.list), 0);
	assert_x(1, 6 * PAGE);
	/* the end of the table */
	assert_int_equal(MAP(&f, MIB2 - PAGE, MIB2 + PAGE, 1,
			     RMI_ADDR_DESC(pages + 6 * PAGE, 2, 0)), 0);
	assert_x(1, MIB2);
	/* nothing at all */
	assert_int_equal(MAP(&f, 6 * PAGE, 8 * PAGE, 1, RMI_ADDR_DESC(ns, 2, 0)),
			 RMI_ERROR_INPUT);
	drive_undelegate(f.host, pages + 7 * PAGE, 1);
	drive_realm_remove(f.host, &f.r);
}

static void a_block_is_claimed_whole_or_not_at_all(void **state)
{
	struct fixture f;
	uint64_t block, l3;

	fixture_up(&f, state);
	block = drive_delegated_run(f.host, 512, 512);
	drive_undelegate(f.host, block + 300 * PAGE, 1);
	/* A level-3 table, even an empty one, is in the way. */
	assert_int_equal(MAP(&f, 0, MIB2, 1, RMI_ADDR_DESC(block, 1, 1)), RTT(2));
	assert_int_equal(HOST_CALL(f.host, SMC_RMI_RTT_FOLD, f.r.rd, 0, 3), 0);
	l3 = host_regs()->x[1];
	drive_undelegate(f.host, l3, 1);
	assert_int_equal(MAP(&f, 0, MIB2, 1, RMI_ADDR_DESC(block, 1, 1)),
			 RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(f.host, block), 1);
	assert_int_equal(HOST_CALL(f.host, SMC_RMI_GRANULE_RANGE_DELEGATE,
				   block + 300 * PAGE, block + 301 * PAGE), 0);
	assert_int_equal(MAP(&f, PAGE, MIB2, 1, RMI_ADDR_DESC(block, 1, 1)),
			 RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, MIB2, 1, RMI_ADDR_DESC(block + PAGE, 1, 1)),
			 RMI_ERROR_INPUT);
	assert_int_equal(MAP(&f, 0, MIB2, 1, RMI_ADDR_DESC(block, 1, 1)), 0);
	assert_x(1, MIB2);
	assert_int_equal(drive_granule(f.host, block + 511 * PAGE), 5);
	drive_realm_remove(f.host, &f.r);
}

static void populating_is_for_new_realms_and_empty_slots(void **state)
{
	struct fixture f;
	uint64_t data, src;
#define INIT(data, ipa, src, flags) \
	HOST_CALL(f.host, SMC_RMI_RTT_DATA_MAP_INIT, f.r.rd, data, ipa, src, flags)

	fixture_up(&f, state);
	data = drive_delegated(f.host);
	src = host_page(f.host);
	memset(host_at(f.host, src), 0x77, PAGE);
	assert_int_equal(INIT(data, 0, src, 2), RMI_ERROR_INPUT);
	assert_int_equal(INIT(f.r.rd, 0, src, 0), RMI_ERROR_INPUT);
	assert_int_equal(INIT(data, 0, data, 0), RMI_ERROR_INPUT);
	assert_int_equal(INIT(data, 8, src, 0), RMI_ERROR_INPUT);
	assert_int_equal(INIT(data, SHARED, src, 0), RMI_ERROR_INPUT);
	assert_int_equal(INIT(data, GIB, src, 0), RTT(1));
	assert_int_equal(INIT(src, 0, src, 0), RMI_ERROR_INPUT);
	f.host->ns_faults = 1;
	assert_int_equal(INIT(data, 0, src, 0), RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(f.host, data), 1);
	assert_int_equal(INIT(data, 0, src, 0), 0);
	assert_int_equal(*(uint8_t *)host_at(f.host, data + 4095), 0x77);
	assert_int_equal(INIT(drive_delegated(f.host), 0, src, 0), RTT(3));
	assert_int_equal(HOST_CALL(f.host, SMC_RMI_REALM_ACTIVATE, f.r.rd), 0);
	assert_int_equal(INIT(drive_delegated(f.host), PAGE, src, 0),
			 RMI_ERROR_REALM);
	drive_realm_remove(f.host, &f.r);
}

static void unmapping_makes_ram_destroyed(void **state)
{
	struct fixture f;
	uint64_t page;

	fixture_up(&f, state);
	page = drive_delegated(f.host);
	assert_int_equal(MAP(&f, 0, PAGE, 1, RMI_ADDR_DESC(page, 1, 0)), 0);
	assert_int_equal(UNMAP(&f, 0, PAGE, RMI_OADDR_NONE, 0), 0);
	assert_x(1, PAGE);
	assert_x(2, 0);
	assert_int_equal(drive_granule(f.host, page), 1);
	HOST_CALL(f.host, SMC_RMI_RTT_READ_ENTRY, f.r.rd, 0, 3);
	assert_x(2, RMI_ENTRY_UNASSIGNED);
	assert_x(4, RMI_RIPAS_DESTROYED);
	/* It may be mapped again, and stays DESTROYED to the realm. */
	assert_int_equal(MAP(&f, 0, PAGE, 1, RMI_ADDR_DESC(page, 1, 0)), 0);
	HOST_CALL(f.host, SMC_RMI_RTT_READ_ENTRY, f.r.rd, 0, 3);
	assert_x(2, RMI_ENTRY_ASSIGNED);
	assert_x(3, page);
	assert_x(4, RMI_RIPAS_DESTROYED);
	drive_realm_remove(f.host, &f.r);
}

/* L.2.10 */
static void holes_are_stepped_over_before_and_after(void **state)
{
	struct fixture f;
	uint64_t pages;

	fixture_up(&f, state);
	pages = drive_delegated_run(f.host, 7, 1);
	assert_int_equal(UNMAP(&f, 0, MIB2, RMI_OADDR_SINGLE, 0), 0);
	assert_x(1, MIB2);
	assert_x(2, 0);
	assert_int_equal(MAP(&f, 0x9000, 0x10000, 1, RMI_ADDR_DESC(pages, 7, 0)), 0);
	assert_int_equal(UNMAP(&f, 0, GIB, RMI_OADDR_SINGLE, 0), 0);
	assert_x(1, MIB2);
	assert_x(2, RMI_ADDR_DESC(pages, 7, 0));
	assert_x(3, 0);
	assert_int_equal(UNMAP(&f, GIB, GIB + PAGE, RMI_OADDR_SINGLE, 0), RTT(1));
	assert_x(1, 0);
	assert_int_equal(UNMAP(&f, GIB + PAGE, 3 * GIB, RMI_OADDR_SINGLE, 0), RTT(1));
	drive_undelegate(f.host, pages, 7);
	drive_realm_remove(f.host, &f.r);
}

static void lists_merge_what_touches(void **state)
{
	static const unsigned int order[] = { 0, 3, 6, 1, 4, 7, 2, 5 };
	struct fixture f;
	uint64_t pages;

	fixture_up(&f, state);
	pages = drive_delegated_run(f.host, 8, 1);
	for (unsigned int i = 0; i < 8; i++)
		f.entry[i] = RMI_ADDR_DESC(pages + order[i] * PAGE, 1, 0);
	assert_int_equal(MAP(&f, 0, 8 * PAGE, LIST(8), f.list), 0);
	assert_x(1, 8 * PAGE);
	assert_int_equal(UNMAP(&f, 0, 8 * PAGE, LIST(2), f.list), 0);
	assert_x(1, 2 * PAGE);
	assert_x(3, 2);
	f.entry[0] = f.entry[1] = 0;
	assert_int_equal(UNMAP(&f, 2 * PAGE, 8 * PAGE, LIST(8), f.list), 0);
	assert_x(1, 8 * PAGE);
	assert_x(2, 0);
	assert_x(3, 3);
	assert_int_equal(f.entry[0], RMI_ADDR_DESC(pages + 5 * PAGE, 3, 0));
	assert_int_equal(f.entry[1], RMI_ADDR_DESC(pages + PAGE, 2, 0));
	assert_int_equal(f.entry[2], RMI_ADDR_DESC(pages + 4 * PAGE, 1, 0));
	drive_undelegate(f.host, pages, 8);
	drive_realm_remove(f.host, &f.r);
}

static void a_single_run_ends_where_addresses_jump(void **state)
{
	struct fixture f;
	uint64_t pages;

	fixture_up(&f, state);
	pages = drive_delegated_run(f.host, 3, 1);
	f.entry[0] = RMI_ADDR_DESC(pages + PAGE, 2, 0);
	f.entry[1] = RMI_ADDR_DESC(pages, 1, 0);
	assert_int_equal(MAP(&f, 0, 3 * PAGE, LIST(2), f.list), 0);
	assert_int_equal(UNMAP(&f, 0, 3 * PAGE, RMI_OADDR_SINGLE, 0), 0);
	assert_x(1, 2 * PAGE);
	assert_x(2, RMI_ADDR_DESC(pages + PAGE, 2, 0));
	drive_realm_remove(f.host, &f.r);
}

static void unmap_arguments_are_checked(void **state)
{
	struct fixture f;

	fixture_up(&f, state);
	assert_int_equal(UNMAP(&f, 0, PAGE, RMI_OADDR_SINGLE, 8), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, PAGE, RMI_OADDR_NONE, 8), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, PAGE, RMI_OADDR_SINGLE | 4, 0), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, PAGE, 3, 0), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, PAGE, LIST(0), f.list), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, PAGE, LIST(1), f.list + 4), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, PAGE, LIST(1), f.r.rd), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, 0, 8, RMI_OADDR_NONE, 0), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, PAGE, PAGE, RMI_OADDR_NONE, 0), RMI_ERROR_INPUT);
	assert_int_equal(UNMAP(&f, SHARED, SHARED + PAGE, RMI_OADDR_NONE, 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(UNSHARE(&f, 0, PAGE, RMI_OADDR_NONE, 0), RMI_ERROR_INPUT);
	/* bits 16 and up do not matter */
	assert_int_equal(UNMAP(&f, 0, PAGE, RMI_OADDR_NONE | 0x70000, 0), 0);
	drive_realm_remove(f.host, &f.r);
}

static void shared_pages_carry_the_hosts_attributes(void **state)
{
	struct fixture f;
	uint64_t page, desc;

	fixture_up(&f, state);
	page = host_page(f.host);
	desc = undelegated(&f, RMI_ADDR_DESC(page, 1, 0));
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE, NORMAL_RW, desc), 0);
	assert_x(1, SHARED + PAGE);
	HOST_CALL(f.host, SMC_RMI_RTT_READ_ENTRY, f.r.rd, SHARED, 3);
	assert_x(2, RMI_ENTRY_ASSIGNED);
	assert_x(3, page | 6 << 2 | 3 << 6);
	assert_x(4, 0);
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE, NORMAL_RW, desc), 0);
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE,
			       1 | RMI_UNPROT_MEMATTR(6) | RMI_UNPROT_S2AP(2), desc),
			 RTT(3));
	assert_int_equal(SHARE(&f, SHARED + PAGE, SHARED + 2 * PAGE,
			       1 | RMI_UNPROT_MEMATTR(5) | RMI_UNPROT_S2AP(2), desc), 0);
	HOST_CALL(f.host, SMC_RMI_RTT_READ_ENTRY, f.r.rd, SHARED + PAGE, 3);
	assert_x(3, page | 5 << 2 | 1 << 6);
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE,
			       1 | RMI_UNPROT_MEMATTR(4) | RMI_UNPROT_S2AP(3), desc),
			 RMI_ERROR_INPUT);
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE,
			       1 | RMI_UNPROT_MEMATTR(6) | RMI_UNPROT_S2AP(4), desc),
			 RMI_ERROR_INPUT);
	assert_int_equal(SHARE(&f, 0, PAGE, NORMAL_RW, desc), RMI_ERROR_INPUT);
	assert_int_equal(SHARE(&f, SHARED + MIB2 - PAGE, SHARED + MIB2, NORMAL_RW,
			       undelegated(&f, RMI_ADDR_DESC(1UL << 51, 1, 0))),
			 RMI_ERROR_INPUT);
	/* the target is not looked at: a page of the RMM, a delegated one */
	assert_int_equal(SHARE(&f, SHARED + 2 * PAGE, SHARED + 3 * PAGE, NORMAL_RW,
			       undelegated(&f, RMI_ADDR_DESC(f.r.rd, 1, 0))), 0);
	/* It does not keep its table alive. */
	assert_int_equal(HOST_CALL(f.host, SMC_RMI_RTT_DESTROY, f.r.rd, SHARED, 3), 0);
	drive_undelegate(f.host, host_regs()->x[1], 1);
	HOST_CALL(f.host, SMC_RMI_RTT_READ_ENTRY, f.r.rd, SHARED, 3);
	assert_x(1, 2);
	assert_x(2, RMI_ENTRY_UNASSIGNED);
	assert_x(4, 0);
	drive_realm_remove(f.host, &f.r);
}

static void only_bet3_wants_shared_pages_marked_undelegated(void **state)
{
	struct fixture f;
	uint64_t page;
	bool july;

	fixture_up(&f, state);
	july = f.host->config.profile == RMM_PROFILE_JULY;
	page = host_page(f.host);
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE, NORMAL_RW,
			       RMI_ADDR_DESC(page, 1, 0)),
			 july ? RMI_SUCCESS : RMI_ERROR_INPUT);
	/* J's note to 26: this one works everywhere. */
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE, NORMAL_RW,
			       RMI_ADDR_DESC(page, 1, 0) | 1UL << 62), 0);
	assert_int_equal(UNSHARE(&f, SHARED, SHARED + PAGE, RMI_OADDR_SINGLE, 0), 0);
	assert_x(2, july ? RMI_ADDR_DESC(page, 1, 0)
			 : RMI_ADDR_DESC(page, 1, 0) | 1UL << 62);
	assert_int_equal(SHARE(&f, SHARED, SHARED + PAGE, NORMAL_RW,
			       RMI_ADDR_DESC(page, 1, 0) | 1UL << 62), 0);
	assert_int_equal(UNSHARE(&f, SHARED, SHARED + PAGE, LIST(1), f.list), 0);
	assert_x(3, 1);
	assert_int_equal(f.entry[0], undelegated(&f, RMI_ADDR_DESC(page, 1, 0)));
	drive_realm_remove(f.host, &f.r);
}

/* C.8: the list cannot be written after the fact; its pages are lost. */
static void a_list_that_cannot_be_written_loses_its_pages(void **state)
{
	struct fixture f;
	uint64_t page;

	fixture_up(&f, state);
	page = drive_delegated(f.host);
	assert_int_equal(MAP(&f, 0, PAGE, 1, RMI_ADDR_DESC(page, 1, 0)), 0);
	f.host->ns_faults = 1;
	assert_int_equal(UNMAP(&f, 0, PAGE, LIST(1), f.list), 0);
	assert_x(1, PAGE);
	assert_x(3, 0);
	assert_int_equal(drive_granule(f.host, page), 1);
	drive_realm_remove(f.host, &f.r);
}

static const struct CMUnitTest tests[] = {
	BOTH(arguments_are_checked_in_order),
	BOTH(mapping_is_idempotent_and_zeroes),
	BOTH(whatever_stops_it_progress_is_success),
	BOTH(a_block_is_claimed_whole_or_not_at_all),
	BOTH(populating_is_for_new_realms_and_empty_slots),
	BOTH(unmapping_makes_ram_destroyed),
	BOTH(holes_are_stepped_over_before_and_after),
	BOTH(lists_merge_what_touches),
	BOTH(a_single_run_ends_where_addresses_jump),
	BOTH(unmap_arguments_are_checked),
	BOTH(shared_pages_carry_the_hosts_attributes),
	BOTH(only_bet3_wants_shared_pages_marked_undelegated),
	BOTH(a_list_that_cannot_be_written_loses_its_pages),
};

RUN_TESTS(tests)
