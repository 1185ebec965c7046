/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL3: the reset vector, the exception vectors, and the way out.
 *
 * While a lower exception level runs, SP_EL3 points to this CPU's frame at
 * the top of its stack: an exception fills the frame and calls C below it.
 */
#include "layout.h"
#include "pairs.h"

#define FRAME_SIZE	(34 * 8)
#define FRAME_ELR	(31 * 8)

	.section .text.reset, "ax"
	.global el3_reset
el3_reset:
	msr	daifset, #0xf
	ic	iallu
	adr	x0, el3_vectors
	msr	vbar_el3, x0
	ldr	x0, =0x30c51838		/* RES1, I, SA; MMU and D-cache off */
	msr	sctlr_el3, x0
	msr	cptr_el3, xzr
	isb

	/* virt numbers its CPUs Aff0 0-15, then Aff1 */
	mrs	x1, mpidr_el1
	and	x19, x1, #0xff
	ubfx	x2, x1, #8, #8
	add	x19, x19, x2, lsl #4
	cmp	x19, #MAX_CPUS
	b.hs	el3_halt
	mov	x0, x19
	bl	el3_frame_of
	mov	sp, x0
	cbnz	x19, secondary

	adrp	x0, data_start
	add	x0, x0, :lo12:data_start
	adrp	x1, data_end
	add	x1, x1, :lo12:data_end
	adrp	x2, data_load
	add	x2, x2, :lo12:data_load
1:	cmp	x0, x1
	b.hs	2f
	ldr	x3, [x2], #8
	str	x3, [x0], #8
	b	1b
2:	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
3:	cmp	x0, x1
	b.hs	4f
	str	xzr, [x0], #8
	b	3b
4:	mov	x0, x19
	bl	el3_main

	/* The word may be stale after a warm reset: reset clears it first. */
secondary:
	ldr	x1, =SRAM_BASE
	ldr	w2, =EL3_READY
5:	wfe
	ldar	w3, [x1]
	cmp	w2, w3
	b.ne	5b
	mov	x0, x19
	bl	el3_secondary
el3_halt:
	wfi
	b	el3_halt

/* struct el3_frame *el3_frame_of(unsigned int cpu) */
	.global el3_frame_of
el3_frame_of:
	adrp	x1, el3_stacks
	add	x1, x1, :lo12:el3_stacks
	add	w0, w0, #1
	mov	x2, #EL3_STACK_SIZE
	madd	x0, x0, x2, x1
	sub	x0, x0, #FRAME_SIZE
	ret

	.macro	entry kind
	.balign	0x80
	stp	x0, x1, [sp, #0]
	mov	x1, #\kind
	b	el3_enter
	.endm

	.text
	.balign	0x800
el3_vectors:
	/* from EL3 itself: a bug */
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7
	.balign	0x80
	mov	x0, #\kind
	mov	x1, sp
	b	el3_own_fault
	.endr
	/* from below: AArch64, then AArch32 */
	.irp	kind, 8, 9, 10, 11, 12, 13, 14, 15
	entry	\kind
	.endr

el3_enter:
	pairs	stp, x, 2, 29, sp, 8
	str	x30, [sp, #240]
	mrs	x2, elr_el3
	mrs	x3, spsr_el3
	stp	x2, x3, [sp, #FRAME_ELR]
	mov	x0, sp
	bl	el3_exception
	mov	x0, sp

/* void el3_leave(struct el3_frame *frame) */
	.global el3_leave
el3_leave:
	mov	sp, x0
	ldp	x2, x3, [sp, #FRAME_ELR]
	msr	elr_el3, x2
	msr	spsr_el3, x3
	pairs	ldp, x, 2, 29, sp, 8
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp, #0]
	eret

	.section .rodata.rmm, "a"
	.balign	16
	.global rmm_image, rmm_image_end
rmm_image:
	.incbin	RMM_IMAGE
	.balign	16
rmm_image_end:

	.section .bss.stacks, "aw", %nobits
	.balign	16
el3_stacks:
	.skip	MAX_CPUS * EL3_STACK_SIZE
