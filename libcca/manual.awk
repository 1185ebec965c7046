# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make libcca.3 of libcca/include/cca.h, whose comments are the manual: what stands at its top, then by section every
# declaration with the comment before it. Variables: date, version.

function escape(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	gsub(/`/, "\\(ga", text)
	gsub(/\t/, "    ", text)
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

function flush()
{
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

BEGIN {
	printf ".\\\" Made from libcca/include/cca.h.\n.TH LIBCCA 3 \"%s\" \"cca %s\" \"Arm CCA realms\"\n", date, version
	print ".SH NAME\nlibcca \\- Arm CCA realms on a stock kernel, from C and C++"
	print ".SH SYNOPSIS\n.nf\n.B #include <cca.h>\n.PP\n.BI cc\\  program.c\\  \"$(pkg\\-config \\-\\-cflags \\-\\-libs libcca)\"\n.fi"
	print ".SH DESCRIPTION"
}

# The comment at the top ends where the guard begins.
/^#ifndef CCA_H/ { top = 1; literal(comment); comment = ""; next }
!top && NR > 6 && /^ \*( |$)/ { sub(/^ \* ?/, ""); comment = comment escape($0) "\n"; next }
!top { next }

/^#|^extern "C"|^\}$|^\/\* SPDX/ { flush(); next }
/^\/\* -+ .* \*\/$/ {
	flush()
	sub(/^\/\* -+ /, "")
	sub(/ \*\/$/, "")
	print ".SH " toupper($0)
	after_heading = 1
	next
}
/^\/\*.*\*\/$/ { flush(); sub(/^\/\* ?/, ""); sub(/ ?\*\/$/, ""); comment = $0; next }
/^\/\*/ { flush(); inside = 1; next }
inside && /\*\// { inside = 0; next }
inside { sub(/^ \* ?/, ""); comment = comment (comment == "" ? "" : "\n") $0; next }
/^$/ { flush(); next }
{ code = code escape($0) "\n" }
END { flush(); print ".SH SEE ALSO\n.BR cca (8)\n.PP\nThe device and its errnos:\n.I <linux/cca.h>" }
