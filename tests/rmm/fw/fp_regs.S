/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Save and load FP registers. Vector lengths are whatever is in force: both
 * directions run at the same one.
 */
#include "rmm.h"

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
	stp	q0, q1, [x0, #0]
	stp	q2, q3, [x0, #32]
	stp	q4, q5, [x0, #64]
	stp	q6, q7, [x0, #96]
	stp	q8, q9, [x0, #128]
	stp	q10, q11, [x0, #160]
	stp	q12, q13, [x0, #192]
	stp	q14, q15, [x0, #224]
	stp	q16, q17, [x0, #256]
	stp	q18, q19, [x0, #288]
	stp	q20, q21, [x0, #320]
	stp	q22, q23, [x0, #352]
	stp	q24, q25, [x0, #384]
	stp	q26, q27, [x0, #416]
	stp	q28, q29, [x0, #448]
	stp	q30, q31, [x0, #480]
	mrs	x2, fpsr
	mrs	x3, fpcr
	add	x0, x0, #512
	stp	x2, x3, [x0]
	ret

	/* void fp_simd_load(const void *page) */
	.global fp_simd_load
fp_simd_load:
	ldp	q0, q1, [x0, #0]
	ldp	q2, q3, [x0, #32]
	ldp	q4, q5, [x0, #64]
	ldp	q6, q7, [x0, #96]
	ldp	q8, q9, [x0, #128]
	ldp	q10, q11, [x0, #160]
	ldp	q12, q13, [x0, #192]
	ldp	q14, q15, [x0, #224]
	ldp	q16, q17, [x0, #256]
	ldp	q18, q19, [x0, #288]
	ldp	q20, q21, [x0, #320]
	ldp	q22, q23, [x0, #352]
	ldp	q24, q25, [x0, #384]
	ldp	q26, q27, [x0, #416]
	ldp	q28, q29, [x0, #448]
	ldp	q30, q31, [x0, #480]
	add	x0, x0, #512
	ldp	x2, x3, [x0]
	msr	fpsr, x2
	msr	fpcr, x3
	ret
