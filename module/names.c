// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names and ids of objects, who may open them, and what stays without a holder.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/string.h>

#include "names.h"

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

static struct cca_entry *find_name(struct cca_register *reg, kuid_t owner,
				   const char *name)
{
	struct cca_entry *e;
	unsigned long id;

	lockdep_assert_held(&reg->lock);
	xa_for_each(&reg->entries, id, e) {
		if (uid_eq(e->owner, owner) && !strcmp(e->name, name))
			return e;
	}
	return NULL;
}

static bool may_open(const struct cca_entry *e)
{
	return uid_eq(e->owner, current_euid()) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

void cca_entry_init(struct cca_entry *entry)
{
	kref_init(&entry->ref);
	entry->owner = current_euid();
}

int cca_entry_enlist(struct cca_register *reg, struct cca_entry *entry,
		     const char *name, struct cca_outcome *out)
{
	int ret;

	if (is_named(name) && !name_is_good(name))
		return cca_fail(out, CCA_REASON_NAME, -EINVAL);
	mutex_lock(&reg->lock);
	if (is_named(name) && find_name(reg, entry->owner, name)) {
		ret = cca_fail(out, CCA_REASON_NAME_TAKEN, -EEXIST);
	} else {
		memcpy(entry->name, name, CCA_NAME_SIZE);
		ret = xa_alloc_cyclic(&reg->entries, &entry->id, entry,
				      XA_LIMIT(1, U32_MAX), &reg->last_id,
				      GFP_KERNEL);
		if (ret < 0)
			cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	}
	mutex_unlock(&reg->lock);
	return min(ret, 0);
}

void cca_entry_strike_out(struct cca_register *reg, struct cca_entry *entry)
{
	mutex_lock(&reg->lock);
	if (entry->id)
		xa_erase(&reg->entries, entry->id);
	mutex_unlock(&reg->lock);
}

void cca_entry_publish(struct cca_register *reg, struct cca_entry *entry,
		       bool persist)
{
	mutex_lock(&reg->lock);
	entry->published = true;
	if (persist) {
		entry->persistent = true;
		kref_get(&entry->ref);
		/* The caller came in by a file, which has one. */
		__module_get(THIS_MODULE);
	}
	mutex_unlock(&reg->lock);
}

bool cca_entry_forget(struct cca_register *reg, struct cca_entry *entry)
{
	bool held;

	mutex_lock(&reg->lock);
	held = entry->persistent;
	entry->persistent = false;
	memset(entry->name, 0, sizeof(entry->name));
	mutex_unlock(&reg->lock);
	return held;
}

void cca_entry_hide(struct cca_register *reg, struct cca_entry *entry)
{
	mutex_lock(&reg->lock);
	entry->published = false;
	mutex_unlock(&reg->lock);
}

int cca_entry_open(struct cca_register *reg, const char *name, u32 id,
		   struct cca_entry **entry, struct cca_outcome *out)
{
	struct cca_entry *e;
	int ret = 0;

	if (!id != is_named(name) || (!id && !name_is_good(name)))
		return cca_fail(out, CCA_REASON_NAME, -EINVAL);
	mutex_lock(&reg->lock);
	if (id)
		e = xa_load(&reg->entries, id);
	else
		e = find_name(reg, current_euid(), name);
	if (!e || !e->published)
		ret = cca_fail(out, CCA_REASON_NOT_FOUND, -ENOENT);
	else if (!may_open(e))
		ret = cca_fail(out, CCA_REASON_OWNER, -EACCES);
	else if (!kref_get_unless_zero(&e->ref))
		ret = cca_fail(out, CCA_REASON_NOT_FOUND, -ENOENT);
	mutex_unlock(&reg->lock);
	*entry = e;
	return ret;
}

u32 cca_entry_next(struct cca_register *reg, u32 after)
{
	struct cca_entry *e;
	unsigned long id;
	u32 found = 0;

	mutex_lock(&reg->lock);
	xa_for_each_start(&reg->entries, id, e, after + 1UL) {
		if (e->published && may_open(e)) {
			found = id;
			break;
		}
	}
	mutex_unlock(&reg->lock);
	return found;
}

void cca_entry_read(struct cca_register *reg, const struct cca_entry *entry,
		    struct cca_entry_facts *facts)
{
	unsigned int holders = kref_read(&entry->ref);

	facts->owner = from_kuid_munged(current_user_ns(), entry->owner);
	mutex_lock(&reg->lock);
	facts->persistent = entry->persistent;
	facts->users = holders - entry->persistent;
	memcpy(facts->name, entry->name, sizeof(facts->name));
	mutex_unlock(&reg->lock);
}
