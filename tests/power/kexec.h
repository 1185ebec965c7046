/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another kernel, and how it comes to go on with the suite: the same image, the
 * root file system as it is now, cca_test.boot=2 on its command line.
 */
#ifndef TESTS_POWER_KEXEC_H
#define TESTS_POWER_KEXEC_H

/* how: "-l", or "-p" for one that waits for a panic. more: for its command line. */
void kexec_load(const char *how, const char *more);

#endif
