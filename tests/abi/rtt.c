// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables and mappings as a running RMM kept them (L.2.1, L.2.2, L.2.7 to
 * L.2.11).
 */
#include "abi.h"

#define RW	0x1e0001UL	/* SINGLE, Normal-WB, read and write */
#define LIST(n)	(RMI_OADDR_LIST | RMI_OADDR_LIST_COUNT(n))

static void assert_entry(struct realm *r, uint64_t ipa, uint64_t level,
			 uint64_t walk, uint64_t state, uint64_t desc,
			 uint64_t ripas)
{
	EQ(RMI(RTT_READ_ENTRY, r->rd, ipa, level), RMI_SUCCESS);
	X(1, walk);
	X(2, state);
	X(3, desc);
	X(4, ripas);
}

/* Create a table that must be possible; its page. */
static uint64_t table(struct realm *r, uint64_t ipa, uint64_t level)
{
	uint64_t rtt = delegated();

	EQ(RMI(RTT_CREATE, r->rd, rtt, ipa, level), RMI_SUCCESS);
	return rtt;
}

static uint64_t map(struct realm *r, uint64_t ipa, uint64_t count, uint64_t desc)
{
	return RMI(RTT_DATA_MAP, r->rd, ipa, ipa + count * PAGE,
		   RMI_OADDR_SINGLE, desc);
}

ABI_TEST(L2_01_destroy_skips_to_the_end_of_the_tables_span)
{
	struct realm r;
	uint64_t rtt;

	realm_new(&r);	/* 33 bits, level 1 */
	EQ(RMI(RTT_DESTROY, r.rd, GIB, 2), 0x104);
	X(1, 0);
	X(2, 0x8000000000);
	rtt = table(&r, 0, 2);
	EQ(RMI(RTT_DESTROY, r.rd, 0, 2), RMI_SUCCESS);
	X(1, rtt);
	X(2, 0x8000000000);
	realm_remove(&r);

	realm_new_shape(&r, 48, 0, 1);
	EQ(RMI(RTT_DESTROY, r.rd, 0, 1), 0x004);
	X(2, 0x1000000000000);
	realm_remove(&r);

	realm_new_shape(&r, 40, 1, 2);
	EQ(RMI(RTT_DESTROY, r.rd, 0, 2), 0x104);
	X(2, 0x8000000000);
	EQ(RMI(RTT_DESTROY, r.rd, 0x8000000000, 2), 0x104);
	X(2, 0x10000000000);
	realm_remove(&r);

	realm_new_shape(&r, 34, 2, 16);
	EQ(RMI(RTT_DESTROY, r.rd, 3 * GIB, 3), 0x204);
	X(2, 4 * GIB);
	realm_remove(&r);
}

ABI_TEST(L2_01_shared_blocks_stop_the_skip_but_keep_no_table)
{
	struct realm r;
	uint64_t l2;

	realm_new(&r);
	l2 = table(&r, SHARED, 2);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, 0x102000000, 0x102000000 + MIB2, RW,
	       MIB2 | 4 | 1), RMI_SUCCESS);
	EQ(RMI(RTT_DESTROY, r.rd, SHARED, 3), 0x204);
	X(1, 0);
	X(2, 0x102000000);
	EQ(RMI(RTT_DESTROY, r.rd, SHARED, 2), RMI_SUCCESS);
	X(1, l2);
	assert_entry(&r, SHARED, 1, 1, RMI_ENTRY_UNASSIGNED, 0, 0);
	realm_remove(&r);
}

ABI_TEST(L2_01_a_live_table_at_0_answers_0)
{
	struct realm r;

	realm_new(&r);
	table(&r, 0, 2);
	table(&r, 0, 3);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, PAGE), 0);
	EQ(map(&r, 0, 1, delegated() | 4), 0);
	EQ(RMI(RTT_DESTROY, r.rd, 0, 3), 0x304);
	X(1, 0);
	X(2, 0);
	realm_remove(&r);
}

