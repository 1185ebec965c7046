// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux as a guest, before it runs: kernels and what only looks like one, the
 * device tree, what goes where, and the keys of the terminal.
 */
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
#include <libfdt.h>
#include <zlib.h>
#include <zstd.h>

#include "../../tools/plan.h"
#include "../../tools/vmm/boot.h"
#include "../../tools/vmm/kernel.h"
#include "../../tools/vmm/layout.h"
#include "../../tools/vmm/terminal.h"
#include "../../tools/vmm/tree.h"

#define MIB		(1ULL << 20)
#define IMAGE_LENGTH	0x30000
#define IMAGE_SIZE	(5 * MIB)	/* in memory */
#define LIMIT		(64 * MIB)

static char directory[] = "/tmp/cca-linux.XXXXXX";
static uint8_t image[IMAGE_LENGTH];

static void put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		*at++ = value;
}

/* A kernel's header, and that of the PE file that it is, too: one section, to its end. */
static void make_image(void)
{
	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = i * 7 + (i >> 8);
	memcpy(image, "MZ", 2);
	put(image + 8, 0, 8);
	put(image + 16, IMAGE_SIZE, 8);
	put(image + 24, 0xa, 8);
	memcpy(image + 56, "ARM\x64", 4);
	put(image + 60, 0x40, 4);
	memcpy(image + 0x40, "PE\0\0", 4);
	put(image + 0x46, 1, 2);
	put(image + 0x54, 0x10, 2);
	put(image + 0x68 + 16, IMAGE_LENGTH - 0x1000, 4);
	put(image + 0x68 + 20, 0x1000, 4);
}

static int setup(void **state)
{
	make_image();
	return !mkdtemp(directory) || chdir(directory);
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return chdir("/") || system(command);
}

