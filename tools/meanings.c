// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables behind `cca explain`: what uapi/linux/cca.h says in few words, for somebody who has a number and no
 * source at hand.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "command.h"
#include "meanings.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ errno */

#define ERRNO(name)	E##name, "E" #name

static const struct meaning errnos[] = {
	{ ERRNO(PERM), "the device file may be opened by root, or by its group, only",
	  "run it as root, or join the group that owns /dev/cca" },
	{ ERRNO(NOENT), "no module, so no /dev/cca; or no object of that name, no region at that address",
	  "load the module: modprobe cca" },
	{ ERRNO(INTR), "a signal came, or immediate_exit was set", "call again: nothing was lost" },
	{ ERRNO(IO), "the RMM answered what it may not answer at this point",
	  "report it with the output of `cca info --json`, and its status with `cca explain`" },
	{ ERRNO(NXIO), "the device file is there, and no module behind it", "load the module: modprobe cca" },
	{ ERRNO(AGAIN), "a REC that is off was entered, or the RMM stays busy", "try again" },
	{ ERRNO(NOMEM), "the kernel, the cgroup, or a limit of the administrator has no more",
	  "free memory, ask for less, or raise the limit in /sys/module/cca/parameters" },
	{ ERRNO(ACCES), "the object belongs to another user, or the device file to another group",
	  "run it as root, or join the group that owns /dev/cca" },
	{ ERRNO(FAULT), "a pointer does not point to memory of the caller", "a bug of the caller: check the pointer" },
	{ ERRNO(BUSY), "the object is in another state, a REC is running, or realms use the memory",
	  "see which state it is in; end what uses it first" },
	{ ERRNO(EXIST), "there is such a name, a region that overlaps, or a page that was populated before",
	  "choose another name or address" },
	{ ERRNO(NODEV), "this machine has no RMM that the driver can use", "see `cca check`" },
	{ ERRNO(INVAL), "an argument was understood, and is wrong; the reason beside it says which",
	  "look at the reason with `cca explain`" },
	{ ERRNO(NOTTY), "that kind of descriptor has no such command",
	  "see what is at /dev/cca; is another module of that name loaded?" },
	{ ERRNO(2BIG), "the program was built for a newer driver and uses what this one does not know",
	  "update the driver, or use an older program" },
	{ ERRNO(OVERFLOW), "address plus length wraps around", "check address and length" },
	{ ERRNO(OPNOTSUPP), "this kernel, or this RMM, cannot do it", "see the features in `cca info`" },
	{ ERRNO(STALE), "the realm is over: terminated, powered off, or given up by the RMM",
	  "destroy it, and create it anew" },
};

static const char *errno_sentence(uint32_t code)
{
	return strerror(code);
}

/* ---------------------------------------------------------------- reasons */

#define REASON(name)	CCA_REASON_##name, "CCA_REASON_" #name

