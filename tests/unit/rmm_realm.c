// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms of the model: parameters, life cycle, and what must be gone before
 * they go (C.4, D.1, F.2).
 */
#include "rmm_test.h"

static void the_accepted_geometries_are_exactly_these(void **state)
{
	/* L.2.13, for 48 bits and no LPA2 */
	static const struct {
		int level;
		unsigned int first, last, roots;
	} good[] = {
		{ 0, 40, 48, 1 }, { 1, 32, 39, 1 }, { 1, 40, 40, 2 },
		{ 1, 41, 41, 4 }, { 1, 42, 42, 8 }, { 1, 43, 43, 16 },
		{ 2, 32, 32, 4 }, { 2, 33, 33, 8 }, { 2, 34, 34, 16 },
	};
	struct host *host = *state;
	struct drive_realm r;
	uint64_t status;

	drive_realm_params(host, &r, 33, 1, 16);
	for (int level = -1; level <= 4; level++)
		for (unsigned int s2sz = 20; s2sz <= 56; s2sz++)
			for (unsigned int roots = 0; roots <= 17; roots++) {
				/* all pages come back: use them again */
				uint64_t mark = host->next_page;
				bool want = false;

				for (size_t i = 0; i < 9; i++)
					want |= level == good[i].level &&
						s2sz >= good[i].first &&
						s2sz <= good[i].last &&
						roots == good[i].roots;
				r.p.s2sz = s2sz;
				r.p.rtt_level_start = level;
				r.p.rtt_num_start = roots;
				status = drive_realm_create(host, &r);
				assert_int_equal(status, want ? RMI_SUCCESS
							      : RMI_ERROR_INPUT);
				if (want) {
					assert_int_equal(HOST_CALL(host,
						SMC_RMI_REALM_TERMINATE, r.rd), 0);
					assert_int_equal(DRIVE(host,
						SMC_RMI_REALM_DESTROY, r.rd), 0);
				}
				host->next_page = mark;
			}
}

#define REFUSED(field, value) do {					\
	struct drive_realm try = r;					\
	try.p.field = (value);						\
	assert_int_equal(drive_realm_create(host, &try), RMI_ERROR_INPUT); \
} while (0)

#define ACCEPTED(field, value) do {					\
	struct drive_realm try = r;					\
	try.p.field = (value);						\
	assert_int_equal(drive_realm_create(host, &try), RMI_SUCCESS);	\
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r.rd), 0); \
	assert_int_equal(DRIVE(host, SMC_RMI_REALM_DESTROY, r.rd), 0);	\
} while (0)

static void parameters_are_checked(void **state)
{
	struct host *host = *state;
	struct drive_realm r;

	drive_realm_params(host, &r, 33, 1, 1);
	REFUSED(num_bps, 0);
	REFUSED(num_bps, 6);
	REFUSED(num_wps, 0);
	REFUSED(num_wps, 4);
	REFUSED(hash_algo, 3);
	REFUSED(flags0, RMI_REALM_F0_LPA2);
	REFUSED(flags0, RMI_REALM_F0_DA);
	REFUSED(flags0, 2UL << 7);
	REFUSED(flags1, 2);
	REFUSED(num_aux_planes, 1);
	REFUSED(ats_plane, 1);
	REFUSED(rtt_base, r.root + 8);
	REFUSED(rtt_base, r.root | 1UL << 52);
	REFUSED(rtt_base, r.rd);
	REFUSED(rtt_base, host_page(host));
	REFUSED(rtt_level_start, 1UL << 32 | 1);
	/* L.2.12: nobody looks at these */
	ACCEPTED(num_bps, 5);
	ACCEPTED(num_wps, 3);
	ACCEPTED(hash_algo, 2);
	ACCEPTED(flags0, RMI_REALM_F0_PMU);
	ACCEPTED(flags0, RMI_REALM_F0_MEC_PRIVATE);
	ACCEPTED(flags0, 1UL << 40);
	ACCEPTED(flags1, 1UL << 5);
	ACCEPTED(s2sz, 1UL << 32 | 33);
	ACCEPTED(rtt_num_start, 1UL << 32 | 1);
	ACCEPTED(max_num_vdevs, 9);
	assert_int_equal(drive_granule(host, r.rd), 1);
	assert_int_equal(drive_granule(host, r.root), 1);
}

