/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest of the ABI tests: it does what a page of steps says, one after the
 * other, and tells the host by a host call what came of each.
 *
 * On the device it is guest.S; on the host a callback does the same. Shared
 * with the assembler.
 */
#ifndef ABI_GUEST_H
#define ABI_GUEST_H

/* Where things are, below 16 KiB of the realm; all of it is RAM. */
#define GUEST_CODE		0x0000
#define GUEST_STEPS		0x1000
#define GUEST_REPORT		0x2000	/* the host call's page */
#define GUEST_BUFFER		0x3000	/* for RSI */
#define GUEST_TOP		0x4000

/* One step: its kind, then X0 to X10 as they are before it. */
#define GUEST_STEP_SIZE		128
#define GUEST_STEPS_MAX		32

#define GUEST_END		0	/* reports for ever */
#define GUEST_SMC		1
#define GUEST_LDRB		2	/* w3, [x1] */
#define GUEST_LDRH		3	/* w3 */
#define GUEST_LDRW		4	/* w3 */
#define GUEST_LDRX		5	/* x3 */
#define GUEST_LDRSBX		6	/* x3 */
#define GUEST_LDRSBW		7	/* w3 */
#define GUEST_LDRSWX		8	/* x3 */
#define GUEST_STRB		9	/* w2, [x1] */
#define GUEST_STRH		10
#define GUEST_STRW		11
#define GUEST_STRX		12
#define GUEST_STRXZR		13
#define GUEST_LDP		14	/* x3, x4, [x1] */
#define GUEST_BRANCH		15	/* to x1 */
#define GUEST_HVC		16
#define GUEST_UDF		17
#define GUEST_WFI		18
#define GUEST_SGI1R		19	/* x7 */
#define GUEST_IAR1		20	/* into x7 */
#define GUEST_PMR		21	/* from x7 */
#define GUEST_MPIDR		22	/* into x3 */
#define GUEST_FP		23	/* d0 into x3 */
#define GUEST_CNTV_CTL		24	/* x1 into CNTV_CVAL, x2 into CNTV_CTL */
#define GUEST_KINDS		25

/* The report: registers of the host call. Its immediate is the step's number. */
#define GUEST_R_X		0	/* X0 to X10 after the step */
#define GUEST_R_EXCEPTION	11	/* 1: it took an exception ... */
#define GUEST_R_ESR		12
#define GUEST_R_FAR		13
#define GUEST_R_ELR		14	/* relative to the instruction */
#define GUEST_IMM_END		0xffff

#endif
