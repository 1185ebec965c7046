// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses the PMU that its realm was made with. In x0 how:
 *
 *   0  tells what there is: host call 100 with PMCR_EL0.N and ID_AA64DFR0_EL1,
 *      then keeps something of its own, of x1, in every register across x2 host
 *      calls and counts in between; what it does not find again ends it. Then host
 *      call 101, over which its cycles must stand still: gprs[0] milliseconds of
 *      them, at least, are gone for its host
 *   1  lets counter 0 overflow, x1 times: host call 100 before, then spins for 5 ms
 *      without looking; host call 101, has it over, host call 102
 *   2  the same, but waits for the interrupt, INTID 23, in list registers instead
 *      of spinning, and makes no other host call than 102
 *   3  reads PMCR_EL0, which it must not have
 */
#include "rt/rt.h"

#define ICC_PMR		"S3_0_C4_C6_0"
#define ICC_IGRPEN1	"S3_0_C12_C12_7"
#define ICC_IAR1	"S3_0_C12_C12_0"
#define ICC_EOIR1	"S3_0_C12_C12_1"
#define INTID		23

#define PMCR_E		1UL
#define PMCR_N(pmcr)	((pmcr) >> 11 & 0x1f)
#define CYCLES		(1UL << 31)
#define EVERY		0xffffffffUL
#define EVENT_SW_INCR	0UL

#define READ(name) ({ uint64_t v_; asm volatile("isb; mrs %0, " name : "=r"(v_)); v_; })
#define WRITE(name, value) asm volatile("msr " name ", %0; isb" : : "r"((uint64_t)(value)))

static void want(uint64_t is, uint64_t should, const char *what)
{
	if (is != should)
		rt_fail(what);
}

static void tell(unsigned int imm, uint64_t a, uint64_t b)
{
	uint64_t gprs[31] = { a, b };

	rt_host_call(imm, gprs);
}

/* ---------------------------------------------------------------- its own */

static uint64_t start_of(uint64_t seed, uint64_t n)
{
	return (seed * 0x9e3779b1 + n * 0x1234567) & 0x3fffffff;
}

static void want_none(uint64_t counters)
{
	uint64_t n;

	want(READ("pmcr_el0") & PMCR_E, 0, "it counts at reset");
	want(READ("pmcntenset_el0"), 0, "counters are enabled at reset");
	want(READ("pmintenset_el1"), 0, "interrupts are enabled at reset");
	want(READ("pmovsset_el0"), 0, "there is an overflow at reset");
	want(READ("pmccntr_el0"), 0, "there are cycles at reset");
	for (n = 0; n < counters; n++) {
		WRITE("pmselr_el0", n);
		want(READ("pmxevcntr_el0"), 0, "there are events at reset");
	}
}

static void fill(uint64_t seed, uint64_t counters)
{
	const uint64_t all = (1UL << counters) - 1;
	uint64_t n;

	for (n = 0; n < counters; n++) {
		WRITE("pmselr_el0", n);
		/* Bit 27 is NSH: of no effect here, but kept. */
		WRITE("pmxevtyper_el0", EVENT_SW_INCR | (seed + n) % 2 << 27);
		WRITE("pmxevcntr_el0", start_of(seed, n));
	}
	WRITE("pmselr_el0", counters ? seed % counters : 31);
	WRITE("pmuserenr_el0", seed & 0xf);
	WRITE("pmccfiltr_el0", (seed & 1) << 31);
	WRITE("pmccntr_el0", seed << 40 | 0x55);
	WRITE("pmintenset_el1", seed & all);
	WRITE("pmcntenset_el0", all);
	WRITE("pmcr_el0", READ("pmcr_el0") | PMCR_E);
}

