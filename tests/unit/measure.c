// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Realm Initial Measurement: the vectors of the ABI page (H.7 for july,
 * L.5 "More" for bet3), and what must and must not change it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cca.h>

static const uint8_t zero_page[CCA_PAGE_SIZE];

static struct cca_measurement *start(uint32_t profile, const struct cca_realm_options *o)
{
	struct cca_measurement *m = NULL;

	assert_int_equal(cca_measurement_new(profile, o, &m), 0);
	assert_non_null(m);
	return m;
}

static void assert_value(const struct cca_measurement *m, const char *hex)
{
	uint8_t value[CCA_HASH_SIZE_MAX];
	char text[2 * CCA_HASH_SIZE_MAX + 1];
	size_t length;

	memset(value, 0xa5, sizeof(value));
	length = cca_measurement_value(m, value);
	for (size_t i = 0; i < length; i++)
		sprintf(text + 2 * i, "%02x", value[i]);
	assert_string_equal(text, hex);
	for (size_t i = length; i < sizeof(value); i++)
		assert_int_equal(value[i], 0);
}

static bool same(const struct cca_measurement *a, const struct cca_measurement *b)
{
	uint8_t x[CCA_HASH_SIZE_MAX], y[CCA_HASH_SIZE_MAX];

	assert_int_equal(cca_measurement_value(a, x), cca_measurement_value(b, y));
	return !memcmp(x, y, sizeof(x));
}

/* The steps of H.7. NULL: the page has no vector for this step. */
struct vector {
	uint32_t profile;
	uint32_t hash;
	const char *t0, *t1, *t2, *t3;
};

static const struct vector vectors[] = {
	{
		CCA_PROFILE_JULY, CCA_HASH_SHA256,
		"045cb3602843a6845cb710fbbfbb92f0c7d611afe0106ac2953e46950a70c42b",
		"e688ffd50b82048c5016ba3ae1927fe0a0ebc2cee7cea9d83baa55ff42bf7718",
		"4af19dad18996f8e4e7e8021760939b66057beac55fecd60d695e868e46210d8",
		"5474aeff903dc1d8fc9aee76ab865513f0767ffeda4be78efbe148c83161c3f0",
	}, {
		CCA_PROFILE_JULY, CCA_HASH_SHA512,
		"066e19aa2c3418dadc20ef31b5595907c612991952553e1e99731a677b5797c9"
		"898dffb6e3963a20b8e1af6d136cd2fe6fe25f048577dc3d7e5bf3a79a4b1e81",
		NULL, NULL,
		"e637d2a14936d42a1ff69c496d6416e6089b498566bebc39963714610e8f19a5"
		"537268e18a6abff398214a0a53f56d71bf5c0ab4d50a8765476c83eb8c59ce19",
	}, {
		CCA_PROFILE_JULY, CCA_HASH_SHA384,
		"a944de8245ff038a0fb8849087b7541cae4b197318d3d5ad2865a74e544bdf3e"
		"0f752281a3800bc69f05270e952ea5b0",
		NULL, NULL,
		"baba639cdc68c081d2b14003de0ad6ccbab466c93f4638c0efc297eada82c55a"
		"8123c99b5ce311cb793da962ddf07ec4",
	}, {
		CCA_PROFILE_BET3, CCA_HASH_SHA256,
		"0000000000000000000000000000000000000000000000000000000000000000",
		"d0b49c4d9489bc9c198807fe2d191f2f14a3030dbab3ce8e5d54cab9d0d41fc5",
		"03e5325a72df77084b05a120818cf7d330136d2fad146842fa8b26ef93e56a1b",
		"b21ef42bae95fe5523adad51af33808df61fb9d0e41ac10b565a84e16cb57a20",
	}, {
		CCA_PROFILE_BET3, CCA_HASH_SHA512,
		NULL, NULL, NULL,
		"fa87718ffab97e0c7e8cfd6ae6fddde33c3b5e8ddbe77186db0c9625f13187a9"
		"6acbb9decd9bf45e6bf9a1820056b7c44907187675336f50da31f2ba3fa70f29",
	}, {
		CCA_PROFILE_BET3, CCA_HASH_SHA384,
		NULL, NULL, NULL,
		"28b2f34a4ccb27669d8a735e9505bd04a220e7b2c71542a5e61c80c14f4a2904"
		"e804d79d977e947b668f8bfddbd0027e",
	},
};

static void vectors_match(void **state)
{
	const struct vector *v = *state;
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = 40, .hash = v->hash };
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };
	struct cca_measurement *m = start(v->profile, &o);

	if (v->t0)
		assert_value(m, v->t0);
	assert_int_equal(cca_measurement_extend_data(m, 0, CCA_PAGE_SIZE, zero_page,
						     CCA_POPULATE_F_MEASURE), 0);
	if (v->t1)
		assert_value(m, v->t1);
	assert_int_equal(cca_measurement_extend_data(m, 0x1000, CCA_PAGE_SIZE, NULL, 0), 0);
	if (v->t2)
		assert_value(m, v->t2);
	assert_int_equal(cca_measurement_extend_rec(m, &rec), 0);
	assert_value(m, v->t3);
	cca_measurement_free(m);
}

