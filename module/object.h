/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects behind the file descriptors, and what their rooms share.
 *
 * Who holds whom: a realm fd and each REC fd hold the realm; the realm owns its
 * RECs and regions, and a region holds the memory object that backs it. The
 * last holder of a realm destroys it; a memory object follows its last region.
 *
 * Locks: rec->task (who is in RUN; never waited for while another lock is held)
 * > the list of realms > realm->lock (state, regions, tables, the list
 * page); and the registers of names.h, under which no other is taken.
 * realm->state is written under realm->lock and may be read without it, by RUN,
 * which looks again after each kick.
 *
 * The functions return as everywhere below the doors: 0, > 0 the RMM's result,
 * < 0 an errno; those that the doors call return 0 or an errno only.
 */
#ifndef CCA_OBJECT_H
#define CCA_OBJECT_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "cca.h"
#include "exit.h"
#include "names.h"
#include "rmi_cmds.h"

struct file;
struct rmi_rtt_entry;
struct task_struct;
struct vm_area_struct;

/* ------------------------------------------------------------- memory.c */

struct cca_memory {
	struct cca_entry entry;
	struct cca_errand end;
	struct mutex lock;		/* one resizes at a time */
	struct cca_pool *pool;
	struct cca_user *user;		/* who made it, and is charged for it */
	u64 length;			/* written under the lock, as is rmi_calls */
	u64 block_size;
	u64 rmi_calls;
};

/*
 * Delegates, all or nothing. Nobody finds it before it is published, which
 * cannot fail; its name is taken from the beginning.
 */
int cca_memory_create(struct cca_delegate *arg, struct cca_memory **memory);
void cca_memory_publish(struct cca_memory *memory, u32 flags);
/* The opposite: no name, not persistent. Other holders keep it. */
void cca_memory_destroy(struct cca_memory *memory);
/* Takes a reference. */
int cca_memory_open(const char *name, u32 id, struct cca_memory **memory,
		    struct cca_outcome *out);
/* The id that comes next of those that the caller may open, or 0. */
u32 cca_memory_next(u32 after);
/* By *done bytes the length has changed, also on failure. Interruptible. */
int cca_memory_grow(struct cca_memory *memory, u64 length, u64 *done,
		    struct cca_outcome *out);
int cca_memory_shrink(struct cca_memory *memory, u64 length, u64 *done,
		      struct cca_outcome *out);
void cca_memory_info(struct cca_memory *memory,
		     struct cca_memory_info *info);
void cca_memory_get(struct cca_memory *memory);
void cca_memory_put(struct cca_memory *memory);

/* ------------------------------------------------- realm.c, creation.c */

struct cca_realm {
	struct cca_entry entry;
	struct list_head link;		/* all realms */
	struct mutex lock;
	u32 state;			/* CCA_REALM_* */
	bool closing;			/* somebody may be about to destroy it */
	u32 reason;			/* why it is over */
	unsigned int ipa_bits;
	u32 hash;
	struct {			/* how it was created; what is measured */
		u32 flags;		/* CCA_REALM_F_* */
		u32 breakpoints, watchpoints;
		u32 sve_vl, pmu_counters;
		u32 recs_max;
		u8 rpv[64];
	} made;

	/* At the RMM. rd is 0 when there is nothing. */
	phys_addr_t rd;
	phys_addr_t root;
	unsigned int root_order;
	int start_level;
	bool terminated;
	bool announced;			/* as created, to those who listen */
	char called[CCA_NAME_SIZE];	/* its name, also when it has lost it */
	struct cca_account account;
	u64 tables;			/* granules, without the roots */
	u64 tables_at[RMI_LEVEL_LEAF + 1]; /* of these, by level */
	u64 tables_base;		/* below it none was ever made */
	u64 mapped;			/* bytes */
	u64 blocks;			/* of these, in blocks: bytes */
	u64 giants;			/* of these, in blocks of 1 GiB: bytes */
	bool ragged;			/* the realm gave some of its RAM up */
	void *list;			/* for unmapping, which must not allocate */
	struct {
		u64 ipa;		/* where its first page belongs */
		phys_addr_t pa;
		unsigned int used;	/* pages, from the first; all: none is there */
	} stage;			/* a block that is being populated */

