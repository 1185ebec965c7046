// SPDX-License-Identifier: GPL-2.0-only
/*
 * A running realm as a running RMM showed it to its host (L.2.5, L.2.18 to
 * L.2.21, L.2.24 to L.2.26).
 */
#include <string.h>

#include "abi.h"

#define UART		(SHARED | 0x9000000UL)
#define HPFAR(ipa)	((ipa) >> 8)

static void assert_exit(struct vm *vm, uint64_t esr, uint64_t far,
			uint64_t hpfar)
{
	EQ(vm->run.exit.exit_reason, RMI_EXIT_SYNC);
	EQ(vm->run.exit.esr, esr);
	EQ(vm->run.exit.far, far);
	EQ(vm->run.exit.hpfar, hpfar);
}

ABI_TEST(L2_18_loads_from_shared_addresses)
{
	STEPS(AT(LDRB, UART + 1), AT(LDRH, UART + 2), AT(LDRW, UART + 4),
	      AT(LDRX, UART + 8), AT(LDRSBX, UART + 3));
	static const uint64_t want[5][2] = {
		{ 0x91000005, 1 }, { 0x91400005, 2 }, { 0x91800005, 4 },
		{ 0x91c08005, 8 }, { 0x91008005, 3 },
	};
	struct vm vm;

	VM_UP(vm);
	for (unsigned int i = 0; i < 5; i++) {
		EQ(vm_enter(&vm, 0), RMI_SUCCESS);
		assert_exit(&vm, want[i][0], want[i][1], 0x1090000);
		EQ(vm.run.exit.gprs[0], 0);
		EQ(vm_report(&vm, i, RMI_ENTER_EMUL_MMIO)[GUEST_R_EXCEPTION], 0);
	}
	vm_down(&vm);
}

ABI_TEST(L2_18_stores_to_shared_addresses_show_their_value)
{
	STEPS(AT(STRB, UART, 0x1122334455667788), AT(STRH, UART, 0x1122334455667788),
	      AT(STRW, UART, 0x1122334455667788), AT(STRX, UART, 0x1122334455667788),
	      AT(STRXZR, UART, 0x1122334455667788));
	static const uint64_t want[5][2] = {
		{ 0x91000045, 0x88 }, { 0x91400045, 0x7788 },
		{ 0x91800045, 0x55667788 }, { 0x91c08045, 0x1122334455667788 },
		{ 0x91c08045, 0 },
	};
	struct vm vm;

	VM_UP(vm);
	for (unsigned int i = 0; i < 5; i++) {
		EQ(vm_enter(&vm, 0), RMI_SUCCESS);
		assert_exit(&vm, want[i][0], 0, 0x1090000);
		EQ(vm.run.exit.gprs[0], want[i][1]);
		vm_report(&vm, i, RMI_ENTER_EMUL_MMIO);
	}
	vm_down(&vm);
}

ABI_TEST(L2_18_what_cannot_be_emulated_only_takes_an_abort)
{
	STEPS(AT(LDP, UART), AT(LDP, UART));
	struct vm vm;
	const uint64_t *r;

	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x92000005, 0, 0x1090000);
	EQ(vm_enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	r = vm_report(&vm, 0, RMI_ENTER_INJECT_SEA);
	EQ(r[GUEST_R_EXCEPTION], 1);
	EQ(r[GUEST_R_ESR], 0x96000210);
	vm_down(&vm);
}

ABI_TEST(G2_mmio_reads_are_extended_into_their_register)
{
	STEPS(AT(LDRB, UART), AT(LDRSBX, UART), AT(LDRSBW, UART),
	      AT(LDRSWX, UART), AT(LDRX, UART));
	static const uint64_t value[] = {
		0xffffff85, 0x85, 0x85, 0x80000000, 0x123456789abcdef0,
	};
	static const uint64_t want[] = {
		0x85, 0xffffffffffffff85, 0xffffff85, 0xffffffff80000000,
		0x123456789abcdef0,
	};
	struct vm vm;

	VM_UP(vm);
	for (unsigned int i = 0; i < 5; i++) {
		EQ(vm_enter(&vm, 0), RMI_SUCCESS);
		vm.run.enter.gprs[0] = value[i];
		EQ(vm_report(&vm, i, RMI_ENTER_EMUL_MMIO)[3], want[i]);
	}
	vm_down(&vm);
}

