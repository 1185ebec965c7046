/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcca: Arm CCA realms on a stock kernel, from C and C++.
 *
 * This header is the manual of the library.
 *
 *   struct cca *c;
 *   struct cca_realm *realm;
 *   struct cca_rec *rec;
 *   struct cca_rec_options first = { .size = sizeof(first),
 *                                    .flags = CCA_REC_F_RUNNABLE, .pc = BASE };
 *
 *   cca_open(NULL, &c);
 *   cca_realm_create(c, NULL, &realm);
 *   cca_realm_add_memory(realm, BASE, 64 << 20, NULL);
 *   cca_realm_populate(realm, BASE, length, image, CCA_POPULATE_F_MEASURE, NULL);
 *   cca_rec_create(realm, &first, &rec);
 *   cca_realm_activate(realm);
 *   while (!cca_rec_run(rec) && handle(cca_rec_page(rec)))
 *           ;
 *
 * What belongs to whom
 *
 *  - Facts are the kernel's: constants, the info structures, the outcome of a
 *    command and the page that a REC shares with its VMM come from
 *    <linux/cca.h> and are passed through as they are. Before a *_get_info()
 *    the caller sets `size` to the sizeof of the structure, and `flags` to 0.
 *  - Actions are the library's: opaque handles, functions on them, and
 *    structures named *_options. They begin with `size`, too, and may grow: a
 *    program that zeroes them and sets `size` works with later libraries. An
 *    option that is zero has its default. NULL for the whole structure is fine
 *    where the text says so.
 *
 * Errors
 *
 *    Functions that return int return 0, or a negative errno, and then errno
 *    is set as well. The dictionary of errnos is at the top of <linux/cca.h>.
 *    The library adds none. On failure output pointers are not written unless
 *    the text says so, and *_last_outcome() of the handle that was called has
 *    the reason (cca_strreason()) and what the RMM said
 *    (cca_rmi_command_name(), cca_rmi_status_name()).
 *
 * Threads
 *
 *    One thread at a time may use a handle; different handles may be used by
 *    different threads at once, also when one was made from the other. There
 *    is one exception: cca_rec_kick(). Functions that take no handle may be
 *    called by anyone at any time.
 *
 * Lifetime
 *
 *    Handles may be closed in any order: the kernel keeps what an open handle
 *    needs. The last one to go destroys the object, unless it was made to
 *    persist. Closing NULL is a no-op, and closing leaves errno alone. All
 *    descriptors are close-on-exec.
 */
#ifndef CCA_H
#define CCA_H

#include <stddef.h>
#include <stdint.h>

#include <linux/cca.h>
#include <linux/cca_netlink.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CCA_DEVICE		"/dev/cca"
#define CCA_PAGE_SIZE		4096
#define CCA_IPA_BITS_DEFAULT	40
#define CCA_HASH_SIZE_MAX	64

struct cca;			/* the device */
struct cca_memory;		/* delegated memory, for realms to take */
struct cca_realm;
struct cca_rec;			/* a virtual CPU of a realm */
struct cca_events;		/* what happens to realms, as it happens */
struct cca_measurement;		/* a RIM that is being computed */

/* Version of the library, as "0.1.0". Static, never NULL. */
const char *cca_version(void);

/* ------------------------------------------------------------------ device */

/*
 * Open the device. `path` NULL means CCA_DEVICE. Succeeds on a machine without
 * a usable RMM, too: cca_get_info() says why it is not.
 *
 * Success: *out, to be closed with cca_close().
 * Errors: those of open(2): ENOENT, the module is not loaded; EACCES, not
 * permitted. ENOTTY: not a device of this kind. ENOMEM.
 */
int cca_open(const char *path, struct cca **out);
void cca_close(struct cca *c);

/*
 * Read what this machine can do, and the ledger (CCA_INFO).
 * Errors: EINVAL, E2BIG for `size` and `flags`.
 */
int cca_get_info(struct cca *c, struct cca_info *info);

/*
 * How the last command on this handle went; all zero before the first. Belongs
 * to the handle: valid until its next command or its closing.
 */
