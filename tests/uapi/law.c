// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules at the top of linux/cca.h, for every command of the device, by one
 * table. A command is added to the table when it is added to the header; the
 * first test sees to it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

enum { DEVICE, MEMORY, REALM, REC, KINDS };

/* One of each; made anew for every probe that may change them. */
struct objects {
	int fd[KINDS];
};

union argument {
	uint32_t size;
	struct cca_info info;
	struct cca_delegate delegate;
	struct cca_memory_open memory_open;
	struct cca_memory_next memory_next;
	struct cca_memory_info memory_info;
	struct cca_memory_op memory_op;
	struct cca_memory_resize memory_resize;
	struct cca_realm_create realm_create;
	struct cca_realm_open realm_open;
	struct cca_realm_next realm_next;
	struct cca_realm_info realm_info;
	struct cca_mem_add mem_add;
	struct cca_mem_remove mem_remove;
	struct cca_populate populate;
	struct cca_prefault prefault;
	struct cca_realm_op realm_op;
	struct cca_rec_create rec_create;
	struct cca_rec_open rec_open;
	struct cca_rec_op rec_op;
	struct cca_rec_info rec_info;
	uint8_t bytes[1024];
};

static void *source;		/* a page to populate from */

/* Arguments with which the command succeeds on fresh objects. */
static void fill_none(union argument *a)
{
}

static void fill_delegate(union argument *a)
{
	a->delegate.length = T_PAGE;
	a->delegate.block_size = T_PAGE;
}

/* What memory and realm of the objects below are called. */
#define NAME	"law"

static void fill_memory_open(union argument *a)
{
	strcpy(a->memory_open.name, NAME);
}

static void fill_realm_open(union argument *a)
{
	strcpy(a->realm_open.name, NAME);
}

static void fill_resize(union argument *a)
{
	a->memory_resize.length = T_PAGE;
}

static void fill_realm_create(union argument *a)
{
	a->realm_create.ipa_bits = H_IPA_BITS;
}

static void fill_mem_add(union argument *a)
{
	a->mem_add.ipa = 0x10000000;
	a->mem_add.length = T_PAGE;
	a->mem_add.memory = -1;
}

static void fill_mem_remove(union argument *a)
{
	a->mem_remove.ipa = H_SHARED(H_RAM);
	a->mem_remove.length = T_PAGE;
}

static void fill_populate(union argument *a)
{
	a->populate.ipa = H_RAM;
	a->populate.length = T_PAGE;
	a->populate.source = (uintptr_t)source;
}

static void fill_prefault(union argument *a)
{
	a->prefault.ipa = H_RAM;
	a->prefault.length = T_PAGE;
}

static void fill_rec_create(union argument *a)
{
	a->rec_create.pc = H_RAM;
}

#define NONE	0xffff