static void the_length_of_vectors_is_checked_with_its_flag(void **state)
{
	struct rmm_config config = ((struct host *)*state)->config;
	struct host *host = *state;
	struct drive_realm r;

	drive_realm_params(host, &r, 33, 1, 1);
	ACCEPTED(sve_vl, 99);
	r.p.flags0 = RMI_REALM_F0_SVE;
	REFUSED(sve_vl, 4);
	REFUSED(sve_vl, 0xffffffff);
	ACCEPTED(sve_vl, 0);
	ACCEPTED(sve_vl, 3);
	ACCEPTED(sve_vl, 1UL << 32 | 1);
	assert_int_equal(drive_realm_create(host, &r), RMI_SUCCESS);

	/* A CPU without. */
	config.sve = false;
	config.sve_vl = 0;
	host = drive_up(host_new_config(&config, 16));
	drive_realm_params(host, &r, 33, 1, 1);
	REFUSED(flags0, RMI_REALM_F0_SVE);
	ACCEPTED(flags0, 0);
	HOST_CALL(host, SMC_RMI_FEATURES, 0);
	assert_int_equal(host_regs()->x[1] >> 9 & 0x1f, 0);
	host_free(host);
}

static void counters_of_the_pmu_are_checked_with_their_flag(void **state)
{
	struct rmm_config config = ((struct host *)*state)->config;
	struct host *host = *state;
	struct drive_realm r;

	drive_realm_params(host, &r, 33, 1, 1);
	ACCEPTED(pmu_num_ctrs, 99);
	r.p.flags0 = RMI_REALM_F0_PMU;
	REFUSED(pmu_num_ctrs, 7);
	REFUSED(pmu_num_ctrs, 0xffffffff);
	ACCEPTED(pmu_num_ctrs, 0);
	ACCEPTED(pmu_num_ctrs, 6);
	ACCEPTED(pmu_num_ctrs, 1UL << 32 | 1);

	/* A CPU that cannot have none of them, and one without. */
	config.pmu_none = false;
	host = drive_up(host_new_config(&config, 16));
	drive_realm_params(host, &r, 33, 1, 1);
	REFUSED(flags0, RMI_REALM_F0_PMU);
	r.p.flags0 = RMI_REALM_F0_PMU;
	ACCEPTED(pmu_num_ctrs, 1);
	host_free(host);

	config.pmu = false;
	host = drive_up(host_new_config(&config, 16));
	drive_realm_params(host, &r, 33, 1, 1);
	ACCEPTED(flags0, RMI_REALM_F0_PMU);
	r.p.flags0 = RMI_REALM_F0_PMU;
	REFUSED(pmu_num_ctrs, 1);
	HOST_CALL(host, SMC_RMI_FEATURES, 0);
	assert_int_equal(host_regs()->x[1] >> 26 & 0x3f, 0);
	host_free(host);
}

static void the_pages_of_a_realm_are_checked(void **state)
{
	struct host *host = *state;
	struct drive_realm r, try;

	drive_realm_params(host, &r, 33, 1, 1);
	memcpy(host_at(host, r.params), &r.p, sizeof(r.p));
	assert_int_equal(DRIVE(host, SMC_RMI_REALM_CREATE, r.rd, r.params + 8),
			 RMI_ERROR_INPUT);
	assert_int_equal(DRIVE(host, SMC_RMI_REALM_CREATE, r.rd, r.root),
			 RMI_ERROR_INPUT);
	assert_int_equal(DRIVE(host, SMC_RMI_REALM_CREATE, r.params, r.params),
			 RMI_ERROR_INPUT);
	assert_int_equal(DRIVE(host, SMC_RMI_REALM_CREATE, r.rd + 8, r.params),
			 RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(host, r.root), 1);
	/* All roots are there, the RD is not: they are given back. */
	try = r;
	try.p.rtt_base = drive_delegated_run(host, 4, 4);
	try.p.rtt_num_start = 4;
	try.p.s2sz = 41;
	try.rd = r.params;
	assert_int_equal(drive_realm_create(host, &try), RMI_ERROR_INPUT);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(drive_granule(host, try.p.rtt_base + i * PAGE), 1);
	/* Two of four roots are delegated: the rest is rolled back. */
	try = r;
	try.p.rtt_base = host_pages(host, 4, 4);
	try.p.rtt_num_start = 4;
	try.p.s2sz = 41;
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_RANGE_DELEGATE,
				   try.p.rtt_base, try.p.rtt_base + PAGE), 0);
	assert_int_equal(drive_realm_create(host, &try), RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(host, try.p.rtt_base), 1);
	assert_int_equal(drive_granule(host, r.rd), 1);
}

