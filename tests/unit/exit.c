// SPDX-License-Identifier: GPL-2.0-only
/*
 * module/exit.c: what RUN makes of an exit, with the raw values that a real RMM
 * gave (section L.2-18 and others of the notes on the ABI).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exit.h"

#define IPA_BITS	33U
#define SHARED		(1ULL << (IPA_BITS - 1))

/* IPA[51:12] in bits 43:4. */
#define HPFAR(ipa)	((ipa) >> 8 & ~0xfULL)

static struct cca_exit read_exit(const struct rmi_rec_exit *from)
{
	struct cca_exit exit;

	/* Whatever was there before must not shine through. */
	memset(&exit, 0xa5, sizeof(exit));
	cca_exit_read(from, IPA_BITS, &exit);
	return exit;
}

static struct cca_exit sync_exit(__u64 esr, __u64 ipa, __u64 far)
{
	const struct rmi_rec_exit from = {
		.exit_reason = RMI_EXIT_SYNC,
		.esr = esr,
		.far = far,
		.hpfar = HPFAR(ipa),
		.gprs = { 0x1122334455667788ULL },
	};

	return read_exit(&from);
}

static struct cca_exit psci_exit(__u64 fid, __u64 target)
{
	const struct rmi_rec_exit from = {
		.exit_reason = RMI_EXIT_PSCI, .gprs = { fid, target },
	};

	return read_exit(&from);
}

static struct cca_exit other_exit(__u64 reason)
{
	const struct rmi_rec_exit from = { .exit_reason = reason };

	return read_exit(&from);
}

static void assert_for_user(const struct cca_exit *exit, __u32 reason)
{
	assert_int_equal(exit->action, CCA_ACTION_USER);
	assert_int_equal(exit->reason, reason);
}

/* ----------------------------------------------------------------------- MMIO */

static const struct {
	__u64 esr;
	__u32 bytes;
} loads[] = {
	{ 0x91000005, 1 },	/* ldrb */
	{ 0x91400005, 2 },	/* ldrh */
	{ 0x91800005, 4 },	/* ldr w */
	{ 0x91c08005, 8 },	/* ldr x */
	{ 0x91008005, 1 },	/* ldrsb x */
};

static void a_load_from_the_shared_half_is_mmio_and_wants_its_data(void **state)
{
	unsigned int i;

	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		struct cca_exit exit = sync_exit(loads[i].esr, SHARED + 0x9000000,
						 0x18);

		assert_for_user(&exit, CCA_EXIT_MMIO);
		assert_int_equal(exit.ipa, SHARED + 0x9000018);
		assert_int_equal(exit.bytes, loads[i].bytes);
		assert_int_equal(exit.is_write, 0);
		assert_int_equal(exit.answer, CCA_ANSWER_MMIO);
		assert_int_equal(exit.next, RMI_ENTER_EMUL_MMIO);
		assert_int_equal(exit.data, 0);
		assert_true(exit.may_abort);
	}
}

static void a_store_to_the_shared_half_is_mmio_and_wants_nothing(void **state)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct cca_exit exit = sync_exit(loads[i].esr | 0x40, SHARED, 0xff8);

		assert_for_user(&exit, CCA_EXIT_MMIO);
		assert_int_equal(exit.ipa, SHARED + 0xff8);
		assert_int_equal(exit.bytes, loads[i].bytes);
		assert_int_equal(exit.is_write, 1);
		assert_int_equal(exit.data, 0x1122334455667788ULL);
		assert_int_equal(exit.answer, CCA_ANSWER_NONE);
		assert_int_equal(exit.next, RMI_ENTER_EMUL_MMIO);
	}
}

/* FAR is an offset in the page; more of it must not become an address. */
static void only_the_offset_of_far_counts(void **state)
{
	struct cca_exit exit = sync_exit(0x91800005, SHARED, ~0ULL);

	assert_int_equal(exit.ipa, SHARED + 0xfff);
}

static void what_cannot_be_emulated_is_a_fault_that_may_be_aborted(void **state)
{
	/* ldp, post-index, ldadd, dc zva */
	struct cca_exit exit = sync_exit(0x92000005, SHARED + 0x1000, 0);

	assert_for_user(&exit, CCA_EXIT_FAULT);
	assert_int_equal(exit.ipa, SHARED + 0x1000);
	assert_int_equal(exit.next, 0);
	assert_int_equal(exit.answer, CCA_ANSWER_NONE);
	assert_true(exit.may_abort);
}

