// SPDX-License-Identifier: GPL-2.0-only
/* Sends itself a software interrupt: a register that the host must emulate. */
#include "rt/rt.h"

#define ICC_SGI1R_EL1	"S3_0_C12_C11_5"
#define VALUE		0x5000001UL

int main(const uint64_t args[8])
{
	rt_print("sending\n");
	asm volatile("msr " ICC_SGI1R_EL1 ", %0; isb" : : "r"(VALUE));
	rt_print("sent\n");
	return 0;
}
