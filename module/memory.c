// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory objects: granules set aside for realms, delegated and nobody's yet.
 *
 * All are in a register, by id, in which their owners find them. A persistent
 * one has a reference to itself, and to the module, until it is destroyed.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include "object.h"

static atomic_t alive = ATOMIC_INIT(0);
static DEFINE_XARRAY_FLAGS(memories, XA_FLAGS_ALLOC1);
static DEFINE_MUTEX(register_lock);
static u32 next_id;

unsigned int cca_memories(void)
{
	return atomic_read(&alive);
}

/* ------------------------------------------------------------- the register */

static bool name_is_good(const char *name)
{
	size_t length = strnlen(name, CCA_NAME_SIZE), i;

	if (!length || length == CCA_NAME_SIZE)
		return false;
	if (memchr_inv(name + length, 0, CCA_NAME_SIZE - length))
		return false;
	for (i = 0; i < length; i++) {
		if (isascii(name[i]) && (isalpha(name[i]) || name[i] == '_'))
			continue;
		if (!i || !(isdigit(name[i]) || strchr(".-", name[i])))
			return false;
	}
	return true;
}

static bool is_named(const char *name)
{
	return memchr_inv(name, 0, CCA_NAME_SIZE);
}

static struct cca_memory *find_name(kuid_t owner, const char *name)
{
	struct cca_memory *m;
	unsigned long id;

	lockdep_assert_held(&register_lock);
	xa_for_each(&memories, id, m) {
		if (uid_eq(m->owner, owner) && !strcmp(m->name, name))
			return m;
	}
	return NULL;
}

