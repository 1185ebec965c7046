// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suite: what EL3 answers itself, what passes it, and what a realm leaves
 * of the host. Sections A, G and L of the ABI page.
 */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "fwtest.h"

static char text[8192];
static size_t length;
static unsigned int count;

void ok(bool good, const char *what, ...)
{
	va_list args;

	length += scnprintf(text + length, sizeof(text) - length, "%sok %u - ",
			    good ? "" : "not ", ++count);
	va_start(args, what);
	length += vscnprintf(text + length, sizeof(text) - length, what, args);
	va_end(args);
	length += scnprintf(text + length, sizeof(text) - length, "\n");
}

/* Call with a value in every register; were X4 to X17 left alone? */
static bool call_marked(struct smc *call, u64 fid)
{
	bool kept = true;
	unsigned int i;

	call->x[0] = fid;
	for (i = 1; i < 18; i++)
		call->x[i] = 0xabc000 + i;
	smc(call);
	for (i = 4; i < 18; i++)
		kept = kept && call->x[i] == 0xabc000 + i;
	return kept;
}

static bool left_alone(const struct smc *call)
{
	return call->x[1] == 0xabc001 && call->x[2] == 0xabc002 && call->x[3] == 0xabc003;
}

/* L.1, row A.1: who answers what. */
static void test_filter(void)
{
	static const u64 el3[] = {
		SMC_RMI_FID(0x14f), SMC_RMI_FID(0x190), SMC_RMI_FID(0x1cf),
		SMC_RMI_FID(0x2d0), SMC_RMI_FID(0x150) | 1 << 17, 0x84000150, 0x44000150,
	};
	struct smc call;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(el3); i++) {
		bool kept = call_marked(&call, el3[i]);

		ok(kept && call.x[0] == RMI_NOT_IMPLEMENTED && left_alone(&call),
		   "%llx is answered by EL3, with no register touched", el3[i]);
	}
	ok(call_marked(&call, SMC_RMI_FID(0x2cf)) && call.x[0] == RMI_NOT_IMPLEMENTED &&
	   !call.x[1] && !call.x[2] && !call.x[3],
	   "an unknown number is answered by the RMM, X1 to X3 are zero");
	ok(call_marked(&call, SMC_RMI_VERSION | 1 << 16) && call.x[0] == RMI_ERROR_INPUT &&
	   call.x[1] == RMI_ABI_VERSION(2, 0), "the SVE hint is no part of the number");
	ok(call_marked(&call, SMC_RMI_RMM_CONFIG_GET), "X4 to X17 are preserved");
}

static u64 psci(u64 fid, u64 a, u64 b)
{
	struct smc call = { .x = { fid, a, b } };

	smc(&call);
	return call.x[0];
}

static void test_psci(void)
{
	ok(psci(0x84000000, 0, 0) == 0x10001, "PSCI is 1.1");
	ok(psci(0x80000000, 0, 0) == 0x10002, "SMCCC is 1.2");
	ok(!psci(0x8400000a, 0xc4000003, 0), "CPU_ON is there");
	ok((s64)psci(0x8400000a, 0x84000014, 0) == -1, "an unknown function is not");
	ok((s64)psci(0xc4000003, 1, 0x42000000) == -4, "CPU_ON: already on");
	ok((s64)psci(0xc4000003, 0x100000000, 0x42000000) == -2, "CPU_ON: no such CPU");
	ok((s64)psci(0xc4000003, 1, 0x42000002) == -9, "CPU_ON: bad address");
	ok(!psci(0xc4000004, 1, 0), "AFFINITY_INFO: on");
}

#define MSR_CPACR	0xd5181040
#define ISB		0xd5033fdf
#define SMC		0xd4000003
#define BRANCH_SELF	0x14000000
#define MOVZ(r, v)	(0xd2800000 | (v) << 5 | (r))
#define MOVK16(r, v)	(0xf2a00000 | (v) << 5 | (r))
#define HOST_CALL(page)	MOVZ(0, 0x199), MOVK16(0, 0xc400), MOVZ(1, page), SMC
#define STR_GPR(r, n)	(0xf9000120 | ((n) + 1) << 10 | (r))	/* to [x9] */

