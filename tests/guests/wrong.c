// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does everything wrong that a realm can do, first as its kernel and then as
 * its user: calls that do not exist, arguments that are no good, instructions
 * and registers that it has not. Each must be refused, and it must still be
 * alive. x0 is a seed: then come x1 calls with arguments made of it. With x2 it
 * tries every system register that an instruction can name instead.
 */
#include "rt/rt.h"

#define PSCI_INVALID	((uint64_t)-2)
#define PSCI_ALREADY_ON	((uint64_t)-4)
#define PSCI_ADDRESS	((uint64_t)-9)
#define NONE		((uint64_t)-1)

static void want(const char *what, uint64_t got, uint64_t wanted)
{
	if (got == wanted)
		return;
	rt_print(what);
	rt_print(": ");
	rt_print_number(got);
	rt_print("\n");
	rt_exit(1);
}

/* ---------------------------------------------------------------- its kernel */

static void calls(void)
{
	static const uint32_t none[] = {
		0, 0xffffffff, 0x84000050, 0xc400015c, 0xc40001d1, 0xc400018f,
		0xc40001af + 1, 0xc3000101, 0x80008000, 0x86000000, 0xbf00ff01,
		0x04000000, 0x84000012, 0x84000005, 0xc400000e,
	};
	const uint64_t outside = rt_shared(0), page = (uint64_t)rt_image_end;
	unsigned int i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		want("a call that is none", rt_smc4(none[i], 1, 2, 3), NONE);

	want("config, unaligned", rt_smc4(SMC_RSI_REALM_CONFIG, page + 8, 0, 0), RSI_ERROR_INPUT);
	want("config, outside", rt_smc4(SMC_RSI_REALM_CONFIG, outside, 0, 0), RSI_ERROR_INPUT);
	want("config, nowhere", rt_smc4(SMC_RSI_REALM_CONFIG, 0x1000, 0, 0), RSI_ERROR_INPUT);
	want("host call, unaligned", rt_smc4(SMC_RSI_HOST_CALL, page + 16, 0, 0), RSI_ERROR_INPUT);
	want("host call, outside", rt_smc4(SMC_RSI_HOST_CALL, outside, 0, 0), RSI_ERROR_INPUT);
	want("host call, nowhere", rt_smc4(SMC_RSI_HOST_CALL, 0x1000, 0, 0), RSI_ERROR_INPUT);
	want("state, empty", rt_smc4(SMC_RSI_IPA_STATE_GET, page, page, 0), RSI_ERROR_INPUT);
	want("state, backwards", rt_smc4(SMC_RSI_IPA_STATE_GET, page, page - RT_PAGE, 0),
	     RSI_ERROR_INPUT);
	want("state, outside", rt_smc4(SMC_RSI_IPA_STATE_GET, page, outside + RT_PAGE, 0),
	     RSI_ERROR_INPUT);
	want("set, unaligned", rt_smc4(SMC_RSI_IPA_STATE_SET, page + 1, page + RT_PAGE, 1),
	     RSI_ERROR_INPUT);
	want("set, to DESTROYED", rt_smc4(SMC_RSI_IPA_STATE_SET, page, page + RT_PAGE, 2),
	     RSI_ERROR_INPUT);
	want("set, outside", rt_smc4(SMC_RSI_IPA_STATE_SET, page, outside + RT_PAGE, 1),
	     RSI_ERROR_INPUT);
	want("measurement 5", rt_smc4(SMC_RSI_MEASUREMENT_READ, 5, 0, 0), RSI_ERROR_INPUT);
	want("extend 0", rt_smc4(SMC_RSI_MEASUREMENT_EXTEND, 0, 8, 0), RSI_ERROR_INPUT);
	want("extend 5", rt_smc4(SMC_RSI_MEASUREMENT_EXTEND, 5, 8, 0), RSI_ERROR_INPUT);
	want("extend by 65", rt_smc4(SMC_RSI_MEASUREMENT_EXTEND, 1, 65, 0), RSI_ERROR_INPUT);

	want("itself on", rt_smc4(RSI_PSCI_CPU_ON, 0, RT_RAM_BASE, 0), PSCI_ALREADY_ON);
	want("nobody on", rt_smc4(RSI_PSCI_CPU_ON, 1, RT_RAM_BASE, 0), PSCI_INVALID);
	want("somebody on, outside", rt_smc4(RSI_PSCI_CPU_ON, 0, outside, 0), PSCI_ADDRESS);
	want("affinity of nobody", rt_smc4(RSI_PSCI_AFFINITY_INFO, 7, 0, 0), PSCI_INVALID);
	want("affinity of a cluster", rt_smc4(RSI_PSCI_AFFINITY_INFO, 0, 1, 0), PSCI_INVALID);
}

