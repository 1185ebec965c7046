# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of what is installed. That of the manual is where the manual is made: tools/generate/build.mk.

HOST_TESTS += tests/package/install tests/package/dkms
