// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each n-th allocation fails, and each n-th copy from or to the caller, in
 * sequences that together make every ioctl succeed. Whatever fails says so by
 * its errno, nothing is lost, and what failed for want of memory can be called
 * again.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"
#include "host.h"

#define CODE_PAGES	3U	/* a page of instructions, and two of data */
#define RAM		(2 * T_BLOCK)
#define MORE		(H_RAM + 2 * T_BLOCK)	/* too little for a block */
#define MORE_SIZE	(16 * T_PAGE)
#define SHARED		H_SHARED(0x80000000UL)
#define SHARED_SIZE	(2 * T_PAGE)

/*
 * The guest: touches a block and a page of its memory that nobody populated,
 * and two pages that it shares with its host, gives a part of the block back and
 * takes it again, asks its host for something, and powers off. Each of that
 * needs the module, and most of it memory.
 */
asm(
"	.pushsection .rodata\n"
"	.balign	4\n"
"guest_start:\n"
"	movz	x19, #0x4020, lsl #16\n"
"	str	x19, [x19]\n"
"	movz	x20, #0x4040, lsl #16\n"
"	str	x20, [x20]\n"
"	movz	x22, #0x8000, lsl #16\n"	/* as SHARED */
"	movk	x22, #0x80, lsl #32\n"
"	str	x19, [x22]\n"
"	mov	x21, #0\n"			/* EMPTY, then RAM */
"1:	movz	x0, #0x0197\n"			/* RSI_IPA_STATE_SET */
"	movk	x0, #0xc400, lsl #16\n"
"	mov	x1, x19\n"
"	add	x2, x19, #0x4000\n"
"	mov	x3, x21\n"
"	mov	x4, #1\n"
"	smc	#0\n"
"	add	x21, x21, #1\n"
"	cmp	x21, #2\n"
"	b.ne	1b\n"
"	str	x19, [x19]\n"
"	movz	x0, #0x0199\n"			/* RSI_HOST_CALL */
"	movk	x0, #0xc400, lsl #16\n"
"	mov	x1, x20\n"
"	smc	#0\n"
"	movz	x0, #0x0008\n"			/* PSCI_SYSTEM_OFF */
"	movk	x0, #0x8400, lsl #16\n"
"	smc	#0\n"
"	b	.\n"
"guest_end:\n"
"	.popsection\n");
extern const uint8_t guest_start[], guest_end[];

/*
 * Whether a command that failed for want of memory is called again, and the
 * sequence goes on; else it ends there.
 */
static bool again;

/* What a sequence has; closed at its end, with the fault still to come or not. */
static struct {
	int dev, memory, realm, rec;
	struct cca_run *run;
	void *pages, *lent;
} it;

static void close_one(int *fd)
{
	if (*fd < 0)
		return;
	f_begin();
	close(*fd);
	f_end();
	*fd = -1;
}

static bool leave(bool done)
{
	if (it.run) {
		f_begin();
		munmap(it.run, sizeof(*it.run));
		f_end();
	}
	if (it.pages)
		munmap(it.pages, CODE_PAGES * T_PAGE);
	if (it.lent) {
		f_begin();
		munmap(it.lent, SHARED_SIZE);
		f_end();
	}
	close_one(&it.rec);
	close_one(&it.realm);
	close_one(&it.memory);
	close_one(&it.dev);
	return done;
}

static void enter(void)
{
	memset(&it, 0, sizeof(it));
	it.memory = it.realm = it.rec = -1;
	it.dev = t_open();
}

/* Whether the sequence goes on. */
static bool try_at(const char *what, int fd, unsigned long command, void *arg,
		   const struct cca_outcome *out)
{
	int result = f_ioctl_at(what, fd, command, arg, out);

	if (result == -ENOMEM && again)
		result = f_ioctl_at(what, fd, command, arg, out);
	return !result;
}