static const struct command {
	const char *name;
	unsigned int number;
	unsigned int kind;		/* of the descriptor */
	unsigned int size;
	unsigned int flags;		/* that exist */
	unsigned int reserved;		/* offset of a reserved word, or NONE */
	unsigned int out;		/* offset of the outcome, or NONE */
	unsigned int out_fd;		/* offset of a new descriptor, or NONE */
	int error;			/* what fill leads to: 0 or -errno */
	void (*fill)(union argument *a);
	unsigned int first;		/* size of the first version; 0: no other */
} commands[] = {
#define SIZE(type)	sizeof(struct type)
#define AT(type, field)	offsetof(struct type, field)
	{ "CCA_INFO", CCA_INFO, DEVICE, SIZE(cca_info), 0, NONE, NONE, NONE, 0, fill_none,
	  AT(cca_info, out_rmi_calls) },
	{ "CCA_DELEGATE", CCA_DELEGATE, DEVICE, SIZE(cca_delegate), CCA_MEMORY_F_PERSIST,
	  AT(cca_delegate, __reserved), AT(cca_delegate, out), AT(cca_delegate, out_fd),
	  0, fill_delegate, AT(cca_delegate, name) },
	{ "CCA_MEMORY_OPEN", CCA_MEMORY_OPEN, DEVICE, SIZE(cca_memory_open), 0, NONE,
	  AT(cca_memory_open, out), AT(cca_memory_open, out_fd), 0, fill_memory_open },
	{ "CCA_MEMORY_NEXT", CCA_MEMORY_NEXT, DEVICE, SIZE(cca_memory_next), 0, NONE, NONE, NONE,
	  0, fill_none },
	{ "CCA_REALM_CREATE", CCA_REALM_CREATE, DEVICE, SIZE(cca_realm_create),
	  CCA_REALM_F_SVE | CCA_REALM_F_PMU | CCA_REALM_F_PERSIST,
	  AT(cca_realm_create, __reserved), AT(cca_realm_create, out),
	  AT(cca_realm_create, out_fd), 0, fill_realm_create, AT(cca_realm_create, name) },
	{ "CCA_REALM_OPEN", CCA_REALM_OPEN, DEVICE, SIZE(cca_realm_open), 0, NONE,
	  AT(cca_realm_open, out), AT(cca_realm_open, out_fd), 0, fill_realm_open },
	{ "CCA_REALM_NEXT", CCA_REALM_NEXT, DEVICE, SIZE(cca_realm_next), 0, NONE, NONE, NONE,
	  0, fill_none },
	{ "CCA_MEMORY_INFO", CCA_MEMORY_INFO, MEMORY, SIZE(cca_memory_info), 0, NONE, NONE,
	  NONE, 0, fill_none, AT(cca_memory_info, out_id) },
	{ "CCA_MEMORY_DESTROY", CCA_MEMORY_DESTROY, MEMORY, SIZE(cca_memory_op), 0, NONE,
	  AT(cca_memory_op, out), NONE, 0, fill_none },
	{ "CCA_MEMORY_GROW", CCA_MEMORY_GROW, MEMORY, SIZE(cca_memory_resize), 0, NONE,
	  AT(cca_memory_resize, out), NONE, 0, fill_resize },
	{ "CCA_MEMORY_SHRINK", CCA_MEMORY_SHRINK, MEMORY, SIZE(cca_memory_resize), 0, NONE,
	  AT(cca_memory_resize, out), NONE, 0, fill_resize },
	{ "CCA_REALM_INFO", CCA_REALM_INFO, REALM, SIZE(cca_realm_info), 0, NONE, NONE, NONE,
	  0, fill_none, AT(cca_realm_info, out_shared) },
	{ "CCA_MEM_ADD", CCA_MEM_ADD, REALM, SIZE(cca_mem_add),
	  CCA_MEM_F_SHARED | CCA_MEM_F_READONLY | CCA_MEM_F_RIPAS_EXIT,
	  AT(cca_mem_add, __reserved), AT(cca_mem_add, out), NONE, 0, fill_mem_add,
	  AT(cca_mem_add, source) },
	{ "CCA_MEM_REMOVE", CCA_MEM_REMOVE, REALM, SIZE(cca_mem_remove), 0, NONE,
	  AT(cca_mem_remove, out), NONE, 0, fill_mem_remove },
	{ "CCA_POPULATE", CCA_POPULATE, REALM, SIZE(cca_populate), CCA_POPULATE_F_MEASURE, NONE,
	  AT(cca_populate, out), NONE, 0, fill_populate },
	{ "CCA_PREFAULT", CCA_PREFAULT, REALM, SIZE(cca_prefault), 0, NONE, AT(cca_prefault, out),
	  NONE, 0, fill_prefault },
	{ "CCA_ACTIVATE", CCA_ACTIVATE, REALM, SIZE(cca_realm_op), 0, NONE,
	  AT(cca_realm_op, out), NONE, 0, fill_none },
	{ "CCA_TERMINATE", CCA_TERMINATE, REALM, SIZE(cca_realm_op), 0, NONE,
	  AT(cca_realm_op, out), NONE, 0, fill_none },
	{ "CCA_DESTROY", CCA_DESTROY, REALM, SIZE(cca_realm_op), 0, NONE, AT(cca_realm_op, out),
	  NONE, 0, fill_none },
	{ "CCA_REC_CREATE", CCA_REC_CREATE, REALM, SIZE(cca_rec_create), CCA_REC_F_RUNNABLE,
	  NONE, AT(cca_rec_create, out), AT(cca_rec_create, out_fd), 0, fill_rec_create },
	{ "CCA_REC_OPEN", CCA_REC_OPEN, REALM, SIZE(cca_rec_open), 0, NONE,
	  AT(cca_rec_open, out), AT(cca_rec_open, out_fd), 0, fill_none },
	/* The realm is not active. */
	{ "CCA_RUN", CCA_RUN, REC, SIZE(cca_rec_op), 0, NONE, AT(cca_rec_op, out), NONE, -EBUSY,
	  fill_none },
	{ "CCA_REC_INFO", CCA_REC_INFO, REC, SIZE(cca_rec_info), 0, NONE, NONE, NONE, 0,
	  fill_none, AT(cca_rec_info, out_list_registers) },
};

/* What the realm of the objects below shares. */
static uint8_t lent[T_PAGE] __attribute__((aligned(T_PAGE)));

