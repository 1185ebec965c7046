/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the module: what each room offers to the rooms above it.
 *
 *   chardev doors_device          doors: parse, check, copy; what is told to the
 *   doors_realm netlink power     world; the kernel's end, its want of memory
 *   pressure
 *   realm memory rtt rec run      objects, one file per noun
 *   rmm                           once per boot: version, features, tracking
 *   sro granule limit             one operation to its end; who owns which page
 *   errand event                  what outlives its caller; what others may hear
 *   rmi_cmds rmi_status           one function per command; status to errno
 *   smc                           the only SMC
 *
 * Pure files, compiled unchanged into the host unit tests: rmi_status, sro_step
 * (what next in an operation), range, arena.
 *
 * Calls go downwards only. Below the objects every function returns 0, > 0 the
 * RMM's result (X0 bits 15:0: status and level), < 0 an errno.
 *
 * Locks, outermost first:
 *   rec->task (a flag)  >  list of realms (mutex)  >  realm->lock (mutex)  >
 *   sro reserve 0 (mutex)  >  rmm region lock (mutex)  >  sro reserves 1, 2
 *   (mutex)  >  ledger lock (spinlock)  >  lock of events (spinlock)
 *   memory->lock (mutex) stands where realm->lock does; never both
 *   realm->busy is a flag under realm->lock, waited for as if it were it
 */
#ifndef CCA_CCA_H
#define CCA_CCA_H

#include <linux/arm-smccc.h>
#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <linux/cca.h>		/* ../uapi */
#include <linux/cca_netlink.h>

#include "rmi.h"
#include "rmi_status.h"

struct kernel_param;
struct mem_cgroup;
struct seq_file;

typedef struct arm_smccc_1_2_regs cca_regs;

/*
 * For what a user asks for. A machine, or a cgroup, that is full is ENOMEM, and
 * no reason to look for somebody to kill.
 */
#define CCA_GFP		(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* ---------------------------------------------------------------- smc.c */

/*
 * The only SMC of the module. Fills the result over the arguments, counts, and
 * traces. RMI_BUSY and RMI_BLOCKED are retried within a budget, rescheduling
 * between tries, and given up when the caller is being killed; `out` (never
 * NULL) gathers fid, status and the number of calls; once it has a reason, fid
 * and status stay those of the command that decided. Process context.
 * Returns 0, > 0 X0 bits 15:0 (BUSY and BLOCKED after the budget), -ENOSYS for
 * X0 = -1.
 */
int __must_check cca_smc(struct cca_outcome *out, cca_regs *regs);

/*
 * The same for a command on a range, [a1, a2), whose answer in X1 is how far it
 * came. An RMM that moves one granule a call is called for one after the other,
 * up to the next multiple of 256 KiB or until there is something else to do.
 * The result is that of the last call, which began at *at: what lies before
 * that moved, also on failure. *at is at most what was asked for.
 */
int __must_check cca_smc_range(struct cca_outcome *out, cca_regs *regs,
			       phys_addr_t *at);

/*
 * The same for REC_ENTER, exactly once, with interrupts disabled. As little as
 * possible is done: there is a REC, so there is an RMM.
 */
int __must_check cca_smc_enter(struct cca_outcome *out, const cca_regs *args,
			       cca_regs *res);

/*
 * The kernel panicked, this CPU is the only one left, and nothing may sleep or
 * wait for a lock any more. From now on each command is tried a few times only,
 * and after so many seconds none is made at all (-ETIMEDOUT).
 */
void cca_smc_alone(unsigned int seconds);
bool cca_alone(void);

/* Between two commands: let others run, if there are any. */
static inline void cca_relax(void)
{
	if (!cca_alone())
		cond_resched();
}

/* The caller is being killed: one that closes what it had goes on. */
static inline bool cca_killed(void)
{
	return !(current->flags & (PF_KTHREAD | PF_EXITING)) &&
	       fatal_signal_pending(current);
}

struct cca_smc_counter {
	u64 calls;
	u64 busy, blocked;		/* of these: so answered */
	u64 retries;			/* of these: made again because of that */
	u64 time, time_max;		/* in the firmware, and in a realm: ns */
};

int cca_smc_init(void);
void cca_smc_exit(void);

