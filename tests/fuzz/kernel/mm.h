/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the kernel: the page allocator over the simulated memory of
 * memory.c, kmalloc, per-CPU data.
 */
#ifndef FUZZ_MM_H
#define FUZZ_MM_H

#include "base.h"

#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PHYS_PFN(pa)		((pa) >> PAGE_SHIFT)
#define PAGE_ALLOC_COSTLY_ORDER	3

/* A test may make the kernel's largest block small. */
extern unsigned int fuzz_max_order;
#define MAX_PAGE_ORDER		fuzz_max_order

#define __GFP_SLEEPS		(1U << 0)
#define __GFP_NOWARN		(1U << 1)
#define __GFP_NORETRY		(1U << 2)
#define __GFP_RETRY_MAYFAIL	(1U << 3)
#define __GFP_ZERO		(1U << 4)
#define __GFP_ACCOUNT		(1U << 5)
#define __GFP_NOMEMALLOC	(1U << 6)
#define GFP_KERNEL		__GFP_SLEEPS
#define GFP_KERNEL_ACCOUNT	(__GFP_SLEEPS | __GFP_ACCOUNT)
#define GFP_NOWAIT		__GFP_NOWARN
#define GFP_ATOMIC		__GFP_NOWARN

struct page {
	unsigned int flags;
};

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void split_page(struct page *page, unsigned int order);
void __free_page(struct page *page);
void __free_pages(struct page *page, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp);
void free_page(unsigned long address);

phys_addr_t page_to_phys(struct page *page);
void *page_address(struct page *page);
phys_addr_t virt_to_phys(const void *address);
struct page *virt_to_page(const void *address);
struct page *phys_to_page(phys_addr_t pa);
#define clear_page(page)	memset(page, 0, PAGE_SIZE)

void __SetPageOffline(struct page *page);
void __ClearPageOffline(struct page *page);

unsigned long totalram_pages(void);
long si_mem_available(void);
#define NR_FREE_CMA_PAGES		0
#define global_zone_page_state(item)	0UL

/* Pages of the caller: always there. */
int pin_user_pages_fast(unsigned long start, int count, unsigned int flags,
			struct page **pages);
void unpin_user_pages(struct page **pages, unsigned long count);

void *kzalloc(size_t size, gfp_t gfp);
void kfree(const void *p);
#define kmemdup(from, size, gfp)					\
	({ void *to_ = kzalloc(size, gfp); to_ ? memcpy(to_, from, size) : to_; })
#define kmalloc(size, gfp)	kzalloc(size, gfp)
#define kvzalloc(size, gfp)	kzalloc(size, gfp)
#define struct_size(p, member, n) (sizeof(*(p)) + sizeof(*(p)->member) * (n))
#define kvfree(p)		kfree(p)
#define kcalloc(n, size, gfp)	kzalloc((n) * (size), gfp)
#define kvcalloc(n, size, gfp)	kcalloc(n, size, gfp)

/* One CPU: what is per CPU is per module. */
#define alloc_percpu(type)	((type *)kzalloc(sizeof(type), GFP_KERNEL))
#define free_percpu(p)		kfree(p)
#define per_cpu_ptr(p, cpu)	((void)(cpu), (p))
#define this_cpu_ptr(p)		(p)
#define preempt_disable()	((void)0)
#define preempt_enable()	((void)0)
#define this_cpu_inc(x)		((void)(x)++)
#define this_cpu_add(x, n)	((void)((x) += (n)))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)

/* Mapping to user space is no matter of the rooms that run here. */
typedef unsigned long vm_flags_t;
struct vm_area_struct {
	unsigned long vm_start, vm_pgoff, vm_flags;
};
#define VM_SHARED		1UL
#define VM_DONTEXPAND		2UL
#define VM_DONTDUMP		4UL
#define vma_pages(vma)		1UL
#define vm_insert_page(vma, at, page) 0

#endif
