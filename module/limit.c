// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much the module may hold, and how much each user: parameters that an
 * administrator may change at any time. A lower limit takes nothing away, it
 * only keeps what is too much from becoming more.
 *
 * The first limit counts what left the kernel, guards and all. The second one
 * counts what was delegated for a user: memory fds, whoever uses them, and
 * what realms have from the module's own pool. It is by user and not by
 * process, because processes are free: a fork would be a way around it.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uidgid.h>

#include "cca.h"

/* The granules of 52 bits of address: what is more is a slip of the finger. */
#define GRANULES_MAX		(1UL << (52 - RMI_GRANULE_SHIFT))

struct cca_user {
	struct list_head node;
	kuid_t uid;
	unsigned int refs;		/* under the lock, as is the list */
	atomic64_t granules;
};

static unsigned long max_granules;
static unsigned long max_granules_per_user;

static atomic64_t held;
static LIST_HEAD(users);
static DEFINE_MUTEX(users_lock);

/* --------------------------------------------------------------- parameters */

/* Negative, absurd, mistyped: refused, and what was set before stays. */
int cca_granules_param_set(const char *text, const struct kernel_param *param)
{
	unsigned long value;

	if (kstrtoul(text, 0, &value) || value > GRANULES_MAX)
		return -EINVAL;
	WRITE_ONCE(*(unsigned long *)param->arg, value);
	return 0;
}

static const struct kernel_param_ops limit_ops = {
	.set = cca_granules_param_set,
	.get = param_get_ulong,
};

module_param_cb(max_granules, &limit_ops, &max_granules, 0644);
MODULE_PARM_DESC(max_granules,
		 "granules (4 KiB) that the module may hold, 0: no limit");
module_param_cb(max_granules_per_user, &limit_ops, &max_granules_per_user, 0644);
MODULE_PARM_DESC(max_granules_per_user,
		 "granules (4 KiB) that one user may have delegated, 0: no limit");

/* ----------------------------------------------------------------- charging */

/* All of it or nothing, also when several ask at once for the last. */
static bool charge(atomic64_t *sum, u64 granules, u64 max)
{
	s64 now = atomic64_read(sum);

	do {
		if (max && (granules > max || now > (s64)(max - granules)))
			return false;
	} while (!atomic64_try_cmpxchg(sum, &now, now + granules));
	return true;
}

bool cca_limit_charge(u64 granules)
{
	return charge(&held, granules, READ_ONCE(max_granules));
}

void cca_limit_uncharge(u64 granules)
{
	atomic64_sub(granules, &held);
}

bool cca_user_charge(struct cca_user *user, u64 granules)
{
	return !user || charge(&user->granules, granules,
			       READ_ONCE(max_granules_per_user));
}

void cca_user_uncharge(struct cca_user *user, u64 granules)
{
	if (user)
		atomic64_sub(granules, &user->granules);
}

/* -------------------------------------------------------------------- users */

static struct cca_user *find(kuid_t uid)
{
	struct cca_user *user;

	list_for_each_entry(user, &users, node) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	return NULL;
}

struct cca_user *cca_user_get(void)
{
	struct cca_user *user;

	mutex_lock(&users_lock);
	user = find(current_uid());
	if (!user) {
		user = kzalloc(sizeof(*user), CCA_GFP);
		if (user) {
			user->uid = current_uid();
			list_add(&user->node, &users);
		}
	}
	if (user)
		user->refs++;
	mutex_unlock(&users_lock);
	return user;
}

void cca_user_put(struct cca_user *user)
{
	if (!user)
		return;
	mutex_lock(&users_lock);
	if (!--user->refs) {
		list_del(&user->node);
		kfree(user);
	}
	mutex_unlock(&users_lock);
}

void cca_limits_read(struct cca_info *info)
{
	struct cca_user *user;

	info->out_granules_max = READ_ONCE(max_granules);
	info->out_user_granules_max = READ_ONCE(max_granules_per_user);
	mutex_lock(&users_lock);
	user = find(current_uid());
	info->out_user_granules = user ? atomic64_read(&user->granules) : 0;
	mutex_unlock(&users_lock);
}
