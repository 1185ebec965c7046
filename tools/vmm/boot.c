// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the files and words of a command line to a plan.
 *
 * Each part begins at a multiple of 2 MiB, so that whole blocks can be given to
 * the realm. A kernel that knows of realms makes the addresses of devices
 * unprotected ones by itself; another is told the unprotected ones.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "kernel.h"
#include "layout.h"
#include "tree.h"

#define BLOCK			(2ULL << 20)
/* COMMAND_LINE_SIZE of arm64, with the zero at its end. */
#define APPEND_MAX		2048

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* The bit that makes an address unprotected. */
static uint64_t alias_of(const struct settings *s)
{
	return 1ULL << (s->realm.ipa_bits - 1);
}

/* Before a kernel has asked the RMM, no address of a device is unprotected by itself. */
static size_t make_append(const struct settings *s, char *line, size_t size)
{
	char early[64] = "";

	if (s->earlycon)
		snprintf(early, sizeof(early), "earlycon=pl011,0x%" PRIx64 "%s",
			 (uint64_t)(VMM_UART_BASE | alias_of(s)), s->append ? " " : "");
	return snprintf(line, size, "%s%s", early, s->append ? s->append : "");
}

static int check_settings(const struct settings *s, struct problem *p)
{
	size_t length = make_append(s, NULL, 0);

	if (s->cpus < 1 || s->cpus > VMM_CPUS_MAX)
		return problem(p, STATUS_USAGE, "--cpus", "use this value", NULL,
			       "%" PRIu64 " is not a number from 1 to %d", s->cpus, VMM_CPUS_MAX);
	if (length >= APPEND_MAX)
		return problem(p, STATUS_USAGE, "--append", "use this value", NULL,
			       "%sit has %zu bytes; an arm64 kernel reads %d",
			       s->earlycon ? "with --earlycon " : "", length, APPEND_MAX - 1);
	if (s->base % BLOCK)
		return problem(p, STATUS_USAGE, "--base", "use this value", NULL,
			       "0x%" PRIx64 " is not a multiple of 2M, where a kernel begins",
			       s->base);
	if (s->base < VMM_GICR_BASE + VMM_CPUS_MAX * VMM_GICR_STRIDE)
		return problem(p, STATUS_USAGE, "--base", "use this value", NULL,
			       "0x%" PRIx64 " is where devices are", s->base);
	return STATUS_OK;
}

static int too_large(const char *path, const char *action, uint64_t memory, uint64_t needed,
		     struct problem *p)
{
	return problem(p, STATUS_FAILED, path, action, "give the realm more --memory",
		       "up to its end %s are needed, and --memory is %s",
		       size_text(round_up(needed, 1 << 20)), size_text(memory));
}

static void add_extent(struct plan *plan, uint64_t ipa, void *pages, uint64_t length)
{
	plan->extents[plan->count++] = (struct extent) {
		.ipa = ipa, .length = round_up(length, CCA_PAGE_SIZE), .pages = pages,
	};
}

/* Devices want memory that the guest shares with them. */
static int check_devices(const struct settings *s, const struct kernel *kernel, struct problem *p)
{
	if (kernel->realm_aware || (!s->disk_count && !s->net))
		return STATUS_OK;
	return problem(p, STATUS_FAILED, s->kernel, s->disk_count ? "give it a disk" : "give it a network",
		       "boot a kernel from 6.13 on, configured for realms",
		       "it knows nothing of realms, and can share no memory with a device");
}

/* *at moves behind the kernel as it is in memory. */
static int add_kernel(struct plan *plan, const struct settings *s, uint64_t *at,
		      uint64_t *alias, struct problem *p)
{
	struct kernel kernel;
	uint64_t end;
	int status;

	status = kernel_load(&kernel, s->kernel, s->memory, p);
	if (status)
		return status;
	status = check_devices(s, &kernel, p);
	if (status) {
		kernel_free(&kernel);
		return status;
	}
	end = round_up(kernel.text_offset + kernel.image_size, BLOCK);
	if (end + BLOCK > s->memory) {
		kernel_free(&kernel);
		return too_large(s->kernel, "load the kernel", s->memory, end + BLOCK, p);
	}
	plan->rec.pc = s->base + kernel.text_offset;
	add_extent(plan, plan->rec.pc, kernel.bytes, kernel.length);
	*alias = kernel.realm_aware ? 0 : alias_of(s);
	*at = s->base + end;
	return STATUS_OK;
}

static int add_tree(struct plan *plan, const struct tree *tree, uint64_t at, struct problem *p)
{
	void *pages = aligned_alloc(CCA_PAGE_SIZE, TREE_SIZE_MAX);
	size_t size;

	if (!pages)
		return problem(p, STATUS_FAILED, "device tree", "make it", NULL, "%s",
			       strerror(ENOMEM));
	memset(pages, 0, TREE_SIZE_MAX);
	size = tree_write(tree, pages, TREE_SIZE_MAX);
	if (!size) {
		free(pages);
		return problem(p, STATUS_FAILED, "device tree", "make it", NULL,
			       "it has no room in %s", size_text(TREE_SIZE_MAX));
	}
	add_extent(plan, at, pages, size);
	plan->rec.gprs[0] = at;
	return STATUS_OK;
}

/* After the tree, which says where it is. */
static int load_initrd(const struct settings *s, struct tree *tree, void **pages,
		       struct problem *p)
{
	uint64_t room = s->base + s->memory - tree->initrd;
	int status;

	status = file_load(s->initrd, "load the initrd", room, pages, &tree->initrd_size, p);
	if (!status && !tree->initrd_size) {
		free(*pages);
		return problem(p, STATUS_FAILED, s->initrd, "load the initrd", NULL, "it is empty");
	}
	return status;
}

static int fill(struct plan *plan, const struct settings *s, struct problem *p)
{
	char append[APPEND_MAX];
	struct tree tree = {
		.base = s->base, .memory = s->memory, .cpus = s->cpus, .append = append,
	};
	void *initrd = NULL;
	uint64_t at = s->base;
	int status;

	make_append(s, append, sizeof(append));
	status = add_kernel(plan, s, &at, &tree.alias, p);
	if (status)
		return status;
	tree.initrd = at + BLOCK;
	if (s->initrd)
		status = load_initrd(s, &tree, &initrd, p);
	if (status)
		return status;
	status = add_tree(plan, &tree, at, p);
	if (status) {
		free(initrd);
		return status;
	}
	if (initrd)
		add_extent(plan, tree.initrd, initrd, tree.initrd_size);
	return STATUS_OK;
}

int boot_plan(struct plan *plan, const struct settings *s, struct problem *p)
{
	int status = check_settings(s, p);

	if (status)
		return status;
	*plan = (struct plan) {
		.path = s->kernel,
		.realm = s->realm,
		.rec = { .size = sizeof(plan->rec), .flags = CCA_REC_F_RUNNABLE },
	};
	plan->extents = calloc(3, sizeof(*plan->extents));
	if (!plan->extents)
		return problem(p, STATUS_FAILED, s->kernel, "load the kernel", NULL, "%s",
			       strerror(ENOMEM));
	status = fill(plan, s, p);
	if (status)
		plan_free(plan);
	return status;
}
