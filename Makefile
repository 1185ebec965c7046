# SPDX-License-Identifier: GPL-2.0-only
#
# One Makefile for the whole tree; every room brings a fragment of its own, ROOM/build.mk.
#
#   make            libcca and the cca command, for this machine
#   make install    them, headers, manual pages, completion, udev rule (DESTDIR=, prefix=); make uninstall
#   make dkms       the kernel module, for the kernels of this machine
#   make demo       a realm on an emulated machine, from nothing (KERNEL= PROFILE= FIRMWARE=)
#   make check      all tests (KERNELS= PROFILES= SUITES= FIRMWARE=), the last line is the count
#   make check-debug
#                   the machine's suites on a kernel of our own build with KASAN, lockdep, kmemleak
#   make check-package
#                   DKMS and packages in arm64 roots of Debian 12 and 13 (ROOTS=), as root
#   make deb        Debian packages of this tree, for this machine
#   make fuzz       looks for inputs that break the module on this machine (FUZZ_SECONDS=), needs clang
#   make soak       eight processors for minutes, or Linux guests (SOAK= seconds, SUITES=linux-soak, KERNEL=, also debug)
#   make kernels    the kernel module for every supported kernel, no warning allowed
#   make lint bench clean
#
# What a fragment may use and must provide
# ----------------------------------------
# Paths are relative to the top. Write files by their path, not through another fragment's variables:
# fragments are read in no particular order.
#
#   $(B)               the build folder. $(B)/host/ROOM/... for this machine, $(B)/cross/ROOM/... for arm64
#   $(HOSTCC)          compiler for this machine, with $(HOST_CFLAGS), and $(HOST_SAN_FLAGS) for unit tests
#   $(CROSS_CC)        compiler for arm64 user space, with $(CROSS_CFLAGS) and $(CROSS_LDFLAGS): they find
#                      the libraries of $(B)/arm64. $(CROSS_COMPILE) is its prefix (ld, objcopy, ar)
#   $(CFLAGS)          what the user asked for; add it last for `make` and `make install` objects
#   $(WARN)            the warnings of this project, all of them errors
#   $(INCLUDES)        -I of uapi/ and libcca/include
#   | $(HOST_READY)    order-only prerequisite of everything that needs an installed package
#   | $(CROSS_READY)   the same for everything built for arm64 or run in the machine
#
#   ALL += FILE            built by `make`, needs nothing but what pkg-config finds
#   INSTALL += SRC:DEST[:MODE]
#                          installed by `make install` below $(DESTDIR); DEST starts with $(prefix), $(bindir) ...
#   HOST_TESTS += FILE     programs and scripts that print TAP, run by `make check` on this machine
#   MACHINE_FILES += SRC:DEST[:MODE]
#                          goes into the machine; MODE defaults to the mode of SRC. Shared libraries that a
#                          program needs come along by themselves. SRC is built if there is a rule for it
#   MACHINE_SUITES += NAME a suite, which MACHINE_FILES puts at /suites/NAME: a program or script that
#                          prints TAP and ends with status 0. tests/machine/README says the rest: where it
#                          runs (platform, kernels, profiles) and which kernel messages it provokes
#   MACHINE_BENCH += NAME  the same, but run by `make bench` only
#   KMODS += DIR           a folder with a Kbuild file: its modules are in the machine as /lib/modules/*.ko
#   FIRMWARE_IMAGE         $(B)/firmware.bin; its rule is in tests/rmm/build.mk
#
# User-defined: O= (build folder), V=1 (show commands).

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

B := $(or $(O),build)
VERSION := $(shell cat VERSION)
JOBS := $(shell nproc)
Q := $(if $(V),,@)
export B

all:

# ---- tools and flags -------------------------------------------------------------------------

HOST_ARCH := $(shell dpkg --print-architecture 2>/dev/null || uname -m)
CROSS_COMPILE ?= $(if $(filter arm64 aarch64,$(HOST_ARCH)),,aarch64-linux-gnu-)
HOSTCC ?= gcc
CROSS_CC := $(CROSS_COMPILE)gcc
PKG_CONFIG ?= pkg-config

WERROR ?= -Werror
WARN := -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-missing-field-initializers \
	-Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wvla -Wundef
INCLUDES := -Iuapi -Ilibcca/include
CFLAGS ?= -O2 -g
HOST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(WARN) $(INCLUDES)
HOST_SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all

ARM64 := $(B)/arm64
ARM64_LIB := $(ARM64)/usr/lib/aarch64-linux-gnu
CROSS_CFLAGS := -std=gnu11 -O2 -g $(WARN) $(INCLUDES) \
	-isystem $(ARM64)/usr/include -isystem $(ARM64)/usr/include/aarch64-linux-gnu -isystem $(ARM64)/usr/include/libnl3
CROSS_LDFLAGS := -L$(ARM64_LIB) -Wl,-rpath-link,$(ARM64_LIB)

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
libexecdir ?= $(exec_prefix)/libexec
includedir ?= $(prefix)/include
datarootdir ?= $(prefix)/share
mandir ?= $(datarootdir)/man

# ---- packages and downloads --------------------------------------------------------------------