static void objects_make(struct objects *objects)
{
	struct cca_delegate delegate = {
		.length = T_PAGE, .block_size = T_PAGE, .name = NAME,
	};
	struct cca_mem_add share = {
		.flags = CCA_MEM_F_SHARED, .ipa = H_SHARED(H_RAM), .length = T_PAGE,
		.memory = -1, .source = (uintptr_t)lent,
	};

	objects->fd[DEVICE] = t_open();
	t_ok(objects->fd[DEVICE], CCA_DELEGATE, &delegate);
	objects->fd[MEMORY] = delegate.out_fd;
	objects->fd[REALM] = h_realm_named(objects->fd[DEVICE], NAME, 0);
	h_mem_add(objects->fd[REALM], H_RAM, T_BLOCK, -1);
	t_ok(objects->fd[REALM], CCA_MEM_ADD, &share);
	objects->fd[REC] = h_rec(objects->fd[REALM], H_RAM, CCA_REC_F_RUNNABLE);
}

static void objects_close(struct objects *objects)
{
	int i;

	for (i = KINDS; i--;)
		close(objects->fd[i]);
}

static void fill(const struct command *command, union argument *a)
{
	memset(a, 0, sizeof(*a));
	a->size = command->size;
	command->fill(a);
}

static unsigned int first_size(const struct command *command)
{
	return command->first ? command->first : command->size;
}

static uint32_t word(const union argument *a, unsigned int offset)
{
	uint32_t value;

	memcpy(&value, a->bytes + offset, sizeof(value));
	return value;
}

/* Take the new descriptor out of an answer, and check that there is one. */
static void take_fd(const struct command *command, const union argument *a, int error)
{
	int fd;

	if (command->out_fd == NONE)
		return;
	fd = (int)word(a, command->out_fd);
	if (error)
		T_EQ(fd, -1);
	else
		T_ASSERT(fd >= 0 && !close(fd));
}

/* Call on fresh objects with an argument at any address; 0 or -errno. */
static int call_at(const struct command *command, void *where)
{
	struct objects objects;
	int error;

	objects_make(&objects);
	error = t_ioctl(objects.fd[command->kind], command->number, where);
	objects_close(&objects);
	return error;
}

static int call(const struct command *command, union argument *a)
{
	return call_at(command, a);
}

#define EACH(command) \
	for (command = commands; command < commands + T_ARRAY_SIZE(commands); command++)

#define WANT(command, got, want) do {					\
	int got__ = (got), want__ = (want);				\
	if (got__ != want__)						\
		t_fail(__FILE__, __LINE__, "%s gave %d, not %d",	\
		       (command)->name, got__, want__);			\
} while (0)

#define WANT_REASON(command, a, reason) do {				\
	if ((command)->out != NONE && word(a, (command)->out) != (reason)) \
		t_fail(__FILE__, __LINE__, "%s gave reason %u, not %u",	\
		       (command)->name, word(a, (command)->out), reason); \
} while (0)

/* Answers with numbers that are not in the table: a new command, or a ghost. */
TEST(every_command_of_the_device_is_in_the_table)
{
	const struct command *command;
	struct objects objects;
	union argument a;
	unsigned int number, kind;
	bool known;

	objects_make(&objects);
	for (number = 0; number < 256; number++) {
		for (kind = 0; kind < KINDS; kind++) {
			known = false;
			EACH(command)
				known |= command->number == _IO(CCA_IOCTL_TYPE, number) &&
					 command->kind == kind;
			if (known)
				continue;
			memset(&a, 0, sizeof(a));
			a.size = sizeof(a);
			if (t_ioctl(objects.fd[kind], _IO(CCA_IOCTL_TYPE, number), &a) != -ENOTTY)
				t_fail(__FILE__, __LINE__, "number 0x%x on kind %u is not ENOTTY",
				       number, kind);
		}
	}
	objects_close(&objects);
}

TEST(a_command_with_the_right_number_and_a_wrong_direction_is_unknown)
{
	const struct command *command;
	struct objects objects;
	union argument a;

	objects_make(&objects);
	EACH(command) {
		fill(command, &a);
		WANT(command, t_ioctl(objects.fd[command->kind],
				      _IOC(_IOC_READ | _IOC_WRITE, CCA_IOCTL_TYPE,
					   _IOC_NR(command->number), command->size), &a),
		     -ENOTTY);
		WANT(command, t_ioctl(objects.fd[command->kind],
				      _IO('c', _IOC_NR(command->number)), &a), -ENOTTY);
	}
	objects_close(&objects);
}