ABI_TEST(C6_a_destroyed_table_leaves_destroyed_memory)
{
	struct realm r;

	realm_new(&r);
	assert_entry(&r, 0, 1, 1, RMI_ENTRY_UNASSIGNED, 0, RMI_RIPAS_EMPTY);
	assert_entry(&r, SHARED, 1, 1, RMI_ENTRY_UNASSIGNED, 0, 0);
	table(&r, 0, 2);
	EQ(RMI(RTT_DESTROY, r.rd, 0, 2), RMI_SUCCESS);
	assert_entry(&r, 0, 3, 1, RMI_ENTRY_UNASSIGNED, 0, RMI_RIPAS_DESTROYED);
	realm_remove(&r);
}

ABI_TEST(C6_create_and_its_errors)
{
	uint64_t page = delegated(), l2;
	struct realm r;

	realm_new(&r);
	EQ(RMI(RTT_CREATE, r.rd, ns_page(), 0, 2), RMI_ERROR_INPUT);
	EQ(RMI(RTT_CREATE, page, page, 0, 2), RMI_ERROR_INPUT);
	EQ(RMI(RTT_CREATE, r.rd, page, 0, 1), RMI_ERROR_INPUT);
	EQ(RMI(RTT_CREATE, r.rd, page, 0, 4), RMI_ERROR_INPUT);
	EQ(RMI(RTT_CREATE, r.rd, page, MIB2, 2), RMI_ERROR_INPUT);
	EQ(RMI(RTT_CREATE, r.rd, page, 1UL << 33, 2), RMI_ERROR_INPUT);
	EQ(RMI(RTT_CREATE, r.rd, page, 0, 3), 0x104);
	l2 = table(&r, 0, 2);
	EQ(RMI(RTT_CREATE, r.rd, page, 0, 2), 0x104);
	assert_entry(&r, 0, 1, 1, RMI_ENTRY_TABLE, l2, 0);
	assert_entry(&r, 0, 3, 2, RMI_ENTRY_UNASSIGNED, 0, 0);
	EQ(RMI(RTT_READ_ENTRY, r.rd, PAGE, 2), RMI_ERROR_INPUT);
	EQ(RMI(RTT_READ_ENTRY, r.rd, 0, 0), RMI_ERROR_INPUT);
	EQ(RMI(RTT_READ_ENTRY, r.rd, 1UL << 33, 3), RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L2_02_a_level_1_table_folds_into_level_0)
{
	struct realm r;
	uint64_t l1;

	realm_new_shape(&r, 48, 0, 1);
	l1 = table(&r, 0, 1);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, 512 * GIB), 0);
	X(1, 512 * GIB);
	EQ(RMI(RTT_FOLD, r.rd, 0, 1), RMI_SUCCESS);
	X(1, l1);
	assert_entry(&r, 0, 0, 0, RMI_ENTRY_UNASSIGNED, 0, RMI_RIPAS_RAM);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 512 * GIB, 1024 * GIB), RMI_SUCCESS);
	EQ(RMI(RTT_FOLD, r.rd, 0, 0), RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L2_02_pages_fold_to_a_block_unless_mixed)
{
	uint64_t pages = delegated_run(512), l3, list[512];
	struct realm r;

	realm_new(&r);
	table(&r, 0, 2);
	l3 = table(&r, 0, 3);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, MIB2), 0);
	EQ(map(&r, 0, 512, RMI_ADDR_DESC(pages, 512, 0)), 0);
	X(1, MIB2);
	EQ(RMI(RTT_FOLD, r.rd, 0, 3), RMI_SUCCESS);
	X(1, l3);
	assert_entry(&r, 0, 3, 2, RMI_ENTRY_ASSIGNED, pages, RMI_RIPAS_RAM);
	EQ(RMI(RTT_FOLD, r.rd, 0, 3), RTT(2));
	/* Unfold, lose one page and map it again: it is DESTROYED now. */
	EQ(RMI(RTT_CREATE, r.rd, l3, 0, 3), RMI_SUCCESS);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 0, 0), 0);
	EQ(map(&r, 0, 1, RMI_ADDR_DESC(pages, 1, 0)), 0);
	EQ(RMI(RTT_FOLD, r.rd, 0, 3), 0x304);
	X(1, 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, MIB2, LIST(512), r.list), 0);
	X(3, 1);
	abi_page_read(r.list, list, sizeof(list));
	EQ(list[0], RMI_ADDR_DESC(pages, 512, 0));
	undelegate(pages, 512);
	realm_remove(&r);
}

