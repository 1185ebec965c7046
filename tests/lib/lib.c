// SPDX-License-Identifier: GPL-2.0-only
/*
 * libcca in the machine: its handles. The device, memory that is set aside,
 * realms.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

/* --------------------------------------------------------------- the device */

TEST(opening_what_is_not_there_fails)
{
	struct cca *c = (struct cca *)&c;

	FAILS(ENOENT, cca_open("/dev/nothing", &c));
	T_ASSERT(c == (struct cca *)&c);
}

TEST(opening_what_is_no_such_device_fails)
{
	struct cca *c;

	FAILS(ENOTTY, cca_open("/dev/null", &c));
	FAILS(ENOTTY, cca_open("/init", &c));
	FAILS(EISDIR, cca_open("/dev", &c));
}

TEST(a_failed_open_leaves_no_file_open)
{
	unsigned int before = t_open_files();
	struct cca *c;

	FAILS(ENOTTY, cca_open("/dev/null", &c));
	T_EQ(t_open_files(), before);
}

TEST(closing_nothing_does_nothing)
{
	errno = 77;
	cca_close(NULL);
	cca_memory_close(NULL);
	cca_realm_close(NULL);
	cca_rec_close(NULL);
	cca_measurement_free(NULL);
	T_EQ(errno, 77);
}

TEST(closing_keeps_errno)
{
	struct vmm vmm;

	g_start(&vmm, "hello");
	errno = 77;
	g_finish(&vmm);
	T_EQ(errno, 77);
}

/* Descriptors of the driver that this process has; all must be close-on-exec. */
static unsigned int driver_files(void)
{
	unsigned int found = 0;
	char path[32], link[64];
	ssize_t length;

	for (int fd = 3; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, link, sizeof(link) - 1);
		if (length <= 0)
			continue;
		link[length] = '\0';
		if (!strstr(link, "cca"))
			continue;
		T_ASSERT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		found++;
	}
	return found;
}

TEST(files_are_closed_on_exec)
{
	unsigned int before = driver_files();
	struct cca_memory *memory;
	struct vmm vmm;

	g_start(&vmm, "hello");
	OK(cca_delegate(vmm.c, T_PAGE, T_PAGE, NULL, &memory));
	T_EQ(driver_files() - before, 4);
	cca_memory_close(memory);
	g_finish(&vmm);
	T_EQ(driver_files(), before);
}

TEST(info_wants_its_size)
{
	struct cca_info info = { .size = sizeof(info) };
	struct cca *c = g_open();

	OK(cca_get_info(c, &info));
	T_EQ(info.out_abi, CCA_ABI_VERSION);
	info.size = 4;
	FAILS(EINVAL, cca_get_info(c, &info));
	cca_close(c);
}

/* ------------------------------------------------------------------- memory */

TEST(delegated_memory_is_counted)
{
	struct cca_memory_info info = { .size = sizeof(info) };
	struct cca *c = g_open();
	struct cca_memory *memory;
	uint64_t done = 0;

	OK(cca_delegate(c, 4 << 20, 2 << 20, &done, &memory));
	T_EQ(done, 4 << 20);
	OK(cca_memory_get_info(memory, &info));
	T_EQ(info.out_length, 4 << 20);
	T_EQ(info.out_free, 4 << 20);
	T_EQ(info.out_block_size, 2 << 20);
	T_ASSERT(info.out_rmi_calls);
	T_ASSERT(cca_last_outcome(c)->rmi_calls);
	cca_memory_close(memory);
	cca_close(c);
}

