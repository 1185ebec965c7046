// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libcca asks the driver, call by call, and how it lives with a driver that
 * is older or newer than itself. On any machine: the device is a mock.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cca.h>

#include "mock.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct world {
	struct cca *c;
	struct cca_memory *memory;
	struct cca_realm *realm;
	struct cca_rec *rec;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	mock_reset();
	assert_int_equal(cca_open(NULL, &w->c), 0);
	assert_int_equal(cca_delegate(w->c, 4096, 4096, NULL, &w->memory), 0);
	assert_int_equal(cca_realm_create(w->c, NULL, &w->realm), 0);
	assert_int_equal(cca_rec_create(w->realm, NULL, &w->rec), 0);
	mock_reset();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	cca_rec_close(w->rec);
	cca_realm_close(w->realm);
	cca_memory_close(w->memory);
	cca_close(w->c);
	free(w);
	/* Nothing that was given out is left. */
	return mock_open_files() ? -1 : 0;
}

/* The n-th call was this command, and these were its arguments, all of them. */
static void asked(unsigned int n, unsigned int command, int kind, const void *want, size_t size)
{
	const struct mock_call *call = mock_call(n);
	unsigned char zeros[MOCK_BYTES] = { 0 };

	assert_non_null(call);
	assert_int_equal(call->command, command);
	assert_int_equal(call->kind, kind);
	/* The first word is the size that it gave; what it did not give is zero. */
	assert_memory_equal(call->in, &call->size, sizeof(call->size));
	assert_memory_equal(call->in + 4, (const char *)want + 4, size - 4);
	assert_memory_equal(call->in + size, zeros, MOCK_BYTES - size);
}

#define ASKED(n, command, kind, type, ...) \
	asked(n, command, kind, &(type){ __VA_ARGS__ }, sizeof(type))

/* ------------------------------------------------------------ call by call */

static void of_device_and_memory(void **state)
{
	struct world *w = *state;
	const struct cca_memory_options options = {
		.size = sizeof(options), .flags = CCA_MEMORY_F_PERSIST, .block_size = 2 << 20,
		.name = "some",
	};
	struct cca_memory_info info = { .size = sizeof(info) };
	struct cca_memory *memory;
	uint64_t done;
	uint32_t id = 6;

	assert_int_equal(cca_delegate(w->c, 8192, 4096, &done, &memory), 0);
	ASKED(0, CCA_DELEGATE, MOCK_DEVICE, struct cca_delegate, .length = 8192,
	      .block_size = 4096, .out_fd = -1);
	cca_memory_close(memory);
	assert_int_equal(cca_memory_create(w->c, 4 << 20, &options, NULL, &memory), 0);
	ASKED(1, CCA_DELEGATE, MOCK_DEVICE, struct cca_delegate, .flags = CCA_MEMORY_F_PERSIST,
	      .length = 4 << 20, .block_size = 2 << 20, .out_fd = -1, .name = "some");
	assert_int_equal(cca_memory_grow(memory, 2 << 20, NULL), 0);
	ASKED(2, CCA_MEMORY_GROW, MOCK_MEMORY, struct cca_memory_resize, .length = 2 << 20);
	assert_int_equal(cca_memory_shrink(memory, 4 << 20, NULL), 0);
	ASKED(3, CCA_MEMORY_SHRINK, MOCK_MEMORY, struct cca_memory_resize, .length = 4 << 20);
	assert_int_equal(cca_memory_get_info(memory, &info), 0);
	ASKED(4, CCA_MEMORY_INFO, MOCK_MEMORY, struct cca_memory_info, 0);
	assert_int_equal(cca_memory_destroy(memory), 0);
	ASKED(5, CCA_MEMORY_DESTROY, MOCK_MEMORY, struct cca_memory_op, 0);
	cca_memory_close(memory);
	assert_int_equal(cca_memory_open(w->c, "other", &memory), 0);
	ASKED(6, CCA_MEMORY_OPEN, MOCK_DEVICE, struct cca_memory_open, .name = "other",
	      .out_fd = -1);
	cca_memory_close(memory);
	assert_int_equal(cca_memory_open_id(w->c, 77, &memory), 0);
	ASKED(7, CCA_MEMORY_OPEN, MOCK_DEVICE, struct cca_memory_open, .id = 77, .out_fd = -1);
	cca_memory_close(memory);
	mock_answer(CCA_MEMORY_NEXT, 0, offsetof(struct cca_memory_next, out_id), &(uint32_t){ 9 },
		    4);
	assert_int_equal(cca_memory_next(w->c, &id), 0);
	assert_int_equal(id, 9);
	ASKED(8, CCA_MEMORY_NEXT, MOCK_DEVICE, struct cca_memory_next, .after = 6);
	assert_int_equal(mock_calls(), 9);
}

