// SPDX-License-Identifier: GPL-2.0-only
/*
 * RECs of the model: creation and its order of errors, entering and its
 * refusals, and each kind of exit (C.5, G.2, I).
 */
#include "rmm_test.h"
#include "../rmm/model/model.h"

#define CODE_IPA	0x0UL
#define BUFFER_IPA	0x10000UL
#define SHARED_IPA(ipa)	((ipa) | 1UL << 32)
#define PC		0x40UL

/* A realm of 33 bits with one runnable REC that follows a script. */
struct vm {
	struct host *host;
	struct drive_realm realm;
	uint64_t rec, run_pa, buffer;
	struct rmi_rec_run *run;
	struct host_script script;
};

static void vm_up(struct vm *vm, struct host *host,
		  const struct host_step *steps, unsigned int count)
{
	memset(vm, 0, sizeof(*vm));
	vm->host = host;
	drive_realm_new(host, &vm->realm);
	drive_populate(host, &vm->realm, CODE_IPA, NULL);
	vm->buffer = drive_populate(host, &vm->realm, BUFFER_IPA, NULL);
	assert_int_equal(drive_rec_create(host, &vm->realm, 0,
					  RMI_REC_F_RUNNABLE, &vm->rec), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, vm->realm.rd), 0);
	vm->run_pa = host_page(host);
	vm->run = drive_run(host, vm->run_pa);
	vm->script.steps = steps;
	vm->script.count = count;
	host->guest = host_script_guest;
	host->guest_arg = &vm->script;
}

static void vm_down(struct vm *vm, uint64_t left)
{
	assert_int_equal(drive_rec_destroy(vm->host, vm->rec), 0);
	drive_realm_remove(vm->host, &vm->realm);
	assert_int_equal(drive_ledger(vm->host), left);
}

static uint64_t enter(struct vm *vm, uint64_t flags)
{
	vm->run->enter.flags = flags;
	return drive_enter(vm->host, vm->rec, vm->run_pa);
}

#define STEPS(...) \
	static const struct host_step steps[] = { __VA_ARGS__ }
#define SMC(...)	{ .what = STEP_SMC, .x = { __VA_ARGS__ } }
#define VM(vm, state) \
	struct vm vm; \
	uint64_t before_ = drive_ledger(*(state)); \
	vm_up(&vm, *(state), steps, sizeof(steps) / sizeof(steps[0]))
#define VM_DOWN(vm)	vm_down(&vm, before_)

static void creation_goes_through_sixteen_donated_pages(void **state)
{
	struct host *host = *state;
	uint64_t before = drive_ledger(host), params = host_page(host), rec;
	struct drive_sro sro = { 0 };
	struct drive_realm r;

	drive_realm_new(host, &r);
	rec = drive_delegated(host);
	assert_int_equal(drive_call(host, SMC_RMI_REC_CREATE,
				    (const uint64_t[7]){ r.rd, rec, params },
				    &sro), RMI_SUCCESS);
	assert_int_equal(sro.donated, 16);
	assert_int_equal(drive_granule(host, rec), 3);
	memset(&sro, 0, sizeof(sro));
	assert_int_equal(drive_call(host, SMC_RMI_REC_DESTROY,
				    (const uint64_t[7]){ rec }, &sro), 0);
	assert_int_equal(sro.reclaimed, 16);
	assert_int_equal(drive_granule(host, rec), 1);
	drive_undelegate(host, rec, 1);
	drive_realm_remove(host, &r);
	assert_int_equal(drive_ledger(host), before);
}

/* C.5 step 3, each error with all earlier checks passed. */
static void creation_checks_come_last_and_in_order(void **state)
{
	struct host *host = *state;
	uint64_t params = host_page(host), rec = drive_delegated(host);
	struct rmi_rec_params *p = host_at(host, params);
	struct drive_realm r;

	drive_realm_new(host, &r);
	/* Only the REC granule is checked at once. */
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, r.rd, params, params),
			 RMI_ERROR_INPUT);
	assert_int_equal(DRIVE(host, SMC_RMI_REC_CREATE, r.rd, rec, r.rd),
			 RMI_ERROR_INPUT);
	assert_int_equal(DRIVE(host, SMC_RMI_REC_CREATE, params, rec, params),
			 RMI_ERROR_INPUT);
	p->mpidr = 0x10;	/* Aff0 has four bits */
	assert_int_equal(DRIVE(host, SMC_RMI_REC_CREATE, r.rd, rec, params),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	/* A wrong MPIDR, but the realm's state is looked at before. */
	assert_int_equal(DRIVE(host, SMC_RMI_REC_CREATE, r.rd, rec, params),
			 RMI_ERROR_REALM);
	assert_int_equal(drive_granule(host, rec), 1);
}