#define try(fd, command, arg)						\
	((arg)->size = sizeof(*(arg)),					\
	 try_at(#command, fd, command, arg, &(arg)->out))
#define try_plain(fd, command, arg)					\
	((arg)->size = sizeof(*(arg)),					\
	 try_at(#command, fd, command, arg, NULL))

/* ----------------------------------------------------------------------- steps */

static bool delegate(uint64_t length, uint64_t block_size)
{
	struct cca_delegate arg = { .length = length, .block_size = block_size };
	struct cca_memory_info info = { 0 };

	if (!try(it.dev, CCA_DELEGATE, &arg)) {
		T_ASSERT(arg.out_fd < 0 || errno == EFAULT);
		return false;
	}
	it.memory = arg.out_fd;
	if (!try_plain(it.memory, CCA_MEMORY_INFO, &info))
		return false;
	T_EQ(info.out_length, length);
	T_EQ(info.out_free, length);
	return true;
}

static bool create_realm(void)
{
	struct cca_realm_create arg = { .ipa_bits = H_IPA_BITS, .hash = CCA_HASH_SHA256 };

	if (!try(it.dev, CCA_REALM_CREATE, &arg))
		return false;
	it.realm = arg.out_fd;
	return true;
}

static bool add_ram(uint64_t ipa, uint64_t length, int memory)
{
	struct cca_mem_add arg = { .ipa = ipa, .length = length, .memory = memory };

	return try(it.realm, CCA_MEM_ADD, &arg);
}

static bool populate(void)
{
	struct cca_populate arg = {
		.flags = CCA_POPULATE_F_MEASURE,
		.ipa = H_RAM,
		.length = CODE_PAGES * T_PAGE,
	};
	int result;

	it.pages = h_buffer(CODE_PAGES * T_PAGE, 1);
	memcpy(it.pages, guest_start, guest_end - guest_start);
	arg.source = (uintptr_t)it.pages;
	result = f_ioctl(it.realm, CCA_POPULATE, &arg);
	if (result == -ENOMEM && again) {
		/* For the rest. */
		arg.ipa += arg.out_done;
		arg.source += arg.out_done;
		arg.length -= arg.out_done;
		result = f_ioctl(it.realm, CCA_POPULATE, &arg);
	}
	return !result;
}

/* From the middle of a block on, and what is behind it. */
static bool prefault(void)
{
	struct cca_prefault arg = { .ipa = H_RAM + RAM - 3 * T_PAGE, .length = 6 * T_PAGE };
	int result = f_ioctl(it.realm, CCA_PREFAULT, &arg);

	if (result == -ENOMEM && again) {
		arg.ipa += arg.out_done;
		arg.length -= arg.out_done;
		result = f_ioctl(it.realm, CCA_PREFAULT, &arg);
	}
	return !result;
}

static bool share(void)
{
	struct cca_mem_add arg = {
		.flags = CCA_MEM_F_SHARED, .ipa = SHARED, .length = SHARED_SIZE, .memory = -1,
	};

	/* So that it is the module that needs memory, and not the source. */
	it.lent = h_buffer(SHARED_SIZE, 2);
	arg.source = (uintptr_t)it.lent;
	return try(it.realm, CCA_MEM_ADD, &arg);
}

static bool unshare(void)
{
	struct cca_mem_remove arg = { .ipa = SHARED, .length = SHARED_SIZE };

	return try(it.realm, CCA_MEM_REMOVE, &arg);
}

static bool create_rec(void)
{
	struct cca_rec_create arg = { .flags = CCA_REC_F_RUNNABLE, .pc = H_RAM };
	struct cca_rec_info info = { 0 };

	if (!try(it.realm, CCA_REC_CREATE, &arg))
		return false;
	it.rec = arg.out_fd;
	if (!try_plain(it.rec, CCA_REC_INFO, &info))
		return false;
	f_begin();
	it.run = mmap(NULL, sizeof(*it.run), PROT_READ | PROT_WRITE, MAP_SHARED, it.rec, 0);
	f_end();
	if (it.run == MAP_FAILED) {
		it.run = NULL;
		T_ASSERT(f_fired() && errno == ENOMEM);
		return false;
	}
	return true;
}

static bool operate(const char *what, unsigned long command)
{
	struct cca_realm_op arg = { .size = sizeof(arg) };

	return try_at(what, it.realm, command, &arg, &arg.out);
}

static bool look_at_realm(void)
{
	struct cca_realm_info info = { 0 };

	return try_plain(it.realm, CCA_REALM_INFO, &info);
}

/* Until the guest has powered off. */
static bool run(void)
{
	struct cca_rec_op arg = { 0 };
	unsigned int exits;

	for (exits = 0; exits < 20; exits++) {
		if (!try(it.rec, CCA_RUN, &arg))
			return false;
		if (it.run->exit_reason == CCA_EXIT_SYSTEM_OFF)
			return true;
		T_ASSERT(it.run->exit_reason == CCA_EXIT_HOST_CALL ||
			 it.run->exit_reason == CCA_EXIT_INTR);
	}
	t_fail(__FILE__, __LINE__, "the guest does not come to its end");
}

/* ------------------------------------------------------------------- sequences */

static bool of_small_pages(void)
{
	enter();
	return leave(delegate(40 * T_PAGE, T_PAGE));
}

static bool of_blocks(void)
{
	enter();
	return leave(delegate(2 * T_BLOCK, T_BLOCK));
}

static bool of_info(void)
{
	struct cca_info info = { 0 };

	enter();
	return leave(try_plain(it.dev, CCA_INFO, &info));
}

static bool life(int memory)
{
	return create_realm() &&
	       add_ram(H_RAM, RAM, memory) &&
	       add_ram(MORE, MORE_SIZE, -1) &&
	       populate() &&
	       create_rec() &&
	       look_at_realm() &&
	       prefault() &&
	       share() &&
	       operate("CCA_ACTIVATE", CCA_ACTIVATE) &&
	       run() &&
	       unshare();
}

static bool of_a_life(void)
{
	enter();
	return leave(life(-1) &&
		     operate("CCA_TERMINATE", CCA_TERMINATE) &&
		     operate("CCA_DESTROY", CCA_DESTROY));
}

static bool of_a_life_on_memory(void)
{
	enter();
	return leave(delegate(RAM, T_BLOCK) && life(it.memory));
}

static void sweep(bool (*sequence)(void), bool go_on)
{
	unsigned int faults;

	again = go_on;
	faults = f_sweep(sequence);
	t_note("%u faults", faults);
}

TEST_SECONDS(every_fault_in_INFO, 60)
{
	sweep(of_info, false);
}

TEST_SECONDS(every_fault_in_delegating_pages, 120)
{
	sweep(of_small_pages, false);
}

TEST_SECONDS(every_fault_in_delegating_blocks, 120)
{
	sweep(of_blocks, true);
}

TEST_SECONDS(every_fault_in_the_life_of_a_realm_ends_it_well, 400)
{
	sweep(of_a_life, false);
}

TEST_SECONDS(after_every_fault_in_the_life_of_a_realm_it_goes_on, 400)
{
	sweep(of_a_life, true);
}

TEST_SECONDS(every_fault_in_the_life_of_a_realm_on_memory_set_aside, 400)
{
	sweep(of_a_life_on_memory, false);
}

TEST_SECONDS(and_nothing_was_forgotten, 120)
{
	T_EQ(f_leaks(), 0);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
