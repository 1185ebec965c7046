/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy from or to memory of the host, which may be gone (or have moved to
 * another world) at any moment: a fault between the labels ends the copy.
 */
	.text
	/* size_t ns_copy(void *to, const void *from, size_t size) */
	.global ns_copy, ns_copy_begin, ns_copy_end, ns_copy_fixup
ns_copy:
	orr	x3, x0, x1
	tst	x3, #7
	b.ne	2f
ns_copy_begin:
1:	cmp	x2, #8
	b.lo	2f
	ldr	x3, [x1], #8
	str	x3, [x0], #8
	sub	x2, x2, #8
	b	1b
2:	cbz	x2, ns_copy_end
	ldrb	w3, [x1], #1
	strb	w3, [x0], #1
	sub	x2, x2, #1
	b	2b
ns_copy_end:
	mov	x0, #0
	ret
ns_copy_fixup:
	mov	x0, x2
	ret
