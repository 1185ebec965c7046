// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmi_raw: lets the ABI tests speak to the RMM of the machine. For test
 * machines only: who may open it owns the machine.
 *
 * Pages come from blocks that are kept until the module goes. The first page of
 * each is never given out: the kernel may read over the end of the page before
 * it, and would meet a delegated one. A block with a page that the RMM does not
 * give back is leaked, never freed.
 */
#include <linux/arm-smccc.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "rmi.h"
#include "rmi_raw.h"

/* 4 MiB: the largest request is 2 MiB, aligned, and page 0 is the guard. */
#define BLOCK_ORDER	10
#define BLOCK_PAGES	(1U << BLOCK_ORDER)
#define BLOCKS_MAX	8

/* What EL3 may be asked: RMI with its neighbours, and the fault plan. */
#define RMI_FIRST	0x14fU
#define RMI_LAST	0x2d0U
#define HINTS		(BIT(16) | BIT(17))
#define TEST_FIRST	0xc3000100U
#define TEST_LAST	0xc300010fU

struct block {
	struct page *pages;
	unsigned long used[BLOCK_PAGES / BITS_PER_LONG];
};

static struct block blocks[BLOCKS_MAX];
static unsigned int block_count;
static DEFINE_MUTEX(lock);

static bool allowed(u64 fid)
{
	u32 number = (u32)fid & 0xffffU & ~HINTS;
	u32 base = (u32)fid & ~0xffffU & ~HINTS;

	if (fid >= TEST_FIRST && fid <= TEST_LAST)
		return true;
	/* also as a 32-bit or a yielding call, which nobody implements */
	return number >= RMI_FIRST && number <= RMI_LAST &&
	       (base | 0xc0000000U) == 0xc4000000U;
}

/* REC_ENTER wants no interrupt to be taken on the way (G.1). */
static void smc(struct arm_smccc_1_2_regs *regs)
{
	unsigned long flags;

	preempt_disable();
	local_irq_save(flags);
	arm_smccc_1_2_smc(regs, regs);
	local_irq_restore(flags);
	preempt_enable();
}

static long do_smc(void __user *user)
{
	struct arm_smccc_1_2_regs regs;
	struct rmi_raw_smc arg;

	static_assert(sizeof(regs) == sizeof(arg));
	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (!allowed(arg.x[0]))
		return -EINVAL;
	memcpy(&regs, &arg, sizeof(regs));
	smc(&regs);
	memcpy(&arg, &regs, sizeof(arg));
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static u64 page_pa(const struct block *b, unsigned int n)
{
	return page_to_phys(b->pages) + (u64)n * PAGE_SIZE;
}

static bool free_at(const struct block *b, unsigned int n, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (test_bit(n + i, b->used))
			return false;
	return true;
}

/* Runs of n pages lie at multiples of n; page 0 is nobody's. */
static struct block *block_find(unsigned int count, unsigned int *first)
{
	unsigned int i, n;

	for (i = 0; i < block_count; i++)
		for (n = count; n + count <= BLOCK_PAGES; n += count)
			if (free_at(&blocks[i], n, count)) {
				*first = n;
				return &blocks[i];
			}
	return NULL;
}

static int block_add(void)
{
	struct block *b = &blocks[block_count];

	if (block_count == BLOCKS_MAX)
		return -ENOMEM;
	b->pages = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
			       BLOCK_ORDER);
	if (!b->pages)
		return -ENOMEM;
	block_count++;
	return 0;
}

static long do_alloc(void __user *user)
{
	struct rmi_raw_pages arg;
	unsigned int first = 0, i;
	struct block *b;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (!is_power_of_2(arg.count) || arg.count > BLOCK_PAGES / 2)
		return -EINVAL;
	b = block_find(arg.count, &first);
	if (!b) {
		if (block_add())
			return -ENOMEM;
		b = block_find(arg.count, &first);
	}
	for (i = 0; i < arg.count; i++)
		__set_bit(first + i, b->used);
	arg.pa = page_pa(b, first);
	memset(phys_to_virt(arg.pa), 0, (size_t)arg.count * PAGE_SIZE);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : 0;
}

