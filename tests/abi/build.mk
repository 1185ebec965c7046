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

$(B)/host/tests/unit/rmm_arena: tests/rmm/fw/arena.c tests/rmm/fw/arena.h

HOST_TESTS += $(RMM_UNIT)

# The library and the model, side by side.
RMM_RIM_LIBCCA := $(patsubst libcca/%.c,$(B)/host/tests/unit/libcca/%.o,$(wildcard libcca/*.c))

$(B)/host/tests/unit/rim: tests/unit/rim.c tests/unit/rmm_test.h $(RMM_HOST_LIB) $(RMM_MODEL_HDRS) $(RMM_RIM_LIBCCA)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(RMM_HOST_CFLAGS) -o $@ $< $(RMM_HOST_LIB) $(RMM_RIM_LIBCCA) -lcmocka -lmbedcrypto \
		$$($(PKG_CONFIG) --libs libnl-genl-3.0) -lcrypto

HOST_TESTS += $(B)/host/tests/unit/rim

# Tokens, and the library's measurement in them.
$(B)/host/tests/unit/attest: tests/unit/attest.c tests/unit/rmm_test.h tests/uapi/token.c tests/uapi/token.h \
		tests/rmm/keys/platform.pem tests/rmm/keys/realm.pem $(RMM_HOST_LIB) $(RMM_MODEL_HDRS) $(RMM_RIM_LIBCCA)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(RMM_HOST_CFLAGS) -o $@ $< tests/uapi/token.c $(RMM_HOST_LIB) $(RMM_RIM_LIBCCA) -lcmocka -lmbedcrypto \
		$$($(PKG_CONFIG) --libs libnl-genl-3.0) -lcbor -lcrypto

HOST_TESTS += $(B)/host/tests/unit/attest

# ---- the ABI, call by call ---------------------------------------------------------------------

ABI_TESTS := $(filter-out tests/abi/backend_%,$(wildcard tests/abi/*.c))
ABI_HDRS := $(wildcard tests/abi/*.h) tests/kmod/rmi_raw.h module/rmi.h tests/rmm/rsi.h
ABI_HOST_OUT := $(B)/host/tests/abi
ABI_DEVICE_OUT := $(B)/cross/tests/abi

$(ABI_HOST_OUT)/%.o: tests/abi/%.c $(ABI_HDRS) $(RMM_MODEL_HDRS) | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(RMM_HOST_CFLAGS) -c -o $@ $<

$(ABI_HOST_OUT)/abi: $(ABI_TESTS:tests/abi/%.c=$(ABI_HOST_OUT)/%.o) $(ABI_HOST_OUT)/backend_host.o $(RMM_HOST_LIB)
	$(Q)$(HOSTCC) $(RMM_HOST_CFLAGS) -o $@ $^ -lmbedcrypto -lcrypto

$(ABI_DEVICE_OUT)/%.o: tests/abi/%.c $(ABI_HDRS) | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -c -o $@ $<

$(ABI_DEVICE_OUT)/guest.o: tests/abi/guest.S tests/abi/guest.h tests/rmm/rsi.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) -c -o $@ $<

$(ABI_DEVICE_OUT)/abi: $(ABI_TESTS:tests/abi/%.c=$(ABI_DEVICE_OUT)/%.o) $(ABI_DEVICE_OUT)/backend_device.o \
		$(ABI_DEVICE_OUT)/guest.o
	$(Q)$(CROSS_CC) $(CROSS_LDFLAGS) -o $@ $^ -lcrypto

HOST_TESTS += $(ABI_HOST_OUT)/abi tests/unit/layouts

MACHINE_SUITES += abi
MACHINE_FILES += $(ABI_DEVICE_OUT)/abi:/suites/abi:0755 tests/abi/abi.conf:/suites/abi.conf:0644
