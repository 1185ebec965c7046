// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages: what it takes to allocate what the module allocates, and to move it
 * page by page without keeping books. For the benchmark on a test machine only.
 *
 * The first page of each block is never delegated: it is the guard of the next.
 */
#include <linux/arm-smccc.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "pages.h"
#include "rmi.h"

#define BLOCK_ORDER	10
#define BLOCK_PAGES	(1U << BLOCK_ORDER)

static struct page *blocks[PAGES_BLOCKS_MAX];
static unsigned int count;
static bool delegated;
static DEFINE_MUTEX(lock);

static long pages_free(void)
{
	unsigned int i;

	if (delegated)
		return -EBUSY;
	while (count) {
		struct page *page = blocks[--count];

		for (i = 0; i < BLOCK_PAGES; i++)
			__free_page(page + i);
		cond_resched();
	}
	return 0;
}

static long pages_alloc(unsigned long n)
{
	if (count || n > PAGES_BLOCKS_MAX)
		return -EINVAL;
	for (; count < n; count++) {
		blocks[count] = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
					    __GFP_NORETRY, BLOCK_ORDER);
		if (!blocks[count]) {
			pages_free();
			return -ENOMEM;
		}
		split_page(blocks[count], BLOCK_ORDER);
	}
	return 0;
}

static long move(u32 fid)
{
	unsigned int b, i;
	long calls = 0;

	for (b = 0; b < count; b++) {
		u64 pa = page_to_phys(blocks[b]);

		for (i = 1; i < BLOCK_PAGES; i++) {
			struct arm_smccc_1_2_regs regs = {
				.a0 = fid, .a1 = pa + i * PAGE_SIZE,
				.a2 = pa + (i + 1) * PAGE_SIZE,
			};

			arm_smccc_1_2_smc(&regs, &regs);
			calls++;
			if (regs.a0)
				return -EIO;
		}
		cond_resched();
	}
	return calls;
}

static long pages_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	long ret = -ENOTTY;

	mutex_lock(&lock);
	switch (command) {
	case PAGES_ALLOC:
		ret = pages_alloc(arg);
		break;
	case PAGES_FREE:
		ret = pages_free();
		break;
	case PAGES_DELEGATE:
		delegated = true;
		ret = move(SMC_RMI_GRANULE_RANGE_DELEGATE);
		break;
	case PAGES_UNDELEGATE:
		ret = move(SMC_RMI_GRANULE_RANGE_UNDELEGATE);
		/* Else they are lost, and nobody touches them again. */
		if (ret >= 0)
			delegated = false;
		break;
	}
	mutex_unlock(&lock);
	return ret;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = pages_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cca_pages",
	.fops = &fops,
	.mode = 0600,
};

static int __init pages_init(void)
{
	return misc_register(&device);
}

static void __exit pages_exit(void)
{
	misc_deregister(&device);
	pages_free();
}

module_init(pages_init);
module_exit(pages_exit);

MODULE_DESCRIPTION("Allocation and single-page delegation, to compare with");
MODULE_AUTHOR("The cca authors");
MODULE_LICENSE("GPL");