static void of_a_realm(void **state)
{
	struct world *w = *state;
	struct cca_realm_options options = {
		.size = sizeof(options), .flags = CCA_REALM_F_SVE | CCA_REALM_F_PERSIST,
		.ipa_bits = 36, .hash = CCA_HASH_SHA512, .breakpoints = 3, .watchpoints = 4,
		.sve_vl = 256, .rpv = { 1, 2, 3 }, .name = "guest", .recs_max = 5,
	};
	struct cca_realm_info info = { .size = sizeof(info) };
	char source[2 * CCA_PAGE_SIZE];
	struct cca_realm *realm;
	uint32_t id = 0;

	assert_int_equal(cca_realm_create(w->c, &options, &realm), 0);
	ASKED(0, CCA_REALM_CREATE, MOCK_DEVICE, struct cca_realm_create,
	      .flags = CCA_REALM_F_SVE | CCA_REALM_F_PERSIST, .ipa_bits = 36,
	      .hash = CCA_HASH_SHA512, .breakpoints = 3, .watchpoints = 4, .sve_vl = 256,
	      .rpv = { 1, 2, 3 }, .out_fd = -1, .name = "guest", .recs_max = 5);
	assert_int_equal(cca_realm_add_memory(realm, 0x1000, 0x2000, NULL), 0);
	ASKED(1, CCA_MEM_ADD, MOCK_REALM, struct cca_mem_add, .ipa = 0x1000, .length = 0x2000,
	      .memory = -1);
	assert_int_equal(cca_realm_add_memory_flags(realm, 0x8000, 0x1000, w->memory,
						    CCA_MEM_F_RIPAS_EXIT), 0);
	assert_true(((struct cca_mem_add *)mock_call(2)->in)->memory > 2);
	assert_int_equal(((struct cca_mem_add *)mock_call(2)->in)->flags, CCA_MEM_F_RIPAS_EXIT);
	assert_int_equal(cca_realm_share(realm, 1UL << 35, 0x1000, source, CCA_MEM_F_READONLY), 0);
	ASKED(3, CCA_MEM_ADD, MOCK_REALM, struct cca_mem_add,
	      .flags = CCA_MEM_F_SHARED | CCA_MEM_F_READONLY, .ipa = 1UL << 35, .length = 0x1000,
	      .memory = -1, .source = (uintptr_t)source);
	assert_int_equal(cca_realm_unshare(realm, 1UL << 35, 0x1000), 0);
	ASKED(4, CCA_MEM_REMOVE, MOCK_REALM, struct cca_mem_remove, .ipa = 1UL << 35,
	      .length = 0x1000);
	assert_int_equal(cca_realm_populate(realm, 0x1000, sizeof(source), source,
					    CCA_POPULATE_F_MEASURE, NULL), 0);
	ASKED(5, CCA_POPULATE, MOCK_REALM, struct cca_populate, .flags = CCA_POPULATE_F_MEASURE,
	      .ipa = 0x1000, .length = sizeof(source), .source = (uintptr_t)source);
	assert_int_equal(cca_realm_prefault(realm, 0x3000, 0x1000, NULL), 0);
	ASKED(6, CCA_PREFAULT, MOCK_REALM, struct cca_prefault, .ipa = 0x3000, .length = 0x1000);
	assert_int_equal(cca_realm_activate(realm), 0);
	ASKED(7, CCA_ACTIVATE, MOCK_REALM, struct cca_realm_op, 0);
	assert_int_equal(cca_realm_get_info(realm, &info), 0);
	ASKED(8, CCA_REALM_INFO, MOCK_REALM, struct cca_realm_info, 0);
	assert_int_equal(cca_realm_terminate(realm), 0);
	ASKED(9, CCA_TERMINATE, MOCK_REALM, struct cca_realm_op, 0);
	assert_int_equal(cca_realm_destroy(realm), 0);
	ASKED(10, CCA_DESTROY, MOCK_REALM, struct cca_realm_op, 0);
	cca_realm_close(realm);
	assert_int_equal(cca_realm_open(w->c, "guest", &realm), 0);
	ASKED(11, CCA_REALM_OPEN, MOCK_DEVICE, struct cca_realm_open, .name = "guest",
	      .out_fd = -1);
	cca_realm_close(realm);
	assert_int_equal(cca_realm_open_id(w->c, 5, &realm), 0);
	ASKED(12, CCA_REALM_OPEN, MOCK_DEVICE, struct cca_realm_open, .id = 5, .out_fd = -1);
	cca_realm_close(realm);
	assert_int_equal(cca_realm_next(w->c, &id), 0);
	ASKED(13, CCA_REALM_NEXT, MOCK_DEVICE, struct cca_realm_next, 0);
	assert_int_equal(mock_calls(), 14);
}

