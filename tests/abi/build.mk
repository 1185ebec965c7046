# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the model of the RMM on this machine (tests/unit/rmm_*.c), and the tests of the ABI itself
# (tests/abi), which run here against the model and in the machine against whatever RMM is there.

RMM_MODEL_SRCS := $(wildcard tests/rmm/model/*.c tests/rmm/host/*.c)
RMM_MODEL_HDRS := $(wildcard tests/rmm/*.h tests/rmm/model/*.h tests/rmm/host/*.h) module/rmi.h
RMM_HOST_OUT := $(B)/host/tests/rmm
RMM_HOST_LIB := $(RMM_HOST_OUT)/librmm.a
RMM_HOST_CFLAGS := $(HOST_CFLAGS) $(HOST_SAN_FLAGS)

$(RMM_HOST_OUT)/%.o: tests/rmm/%.c $(RMM_MODEL_HDRS) tests/abi/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(RMM_HOST_CFLAGS) -c -o $@ $<

$(RMM_HOST_LIB): $(RMM_MODEL_SRCS:tests/rmm/%.c=$(RMM_HOST_OUT)/%.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

RMM_UNIT := $(patsubst tests/unit/%.c,$(B)/host/tests/unit/%,$(wildcard tests/unit/rmm_*.c))

$(RMM_UNIT): $(B)/host/tests/unit/%: tests/unit/%.c tests/unit/rmm_test.h $(RMM_HOST_LIB) $(RMM_MODEL_HDRS)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(RMM_HOST_CFLAGS) -o $@ $< $(RMM_HOST_LIB) -lcmocka -lmbedcrypto

HOST_TESTS += $(RMM_UNIT)
