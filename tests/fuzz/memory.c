// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory, and the allocators of a kernel over it.
 *
 * The memory is mapped twice. The RMM reads and writes one view. The other is
 * the host's, and all of it that the module may not touch at this moment is
 * poisoned: what belongs to others, and what the RMM has.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>

#include "world.h"

#define MAP_BYTES	(WORLD_PAGES_MAX * PAGE_SIZE)

struct world world;
unsigned int fuzz_max_order;
static struct page pages[WORLD_PAGES_MAX];
static unsigned int caller;

/* ------------------------------------------------------------------ messages */

void fuzz_printk(enum fuzz_level level, const char *format, ...)
{
	va_list ap;
	char text[512];

	/* Formatted always: the arguments are part of what is tested. */
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	world.messages[level]++;
	if (getenv("FUZZ_VERBOSE"))
		fprintf(stderr, "# kernel: %s", text);
}

/* --------------------------------------------------------------------- pages */

unsigned int page_of(uint64_t pa)
{
	if (pa < WORLD_BASE || (pa - WORLD_BASE) >> PAGE_SHIFT >= world.pages)
		return world.pages;
	return (unsigned int)((pa - WORLD_BASE) >> PAGE_SHIFT);
}

bool page_exists(uint64_t pa)
{
	return page_of(pa) < world.pages;
}

uint64_t page_pa(unsigned int i)
{
	return WORLD_BASE + ((uint64_t)i << PAGE_SHIFT);
}

/* The watched view says who may touch what. */
static void watch(unsigned int i)
{
	const struct world_page *p = &world.page[i];
	uint8_t *at = world.host_view + i * PAGE_SIZE;

	if ((p->owner == OWNER_LEDGER || p->owner == OWNER_SLAB) &&
	    p->has == HAS_NOT)
		ASAN_UNPOISON_MEMORY_REGION(at, PAGE_SIZE);
	else
		ASAN_POISON_MEMORY_REGION(at, PAGE_SIZE);
}

/* The kernel may read on behind a page of its own: is the next one there? */
static void check_neighbour(unsigned int i)
{
	if (world.page[i].owner != OWNER_LEDGER && i + 1 < world.pages &&
	    world.page[i + 1].has != HAS_NOT)
		fuzz_broken("page %u is with the RMM and the page before it is not ours",
			    i + 1);
}

void page_set(unsigned int i, enum rmm_has has, unsigned int tag,
	      enum page_kind kind)
{
	struct world_page *p = &world.page[i];

	if (has != HAS_NOT && p->has == HAS_NOT) {
		if (p->owner != OWNER_LEDGER)
			fuzz_broken("page %u went to the RMM and is not ours", i);
		if (!p->offline)
			fuzz_broken("page %u went to the RMM without its mark", i);
		if (!i)
			fuzz_broken("page 0 went to the RMM");
	}
	p->has = has;
	p->tag = tag;
	p->kind = kind;
	p->refused = false;
	if (has != HAS_NOT)
		check_neighbour(i - 1);
	watch(i);
}

unsigned int pages_that_rmm_has(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < world.pages; i++)
		n += world.page[i].has != HAS_NOT;
	return n;
}

static void give(unsigned int i, enum owner owner, unsigned int order)
{
	world.page[i].owner = owner;
	world.page[i].order = order;
	watch(i);
}

/* The module lets go of a page. */
static void take_away(unsigned int i)
{
	const struct world_page *p = &world.page[i];

	if (tasks_panicked())
		fuzz_broken("page %u is freed in a panic", i);
	if (p->has != HAS_NOT)
		fuzz_broken("page %u is freed while the RMM has it (%u)", i, p->has);
	if (world.realm_pas && world.realm_pas[i] && !world.lies)
		fuzz_broken("page %u is freed while it is in the realm world", i);
	if (p->offline)
		fuzz_broken("page %u is freed with its mark", i);
	give(i, OWNER_KERNEL, 0);
	check_neighbour(i);
}

static unsigned int index_of_page(const struct page *page)
{
	if (page < pages || page >= pages + world.pages)
		fuzz_broken("no such page");
	return (unsigned int)(page - pages);
}

