// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets its timers, and never leaves by itself meanwhile. In x0 how:
 *
 *   0  arms the virtual timer x1 microseconds ahead, makes host call 100 with
 *      the deadline in gprs[0], and spins until 5 ms after it; x2 times
 *   1  the same with the physical timer
 *   2  like 0, but sleeps until the deadline
 *   3  like 0, and takes the interrupt, INTID 27, from the list registers of
 *      its host; it ends if the interrupt does not come
 *   4  like 3, and arms the timer again from the handler: one host call in all.
 *      Host call 101 has in gprs[0] how many interrupts it took
 */
#include "rt/rt.h"

#define ICC_PMR		"S3_0_C4_C6_0"
#define ICC_IGRPEN1	"S3_0_C12_C12_7"
#define ICC_IAR1	"S3_0_C12_C12_0"
#define ICC_EOIR1	"S3_0_C12_C12_1"
#define INTID		27

static uint64_t frequency;

static uint64_t now(void)
{
	uint64_t value;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static void arm(uint64_t when, bool physical)
{
	if (physical) {
		asm volatile("msr cntp_cval_el0, %0" : : "r"(when));
		asm volatile("msr cntp_ctl_el0, %0; isb" : : "r"(1UL));
	} else {
		asm volatile("msr cntv_cval_el0, %0" : : "r"(when));
		asm volatile("msr cntv_ctl_el0, %0; isb" : : "r"(1UL));
	}
}

static void disarm(void)
{
	asm volatile("msr cntv_ctl_el0, xzr; msr cntp_ctl_el0, xzr; isb");
}

static void tell(unsigned int imm, uint64_t value)
{
	uint64_t gprs[31] = { value };

	rt_host_call(imm, gprs);
}

/* An interrupt is pending, as the CPU sees it, though it is masked. */
static bool pending(void)
{
	uint64_t isr;

	asm volatile("isb; mrs %0, isr_el1" : "=r"(isr));
	return isr & 1 << 7;
}

static void take(void)
{
	uint64_t id;

	asm volatile("mrs %0, " ICC_IAR1 "; dsb sy" : "=r"(id));
	if ((id & 0xffffff) != INTID)
		rt_fail("another interrupt");
	disarm();
	asm volatile("msr " ICC_EOIR1 ", %0; isb" : : "r"(id));
}

static void gic_on(void)
{
	asm volatile("msr " ICC_PMR ", %0" : : "r"(0xf0UL));
	asm volatile("msr " ICC_IGRPEN1 ", %0; isb" : : "r"(1UL));
}

static void wait_for(uint64_t how, uint64_t when)
{
	while (how >= 3 && !pending())
		if (now() > when + frequency * 5)
			rt_fail("the interrupt did not come");
	while (how == 2 && now() < when)
		asm volatile("wfi");
	while (how < 2 && now() < when + frequency / 200)
		continue;
}

int main(const uint64_t args[8])
{
	const uint64_t how = args[0];
	uint64_t when, i;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	gic_on();
	for (i = 0; i < args[2]; i++) {
		when = now() + frequency / 1000000 * args[1];
		arm(when, how == 1);
		if (how != 4 || !i)
			tell(100, when);
		wait_for(how, when);
		if (how >= 3)
			take();
		else
			disarm();
	}
	tell(101, i);
	return 0;
}