/* --------------------------------------------------------------------- aborts */

static void a_translation_fault_in_its_own_half_is_mapped(void **state)
{
	static const __u64 esrs[] = {
		0x90000004, 0x90000005, 0x90000006, 0x90000007,	/* data */
		0x80000005, 0x80000007,				/* fetch */
		0x9000002b,					/* level -1 */
	};
	unsigned int i;

	for (i = 0; i < sizeof(esrs) / sizeof(esrs[0]); i++) {
		struct cca_exit exit = sync_exit(esrs[i], SHARED - 0x1000, 0);

		assert_int_equal(exit.action, CCA_ACTION_MAP);
		assert_int_equal(exit.ipa, SHARED - 0x1000);
		/* If there is nothing to map, this is what the VMM hears. */
		assert_int_equal(exit.reason, CCA_EXIT_FAULT);
		assert_false(exit.may_abort);
	}
}

static void another_fault_in_its_own_half_is_not_mapped(void **state)
{
	/* permission fault; address size fault */
	struct cca_exit exit = sync_exit(0x9000000f, 0x1000, 0);

	assert_for_user(&exit, CCA_EXIT_FAULT);
	exit = sync_exit(0x90000001, 0x1000, 0);
	assert_for_user(&exit, CCA_EXIT_FAULT);
	assert_false(exit.may_abort);
}

static void what_is_not_permitted_is_told_from_what_is_not_there(void **state)
{
	unsigned int fsc;

	for (fsc = 0; fsc < 64; fsc++)
		assert_int_equal(cca_exit_is_permission(0x91c08040 | fsc),
				 fsc >= 0x0c && fsc <= 0x0f);
}

static void a_private_access_is_never_mmio(void **state)
{
	/* With ISV, which no RMM says there. */
	struct cca_exit exit = sync_exit(0x91800007, 0x1000, 0x10);

	assert_int_equal(exit.action, CCA_ACTION_MAP);
	assert_int_equal(exit.next, 0);
}

static void the_halves_meet_at_the_highest_bit(void **state)
{
	const struct rmi_rec_exit from = {
		.exit_reason = RMI_EXIT_SYNC, .esr = 0x90000007,
		.hpfar = HPFAR(1ULL << 39),
	};
	struct cca_exit exit;

	cca_exit_read(&from, 41, &exit);
	assert_int_equal(exit.action, CCA_ACTION_MAP);
	cca_exit_read(&from, 40, &exit);
	assert_for_user(&exit, CCA_EXIT_FAULT);
}

static void an_external_abort_is_the_realms_already(void **state)
{
	/* EA, and FSC "synchronous external abort" */
	struct cca_exit exit = sync_exit(0x92000210, 0, 0);

	assert_for_user(&exit, CCA_EXIT_SERROR);
	exit = sync_exit(0x82000010, 0, 0);
	assert_for_user(&exit, CCA_EXIT_SERROR);
	/* on a walk, level 3 */
	exit = sync_exit(0x92000217, 0, 0);
	assert_for_user(&exit, CCA_EXIT_SERROR);
}

/* ------------------------------------------------------------- other reasons */

static void a_read_of_an_icc_register_wants_its_value(void **state)
{
	struct cca_exit exit = sync_exit(0x62303019, 0, 0);

	assert_for_user(&exit, CCA_EXIT_SYSREG);
	assert_int_equal(exit.answer, CCA_ANSWER_SYSREG);
	assert_int_equal(exit.data, 0);
	assert_int_equal(exit.next, 0);
}

static void a_write_of_an_icc_register_has_its_value(void **state)
{
	struct cca_exit exit = sync_exit(0x623a3016, 0, 0);

	assert_for_user(&exit, CCA_EXIT_SYSREG);
	assert_int_equal(exit.answer, CCA_ANSWER_NONE);
	assert_int_equal(exit.data, 0x1122334455667788ULL);
}

static void wfi_sleeps_and_wfe_yields(void **state)
{
	assert_int_equal(sync_exit(0x04000000, 0, 0).action, CCA_ACTION_WFI);
	assert_int_equal(sync_exit(0x04000001, 0, 0).action, CCA_ACTION_WFE);
}