/* Firmware calls are made by SMC here. Without it every command is -ENODEV. */
bool cca_smc_conduit(void);

/* All of them, over all CPUs. */
u64 cca_smc_calls(void);

u64 cca_ticks_ns(u64 ticks);

/* Sum over all CPUs for RMI function number n (0x150...). */
void cca_smc_count(unsigned int n, struct cca_smc_counter *sum);

/* ---------------------------------------------------------- rmi_status.c */

/* Names, errnos, cca_fail(): pure, see rmi_status.h. */

/* ---------------------------------------------------------------- limit.c */

/* Sets a parameter that counts granules, an unsigned long; -EINVAL: no number. */
int cca_granules_param_set(const char *text, const struct kernel_param *param);

/* What the module takes from the kernel. False: beyond the limit, not charged. */
bool __must_check cca_limit_charge(u64 granules);
void cca_limit_uncharge(u64 granules);

/* The caller's user; NULL: no memory. A user that is NULL has no limit. */
struct cca_user *cca_user_get(void);
void cca_user_put(struct cca_user *user);
bool __must_check cca_user_charge(struct cca_user *user, u64 granules);
void cca_user_uncharge(struct cca_user *user, u64 granules);

void cca_limits_read(struct cca_info *info);

/* -------------------------------------------------------------- granule.c */

/*
 * Owner of granules in the ledger. Embed it in the object. A realm's account
 * takes from `pool` (a memory fd's, or NULL for the module's own).
 */
struct cca_pool;
struct cca_user;

struct cca_account {
	atomic64_t in_use;		/* granules that the RMM has for us */
	atomic64_t leaked;
	struct cca_user *user;		/* pays for what is from no memory fd */
	u32 realm;			/* whose it is, 0: no realm's */
};

/*
 * Take 2^order delegated granules, naturally aligned, contiguous (order 0 to
 * 9), for the RMM to use. pool NULL: the module's own, which grows as
 * needed. Sleeps. -ENOMEM when there is none (also when a block of that order
 * is not to be had: fall back to smaller ones).
 */
int __must_check cca_granules_get(struct cca_pool *pool,
				  struct cca_account *account,
				  unsigned int order, phys_addr_t *pa,
				  struct cca_outcome *out);

/*
 * Soon so many granules will be asked for, in runs of 2^order (0 or 9), of the
 * module's own pool: delegate them now, by as few calls as that takes. No more
 * than a help, where the RMM takes ranges.
 */
void cca_granules_stock(struct cca_account *account, unsigned int order,
			u64 granules, struct cca_outcome *out);
/*
 * The same, in whole blocks, but only taken from the kernel: all that will be
 * wanted, so that what lies side by side is seen before any of it is used; and
 * some more if that would be a run of 2^order.
 */
void cca_granules_gather(struct cca_account *account, u64 granules,
			 unsigned int order);

/*
 * Give granules back that the RMM has returned, still delegated. Never
 * allocates, never fails: what cannot be undelegated later is leaked, counted.
 * Any aligned part or merge of what was taken is fine. Granules that are not
 * in use by this account are not touched: returns how many were.
 */
unsigned long cca_granules_put(struct cca_account *account, phys_addr_t pa,
			       unsigned long count);

/* The RMM keeps them: they stay with it for ever. */
void cca_granules_leak(struct cca_account *account, phys_addr_t pa,
		       unsigned long count, u32 cause);

/* All that the account still has: for an object that goes without it. */
void cca_account_leak(struct cca_account *account, u32 cause);

/* True if all `count` granules at pa are in use by this account. */
bool cca_granules_owned(struct cca_account *account, phys_addr_t pa,
			unsigned long count);

/*
 * Granules of [base, top) donated in the UNDELEGATED state: taken out of the
 * host's hands, never touched, but not delegated (tracking and GPT operations).
 * What the RMM returns in the other state than it was given goes to the other
 * put.
 */
int __must_check cca_granules_get_ns(struct cca_account *account,
				     phys_addr_t base, phys_addr_t top,
				     unsigned int order, phys_addr_t *pa,
				     struct cca_outcome *out);
unsigned long cca_granules_put_ns(struct cca_account *account, phys_addr_t pa,
				  unsigned long count);
