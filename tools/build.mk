# SPDX-License-Identifier: GPL-2.0-only
#
# The cca command, for this machine and for arm64. It links libcca statically, so that it runs from the
# build folder and never meets a library of another version.

CCA_SRC := $(wildcard tools/*.c tools/vmm/*.c tools/token/*.c)
CCA_FLAGS := -D_GNU_SOURCE -MMD -MP

# ---- this machine

CCA_HOST := $(B)/host/tools
CCA_HOST_OBJ := $(CCA_SRC:tools/%.c=$(CCA_HOST)/%.o)
CCA_LIBS := smartcols libelf libnl-genl-3.0 libcrypto libcbor
# libfdt has no file for pkg-config, and that of libslirp wants more than we need; the threads are those of CPUs.
CCA_LINK := -lfdt -lz -lzstd -lslirp -pthread

$(CCA_HOST)/%.o: tools/%.c tools/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARN) $(INCLUDES) $(CCA_FLAGS) $$($(PKG_CONFIG) --cflags $(CCA_LIBS)) \
		$(CFLAGS) -c -o $@ $<

$(CCA_HOST)/cca: $(CCA_HOST_OBJ) $(B)/host/libcca/libcca.a
	$(Q)$(HOSTCC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $$($(PKG_CONFIG) --libs $(CCA_LIBS)) $(CCA_LINK)

ALL += $(CCA_HOST)/cca
INSTALL += $(CCA_HOST)/cca:$(bindir)/cca:0755

# ---- arm64

CCA_CROSS := $(B)/cross/tools
CCA_CROSS_OBJ := $(CCA_SRC:tools/%.c=$(CCA_CROSS)/%.o)

$(CCA_CROSS)/%.o: tools/%.c tools/build.mk | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) $(CCA_FLAGS) -isystem $(B)/arm64/usr/include/libsmartcols -c -o $@ $<

$(CCA_CROSS)/cca: $(CCA_CROSS_OBJ) $(B)/cross/libcca/libcca.a
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) $(CROSS_LDFLAGS) -o $@ $^ -lsmartcols -lelf -lnl-genl-3 -lnl-3 -lcrypto -lcbor $(CCA_LINK)

MACHINE_FILES += $(CCA_CROSS)/cca:/bin/cca:0755

-include $(CCA_HOST_OBJ:.o=.d) $(CCA_CROSS_OBJ:.o=.d)

# ---- unit tests: the rooms of the command without its main()

CCA_UNIT := $(B)/host/tests/unit/tools
CCA_UNIT_OBJ := $(patsubst tools/%.c,$(CCA_UNIT)/%.o,$(filter-out tools/main.c,$(CCA_SRC)))
CCA_UNIT_LIBCCA := $(patsubst libcca/%.c,$(B)/host/tests/unit/libcca/%.o,$(wildcard libcca/*.c))
CCA_UNIT_TESTS := $(B)/host/tests/unit/image $(B)/host/tests/unit/options $(B)/host/tests/unit/explain \
	$(B)/host/tests/unit/board $(B)/host/tests/unit/linux $(B)/host/tests/unit/virtio $(B)/host/tests/unit/block \
	$(B)/host/tests/unit/token $(B)/host/tests/unit/line $(B)/host/tests/unit/net

$(CCA_UNIT)/%.o: tools/%.c tools/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) $(CCA_FLAGS) $$($(PKG_CONFIG) --cflags $(CCA_LIBS)) -c -o $@ $<

$(CCA_UNIT_TESTS): $(B)/host/tests/unit/%: tests/unit/%.c $(CCA_UNIT_OBJ) $(CCA_UNIT_LIBCCA) tests/unit/ring.h
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) $(CCA_FLAGS) -o $@ $< $(CCA_UNIT_OBJ) $(CCA_UNIT_LIBCCA) \
		-lcmocka $$($(PKG_CONFIG) --libs $(CCA_LIBS)) $(CCA_LINK)

$(B)/host/tests/unit/token: tests/unit/token_maker.h

HOST_TESTS += $(CCA_UNIT_TESTS)

-include $(CCA_UNIT_OBJ:.o=.d)