	struct list_head regions;
	struct list_head shares;	/* shared.c */
	u64 shared;			/* bytes in them */
	u64 shared_tables;		/* of `tables`, those of their half */
	struct cca_errand sweep;	/* of regions whose lender has gone */
	atomic_t sweeping;		/* it has been sent, and not begun */
	struct xarray recs;		/* by index */
	unsigned int nrecs;
	atomic64_t rmi_calls;

	/*
	 * An operation whose caller was killed goes on: until then nobody else
	 * may do anything with the realm, but the lock is free. Under the lock.
	 */
	bool busy;
	wait_queue_head_t idle;
	struct {
		struct cca_heir heir;
		void *params;
		phys_addr_t pa;
		struct cca_rec *rec;	/* that is being created */
	} left;
	struct cca_errand end;		/* its destruction */
};

/* First IPA behind the realm's own half. */
static inline u64 cca_realm_private_top(const struct cca_realm *realm)
{
	return 1ULL << (realm->ipa_bits - 1);
}

/* Behind the other one, which is shared. */
static inline u64 cca_realm_top(const struct cca_realm *realm)
{
	return 1ULL << realm->ipa_bits;
}

int cca_realm_create(const struct cca_realm_create *arg,
		     struct cca_realm **realm, struct cca_outcome *out);
/*
 * It counts as alive, is found at the end of the kernel, and has a number and
 * its name. On failure, too, putting it undoes what was done.
 */
int cca_realm_enlist(struct cca_realm *realm, const char *name,
		     struct cca_outcome *out);
/* Nobody finds it before. flags: CCA_REALM_F_PERSIST. Cannot fail. */
void cca_realm_publish(struct cca_realm *realm, u32 flags);
/* Takes a reference. */
int cca_realm_open(const char *name, u32 id, struct cca_realm **realm,
		   struct cca_outcome *out);
/* The id that comes next of those that the caller may open, or 0. */
u32 cca_realm_next(u32 after);
void cca_realm_info(struct cca_realm *realm, struct cca_realm_info *info);
int cca_realm_activate(struct cca_realm *realm, struct cca_outcome *out);
int cca_realm_terminate(struct cca_realm *realm, struct cca_outcome *out);
int cca_realm_destroy(struct cca_realm *realm, struct cca_outcome *out);
void cca_realm_get(struct cca_realm *realm);
void cca_realm_put(struct cca_realm *realm);

/*
 * The kernel ends: first all realms are told, then, when their RECs have left,
 * destroyed; returns how many are left. Abandon: after a panic, see power.c.
 */
void cca_realms_stop(void);
unsigned int cca_realms_destroy(void);
void cca_realms_abandon(void);

/*
 * Granules for the realm; pool NULL: the module's own. That is no command of
 * the realm, so its failure is no fault of it: 0 or an errno.
 */
int cca_realm_take(struct cca_realm *realm, struct cca_pool *pool,
		   unsigned int order, phys_addr_t *pa, struct cca_outcome *out);

/* Interruptible: 0 or -EINTR. Waits until the realm is not busy. */
int cca_realm_lock(struct cca_realm *realm);

/*
 * A command answered -EINPROGRESS: the realm is busy, and lives, until its heir
 * says so. Both with the lock held; the second one unlocks and lets go.
 */
void cca_realm_leave(struct cca_realm *realm);
void cca_realm_resume(struct cca_realm *realm);

/* 0 if the realm is in this state, else the errno and reason for it. */
int cca_realm_expect(struct cca_realm *realm, u32 state,
		     struct cca_outcome *out);

/*
 * The realm is over, for this reason: RECs in RUN are made to leave. The first
 * one to say so decides. realm->lock is held.
 */
void cca_realm_over(struct cca_realm *realm, u32 state, u32 reason);

/* One of the events that have a realm; rec and exit where it says so. */
void cca_realm_event(struct cca_realm *realm, u32 kind, u32 rec, u32 exit);

/* Whether the RMM answered what it may not; those who listen are told so. */
bool cca_realm_trouble(struct cca_realm *realm, int result,
		       const struct cca_outcome *out);

/*
 * What a result of a realm's command means to the user. One that an active
 * realm cannot have (R23) is the realm's death. realm->lock is held.
 */
int cca_realm_result(struct cca_realm *realm, int result,
		     struct cca_outcome *out);

/* The limits of this RMM, for CCA_INFO and for creation. */
void cca_realm_limits(struct cca_info *info);
unsigned int cca_realm_recs_max(void);

unsigned int cca_realms(void);		/* alive now */
unsigned int cca_memories(void);