static bool may_open(const struct cca_memory *m)
{
	return uid_eq(m->owner, current_euid()) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

static int enlist(struct cca_memory *m, const char *name,
		  struct cca_outcome *out)
{
	int ret;

	if (is_named(name) && !name_is_good(name))
		return cca_fail(out, CCA_REASON_NAME, -EINVAL);
	mutex_lock(&register_lock);
	if (is_named(name) && find_name(m->owner, name)) {
		ret = cca_fail(out, CCA_REASON_NAME_TAKEN, -EEXIST);
	} else {
		memcpy(m->name, name, CCA_NAME_SIZE);
		ret = xa_alloc_cyclic(&memories, &m->id, m,
				      XA_LIMIT(1, U32_MAX), &next_id, GFP_KERNEL);
		if (ret < 0)
			cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	}
	mutex_unlock(&register_lock);
	return min(ret, 0);
}

/* The last holder is gone, or the register never had it. */
static void strike_out(struct cca_memory *m)
{
	mutex_lock(&register_lock);
	if (m->id)
		xa_erase(&memories, m->id);
	mutex_unlock(&register_lock);
}

void cca_memory_publish(struct cca_memory *memory, u32 flags)
{
	mutex_lock(&register_lock);
	memory->published = true;
	if (flags & CCA_MEMORY_F_PERSIST) {
		memory->persistent = true;
		kref_get(&memory->ref);
		/* The caller came in by a file, which has one. */
		__module_get(THIS_MODULE);
	}
	mutex_unlock(&register_lock);
}

void cca_memory_destroy(struct cca_memory *memory)
{
	bool held;

	mutex_lock(&register_lock);
	held = memory->persistent;
	memory->persistent = false;
	memset(memory->name, 0, sizeof(memory->name));
	mutex_unlock(&register_lock);
	if (!held)
		return;
	cca_memory_put(memory);
	module_put(THIS_MODULE);
}

int cca_memory_open(const struct cca_memory_open *arg,
		    struct cca_memory **memory, struct cca_outcome *out)
{
	struct cca_memory *m;
	int ret = 0;

	if (!arg->id != is_named(arg->name) ||
	    (!arg->id && !name_is_good(arg->name)))
		return cca_fail(out, CCA_REASON_NAME, -EINVAL);
	mutex_lock(&register_lock);
	if (arg->id)
		m = xa_load(&memories, arg->id);
	else
		m = find_name(current_euid(), arg->name);
	if (!m || !m->published)
		ret = cca_fail(out, CCA_REASON_NOT_FOUND, -ENOENT);
	else if (!may_open(m))
		ret = cca_fail(out, CCA_REASON_OWNER, -EACCES);
	else if (!kref_get_unless_zero(&m->ref))
		ret = cca_fail(out, CCA_REASON_NOT_FOUND, -ENOENT);
	mutex_unlock(&register_lock);
	*memory = m;
	return ret;
}

u32 cca_memory_next(u32 after)
{
	struct cca_memory *m;
	unsigned long id;
	u32 found = 0;

	mutex_lock(&register_lock);
	xa_for_each_start(&memories, id, m, after + 1UL) {
		if (m->published && may_open(m)) {
			found = id;
			break;
		}
	}
	mutex_unlock(&register_lock);
	return found;
}

/* -------------------------------------------------------------- the objects */

/* It would take all there is before it knows that it cannot be had. */
static bool absurd(u64 length)
{
	return length >> PAGE_SHIFT > totalram_pages();
}

static unsigned int block_order(u64 block_size)
{
	return ilog2(block_size) - RMI_GRANULE_SHIFT;
}

static int charge(struct cca_user *user, u64 length, struct cca_outcome *out)
{
	if (absurd(length))
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	if (!cca_user_charge(user, length >> RMI_GRANULE_SHIFT))
		return cca_fail(out, CCA_REASON_LIMIT, -ENOMEM);
	return 0;
}

/* Without its granules, and not yet counted. */
static struct cca_memory *memory_new(u64 block_size)
{
	struct cca_memory *m = kzalloc(sizeof(*m), CCA_GFP);

	if (!m)
		return NULL;
	kref_init(&m->ref);
	mutex_init(&m->lock);
	m->block_size = block_size;
	m->owner = current_euid();
	m->user = cca_user_get();
	m->pool = m->user ? cca_pool_create() : NULL;
	if (!m->pool) {
		cca_user_put(m->user);
		kfree(m);
		return NULL;
	}
	return m;
}

static int fill(struct cca_memory *m, struct cca_delegate *arg)
{
	struct cca_outcome *out = &arg->out;
	u64 granules = 0;
	int ret;

	ret = charge(m->user, arg->length, out);
	if (ret)
		return ret;
	m->length = arg->length;
	ret = cca_pool_fill(m->pool, arg->length >> RMI_GRANULE_SHIFT,
			    block_order(m->block_size), &granules, out);
	arg->out_done = granules << RMI_GRANULE_SHIFT;
	m->rmi_calls = out->rmi_calls;
	if (ret == -ENOMEM)
		cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	return ret ? cca_rmi_errno(out, ret) : 0;
}

int cca_memory_create(struct cca_delegate *arg, struct cca_memory **memory)
{
	struct cca_memory *m;
	int ret;

	m = memory_new(arg->block_size);
	if (!m)
		return cca_fail(&arg->out, CCA_REASON_NO_MEMORY, -ENOMEM);
	atomic_inc(&alive);
	ret = enlist(m, arg->name, &arg->out);
	if (!ret)
		ret = fill(m, arg);
	if (ret) {
		cca_memory_put(m);
		return ret;
	}
	arg->out_id = m->id;
	*memory = m;
	return 0;
}

/*
 * What was delegated can be used at once, and a realm that was waiting for it
 * may have some before it turns out that not all can be had. Any that are free
 * are as good as those that came: as many go.
 */
int cca_memory_grow(struct cca_memory *memory, u64 length, u64 *done,
		    struct cca_outcome *out)
{
	unsigned int order = block_order(memory->block_size);
	struct cca_outcome undo = {};
	u64 came = 0, went = 0;
	int ret;

	if (mutex_lock_interruptible(&memory->lock))
		return -EINTR;
	ret = charge(memory->user, length, out);
	if (ret)
		goto unlock;
	ret = cca_pool_fill(memory->pool, length >> RMI_GRANULE_SHIFT, order,
			    &came, out);
	if (ret && ret != -EINTR) {
		cca_pool_empty(memory->pool, came, order, false, &went, &undo);
		out->rmi_calls += undo.rmi_calls;
		if (ret == -ENOMEM)
			cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	}
	*done = (came - went) << RMI_GRANULE_SHIFT;
	cca_user_uncharge(memory->user, (length - *done) >> RMI_GRANULE_SHIFT);
	WRITE_ONCE(memory->length, memory->length + *done);
	WRITE_ONCE(memory->rmi_calls, memory->rmi_calls + out->rmi_calls);
unlock:
	mutex_unlock(&memory->lock);
	return ret;
}

int cca_memory_shrink(struct cca_memory *memory, u64 length, u64 *done,
		      struct cca_outcome *out)
{
	u64 went = 0;
	int ret;

	if (mutex_lock_interruptible(&memory->lock))
		return -EINTR;
	if (length > memory->length) {
		ret = cca_fail(out, CCA_REASON_RANGE, -EINVAL);
		goto unlock;
	}
	ret = cca_pool_empty(memory->pool, length >> RMI_GRANULE_SHIFT,
			     block_order(memory->block_size), true, &went, out);
	*done = went << RMI_GRANULE_SHIFT;
	cca_user_uncharge(memory->user, went);
	WRITE_ONCE(memory->length, memory->length - *done);
	WRITE_ONCE(memory->rmi_calls, memory->rmi_calls + out->rmi_calls);
unlock:
	mutex_unlock(&memory->lock);
	return ret;
}

void cca_memory_info(struct cca_memory *memory,
		     struct cca_memory_info *info)
{
	unsigned int holders = kref_read(&memory->ref);

	info->out_length = READ_ONCE(memory->length);
	info->out_block_size = memory->block_size;
	info->out_free = cca_pool_free(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_leaked = cca_pool_leaked(memory->pool) << RMI_GRANULE_SHIFT;
	info->out_rmi_calls = READ_ONCE(memory->rmi_calls);
	info->out_id = memory->id;
	info->out_owner = from_kuid_munged(current_user_ns(), memory->owner);
	mutex_lock(&register_lock);
	info->out_flags = memory->persistent ? CCA_MEMORY_F_PERSIST : 0;
	info->out_users = holders - memory->persistent;
	memcpy(info->out_name, memory->name, sizeof(info->out_name));
	mutex_unlock(&register_lock);
}

void cca_memory_get(struct cca_memory *memory)
{
	kref_get(&memory->ref);
}

static void end(struct cca_errand *errand)
{
	struct cca_memory *memory = container_of(errand, struct cca_memory, end);

	strike_out(memory);
	cca_pool_destroy(memory->pool);
	cca_user_uncharge(memory->user, memory->length >> RMI_GRANULE_SHIFT);
	cca_user_put(memory->user);
	kfree(memory);
	atomic_dec(&alive);
	cca_objects_settle();
}

/* Gigabytes take a while: whoever is killed does not wait for them. */
static void release(struct kref *ref)
{
	struct cca_memory *memory = container_of(ref, struct cca_memory, ref);

	if (cca_caller_dying())
		cca_errand_send(&memory->end, end);
	else
		end(&memory->end);
}

void cca_memory_put(struct cca_memory *memory)
{
	kref_put(&memory->ref, release);
}