/* The block that a range of given-out pages lies in. */
static struct block *block_of(u64 pa, unsigned int count, unsigned int *first)
{
	unsigned int i;

	for (i = 0; i < block_count; i++) {
		u64 base = page_pa(&blocks[i], 0);

		if (pa < base + PAGE_SIZE || count > BLOCK_PAGES ||
		    pa + (u64)count * PAGE_SIZE > page_pa(&blocks[i], BLOCK_PAGES))
			continue;
		*first = (pa - base) / PAGE_SIZE;
		return &blocks[i];
	}
	return NULL;
}

static long do_free(void __user *user)
{
	struct rmi_raw_pages arg;
	unsigned int first = 0, i;
	struct block *b;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	b = block_of(arg.pa, arg.count, &first);
	if (!b)
		return -EINVAL;
	for (i = 0; i < arg.count; i++)
		__clear_bit(first + i, b->used);
	return 0;
}

static long do_copy(void __user *user)
{
	struct rmi_raw_copy arg;
	unsigned int first = 0, pages;
	void __user *at;
	void *memory;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	pages = (offset_in_page(arg.pa) + arg.size + PAGE_SIZE - 1) / PAGE_SIZE;
	if (arg.size > PAGE_SIZE || !block_of(arg.pa, pages, &first))
		return -EINVAL;
	at = u64_to_user_ptr(arg.user);
	memory = phys_to_virt(arg.pa);
	if (arg.write)
		return copy_from_user(memory, at, arg.size) ? -EFAULT : 0;
	return copy_to_user(at, memory, arg.size) ? -EFAULT : 0;
}

static long raw_ioctl(struct file *file, unsigned int command,
		      unsigned long user)
{
	void __user *arg = (void __user *)user;
	long result;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (command == RMI_RAW_SMC)
		return do_smc(arg);
	mutex_lock(&lock);
	switch (command) {
	case RMI_RAW_ALLOC:
		result = do_alloc(arg);
		break;
	case RMI_RAW_FREE:
		result = do_free(arg);
		break;
	case RMI_RAW_COPY:
		result = do_copy(arg);
		break;
	default:
		result = -ENOTTY;
	}
	mutex_unlock(&lock);
	return result;
}

static const struct file_operations raw_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = raw_ioctl,
};

static struct miscdevice raw_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rmi_raw",
	.fops = &raw_fops,
	.mode = 0600,
};

static bool range_call(u32 fid, u64 pa)
{
	struct arm_smccc_1_2_regs regs = {
		.a0 = fid, .a1 = pa, .a2 = pa + PAGE_SIZE,
	};

	smc(&regs);
	return regs.a0 == RMI_SUCCESS;
}

/* Ours again? A page that can be delegated was Non-secure all the time. */
static bool page_is_ns(u64 pa)
{
	if (range_call(SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa))
		return true;
	return range_call(SMC_RMI_GRANULE_RANGE_DELEGATE, pa) &&
	       range_call(SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa);
}

/* Pages that are still given out are those that a test may have lost. */
static bool block_is_ns(const struct block *b)
{
	unsigned int n;

	for_each_set_bit(n, b->used, BLOCK_PAGES)
		if (!page_is_ns(page_pa(b, n)))
			return false;
	return true;
}

static int __init raw_init(void)
{
	return misc_register(&raw_device);
}

static void __exit raw_exit(void)
{
	unsigned int i;

	misc_deregister(&raw_device);
	for (i = 0; i < block_count; i++) {
		if (block_is_ns(&blocks[i]))
			__free_pages(blocks[i].pages, BLOCK_ORDER);
		else
			pr_warn("rmi_raw: a block stays with the RMM\n");
	}
}

module_init(raw_init);
module_exit(raw_exit);
MODULE_DESCRIPTION("Raw RMI calls for tests");
MODULE_LICENSE("GPL");
