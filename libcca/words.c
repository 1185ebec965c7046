// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Numbers into words.
 */
#include "internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *word(const char *const *table, size_t count, uint64_t i, const char *unknown)
{
	return i < count && table[i] ? table[i] : unknown;
}

CCA_API const char *cca_strreason(uint32_t reason)
{
	static const char *const reasons[] = {
		[CCA_REASON_NONE] = "no further reason",
		[CCA_REASON_NO_RME] = "the CPU has no Realm Management Extension",
		[CCA_REASON_NO_SMC] = "firmware calls are not made by SMC on this machine",
		[CCA_REASON_NOT_EL2] = "the kernel does not run at EL2 with VHE",
		[CCA_REASON_NO_RMM] = "the firmware has no Realm Management Monitor",
		[CCA_REASON_RMI_VERSION] = "the RMM speaks another version of the RMI",
		[CCA_REASON_RMI_INCOMPLETE] = "the RMM says RMI 2.0 but lacks commands of it",
		[CCA_REASON_GRANULE_SIZE] = "kernel and RMM disagree on the page size",
		[CCA_REASON_CONFIG] = "the RMM refused its configuration",
		[CCA_REASON_ACTIVATE] = "the RMM refused to become active",
		[CCA_REASON_KERNEL_OWNS] = "this kernel drives the RMM itself",
		[CCA_REASON_SHUTDOWN] = "the kernel ends: reboot, power-off or kexec",
		[CCA_REASON_SIZE] = "the size of the structure is wrong",
		[CCA_REASON_FLAGS] = "unknown flag",
		[CCA_REASON_RESERVED] = "a reserved field is not zero",
		[CCA_REASON_ALIGNMENT] = "address or length is not aligned",
		[CCA_REASON_RANGE] = "outside of the range allowed",
		[CCA_REASON_OVERLAP] = "overlaps a region that exists",
		[CCA_REASON_POPULATED] = "a page was populated before",
		[CCA_REASON_FD] = "a descriptor of the wrong kind",
		[CCA_REASON_IPA_BITS] = "the IPA width is outside of what the RMM offers",
		[CCA_REASON_HASH] = "the RMM does not offer this hash algorithm",
		[CCA_REASON_BREAKPOINTS] = "more breakpoints than the RMM offers, or too few",
		[CCA_REASON_WATCHPOINTS] = "more watchpoints than the RMM offers, or too few",
		[CCA_REASON_SVE] = "the RMM does not offer this SVE vector length",
		[CCA_REASON_PMU] = "the RMM does not offer these PMU counters",
		[CCA_REASON_BLOCK_SIZE] = "the block size is neither 4K nor 2M",
		[CCA_REASON_NAME] = "a name is up to 63 of A-Z a-z 0-9 . _ -, and begins with a letter or _",
		[CCA_REASON_SOURCE] = "nothing is there that can be shared, or it is read-only",
		[CCA_REASON_LIST_REGISTER] = "a GIC list register that no realm may have",
		[CCA_REASON_STATE] = "the object is in another state",
		[CCA_REASON_TERMINATED] = "the realm was terminated",
		[CCA_REASON_SYSTEM_OFF] = "the realm powered itself off",
		[CCA_REASON_DEAD] = "the RMM gave the realm up",
		[CCA_REASON_NO_MEMORY] = "the kernel has no memory of this kind left",
		[CCA_REASON_BACKING] = "the memory set aside is used up",
		[CCA_REASON_RECS] = "the realm can have no more RECs",
		[CCA_REASON_NOT_RUNNABLE] = "the REC is off",
		[CCA_REASON_RUNNING] = "a REC is running",
		[CCA_REASON_REALMS] = "the RMM has no room for another realm",
		[CCA_REASON_IN_USE] = "realms use the rest",
		[CCA_REASON_LIMIT] = "beyond a limit that the administrator has set",
		[CCA_REASON_NAME_TAKEN] = "you have one of that name already",
		[CCA_REASON_NOT_FOUND] = "there is none of that name or number",
		[CCA_REASON_OWNER] = "it belongs to another user",
		[CCA_REASON_MEMLOCK] = "beyond the caller's limit of locked memory (RLIMIT_MEMLOCK)",
		[CCA_REASON_RMI] = "the RMM refused a command",
		[CCA_REASON_RMI_BUSY] = "the RMM stayed busy",
		[CCA_REASON_RMI_BLOCKED] = "an unfinished operation stays in the way in the RMM",
		[CCA_REASON_RMI_PROTOCOL] = "the RMM answered what it may not answer",
		[CCA_REASON_TRACKING] = "the RMM cannot track this memory by granule",
	};

	return word(reasons, COUNT(reasons), reason, "a reason that this version does not know");
}