static void of_a_rec(void **state)
{
	struct world *w = *state;
	const struct cca_rec_options options = {
		.size = sizeof(options), .flags = CCA_REC_F_RUNNABLE, .pc = 0x1000,
		.gprs = { 1, 2, 3, 4, 5, 6, 7, 8 },
	};
	const struct { int32_t fd; uint32_t index; uint64_t mpidr; } made = { -1, 3, 0x103 };
	struct cca_rec_info info = { .size = sizeof(info) };
	struct cca_rec *rec;

	mock_answer(CCA_REC_CREATE, 0, offsetof(struct cca_rec_create, out_fd), &made,
		    sizeof(made));
	assert_int_equal(cca_rec_create(w->realm, &options, &rec), 0);
	ASKED(0, CCA_REC_CREATE, MOCK_REALM, struct cca_rec_create, .flags = CCA_REC_F_RUNNABLE,
	      .pc = 0x1000, .gprs = { 1, 2, 3, 4, 5, 6, 7, 8 }, .out_fd = -1);
	assert_int_equal(cca_rec_index(rec), 3);
	assert_int_equal(cca_rec_mpidr(rec), 0x103);
	assert_int_equal(cca_rec_run(rec), 0);
	ASKED(1, CCA_RUN, MOCK_REC, struct cca_rec_op, 0);
	assert_int_equal(cca_rec_get_info(rec, &info), 0);
	ASKED(2, CCA_REC_INFO, MOCK_REC, struct cca_rec_info, 0);
	/* A kick is used up by the EINTR that it makes, and by nothing else. */
	cca_rec_kick(rec);
	assert_int_equal(cca_rec_page(rec)->immediate_exit, 1);
	mock_answer(CCA_RUN, EAGAIN, 0, NULL, 0);
	assert_int_equal(cca_rec_run(rec), -EAGAIN);
	assert_int_equal(cca_rec_page(rec)->immediate_exit, 1);
	mock_answer(CCA_RUN, EINTR, 0, NULL, 0);
	assert_int_equal(cca_rec_run(rec), -EINTR);
	assert_int_equal(cca_rec_page(rec)->immediate_exit, 0);
	cca_rec_close(rec);
	mock_answer(CCA_REC_OPEN, 0, offsetof(struct cca_rec_open, out_mpidr), &made.mpidr, 8);
	assert_int_equal(cca_rec_open(w->realm, 2, &rec), 0);
	ASKED(5, CCA_REC_OPEN, MOCK_REALM, struct cca_rec_open, .index = 2, .out_fd = -1);
	assert_int_equal(cca_rec_index(rec), 2);
	assert_int_equal(cca_rec_mpidr(rec), 0x103);
	cca_rec_close(rec);
}