static void interrupts_need_nobody(void **state)
{
	assert_int_equal(other_exit(RMI_EXIT_IRQ).action, CCA_ACTION_RESUME);
	assert_int_equal(other_exit(RMI_EXIT_FIQ).action, CCA_ACTION_RESUME);
}

static void a_host_call_wants_all_registers(void **state)
{
	struct cca_exit exit = other_exit(RMI_EXIT_HOST_CALL);

	assert_for_user(&exit, CCA_EXIT_HOST_CALL);
	assert_int_equal(exit.answer, CCA_ANSWER_GPRS);
}

static void a_ripas_change_is_carried_out(void **state)
{
	struct cca_exit exit = other_exit(RMI_EXIT_RIPAS_CHANGE);

	assert_int_equal(exit.action, CCA_ACTION_RIPAS);
	assert_int_equal(exit.reason, CCA_EXIT_RIPAS);
}

static void serror_and_the_unknown_are_reported(void **state)
{
	struct cca_exit exit = other_exit(RMI_EXIT_SERROR);
	unsigned int reason;

	assert_for_user(&exit, CCA_EXIT_SERROR);
	for (reason = RMI_EXIT_S2AP_CHANGE; reason < 256; reason++) {
		exit = other_exit(reason);
		assert_for_user(&exit, CCA_EXIT_UNKNOWN);
	}
	exit = sync_exit(0, 0, 0);
	assert_for_user(&exit, CCA_EXIT_UNKNOWN);
}

static void only_one_byte_of_the_reason_counts(void **state)
{
	assert_int_equal(other_exit(0xffffffffffffff00ULL | RMI_EXIT_IRQ).action,
			 CCA_ACTION_RESUME);
}

/* ----------------------------------------------------------------------- PSCI */

static void psci_ends_things(void **state)
{
	static const struct {
		__u64 fid;
		__u32 reason;
	} ends[] = {
		{ RMI_PSCI_SYSTEM_OFF, CCA_EXIT_SYSTEM_OFF },
		{ RMI_PSCI_SYSTEM_RESET, CCA_EXIT_SYSTEM_RESET },
		{ RMI_PSCI_CPU_OFF, CCA_EXIT_CPU_OFF },
		{ 0x84000012, CCA_EXIT_UNKNOWN },
	};
	unsigned int i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct cca_exit exit = psci_exit(ends[i].fid, 0);

		assert_for_user(&exit, ends[i].reason);
	}
}

static void psci_requests_are_completed_first(void **state)
{
	struct cca_exit exit = psci_exit(RMI_PSCI_CPU_ON | RMI_PSCI_SMC64, 3);

	assert_int_equal(exit.action, CCA_ACTION_CPU_ON);
	assert_int_equal(exit.reason, CCA_EXIT_CPU_ON);
	assert_int_equal(exit.target, 3);
	exit = psci_exit(RMI_PSCI_AFFINITY_INFO, 2);
	assert_int_equal(exit.action, CCA_ACTION_AFFINITY);
	assert_int_equal(exit.target, 2);
	exit = psci_exit(RMI_PSCI_CPU_SUSPEND | RMI_PSCI_SMC64, 0);
	assert_int_equal(exit.action, CCA_ACTION_WFI);
}

