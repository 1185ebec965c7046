// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the interrupt controller that its host may want to see: it reads
 * PMR and IAR1, twice, and writes EOIR1, PMR and SGI1R, each with the values
 * 0x1000 + n. Host calls 100 have what was read in gprs[0].
 */
#include "rt/rt.h"

#define READ(name) ({							\
	uint64_t gprs_[31] = { 0 };					\
	asm volatile("mrs %0, " name : "=r"(gprs_[0]));			\
	rt_host_call(100, gprs_);					\
})
#define WRITE(name, value) \
	asm volatile("msr " name ", %0; isb" : : "r"((uint64_t)(value)))

#define PMR	"S3_0_C4_C6_0"
#define IAR1	"S3_0_C12_C12_0"
#define EOIR1	"S3_0_C12_C12_1"
#define SGI1R	"S3_0_C12_C11_5"

int main(const uint64_t args[8])
{
	READ(PMR);
	READ(IAR1);
	READ(IAR1);
	WRITE(EOIR1, 0x1001);
	WRITE(PMR, 0x1002);
	WRITE(SGI1R, 0x1003);
	return 0;
}