/* ------------------------------------------------------------------ failures */

/* errno, the outcome of the right handle, and outputs that stay as they were. */
static void failures_are_told_and_leave_nothing(void **state)
{
	struct world *w = *state;
	const struct cca_outcome out = { .reason = CCA_REASON_LIMIT, .rmi_calls = 7 };
	void *none = w;
	unsigned int files = mock_open_files();

#define FAILS(command, type, call, last) do {				\
	mock_answer(command, ENOMEM, offsetof(type, out), &out, sizeof(out)); \
	none = w;							\
	errno = 0;							\
	assert_int_equal(call, -ENOMEM);				\
	assert_int_equal(errno, ENOMEM);				\
	assert_memory_equal(last, &out, sizeof(out));			\
	assert_ptr_equal(none, w);					\
	assert_int_equal(mock_open_files(), files);			\
} while (0)
#define TO(type)	((struct type **)&none)
	FAILS(CCA_DELEGATE, struct cca_delegate, cca_delegate(w->c, 4096, 4096, NULL, TO(cca_memory)),
	      cca_last_outcome(w->c));
	FAILS(CCA_REALM_CREATE, struct cca_realm_create, cca_realm_create(w->c, NULL, TO(cca_realm)),
	      cca_last_outcome(w->c));
	FAILS(CCA_REALM_OPEN, struct cca_realm_open, cca_realm_open(w->c, "a", TO(cca_realm)),
	      cca_last_outcome(w->c));
	FAILS(CCA_MEMORY_OPEN, struct cca_memory_open, cca_memory_open(w->c, "a", TO(cca_memory)),
	      cca_last_outcome(w->c));
	FAILS(CCA_REC_CREATE, struct cca_rec_create, cca_rec_create(w->realm, NULL, TO(cca_rec)),
	      cca_realm_last_outcome(w->realm));
	FAILS(CCA_REC_OPEN, struct cca_rec_open, cca_rec_open(w->realm, 0, TO(cca_rec)),
	      cca_realm_last_outcome(w->realm));
	FAILS(CCA_MEM_ADD, struct cca_mem_add, cca_realm_add_memory(w->realm, 0, 4096, NULL),
	      cca_realm_last_outcome(w->realm));
	FAILS(CCA_ACTIVATE, struct cca_realm_op, cca_realm_activate(w->realm),
	      cca_realm_last_outcome(w->realm));
	FAILS(CCA_MEMORY_GROW, struct cca_memory_resize, cca_memory_grow(w->memory, 4096, NULL),
	      cca_memory_last_outcome(w->memory));
	FAILS(CCA_RUN, struct cca_rec_op, cca_rec_run(w->rec), cca_rec_last_outcome(w->rec));
}

static void a_driver_that_is_another_one_is_not_believed(void **state)
{
	struct world *w = *state;

	mock_answer(CCA_ACTIVATE, -1, 0, NULL, 0);
	assert_int_equal(cca_realm_activate(w->realm), -EBADE);
}

