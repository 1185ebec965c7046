# SPDX-License-Identifier: GPL-2.0-only
#
# The module's own files as a process of this machine, between stand-ins for the kernel and an RMM that is the
# model or an adversary. `make check` runs the enumerations, the sweeps and the corpus; `make fuzz` looks for more.

FUZZ := tests/fuzz
comma := ,
FUZZ_OUT := $(B)/host/$(FUZZ)

# All of the module but its doors, what touches registers of the CPU, its worker, and the caller's memory.
FUZZ_MODULE := $(filter-out $(addprefix module/,chardev.c netlink.c doors_device.c doors_realm.c debugfs.c latency.c ich.c ppi.c run.c page.c exit.c errand.c pressure.c lend.c),$(wildcard module/*.c))
FUZZ_WORLD := $(addprefix $(FUZZ)/,input.c memory.c tasks.c errand.c lend.c seam.c adversary.c backend.c ledger.c module.c driver.c \
	users.c report.c)
FUZZ_RMM := $(wildcard tests/rmm/model/*.c) $(addprefix tests/rmm/host/,host.c guest.c)
FUZZ_HDRS := $(wildcard $(FUZZ)/*.h $(FUZZ)/kernel/*.h module/*.h uapi/linux/*.h tests/rmm/*.h tests/rmm/*/*.h)

# Every kernel header that they include is the one stand-in.
FUZZ_INCLUDE := $(FUZZ_OUT)/include
FUZZ_NAMES := $(FUZZ_OUT)/include.names
$(FUZZ_NAMES): $(FUZZ_MODULE) $(FUZZ_HDRS) $(FUZZ)/build.mk
	@mkdir -p $(@D)
	$(Q)sed -nE 's,^#include <((linux|asm|trace|clocksource)/[^>]*)>.*,\1,p' module/*.c module/*.h | sort -u | \
		grep -vE '^linux/(cca|cca_netlink|errno|ioctl)\.h$$' >$@
	$(Q)while read -r name; do \
		mkdir -p $(FUZZ_INCLUDE)/$${name%/*} && \
		printf '#if __has_include_next(<%s>)\n#include_next <%s>\n#endif\n#include "kernel/kernel.h"\n' \
			$$name $$name >$(FUZZ_INCLUDE)/$$name || exit 1; \
	done <$@

FUZZ_CFLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -fno-strict-aliasing -Wall $(WERROR) -Wmissing-prototypes \
	-Itests -I$(FUZZ) -Imodule -Iuapi -I$(FUZZ_INCLUDE) -DCCA_VERSION='""' -DCCA_HAVE_SHRINKER_ALLOC -DLINUX_VERSION_CODE=0x70200 \
	'-DKERNEL_VERSION(a,b,c)=((a)<<16|(b)<<8|(c))'
FUZZ_UNDEF := -fsanitize=undefined -fno-sanitize-recover=undefined

# The module's variables, apart from all others: see module.c.
FUZZ_APART := objcopy --rename-section .data=fuzz_data --rename-section .data.rel=fuzz_data \
	--rename-section .data.rel.local=fuzz_data --rename-section .bss=fuzz_bss

# fuzz_build NAME COMPILER FLAGS RMM_FLAGS: the objects of one way to build it, in $(FUZZ_OUT)/NAME.
define fuzz_build
$(FUZZ_OUT)/$(1)/module/%.o: module/%.c $(FUZZ_HDRS) $(FUZZ_NAMES) $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(FUZZ_CFLAGS) -D__KERNEL__ $(3) -c -o $$@ $$<
	$$(Q)$(FUZZ_APART) $$@

$(FUZZ_OUT)/$(1)/$(FUZZ)/%.o: $(FUZZ)/%.c $(FUZZ_HDRS) $(FUZZ_NAMES) $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(FUZZ_CFLAGS) $(3) -c -o $$@ $$<

$(FUZZ_OUT)/$(1)/tests/rmm/%.o: tests/rmm/%.c $(FUZZ_OUT)/$(1)/names $(FUZZ_HDRS) | $(HOST_READY)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(HOST_CFLAGS) -O2 $(4) -c -o $$@ $$<
	$$(Q)objcopy --redefine-syms=$(FUZZ_OUT)/$(1)/names $$@

# A command has the same name on both sides of the seam.
$(FUZZ_OUT)/$(1)/names: $(FUZZ_OUT)/$(1)/module/rmi_cmds.o
	$$(Q)nm --defined-only -g $$< | awk '$$$$3 ~ /^rmi_/ { print $$$$3, "model_" $$$$3 }' >$$@

FUZZ_WORLD_$(1) := $(patsubst %.c,$(FUZZ_OUT)/$(1)/%.o,$(FUZZ_MODULE) $(FUZZ_WORLD) $(FUZZ_RMM))
endef

# fuzz_target DIR COMPILER FLAGS: what differs between the two RMMs.
define fuzz_target
$(FUZZ_OUT)/$(1)/target-%.o: $(FUZZ)/target.c $(FUZZ_HDRS) $(FUZZ_NAMES) $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(FUZZ_CFLAGS) $(3) -DBACKEND=$$* -DCHANCES=$$(FUZZ_CHANCES_$$*) -c -o $$@ $$<
endef

# The devices of a Linux guest, which know no kernel and no RMM.
FUZZ_DEVICES := $(wildcard $(addprefix tools/vmm/,board.c gic*.c lent.c pci.c pl011.c virt*.c))
FUZZ_DEVICE_HDRS := $(wildcard tools/vmm/*.h)

# fuzz_board DIR COMPILER FLAGS
define fuzz_board
$(FUZZ_OUT)/$(1)/tools/vmm/%.o: tools/vmm/%.c $(FUZZ_DEVICE_HDRS) $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(HOST_CFLAGS) -D_GNU_SOURCE $(3) -c -o $$@ $$<

$(FUZZ_OUT)/$(1)/board.o $(FUZZ_OUT)/$(1)/board_driver.o: $(FUZZ_OUT)/$(1)/%.o: $(FUZZ)/%.c $(FUZZ)/board.h $(FUZZ)/target.h $(FUZZ_DEVICE_HDRS) $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $$(@D)
	$$(Q)$(2) $(HOST_CFLAGS) -D_GNU_SOURCE $(3) -c -o $$@ $$<

FUZZ_BOARD_$(1) := $(FUZZ_OUT)/$(1)/board.o $(FUZZ_OUT)/$(1)/board_driver.o \
	$(FUZZ_DEVICES:%.c=$(FUZZ_OUT)/$(1)/%.o) $(FUZZ_OUT)/$(1)/$(FUZZ)/report.o
endef

# ---- with the compiler that is there, for make check ------------------------------------------------------

FUZZ_SAN := -fsanitize=address $(FUZZ_UNDEF)
$(eval $(call fuzz_build,check,$(HOSTCC),$(FUZZ_SAN),$(FUZZ_SAN)))
$(eval $(call fuzz_target,check,$(HOSTCC),$(FUZZ_SAN)))
$(eval $(call fuzz_board,check,$(HOSTCC),$(FUZZ_SAN)))

FUZZ_RMMS := adversary model
FUZZ_NAMED := $(FUZZ_RMMS) board
FUZZ_REPLAYS := $(FUZZ_NAMED:%=$(FUZZ_OUT)/check/fuzz_%)
FUZZ_SEEDS_adversary := seeds
FUZZ_SEEDS_model := seeds
FUZZ_SEEDS_board := board-seeds
FUZZ_CHANCES_adversary := 4000
FUZZ_CHANCES_model := 1000
HOST_TESTS += $(FUZZ_OUT)/check/fuzz_small $(FUZZ_REPLAYS)

$(FUZZ_OUT)/check/replay-%.o: $(FUZZ)/replay.c $(FUZZ_HDRS) $(FUZZ_NAMES) $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(FUZZ_CFLAGS) $(FUZZ_SAN) -DNAME='"$*"' -DCORPUS='"$(FUZZ)/corpus/$*.txt"' \
		-DSEEDS='"$(FUZZ)/corpus/$(FUZZ_SEEDS_$*).txt"' -c -o $@ $<

$(FUZZ_OUT)/check/fuzz_small: $(FUZZ_OUT)/check/$(FUZZ)/small.o $(FUZZ_WORLD_check)
	$(Q)$(HOSTCC) $(FUZZ_SAN) -o $@ $^ -lmbedcrypto

$(FUZZ_RMMS:%=$(FUZZ_OUT)/check/fuzz_%): $(FUZZ_OUT)/check/fuzz_%: $(FUZZ_OUT)/check/target-%.o $(FUZZ_OUT)/check/replay-%.o \
		$(FUZZ_OUT)/check/$(FUZZ)/corpus.o $(FUZZ_WORLD_check)
	$(Q)$(HOSTCC) $(FUZZ_SAN) -o $@ $^ -lmbedcrypto

$(FUZZ_OUT)/check/fuzz_board: $(FUZZ_BOARD_check) $(FUZZ_OUT)/check/replay-board.o $(FUZZ_OUT)/check/$(FUZZ)/corpus.o
	$(Q)$(HOSTCC) $(FUZZ_SAN) -o $@ $^

# ---- with libFuzzer, for make fuzz ------------------------------------------------------------------------

FUZZ_CLANG ?= clang
FUZZ_LIB := -fsanitize=address,fuzzer $(FUZZ_UNDEF)
FUZZ_LIB_CFLAGS := -fsanitize=address$(comma)fuzzer-no-link $(FUZZ_UNDEF)
$(eval $(call fuzz_build,libfuzzer,$(FUZZ_CLANG),$(FUZZ_LIB_CFLAGS),))
$(eval $(call fuzz_target,libfuzzer,$(FUZZ_CLANG),$(FUZZ_LIB_CFLAGS)))
$(eval $(call fuzz_board,libfuzzer,$(FUZZ_CLANG),$(FUZZ_LIB_CFLAGS)))

$(FUZZ_RMMS:%=$(FUZZ_OUT)/fuzz-%): $(FUZZ_OUT)/fuzz-%: $(FUZZ_OUT)/libfuzzer/target-%.o $(FUZZ_WORLD_libfuzzer)
	$(Q)$(FUZZ_CLANG) $(FUZZ_LIB) -o $@ $^ -lmbedcrypto

$(FUZZ_OUT)/fuzz-board: $(FUZZ_BOARD_libfuzzer)
	$(Q)$(FUZZ_CLANG) $(FUZZ_LIB) -o $@ $^

# Tokens are longer than what the others eat, and the unit test, which makes them, is their replay.
FUZZ_TOKEN := tests/fuzz/token.c $(addprefix tools/token/,item.c cose.c claims.c)
$(FUZZ_OUT)/fuzz-token: $(FUZZ_TOKEN:%.c=$(FUZZ_OUT)/token/%.o) $(FUZZ_OUT)/libfuzzer/$(FUZZ)/report.o \
		$(B)/host/libcca/libcca.a
	$(Q)$(FUZZ_CLANG) $(FUZZ_LIB) -o $@ $^ -lcbor -lcrypto $$($(PKG_CONFIG) --libs libnl-genl-3.0)

$(FUZZ_OUT)/token/%.o: %.c $(wildcard tools/token/*.h) $(FUZZ)/target.h $(FUZZ)/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CLANG) $(HOST_CFLAGS) -D_GNU_SOURCE $(FUZZ_LIB_CFLAGS) -c -o $@ $<

# What it finds interesting stays in the build folder. A crash ends it and is kept there, too.
FUZZ_SECONDS ?= 300
FUZZ_FLAGS := -max_len=512 -timeout=60 -close_fd_mask=1 -print_final_stats=1

fuzz: $(HOST_READY)
	@tests/machine/setup fuzz
	@$(MAKE) -j$(JOBS) $(FUZZ_NAMED:%=$(FUZZ_OUT)/fuzz-%) $(FUZZ_OUT)/fuzz-token $(FUZZ_REPLAYS) $(B)/host/tests/unit/token
	@for name in $(FUZZ_NAMED); do \
		mkdir -p $(FUZZ_OUT)/corpus-$$name && \
		$(FUZZ_OUT)/check/fuzz_$$name --unpack $(FUZZ_OUT)/corpus-$$name && \
		$(FUZZ_OUT)/fuzz-$$name $(FUZZ_FLAGS) -artifact_prefix=$(FUZZ_OUT)/$$name- \
			-max_total_time=$(FUZZ_SECONDS) $(FUZZ_OUT)/corpus-$$name || exit 1; \
	done
	@mkdir -p $(FUZZ_OUT)/corpus-token && $(B)/host/tests/unit/token $(FUZZ_OUT)/corpus-token && \
		$(FUZZ_OUT)/fuzz-token $(FUZZ_FLAGS) -max_len=4096 -artifact_prefix=$(FUZZ_OUT)/token- \
			-max_total_time=$(FUZZ_SECONDS) $(FUZZ_OUT)/corpus-token

# The corpus of the tree anew, from what is in the build folder: as few as reach all that can be reached.
fuzz-corpus: $(FUZZ_NAMED:%=$(FUZZ_OUT)/fuzz-%) $(FUZZ_REPLAYS)
	@for name in $(FUZZ_NAMED); do \
		rm -rf $(FUZZ_OUT)/merged && mkdir -p $(FUZZ_OUT)/merged && \
		$(FUZZ_OUT)/fuzz-$$name $(FUZZ_FLAGS) -use_counters=0 -merge=1 $(FUZZ_OUT)/merged \
			$(FUZZ_OUT)/corpus-$$name && \
		{ echo "# Found by libFuzzer: make fuzz-corpus writes this." && \
		  $(FUZZ_OUT)/check/fuzz_$$name --pack $(FUZZ_OUT)/merged/*; } >$(FUZZ)/corpus/$$name.txt || exit 1; \
	done

.PHONY: fuzz fuzz-corpus
.SECONDARY: $(FUZZ_WORLD_check) $(FUZZ_WORLD_libfuzzer) $(FUZZ_BOARD_check) $(FUZZ_BOARD_libfuzzer) $(FUZZ_OUT)/check/$(FUZZ)/corpus.o