const struct cca_outcome *cca_last_outcome(const struct cca *c);

/* ------------------------------------------------------------------ memory */

/*
 * Set `length` bytes aside for realms (CCA_DELEGATE), in blocks of
 * `block_size` (4096 or 2 MiB). All or nothing. `done`, if not NULL, is
 * written on failure too: how many bytes had been delegated when it failed;
 * they are given back.
 *
 * Success: *out, to be closed with cca_memory_close(), which gives the memory
 * back as soon as no realm uses it.
 * Errors: EINVAL (length, block size), ENOMEM, ENODEV, EINTR, EIO.
 */
int cca_delegate(struct cca *c, uint64_t length, uint64_t block_size,
		 uint64_t *done, struct cca_memory **out);
void cca_memory_close(struct cca_memory *memory);

struct cca_memory_options {
	uint32_t size;			/* sizeof(struct cca_memory_options) */
	uint32_t flags;			/* CCA_MEMORY_F_* */
	uint64_t block_size;		/* 0: 4096 */
	const char *name;		/* NULL or "": none */
};

/*
 * The same with a name, or for longer than a process lives (CCA_MEMORY_F_PERSIST:
 * until cca_memory_destroy(), whether anybody has a handle or not).
 * `options` NULL: defaults.
 *
 * Success and *done: as of cca_delegate().
 * Errors: those of cca_delegate(); EINVAL, that is no name (<linux/cca.h> says
 * what is); EEXIST, this user has memory of that name; E2BIG, options from a
 * newer header that are in use.
 */
int cca_memory_create(struct cca *c, uint64_t length,
		      const struct cca_memory_options *options, uint64_t *done,
		      struct cca_memory **out);

/*
 * A handle for memory that is there (CCA_MEMORY_OPEN): by name, which is one of
 * the caller's own, or by id, whoever made it.
 *
 * Success: *out, to be closed with cca_memory_close().
 * Errors: ENOENT, there is none; EACCES, another user's; EINVAL, that is no
 * name or id; ENOMEM. Outcome: of `c`.
 */
int cca_memory_open(struct cca *c, const char *name, struct cca_memory **out);
int cca_memory_open_id(struct cca *c, uint32_t id, struct cca_memory **out);

/*
 * *id becomes the id that comes next of the memory that the caller may open;
 * begin with 0 (CCA_MEMORY_NEXT). Errors: ENOENT, no more; *id stays.
 */
int cca_memory_next(struct cca *c, uint32_t *id);

/*
 * Take its name and its persistence away (CCA_MEMORY_DESTROY): it goes with the
 * last handle, and when no realm uses it. This handle is still to be closed.
 * Twice is fine. Errors: ENODEV, the kernel ends.
 */
int cca_memory_destroy(struct cca_memory *memory);

/* CCA_MEMORY_INFO. Errors: EINVAL, E2BIG for `size` and `flags`. */
int cca_memory_get_info(struct cca_memory *memory, struct cca_memory_info *info);

/* As cca_last_outcome(). */
const struct cca_outcome *cca_memory_last_outcome(const struct cca_memory *memory);

/*
 * Delegate `length` bytes more (CCA_MEMORY_GROW), or give as many back that no
 * realm uses (CCA_MEMORY_SHRINK): whole blocks of the size that the memory was
 * made with.
 *
 * `done` NULL: a signal does not end the call; it goes on until all is done or
 * an error other than EINTR. Else *done is written, on failure too: by so much
 * the length has changed. A signal ends the call with EINTR: continue with the
 * rest. Other failures to grow undo what was done since the last signal; those
 * to shrink do not.
 *
 * Errors: EINVAL (length), EINTR, ENOMEM, EIO; shrink: EBUSY, realms use the
 * rest, EAGAIN, the RMM stays busy.
 */
int cca_memory_grow(struct cca_memory *memory, uint64_t length, uint64_t *done);
int cca_memory_shrink(struct cca_memory *memory, uint64_t length, uint64_t *done);

/* ------------------------------------------------------------------- realm */