static void look(uint64_t seed, uint64_t counters, uint64_t counted)
{
	const uint64_t all = (1UL << counters) - 1;
	uint64_t n;

	want(READ("pmselr_el0"), counters ? seed % counters : 31, "PMSELR is another");
	want(READ("pmuserenr_el0"), seed & 0xf, "PMUSERENR is another");
	want(READ("pmccfiltr_el0"), (seed & 1) << 31, "PMCCFILTR is another");
	want(READ("pmccntr_el0"), seed << 40 | 0x55, "PMCCNTR is another");
	want(READ("pmintenset_el1"), seed & all, "PMINTENSET is another");
	want(READ("pmcntenset_el0"), all, "PMCNTENSET is another");
	want(READ("pmovsset_el0"), 0, "there is an overflow");
	want(READ("pmcr_el0") & PMCR_E, PMCR_E, "PMCR is another");
	want(PMCR_N(READ("pmcr_el0")), counters, "there are other counters");
	for (n = 0; n < counters; n++) {
		WRITE("pmselr_el0", n);
		want(READ("pmxevtyper_el0"), (seed + n) % 2 << 27, "PMEVTYPER is another");
		want(READ("pmxevcntr_el0"), start_of(seed, n) + counted, "PMEVCNTR is another");
	}
	WRITE("pmselr_el0", counters ? seed % counters : 31);
}

static void keep(uint64_t seed, uint64_t rounds)
{
	const uint64_t counters = PMCR_N(READ("pmcr_el0"));
	uint64_t i, before, counted = 0, spin, gprs[31] = { 0 };

	tell(100, counters, READ("id_aa64dfr0_el1"));
	want_none(counters);
	fill(seed, counters);
	for (i = 0; i < rounds; i++) {
		look(seed, counters, counted);
		tell(100, counters, 0);
		look(seed, counters, counted);
		for (spin = 0; spin < seed + i; spin++, counted++)
			WRITE("pmswinc_el0", (1UL << counters) - 1);
	}
	look(seed, counters, counted);

	WRITE("pmccfiltr_el0", 0);
	WRITE("pmcntenset_el0", CYCLES);
	before = READ("pmccntr_el0");
	for (spin = 0; spin < 1000; spin++)
		asm volatile("");
	if (READ("pmccntr_el0") <= before)
		rt_fail("no cycles are counted");
	before = READ("pmccntr_el0");
	i = READ("cntvct_el0");
	rt_host_call(101, gprs);
	/* As the machine of the tests has it: a thousand million in a second. */
	i = (READ("cntvct_el0") - i) * 1000 / (READ("cntfrq_el0") / 1000000);
	if (READ("pmccntr_el0") - before + gprs[0] * 1000000 > i)
		rt_fail("cycles of the host are counted");
}

/* --------------------------------------------------------------- overflows */

/* An interrupt is pending, as the CPU sees it, though it is masked. */
static bool pending(void)
{
	return READ("isr_el1") & 1 << 7;
}

static void take(void)
{
	const uint64_t end = READ("cntvct_el0") + 5 * READ("cntfrq_el0");
	uint64_t id;

	while (!pending())
		if (READ("cntvct_el0") > end)
			rt_fail("the interrupt did not come");
	id = READ(ICC_IAR1);
	want(id & 0xffffff, INTID, "another interrupt");
	WRITE("pmovsclr_el0", EVERY);
	WRITE(ICC_EOIR1, id);
}

static void overflow(uint64_t how, uint64_t rounds)
{
	uint64_t end, i;

	WRITE(ICC_PMR, 0xf0);
	WRITE(ICC_IGRPEN1, 1);
	WRITE("pmselr_el0", 0);
	WRITE("pmxevtyper_el0", EVENT_SW_INCR);
	WRITE("pmintenset_el1", 1);
	WRITE("pmcntenset_el0", 1);
	WRITE("pmcr_el0", READ("pmcr_el0") | PMCR_E);
	for (i = 0; i < rounds; i++) {
		if (how == 1)
			tell(100, i, 0);
		WRITE("pmxevcntr_el0", EVERY);
		WRITE("pmswinc_el0", 1);
		end = READ("cntvct_el0") + READ("cntfrq_el0") / 200;
		want(READ("pmxevcntr_el0") & EVERY, 0, "it did not overflow");
		if (how == 2) {
			take();
		} else {
			while (READ("cntvct_el0") < end)
				continue;
			tell(101, READ("pmovsset_el0"), 0);
			WRITE("pmovsclr_el0", EVERY);
		}
		tell(102, READ("pmovsset_el0"), 0);
	}
}

int main(const uint64_t args[8])
{
	if (args[0] == 0)
		keep(args[1], args[2]);
	else if (args[0] == 3)
		READ("pmcr_el0");
	else
		overflow(args[0], args[1]);
	return 0;
}