static void july_takes_recs_in_order_of_their_index(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t rec[18], again;

	drive_realm_new(host, &r);
	assert_int_equal(drive_rec_create(host, &r, 1, 0, &again), RMI_ERROR_INPUT);
	for (unsigned int i = 0; i < 18; i++)
		assert_int_equal(drive_rec_create(host, &r, RMI_REC_MPIDR(i), 0,
						  &rec[i]), 0);
	/* The number of RECs made never goes down (L.2.3). */
	assert_int_equal(drive_rec_destroy(host, rec[3]), 0);
	assert_int_equal(drive_rec_create(host, &r, 3, 0, &again), RMI_ERROR_INPUT);
	assert_int_equal(drive_rec_create(host, &r, 0x102, 0, &again), 0);
}

static void bet3_takes_any_unused_index(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	uint64_t a, b;

	drive_realm_new(host, &r);
	assert_int_equal(drive_rec_create(host, &r, 0x102, 0, &a), 0);
	assert_int_equal(drive_rec_create(host, &r, 0x102, 0, &b), RMI_ERROR_INPUT);
	assert_int_equal(drive_rec_create(host, &r, 3, 0, &b), 0);
	assert_int_equal(drive_rec_destroy(host, b), 0);
	assert_int_equal(drive_rec_create(host, &r, 3, 0, &b), 0);
}

/* C.5, checks 1 to 9 of REC_ENTER. */
static void entering_is_refused_in_order(void **state)
{
	struct host *host = *state;
	uint64_t run = host_page(host), rec;
	struct drive_realm r;

	drive_realm_new(host, &r);
	assert_int_equal(drive_rec_create(host, &r, 0, 0, &rec), 0);
	assert_int_equal(drive_enter(host, rec, r.rd), RMI_ERROR_INPUT);
	assert_int_equal(drive_enter(host, rec, run + 8), RMI_ERROR_INPUT);
	assert_int_equal(drive_enter(host, r.rd, run), RMI_ERROR_INPUT);
	host->ns_faults = 1;
	assert_int_equal(drive_enter(host, rec, run), RMI_ERROR_INPUT);
	assert_int_equal(drive_enter(host, rec, run), RMI_ERROR_REALM);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	assert_int_equal(drive_enter(host, rec, run), RMI_ERROR_REC);
	assert_int_equal(host->runs, 0);
}

static void list_registers_are_checked(void **state)
{
	STEPS({ .what = STEP_IRQ }, { .what = STEP_IRQ });
	struct host *host = *state;
	VM(vm, state);

	host->gic.lr[0] = 1UL << 62 | 1UL << 61 | 27;
	assert_int_equal(enter(&vm, 0), RMI_ERROR_REC);
	host->gic.lr[0] = 1UL << 62 | 27;
	host->gic.lr[2] = 1UL << 63 | 27;
	assert_int_equal(enter(&vm, 0), RMI_ERROR_REC);
	/* An invalid one may say what it wants. */
	host->gic.lr[2] = 1UL << 61 | 27;
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	VM_DOWN(vm);
}

static void a_refused_entry_leaves_the_exit_alone(void **state)
{
	STEPS({ .what = STEP_IRQ });
	VM(vm, state);

	memset(&vm.run->exit, 0x77, sizeof(vm.run->exit));
	assert_int_equal(enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	assert_int_equal(enter(&vm, RMI_ENTER_INJECT_SEA), RMI_ERROR_REC);
	assert_int_equal(vm.run->exit.exit_reason, 0x7777777777777777);
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(vm.run->exit.esr, 0);
	VM_DOWN(vm);
}

static void empty_memory_is_the_realms_own_abort(void **state)
{
	STEPS({ .what = STEP_STORE, .ipa = 0x20000, .x = { 0x1234 } },
	      { .what = STEP_LOAD, .ipa = 0x20000 });
	struct host *host = *state;
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(host->injections, 2);
	assert_int_equal(host->injected_esr & 0xfc00003f, 0x94000010);
	assert_int_equal(host->injected_far, 0x20000);
	VM_DOWN(vm);
}

static void a_terminated_realm_cannot_be_entered(void **state)
{
	STEPS({ .what = STEP_IRQ });
	struct host *host = *state;
	VM(vm, state);

	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, vm.realm.rd), 0);
	assert_int_equal(enter(&vm, 0), RMI_ERROR_REALM);
	VM_DOWN(vm);
}

