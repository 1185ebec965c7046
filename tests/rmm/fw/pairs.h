/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For assembly: registers that are stored or loaded in pairs.
 *
 *	pairs	stp, x, 2, 29, sp, 8
 *
 * stores X2 to X29 where SP points to an array of registers of 8 bytes from X0.
 */
#ifndef PAIRS_H
#define PAIRS_H

	.macro	one_pair op, prefix, low, high, base, offset
	\op	\prefix\low, \prefix\high, [\base, #\offset]
	.endm

	.macro	pairs op, prefix, first, last, base, size
	/* for %: a value where otherwise an expression would stand */
	.altmacro
	.set	pairs_n, \first
	.rept	(\last - \first + 1) / 2
	one_pair \op, \prefix, %pairs_n, %(pairs_n + 1), \base, %(pairs_n * \size)
	.set	pairs_n, pairs_n + 2
	.endr
	.noaltmacro
	.endm

#endif
