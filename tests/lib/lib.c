// SPDX-License-Identifier: GPL-2.0-only
/*
 * libcca in the machine, as a VMM uses it: the shared library, real realms.
 */
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cca.h>

#include "../uapi/tap.h"

#define RAM		0x40000000UL
#define RAM_SIZE	(32UL << 20)

/* Both habits must work: the return value and errno. */
#define OK(call)		T_EQ((call), 0)
#define FAILS(error, call)	do {		\
	errno = 0;				\
	T_EQ((call), -(error));			\
	T_EQ(errno, (error));			\
} while (0)

/* ------------------------------------------------------------- a small VMM */

struct vmm {
	struct cca *c;
	struct cca_realm *realm;
	struct cca_rec *rec;
	struct cca_measurement *m;
	char said[4096];
	int status;
};

static struct cca *open_device(void)
{
	struct cca *c = NULL;

	OK(cca_open(NULL, &c));
	T_ASSERT(c);
	return c;
}

static uint32_t profile(struct cca *c)
{
	struct cca_info info = { .size = sizeof(info) };

	OK(cca_get_info(c, &info));
	T_EQ(info.out_reason, 0);
	return info.out_profile;
}

/* A file in page-aligned memory, padded to whole pages. */
static void *read_pages(const char *path, uint64_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *pages;

	T_ASSERT(fd >= 0 && !fstat(fd, &st));
	*length = (st.st_size + T_PAGE - 1) & -T_PAGE;
	pages = mmap(NULL, *length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T_ASSERT(pages != MAP_FAILED);
	T_EQ(read(fd, pages, st.st_size), st.st_size);
	close(fd);
	return pages;
}

static void add_data(struct vmm *vmm, uint64_t ipa, uint64_t length, const void *pages)
{
	OK(cca_realm_populate(vmm->realm, ipa, length, pages, CCA_POPULATE_F_MEASURE, NULL));
	OK(cca_measurement_extend_data(vmm->m, ipa, length, pages, CCA_POPULATE_F_MEASURE));
}

static void add_segment(struct vmm *vmm, const char *file, const Elf64_Phdr *ph)
{
	uint64_t skip = ph->p_paddr % T_PAGE;
	uint64_t length = (ph->p_filesz + skip + T_PAGE - 1) & -T_PAGE;
	char *pages = aligned_alloc(T_PAGE, length);

	memset(pages, 0, length);
	memcpy(pages + skip, file + ph->p_offset, ph->p_filesz);
	add_data(vmm, ph->p_paddr - skip, length, pages);
	free(pages);
}

static void add_elf(struct vmm *vmm, const char *name, struct cca_rec_options *rec)
{
	const Elf64_Phdr *ph;
	const Elf64_Ehdr *eh;
	uint64_t length;
	char path[64];
	char *file;

	snprintf(path, sizeof(path), "/guests/%s.elf", name);
	file = read_pages(path, &length);
	eh = (const Elf64_Ehdr *)file;
	ph = (const Elf64_Phdr *)(file + eh->e_phoff);
	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && ph[i].p_filesz)
			add_segment(vmm, file, &ph[i]);
	rec->pc = eh->e_entry;
	munmap(file, length);
}

static void create(struct vmm *vmm, const struct cca_realm_options *options,
		   struct cca_memory *memory)
{
	*vmm = (struct vmm) { .c = open_device(), .status = -1 };
	OK(cca_measurement_new(profile(vmm->c), options, &vmm->m));
	OK(cca_realm_create(vmm->c, options, &vmm->realm));
	OK(cca_realm_add_memory(vmm->realm, RAM, RAM_SIZE, memory));
}

/* Everything up to and including ACTIVATE. */
static void start(struct vmm *vmm, const char *name)
{
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };

	create(vmm, NULL, NULL);
	add_elf(vmm, name, &rec);
	OK(cca_rec_create(vmm->realm, &rec, &vmm->rec));
	OK(cca_measurement_extend_rec(vmm->m, &rec));
	OK(cca_realm_activate(vmm->realm));
}

