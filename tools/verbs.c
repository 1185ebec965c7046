// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one table of verbs: dispatch, --help, the manual pages and the completion of shells come from it and
 * from the table of options.
 */
#include "command.h"

const struct verb verbs[] = {
	{
		"check", NULL, "can this machine host realms, and what is missing",
		"Ends with 0 if it can, and with 3 if something is missing.\n",
		OPTION(JSON), verb_check,
	}, {
		"info", NULL, "versions, features, limits, and where the memory is",
		NULL,
		OPTION(JSON), verb_info,
	}, {
		"delegate", "SIZE|list|release", "set memory aside for realms, for a while or for good",
		"SIZE is in bytes; suffixes K M G T. Without a name the memory is given back at SIGINT,\n"
		"SIGTERM or SIGHUP, or at once with --once; then the ledger is shown. With --json each\n"
		"step is a document of its own.\n\n"
		"  cca delegate SIZE --name NAME            keep it, for `cca run --from NAME`\n"
		"  cca delegate SIZE --name NAME --grow     more of it; --shrink: less\n"
		"  cca delegate release --name NAME         give it back when no realm uses it\n"
		"  cca delegate list                        what is set aside\n\n"
		"NAME is up to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or _. What is there is\n"
		"also found by its number, which is how root finds another user's.\n",
		OPTION(JSON) | OPTION(BLOCK) | OPTION(ONCE) | OPTION(NAME) | OPTION(GROW) |
		OPTION(SHRINK), verb_delegate, "list release",
	}, {
		"run", "IMAGE", "run a program in a realm",
		"IMAGE is an ELF file for AArch64, loaded at its physical addresses, or a flat binary,\n"
		"loaded and started at the beginning of RAM. Ends with the exit status of the guest; with\n"
		"1 if the guest did not come to its end, 128 + N if signal N ended it.\n\n"
		"  cca run --kernel FILE --initrd FILE --append TEXT --memory 512M --cpus N\n\n"
		"boots Linux for arm64, as distributions have it. Its console is ttyAMA0, on this\n"
		"terminal; Ctrl-A x ends it. Ends with 0 when the guest powers off.\n",
		OPTIONS_REALM | OPTIONS_LINUX | OPTION(FROM), verb_run, VALUES_FILE,
	}, {
		"bench", NULL, "what realms cost here: calls to the RMM, time, instructions",
		"Delegates, maps, runs and tears down, --memory SIZE of it where the size matters. FLOOR\n"
		"is the number of calls that this RMM forces. Instructions are those of the host's\n"
		"kernel, and are shown if the processor counts them.\n",
		OPTION(JSON) | OPTION(MEMORY), verb_bench,
	}, {
		"measure", "IMAGE", "compute the measurement that `run` will produce, offline",
		"Give it the options that `run` is given. Needs neither a device nor privileges.\n",
		OPTION(JSON) | OPTION(RMM) | OPTIONS_REALM, verb_measure, VALUES_FILE,
	}, {
		"explain", "CODE", "what an errno, a reason, a status or an exit means, and what helps",
		"CODE is a name (EBUSY, CCA_REASON_LIMIT, RMI_ERROR_RTT, CCA_EXIT_MMIO) or a number (16,\n"
		"0x10c). A number may mean several things, and all are told, unless it is errno:N,\n"
		"reason:N, status:N or exit:N. Needs neither a device nor privileges.\n",
		OPTION(JSON), verb_explain,
	},
};

const unsigned int verb_count = sizeof(verbs) / sizeof(verbs[0]);
