// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMM of the model as a whole: version, features, configuration, life
 * cycle, and what it says to functions that it does not know (A, C.3).
 */
#include "rmm_test.h"

static void version_2_0_is_the_only_one(void **state)
{
	struct host *host = *state;

	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20000), RMI_SUCCESS);
	assert_x(1, 0x20000);
	assert_x(2, 0x20000);
	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x10000), RMI_ERROR_INPUT);
	assert_x(1, 0x20000);
	assert_x(2, 0x20000);
	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20001), RMI_ERROR_INPUT);
}

static void unknown_functions_answer_minus_one_and_clear_x1_to_x3(void **state)
{
	static const unsigned int unknown[] = {
		0x151, 0x154, 0x155, 0x15f, 0x162, 0x167, 0x174, 0x18b, 0x1d0,
		0x20b,
	};
	static const unsigned int not_on_july[] = {
		0x1e3, 0x1ee, 0x1f4, 0x20f, 0x211,
	};
	struct host *host = *state;
	bool july = host->config.profile == RMM_PROFILE_JULY;

	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(HOST_CALL(host, SMC_RMI_FID(unknown[i]), 1, 2, 3, 4),
				 -1UL);
		assert_x(1, 0);
		assert_x(2, 0);
		assert_x(3, 0);
		assert_x(4, 4);
	}
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(HOST_CALL(host, SMC_RMI_FID(not_on_july[i]), 0)
				 == -1UL, july);
}

static void the_sve_hint_is_accepted(void **state)
{
	assert_int_equal(HOST_CALL(*state, SMC_RMI_VERSION | 1U << 16, 0x20000), 0);
}

static void features_are_those_of_the_model(void **state)
{
	struct host *host = *state;
	bool july = host->config.profile == RMM_PROFILE_JULY;

	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), 0);
	assert_x(1, 48 | 1 << 9 | 3 << 10 | 5 << 14 | 3 << 20 | 1 << 26 | 6UL << 27 |
		(july ? 0 : 48UL << 33));
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 1), 0);
	assert_x(1, july ? 0x142a9 : 0x142b9);
	for (uint64_t i = 2; i < 9; i++) {
		assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, i), 0);
		assert_x(1, 0);
	}
}

static void the_ipa_size_follows_the_cpu_up_to_48_bits(void **state)
{
	static const unsigned int bits[][2] = { { 40, 40 }, { 52, 48 } };

	for (size_t i = 0; i < 2; i++) {
		struct rmm_config config = { .cpus = 1, .pa_bits = bits[i][0] };
		struct host *host = host_new_config(&config, 4);

		HOST_CALL(host, SMC_RMI_FEATURES, 0);
		assert_x(1, bits[i][1]);
		host_free(host);
	}
}

/* A.3: the state is looked at before any argument. */
static void before_activation_little_is_allowed(void **state)
{
	struct host *host = host_new(RMM_PROFILE_JULY, 4);
	uint64_t page = host_page(host);

	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20000), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_GET, page), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, page,
				   page + PAGE), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_CREATE, 1, 1),
			 RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_RANGE_DELEGATE, page,
				   page + PAGE), RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, page), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, 1), RMI_ERROR_GLOBAL);
	host_free(host);
}

static void configuration_pages_are_checked(void **state)
{
	struct host *host = host_new(RMM_PROFILE_BET3, 4);
	uint64_t page = host_page(host);
	struct rmi_rmm_config *c = host_at(host, page);

	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, 0), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, page + 8),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET,
				   host_unknown_page(host)), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_GET,
				   host_carveout_page(host)), RMI_ERROR_INPUT);
	c->rmi_granule_size = 1;
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, page), RMI_ERROR_INPUT);
	c->rmi_granule_size = 0;
	c->tracking_region_size = 1;
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, page), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_CONFIG_GET, page), 0);
	assert_int_equal(c->tracking_region_size, 0);
	host_free(host);
}

static void bet3_deactivates_when_all_has_come_back(void **state)
{
	struct host *host = *state;
	uint64_t page = drive_delegated(host), handle;
	struct drive_sro sro = { 0 };

	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_STATE_GET, 0), 0);
	assert_x(1, RMI_RMM_ACTIVE);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, 0, page, 0), 0x10d);
	handle = host_regs()->x[1];
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), RMI_BUSY);
	assert_int_equal(drive_on(host, 0x10d, handle, 0x40, NULL), RMI_ERROR_INPUT);
	drive_undelegate(host, page, 1);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), RMI_ERROR_GLOBAL);
	assert_int_equal(drive_call(host, SMC_RMI_GRANULE_TRACKING_SET,
				    (const uint64_t[7]){ HOST_DRAM_BASE,
				    RMI_TRACKING_CONVENTIONAL,
				    RMI_TRACKING_COARSE }, &sro), 0);
	assert_int_equal(sro.reclaimed, 48);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), RMI_ERROR_GLOBAL);
	assert_int_equal(DRIVE(host, SMC_RMI_GPT_L1_DESTROY, HOST_DRAM_BASE), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), RMI_SUCCESS);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_STATE_GET, 0), 0);
	assert_x(1, RMI_RMM_INIT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), 0);
	assert_int_equal(drive_ledger(host), 0);
}

static void an_rmm_of_1_0_knows_only_its_version(void **state)
{
	struct host *host = host_new(RMM_PROFILE_V1, 4);

	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20000), RMI_ERROR_INPUT);
	assert_x(1, 0x10000);
	assert_x(2, 0x10000);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), -1UL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), -1UL);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_PROFILE, 0), 0);
	assert_x(1, RMM_PROFILE_V1);
	host_free(host);
}

static void a_heap_too_small_is_refused(void **state)
{
	struct host *host = *state;
	struct rmm_config config = host->config;

	config.heap_size--;
	assert_null(rmm_init(&config));
}

static const struct CMUnitTest tests[] = {
	BOTH(version_2_0_is_the_only_one),
	BOTH(unknown_functions_answer_minus_one_and_clear_x1_to_x3),
	BOTH(the_sve_hint_is_accepted),
	BOTH(features_are_those_of_the_model),
	cmocka_unit_test(the_ipa_size_follows_the_cpu_up_to_48_bits),
	cmocka_unit_test(before_activation_little_is_allowed),
	cmocka_unit_test(configuration_pages_are_checked),
	BET3(bet3_deactivates_when_all_has_come_back),
	cmocka_unit_test(an_rmm_of_1_0_knows_only_its_version),
	BOTH(a_heap_too_small_is_refused),
};

RUN_TESTS(tests)
