// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measurement as the library computes it, against the model of the RMM: two
 * programs that share nothing, not even the hash. Every combination of what
 * counts, and every order of pages and RECs up to a length.
 */
#include "rmm_test.h"
#include "../rmm/model/model.h"

#include <cca.h>

#define ORDER_MAX	5

/* What may come next in a realm that is being built. */
enum { PAGE_MEASURED, PAGE_NOT_MEASURED, REC_ON, REC_OFF, STEPS };

struct both {
	struct realm realm;
	struct cca_measurement *m;
	unsigned int step;
};

/* What the module makes of the options for REALM_CREATE. */
static void params_of(const struct cca_realm_options *o, struct rmi_realm_params *p)
{
	memset(p, 0, sizeof(*p));
	if (o->flags & CCA_REALM_F_SVE) {
		p->flags0 |= RMI_REALM_F0_SVE;
		p->sve_vl = o->sve_vl / 128 - 1;
	}
	if (o->flags & CCA_REALM_F_PMU) {
		p->flags0 |= RMI_REALM_F0_PMU;
		p->pmu_num_ctrs = o->pmu_counters;
	}
	p->s2sz = o->ipa_bits;
	p->num_bps = (o->breakpoints > 2 ? o->breakpoints : 2) - 1;
	p->num_wps = (o->watchpoints > 2 ? o->watchpoints : 2) - 1;
	p->hash_algo = o->hash;
	memcpy(p->rpv, o->rpv, sizeof(p->rpv));
}

static void begin(struct both *b, uint32_t profile, const struct cca_realm_options *o)
{
	static struct rmi_realm_params p;

	memset(b, 0, sizeof(*b));
	assert_int_equal(cca_measurement_new(profile, o, &b->m), 0);
	b->realm.hash_algo = o->hash;
	params_of(o, &p);
	if (profile == CCA_PROFILE_JULY)
		measure_initial(&b->realm, &p, &p);
}

static void add_page(struct both *b, uint32_t flags)
{
	static uint8_t page[CCA_PAGE_SIZE];
	const uint64_t ipa = 0x40000000 + b->step * 0x201000ULL;

	memset(page, 0x11 * b->step, sizeof(page));
	assert_int_equal(cca_measurement_extend_data(b->m, ipa, sizeof(page), page, flags), 0);
	measure_data(&b->realm, ipa, flags ? RMI_DATA_MAP_INIT_MEASURE : 0, page);
}

static void add_rec(struct both *b, uint32_t flags)
{
	static struct rmi_rec_params p;
	struct cca_rec_options o = { .size = sizeof(o), .flags = flags, .pc = 0x40000000 + b->step };

	for (int i = 0; i < 8; i++)
		o.gprs[i] = b->step * 0x0101010101010101ULL + i;
	assert_int_equal(cca_measurement_extend_rec(b->m, &o), 0);
	if (!flags)
		return;
	memset(&p, 0, sizeof(p));
	p.flags = RMI_REC_F_RUNNABLE;
	p.pc = o.pc;
	p.mpidr = b->step;
	memcpy(p.gprs, o.gprs, sizeof(o.gprs));
	measure_rec(&b->realm, &p, &p);
}

static void add(struct both *b, unsigned int what)
{
	b->step++;
	switch (what) {
	case PAGE_MEASURED:
		add_page(b, CCA_POPULATE_F_MEASURE);
		break;
	case PAGE_NOT_MEASURED:
		add_page(b, 0);
		break;
	case REC_ON:
		add_rec(b, CCA_REC_F_RUNNABLE);
		break;
	case REC_OFF:
		add_rec(b, 0);
		break;
	}
}

static void end(struct both *b)
{
	uint8_t rim[CCA_HASH_SIZE_MAX] = { 0 };

	assert_int_equal(cca_measurement_value(b->m, rim), measure_size(b->realm.hash_algo));
	assert_memory_equal(rim, b->realm.rim, sizeof(rim));
	cca_measurement_free(b->m);
}

/* Digits to the base STEPS are an order. */
static void one(uint32_t profile, const struct cca_realm_options *o, unsigned int order,
		unsigned int length)
{
	struct both b;

	begin(&b, profile, o);
	for (; length; length--, order /= STEPS)
		add(&b, order % STEPS);
	end(&b);
}

static void every_order_of_pages_and_RECs(void **state)
{
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = 40 };
	unsigned int length, order, orders = 1;

	for (length = 0; length <= ORDER_MAX; length++, orders *= STEPS)
		for (order = 0; order < orders; order++) {
			o.hash = (order + length) % 3;
			one(CCA_PROFILE_JULY + order % 2, &o, order, length);
		}
}

static void every_combination_of_options(void **state)
{
	static const uint32_t bits[] = { 32, 33, 39, 40, 43, 48 }, debug[] = { 0, 2, 3, 16 };
	static const uint32_t vl[] = { 0, 128, 256, 2048 }, counters[] = { 0, 1, 31 };
	struct cca_realm_options o = { .size = sizeof(o) };
	unsigned int i, n = 6 * 4 * 4 * 4 * 4 * 3 * 2 * 2;

	for (i = 0; i < n; i++) {
		unsigned int k = i;

		o.ipa_bits = bits[k % 6], k /= 6;
		o.breakpoints = debug[k % 4], k /= 4;
		o.watchpoints = debug[k % 4], k /= 4;
		o.sve_vl = vl[k % 4], k /= 4;
		o.flags = o.sve_vl ? CCA_REALM_F_SVE : 0;
		o.pmu_counters = counters[k % 4 % 3];
		o.flags |= k % 4 ? CCA_REALM_F_PMU : 0, k /= 4;
		if (!(o.flags & CCA_REALM_F_PMU))
			o.pmu_counters = 0;
		o.hash = k % 3, k /= 3;
		memset(o.rpv, k % 2 ? 0x5a : 0, sizeof(o.rpv)), k /= 2;
		one(CCA_PROFILE_JULY + k, &o, PAGE_MEASURED, 1);
	}
}

/* The two would also agree if nothing counted. */
static void what_counts_makes_a_difference(void **state)
{
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = 40 };
	uint8_t rims[STEPS * STEPS][CCA_HASH_SIZE_MAX];

	for (unsigned int i = 0; i < STEPS * STEPS; i++) {
		struct both b;

		begin(&b, CCA_PROFILE_BET3, &o);
		add(&b, i % STEPS);
		add(&b, i / STEPS);
		memcpy(rims[i], b.realm.rim, sizeof(rims[i]));
		end(&b);
		for (unsigned int j = 0; j < i; j++)
			assert_memory_not_equal(rims[i], rims[j], sizeof(rims[i]));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_order_of_pages_and_RECs),
	cmocka_unit_test(every_combination_of_options),
	cmocka_unit_test(what_counts_makes_a_difference),
};

RUN_TESTS(tests)
