// SPDX-License-Identifier: GPL-2.0-only
/*
 * Global commands and granules as a running RMM answered them (L, L.1, L.5).
 */
#include "abi.h"

ABI_TEST(L1_unknown_functions_answer_minus_one_and_clear_x1_to_x3)
{
	static const unsigned int unknown[] = {
		0x151, 0x1d0, 0x1ee, 0x20b, 0x20f, 0x211, 0x1f4,
	};

	for (unsigned int i = 0; i < 7; i++) {
		EQ(rmi(SMC_RMI_FID(unknown[i]),
		       (const uint64_t[7]){ 1, 2, 3, 4 }), NOT_IMPLEMENTED);
		X(1, 0);
		X(2, 0);
		X(3, 0);
	}
}

ABI_TEST(L1_device_commands_answer_minus_one_without_devices)
{
	for (unsigned int n = 0x174; n <= 0x178; n++)	/* PDEV_* */
		EQ(rmi(SMC_RMI_FID(n), (const uint64_t[7]){ 0 }), NOT_IMPLEMENTED);
	for (unsigned int n = 0x185; n <= 0x18a; n++)	/* VDEV_* */
		EQ(rmi(SMC_RMI_FID(n), (const uint64_t[7]){ 0 }), NOT_IMPLEMENTED);
}

ABI_TEST(L1_numbers_outside_the_filter_never_reach_the_rmm)
{
	static const uint32_t fids[] = {
		SMC_RMI_FID(0x14f), SMC_RMI_FID(0x190), SMC_RMI_FID(0x1cf),
		SMC_RMI_FID(0x2d0), SMC_RMI_FEATURES | 1U << 17,
		SMC_RMI_FEATURES & ~(1U << 30), SMC_RMI_FEATURES & ~(1U << 31),
	};

	if (!abi_on_device())
		abi_skip("EL3 answers these");
	for (unsigned int i = 0; i < 7; i++) {
		EQ(rmi(fids[i], (const uint64_t[7]){ 11, 12, 13 }), NOT_IMPLEMENTED);
		X(1, 11);
		X(2, 12);
		X(3, 13);
	}
}

ABI_TEST(L1_the_sve_hint_is_accepted)
{
	EQ(rmi(SMC_RMI_FEATURES | 1U << 16, (const uint64_t[7]){ 9 }), 0);
}

ABI_TEST(A2_version_2_0_alone_is_implemented)
{
	static const uint64_t others[] = { 0x10000, 0x10001, 0x20001, 0x30000, 0 };

	EQ(RMI(VERSION, 0x20000), RMI_SUCCESS);
	X(1, 0x20000);
	X(2, 0x20000);
	for (unsigned int i = 0; i < 5; i++) {
		EQ(RMI(VERSION, others[i]), RMI_ERROR_INPUT);
		X(1, 0x20000);
		X(2, 0x20000);
	}
}

/* Register 0 is the CPU's. Registers 2 to 4 were 0, 3 (planes), 0. */
ABI_TEST(L_features_are_as_they_were)
{
	EQ(RMI(FEATURES, 1), RMI_SUCCESS);
	X(1, 0x142a9);
	X(2, 0);
	X(3, 0);
	EQ(RMI(FEATURES, 2), RMI_SUCCESS);
	X(1, 0);
	EQ(RMI(FEATURES, 4), RMI_SUCCESS);
	X(1, 0);
	EQ(RMI(FEATURES, 5), RMI_SUCCESS);
	X(1, 0);
	EQ(RMI(FEATURES, ~0UL), RMI_SUCCESS);
	X(1, 0);
	EQ(RMI(FEATURES, 0), RMI_SUCCESS);
	/* The PMU is the CPU's too, where it is not left out. */
	EQ(last.x[1] >> (RMI_FEATURE0_PMU(last.x[1]) ? 32 : 27), 0);
}

