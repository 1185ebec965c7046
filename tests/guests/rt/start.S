/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest begins: EL1h, MMU off, DAIF masked, x0..x7 from its host.
 *
 * The first byte of the image is the first instruction, so that the same
 * program works as ELF and as a flat binary. The stack lies in .bss, in memory
 * that nobody populated: its first use is already a demand fault.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	adrp	x9, rt_vectors
	add	x9, x9, :lo12:rt_vectors
	msr	vbar_el1, x9
	isb
	adrp	x9, rt_stack_top
	add	x9, x9, :lo12:rt_stack_top
	mov	sp, x9
	sub	sp, sp, #64
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	mov	x0, sp
	mov	x29, xzr
	bl	main
	b	rt_exit

/*
 * void rt_smc(uint64_t x[18]): SMCCC 1.2, arguments and results in place.
 */
	.text
	.globl	rt_smc
rt_smc:
	str	x19, [sp, #-16]!
	mov	x19, x0
	ldp	x16, x17, [x19, #128]
	ldp	x14, x15, [x19, #112]
	ldp	x12, x13, [x19, #96]
	ldp	x10, x11, [x19, #80]
	ldp	x8, x9, [x19, #64]
	ldp	x6, x7, [x19, #48]
	ldp	x4, x5, [x19, #32]
	ldp	x2, x3, [x19, #16]
	ldp	x0, x1, [x19]
	smc	#0
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	ldr	x19, [sp], #16
	ret

/*
 * bool rt_try(void (*fn)(uint64_t), uint64_t arg): true if fn(arg) came back,
 * false if it took an exception, which is in rt_fault then.
 */
	.globl	rt_try
rt_try:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	adrp	x9, rt_try_sp
	mov	x10, sp
	str	x10, [x9, :lo12:rt_try_sp]
	mov	x9, x0
	mov	x0, x1
	blr	x9
	mov	x0, #1
rt_try_out:
	adrp	x9, rt_try_sp
	str	xzr, [x9, :lo12:rt_try_sp]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

/* Any exception: record it, then unwind to rt_try() or end the guest. */
rt_exception:
	adrp	x9, rt_fault
	add	x9, x9, :lo12:rt_fault
	mrs	x10, esr_el1
	mrs	x11, far_el1
	mrs	x12, elr_el1
	stp	x10, x11, [x9]
	str	x12, [x9, #16]
	adrp	x9, rt_try_sp
	ldr	x10, [x9, :lo12:rt_try_sp]
	cbz	x10, 1f
	mov	sp, x10
	mov	x0, #0
	b	rt_try_out
1:	adrp	x9, rt_stack_top
	add	x9, x9, :lo12:rt_stack_top
	mov	sp, x9
	b	rt_unexpected

	.macro	vector
	.balign	128
	b	rt_exception
	.endm

	.balign	2048
rt_vectors:
	.rept	16
	vector
	.endr

	.bss
	.balign	8
rt_try_sp:
	.skip	8
	.balign	4096
	.skip	16384
rt_stack_top:

	.section .note.GNU-stack, "", %progbits
