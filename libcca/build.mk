# SPDX-License-Identifier: GPL-2.0-only
#
# libcca: shared and static, from the same objects, for this machine and for arm64.

LIBCCA_SRC := $(wildcard libcca/*.c)
LIBCCA_FLAGS = -fPIC -fvisibility=hidden -DCCA_VERSION='"$(VERSION)"' -MMD -MP
LIBCCA_LINK = -shared -Wl,-soname,libcca.so.0 -Wl,--version-script=libcca/libcca.map -Wl,-z,defs

LIBCCA_LIBS = libnl-genl-3.0 libcrypto
LIBCCA_CFLAGS = $$($(PKG_CONFIG) --cflags $(LIBCCA_LIBS))

# ---- this machine

LIBCCA_HOST := $(B)/host/libcca
LIBCCA_HOST_OBJ := $(LIBCCA_SRC:libcca/%.c=$(LIBCCA_HOST)/%.o)

$(LIBCCA_HOST)/%.o: libcca/%.c libcca/build.mk VERSION
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARN) $(INCLUDES) $(LIBCCA_FLAGS) $(LIBCCA_CFLAGS) $(CFLAGS) -c -o $@ $<

$(LIBCCA_HOST)/libcca.so.0: $(LIBCCA_HOST_OBJ) libcca/libcca.map
	$(Q)$(HOSTCC) $(CFLAGS) $(LDFLAGS) $(LIBCCA_LINK) -o $@ $(LIBCCA_HOST_OBJ) $$($(PKG_CONFIG) --libs $(LIBCCA_LIBS))

$(LIBCCA_HOST)/libcca.a: $(LIBCCA_HOST_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

# What -lcca finds: a linker script serves where a symbolic link would, and can be installed as a file.
$(LIBCCA_HOST)/libcca.so: libcca/build.mk
	@mkdir -p $(@D)
	@echo 'INPUT(libcca.so.0)' >$@

# It has the folders of this call of make.
$(LIBCCA_HOST)/libcca.pc: libcca/libcca.pc.in libcca/build.mk VERSION FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@exec_prefix@|$(exec_prefix)|' -e 's|@libdir@|$(libdir)|' \
		-e 's|@includedir@|$(includedir)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

# One page for the library, and one for each section of the header.
LIBCCA_PAGES := libcca $(shell sed -nE 's|^/\* -+ ([A-Za-z]+) \*/$$|cca_\L\1|p' libcca/include/cca.h)
LIBCCA_MANUAL := $(LIBCCA_PAGES:%=$(LIBCCA_HOST)/%.3)

$(LIBCCA_MANUAL): $(LIBCCA_HOST)/%.3: libcca/include/cca.h libcca/manual.awk VERSION
	@mkdir -p $(@D)
	$(Q)awk -v date="$$(date -u -d "@$${SOURCE_DATE_EPOCH:-$$(stat -c %Y $<)}" +%F)" -v version="$(VERSION)" \
		-v page="$(patsubst cca_%,%,$(filter cca_%,$*))" -f libcca/manual.awk $< $< >$@

ALL += $(LIBCCA_MANUAL)
$(B)/host/tests/package/manual: $(LIBCCA_MANUAL)
ALL += $(LIBCCA_HOST)/libcca.so.0 $(LIBCCA_HOST)/libcca.so $(LIBCCA_HOST)/libcca.a $(LIBCCA_HOST)/libcca.pc

INSTALL += $(LIBCCA_HOST)/libcca.so.0:$(libdir)/libcca.so.0:0755
INSTALL += $(LIBCCA_HOST)/libcca.so:$(libdir)/libcca.so:0644
INSTALL += $(LIBCCA_HOST)/libcca.a:$(libdir)/libcca.a:0644
INSTALL += $(LIBCCA_HOST)/libcca.pc:$(libdir)/pkgconfig/libcca.pc:0644
INSTALL += $(foreach p,$(LIBCCA_PAGES),$(LIBCCA_HOST)/$(p).3:$(mandir)/man3/$(p).3:0644)
INSTALL += libcca/examples/vmm.c:$(datarootdir)/doc/cca/examples/vmm.c:0644
INSTALL += libcca/include/cca.h:$(includedir)/cca.h:0644
INSTALL += uapi/linux/cca.h:$(includedir)/linux/cca.h:0644
INSTALL += uapi/linux/cca_netlink.h:$(includedir)/linux/cca_netlink.h:0644

# ---- arm64

LIBCCA_CROSS := $(B)/cross/libcca
LIBCCA_CROSS_OBJ := $(LIBCCA_SRC:libcca/%.c=$(LIBCCA_CROSS)/%.o)

$(LIBCCA_CROSS)/%.o: libcca/%.c libcca/build.mk VERSION | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) $(LIBCCA_FLAGS) -c -o $@ $<

$(LIBCCA_CROSS)/libcca.so.0: $(LIBCCA_CROSS_OBJ) libcca/libcca.map
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) $(CROSS_LDFLAGS) $(LIBCCA_LINK) -o $@ $(LIBCCA_CROSS_OBJ) -lnl-genl-3 -lnl-3 -lcrypto

$(LIBCCA_CROSS)/libcca.a: $(LIBCCA_CROSS_OBJ)
	$(Q)rm -f $@ && $(CROSS_COMPILE)ar rcs $@ $^

MACHINE_FILES += $(LIBCCA_CROSS)/libcca.so.0:/lib/libcca.so.0:0755

-include $(LIBCCA_HOST_OBJ:.o=.d) $(LIBCCA_CROSS_OBJ:.o=.d)

# ---- unit tests

LIBCCA_UNIT := $(B)/host/tests/unit/libcca
LIBCCA_UNIT_OBJ := $(LIBCCA_SRC:libcca/%.c=$(LIBCCA_UNIT)/%.o)

$(LIBCCA_UNIT)/%.o: libcca/%.c libcca/build.mk VERSION | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) $(LIBCCA_FLAGS) $(LIBCCA_CFLAGS) -c -o $@ $<

$(B)/host/tests/unit/measure: tests/unit/measure.c $(LIBCCA_UNIT_OBJ) libcca/build.mk
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) -o $@ $< $(LIBCCA_UNIT_OBJ) -lcmocka $$($(PKG_CONFIG) --libs $(LIBCCA_LIBS))

HOST_TESTS += $(B)/host/tests/unit/measure

-include $(LIBCCA_UNIT_OBJ:.o=.d)

# The test reads the library, so the library is built before it.
$(B)/host/tests/unit/exports: tests/unit/exports $(LIBCCA_HOST)/libcca.so.0
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

HOST_TESTS += $(B)/host/tests/unit/exports

$(B)/host/tests/unit/manual: tests/unit/manual libcca/include/cca.h | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

HOST_TESTS += $(B)/host/tests/unit/manual

$(B)/host/tests/unit/netlink: tests/unit/netlink $(LIBCCA_HOST)/libcca.so.0
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

HOST_TESTS += $(B)/host/tests/unit/netlink