ABI_TEST(A3_after_activation_configuration_is_refused)
{
	uint64_t page = ns_page();
	struct { uint64_t region, granule; } head = { 7, 7 };

	EQ(RMI(RMM_ACTIVATE, 0), RMI_ERROR_GLOBAL);
	EQ(RMI(RMM_CONFIG_SET, page), RMI_ERROR_GLOBAL);
	EQ(RMI(RMM_CONFIG_GET, page), RMI_SUCCESS);
	abi_page_read(page, &head, sizeof(head));
	EQ(head.region, 0);
	EQ(head.granule, 0);
	EQ(RMI(RMM_CONFIG_GET, 0), RMI_ERROR_INPUT);
	EQ(RMI(RMM_CONFIG_GET, page + 8), RMI_ERROR_INPUT);
	EQ(RMI(RMM_CONFIG_GET, abi_unknown_pa()), RMI_ERROR_INPUT);
	EQ(RMI(RMM_CONFIG_GET, delegated()), RMI_ERROR_INPUT);
}

ABI_TEST(C3_tracking_is_always_fine_and_ends_at_the_top)
{
	uint64_t page = ns_page(), unknown = abi_unknown_pa();

	EQ(RMI(GRANULE_TRACKING_GET, page, page + 64 * PAGE), 0);
	X(1, RMI_TRACKING_CONVENTIONAL);
	X(2, RMI_TRACKING_FINE);
	X(3, page + 64 * PAGE);
	EQ(RMI(GRANULE_TRACKING_GET, unknown, unknown + PAGE), 0);
	X(1, RMI_TRACKING_CONVENTIONAL);
	X(2, RMI_TRACKING_NONE);
	X(3, unknown + PAGE);
	EQ(RMI(GRANULE_TRACKING_GET, page, page), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_TRACKING_GET, page + 8, page + PAGE), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_TRACKING_GET, page + PAGE, page), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_TRACKING_GET, 0, 1UL << 56), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_TRACKING_SET, 0, 0, 2), NOT_IMPLEMENTED);
}

ABI_TEST(L1_gpt_l1_create_checks_alignment_and_says_gpt)
{
	EQ(RMI(GPT_L1_CREATE, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(GPT_L1_CREATE, GIB), RMI_ERROR_GPT);
}

ABI_TEST(C3_delegation_moves_one_granule_per_call)
{
	uint64_t pa = delegated_run(2);

	undelegate(pa + PAGE, 1);
	EQ(RMI(GRANULE_RANGE_DELEGATE, pa, pa + 2 * PAGE), RMI_ERROR_INPUT);
	X(1, pa);
	EQ(RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + 2 * PAGE), RMI_SUCCESS);
	X(1, pa + PAGE);
	X(2, 0);
	EQ(RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + 2 * PAGE), RMI_ERROR_INPUT);
	X(1, pa);
	EQ(RMI(GRANULE_RANGE_DELEGATE, pa, pa + 2 * PAGE), RMI_SUCCESS);
	X(1, pa + PAGE);
}

ABI_TEST(C3_delegation_checks_its_range)
{
	uint64_t pa = ns_page(), unknown = abi_unknown_pa();

	EQ(RMI(GRANULE_RANGE_DELEGATE, pa + 8, pa + PAGE), RMI_ERROR_INPUT);
	X(1, pa + 8);
	EQ(RMI(GRANULE_RANGE_DELEGATE, pa, pa + 8), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_RANGE_DELEGATE, pa, pa), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_RANGE_DELEGATE, pa, 0), RMI_ERROR_INPUT);
	EQ(RMI(GRANULE_RANGE_DELEGATE, unknown, unknown + PAGE), RMI_ERROR_INPUT);
	X(1, unknown);
	EQ(RMI(GRANULE_RANGE_UNDELEGATE, unknown, unknown + PAGE), RMI_ERROR_INPUT);
}

ABI_TEST(L1_undelegated_pages_are_zero)
{
	uint64_t pa = ns_page(), value = 0x5ec2e75ec2e7;

	abi_page_write(pa, &value, sizeof(value));
	EQ(RMI(GRANULE_RANGE_DELEGATE, pa, pa + PAGE), 0);
	EQ(RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + PAGE), 0);
	abi_page_read(pa, &value, sizeof(value));
	EQ(value, 0);
}