ABI_TEST(L2_18_protected_accesses_do_not_tell_load_from_store)
{
	STEPS(AT(LDRX, 0x30000), AT(STRX, 0x31000, 7), AT(BRANCH, 0x32000),
	      AT(LDRX, 0x31000));
	struct vm vm;

	memset(&vm, 0, sizeof(vm));
	realm_new(&vm.realm);
	realm_tables(&vm.realm, 0, 3);
	EQ(RMI(RTT_INIT_RIPAS, vm.realm.rd, 0x30000, 0x40000), 0);
	vm_up_realm(&vm, steps, 4);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x90000007, 0, 0x300);
	EQ(vm_enter(&vm, RMI_ENTER_INJECT_SEA), RMI_ERROR_REC);
	EQ(vm_enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);	/* it does it again */
	assert_exit(&vm, 0x90000007, 0, 0x300);
	EQ(RMI(RTT_DATA_MAP, vm.realm.rd, 0x30000, 0x31000, 1, delegated() | 4), 0);
	EQ(vm_report(&vm, 0, 0)[3], 0);		/* fresh memory is zero */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x90000007, 0, 0x310);
	EQ(vm.run.exit.gprs[0], 0);
	EQ(RMI(RTT_DATA_MAP, vm.realm.rd, 0x31000, 0x32000, 1, delegated() | 4), 0);
	vm_report(&vm, 1, 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x80000007, 0, 0x320);
	vm_down(&vm);
}

ABI_TEST(L2_18_the_fault_status_tells_the_missing_level)
{
	STEPS(AT(LDRX, GIB), AT(LDRX, 0x3000000));
	struct vm vm;

	memset(&vm, 0, sizeof(vm));
	realm_new(&vm.realm);
	EQ(RMI(RTT_INIT_RIPAS, vm.realm.rd, 0, 2 * GIB), 0);
	vm_up_realm(&vm, steps, 2);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x90000005, 0, HPFAR(GIB));
	realm_tables(&vm.realm, GIB, 3);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x90000007, 0, HPFAR(GIB));
	vm_down(&vm);
}

/* F.4: the realm gets what the host never sees. */
ABI_TEST(L2_18_empty_memory_and_beyond_are_the_realms_own_aborts)
{
	STEPS(AT(LDRX, 0x40000), AT(BRANCH, 0x40000), AT(LDRX, 1UL << 33),
	      AT(BRANCH, SHARED));
	static const uint64_t want[] = {
		0x97c08210, 0x86000210, 0x97c08210, 0x86000210,
	};
	/* ISS holds the register of the load: 3 here, 0 in the notes. */
	struct vm vm;

	VM_UP(vm);
	for (unsigned int i = 0; i < 4; i++) {
		const uint64_t *r = vm_report(&vm, i, 0);

		EQ(r[GUEST_R_EXCEPTION], 1);
		EQ(r[GUEST_R_ESR] & ~0x1f0000UL, want[i]);
	}
	vm_down(&vm);
}

ABI_TEST(L2_18_a_store_to_a_read_only_page_can_be_emulated)
{
	STEPS(AT(STRX, SHARED, 0x99), AT(LDRX, SHARED));
	uint64_t page = ns_page(), value = 0x1234;
	struct vm vm;

	VM_UP(vm);
	abi_page_write(page, &value, 8);
	realm_tables(&vm.realm, SHARED, 3);
	EQ(RMI(RTT_UNPROT_MAP, vm.realm.rd, SHARED, SHARED + PAGE,
	       1 | RMI_UNPROT_MEMATTR(6) | RMI_UNPROT_S2AP(2), page | 4), 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x91c0804f, 0, HPFAR(SHARED));
	EQ(vm.run.exit.gprs[0], 0x99);
	vm_report(&vm, 0, RMI_ENTER_EMUL_MMIO);
	EQ(vm_report(&vm, 1, 0)[3], 0x1234);
	abi_page_read(page, &value, 8);
	EQ(value, 0x1234);
	vm_down(&vm);
}