/* The first address from there on where the own pool has some; PHYS_ADDR_MAX. */
phys_addr_t cca_granules_next_ns(phys_addr_t from);

/*
 * (contig.c) Contiguous granules beyond what the two above can give: 2^order of them, from
 * 4 MiB to 1 GiB, naturally aligned, within [base, top). Lent: not delegated.
 * Sleeps, and may take a while. -ENOMEM: no such run is to be had.
 */
#define CCA_CONTIG_ORDER_MAX	18
int __must_check cca_contig_get(struct cca_account *account, phys_addr_t base,
				phys_addr_t top, unsigned int order, bool lent,
				phys_addr_t *pa, struct cca_outcome *out);

/*
 * The same, delegated, of what a pool has (NULL: the module's own): found in what
 * was gathered, or not there. Takes nothing from the kernel, and makes no call
 * if there is none.
 */
bool cca_contig_has(struct cca_pool *pool, unsigned int order);
int __must_check cca_contig_spare(struct cca_pool *pool,
				  struct cca_account *account,
				  unsigned int order, phys_addr_t *pa,
				  struct cca_outcome *out);

/*
 * A zeroed host page for parameters and address lists. Lives in the ledger's
 * guard pages where there are any: never map it to user space. NULL: none.
 */
void *cca_page_get(void);
void cca_page_put(void *page);

/*
 * A pool of a memory fd. Fill delegates. Order: 0, or 9 for whole blocks of
 * 2 MiB. *done counts whole ones, also on failure; -EINTR: what came stays.
 */
struct cca_pool *cca_pool_create(void);
int __must_check cca_pool_fill(struct cca_pool *pool, u64 granules,
			       unsigned int order, u64 *done,
			       struct cca_outcome *out);
/*
 * The opposite: undelegate so many unused granules, in whole runs of 2^order,
 * and give back to the kernel what can be. *done counts those that left, also
 * on failure. One call at a time for a pool, and none while it is filled.
 */
int cca_pool_empty(struct cca_pool *pool, u64 granules, unsigned int order,
		   bool interruptible, u64 *done, struct cca_outcome *out);
u64 cca_pool_free(const struct cca_pool *pool);	/* granules nobody uses */
u64 cca_pool_leaked(const struct cca_pool *pool);
void cca_pool_destroy(struct cca_pool *pool);	/* when no account uses it */

void cca_ledger_read(struct cca_ledger *ledger);
/* Undelegate and free everything of the module's own pool that is unused. */
void cca_ledger_trim(void);
/* The same, down to what may be kept for the next realm: an object has gone. */
void cca_ledger_settle(bool alive);
/* From now on so many granules may be kept. */
void cca_ledger_keep(u64 granules);
/* Unused granules of the module's own pool; so many of them less: how many. */
u64 cca_ledger_spare(void);
u64 cca_ledger_shrink(u64 granules);

/* Undelegate all that no account has, in whatever pool. Frees nothing. */
void cca_ledger_evacuate(void);
/* Nobody is changing the ledger: asked when nobody else runs any more. */
bool cca_ledger_at_rest(void);
/* Text for debugfs: where the arenas are. */
void cca_arenas_show(struct seq_file *m);

int cca_granule_init(void);
void cca_granule_exit(void);	/* leaked pages stay leaked */

/* --------------------------------------------------------------- errand.c */

/*
 * Work that outlives its caller. The errand lies in what it is about, which it
 * may free; it holds whatever that needs. The module stays until it is over.
 */
struct cca_errand {
	struct work_struct work;
	void (*run)(struct cca_errand *errand);
	struct mem_cgroup *memcg;
};

/* The caller is being killed, or was killed and closes what it had. */
bool cca_caller_dying(void);

void cca_errand_send(struct cca_errand *errand,
		     void (*run)(struct cca_errand *errand));

/* Until none is under way; false: still some after so many jiffies. */
bool cca_errands_wait(unsigned long jiffies_max);

int cca_errand_init(void);
void cca_errand_exit(void);		/* waits for all */

/* ----------------------------------------------------------------- event.c */

