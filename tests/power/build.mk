# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the machine as a whole: the end of the kernel, the next kernel, sleep, panic, hot-plugged memory, and those
# who walk over all of it. One program per suite, power-NAME in the machine, but for ending.c, which is three.

POWER_PROGRAMS := ending crash sleep reach hotplug
POWER_SUITES := kexec:ending reboot:ending off:ending crash:crash sleep:sleep reach:reach hotplug:hotplug
POWER_OUT := $(B)/cross/tests/power
POWER_SHARED := $(addprefix $(POWER_OUT)/,pages.o kexec.o crowd.o) $(B)/cross/tests/uapi/tap.o \
	$(B)/cross/tests/uapi/host.o
POWER_NAMES := $(foreach s,$(POWER_SUITES),$(firstword $(subst :, ,$(s))))

$(POWER_OUT)/%.o: tests/power/%.c $(wildcard tests/power/*.h) tests/uapi/tap.h tests/uapi/host.h uapi/linux/cca.h \
		module/rmi.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -pthread -c -o $@ $<

$(POWER_OUT)/power-%: $(POWER_OUT)/%.o $(POWER_SHARED)
	$(Q)$(CROSS_CC) -static -pthread -o $@ $^

.SECONDARY: $(POWER_PROGRAMS:%=$(POWER_OUT)/%.o) $(POWER_SHARED)

MACHINE_SUITES += $(POWER_NAMES:%=power-%)
MACHINE_FILES += $(foreach s,$(POWER_SUITES),$(POWER_OUT)/power-$(lastword $(subst :, ,$(s))):/suites/power-$(firstword $(subst :, ,$(s))):0755)
MACHINE_FILES += $(foreach c,$(POWER_NAMES:%=tests/power/%.conf),$(c):/suites/power-$(notdir $(c)):0644)
