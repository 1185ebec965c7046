/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the kernel: doubly linked lists, a binary search tree behind
 * the interface of rbtree, and a small xarray.
 *
 * Entries that left a list are poisoned, as list debugging does it.
 */
#ifndef FUZZ_LIST_H
#define FUZZ_LIST_H

#include "base.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)
#define LIST_POISON		((struct list_head *)0x100)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_link(struct list_head *entry, struct list_head *prev,
			     struct list_head *next)
{
	if (prev->next != next || next->prev != prev || entry == prev)
		fuzz_broken("list corruption at an addition");
	next->prev = prev->next = entry;
	entry->next = next;
	entry->prev = prev;
}

static inline void list_unlink(struct list_head *entry)
{
	if (entry->next == LIST_POISON)
		fuzz_broken("an entry is taken off a list twice");
	if (entry->next->prev != entry || entry->prev->next != entry)
		fuzz_broken("list corruption at a removal");
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	list_link(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	list_link(entry, head->prev, head);
}

static inline void list_replace(struct list_head *old, struct list_head *new)
{
	*new = *old;
	new->next->prev = new;
	new->prev->next = new;
}

static inline void list_del(struct list_head *entry)
{
	list_unlink(entry);
	entry->next = entry->prev = LIST_POISON;
}

static inline void list_del_init(struct list_head *entry)
{
	list_unlink(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	list_unlink(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_unlink(entry);
	list_add_tail(entry, head);
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	if (list_empty(list))
		return;
	list->next->prev = head;
	list->prev->next = head->next;
	head->next->prev = list->prev;
	head->next = list->next;
	INIT_LIST_HEAD(list);
}

#define list_entry(p, t, m)		container_of(p, t, m)
#define list_first_entry(h, t, m)	list_entry((h)->next, t, m)
#define list_last_entry(h, t, m)	list_entry((h)->prev, t, m)
#define list_first_entry_or_null(h, t, m) \
	(list_empty(h) ? NULL : list_first_entry(h, t, m))
#define list_for_each_entry(p, h, m)					\
	for (p = list_first_entry(h, typeof(*p), m); &p->m != (h);	\
	     p = list_entry(p->m.next, typeof(*p), m))
#define list_for_each_entry_reverse(p, h, m)				\
	for (p = list_last_entry(h, typeof(*p), m); &p->m != (h);	\
	     p = list_entry(p->m.prev, typeof(*p), m))
#define list_for_each_entry_safe(p, n, h, m)				\
	for (p = list_first_entry(h, typeof(*p), m),			\
	     n = list_entry(p->m.next, typeof(*p), m); &p->m != (h);	\
	     p = n, n = list_entry(n->m.next, typeof(*n), m))

/* ---------------------------------------------------------------------- tree */

/* Not balanced: the order is all that anybody sees. */
struct rb_node {
	struct rb_node *parent, *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			((struct rb_root){ NULL })
#define rb_entry(p, t, m)	container_of(p, t, m)
#define RB_EMPTY_ROOT(root)	(!(root)->rb_node)

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	*node = (struct rb_node){ .parent = parent };
	*link = node;
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	(void)node;
	(void)root;
}

void rb_erase(struct rb_node *node, struct rb_root *root);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);

#define rb_entry_safe(p, t, m) \
	({ typeof(p) p_ = (p); p_ ? rb_entry(p_, t, m) : NULL; })
#define rbtree_postorder_for_each_entry_safe(p, n, root, m)		\
	for (p = rb_entry_safe(rb_first_postorder(root), typeof(*p), m); \
	     p && ({ n = rb_entry_safe(rb_next_postorder(&p->m),	\
				       typeof(*p), m); 1; }); p = n)

/* -------------------------------------------------------------------- xarray */

#define FUZZ_XA_SLOTS	32

struct xarray {
	void *slot[FUZZ_XA_SLOTS];
};

static inline void xa_init(struct xarray *xa)
{
	*xa = (struct xarray){};
}

static inline void xa_destroy(struct xarray *xa)
{
	(void)xa;
}

static inline int xa_insert(struct xarray *xa, unsigned long i, void *p, gfp_t gfp)
{
	(void)gfp;
	if (i >= FUZZ_XA_SLOTS)
		return -ENOMEM;
	if (xa->slot[i])
		return -EBUSY;
	xa->slot[i] = p;
	return 0;
}

static inline void *xa_load(struct xarray *xa, unsigned long i)
{
	return i < FUZZ_XA_SLOTS ? xa->slot[i] : NULL;
}

static inline void *xa_erase(struct xarray *xa, unsigned long i)
{
	void *p = xa_load(xa, i);

	if (p)
		xa->slot[i] = NULL;
	return p;
}

#define xa_for_each_start(xa, i, p, from)				\
	for (i = (from); i < FUZZ_XA_SLOTS; i++)			\
		if ((p = (xa)->slot[i]))
#define xa_for_each(xa, i, p)	xa_for_each_start(xa, i, p, 0)

#define XA_FLAGS_ALLOC1		1
#define XARRAY_INIT(name, flags)	{}
struct xa_limit {
	u32 max, min;
};
#define XA_LIMIT(lo, hi)	((struct xa_limit){ .min = (lo), .max = (hi) })

/* 1: it went round. (Allocates, which may fail.) */
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *p, struct xa_limit limit,
		    u32 *next, gfp_t gfp);

#endif