TEST(R09_memory_grows_and_shrinks)
{
	struct cca_memory_info info = { .size = sizeof(info) };
	struct cca *c = g_open();
	struct cca_memory *memory;
	uint64_t done = 1;

	OK(cca_delegate(c, 2 * T_PAGE, T_PAGE, NULL, &memory));
	OK(cca_memory_grow(memory, 3 * T_PAGE, &done));
	T_EQ(done, 3 * T_PAGE);
	OK(cca_memory_grow(memory, T_PAGE, NULL));
	OK(cca_memory_shrink(memory, 5 * T_PAGE, &done));
	T_EQ(done, 5 * T_PAGE);
	OK(cca_memory_get_info(memory, &info));
	T_EQ(info.out_length, T_PAGE);
	T_EQ(info.out_free, T_PAGE);
	FAILS(EINVAL, cca_memory_shrink(memory, 2 * T_PAGE, &done));
	T_EQ(done, 0);
	T_EQ(cca_memory_last_outcome(memory)->reason, CCA_REASON_RANGE);
	FAILS(EINVAL, cca_memory_grow(memory, 1, NULL));
	T_EQ(cca_memory_last_outcome(memory)->reason, CCA_REASON_ALIGNMENT);
	cca_memory_close(memory);
	cca_close(c);
}

TEST(named_memory_is_found_and_outlives_its_handle)
{
	struct cca_memory_options o = {
		.size = sizeof(o), .flags = CCA_MEMORY_F_PERSIST, .name = "library",
	};
	struct cca_memory_info info = { .size = sizeof(info) };
	struct cca *c = g_open();
	struct cca_memory *memory, *other = NULL;
	uint64_t done = 0;
	uint32_t id = 0;

	OK(cca_memory_create(c, 3 * T_PAGE, &o, &done, &memory));
	T_EQ(done, 3 * T_PAGE);
	FAILS(EEXIST, cca_memory_create(c, T_PAGE, &o, &done, &other));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NAME_TAKEN);
	T_EQ(done, 0);
	cca_memory_close(memory);
	OK(cca_memory_open(c, "library", &memory));
	OK(cca_memory_get_info(memory, &info));
	T_EQ(info.out_length, 3 * T_PAGE);
	T_EQ(info.out_block_size, T_PAGE);
	T_EQ(info.out_flags, CCA_MEMORY_F_PERSIST);
	T_ASSERT(!strcmp(info.out_name, "library"));
	OK(cca_memory_next(c, &id));
	T_EQ(id, info.out_id);
	FAILS(ENOENT, cca_memory_next(c, &id));
	T_EQ(id, info.out_id);
	OK(cca_memory_open_id(c, id, &other));
	cca_memory_close(other);
	OK(cca_memory_destroy(memory));
	FAILS(ENOENT, cca_memory_open(c, "library", &other));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NOT_FOUND);
	cca_memory_close(memory);
	FAILS(ENOENT, cca_memory_open_id(c, id, &other));
	cca_close(c);
}

TEST(names_and_options_that_are_none_are_refused)
{
	struct {
		struct cca_memory_options o;
		uint64_t newer;
	} o = { .o = { .size = sizeof(o) } };
	struct cca *c = g_open();
	struct cca_memory *memory = NULL;
	char name[200];

	memset(name, 'n', sizeof(name));
	name[199] = '\0';
	o.o.name = name;
	FAILS(EINVAL, cca_memory_create(c, T_PAGE, &o.o, NULL, &memory));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NAME);
	FAILS(EINVAL, cca_memory_open(c, name, &memory));
	FAILS(EINVAL, cca_memory_open(c, "", &memory));
	FAILS(EINVAL, cca_memory_open(c, NULL, &memory));
	FAILS(EINVAL, cca_memory_open_id(c, 0, &memory));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NAME);
	o.o.name = NULL;
	o.newer = 1;
	FAILS(E2BIG, cca_memory_create(c, T_PAGE, &o.o, NULL, &memory));
	o.newer = 0;
	o.o.flags = 1U << 31;
	FAILS(EINVAL, cca_memory_create(c, T_PAGE, &o.o, NULL, &memory));
	o.o.flags = 0;
	o.o.size = 4;
	FAILS(EINVAL, cca_memory_create(c, T_PAGE, &o.o, NULL, &memory));
	T_ASSERT(!memory);
	OK(cca_memory_create(c, T_PAGE, NULL, NULL, &memory));
	cca_memory_close(memory);
	cca_close(c);
}

