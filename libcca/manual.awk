# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make the pages of section 3 of libcca/include/cca.h, whose comments are the manual. Without `page` it is libcca.3: what
# stands at the top and belongs to no object, and which pages there are. With it, it is cca_PAGE.3: every declaration of
# the section of that name, with the comment before it. The file is given twice: first, names are gathered.
# Variables: date, version, page.

# With blanks for tabs, which stand where they stood.
function expanded(text,	out, at)
{
	while (at = index(text, "\t")) {
		out = out substr(text, 1, at - 1)
		out = out sprintf("%" (8 - length(out) % 8) "s", "")
		text = substr(text, at + 1)
	}
	return out text
}

function escape(text)
{
	text = expanded(text)
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	gsub(/`/, "\\(ga", text)
	return text ~ /^\./ ? "\\&" text : text
}

function literal(text)
{
	printf ".nf\n%s.fi\n", text
}

# The text of a comment, its paragraphs filled; "Success" and "Errors" begin a line.
function filled(text,	lines, n, i)
{
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) {
		if (lines[i] == "") {
			if (i < n && lines[i + 1] != "")
				print ".PP"
			continue
		}
		if (lines[i] ~ /^(Success|Errors|On failure)/ && i > 1 && lines[i - 1] != "")
			print ".br"
		sub(/^ +/, "", lines[i])
		print escape(lines[i])
	}
}

# Is the section that we are in part of this page?
function here()
{
	return section == page
}

function flush()
{
	if (!here()) {
		code = comment = ""
		return
	}
	if (code comment != "" && !after_heading)
		print ".PP"
	if (code comment != "")
		after_heading = 0
	if (code != "") {
		literal(code)
		if (comment != "") {
			print ".RS 4"
			filled(comment)
			print ".RE"
		}
	} else if (comment != "") {
		filled(comment)
	}
	code = comment = ""
}

function header(name, list, about)
{
	printf ".\\\" Made from libcca/include/cca.h.\n.TH %s 3 \"%s\" \"cca %s\" \"Arm CCA realms\"\n", toupper(name), date, version
	printf ".SH NAME\n%s \\- %s\n", list, about
	print ".SH SYNOPSIS\n.nf\n.B #include <cca.h>\n.PP\n.BI cc\\  program.c\\  \"$(pkg\\-config \\-\\-cflags \\-\\-libs libcca)\"\n.fi"
	print ".SH DESCRIPTION"
}

BEGIN {
	about["device"] = "the device, and what a machine can do"
	about["memory"] = "memory that is set aside for realms"
	about["realm"] = "realms, from creation to destruction"
	about["rec"] = "virtual CPUs of a realm"
	about["events"] = "what happens to realms, as it happens"
	about["measurement"] = "the Realm Initial Measurement, computed without a device"
	about["words"] = "what numbers mean, in words"
}

# ---- first, names

/^\/\* -+ .* \*\/$/ && NR == FNR {
	gsub(/^\/\* -+ | \*\/$/, "")
	section = tolower($0)
	if (!(section in about)) {
		print "manual.awk: the section " section " has no page" >"/dev/stderr"
		exit failed = 1
	}
	sections[++count] = section
}
NR == FNR && /^[a-z].*[ *]cca_[a-z_0-9]+\(/ && section {
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	names[section] = names[section] ", " name
}
NR == FNR { next }

# ---- then the page

FNR == 1 {
	section = ""
	if (page == "")
		header("libcca", "libcca", "Arm CCA realms on a stock kernel, from C and C++")
	else
		header("cca_" page, "cca_" page names[page], about[page])
	after_heading = page != ""
}

# The comment at the top ends where the guard begins.
/^#ifndef CCA_H/ {
	top = 1
	if (here())
		literal(comment)
	comment = ""
	next
}
!top && FNR > 6 && /^ \*( |$)/ { sub(/^ \* ?/, ""); comment = comment escape($0) "\n"; next }
!top { next }

/^#|^extern "C"|^\}$|^\/\* SPDX/ { flush(); next }
/^\/\* -+ .* \*\/$/ {
	flush()
	gsub(/^\/\* -+ | \*\/$/, "")
	section = tolower($0)
	next
}
/^\/\*.*\*\/$/ { flush(); sub(/^\/\* ?/, ""); sub(/ ?\*\/$/, ""); comment = $0; next }
/^\/\*/ { flush(); inside = 1; next }
inside && /\*\// { inside = 0; next }
inside { sub(/^ \* ?/, ""); comment = comment (comment == "" ? "" : "\n") $0; next }
/^$/ { flush(); next }
{ code = code escape($0) "\n" }

END {
	if (failed)
		exit 1
	flush()
	print ".SH SEE ALSO"
	if (page != "")
		print ".BR libcca (3),"
	for (i = 1; i <= count; i++) {
		if (sections[i] == page)
			continue
		if (page == "")
			printf ".TP\n"
		printf ".BR cca_%s (3)%s\n", sections[i], page == "" ? "" : ","
		if (page == "")
			print about[sections[i]]
	}
	if (page == "")
		print ".PP"
	print ".BR cca (8)\n.PP\nThe device and its errnos:\n.I <linux/cca.h>"
}
