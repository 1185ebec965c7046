/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest on the device: guest.h in instructions. It runs where the realm put
 * it, with the MMU off; one page, the vectors in its upper half.
 *
 * x19 step, x20 its number, x21 exception?, x22 ESR, x23 FAR, x24 ELR relative
 * to x26 = the instruction, x27 the report page.
 */
#include "guest.h"
#include "../rmm/rsi.h"

	.section .rodata
	.balign	4096
	.globl	guest_code
guest_code:
	adr	x17, guest_code
	add	x19, x17, #GUEST_STEPS
	add	x27, x17, #GUEST_REPORT
	add	x16, x17, #0x800
	msr	vbar_el1, x16
	isb
	mov	x20, #0

next_step:
	mov	x21, #0
	mov	x22, #0
	mov	x23, #0
	mov	x24, #0
	ldr	x25, [x19]
	ldp	x0, x1, [x19, #8]
	ldp	x2, x3, [x19, #24]
	ldp	x4, x5, [x19, #40]
	ldp	x6, x7, [x19, #56]
	ldp	x8, x9, [x19, #72]
	ldr	x10, [x19, #88]
	adr	x26, kinds
	add	x26, x26, x25, lsl #3
	br	x26

	.balign	8
kinds:
	b	end;			b	step_done	/* END */
	smc	#0;			b	step_done
	ldrb	w3, [x1];		b	step_done
	ldrh	w3, [x1];		b	step_done
	ldr	w3, [x1];		b	step_done
	ldr	x3, [x1];		b	step_done
	ldrsb	x3, [x1];		b	step_done
	ldrsb	w3, [x1];		b	step_done
	ldrsw	x3, [x1];		b	step_done
	strb	w2, [x1];		b	step_done
	strh	w2, [x1];		b	step_done
	str	w2, [x1];		b	step_done
	str	x2, [x1];		b	step_done
	str	xzr, [x1];		b	step_done
	ldp	x3, x4, [x1];		b	step_done
	br	x1;			b	step_done
	hvc	#0;			b	step_done
	.inst	0x00000000;		b	step_done	/* UDF */
	wfi;				b	step_done
	msr	S3_0_C12_C11_5, x7;	b	step_done	/* ICC_SGI1R_EL1 */
	mrs	x7, S3_0_C12_C12_0;	b	step_done	/* ICC_IAR1_EL1 */
	msr	S3_0_C4_C6_0, x7;	b	step_done	/* ICC_PMR_EL1 */
	mrs	x3, mpidr_el1;		b	step_done
	fmov	x3, d0;			b	step_done
	b	timer;			b	step_done

timer:
	msr	cntv_cval_el0, x1
	msr	cntv_ctl_el0, x2
	isb
	b	step_done

step_done:
	stp	x0, x1, [x27, #8]
	stp	x2, x3, [x27, #24]
	stp	x4, x5, [x27, #40]
	stp	x6, x7, [x27, #56]
	stp	x8, x9, [x27, #72]
	stp	x10, x21, [x27, #88]
	stp	x22, x23, [x27, #104]
	str	x24, [x27, #120]
	str	x20, [x27]
	bl	report
	add	x19, x19, #GUEST_STEP_SIZE
	add	x20, x20, #1
	b	next_step

end:
	mov	x20, #GUEST_IMM_END
	str	x20, [x27]
	bl	report
	b	end

report:
	ldr	w0, =SMC_RSI_HOST_CALL
	mov	x1, x27
	smc	#0
	ret

	.ltorg
	/* Current EL with SP_ELx, synchronous, is the one entry that is used. */
	.org	guest_code + 0x800 + 0x200
	mov	x21, #1
	mrs	x22, esr_el1
	mrs	x23, far_el1
	mrs	x24, elr_el1
	sub	x24, x24, x26
	b	step_done
	.org	guest_code + 0x1000
	.globl	guest_code_end
guest_code_end:

	.section .note.GNU-stack, "", %progbits
