// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test module: /dev/peek reads physical memory, as the kernel sees it.
 *
 * The offset of a read is the physical address. No care is taken at all: the
 * point is to see the fault. It is a character device and nothing more clever,
 * because the reader is expected to die in the middle, and must not take a
 * lock with it.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static ssize_t peek_read(struct file *file, char __user *to, size_t count, loff_t *at)
{
	unsigned long pfn = *at >> PAGE_SHIFT;
	u8 byte;

	if (!count)
		return 0;
	if (*at < 0 || !pfn_valid(pfn))
		return -ENXIO;
	byte = READ_ONCE(*(const u8 *)phys_to_virt(*at));
	if (put_user(byte, to))
		return -EFAULT;
	*at += 1;
	return 1;
}

static const struct file_operations peek_fops = {
	.owner = THIS_MODULE,
	.read = peek_read,
	.llseek = default_llseek,
};

static struct miscdevice peek_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "peek",
	.mode = 0600,
	.fops = &peek_fops,
};

module_misc_device(peek_device);

MODULE_DESCRIPTION("Test module: reads physical memory without any care");
MODULE_LICENSE("GPL");
