# SPDX-License-Identifier: GPL-2.0-only
#
# The guests: one .c each, linked with all of rt/ at 0x40000000, installed as /guests/NAME.elf.

GUESTS := $(patsubst tests/guests/%.c,%,$(wildcard tests/guests/*.c))
GUEST_OUT := $(B)/cross/tests/guests
# No FP registers, no unaligned access: the MMU is off, and nobody enabled FP.
GUEST_CFLAGS := -std=gnu11 -O2 $(WARN) -ffreestanding -fno-pie -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -march=armv8-a
GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,tests/guests/rt/guest.ld -Wl,--build-id=none \
	-Wl,-z,noexecstack -Wl,-z,max-page-size=4096

GUEST_RT := $(patsubst tests/guests/rt/%,$(GUEST_OUT)/rt/%.o,$(wildcard tests/guests/rt/*.[cS]))

$(GUEST_OUT)/%.o: tests/guests/% tests/guests/rt/rt.h tests/rmm/rsi.h tests/guests/build.mk | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_OUT)/%.elf: $(GUEST_OUT)/%.c.o $(GUEST_RT) tests/guests/rt/guest.ld
	$(Q)$(CROSS_CC) $(GUEST_CFLAGS) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^)

$(GUEST_OUT)/%.bin: $(GUEST_OUT)/%.elf
	$(Q)$(CROSS_COMPILE)objcopy -O binary $< $@

.SECONDARY: $(GUEST_RT) $(GUESTS:%=$(GUEST_OUT)/%.c.o)

MACHINE_FILES += $(foreach guest,$(GUESTS),$(GUEST_OUT)/$(guest).elf:/guests/$(guest).elf:0644)
MACHINE_FILES += $(GUEST_OUT)/hello.bin:/guests/hello.bin:0644

.PHONY: guests
guests: $(GUESTS:%=$(GUEST_OUT)/%.elf) $(GUEST_OUT)/hello.bin
