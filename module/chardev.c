// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doors: /dev/cca and the descriptors that come out of it.
 *
 * One dispatcher for all kinds of descriptor, driven by a table for each. It
 * copies a structure of any size in, runs the handler, copies the structure
 * back whatever the handler said, and publishes a new descriptor last. No
 * handler sees a pointer of the caller.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "object.h"

/* One call: what came in, and the descriptor that may come out. */
struct call {
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
		struct cca_realm_info realm_info;
		struct cca_mem_add mem_add;
		struct cca_mem_remove mem_remove;
		struct cca_populate populate;
		struct cca_prefault prefault;
		struct cca_realm_op realm_op;
		struct cca_rec_create rec_create;
		struct cca_rec_op rec_op;
		struct cca_rec_info rec_info;
	} arg;
	struct file *new_file;
	int new_fd;
	struct cca_memory *new_memory;
};

struct command {
	unsigned int number;
	unsigned int size;		/* ours */
	unsigned int size_min;		/* of the first version */
	unsigned int out;		/* outputs, which start as zeros */
	unsigned int out_end;
	int (*handler)(struct call *call);
};

/* _last ended the first version; _out to _last are outputs. */
#define COMMAND(_number, _type, _out, _last, _handler) {		\
	.number = (_number),						\
	.size = sizeof(_type) + BUILD_BUG_ON_ZERO(sizeof(_type) >	\
				sizeof_field(struct call, arg)),	\
	.size_min = offsetofend(_type, _last),				\
	.out = offsetof(_type, _out),					\
	.out_end = offsetofend(_type, _last),				\
	.handler = (_handler),						\
}

static const struct file_operations memory_fops, realm_fops, rec_fops;

/* Every command with an outcome comes by here, before it does anything. */
static int check_flags(u32 flags, u32 known, struct cca_outcome *out)
{
	if (flags & ~known)
		return cca_fail(out, CCA_REASON_FLAGS, -EINVAL);
	return cca_rmm_over(out);
}

static int check_reserved(u64 reserved, struct cca_outcome *out)
{
	return reserved ? cca_fail(out, CCA_REASON_RESERVED, -EINVAL) : 0;
}

/*
 * A descriptor and its file, before the object that belongs to it: afterwards
 * nothing can fail for want of them. The dispatcher publishes or drops both.
 */
static int reserve_fd(struct call *call, const char *name,
		      const struct file_operations *fops, s32 *out_fd)
{
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, NULL, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	call->new_fd = fd;
	call->new_file = file;
	*out_fd = fd;
	return 0;
}

static void drop_fd(struct call *call)
{
	if (!call->new_file)
		return;
	put_unused_fd(call->new_fd);
	fput(call->new_file);
	call->new_file = NULL;
}

/* --------------------------------------------------------------------- device */

static int do_info(struct call *call)
{
	struct cca_info *info = &call->arg.info;
	const struct cca_rmm *rmm = cca_rmm();
	struct cca_outcome out = {};

	if (info->flags)
		return -EINVAL;
	info->out_abi = CCA_ABI_VERSION;
	info->out_errno = -cca_rmm_usable(&out);
	info->out_reason = out.reason;
	info->out_profile = rmm->traits.profile;
	info->out_rmi_version = rmm->version;
	info->out_rmi_version_max = rmm->version_max;
	cca_ledger_read(&info->out_ledger);
	cca_limits_read(info);
	info->out_realms = cca_realms();
	info->out_memories = cca_memories();
	info->out_rmi_calls = cca_smc_calls();
	if (rmm->reason)
		return 0;

	BUILD_BUG_ON(sizeof(info->out_features) != sizeof(rmm->features));
	memcpy(info->out_features, rmm->features, sizeof(info->out_features));
	cca_realm_limits(info);
	return 0;
}

static int do_delegate(struct call *call)
{
	struct cca_delegate *arg = &call->arg.delegate;
	struct cca_outcome *out = &arg->out;
	struct cca_memory *memory;
	int ret;

	arg->out_done = 0;
	arg->out_fd = -1;
	arg->out_id = 0;
	ret = check_flags(arg->flags, CCA_MEMORY_F_PERSIST, out);
	if (!ret)
		ret = check_reserved(arg->__reserved | arg->__reserved1, out);
	if (!ret)
		ret = cca_rmm_usable(out);
	if (ret)
		return ret;
	if (arg->block_size != SZ_4K && arg->block_size != SZ_2M)
		return cca_fail(out, CCA_REASON_BLOCK_SIZE, -EINVAL);
	if (!IS_ALIGNED(arg->length, arg->block_size))
		return cca_fail(out, CCA_REASON_ALIGNMENT, -EINVAL);
	if (!arg->length)
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);

	ret = reserve_fd(call, "[cca-memory]", &memory_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_memory_create(arg, &memory);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	call->new_memory = memory;
	call->new_file->private_data = memory;
	return 0;
}