/* The RIPAS must be RAM before activation: a realm made by hand. */
static void unassigned_ram_exits_until_it_is_mapped(void **state)
{
	STEPS({ .what = STEP_STORE, .ipa = 0x21008, .x = { 0x1234 } },
	      { .what = STEP_LOAD, .ipa = 0x21008 });
	struct host *host = *state;
	uint64_t before = drive_ledger(host), rec, run = host_page(host), page;
	struct host_script script = { .steps = steps, .count = 2 };
	struct drive_realm r;
	struct rmi_rec_run *view = drive_run(host, run);

	drive_realm_new(host, &r);
	drive_tables(host, &r, 0, 3);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_INIT_RIPAS, r.rd, 0, MIB2), 0);
	assert_int_equal(drive_rec_create(host, &r, 0, RMI_REC_F_RUNNABLE, &rec), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	host->guest = host_script_guest;
	host->guest_arg = &script;

	assert_int_equal(drive_enter(host, rec, run), RMI_SUCCESS);
	assert_int_equal(view->exit.exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(view->exit.esr, 0x90000007);
	assert_int_equal(view->exit.far, 0);
	assert_int_equal(view->exit.gprs[0], 0);	/* no data of the realm */
	assert_int_equal(RMI_HPFAR_IPA(view->exit.hpfar), 0x21000);
	page = drive_delegated(host);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_MAP, r.rd, 0x21000,
				   0x22000, RMI_OADDR_SINGLE,
				   RMI_ADDR_DESC(page, 1, 0)), 0);
	assert_int_equal(drive_enter(host, rec, run), RMI_SUCCESS);
	assert_int_equal(view->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(script.seen[1].x[0], 0x1234);
	assert_int_equal(*(uint64_t *)host_at(host, page + 8), 0x1234);
	assert_int_equal(drive_rec_destroy(host, rec), 0);
	drive_realm_remove(host, &r);
	assert_int_equal(drive_ledger(host), before);
}

/* L.2.18's table, with what the hardware reports on the left. */
static void syndromes_are_masked_for_the_host(void **state)
{
	static const struct {
		uint64_t esr, ipa, want_esr, want_far;
	} cases[] = {
		/* ldrb w3 / ldrh w3 / ldr w3 / ldr x3 / ldrsb x3 */
		{ 0x93030005, SHARED_IPA(0x9000000), 0x91000005, 0x124 },
		{ 0x93430005, SHARED_IPA(0x9000000), 0x91400005, 0x124 },
		{ 0x93830005, SHARED_IPA(0x9000000), 0x91800005, 0x124 },
		{ 0x93c38005, SHARED_IPA(0x9000000), 0x91c08005, 0x124 },
		{ 0x93238005, SHARED_IPA(0x9000000), 0x91008005, 0x124 },
		/* strx, and to a read-only page */
		{ 0x93c38045, SHARED_IPA(0x9000000), 0x91c08045, 0x124 },
		{ 0x93c3804f, SHARED_IPA(0x9000000), 0x91c0804f, 0x124 },
		/* ldp: no ISV, and then IL but no WnR */
		{ 0x92000005, SHARED_IPA(0x9000000), 0x92000005, 0 },
		{ 0x92000045, SHARED_IPA(0x9000000), 0x92000005, 0 },
		/* fetch of protected memory is below */
	};
	struct host_step steps[10] = { 0 };

	for (unsigned int i = 0; i < 9; i++)
		steps[i] = (struct host_step){ .what = STEP_SYNC,
			.esr = cases[i].esr, .ipa = cases[i].ipa, .far = 0x123124 };
	VM(vm, state);
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
		assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SYNC);
		assert_int_equal(vm.run->exit.esr, cases[i].want_esr);
		assert_int_equal(vm.run->exit.far, cases[i].want_far);
		assert_int_equal(vm.run->exit.hpfar, cases[i].ipa >> 8);
	}
	VM_DOWN(vm);
}

/* The fault plan's: what really happened is told to nobody, and was all the same. */
static void an_exit_can_be_told_that_was_none(void **state)
{
	struct host *host = *state;

	STEPS(SMC(RSI_PSCI_CPU_OFF));
	VM(vm, state);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_FAULT_ADD,
				   SMC_RMI_NUMBER(SMC_RMI_REC_ENTER), 1, 1, FAULT_EXIT,
				   0xbe000011, RMI_EXIT_SERROR), 0);
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SERROR);
	assert_int_equal(vm.run->exit.esr, 0xbe000011);
	assert_int_equal(enter(&vm, 0), RMI_ERROR_REC);
	VM_DOWN(vm);
}

static void mmio_reads_are_extended_into_their_register(void **state)
{
	static const struct {
		uint64_t esr, value, want;
		unsigned int reg;
	} cases[] = {
		{ 0x93030005, 0xffffffffffffff85, 0x85, 3 },	/* ldrb w3 */
		{ 0x93238005, 0x85, 0xffffffffffffff85, 3 },	/* ldrsb x3 */
		{ 0x93240005, 0x85, 0xffffff85, 4 },		/* ldrsb w4 */
		{ 0x93640005, 0x8001, 0xffff8001, 4 },		/* ldrsh w4 */
		{ 0x93a38005, 0x80000000, 0xffffffff80000000, 3 }, /* ldrsw */
		{ 0x93c58005, 0x123456789abcdef0, 0x123456789abcdef0, 5 },
	};
	struct host_step steps[7] = { 0 };

	for (unsigned int i = 0; i < 6; i++)
		steps[i] = (struct host_step){ .what = STEP_SYNC,
			.esr = cases[i].esr, .ipa = SHARED_IPA(0) };
	VM(vm, state);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(enter(&vm, i ? RMI_ENTER_EMUL_MMIO : 0), 0);
		assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SYNC);
		vm.run->enter.gprs[0] = cases[i].value;
		if (i)
			assert_int_equal(vm.script.seen[i - 1].x[cases[i - 1].reg],
					 cases[i - 1].want);
	}
	assert_int_equal(enter(&vm, RMI_ENTER_EMUL_MMIO), 0);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(vm.script.seen[5].x[5], cases[5].want);
	assert_int_equal(vm.script.seen[5].pc, 6 * 4);
	/* The IRQ exit is nothing that could be emulated. */
	assert_int_equal(enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	VM_DOWN(vm);
}