CCA_API const char *cca_rmi_status_name(uint64_t status)
{
	static const char *const names[] = {
		"RMI_SUCCESS", "RMI_ERROR_INPUT", "RMI_ERROR_REALM", "RMI_ERROR_REC",
		"RMI_ERROR_RTT", "RMI_ERROR_NOT_SUPPORTED", "RMI_ERROR_DEVICE",
		"RMI_ERROR_RTT_AUX", "RMI_ERROR_PSMMU_ST", "RMI_ERROR_DPT", "RMI_BUSY",
		"RMI_ERROR_GLOBAL", "RMI_ERROR_TRACKING", "RMI_INCOMPLETE", "RMI_BLOCKED",
		"RMI_ERROR_GPT", "RMI_ERROR_GRANULE",
	};

	if (status == UINT64_MAX)
		return "not implemented";
	return word(names, COUNT(names), status & 0xff, "unknown RMI status");
}

CCA_API const char *cca_rmi_command_name(uint32_t fid)
{
	static const char *const names[] = {
		[0x000] = "RMI_VERSION",
		[0x003] = "RMI_RTT_DATA_MAP_INIT",
		[0x007] = "RMI_REALM_ACTIVATE",
		[0x008] = "RMI_REALM_CREATE",
		[0x009] = "RMI_REALM_DESTROY",
		[0x00a] = "RMI_REC_CREATE",
		[0x00b] = "RMI_REC_DESTROY",
		[0x00c] = "RMI_REC_ENTER",
		[0x00d] = "RMI_RTT_CREATE",
		[0x00e] = "RMI_RTT_DESTROY",
		[0x011] = "RMI_RTT_READ_ENTRY",
		[0x014] = "RMI_PSCI_COMPLETE",
		[0x015] = "RMI_FEATURES",
		[0x016] = "RMI_RTT_FOLD",
		[0x018] = "RMI_RTT_INIT_RIPAS",
		[0x019] = "RMI_RTT_SET_RIPAS",
		[0x01e] = "RMI_RMM_CONFIG_SET",
		[0x091] = "RMI_GRANULE_TRACKING_GET",
		[0x093] = "RMI_GRANULE_TRACKING_SET",
		[0x09c] = "RMI_RMM_CONFIG_GET",
		[0x09e] = "RMI_RMM_STATE_GET",
		[0x0a1] = "RMI_GRANULE_RANGE_DELEGATE",
		[0x0a2] = "RMI_GRANULE_RANGE_UNDELEGATE",
		[0x0a3] = "RMI_GPT_L1_CREATE",
		[0x0a4] = "RMI_GPT_L1_DESTROY",
		[0x0a5] = "RMI_RTT_DATA_MAP",
		[0x0a6] = "RMI_RTT_DATA_UNMAP",
		[0x0ab] = "RMI_RTT_UNPROT_MAP",
		[0x0ac] = "RMI_RTT_UNPROT_UNMAP",
		[0x0b1] = "RMI_REALM_TERMINATE",
		[0x0b2] = "RMI_RMM_ACTIVATE",
		[0x0b3] = "RMI_OP_CONTINUE",
		[0x0b8] = "RMI_OP_MEM_DONATE",
		[0x0b9] = "RMI_OP_MEM_RECLAIM",
		[0x0ba] = "RMI_OP_CANCEL",
		[0x0bf] = "RMI_RMM_DEACTIVATE",
		[0x0c1] = "RMI_GPT_INFO",
	};

	/* Function numbers start at 0x150; smaller ones wrap out of the table. */
	return word(names, COUNT(names), (uint64_t)fid - 0x150, "unknown RMI command");
}

