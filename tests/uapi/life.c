// SPDX-License-Identifier: GPL-2.0-only
/* The whole life of a realm, step by step. */
#define _GNU_SOURCE
#include <unistd.h>

#include "life.h"

#define RAM		(16 * T_PAGE)
#define BUSY_TRIES	100

static struct l_ending *ending;

const char *l_step_name(unsigned int step)
{
	static const char *const names[] = {
		"open", "delegate", "grow", "shrink", "create", "mem_add", "populate",
		"rec_create", "activate", "run", "terminate", "destroy", "its end",
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

static void build(struct h_guest *guest, const struct h_image *image)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS };
	struct cca_mem_add add = { .ipa = H_RAM, .length = RAM };
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE, .pc = image->entry };
	struct cca_realm_op op = { 0 };
	unsigned int i;

	guest->dev = t_open();
	add.memory = set_aside(guest->dev);
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

_Noreturn void l_live(const struct h_image *image, struct l_ending *where)
{
	struct h_guest guest = { .status = -1 };
	struct cca_realm_op op = { 0 };

	ending = where;
	ending->exit = -1;
	build(&guest, image);
	run_to_the_end(&guest);
	STEP(L_TERMINATE, guest.realm, CCA_TERMINATE, &op);
	STEP(L_DESTROY, guest.realm, CCA_DESTROY, &op);
	ended(L_DONE, 0, NULL);
	_exit(0);
}