/* ---------------------------------------------------------------- allocators */

static bool refused(void)
{
	world.allocations++;
	if (world.fail_at && world.allocations == world.fail_at)
		return true;
	return world.allocation_choices && input_pick(32) == 31;
}

static bool run_is_free(unsigned int i, unsigned int count)
{
	for (unsigned int n = 0; n < count; n++)
		if (world.page[i + n].owner != OWNER_KERNEL)
			return false;
	return true;
}

/* The lowest or the highest one: both kinds of neighbours come about. */
static unsigned int find_run(unsigned int order, bool high)
{
	unsigned int count = 1U << order, n = world.pages / count;

	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = (high ? n - 1 - k : k) * count;

		if (run_is_free(i, count))
			return i;
	}
	return world.pages;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	unsigned int i;

	if (gfp & __GFP_SLEEPS)
		fuzz_might_sleep("alloc_pages");
	if (refused() || order > fuzz_max_order)
		return NULL;
	i = find_run(order, world.allocation_choices && input_pick(4) == 3);
	if (i == world.pages)
		return NULL;
	for (unsigned int n = 0; n < 1U << order; n++)
		give(i + n, order ? OWNER_BLOCK : OWNER_LEDGER, order);
	world.ledger += 1U << order;
	return &pages[i];
}

void split_page(struct page *page, unsigned int order)
{
	unsigned int i = index_of_page(page);

	for (unsigned int n = 0; n < 1U << order; n++) {
		if (order && (world.page[i + n].owner != OWNER_BLOCK ||
			      world.page[i + n].order != order))
			fuzz_broken("split_page of what is not one block");
		give(i + n, OWNER_LEDGER, 0);
	}
}

void __free_page(struct page *page)
{
	unsigned int i = index_of_page(page);

	if (world.page[i].owner != OWNER_LEDGER)
		fuzz_broken("page %u is freed, and is not the ledger's (%u)", i,
			    world.page[i].owner);
	take_away(i);
	world.ledger--;
}

void __free_pages(struct page *page, unsigned int order)
{
	for (unsigned int n = 0; n < 1U << order; n++)
		__free_page(page + n);
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	unsigned int i;

	if (gfp & __GFP_SLEEPS)
		fuzz_might_sleep("get_zeroed_page");
	if (refused())
		return 0;
	i = find_run(0, true);
	if (i == world.pages)
		return 0;
	/* Its neighbour above must not be the RMM's. */
	give(i, OWNER_SLAB, 0);
	check_neighbour(i);
	world.slab++;
	memset(world.host_view + i * PAGE_SIZE, 0, PAGE_SIZE);
	return (unsigned long)(world.host_view + i * PAGE_SIZE);
}

void free_page(unsigned long address)
{
	unsigned int i;

	if (!address)
		return;
	i = page_of(virt_to_phys((void *)address));
	if (world.page[i].owner != OWNER_SLAB)
		fuzz_broken("free_page of what is no such page");
	take_away(i);
	world.slab--;
}

phys_addr_t page_to_phys(struct page *page)
{
	return page_pa(index_of_page(page));
}

void *page_address(struct page *page)
{
	return world.host_view + index_of_page(page) * PAGE_SIZE;
}

phys_addr_t virt_to_phys(const void *address)
{
	size_t at = (size_t)((const uint8_t *)address - world.host_view);

	if (at >= world.pages * PAGE_SIZE)
		fuzz_broken("virt_to_phys of what is no memory");
	return WORLD_BASE + at;
}

struct page *virt_to_page(const void *address)
{
	return &pages[page_of(virt_to_phys(address))];
}

struct page *phys_to_page(phys_addr_t pa)
{
	return &pages[page_of(pa)];
}

void __SetPageOffline(struct page *page)
{
	struct world_page *p = &world.page[index_of_page(page)];

	if (p->offline || p->owner != OWNER_LEDGER)
		fuzz_broken("page %u is marked twice, or is not ours",
			    index_of_page(page));
	p->offline = true;
}