/* What happened: linux/cca_netlink.h says which fields an event has. */
struct cca_event {
	u64 seq;			/* set by cca_event() */
	u32 kind;			/* CCA_EVENT_* */
	u32 realm;			/* its id, 0: none */
	u32 owner;
	u32 rec;
	u32 reason;
	u32 exit;
	u32 cause;
	u32 rmi_fid;
	u64 rmi_status;
	u64 granules;
	char name[CCA_NAME_SIZE];
};

/*
 * Under any lock but those of interrupts. Costs nothing while nobody listens.
 * Trouble: the RMM answered what it may not, about this realm or (0) none.
 */
void cca_event(const struct cca_event *event);
void cca_event_trouble(u32 realm, const struct cca_outcome *out);

/* For netlink.c: who wants to know, and the call that there is something. */
struct cca_event_door {
	bool (*wanted)(void);
	void (*knock)(void);		/* in a spinlock */
};

void cca_events_open(const struct cca_event_door *door);
void cca_events_close(void);
bool cca_event_take(struct cca_event *event);	/* false: none is left */

/* ------------------------------------------------------------------ sro.c */

/*
 * Make one RMI command and drive it to its end, whatever memory the RMM asks
 * for or gives back on the way (E.7). `regs` holds the arguments, and then
 * the final results. Donations come from pool (NULL: the module's) and belong
 * to account; what the RMM returns goes back to the ledger. The parameter page
 * named in regs must stay valid until this returns. Always ends.
 * -ENOTRECOVERABLE: the operation did not, so the RMM may have for ever what
 * the command was about. -ENOMEM, -EINTR, -EIO: given up, and that ended it.
 */
int __must_check cca_sro(struct cca_pool *pool, struct cca_account *account,
			 cca_regs *regs, struct cca_outcome *out);

/*
 * Who carries on with an operation when its caller is killed (R19). The heir
 * lies in the object that the operation is about, and keeps it; finish() gets
 * the result that the caller would have got, and may free both.
 */
struct cca_heir {
	void (*finish)(struct cca_heir *heir, int ret,
		       const struct cca_outcome *out);
};

/*
 * The same, but for a caller that is killed: -EINPROGRESS says that the
 * operation goes on without it, and that it must touch nothing that it gave to
 * the command. finish() may run at any time from then on, even before this
 * returns: it has to wait for a lock that the caller holds.
 */
int __must_check cca_sro_inherited(struct cca_pool *pool,
				   struct cca_account *account, cca_regs *regs,
				   struct cca_outcome *out,
				   struct cca_heir *heir);

/*
 * The same for a command that moves a range of granules, and has no donations
 * from anybody; *at as cca_smc_range() has it.
 */
int __must_check cca_sro_range(cca_regs *regs, phys_addr_t *at,
			       struct cca_outcome *out);

struct cca_sro_counter {
	u64 operations;			/* commands that became stateful */
	u64 donated, reclaimed;		/* granules */
	u64 cancelled;			/* by OP_CANCEL */
	u64 escaped;			/* by an unusable donation (E.5) */
	u64 lost;			/* never came to an end */
	u64 foreign;			/* granules returned that were not ours */
	u64 inherited;			/* seen through when the caller was gone */
};

void cca_sro_count(struct cca_sro_counter *sum);

/* An operation that has begun and not come to its end. */
struct cca_sro_flight {
	u32 fid;			/* of the command that began it */
	pid_t pid;			/* of the thread that drives it */
	ktime_t since;
	const char *step;		/* the last thing that was done for it */
	u64 given, returned;		/* granules */
};

/* Those in flight, oldest first, at most so many: how many were written. */
unsigned int cca_sro_list(struct cca_sro_flight *flights, unsigned int max);
int cca_sro_init(void);
void cca_sro_exit(void);

/* ------------------------------------------------------------- rmi_cmds.c */

/* One thin function per command: fill, call, read. See rmi_cmds.h. */

/* ------------------------------------------------------------------ rmm.c */

/* What differs between RMMs that all say "2.0"; found by probing. */
struct cca_traits {
	u32 profile;			/* CCA_PROFILE_* */
	u32 addr_state_shift;		/* state field of a range descriptor */
	bool psci_complete_target;	/* PSCI_COMPLETE takes the target too */
	bool tracking;			/* memory may be tracked COARSE */
	bool deactivate;		/* RMM_DEACTIVATE exists */
	unsigned int map_blocks;	/* that one call should map, at most */
};