ABI_TEST(L2_11_shared_pages_are_shared_both_ways)
{
	STEPS(AT(LDRX, SHARED + 8), AT(STRX, SHARED + 16, 0xcafe));
	uint64_t page = ns_page(), words[3] = { 0, 0xbeef, 0 };
	struct vm vm;

	VM_UP(vm);
	abi_page_write(page, words, sizeof(words));
	realm_tables(&vm.realm, SHARED, 3);
	EQ(RMI(RTT_UNPROT_MAP, vm.realm.rd, SHARED, SHARED + PAGE, 0x1e0001,
	       page | 4), 0);
	EQ(vm_report(&vm, 0, 0)[3], 0xbeef);
	vm_report(&vm, 1, 0);
	abi_page_read(page, words, sizeof(words));
	EQ(words[2], 0xcafe);
	vm_down(&vm);
}

ABI_TEST(L2_11_a_realm_page_that_is_shared_faults_in_the_guest)
{
	STEPS(AT(LDRX, SHARED));
	const uint64_t *r;
	struct vm vm;

	if (!abi_on_device())
		abi_skip("needs granule protection");
	VM_UP(vm);
	realm_tables(&vm.realm, SHARED, 3);
	EQ(RMI(RTT_UNPROT_MAP, vm.realm.rd, SHARED, SHARED + PAGE, 0x1e0001,
	       vm.realm.rd | 4), 0);
	r = vm_report(&vm, 0, 0);
	EQ(r[GUEST_R_EXCEPTION], 1);
	EQ(r[GUEST_R_ESR] & 0xfc00003f, 0x94000028);
	vm_down(&vm);
}

ABI_TEST(L2_18_hvc_and_udf_are_undefined_in_the_guest)
{
	STEPS(DO(HVC), DO(UDF));
	const uint64_t *r;
	struct vm vm;

	VM_UP(vm);
	r = vm_report(&vm, 0, 0);
	EQ(r[GUEST_R_EXCEPTION], 1);
	EQ(r[GUEST_R_ESR], 0x02000000);
	if (abi_on_device()) {
		EQ(r[GUEST_R_ELR], 4);	/* behind the HVC */
		r = vm_report(&vm, 1, 0);
		EQ(r[GUEST_R_ESR], 0x02000000);
		EQ(r[GUEST_R_ELR], 0);
	}
	vm_down(&vm);
}

ABI_TEST(L2_26_the_first_fp_instruction_stays_inside)
{
	STEPS(DO(FP));
	const uint64_t *r;
	struct vm vm;

	if (!abi_on_device())
		abi_skip("needs instructions");
	VM_UP(vm);
	r = vm_report(&vm, 0, 0);
	EQ(r[GUEST_R_EXCEPTION], 1);
	EQ(r[GUEST_R_ESR], 0x1fe00000);
	vm_down(&vm);
}

ABI_TEST(L2_18_a_trapped_wfi_exits_behind_itself)
{
	STEPS(DO(WFI));
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, RMI_ENTER_TRAP_WFI), RMI_SUCCESS);
	assert_exit(&vm, 0x04000000, 0, 0);
	EQ(vm_report(&vm, 0, 0)[GUEST_R_EXCEPTION], 0);
	vm_down(&vm);
}

ABI_TEST(L2_18_an_sgi_exits_with_its_value)
{
	STEPS({ GUEST_SGI1R, { [7] = 0x12345 } });
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x623a3016, 0, 0);
	EQ(vm.run.exit.gprs[0], 0x12345);
	vm_report(&vm, 0, 0);
	vm_down(&vm);
}

/* The other two trap only as the host's ICH_HCR_EL2 says. */
ABI_TEST(L2_18_other_gic_registers_have_no_rt)
{
	STEPS(DO(IAR1), { GUEST_PMR, { [7] = 0xf0 } });
	struct vm vm;

	if (abi_on_device())
		abi_skip("needs ICH_HCR_EL2.TALL1 and TC");
	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x62303019, 0, 0);
	vm.run.enter.gprs[0] = 0x1b;
	EQ(vm_report(&vm, 0, 0)[7], 0x1b);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x6230100c, 0, 0);
	EQ(vm.run.exit.gprs[0], 0xf0);
	vm_down(&vm);
}

