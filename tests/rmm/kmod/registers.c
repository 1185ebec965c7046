// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the host that a command, a hash or a realm must leave alone:
 * system registers, and FP and SVE state at the longest vector length.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "fwtest.h"

/* The _EL12 ones are EL1's, as a VHE kernel names them. */
#define REGISTERS(X)							\
	X(sctlr_el12, S3_5_C1_C0_0) X(cpacr_el12, S3_5_C1_C0_2)		\
	X(ttbr0_el12, S3_5_C2_C0_0) X(ttbr1_el12, S3_5_C2_C0_1)		\
	X(tcr_el12, S3_5_C2_C0_2) X(mair_el12, S3_5_C10_C2_0)		\
	X(vbar_el12, S3_5_C12_C0_0) X(contextidr_el12, S3_5_C13_C0_1)	\
	X(elr_el12, S3_5_C4_C0_1) X(spsr_el12, S3_5_C4_C0_0)		\
	X(esr_el12, S3_5_C5_C2_0) X(far_el12, S3_5_C6_C0_0)		\
	X(cntkctl_el12, S3_5_C14_C1_0) X(cntv_ctl_el02, S3_5_C14_C3_1)	\
	X(cntv_cval_el02, S3_5_C14_C3_2) X(cntp_cval_el02, S3_5_C14_C2_2) \
	X(tpidr_el0, tpidr_el0) X(tpidrro_el0, tpidrro_el0)		\
	X(tpidr_el1, tpidr_el1) X(sp_el1, sp_el1) X(par_el1, par_el1)	\
	X(csselr_el1, csselr_el1) X(mdscr_el1, mdscr_el1)		\
	X(apiakeylo_el1, S3_0_C2_C1_0) X(apiakeyhi_el1, S3_0_C2_C1_1)	\
	X(apgakeylo_el1, S3_0_C2_C3_0) X(pmcr_el0, S3_3_C9_C12_0)	\
	X(hcr_el2, hcr_el2) X(cptr_el2, cptr_el2) X(tcr_el2, tcr_el2)	\
	X(sctlr_el2, sctlr_el2) X(vbar_el2, vbar_el2)			\
	X(ttbr0_el2, ttbr0_el2) X(tpidr_el2, tpidr_el2)			\
	X(mdcr_el2, mdcr_el2) X(cnthctl_el2, cnthctl_el2)		\
	X(cntvoff_el2, cntvoff_el2) X(vttbr_el2, vttbr_el2)		\
	X(vtcr_el2, vtcr_el2) X(vmpidr_el2, vmpidr_el2)			\
	X(icc_pmr_el1, S3_0_C4_C6_0)

static const char * const names[] = {
#define X(name, sysreg) #name,
	REGISTERS(X)
#undef X
};

static noinline void snapshot(u64 *value)
{
#define X(name, sysreg) \
	asm volatile("mrs %0, " #sysreg : "=r"(*value)); \
	value++;
	REGISTERS(X)
#undef X
}

/* Values that a realm which was not kept apart would be seen to change. */
static void plant(void)
{
	asm volatile("msr S3_5_C14_C3_2, %0" : : "r"(0x123456789abcULL));
	asm volatile("msr S3_5_C6_C0_0, %0" : : "r"(0xfeedULL));
	asm volatile("msr tpidr_el1, %0" : : "r"(0x1234ULL));
}

void test_host_registers(void)
{
	u64 before[ARRAY_SIZE(names)], after[ARRAY_SIZE(names)];
	unsigned int i, changed = 0;
	unsigned long flags;
	u64 status;

	local_irq_save(flags);
	plant();
	snapshot(before);
	status = realm_enter();
	snapshot(after);
	local_irq_restore(flags);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (before[i] == after[i])
			continue;
		changed++;
		ok(false, "%s: %llx became %llx", names[i], before[i], after[i]);
	}
	ok(!status && !changed, "%zu system registers of the host survive a realm",
	   ARRAY_SIZE(names));
}

#define VL_MAX		256

struct fp {
	u8 z[32 * VL_MAX];
	u8 p[16 * VL_MAX / 8];
	u64 fpcr;
} __aligned(16);

static struct fp mine, pattern, seen;

#define Z(op, n)	op " z" #n ", [%0, #" #n ", mul vl]\n"
#define P(op, n)	op " p" #n ", [%1, #" #n ", mul vl]\n"
#define EIGHT(X, op, a, b, c, d, e, f, g, h) \
	X(op, a) X(op, b) X(op, c) X(op, d) X(op, e) X(op, f) X(op, g) X(op, h)
#define Z_ALL(op)							\
	EIGHT(Z, op, 0, 1, 2, 3, 4, 5, 6, 7)				\
	EIGHT(Z, op, 8, 9, 10, 11, 12, 13, 14, 15)			\
	EIGHT(Z, op, 16, 17, 18, 19, 20, 21, 22, 23)			\
	EIGHT(Z, op, 24, 25, 26, 27, 28, 29, 30, 31)
#define P_ALL(op)							\
	EIGHT(P, op, 0, 1, 2, 3, 4, 5, 6, 7)				\
	EIGHT(P, op, 8, 9, 10, 11, 12, 13, 14, 15)

static void fp_store(struct fp *fp)
{
	asm volatile(".arch_extension sve\n" Z_ALL("str") P_ALL("str")
		     : : "r"(fp->z), "r"(fp->p) : "memory");
	asm volatile("mrs %0, fpcr" : "=r"(fp->fpcr));
}

static void fp_load(const struct fp *fp)
{
	asm volatile(".arch_extension sve\n" Z_ALL("ldr") P_ALL("ldr")
		     : : "r"(fp->z), "r"(fp->p) : "memory");
	asm volatile("msr fpcr, %0" : : "r"(fp->fpcr));
}

/* The kernel's own vector length is short: use the longest for a moment. */
static u64 set_length(u64 zcr)
{
	u64 old;

	asm volatile("mrs %0, S3_0_C1_C2_0\n"
		     "msr S3_0_C1_C2_0, %1\n"
		     "isb" : "=&r"(old) : "r"(zcr));
	return old;
}

/* `call` runs with FP registers full of a pattern, and must not touch it. */
void test_fp(const char *what, u64 (*call)(void))
{
	unsigned long flags;
	u64 zcr, status;
	size_t i;

	for (i = 0; i < sizeof(pattern.z); i++)
		pattern.z[i] = i * 7 + (i >> 8) + 1;
	for (i = 0; i < sizeof(pattern.p); i++)
		pattern.p[i] = i * 5 + 1;
	pattern.fpcr = 1 << 22;

	local_irq_save(flags);
	zcr = set_length(0xf);
	fp_store(&mine);
	fp_load(&pattern);
	status = call();
	fp_store(&seen);
	fp_load(&mine);
	set_length(zcr);
	local_irq_restore(flags);
	ok(!status && !memcmp(&seen, &pattern, sizeof(seen)),
	   "the host's SVE registers survive %s (%llx)", what, status);
}
