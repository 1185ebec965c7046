# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of libcca in the machine, linked with the shared library as any program is. The harness is that of
# tests/uapi.

LIB_TEST_OUT := $(B)/cross/tests/lib

$(LIB_TEST_OUT)/lib: $(addprefix tests/lib/,lib.c running.c events.c guest.c guest.h) tests/uapi/tap.c tests/uapi/tap.h \
		libcca/include/cca.h uapi/linux/cca.h uapi/linux/cca_netlink.h \
		tests/lib/build.mk $(B)/cross/libcca/libcca.so.0 | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) $(CROSS_LDFLAGS) -pthread -o $@ $(filter %.c,$^) $(B)/cross/libcca/libcca.so.0

MACHINE_SUITES += lib
MACHINE_FILES += $(LIB_TEST_OUT)/lib:/suites/lib:0755

# ---- the example, built as a stranger would: against what is installed, and by what pkg-config says alone

LIB_INSTALLED := $(abspath $(B)/cross/installed)
# What `make install` puts there, of this library that of the machine; headers go where they always go.
LIB_INSTALL = $(patsubst $(B)/host/libcca/%,$(B)/cross/libcca/%,$(subst $(libdir),/usr/lib,$(filter $(B)/host/libcca/libcca.so%,$(INSTALL)))) \
	$(subst $(includedir),/usr/include,$(filter libcca/include/% uapi/linux/%,$(INSTALL)))

$(B)/cross/libcca/libcca.so: libcca/build.mk
	@mkdir -p $(@D)
	@echo 'INPUT(libcca.so.0)' >$@

$(LIB_INSTALLED)/.ready: $(B)/cross/libcca/libcca.so.0 $(B)/cross/libcca/libcca.so libcca/libcca.pc.in libcca/include/cca.h \
		$(wildcard uapi/linux/*.h) tests/lib/build.mk
	$(Q)rm -rf $(@D)
	$(Q)DESTDIR=$(@D) packaging/install add /usr/share/cca/installed $(LIB_INSTALL) >/dev/null
	$(Q)mkdir -p $(@D)/usr/lib/pkgconfig
	$(Q)sed -e 's|@prefix@|/usr|' -e 's|@exec_prefix@|/usr|' -e 's|@libdir@|/usr/lib|' -e 's|@includedir@|/usr/include|' \
		-e 's|@VERSION@|$(VERSION)|' libcca/libcca.pc.in >$(@D)/usr/lib/pkgconfig/libcca.pc
	@touch $@

# The linker must find what libcca itself needs: that is where this arm64 system has its libraries.
$(LIB_TEST_OUT)/vmm: libcca/examples/vmm.c $(LIB_INSTALLED)/.ready
	$(Q)rm -rf $(LIB_TEST_OUT)/clean && mkdir -p $(LIB_TEST_OUT)/clean && cp $< $(LIB_TEST_OUT)/clean/
	$(Q)cd $(LIB_TEST_OUT)/clean && PKG_CONFIG_SYSROOT_DIR=$(LIB_INSTALLED) \
		PKG_CONFIG_LIBDIR=$(LIB_INSTALLED)/usr/lib/pkgconfig:$(abspath $(ARM64_LIB))/pkgconfig && \
		export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR && \
		$(CROSS_CC) -Wall -Wextra -Werror -Wl,-rpath-link,$(abspath $(ARM64_LIB)) -pthread -o vmm vmm.c \
			$$($(PKG_CONFIG) --cflags --libs libcca)
	$(Q)mv $(LIB_TEST_OUT)/clean/vmm $@

MACHINE_SUITES += lib-vmm
MACHINE_FILES += tests/lib/vmm:/suites/lib-vmm:0755 $(LIB_TEST_OUT)/vmm:/bin/vmm:0755
MACHINE_FILES += $(B)/cross/tests/guests/buffer.bin:/guests/buffer.bin:0644