static void what_a_signal_broke_off_goes_on(void **state)
{
	struct world *w = *state;
	const uint64_t some = 0x3000, lie = ~0ULL;
	char *source = (char *)0x100000;
	uint64_t done;

	mock_answer(CCA_POPULATE, EINTR, offsetof(struct cca_populate, out_done), &some, 8);
	assert_int_equal(cca_realm_populate(w->realm, 0x1000, 0x5000, source, 0, NULL), 0);
	ASKED(1, CCA_POPULATE, MOCK_REALM, struct cca_populate, .ipa = 0x4000, .length = 0x2000,
	      .source = (uintptr_t)source + 0x3000);
	mock_answer(CCA_POPULATE, EINTR, offsetof(struct cca_populate, out_done), &some, 8);
	assert_int_equal(cca_realm_populate(w->realm, 0x1000, 0x5000, source, 0, &done), -EINTR);
	assert_int_equal(done, some);
	assert_int_equal(mock_calls(), 3);
	/* More than all would wrap around. */
	mock_answer(CCA_POPULATE, EINTR, offsetof(struct cca_populate, out_done), &lie, 8);
	assert_int_equal(cca_realm_populate(w->realm, 0x1000, 0x5000, source, 0, &done), -EINTR);
	assert_int_equal(done, 0x5000);
	mock_answer(CCA_MEMORY_SHRINK, EINTR, offsetof(struct cca_memory_resize, out_done), &some, 8);
	assert_int_equal(cca_memory_shrink(w->memory, 0x4000, NULL), 0);
	ASKED(5, CCA_MEMORY_SHRINK, MOCK_MEMORY, struct cca_memory_resize, .length = 0x1000,
	      .out_done = some);
}

/* ------------------------------------------------------------- older and newer */

/* A module from before names, shared memory and events. */
static void an_older_module(void **state)
{
	struct world *w = *state;
	struct cca_realm_options named = { .size = sizeof(named), .name = "guest" };
	struct cca_realm_info info;
	struct cca_realm *realm;
	struct cca_memory *memory;
	struct cca_rec *rec;
	uint32_t id = 3;

	mock_age(CCA_REALM_CREATE, offsetof(struct cca_realm_create, name));
	mock_age(CCA_DELEGATE, offsetof(struct cca_delegate, name));
	mock_age(CCA_MEM_ADD, offsetof(struct cca_mem_add, source));
	mock_age(CCA_REALM_INFO, offsetof(struct cca_realm_info, out_shared));
	mock_age(CCA_REALM_OPEN, 0);
	mock_age(CCA_REALM_NEXT, 0);
	mock_age(CCA_REC_OPEN, 0);
	mock_age(CCA_PREFAULT, 0);

	/* What it always could it can, and is not sent more than that takes. */
	assert_int_equal(cca_realm_create(w->c, NULL, &realm), 0);
	assert_int_equal(mock_call(0)->size, offsetof(struct cca_realm_create, name));
	assert_int_equal(cca_realm_add_memory(realm, 0x1000, 0x1000, NULL), 0);
	cca_realm_close(realm);
	assert_int_equal(cca_delegate(w->c, 4096, 4096, NULL, &memory), 0);
	assert_int_equal(mock_call(2)->size, offsetof(struct cca_delegate, name));
	cca_memory_close(memory);
	memset(&info, 0xff, sizeof(info));
	info.size = sizeof(info);
	info.flags = 0;
	assert_int_equal(cca_realm_get_info(w->realm, &info), -E2BIG);
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	assert_int_equal(cca_realm_get_info(w->realm, &info), 0);
	assert_int_equal(info.out_shared, 0);

	/* What it cannot it says, and nothing is taken for something else. */
	assert_int_equal(cca_realm_create(w->c, &named, &realm), -E2BIG);
	assert_int_equal(mock_call(mock_calls() - 1)->size, sizeof(struct cca_realm_create));
	named.name = NULL;
	named.recs_max = 2;
	assert_int_equal(cca_realm_create(w->c, &named, &realm), -E2BIG);
	assert_int_equal(cca_realm_share(w->realm, 0x1000, 0x1000, (void *)0x1000, 0), -E2BIG);
	assert_int_equal(cca_realm_open(w->c, "guest", &realm), -ENOTTY);
	assert_int_equal(cca_rec_open(w->realm, 0, &rec), -ENOTTY);
	assert_int_equal(cca_realm_prefault(w->realm, 0x1000, 0x1000, NULL), -ENOTTY);
	assert_int_equal(cca_realm_next(w->c, &id), -ENOTTY);
	assert_int_equal(id, 3);
}

