# SPDX-License-Identifier: GPL-2.0-only
#
# One program, one suite per machine that cannot host realms: platform-NAME, with NAME.conf.

PLATFORMS := $(basename $(notdir $(wildcard tests/platform/*.conf)))
PLATFORM_OUT := $(B)/cross/tests/platform

$(PLATFORM_OUT)/platform: tests/platform/platform.c tests/uapi/tap.c tests/uapi/tap.h uapi/linux/cca.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -static -pthread -o $@ $(filter %.c,$^)

MACHINE_SUITES += $(PLATFORMS:%=platform-%)
MACHINE_FILES += $(foreach p,$(PLATFORMS),$(PLATFORM_OUT)/platform:/suites/platform-$(p):0755)
MACHINE_FILES += $(foreach p,$(PLATFORMS),tests/platform/$(p).conf:/suites/platform-$(p).conf:0644)
