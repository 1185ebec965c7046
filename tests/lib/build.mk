# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of libcca in the machine, linked with the shared library as any program is. The harness is that of
# tests/uapi.

LIB_TEST_OUT := $(B)/cross/tests/lib

$(LIB_TEST_OUT)/lib: tests/lib/lib.c tests/uapi/tap.c tests/uapi/tap.h libcca/include/cca.h uapi/linux/cca.h \
		tests/lib/build.mk $(B)/cross/libcca/libcca.so.0 | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) $(CROSS_LDFLAGS) -pthread -o $@ $(filter %.c,$^) $(B)/cross/libcca/libcca.so.0

MACHINE_SUITES += lib
MACHINE_FILES += $(LIB_TEST_OUT)/lib:/suites/lib:0755
