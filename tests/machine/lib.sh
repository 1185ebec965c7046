# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of the test machine share: where things are, how to say something, the package table.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
MACHINE=$TOP/tests/machine
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
HOST_ARCH=$(dpkg --print-architecture)
KERNELS=$(awk '$1 == "kernel" { printf "%s ", $2 }' "$MACHINE/packages")

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "error: $*"
	exit 1
}

# The packages of a group, one "package suite architecture" a line.
packages_of()
{
	awk -v group="$1" -v host="$HOST_ARCH" '
		$1 == group {
			arch = $3 == "host" ? host : $3
			for (i = 4; i <= NF; i++) {
				name = $i
				if (sub(/^cross:/, "", name) && host == "arm64")
					continue
				print name, $2, arch
			}
		}' "$MACHINE/packages"
}

# The fields of a kernel: suite, pattern, image package, kbuild package.
kernel_of()
{
	awk -v name="$1" '$1 == "kernel" && $2 == name { print $3, $4, $5, $6 }' "$MACHINE/packages"
}

# Is version $1 at least $2?
at_least()
{
	dpkg --compare-versions "$1" ge "$2"
}