static void host_call(struct vmm *vmm, struct cca_run *page)
{
	size_t used = strlen(vmm->said);

	if (page->imm == 1)
		for (uint64_t i = 0; i < page->gprs[0] && used < sizeof(vmm->said) - 1; i++)
			vmm->said[used++] = page->gprs[1 + i / 8] >> (i % 8 * 8);
	if (page->imm == 2)
		vmm->status = page->gprs[0];
	page->gprs[0] = 0;
}

/* Until an exit that is no console's, or an error. */
static int run(struct vmm *vmm)
{
	struct cca_run *page = cca_rec_page(vmm->rec);
	int err;

	while (!(err = cca_rec_run(vmm->rec))) {
		if (page->exit_reason == CCA_EXIT_HOST_CALL)
			host_call(vmm, page);
		else if (page->exit_reason == CCA_EXIT_MMIO)
			page->mmio.data = 0;
		else
			break;
	}
	return err;
}

static void finish(struct vmm *vmm)
{
	cca_measurement_free(vmm->m);
	cca_rec_close(vmm->rec);
	cca_realm_close(vmm->realm);
	cca_close(vmm->c);
}

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

	start(&vmm, "hello");
	errno = 77;
	finish(&vmm);
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

	start(&vmm, "hello");
	OK(cca_delegate(vmm.c, T_PAGE, T_PAGE, NULL, &memory));
	T_EQ(driver_files() - before, 4);
	cca_memory_close(memory);
	finish(&vmm);
	T_EQ(driver_files(), before);
}

TEST(info_wants_its_size)
{
	struct cca_info info = { .size = sizeof(info) };
	struct cca *c = open_device();

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
	struct cca *c = open_device();
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
	struct cca *c = open_device();
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
	struct cca *c = open_device();
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
	struct cca *c = open_device();
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
	struct cca *c = open_device();
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
	struct cca *c = open_device();
	struct cca_memory *memory;
	struct vmm vmm;

	OK(cca_delegate(c, RAM_SIZE, 2 << 20, NULL, &memory));
	create(&vmm, NULL, memory);
	cca_memory_close(memory);
	cca_close(c);
	add_elf(&vmm, "hello", &rec);
	OK(cca_rec_create(vmm.realm, &rec, &vmm.rec));
	OK(cca_realm_activate(vmm.realm));
	OK(run(&vmm));
	T_EQ(vmm.status, 0);
	T_ASSERT(strstr(vmm.said, "memory: ok"));
	finish(&vmm);
}

/* -------------------------------------------------------------------- realm */

TEST(wrong_options_name_their_reason)
{
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = 20 };
	struct cca_realm *realm = NULL;
	struct cca *c = open_device();

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
	struct cca *c = open_device();
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
	struct cca *c = open_device();
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

	c = open_device();
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
	struct cca *c = open_device();
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

	start(&vmm, "hello");
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
	finish(&vmm);
}

TEST(handles_are_closed_in_any_order)
{
	struct vmm vmm;

	for (int order = 0; order < 6; order++) {
		start(&vmm, "hello");
		cca_measurement_free(vmm.m);
		if (order < 2)
			cca_close(vmm.c);
		if (order % 2)
			cca_realm_close(vmm.realm);
		if (order >= 4)
			cca_close(vmm.c);
		/* The REC still runs if everything else is closed. */
		OK(run(&vmm));
		T_EQ(vmm.status, 0);
		cca_rec_close(vmm.rec);
		if (!(order % 2))
			cca_realm_close(vmm.realm);
		if (order == 2 || order == 3)
			cca_close(vmm.c);
	}
}

/* --------------------------------------------------------------- populating */

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	alarms++;
}

