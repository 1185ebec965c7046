# SPDX-License-Identifier: GPL-2.0-only
#
# What makes an installed cca part of a system: who may open the device, and when the module is loaded.

PACKAGING := $(B)/host/packaging

$(PACKAGING)/cca.service: packaging/cca.service.in packaging/build.mk FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@bindir@|$(bindir)|' -e 's|@libexecdir@|$(libexecdir)|' $< >$@

ALL += $(PACKAGING)/cca.service
INSTALL += packaging/60-cca.rules:$(prefix)/lib/udev/rules.d/60-cca.rules:0644
INSTALL += packaging/cca.sysusers:$(prefix)/lib/sysusers.d/cca.conf:0644
INSTALL += packaging/cca-load:$(libexecdir)/cca/cca-load:0755
INSTALL += $(PACKAGING)/cca.service:$(prefix)/lib/systemd/system/cca.service:0644
