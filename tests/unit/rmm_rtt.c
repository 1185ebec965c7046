// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of the model: create, destroy, fold, read, and RIPAS in them (C.6,
 * C.7, F.4).
 */
#include "rmm_test.h"

static uint64_t create(struct host *host, struct drive_realm *r, uint64_t ipa,
		       uint64_t level, uint64_t *rtt)
{
	*rtt = drive_delegated(host);
	return HOST_CALL(host, SMC_RMI_RTT_CREATE, r->rd, *rtt, ipa, level);
}

static uint64_t destroy(struct host *host, struct drive_realm *r, uint64_t ipa,
			uint64_t level)
{
	return HOST_CALL(host, SMC_RMI_RTT_DESTROY, r->rd, ipa, level);
}

static uint64_t fold(struct host *host, struct drive_realm *r, uint64_t ipa,
		     uint64_t level)
{
	return HOST_CALL(host, SMC_RMI_RTT_FOLD, r->rd, ipa, level);
}

/* Walk level, state, descriptor and RIPAS in one assertion each. */
static void assert_entry(struct host *host, struct drive_realm *r, uint64_t ipa,
			 uint64_t level, uint64_t walk, uint64_t state,
			 uint64_t desc, uint64_t ripas)
{
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_READ_ENTRY, r->rd, ipa,
				   level), 0);
	assert_x(1, walk);
	assert_x(2, state);
	assert_x(3, desc);
	assert_x(4, ripas);
}

static uint64_t init_ripas(struct host *host, struct drive_realm *r,
			   uint64_t base, uint64_t top)
{
	return HOST_CALL(host, SMC_RMI_RTT_INIT_RIPAS, r->rd, base, top);
}

static uint64_t map(struct host *host, struct drive_realm *r, uint64_t base,
		    uint64_t top, uint64_t desc)
{
	return HOST_CALL(host, SMC_RMI_RTT_DATA_MAP, r->rd, base, top,
			 RMI_OADDR_SINGLE, desc);
}

static void tables_are_created_one_level_at_a_time(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t rtt, page;

	drive_realm_new(host, &r);
	assert_int_equal(create(host, &r, 0, 3, &page), RTT(1));
	assert_int_equal(create(host, &r, 0, 1, &page), RMI_ERROR_INPUT);
	assert_int_equal(create(host, &r, 0, 4, &page), RMI_ERROR_INPUT);
	assert_int_equal(create(host, &r, MIB2, 2, &page), RMI_ERROR_INPUT);
	assert_int_equal(create(host, &r, 1UL << 33, 2, &page), RMI_ERROR_INPUT);
	assert_int_equal(create(host, &r, 0, 2, &rtt), 0);
	assert_int_equal(drive_granule(host, rtt), 6);
	assert_int_equal(create(host, &r, 0, 2, &page), RTT(1));
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_CREATE, r.rd, rtt, 0, 3),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_CREATE, page, page, 0, 3),
			 RMI_ERROR_INPUT);
	assert_entry(host, &r, 0, 1, 1, RMI_ENTRY_TABLE, rtt, 0);
	assert_entry(host, &r, 0, 3, 2, RMI_ENTRY_UNASSIGNED, 0, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_READ_ENTRY, r.rd, PAGE, 2),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_READ_ENTRY, r.rd, 0, 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_READ_ENTRY, r.rd, 0, 4),
			 RMI_ERROR_INPUT);
}

/* L.2.1 */
static void destroy_tells_where_to_go_on(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t rtt, page;

	drive_realm_new(host, &r);
	assert_int_equal(destroy(host, &r, GIB, 2), RTT(1));
	assert_x(1, 0);
	assert_x(2, 0x8000000000);
	assert_int_equal(create(host, &r, 0, 2, &rtt), 0);
	assert_int_equal(create(host, &r, 3 * GIB, 2, &page), 0);
	assert_int_equal(destroy(host, &r, GIB, 2), RTT(1));
	assert_x(2, 3 * GIB);
	assert_int_equal(create(host, &r, 0, 3, &page), 0);
	/* A live table at 0 says 0: a legal answer. */
	assert_int_equal(destroy(host, &r, 0, 2), RTT(2));
	assert_x(1, 0);
	assert_x(2, 0);
	assert_int_equal(destroy(host, &r, 0, 3), RMI_SUCCESS);
	assert_x(1, page);
	assert_x(2, GIB);
	assert_int_equal(destroy(host, &r, 0, 2), RMI_SUCCESS);
	assert_x(1, rtt);
	assert_x(2, 3 * GIB);
	assert_int_equal(drive_granule(host, rtt), 1);
	/* The realm must notice that it is gone. */
	assert_entry(host, &r, 0, 1, 1, 0, 0, RMI_RIPAS_DESTROYED);
	assert_int_equal(destroy(host, &r, 0, 1), RMI_ERROR_INPUT);
}

static void concatenated_roots_are_tables_of_their_own(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t rtt;

	drive_realm_params(host, &r, 40, 1, 2);
	assert_int_equal(drive_realm_create(host, &r), 0);
	assert_int_equal(destroy(host, &r, 0, 2), RTT(1));
	assert_x(2, 0x8000000000);
	assert_int_equal(destroy(host, &r, 0x8000000000, 2), RTT(1));
	assert_x(2, 0x10000000000);
	/* The upper root is the shared half here. */
	assert_int_equal(create(host, &r, 0x8000000000, 2, &rtt), 0);
	assert_entry(host, &r, 0x8000000000, 1, 1, RMI_ENTRY_TABLE, rtt, 0);
	assert_entry(host, &r, 0, 1, 1, RMI_ENTRY_UNASSIGNED, 0, 0);
	assert_int_equal(destroy(host, &r, 0x8000000000, 2), 0);
	drive_realm_remove(host, &r);

	drive_realm_params(host, &r, 34, 2, 16);
	assert_int_equal(drive_realm_create(host, &r), 0);
	assert_int_equal(init_ripas(host, &r, 0, 8 * GIB), 0);
	assert_x(1, GIB);	/* L.2.7 */
	drive_realm_remove(host, &r);
}