static void mmio_writes_show_the_value_cut_to_size(void **state)
{
	STEPS({ .what = STEP_STORE, .ipa = SHARED_IPA(0x9000018),
		.x = { 0x1122334455667788 } });
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.esr, 0x91c08045);
	assert_int_equal(vm.run->exit.far, 0x18);
	assert_int_equal(vm.run->exit.gprs[0], 0x1122334455667788);
	/* SEA wins over emulation. */
	assert_int_equal(enter(&vm, RMI_ENTER_EMUL_MMIO | RMI_ENTER_INJECT_SEA), 0);
	assert_int_equal(((struct host *)*state)->injected_esr, 0x97c08250);
	VM_DOWN(vm);
}

static void fetches_outside_are_the_realms_own_fault(void **state)
{
	STEPS({ .what = STEP_FETCH, .ipa = SHARED_IPA(0) },
	      { .what = STEP_FETCH, .ipa = 1UL << 34 },
	      { .what = STEP_LOAD, .ipa = 1UL << 34 });
	struct host *host = *state;
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(host->injections, 3);
	VM_DOWN(vm);
}

static void hypercalls_are_undefined_and_unknown_smcs_minus_one(void **state)
{
	STEPS({ .what = STEP_SYNC, .esr = 0x5a000000 },
	      SMC(0xc4000123, 1, 2, 3),
	      SMC(0x84000050));
	struct host *host = *state;
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(host->injected_esr, 0x02000000);
	assert_int_equal(vm.script.seen[1].x[0], ~0UL);
	assert_int_equal(vm.script.seen[2].x[0], ~0UL);
	VM_DOWN(vm);
}

static void wfi_and_icc_registers_exit(void **state)
{
	STEPS({ .what = STEP_SYNC, .esr = 0x07e00000 },
	      { .what = STEP_SYNC, .esr = 0x623a30f6 },	/* msr icc_sgi1r, x7 */
	      { .what = STEP_SYNC, .esr = 0x623030f9 });/* mrs x7, icc_iar1 */
	struct host *host = *state;
	VM(vm, state);
	uint64_t pc;

	assert_int_equal(enter(&vm, RMI_ENTER_TRAP_WFI), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.esr, 0x04000000);
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.esr, 0x623a3016);
	pc = vm.script.seen[0].pc;
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.esr, 0x62303019);
	assert_int_equal(vm.script.seen[1].pc, pc + 4);
	vm.run->enter.gprs[0] = 0x1b;
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.script.seen[2].x[7], 0x1b);
	assert_int_equal(host->injections, 0);
	VM_DOWN(vm);
}

/* Bits 12:11 of the syndrome: 0 recoverable, 3 restartable (G.2). */
static void external_aborts_are_told_without_an_address(void **state)
{
	STEPS({ .what = STEP_SYNC, .esr = 0x93c08210, .ipa = 0x1000, .far = 8 },
	      { .what = STEP_SYNC, .esr = 0x93c09a10, .ipa = 0x1000, .far = 8 },
	      { .what = STEP_SYNC, .esr = 0x82000215, .ipa = 0x1000 });
	static const uint64_t want[] = { 0x90000210, 0x90001a10, 0x80000215 };
	static const unsigned int injected[] = { 1, 1, 2 };
	struct host *host = *state;
	VM(vm, state);

	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
		assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SYNC);
		assert_int_equal(vm.run->exit.esr, want[i]);
		assert_int_equal(vm.run->exit.hpfar, 0);
		assert_int_equal(vm.run->exit.far, 0);
		assert_int_equal(host->injections, injected[i]);
	}
	VM_DOWN(vm);
}

static void other_system_registers_are_zero_or_undefined(void **state)
{
	STEPS({ .what = STEP_SYNC, .esr = 0x623000e1 | 4 << 17 }, /* mrs x7, ID */
	      { .what = STEP_SYNC, .esr = 0x623000e0 | 4 << 17 }, /* msr to it */
	      { .what = STEP_SYNC, .esr = 0x62312ce1 },	/* a PMU register */
	      { .what = STEP_SYNC, .esr = 0x66000000 },	/* SVE without it */
	      { .what = STEP_SYNC, .esr = 0x622000e1 });	/* op0 = 2 */
	struct host *host = *state;
	VM(vm, state);

	((struct rec *)host_at(host, vm.rec))->vcpu.gprs[7] = 9;
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(vm.script.seen[0].x[7], 0);
	assert_int_equal(vm.script.seen[0].pc, 4);
	assert_int_equal(vm.script.seen[3].pc, 4);
	assert_int_equal(host->injections, 4);
	assert_int_equal(host->injected_esr, 0x02000000);
	VM_DOWN(vm);
}