/* When nothing lives, the ledger keeps nothing. */
void cca_objects_settle(void);

/* ------------------------------------------------------------- region.c */

struct cca_region {
	struct list_head node;		/* in order of address */
	u64 base;
	u64 top;
	bool ask;			/* the VMM, before its RIPAS changes */
	struct cca_memory *memory;	/* NULL: the module's pool */
};

/* flags: CCA_MEM_F_*, those of private memory. */
int cca_region_add(struct cca_realm *realm, u64 ipa, u64 length, u32 flags,
		   struct cca_memory *memory, struct cca_outcome *out);
struct cca_region *cca_region_find(struct cca_realm *realm, u64 ipa);
int cca_region_populate(struct cca_realm *realm, struct cca_populate *arg);
int cca_region_prefault(struct cca_realm *realm, struct cca_prefault *arg);
void cca_regions_free(struct cca_realm *realm);

/* ------------------------------------------------------------- shared.c */

/* CCA_MEM_ADD with CCA_MEM_F_SHARED; the caller's memory is pinned by it. */
int cca_shared_add(struct cca_realm *realm, const struct cca_mem_add *arg,
		   struct cca_outcome *out);
int cca_shared_remove(struct cca_realm *realm, const struct cca_mem_remove *arg,
		      struct cca_outcome *out);

/*
 * All with realm->lock held. A realm faulted in the shared half, or was not
 * permitted to write there; *cured as with cca_rtt_fault().
 */
int cca_shared_fault(struct cca_realm *realm, u64 ipa, bool permission,
		     bool *cured, struct cca_outcome *out);
void cca_shared_read(struct cca_realm *realm, struct cca_realm_info *info);

/*
 * Tear down; never allocate, always end. Memory goes back to its lenders when
 * the realm is gone at the RMM; if it would not go, what it touched does not.
 */
void cca_shared_destroy_tables(struct cca_realm *realm, struct cca_outcome *out);
void cca_shared_free(struct cca_realm *realm, bool gone);

/* ---------------------------------------------------------------- rtt.c */

/* Where the walk starts, and with how many tables side by side (D.1). */
void cca_rtt_geometry(unsigned int ipa_bits, unsigned int pa_bits, int *level,
		      unsigned int *order);

/* A walk can be deepened once per level; more tries mean that it does not help. */
#define CCA_RTT_ROUNDS	4

/* Where pages are, and blocks of 2 MiB and of 1 GiB. */
#define CCA_PAGE_LEVEL	RMI_LEVEL_LEAF
#define CCA_BLOCK_LEVEL	(RMI_LEVEL_LEAF - 1)
#define CCA_GIANT_LEVEL	(RMI_LEVEL_LEAF - 2)
#define CCA_GIANT_BYTES	(1ULL << RMI_LEVEL_SHIFT(CCA_GIANT_LEVEL))

/* What an entry covers. */
static inline u64 cca_rtt_size(int level)
{
	return 1ULL << RMI_LEVEL_SHIFT(level);
}

/* The walk stopped at a level, which the result names. */
static inline bool cca_is_rtt(int result)
{
	return result > 0 && RMI_STATUS(result) == RMI_ERROR_RTT;
}

static inline int cca_protocol(struct cca_outcome *out)
{
	return cca_fail(out, CCA_REASON_RMI_PROTOCOL, -EIO);
}

/*
 * All with realm->lock held. Deepen: the walk to ipa stopped at this level, add
 * the table below it; where a block is in the way, the RMM splits it. Fold: the
 * table of pages at ipa goes if it says 512 times the same, nothing or the pages
 * of one block; > 0 it does not, or there is none.
 */
int cca_rtt_deepen(struct cca_realm *realm, u64 ipa, int level,
		   struct cca_outcome *out);
int cca_rtt_fold(struct cca_realm *realm, u64 ipa, struct cca_outcome *out);

/* A table of this level at ipa: that above it is there, and says so if not. */
int cca_rtt_add_table(struct cca_realm *realm, u64 ipa, int level,
		      struct cca_outcome *out);

/* The entry in which the walk to ipa ends. */
int cca_rtt_look(struct cca_realm *realm, u64 ipa, struct rmi_rtt_entry *entry,
		 struct cca_outcome *out);
/*
 * An unmapping failed at *base with an error that names a level, so there is a
 * hole, or a block that sticks out (C.8): to the end of that entry.
 */