static const struct meaning reasons[] = {
	{ REASON(NO_RME), "a CPU before Armv9.2, or an emulator without RME", NULL },
	{ REASON(NO_SMC), "a virtual machine: its hypervisor is called, not the firmware", NULL },
	{ REASON(NOT_EL2), "the kernel is a guest, or was booted with nVHE", NULL },
	{ REASON(NO_RMM), "firmware without an RMM, or one that did not start", NULL },
	{ REASON(RMI_VERSION), "an RMM of RMI 1.0, or of a version to come", NULL },
	{ REASON(RMI_INCOMPLETE), "an RMM in the middle of its development", NULL },
	{ REASON(GRANULE_SIZE), "a kernel with 16 or 64 KiB pages", NULL },
	{ REASON(CONFIG), "an earlier kernel, or another driver, configured the RMM", NULL },
	{ REASON(ACTIVATE), "an RMM that lacks memory, or was left half-way", NULL },
	{ REASON(KERNEL_OWNS), "a kernel with support of its own for realms", NULL },
	{ REASON(SHUTDOWN), "the machine is about to stop", "nothing: wait for the next kernel" },
	{ REASON(SIZE), "a program built against another header", "build it against this uapi/linux/cca.h" },
	{ REASON(FLAGS), "a flag that this version does not know", "see uapi/linux/cca.h" },
	{ REASON(RESERVED), "a structure that was not zeroed", "zero it before it is filled" },
	{ REASON(ALIGNMENT), "not a multiple of 4096, or of the block size", "round it" },
	{ REASON(RANGE), "beyond the region, the IPA space, or what the object has", "see what it covers" },
	{ REASON(OVERLAP), "two regions share addresses", "choose another address" },
	{ REASON(POPULATED), "each page may be populated once, while the realm is new", "populate each page once" },
	{ REASON(FD), "a descriptor of another file, or of another object", "pass the memory's descriptor" },
	{ REASON(IPA_BITS), NULL, "see the limits in `cca info`" },
	{ REASON(HASH), NULL, "see the hash algorithms in `cca info`" },
	{ REASON(BREAKPOINTS), NULL, "see the limits in `cca info`" },
	{ REASON(WATCHPOINTS), NULL, "see the limits in `cca info`" },
	{ REASON(SVE), "not a multiple of 128, or longer than the RMM allows", "see the limits in `cca info`" },
	{ REASON(PMU), NULL, "see the limits in `cca info`" },
	{ REASON(BLOCK_SIZE), NULL, "use 4K or 2M" },
	{ REASON(LIST_REGISTER), "backed by hardware, beyond what exists, or one interrupt twice",
	  "write list registers as section G.5 of the ABI allows" },
	{ REASON(NAME), NULL, "choose such a name" },
	{ REASON(SOURCE), "a hole, a device's memory, or a read-only mapping that the realm is to write",
	  "share memory of the program's own, or share it read-only" },
	{ REASON(STATE), "a step out of order: populate, create RECs, activate, run", "see its state" },
	{ REASON(TERMINATED), "somebody terminated it", "destroy it, and create it anew" },
	{ REASON(SYSTEM_OFF), "the guest called PSCI SYSTEM_OFF or SYSTEM_RESET", "create it anew" },
	{ REASON(DEAD), "an answer of the RMM that a live realm cannot have", NULL },
	{ REASON(NO_MEMORY), "little free memory, or none in one piece", NULL },
	{ REASON(BACKING), "the realm needs more than was set aside, tables included", NULL },
	{ REASON(RECS), NULL, "see the limits in `cca info`" },
	{ REASON(NOT_RUNNABLE), "it was created off, or turned itself off", "have the guest call PSCI CPU_ON" },
	{ REASON(RUNNING), "another thread is in CCA_RUN", "make it leave first" },
	{ REASON(REALMS), "VMIDs are used up", NULL },
	{ REASON(IN_USE), NULL, NULL },
	{ REASON(LIMIT), "max_granules, or max_granules_per_user", NULL },
	{ REASON(NAME_TAKEN), NULL, NULL },
	{ REASON(NOT_FOUND), "it was released, or is another user's", NULL },
	{ REASON(OWNER), NULL, NULL },
	{ REASON(MEMLOCK), "shared memory is pinned, and counts as locked", NULL },
	{ REASON(RMI), "see the status that stands beside it", NULL },
	{ REASON(RMI_BUSY), "another CPU holds what the command needs", NULL },
	{ REASON(RMI_BLOCKED), "a stateful operation on the same object is not finished", NULL },
	{ REASON(RMI_PROTOCOL), "a bug of the RMM, or of the driver", NULL },
	{ REASON(TRACKING), "memory that the RMM does not know as RAM", NULL },
};

/* ------------------------------------------------------------------ status */

#define STATUS(code, name)	code, "RMI_" #name

