# SPDX-License-Identifier: GPL-2.0-only
#
# Linux as a guest: an initrd with one program, the kernels that boot it, and the suites linux-KERNEL, which are one
# script with a .conf for each guest. The kernels are parts of the machine's root file system: guest-KERNEL.

LINUX_OUT := $(B)/cross/tests/linux
LINUX_GUESTS := 7.2 6.12 6.1

$(LINUX_OUT)/init: tests/linux/init.c tests/linux/build.mk | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) -std=gnu11 -O2 $(WARN) -D_GNU_SOURCE -static -s -o $@ $<

# Linux opens /dev/console before anything is mounted; devtmpfs is not there for an initramfs.
$(LINUX_OUT)/initrd: $(LINUX_OUT)/init tests/linux/build.mk tests/linux/initrd
	$(Q)tests/linux/initrd $< $@

MACHINE_FILES += $(LINUX_OUT)/initrd:/guests/initrd:0644

# With busybox and the modules of 7.2, for disks and networks.
LINUX_MODULES := virtio_blk failover net_failover virtio_net

$(LINUX_OUT)/initrd-devices: tests/linux/init.sh tests/linux/build.mk tests/linux/initrd \
		$(B)/kernels/7.2/modules/.ready | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)tests/linux/initrd $< $@ bin/busybox=$(ARM64)/usr/bin/busybox \
		$(foreach m,$(LINUX_MODULES),modules/$(m).ko=$(B)/kernels/7.2/modules/$(m).ko)

# With those by which a token is read.
TOKEN_MODULES := configfs tsm_report arm-cca-guest

$(LINUX_OUT)/initrd-attest: $(LINUX_OUT)/init tests/linux/build.mk tests/linux/initrd $(B)/kernels/7.2/modules/.ready
	$(Q)tests/linux/initrd $< $@ $(foreach m,$(TOKEN_MODULES),modules/$(m).ko=$(B)/kernels/7.2/modules/$(m).ko)

# A guest as others are, but loaded as Linux is: it knows what it was measured to be.
$(LINUX_OUT)/image.ld: tests/guests/rt/guest.ld tests/linux/build.mk
	@mkdir -p $(@D)
	$(Q)sed 's/\. = 0x40000000;/. = 0x40001000;/' $< >$@

LINUX_PROGRAMS := rim voice

$(LINUX_PROGRAMS:%=$(LINUX_OUT)/%.o): $(LINUX_OUT)/%.o: tests/linux/%.c tests/guests/rt/rt.h tests/rmm/rsi.h \
		tests/guests/build.mk | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(LINUX_PROGRAMS:%=$(LINUX_OUT)/%.elf): $(LINUX_OUT)/%.elf: $(LINUX_OUT)/%.o $(GUEST_RT) $(LINUX_OUT)/image.ld
	$(Q)$(CROSS_CC) $(GUEST_CFLAGS) $(subst tests/guests/rt/guest.ld,$(LINUX_OUT)/image.ld,$(GUEST_LDFLAGS)) -o $@ \
		$(filter %.o,$^)

$(LINUX_PROGRAMS:%=$(LINUX_OUT)/%.image): $(LINUX_OUT)/%.image: $(LINUX_OUT)/%.elf tests/linux/image
	$(Q)$(CROSS_COMPILE)objcopy -O binary $< $(@:.image=.bin)
	$(Q)tests/linux/image $(@:.image=.bin) $@

MACHINE_FILES += $(foreach p,$(LINUX_PROGRAMS),$(LINUX_OUT)/$(p).image:/guests/$(p).image:0644)

# Who types at a terminal.
$(LINUX_OUT)/typist: tests/linux/typist.c tests/linux/build.mk | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) -std=gnu11 -O2 $(WARN) -D_GNU_SOURCE -o $@ $<

MACHINE_FILES += $(LINUX_OUT)/typist:/bin/typist:0755

# What has modules of 7.2 comes with it: whom a demo is enough, fetches one kernel.
$(B)/machine/guest-7.2.cpio: $(LINUX_OUT)/initrd-devices $(LINUX_OUT)/initrd-attest

$(LINUX_GUESTS:%=$(B)/machine/guest-%.cpio): $(B)/machine/guest-%.cpio: $(B)/kernels/%/release tests/machine/initramfs
	$(Q)tests/machine/initramfs guest $@ $(B)/kernels/$*/Image $* $(filter $(LINUX_OUT)/%,$^)

GUEST_PARTS := $(LINUX_GUESTS:%=$(B)/machine/guest-%.cpio)

MACHINE_SUITES += $(LINUX_GUESTS:%=linux-%) linux-crowd linux-devices linux-console linux-user linux-host linux-soak
MACHINE_SUITES += linux-attest
MACHINE_FILES += $(foreach s,crowd devices console user host soak attest,tests/linux/$(s):/suites/linux-$(s):0755)
MACHINE_FILES += tests/linux/harness:/guests/harness:0644
# Who is to be trusted, and who is not.
MACHINE_FILES += tests/rmm/keys/platform.pem:/guests/platform.pem:0644 tests/rmm/keys/realm.pem:/guests/realm.pem:0644
MACHINE_FILES += $(foreach g,$(LINUX_GUESTS),tests/linux/linux:/suites/linux-$(g):0755)
MACHINE_FILES += $(foreach g,$(LINUX_GUESTS),tests/linux/linux-$(g).conf:/suites/linux-$(g).conf:0644)