TEST(a_command_on_the_wrong_kind_of_descriptor_is_unknown)
{
	const struct command *command;
	struct objects objects;
	union argument a;
	unsigned int kind;

	objects_make(&objects);
	EACH(command) {
		for (kind = 0; kind < KINDS; kind++) {
			if (kind == command->kind)
				continue;
			fill(command, &a);
			WANT(command, t_ioctl(objects.fd[kind], command->number, &a), -ENOTTY);
		}
	}
	objects_close(&objects);
}

TEST(every_command_works_with_its_own_size)
{
	const struct command *command;
	union argument a;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		fill(command, &a);
		WANT(command, call(command, &a), command->error);
		take_fd(command, &a, command->error);
		if (!command->error)
			WANT_REASON(command, &a, CCA_REASON_NONE);
	}
}

TEST(one_byte_less_is_EINVAL)
{
	const struct command *command;
	union argument a;
	unsigned int i;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		const unsigned int first = first_size(command);
		const unsigned int sizes[] = { 0, 1, 4, 8, first - 4, first - 1 };

		for (i = 0; i < T_ARRAY_SIZE(sizes); i++) {
			fill(command, &a);
			a.size = sizes[i];
			WANT(command, call(command, &a), -EINVAL);
		}
	}
}

TEST(more_bytes_are_fine_while_they_are_zero)
{
	static const unsigned int more[] = { 1, 7, 8, 200 };
	const struct command *command;
	union argument a;
	unsigned int i;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		for (i = 0; i < T_ARRAY_SIZE(more); i++) {
			fill(command, &a);
			a.size = command->size + more[i];
			WANT(command, call(command, &a), command->error);
			take_fd(command, &a, command->error);
		}
	}
}

TEST(more_bytes_that_are_not_zero_are_E2BIG)
{
	static const unsigned int more[] = { 1, 8, 200 };
	const struct command *command;
	union argument a;
	unsigned int i;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		for (i = 0; i < T_ARRAY_SIZE(more); i++) {
			fill(command, &a);
			a.size = command->size + more[i];
			a.bytes[a.size - 1] = 1;
			WANT(command, call(command, &a), -E2BIG);
		}
	}
}

TEST(a_size_without_end_is_refused)
{
	const struct command *command;
	union argument a;

	EACH(command) {
		fill(command, &a);
		a.size = UINT32_MAX;
		T_ASSERT(call(command, &a) < 0);
	}
}

TEST(unknown_flags_are_EINVAL)
{
	const struct command *command;
	union argument a;
	unsigned int bit;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		for (bit = 0; bit < 32; bit += 1 + (bit > 4) * 6) {
			if (command->flags >> bit & 1)
				continue;
			fill(command, &a);
			((uint32_t *)&a)[1] = 1U << bit;
			WANT(command, call(command, &a), -EINVAL);
			WANT_REASON(command, &a, CCA_REASON_FLAGS);
			take_fd(command, &a, -EINVAL);
		}
	}
}

TEST(reserved_fields_that_are_not_zero_are_EINVAL)
{
	const struct command *command;
	union argument a;

	EACH(command) {
		if (command->reserved == NONE)
			continue;
		fill(command, &a);
		a.bytes[command->reserved + 3] = 0x80;
		WANT(command, call(command, &a), -EINVAL);
		WANT_REASON(command, &a, CCA_REASON_RESERVED);
		take_fd(command, &a, -EINVAL);
	}
}

/* Two pages, of which the second cannot be touched. */
static uint8_t *edge(void)
{
	uint8_t *pages = mmap(NULL, 2 * T_PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	T_ASSERT(pages != MAP_FAILED);
	T_ASSERT(!mprotect(pages + T_PAGE, T_PAGE, PROT_NONE));
	return pages + T_PAGE;
}

TEST(nothing_beyond_the_structure_is_touched)
{
	const struct command *command;
	uint8_t *end = edge();
	union argument a;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		fill(command, &a);
		memcpy(end - command->size, &a, command->size);
		WANT(command, call_at(command, end - command->size), command->error);
		memcpy(&a, end - command->size, command->size);
		take_fd(command, &a, command->error);
	}
}

/* Programs that were built before a structure grew. */
TEST(a_shorter_structure_of_an_older_version_is_as_good)
{
	const struct command *command;
	uint8_t *end = edge();
	union argument a;
	unsigned int size, older = 0;

	EACH(command) {
		for (size = first_size(command); size < command->size; size += 4, older++) {
			fill(command, &a);
			a.size = size;
			memcpy(end - size, &a, size);
			WANT(command, call_at(command, end - size), command->error);
			memcpy(&a, end - size, size);
			take_fd(command, &a, command->error);
			WANT_REASON(command, &a, CCA_REASON_NONE);
		}
	}
	T_ASSERT(older);
}