int cca_rtt_skip(struct cca_realm *realm, u64 *base,
		 struct rmi_rtt_entry *entry, struct cca_outcome *out);

/* One more page or block of a list of memory, merged with the last if it can be. */
void cca_rtt_describe(u64 *list, unsigned int *entries, int level,
		      unsigned int mem_state, phys_addr_t pa);

/* Base and top inside one region. */
int cca_rtt_init_ripas(struct cca_realm *realm, u64 base, u64 top,
		       struct cca_outcome *out);
/*
 * Carry out what the realm asked for, as far as it goes: *next is where it
 * stopped. A signal, or an RMM that has nothing to change there, stops it too.
 */
int cca_rtt_set_ripas(struct cca_realm *realm, phys_addr_t rec, u64 base,
		      u64 top, u32 ripas, u64 *next, struct cca_outcome *out);

/* Tear down; never allocate, always end. What stays behind is the RMM's. */
void cca_rtt_unmap_all(struct cca_realm *realm, struct cca_outcome *out);
void cca_rtt_destroy_all(struct cca_realm *realm, struct cca_outcome *out);

/* ------------------------------------------------------------ private.c */

/* All with realm->lock held, and all that they touch inside one region. */

/*
 * A page of content. `ahead`: so many bytes from ipa on are to come in this
 * order; where that is a block, one is taken, and folded when it is full. Done:
 * it will not be filled, the rest of the block goes back.
 */
int cca_private_populate(struct cca_realm *realm, struct cca_region *region,
			 u64 ipa, u64 ahead, phys_addr_t source, u64 flags,
			 struct cca_outcome *out);
void cca_private_populated(struct cca_realm *realm);

/*
 * Zeros where nothing is mapped from *at on, as far as one call to the RMM gets;
 * *at is where the next one goes on.
 */
int cca_private_map(struct cca_realm *realm, struct cca_region *region, u64 *at,
		    u64 top, struct cca_outcome *out);

/* So many bytes will be wanted, of the module's own pool: gather them. */
void cca_private_gather(struct cca_realm *realm, u64 bytes);

/*
 * The same for the gigabyte at base, as one block, if one of what was gathered
 * lies in one piece. -ENOMEM: none does. > 0: something is there, or a table.
 */
int __must_check cca_private_map_giant(struct cca_realm *realm,
				       struct cca_region *region, u64 base,
				       struct cca_outcome *out);

/*
 * The realm faulted at ipa. *cured: whether entering again makes sense. If not,
 * no mapping helps, and the VMM should hear of it.
 */
int cca_private_fault(struct cca_realm *realm, struct cca_region *region,
		      u64 ipa, u64 esr, bool *cured, struct cca_outcome *out);

/* ---------------------------------------------------------------- ich.c */

/* The CPU's GIC list registers and what belongs to them, while a REC is out. */
struct cca_ich {
	unsigned int count;		/* cca_ich_count() */
	bool quiet;			/* lrs and hcr are 0: little is to be done */
	bool active;			/* any priority, when it left */
	u64 lrs[CCA_RUN_LRS];
	u64 hcr;
	u64 vmcr;
	u64 misr;
	u64 ap0r[4];
	u64 ap1r[4];
};

unsigned int cca_ich_count(void);	/* list registers of this machine */
u64 cca_ich_hcr_mask(void);		/* control bits that a VMM may set */

/* Interrupts are off. Leave clears the registers whatever the entry did. */
void cca_ich_enter(const struct cca_ich *ich);
void cca_ich_leave(struct cca_ich *ich);

/* ---------------------------------------------------------------- ppi.c */

/*
 * Preemption and interrupts are off: from now on this CPU's timer interrupts,
 * and that of its GIC, end an entry.
 */
void cca_ppi_ready(void);
/*
 * The interrupt of the PMU: whether it can be held back for an entry, and that.
 * Preemption and interrupts are off; released only if it was held.
 */
bool cca_ppi_pmu_known(void);
bool cca_ppi_pmu_hold(void);
void cca_ppi_pmu_release(void);

int cca_ppi_init(void);
void cca_ppi_exit(void);

/* ---------------------------------------------------------------- rec.c */

#define CCA_REC_ON	1

struct cca_timers {
	u64 cntv_ctl, cntv_cval, cntp_ctl, cntp_cval;
};

