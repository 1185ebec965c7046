/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into the realm and out of it: general registers, PC and PSTATE.
 * SP_EL2 does not move while the realm runs.
 */
#include "rmm.h"
#include "pairs.h"

	.text
	/* uint64_t vcpu_enter(struct rmm_vcpu *vcpu): which exit */
	.global vcpu_enter
vcpu_enter:
	sub	sp, sp, #96
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	ldp	x2, x3, [x0, #VCPU_PC]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	pairs	ldp, x, 2, 29, x0, 8
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0, #0]
	eret

	/* from the vectors: x1 = exit, the realm's x0 and x1 on the stack */
	.global vcpu_exit
vcpu_exit:
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_VCPU]
	pairs	stp, x, 2, 29, x0, 8
	str	x30, [x0, #240]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0, #0]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x2, x3, [x0, #VCPU_PC]
	mov	x0, x1
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	add	sp, sp, #96
	ret