#define RSI_PAGE	0xe00
#define VECTORS		0x800
#define VECTOR_IRQ	(VECTORS + 0x280)

static u32 code[1024] = {
	/* what FP registers hold at first; then other things in them */
	MOVZ(0, 0), MOVK16(0, 0x30), MSR_CPACR, ISB,
	MOVZ(9, RSI_PAGE),
	0x9e660002,			/* fmov x2, d0 */
	0x9e6603e3,			/* fmov x3, d31 */
	0xd53b4404,			/* mrs x4, fpcr */
	0xd5380405,			/* mrs x5, id_aa64pfr0_el1 */
	0xd5380506,			/* mrs x6, id_aa64dfr0_el1 */
	0xd5100240,			/* msr mdscr_el1, x0 */
	STR_GPR(2, 0), STR_GPR(3, 1), STR_GPR(4, 2), STR_GPR(5, 3), STR_GPR(6, 4),
	0x4f07e7e0,			/* movi v0.16b, #255 */
	0x4f07e7ff,			/* movi v31.16b, #255 */
	HOST_CALL(RSI_PAGE),
	/* interrupts: one SGI to itself, then wait */
	MOVZ(0, VECTORS), 0xd518c000,	/* msr vbar_el1, x0 */
	MOVZ(0, 0xff), 0xd5184600,	/* msr icc_pmr_el1, x0 */
	MOVZ(0, 1), 0xd518cce0, ISB,	/* msr icc_igrpen1_el1, x0 */
	0xd50342ff,			/* msr daifclr, #2 */
	MOVZ(0, 1), 0xd518cba0,		/* msr icc_sgi1r_el1, x0 */
	0xd503207f, 0x17ffffff,		/* wfi, again */
	[VECTOR_IRQ / 4] =
	0xd538cc01, STR_GPR(1, 0), 0xd518cc21,	/* acknowledge, tell, end */
	HOST_CALL(RSI_PAGE),
	0xd69f03e0,			/* eret */
};

static u64 null_call(void)
{
	return rmi(SMC_RMI_FEATURES, 0, 0, 0, 0, 0);
}

#define LR0		S3_4_C12_C12_0
#define ICH_HCR		S3_4_C12_C11_0
#define ICH_VMCR	S3_4_C12_C11_7
#define get(reg)	({ u64 v_; asm volatile("mrs %0, " __stringify(reg) : "=r"(v_)); v_; })
#define set(reg, v)	asm volatile("msr " __stringify(reg) ", %0\nisb" : : "r"((u64)(v)))

/* Enter with one list register; what is in it and in ICH_HCR after. */
static u64 enter_lr(u64 lr, u64 *out_lr, u64 *out_hcr)
{
	unsigned int tries;
	unsigned long flags;
	u64 status, now = lr;

	for (tries = 0; tries < 100; tries++) {
		local_irq_save(flags);
		set(LR0, now);
		set(ICH_HCR, 1);
		status = realm_enter();
		now = get(LR0);
		*out_hcr = get(ICH_HCR);
		set(ICH_HCR, 0);
		local_irq_restore(flags);
		if (status || realm_run_page()->exit.exit_reason != RMI_EXIT_IRQ)
			break;
	}
	*out_lr = now;
	return status;
}

/* G.5, L.2 item 22: list registers are used where they are. */
static void test_gic(void)
{
	const struct rmi_rec_exit *exit = &realm_run_page()->exit;
	u64 lr, hcr;

	ok(!enter_lr(0, &lr, &hcr) && exit->exit_reason == RMI_EXIT_SYNC &&
	   exit->esr == 0x623a3016 && exit->gprs[0] == 1, "an SGI of the realm exits");
	ok(!enter_lr(0x50a000000000001b, &lr, &hcr) &&
	   exit->exit_reason == RMI_EXIT_HOST_CALL && exit->gprs[0] == 27,
	   "a pending list register interrupts the realm");
	ok(lr == 0x10a000000000001b, "it is invalid after the realm's end of interrupt");
	ok(!hcr, "ICH_HCR_EL2.En is clear after a run");
	ok(get(ICH_VMCR) & 2, "the realm's group enable is in ICH_VMCR_EL2");
	ok(RMI_STATUS(enter_lr(0x70a000000000001b, &lr, &hcr)) == RMI_ERROR_REC && hcr == 1,
	   "a hardware interrupt is refused, and ICH_HCR_EL2 left alone");
	set(LR0, 0);
	set(ICH_VMCR, 0);
}

