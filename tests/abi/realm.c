// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms and RECs, without running them, as a running RMM made them (L.1,
 * L.2.3, L.2.12, L.2.13).
 */
#include "abi.h"

static void made(struct realm *r, uint64_t status)
{
	EQ(status, RMI_SUCCESS);
	EQ(RMI(REALM_TERMINATE, r->rd), 0);
	EQ(RMI(REALM_DESTROY, r->rd), 0);
}

#define TRY(field, value) ({						\
	struct realm try = r;						\
	try.p.field = (value);						\
	realm_create(&try);						\
})

ABI_TEST(L2_12_parameters_that_are_looked_at)
{
	struct realm r;

	realm_params(&r, 33, 1, 1);
	EQ(TRY(num_bps, 0), RMI_ERROR_INPUT);
	EQ(TRY(num_wps, 0), RMI_ERROR_INPUT);
	EQ(TRY(num_bps, 0x40), RMI_ERROR_INPUT);
	EQ(TRY(num_wps, 0x40), RMI_ERROR_INPUT);
	EQ(TRY(hash_algo, 3), RMI_ERROR_INPUT);
	EQ(TRY(hash_algo, 0xff), RMI_ERROR_INPUT);
	EQ(TRY(flags0, RMI_REALM_F0_DA), RMI_ERROR_INPUT);
	EQ(TRY(flags0, 1UL << 8), RMI_ERROR_INPUT);
	EQ(TRY(flags1, 2), RMI_ERROR_INPUT);
	EQ(TRY(rtt_level_start, 1UL << 32 | 1), RMI_ERROR_INPUT);
	EQ(TRY(num_aux_planes, 4), RMI_ERROR_INPUT);
}

ABI_TEST(L2_12_parameters_that_are_not)
{
	struct realm r;

	realm_params(&r, 33, 1, 1);
	for (uint64_t i = 0; i < 3; i++)
		made(&r, TRY(hash_algo, i));
	for (unsigned int bit = 40; bit < 64; bit += 7)
		made(&r, TRY(flags0, 1UL << bit));
	made(&r, TRY(flags0, 1UL << 7));	/* MEC policy private */
	made(&r, TRY(flags0, RMI_REALM_F0_PMU));
	for (unsigned int bit = 3; bit < 64; bit += 9)
		made(&r, TRY(flags1, 1UL << bit));
	made(&r, TRY(s2sz, 1UL << 32 | 33));
	made(&r, TRY(sve_vl, 0xff));
	made(&r, TRY(num_bps, 1UL << 32 | 1));
	made(&r, TRY(rtt_num_start, 1UL << 32 | 1));
	made(&r, TRY(max_num_vdevs, 5));
	made(&r, TRY(aux_rtt_base[0], PAGE));
	made(&r, TRY(__sbz2[0x800 - 0x448], 9));
}

ABI_TEST(L2_12_roots_that_are_refused)
{
	struct realm r;

	realm_params(&r, 33, 1, 1);
	EQ(TRY(rtt_base, r.root | 1UL << 52), RMI_ERROR_INPUT);
	EQ(TRY(rtt_base, r.root + 8), RMI_ERROR_INPUT);
	EQ(TRY(rtt_base, r.rd), RMI_ERROR_INPUT);
	EQ(TRY(rtt_base, ns_page()), RMI_ERROR_INPUT);
	EQ(TRY(rtt_base, abi_unknown_pa()), RMI_ERROR_INPUT);
	EQ(in_use(r.root), false);
	EQ(in_use(r.rd), false);
}

static bool geometry(int level, unsigned int s2sz, unsigned int roots)
{
	static const struct {
		int level;
		unsigned int first, last, roots;
	} good[] = {
		{ 0, 40, 48, 1 }, { 1, 32, 39, 1 }, { 1, 40, 40, 2 },
		{ 1, 41, 41, 4 }, { 1, 42, 42, 8 }, { 1, 43, 43, 16 },
		{ 2, 32, 32, 4 }, { 2, 33, 33, 8 }, { 2, 34, 34, 16 },
	};

	for (unsigned int i = 0; i < 9; i++)
		if (level == good[i].level && s2sz >= good[i].first &&
		    s2sz <= good[i].last && roots == good[i].roots)
			return true;
	return false;
}