static const struct meaning statuses[] = {
	{ STATUS(0, SUCCESS), NULL, NULL },
	{ STATUS(1, ERROR_INPUT), "an argument out of range, or a granule in another state than the command wants", NULL },
	{ STATUS(2, ERROR_REALM), "the realm is in another state, or its attributes do not allow it", NULL },
	{ STATUS(3, ERROR_REC), "the REC is in another state", NULL },
	{ STATUS(4, ERROR_RTT), "the walk of the translation table ended at the level in bits 15:8, or found another entry", NULL },
	{ STATUS(5, ERROR_NOT_SUPPORTED), "an option that this RMM does not have", "see the features in `cca info`" },
	{ STATUS(6, ERROR_DEVICE), "a device is in another state", NULL },
	{ STATUS(7, ERROR_RTT_AUX), "the walk of an auxiliary table ended early", NULL },
	{ STATUS(8, ERROR_PSMMU_ST), "a stream table of the SMMU is in the way", NULL },
	{ STATUS(9, ERROR_DPT), "a device permission table is in the way", NULL },
	{ STATUS(10, BUSY), "another CPU holds what the command needs", "try again" },
	{ STATUS(11, ERROR_GLOBAL), "the RMM as a whole is in another state: configured or active already, or not yet", NULL },
	{ STATUS(12, ERROR_TRACKING), "the memory is not tracked granule by granule", NULL },
	{ STATUS(13, INCOMPLETE), "a stateful operation goes on; the driver continues it", NULL },
	{ STATUS(14, BLOCKED), "a stateful operation on the same object is not finished", "try again" },
	{ STATUS(15, ERROR_GPT), "the granule protection table has no entry of that kind there", NULL },
	{ STATUS(16, ERROR_GRANULE), "a granule is in another state", NULL },
};

static const char *status_sentence(uint32_t code)
{
	return code ? "the RMM refused the command, or put it off" : "the command succeeded";
}

/* ------------------------------------------------------------------- exits */

#define EXIT(name)	CCA_EXIT_##name, "CCA_EXIT_" #name

static const struct meaning exits[] = {
	{ EXIT(INTR), "a signal, immediate_exit, or an interrupt for maintenance", "run it again" },
	{ EXIT(MMIO), "the guest reads or writes a device in the unprotected half", "emulate it, and run again" },
	{ EXIT(HOST_CALL), "the guest called RSI_HOST_CALL", "answer in the registers, and run again" },
	{ EXIT(SYSTEM_OFF), "the guest called PSCI SYSTEM_OFF", "destroy the realm" },
	{ EXIT(SYSTEM_RESET), "the guest called PSCI SYSTEM_RESET", "create the realm anew" },
	{ EXIT(CPU_OFF), "the guest called PSCI CPU_OFF", "wait for another REC to call CPU_ON" },
	{ EXIT(CPU_ON), "the guest called PSCI CPU_ON", "run that REC" },
	{ EXIT(FAULT), "an access where no region is", "abort it with CCA_RUN_F_INJECT_SEA, or end the realm" },
	{ EXIT(SYSREG), "the guest used an ICC system register", "emulate it, and run again" },
	{ EXIT(SERROR), "an error of the hardware, while the guest ran", "see the kernel's log" },
	{ EXIT(UNKNOWN), "a reason that the driver does not know", "report it with raw_reason and esr" },
	{ EXIT(RIPAS), "the guest asked for a RIPAS change that the driver does not decide alone", "decide, and run it again" },
	{ EXIT(TERMINATED), "somebody terminated the realm", "destroy the realm" },
	{ EXIT(TIMER), "a timer's level changed, and CCA_RUN_F_TIMER_EXIT asks for that",
	  "give the level to the virtual GIC, and run again" },
};

const struct meanings meanings[MEANINGS] = {
	[MEANINGS_ERRNO] = { "errno", errnos, COUNT(errnos), errno_sentence },
	[MEANINGS_REASON] = { "reason", reasons, COUNT(reasons), cca_strreason },
	[MEANINGS_STATUS] = { "status", statuses, COUNT(statuses), status_sentence },
	[MEANINGS_EXIT] = { "exit", exits, COUNT(exits), cca_exit_name },
};

const struct meaning *meaning_of(const struct meanings *m, uint32_t code)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->entries[i].code == code)
			return &m->entries[i];
	return NULL;
}