/* A signal every few hundred microseconds. */
static void start_alarms(unsigned int us)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, us }, { 0, us } };

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	T_EQ(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void stop_alarms(void)
{
	struct itimerval never = { 0 };

	setitimer(ITIMER_REAL, &never, NULL);
}

static void *buffer(uint64_t length)
{
	unsigned char *pages = mmap(NULL, length, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	T_ASSERT(pages != MAP_FAILED);
	for (uint64_t i = 0; i < length; i += 512)
		pages[i] = i / 512;
	return pages;
}

TEST_SECONDS(populating_goes_on_after_signals, 60)
{
	const uint64_t length = 8 << 20;
	void *pages = buffer(length);
	struct vmm vmm;

	create(&vmm, NULL, NULL);
	start_alarms(3000);
	OK(cca_realm_populate(vmm.realm, RAM, length, pages, 0, NULL));
	stop_alarms();
	T_ASSERT(alarms > 1);
	FAILS(EEXIST, cca_realm_populate(vmm.realm, RAM + length - T_PAGE, T_PAGE, pages, 0, NULL));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_POPULATED);
	finish(&vmm);
}

TEST_SECONDS(populating_says_how_far_it_came, 60)
{
	const uint64_t length = 16 << 20;
	char *pages = buffer(length);
	uint64_t at = 0, done;
	unsigned int interrupted = 0;
	struct vmm vmm;
	int err;

	create(&vmm, NULL, NULL);
	start_alarms(20000);
	do {
		err = cca_realm_populate(vmm.realm, RAM + at, length - at, pages + at, 0, &done);
		T_EQ(done % T_PAGE, 0);
		at += done;
		interrupted += err == -EINTR;
	} while (err == -EINTR);
	stop_alarms();
	OK(err);
	T_EQ(at, length);
	T_ASSERT(interrupted);
	finish(&vmm);
}

TEST(populating_the_wrong_place_says_so)
{
	char *pages = buffer(2 * T_PAGE);
	uint64_t done = 77;
	struct vmm vmm;

	create(&vmm, NULL, NULL);
	FAILS(ENOENT, cca_realm_populate(vmm.realm, RAM - T_PAGE, T_PAGE, pages, 0, &done));
	T_EQ(done, 0);
	FAILS(EINVAL, cca_realm_populate(vmm.realm, RAM, T_PAGE - 1, pages, 0, NULL));
	FAILS(EINVAL, cca_realm_populate(vmm.realm, RAM, 0, pages, 0, NULL));
	FAILS(EFAULT, cca_realm_populate(vmm.realm, RAM, T_PAGE, NULL, 0, NULL));
	FAILS(EEXIST, cca_realm_add_memory(vmm.realm, RAM + RAM_SIZE - T_PAGE, 2 * T_PAGE, NULL));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_OVERLAP);
	finish(&vmm);
}

TEST(memory_is_shared_and_taken_back)
{
	const uint64_t ipa = 1ULL << (CCA_IPA_BITS_DEFAULT - 1);
	struct cca_realm_info info = { .size = sizeof(info) };
	char *pages = buffer(2 * T_PAGE);
	struct vmm vmm;

	create(&vmm, NULL, NULL);
	OK(cca_realm_add_memory_flags(vmm.realm, RAM + RAM_SIZE, T_PAGE, NULL,
				      CCA_MEM_F_RIPAS_EXIT));
	FAILS(EINVAL, cca_realm_add_memory_flags(vmm.realm, 0, T_PAGE, NULL, 1U << 31));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_FLAGS);
	FAILS(EFAULT, cca_realm_share(vmm.realm, ipa, T_PAGE, NULL, 0));
	T_EQ(cca_realm_last_outcome(vmm.realm)->reason, CCA_REASON_SOURCE);
	FAILS(EINVAL, cca_realm_share(vmm.realm, RAM, T_PAGE, pages, 0));
	OK(cca_realm_share(vmm.realm, ipa, 2 * T_PAGE, pages, 0));
	OK(cca_realm_share(vmm.realm, ipa + T_BLOCK, T_PAGE, pages, CCA_MEM_F_READONLY));
	OK(cca_realm_get_info(vmm.realm, &info));
	T_EQ(info.out_shared, 3 * T_PAGE);
	FAILS(EEXIST, cca_realm_share(vmm.realm, ipa, T_PAGE, pages, 0));
	FAILS(EINVAL, cca_realm_unshare(vmm.realm, ipa, T_PAGE));
	OK(cca_realm_unshare(vmm.realm, ipa, 2 * T_PAGE));
	FAILS(ENOENT, cca_realm_unshare(vmm.realm, ipa, 2 * T_PAGE));
	finish(&vmm);
}