struct cca_realm_options {
	uint32_t size;			/* sizeof(struct cca_realm_options) */
	uint32_t flags;			/* CCA_REALM_F_* */
	uint32_t ipa_bits;		/* 0: CCA_IPA_BITS_DEFAULT */
	uint32_t hash;			/* CCA_HASH_*, 0 is SHA-256 */
	uint32_t breakpoints;		/* 0: the fewest (2) */
	uint32_t watchpoints;		/* 0: the fewest (2) */
	uint32_t sve_vl;		/* with CCA_REALM_F_SVE: bits, multiple of 128 */
	uint32_t pmu_counters;		/* with CCA_REALM_F_PMU */
	uint8_t rpv[64];		/* Realm Personalisation Value */
	const char *name;		/* NULL or "": none */
	uint32_t recs_max;		/* 0: as many as the RMM allows */
	uint32_t reserved;		/* 0 */
};

/*
 * Create a realm, in state NEW (CCA_REALM_CREATE). `options` NULL: defaults.
 * With CCA_REALM_F_PERSIST it stays until cca_realm_destroy(), whether anybody
 * has a handle or not, and what has been done to it stays done; without, it goes
 * with the last handle.
 *
 * Success: *out, to be closed with cca_realm_close().
 * Errors: EINVAL, the reason names the limit, or that is no name; EEXIST, this
 * user has a realm of that name; E2BIG, options from a newer header that are in
 * use, or a driver older than names; ENOMEM, ENODEV, EIO. Outcome: of `c`.
 */
int cca_realm_create(struct cca *c, const struct cca_realm_options *options,
		     struct cca_realm **out);
void cca_realm_close(struct cca_realm *realm);

/*
 * A handle for a realm that is there (CCA_REALM_OPEN): by name, which is one of
 * the caller's own, or by id, whoever made it.
 *
 * Success: *out, to be closed with cca_realm_close().
 * Errors: ENOENT, there is none; EACCES, another user's; EINVAL, that is no
 * name or id; ENOMEM. Outcome: of `c`.
 */
int cca_realm_open(struct cca *c, const char *name, struct cca_realm **out);
int cca_realm_open_id(struct cca *c, uint32_t id, struct cca_realm **out);

/*
 * *id becomes the id that comes next of the realms that the caller may open;
 * begin with 0 (CCA_REALM_NEXT). Errors: ENOENT, no more; *id stays.
 */
int cca_realm_next(struct cca *c, uint32_t *id);

/* CCA_REALM_INFO. Errors: EINVAL, E2BIG for `size` and `flags`. */
int cca_realm_get_info(struct cca_realm *realm, struct cca_realm_info *info);

/* As cca_last_outcome(). */
const struct cca_outcome *cca_realm_last_outcome(const struct cca_realm *realm);

/*
 * Declare [ipa, ipa + length) to be the realm's RAM (CCA_MEM_ADD), state NEW
 * only. Pages come zeroed when they are needed, from `memory`, or from the
 * kernel if that is NULL. `memory` may be closed afterwards.
 *
 * Errors: EINVAL (alignment, range), EOVERFLOW, EEXIST (overlap), EBUSY (not
 * NEW), ENOMEM, EIO.
 */
int cca_realm_add_memory(struct cca_realm *realm, uint64_t ipa, uint64_t length,
			 struct cca_memory *memory);

/*
 * The same with CCA_MEM_F_* (CCA_MEM_F_RIPAS_EXIT).
 * Errors: as above.
 */
int cca_realm_add_memory_flags(struct cca_realm *realm, uint64_t ipa, uint64_t length,
			       struct cca_memory *memory, uint32_t flags);

/*
 * Let the realm see [source, source + length) of this process at `ipa`, in the
 * unprotected half of its addresses (CCA_MEM_ADD with CCA_MEM_F_SHARED).
 * `flags`: 0, or CCA_MEM_F_READONLY. State NEW or ACTIVE. The pages stay pinned
 * until cca_realm_unshare() with the same `ipa` and `length`, the end of the realm,
 * or a moment after some of the mapping at `source` or this process is gone.
 *
 * Errors: EINVAL, EOVERFLOW, EFAULT (what is at `source` cannot be shared),
 * EEXIST (overlaps), EBUSY, ESTALE, ENOMEM (also RLIMIT_MEMLOCK), EINTR.
 */