/* L.2-25: 0x80000002 is REC 2, 0x10 is REC 0, 0x100 is REC 16. */
static void a_target_is_folded_as_the_rmm_folds_it(void **state)
{
	static const struct {
		__u64 mpidr;
		__u32 index;
	} targets[] = {
		{ 0, 0 }, { 15, 15 }, { 0x100, 16 }, { 0x102, 18 },
		{ 0x80000002, 2 }, { 0x10, 0 }, { 0x80000100, 16 },
		{ 0x3f0f, 1023 }, { 0x10000, 4096 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct cca_exit exit = psci_exit(RMI_PSCI_CPU_ON, targets[i].mpidr);

		assert_int_equal(exit.target, targets[i].index);
	}
}

/* --------------------------------------------------------------------- timers */

static void a_timer_is_high_when_enabled_fired_and_not_masked(void **state)
{
	__u64 ctl;

	/* The counter has not come there: only ISTATUS says that it fired. */
	for (ctl = 0; ctl < 8; ctl++) {
		assert_int_equal(cca_exit_timers(ctl, 100, 0, 0, 99),
				 ctl == 5 ? CCA_RUN_TIMER_VIRTUAL : 0);
		assert_int_equal(cca_exit_timers(0, 0, ctl, 100, 99),
				 ctl == 5 ? CCA_RUN_TIMER_PHYSICAL : 0);
	}
	assert_int_equal(cca_exit_timers(5, 0, 5, 0, 0), CCA_RUN_TIMER_VIRTUAL |
							 CCA_RUN_TIMER_PHYSICAL);
}

static void R31_a_timer_fires_while_its_realm_is_out(void **state)
{
	__u64 ctl;

	for (ctl = 0; ctl < 8; ctl++) {
		assert_int_equal(cca_exit_timers(ctl, 100, 0, 0, 100),
				 (ctl & 3) == 1 ? CCA_RUN_TIMER_VIRTUAL : 0);
		assert_int_equal(cca_exit_timers(0, 0, ctl, 100, 101),
				 (ctl & 3) == 1 ? CCA_RUN_TIMER_PHYSICAL : 0);
	}
	/* The largest value never comes, and the smallest has been. */
	assert_int_equal(cca_exit_timers(1, ~0ULL, 1, 0, ~0ULL - 1),
			 CCA_RUN_TIMER_PHYSICAL);
}

/* -------------------------------------------------------------- list registers */

#define PENDING		(1ULL << 62)
#define ACTIVE		(2ULL << 62)
#define HW		(1ULL << 61)

static int lrs_valid(__u64 lr0, __u64 lr1, __u64 lr5)
{
	const __u64 lrs[CCA_RUN_LRS] = { [0] = lr0, [1] = lr1, [5] = lr5 };

	return cca_lrs_valid(lrs, 4);
}

static void list_registers_keep_the_rules_of_the_rmm(void **state)
{
	assert_true(lrs_valid(0, 0, 0));
	assert_true(lrs_valid(PENDING | 27, ACTIVE | 28, 0));
	/* the same interrupt twice */
	assert_false(lrs_valid(PENDING | 27, ACTIVE | 27, 0));
	/* ... unless one of them is invalid; so is HW there */
	assert_true(lrs_valid(27, ACTIVE | 27, 0));
	assert_true(lrs_valid(HW | 27, ACTIVE | 27, 0));
	assert_false(lrs_valid(PENDING | HW | 27, 0, 0));
	/* a register that this machine does not have */
	assert_true(lrs_valid(0, 0, 27));
	assert_false(lrs_valid(0, 0, PENDING | 27));
	/* priority and group do not make interrupts differ */
	assert_false(lrs_valid(PENDING | 27, PENDING | (0xa0ULL << 48) | 27, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_from_the_shared_half_is_mmio_and_wants_its_data),
		cmocka_unit_test(a_store_to_the_shared_half_is_mmio_and_wants_nothing),
		cmocka_unit_test(only_the_offset_of_far_counts),
		cmocka_unit_test(what_cannot_be_emulated_is_a_fault_that_may_be_aborted),
		cmocka_unit_test(a_translation_fault_in_its_own_half_is_mapped),
		cmocka_unit_test(another_fault_in_its_own_half_is_not_mapped),
		cmocka_unit_test(what_is_not_permitted_is_told_from_what_is_not_there),
		cmocka_unit_test(a_private_access_is_never_mmio),
		cmocka_unit_test(the_halves_meet_at_the_highest_bit),
		cmocka_unit_test(an_external_abort_is_the_realms_already),
		cmocka_unit_test(a_read_of_an_icc_register_wants_its_value),
		cmocka_unit_test(a_write_of_an_icc_register_has_its_value),
		cmocka_unit_test(wfi_sleeps_and_wfe_yields),
		cmocka_unit_test(interrupts_need_nobody),
		cmocka_unit_test(a_host_call_wants_all_registers),
		cmocka_unit_test(a_ripas_change_is_carried_out),
		cmocka_unit_test(serror_and_the_unknown_are_reported),
		cmocka_unit_test(only_one_byte_of_the_reason_counts),
		cmocka_unit_test(psci_ends_things),
		cmocka_unit_test(psci_requests_are_completed_first),
		cmocka_unit_test(a_target_is_folded_as_the_rmm_folds_it),
		cmocka_unit_test(a_timer_is_high_when_enabled_fired_and_not_masked),
		cmocka_unit_test(R31_a_timer_fires_while_its_realm_is_out),
		cmocka_unit_test(list_registers_keep_the_rules_of_the_rmm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
