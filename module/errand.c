// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errands: work that goes on when its caller is gone. Whoever is killed should
 * die at once; what it had begun at the RMM must come to its end all the same.
 *
 * Memory that an errand takes is charged to the cgroup of whoever sent it.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "cca.h"

/* Exit codes of processes have the signal here. */
#define EXIT_SIGNAL	0x7f

static struct workqueue_struct *queue;
static atomic_t under_way = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(over);

bool cca_caller_dying(void)
{
	if (current->flags & PF_KTHREAD)
		return false;
	if (current->flags & PF_EXITING)
		return current->exit_code & EXIT_SIGNAL;
	return fatal_signal_pending(current);
}

/* The errand itself may be gone when it has been run. */
static void work(struct work_struct *w)
{
	struct cca_errand *errand = container_of(w, struct cca_errand, work);
	struct mem_cgroup *memcg = errand->memcg, *old;

	old = set_active_memcg(memcg);
	errand->run(errand);
	set_active_memcg(old);
	mem_cgroup_put(memcg);
	if (atomic_dec_and_test(&under_way))
		wake_up_all(&over);
}

void cca_errand_send(struct cca_errand *errand,
		     void (*run)(struct cca_errand *errand))
{
	errand->run = run;
	/* One who exits has none any more, and only gives back. */
	errand->memcg = current->mm ? get_mem_cgroup_from_mm(current->mm) : NULL;
	INIT_WORK(&errand->work, work);
	atomic_inc(&under_way);
	queue_work(queue, &errand->work);
}

bool cca_errands_wait(unsigned long jiffies_max)
{
	return wait_event_timeout(over, !atomic_read(&under_way), jiffies_max);
}

/* A rescuer, because it is errands that give memory back. */
int cca_errand_init(void)
{
	queue = alloc_workqueue("cca", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return queue ? 0 : -ENOMEM;
}

void cca_errand_exit(void)
{
	destroy_workqueue(queue);
}