int cca_realm_share(struct cca_realm *realm, uint64_t ipa, uint64_t length, void *source,
		    uint32_t flags);

/*
 * Take it away again (CCA_MEM_REMOVE), in any state, also while RECs run.
 * Errors: ENOENT, EINVAL (not all of one region), ESTALE, EINTR, EIO.
 */
int cca_realm_unshare(struct cca_realm *realm, uint64_t ipa, uint64_t length);

/*
 * Copy `length` bytes at `source` to `ipa` (CCA_POPULATE), state NEW only,
 * inside one region. All three are multiples of CCA_PAGE_SIZE. With
 * CCA_POPULATE_F_MEASURE in `flags` the content counts in the RIM; the
 * addresses and the order of calls always do.
 *
 * `done` NULL: a signal does not end the call; it goes on until all is done or
 * an error other than EINTR. Else *done is written, on failure too, and a
 * signal ends the call with EINTR: continue with the rest.
 *
 * Errors: EINVAL, EOVERFLOW, ENOENT (no region), EEXIST (populated before),
 * EBUSY (not NEW), EFAULT, EINTR, ENOMEM, EIO.
 */
int cca_realm_populate(struct cca_realm *realm, uint64_t ipa, uint64_t length,
		       const void *source, uint32_t flags, uint64_t *done);

/*
 * Map `length` bytes at `ipa` now, zeroed, where nothing is mapped yet
 * (CCA_PREFAULT), instead of when the realm first touches them. States NEW and
 * ACTIVE; it does not change the RIM, but what is mapped cannot be populated any
 * more. `done` and errors as of cca_realm_populate().
 */
int cca_realm_prefault(struct cca_realm *realm, uint64_t ipa, uint64_t length, uint64_t *done);

/* NEW to ACTIVE: the RIM is final, RECs may run. Errors: EBUSY, EIO. */
int cca_realm_activate(struct cca_realm *realm);

/*
 * End the realm, from any state; RECs that run leave with
 * CCA_EXIT_TERMINATED. Its memory stays with it until it is destroyed.
 * Errors: EINTR: call again; EIO.
 */
int cca_realm_terminate(struct cca_realm *realm);

/*
 * Terminate if needed, and return every granule now rather than at the last
 * close; its name is free, and it does not persist. This handle is still to be
 * closed. Errors: EBUSY, a REC is running (cca_realm_terminate() makes it leave);
 * ESTALE, somebody has destroyed it; EINTR: call again.
 */
int cca_realm_destroy(struct cca_realm *realm);

/* --------------------------------------------------------------------- REC */

struct cca_rec_options {
	uint32_t size;			/* sizeof(struct cca_rec_options) */
	uint32_t flags;			/* CCA_REC_F_* */
	uint64_t pc;			/* IPA of its first instruction */
	uint64_t gprs[8];		/* X0 to X7 */
};

/*
 * Create the next virtual CPU of a realm (CCA_REC_CREATE), state NEW only.
 * `options` NULL: off until another REC starts it (PSCI CPU_ON).
 *
 * Success: *out, to be closed with cca_rec_close().
 * Errors: EINVAL, E2BIG, EBUSY, ENOMEM, EIO. Outcome: of `realm`.
 */
int cca_rec_create(struct cca_realm *realm, const struct cca_rec_options *options,
		   struct cca_rec **out);
void cca_rec_close(struct cca_rec *rec);

/*
 * A handle for a REC that is there (CCA_REC_OPEN), by its number. RECs live as
 * long as their realm. Its page is the one that all handles of this REC have: as
 * the last cca_rec_run() left it, perhaps with an exit that nobody has answered.
 *
 * Success: *out, to be closed with cca_rec_close().
 * Errors: ENOENT, no REC has that number; ESTALE, the realm is destroyed; ENOMEM.
 * Outcome: of `realm`.
 */