static int do_memory_open(struct call *call)
{
	struct cca_memory_open *arg = &call->arg.memory_open;
	struct cca_memory *memory;
	int ret;

	arg->out_fd = -1;
	ret = check_flags(arg->flags, 0, &arg->out);
	if (!ret)
		ret = reserve_fd(call, "[cca-memory]", &memory_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_memory_open(arg, &memory, &arg->out);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	call->new_file->private_data = memory;
	return 0;
}

static int do_memory_next(struct call *call)
{
	struct cca_memory_next *arg = &call->arg.memory_next;

	if (arg->flags)
		return -EINVAL;
	arg->out_id = cca_memory_next(arg->after);
	return arg->out_id ? 0 : -ENOENT;
}

static int do_realm_create(struct call *call)
{
	struct cca_realm_create *arg = &call->arg.realm_create;
	struct cca_outcome *out = &arg->out;
	struct cca_realm *realm;
	int ret;

	arg->out_fd = -1;
	arg->out_id = 0;
	ret = check_flags(arg->flags, CCA_REALM_F_SVE | CCA_REALM_F_PMU, out);
	if (!ret)
		ret = cca_rmm_usable(out);
	if (!ret)
		ret = reserve_fd(call, "[cca-realm]", &realm_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_realm_create(arg, &realm, out);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	arg->out_id = realm->id;
	atomic64_add(out->rmi_calls, &realm->rmi_calls);
	call->new_file->private_data = realm;
	return 0;
}

/* --------------------------------------------------------------------- memory */

static int do_memory_info(struct call *call)
{
	struct cca_memory_info *arg = &call->arg.memory_info;

	if (arg->flags)
		return -EINVAL;
	cca_memory_info(call->file->private_data, arg);
	return 0;
}

static int do_resize(struct call *call,
		     int (*resize)(struct cca_memory *, u64, u64 *,
				   struct cca_outcome *))
{
	struct cca_memory_resize *arg = &call->arg.memory_resize;
	struct cca_memory *memory = call->file->private_data;
	int ret;

	arg->out_done = 0;
	ret = check_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	if (!IS_ALIGNED(arg->length, memory->block_size))
		return cca_fail(&arg->out, CCA_REASON_ALIGNMENT, -EINVAL);
	if (!arg->length)
		return cca_fail(&arg->out, CCA_REASON_RANGE, -EINVAL);
	return resize(memory, arg->length, &arg->out_done, &arg->out);
}

static int do_memory_grow(struct call *call)
{
	return do_resize(call, cca_memory_grow);
}

static int do_memory_shrink(struct call *call)
{
	return do_resize(call, cca_memory_shrink);
}

static int do_memory_destroy(struct call *call)
{
	struct cca_memory_op *arg = &call->arg.memory_op;
	int ret;

	ret = check_flags(arg->flags, 0, &arg->out);
	if (!ret)
		cca_memory_destroy(call->file->private_data);
	return ret;
}

/* ---------------------------------------------------------------------- realm */

static int do_realm_info(struct call *call)
{
	struct cca_realm_info *arg = &call->arg.realm_info;

	if (arg->flags)
		return -EINVAL;
	cca_realm_info(call->file->private_data, arg);
	return 0;
}

/* What a command cost goes to the realm's account, however it ended. */
static int charge(struct cca_realm *realm, const struct cca_outcome *out,
		  int ret)
{
	atomic64_add(out->rmi_calls, &realm->rmi_calls);
	return ret;
}

static int mem_add_from(struct cca_realm *realm, struct cca_mem_add *arg)
{
	struct file *file;
	int ret;

	file = fget(arg->memory);
	if (!file || file->f_op != &memory_fops)
		ret = cca_fail(&arg->out, CCA_REASON_FD, -EINVAL);
	else
		ret = cca_region_add(realm, arg->ipa, arg->length, arg->flags,
				     file->private_data, &arg->out);
	if (file)
		fput(file);
	return ret;
}

/* Of the two kinds of region each has flags and fields of its own. */
static int check_mem_add(struct cca_mem_add *arg)
{
	bool shared = arg->flags & CCA_MEM_F_SHARED;
	u32 known = shared ? CCA_MEM_F_SHARED | CCA_MEM_F_READONLY :
			     CCA_MEM_F_RIPAS_EXIT;
	int ret;

	ret = check_flags(arg->flags, known, &arg->out);
	if (!ret)
		ret = check_reserved(arg->__reserved, &arg->out);
	if (!ret && !shared)
		ret = check_reserved(arg->source, &arg->out);
	if (!ret && shared && arg->memory != -1)
		ret = cca_fail(&arg->out, CCA_REASON_FD, -EINVAL);
	return ret;
}

static int do_mem_add(struct call *call)
{
	struct cca_mem_add *arg = &call->arg.mem_add;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	ret = check_mem_add(arg);
	if (ret)
		return ret;
	if (arg->flags & CCA_MEM_F_SHARED)
		ret = cca_shared_add(realm, arg, &arg->out);
	else if (arg->memory == -1)
		ret = cca_region_add(realm, arg->ipa, arg->length, arg->flags,
				     NULL, &arg->out);
	else
		ret = mem_add_from(realm, arg);
	return charge(realm, &arg->out, ret);
}

static int do_mem_remove(struct call *call)
{
	struct cca_mem_remove *arg = &call->arg.mem_remove;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	ret = check_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return charge(realm, &arg->out,
		      cca_shared_remove(realm, arg, &arg->out));
}

static int do_populate(struct call *call)
{
	struct cca_populate *arg = &call->arg.populate;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	arg->out_done = 0;
	ret = check_flags(arg->flags, CCA_POPULATE_F_MEASURE, &arg->out);
	if (ret)
		return ret;
	return charge(realm, &arg->out, cca_region_populate(realm, arg));
}

static int do_prefault(struct call *call)
{
	struct cca_prefault *arg = &call->arg.prefault;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	arg->out_done = 0;
	ret = check_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return charge(realm, &arg->out, cca_region_prefault(realm, arg));
}

static int do_realm_op(struct call *call,
		       int (*op)(struct cca_realm *, struct cca_outcome *))
{
	struct cca_realm_op *arg = &call->arg.realm_op;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	ret = check_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return charge(realm, &arg->out, op(realm, &arg->out));
}

static int do_activate(struct call *call)
{
	return do_realm_op(call, cca_realm_activate);
}

static int do_terminate(struct call *call)
{
	return do_realm_op(call, cca_realm_terminate);
}

static int do_destroy(struct call *call)
{
	return do_realm_op(call, cca_realm_destroy);
}

static int do_rec_create(struct call *call)
{
	struct cca_rec_create *arg = &call->arg.rec_create;
	struct cca_realm *realm = call->file->private_data;
	struct cca_rec *rec;
	int ret;

	arg->out_fd = -1;
	arg->out_index = 0;
	arg->out_mpidr = 0;
	ret = check_flags(arg->flags, CCA_REC_F_RUNNABLE, &arg->out);
	if (!ret)
		ret = reserve_fd(call, "[cca-rec]", &rec_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_rec_create(realm, arg, &rec, &arg->out);
	if (ret) {
		arg->out_fd = -1;
		return charge(realm, &arg->out, ret);
	}
	arg->out_index = rec->index;
	arg->out_mpidr = rec->mpidr;
	cca_realm_get(realm);
	call->new_file->private_data = rec;
	return charge(realm, &arg->out, 0);
}

/* ------------------------------------------------------------------------ REC */

static int do_run(struct call *call)
{
	struct cca_rec_op *arg = &call->arg.rec_op;
	struct cca_rec *rec = call->file->private_data;
	int ret;

	ret = check_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return charge(rec->realm, &arg->out, cca_rec_run(rec, &arg->out));
}

static int do_rec_info(struct call *call)
{
	struct cca_rec_info *arg = &call->arg.rec_info;

	if (arg->flags)
		return -EINVAL;
	cca_rec_info(call->file->private_data, arg);
	return 0;
}

/* ----------------------------------------------------------------- dispatcher */

static const struct command device_commands[] = {
	COMMAND(CCA_INFO, struct cca_info, out_abi, out_user_granules,
		do_info),
	COMMAND(CCA_DELEGATE, struct cca_delegate, out, out, do_delegate),
	COMMAND(CCA_REALM_CREATE, struct cca_realm_create, out, out,
		do_realm_create),
	COMMAND(CCA_MEMORY_OPEN, struct cca_memory_open, out, out,
		do_memory_open),
	COMMAND(CCA_MEMORY_NEXT, struct cca_memory_next, out_id, out_id,
		do_memory_next),
	{}
};

static const struct command memory_commands[] = {
	COMMAND(CCA_MEMORY_INFO, struct cca_memory_info, out_length,
		out_rmi_calls, do_memory_info),
	COMMAND(CCA_MEMORY_GROW, struct cca_memory_resize, out, out,
		do_memory_grow),
	COMMAND(CCA_MEMORY_SHRINK, struct cca_memory_resize, out, out,
		do_memory_shrink),
	COMMAND(CCA_MEMORY_DESTROY, struct cca_memory_op, out, out,
		do_memory_destroy),
	{}
};

static const struct command realm_commands[] = {
	COMMAND(CCA_REALM_INFO, struct cca_realm_info, out_id, out_rmi_calls,
		do_realm_info),
	COMMAND(CCA_MEM_ADD, struct cca_mem_add, out, out, do_mem_add),
	COMMAND(CCA_MEM_REMOVE, struct cca_mem_remove, out, out,
		do_mem_remove),
	COMMAND(CCA_POPULATE, struct cca_populate, out, out, do_populate),
	COMMAND(CCA_PREFAULT, struct cca_prefault, out, out, do_prefault),
	COMMAND(CCA_ACTIVATE, struct cca_realm_op, out, out, do_activate),
	COMMAND(CCA_TERMINATE, struct cca_realm_op, out, out, do_terminate),
	COMMAND(CCA_DESTROY, struct cca_realm_op, out, out, do_destroy),
	COMMAND(CCA_REC_CREATE, struct cca_rec_create, out, out, do_rec_create),
	{}
};

static const struct command rec_commands[] = {
	COMMAND(CCA_RUN, struct cca_rec_op, out, out, do_run),
	COMMAND(CCA_REC_INFO, struct cca_rec_info, out_index, out_exits,
		do_rec_info),
	{}
};

static const struct command *find(const struct command *commands,
				  unsigned int number)
{
	for (; commands->handler; commands++)
		if (commands->number == number)
			return commands;
	return NULL;
}

static int handle(const struct command *command, struct call *call,
		  void __user *user, u32 size)
{
	int ret;

	ret = copy_struct_from_user(&call->arg, command->size, user, size);
	if (ret)
		return ret;
	/* The caller may have changed its mind, and its memory, since. */
	call->arg.size = size;
	memset((char *)&call->arg + command->out, 0,
	       command->out_end - command->out);

	/* An answer that cannot be written is better known before the deed. */
	if (copy_to_user(user, &call->arg, min(size, command->size)))
		return -EFAULT;
	ret = cca_power_enter();
	if (ret)
		return ret;
	ret = command->handler(call);
	cca_power_leave();
	if (copy_to_user(user, &call->arg, min(size, command->size)) && !ret)
		ret = -EFAULT;
	return ret;
}

static long dispatch(struct file *file, const struct command *commands,
		     unsigned int number, unsigned long arg)
{
	const struct command *command = find(commands, number);
	void __user *user = (void __user *)arg;
	struct call call = { .file = file };
	u32 size;
	int ret;

	if (!command)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < command->size_min)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;

	ret = handle(command, &call, user, size);
	if (ret) {
		drop_fd(&call);
		return ret;
	}
	if (call.new_memory)
		cca_memory_publish(call.new_memory, call.arg.delegate.flags);
	if (call.new_file)
		fd_install(call.new_fd, call.new_file);
	return 0;
}

/* A file that was never published may have no object. */
#define DOOR(_kind, _type, _put)					\
static long _kind##_ioctl(struct file *file, unsigned int number,	\
			  unsigned long arg)				\
{									\
	return dispatch(file, _kind##_commands, number, arg);		\
}									\
									\
static int _kind##_release(struct inode *inode, struct file *file)	\
{									\
	_type *object = file->private_data;				\
									\
	cca_power_hold();						\
	if (object)							\
		_put;							\
	cca_power_leave();						\
	return 0;							\
}

DOOR(memory, struct cca_memory, cca_memory_put(object))
DOOR(realm, struct cca_realm, cca_realm_put(object))
DOOR(rec, struct cca_rec, cca_realm_put(object->realm))

static long device_ioctl(struct file *file, unsigned int number,
			 unsigned long arg)
{
	return dispatch(file, device_commands, number, arg);
}

static int rec_mmap(struct file *file, struct vm_area_struct *vma)
{
	return cca_rec_mmap(file->private_data, vma);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static const struct file_operations memory_fops = {
	.owner = THIS_MODULE,
	.release = memory_release,
	.unlocked_ioctl = memory_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static const struct file_operations realm_fops = {
	.owner = THIS_MODULE,
	.release = realm_release,
	.unlocked_ioctl = realm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static const struct file_operations rec_fops = {
	.owner = THIS_MODULE,
	.release = rec_release,
	.unlocked_ioctl = rec_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = rec_mmap,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cca",
	.fops = &device_fops,
	.mode = 0600,
};

int cca_chardev_init(void)
{
	return misc_register(&device);
}

void cca_chardev_exit(void)
{
	misc_deregister(&device);
}