ABI_TEST(L2_13_these_geometries_and_no_others)
{
	struct realm r;

	realm_params(&r, 33, 1, 16);
	for (int level = -1; level <= 3; level++)
		for (unsigned int s2sz = 20; s2sz <= 56; s2sz++)
			for (unsigned int roots = 0; roots <= 16; roots++) {
				uint64_t x0;

				r.p.s2sz = s2sz;
				r.p.rtt_level_start = level;
				r.p.rtt_num_start = roots;
				x0 = realm_create(&r);
				if (geometry(level, s2sz, roots))
					made(&r, x0);
				else
					EQ(x0, RMI_ERROR_INPUT);
			}
}

ABI_TEST(C4_create_checks_rd_and_params)
{
	uint64_t page = ns_page();
	struct realm r;

	realm_params(&r, 33, 1, 1);
	abi_page_write(r.params, &r.p, sizeof(r.p));
	EQ(RMI(REALM_CREATE, page, r.params), RMI_ERROR_INPUT);
	EQ(RMI(REALM_CREATE, r.rd, r.root), RMI_ERROR_INPUT);
	EQ(RMI(REALM_CREATE, r.rd, r.params + 8), RMI_ERROR_INPUT);
	EQ(RMI(REALM_CREATE, r.rd + 8, r.params), RMI_ERROR_INPUT);
	EQ(RMI(REALM_CREATE, abi_unknown_pa(), r.params), RMI_ERROR_INPUT);
	EQ(in_use(r.root), false);
	made(&r, RMI(REALM_CREATE, r.rd, r.params));
	EQ(in_use(r.root), false);
	EQ(in_use(r.rd), false);
}

ABI_TEST(L1_realm_states_need_no_rec)
{
	struct realm r;

	realm_new(&r);
	EQ(in_use(r.rd), true);
	EQ(in_use(r.root), true);
	EQ(RMI(REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	EQ(RMI(REALM_ACTIVATE, r.rd), RMI_SUCCESS);
	EQ(RMI(REALM_ACTIVATE, r.rd), RMI_ERROR_REALM);
	EQ(RMI(REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	EQ(RMI(REALM_TERMINATE, r.rd), RMI_SUCCESS);
	EQ(RMI(REALM_TERMINATE, r.rd), RMI_SUCCESS);
	EQ(RMI(REALM_ACTIVATE, r.rd), RMI_ERROR_REALM);
	EQ(RMI(REALM_DESTROY, r.rd), RMI_SUCCESS);
	EQ(RMI(REALM_TERMINATE, r.rd), RMI_ERROR_INPUT);
	EQ(RMI(REALM_ACTIVATE, r.rd), RMI_ERROR_INPUT);
	EQ(RMI(REALM_DESTROY, r.rd), RMI_ERROR_INPUT);
}

ABI_TEST(F5_a_realm_with_recs_or_tables_stays)
{
	struct realm r;
	uint64_t rec;

	realm_new(&r);
	EQ(rec_create(&r, 0, 0, &rec), 0);
	EQ(RMI(REALM_TERMINATE, r.rd), 0);
	EQ(RMI(REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	rec_destroy(rec);
	realm_tables(&r, 0, 2);
	EQ(RMI(REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	realm_remove(&r);
}

/* F.2, the rows that need no running realm. */
ABI_TEST(F2_what_each_state_allows)
{
	uint64_t data = delegated(), src = ns_page(), rec;
	struct realm r;

	realm_new(&r);
	realm_tables(&r, 0, 3);
	realm_tables(&r, SHARED, 3);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, data, 0, src, 0), RMI_SUCCESS);
	EQ(RMI(RTT_DATA_MAP, r.rd, PAGE, 2 * PAGE, 1, delegated() | 4), RMI_SUCCESS);
	EQ(RMI(REALM_ACTIVATE, r.rd), RMI_SUCCESS);
	EQ(RMI(RTT_DATA_MAP_INIT, r.rd, delegated(), 2 * PAGE, src, 0),
	   RMI_ERROR_REALM);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, MIB2), RMI_ERROR_REALM);
	EQ(rec_create(&r, 0, 0, &rec), RMI_ERROR_REALM);
	EQ(RMI(RTT_DATA_MAP, r.rd, 2 * PAGE, 3 * PAGE, 1, delegated() | 4),
	   RMI_SUCCESS);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + PAGE, 0x1e0001, src | 4),
	   RMI_SUCCESS);
	EQ(RMI(REALM_TERMINATE, r.rd), RMI_SUCCESS);
	EQ(RMI(RTT_DATA_MAP, r.rd, 3 * PAGE, 4 * PAGE, 1, delegated() | 4),
	   RMI_ERROR_REALM);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED + PAGE, SHARED + 2 * PAGE, 0x1e0001,
	       src | 4), RMI_ERROR_REALM);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, PAGE, 0, 0), RMI_SUCCESS);
	EQ(RMI(RTT_CREATE, r.rd, delegated(), GIB, 2), RMI_SUCCESS);
	EQ(RMI(RTT_READ_ENTRY, r.rd, 0, 3), RMI_SUCCESS);
	realm_remove(&r);
}