KERNEL_NAMES := $(shell awk '$$1 == "kernel" { print $$2 }' tests/machine/packages)
KERNELS ?= $(KERNEL_NAMES)
KERNEL ?= 6.12
FIRMWARE_IMAGE := $(B)/firmware.bin
FIRMWARE ?= $(FIRMWARE_IMAGE)

HOST_READY := $(B)/.host-ready
CROSS_READY := $(B)/.cross-ready

$(HOST_READY): tests/machine/packages
	@mkdir -p $(B)
	@tests/machine/setup
	@touch $@

$(CROSS_READY): tests/machine/packages $(HOST_READY)
	@tests/machine/fetch qemu
	@tests/machine/fetch arm64
	@touch $@

$(KERNEL_NAMES:%=$(B)/kernels/%/release): $(B)/kernels/%/release: | $(HOST_READY)
	@tests/machine/fetch kernel $*

# Of the kernel's own modules, and of its loader, what tests need. The debug kernel has none.
$(KERNEL_NAMES:%=$(B)/kernels/%/modules/.ready): $(B)/kernels/%/modules/.ready: tests/machine/fetch | $(B)/kernels/%/release
	@tests/machine/fetch modules $*

$(B)/kernels/debug/modules/.ready: | $(B)/kernels/debug/release
	@mkdir -p $(@D)
	@touch $@

$(B)/kexec/.ready: | $(HOST_READY)
	@tests/machine/fetch kexec

# Built here, and by hand only: KERNEL=debug, KERNELS=debug, check-debug.
$(B)/kernels/debug/release: tests/machine/debug.config tests/machine/debug-kernel $(B)/kernels/6.12/release | $(HOST_READY)
	@tests/machine/debug-kernel

BOOTABLE := $(KERNEL_NAMES) debug

# ---- rooms -------------------------------------------------------------------------------------

ALL :=
INSTALL :=
HOST_TESTS :=
MACHINE_FILES :=
MACHINE_SUITES :=
MACHINE_BENCH :=
KMODS := module

-include $(wildcard */build.mk */*/build.mk)

all: user-deps $(ALL)

# Only when something is missing: the sentence that mends it. Nothing is installed by plain `make`.
USER_DEPS := smartcols libelf libcrypto libnl-genl-3.0 libcbor zlib libzstd
user-deps:
	@command -v $(PKG_CONFIG) >/dev/null && $(PKG_CONFIG) --exists $(USER_DEPS) && \
		printf '#include <libfdt.h>\n#include <slirp/libslirp.h>\n' | $(HOSTCC) -E -x c - >/dev/null 2>&1 || \
		{ echo "error: libcca and cca need $(USER_DEPS) libfdt libslirp: apt install pkg-config gcc libsmartcols-dev" \
		       "libelf-dev libnl-genl-3-dev libssl-dev libcbor-dev libfdt-dev libslirp-dev zlib1g-dev libzstd-dev" >&2; exit 1; }

# What was made is written down there, and uninstall removes just that.
INSTALLED := $(datarootdir)/cca/installed

install: all
	@DESTDIR="$(DESTDIR)" packaging/install add $(INSTALLED) $(INSTALL)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then \
		ldconfig; \
		! command -v systemd-sysusers >/dev/null || systemd-sysusers cca.conf || true; \
		! command -v udevadm >/dev/null || udevadm control --reload 2>/dev/null || true; \
	fi

uninstall:
	@DESTDIR="$(DESTDIR)" packaging/install remove $(INSTALLED)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

# The module's own source tree, as DKMS wants it: what dkms.conf, module/ and uapi/ say, nothing else.
DKMS_TREE := $(DESTDIR)/usr/src/cca-$(VERSION)

dkms:
	@command -v dkms >/dev/null || { echo "error: dkms is not installed: apt install dkms" >&2; exit 1; }
	@if dkms status cca/$(VERSION) 2>/dev/null | grep -q .; then dkms remove cca/$(VERSION) --all; fi
	@rm -rf $(DKMS_TREE)
	@mkdir -p $(DKMS_TREE)
	@cp -r dkms.conf VERSION module uapi $(DKMS_TREE)/
	@dkms add cca/$(VERSION)
	@dkms install cca/$(VERSION) || { status=$$?; \
		[ $$status -ne 77 ] || echo "error: kernel $$(uname -r) is not one that cca.ko supports" >&2; \
		[ -e /lib/modules/$$(uname -r)/build ] || \
			echo "error: no headers of the running kernel: apt install linux-headers-$$(uname -r)" >&2; \
		exit $$status; }

dkms-remove:
	dkms remove cca/$(VERSION) --all
	rm -rf $(DKMS_TREE)

# ---- kernel modules ----------------------------------------------------------------------------

KMOD_SRC := $(foreach dir,$(KMODS) uapi,$(wildcard $(dir)/*.[chS] $(dir)/*/*.[chS] $(dir)/Kbuild))

$(BOOTABLE:%=$(B)/module/%/.built): $(B)/module/%/.built: $(KMOD_SRC) tests/machine/kbuild $(B)/kernels/%/release
	$(Q)tests/machine/kbuild $* $(KMODS)

