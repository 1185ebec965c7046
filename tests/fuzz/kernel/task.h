/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the kernel: tasks, signals, locks, time.
 *
 * Tasks are fibers of tasks.c. They change places where the kernel might
 * preempt or block: at the end of a spinlock, at a mutex, in an SMC, in an
 * allocation, at cond_resched(). Locks check what lockdep would: no sleep under
 * a spinlock, mutexes in one order, nothing held at the end.
 */
#ifndef FUZZ_TASK_H
#define FUZZ_TASK_H

#include <sys/types.h>

#include "base.h"

#define PF_KTHREAD		1
#define PF_EXITING		2

struct task_struct {
	unsigned int flags;
	bool killed;		/* a fatal signal is pending */
	bool signalled;		/* some signal is */
};

struct task_struct *fuzz_current(void);
#define current			fuzz_current()

bool fatal_signal_pending(const struct task_struct *task);
bool signal_pending(const struct task_struct *task);

/* A place where tasks may change; nothing that spins may be held. */
void fuzz_might_sleep(const char *where);
void fuzz_preempt(void);

/* Who a task is: the kernel's ids, as far as the module looks at them. */
typedef struct {
	unsigned int id;
} kuid_t;

#define task_pid_nr(task)	((void)(task), 1)
#define uid_eq(a, b)		((a).id == (b).id)
kuid_t current_uid(void);
#define current_euid()		current_uid()
#define CAP_SYS_ADMIN		21
#define ns_capable_noaudit(ns, cap) ((void)(ns), !current_uid().id)
#define current_user_ns()	NULL
#define from_kuid_munged(ns, uid) ((void)(ns), (uid).id)
extern struct fuzz_user_ns { int unused; } init_user_ns;

#define need_resched()		false
#define cond_resched()		fuzz_might_sleep("cond_resched")
#define kick_process(task)	((void)(task))
#define rcu_read_lock()		do { } while (0)
#define rcu_read_unlock()	do { } while (0)

/* Whoever waits looks again when others have run; alone it waits in vain. */
typedef struct { int unused; } wait_queue_head_t;
#define DECLARE_WAIT_QUEUE_HEAD(w) wait_queue_head_t w
#define init_waitqueue_head(w)	((void)(w))
#define wake_up_all(w)		((void)(w))
#define waitqueue_active(w)	((void)(w), true)
#define __WAIT_QUEUE_HEAD_INITIALIZER(w) { 0 }
bool fuzz_others_run(void);
#define ERESTARTSYS		512
#define wait_event_interruptible(w, cond)				\
	({ while (!(cond) && !signal_pending(current) && fuzz_others_run()) \
		;							\
	   (void)(w); (cond) ? 0 : -ERESTARTSYS; })
#define wait_event_timeout(w, cond, jiffies)				\
	({ int n_ = (jiffies);						\
	   while (!(cond) && n_ && fuzz_others_run())			\
		n_--;							\
	   (void)(w); (cond) ? n_ + 1 : 0; })

/* Who waits for an errand has run it already, or is killed: see errand.c. */
struct work_struct { int unused; };
struct completion { bool done; };
#define init_completion(c)	((c)->done = false)
#define complete(c)		((c)->done = true)
#define wait_for_completion_killable(c) ((c)->done ? 0 : -ERESTARTSYS)
typedef struct { int n; } refcount_t;
#define refcount_set(r, to)	((r)->n = (to))
#define refcount_dec_and_test(r) (!--(r)->n)

/* --------------------------------------------------------------------- locks */

typedef struct {
	struct task_struct *owner;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED	{ NULL }
#define DEFINE_SPINLOCK(name)	spinlock_t name = __SPIN_LOCK_UNLOCKED
#define spin_lock_init(l)	((l)->owner = NULL)
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define spin_is_locked(l)	((l)->owner != NULL)
bool spin_trylock(spinlock_t *lock);
#define spin_lock_irqsave(l, f)	((void)((f) = 0), spin_lock(l))
#define spin_unlock_irqrestore(l, f) ((void)(f), spin_unlock(l))

struct mutex {
	struct task_struct *owner;
	const char *name;	/* of its class, as lockdep has it */
	int nested;
};

#define __MUTEX_INITIALIZER(m)	{ .name = #m }
#define DEFINE_MUTEX(m)		struct mutex m = __MUTEX_INITIALIZER(m)
#define mutex_init(m)		(*(m) = (struct mutex){ .name = #m })
#define mutex_destroy(m)	((void)(m))
#define mutex_lock(m)		fuzz_mutex_lock(m, 0)
#define mutex_lock_nested(m, n)	fuzz_mutex_lock(m, n)
void fuzz_mutex_lock(struct mutex *mutex, int nested);
int mutex_lock_interruptible(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_is_locked(struct mutex *mutex);

void fuzz_assert_held(const struct task_struct *owner, const char *name);
#define lockdep_assert_held(l)	fuzz_assert_held((l)->owner, #l)

#define debug_locks_off()	((void)0)

/* ---------------------------------------------------------------- notifiers */

/* What the kernel tells: the driver calls them. */
#define NOTIFY_DONE		0
#define NOTIFY_OK		1
#define NOTIFY_STOP_MASK	0x8000
#define notifier_from_errno(e)	(NOTIFY_STOP_MASK | (NOTIFY_OK - (e)))

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event,
			     void *data);
	int priority;
};

enum fuzz_chain { CHAIN_REBOOT, CHAIN_PM, CHAIN_PANIC, CHAINS };
extern struct notifier_block *fuzz_chains[CHAINS];

static inline int fuzz_register(enum fuzz_chain chain, struct notifier_block *nb)
{
	fuzz_chains[chain] = nb;
	return 0;
}

#define register_reboot_notifier(nb)	fuzz_register(CHAIN_REBOOT, nb)
#define unregister_reboot_notifier(nb)	((void)fuzz_register(CHAIN_REBOOT, NULL))
#define register_pm_notifier(nb)	fuzz_register(CHAIN_PM, nb)
#define unregister_pm_notifier(nb)	((void)fuzz_register(CHAIN_PM, NULL))
#define atomic_notifier_chain_register(l, nb) fuzz_register(CHAIN_PANIC, nb)
#define atomic_notifier_chain_unregister(l, nb) \
	((void)fuzz_register(CHAIN_PANIC, NULL))
#define kexec_crash_loaded()		true

#define PM_HIBERNATION_PREPARE	1
#define PM_POST_HIBERNATION	2
#define PM_SUSPEND_PREPARE	3
#define PM_POST_SUSPEND		4
#define PM_RESTORE_PREPARE	5
#define PM_POST_RESTORE		6

/* ---------------------------------------------------------------------- time */

#define HZ			100
#define arch_timer_get_cntfrq()	1000000000U
#define arch_timer_read_counter() ((u64)ktime_get())
#define read_sysreg(reg)	0UL
void udelay(unsigned long us);

ktime_t ktime_get(void);
#define ktime_add_ms(t, ms)	((t) + (ms) * 1000000LL)
#define ktime_add_us(t, us)	((t) + (us) * 1000LL)
#define ktime_after(a, b)	((a) > (b))
#define ktime_sub(a, b)		((a) - (b))
#define ktime_to_ns(t)		(t)
void usleep_range(unsigned long from, unsigned long to);

#endif