ABI_TEST(L2_05_a_refused_entry_changes_nothing)
{
	STEPS(AT(LDRB, UART));
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	EQ(vm_enter(&vm, RMI_ENTER_INJECT_SEA), RMI_ERROR_REC);
	/* unknown flags, and answers to nothing, are ignored */
	EQ(vm_enter(&vm, 0xffffffffffffff00), RMI_SUCCESS);
	assert_exit(&vm, 0x91000005, 0, 0x1090000);
	EQ(vm_enter(&vm, 0xf0), RMI_SUCCESS);
	assert_exit(&vm, 0x91000005, 0, 0x1090000);
	EQ(RMI(REALM_TERMINATE, vm.realm.rd), 0);
	EQ(vm_enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REALM);
	vm_down(&vm);
}

ABI_TEST(L2_05_all_of_the_exit_half_is_written)
{
	STEPS(AT(LDRB, UART));
	static const uint8_t none[0x100 - 8];
	struct vm vm;

	VM_UP(vm);
	memset(&vm.run.exit, 0x77, sizeof(vm.run.exit));
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_SYNC);
	EQ(memcmp(vm.run.exit.__sbz0, none, sizeof(none)), 0);
	EQ(vm.run.exit.pmu_ovf_status, 0);
	EQ(vm.run.exit.__sbz9[0x800 - 0x718 - 1], 0);
	vm_down(&vm);
}

ABI_TEST(L2_20_sea_wins_over_emulation)
{
	STEPS(AT(LDRX, UART));
	const uint64_t *r;
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	r = vm_report(&vm, 0, RMI_ENTER_EMUL_MMIO | RMI_ENTER_INJECT_SEA);
	EQ(r[GUEST_R_EXCEPTION], 1);
	EQ(r[GUEST_R_ESR] & ~0x1f0000UL, 0x97c08210);
	EQ(r[GUEST_R_FAR], UART);
	vm_down(&vm);
}

/* ---- RSI -------------------------------------------------------------------- */

ABI_TEST(L2_26_realm_services)
{
	STEPS(SMC(SMC_RSI_VERSION, RSI_VERSION_1_0),
	      SMC(SMC_RSI_VERSION, RSI_VERSION_1_1),
	      SMC(SMC_RSI_VERSION, 0x20000),
	      SMC(SMC_RSI_FEATURES, 0),
	      SMC(SMC_RSI_REALM_CONFIG, GUEST_BUFFER),
	      AT(LDRX, GUEST_BUFFER), AT(LDRB, GUEST_BUFFER + 8),
	      AT(LDRX, GUEST_BUFFER + 0x10), AT(LDRX, GUEST_BUFFER + 0x200),
	      SMC(SMC_RSI_REALM_CONFIG, SHARED | GUEST_BUFFER),
	      SMC(SMC_RSI_REALM_CONFIG, GUEST_BUFFER + 8),
	      SMC(SMC_RSI_REALM_CONFIG, 0x40000),
	      SMC(0xc40001bf, 1, 2, 3));
	struct vm vm;

	memset(&vm, 0, sizeof(vm));
	realm_params(&vm.realm, 33, 1, 1);
	vm.realm.p.hash_algo = RMI_HASH_SHA_384;
	memset(vm.realm.p.rpv, 0x5a, 64);
	EQ(realm_create(&vm.realm), 0);
	vm_up_realm(&vm, steps, 13);
	EQ(vm_report(&vm, 0, 0)[0], RSI_SUCCESS);
	EQ(vm.run.exit.gprs[1], RSI_VERSION_1_0);
	EQ(vm.run.exit.gprs[2], RSI_VERSION_1_1);
	EQ(vm_report(&vm, 1, 0)[1], RSI_VERSION_1_1);
	EQ(vm_report(&vm, 2, 0)[0], RSI_ERROR_INPUT);
	EQ(vm_report(&vm, 3, 0)[0], RSI_SUCCESS);
	EQ(vm.run.exit.gprs[1], 0);
	EQ(vm_report(&vm, 4, 0)[0], RSI_SUCCESS);
	EQ(vm_report(&vm, 5, 0)[3], 0x21);
	EQ(vm_report(&vm, 6, 0)[3], 1);		/* SHA-384 reports 1 */
	EQ(vm_report(&vm, 7, 0)[3], 0);
	EQ(vm_report(&vm, 8, 0)[3], 0x5a5a5a5a5a5a5a5a);
	for (unsigned int i = 9; i < 12; i++)
		EQ(vm_report(&vm, i, 0)[0], RSI_ERROR_INPUT);
	EQ(vm_report(&vm, 12, 0)[0], ~0UL);
	vm_down(&vm);
}

