/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test module: what the firmware promises a kernel beyond the ABI, seen from
 * the kernel. Its verdicts are read from /proc/fwtest.
 */
#ifndef FWTEST_H
#define FWTEST_H

#include <linux/arm-smccc.h>
#include <linux/types.h>

#include "rmi.h"

/* suite.c: one TAP line */
__printf(2, 3) void ok(bool good, const char *what, ...);

/* realm.c: a smallest host of one realm with one REC and one page of code */
struct smc {
	u64 x[18];
};

void smc(struct smc *call);
u64 rmi(u64 fid, u64 a, u64 b, u64 c, u64 d, u64 e);

int host_begin(void);
void host_end(void);
/* vectors: 128-bit words of an SVE register, 0: no SVE */
int realm_build(const u32 *code, size_t words, unsigned int vectors);
void realm_destroy(void);
u64 realm_code_page(void);	/* a page that is delegated */
struct rmi_rec_run *realm_run_page(void);
u64 realm_enter(void);		/* interrupts are off, list registers as they are */
u64 realm_run(void);		/* until an exit that is not for an interrupt */

/* registers.c */
void test_host_registers(void);
void test_fp(const char *what, u64 (*call)(void));

#endif
