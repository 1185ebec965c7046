// SPDX-License-Identifier: GPL-2.0-only
/* The whole life of a realm, step by step. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "life.h"
#include "puppet.h"

#define RAM		(16 * T_PAGE)
#define MORE_RAM	(3 * T_BLOCK + 5 * T_PAGE)	/* of the one that shares */
#define PAGES		(6 * T_PAGE)
#define CALL_ORDER	110
#define BUSY_TRIES	100

static struct l_ending *ending;

const char *l_step_name(unsigned int step)
{
	static const char *const names[] = {
		"open", "delegate", "grow", "shrink", "create", "mem_add", "populate",
		"rec_create", "activate", "prefault", "share", "run", "unshare", "terminate", "destroy", "its end",
	};

	return step < T_ARRAY_SIZE(names) ? names[step] : "?";
}

static void ended(int step, int error, const struct cca_outcome *out)
{
	ending->step = step;
	ending->error = error;
	ending->reason = out ? out->reason : 0;
	ending->status = out ? out->rmi_status : 0;
	if (error)
		_exit(0);
}

#define STEP(which, fd, command, arg) do {				\
	(arg)->size = sizeof(*(arg));					\
	ended(which, t_ioctl(fd, command, arg), &(arg)->out);		\
} while (0)

/* 16 granules, by way of 20. */
static int set_aside(int dev)
{
	struct cca_delegate delegate = { .length = 12 * T_PAGE, .block_size = T_PAGE };
	struct cca_memory_resize more = { .length = 8 * T_PAGE };
	struct cca_memory_resize less = { .length = 4 * T_PAGE };

	STEP(L_DELEGATE, dev, CCA_DELEGATE, &delegate);
	STEP(L_GROW, delegate.out_fd, CCA_MEMORY_GROW, &more);
	STEP(L_SHRINK, delegate.out_fd, CCA_MEMORY_SHRINK, &less);
	return delegate.out_fd;
}

static void build(struct h_guest *guest, const struct h_image *image, int memory, uint64_t ram)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS };
	struct cca_mem_add add = { .ipa = H_RAM, .length = ram, .memory = memory };
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE, .pc = image->entry };
	struct cca_realm_op op = { 0 };
	unsigned int i;

	STEP(L_CREATE, guest->dev, CCA_REALM_CREATE, &create);
	guest->realm = create.out_fd;
	STEP(L_MEM_ADD, guest->realm, CCA_MEM_ADD, &add);
	for (i = 0; i < image->segments; i++) {
		struct cca_populate populate = {
			.flags = CCA_POPULATE_F_MEASURE,
			.ipa = image->segment[i].ipa,
			.length = image->segment[i].size,
			.source = (uintptr_t)image->segment[i].pages,
		};

		STEP(L_POPULATE, guest->realm, CCA_POPULATE, &populate);
	}
	STEP(L_REC_CREATE, guest->realm, CCA_REC_CREATE, &rec);
	guest->rec = rec.out_fd;
	guest->run = h_run_page(guest->rec);
	/* One that nobody runs. */
	rec = (struct cca_rec_create){ .pc = image->entry };
	STEP(L_REC_CREATE, guest->realm, CCA_REC_CREATE, &rec);
	STEP(L_ACTIVATE, guest->realm, CCA_ACTIVATE, &op);
}

/* Like h_run(), but an error is an ending. EAGAIN: the RMM was busy. */
static void run_to_the_end(struct h_guest *guest)
{
	struct cca_rec_op op = { .size = sizeof(op) };
	int result, tries;

	for (tries = 0; tries < BUSY_TRIES; tries++) {
		result = h_run(guest);
		if (result != -EAGAIN)
			break;
	}
	if (result && t_ioctl(guest->rec, CCA_RUN, &op) == result)
		ended(L_RUN, result, &op.out);
	ended(L_RUN, result, NULL);
	ending->exit = guest->status;
	if (guest->run->exit_reason != CCA_EXIT_SYSTEM_OFF)
		ended(L_RUN, -EPROTO, NULL);
}

static _Noreturn void end_it(struct h_guest *guest)
{
	struct cca_realm_op op = { 0 };

	STEP(L_TERMINATE, guest->realm, CCA_TERMINATE, &op);
	STEP(L_DESTROY, guest->realm, CCA_DESTROY, &op);
	ended(L_DONE, 0, NULL);
	_exit(0);
}

_Noreturn void l_live(const struct h_image *image, struct l_ending *where)
{
	struct h_guest guest = { .status = -1 };

	ending = where;
	ending->exit = -1;
	guest.dev = t_open();
	build(&guest, image, set_aside(guest.dev), RAM);
	run_to_the_end(&guest);
	end_it(&guest);
}