/* An exception class that nobody thought of tells nothing but that it was. */
static void unknown_exits_tell_nothing(void **state)
{
	STEPS({ .what = STEP_SYNC, .esr = 0xe2000000, .ipa = 0x1000, .far = 8 });
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(vm.run->exit.esr, 0);
	assert_int_equal(vm.run->exit.far, 0);
	assert_int_equal(vm.run->exit.hpfar, 0);
	VM_DOWN(vm);
}

/* A 32-bit guest's access cannot be emulated, whatever the syndrome says. */
static void aarch32_accesses_are_not_emulatable(void **state)
{
	STEPS({ .what = STEP_SYNC, .esr = 0x93c38005, .ipa = SHARED_IPA(0) });
	struct host *host = *state;
	VM(vm, state);
	struct rec *rec = host_at(host, vm.rec);

	rec->vcpu.pstate |= 1 << 4;
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.esr, 0x90000005);
	assert_int_equal(enter(&vm, RMI_ENTER_EMUL_MMIO), RMI_ERROR_REC);
	VM_DOWN(vm);
}

static void a_host_call_carries_registers_both_ways(void **state)
{
	STEPS({ .what = STEP_STORE, .ipa = BUFFER_IPA + 0x100, .x = { 0x77 } },
	      { .what = STEP_STORE, .ipa = BUFFER_IPA + 0x110, .x = { 0x5a5a } },
	      SMC(SMC_RSI_HOST_CALL, BUFFER_IPA + 0x100),
	      { .what = STEP_LOAD, .ipa = BUFFER_IPA + 0x108 },
	      SMC(SMC_RSI_HOST_CALL, BUFFER_IPA + 0x80),
	      SMC(SMC_RSI_HOST_CALL, SHARED_IPA(BUFFER_IPA)));
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_HOST_CALL);
	assert_int_equal(vm.run->exit.imm, 0x77);
	assert_int_equal(vm.run->exit.gprs[1], 0x5a5a);
	vm.run->enter.gprs[0] = 0xbeef;
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.script.seen[2].x[0], RSI_SUCCESS);
	assert_int_equal(vm.script.seen[3].x[0], 0xbeef);
	assert_int_equal(vm.script.seen[4].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[5].x[0], RSI_ERROR_INPUT);
	VM_DOWN(vm);
}

/* G.2 and L.2.19: the page went away while the host answered. */
static void a_lost_host_call_page_is_asked_for_again(void **state)
{
	STEPS(SMC(SMC_RSI_HOST_CALL, BUFFER_IPA));
	struct host *host = *state;
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_HOST_CALL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_UNMAP, vm.realm.rd,
				   BUFFER_IPA, BUFFER_IPA + PAGE,
				   RMI_OADDR_NONE), 0);
	drive_undelegate(host, vm.buffer, 1);
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int runs = host->runs;

		memset(&vm.run->exit, 0x77, sizeof(vm.run->exit));
		assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
		assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SYNC);
		assert_int_equal(vm.run->exit.esr, 0x90000007);
		assert_int_equal(vm.run->exit.hpfar, BUFFER_IPA >> 8);
		assert_int_equal(vm.run->exit.cntv_ctl, 0);
		assert_int_equal(host->runs, runs);
	}
	VM_DOWN(vm);
}

static void a_realm_asks_for_its_configuration_and_measurements(void **state)
{
	STEPS(SMC(SMC_RSI_VERSION, RSI_VERSION_1_0),
	      SMC(SMC_RSI_VERSION, 0x20000),
	      SMC(SMC_RSI_FEATURES, 0),
	      SMC(SMC_RSI_REALM_CONFIG, BUFFER_IPA),
	      { .what = STEP_LOAD, .ipa = BUFFER_IPA },
	      SMC(SMC_RSI_MEASUREMENT_EXTEND, 1, 3, 0x636261),
	      SMC(SMC_RSI_MEASUREMENT_READ, 1, 0, 0, 0, 5, 6, 7),
	      SMC(SMC_RSI_MEASUREMENT_READ, 5),
	      SMC(SMC_RSI_MEASUREMENT_EXTEND, 0, 3),
	      SMC(SMC_RSI_MEASUREMENT_EXTEND, 1, 65));
	struct host *host = *state;
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.script.next, 10);
	assert_int_equal(vm.script.seen[0].x[0], RSI_SUCCESS);
	assert_int_equal(vm.script.seen[0].x[1], RSI_VERSION_1_0);
	assert_int_equal(vm.script.seen[0].x[2], RSI_VERSION_1_1);
	assert_int_equal(vm.script.seen[1].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[1].x[1], RSI_VERSION_1_1);
	assert_int_equal(vm.script.seen[2].x[1], 0);
	assert_int_equal(vm.script.seen[4].x[0], 33);	/* ipa_width */
	assert_int_equal(vm.script.seen[6].x[0], RSI_SUCCESS);
	assert_int_not_equal(vm.script.seen[6].x[1], 0);
	/* SHA-256 fills X1 to X4; july keeps the rest, bet3 pads it (L.5). */
	assert_int_equal(vm.script.seen[6].x[6],
			 host->config.profile == RMM_PROFILE_JULY ? 6 : 0);
	assert_int_equal(vm.script.seen[7].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[8].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[9].x[0], RSI_ERROR_INPUT);
	VM_DOWN(vm);
}