/* ------------------------------------------------------------------ running */

TEST(a_guest_runs_and_its_measurement_is_the_one_computed)
{
	uint8_t rim[CCA_HASH_SIZE_MAX];
	char hex[2 * CCA_HASH_SIZE_MAX + 1];
	struct cca_rec_info info = { .size = sizeof(info) };
	struct vmm vmm;
	size_t length;

	start(&vmm, "hello");
	OK(run(&vmm));
	T_EQ(cca_rec_page(vmm.rec)->exit_reason, CCA_EXIT_SYSTEM_OFF);
	T_EQ(vmm.status, 0);
	length = cca_measurement_value(vmm.m, rim);
	T_EQ(length, 32);
	for (size_t i = 0; i < length; i++)
		sprintf(hex + 2 * i, "%02x", rim[i]);
	T_ASSERT(strstr(vmm.said, hex));
	T_EQ(cca_rec_index(vmm.rec), 0);
	T_EQ(cca_rec_mpidr(vmm.rec), 0);
	OK(cca_rec_get_info(vmm.rec, &info));
	T_ASSERT(info.out_entries);
	FAILS(ESTALE, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_last_outcome(vmm.rec)->reason, CCA_REASON_SYSTEM_OFF);
	finish(&vmm);
}

/*
 * All that counts in one realm after the other: hashes, parameters, pages that
 * are not measured before and after the image, RECs that are on and off.
 */
static void measured(const struct cca_realm_options *options, unsigned int order)
{
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };
	struct cca_rec_options other = { .size = sizeof(other), .pc = 0x1234000 };
	uint8_t *page = aligned_alloc(T_PAGE, T_PAGE), rim[CCA_HASH_SIZE_MAX];
	char hex[2 * CCA_HASH_SIZE_MAX + 6] = "RIM: ";
	struct cca_rec *more = NULL;
	struct vmm vmm;
	size_t length;

	memset(page, order, T_PAGE);
	create(&vmm, options, NULL);
	if (order & 1) {
		OK(cca_realm_populate(vmm.realm, RAM + RAM_SIZE - T_PAGE, T_PAGE, page, 0, NULL));
		OK(cca_measurement_extend_data(vmm.m, RAM + RAM_SIZE - T_PAGE, T_PAGE, NULL, 0));
	}
	add_elf(&vmm, "hello", &rec);
	OK(cca_rec_create(vmm.realm, &rec, &vmm.rec));
	OK(cca_measurement_extend_rec(vmm.m, &rec));
	if (order & 2) {
		other.flags = order & 1 ? CCA_REC_F_RUNNABLE : 0;
		OK(cca_rec_create(vmm.realm, &other, &more));
		OK(cca_measurement_extend_rec(vmm.m, &other));
	}
	add_data(&vmm, RAM + RAM_SIZE - 2 * T_PAGE, T_PAGE, page);
	/* What does not count. */
	OK(cca_realm_prefault(vmm.realm, RAM + RAM_SIZE / 2, T_BLOCK, NULL));
	OK(cca_realm_activate(vmm.realm));
	OK(run(&vmm));
	T_EQ(vmm.status, 0);
	length = cca_measurement_value(vmm.m, rim);
	for (size_t i = 0; i < length; i++)
		sprintf(hex + 5 + 2 * i, "%02x", rim[i]);
	if (!strstr(vmm.said, hex))
		t_fail(__FILE__, __LINE__, "hash %u, order %u: computed %s, the guest says %s",
		       options->hash, order, hex, vmm.said);
	if (more)
		cca_rec_close(more);
	free(page);
	finish(&vmm);
}