struct cca_rmm {
	u32 reason;			/* CCA_REASON_NONE: usable */
	int error;			/* -errno for everyone, if not */
	u32 version, version_max;
	u64 features[RMI_FEATURES_COUNT];
	struct cca_traits traits;
};

/* Read-only after module init. */
const struct cca_rmm *cca_rmm(void);

/* 0, or the errno and reason for which this machine hosts no realms. */
int cca_rmm_usable(struct cca_outcome *out);
/* Why there is nothing to be had any more, CCA_REASON_*. */
extern u32 cca_rmm_gone;
/* Of these only what came later: what a command on an object must ask. */
static inline int cca_rmm_over(struct cca_outcome *out)
{
	u32 reason = READ_ONCE(cca_rmm_gone);

	return unlikely(reason) ? cca_fail(out, reason, -ENODEV) : 0;
}

/* Memory is tracked by the gigabyte: RMI_TRACKING_REGION_1G. */
#define CCA_TRACKING_SHIFT	30

/*
 * Make sure that memory can be delegated at that address: GPT present, tracked
 * FINE. Called by the ledger when the RMM answers TRACKING or GPT there, which
 * it does at the beginning of each region. Sleeps. -EDEADLK: the caller is being
 * served already.
 */
int __must_check cca_rmm_prepare(phys_addr_t at, struct cca_outcome *out);

/* What the RMM itself has of us, delegated or not. */
u64 cca_rmm_granules(void);

/*
 * Nothing else is delegated: take back what prepare() lent, where the RMM
 * agrees. True: when that is delegated no more, call again for the rest.
 */
bool cca_rmm_release(void);

/* The kernel ends: from now on cca_rmm_usable() says so. */
void cca_rmm_close(void);
/* Nothing is delegated any more: the RMM need not be active either. */
void cca_rmm_leave(void);
/* After a sleep: the RMM may be another one, that knows nothing of us. */
void cca_rmm_resume(void);

/* Probe and bring up. Never fails for want of an RMM: see cca_rmm()->reason. */
int cca_rmm_init(void);
void cca_rmm_exit(void);

/* --------------------------------------------------------------- debugfs.c */

void cca_debugfs_init(void);
void cca_debugfs_exit(void);

/* ----------------------------------------------------------------- power.c */

/*
 * Around each command of a user: waits while the machine falls asleep (0, or
 * -ERESTARTSYS), and is waited for before it does, or before the kernel ends.
 * Hold instead of enter for closing files, which cannot wait.
 */
struct cca_gate {
	atomic_t users;
	bool asleep;			/* whoever comes waits */
	wait_queue_head_t quiet;	/* nobody is on the way */
};

extern struct cca_gate cca_gate;

/* The gate is not open. */
int __must_check cca_power_wait(void);

static inline void cca_power_hold(void)
{
	atomic_inc(&cca_gate.users);
}

static inline void cca_power_leave(void)
{
	/* Fully ordered, as waitqueue_active() wants it. */
	if (atomic_dec_and_test(&cca_gate.users) &&
	    waitqueue_active(&cca_gate.quiet))
		wake_up_all(&cca_gate.quiet);
}

static inline int __must_check cca_power_enter(void)
{
	cca_power_hold();
	/* Pairs with set_asleep(): it sees us, or we see it. */
	smp_mb__after_atomic();
	return likely(!READ_ONCE(cca_gate.asleep)) ? 0 : cca_power_wait();
}

int cca_power_init(void);
void cca_power_exit(void);

/* -------------------------------------------------------------- pressure.c */

/* What the module keeps in stock, and how the kernel gets it back. */
int cca_pressure_init(void);
void cca_pressure_exit(void);

/* --------------------------------------------------------------- netlink.c */

int cca_netlink_init(void);
void cca_netlink_exit(void);

/* --------------------------------------------------------------- objects */

/* realm.c, memory.c, rtt.c, rec.c, run.c: see object.h; the doors: doors.h. */

int cca_chardev_init(void);
void cca_chardev_exit(void);

#endif
