// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images and plans of the cca command: what is loaded, where, in which order,
 * and what is refused with which words. The files are made here.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/image.h"
#include "../../tools/plan.h"

#define BASE		0x40000000ULL
#define MEMORY		(64ULL << 20)
#define HEADERS		8
#define FILE_SIZE	0x6000

static char folder[] = "/tmp/cca-unit-XXXXXX";
static char path[sizeof(folder) + 16];

/* An ELF file in memory: headers, then at 0x1000 a page each of 1s, 2s, ... */
struct file {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[HEADERS];
	unsigned char rest[FILE_SIZE - sizeof(Elf64_Ehdr) - HEADERS * sizeof(Elf64_Phdr)];
};

static struct file file;
static size_t file_size;

static void segment(unsigned int i, uint64_t ipa, uint64_t offset, uint64_t filesz, uint64_t memsz)
{
	file.ph[i] = (Elf64_Phdr) {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_offset = offset,
		.p_vaddr = 0xffff000000000000,	/* is not to be looked at */
		.p_paddr = ipa,
		.p_filesz = filesz,
		.p_memsz = memsz,
		.p_align = 0x1000,
	};
	if (file.eh.e_phnum <= i)
		file.eh.e_phnum = i + 1;
}

/* A file with one segment: a page at BASE. */
static void make_elf(void)
{
	memset(&file, 0, sizeof(file));
	memcpy(file.eh.e_ident, ELFMAG, SELFMAG);
	file.eh.e_ident[EI_CLASS] = ELFCLASS64;
	file.eh.e_ident[EI_DATA] = ELFDATA2LSB;
	file.eh.e_ident[EI_VERSION] = EV_CURRENT;
	file.eh.e_type = ET_EXEC;
	file.eh.e_machine = EM_AARCH64;
	file.eh.e_version = EV_CURRENT;
	file.eh.e_entry = BASE;
	file.eh.e_phoff = offsetof(struct file, ph);
	file.eh.e_ehsize = sizeof(Elf64_Ehdr);
	file.eh.e_phentsize = sizeof(Elf64_Phdr);
	for (int page = 1; page < FILE_SIZE / 0x1000; page++)
		memset((char *)&file + page * 0x1000, page, 0x1000);
	file_size = sizeof(file);
	segment(0, BASE, 0x1000, 0x1000, 0x1000);
}

static void write_file(const void *data, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), length);
	close(fd);
}

static struct settings settings(void)
{
	struct settings s;

	settings_default(&s);
	s.operand = path;
	return s;
}

static void make_plan(struct plan *plan)
{
	struct settings s = settings();
	struct problem p = { 0 };

	assert_int_equal(plan_make(plan, &s, &p), STATUS_OK);
	assert_false(problem_is_set(&p));
}

static void assert_refused(const struct settings *s, int status, const char *words)
{
	struct problem p = { 0 };
	struct plan plan;

	assert_int_equal(plan_make(&plan, s, &p), status);
	if (!strstr(p.reason, words))
		fail_msg("\"%s\" does not say \"%s\"", p.reason, words);
	assert_true(p.object[0] && p.action[0]);
}

/* --------------------------------------------------------------- what is wrong */

static void is_32_bit(void)
{
	file.eh.e_ident[EI_CLASS] = ELFCLASS32;
}

static void is_of_no_class(void)
{
	file.eh.e_ident[EI_CLASS] = 7;
}

static void is_big_endian(void)
{
	file.eh.e_ident[EI_DATA] = ELFDATA2MSB;
}

static void is_of_no_encoding(void)
{
	file.eh.e_ident[EI_DATA] = 0;
}

static void is_of_no_ident_version(void)
{
	file.eh.e_ident[EI_VERSION] = 9;
}

static void is_of_no_version(void)
{
	file.eh.e_version = 9;
}

static void is_x86(void)
{
	file.eh.e_machine = EM_X86_64;
}

static void is_relocatable(void)
{
	file.eh.e_type = ET_REL;
}

static void is_a_core(void)
{
	file.eh.e_type = ET_CORE;
}

static void has_only_the_magic(void)
{
	file_size = 4;
}

static void has_half_a_header(void)
{
	file_size = 40;
}

static void has_no_room_for_headers(void)
{
	file_size = sizeof(Elf64_Ehdr) + 10;
}

static void has_headers_beyond_its_end(void)
{
	file.eh.e_phoff = 1ULL << 40;
}

