# SPDX-License-Identifier: GPL-2.0-only
#
# The unit tests of the module's pure files, on this machine. cca.ko itself is built by the rules of the top
# Makefile (KMODS).

MODULE_PURE := rmi_status sro_step range arena exit
MODULE_UNIT := $(B)/host/tests/unit/module
MODULE_UNIT_OBJ := $(MODULE_PURE:%=$(MODULE_UNIT)/%.o)
MODULE_TESTS := $(patsubst %,$(B)/host/tests/unit/%,status sro range arena exit)
MODULE_FLAGS := -Imodule -MMD

$(MODULE_UNIT)/%.o: module/%.c module/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) $(MODULE_FLAGS) -c -o $@ $<

$(MODULE_TESTS): $(B)/host/tests/unit/%: tests/unit/%.c $(MODULE_UNIT_OBJ) module/build.mk
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) $(MODULE_FLAGS) -MF $@.d -o $@ $< $(MODULE_UNIT_OBJ) -lcmocka

# The same decisions, with the model of the RMM on the other side.
$(B)/host/tests/unit/sro_model: tests/unit/sro_model.c $(MODULE_UNIT)/sro_step.o $(B)/host/tests/rmm/librmm.a module/build.mk
	$(Q)$(HOSTCC) $(HOST_CFLAGS) $(HOST_SAN_FLAGS) $(MODULE_FLAGS) -MF $@.d -o $@ $(filter %.c %.o %.a,$^) -lcmocka -lmbedcrypto

MODULE_TESTS += $(B)/host/tests/unit/sro_model

HOST_TESTS += $(MODULE_TESTS)

-include $(MODULE_UNIT_OBJ:.o=.d) $(MODULE_TESTS:=.d)
