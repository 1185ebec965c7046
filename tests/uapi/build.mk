# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of /dev/cca by raw ioctls: one program per suite, uapi-NAME in the machine.

UAPI_SUITES := law memory alive realm private run timer exits crew nudge params pmu attest order kill strike pair twins storm bringup regions giant limits named counts flight stateful module exhaustion peek plan span pressure failnth failload shared ripas kvm teardown events watch
UAPI_OUT := $(B)/cross/tests/uapi
UAPI_SHARED := $(UAPI_OUT)/tap.o $(UAPI_OUT)/host.o $(UAPI_OUT)/fault.o \
	$(UAPI_OUT)/rmm.o $(UAPI_OUT)/life.o $(UAPI_OUT)/puppet.o $(UAPI_OUT)/listen.o

$(UAPI_OUT)/%.o: tests/uapi/%.c tests/uapi/tap.h tests/uapi/host.h tests/uapi/fault.h \
		tests/uapi/rmm.h tests/uapi/names.h tests/uapi/life.h tests/uapi/puppet.h tests/uapi/listen.h tests/rmm/fault.h \
		uapi/linux/cca.h uapi/linux/cca_netlink.h | $(CROSS_READY)
	@mkdir -p $(@D)
	$(Q)$(CROSS_CC) $(CROSS_CFLAGS) -pthread -c -o $@ $<

$(UAPI_OUT)/uapi-%: $(UAPI_OUT)/%.o $(UAPI_SHARED)
	$(Q)$(CROSS_CC) -static -pthread -o $@ $^

# It reads tokens.
$(UAPI_OUT)/token.o: tests/uapi/token.h
$(UAPI_OUT)/attest.o: tests/uapi/token.h tests/rmm/rsi.h
$(UAPI_OUT)/uapi-attest: $(UAPI_OUT)/attest.o $(UAPI_OUT)/token.o $(UAPI_SHARED)
	$(Q)$(CROSS_CC) $(CROSS_LDFLAGS) -pthread -o $@ $^ -lcbor -lcrypto
MACHINE_FILES += $(foreach k,platform realm,tests/rmm/keys/$(k).pem:/guests/$(k).pem:0644)

.SECONDARY: $(UAPI_SUITES:%=$(UAPI_OUT)/%.o) $(UAPI_SHARED)

MACHINE_SUITES += $(UAPI_SUITES:%=uapi-%)
MACHINE_FILES += $(foreach s,$(UAPI_SUITES),$(UAPI_OUT)/uapi-$(s):/suites/uapi-$(s):0755)
# One program, several machines: KVM has the timers' interrupts, nobody has, KVM takes them when it needs them.
MACHINE_SUITES += uapi-timer-alone uapi-timer-late uapi-kvm-late
MACHINE_FILES += $(foreach s,alone late,$(UAPI_OUT)/uapi-timer:/suites/uapi-timer-$(s):0755)
MACHINE_FILES += $(UAPI_OUT)/uapi-kvm:/suites/uapi-kvm-late:0755
MACHINE_SUITES += uapi-crew-8
MACHINE_FILES += $(UAPI_OUT)/uapi-crew:/suites/uapi-crew-8:0755

MACHINE_FILES += $(foreach c,$(wildcard tests/uapi/*.conf),$(c):/suites/uapi-$(notdir $(c)):0644)

KMODS += tests/kmod