static void no_options_are_the_defaults(void **state)
{
	struct cca_realm_options o = {
		.size = sizeof(o), .ipa_bits = 40, .breakpoints = 2, .watchpoints = 2,
	};
	struct cca_measurement *a = start(CCA_PROFILE_JULY, NULL);
	struct cca_measurement *b = start(CCA_PROFILE_JULY, &o);

	assert_true(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
}

static void changed_options_change_july_only(void **state)
{
	const struct cca_realm_options changed[] = {
		{ .size = sizeof(changed[0]), .ipa_bits = 41 },
		{ .size = sizeof(changed[0]), .breakpoints = 3 },
		{ .size = sizeof(changed[0]), .watchpoints = 3 },
		{ .size = sizeof(changed[0]), .flags = CCA_REALM_F_SVE, .sve_vl = 128 },
		{ .size = sizeof(changed[0]), .flags = CCA_REALM_F_PMU },
		{ .size = sizeof(changed[0]), .flags = CCA_REALM_F_PMU, .pmu_counters = 2 },
	};

	for (uint32_t profile = CCA_PROFILE_JULY; profile <= CCA_PROFILE_BET3; profile++) {
		struct cca_measurement *plain = start(profile, NULL);

		for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
			struct cca_measurement *m = start(profile, &changed[i]);

			assert_int_equal(same(m, plain), profile == CCA_PROFILE_BET3);
			cca_measurement_free(m);
		}
		cca_measurement_free(plain);
	}
}