CCA_API const char *cca_exit_name(uint32_t reason)
{
	static const char *const names[] = {
		[CCA_EXIT_INTR] = "interrupted",
		[CCA_EXIT_MMIO] = "MMIO",
		[CCA_EXIT_HOST_CALL] = "host call",
		[CCA_EXIT_SYSTEM_OFF] = "system off",
		[CCA_EXIT_SYSTEM_RESET] = "system reset",
		[CCA_EXIT_CPU_OFF] = "CPU off",
		[CCA_EXIT_CPU_ON] = "CPU on",
		[CCA_EXIT_FAULT] = "fault",
		[CCA_EXIT_SYSREG] = "system register",
		[CCA_EXIT_SERROR] = "SError",
		[CCA_EXIT_UNKNOWN] = "unknown exit",
		[CCA_EXIT_RIPAS] = "RIPAS change",
		[CCA_EXIT_TERMINATED] = "terminated",
		[CCA_EXIT_TIMER] = "timer",
	};

	return word(names, COUNT(names), reason, "unknown exit");
}

CCA_API const char *cca_event_name(uint32_t kind)
{
	static const char *const names[] = {
		[CCA_EVENT_LOST] = "lost",
		[CCA_EVENT_REALM_CREATED] = "realm-created",
		[CCA_EVENT_REALM_ACTIVATED] = "realm-activated",
		[CCA_EVENT_REALM_TERMINATED] = "realm-terminated",
		[CCA_EVENT_REALM_DESTROYED] = "realm-destroyed",
		[CCA_EVENT_REC_EXITED] = "rec-exited",
		[CCA_EVENT_PAGES_LEAKED] = "pages-leaked",
		[CCA_EVENT_RMM_TROUBLE] = "rmm-trouble",
		[CCA_EVENT_SUBSCRIBE] = "subscribe",
	};

	return word(names, COUNT(names), kind, "unknown");
}

CCA_API const char *cca_leak_name(uint32_t cause)
{
	static const char *const names[] = {
		[CCA_LEAK_UNDELEGATE] = "not undelegated",
		[CCA_LEAK_DESTROY] = "not destroyed",
		[CCA_LEAK_SRO] = "not returned by an operation",
		[CCA_LEAK_PROTOCOL] = "protocol broken",
	};

	return word(names, COUNT(names), cause, "unknown");
}

CCA_API const char *cca_hash_name(uint32_t hash)
{
	static const char *const names[] = {
		[CCA_HASH_SHA256] = "sha256",
		[CCA_HASH_SHA384] = "sha384",
		[CCA_HASH_SHA512] = "sha512",
	};

	return word(names, COUNT(names), hash, "unknown");
}

CCA_API const char *cca_profile_name(uint32_t profile)
{
	static const char *const names[] = {
		[CCA_PROFILE_NONE] = "none",
		[CCA_PROFILE_JULY] = "july",
		[CCA_PROFILE_BET3] = "bet3",
	};

	return word(names, COUNT(names), profile, "unknown");
}

CCA_API const char *cca_realm_state_name(uint32_t state)
{
	static const char *const names[] = {
		[CCA_REALM_NEW] = "new",
		[CCA_REALM_ACTIVE] = "active",
		[CCA_REALM_SYSTEM_OFF] = "off",
		[CCA_REALM_TERMINATED] = "terminated",
		[CCA_REALM_DESTROYED] = "destroyed",
	};

	return word(names, COUNT(names), state, "unknown");
}
