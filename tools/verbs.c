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
		OPTIONS_TABLE, verb_check,
	}, {
		"info", NULL, "versions, features, limits, and where the memory is",
		"With --output only the named facts are shown, as columns, section by section.\n",
		OPTIONS_TABLE, verb_info,
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
		OPTIONS_TABLE | OPTION(BLOCK) | OPTION(ONCE) | OPTION(NAME) | OPTION(GROW) |
		OPTION(SHRINK), verb_delegate, "list release",
	}, {
		"run", "IMAGE|NAME", "run a program in a realm, or a realm that is there",
		"IMAGE is an ELF file for AArch64, loaded at its physical addresses, or a flat binary,\n"
		"loaded and started at the beginning of RAM, in a realm that goes when it ends. NAME is a\n"
		"realm that `cca create` made; it takes no options, and stays. A realm of that name goes\n"
		"before a file; ./NAME is the file. Ends with the exit status of the guest; with 1 if the\n"
		"guest did not come to its end, 128 + N if signal N ended it.\n\n"
		"  cca run --kernel FILE --initrd FILE --append TEXT --memory 512M --cpus N\n\n"
		"boots Linux for arm64, as distributions have it. Its consoles, ttyAMA0 and hvc0, are this\n"
		"terminal; Ctrl-A x ends it. With --console FILE what it says goes to a file, and nothing is\n"
		"typed; with --console pty to a pseudo-terminal, whose name is told first, as a document\n"
		"with --json. Ends with 0 when the guest powers off, with 5 when it asks for a reset, as\n"
		"after a panic with panic=-1. Each --disk is a virtio disk, /dev/vda first: a file, or a\n"
		"block device. --net user lets the guest reach what the user reaches; with\n"
		",hostfwd=tcp::2222-:22 behind it, port 2222 here is its port 22. --net tap=NAME is an\n"
		"interface that is there.\n",
		OPTION(JSON) | OPTIONS_REALM | OPTIONS_LINUX | OPTION(DISK) | OPTION(NET) |
		OPTION(STATISTICS) | OPTION(CONSOLE) |
		OPTION(FROM), verb_run, VALUES_FILE,
	}, {
		"create", "NAME", "create a realm that stays until it is destroyed",
		"NAME is up to 63 of A-Z a-z 0-9 . _ -, beginning with a letter or _. Other verbs find the\n"
		"realm by it, or by its number, which is how root finds another user's. While it is there\n"
		"the module cannot be unloaded.\n\n"
		"  cca create NAME --memory 64M\n"
		"  cca load NAME IMAGE\n"
		"  cca activate NAME\n"
		"  cca run NAME\n"
		"  cca destroy NAME\n",
		OPTION(JSON) | OPTIONS_REALM | OPTION(FROM) | OPTION(CPUS), verb_create,
	}, {
		"load", "NAME IMAGE", "load a program into a realm, and tell its measurement",
		"IMAGE is what `cca run` takes. Prints the measurement (RIM) that the realm will have: what\n"
		"`cca measure` computes for the same image and the same options.\n",
		OPTION(JSON) | OPTION(CPUS), verb_load, VALUES_REALM, VALUES_FILE,
	}, {
		"activate", "NAME", "make the measurement of a realm final, and let it run",
		NULL,
		OPTION(JSON), verb_activate, VALUES_REALM,
	}, {
		"list", NULL, "the realms that are there",
		"Those of the caller; root sees everybody's.\n",
		OPTIONS_TABLE, verb_list,
	}, {
		"show", "NAME", "all that a realm says of itself",
		"With --output only the named facts are shown, as columns, section by section.\n",
		OPTIONS_TABLE, verb_show, VALUES_REALM,
	}, {
		"destroy", "NAME...", "end realms, and take their memory back",
		"Whatever state they are in; what runs them ends. If one cannot be destroyed the others are.\n",
		OPTION(JSON), verb_destroy, VALUES_REALM,
	}, {
		"bench", NULL, "what realms cost here: calls to the RMM, time, instructions",
		"Delegates, maps, runs and tears down, --memory SIZE of it where the size matters. FLOOR\n"
		"is the number of calls that this RMM forces. Instructions are those of the host's\n"
		"kernel, and are shown if the processor counts them.\n",
		OPTION(JSON) | OPTION(MEMORY), verb_bench,
	}, {
		"measure", "IMAGE", "compute the measurement that `run` will produce, offline",
		"Give it the options that `run` is given, also those for Linux, whose device tree is part of\n"
		"it. Needs neither a device nor privileges.\n",
		OPTION(JSON) | OPTION(RMM) | OPTIONS_REALM | OPTIONS_LINUX, verb_measure, VALUES_FILE,
	}, {
		"token", "FILE|-", "what an attestation token says, and whether it is to be trusted",
		"FILE is what a realm got as its token (CBOR); - is standard input. The signature of the\n"
		"realm is checked with the key in the token, this key by what the platform has signed, and\n"
		"the signature of the platform with --key. Ends with 0 if nothing is wrong, with 1 if the\n"
		"file is no token, and with 4 if a check failed: WANTED and FOUND say how.\n\n"
		"A policy is a text file, each line a key, a value, and words for people. Keys are those of\n"
		"the JSON (rim, rem0, rpv, challenge, hash, lifecycle, implementation-id, ...), and\n\n"
		"  MEASUREMENT               alone: the same as rim MEASUREMENT\n"
		"  component HEX NAME        the measurement of this part of the platform's software\n"
		"  platform-key FILE         what --key gives; 'unchecked': any platform will do\n\n"
		"A key that is there twice allows either value; what the token does not say is wrong. The\n"
		"name of a lifecycle, such as secured, stands for all its numbers. rpv is what --rpv takes.\n"
		"Needs neither a device nor privileges.\n",
		OPTIONS_TABLE | OPTION(RIM) | OPTION(CHALLENGE) | OPTION(POLICY) | OPTION(KEY), verb_token, VALUES_FILE,
	}, {
		"monitor", NULL, "what happens to realms, as it happens, until Ctrl-C",
		"A line for each event: created, activated, over, destroyed; a REC that will not run\n"
		"again; memory that the RMM keeps, and trouble with it. With --json a line is a document\n"
		"of its own. Events that come faster than they are read are lost, and a line says so.\n"
		"Root hears of all realms, others of their own. Ends with 0 at SIGINT, SIGTERM or SIGHUP.\n",
		OPTION(JSON) | OPTION(REALM), verb_monitor,
	}, {
		"explain", "CODE", "what an errno, a reason, a status or an exit means, and what helps",
		"CODE is a name (EBUSY, CCA_REASON_LIMIT, RMI_ERROR_RTT, CCA_EXIT_MMIO) or a number (16,\n"
		"0x10c). A number may mean several things, and all are told, unless it is errno:N,\n"
		"reason:N, status:N or exit:N. Needs neither a device nor privileges.\n",
		OPTION(JSON), verb_explain,
	},
};

const unsigned int verb_count = sizeof(verbs) / sizeof(verbs[0]);