static void has_headers_that_wrap(void)
{
	file.eh.e_phoff = -8ULL;
}

static void has_65534_headers(void)
{
	file.eh.e_phnum = 0xfffe;
}

static void counts_headers_in_a_section(void)
{
	file.eh.e_phnum = PN_XNUM;
	file.eh.e_shoff = 0x1000;
	file.eh.e_shnum = 1;
	file.eh.e_shentsize = sizeof(Elf64_Shdr);
}

static void has_headers_of_another_size(void)
{
	file.eh.e_phentsize = 32;
}

static void is_cut_in_a_segment(void)
{
	file_size = 0x1800;
}

static void has_an_offset_that_wraps(void)
{
	segment(0, BASE, -0x1000ULL, 0x2000, 0x2000);
}

static void has_more_file_than_memory(void)
{
	segment(0, BASE, 0x1000, 0x1000, 0x800);
}

static void has_an_address_that_wraps(void)
{
	segment(0, -0x1000ULL, 0x1000, 0x1000, 0x2000);
}

static void has_nothing_to_load(void)
{
	file.ph[0].p_type = PT_NOTE;
}

static void has_empty_segments_only(void)
{
	segment(0, BASE, 0x1000, 0, 0);
}

static void has_no_headers(void)
{
	file.eh.e_phnum = 0;
	file.eh.e_phoff = 0;
}

static void is_below_memory(void)
{
	segment(0, BASE - 0x1000, 0x1000, 0x1000, 0x1000);
}

static void begins_in_memory_and_leaves_it(void)
{
	segment(0, BASE + MEMORY - 0x1000, 0x1000, 0x1000, 0x1001);
}

static void is_above_memory(void)
{
	segment(0, BASE + MEMORY, 0x1000, 0x1000, 0x1000);
}

static void is_in_the_unprotected_half(void)
{
	segment(0, 1ULL << 39, 0x1000, 0x1000, 0x1000);
}

static void is_larger_than_memory(void)
{
	segment(0, BASE, 0x1000, 0x1000, MEMORY + 1);
}

static void overlaps_by_a_byte(void)
{
	segment(1, BASE + 0xfff, 0x2000, 0x10, 0x10);
}

static void overlaps_in_zeros(void)
{
	segment(0, BASE, 0x1000, 0x10, 0x3000);
	segment(1, BASE + 0x2000, 0x2000, 0x10, 0x10);
}

static void overlaps_wholly_and_unsorted(void)
{
	segment(0, BASE + 0x1000, 0x1000, 0x1000, 0x1000);
	segment(1, BASE, 0x2000, 0x3000, 0x3000);
}

static void starts_outside(void)
{
	file.eh.e_entry = BASE + 0x1000;
}

static void starts_at_an_odd_address(void)
{
	file.eh.e_entry = BASE + 2;
}

static void wants_a_dynamic_linker(void)
{
	segment(1, BASE, 0x1000, 0x10, 0x10);
	file.ph[1].p_type = PT_INTERP;
}

struct refusal {
	void (*spoil)(void);
	const char *words;
};

static void is_refused(void **state)
{
	const struct refusal *r = *state;
	struct settings s = settings();

	make_elf();
	r->spoil();
	write_file(&file, file_size);
	assert_refused(&s, STATUS_FAILED, r->words);
}

#define REFUSED(spoil, words) \
	{ "an ELF file that " #spoil " is refused", is_refused, NULL, NULL, \
	  &(struct refusal) { spoil, words } }

static void missing_files_are_refused(void **state)
{
	struct settings s = settings();

	s.operand = "/nonexistent/guest.elf";
	assert_refused(&s, STATUS_FAILED, "No such file");
}

static void empty_files_are_refused(void **state)
{
	struct settings s = settings();

	write_file("", 0);
	assert_refused(&s, STATUS_FAILED, "it is empty");
}

static void folders_and_devices_are_refused(void **state)
{
	struct settings s = settings();

	s.operand = folder;
	assert_refused(&s, STATUS_FAILED, "it is not a file");
	s.operand = "/dev/null";
	assert_refused(&s, STATUS_FAILED, "it is not a file");
}

static void a_fifo_does_not_hang(void **state)
{
	struct settings s = settings();

	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(&s, STATUS_FAILED, "it is not a file");
	unlink(path);
}