static void bet3_creates_and_destroys_with_memory(void **state)
{
	struct host *host = *state;
	struct drive_sro sro = { 0 };
	struct drive_realm r;
	uint64_t x2;

	drive_realm_params(host, &r, 33, 1, 1);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_CREATE, r.rd, r.params),
			 0x10d);
	x2 = host_regs()->x[2];
	assert_int_equal(x2, 3 << 2);
	assert_int_equal(drive_granule(host, r.rd), 11);
	/* The parameters are read at the end: write them only now. */
	memcpy(host_at(host, r.params), &r.p, sizeof(r.p));
	assert_int_equal(drive_on(host, 0x10d, 0, x2, &sro), 0);
	assert_int_equal(sro.donated, 3);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r.rd), 0);
	memset(&sro, 0, sizeof(sro));
	assert_int_equal(drive_call(host, SMC_RMI_REALM_DESTROY,
				    (const uint64_t[7]){ r.rd }, &sro), 0);
	assert_int_equal(sro.reclaimed, 3);
	/* And a failure gives everything back. */
	r.p.s2sz = 20;
	memset(&sro, 0, sizeof(sro));
	memcpy(host_at(host, r.params), &r.p, sizeof(r.p));
	assert_int_equal(drive_call(host, SMC_RMI_REALM_CREATE,
				    (const uint64_t[7]){ r.rd, r.params }, &sro),
			 RMI_ERROR_INPUT);
	assert_int_equal(sro.donated, 3);
	assert_int_equal(sro.reclaimed, 3);
	assert_int_equal(drive_granule(host, r.rd), 1);
}

static void states_follow_each_other(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t page = host_page(host), before = drive_ledger(host);

	drive_realm_new(host, &r);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, page), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, page), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_DESTROY, page), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), RMI_ERROR_REALM);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r.rd), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r.rd), 0);
	drive_realm_remove(host, &r);
	assert_int_equal(drive_ledger(host), before);
}

static void what_is_left_keeps_a_realm_from_going(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t rec;

	drive_realm_new(host, &r);
	assert_int_equal(drive_rec_create(host, &r, 0, 0, &rec), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r.rd), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	assert_int_equal(drive_rec_destroy(host, rec), 0);
	drive_tables(host, &r, 0, 2);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_DESTROY, r.rd), RMI_ERROR_REALM);
	drive_realm_remove(host, &r);
}

/* From inside the run: the lock is free, another CPU could be here. */
static struct drive_realm *inside;
static uint64_t inside_terminate, inside_destroy, inside_enter, inside_rec;
static enum rmm_vcpu_exit terminate_inside(struct host *host,
					   struct rmm_vcpu *vcpu, void *arg)
{
	inside_terminate = HOST_CALL(host, SMC_RMI_REALM_TERMINATE, inside->rd);
	inside_destroy = HOST_CALL(host, SMC_RMI_REC_DESTROY, inside_rec);
	inside_enter = HOST_CALL(host, SMC_RMI_REC_ENTER, inside_rec,
				 inside->params);
	return RMM_VCPU_IRQ;
}

static void terminate_is_refused_while_a_rec_runs(void **state)
{
	struct host *host = *state;
	struct drive_realm r;

	drive_realm_new(host, &r);
	inside = &r;
	assert_int_equal(drive_rec_create(host, &r, 0, RMI_REC_F_RUNNABLE,
					  &inside_rec), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	host->guest = terminate_inside;
	memset(host_at(host, r.params), 0, PAGE);
	assert_int_equal(drive_enter(host, inside_rec, r.params), 0);
	assert_int_equal(inside_terminate, RMI_ERROR_REALM);
	assert_int_equal(inside_destroy, RMI_ERROR_REC);
	assert_int_equal(inside_enter, RMI_ERROR_REC);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r.rd), 0);
}

static void vmids_run_out_and_come_back(void **state)
{
	struct host *host = drive_host(((struct host *)*state)->config.profile, 32);
	struct drive_realm *r = calloc(256, sizeof(*r)), more;
	unsigned int n;

	for (n = 0; n < 255; n++)
		drive_realm_new(host, &r[n]);
	drive_realm_params(host, &more, 33, 1, 1);
	assert_int_equal(drive_realm_create(host, &more), RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r[7].rd), 0);
	assert_int_equal(DRIVE(host, SMC_RMI_REALM_DESTROY, r[7].rd), 0);
	assert_int_equal(drive_realm_create(host, &more), RMI_SUCCESS);
	free(r);
	host_free(host);
}

static const struct CMUnitTest tests[] = {
	BOTH(the_accepted_geometries_are_exactly_these),
	BOTH(parameters_are_checked),
	BOTH(the_length_of_vectors_is_checked_with_its_flag),
	BOTH(counters_of_the_pmu_are_checked_with_their_flag),
	BOTH(the_pages_of_a_realm_are_checked),
	BET3(bet3_creates_and_destroys_with_memory),
	BOTH(states_follow_each_other),
	BOTH(what_is_left_keeps_a_realm_from_going),
	BOTH(terminate_is_refused_while_a_rec_runs),
	BOTH(vmids_run_out_and_come_back),
};

RUN_TESTS(tests)