void __ClearPageOffline(struct page *page)
{
	struct world_page *p = &world.page[index_of_page(page)];

	if (!p->offline)
		fuzz_broken("page %u has no mark", index_of_page(page));
	if (p->has != HAS_NOT)
		fuzz_broken("page %u loses its mark while the RMM has it (%u)",
			    index_of_page(page), p->has);
	p->offline = false;
}

unsigned long totalram_pages(void)
{
	return world.pages;
}

long si_mem_available(void)
{
	long n = 0;

	for (unsigned int i = 0; i < world.pages; i++)
		n += world.page[i].owner == OWNER_KERNEL;
	return n;
}

/* ------------------------------------------------------------------- kmalloc */

/* Kept, to be freed should the kernel end before its modules do. */
#define KMALLOCS_MAX	4096
static void *kmallocs[KMALLOCS_MAX];

static void **kmalloc_slot(const void *p)
{
	for (unsigned int i = 0; i < KMALLOCS_MAX; i++)
		if (kmallocs[i] == p)
			return &kmallocs[i];
	fuzz_broken(p ? "kfree of what is not allocated" : "too many allocations");
}

void *kzalloc(size_t size, gfp_t gfp)
{
	void **slot;

	if (gfp & __GFP_SLEEPS)
		fuzz_might_sleep("kmalloc");
	if (refused())
		return NULL;
	world.kmallocs++;
	slot = kmalloc_slot(NULL);
	return *slot = calloc(1, size);
}

void kfree(const void *p)
{
	if (!p)
		return;
	if (tasks_panicked())
		fuzz_broken("kfree in a panic");
	world.kmallocs--;
	*kmalloc_slot(p) = NULL;
	free((void *)p);
}

/* -------------------------------------------------------- pages of a process */

uint64_t caller_page(void)
{
	return page_pa(caller);
}

int pin_user_pages_fast(unsigned long start, int count, unsigned int flags,
			struct page **list)
{
	(void)start;
	(void)flags;
	fuzz_might_sleep("pin_user_pages_fast");
	if (refused())
		return -EFAULT;
	for (int i = 0; i < count; i++)
		list[i] = &pages[caller];
	return count;
}

void unpin_user_pages(struct page **list, unsigned long count)
{
	while (count--)
		if (list[count] != &pages[caller])
			fuzz_broken("a page is unpinned that was not pinned");
}

/* ------------------------------------------------------------- begin and end */

static void *map(int fd)
{
	void *at = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		abort();
	return at;
}

void world_begin(unsigned int count, unsigned int max_order)
{
	uint8_t *rmm_view = world.rmm_view, *host_view = world.host_view;

	if (!rmm_view) {
		int fd = memfd_create("world", 0);

		if (fd < 0 || ftruncate(fd, MAP_BYTES))
			abort();
		rmm_view = map(fd);
		host_view = map(fd);
		close(fd);
	}
	for (unsigned int i = 0; i < KMALLOCS_MAX && world.kmallocs; i++) {
		world.kmallocs -= kmallocs[i] != NULL;
		free(kmallocs[i]);
		kmallocs[i] = NULL;
	}
	memset(&world, 0, sizeof(world));
	world.rmm_view = rmm_view;
	world.host_view = host_view;
	world.pages = count;
	/* What an earlier life left there must not make a difference. */
	memset(rmm_view, 0, count * PAGE_SIZE);
	fuzz_max_order = max_order;
	ASAN_POISON_MEMORY_REGION(host_view, count * PAGE_SIZE);
	/* At the end, or it would break the only large run in two. */
	caller = count - 1;
	world.page[caller].owner = OWNER_CALLER;
}

void world_end(void)
{
	for (unsigned int i = 0; i < world.pages; i++) {
		const struct world_page *p = &world.page[i];

		if (p->owner != OWNER_LEDGER && p->has != HAS_NOT)
			fuzz_broken("page %u is with the RMM and not ours", i);
		check_neighbour(i);
	}
	if (world.slab)
		fuzz_broken("%u host pages were never freed", world.slab);
	if (world.kmallocs)
		fuzz_broken("%u allocations were never freed", world.kmallocs);
}
