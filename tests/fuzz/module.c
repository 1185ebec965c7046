// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module as a whole: loaded, unloaded, and made to forget.
 *
 * build.mk gives the module's variables sections of their own, so that one
 * process can load it again and again as if for the first time, also after an
 * RMM has cost it memory for good.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

/* main.c of the module, through the stand-in of <linux/module.h>. */
int fuzz_module_init(void);
void fuzz_module_exit(void);

extern uint64_t __start_fuzz_data[], __stop_fuzz_data[];
extern uint64_t __start_fuzz_bss[], __stop_fuzz_bss[];

/* Past ASan: between the variables there are red zones. */
__attribute__((no_sanitize("address", "undefined")))
static void copy(uint64_t *to, const uint64_t *from, const uint64_t *end)
{
	volatile uint64_t *at = to;

	while (at < end)
		*at++ = from ? *from++ : 0;
}

void module_forget(void)
{
	static uint64_t *kept;

	if (!kept) {
		kept = malloc((size_t)(__stop_fuzz_data - __start_fuzz_data) *
			      sizeof(*kept));
		copy(kept, __start_fuzz_data,
		     kept + (__stop_fuzz_data - __start_fuzz_data));
	}
	copy(__start_fuzz_data, kept, __stop_fuzz_data);
	copy(__start_fuzz_bss, NULL, __stop_fuzz_bss);
}

/* Who keeps it from being unloaded. */
static int references;

int module_load(void)
{
	references = 0;
	return fuzz_module_init();
}

void module_unload(void)
{
	if (references)
		fuzz_broken("the module goes, and %d hold it", references);
	fuzz_module_exit();
}

/* ------------------------------------------------------------- rooms not here */

void cca_debugfs_init(void);
void cca_debugfs_exit(void);
int cca_pressure_init(void);
void cca_pressure_exit(void);
int cca_netlink_init(void);
void cca_netlink_exit(void);
int cca_chardev_init(void);
void cca_chardev_exit(void);
int cca_ppi_init(void);
void cca_ppi_exit(void);
unsigned int cca_ich_count(void);
unsigned long long cca_ich_hcr_mask(void);

bool cca_ppi_pmu_known(void);
void cca_latency_add(unsigned int n, u64 ticks);
void cca_latency_exit(void);

bool cca_latency_on;

void cca_latency_add(unsigned int n, u64 ticks)
{
	(void)n;
	(void)ticks;
}

void cca_latency_exit(void)
{
}

void cca_debugfs_init(void)
{
}

void cca_debugfs_exit(void)
{
}

int cca_pressure_init(void)
{
	return 0;
}

void cca_pressure_exit(void)
{
}

int cca_netlink_init(void)
{
	return 0;
}

void cca_netlink_exit(void)
{
}

int cca_chardev_init(void)
{
	return 0;
}

void cca_chardev_exit(void)
{
}

int cca_ppi_init(void)
{
	return 0;
}

void cca_ppi_exit(void)
{
}

bool cca_ppi_pmu_known(void)
{
	return true;
}

unsigned int cca_ich_count(void)
{
	return 4;
}

unsigned long long cca_ich_hcr_mask(void)
{
	return 0;
}

/* Two users, by whose task it is. */
static int as_user = -1;

void module_as_user(int id)
{
	as_user = id;
}

struct fuzz_user_ns init_user_ns;

kuid_t current_uid(void)
{
	return (kuid_t){ as_user >= 0 ? (unsigned int)as_user : task_id() % 2 };
}

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *p, struct xa_limit limit,
		    u32 *next, gfp_t gfp)
{
	void *node = kzalloc(1, gfp);
	u32 n, i;

	if (!node)
		return -ENOMEM;
	kfree(node);
	for (n = 0; n < FUZZ_XA_SLOTS; n++) {
		i = (*next + n) % FUZZ_XA_SLOTS;
		if (i >= limit.min && i <= limit.max && !xa->slot[i]) {
			xa->slot[i] = p;
			*id = i;
			*next = i + 1;
			return 0;
		}
	}
	return -EBUSY;
}

void __module_get(struct module *module)
{
	(void)module;
	references++;
}

void module_put(struct module *module)
{
	(void)module;
	if (--references < 0)
		fuzz_broken("a reference to the module is dropped twice");
}

int module_references(void)
{
	return references;
}

int kstrtoul(const char *text, unsigned int base, unsigned long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoul(text, &end, (int)base);
	if (*end == '\n')
		end++;
	return errno || *end || end == text ? -EINVAL : 0;
}

int param_get_ulong(char *text, const struct kernel_param *param)
{
	return sprintf(text, "%lu\n", *(const unsigned long *)param->arg);
}

struct seq_file;

void seq_printf(struct seq_file *m, const char *format, ...)
{
	(void)m;
	(void)format;
}

/* ---------------------------------------------------------------------- trees */

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->rb_right)
		return rb_first(&(struct rb_root){ node->rb_right });
	while (node->parent && node == node->parent->rb_right)
		node = node->parent;
	return node->parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	if (node->rb_left)
		return rb_last(&(struct rb_root){ node->rb_left });
	while (node->parent && node == node->parent->rb_left)
		node = node->parent;
	return node->parent;
}

static void replace(struct rb_node *node, struct rb_node *by, struct rb_root *root)
{
	if (!node->parent)
		root->rb_node = by;
	else if (node->parent->rb_left == node)
		node->parent->rb_left = by;
	else
		node->parent->rb_right = by;
	if (by)
		by->parent = node->parent;
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next;

	if (!node->rb_left || !node->rb_right) {
		replace(node, node->rb_left ?: node->rb_right, root);
		return;
	}
	next = rb_first(&(struct rb_root){ node->rb_right });
	if (next->parent != node) {
		replace(next, next->rb_right, root);
		next->rb_right = node->rb_right;
		next->rb_right->parent = next;
	}
	replace(node, next, root);
	next->rb_left = node->rb_left;
	next->rb_left->parent = next;
}

static struct rb_node *deepest(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ?: node->rb_right;
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return deepest(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = node->parent;

	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest(parent->rb_right);
	return parent;
}