/* ------------------------------------------------------------ with shared memory */

/* The guest wants an order: this one. Its answer is in gprs[0] at the next. */
static void order(struct h_guest *guest, unsigned int what, uint64_t a, uint64_t b, uint64_t c)
{
	struct cca_rec_op op = { .size = sizeof(op) };
	int result, tries;

	guest->run->gprs[0] = what;
	guest->run->gprs[1] = a;
	guest->run->gprs[2] = b;
	guest->run->gprs[3] = c;
	guest->run->gprs[4] = 0;
	for (tries = 0; tries < BUSY_TRIES; tries++) {
		result = t_ioctl(guest->rec, CCA_RUN, &op);
		if (result != -EAGAIN && (result || guest->run->exit_reason != CCA_EXIT_INTR))
			break;
	}
	ended(L_RUN, result, &op.out);
	if (what != P_EXIT && (guest->run->exit_reason != CCA_EXIT_HOST_CALL ||
			       guest->run->imm != CALL_ORDER))
		ended(L_RUN, -EPROTO, NULL);
}

static void share(struct h_guest *guest, uint64_t ipa, void *source, uint64_t length)
{
	struct cca_mem_add add = {
		.flags = CCA_MEM_F_SHARED, .ipa = ipa, .length = length, .memory = -1,
		.source = (uintptr_t)source,
	};

	STEP(L_SHARE, guest->realm, CCA_MEM_ADD, &add);
}

/* What the one wrote the other one reads. */
static void exchange(struct h_guest *guest, uint64_t ipa, void *memory, uint64_t length)
{
	uint64_t at;

	for (at = 0; at < length; at += T_PAGE)
		*(volatile uint64_t *)(memory + at) = ipa + at + 7;
	order(guest, P_CHECK, ipa, ipa + length, 7);
	if (guest->run->gprs[0])
		ended(L_RUN, -EILSEQ, NULL);
	order(guest, P_FILL, ipa, ipa + length, 9);
	for (at = 0; at < length; at += T_PAGE)
		if (*(volatile uint64_t *)(memory + at) != ipa + at + 9)
			ended(L_RUN, -EILSEQ, NULL);
}

static void *some(size_t length)
{
	uintptr_t at = (uintptr_t)mmap(NULL, length + T_BLOCK, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	at = (at + T_BLOCK - 1) & -T_BLOCK;
	/* As pages, if there are no others. */
	if (length >= T_BLOCK && madvise((void *)at, length, MADV_HUGEPAGE))
		errno = 0;
	return (void *)at;
}

_Noreturn void l_live_sharing(const struct h_image *image, struct l_ending *where)
{
	const uint64_t few = H_SHARED(0x80000000UL), many = few + 2 * T_BLOCK;
	struct cca_prefault prefault = { .ipa = H_RAM, .length = MORE_RAM };
	struct cca_mem_remove remove = { .ipa = few, .length = PAGES };
	void *pages = some(PAGES), *block = some(T_BLOCK);
	struct h_guest guest = { .status = -1 };

	ending = where;
	ending->exit = -1;
	guest.dev = t_open();
	build(&guest, image, -1, MORE_RAM);
	STEP(L_PREFAULT, guest.realm, CCA_PREFAULT, &prefault);
	share(&guest, few, pages, PAGES);
	share(&guest, many, block, T_BLOCK);
	order(&guest, P_STATE, H_RAM, 0, 0);
	exchange(&guest, few, pages, PAGES);
	exchange(&guest, many, block, T_BLOCK);
	/* From the middle of a block to the middle of the next one, and back. */
	order(&guest, P_RIPAS, H_RAM + T_BLOCK + T_BLOCK / 2, H_RAM + 2 * T_BLOCK + T_PAGE, 0);
	order(&guest, P_RIPAS, H_RAM + T_BLOCK + T_BLOCK / 2, H_RAM + 2 * T_BLOCK + T_PAGE, 1);
	order(&guest, P_FILL, H_RAM + 2 * T_BLOCK - T_PAGE, H_RAM + 2 * T_BLOCK + T_PAGE, 1);
	STEP(L_UNSHARE, guest.realm, CCA_MEM_REMOVE, &remove);
	share(&guest, few, pages, PAGES);
	exchange(&guest, few, pages, PAGES);
	order(&guest, P_EXIT, 0, 0, 0);
	ending->exit = 0;
	end_it(&guest);
}
