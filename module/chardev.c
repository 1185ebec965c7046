// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doors: /dev/cca and the descriptors that come out of it.
 *
 * One dispatcher for all kinds of descriptor, driven by a table for each. It
 * copies a structure of any size in, runs the handler, copies the structure
 * back whatever the handler said, and publishes a new descriptor last. No
 * handler sees a pointer of the caller. They are in doors_device.c and
 * doors_realm.c.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "doors.h"

/* ------------------------------------------------------- what handlers ask for */

int cca_call_flags(u32 flags, u32 known, struct cca_outcome *out)
{
	if (flags & ~known)
		return cca_fail(out, CCA_REASON_FLAGS, -EINVAL);
	return cca_rmm_over(out);
}

int cca_call_reserved(u64 reserved, struct cca_outcome *out)
{
	return reserved ? cca_fail(out, CCA_REASON_RESERVED, -EINVAL) : 0;
}

int cca_call_reserve_fd(struct cca_call *call, const char *name,
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

static void drop_fd(struct cca_call *call)
{
	if (!call->new_file)
		return;
	put_unused_fd(call->new_fd);
	fput(call->new_file);
	call->new_file = NULL;
}

/* ----------------------------------------------------------------- dispatcher */

static const struct cca_command *find(const struct cca_command *commands,
				      unsigned int number)
{
	for (; commands->handler; commands++)
		if (commands->number == number)
			return commands;
	return NULL;
}

static int handle(const struct cca_command *command, struct cca_call *call,
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

static long dispatch(struct file *file, const struct cca_command *commands,
		     unsigned int number, unsigned long arg)
{
	const struct cca_command *command = find(commands, number);
	void __user *user = (void __user *)arg;
	struct cca_call call = { .file = file };
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
	if (call.new_realm)
		cca_realm_publish(call.new_realm, call.arg.realm_create.flags);
	if (call.new_file)
		fd_install(call.new_fd, call.new_file);
	return 0;
}

#define unsafe_put_outcome(out, user, label)				\
do {									\
	unsafe_put_user((out)->reason, &(user)->reason, label);		\
	unsafe_put_user((out)->rmi_fid, &(user)->rmi_fid, label);	\
	unsafe_put_user((out)->rmi_status, &(user)->rmi_status, label);	\
	unsafe_put_user((out)->rmi_data, &(user)->rmi_data, label);	\
	unsafe_put_user((out)->rmi_calls, &(user)->rmi_calls, label);	\
	unsafe_put_user((out)->donated, &(user)->donated, label);	\
	unsafe_put_user((out)->reclaimed, &(user)->reclaimed, label);	\
} while (0)

/*
 * What a VMM does for each exit of a realm goes past the table: of exactly our
 * size there is nothing to adapt, and no descriptor comes out. Else it is as in
 * handle(), where other sizes go, and what cannot be read. An outcome that
 * cannot be written is known before the deed by its ends.
 */
static long run(struct file *file, unsigned long arg)
{
	struct cca_rec_op __user *user = (void __user *)arg;
	struct cca_outcome out = {};
	union {
		struct {
			u32 size, flags;
		};
		u64 both;
	} head;
	int ret = 0;

	if (!user_access_begin(user, sizeof(*user)))
		return dispatch(file, cca_rec_commands, CCA_RUN, arg);
	unsafe_get_user(head.both, (u64 __user *)user, other);
	if (unlikely(head.size != sizeof(*user)))
		goto other;
	unsafe_put_user(0, &user->out.reason, fault);
	unsafe_put_user(0, &user->out.reclaimed, fault);
	user_access_end();

	ret = cca_power_enter();
	if (likely(!ret)) {
		ret = cca_call_run(file->private_data, head.flags, &out);
		cca_power_leave();
	}

	if (!user_access_begin(user, sizeof(*user)))
		return ret ? : -EFAULT;
	unsafe_put_outcome(&out, &user->out, fault);
	user_access_end();
	return ret;

other:
	user_access_end();
	return dispatch(file, cca_rec_commands, CCA_RUN, arg);
fault:
	user_access_end();
	return ret ? : -EFAULT;
}

/* A file that was never published may have no object. */
#define RELEASE(_kind, _type, _put)					\
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

RELEASE(memory, struct cca_memory, cca_memory_put(object))
RELEASE(realm, struct cca_realm, cca_realm_put(object))
RELEASE(rec, struct cca_rec, cca_realm_put(object->realm))

static long memory_ioctl(struct file *file, unsigned int number,
			 unsigned long arg)
{
	return dispatch(file, cca_memory_commands, number, arg);
}

static long realm_ioctl(struct file *file, unsigned int number,
			unsigned long arg)
{
	return dispatch(file, cca_realm_commands, number, arg);
}

static long rec_ioctl(struct file *file, unsigned int number,
		      unsigned long arg)
{
	if (likely(number == CCA_RUN))
		return run(file, arg);
	return dispatch(file, cca_rec_commands, number, arg);
}

static long device_ioctl(struct file *file, unsigned int number,
			 unsigned long arg)
{
	return dispatch(file, cca_device_commands, number, arg);
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

const struct file_operations cca_memory_fops = {
	.owner = THIS_MODULE,
	.release = memory_release,
	.unlocked_ioctl = memory_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

const struct file_operations cca_realm_fops = {
	.owner = THIS_MODULE,
	.release = realm_release,
	.unlocked_ioctl = realm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

const struct file_operations cca_rec_fops = {
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