ABI_TEST(L2_18_a_missing_buffer_looks_like_an_abort)
{
	STEPS(SMC(SMC_RSI_REALM_CONFIG, 0x10000), SMC(SMC_RSI_HOST_CALL, 0x11000));
	struct vm vm;

	memset(&vm, 0, sizeof(vm));
	realm_new(&vm.realm);
	realm_tables(&vm.realm, 0, 3);
	EQ(RMI(RTT_INIT_RIPAS, vm.realm.rd, 0x10000, 0x12000), 0);
	vm_up_realm(&vm, steps, 2);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x90000007, 0, 0x100);
	EQ(RMI(RTT_DATA_MAP, vm.realm.rd, 0x10000, 0x11000, 1, delegated() | 4), 0);
	EQ(vm_report(&vm, 0, 0)[0], RSI_SUCCESS);	/* asked again */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	assert_exit(&vm, 0x90000007, 0, 0x110);
	vm_down(&vm);
}

ABI_TEST(L2_19_a_lost_host_call_page_stops_the_realm_for_good)
{
	STEPS(SMC(SMC_RSI_HOST_CALL, GUEST_BUFFER));
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_HOST_CALL);
	EQ(RMI(RTT_DATA_UNMAP, vm.realm.rd, GUEST_BUFFER, GUEST_BUFFER + PAGE, 0, 0),
	   0);
	for (unsigned int i = 0; i < 2; i++) {
		EQ(vm_enter_once(&vm), RMI_SUCCESS);
		assert_exit(&vm, 0x90000007, 0, HPFAR(GUEST_BUFFER));
		EQ(vm.run.exit.cntv_ctl, 0);
		EQ(vm.run.exit.cntv_cval, 0);
		EQ(vm.run.exit.cntp_ctl, 0);
	}
	EQ(vm_enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	EQ(vm_enter(&vm, RMI_ENTER_INJECT_SEA), RMI_ERROR_REC);
	vm_down(&vm);
}

ABI_TEST(I2_host_call_registers_go_both_ways)
{
	STEPS(AT(STRX, GUEST_BUFFER, 0x1234), AT(STRX, GUEST_BUFFER + 8, 0xaa),
	      AT(STRX, GUEST_BUFFER + 248, 0xbb),
	      SMC(SMC_RSI_HOST_CALL, GUEST_BUFFER), AT(LDRX, GUEST_BUFFER + 8),
	      AT(LDRX, GUEST_BUFFER + 248), SMC(SMC_RSI_HOST_CALL, GUEST_BUFFER + 8));
	struct vm vm;

	VM_UP(vm);
	for (unsigned int i = 0; i < 3; i++)
		vm_report(&vm, i, 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_HOST_CALL);
	EQ(vm.run.exit.imm, 0x1234);
	EQ(vm.run.exit.plane, 0);
	EQ(vm.run.exit.gprs[0], 0xaa);
	EQ(vm.run.exit.gprs[30], 0xbb);
	vm.run.enter.gprs[0] = 0xcc;
	vm.run.enter.gprs[30] = 0xdd;
	EQ(vm_report(&vm, 3, 0)[0], RSI_SUCCESS);
	EQ(vm_report(&vm, 4, 0)[3], 0xcc);
	EQ(vm_report(&vm, 5, 0)[3], 0xdd);
	EQ(vm_report(&vm, 6, 0)[0], RSI_ERROR_INPUT);
	vm_down(&vm);
}

