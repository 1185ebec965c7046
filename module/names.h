/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects that are found: by an id that is everybody's, by a name that is one of
 * their owner's, one after the other by those who may open them. And objects
 * that stay when nobody holds them.
 *
 * An object begins its life in no register. It is enlisted, with its name, before
 * the long part of its creation, so that nobody else gets that name meanwhile,
 * and nobody finds it before it is published, which cannot fail. Its last holder
 * strikes it out.
 */
#ifndef CCA_NAMES_H
#define CCA_NAMES_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include "cca.h"

/* Part of an object. All but ref and owner: under the register's lock. */
struct cca_entry {
	struct kref ref;		/* of the object */
	kuid_t owner;
	u32 id;				/* 0: not in the register */
	bool published;
	bool persistent;		/* holds itself, and the module */
	char name[CCA_NAME_SIZE];	/* zeros: none */
};

/* Under its lock no other is taken. */
struct cca_register {
	struct xarray entries;		/* by id */
	struct mutex lock;
	u32 last_id;			/* ids are not used again */
};

#define CCA_REGISTER(_name)						\
struct cca_register _name = {						\
	.entries = XARRAY_INIT(_name.entries, XA_FLAGS_ALLOC1),		\
	.lock = __MUTEX_INITIALIZER(_name.lock),			\
}

/* One reference, the caller's; the caller is the owner. */
void cca_entry_init(struct cca_entry *entry);

/* 0, -EINVAL (no name), -EEXIST (taken), -ENOMEM; name: CCA_NAME_SIZE bytes. */
int cca_entry_enlist(struct cca_register *reg, struct cca_entry *entry,
		     const char *name, struct cca_outcome *out);

/* It can be found; persist: it has one more reference, and the module has. */
void cca_entry_publish(struct cca_register *reg, struct cca_entry *entry,
		       bool persist);

/*
 * No name any more, not persistent. True: the reference that it had to itself is
 * now the caller's to put, and then to call module_put().
 */
bool cca_entry_forget(struct cca_register *reg, struct cca_entry *entry);

/* Nobody finds it any more; who has it keeps it. */
void cca_entry_hide(struct cca_register *reg, struct cca_entry *entry);

/* The last holder is gone, or the register never had it. */
void cca_entry_strike_out(struct cca_register *reg, struct cca_entry *entry);

/* By name if id is 0, else by id. Takes a reference. */
int cca_entry_open(struct cca_register *reg, const char *name, u32 id,
		   struct cca_entry **entry, struct cca_outcome *out);

/* The id that comes next of those that the caller may open, or 0. */
u32 cca_entry_next(struct cca_register *reg, u32 after);

/* What INFO says: uid in the caller's namespace, holders without itself. */
struct cca_entry_facts {
	u32 owner;
	u32 users;
	bool persistent;
	char name[CCA_NAME_SIZE];
};

void cca_entry_read(struct cca_register *reg, const struct cca_entry *entry,
		    struct cca_entry_facts *facts);

#endif