static void rpv_name_and_persistence_are_not_measured(void **state)
{
	struct cca_realm_options o = { .size = sizeof(o) };
	struct cca_measurement *a, *b;

	memset(o.rpv, 0x55, sizeof(o.rpv));
	o.name = "name";
	o.flags = CCA_REALM_F_PERSIST;
	o.recs_max = 3;
	a = start(CCA_PROFILE_JULY, NULL);
	b = start(CCA_PROFILE_JULY, &o);
	assert_true(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
}

static void a_range_is_its_pages_in_order(void **state)
{
	struct cca_measurement *a = start(CCA_PROFILE_JULY, NULL);
	struct cca_measurement *b = start(CCA_PROFILE_JULY, NULL);
	static uint8_t pages[3][CCA_PAGE_SIZE];

	for (int i = 0; i < 3; i++)
		memset(pages[i], i + 1, sizeof(pages[i]));
	assert_int_equal(cca_measurement_extend_data(a, 0x40000000, sizeof(pages), pages,
						     CCA_POPULATE_F_MEASURE), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cca_measurement_extend_data(b, 0x40000000 + 0x1000 * i,
				 CCA_PAGE_SIZE, pages[i], CCA_POPULATE_F_MEASURE), 0);
	assert_true(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
}

static void the_order_of_pages_matters(void **state)
{
	struct cca_measurement *a = start(CCA_PROFILE_BET3, NULL);
	struct cca_measurement *b = start(CCA_PROFILE_BET3, NULL);

	assert_int_equal(cca_measurement_extend_data(a, 0, CCA_PAGE_SIZE, NULL, 0), 0);
	assert_int_equal(cca_measurement_extend_data(a, 0x1000, CCA_PAGE_SIZE, NULL, 0), 0);
	assert_int_equal(cca_measurement_extend_data(b, 0x1000, CCA_PAGE_SIZE, NULL, 0), 0);
	assert_int_equal(cca_measurement_extend_data(b, 0, CCA_PAGE_SIZE, NULL, 0), 0);
	assert_false(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
}

static void content_counts_only_when_measured(void **state)
{
	struct cca_measurement *a = start(CCA_PROFILE_JULY, NULL);
	struct cca_measurement *b = start(CCA_PROFILE_JULY, NULL);
	static uint8_t page[CCA_PAGE_SIZE] = { 1 };

	assert_int_equal(cca_measurement_extend_data(a, 0, CCA_PAGE_SIZE, page, 0), 0);
	assert_int_equal(cca_measurement_extend_data(b, 0, CCA_PAGE_SIZE, zero_page, 0), 0);
	assert_true(same(a, b));
	assert_int_equal(cca_measurement_extend_data(a, 0, CCA_PAGE_SIZE, page,
						     CCA_POPULATE_F_MEASURE), 0);
	assert_int_equal(cca_measurement_extend_data(b, 0, CCA_PAGE_SIZE, zero_page,
						     CCA_POPULATE_F_MEASURE), 0);
	assert_false(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
}

static void a_rec_counts_only_when_runnable(void **state)
{
	struct cca_rec_options off = { .size = sizeof(off), .pc = 0x1234 };
	struct cca_measurement *a = start(CCA_PROFILE_JULY, NULL);
	struct cca_measurement *b = start(CCA_PROFILE_JULY, NULL);

	assert_int_equal(cca_measurement_extend_rec(a, &off), 0);
	assert_int_equal(cca_measurement_extend_rec(a, NULL), 0);
	assert_true(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
}

static void pc_and_every_register_count(void **state)
{
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };
	struct cca_measurement *plain = start(CCA_PROFILE_JULY, NULL);
	uint64_t *fields[9] = { &rec.pc };

	for (int i = 0; i < 8; i++)
		fields[1 + i] = &rec.gprs[i];
	assert_int_equal(cca_measurement_extend_rec(plain, &rec), 0);
	for (int i = 0; i < 9; i++) {
		struct cca_measurement *m = start(CCA_PROFILE_JULY, NULL);

		*fields[i] = 1ULL << 63;
		assert_int_equal(cca_measurement_extend_rec(m, &rec), 0);
		assert_false(same(m, plain));
		*fields[i] = 0;
		cca_measurement_free(m);
	}
	cca_measurement_free(plain);
}

static void wrong_arguments_are_refused(void **state)
{
	struct cca_realm_options hash = { .size = sizeof(hash), .hash = 3 };
	struct cca_realm_options small = { .size = offsetof(struct cca_realm_options, name) - 1 };
	struct cca_realm_options flags = { .size = sizeof(flags), .flags = 1U << 31 };
	struct cca_realm_options sve = { .size = sizeof(sve), .flags = CCA_REALM_F_SVE };
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = 2 };
	struct cca_measurement *m = NULL;

	assert_int_equal(cca_measurement_new(CCA_PROFILE_NONE, NULL, &m), -EINVAL);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(cca_measurement_new(CCA_PROFILE_BET3 + 1, NULL, &m), -EINVAL);
	assert_int_equal(cca_measurement_new(CCA_PROFILE_JULY, &hash, &m), -EINVAL);
	assert_int_equal(cca_measurement_new(CCA_PROFILE_JULY, &small, &m), -EINVAL);
	assert_int_equal(cca_measurement_new(CCA_PROFILE_JULY, &flags, &m), -EINVAL);
	assert_int_equal(cca_measurement_new(CCA_PROFILE_JULY, &sve, &m), -EINVAL);
	assert_null(m);

	m = start(CCA_PROFILE_JULY, NULL);
	assert_int_equal(cca_measurement_extend_data(m, 0, 0, zero_page, 0), -EINVAL);
	assert_int_equal(cca_measurement_extend_data(m, 1, CCA_PAGE_SIZE, zero_page, 0), -EINVAL);
	assert_int_equal(cca_measurement_extend_data(m, 0, 1, zero_page, 0), -EINVAL);
	assert_int_equal(cca_measurement_extend_data(m, 0, CCA_PAGE_SIZE, zero_page, 2), -EINVAL);
	assert_int_equal(cca_measurement_extend_data(m, 0, CCA_PAGE_SIZE, NULL,
						     CCA_POPULATE_F_MEASURE), -EINVAL);
	assert_int_equal(cca_measurement_extend_data(m, -0x1000ULL, 0x2000, NULL, 0), -EOVERFLOW);
	assert_int_equal(cca_measurement_extend_rec(m, &rec), -EINVAL);
	cca_measurement_free(m);
	cca_measurement_free(NULL);
}

/* A program built against a later header, whose structure is longer. */
static void later_options_work_while_unused(void **state)
{
	struct {
		struct cca_realm_options now;
		uint32_t later;
	} o = { .now.size = sizeof(o) };
	struct cca_measurement *a = start(CCA_PROFILE_JULY, NULL);
	struct cca_measurement *b = start(CCA_PROFILE_JULY, &o.now);

	assert_true(same(a, b));
	cca_measurement_free(a);
	cca_measurement_free(b);
	o.later = 1;
	assert_int_equal(cca_measurement_new(CCA_PROFILE_JULY, &o.now, &a), -E2BIG);
}

#define VECTOR(name, i) { "vectors: " name, vectors_match, NULL, NULL, (void *)&vectors[i] }

int main(void)
{
	struct CMUnitTest tests[] = {
		VECTOR("july, SHA-256", 0),
		VECTOR("july, SHA-512", 1),
		VECTOR("july, SHA-384", 2),
		VECTOR("bet3, SHA-256", 3),
		VECTOR("bet3, SHA-512", 4),
		VECTOR("bet3, SHA-384", 5),
		cmocka_unit_test(no_options_are_the_defaults),
		cmocka_unit_test(changed_options_change_july_only),
		cmocka_unit_test(rpv_name_and_persistence_are_not_measured),
		cmocka_unit_test(a_range_is_its_pages_in_order),
		cmocka_unit_test(the_order_of_pages_matters),
		cmocka_unit_test(content_counts_only_when_measured),
		cmocka_unit_test(a_rec_counts_only_when_runnable),
		cmocka_unit_test(pc_and_every_register_count),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(later_options_work_while_unused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