ABI_TEST(L2_02_a_remapped_shared_page_does_not_hinder_folding)
{
	struct realm r;
	uint64_t l3;

	realm_new(&r);
	table(&r, SHARED, 2);
	l3 = table(&r, SHARED, 3);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + MIB2, RW,
	       RMI_ADDR_DESC(MIB2, 512, 0)), 0);
	X(1, SHARED + MIB2);
	EQ(RMI(RTT_UNPROT_UNMAP, r.rd, SHARED, SHARED + PAGE, 0, 0), 0);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + PAGE, RW, MIB2 | 4), 0);
	EQ(RMI(RTT_FOLD, r.rd, SHARED, 3), RMI_SUCCESS);
	X(1, l3);
	assert_entry(&r, SHARED, 2, 2, RMI_ENTRY_ASSIGNED,
		     MIB2 | 6 << 2 | 3 << 6, 0);
	realm_remove(&r);
}

ABI_TEST(L2_07_concatenated_roots_end_a_call)
{
	struct realm r;

	realm_new_shape(&r, 34, 2, 16);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, 8 * GIB), 0);
	X(1, 0x40000000);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, 8 * GIB, 0, 0), 0);
	X(1, 0x40000000);
	realm_remove(&r);
}

ABI_TEST(C7_init_ripas_and_its_errors)
{
	struct realm r;

	realm_new(&r);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, PAGE, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 8, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, SHARED, SHARED + GIB), RMI_ERROR_INPUT);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, SHARED + GIB), RMI_ERROR_INPUT);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, PAGE), 0x104);
	X(1, 0);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, PAGE, GIB), 0x104);
	table(&r, 0, 2);
	table(&r, 0, 3);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, PAGE, GIB), RMI_SUCCESS);
	X(1, MIB2);
	EQ(RMI(RTT_DESTROY, r.rd, 0, 3), RMI_SUCCESS);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, MIB2), 0x204);	/* DESTROYED stays */
	realm_remove(&r);
}

/* A realm with one level-3 table at 0 in each half. */
static void mapped(struct realm *r)
{
	realm_new(r);
	realm_tables(r, 0, 3);
	realm_tables(r, SHARED, 3);
	EQ(RMI(RTT_INIT_RIPAS, r->rd, 0, MIB2), 0);
}

ABI_TEST(L2_08_single_ignores_count_and_upper_flags)
{
	struct realm r;

	mapped(&r);
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, PAGE, 0x15, delegated() | 4), 0);
	EQ(RMI(RTT_DATA_MAP, r.rd, PAGE, 2 * PAGE, 0x10001, delegated() | 4), 0);
	X(1, 2 * PAGE);
	X(2, 0);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, 0, delegated() | 4),
	   RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, 3, delegated() | 4),
	   RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, 1, delegated()),
	   RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, LIST(0), r.list),
	   RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, 1,
	       delegated() | 4 | 1UL << 63), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, 1,
	       delegated() | 4 | 1UL << 62), RMI_SUCCESS);
	realm_remove(&r);
}

ABI_TEST(L2_08_empty_descriptors_are_skipped)
{
	uint64_t entry[4] = { 0 };
	struct realm r;

	mapped(&r);
	entry[1] = delegated() | 4;
	entry[3] = delegated() | 4;
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, 2 * PAGE, LIST(4), r.list), 0);
	X(1, 2 * PAGE);
	/* an empty first one gives the size all the same */
	entry[0] = 1;
	entry[1] = delegated() | 4;
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, LIST(2), r.list),
	   RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, MIB2, MIB2 + PAGE, LIST(2), r.list), 0x204);
	realm_remove(&r);
}