/* The realm asks for the first page that is not protected any more. */
static void buffers_end_where_protected_memory_ends(void **state)
{
	STEPS(SMC(SMC_RSI_REALM_CONFIG, 1UL << 32),
	      SMC(SMC_RSI_HOST_CALL, 1UL << 32),
	      SMC(SMC_RSI_IPA_STATE_GET, (1UL << 32) - PAGE, 1UL << 32),
	      SMC(SMC_RSI_IPA_STATE_GET, (1UL << 32) - PAGE, (1UL << 32) + PAGE));
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(vm.script.seen[0].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[1].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[2].x[0], RSI_SUCCESS);
	assert_int_equal(vm.script.seen[2].x[1], 1UL << 32);
	assert_int_equal(vm.script.seen[3].x[0], RSI_ERROR_INPUT);
	VM_DOWN(vm);
}

/* july has no word for SHA-384 (I). */
static void sha_384_is_named_by_bet3_only(void **state)
{
	STEPS(SMC(SMC_RSI_REALM_CONFIG, BUFFER_IPA),
	      { .what = STEP_LOAD, .ipa = BUFFER_IPA + 8 });
	struct host_script script = { .steps = steps, .count = 2 };
	struct host *host = *state;
	struct drive_realm r;
	uint64_t rec;

	drive_realm_params(host, &r, 33, 1, 1);
	r.p.hash_algo = RMI_HASH_SHA_384;
	assert_int_equal(drive_realm_create(host, &r), 0);
	drive_populate(host, &r, BUFFER_IPA, NULL);
	assert_int_equal(drive_rec_create(host, &r, 0, RMI_REC_F_RUNNABLE, &rec), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r.rd), 0);
	host->guest = host_script_guest;
	host->guest_arg = &script;
	assert_int_equal(drive_enter(host, rec, host_page(host)), 0);
	assert_int_equal(script.seen[1].x[0],
			 host->config.profile == RMM_PROFILE_JULY ?
			 RMI_HASH_SHA_512 : RMI_HASH_SHA_384);
}

static void a_ripas_change_is_carried_out_and_told(void **state)
{
	STEPS(SMC(SMC_RSI_IPA_STATE_SET, 0x20000, 0x24000, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_GET, 0x20000, 0x28000),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x22000, 0x24000, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x20000, 0x22000, RSI_RIPAS_EMPTY, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x20000, 0x20000, RSI_RIPAS_RAM, 0),
	      SMC(SMC_RSI_IPA_STATE_SET, 0x20000, 0x21000, 2, 0));
	struct host *host = *state;
	VM(vm, state);
	uint64_t rd = vm.realm.rd;

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_RIPAS_CHANGE);
	assert_int_equal(vm.run->exit.ripas_base, 0x20000);
	assert_int_equal(vm.run->exit.ripas_top, 0x24000);
	assert_int_equal(vm.run->exit.ripas_value, 1);
	/* Not from where it was asked, not beyond, not of nobody's REC. */
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_SET_RIPAS, rd, vm.rec,
				   0x21000, 0x24000), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_SET_RIPAS, rd, vm.rec,
				   0x20000, 0x25000), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_SET_RIPAS, rd, vm.rec,
				   0x20000, 0x22000), RMI_SUCCESS);
	assert_x(1, 0x22000);
	/* Half of it, the rest refused: X2 = reject. */
	assert_int_equal(enter(&vm, RMI_ENTER_RIPAS_REJECT), RMI_SUCCESS);
	assert_int_equal(vm.script.seen[0].x[0], RSI_SUCCESS);
	assert_int_equal(vm.script.seen[0].x[1], 0x22000);
	assert_int_equal(vm.script.seen[0].x[2], RSI_REJECT);
	assert_int_equal(vm.script.seen[1].x[1], 0x22000);
	assert_int_equal(vm.script.seen[1].x[2], RSI_RIPAS_RAM);
	/* Nothing done and nothing said: accept, no progress. */
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.script.seen[2].x[1], 0x22000);
	assert_int_equal(vm.script.seen[2].x[2], RSI_ACCEPT);
	/* A change to EMPTY cannot be refused. */
	assert_int_equal(enter(&vm, RMI_ENTER_RIPAS_REJECT), RMI_SUCCESS);
	assert_int_equal(vm.script.seen[3].x[2], RSI_ACCEPT);
	assert_int_equal(vm.script.seen[4].x[0], RSI_ERROR_INPUT);
	assert_int_equal(vm.script.seen[5].x[0], RSI_ERROR_INPUT);
	VM_DOWN(vm);
}