/* ---- RIPAS ------------------------------------------------------------------ */

ABI_TEST(L2_21_a_ripas_change_and_its_answers)
{
	STEPS(SMC(SMC_RSI_IPA_STATE_SET, 0x40000, 0x48000, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x40000, 0x48000, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x40000, 0x48000, RSI_RIPAS_EMPTY, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x40000, 0x48000, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_GET, 0x40000, 0x80000));
	struct vm vm;
	uint64_t rd;

	VM_UP(vm);
	rd = vm.realm.rd;
	/* nothing done, nothing refused: accepted without progress */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_RIPAS_CHANGE);
	EQ(vm.run.exit.ripas_base, 0x40000);
	EQ(vm.run.exit.ripas_top, 0x48000);
	EQ(vm.run.exit.ripas_value, RMI_RIPAS_RAM);
	EQ(vm_report(&vm, 0, 0)[1], 0x40000);
	EQ(vm.run.exit.gprs[2], RSI_ACCEPT);
	/* half of it, then refused */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, 0x41000, 0x48000), RMI_ERROR_INPUT);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, 0x40000, 0x49000), RMI_ERROR_INPUT);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, 0x40000, 0x44000), RMI_SUCCESS);
	X(1, 0x44000);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, 0x40000, 0x44000), RMI_ERROR_INPUT);
	EQ(vm_report(&vm, 1, RMI_ENTER_RIPAS_REJECT)[1], 0x44000);
	EQ(vm.run.exit.gprs[2], RSI_REJECT);
	/* EMPTY cannot be refused */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.ripas_value, RMI_RIPAS_EMPTY);
	EQ(vm_report(&vm, 2, RMI_ENTER_RIPAS_REJECT)[2], RSI_ACCEPT);
	/* refused after all is done: accepted */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, 0x40000, 0x48000), RMI_SUCCESS);
	X(1, 0x48000);
	EQ(vm_report(&vm, 3, RMI_ENTER_RIPAS_REJECT)[2], RSI_ACCEPT);
	EQ(vm.run.exit.gprs[1], 0x48000);
	EQ(vm_report(&vm, 4, 0)[1], 0x48000);
	EQ(vm.run.exit.gprs[2], RSI_RIPAS_RAM);
	vm_down(&vm);
}

ABI_TEST(L2_21_a_hole_wants_tables_and_destroyed_wants_consent)
{
	STEPS(SMC(SMC_RSI_IPA_STATE_SET, GIB, GIB + PAGE, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, GUEST_BUFFER, GUEST_BUFFER + PAGE,
		  RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, GUEST_BUFFER, GUEST_BUFFER + PAGE,
		  RSI_RIPAS_RAM, RSI_CHANGE_DESTROYED));
	struct vm vm;
	uint64_t rd;

	VM_UP(vm);
	rd = vm.realm.rd;
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, GIB, GIB + PAGE), 0x104);
	realm_tables(&vm.realm, GIB, 3);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, GIB, GIB + PAGE), RMI_SUCCESS);
	EQ(vm_report(&vm, 0, 0)[1], GIB + PAGE);
	EQ(RMI(RTT_DATA_UNMAP, rd, GUEST_BUFFER, GUEST_BUFFER + PAGE, 0, 0), 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, GUEST_BUFFER, GUEST_BUFFER + PAGE), 0x304);
	EQ(vm_report(&vm, 1, RMI_ENTER_RIPAS_REJECT)[2], RSI_REJECT);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(RTT_SET_RIPAS, rd, vm.rec, GUEST_BUFFER, GUEST_BUFFER + PAGE), 0);
	vm_report(&vm, 2, 0);
	vm_down(&vm);
}

ABI_TEST(C7_set_ripas_belongs_to_a_rec_that_asked)
{
	STEPS(DO(END));
	struct vm vm, other;

	VM_UP(vm);
	VM_UP(other);
	EQ(RMI(RTT_SET_RIPAS, vm.realm.rd, vm.rec, 0, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_SET_RIPAS, vm.realm.rd, vm.rec, PAGE, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_SET_RIPAS, vm.realm.rd, vm.run_pa, 0, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_SET_RIPAS, vm.run_pa, vm.rec, 0, PAGE), RMI_ERROR_INPUT);
	EQ(RMI(RTT_SET_RIPAS, other.realm.rd, vm.rec, 0, PAGE), RMI_ERROR_REC);
	vm_down(&other);
	vm_down(&vm);
}