static void hvc(uint64_t unused)
{
	asm volatile("hvc #0" : : : "x0", "x1", "x2", "x3");
}

static void undefined(uint64_t unused)
{
	asm volatile(".inst 0");
}

static void registers_of_el2(uint64_t unused)
{
	uint64_t value;

	asm volatile("mrs %0, hcr_el2" : "=r"(value));
}

static void registers_of_el3(uint64_t unused)
{
	uint64_t value;

	asm volatile("mrs %0, S3_6_C1_C1_0" : "=r"(value));
}

static void translations_of_stage_2(uint64_t unused)
{
	asm volatile("tlbi vmalls12e1is");
}

static void address_of_stage_2(uint64_t unused)
{
	asm volatile("at s12e1r, xzr");
}

/* The instruction behind it is illegal, whatever it is. */
static void return_to_el2(uint64_t unused)
{
	asm volatile("adr x9, 1f\n msr elr_el1, x9\n msr spsr_el1, %0\n eret\n1: nop"
		     : : "r"(0x3c9UL) : "x9");
}

/* CPACR_EL1 does not trap it, so it is the realm that has none. */
static void vectors(uint64_t unused)
{
	asm volatile("msr cpacr_el1, %0; isb" : : "r"(0x3330000UL));
	asm volatile(".inst 0x04bf5020" : : : "x0");	/* rdvl x0, #1 */
}

static void streaming(uint64_t unused)
{
	asm volatile("msr cpacr_el1, %0; isb" : : "r"(0x3330000UL));
	asm volatile(".inst 0xd503477f");		/* smstart */
}

static void break_point(uint64_t unused)
{
	asm volatile("brk #1");
}

static void must_fault(const char *what, void (*fn)(uint64_t), uint64_t arg)
{
	if (!rt_try(fn, arg))
		return;
	rt_print(what);
	rt_print(" came back\n");
	rt_exit(1);
}

/* -------------------------------------------------------- every system register */

#define MRS_X0		0xd5300000U
#define MSR_XZR		0xd510001fU
#define RET		0xd65f03c0U

static uint32_t code[2] __attribute__((aligned(16)));

static void run_code(uint64_t unused)
{
	((void (*)(uint64_t))(uint64_t)code)(0);
}

/* Did it come back? */
static bool try_instruction(uint32_t instruction)
{
	*(volatile uint32_t *)&code[0] = instruction;
	*(volatile uint32_t *)&code[1] = RET;
	asm volatile("dsb sy; ic iallu; dsb sy; isb" : : : "memory");
	return rt_try(run_code, 0);
}

/*
 * Op0 2 and 3, op1, CRn, CRm, op2, as they lie in the instruction. Those of EL2
 * and EL3 (op1 4 to 7) it may neither read nor write; of its own it writes those
 * of its debugger.
 */
static void every_register(void)
{
	unsigned int encoding, read = 0, written = 0;

	for (encoding = 0; encoding < 1 << 15; encoding++) {
		unsigned int op0 = 2 + (encoding >> 14), op1 = encoding >> 11 & 7;
		bool theirs = op0 == 3 && op1 >= 4;

		if (try_instruction(MRS_X0 | encoding << 5)) {
			if (theirs)
				want("it read a register of another level", encoding, 0);
			read++;
		}
		if ((theirs || op0 == 2) && try_instruction(MSR_XZR | encoding << 5)) {
			if (theirs)
				want("it wrote a register of another level", encoding, 0);
			written++;
		}
	}
	rt_print("registers: ");
	rt_print_decimal(read);
	rt_print(" read, ");
	rt_print_decimal(written);
	rt_print(" written\n");
}

/* ------------------------------------------------------------------ its user */

static uint8_t user_stack[1024] __attribute__((aligned(16)));

