/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * R-EL2: first instruction, the loop that serves the host, exception vectors.
 */
#include "rmm.h"
#include "pairs.h"

#define FRAME_SIZE	(34 * 8)
#define FRAME_ELR	(31 * 8)

	.macro	address reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
	.endm

	/* x0: this CPU's number. EL3 starts CPU 0 first, alone. */
	.section .text.entry, "ax"
	.global rmm_entry
rmm_entry:
	mov	x19, x0
	address	x1, rmm_vectors
	msr	vbar_el2, x1
	address	x1, rmm_stacks
	add	x2, x19, #1
	mov	x3, #RMM_STACK_SIZE
	madd	x1, x2, x3, x1
	mov	sp, x1
	isb
	cbnz	x19, 4f

	address	x0, rmm_data_start
	address	x1, rmm_data_end
	address	x2, rmm_data_load
1:	cmp	x0, x1
	b.hs	2f
	ldr	x3, [x2], #8
	str	x3, [x0], #8
	b	1b
2:	address	x1, rmm_bss_end
3:	cmp	x0, x1
	b.hs	4f
	str	xzr, [x0], #8
	b	3b
4:	mov	x0, x19
	bl	rmm_main

	/* X0..X17 go to the host as they are, and come from it */
serve:
	smc	#RMM_SMC_DONE
	sub	sp, sp, #(18 * 8)
	pairs	stp, x, 0, 17, sp, 8
	mov	x0, sp
	bl	rmm_command_enter
	pairs	ldp, x, 0, 17, sp, 8
	add	sp, sp, #(18 * 8)
	b	serve

	.text
	/* uint64_t rmm_service(service, a, b, c, d): EL3 keeps all but X0 */
	.global rmm_service
rmm_service:
	smc	#RMM_SMC_SERVICE
	ret

	.balign	0x800
rmm_vectors:
	/* from R-EL2: FP traps and faults on Non-secure memory, else a bug */
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7
	.balign	0x80
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	mov	x1, #\kind
	b	own_fault
	.endr
	/* from the realm, AArch64: the numbers are enum rmm_vcpu_exit */
	.irp	kind, 0, 1, 2, 3
	.balign	0x80
	stp	x0, x1, [sp, #-16]!
	mov	x1, #\kind
	b	vcpu_exit
	.endr
	/* AArch32 cannot happen: HCR_EL2.RW */
	.irp	kind, 12, 13, 14, 15
	.balign	0x80
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	mov	x1, #\kind
	b	own_fault
	.endr

own_fault:
	pairs	stp, x, 2, 19, sp, 8
	str	x30, [sp, #240]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x2, x3, [sp, #FRAME_ELR]
	mov	x0, sp
	bl	rmm_fault
	ldp	x2, x3, [sp, #FRAME_ELR]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	pairs	ldp, x, 2, 19, sp, 8
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp, #0]
	add	sp, sp, #FRAME_SIZE
	eret

	.section .bss.stacks, "aw", %nobits
	.balign	16
rmm_stacks:
	.skip	MAX_CPUS * RMM_STACK_SIZE