/* A module that knows of more fields, reasons, exits than this library. */
static void a_newer_module(void **state)
{
	struct world *w = *state;
	const struct cca_outcome out = { .reason = 4711, .rmi_fid = 0x1ff, .rmi_status = 0xfe };
	static const unsigned int grown[] = {
		CCA_INFO, CCA_DELEGATE, CCA_REALM_CREATE, CCA_REALM_OPEN, CCA_REALM_INFO,
		CCA_MEM_ADD, CCA_REC_CREATE, CCA_RUN, CCA_REC_INFO, CCA_MEMORY_INFO,
	};
	struct {
		struct cca_info info;
		unsigned char beyond[8];
	} mine = { .info.size = sizeof(mine.info), .beyond = "unharmed" };
	unsigned char all[400];
	struct cca_realm *realm;

	for (size_t i = 0; i < COUNT(grown); i++)
		mock_age(grown[i], 400);
	memset(all, 0x5a, sizeof(all));
	mock_answer(CCA_INFO, 0, 8, all, sizeof(all) - 8);
	assert_int_equal(cca_get_info(w->c, &mine.info), 0);
	assert_memory_equal(mine.beyond, "unharmed", 8);
	assert_int_equal(mine.info.out_profile, 0x5a5a5a5a);
	assert_string_equal(cca_profile_name(mine.info.out_profile), "unknown");

	assert_int_equal(cca_realm_create(w->c, NULL, &realm), 0);
	cca_realm_close(realm);
	mock_answer(CCA_RUN, EIO, offsetof(struct cca_rec_op, out), &out, sizeof(out));
	assert_int_equal(cca_rec_run(w->rec), -EIO);
	assert_int_equal(cca_rec_last_outcome(w->rec)->reason, 4711);
	assert_string_equal(cca_strreason(4711), cca_strreason(4712));
	assert_non_null(strstr(cca_rmi_command_name(0x1ff), "unknown"));
	assert_non_null(strstr(cca_rmi_status_name(0xfe), "unknown"));
	assert_non_null(strstr(cca_exit_name(99), "unknown"));
	assert_non_null(strstr(cca_event_name(99), "unknown"));
	assert_non_null(strstr(cca_realm_state_name(99), "unknown"));
}

/* Programs that were compiled with another header than the library's. */
static void older_and_newer_programs(void **state)
{
	struct world *w = *state;
	struct cca_realm_options old = {
		.size = offsetof(struct cca_realm_options, name), .name = "not looked at",
	};
	struct {
		struct cca_realm_options options;
		uint64_t more;
	} new = { .options.size = sizeof(new) };
	struct cca_realm *realm = NULL;

	assert_int_equal(cca_realm_create(w->c, &old, &realm), 0);
	ASKED(0, CCA_REALM_CREATE, MOCK_DEVICE, struct cca_realm_create, .ipa_bits = 40,
	      .out_fd = -1);
	cca_realm_close(realm);
	assert_int_equal(cca_realm_create(w->c, &new.options, &realm), 0);
	cca_realm_close(realm);
	new.more = 1;
	assert_int_equal(cca_realm_create(w->c, &new.options, &realm), -E2BIG);
	old.size = 4;
	assert_int_equal(cca_realm_create(w->c, &old, &realm), -EINVAL);
	assert_int_equal(mock_calls(), 2);
}

static void no_device(void **state)
{
	struct cca *c = NULL;

	errno = 0;
	assert_int_equal(cca_open("/nowhere/cca", &c), -ENOENT);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(cca_open("/dev/zero", &c), -ENOTTY);
	assert_int_equal(cca_open("/", &c), -EISDIR);
	mock_reset();
	mock_age(CCA_INFO, 0);
	assert_int_equal(cca_open(NULL, &c), -ENOTTY);
	assert_null(c);
	assert_int_equal(mock_open_files(), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_device_and_memory),
		TEST(of_a_realm),
		TEST(of_a_rec),
		TEST(failures_are_told_and_leave_nothing),
		TEST(a_driver_that_is_another_one_is_not_believed),
		TEST(what_a_signal_broke_off_goes_on),
		TEST(an_older_module),
		TEST(a_newer_module),
		TEST(older_and_newer_programs),
		cmocka_unit_test(no_device),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