/* ---- PSCI ------------------------------------------------------------------- */

ABI_TEST(L2_25_what_psci_answers_inside)
{
	STEPS(SMC(RSI_PSCI_VERSION), SMC(RSI_SMCCC_VERSION),
	      SMC(RSI_PSCI_AFFINITY_INFO, 0, 0), SMC(RSI_PSCI_AFFINITY_INFO, 0, 1),
	      SMC(RSI_PSCI_AFFINITY_INFO, 1, 0), SMC(RSI_PSCI_CPU_ON, 0x10, 0, 0),
	      SMC(RSI_PSCI_CPU_ON, 0x100000001, 0, 0),
	      SMC(RSI_PSCI_CPU_ON, 0, SHARED, 0), SMC(0xc4000012),
	      SMC(0x84000006), SMC(0x80000001), DO(MPIDR));
	static const uint64_t want[] = {
		0x10001, 0x10002, 0, -2UL, -2UL, -4UL, -2UL, -9UL, -1UL, -1UL,
		-1UL,
	};
	struct vm vm;

	VM_UP(vm);
	for (unsigned int i = 0; i < 11; i++)
		EQ(vm_report(&vm, i, 0)[0], want[i]);
	EQ(vm_report(&vm, 11, 0)[3], 0x80000000);
	vm_down(&vm);
}

ABI_TEST(I4_system_off_ends_the_realm)
{
	STEPS(SMC(RSI_PSCI_SYSTEM_OFF));
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_PSCI);
	EQ(vm.run.exit.gprs[0], RSI_PSCI_SYSTEM_OFF);
	EQ(vm.run.exit.gprs[1], 0);
	EQ(vm_enter(&vm, 0), RMI_ERROR_REALM);
	EQ(RMI(RTT_DATA_MAP, vm.realm.rd, 0x40000, 0x41000, 1, delegated() | 4),
	   RMI_ERROR_REALM);
	EQ(RMI(REALM_DESTROY, vm.realm.rd), RMI_ERROR_REALM);
	vm_down(&vm);
}

ABI_TEST(I4_cpu_off_and_suspend)
{
	STEPS(SMC(RSI_PSCI_CPU_SUSPEND), SMC(RSI_PSCI_CPU_OFF));
	struct vm vm;

	VM_UP(vm);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_PSCI);
	EQ(vm.run.exit.gprs[0], RSI_PSCI_CPU_SUSPEND);
	EQ(vm_report(&vm, 0, 0)[0], 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.gprs[0], RSI_PSCI_CPU_OFF);
	EQ(vm_enter(&vm, 0), RMI_ERROR_REC);
	vm_down(&vm);
}

/* The second REC, off; the realm is not active yet. */
static void two_recs(struct vm *vm, uint64_t *second, const struct step *steps,
		     unsigned int count)
{
	uint64_t src = ns_page();
	size_t size;
	const void *code = abi_guest_code(&size);

	memset(vm, 0, sizeof(*vm));
	realm_new(&vm->realm);
	realm_tables(&vm->realm, 0, 3);
	abi_page_write(src, code, size);
	EQ(RMI(RTT_DATA_MAP_INIT, vm->realm.rd, delegated(), GUEST_CODE, src, 1), 0);
	src = ns_page();
	abi_page_write(src, steps, count * sizeof(*steps));
	EQ(RMI(RTT_DATA_MAP_INIT, vm->realm.rd, delegated(), GUEST_STEPS, src, 1), 0);
	src = ns_page();
	EQ(RMI(RTT_DATA_MAP_INIT, vm->realm.rd, delegated(), GUEST_REPORT, src, 1), 0);
	EQ(rec_create(&vm->realm, 0, RMI_REC_F_RUNNABLE, &vm->rec), 0);
	EQ(rec_create(&vm->realm, 1, 0, second), 0);
	EQ(RMI(REALM_ACTIVATE, vm->realm.rd), 0);
	vm->run_pa = ns_page();
}

