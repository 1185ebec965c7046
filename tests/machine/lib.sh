# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of the test machine share: where things are, how to say something, the package table.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
MACHINE=$TOP/tests/machine
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
HOST_ARCH=$(dpkg --print-architecture)
KERNELS=${KERNELS:-$(awk '$1 == "kernel" { printf "%s ", $2 }' "$MACHINE/packages")}

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

# The fields of a kernel: suite, pattern, packages of the image, of kbuild, of the modules.
kernel_of()
{
	awk -v name="$1" '$1 == "kernel" && $2 == name { print $3, $4, $5, $6, $7 }' "$MACHINE/packages"
}

# Is version $1 at least $2?
at_least()
{
	dpkg --compare-versions "$1" ge "$2"
}

# ---- suites --------------------------------------------------------------------------------------

# The file of this checkout in which suite $1 says where it runs: its NAME.conf, else the suite itself.
conf_file()
{
	local line

	for line in "/suites/$1.conf" "/suites/$1"; do
		awk -F : -v dest="$line" '$2 == dest { print $1; found = 1; exit } END { exit !found }' \
			"$B/machine/manifest" && return
	done
	return 1
}

# What suite $1 says about $2, or else $3.
conf_of()
{
	local file value

	file=$(conf_file "$1") || die "there is no suite '$1' in the machine"
	value=$(LC_ALL=C sed -nE "1,40s/^# $2: *(.*[^ ]) *\$/\\1/p" "$(cd "$TOP" && realpath "$file")" | head -n 1)
	echo "${value:-$3}"
}

# ---- apt -----------------------------------------------------------------------------------------

# The release that the user runs.
own_release()
{
	# shellcheck disable=SC1091
	(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME") ||
		die "the test machine is put together from Debian packages on a Debian release; this is another system"
}

# The user's mirrors: "URI" of the first source for suite $1, with the key that signs it.
mirror_of()
{
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(RELEASE) $(REPO_URI) $(SIGNED_BY)' 'Created-By: Packages' |
		awk -v suite="$1" '$1 == suite { print $2, ($3 ~ /^\//) ? $3 : ""; exit }'
}

# The line of sources.list for suite $1 and architectures $2: the user's mirror of it, or of the own release.
source_line()
{
	local suite=$1 arches=$2 uri key own

	own=$(own_release)
	case $suite in
	*-security) read -r uri key < <(mirror_of "$own-security") || true ;;
	*)          read -r uri key < <(mirror_of "$own") || true ;;
	esac
	[ -n "${uri:-}" ] || die "no apt source of this system serves $own${suite##"${suite%-security}"}:" \
		"$suite is looked for on the same mirror"
	[ -n "$key" ] || key=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "deb [arch=$arches signed-by=$key] $uri $suite main"
}