static void write_file(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static size_t pack_zstd(uint8_t *to, size_t room, const uint8_t *from, size_t length)
{
	size_t size = ZSTD_compress(to, room, from, length, 3);

	assert_false(ZSTD_isError(size));
	return size;
}

static size_t pack_gzip(uint8_t *to, size_t room, const uint8_t *from, size_t length)
{
	z_stream z = {
		.next_in = (uint8_t *)from, .avail_in = length, .next_out = to, .avail_out = room,
	};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* How a kernel may be packed; and what an EFI program calls it. */
static const struct packer {
	size_t (*pack)(uint8_t *to, size_t room, const uint8_t *from, size_t length);
	const char *name, *efi;
} packers[] = {
	{ pack_gzip, "gzip", "gzip" }, { pack_zstd, "zstd", "zstd22" },
};

#define EACH_PACKER(k) \
	const struct packer *k = packers; (k) < packers + sizeof(packers) / sizeof(*packers); (k)++

static void assert_says(const struct problem *p, const char *words)
{
	if (!strstr(p->reason, words))
		fail_msg("\"%s\" does not say \"%s\"", p->reason, words);
}

/* Exactly that long in memory, so that a step beyond its end is seen. */
static int parse(struct kernel *k, const uint8_t *from, size_t length, uint64_t limit,
		 struct problem *p)
{
	uint8_t *copy = malloc(length ? length : 1);
	int status;

	assert_non_null(copy);
	memcpy(copy, from, length);
	memset(p, 0, sizeof(*p));
	status = kernel_parse(k, "kernel", copy, length, limit, p);
	free(copy);
	return status;
}

static void refuse(const uint8_t *from, size_t length, const char *words)
{
	struct kernel k;
	struct problem p;

	assert_int_equal(parse(&k, from, length, LIMIT, &p), STATUS_FAILED);
	assert_says(&p, words);
	assert_null(k.bytes);
}

static void an_image_is_read(void **state)
{
	struct kernel k;
	struct problem p;

	assert_int_equal(parse(&k, image, sizeof(image), LIMIT, &p), STATUS_OK);
	assert_int_equal(k.length, IMAGE_LENGTH);
	assert_int_equal(k.image_size, IMAGE_SIZE);
	assert_int_equal(k.text_offset, 0);
	assert_false(k.realm_aware);
	assert_memory_equal(k.bytes, image, sizeof(image));
	kernel_free(&k);
}

static void a_kernel_that_knows_of_realms_is_told_apart(void **state)
{
	struct kernel k;
	struct problem p;

	memcpy(image + 0x20000, "\0016RME: Using RSI version %lu.%lu\n", 33);
	assert_int_equal(parse(&k, image, sizeof(image), LIMIT, &p), STATUS_OK);
	assert_true(k.realm_aware);
	kernel_free(&k);
	make_image();
}

/* An EFI program that unpacks itself: how long it is. */
static size_t make_zboot(uint8_t *file, const struct packer *by)
{
	size_t length = by->pack(file + 0x100, IMAGE_LENGTH, image, sizeof(image));

	memset(file, 0, 0x100);
	memcpy(file, "MZ\0\0zimg", 8);
	put(file + 8, 0x100, 4);
	put(file + 12, length, 4);
	memcpy(file + 24, by->efi, strlen(by->efi));
	return 0x100 + length;
}

static void packed_images_are_the_same(void **state)
{
	uint8_t *file = calloc(1, 2 * IMAGE_LENGTH);
	struct kernel k;
	struct problem p;
	size_t length;

	for (EACH_PACKER(by)) {
		length = by->pack(file, 2 * IMAGE_LENGTH, image, sizeof(image));
		assert_int_equal(parse(&k, file, length, LIMIT, &p), STATUS_OK);
		assert_int_equal(k.length, IMAGE_LENGTH);
		assert_memory_equal(k.bytes, image, sizeof(image));
		kernel_free(&k);

		length = make_zboot(file, by);
		assert_int_equal(parse(&k, file, length, LIMIT, &p), STATUS_OK);
		assert_memory_equal(k.bytes, image, sizeof(image));
		kernel_free(&k);
		/* What stands behind it does not matter: the linker appends the size. */
		assert_int_equal(parse(&k, file, length + 4, LIMIT, &p), STATUS_OK);
		kernel_free(&k);
		refuse(file, length - 1, "not all there");
	}
	make_zboot(file, &packers[0]);
	memcpy(file + 24, "xzkern\0", 8);
	file[0x100] = 0xfd;
	refuse(file, 2 * IMAGE_LENGTH, "packed by xzkern, and not by");
	memcpy(file + 24, "\033[31mred", 8);
	refuse(file, 2 * IMAGE_LENGTH, "packed by nothing, and not by");
	free(file);
}

/* Two frames, and one that is to be skipped, as tools make them that work in parallel. */
static void frames_of_zstd_follow_each_other(void **state)
{
	static const uint8_t skipped[] = { 0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i' };
	uint8_t *file = calloc(1, 2 * IMAGE_LENGTH);
	size_t half = IMAGE_LENGTH / 2, length;
	struct kernel k;
	struct problem p;

	length = pack_zstd(file, IMAGE_LENGTH, image, half);
	length += pack_zstd(file + length, IMAGE_LENGTH, image + half, half);
	assert_int_equal(parse(&k, file, length, LIMIT, &p), STATUS_OK);
	assert_int_equal(k.length, IMAGE_LENGTH);
	assert_memory_equal(k.bytes, image, sizeof(image));
	kernel_free(&k);
	memcpy(file + length, skipped, sizeof(skipped));
	assert_int_equal(parse(&k, file, length + sizeof(skipped), LIMIT, &p), STATUS_OK);
	kernel_free(&k);
	free(file);
}

static void what_is_no_kernel_is_refused(void **state)
{
	uint8_t bytes[4096];

	refuse(image, 0, "no Linux kernel");
	refuse(image, 63, "no Linux kernel");
	memset(bytes, 0, sizeof(bytes));
	refuse(bytes, sizeof(bytes), "no Linux kernel");
	memcpy(bytes, "\177ELF", 4);
	refuse(bytes, sizeof(bytes), "no Linux kernel");

	image[24] |= 1;
	refuse(image, sizeof(image), "big-endian");
	make_image();
	put(image + 16, 0, 8);
	refuse(image, sizeof(image), "header");
	put(image + 16, UINT64_MAX, 8);
	refuse(image, sizeof(image), "header");
	put(image + 16, IMAGE_LENGTH - 1, 8);
	refuse(image, sizeof(image), "header");
	make_image();
	put(image + 8, UINT64_MAX, 8);
	refuse(image, sizeof(image), "header");
	make_image();
}

/* By each length up to the header's end, and by some beyond. */
static void a_cut_off_image_is_refused(void **state)
{
	for (size_t length = 0; length < sizeof(image); length += length < 256 ? 1 : 4093) {
		struct kernel k;
		struct problem p;

		assert_int_equal(parse(&k, image, length, LIMIT, &p), STATUS_FAILED);
		assert_null(k.bytes);
	}
	refuse(image, sizeof(image) - 1, "not all there");
}

static void garbage_that_is_packed_is_refused(void **state)
{
	uint8_t *file = calloc(1, 2 * IMAGE_LENGTH);
	size_t length;

	for (EACH_PACKER(by)) {
		length = by->pack(file, 2 * IMAGE_LENGTH, image, sizeof(image));
		refuse(file, 4, "damaged");
		refuse(file, length / 2, "damaged");
		refuse(file, length - 1, "damaged");
		memset(file + length / 2, 0xff, length / 4);
		refuse(file, length, by->name);
		length = by->pack(file, 2 * IMAGE_LENGTH, (const uint8_t *)"not a kernel", 12);
		refuse(file, length, "no Linux kernel");
		length = by->pack(file, 2 * IMAGE_LENGTH, image, sizeof(image) - 1);
		refuse(file, length, "not all there");
	}
	free(file);
}

/* Whatever is turned around in a packed kernel: it is refused, or a kernel. */
static void damage_anywhere_is_survived(void **state)
{
	uint8_t *file = calloc(1, 2 * IMAGE_LENGTH);
	struct kernel k;
	struct problem p;
	size_t length;

	srand(6);
	for (EACH_PACKER(by)) {
		length = by->pack(file, 2 * IMAGE_LENGTH, image, sizeof(image));
		for (int i = 0; i < 300; i++) {
			/* The header more often than the rest. */
			size_t at = rand() % (i % 2 ? length : 32);
			uint8_t before = file[at];

			file[at] ^= 1 << rand() % 8;
			if (!parse(&k, file, length, LIMIT, &p))
				kernel_free(&k);
			else
				assert_true(p.reason[0]);
			file[at] = before;
		}
	}
	free(file);
}

/* A few kilobytes that become a hundred megabytes. */
static void a_bomb_is_not_unpacked(void **state)
{
	size_t size = 100 * MIB, room = MIB, length;
	uint8_t *zeros = calloc(1, size), *file = calloc(1, room);

	for (EACH_PACKER(by)) {
		length = by->pack(file, room, zeros, size);
		refuse(file, length, "more than 64 MiB");
	}
	free(zeros);
	free(file);
}

/* ------------------------------------------------------------------- the device tree */

static uint8_t blob[TREE_SIZE_MAX];

static const void *property(const char *path, const char *name, int *length)
{
	int node = fdt_path_offset(blob, path);
	const void *value;

	if (node < 0)
		fail_msg("there is no %s", path);
	value = fdt_getprop(blob, node, name, length);
	if (!value)
		fail_msg("%s has no %s", path, name);
	return value;
}

static uint64_t number(const char *path, const char *name, unsigned int index, unsigned int words)
{
	const fdt32_t *cells;
	uint64_t value = 0;
	int length;

	cells = property(path, name, &length);
	assert_true(length >= (int)((index + words) * 4));
	for (unsigned int i = index; i < index + words; i++)
		value = value << 32 | fdt32_to_cpu(cells[i]);
	return value;
}

static const char *words_of(const char *path, const char *name)
{
	int length;

	return property(path, name, &length);
}

static struct tree some_tree(void)
{
	return (struct tree) {
		.base = 0x40000000, .memory = 512 * MIB, .cpus = 2, .initrd = 0x44000000,
		.initrd_size = 0x12345, .append = "console=ttyAMA0 quiet",
	};
}

static void the_tree_describes_the_board(void **state)
{
	struct tree t = some_tree();
	size_t size = tree_write(&t, blob, sizeof(blob));

	assert_true(size > 0 && size < 8192);
	assert_int_equal(fdt_check_full(blob, size), 0);
	assert_string_equal(words_of("/chosen", "bootargs"), t.append);
	assert_string_equal(words_of("/chosen", "stdout-path"), "/serial@9000000");
	assert_int_equal(number("/chosen", "linux,initrd-start", 0, 2), t.initrd);
	assert_int_equal(number("/chosen", "linux,initrd-end", 0, 2), t.initrd + t.initrd_size);
	assert_int_equal(number("/memory@40000000", "reg", 0, 2), t.base);
	assert_int_equal(number("/memory@40000000", "reg", 2, 2), t.memory);
	assert_string_equal(words_of("/psci", "method"), "smc");
	assert_string_equal(words_of("/psci", "compatible"), "arm,psci-1.0");
	assert_string_equal(words_of("/cpus/cpu@1", "enable-method"), "psci");
	assert_true(fdt_path_offset(blob, "/cpus/cpu@2") < 0);
	/* Secure, physical, virtual, of the hypervisor: by what is added to 16. */
	assert_int_equal(number("/timer", "interrupts", 1, 1), 13);
	assert_int_equal(number("/timer", "interrupts", 4, 1), 14);
	assert_int_equal(number("/timer", "interrupts", 7, 1), 11);
	assert_int_equal(number("/timer", "interrupts", 10, 1), 10);
	assert_int_equal(number("/interrupt-controller@8000000", "reg", 0, 2), VMM_GICD_BASE);
	assert_int_equal(number("/interrupt-controller@8000000", "reg", 4, 2), VMM_GICR_BASE);
	assert_int_equal(number("/interrupt-controller@8000000", "reg", 6, 2), 2 * VMM_GICR_STRIDE);
	assert_int_equal(number("/serial@9000000", "reg", 0, 2), VMM_UART_BASE);
	assert_int_equal(number("/serial@9000000", "interrupts", 1, 1), 1);
}

static void the_tree_has_a_bus_for_those_who_can_share(void **state)
{
	struct tree t = some_tree();

	assert_true(tree_write(&t, blob, sizeof(blob)));
	assert_int_equal(number("/pcie@b000000", "reg", 0, 2), VMM_ECAM_BASE);
	assert_int_equal(number("/pcie@b000000", "ranges", 1, 2), VMM_PCI_BASE);
	assert_int_equal(number("/pcie@b000000", "ranges", 3, 2), VMM_PCI_BASE);
	assert_int_equal(number("/pcie@b000000", "ranges", 5, 2), VMM_PCI_SIZE);
	/* Device 1, INTA: the shared interrupt 2. */
	for (int line = 0; line < 4; line++) {
		assert_int_equal(number("/pcie@b000000", "interrupt-map", 8 * line, 1), line << 11);
		assert_int_equal(number("/pcie@b000000", "interrupt-map", 8 * line + 3, 1), 1);
		assert_int_equal(number("/pcie@b000000", "interrupt-map", 8 * line + 6, 1),
				 VMM_SPI_PCI + line - 32);
	}
	t.alias = 1ULL << 39;
	assert_true(tree_write(&t, blob, sizeof(blob)));
	assert_true(fdt_path_offset(blob, "/pcie@800b000000") < 0);
}

static void devices_may_be_at_their_aliases(void **state)
{
	struct tree t = some_tree();

	t.alias = 1ULL << 39;
	assert_true(tree_write(&t, blob, sizeof(blob)));
	assert_string_equal(words_of("/chosen", "stdout-path"), "/serial@8009000000");
	assert_int_equal(number("/serial@8009000000", "reg", 0, 2), VMM_UART_BASE | t.alias);
	assert_int_equal(number("/interrupt-controller@8008000000", "reg", 4, 2),
			 VMM_GICR_BASE | t.alias);
	/* RAM is where it was. */
	assert_int_equal(number("/memory@40000000", "reg", 0, 2), t.base);
}

static void the_tree_is_the_same_twice_and_fits(void **state)
{
	static uint8_t again[TREE_SIZE_MAX];
	struct tree t = some_tree();
	size_t size;

	t.cpus = VMM_CPUS_MAX;
	size = tree_write(&t, blob, sizeof(blob));
	assert_true(size);
	memset(again, 0xa5, sizeof(again));
	assert_int_equal(tree_write(&t, again, sizeof(again)), size);
	assert_memory_equal(blob, again, size);
	/* The last CPU of the last cluster. */
	assert_int_equal(number("/cpus/cpu@1f0f", "reg", 0, 1), 0x1f0f);
	for (size_t room = 0; room < size; room += 97)
		assert_int_equal(tree_write(&t, again, room), 0);
	t.initrd_size = 0;
	t.append = "";
	assert_true(tree_write(&t, blob, sizeof(blob)));
	assert_null(fdt_getprop(blob, fdt_path_offset(blob, "/chosen"), "bootargs", NULL));
	assert_null(fdt_getprop(blob, fdt_path_offset(blob, "/chosen"), "linux,initrd-start", NULL));
}

/* -------------------------------------------------------------------------- the plan */

static struct settings some_settings(void)
{
	struct settings s;

	settings_default(&s);
	s.kernel = "kernel";
	s.memory = LIMIT;
	write_file("kernel", image, sizeof(image));
	return s;
}

static void refuse_settings(const struct settings *s, int wanted, const char *words)
{
	struct problem p = { 0 };
	struct plan plan;

	assert_int_equal(plan_make(&plan, s, &p), wanted);
	assert_says(&p, words);
}

/* Another can share no memory. */
static void disks_are_for_kernels_that_know_of_realms(void **state)
{
	struct settings s = some_settings();

	s.disks[s.disk_count++] = "disk";
	refuse_settings(&s, STATUS_FAILED, "knows nothing of realms");
	s.disk_count = 0;
	s.net = "user";
	refuse_settings(&s, STATUS_FAILED, "knows nothing of realms");
}

static void parts_are_where_the_tree_says(void **state)
{
	struct settings s = some_settings();
	struct problem p;
	struct plan plan;

	s.initrd = "initrd";
	s.cpus = 3;
	write_file("initrd", "0123456789", 10);
	assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
	assert_int_equal(plan.count, 3);
	assert_int_equal(plan.rec.pc, 0x40000000);
	assert_int_equal(plan.extents[0].ipa, 0x40000000);
	assert_int_equal(plan.extents[0].length, IMAGE_LENGTH);
	assert_memory_equal(plan.extents[0].pages, image, IMAGE_LENGTH);
	/* Behind what the kernel needs in memory, not behind the file. */
	assert_int_equal(plan.rec.gprs[0], 0x40000000 + 6 * MIB);
	assert_int_equal(plan.extents[1].ipa, plan.rec.gprs[0]);
	for (int i = 1; i < 8; i++)
		assert_int_equal(plan.rec.gprs[i], 0);
	memcpy(blob, plan.extents[1].pages, plan.extents[1].length);
	assert_int_equal(plan.extents[2].ipa, number("/chosen", "linux,initrd-start", 0, 2));
	assert_int_equal(plan.extents[2].ipa + 10, number("/chosen", "linux,initrd-end", 0, 2));
	assert_int_equal(plan.extents[2].length, 4096);
	assert_memory_equal(plan.extents[2].pages, "0123456789\0\0", 12);
	for (int i = 0; i < 3; i++)
		assert_int_equal((uintptr_t)plan.extents[i].pages % 4096, 0);
	/* This kernel knows nothing of realms. */
	assert_true(fdt_path_offset(blob, "/serial@8009000000") > 0);
	plan_free(&plan);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct settings s = some_settings();

	s.memory = 7 * MIB;
	refuse_settings(&s, STATUS_FAILED, "8 MiB are needed");
	s.memory = 4096;
	refuse_settings(&s, STATUS_FAILED, "room for");
	s.memory = 10 * MIB;
	s.initrd = "initrd";
	assert_int_equal(close(open("initrd", O_CREAT | O_TRUNC | O_WRONLY, 0600)), 0);
	refuse_settings(&s, STATUS_FAILED, "empty");
	assert_int_equal(truncate("initrd", 2 * MIB + 1), 0);
	refuse_settings(&s, STATUS_FAILED, "room for 2 MiB");
	s.memory = 1ULL << 40;
	refuse_settings(&s, STATUS_USAGE, "protected half");
}

static void bad_words_are_refused(void **state)
{
	struct settings s = some_settings();
	char line[4097];

	memset(line, 'a', sizeof(line));
	line[4096] = '\0';
	s.append = line;
	refuse_settings(&s, STATUS_USAGE, "4096 bytes");
	line[2048] = '\0';
	refuse_settings(&s, STATUS_USAGE, "2048 bytes");
	s.append = NULL;
	s.cpus = 0;
	refuse_settings(&s, STATUS_USAGE, "1 to 512");
	s.cpus = 513;
	refuse_settings(&s, STATUS_USAGE, "1 to 512");
	s.cpus = 1;
	s.base = 0x40001000;
	refuse_settings(&s, STATUS_USAGE, "multiple of 2M");
	s.base = 0x08000000;
	refuse_settings(&s, STATUS_USAGE, "devices");
	s.base = 0x40000000;
	s.kernel = "nowhere";
	refuse_settings(&s, STATUS_FAILED, "No such file");
	s.kernel = ".";
	refuse_settings(&s, STATUS_FAILED, "not a regular file");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	s.kernel = "pipe";
	refuse_settings(&s, STATUS_FAILED, "not a regular file");
	s.kernel = "kernel";
	s.initrd = "nowhere";
	refuse_settings(&s, STATUS_FAILED, "No such file");
}

static void a_long_line_is_taken(void **state)
{
	struct settings s = some_settings();
	struct problem p;
	struct plan plan;
	char line[2048];

	memset(line, 'a', sizeof(line));
	line[2047] = '\0';
	s.append = line;
	assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
	memcpy(blob, plan.extents[1].pages, plan.extents[1].length);
	assert_string_equal(words_of("/chosen", "bootargs"), line);
	plan_free(&plan);
}

static void early_words_go_to_the_alias(void **state)
{
	struct settings s = some_settings();
	struct problem p;
	struct plan plan;
	char line[2048];

	s.earlycon = true;
	assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
	memcpy(blob, plan.extents[1].pages, plan.extents[1].length);
	assert_string_equal(words_of("/chosen", "bootargs"), "earlycon=pl011,0x8009000000");
	plan_free(&plan);
	s.append = "quiet";
	s.realm.ipa_bits = 36;
	assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
	memcpy(blob, plan.extents[1].pages, plan.extents[1].length);
	assert_string_equal(words_of("/chosen", "bootargs"), "earlycon=pl011,0x809000000 quiet");
	plan_free(&plan);
	memset(line, 'a', sizeof(line));
	line[2020] = '\0';
	s.append = line;
	s.realm.ipa_bits = 40;
	refuse_settings(&s, STATUS_USAGE, "with --earlycon it has 2048 bytes");
	line[2019] = '\0';
	assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
	plan_free(&plan);
}

/* RECs that are off are in no measurement; the number of CPUs is, by the tree. */
static void the_plan_is_measured(void **state)
{
	struct settings s = some_settings();
	uint8_t one[CCA_HASH_SIZE_MAX], same[CCA_HASH_SIZE_MAX], two[CCA_HASH_SIZE_MAX];
	struct problem p;
	struct plan plan;

	for (int round = 0; round < 3; round++) {
		uint8_t *rim = round == 0 ? one : round == 1 ? same : two;

		s.cpus = round == 2 ? 2 : 1;
		assert_int_equal(plan_make(&plan, &s, &p), STATUS_OK);
		assert_int_equal(plan_measure(&plan, CCA_PROFILE_BET3, rim, &p), STATUS_OK);
		plan_free(&plan);
	}
	assert_memory_equal(one, same, sizeof(one));
	assert_memory_not_equal(one, two, sizeof(one));
}

/* ---------------------------------------------------------------------- the terminal */

static void filter(struct terminal *t, const char *typed, const char *wanted, bool quits)
{
	uint8_t bytes[64];
	size_t count = strlen(typed);
	bool quit;

	memcpy(bytes, typed, count);
	count = terminal_filter(t, bytes, count, &quit);
	assert_int_equal(count, strlen(wanted));
	assert_memory_equal(bytes, wanted, count);
	assert_int_equal(quit, quits);
}

static void the_escape_is_heard(void **state)
{
	struct terminal t = { false };

	filter(&t, "ls\r\003", "ls\r\003", false);
	filter(&t, "ab\001x", "ab", true);
	filter(&t, "\001X", "", true);
	filter(&t, "\001\001x", "\001x", false);
	filter(&t, "\001", "", false);
	filter(&t, "x", "", true);
	filter(&t, "x", "x", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_is_read),
		cmocka_unit_test(a_kernel_that_knows_of_realms_is_told_apart),
		cmocka_unit_test(packed_images_are_the_same),
		cmocka_unit_test(frames_of_zstd_follow_each_other),
		cmocka_unit_test(what_is_no_kernel_is_refused),
		cmocka_unit_test(a_cut_off_image_is_refused),
		cmocka_unit_test(garbage_that_is_packed_is_refused),
		cmocka_unit_test(damage_anywhere_is_survived),
		cmocka_unit_test(a_bomb_is_not_unpacked),
		cmocka_unit_test(the_tree_describes_the_board),
		cmocka_unit_test(the_tree_has_a_bus_for_those_who_can_share),
		cmocka_unit_test(devices_may_be_at_their_aliases),
		cmocka_unit_test(the_tree_is_the_same_twice_and_fits),
		cmocka_unit_test(disks_are_for_kernels_that_know_of_realms),
		cmocka_unit_test(parts_are_where_the_tree_says),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(bad_words_are_refused),
		cmocka_unit_test(a_long_line_is_taken),
		cmocka_unit_test(early_words_go_to_the_alias),
		cmocka_unit_test(the_plan_is_measured),
		cmocka_unit_test(the_escape_is_heard),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
