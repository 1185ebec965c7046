/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that this module supports, and nothing
 * else. The code is written against the newest of them; older ones are brought
 * up here. Kbuild probes the text of the target's headers, so that a backport
 * in a stable tree does not count as the old kernel.
 */
#ifndef CCA_COMPAT_H
#define CCA_COMPAT_H

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "cca supports Linux 6.1 and later"
#endif

#if PAGE_SHIFT != 12
#error "cca supports kernels with 4 KiB pages only"
#endif

/* Before 6.8: MAX_ORDER, which was one beyond the largest order until 6.4. */
#ifndef MAX_PAGE_ORDER
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define MAX_PAGE_ORDER	(MAX_ORDER - 1)
#else
#define MAX_PAGE_ORDER	MAX_ORDER
#endif
#endif

/* 6.3 */
#ifndef CCA_HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* 6.7. Of one that could not be registered nobody asks anything. */
#ifndef CCA_HAVE_SHRINKER_ALLOC
static inline struct shrinker *shrinker_alloc(unsigned int flags,
					      const char *name)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker)
		shrinker->flags = flags;
	return shrinker;
}

static inline void shrinker_register(struct shrinker *shrinker)
{
	if (register_shrinker(shrinker, "cca"))
		pr_debug("cca: no shrinker\n");
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#endif

/*
 * Since 6.2 a long-term pin for reading gives a private mapping its own page
 * first. Before, the next write of the caller would have done so, behind the
 * back of whoever reads; breaking the share needs to look like a write.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define CCA_FOLL_UNSHARE	(FOLL_FORCE | FOLL_WRITE)
#else
#define CCA_FOLL_UNSHARE	0
#endif

#endif
