// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test module: /dev/linger holds the end of the kernel up.
 *
 * It is the last reboot notifier. When the chain comes to it, every other one
 * has done its work, and user space still runs: a read of /dev/linger, which
 * sleeps until then, returns. The kernel ends as many seconds after a number
 * was written, or after a minute.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>

#define LINGER	(60 * HZ)

static DECLARE_COMPLETION(reached);
static DECLARE_COMPLETION(released);
static unsigned int seconds;

static int linger(struct notifier_block *nb, unsigned long action, void *command)
{
	complete_all(&reached);
	wait_for_completion_timeout(&released, LINGER);
	ssleep(READ_ONCE(seconds));
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = linger,
	.priority = INT_MIN,
};

static ssize_t linger_read(struct file *file, char __user *to, size_t count, loff_t *at)
{
	if (wait_for_completion_interruptible(&reached))
		return -ERESTARTSYS;
	return 0;
}

static ssize_t linger_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	unsigned int number;
	int err = kstrtouint_from_user(from, count, 10, &number);

	if (err)
		return err;
	WRITE_ONCE(seconds, min(number, 60U));
	complete_all(&released);
	return count;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = linger_read,
	.write = linger_write,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "linger",
	.mode = 0600,
	.fops = &fops,
};

static int __init linger_init(void)
{
	int err = misc_register(&device);

	if (err)
		return err;
	err = register_reboot_notifier(&notifier);
	if (err)
		misc_deregister(&device);
	return err;
}

static void __exit linger_exit(void)
{
	unregister_reboot_notifier(&notifier);
	misc_deregister(&device);
}

module_init(linger_init);
module_exit(linger_exit);

MODULE_DESCRIPTION("Test module: holds the end of the kernel up");
MODULE_LICENSE("GPL");
