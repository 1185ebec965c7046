# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of the cca command in the machine. golden/NAME.keys are the keys that `cca NAME --json` has.

MACHINE_SUITES += cli
MACHINE_FILES += tests/cli/cli:/suites/cli:0755
MACHINE_FILES += $(foreach g,$(wildcard tests/cli/golden/*),$(g):/suites/cli.golden/$(notdir $(g)):0644)
