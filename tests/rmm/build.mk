# SPDX-License-Identifier: GPL-2.0-only
#
# The test RMM: one model, two shells. The firmware shell becomes $(B)/firmware.bin: EL3 in a flash image,
# with the RMM (shell and model) inside.

RMM := tests/rmm
RMM_OUT := $(B)/cross/rmm
RMM_MODEL := $(wildcard $(RMM)/model/*.c)

# ---- firmware shell ----------------------------------------------------------------------------

RMM_EL3 := $(addprefix $(RMM)/fw/,el3_entry.S el3_main.c el3_mmu.c el3_cpu.c world.c gpt.c gic.c psci.c \
	fdt.c power.c uart.c string.c)
RMM_EL2 := $(addprefix $(RMM)/fw/,rmm_entry.S rmm_main.c rmm_mmu.c plat.c ns_copy.S fp.c fp_regs.S pmu.c idregs.c \
	vcpu.c vcpu_run.S string.c libc.c arena.c) $(RMM_MODEL)

# No C library, no FP registers (they are the host's or the realm's), no unaligned access (MMU off at first).
RMM_CFLAGS := -std=gnu11 -O2 -g $(WARN) -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -mgeneral-regs-only -mstrict-align \
	-mno-outline-atomics -I$(RMM)/fw -isystem $(ARM64)/usr/include
RMM_LDFLAGS := -z max-page-size=4096 --build-id=none --no-warn-rwx-segments

RMM_EL3_OBJ := $(RMM_EL3:$(RMM)/%=$(RMM_OUT)/%.o)
RMM_EL2_OBJ := $(RMM_EL2:$(RMM)/%=$(RMM_OUT)/%.o)

$(RMM_OUT)/%.o: $(RMM)/% | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(RMM_CFLAGS) -MMD -MP -DRMM_IMAGE='"$(RMM_OUT)/rmm.bin"' -c -o $@ $<

$(RMM_OUT)/fw/el3_entry.S.o: $(RMM_OUT)/rmm.bin

$(RMM_OUT)/%.lds: $(RMM)/fw/%.lds $(RMM)/fw/layout.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) -E -P -x c -I$(RMM)/fw -o $@ $<

$(RMM_OUT)/rmm.elf: $(RMM_OUT)/rmm.lds $(RMM_EL2_OBJ) $(RMM)/build.mk
	$(Q)$(CROSS_COMPILE)ld $(RMM_LDFLAGS) -T $< -o $@ $(RMM_EL2_OBJ) $(ARM64_LIB)/libmbedcrypto.a \
		$$($(CROSS_CC) -print-libgcc-file-name)

$(RMM_OUT)/el3.elf: $(RMM_OUT)/el3.lds $(RMM_EL3_OBJ) $(RMM)/build.mk
	$(Q)$(CROSS_COMPILE)ld $(RMM_LDFLAGS) -T $< -o $@ $(RMM_EL3_OBJ) $(ARM64_LIB)/libfdt.a

$(RMM_OUT)/rmm.bin: $(RMM_OUT)/rmm.elf
	$(Q)$(CROSS_COMPILE)objcopy -O binary $< $@

$(B)/firmware.bin: $(RMM_OUT)/el3.elf
	$(Q)$(CROSS_COMPILE)objcopy -O binary $< $@

-include $(RMM_EL3_OBJ:.o=.d) $(RMM_EL2_OBJ:.o=.d)

# ---- what it promises a kernel -----------------------------------------------------------------

KMODS += $(RMM)/kmod
MACHINE_SUITES += firmware
MACHINE_FILES += $(RMM)/firmware:/suites/firmware:0755