static void to_user(uint64_t function)
{
	asm volatile("msr sp_el0, %0" : : "r"(user_stack + sizeof(user_stack)));
	asm volatile("msr elr_el1, %0" : : "r"(function));
	asm volatile("msr spsr_el1, %0" : : "r"(0x3c0UL));
	asm volatile("eret");
}

static void user_calls(void)
{
	asm volatile("svc #0");
}

static void user_smc(void)
{
	asm volatile("smc #0");
}

static void user_hvc(void)
{
	asm volatile("hvc #0");
}

static void user_register(void)
{
	asm volatile("mrs x0, sctlr_el1");
}

static void user_timer(void)
{
	asm volatile("msr cntv_cval_el0, xzr");
}

static void user_gic(void)
{
	asm volatile("mrs x0, S3_0_C12_C12_0");
}

static void user_nothing(void)
{
	asm volatile("mov x9, #0x1000; str xzr, [x9]");
}

static void user_jump(void)
{
	asm volatile("mov x9, #0x1000; br x9");
}

static void user_vectors(void)
{
	asm volatile(".inst 0x04bf5020" : : : "x0");	/* rdvl x0, #1 */
}

static void user_counter(void)
{
	asm volatile("mrs x0, pmccntr_el0");
}

static void user_translations(void)
{
	asm volatile("tlbi vmalle1");
}

/* ------------------------------------------------------------------ by chance */

static uint64_t seed;

static uint64_t random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Anything but those that end it. */
static uint32_t call(void)
{
	uint32_t fid = 0xc4000190 + random() % 32;

	if (random() % 4 == 0)
		fid = 0x84000000 | (random() % 32) | (random() & 0x40000000);
	if (random() % 8 == 0)
		fid = random();
	switch (fid & ~0x40000000U) {
	case 0x84000001:		/* may wait for ever */
	case 0x84000002:
	case 0x84000008:
	case 0x84000009:
	case 0x84000012:
	case 0x84000197:		/* may take what it stands on */
		return 0x84000000;
	}
	return fid;
}

static uint64_t argument(void)
{
	static uint64_t page[512] __attribute__((aligned(4096)));

	switch (random() % 4) {
	case 0:
		return random();
	case 1:
		return (uint64_t)page + (random() % 3 - 1) * (random() % RT_PAGE);
	case 2:
		return random() % 3 * RT_PAGE;
	}
	return (uint64_t)page;
}

static void by_chance(uint64_t count)
{
	uint64_t i;

	while (count--) {
		uint64_t x[18] = { call() };

		/* What would be written must be its to lose. */
		if ((x[0] & 0xffffffff) == SMC_RSI_REALM_CONFIG ||
		    (x[0] & 0xffffffff) == SMC_RSI_HOST_CALL)
			x[0] = SMC_RSI_FEATURES;
		for (i = 1; i < 18; i++)
			x[i] = argument();
		rt_smc(x);
	}
}

int main(const uint64_t args[8])
{
	static void (*const user[])(void) = {
		user_calls, user_smc, user_hvc, user_register, user_timer, user_gic,
		user_nothing, user_jump, user_vectors, user_counter, user_translations,
	};
	unsigned int i;

	if (args[2]) {
		every_register();
		return 0;
	}
	calls();
	must_fault("HVC", hvc, 0);
	must_fault("an undefined instruction", undefined, 0);
	must_fault("HCR_EL2", registers_of_el2, 0);
	must_fault("SCR_EL3", registers_of_el3, 0);
	must_fault("TLBI of stage 2", translations_of_stage_2, 0);
	must_fault("AT of stage 2", address_of_stage_2, 0);
	must_fault("a return to EL2", return_to_el2, 0);
	must_fault("SVE", vectors, 0);
	must_fault("SME", streaming, 0);
	must_fault("BRK", break_point, 0);
	must_fault("a load from nowhere", rt_load, 0x1000);
	must_fault("a jump to nowhere", rt_jump, 0x1000);
	must_fault("a load from beyond", rt_load, rt_shared(0) << 1);
	rt_print("kernel: ok\n");
	for (i = 0; i < sizeof(user) / sizeof(user[0]); i++)
		must_fault("a user", to_user, (uint64_t)user[i]);
	rt_print("user: ok\n");
	seed = args[0];
	if (seed)
		by_chance(args[1]);
	rt_print("wrong: ok\n");
	return 0;
}