TEST(too_much_memory_is_refused_and_given_back)
{
	struct cca *c = g_open();
	struct cca_memory *memory = NULL;
	uint64_t done = 0;

	FAILS(ENOMEM, cca_delegate(c, 64ULL << 30, 4096, &done, &memory));
	T_ASSERT(!memory);
	T_ASSERT(done < 64ULL << 30);
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NO_MEMORY);
	FAILS(EINVAL, cca_delegate(c, 4096, 8192, NULL, &memory));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_BLOCK_SIZE);
	cca_close(c);
}

TEST(a_realm_lives_on_memory_that_was_closed)
{
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };
	struct cca *c = g_open();
	struct cca_memory *memory;
	struct vmm vmm;

	OK(cca_delegate(c, RAM_SIZE, 2 << 20, NULL, &memory));
	g_create(&vmm, NULL, memory);
	cca_memory_close(memory);
	cca_close(c);
	g_elf(&vmm, "hello", &rec);
	OK(cca_rec_create(vmm.realm, &rec, &vmm.rec));
	OK(cca_realm_activate(vmm.realm));
	OK(g_run(&vmm));
	T_EQ(vmm.status, 0);
	T_ASSERT(strstr(vmm.said, "memory: ok"));
	g_finish(&vmm);
}

/* -------------------------------------------------------------------- realm */

TEST(wrong_options_name_their_reason)
{
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = 20 };
	struct cca_realm *realm = NULL;
	struct cca *c = g_open();

	FAILS(EINVAL, cca_realm_create(c, &o, &realm));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_IPA_BITS);
	o.ipa_bits = 0;
	o.hash = 31;
	FAILS(EINVAL, cca_realm_create(c, &o, &realm));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_HASH);
	o.hash = 0;
	o.breakpoints = 1000;
	FAILS(EINVAL, cca_realm_create(c, &o, &realm));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_BREAKPOINTS);
	o.size = 8;
	FAILS(EINVAL, cca_realm_create(c, &o, &realm));
	T_ASSERT(!realm);
	cca_close(c);
}

TEST(no_options_are_the_defaults)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	struct cca *c = g_open();
	struct cca_realm *realm;

	OK(cca_realm_create(c, NULL, &realm));
	T_EQ(cca_last_outcome(c)->reason, 0);
	OK(cca_realm_get_info(realm, &info));
	T_EQ(info.out_ipa_bits, CCA_IPA_BITS_DEFAULT);
	T_EQ(info.out_hash, CCA_HASH_SHA256);
	T_EQ(info.out_state, CCA_REALM_NEW);
	cca_realm_close(realm);
	cca_close(c);
}