ABI_TEST(L2_08_a_wrong_second_descriptor_is_prefix_success)
{
	uint64_t entry[2], page = delegated();
	struct realm r;

	mapped(&r);
	entry[0] = delegated() | 4;
	entry[1] = page | 4 | 1UL << 63;
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, 2 * PAGE, LIST(2), r.list), 0);
	X(1, PAGE);
	entry[0] = delegated() | 4;
	entry[1] = MIB2 | 4 | 1;
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, PAGE, 3 * PAGE, LIST(2), r.list), 0);
	X(1, 2 * PAGE);
	realm_remove(&r);
}

ABI_TEST(L2_08_a_range_over_the_tables_end_stops_there)
{
	uint64_t pages = delegated_run(2);
	struct realm r;

	mapped(&r);
	EQ(map(&r, MIB2 - PAGE, 2, RMI_ADDR_DESC(pages, 2, 0)), RMI_SUCCESS);
	X(1, MIB2);
	EQ(in_use(pages), true);
	EQ(in_use(pages + PAGE), false);
	realm_remove(&r);
}

ABI_TEST(L2_08_blocks_need_alignment_and_no_table)
{
	uint64_t block = delegated_run(512), l3;
	struct realm r;

	mapped(&r);
	EQ(RMI(RTT_DATA_MAP, r.rd, PAGE, 2 * MIB2, 1, block | 4 | 1), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, PAGE, 1, block | 4 | 1), 0x204);
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, MIB2, 1, block | 4 | 1), 0x204);
	EQ(RMI(RTT_FOLD, r.rd, 0, 3), 0);
	l3 = last.x[1];
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, MIB2, 1, block | 4 | 1), RMI_SUCCESS);
	X(1, MIB2);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, MIB2, 1, 0), RMI_SUCCESS);
	X(2, block | 4 | 1);	/* size code 1 */
	X(3, 0);
	undelegate(block, 512);
	undelegate(l3, 1);
	realm_remove(&r);
}

ABI_TEST(L2_08_a_list_of_512_maps_in_one_call)
{
	uint64_t pages = delegated_run(512), entry[512];
	struct realm r;

	mapped(&r);
	for (unsigned int i = 0; i < 512; i++)	/* any order */
		entry[i] = RMI_ADDR_DESC(pages + (511 - i) * PAGE, 1, 0);
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, MIB2, LIST(512), r.list), 0);
	X(1, MIB2);
	assert_entry(&r, 0, 3, 3, RMI_ENTRY_ASSIGNED, pages + 511 * PAGE,
		     RMI_RIPAS_RAM);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, MIB2, LIST(512), r.list), 0);
	X(1, MIB2);
	X(3, 1);	/* prepended, all of them */
	abi_page_read(r.list, entry, 8);
	EQ(entry[0], RMI_ADDR_DESC(pages, 512, 0));
	undelegate(pages, 512);
	realm_remove(&r);
}

ABI_TEST(C8_data_map_is_idempotent_and_rolls_blocks_back)
{
	uint64_t page = delegated(), block = delegated_run(512);
	struct realm r;

	mapped(&r);
	EQ(map(&r, 0, 1, page | 4), RMI_SUCCESS);
	EQ(map(&r, 0, 1, page | 4), RMI_SUCCESS);
	X(1, PAGE);
	EQ(map(&r, 0, 1, delegated() | 4), 0x304);
	EQ(map(&r, PAGE, 1, page | 4), RMI_ERROR_INPUT);
	EQ(map(&r, PAGE, 1, ns_page() | 4), RMI_ERROR_INPUT);
	EQ(map(&r, GIB, 1, delegated() | 4), 0x104);
	EQ(RMI(GRANULE_RANGE_UNDELEGATE, block + 300 * PAGE, block + 301 * PAGE), 0);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * MIB2, 3 * MIB2, 1, block | 4 | 1),
	   RMI_ERROR_INPUT);
	EQ(in_use(block), false);
	EQ(in_use(block + 299 * PAGE), false);
	realm_remove(&r);
}