static void a_flat_image_must_fit(void **state)
{
	static const char pages[0x2001] = "flat";
	struct settings s = settings();

	s.memory = 0x2000;
	write_file(pages, sizeof(pages));
	assert_refused(&s, STATUS_FAILED, "the realm's memory has 8 KiB");
}

static void memory_must_fit_the_protected_half(void **state)
{
	struct settings s = settings();

	make_elf();
	write_file(&file, file_size);
	s.realm.ipa_bits = 32;
	s.memory = 1ULL << 30;
	s.base = 1ULL << 30;
	struct plan plan;
	struct problem p = { 0 };

	assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
	plan_free(&plan);
	s.memory += 0x1000;
	assert_refused(&s, STATUS_USAGE, "0x80000000");
	s.base = 1ULL << 31;
	assert_refused(&s, STATUS_USAGE, "0x80000000");
	s.base = -0x1000ULL;
	s.memory = 0x2000;
	assert_refused(&s, STATUS_USAGE, "0x80000000");
}

/* ---------------------------------------------------------------- what is right */

static void assert_extent(const struct plan *plan, unsigned int i, uint64_t ipa, uint64_t length)
{
	assert_true(i < plan->count);
	assert_int_equal(plan->extents[i].ipa, ipa);
	assert_int_equal(plan->extents[i].length, length);
	assert_int_equal((uintptr_t)plan->extents[i].pages % CCA_PAGE_SIZE, 0);
}

static const unsigned char *bytes(const struct plan *plan, unsigned int i)
{
	return plan->extents[i].pages;
}

static void a_page_is_loaded_as_it_is(void **state)
{
	struct plan plan;

	make_elf();
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(plan.count, 1);
	assert_extent(&plan, 0, BASE, 0x1000);
	assert_memory_equal(plan.extents[0].pages, (char *)&file + 0x1000, 0x1000);
	assert_int_equal(plan.rec.pc, BASE);
	assert_int_equal(plan.rec.flags, CCA_REC_F_RUNNABLE);
	plan_free(&plan);
}

static void segments_are_sorted_by_address(void **state)
{
	struct plan plan;

	make_elf();
	segment(0, BASE + 0x9000, 0x1000, 0x1000, 0x1000);
	segment(1, BASE + 0x5000, 0x2000, 0x1000, 0x1000);
	segment(2, BASE, 0x3000, 0x1000, 0x1000);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(plan.count, 3);
	assert_extent(&plan, 0, BASE, 0x1000);
	assert_extent(&plan, 1, BASE + 0x5000, 0x1000);
	assert_extent(&plan, 2, BASE + 0x9000, 0x1000);
	assert_int_equal(bytes(&plan, 0)[0], 3);
	assert_int_equal(bytes(&plan, 2)[0], 1);
	plan_free(&plan);
}

static void zeros_behind_a_segment_are_not_populated(void **state)
{
	struct plan plan;

	make_elf();
	segment(0, BASE, 0x1000, 0x801, 0x100000);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(plan.count, 1);
	assert_extent(&plan, 0, BASE, 0x1000);
	assert_int_equal(bytes(&plan, 0)[0x800], 1);
	for (int i = 0x801; i < 0x1000; i++)
		assert_int_equal(bytes(&plan, 0)[i], 0);
	plan_free(&plan);
}

static void segments_of_zeros_are_not_populated(void **state)
{
	struct plan plan;

	make_elf();
	segment(1, BASE + 0x100000, 0x2000, 0, 0x5000);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(plan.count, 1);
	plan_free(&plan);
}

static void unaligned_segments_keep_their_place(void **state)
{
	struct plan plan;

	make_elf();
	segment(0, BASE + 0xff8, 0x1000, 0x10, 0x10);
	file.eh.e_entry = BASE + 0xffc;
	write_file(&file, file_size);
	make_plan(&plan);
	assert_extent(&plan, 0, BASE, 0x2000);
	assert_int_equal(bytes(&plan, 0)[0xff7], 0);
	assert_int_equal(bytes(&plan, 0)[0xff8], 1);
	assert_int_equal(bytes(&plan, 0)[0x1007], 1);
	assert_int_equal(bytes(&plan, 0)[0x1008], 0);
	assert_int_equal(plan.rec.pc, BASE + 0xffc);
	plan_free(&plan);
}

