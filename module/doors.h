/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the dispatcher of the doors (chardev.c) and the handlers behind it
 * (doors_device.c, doors_realm.c) share: a call, and the tables of commands.
 */
#ifndef CCA_DOORS_H
#define CCA_DOORS_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#include "object.h"

struct file_operations;

/* One call: what came in, and the descriptor that may come out. */
struct cca_call {
	struct file *file;
	union {
		__u32 size;
		struct cca_info info;
		struct cca_delegate delegate;
		struct cca_memory_info memory_info;
		struct cca_memory_open memory_open;
		struct cca_memory_next memory_next;
		struct cca_memory_op memory_op;
		struct cca_memory_resize memory_resize;
		struct cca_realm_create realm_create;
		struct cca_realm_open realm_open;
		struct cca_realm_next realm_next;
		struct cca_realm_info realm_info;
		struct cca_mem_add mem_add;
		struct cca_mem_remove mem_remove;
		struct cca_populate populate;
		struct cca_prefault prefault;
		struct cca_realm_op realm_op;
		struct cca_rec_create rec_create;
		struct cca_rec_open rec_open;
		struct cca_rec_op rec_op;
		struct cca_rec_info rec_info;
	} arg;
	struct file *new_file;
	int new_fd;
	struct cca_memory *new_memory;	/* to be published with it */
	struct cca_realm *new_realm;
};

struct cca_command {
	unsigned int number;
	unsigned int size;		/* ours */
	unsigned int size_min;		/* of the first version */
	unsigned int out;		/* outputs, which start as zeros */
	unsigned int out_end;
	int (*handler)(struct cca_call *call);
};

/* _last ended the first version; _out to _last are outputs. */
#define CCA_COMMAND(_number, _type, _out, _last, _handler) {		\
	.number = (_number),						\
	.size = sizeof(_type) + BUILD_BUG_ON_ZERO(sizeof(_type) >	\
				sizeof_field(struct cca_call, arg)),	\
	.size_min = offsetofend(_type, _last),				\
	.out = offsetof(_type, _out),					\
	.out_end = offsetofend(_type, _last),				\
	.handler = (_handler),						\
}

/* Each ends with an empty one. */
extern const struct cca_command cca_device_commands[];
extern const struct cca_command cca_memory_commands[];
extern const struct cca_command cca_realm_commands[];
extern const struct cca_command cca_rec_commands[];

extern const struct file_operations cca_memory_fops;
extern const struct file_operations cca_realm_fops;
extern const struct file_operations cca_rec_fops;

/* Every command with an outcome comes by here, before it does anything. */
int cca_call_flags(u32 flags, u32 known, struct cca_outcome *out);
int cca_call_reserved(u64 reserved, struct cca_outcome *out);

/*
 * A descriptor and its file, before the object that belongs to it: afterwards
 * nothing can fail for want of them. The dispatcher publishes or drops both.
 */
int cca_call_reserve_fd(struct cca_call *call, const char *name,
			const struct file_operations *fops, s32 *out_fd);

/* What a command cost goes to the realm's account, however it ended. */
static inline int cca_call_charge(struct cca_realm *realm,
				  const struct cca_outcome *out, int ret)
{
	atomic64_add(out->rmi_calls, &realm->rmi_calls);
	return ret;
}

/* CCA_RUN: the dispatcher has a shorter way to it, see there. */
static inline int cca_call_run(struct cca_rec *rec, u32 flags,
			       struct cca_outcome *out)
{
	int ret = cca_rmm_over(out);

	if (unlikely(flags))
		ret = cca_fail(out, CCA_REASON_FLAGS, -EINVAL);
	return unlikely(ret) ? ret :
	       cca_call_charge(rec->realm, out, cca_rec_run(rec, out));
}

#endif