static void timers_are_told_when_their_output_changes(void **state)
{
	STEPS({ .what = STEP_IRQ }, { .what = STEP_IRQ });
	struct host *host = *state;
	VM(vm, state);
	struct rmm_vcpu *vcpu;

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	/* The realm armed its virtual timer; it expires while it is out. */
	vcpu = &((struct rec *)host_at(host, vm.rec))->vcpu;
	vcpu->cntv_ctl = 1;
	vcpu->cntv_cval = 1000;
	host->counter = 1000;
	unsigned int runs = host->runs;

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(vm.run->exit.cntv_ctl, 5);
	assert_int_equal(vm.run->exit.cntv_cval, 1000);
	assert_int_equal(host->runs, runs);
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(host->runs, runs + 1);
	VM_DOWN(vm);
}

static void serror_and_fiq_are_reported(void **state)
{
	STEPS({ .what = STEP_SERROR, .esr = 0xbe000c11 }, { .what = STEP_FIQ });
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_SERROR);
	assert_int_equal(vm.run->exit.esr, 0xbc000c11);
	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_FIQ);
	VM_DOWN(vm);
}

/* ---- PSCI ------------------------------------------------------------------ */

static void psci_questions_are_answered_inside(void **state)
{
	STEPS(SMC(RSI_PSCI_VERSION), SMC(RSI_SMCCC_VERSION),
	      SMC(RSI_PSCI_FEATURES, RSI_PSCI_CPU_ON),
	      SMC(RSI_PSCI_FEATURES, 0xc4000012),
	      SMC(0xc4000012),
	      SMC(RSI_PSCI_CPU_ON, 0, 0x1000, 0),
	      SMC(RSI_PSCI_CPU_ON, 1, 0x1000, 0),
	      SMC(RSI_PSCI_CPU_ON, 1, SHARED_IPA(0x1000), 0),
	      SMC(RSI_PSCI_AFFINITY_INFO, 0, 0),
	      SMC(RSI_PSCI_AFFINITY_INFO, 0, 1));
	static const uint64_t want[] = { 0x10001, 0x10002, 0, -1UL, -1UL,
					 -4UL, -2UL, -9UL, 0, -2UL };
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_IRQ);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(vm.script.seen[i].x[0], want[i]);
	VM_DOWN(vm);
}

static void system_off_ends_the_realm(void **state)
{
	STEPS(SMC(RSI_PSCI_SYSTEM_OFF));
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(vm.run->exit.gprs[0], RMI_PSCI_SYSTEM_OFF);
	assert_int_equal(enter(&vm, 0), RMI_ERROR_REALM);
	VM_DOWN(vm);
}

static void cpu_off_makes_a_rec_not_runnable(void **state)
{
	STEPS(SMC(RSI_PSCI_CPU_OFF));
	VM(vm, state);

	assert_int_equal(enter(&vm, 0), RMI_SUCCESS);
	assert_int_equal(vm.run->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(enter(&vm, 0), RMI_ERROR_REC);
	VM_DOWN(vm);
}

/* Two RECs, the second off, the first asks for it. */
static void two_recs(struct host *host, struct drive_realm *r, uint64_t *rec)
{
	drive_realm_new(host, r);
	assert_int_equal(drive_rec_create(host, r, 0, RMI_REC_F_RUNNABLE, &rec[0]), 0);
	assert_int_equal(drive_rec_create(host, r, 1, 0, &rec[1]), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, r->rd), 0);
}

static uint64_t complete(struct host *host, const uint64_t *rec, uint64_t status)
{
	if (host->config.profile == RMM_PROFILE_BET3)
		return HOST_CALL(host, SMC_RMI_PSCI_COMPLETE, rec[0], status);
	return HOST_CALL(host, SMC_RMI_PSCI_COMPLETE, rec[0], rec[1], status);
}