ABI_TEST(L2_06_psci_complete_and_what_it_refuses)
{
	STEPS(SMC(RSI_PSCI_AFFINITY_INFO, 1, 0), SMC(RSI_PSCI_CPU_ON, 1, 0, 7),
	      SMC(RSI_PSCI_CPU_ON, 0x80000011, 0, 7), SMC(RSI_PSCI_AFFINITY_INFO, 1, 0));
	uint64_t second;
	struct vm vm;

	two_recs(&vm, &second, steps, 4);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, 0), RMI_ERROR_INPUT);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.exit_reason, RMI_EXIT_PSCI);
	EQ(vm.run.exit.gprs[0], RSI_PSCI_AFFINITY_INFO);
	EQ(vm.run.exit.gprs[1], 1);
	EQ(vm.run.exit.gprs[2], 0);
	EQ(vm_enter(&vm, 0), RMI_ERROR_REC);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, -3UL), RMI_ERROR_INPUT);
	EQ(RMI(PSCI_COMPLETE, vm.rec, 0, 0), RMI_ERROR_INPUT);	/* two arguments */
	EQ(RMI(PSCI_COMPLETE, vm.rec, vm.rec, 0), RMI_ERROR_INPUT);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, 0), RMI_SUCCESS);
	EQ(vm_report(&vm, 0, 0)[0], 1);		/* off */

	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, -1UL), RMI_ERROR_INPUT);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, -4UL), RMI_ERROR_INPUT);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, -3UL), RMI_SUCCESS);
	EQ(vm_report(&vm, 1, 0)[0], -3UL);

	/* bits 31 and 7:4 of the target do not count, and are not masked */
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(vm.run.exit.gprs[1], 0x80000011);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, 0), RMI_SUCCESS);
	EQ(vm_report(&vm, 2, 0)[0], 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, 0), RMI_SUCCESS);
	EQ(vm_report(&vm, 3, 0)[0], 0);		/* on */
	rec_destroy(second);
	vm_down(&vm);
}

ABI_TEST(L2_06_denying_a_target_that_is_on)
{
	STEPS(SMC(RSI_PSCI_CPU_ON, 1, 0, 7), SMC(RSI_PSCI_CPU_ON, 1, 0, 7));
	uint64_t second;
	struct vm vm;

	two_recs(&vm, &second, steps, 2);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, 0), RMI_SUCCESS);
	vm_report(&vm, 0, 0);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, -3UL), RMI_ERROR_INPUT);
	EQ(vm_report(&vm, 1, 0)[0], -4UL);
	rec_destroy(second);
	vm_down(&vm);
}

ABI_TEST(L2_06_nothing_completes_for_a_target_that_is_gone)
{
	STEPS(SMC(RSI_PSCI_CPU_ON, 1, 0, 7));
	uint64_t second;
	struct vm vm;

	two_recs(&vm, &second, steps, 1);
	EQ(vm_enter(&vm, 0), RMI_SUCCESS);
	rec_destroy(second);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, 0), RMI_ERROR_INPUT);
	EQ(RMI(PSCI_COMPLETE, vm.rec, second, -3UL), RMI_ERROR_INPUT);
	EQ(RMI(PSCI_COMPLETE, vm.rec, vm.rec, -3UL), RMI_ERROR_INPUT);
	EQ(vm_enter(&vm, 0), RMI_ERROR_REC);
	vm_down(&vm);
}

/* ---- timers ----------------------------------------------------------------- */

ABI_TEST(G6_every_exit_reports_the_timers)
{
	STEPS(AT(CNTV_CTL, -1UL, 1));	/* enabled, in the far future */
	struct vm vm;

	VM_UP(vm);
	vm_report(&vm, 0, 0);
	EQ(vm.run.exit.cntv_cval, -1UL);
	EQ(vm.run.exit.cntv_ctl, 1);
	EQ(vm.run.exit.cntp_ctl & 1, 0);
	vm_down(&vm);
}