ABI_TEST(L2_09_data_map_init_revives_a_destroyed_slot)
{
	uint64_t src = ns_page(), data = delegated();
	struct realm r;

	mapped(&r);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, data, 0, src, 0), 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 0, 0), 0);
	assert_entry(&r, 0, 3, 3, RMI_ENTRY_UNASSIGNED, 0, RMI_RIPAS_DESTROYED);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, data, 0, src, 1), 0);
	assert_entry(&r, 0, 3, 3, RMI_ENTRY_ASSIGNED, data, RMI_RIPAS_RAM);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, delegated(), 0, src, 1), 0x304);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, delegated(), GIB, src, 1), 0x104);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, delegated(), SHARED, src, 1),
	   RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, delegated(), PAGE, src, 2), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, r.rd, PAGE, src, 0), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, src, PAGE, src, 0), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, delegated(), PAGE, data, 0),
	   RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L2_10_unmap_hole_returns_success_and_no_page)
{
	struct realm r;

	mapped(&r);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, MIB2, 1, 0), RMI_SUCCESS);
	X(1, MIB2);
	X(2, 0);
	X(3, 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, MIB2, LIST(8), r.list), RMI_SUCCESS);
	X(1, MIB2);
	X(3, 0);
	realm_remove(&r);
}

ABI_TEST(L2_10_one_single_call_skips_holes_before_and_after)
{
	uint64_t pages = delegated_run(8);
	struct realm r;

	mapped(&r);
	EQ(map(&r, 0x9000, 7, RMI_ADDR_DESC(pages, 7, 0)), 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, GIB, 1, 0), 0);
	X(1, 0x200000);
	X(2, RMI_ADDR_DESC(pages, 7, 0));
	X(3, 0);
	undelegate(pages, 8);
	realm_remove(&r);
}

ABI_TEST(L2_10_none_tells_no_pages)
{
	struct realm r;

	mapped(&r);
	EQ(map(&r, 0, 1, delegated() | 4), 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 0, 0), 0);
	X(1, PAGE);
	X(2, 0);
	X(3, 0);
	realm_remove(&r);
}

ABI_TEST(L2_10_none_and_single_want_zero_for_list_and_count)
{
	struct realm r;

	mapped(&r);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 0, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 1, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 1 | 1 << 2, 0), RMI_ERROR_INPUT);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 1 << 16 | 1, 0), RMI_SUCCESS);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, LIST(0), r.list), RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L2_10_a_hole_larger_than_the_rest_is_an_error)
{
	struct realm r;

	mapped(&r);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, GIB, GIB + PAGE, 1, 0), 0x104);
	X(1, 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, GIB + PAGE, 3 * GIB, 1, 0), 0x104);
	X(1, 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, SHARED, SHARED + GIB, 1, 0), RMI_ERROR_INPUT);
	EQ(RMI(RTT_UNPROT_UNMAP, r.rd, 0, GIB, 1, 0), RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L2_10_lists_merge_scattered_pages)
{
	static const unsigned int order[] = { 0, 3, 6, 1, 4, 7, 2, 5 };
	uint64_t p = delegated_run(8), entry[8];
	struct realm r;

	mapped(&r);
	for (unsigned int i = 0; i < 8; i++)
		entry[i] = RMI_ADDR_DESC(p + order[i] * PAGE, 1, 0);
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, 8 * PAGE, LIST(8), r.list), 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, 8 * PAGE, LIST(8), r.list), 0);
	X(3, 3);
	abi_page_read(r.list, entry, sizeof(entry));
	EQ(entry[0], RMI_ADDR_DESC(p, 3, 0));
	EQ(entry[1], RMI_ADDR_DESC(p + 3 * PAGE, 3, 0));
	EQ(entry[2], RMI_ADDR_DESC(p + 6 * PAGE, 2, 0));
	/* and with room for two */
	for (unsigned int i = 0; i < 8; i++)
		entry[i] = RMI_ADDR_DESC(p + order[i] * PAGE, 1, 0);
	abi_page_write(r.list, entry, sizeof(entry));
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, 8 * PAGE, LIST(8), r.list), 0);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, 8 * PAGE, LIST(2), r.list), 0);
	X(1, 2 * PAGE);
	X(3, 2);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 2 * PAGE, 8 * PAGE, LIST(8), r.list), 0);
	X(1, 8 * PAGE);
	undelegate(p, 8);
	realm_remove(&r);
}