int cca_rec_open(struct cca_realm *realm, uint32_t index, struct cca_rec **out);

/* Number of the REC in its realm, and its MPIDR as PSCI names it. */
uint32_t cca_rec_index(const struct cca_rec *rec);
uint64_t cca_rec_mpidr(const struct cca_rec *rec);

/* CCA_REC_INFO. Errors: EINVAL, E2BIG for `size` and `flags`. */
int cca_rec_get_info(struct cca_rec *rec, struct cca_rec_info *info);

/* As cca_last_outcome(). */
const struct cca_outcome *cca_rec_last_outcome(const struct cca_rec *rec);

/*
 * The page that the REC shares with its VMM: how it left, and what it is given
 * at the next entry (<linux/cca.h> says which field means what). Belongs to
 * the handle, valid until cca_rec_close(). Read and write it only while
 * cca_rec_run() is not in progress.
 */
struct cca_run *cca_rec_page(struct cca_rec *rec);

/*
 * Run the REC in this thread until something needs the caller (CCA_RUN).
 *
 * Success: page->exit_reason says why it left, CCA_EXIT_*.
 * Errors: EINTR, a signal came or the REC was kicked, nothing is lost, call
 * again. EAGAIN, the REC is off. ESTALE, the realm is over. ENOMEM, the realm
 * grows and there is no memory for it; it can go on when there is. EBUSY, not
 * active yet, or another thread runs this REC. EINVAL (flags of the page), EIO.
 */
int cca_rec_run(struct cca_rec *rec);

/*
 * Make the cca_rec_run() that is in progress, or else the next one, return
 * EINTR. Any thread may call it, and a signal handler. It does not wake a REC
 * that is running already: also send its thread a signal. A kick that was
 * seen is used up.
 */
void cca_rec_kick(struct cca_rec *rec);

/* ------------------------------------------------------------------ events */

/*
 * Something that happened; <linux/cca_netlink.h> says what there is. `has` has
 * bit CCA_EVENT_A_* set for each field that the event came with; the others are
 * zero. Events of a kind that this library does not know come through as well.
 */
struct cca_event {
	uint32_t size;			/* sizeof(struct cca_event) */
	uint32_t kind;			/* CCA_EVENT_* */
	uint64_t lost;			/* CCA_EVENT_LOST: how many, 0: not known */
	uint64_t seq;
	uint32_t has;
	uint32_t realm;			/* its id */
	uint32_t owner;			/* uid */
	uint32_t rec;			/* its index */
	uint32_t reason;		/* CCA_REASON_* */
	uint32_t exit;			/* CCA_EXIT_* */
	uint32_t cause;			/* CCA_LEAK_* */
	uint32_t rmi_fid;
	uint64_t rmi_status;
	uint64_t granules;
	char name[CCA_NAME_SIZE];	/* of the realm, if it has one */
};

/*
 * Not an event: some were lost, because they came faster than they were taken.
 * When that is noticed, `lost` is 0; where they are missing, it is their number.
 */
#define CCA_EVENT_LOST		CCA_EVENT_UNSPEC

/*
 * Listen to the events of all realms. What happened before is not told.
 *
 * Success: *out, to be closed with cca_events_close().
 * Errors: ENOENT, the module is not loaded, or this is not the initial network
 * namespace. EPERM, without CAP_SYS_ADMIN. EOPNOTSUPP, a kernel without generic
 * netlink. ENOMEM, EIO.
 */
int cca_events_open(struct cca_events **out);

/*
 * Listen to the events of the realms of this user, which takes no right. There
 * is no CCA_EVENT_PAGES_LEAKED and no CCA_EVENT_RMM_TROUBLE among them, and
 * their numbers are their own.
 *
 * Success: as of cca_events_open().
 * Errors: those of cca_events_open() but EPERM; EBUSY, this user listens as often
 * as he may. EOPNOTSUPP: also a module that cannot do this yet.
 */
int cca_events_open_own(struct cca_events **out);
void cca_events_close(struct cca_events *events);

/*
 * For poll(2): readable when there may be something. Read it by
 * cca_events_next() only, until that says EAGAIN. Belongs to the handle.
 */
