// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module keeps in stock, and how the kernel gets it back.
 *
 * Granules that a realm has left stay delegated, up to a number, so that the
 * next realm and its RECs start without a call for each. When the kernel runs
 * short of memory it asks for them. It asks in the middle of an allocation of
 * somebody who may hold any lock, ours included: so the calls to the RMM, which
 * may sleep, and may need memory themselves, are made by a worker. It stops
 * when the RMM stays busy; the kernel asks again.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>

#include "cca.h"
#include "compat.h"

/* None: what nobody uses is the kernel's. 512 serve a realm and some RECs. */
#define POOL_MAX_DEFAULT	0

static unsigned long pool_max = POOL_MAX_DEFAULT;
static bool running;

static atomic_long_t wanted;
static struct workqueue_struct *queue;
static struct shrinker *shrinker;

/* ---------------------------------------------------------------- parameter */

/* While the kernel ends, or sleeps, the pool is somebody else's business. */
static int pool_max_set(const char *text, const struct kernel_param *param)
{
	int ret = cca_granules_param_set(text, param);

	if (!ret && READ_ONCE(running)) {
		cca_power_hold();
		cca_ledger_keep(READ_ONCE(pool_max));
		cca_power_leave();
	}
	return ret;
}

static const struct kernel_param_ops pool_max_ops = {
	.set = pool_max_set,
	.get = param_get_ulong,
};

module_param_cb(pool_max, &pool_max_ops, &pool_max, 0644);
MODULE_PARM_DESC(pool_max,
		 "granules (4 KiB) that stay delegated for the next realm, 0: none");

/* ----------------------------------------------------------------- shrinker */

static void shrink(struct work_struct *work)
{
	cca_power_hold();
	cca_ledger_shrink(atomic_long_xchg(&wanted, 0));
	cca_power_leave();
}

static DECLARE_WORK(shrink_work, shrink);

static unsigned long count(struct shrinker *s, struct shrink_control *control)
{
	return cca_ledger_spare() ?: SHRINK_EMPTY;
}

/* What it frees is free a little later: nothing that could be counted now. */
static unsigned long scan(struct shrinker *s, struct shrink_control *control)
{
	atomic_long_add(control->nr_to_scan, &wanted);
	queue_work(queue, &shrink_work);
	return SHRINK_STOP;
}

int cca_pressure_init(void)
{
	/* Reclaim waits for it, though not here: it must not wait for reclaim. */
	queue = alloc_workqueue("cca_pressure", WQ_MEM_RECLAIM | WQ_UNBOUND, 1);
	shrinker = queue ? shrinker_alloc(0, "cca") : NULL;
	if (!shrinker) {
		if (queue)
			destroy_workqueue(queue);
		return -ENOMEM;
	}
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->batch = 64;
	/* To have it again costs calls, but nothing is read from anywhere. */
	shrinker->seeks = 0;
	shrinker_register(shrinker);
	WRITE_ONCE(running, true);
	cca_ledger_keep(READ_ONCE(pool_max));
	return 0;
}

/* What is kept goes with the module. */
void cca_pressure_exit(void)
{
	WRITE_ONCE(running, false);
	shrinker_free(shrinker);
	destroy_workqueue(queue);
	cca_ledger_keep(0);
}
