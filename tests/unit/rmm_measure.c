// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measurements against vectors that were computed elsewhere: H.7 for `july`
 * and its continuation from a zero initial value for `bet3` (L.5).
 */
#include "rmm_test.h"
#include "../rmm/model/model.h"

static void assert_hash(const uint8_t *hash, const char *hex)
{
	char text[2 * HASH_SIZE_MAX + 1];

	for (size_t i = 0; i < strlen(hex) / 2; i++)
		sprintf(text + 2 * i, "%02x", hash[i]);
	assert_string_equal(text, hex);
	for (size_t i = strlen(hex) / 2; i < HASH_SIZE_MAX; i++)
		assert_int_equal(hash[i], 0);
}

struct vector {
	uint32_t algo;
	bool zero_start;
	const char *t[4];	/* NULL: not printed there */
};

static const struct vector vectors[] = {
	{ RMI_HASH_SHA_256, false, {
	  "045cb3602843a6845cb710fbbfbb92f0c7d611afe0106ac2953e46950a70c42b",
	  "e688ffd50b82048c5016ba3ae1927fe0a0ebc2cee7cea9d83baa55ff42bf7718",
	  "4af19dad18996f8e4e7e8021760939b66057beac55fecd60d695e868e46210d8",
	  "5474aeff903dc1d8fc9aee76ab865513f0767ffeda4be78efbe148c83161c3f0",
	} },
	{ RMI_HASH_SHA_512, false, {
	  "066e19aa2c3418dadc20ef31b5595907c612991952553e1e99731a677b5797c9"
	  "898dffb6e3963a20b8e1af6d136cd2fe6fe25f048577dc3d7e5bf3a79a4b1e81",
	  NULL, NULL,
	  "e637d2a14936d42a1ff69c496d6416e6089b498566bebc39963714610e8f19a5"
	  "537268e18a6abff398214a0a53f56d71bf5c0ab4d50a8765476c83eb8c59ce19",
	} },
	{ RMI_HASH_SHA_384, false, {
	  "a944de8245ff038a0fb8849087b7541cae4b197318d3d5ad2865a74e544bdf3e"
	  "0f752281a3800bc69f05270e952ea5b0",
	  NULL, NULL,
	  "baba639cdc68c081d2b14003de0ad6ccbab466c93f4638c0efc297eada82c55a"
	  "8123c99b5ce311cb793da962ddf07ec4",
	} },
	{ RMI_HASH_SHA_256, true, {
	  NULL,
	  "d0b49c4d9489bc9c198807fe2d191f2f14a3030dbab3ce8e5d54cab9d0d41fc5",
	  "03e5325a72df77084b05a120818cf7d330136d2fad146842fa8b26ef93e56a1b",
	  "b21ef42bae95fe5523adad51af33808df61fb9d0e41ac10b565a84e16cb57a20",
	} },
	{ RMI_HASH_SHA_512, true, {
	  NULL, NULL, NULL,
	  "fa87718ffab97e0c7e8cfd6ae6fddde33c3b5e8ddbe77186db0c9625f13187a9"
	  "6acbb9decd9bf45e6bf9a1820056b7c44907187675336f50da31f2ba3fa70f29",
	} },
	{ RMI_HASH_SHA_384, true, {
	  NULL, NULL, NULL,
	  "28b2f34a4ccb27669d8a735e9505bd04a220e7b2c71542a5e61c80c14f4a2904"
	  "e804d79d977e947b668f8bfddbd0027e",
	} },
};

static void check_step(const struct realm *realm, const char *want)
{
	if (want)
		assert_hash(realm->rim, want);
}

static void the_printed_vectors_are_reproduced(void **state)
{
	static const uint8_t zero_page[PAGE];

	for (size_t i = 0; i < ARRAY_COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct rmi_realm_params p = {
			.s2sz = 40, .num_bps = 1, .num_wps = 1,
			.hash_algo = v->algo,
		};
		struct rmi_rec_params rec = { .flags = RMI_REC_F_RUNNABLE };
		struct realm realm = { .hash_algo = v->algo };

		if (!v->zero_start)
			measure_initial(&realm, &p, &p);
		check_step(&realm, v->t[0]);
		measure_data(&realm, 0, RMI_DATA_MAP_INIT_MEASURE, zero_page);
		check_step(&realm, v->t[1]);
		measure_data(&realm, 0x1000, 0, zero_page);
		check_step(&realm, v->t[2]);
		measure_rec(&realm, &rec, &rec);
		check_step(&realm, v->t[3]);
	}
}

/* H.2 names seven fields; all the others may change without a trace. */
static void only_the_named_parameters_count(void **state)
{
	struct rmi_realm_params p = { .s2sz = 40, .num_bps = 1, .num_wps = 1 };
	struct rmi_realm_params q = p;
	struct realm a = { .hash_algo = 0 }, b = { .hash_algo = 0 };

	memset(q.rpv, 0x5a, sizeof(q.rpv));
	q.rtt_base = 0x40000000;
	q.rtt_level_start = 1;
	q.rtt_num_start = 2;
	q.flags1 = 1 << 5;
	q.num_aux_planes = 1;
	measure_initial(&a, &p, &p);
	measure_initial(&b, &q, &q);
	assert_memory_equal(a.rim, b.rim, sizeof(a.rim));

	memset(&q, 0, sizeof(q));
	q.s2sz = 40;
	q.num_bps = q.num_wps = 1;
	q.flags0 = 1UL << 40;
	measure_initial(&b, &q, &q);
	assert_memory_not_equal(a.rim, b.rim, 32);
}

static void the_mpidr_of_a_rec_is_not_measured(void **state)
{
	struct rmi_rec_params p = { .pc = 0x1000 }, q = { .pc = 0x1000 };
	struct realm a = { .hash_algo = 0 }, b = { .hash_algo = 0 };

	p.mpidr = 0;
	q.mpidr = 1;
	measure_rec(&a, &p, &p);
	measure_rec(&b, &q, &q);
	assert_memory_equal(a.rim, b.rim, sizeof(a.rim));
}

/* REM = H(REM || value) with only the hash's own length of REM: SHA-256("") etc. */
static void an_rem_is_extended_by_its_hash_length(void **state)
{
	struct realm realm = { .hash_algo = RMI_HASH_SHA_256 };
	uint8_t want[HASH_SIZE_MAX], in[32 + 3] = { 0 };

	memcpy(in + 32, "abc", 3);
	measure_hash(RMI_HASH_SHA_256, in, sizeof(in), want);
	measure_extend(&realm, 2, "abc", 3);
	assert_memory_equal(realm.rem[1], want, sizeof(want));
	assert_int_equal(realm.rem[0][0] | realm.rem[2][0], 0);
	/* and the hash itself is the one that everybody knows */
	measure_hash(RMI_HASH_SHA_256, "abc", 3, want);
	assert_hash(want, "ba7816bf8f01cfea414140de5dae2223"
			  "b00361a396177a9cb410ff61f20015ad");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_printed_vectors_are_reproduced),
	cmocka_unit_test(only_the_named_parameters_count),
	cmocka_unit_test(the_mpidr_of_a_rec_is_not_measured),
	cmocka_unit_test(an_rem_is_extended_by_its_hash_length),
};

RUN_TESTS(tests)
