# SPDX-License-Identifier: GPL-2.0-only
#
# The machine's own tests, and the demonstration.

HOST_TESTS += tests/machine/selftest tests/machine/lint
ifneq ($(wildcard module/Kbuild),)
HOST_TESTS += tests/machine/strict-build
endif

MACHINE_FILES += tests/machine/demo:/suites/demo
MACHINE_FILES += tests/machine/boot:/suites/boot
MACHINE_FILES += tests/machine/checks:/suites/checks
MACHINE_SUITES += boot demo checks
