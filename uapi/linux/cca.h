/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/cca: Arm CCA realms on a stock kernel.
 *
 * This header is the manual of the device. It speaks of granules (4 KiB units
 * of physical memory), IPAs (addresses that a realm sees), RECs (its virtual
 * CPUs), RIPAS (the realm's own view of an IPA: EMPTY, RAM or DESTROYED) and
 * RIM (the Realm Initial Measurement) as the Arm specification DEN0137 does.
 *
 *   device fd  -- CCA_DELEGATE ------> memory fd   granules set aside
 *      |
 *      +-------- CCA_REALM_CREATE ---> realm fd -- CCA_REC_CREATE --> REC fd
 *
 * Closing the last reference to an object destroys it, in whatever order
 * descriptors are closed, from whatever state: a REC fd and a memory region
 * keep their realm and their memory alive until they go too. What is persistent
 * (CCA_MEMORY_F_PERSIST, CCA_REALM_F_PERSIST) stays without a descriptor, and so
 * does the module: rmmod fails with EWOULDBLOCK until CCA_MEMORY_DESTROY and
 * CCA_DESTROY.
 *
 * The rules, for every command
 *
 *  - Each structure begins with `size`, the size that the caller compiled
 *    against, and `flags`. Smaller than the first version of the structure is
 *    EINVAL. Larger than the kernel's is fine while the tail is zero, and
 *    E2BIG otherwise. What the caller's structure has no room for is not
 *    written. Numbers are _IO(): a structure may grow, its number stays.
 *  - Unknown flags and non-zero reserved fields are EINVAL.
 *  - `out_*` fields and `out` are written on success and on failure.
 *  - Physical addresses never cross this boundary, in either direction.
 *  - Lengths and addresses are in bytes. They are multiples of 4096 unless
 *    the text says otherwise.
 *  - A command that is interrupted by a signal says how far it came, and may
 *    be called again for the rest. Nothing is lost.
 *
 * What an errno means
 *
 *   ENOTTY      no such command on this kind of descriptor
 *   E2BIG       the structure has a non-zero tail that this kernel does not know
 *   EFAULT      a pointer does not point to memory of the caller
 *   EOPNOTSUPP  known, but neither this kernel nor this RMM can do it
 *   EINVAL      understood, and wrong; out.reason says what
 *   EOVERFLOW   address plus length wraps around
 *   ENOENT      no such object, or no region at that address
 *   EACCES      that object is another user's
 *   EEXIST      there is one already: a region that overlaps, a page that is
 *               populated
 *   EBUSY       not in the state that the object is in now
 *   ESTALE      the realm is over: terminated, powered off, or dead
 *   ENOMEM      no memory of the kind asked for
 *   EINTR       a signal, or immediate_exit; call again
 *   EAGAIN      not yet: a REC that is off, an RMM that stays busy
 *   ENODEV      this machine has no RMM that this module can use; CCA_INFO
 *               says why
 *   EIO         the RMM said something that it may not say; see out.rmi_status
 *
 * Permissions: opening the device is the permission. The node is 0600; a udev
 * rule may give it to a group. Objects are found by their owner, the effective
 * user that made them, and by CAP_SYS_ADMIN (CCA_MEMORY_OPEN, CCA_REALM_OPEN);
 * who was given a descriptor may use it.
 *
 * Names: 1 to 63 characters, of A-Z a-z 0-9 . _ -, the first a letter or _;
 * zeros behind it to the end of the field. Each owner has names of its own, for
 * memory and, apart from them, for realms.
 */
#ifndef _UAPI_LINUX_CCA_H
#define _UAPI_LINUX_CCA_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define CCA_ABI_VERSION		1

#define CCA_IOCTL_TYPE		0xcc

/* on the device */
#define CCA_INFO		_IO(CCA_IOCTL_TYPE, 0x40)
#define CCA_DELEGATE		_IO(CCA_IOCTL_TYPE, 0x41)
#define CCA_REALM_CREATE	_IO(CCA_IOCTL_TYPE, 0x42)
#define CCA_REALM_OPEN		_IO(CCA_IOCTL_TYPE, 0x43)
#define CCA_REALM_NEXT		_IO(CCA_IOCTL_TYPE, 0x44)
#define CCA_MEMORY_OPEN		_IO(CCA_IOCTL_TYPE, 0x48)
#define CCA_MEMORY_NEXT		_IO(CCA_IOCTL_TYPE, 0x49)
/* on a memory fd */
#define CCA_MEMORY_INFO		_IO(CCA_IOCTL_TYPE, 0x50)
#define CCA_MEMORY_GROW		_IO(CCA_IOCTL_TYPE, 0x51)
#define CCA_MEMORY_SHRINK	_IO(CCA_IOCTL_TYPE, 0x52)
#define CCA_MEMORY_DESTROY	_IO(CCA_IOCTL_TYPE, 0x53)
/* on a realm fd */
#define CCA_REALM_INFO		_IO(CCA_IOCTL_TYPE, 0x60)
#define CCA_MEM_ADD		_IO(CCA_IOCTL_TYPE, 0x61)
#define CCA_POPULATE		_IO(CCA_IOCTL_TYPE, 0x62)
#define CCA_ACTIVATE		_IO(CCA_IOCTL_TYPE, 0x63)
#define CCA_TERMINATE		_IO(CCA_IOCTL_TYPE, 0x64)
#define CCA_DESTROY		_IO(CCA_IOCTL_TYPE, 0x65)
#define CCA_REC_CREATE		_IO(CCA_IOCTL_TYPE, 0x66)
#define CCA_MEM_REMOVE		_IO(CCA_IOCTL_TYPE, 0x67)
#define CCA_REC_OPEN		_IO(CCA_IOCTL_TYPE, 0x68)
#define CCA_PREFAULT		_IO(CCA_IOCTL_TYPE, 0x69)
/* on a REC fd */
#define CCA_RUN			_IO(CCA_IOCTL_TYPE, 0x70)
#define CCA_REC_INFO		_IO(CCA_IOCTL_TYPE, 0x71)

/*
 * Why a command failed, beyond the errno. Zero when it succeeded or when the
 * errno says it all. Numbers are never reused.
 */
enum {
	CCA_REASON_NONE = 0,
	/* the machine (CCA_INFO, ENODEV) */
	CCA_REASON_NO_RME = 1,		/* the CPU has no Realm Management Extension */
	CCA_REASON_NO_SMC = 2,		/* firmware calls are not made by SMC here */
	CCA_REASON_NOT_EL2 = 3,		/* the kernel does not run at EL2 with VHE */
	CCA_REASON_NO_RMM = 4,		/* firmware answers "not implemented" */
	CCA_REASON_RMI_VERSION = 5,	/* the RMM speaks another version */
	CCA_REASON_RMI_INCOMPLETE = 6,	/* says 2.0 but lacks commands */
	CCA_REASON_GRANULE_SIZE = 7,	/* kernel and RMM disagree on page size */
	CCA_REASON_CONFIG = 8,		/* the RMM refused its configuration */
	CCA_REASON_ACTIVATE = 9,	/* the RMM refused to become active */
	CCA_REASON_KERNEL_OWNS = 10,	/* this kernel drives the RMM itself */
	CCA_REASON_SHUTDOWN = 11,	/* the kernel ends: reboot, kexec, power-off */
	/* arguments */
	CCA_REASON_SIZE = 20,		/* structure size */
	CCA_REASON_FLAGS = 21,		/* unknown flag */
	CCA_REASON_RESERVED = 22,	/* reserved field is not zero */
	CCA_REASON_ALIGNMENT = 23,	/* address, length or block not aligned */
	CCA_REASON_RANGE = 24,		/* outside of what the object covers */
	CCA_REASON_OVERLAP = 25,	/* overlaps a region */
	CCA_REASON_POPULATED = 26,	/* page was populated before, or is mapped */
	CCA_REASON_FD = 27,		/* descriptor of the wrong kind */
	CCA_REASON_IPA_BITS = 28,
	CCA_REASON_HASH = 29,
	CCA_REASON_BREAKPOINTS = 30,
	CCA_REASON_WATCHPOINTS = 31,
	CCA_REASON_SVE = 32,
	CCA_REASON_PMU = 33,
	CCA_REASON_BLOCK_SIZE = 34,
	CCA_REASON_LIST_REGISTER = 35,	/* GIC: backed by hardware, beyond what */
					/* exists, or an INTID twice */
	CCA_REASON_NAME = 36,		/* not a name, or not one way to find it */
	CCA_REASON_SOURCE = 37,		/* memory of the caller that cannot be */
					/* shared: CCA_MEM_ADD */
	/* state and resources */
	CCA_REASON_STATE = 40,		/* not in the state that this needs */
	CCA_REASON_TERMINATED = 41,	/* the realm was terminated */
	CCA_REASON_SYSTEM_OFF = 42,	/* the realm powered itself off */
	CCA_REASON_DEAD = 43,		/* the RMM broke the realm: out.rmi_status */
	CCA_REASON_NO_MEMORY = 44,	/* the kernel has none */
	CCA_REASON_BACKING = 45,	/* the memory fd has none left */
	CCA_REASON_RECS = 46,		/* no more RECs in this realm */
	CCA_REASON_NOT_RUNNABLE = 47,	/* the REC is off */
	CCA_REASON_RUNNING = 48,	/* another thread runs this REC */
	CCA_REASON_REALMS = 49,		/* the RMM has no room for another realm */
	CCA_REASON_IN_USE = 50,		/* realms use the rest */
	CCA_REASON_LIMIT = 51,		/* a limit of the administrator: CCA_INFO */
	CCA_REASON_NAME_TAKEN = 52,	/* the owner has one of that name */
	CCA_REASON_NOT_FOUND = 53,	/* none of that name, id or number */
	CCA_REASON_OWNER = 54,		/* it is another user's */
	CCA_REASON_MEMLOCK = 55,	/* beyond RLIMIT_MEMLOCK of the caller */
	/* the RMM */
	CCA_REASON_RMI = 60,		/* refused a command: out.rmi_status */
	CCA_REASON_RMI_BUSY = 61,	/* stayed BUSY */
	CCA_REASON_RMI_BLOCKED = 62,	/* stayed BLOCKED */
	CCA_REASON_RMI_PROTOCOL = 63,	/* answered what it may not answer */
	CCA_REASON_TRACKING = 64,	/* that memory cannot be tracked */
};

/*
 * How a command went, as the RMM saw it. When several RMI commands were made,
 * fid, status and data are those of the one that decided: the first that
 * failed, or the last.
 */
struct cca_outcome {
	__u32 reason;			/* CCA_REASON_* */
	__u32 rmi_fid;			/* function number (0x150...), 0: none made */
	__aligned_u64 rmi_status;	/* X0 bits 15:0 (status, level), or ~0 */
	__aligned_u64 rmi_data;		/* X1 where it is no physical address */
	__aligned_u64 rmi_calls;	/* RMI commands that this took */
	__aligned_u64 donated;		/* granules given in stateful operations */
	__aligned_u64 reclaimed;	/* granules that came back from them */
};

/* ------------------------------------------------------------------ device */

enum {
	CCA_LEAK_UNDELEGATE = 0,	/* the RMM refused to give a granule back */
	CCA_LEAK_DESTROY = 1,		/* it refused to destroy the object */
	CCA_LEAK_SRO = 2,		/* a stateful operation never gave it back */
	CCA_LEAK_PROTOCOL = 3,		/* it broke the protocol */
	CCA_LEAK_CAUSES = 4,
};

/*
 * The ledger: where the pages are that this module took from the kernel.
 * All in granules. With no realm and no memory fd, delegated equals pool, and
 * everything but `leaked` goes back to zero when the pool drains.
 */
struct cca_ledger {
	__aligned_u64 held;		/* taken from the kernel */
	__aligned_u64 host;		/* of these: not delegated (guards, buffers) */
	__aligned_u64 delegated;	/* in the realm world: the next three */
	__aligned_u64 pool;		/* delegated and owned by nobody */
	__aligned_u64 reserved;		/* delegated and owned by memory fds, unused */
	__aligned_u64 in_use;		/* given to the RMM for an object */
	__aligned_u64 leaked;		/* lost for good, by cause: */
	__aligned_u64 leaks[CCA_LEAK_CAUSES];
	__aligned_u64 lent;		/* of host: with the RMM all the same, to */
					/* track memory; never to be touched */
};

enum {
	CCA_PROFILE_NONE = 0,
	CCA_PROFILE_JULY = 1,		/* RMI 2.0 as TF-RMM had it in July 2026 */
	CCA_PROFILE_BET3 = 2,		/* RMI 2.0-bet3 */
};

enum {
	CCA_HASH_SHA256 = 0,
	CCA_HASH_SHA512 = 1,
	CCA_HASH_SHA384 = 2,
};

/*
 * CCA_INFO: what this machine can do. Never fails for want of an RMM: then
 * out_reason is not zero and out_errno is what other commands return.
 */
struct cca_info {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 out_abi;			/* CCA_ABI_VERSION of the module */
	__u32 out_reason;		/* CCA_REASON_NONE: usable */
	__u32 out_errno;		/* 0, or a positive errno */
	__u32 out_profile;		/* CCA_PROFILE_* */
	__u32 out_rmi_version;		/* spoken: major << 16 | minor */
	__u32 out_rmi_version_max;	/* highest that the RMM offers */
	__aligned_u64 out_features[5];	/* RMI feature registers, raw */
	__u32 out_ipa_bits_min;
	__u32 out_ipa_bits_max;
	__u32 out_hashes;		/* bit per CCA_HASH_* */
	__u32 out_breakpoints_max;
	__u32 out_watchpoints_max;
	__u32 out_sve_vl_max;		/* bits, 0: no SVE */
	__u32 out_pmu_counters_max;	/* 0: no PMU */
	__u32 out_recs_max;		/* per realm */
	__u32 out_realms;		/* alive now */
	__u32 out_memories;		/* memory fds alive now */
	struct cca_ledger out_ledger;
	/*
	 * Limits, in granules, 0: none. Module parameters, which may change at
	 * any time; beyond one of them is ENOMEM with CCA_REASON_LIMIT.
	 */
	__aligned_u64 out_granules_max;	/* of out_ledger.held (max_granules) */
	__aligned_u64 out_user_granules_max; /* max_granules_per_user */
	__aligned_u64 out_user_granules; /* that the caller's user has: those of */
					/* memory fds, and of realms without one */
	__aligned_u64 out_rmi_calls;	/* RMI commands made since the module is there, */
					/* by whomever and for whatever */
	/* Pages of callers that are pinned because a realm shares them; and of */
	/* these, those that stay so because the RMM did not let go of them. */
	__aligned_u64 out_pinned;
	__aligned_u64 out_pinned_lost;
};

#define CCA_NAME_SIZE		64

/*
 * CCA_DELEGATE: set granules aside for realms. They leave the host and belong
 * to nobody until a realm takes them (CCA_MEM_ADD with the fd). All or
 * nothing: on failure what was delegated is undone, out_done says how far it
 * came.
 *
 * A name, if there is one, is how the owner finds the memory while it is there.
 * Persistent memory is there until CCA_MEMORY_DESTROY, other memory until the
 * last descriptor and the last region are gone. EINVAL with CCA_REASON_NAME:
 * that is no name. EEXIST with CCA_REASON_NAME_TAKEN. In both cases nothing was
 * delegated.
 */
#define CCA_MEMORY_F_PERSIST	(1U << 0)

struct cca_delegate {
	__u32 size;
	__u32 flags;			/* CCA_MEMORY_F_*; the fd is close-on-exec */
	__aligned_u64 length;		/* bytes, multiple of block_size, not 0 */
	__aligned_u64 block_size;	/* 4096 or 2097152 */
	__aligned_u64 out_done;		/* bytes delegated */
	__s32 out_fd;			/* memory fd, or -1 */
	__u32 __reserved;
	struct cca_outcome out;
	char  name[CCA_NAME_SIZE];	/* zeros: none */
	__u32 out_id;			/* unique while the module is loaded; not 0 */
	__u32 __reserved1;
};

/*
 * CCA_MEMORY_OPEN: another descriptor for memory that is there, by id or by
 * name. Names are the caller's own, ids are everybody's. EINVAL with
 * CCA_REASON_NAME: both or neither, or that is no name. ENOENT with
 * CCA_REASON_NOT_FOUND. EACCES with CCA_REASON_OWNER: the caller is neither the
 * owner nor CAP_SYS_ADMIN.
 */
struct cca_memory_open {
	__u32 size;
	__u32 flags;			/* 0 */
	char  name[CCA_NAME_SIZE];	/* zeros: by id */
	__u32 id;			/* 0: by name */
	__s32 out_fd;			/* memory fd, close-on-exec, or -1 */
	struct cca_outcome out;
};

/*
 * CCA_MEMORY_NEXT: what there is of what the caller may open, by ascending id.
 * ENOENT: no more. It may be gone before it is opened.
 */
struct cca_memory_next {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 after;			/* the id before it; 0: the first */
	__u32 out_id;
};

/* CCA_MEMORY_INFO */
struct cca_memory_info {
	__u32 size;
	__u32 flags;			/* 0 */
	__aligned_u64 out_length;	/* bytes set aside */
	__aligned_u64 out_block_size;
	__aligned_u64 out_free;		/* bytes that no realm uses */
	__aligned_u64 out_leaked;	/* bytes that did not come back */
	__aligned_u64 out_rmi_calls;	/* RMI commands that this took so far */
	__u32 out_id;
	__u32 out_flags;		/* CCA_MEMORY_F_PERSIST: it is persistent */
	__u32 out_owner;		/* uid */
	__u32 out_users;		/* descriptors, and regions of realms */
	char  out_name[CCA_NAME_SIZE];
};

/*
 * CCA_MEMORY_DESTROY: the memory is not persistent any more, and has no name.
 * It goes with its last user: this descriptor, others, regions of realms. Done
 * twice it changes nothing.
 */
struct cca_memory_op {
	__u32 size;
	__u32 flags;			/* 0 */
	struct cca_outcome out;
};

/*
 * CCA_MEMORY_GROW: delegate more. CCA_MEMORY_SHRINK: give back what no realm
 * uses, also all of it. Realms may use the memory meanwhile.
 *
 * By out_done the length of the memory has changed, however the command ended.
 *
 * GROW is all or nothing, as CCA_DELEGATE is, but for two cases. EINTR: what
 * came so far stays. And when what was delegated is undone, what a realm has
 * begun to use in that time stays as well.
 *
 * SHRINK gives back whole blocks, and does not undo: what could be given back
 * is given back. EINVAL: more than there is (CCA_REASON_RANGE), nothing was
 * done. EBUSY: no more blocks are free (CCA_REASON_IN_USE). EAGAIN: the RMM
 * stays busy, perhaps inside a block. EIO: the RMM kept granules, and there are
 * not enough others; those are in out_leaked of CCA_MEMORY_INFO, and still part
 * of out_length.
 */
struct cca_memory_resize {
	__u32 size;
	__u32 flags;			/* 0 */
	__aligned_u64 length;		/* bytes, multiple of the block size, not 0 */
	__aligned_u64 out_done;		/* bytes */
	struct cca_outcome out;
};

/*
 * CCA_REALM_CREATE: a new realm, in state NEW. Limits are in CCA_INFO; beyond
 * one of them is EINVAL with the reason that names it.
 *
 * A name, if there is one, is how the owner finds the realm while it is there.
 * A persistent realm is there until CCA_DESTROY, whether anybody has a
 * descriptor or not; another one until the last descriptor of it and of its RECs
 * is gone. EINVAL with CCA_REASON_NAME: that is no name. EEXIST with
 * CCA_REASON_NAME_TAKEN. In both cases the RMM was not asked for anything. Whoever
 * is killed in here leaves all of the realm or nothing.
 *
 * What a realm that persists keeps:
 *
 *  - Its RECs, with what they owe and are owed: CCA_REC_OPEN. Nobody runs them
 *    until somebody does.
 *  - Memory that backs a region (CCA_MEM_ADD with a memory fd), persistent or not,
 *    named or not, whether it has a descriptor or not. CCA_MEMORY_DESTROY takes
 *    the name of that memory and not a page of the realm. When the realm is
 *    destroyed its pages go back there, still delegated; if nothing else keeps
 *    that memory it goes with the realm, back to the host.
 *  - Memory of its own from the kernel, charged to the user who made the realm.
 *  - Memory that somebody shares with it (CCA_MEM_F_SHARED): as it says there.
 *  - The module, and a machine that is awake: it does not hibernate. At reboot,
 *    power-off and kexec the realm ends as all others do.
 *
 * CCA_REALM_F_PMU: the host's perf keeps the interrupt of the PMU, and its counters
 * stand still while a realm runs that has some. EOPNOTSUPP with CCA_REASON_PMU: the
 * RMM would, but that interrupt is not each CPU's own on this machine, or nobody
 * says which it is; out_pmu_counters_max is 0 then.
 */
#define CCA_REALM_F_SVE		(1U << 0)	/* sve_vl counts */
#define CCA_REALM_F_PMU		(1U << 1)	/* pmu_counters counts */
#define CCA_REALM_F_PERSIST	(1U << 2)	/* until CCA_DESTROY */

struct cca_realm_create {
	__u32 size;
	__u32 flags;			/* CCA_REALM_F_* */
	__u32 ipa_bits;			/* width of the IPA space; half is protected */
	__u32 hash;			/* CCA_HASH_* */
	__u32 breakpoints;		/* 0: the fewest that the RMM allows (2) */
	__u32 watchpoints;		/* likewise */
	__u32 sve_vl;			/* bits, multiple of 128 */
	__u32 pmu_counters;		/* beside that of cycles; 0 if CPUs have FEAT_HPMN0 */
	__u8  rpv[64];			/* Realm Personalisation Value */
	__s32 out_fd;			/* realm fd, close-on-exec, or -1 */
	__u32 out_id;			/* unique while the module is loaded; not 0 */
	struct cca_outcome out;
	char  name[CCA_NAME_SIZE];	/* zeros: none */
	__u32 recs_max;			/* RECs that it will have at most; 0: what */
					/* CCA_INFO says. More: CCA_REASON_RECS */
	__u32 __reserved;
};

/*
 * CCA_REALM_OPEN: another descriptor for a realm that is there, persistent or
 * not, in any state but DESTROYED; by id or by name. Errors are those of
 * CCA_MEMORY_OPEN.
 */
struct cca_realm_open {
	__u32 size;
	__u32 flags;			/* 0 */
	char  name[CCA_NAME_SIZE];	/* zeros: by id */
	__u32 id;			/* 0: by name */
	__s32 out_fd;			/* realm fd, close-on-exec, or -1 */
	struct cca_outcome out;
};

/*
 * CCA_REALM_NEXT: what there is of what the caller may open, by ascending id.
 * ENOENT: no more. It may be gone before it is opened.
 */
struct cca_realm_next {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 after;			/* the id before it; 0: the first */
	__u32 out_id;
};

/* ------------------------------------------------------------------- realm */

enum {
	CCA_REALM_NEW = 0,
	CCA_REALM_ACTIVE = 1,
	CCA_REALM_SYSTEM_OFF = 2,	/* powered itself off */
	CCA_REALM_TERMINATED = 3,	/* by CCA_TERMINATE, or dead */
	CCA_REALM_DESTROYED = 4,	/* only the descriptor is left */
};

struct cca_realm_info {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 out_id;
	__u32 out_state;		/* CCA_REALM_* */
	__u32 out_reason;		/* why it is over, CCA_REASON_* */
	__u32 out_ipa_bits;
	__u32 out_hash;
	__u32 out_recs;
	__aligned_u64 out_private;	/* bytes of private memory that are mapped */
	__aligned_u64 out_blocks;	/* of these, in blocks of 2 MiB, 1 GiB: bytes */
	__aligned_u64 out_tables;	/* granules in translation tables */
	__aligned_u64 out_granules;	/* all granules that the realm holds */
	__aligned_u64 out_leaked;	/* granules that the RMM did not return */
	__aligned_u64 out_rmi_calls;	/* RMI commands made for the realm */
	__aligned_u64 out_shared;	/* bytes lent to the realm by its callers */
	__aligned_u64 out_shared_mapped; /* of these: that it has touched */
	__aligned_u64 out_shared_blocks; /* of these: as 2 MiB blocks */
	__aligned_u64 out_ram;		/* bytes declared as RAM, mapped or not */
	__aligned_u64 out_ram_base;	/* lowest address of it */
	__aligned_u64 out_ram_top;	/* behind the highest */
	__aligned_u64 out_ram_backed;	/* bytes of it that memory fds back */
	__u32 out_ram_regions;		/* how many ranges it is in */
	__u32 out_shared_regions;
	__u32 out_recs_max;		/* that it may have; out_recs: that it has */
	__u32 out_recs_on;		/* not off: PSCI */
	__u32 out_recs_running;		/* in CCA_RUN at this moment */
	__u32 out_flags;		/* CCA_REALM_F_*: as it is now */
	__u32 out_owner;		/* uid */
	__u32 out_users;		/* descriptors of it and of its RECs */
	char  out_name[CCA_NAME_SIZE];
	__u32 out_breakpoints;		/* as it was created; what was 0 is the default */
	__u32 out_watchpoints;
	__u32 out_sve_vl;
	__u32 out_pmu_counters;
	__u8  out_rpv[64];
};

/*
 * CCA_MEM_ADD: declare a range of IPAs. Without CCA_MEM_F_SHARED it is the
 * realm's RAM, in the protected half; state NEW only. Pages come when they are
 * needed, zeroed: 2 MiB at a time where range and alignment allow, from
 * `memory` if it is a memory fd, else from the kernel. A fault of the realm
 * inside the range is resolved without leaving CCA_RUN.
 *
 * What the realm says about its own RAM (RIPAS) is carried out by CCA_RUN:
 * memory that it calls EMPTY goes back to where it came from, and when it says
 * RAM again, there is memory again, of zeros. A request may go over several
 * regions. What lies outside of all of them is refused, and CCA_EXIT_RIPAS says
 * so. So is, without an exit, what the RMM does not allow: memory that was
 * destroyed, of which the realm did not say that it knows. With
 * CCA_MEM_F_RIPAS_EXIT the caller decides: see CCA_EXIT_RIPAS.
 *
 * With CCA_MEM_F_SHARED the range is memory of the caller, at `source`, which
 * the realm sees too; in the unprotected half (bit ipa_bits - 1 set), in NEW
 * and ACTIVE. Any ordinary memory does: anonymous, of a memfd, of hugetlbfs.
 *
 *  - Its pages are pinned here and now, each in memory from the first moment,
 *    and stay pinned until the region ends: whatever the caller does, nobody
 *    else gets a page that the realm can reach.
 *  - The region ends with CCA_MEM_REMOVE, with the realm, and with the memory
 *    that was lent: when the caller unmaps some of it (munmap, mremap, another
 *    mapping in its place), calls execve or comes to its end, however it does.
 *    That is a moment later, and then all is as after CCA_MEM_REMOVE, which may
 *    find the region gone (ENOENT). MADV_DONTNEED or a truncation end nothing:
 *    the realm has the pages that there were.
 *  - After a fork it is the caller that still shares with the realm. What its
 *    child has of private memory is a copy; for a child that is to share as
 *    well, use a shared mapping.
 *  - They count in VmPin of the caller (/proc/PID/status), which may not exceed
 *    RLIMIT_MEMLOCK but with CAP_IPC_LOCK: ENOMEM, CCA_REASON_MEMLOCK.
 *  - The RMM gets them when the realm touches them, 2 MiB at a time: as one
 *    block where IPA and source are aligned and the pages lie side by side
 *    (huge pages), which up to 1 GiB of them do by one command; else as pages.
 *  - With CCA_MEM_F_READONLY the realm may only read, and the source need not
 *    be writable. A write of the realm is CCA_EXIT_MMIO, or CCA_EXIT_FAULT with
 *    what cannot be emulated, and changes nothing: do it, abort it, or replace
 *    the region and have the access made again (CCA_RUN_F_RETRY).
 *
 * EFAULT with CCA_REASON_SOURCE: nothing is there, or not writable and without
 * CCA_MEM_F_READONLY, or no memory that may be lent (of a device; of a file
 * that has to know of writes; the page of a REC). EEXIST: overlaps a region.
 */
#define CCA_MEM_F_SHARED	(1U << 0)	/* of the caller, at `source` */
#define CCA_MEM_F_READONLY	(1U << 1)	/* shared: the realm only reads */
#define CCA_MEM_F_RIPAS_EXIT	(1U << 2)	/* private: CCA_EXIT_RIPAS asks */

struct cca_mem_add {
	__u32 size;
	__u32 flags;			/* CCA_MEM_F_* */
	__aligned_u64 ipa;
	__aligned_u64 length;		/* not 0 */
	__s32 memory;			/* private: memory fd, or -1; shared: -1 */
	__u32 __reserved;
	struct cca_outcome out;
	__aligned_u64 source;		/* shared: page aligned; private: 0 */
};

/*
 * CCA_MEM_REMOVE: take a shared region away from the realm, in any state and
 * while RECs run. When it returns, no REC can reach the pages any more, and they
 * are the caller's as before. An access to where they were is CCA_EXIT_MMIO or
 * CCA_EXIT_FAULT. The range must be that of one region: ENOENT if none begins
 * there, EINVAL with CCA_REASON_RANGE if its length is another, or if it is
 * private. On failure the region is still there.
 */
struct cca_mem_remove {
	__u32 size;
	__u32 flags;			/* 0 */
	__aligned_u64 ipa;
	__aligned_u64 length;
	struct cca_outcome out;
};

/*
 * CCA_POPULATE: copy initial content into a declared region. State NEW only.
 * The RMM copies from the caller's own pages, in ascending order; order and
 * flags of all pages are part of the RIM, however many calls they came in. A
 * whole 2 MiB, aligned, becomes a block where there is memory for one.
 *
 * By out_done bytes the realm has its content, however the command ended; call
 * again for the rest. EINVAL: CCA_REASON_ALIGNMENT (ipa, length or source),
 * CCA_REASON_RANGE (length 0). EOVERFLOW: ipa or source wraps around. ENOENT:
 * part of the range is in no region; nothing was done. EEXIST with
 * CCA_REASON_POPULATED: a page has content, or was mapped by CCA_PREFAULT.
 * EFAULT: the source ends there. EBUSY: the realm is not NEW any more. ENOMEM
 * with CCA_REASON_BACKING, CCA_REASON_NO_MEMORY or CCA_REASON_LIMIT.
 */
#define CCA_POPULATE_F_MEASURE	(1U << 0)	/* content counts in the RIM */

struct cca_populate {
	__u32 size;
	__u32 flags;			/* CCA_POPULATE_F_* */
	__aligned_u64 ipa;
	__aligned_u64 length;		/* not 0 */
	__aligned_u64 source;		/* address in the caller, page aligned */
	__aligned_u64 out_done;		/* bytes */
	struct cca_outcome out;
};

/*
 * CCA_PREFAULT: map what is not mapped yet in declared regions, zeroed, before
 * the realm needs it: a gigabyte in one call where the RMM takes ranges, instead
 * of a fault for each block. States NEW and ACTIVE; RECs may run. It does not
 * change the RIM. What the realm has given up (RIPAS) is passed over. What is
 * mapped in state NEW cannot be populated any more.
 *
 * Mapped are blocks of 2 MiB where address, length and memory allow; and of 1 GiB
 * where those are multiples of it, the kernel's memory happens to lie in one
 * piece, and the RMM maps as much in one call. For that all memory of the range
 * is taken from the kernel first. It is best asked for all at once.
 *
 * By out_done bytes the range is ready, however the command ended; call again
 * for the rest. Errors are those of CCA_POPULATE.
 */
struct cca_prefault {
	__u32 size;
	__u32 flags;			/* 0 */
	__aligned_u64 ipa;
	__aligned_u64 length;		/* not 0 */
	__aligned_u64 out_done;		/* bytes */
	struct cca_outcome out;
};

/*
 * CCA_ACTIVATE: NEW to ACTIVE; the RIM is final.
 * CCA_TERMINATE: from any state; running RECs are made to leave first.
 * CCA_DESTROY: terminate if needed, and return every granule now rather than
 * at the last close. RECs must not be running (EBUSY, CCA_REASON_RUNNING:
 * CCA_TERMINATE makes them leave). The realm has no name and no id any more, and
 * is not persistent. Whoever is killed while it waits here has destroyed it.
 */
struct cca_realm_op {
	__u32 size;
	__u32 flags;			/* 0 */
	struct cca_outcome out;
};

/*
 * CCA_REC_CREATE: the next virtual CPU of the realm, in state NEW only. RECs
 * are numbered 0, 1, 2 ... in order of creation. A runnable REC is part of
 * the RIM, at the point where it is created.
 */
#define CCA_REC_F_RUNNABLE	(1U << 0)	/* else off until PSCI CPU_ON */

struct cca_rec_create {
	__u32 size;
	__u32 flags;			/* CCA_REC_F_* */
	__aligned_u64 pc;		/* IPA of its first instruction */
	__aligned_u64 gprs[8];		/* X0..X7 */
	__s32 out_fd;			/* REC fd, close-on-exec, or -1 */
	__u32 out_index;
	__aligned_u64 out_mpidr;	/* as the RMI has it */
	struct cca_outcome out;
};

/*
 * CCA_REC_OPEN: another descriptor for a REC that is there. It has the same page:
 * as the last CCA_RUN left it, with what the realm waits for if nobody has
 * answered yet. ENOENT with CCA_REASON_NOT_FOUND: no REC has that number. ESTALE:
 * the realm is destroyed.
 */
struct cca_rec_open {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 index;
	__s32 out_fd;			/* REC fd, close-on-exec, or -1 */
	__aligned_u64 out_mpidr;
	struct cca_outcome out;
};

/* --------------------------------------------------------------------- REC */

/*
 * CCA_RUN: run the REC in the calling thread until something needs the
 * caller. The exit is in the page that mmap(fd, sizeof(struct cca_run), ...,
 * offset 0) shows. EINTR: a signal came or immediate_exit was set; nothing is
 * lost, and the page's exit_reason is CCA_EXIT_INTR.
 */
struct cca_rec_op {
	__u32 size;
	__u32 flags;			/* 0 */
	struct cca_outcome out;
};

enum {
	CCA_EXIT_INTR = 0,		/* EINTR; or 0, with gic_misr: an interrupt */
					/* for maintenance that gic_hcr asked for */
	CCA_EXIT_MMIO = 1,		/* mmio */
	CCA_EXIT_HOST_CALL = 2,		/* imm, gprs; gprs go back */
	CCA_EXIT_SYSTEM_OFF = 3,	/* the realm is over */
	CCA_EXIT_SYSTEM_RESET = 4,	/* likewise: build it anew */
	CCA_EXIT_CPU_OFF = 5,		/* this REC is off until CPU_ON */
	CCA_EXIT_CPU_ON = 6,		/* gprs[1]: MPIDR that is on, now or already */
	CCA_EXIT_FAULT = 7,		/* access where nothing is: esr, ipa */
	CCA_EXIT_SYSREG = 8,		/* ICC register: esr; sysreg value */
	CCA_EXIT_SERROR = 9,		/* esr; the realm has it already */
	CCA_EXIT_UNKNOWN = 10,		/* raw_reason, esr */
	CCA_EXIT_RIPAS = 11,		/* ripas: the realm asked for a change */
	CCA_EXIT_TERMINATED = 12,	/* somebody terminated the realm */
	CCA_EXIT_TIMER = 13,		/* timer_levels changed: with */
					/* CCA_RUN_F_TIMER_EXIT only */
};

/*
 * CCA_EXIT_RIPAS: the realm wants [ripas.base, ripas.top) to be ripas.value.
 * ripas.decide 0: that is outside of every region, and refused by the next
 * CCA_RUN. ripas.decide 1: it is in a region with CCA_MEM_F_RIPAS_EXIT, and
 * carried out by the next CCA_RUN, unless CCA_RUN_F_RIPAS_REJECT is set. It may
 * be a part of what the realm asked for: other parts were carried out, or have
 * an exit of their own. A realm cannot be refused to call memory EMPTY; it is
 * told that nothing was done, and asks again.
 */

/* in cca_run.flags, consumed by the next entry */
#define CCA_RUN_F_INJECT_SEA	(1U << 0)	/* after MMIO or FAULT in the */
						/* unprotected half: abort it */
#define CCA_RUN_F_RIPAS_REJECT	(1U << 1)	/* after RIPAS: refuse it */
#define CCA_RUN_F_RETRY		(1U << 3)	/* after MMIO or FAULT in the */
						/* unprotected half: make the */
						/* access again */

/*
 * The same, but stays: for a VMM with a GIC. timer_levels is written at the end
 * of every CCA_RUN, EINTR included. With this flag CCA_RUN also ends, with
 * CCA_EXIT_TIMER, as soon as it knows of levels that are not those that it wrote
 * last; and a realm that waits for an interrupt is not woken by a timer that
 * was reported as high. A level that rises ends the entry, unless that timer was
 * high when the entry began: an RMM does not listen to it then. What happens to
 * such a timer, and a level that falls, is known at the next exit, for which a
 * VMM may ask by the EOI bit of a list register; the host's tick is one, too.
 * Without the flag timers wake a realm that waits, and no more is said of them.
 */
#define CCA_RUN_F_TIMER_EXIT	(1U << 2)

#define CCA_RUN_LRS		16

/*
 * The page that a REC shares with its VMM. Read once per entry, field by
 * field; the RMM never sees it. Fields not named by an exit are zero.
 */
struct cca_run {
	/* to the module */
	__u32 flags;			/* 0x000 CCA_RUN_F_* */
	__u8  immediate_exit;		/* 0x004 return EINTR before entering */
	__u8  __reserved0[3];
	/* from the module */
	__u32 exit_reason;		/* 0x008 CCA_EXIT_* */
	__u32 raw_reason;		/* 0x00c as the RMM gave it */
	__aligned_u64 esr;		/* 0x010 */
	__aligned_u64 ipa;		/* 0x018 address of an abort */
	struct {
		__aligned_u64 ipa;	/* unprotected alias, bit ipa_bits - 1 set */
		__aligned_u64 data;	/* write: value; read: put the value here */
		__u32 bytes;		/* 1, 2, 4, 8 */
		__u32 is_write;
	} mmio;				/* 0x020 */
	struct {
		__aligned_u64 base;
		__aligned_u64 top;
		__u32 value;		/* 0 EMPTY, 1 RAM */
		__u32 decide;		/* 1: CCA_RUN_F_RIPAS_REJECT decides */
	} ripas;			/* 0x038 */
	__aligned_u64 sysreg;		/* 0x050 written, or to be read */
	__u32 imm;			/* 0x058 of the host call */
	__u32 timer_levels;		/* 0x05c CCA_RUN_TIMER_*, _PMU_*: are high */
	__aligned_u64 gprs[31];		/* 0x060 host call, PSCI: both directions */
	/* virtual GIC: list registers in, and as the realm left them out (G.5) */
	__aligned_u64 gic_lrs[CCA_RUN_LRS]; /* 0x158 */
	__u32 gic_hcr;			/* 0x1d8 bits 7:1 and 14:10, En is implied */
	__u32 gic_vmcr;			/* 0x1dc out */
	__u32 gic_misr;			/* 0x1e0 out */
	__u32 __reserved1;
	__aligned_u64 cntv_ctl;		/* 0x1e8 out */
	__aligned_u64 cntv_cval;
	__aligned_u64 cntp_ctl;
	__aligned_u64 cntp_cval;
};

#define CCA_RUN_TIMER_VIRTUAL	(1U << 0)
#define CCA_RUN_TIMER_PHYSICAL	(1U << 1)
/*
 * And, with CCA_REALM_F_PMU, the interrupt of its counters (of PPI 23, as a rule):
 * one that may interrupt has overflowed. Without CCA_RUN_F_TIMER_EXIT it wakes
 * nobody.
 */
#define CCA_RUN_PMU_OVERFLOW	(1U << 2)

struct cca_rec_info {
	__u32 size;
	__u32 flags;			/* 0 */
	__u32 out_index;
	__u32 out_state;		/* 0 off, 1 runnable, 2 running */
	__aligned_u64 out_mpidr;
	__aligned_u64 out_entries;	/* REC_ENTER that succeeded */
	__aligned_u64 out_exits[8];	/* by RMI exit reason 0..7 */
	__u32 out_list_registers;	/* how many of gic_lrs there are; 0: none */
	__u32 __reserved;
};

#endif