ABI_TEST(L2_11_unprot_map_looks_at_almost_nothing)
{
	struct realm r;
	uint64_t page, ipa = SHARED;

	mapped(&r);
	page = ns_page();
#define SHARE(flags, desc) \
	RMI(RTT_UNPROT_MAP, r.rd, ipa, ipa + PAGE, (flags), (desc))
	EQ(SHARE(RW, 1UL << 51 | 4), RMI_ERROR_INPUT);
	EQ(SHARE(1 | 4 << 16 | 3 << 19, page | 4), RMI_ERROR_INPUT);
	EQ(SHARE(1 | 6 << 16 | 4 << 19, page | 4), RMI_ERROR_INPUT);
	EQ(SHARE(RW | 1UL << 23 | 1UL << 40, page | 4), RMI_SUCCESS);
	ipa += PAGE;
	EQ(SHARE(RW, page | 4 | 1UL << 52), RMI_SUCCESS);
	for (unsigned int state = 0; state < 3; state++) {	/* J 26 */
		ipa += PAGE;
		EQ(SHARE(RW, page | 4 | (state ? 1UL << (61 + state) : 0)),
		   RMI_SUCCESS);
	}
	ipa += PAGE;
	EQ(SHARE(RW, r.rd | 4), RMI_SUCCESS);
	ipa += PAGE;
	EQ(SHARE(RW, abi_unknown_pa() | 4), RMI_SUCCESS);
	EQ(SHARE(RW, abi_unknown_pa() | 4), RMI_SUCCESS);
	EQ(SHARE(RW, page | 4), 0x304);
	assert_entry(&r, SHARED, 3, 3, RMI_ENTRY_ASSIGNED, page | 6 << 2 | 3 << 6, 0);
	realm_remove(&r);
}

ABI_TEST(L2_11_unprot_unmap_marks_lists_only)
{
	struct realm r;
	uint64_t page, entry;

	mapped(&r);
	page = ns_page();
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + PAGE, RW, page | 4), 0);
	EQ(RMI(RTT_UNPROT_UNMAP, r.rd, SHARED, SHARED + PAGE, 1, 0), 0);
	X(2, page | 4);		/* state 0 */
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + PAGE, RW, page | 4), 0);
	EQ(RMI(RTT_UNPROT_UNMAP, r.rd, SHARED, SHARED + PAGE, LIST(1), r.list), 0);
	X(3, 1);
	abi_page_read(r.list, &entry, 8);
	EQ(entry, page | 4 | 1UL << 63);
	realm_remove(&r);
}

ABI_TEST(L2_10_511_shared_blocks_come_back_in_one_call)
{
	struct realm r;

	realm_new(&r);
	realm_tables(&r, SHARED, 2);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + 511 * MIB2, RW,
	       RMI_ADDR_DESC(GIB, 511, 1)), 0);
	X(1, SHARED + 511 * MIB2);
	EQ(RMI(RTT_UNPROT_UNMAP, r.rd, SHARED, SHARED + GIB, 1, 0), 0);
	X(1, SHARED + GIB);
	X(2, 0x400007fd);
	realm_remove(&r);
}