static void cpu_on_waits_for_its_completion(void **state)
{
	STEPS(SMC(RSI_PSCI_CPU_ON, 1, 0x4000, 0x99), { .what = STEP_IRQ },
	      SMC(RSI_PSCI_CPU_ON, 1, 0x4000, 0x99));
	struct host_script script = { .steps = steps, .count = 3 };
	struct host *host = *state;
	uint64_t run = host_page(host), rec[2];
	struct rmi_rec_run *view = drive_run(host, run);
	struct drive_realm r;

	two_recs(host, &r, rec);
	host->guest = host_script_guest;
	host->guest_arg = &script;
	assert_int_equal(complete(host, rec, 0), RMI_ERROR_INPUT);
	assert_int_equal(complete(host, (const uint64_t[2]){ run, rec[1] }, 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(view->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(view->exit.gprs[0], RSI_PSCI_CPU_ON);
	assert_int_equal(view->exit.gprs[1], 1);
	assert_int_equal(drive_enter(host, rec[0], run), RMI_ERROR_REC);
	assert_int_equal(drive_enter(host, rec[1], run), RMI_ERROR_REC);
	assert_int_equal(complete(host, rec, (uint64_t)-1), RMI_ERROR_INPUT);
	assert_int_equal(complete(host, rec, 0), RMI_SUCCESS);
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(script.seen[0].x[0], 0);

	/* On by now: DENIED is completed with ALREADY_ON, and is an error. */
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(view->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(complete(host, rec, RMI_PSCI_DENIED), RMI_ERROR_INPUT);
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(script.seen[2].x[0], (uint64_t)-4);
}

static void bet3_completes_for_a_target_that_is_gone(void **state)
{
	STEPS(SMC(RSI_PSCI_CPU_ON, 1, 0x4000, 0), SMC(RSI_PSCI_AFFINITY_INFO, 1, 0));
	struct host_script script = { .steps = steps, .count = 2 };
	struct host *host = *state;
	uint64_t run = host_page(host), rec[2];
	struct drive_realm r;

	two_recs(host, &r, rec);
	host->guest = host_script_guest;
	host->guest_arg = &script;
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(drive_rec_destroy(host, rec[1]), 0);
	assert_int_equal(complete(host, rec, 0), RMI_ERROR_INPUT);
	assert_int_equal(complete(host, rec, RMI_PSCI_DENIED), RMI_SUCCESS);
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(script.seen[0].x[0], (uint64_t)-3);
	/* AFFINITY_INFO is answered inside; there is no such REC now. */
	assert_int_equal(script.seen[1].x[0], (uint64_t)-2);
}

/* L.2.6: on july nothing completes it any more. */
static void july_never_completes_for_a_target_that_is_gone(void **state)
{
	STEPS(SMC(RSI_PSCI_CPU_ON, 1, 0x4000, 0));
	struct host_script script = { .steps = steps, .count = 1 };
	struct host *host = *state;
	uint64_t run = host_page(host), rec[2];
	struct drive_realm r;

	two_recs(host, &r, rec);
	host->guest = host_script_guest;
	host->guest_arg = &script;
	assert_int_equal(drive_enter(host, rec[0], run), RMI_SUCCESS);
	assert_int_equal(drive_rec_destroy(host, rec[1]), 0);
	assert_int_equal(complete(host, rec, 0), RMI_ERROR_INPUT);
	assert_int_equal(complete(host, rec, RMI_PSCI_DENIED), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_PSCI_COMPLETE, rec[0], rec[0], 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(drive_enter(host, rec[0], run), RMI_ERROR_REC);
}

static const struct CMUnitTest tests[] = {
	BOTH(creation_goes_through_sixteen_donated_pages),
	BOTH(creation_checks_come_last_and_in_order),
	JULY(july_takes_recs_in_order_of_their_index),
	BET3(bet3_takes_any_unused_index),
	BOTH(entering_is_refused_in_order),
	BOTH(list_registers_are_checked),
	BOTH(a_refused_entry_leaves_the_exit_alone),
	BOTH(empty_memory_is_the_realms_own_abort),
	BOTH(a_terminated_realm_cannot_be_entered),
	BOTH(an_exit_can_be_told_that_was_none),
	BOTH(unassigned_ram_exits_until_it_is_mapped),
	BOTH(syndromes_are_masked_for_the_host),
	BOTH(mmio_reads_are_extended_into_their_register),
	BOTH(mmio_writes_show_the_value_cut_to_size),
	BOTH(fetches_outside_are_the_realms_own_fault),
	BOTH(hypercalls_are_undefined_and_unknown_smcs_minus_one),
	BOTH(wfi_and_icc_registers_exit),
	BOTH(external_aborts_are_told_without_an_address),
	BOTH(other_system_registers_are_zero_or_undefined),
	BOTH(unknown_exits_tell_nothing),
	BOTH(aarch32_accesses_are_not_emulatable),
	BOTH(a_host_call_carries_registers_both_ways),
	BOTH(a_lost_host_call_page_is_asked_for_again),
	BOTH(a_realm_asks_for_its_configuration_and_measurements),
	BOTH(buffers_end_where_protected_memory_ends),
	BOTH(sha_384_is_named_by_bet3_only),
	BOTH(a_ripas_change_is_carried_out_and_told),
	BOTH(timers_are_told_when_their_output_changes),
	BOTH(serror_and_fiq_are_reported),
	BOTH(psci_questions_are_answered_inside),
	BOTH(system_off_ends_the_realm),
	BOTH(cpu_off_makes_a_rec_not_runnable),
	BOTH(cpu_on_waits_for_its_completion),
	BET3(bet3_completes_for_a_target_that_is_gone),
	JULY(july_never_completes_for_a_target_that_is_gone),
};

RUN_TESTS(tests)