static void folding_needs_512_equal_entries(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t l2, l3, page;

	drive_realm_new(host, &r);
	assert_int_equal(fold(host, &r, 0, 2), RTT(1));
	assert_int_equal(fold(host, &r, 0, 1), RMI_ERROR_INPUT);
	assert_int_equal(create(host, &r, 0, 2, &l2), 0);
	assert_int_equal(create(host, &r, 0, 3, &l3), 0);
	assert_int_equal(fold(host, &r, 0, 2), RTT(2));
	assert_int_equal(init_ripas(host, &r, 0, PAGE), 0);
	assert_int_equal(fold(host, &r, 0, 3), RTT(3));
	assert_int_equal(init_ripas(host, &r, PAGE, MIB2), 0);
	assert_int_equal(fold(host, &r, 0, 3), 0);
	assert_x(1, l3);
	assert_entry(host, &r, 0, 3, 2, RMI_ENTRY_UNASSIGNED, 0, RMI_RIPAS_RAM);
	/* Unfolding gives the children what the parent was. */
	assert_int_equal(create(host, &r, 0, 3, &l3), 0);
	assert_entry(host, &r, 511 * PAGE, 3, 3, 0, 0, RMI_RIPAS_RAM);
	page = drive_delegated(host);
	assert_int_equal(map(host, &r, 0, PAGE, RMI_ADDR_DESC(page, 1, 0)), 0);
	assert_int_equal(fold(host, &r, 0, 3), RTT(3));
	assert_int_equal(destroy(host, &r, 0, 3), RTT(3));
	drive_realm_remove(host, &r);
}

static void pages_fold_to_a_block_and_back(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t l2, l3, pages = drive_delegated_run(host, 512, 512);

	drive_realm_new(host, &r);
	assert_int_equal(create(host, &r, 0, 2, &l2), 0);
	assert_int_equal(create(host, &r, 0, 3, &l3), 0);
	assert_int_equal(init_ripas(host, &r, 0, MIB2), 0);
	assert_int_equal(map(host, &r, 0, MIB2, RMI_ADDR_DESC(pages, 512, 0)), 0);
	assert_x(1, MIB2);
	assert_int_equal(fold(host, &r, 0, 3), 0);
	assert_entry(host, &r, 0, 2, 2, RMI_ENTRY_ASSIGNED, pages, RMI_RIPAS_RAM);
	assert_int_equal(create(host, &r, 0, 3, &l3), 0);
	assert_entry(host, &r, 7 * PAGE, 3, 3, RMI_ENTRY_ASSIGNED,
		     pages + 7 * PAGE, RMI_RIPAS_RAM);
	assert_int_equal(fold(host, &r, 0, 3), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_UNMAP, r.rd, 0, MIB2,
				   RMI_OADDR_SINGLE), 0);
	assert_x(1, MIB2);
	assert_x(2, RMI_ADDR_DESC(pages, 1, 1));
	drive_undelegate(host, pages, 512);
	drive_realm_remove(host, &r);
}

/* L.2.2: level 0 holds no block, but it may hold a RIPAS. */
static void unassigned_tables_fold_into_level_0(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t l1;

	drive_realm_params(host, &r, 48, 0, 1);
	assert_int_equal(drive_realm_create(host, &r), 0);
	assert_int_equal(create(host, &r, 0, 1, &l1), 0);
	assert_int_equal(init_ripas(host, &r, 0, 512 * GIB), 0);
	assert_int_equal(fold(host, &r, 0, 1), 0);
	assert_x(1, l1);
	assert_entry(host, &r, 0, 0, 0, 0, 0, RMI_RIPAS_RAM);
	assert_int_equal(init_ripas(host, &r, 512 * GIB, 1024 * GIB), 0);
	drive_realm_remove(host, &r);
}

static void init_ripas_checks_and_stops_in_order(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t page = host_page(host);

	drive_realm_new(host, &r);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_INIT_RIPAS, page, 0, 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_INIT_RIPAS, page, 0, PAGE),
			 RMI_ERROR_INPUT);
	assert_int_equal(init_ripas(host, &r, 8, PAGE), RMI_ERROR_INPUT);
	assert_int_equal(init_ripas(host, &r, 0, 8 * GIB), RMI_ERROR_INPUT);
	assert_int_equal(init_ripas(host, &r, 0, PAGE), RTT(1));
	assert_x(1, 0);
	assert_int_equal(init_ripas(host, &r, PAGE, GIB), RTT(1));
	assert_int_equal(init_ripas(host, &r, 0, GIB + PAGE), 0);
	assert_x(1, GIB);
	drive_tables(host, &r, 2 * GIB, 2);
	assert_int_equal(init_ripas(host, &r, GIB, 4 * GIB), 0);
	assert_x(1, 2 * GIB);	/* a table is in the way */
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	assert_int_equal(init_ripas(host, &r, 2 * GIB, 3 * GIB), RMI_ERROR_REALM);
}

static const struct CMUnitTest tests[] = {
	BOTH(tables_are_created_one_level_at_a_time),
	BOTH(destroy_tells_where_to_go_on),
	BOTH(concatenated_roots_are_tables_of_their_own),
	BOTH(folding_needs_512_equal_entries),
	BOTH(pages_fold_to_a_block_and_back),
	BOTH(unassigned_tables_fold_into_level_0),
	BOTH(init_ripas_checks_and_stops_in_order),
};

RUN_TESTS(tests)