kernels: $(foreach k,$(KERNELS),kernel-strict-$(k))

$(KERNEL_NAMES:%=kernel-strict-%): kernel-strict-%: $(B)/kernels/%/release
	$(Q)tests/machine/kbuild --strict $* $(KMODS)
	@echo "kernel $$(cat $(B)/kernels/$*/release): no warnings"

# ---- the machine -------------------------------------------------------------------------------

# A text of the given words, renewed only when it changes.
define LIST_FILE
	@mkdir -p $(@D)
	@printf '%s\n' $(1) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
endef

.PHONY: FORCE
FORCE:

$(B)/machine/manifest: FORCE
	$(call LIST_FILE,$(MACHINE_FILES))
$(B)/machine/suites: FORCE
	$(call LIST_FILE,$(MACHINE_SUITES))
$(B)/machine/bench-suites: FORCE
	$(call LIST_FILE,$(MACHINE_BENCH))
$(B)/machine/host-tests: FORCE
	$(call LIST_FILE,$(HOST_TESTS))

MACHINE_SRC := $(foreach f,$(MACHINE_FILES),$(firstword $(subst :, ,$(f))))

$(B)/machine/common.cpio: $(B)/machine/manifest $(MACHINE_SRC) tests/machine/initramfs tests/machine/init | $(CROSS_READY)
	$(Q)tests/machine/initramfs common $@ $<

$(BOOTABLE:%=$(B)/machine/%.cpio): $(B)/machine/%.cpio: $(B)/module/%/.built tests/machine/initramfs \
		$(B)/kernels/%/modules/.ready
	$(Q)tests/machine/initramfs modules $@ $(B)/module/$* $(B)/kernels/$*/modules

$(BOOTABLE:%=$(B)/machine/%-kexec.cpio): $(B)/machine/%-kexec.cpio: $(B)/kernels/%/release $(B)/kexec/.ready \
		tests/machine/initramfs | $(CROSS_READY)
	$(Q)tests/machine/initramfs kexec $@ $(B)/kernels/$*/Image

# What one boot needs, what all boots need; and for tests the kernels that boot in realms.
$(BOOTABLE:%=machine-%): machine-%: boot-% $(GUEST_PARTS)

$(BOOTABLE:%=boot-%): boot-%: $(B)/kernels/%/release $(B)/machine/%.cpio $(B)/machine/%-kexec.cpio \
		$(B)/machine/common.cpio $(B)/machine/suites $(FIRMWARE) | $(CROSS_READY)

CHECK_BUILD := $(foreach k,$(KERNELS),machine-$(k)) $(HOST_TESTS) \
	$(B)/machine/host-tests $(B)/machine/bench-suites

check-build: $(CHECK_BUILD)

# ---- what one types ----------------------------------------------------------------------------

demo: $(HOST_READY)
	@echo "Building the module, the library, the command, the firmware and a guest."
	@$(MAKE) -j$(JOBS) boot-$(KERNEL) $(B)/machine/guest-6.12.cpio
	@echo "Booting $$(cat $(B)/kernels/$(KERNEL)/release) on an emulated machine with RME."
	@KERNEL=$(KERNEL) tests/machine/run --stream demo

check: $(HOST_READY)
	@KERNELS="$(KERNELS)" SUITES="$(SUITES)" tests/machine/check $(MAKE) -j$(JOBS) check-build

check-debug: $(HOST_READY) $(B)/kernels/debug/release
	@KERNELS=debug SUITES="$(SUITES)" tests/machine/check --machine $(MAKE) -j$(JOBS) machine-debug

# What is installed, in whole Debian systems: needs root, and some 500 MB once. Not in `make check`, which asks for neither.
check-package: $(HOST_READY) $(KERNEL_NAMES:%=$(B)/kernels/%/release)
	@tests/machine/setup package
	@$(MAKE) -j$(JOBS) machine-$(KERNEL)
	@SUITES="$(SUITES)" tests/package/check $(ROOTS)

deb:
	@packaging/deb $(B)/deb

# Minutes of what `make check` has seconds of.
soak: $(HOST_READY) $(B)/kernels/$(KERNEL)/release
	@SOAK=$${SOAK:-300} KERNELS="$(KERNEL)" SUITES="$${SUITES:-uapi-storm}" \
		tests/machine/check --machine $(MAKE) -j$(JOBS) machine-$(KERNEL)

bench: $(HOST_READY)
	@$(MAKE) -j$(JOBS) check-build
	@KERNELS="$(KERNELS)" tests/machine/check --bench
	@tests/bench/direct

lint: $(HOST_READY)
	@tests/machine/lint

clean:
	rm -rf $(B)/host $(B)/cross $(B)/kbuild $(B)/module $(B)/machine $(B)/logs $(FIRMWARE_IMAGE)

distclean:
	rm -rf $(B)

.PHONY: $(BOOTABLE:%=machine-%) $(BOOTABLE:%=boot-%) $(KERNEL_NAMES:%=kernel-strict-%)
.PHONY: all user-deps install uninstall dkms dkms-remove demo deb check check-build check-debug check-package soak bench kernels lint clean distclean