static void test_realm(void)
{
	const struct rmi_rec_exit *exit = &realm_run_page()->exit;

	test_host_registers();
	if (exit->exit_reason == RMI_EXIT_IRQ)
		realm_run();
	ok(exit->exit_reason == RMI_EXIT_HOST_CALL, "the realm runs");
	ok(!exit->gprs[0] && !exit->gprs[1] && !exit->gprs[2],
	   "a fresh realm finds its FP registers zero");
	ok((exit->gprs[3] & 0xff) == 0x11 && !(exit->gprs[3] >> 32 & 0xf),
	   "it is an AArch64 machine without SVE (%llx)", exit->gprs[3]);
	ok((exit->gprs[4] & 0xf) && !(exit->gprs[4] >> 8 & 0xf),
	   "with debug registers that it may write, without counters (%llx)",
	   exit->gprs[4]);
	test_gic();
	ok(RMI_STATUS(rmi(SMC_RMI_RMM_CONFIG_GET, realm_code_page(), 0, 0, 0, 0)) ==
	   RMI_ERROR_INPUT, "the RMM does not write a result into delegated memory");
}

static u64 build(void)
{
	return realm_build(code, ARRAY_SIZE(code), 0);
}

/* Tells how long vectors are, and fills some of the registers. */
static u32 vector_code[1024] = {
	MOVZ(0, 0), MOVK16(0, 0x33), MSR_CPACR, ISB,
	MOVZ(0, 0xf), 0xd5181200, ISB,	/* msr zcr_el1, x0 */
	MOVZ(9, RSI_PAGE),
	0x04bf5022,			/* rdvl x2, #1 */
	0xd5380405,			/* mrs x5, id_aa64pfr0_el1 */
	STR_GPR(2, 0), STR_GPR(5, 1),
	0x2538dfe0, 0x2538dfff,		/* mov z0.b, #-1; mov z31.b, #-1 */
	0x2518e40f, 0x2518e400,		/* pfalse p15.b; pfalse p0.b */
	0x25289000,			/* wrffr p0.b */
	HOST_CALL(RSI_PAGE),
	BRANCH_SELF,
};

static void test_vectors(unsigned int quads)
{
	const struct rmi_rec_exit *exit = &realm_run_page()->exit;

	if (realm_build(vector_code, ARRAY_SIZE(vector_code), quads)) {
		ok(false, "a realm with vectors of %u bytes is built", quads * 16);
		return;
	}
	/* One that a tick ends at once, as interrupts are off there, goes on here. */
	test_fp("a run with vectors", realm_enter);
	if (exit->exit_reason == RMI_EXIT_IRQ)
		realm_run();
	ok(exit->exit_reason == RMI_EXIT_HOST_CALL && exit->gprs[0] == quads * 16 &&
	   (exit->gprs[1] >> 32 & 0xf), "which are of %u bytes (%llu)", quads * 16,
	   exit->gprs[0]);
	realm_destroy();
}

static int show(struct seq_file *seq, void *unused)
{
	seq_write(seq, text, length);
	return 0;
}

static int __init fwtest_init(void)
{
	test_filter();
	test_psci();
	test_fp("a null call", null_call);
	ok(!host_begin(), "the RMM is brought up");
	test_fp("building a realm, with hashes", build);
	test_fp("a run", realm_enter);
	realm_destroy();
	if (!build()) {
		test_realm();
		realm_destroy();
	}
	test_vectors(1);
	test_vectors(4);
	test_vectors(16);
	host_end();
	length += scnprintf(text + length, sizeof(text) - length, "1..%u\n", count);
	return proc_create_single("fwtest", 0400, NULL, show) ? 0 : -ENOMEM;
}

static void __exit fwtest_exit(void)
{
	remove_proc_entry("fwtest", NULL);
}

module_init(fwtest_init);
module_exit(fwtest_exit);

MODULE_DESCRIPTION("Test module: what the firmware promises a kernel");
MODULE_LICENSE("GPL");