static void segments_may_share_a_page(void **state)
{
	struct plan plan;

	make_elf();
	segment(0, BASE, 0x1000, 0x100, 0x100);
	segment(1, BASE + 0x100, 0x2000, 0x100, 0x100);
	segment(2, BASE + 0xf00, 0x3000, 0x200, 0x200);
	segment(3, BASE + 0x2000, 0x4000, 1, 1);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(plan.count, 1);
	assert_extent(&plan, 0, BASE, 0x3000);
	assert_int_equal(bytes(&plan, 0)[0xff], 1);
	assert_int_equal(bytes(&plan, 0)[0x100], 2);
	assert_int_equal(bytes(&plan, 0)[0x200], 0);
	assert_int_equal(bytes(&plan, 0)[0x10ff], 3);
	assert_int_equal(bytes(&plan, 0)[0x2000], 4);
	plan_free(&plan);
}

static void the_last_page_of_memory_can_be_used(void **state)
{
	struct plan plan;

	make_elf();
	segment(1, BASE + MEMORY - 0x1000, 0x2000, 0x1000, 0x1000);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_extent(&plan, 1, BASE + MEMORY - 0x1000, 0x1000);
	plan_free(&plan);
}

static void position_independent_files_are_loaded(void **state)
{
	struct plan plan;

	make_elf();
	file.eh.e_type = ET_DYN;
	write_file(&file, file_size);
	make_plan(&plan);
	plan_free(&plan);
}

static void anything_else_is_a_flat_image(void **state)
{
	static const char text[] = "\x7f" "EL: nearly";
	struct plan plan;

	write_file(text, sizeof(text));
	make_plan(&plan);
	assert_int_equal(plan.count, 1);
	assert_extent(&plan, 0, BASE, 0x1000);
	assert_memory_equal(plan.extents[0].pages, text, sizeof(text));
	assert_int_equal(plan.rec.pc, BASE);
	plan_free(&plan);
}

/* ------------------------------------------------------------- what is measured */

/* Records what a walk hands out; what `run` would do. */
struct record {
	unsigned int pages;
	uint64_t ipas[16];
	bool rec;
	struct cca_measurement *m;
};

static int record_data(void *context, const struct extent *extent, struct problem *p)
{
	struct record *r = context;

	assert_false(r->rec);
	for (uint64_t at = 0; at < extent->length; at += CCA_PAGE_SIZE) {
		r->ipas[r->pages++] = extent->ipa + at;
		assert_int_equal(cca_measurement_extend_data(r->m, extent->ipa + at, CCA_PAGE_SIZE,
				 (char *)extent->pages + at, CCA_POPULATE_F_MEASURE), 0);
	}
	return STATUS_OK;
}

static int record_rec(void *context, const struct cca_rec_options *rec, struct problem *p)
{
	struct record *r = context;

	r->rec = true;
	assert_int_equal(cca_measurement_extend_rec(r->m, rec), 0);
	return STATUS_OK;
}

static void the_walk_is_ascending_then_the_rec(void **state)
{
	static const struct plan_walker walker = { record_data, record_rec };
	uint8_t walked[CCA_HASH_SIZE_MAX], measured[CCA_HASH_SIZE_MAX];
	struct record r = { 0 };
	struct problem p = { 0 };
	struct plan plan;

	make_elf();
	segment(0, BASE + 0x9000, 0x1000, 0x1800, 0x1800);
	segment(1, BASE, 0x3000, 0x1000, 0x1000);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(cca_measurement_new(CCA_PROFILE_JULY, &plan.realm, &r.m), 0);
	assert_int_equal(plan_walk(&plan, &walker, &r, &p), STATUS_OK);
	assert_true(r.rec);
	assert_int_equal(r.pages, 3);
	assert_int_equal(r.ipas[0], BASE);
	assert_int_equal(r.ipas[1], BASE + 0x9000);
	assert_int_equal(r.ipas[2], BASE + 0xa000);

	cca_measurement_value(r.m, walked);
	assert_int_equal(plan_measure(&plan, CCA_PROFILE_JULY, measured, &p), STATUS_OK);
	assert_memory_equal(walked, measured, sizeof(walked));
	cca_measurement_free(r.m);
	plan_free(&plan);
}

