# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of the cca command in the machine. golden/NAME.keys are the keys that `cca NAME --json` has.
# The suite `incapable` runs once per kind of machine, each with its NAME.conf.

CLI_INCAPABLE := $(patsubst tests/cli/%.conf,%,$(wildcard tests/cli/*.conf))

MACHINE_SUITES += cli cli-small cli-realms cli-script cli-monitor $(CLI_INCAPABLE:%=cli-%)
MACHINE_FILES += tests/cli/cli:/suites/cli:0755 tests/cli/small:/suites/cli-small:0755
MACHINE_FILES += tests/cli/realms:/suites/cli-realms:0755 tests/cli/harness:/suites/cli.harness:0644
MACHINE_FILES += tests/cli/script:/suites/cli-script:0755 docs/launch-realm:/suites/cli.launch-realm:0755
MACHINE_FILES += tests/cli/monitor:/suites/cli-monitor:0755
MACHINE_FILES += $(foreach g,$(wildcard tests/cli/golden/*),$(g):/suites/cli.golden/$(notdir $(g)):0644)
MACHINE_FILES += $(foreach i,$(CLI_INCAPABLE),tests/cli/incapable:/suites/cli-$(i):0755)
MACHINE_FILES += $(foreach i,$(CLI_INCAPABLE),tests/cli/$(i).conf:/suites/cli-$(i).conf:0644)

# ---- on this machine, which has nothing of what the command is for

$(B)/host/tests/cli/alone: tests/cli/alone $(B)/host/tools/cca
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

HOST_TESTS += $(B)/host/tests/cli/alone