TEST(R32_a_named_realm_is_found_and_outlives_its_handles)
{
	struct cca_realm_options o = {
		.size = sizeof(o), .flags = CCA_REALM_F_PERSIST, .name = "library", .recs_max = 2,
	};
	struct cca_realm_info info = { .size = sizeof(info) };
	struct cca_rec *rec, *again, *none = NULL;
	struct cca *c = g_open();
	struct cca_realm *realm, *other = NULL;
	uint32_t id = 0;

	OK(cca_realm_create(c, &o, &realm));
	FAILS(EEXIST, cca_realm_create(c, &o, &other));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NAME_TAKEN);
	OK(cca_rec_create(realm, NULL, &rec));
	OK(cca_rec_open(realm, 0, &again));
	T_EQ(cca_rec_mpidr(again), cca_rec_mpidr(rec));
	T_EQ(cca_rec_index(again), 0);
	cca_rec_page(rec)->imm = 42;
	T_EQ(cca_rec_page(again)->imm, 42);
	FAILS(ENOENT, cca_rec_open(realm, 1, &none));
	T_EQ(cca_realm_last_outcome(realm)->reason, CCA_REASON_NOT_FOUND);
	cca_rec_close(rec);
	cca_rec_close(again);
	cca_realm_close(realm);
	cca_close(c);

	c = g_open();
	OK(cca_realm_open(c, "library", &realm));
	OK(cca_realm_get_info(realm, &info));
	T_EQ(info.out_recs, 1);
	T_EQ(info.out_recs_max, 2);
	T_EQ(info.out_flags, CCA_REALM_F_PERSIST);
	T_ASSERT(!strcmp(info.out_name, "library"));
	OK(cca_realm_next(c, &id));
	T_EQ(id, info.out_id);
	FAILS(ENOENT, cca_realm_next(c, &id));
	T_EQ(id, info.out_id);
	OK(cca_realm_open_id(c, id, &other));
	OK(cca_realm_destroy(other));
	FAILS(ESTALE, cca_realm_destroy(realm));
	FAILS(ESTALE, cca_rec_open(realm, 0, &none));
	T_ASSERT(!none);
	cca_realm_close(other);
	other = NULL;
	FAILS(ENOENT, cca_realm_open(c, "library", &other));
	FAILS(ENOENT, cca_realm_open_id(c, id, &other));
	FAILS(EINVAL, cca_realm_open(c, "", &other));
	FAILS(EINVAL, cca_realm_open(c, NULL, &other));
	FAILS(EINVAL, cca_realm_open_id(c, 0, &other));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NAME);
	T_ASSERT(!other);
	cca_realm_close(realm);
	cca_close(c);
}

/* A program that was built before names came. */
TEST(shorter_options_of_a_realm_are_as_good)
{
	struct cca_realm_options o = { .size = offsetof(struct cca_realm_options, name), .name = "-" };
	struct cca *c = g_open();
	struct cca_realm *realm = NULL;

	OK(cca_realm_create(c, &o, &realm));
	cca_realm_close(realm);
	realm = NULL;
	o.size = sizeof(o);
	FAILS(EINVAL, cca_realm_create(c, &o, &realm));
	T_EQ(cca_last_outcome(c)->reason, CCA_REASON_NAME);
	o.name = NULL;
	o.reserved = 1;
	FAILS(EINVAL, cca_realm_create(c, &o, &realm));
	T_ASSERT(!realm);
	cca_close(c);
}

TEST(a_realm_goes_through_its_states)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	struct vmm vmm;

	g_start(&vmm, "hello");
	OK(cca_realm_get_info(vmm.realm, &info));
	T_EQ(info.out_state, CCA_REALM_ACTIVE);
	FAILS(EBUSY, cca_realm_activate(vmm.realm));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_STATE);
	OK(cca_realm_terminate(vmm.realm));
	FAILS(ESTALE, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_last_outcome(vmm.rec)->reason, CCA_REASON_TERMINATED);
	OK(cca_realm_destroy(vmm.realm));
	info.size = sizeof(info);
	OK(cca_realm_get_info(vmm.realm, &info));
	T_EQ(info.out_state, CCA_REALM_DESTROYED);
	T_EQ(info.out_granules, 0);
	g_finish(&vmm);
}

TEST(handles_are_closed_in_any_order)
{
	struct vmm vmm;

	for (int order = 0; order < 6; order++) {
		g_start(&vmm, "hello");
		cca_measurement_free(vmm.m);
		if (order < 2)
			cca_close(vmm.c);
		if (order % 2)
			cca_realm_close(vmm.realm);
		if (order >= 4)
			cca_close(vmm.c);
		/* The REC still runs if everything else is closed. */
		OK(g_run(&vmm));
		T_EQ(vmm.status, 0);
		cca_rec_close(vmm.rec);
		if (!(order % 2))
			cca_realm_close(vmm.realm);
		if (order == 2 || order == 3)
			cca_close(vmm.c);
	}
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