int cca_events_fd(const struct cca_events *events);

/*
 * The next event, which is waited for: `timeout` milliseconds, 0: not at all,
 * -1: for ever. Before the call set event->size.
 *
 * Errors: EAGAIN, nothing came. EINTR, a signal. ENODEV, the module was
 * unloaded: nothing will come any more. EINVAL (size), ENOMEM, EIO.
 */
int cca_events_next(struct cca_events *events, struct cca_event *event, int timeout);

/* ------------------------------------------------------------- measurement */

/*
 * Compute, without a device, the Realm Initial Measurement that a realm will
 * have. Call what creates the realm, once more, in the same order:
 *
 *   cca_realm_create(c, o, &realm)         cca_measurement_new(profile, o, &m)
 *   cca_realm_add_memory(...)              (not measured)
 *   cca_realm_populate(realm, i, l, s, f)  cca_measurement_extend_data(m, i, l, s, f)
 *   cca_rec_create(realm, r, &rec)         cca_measurement_extend_rec(m, r)
 *   cca_realm_activate(realm)              cca_measurement_value(m, value)
 *
 * `profile` tells the RMM (info.out_profile, CCA_PROFILE_*): its initial value
 * is the hash of the realm's parameters on JULY, and zero on BET3. RPV, name and
 * number of RECs are in neither.
 *
 * Success: *out, to be freed with cca_measurement_free().
 * Errors: EINVAL (an unknown profile or hash, size or flags), E2BIG, ENOMEM.
 */
int cca_measurement_new(uint32_t profile, const struct cca_realm_options *options,
			struct cca_measurement **out);
void cca_measurement_free(struct cca_measurement *m);

/*
 * Extend by every page of [ipa, ipa + length), in ascending order. `source` may
 * be NULL without CCA_POPULATE_F_MEASURE. Errors: EINVAL, EOVERFLOW, ENOMEM.
 * After ENOMEM the value is undefined.
 */
int cca_measurement_extend_data(struct cca_measurement *m, uint64_t ipa, uint64_t length,
				const void *source, uint32_t flags);

/*
 * Extend by a REC; one that is not runnable changes nothing. `options` NULL: as
 * of cca_rec_create(). Errors: EINVAL (size, flags), E2BIG, ENOMEM.
 */
int cca_measurement_extend_rec(struct cca_measurement *m,
			       const struct cca_rec_options *options);

/* Writes the value as it is now, padded with zeros; returns its length. */
size_t cca_measurement_value(const struct cca_measurement *m,
			     uint8_t value[CCA_HASH_SIZE_MAX]);

/* Bytes of a CCA_HASH_*; 0: no such algorithm. */
size_t cca_hash_size(uint32_t hash);

/* -------------------------------------------------------------------- words */

/*
 * All of these return static text in English, never NULL; for a number that
 * this version of the library does not know, "unknown" or the like.
 */

/* A CCA_REASON_*, as the end of a sentence: "the realm was terminated". */
const char *cca_strreason(uint32_t reason);

/* out.rmi_fid: "RMI_REALM_CREATE". */
const char *cca_rmi_command_name(uint32_t fid);

/* The status code in out.rmi_status (bits 7:0): "RMI_ERROR_INPUT". */
const char *cca_rmi_status_name(uint64_t status);

/* A CCA_EXIT_*: "host call". */
const char *cca_exit_name(uint32_t reason);

/* A CCA_EVENT_*: "realm-created", as docs/netlink-cca.yaml has it. */
const char *cca_event_name(uint32_t kind);

/* A CCA_LEAK_*: "not undelegated". */
const char *cca_leak_name(uint32_t cause);

/* A CCA_HASH_*: "sha256". */
const char *cca_hash_name(uint32_t hash);

/* A CCA_PROFILE_*: "july". */
const char *cca_profile_name(uint32_t profile);

/* A CCA_REALM_NEW ... CCA_REALM_DESTROYED: "new". */
const char *cca_realm_state_name(uint32_t state);

#ifdef __cplusplus
}
#endif

#endif