ABI_TEST(L2_03_the_number_of_recs_made_never_goes_down)
{
	uint64_t rec[18], more;
	struct realm r;

	realm_new(&r);
	for (unsigned int i = 0; i < 18; i++)
		EQ(rec_create(&r, RMI_REC_MPIDR(i), 0, &rec[i]), 0);
	rec_destroy(rec[3]);
	EQ(rec_create(&r, 3, 0, &more), RMI_ERROR_INPUT);
	EQ(rec_create(&r, 0x104, 0, &more), RMI_ERROR_INPUT);
	EQ(rec_create(&r, 0x10, 0, &more), RMI_ERROR_INPUT);
	EQ(rec_create(&r, 0x102, 0, &rec[3]), 0);	/* failures count nothing */
	for (unsigned int i = 0; i < 18; i++)
		rec_destroy(rec[i]);
	realm_remove(&r);
}

ABI_TEST(L2_03_rec_0_cannot_be_made_again)
{
	struct realm r;
	uint64_t rec;

	realm_new(&r);
	EQ(rec_create(&r, 0, RMI_REC_F_RUNNABLE, &rec), 0);
	rec_destroy(rec);
	EQ(rec_create(&r, 0, RMI_REC_F_RUNNABLE, &rec), RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L1_the_1024th_rec_is_refused_in_the_end)
{
	static uint64_t rec[1024];
	struct realm r;

	if (abi_on_device())
		abi_skip("seventeen thousand pages, and minutes of delegation");
	realm_new(&r);
	for (unsigned int i = 0; i < 1023; i++)
		EQ(rec_create(&r, RMI_REC_MPIDR(i), 0, &rec[i]), 0);
	EQ(rec_create(&r, RMI_REC_MPIDR(1023), 0, &rec[1023]), RMI_ERROR_REALM);
	for (unsigned int i = 0; i < 1023; i++)
		rec_destroy(rec[i]);
	realm_remove(&r);
}

ABI_TEST(L2_05_entries_that_are_refused)
{
	uint64_t rec, run = ns_page(), word = 0x77;
	struct realm r;

	realm_new(&r);
	EQ(rec_create(&r, 0, 0, &rec), 0);
	abi_page_write(run + offsetof(struct rmi_rec_run, exit), &word, 8);
	EQ(RMI(REC_ENTER, rec, run), RMI_ERROR_REALM);
	EQ(RMI(REC_ENTER, rec, run + 8), RMI_ERROR_INPUT);
	EQ(RMI(REC_ENTER, rec, r.rd), RMI_ERROR_INPUT);
	EQ(RMI(REC_ENTER, rec, abi_unknown_pa()), RMI_ERROR_INPUT);
	EQ(RMI(REC_ENTER, rec + 8, run), RMI_ERROR_INPUT);
	EQ(RMI(REC_ENTER, r.rd, run), RMI_ERROR_INPUT);
	EQ(RMI(REALM_ACTIVATE, r.rd), 0);
	EQ(RMI(REC_ENTER, rec, run), RMI_ERROR_REC);
	EQ(RMI(REALM_TERMINATE, r.rd), 0);
	EQ(RMI(REC_ENTER, rec, run), RMI_ERROR_REALM);
	abi_page_read(run + offsetof(struct rmi_rec_run, exit), &word, 8);
	EQ(word, 0x77);
	rec_destroy(rec);
	realm_remove(&r);
}
