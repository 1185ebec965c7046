# SPDX-License-Identifier: GPL-2.0-only
#
# Numbers for `make bench`. Nothing here passes or fails by being fast or slow.

BENCH_OUT := $(B)/cross/tests/bench

$(BENCH_OUT)/instructions: tests/bench/instructions.c tests/bench/counter.c tests/bench/counter.h tests/uapi/tap.c tests/uapi/host.c \
		tests/uapi/tap.h tests/uapi/host.h uapi/linux/cca.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -static -pthread -o $@ $(filter %.c,$^)

$(BENCH_OUT)/delegation: tests/bench/delegation.c tests/bench/counter.c tests/bench/counter.h tests/uapi/tap.c tests/uapi/host.c \
		tests/uapi/tap.h tests/uapi/host.h tests/kmod/pages.h uapi/linux/cca.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -static -pthread -o $@ $(filter %.c,$^)

MACHINE_BENCH += bench-delegation
MACHINE_FILES += $(BENCH_OUT)/delegation:/suites/bench-delegation:0755
MACHINE_FILES += tests/bench/delegation.conf:/suites/bench-delegation.conf:0644
MACHINE_BENCH += bench-calls bench-instructions
MACHINE_FILES += tests/bench/calls:/suites/bench-calls
MACHINE_FILES += $(BENCH_OUT)/instructions:/suites/bench-instructions:0755
MACHINE_FILES += tests/bench/instructions.conf:/suites/bench-instructions.conf:0644

MACHINE_BENCH += bench-realm
MACHINE_FILES += tests/bench/realm:/suites/bench-realm

$(BENCH_OUT)/count: tests/bench/count.c tests/bench/build.mk | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -D_GNU_SOURCE -static -o $@ $<

MACHINE_BENCH += bench-linux
MACHINE_FILES += tests/bench/linux:/suites/bench-linux $(BENCH_OUT)/count:/bin/count-instructions:0755

MACHINE_BENCH += bench-disk
MACHINE_FILES += tests/bench/disk:/suites/bench-disk:0755