struct cca_rec {
	struct cca_realm *realm;
	unsigned int index;
	u64 mpidr;
	phys_addr_t pa;			/* 0: not at the RMM */
	struct cca_run *page;		/* shared with the VMM */
	struct rmi_rec_run *run;	/* shared with the RMM */
	struct rmi_entry entry;		/* the command that enters it */
	atomic_t power;			/* CCA_REC_ON; above it counts CPU_ON */

	/*
	 * Whoever is in RUN, and nobody else: set where it was NULL, for as long
	 * as that takes. Who wants it to leave looks under RCU; who waits until
	 * it has left does so in `wait`, and so does a realm for its interrupt.
	 */
	struct task_struct *task;
	wait_queue_head_t wait;

	/* Of that task. */
	u32 answer;			/* CCA_ANSWER_* that the VMM owes */
	u32 next;			/* RMI_ENTER_* for the next entry */
	bool may_abort;
	bool host_call;			/* a host call may not have come back */
	u32 flags;			/* CCA_RUN_F_*: what the VMM wants */
	struct {
		u64 base, top;		/* what is left of the request */
		u64 granted;		/* up to here the VMM was asked */
		u32 value;
		bool told;		/* the VMM has had an exit for it */
		bool ask;		/* and decides */
	} ripas;
	bool psci;			/* PSCI request to be completed */
	bool maybe_off;			/* off, unless a CPU_ON came in between */
	int power_seen;			/* before the last entry */
	struct cca_exit exit;		/* the last one */
	struct cca_timers timers;	/* when it left */
	union {
		struct {
			bool timer_exit; /* the VMM wants to know of each level */
			bool overflow;	/* that of the PMU is high */
		};
		u16 levels_matter;	/* either of them, in one look */
	};
	u32 timers_told;		/* CCA_RUN_TIMER_* that it has seen */
	struct task_struct *ready_task;	/* who made the CPU ready, never used, */
	unsigned long ready_switches;	/* and when, counted in switches of it */
	struct cca_ich ich;

	bool gone;			/* its last exit was told as an event */

	u64 entries;
	u64 exits[8];
};

int cca_rec_create(struct cca_realm *realm, const struct cca_rec_create *arg,
		   struct cca_rec **rec, struct cca_outcome *out);
/* One that is there. It lives as long as its realm. */
int cca_rec_open(struct cca_realm *realm, u32 index, struct cca_rec **rec,
		 struct cca_outcome *out);
void cca_rec_info(struct cca_rec *rec, struct cca_rec_info *info);
/* How many of the realm's are not off, and how many are in RUN; under its lock. */
void cca_recs_count(struct cca_realm *realm, u32 *on, u32 *running);
int cca_rec_mmap(struct cca_rec *rec, struct vm_area_struct *vma);
void cca_rec_kick(struct cca_rec *rec);
/* Until nobody is in RUN, for a moment: 0 or -EINTR. */
int cca_rec_wait(struct cca_rec *rec);

/* realm->lock is held and nobody is in RUN. */
void cca_rec_destroy(struct cca_rec *rec, struct cca_outcome *out);
/* The realm is gone too. */
void cca_rec_free(struct cca_rec *rec);

/* -------------------------------------------------------------- ripas.c */

/*
 * The REC left because it asks for a RIPAS change, or the VMM has been asked
 * about it and runs the REC again: carry out what may be carried out. 0: enter,
 * unless a signal is pending; CCA_RIPAS_TELL: the VMM must hear of the rest.
 * Else an errno.
 */
#define CCA_RIPAS_TELL	1

int cca_ripas_begin(struct cca_rec *rec, struct cca_outcome *out);
int cca_ripas_go_on(struct cca_rec *rec, struct cca_outcome *out);

/* ---------------------------------------------------------------- run.c */

int cca_rec_run(struct cca_rec *rec, struct cca_outcome *out);

/* --------------------------------------------------------------- page.c */

/* What a GIC outside sees of the realm's timers, now. */
u32 cca_rec_timers(const struct cca_rec *rec);

/*
 * The page that the VMM shares. Read: as the VMM left it, it becomes the next
 * entry; 0 or an errno. Write: what the realm left for; only that RUN ended, an
 * answer still owed stays put; and, last of all, what is true of any end.
 */
int cca_page_read(struct cca_rec *rec, struct cca_outcome *out);
void cca_page_write_exit(struct cca_rec *rec, u32 reason);
void cca_page_write_bare(struct cca_rec *rec, u32 reason);
void cca_page_write_rest(struct cca_rec *rec);

#endif
