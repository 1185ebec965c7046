/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Save and load FP registers. Vector lengths are whatever is in force: both
 * directions run at the same one.
 */
#include "rmm.h"
#include "pairs.h"

	.arch	armv8-a+sve
	.text

	/* void fp_sve_save(struct fp_state *, uint64_t with_ffr) */
	.global fp_sve_save
fp_sve_save:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	z\n, [x0, #\n, mul vl]
	.endr
	add	x2, x0, #FP_P
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str	p\n, [x2, #\n, mul vl]
	.endr
	cbz	x1, 1f
	add	x2, x2, #(FP_FFR - FP_P)
	rdffr	p0.b
	str	p0, [x2]
1:	mrs	x2, fpsr
	mrs	x3, fpcr
	add	x0, x0, #FP_P
	add	x0, x0, #(FP_FPSR - FP_P)
	stp	x2, x3, [x0]
	ret

	/* void fp_sve_load(const struct fp_state *, uint64_t with_ffr) */
	.global fp_sve_load
fp_sve_load:
	add	x2, x0, #FP_P
	cbz	x1, 1f
	add	x3, x2, #(FP_FFR - FP_P)
	ldr	p0, [x3]
	wrffr	p0.b
1:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	ldr	p\n, [x2, #\n, mul vl]
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr	z\n, [x0, #\n, mul vl]
	.endr
	add	x2, x2, #(FP_FPSR - FP_P)
	ldp	x2, x3, [x2]
	msr	fpsr, x2
	msr	fpcr, x3
	ret

	/* void fp_simd_save(void *page): Q0..Q31, FPSR, FPCR */
	.global fp_simd_save
fp_simd_save:
	pairs	stp, q, 0, 31, x0, 16
	mrs	x2, fpsr
	mrs	x3, fpcr
	add	x0, x0, #512
	stp	x2, x3, [x0]
	ret

	/* void fp_simd_load(const void *page) */
	.global fp_simd_load
fp_simd_load:
	pairs	ldp, q, 0, 31, x0, 16
	add	x0, x0, #512
	ldp	x2, x3, [x0]
	msr	fpsr, x2
	msr	fpcr, x3
	ret