TEST(a_structure_that_ends_in_nowhere_is_EFAULT)
{
	const struct command *command;
	uint8_t *end = edge();
	union argument a;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		fill(command, &a);
		memcpy(end - command->size + 1, &a, command->size - 1);
		WANT(command, call_at(command, end - command->size + 1), -EFAULT);
		WANT(command, call_at(command, end), -EFAULT);
		WANT(command, call_at(command, NULL), -EFAULT);
		WANT(command, call_at(command, (void *)0xffff800000000000), -EFAULT);
	}
}

TEST(a_structure_at_an_odd_address_works)
{
	const struct command *command;
	union argument a;
	uint8_t *odd = h_buffer(T_PAGE, 0);

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		fill(command, &a);
		memcpy(odd + 1, &a, command->size);
		WANT(command, call_at(command, odd + 1), command->error);
		memcpy(&a, odd + 1, command->size);
		take_fd(command, &a, command->error);
	}
}

/* The answer cannot be written: what was created must be gone again. */
TEST(an_answer_that_cannot_be_written_creates_nothing)
{
	const struct command *command;
	struct objects objects;
	union argument *a = h_buffer(T_PAGE, 0);
	unsigned int files, realms, memories;
	struct cca_info info;

	source = h_buffer(T_PAGE, 1);
	EACH(command) {
		objects_make(&objects);
		files = t_open_files();
		info = h_info(objects.fd[DEVICE]);
		realms = info.out_realms;
		memories = info.out_memories;
		T_ASSERT(!mprotect(a, T_PAGE, PROT_READ | PROT_WRITE));
		fill(command, a);
		T_ASSERT(!mprotect(a, T_PAGE, PROT_READ));
		WANT(command, t_ioctl(objects.fd[command->kind], command->number, a), -EFAULT);
		T_EQ(t_open_files(), files);
		info = h_info(objects.fd[DEVICE]);
		T_EQ(info.out_realms, realms);
		T_EQ(info.out_memories, memories);
		objects_close(&objects);
	}
}

TEST(new_descriptors_are_close_on_exec)
{
	struct objects objects;
	int kind;

	objects_make(&objects);
	for (kind = MEMORY; kind < KINDS; kind++)
		T_ASSERT(fcntl(objects.fd[kind], F_GETFD) & FD_CLOEXEC);
	objects_close(&objects);
}

TEST(descriptors_cannot_be_read_written_or_seeked)
{
	struct objects objects;
	char byte = 0;
	int kind;

	objects_make(&objects);
	for (kind = 0; kind < KINDS; kind++) {
		T_ASSERT(read(objects.fd[kind], &byte, 1) < 0);
		T_ASSERT(write(objects.fd[kind], &byte, 1) < 0);
		if (kind != REC)
			T_ASSERT(mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED,
				      objects.fd[kind], 0) == MAP_FAILED);
	}
	objects_close(&objects);
}

TEST(the_run_page_is_one_page_at_offset_zero)
{
	struct objects objects;
	void *page;

	objects_make(&objects);
	T_ASSERT(mmap(NULL, 2 * T_PAGE, PROT_READ, MAP_SHARED, objects.fd[REC], 0) == MAP_FAILED);
	T_ASSERT(mmap(NULL, T_PAGE, PROT_READ, MAP_SHARED, objects.fd[REC], T_PAGE) == MAP_FAILED);
	page = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, objects.fd[REC], 0);
	T_ASSERT(page != MAP_FAILED);
	T_EQ(munmap(page, T_PAGE), 0);
	objects_close(&objects);
}

/* Offsets that the header writes beside its fields. */
TEST(the_run_page_is_laid_out_as_it_says)
{
	T_EQ(offsetof(struct cca_run, exit_reason), 0x008);
	T_EQ(offsetof(struct cca_run, esr), 0x010);
	T_EQ(offsetof(struct cca_run, mmio), 0x020);
	T_EQ(offsetof(struct cca_run, ripas), 0x038);
	T_EQ(offsetof(struct cca_run, sysreg), 0x050);
	T_EQ(offsetof(struct cca_run, gprs), 0x060);
	T_EQ(offsetof(struct cca_run, gic_lrs), 0x158);
	T_EQ(offsetof(struct cca_run, gic_misr), 0x1e0);
	T_EQ(offsetof(struct cca_run, cntv_ctl), 0x1e8);
	T_EQ(sizeof(struct cca_run), 0x208);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