static void an_elf_file_measures_as_its_flat_form(void **state)
{
	uint8_t elf[CCA_HASH_SIZE_MAX], flat[CCA_HASH_SIZE_MAX];
	struct problem p = { 0 };
	struct plan plan;

	make_elf();
	segment(0, BASE, 0x1000, 0x2345, 0x9000);
	write_file(&file, file_size);
	make_plan(&plan);
	assert_int_equal(plan_measure(&plan, CCA_PROFILE_BET3, elf, &p), STATUS_OK);
	plan_free(&plan);

	write_file((char *)&file + 0x1000, 0x2345);
	make_plan(&plan);
	assert_int_equal(plan_measure(&plan, CCA_PROFILE_BET3, flat, &p), STATUS_OK);
	plan_free(&plan);
	assert_memory_equal(elf, flat, sizeof(elf));
}

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/image", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REFUSED(is_32_bit, "32-bit"),
		REFUSED(is_of_no_class, "unknown class (7)"),
		REFUSED(is_big_endian, "big-endian"),
		REFUSED(is_of_no_encoding, "unknown encoding (0)"),
		REFUSED(is_of_no_ident_version, "unknown version (9)"),
		REFUSED(is_of_no_version, "unknown version (9)"),
		REFUSED(is_x86, "for x86 (62)"),
		REFUSED(is_relocatable, "cannot be executed (type 1)"),
		REFUSED(is_a_core, "cannot be executed (type 4)"),
		REFUSED(has_only_the_magic, "truncated"),
		REFUSED(has_half_a_header, "truncated"),
		REFUSED(has_no_room_for_headers, "truncated"),
		REFUSED(has_headers_beyond_its_end, "truncated"),
		REFUSED(has_headers_that_wrap, "truncated"),
		REFUSED(has_65534_headers, "truncated"),
		REFUSED(counts_headers_in_a_section, "65535 program headers"),
		REFUSED(has_headers_of_another_size, "32 bytes each, not 56"),
		REFUSED(is_cut_in_a_segment, "truncated: its segment at 0x40000000"),
		REFUSED(has_an_offset_that_wraps, "truncated: its segment at 0x40000000"),
		REFUSED(has_more_file_than_memory, "more bytes in the file (0x1000) than in memory (0x800)"),
		REFUSED(has_an_address_that_wraps, "wraps around"),
		REFUSED(has_nothing_to_load, "nothing to load"),
		REFUSED(has_empty_segments_only, "nothing to load"),
		REFUSED(has_no_headers, "nothing to load"),
		REFUSED(is_below_memory, "not inside the realm's memory, 0x40000000 to 0x44000000"),
		REFUSED(begins_in_memory_and_leaves_it, "0x43fff000 (0x1001 bytes) is not inside"),
		REFUSED(is_above_memory, "0x44000000 (0x1000 bytes) is not inside"),
		REFUSED(is_in_the_unprotected_half, "0x8000000000 (0x1000 bytes) is not inside"),
		REFUSED(is_larger_than_memory, "(0x4000001 bytes) is not inside"),
		REFUSED(overlaps_by_a_byte, "0x40000000 and 0x40000fff overlap"),
		REFUSED(overlaps_in_zeros, "0x40000000 and 0x40002000 overlap"),
		REFUSED(overlaps_wholly_and_unsorted, "0x40000000 and 0x40001000 overlap"),
		REFUSED(starts_outside, "entry point 0x40001000 is in none"),
		REFUSED(starts_at_an_odd_address, "entry point 0x40000002 is not a multiple of 4"),
		REFUSED(wants_a_dynamic_linker, "dynamic linker"),
		cmocka_unit_test(missing_files_are_refused),
		cmocka_unit_test(empty_files_are_refused),
		cmocka_unit_test(folders_and_devices_are_refused),
		cmocka_unit_test(a_fifo_does_not_hang),
		cmocka_unit_test(a_flat_image_must_fit),
		cmocka_unit_test(memory_must_fit_the_protected_half),
		cmocka_unit_test(a_page_is_loaded_as_it_is),
		cmocka_unit_test(segments_are_sorted_by_address),
		cmocka_unit_test(zeros_behind_a_segment_are_not_populated),
		cmocka_unit_test(segments_of_zeros_are_not_populated),
		cmocka_unit_test(unaligned_segments_keep_their_place),
		cmocka_unit_test(segments_may_share_a_page),
		cmocka_unit_test(the_last_page_of_memory_can_be_used),
		cmocka_unit_test(position_independent_files_are_loaded),
		cmocka_unit_test(anything_else_is_a_flat_image),
		cmocka_unit_test(the_walk_is_ascending_then_the_rec),
		cmocka_unit_test(an_elf_file_measures_as_its_flat_form),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("image", tests, make_folder, remove_folder);
}
