// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks of 1 GiB in the model: mapped, broken, folded again, and taken back as
 * one (C.6, C.8, F.6). The gigabyte is the same 2 MiB, many times. On july alone,
 * where all memory is tracked from the start: these commands are the same on both.
 */
#define _GNU_SOURCE
#include "rmm_test.h"

#include <sys/mman.h>
#include <unistd.h>

#define GRANULES	(GIB / PAGE)
#define MEMORY_MIB	2048U

static void *window;

/* DRAM of 2 GiB: one for what tests want, one of which there is little. */
static int up(void **state)
{
	const struct rmm_config config = {
		.profile = RMM_PROFILE_JULY, .cpus = 2, .pa_bits = 48,
		.num_bps = 5, .num_wps = 3,
	};
	const size_t size = 2 * GIB + HOST_UNKNOWN_PAGES * PAGE;
	int fd = memfd_create("block", 0);
	uint64_t at;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, MIB2), 0);
	window = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(window != MAP_FAILED);
	for (at = GIB; at < 2 * GIB; at += MIB2)
		assert_true(mmap((char *)window + at, MIB2, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	close(fd);
	*state = drive_up(host_new_in(&config, MEMORY_MIB, window));
	return 0;
}

static int down(void **state)
{
	struct host *host = *state;

	host->memory = NULL;
	host_free(host);
	munmap(window, 2 * GIB + HOST_UNKNOWN_PAGES * PAGE);
	return 0;
}

static uint64_t map(struct host *host, struct drive_realm *r, uint64_t base, uint64_t top,
		    uint64_t desc)
{
	return HOST_CALL(host, SMC_RMI_RTT_DATA_MAP, r->rd, base, top, RMI_OADDR_SINGLE,
			 desc);
}

static void assert_block(struct host *host, struct drive_realm *r, uint64_t ipa,
			 uint64_t level, uint64_t pa)
{
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_READ_ENTRY, r->rd, ipa, 3), 0);
	assert_x(1, level);
	assert_x(2, RMI_ENTRY_ASSIGNED);
	assert_x(3, pa);
	assert_x(4, RMI_RIPAS_RAM);
}

/* A realm with one at 0; the PA of it. */
static uint64_t with_block(struct host *host, struct drive_realm *r)
{
	const uint64_t next = host->next_page;
	uint64_t pa = drive_delegated_run(host, GRANULES, GRANULES);

	/* All else comes from the gigabyte below. */
	host->next_page = next;
	drive_realm_new(host, r);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_INIT_RIPAS, r->rd, 0, 2 * GIB), 0);
	/* No less than all of it, at an address of its own size, from such memory. */
	assert_int_equal(map(host, r, 0, MIB2, RMI_ADDR_DESC(pa, 1, 2)), RTT(1));
	assert_int_equal(map(host, r, MIB2, GIB + MIB2, RMI_ADDR_DESC(pa, 1, 2)),
			 RMI_ERROR_INPUT);
	assert_int_equal(map(host, r, 0, GIB, RMI_ADDR_DESC(pa - MIB2, 1, 2)),
			 RMI_ERROR_INPUT);
	assert_int_equal(map(host, r, 0, GIB, RMI_ADDR_DESC(pa, 1, 2)), 0);
	assert_x(1, GIB);
	assert_int_equal(drive_granule(host, pa), 5);
	assert_int_equal(drive_granule(host, pa + GIB - PAGE), 5);
	return pa;
}

static void a_gigabyte_is_mapped_and_taken_back_as_one(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t pa = with_block(host, &r), list = host_page(host);

	assert_block(host, &r, 0, 1, pa);
	assert_block(host, &r, GIB - PAGE, 1, pa);
	/* Neither a part of it, nor something else in its place. */
	assert_int_equal(map(host, &r, 0, MIB2, RMI_ADDR_DESC(pa, 1, 1)), RTT(1));
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_UNMAP, r.rd, 0, MIB2,
				   RMI_OADDR_SINGLE, 0), RTT(1));
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_UNMAP, r.rd, 0, 4 * GIB,
				   RMI_OADDR_LIST | RMI_OADDR_LIST_COUNT(8), list), 0);
	assert_x(3, 1);
	assert_int_equal(*(uint64_t *)host_at(host, list), RMI_ADDR_DESC(pa, 1, 2));
	assert_int_equal(drive_granule(host, pa), 1);
	assert_int_equal(drive_granule(host, pa + GIB - PAGE), 1);
	drive_realm_remove(host, &r);
}

static void a_gigabyte_that_is_broken_is_many_blocks(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t pa = with_block(host, &r), l2 = drive_delegated(host), l3;

	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_CREATE, r.rd, l2, 0, 2), 0);
	assert_block(host, &r, 7 * MIB2, 2, pa + 7 * MIB2);
	assert_block(host, &r, GIB - MIB2, 2, pa + GIB - MIB2);
	l3 = drive_delegated(host);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_CREATE, r.rd, l3, 7 * MIB2, 3), 0);
	assert_block(host, &r, 7 * MIB2 + PAGE, 3, pa + 7 * MIB2 + PAGE);
	/* With a table in it, it does not become one again; without, it does. */
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_FOLD, r.rd, 0, 2), RTT(2));
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_FOLD, r.rd, 7 * MIB2, 3), 0);
	assert_x(1, l3);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_FOLD, r.rd, 0, 2), 0);
	assert_x(1, l2);
	assert_block(host, &r, 7 * MIB2, 1, pa);
	/* Broken once more, a part of it may go. */
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_CREATE, r.rd, l2, 0, 2), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_UNMAP, r.rd, MIB2, 3 * MIB2,
				   RMI_OADDR_SINGLE, 0), 0);
	assert_x(2, RMI_ADDR_DESC(pa + MIB2, 2, 1));
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_FOLD, r.rd, 0, 2), RTT(2));
	assert_int_equal(drive_granule(host, pa + MIB2), 1);
	assert_int_equal(drive_granule(host, pa + 3 * MIB2), 5);
	drive_realm_remove(host, &r);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(a_gigabyte_is_mapped_and_taken_back_as_one, up, down),
	cmocka_unit_test_setup_teardown(a_gigabyte_that_is_broken_is_many_blocks, up, down),
};

RUN_TESTS(tests)