TEST_SECONDS(R24_the_guest_reads_what_is_computed_for_every_combination, 300)
{
	struct cca_info info = { .size = sizeof(info) };
	struct cca *c = open_device();

	OK(cca_get_info(c, &info));
	for (unsigned int i = 0; i < 24; i++) {
		struct cca_realm_options o = { .size = sizeof(o), .hash = i / 8 };

		if (!(info.out_hashes >> o.hash & 1))
			continue;
		o.ipa_bits = (const uint32_t[]) { 40, 33, 48, 39 }[(i + i / 4) % 4];
		if (o.ipa_bits > info.out_ipa_bits_max)
			o.ipa_bits = 40;
		if (i & 4) {
			o.breakpoints = info.out_breakpoints_max;
			o.watchpoints = 2;
			memset(o.rpv, i, sizeof(o.rpv));
		}
		if (i & 4 && info.out_sve_vl_max) {
			o.flags = CCA_REALM_F_SVE;
			o.sve_vl = i & 1 ? 128 : info.out_sve_vl_max;
		}
		measured(&o, i % 4);
	}
	cca_close(c);
}

TEST(a_rec_that_is_off_says_try_again)
{
	struct vmm vmm;

	create(&vmm, NULL, NULL);
	OK(cca_rec_create(vmm.realm, NULL, &vmm.rec));
	FAILS(EBUSY, cca_rec_run(vmm.rec));
	OK(cca_realm_activate(vmm.realm));
	FAILS(EAGAIN, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_last_outcome(vmm.rec)->reason, CCA_REASON_NOT_RUNNABLE);
	finish(&vmm);
}

TEST(a_kick_is_seen_once)
{
	struct vmm vmm;

	start(&vmm, "exit7");
	cca_rec_kick(vmm.rec);
	FAILS(EINTR, cca_rec_run(vmm.rec));
	T_EQ(cca_rec_page(vmm.rec)->exit_reason, CCA_EXIT_INTR);
	OK(run(&vmm));
	T_EQ(vmm.status, 7);
	finish(&vmm);
}

struct runner {
	struct vmm vmm;
	pthread_t thread;
	int err;
};

static void *run_thread(void *argument)
{
	struct runner *r = argument;

	r->err = run(&r->vmm);
	return NULL;
}

static void start_runner(struct runner *r)
{
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGUSR1, &action, NULL);
	start(&r->vmm, "spin");
	T_EQ(pthread_create(&r->thread, NULL, run_thread, r), 0);
	t_sleep_us(300000);
}

TEST(a_running_rec_is_kicked_out)
{
	struct runner r = { 0 };

	start_runner(&r);
	cca_rec_kick(r.vmm.rec);
	T_EQ(pthread_kill(r.thread, SIGUSR1), 0);
	T_EQ(pthread_join(r.thread, NULL), 0);
	T_EQ(r.err, -EINTR);
	finish(&r.vmm);
}

TEST(terminating_ends_a_running_rec)
{
	struct runner r = { 0 };

	start_runner(&r);
	OK(cca_realm_terminate(r.vmm.realm));
	T_EQ(pthread_join(r.thread, NULL), 0);
	T_EQ(r.err, 0);
	T_EQ(cca_rec_page(r.vmm.rec)->exit_reason, CCA_EXIT_TERMINATED);
	finish(&r.vmm);
}

TEST(a_running_realm_is_not_destroyed_under_its_rec)
{
	struct runner r = { 0 };

	start_runner(&r);
	FAILS(EBUSY, cca_realm_destroy(r.vmm.realm));
	T_EQ(cca_realm_last_outcome(r.vmm.realm)->reason, CCA_REASON_RUNNING);
	OK(cca_realm_terminate(r.vmm.realm));
	T_EQ(pthread_join(r.thread, NULL), 0);
	OK(cca_realm_destroy(r.vmm.realm));
	finish(&r.vmm);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
