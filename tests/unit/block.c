// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio disk of a Linux guest and the file behind it: what a driver asks
 * for, what none would, and files that go wrong.
 */
#define SLOT	2		/* behind the console */

#include "ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/vmm/disk.h"

#define SECTORS		64U
#define FLUSH		(1ULL << 9)

/* Of each request: a header, data, and the byte of its outcome. */
#define HEADER		BUFFER
#define DATA		(BUFFER + 0x1000)
#define OUTCOME		(BUFFER + 0x80000)
#define OF_DEVICE	2
#define MORE		1

enum { IN = 0, OUT = 1, SYNC = 4, ID = 8 };

static char directory[] = "/tmp/cca-block.XXXXXX";
static struct virtio_block block;
static struct disk disk;
static uint8_t content[SECTORS * 512];
static unsigned int wanted;

static int setup(void **state)
{
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

static void note_wanted(void *context)
{
	wanted++;
}

static void set_up(const char *words, uint64_t features)
{
	struct problem p;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = i * 7 + i / 512;
	write_file("disk", content, sizeof(content));
	assert_int_equal(disk_open(&disk, words, &p), STATUS_OK);
	start();
	virtio_block_init(&block, disk.size / 512, disk.readonly, "disk0", &board.lent, ALIAS);
	block.wanted = note_wanted;
	assert_true(board_attach(&board, &block.virtio, BOARD_DISK));
	wanted = 0;
	lend(RINGS);
	drive(1, features);
	assert_int_equal(get(BAR + 20, 1), 0xf);
}

static void tear_down(void)
{
	disk_close(&disk);
	board_free(&board);
}

static void set_header(uint32_t type, uint64_t sector)
{
	set(HEADER, 4, type);
	set(HEADER + 4, 4, 0);
	set(HEADER + 8, 8, sector);
	set(OUTCOME, 1, 0xff);
}

static unsigned int serve(void)
{
	struct virtio_block_request r;
	unsigned int count = 0;

	while (virtio_block_next(&block, &r)) {
		virtio_block_done(&block, &r, disk_do(&disk, &r));
		count++;
	}
	board_update(&board);
	return count;
}

/* One request with one part of data, or none: its outcome. */
static unsigned int ask(uint32_t type, uint64_t sector, uint32_t length, uint16_t flags)
{
	set_header(type, sector);
	set_desc(0, 0, HEADER, 16, MORE, length ? 1 : 2);
	set_desc(0, 1, DATA, length, MORE | flags, 2);
	set_desc(0, 2, OUTCOME, 1, OF_DEVICE, 0);
	offer(0, 0);
	notify(0);
	serve();
	return look(OUTCOME, 1);
}

static void the_function_is_a_disk(void **state)
{
	set_up("disk,readonly", GOOD | FLUSH | 1 << 5);
	assert_int_equal(get(CONFIG(0), 4), 0x10421af4);
	assert_int_equal(get(CONFIG(8), 4), 0x01800001);
	assert_int_equal(get(BAR + 18, 2), 1);
	assert_int_equal(get(BAR + VIRTIO_DEVICE, 8), SECTORS);
	assert_int_equal(get(BAR + VIRTIO_DEVICE + 20, 4), 512);
	put(BAR, 4, 0);
	assert_int_equal(get(BAR + 4, 4), 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | FLUSH);
	/* The console is still there, and nobody behind us. */
	assert_int_equal(get(CONFIG_OF(1), 4), 0x10431af4);
	assert_int_equal(get(CONFIG_OF(3), 4), 0xffffffff);
	tear_down();
}

static void sectors_are_read_and_written(void **state)
{
	uint8_t now[sizeof(content)];

	set_up("disk", GOOD | FLUSH);
	assert_int_equal(ask(IN, 3, 1024, OF_DEVICE), 0);
	assert_memory_equal(ram(DATA), content + 3 * 512, 1024);
	assert_int_equal(look(USED(0) + 2, 2), 1);
	assert_int_equal(look(USED(0) + 8, 4), 1025);
	assert_int_equal(wanted, 1);
	assert_true(line());
	assert_int_equal(get(BAR + VIRTIO_ISR, 1), 1);
	assert_false(line());

	memset(ram(DATA), 0x5a, 512);
	memset(content + (SECTORS - 1) * 512, 0x5a, 512);
	assert_int_equal(ask(OUT, SECTORS - 1, 512, 0), 0);
	assert_int_equal(look(USED(0) + 4 + 8 + 4, 4), 1);
	assert_int_equal(ask(SYNC, 0, 0, 0), 0);
	assert_int_equal(pread(disk.fd, now, sizeof(now), 0), sizeof(now));
	assert_memory_equal(now, content, sizeof(now));

	memset(ram(DATA), 0xff, 20);
	assert_int_equal(ask(ID, 0, 20, OF_DEVICE), 0);
	assert_memory_equal(ram(DATA), "disk0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	tear_down();
}

/* Where parts begin and end means nothing. */
static void a_request_may_be_cut_anywhere(void **state)
{
	set_up("disk", GOOD | FLUSH);
	set_header(IN, 8);
	set_desc(0, 7, HEADER, 5, MORE, 3);
	set_desc(0, 3, HEADER + 5, 11, MORE, 1);
	set_desc(0, 1, DATA, 100, MORE | OF_DEVICE, 0);
	set_desc(0, 0, (DATA + 100) | ALIAS, 412, MORE | OF_DEVICE, 2);
	set_desc(0, 2, DATA + 512, 513, OF_DEVICE, 0);
	offer(0, 7);
	assert_int_equal(serve(), 1);
	assert_memory_equal(ram(DATA), content + 8 * 512, 1024);
	assert_int_equal(look(DATA + 1024, 1), 0);

	/* Header and data in one. */
	set_header(OUT, 0);
	memset(ram(HEADER + 16), 0x11, 1024);
	set_desc(0, 0, HEADER, 16 + 1024, MORE, 1);
	set_desc(0, 1, OUTCOME, 1, OF_DEVICE, 0);
	offer(0, 0);
	assert_int_equal(serve(), 1);
	assert_int_equal(look(OUTCOME, 1), 0);
	assert_int_equal(pread(disk.fd, content, 1025, 0), 1025);
	assert_memory_equal(content, ram(HEADER + 16), 1024);
	assert_int_not_equal(content[1024], 0x11);
	tear_down();
}

static void what_cannot_be_done_is_said(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t sector;
		uint32_t length;
		uint16_t flags;
		unsigned int outcome;
	} bad[] = {
		/* Behind the end, across it, wrapped; half a sector, none at all. */
		{ IN, SECTORS, 512, OF_DEVICE, 1 }, { IN, SECTORS - 1, 1024, OF_DEVICE, 1 },
		{ OUT, SECTORS, 512, 0, 1 }, { OUT, UINT64_MAX, 512, 0, 1 },
		{ IN, UINT64_MAX / 512 + 1, 512, OF_DEVICE, 1 },
		{ IN, 0, 511, OF_DEVICE, 1 }, { OUT, 0, 513, 0, 1 }, { IN, 0, 0, 0, 1 },
		{ OUT, 0, 0, 0, 1 },
		/* In the wrong direction; with data that do not belong there, or too few. */
		{ IN, 0, 512, 0, 1 }, { OUT, 0, 512, OF_DEVICE, 1 }, { SYNC, 0, 512, 0, 1 },
		{ ID, 0, 19, OF_DEVICE, 1 }, { ID, 0, 20, 0, 1 }, { ID, 0, 4096, OF_DEVICE, 1 },
		/* Larger than was agreed. */
		{ IN, 0, VIRTIO_BLOCK_PART_MAX + 512, OF_DEVICE, 1 },
		{ 2, 0, 512, OF_DEVICE, 2 }, { 11, 0, 16, 0, 2 }, { UINT32_MAX, 0, 512, 0, 2 },
	};
	uint8_t now[sizeof(content)];

	set_up("disk", GOOD | FLUSH);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask(bad[i].type, bad[i].sector, bad[i].length, bad[i].flags),
				 bad[i].outcome);
		assert_int_equal(look(USED(0) + 2, 2), i + 1);
		assert_int_equal(get(BAR + 20, 1), 0xf);
	}
	assert_int_equal(pread(disk.fd, now, sizeof(now), 0), sizeof(now));
	assert_memory_equal(now, content, sizeof(now));
	tear_down();
}

static void a_read_only_disk_refuses(void **state)
{
	set_up("disk,readonly", GOOD | FLUSH | 1 << 5);
	assert_int_equal(ask(OUT, 0, 512, 0), 1);
	/* Nobody was even asked. */
	set_header(OUT, 0);
	offer(0, 0);
	assert_int_equal(serve(), 0);
	assert_int_equal(look(OUTCOME, 1), 1);
	assert_int_equal(ask(IN, 0, 512, OF_DEVICE), 0);
	assert_int_equal(ask(SYNC, 0, 0, 0), 0);
	tear_down();
}

/* Who does not flush counts on what was written. */
static void a_write_lasts_where_nobody_flushes(void **state)
{
	struct virtio_block_request r;

	for (int flushes = 0; flushes < 2; flushes++) {
		set_up("disk", GOOD | (flushes ? FLUSH : 0));
		set_header(OUT, 0);
		set_desc(0, 0, HEADER, 16 + 512, MORE, 1);
		set_desc(0, 1, OUTCOME, 1, OF_DEVICE, 0);
		offer(0, 0);
		assert_true(virtio_block_next(&block, &r));
		assert_int_equal(r.through, !flushes);
		assert_true(disk_do(&disk, &r));
		virtio_block_done(&block, &r, true);
		tear_down();
	}
}

static void what_has_no_outcome_breaks_the_device(void **state)
{
	/* No byte for it; a header that is short, or that the device is to write. */
	static const struct {
		uint32_t header;
		uint16_t flags, last;
	} bad[] = {
		{ 16, MORE, 0 }, { 15, MORE, OF_DEVICE }, { 16, MORE | OF_DEVICE, OF_DEVICE },
		{ 1, 0, 0 }, { 16, OF_DEVICE, 0 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_up("disk", GOOD | FLUSH);
		set_header(IN, 0);
		set_desc(0, 0, HEADER, bad[i].header, bad[i].flags, 1);
		set_desc(0, 1, OUTCOME, 1, bad[i].last, 0);
		offer(0, 0);
		assert_int_equal(serve(), 0);
		assert_int_equal(get(BAR + 20, 1), 0x4f);
		assert_int_equal(look(USED(0) + 2, 2), 0);
		assert_int_equal(ask(IN, 0, 512, OF_DEVICE), 0xff);
		put(BAR + 20, 1, 0);
		assert_int_equal(get(BAR + 20, 1), 0);
		tear_down();
	}
}

/* The driver is not told that its buffers are its own again before they are. */
static void a_reset_waits_for_what_is_in_flight(void **state)
{
	struct virtio_block_request r;

	set_up("disk", GOOD | FLUSH);
	set_header(IN, 0);
	set_desc(0, 0, HEADER, 16, MORE, 1);
	set_desc(0, 1, DATA, 513, OF_DEVICE, 0);
	offer(0, 0);
	assert_true(virtio_block_next(&block, &r));
	put(BAR + 20, 1, 0);
	assert_int_not_equal(get(BAR + 20, 1), 0);
	/* Nothing that is said meanwhile counts. */
	put(BAR + 20, 1, 0xf);
	put(BAR + 20, 1, 0);
	assert_int_equal(serve(), 0);
	virtio_block_done(&block, &r, disk_do(&disk, &r));
	assert_int_equal(get(BAR + 20, 1), 0);
	assert_int_equal(get(BAR + 28, 2), 0);
	assert_int_equal(look(USED(0) + 2, 2), 0);
	assert_false(line());
	set(AVAIL(0) + 2, 2, 0);
	tear_down();
}

/* -------------------------------------------------------------------------- files */

static void assert_refused(const char *words, const char *reason)
{
	struct problem p = { 0 };
	struct disk d;

	assert_int_equal(disk_open(&d, words, &p), STATUS_FAILED);
	if (!strstr(p.reason, reason))
		fail_msg("\"%s\" does not say \"%s\"", p.reason, reason);
}

static void what_is_no_disk_is_refused(void **state)
{
	struct problem p;
	struct disk d, second;
	char name[5000];

	assert_refused("nothing-there", "No such file");
	assert_refused("", "No such file");
	assert_refused(",readonly", "No such file");
	assert_refused(".", "Is a directory");
	assert_refused(".,readonly", "neither a regular file nor a block device");
	assert_refused("/dev/null", "neither a regular file nor a block device");
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_refused(name, "File name too long");
	/* Nobody is waited for. */
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_refused("pipe", "neither a regular file nor a block device");
	write_file("empty", "", 0);
	assert_refused("empty", "it is empty");
	write_file("odd", content, 1000);
	assert_refused("odd", "1000 bytes, is not a multiple of 512");

	/* One who writes, or many who read. */
	write_file("a,b", content, 512);
	assert_int_equal(disk_open(&d, "a,b", &p), STATUS_OK);
	assert_refused("a,b", "somebody else has it");
	assert_refused("a,b,readonly", "somebody else has it");
	disk_close(&d);
	assert_int_equal(disk_open(&d, "a,b,readonly", &p), STATUS_OK);
	assert_int_equal(disk_open(&second, "a,b,readonly", &p), STATUS_OK);
	assert_refused("a,b", "somebody else has it");
	disk_close(&d);
	disk_close(&second);
}

static void a_file_that_goes_wrong_is_an_error(void **state)
{
	struct rlimit before, small = { 512 * 8, RLIM_INFINITY };

	set_up("disk", GOOD | FLUSH);
	/* It goes on without its name. */
	assert_int_equal(unlink("disk"), 0);
	assert_int_equal(ask(IN, 0, 512, OF_DEVICE), 0);
	/* It shrinks: what is there is read, across the end nothing is, and a write makes it grow. */
	assert_int_equal(ftruncate(disk.fd, 512 * 8), 0);
	assert_int_equal(ask(IN, 7, 512, OF_DEVICE), 0);
	assert_int_equal(ask(IN, 7, 1024, OF_DEVICE), 1);
	assert_int_equal(ask(IN, 20, 512, OF_DEVICE), 1);
	assert_int_equal(look(USED(0) + 2, 2), 4);

	/* It is as large as it may be. */
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(ask(OUT, 7, 1024, 0), 1);
	assert_int_equal(ask(OUT, 20, 512, 0), 1);
	assert_int_equal(ask(OUT, 7, 512, 0), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(ask(OUT, 20, 512, 0), 0);
	assert_int_equal(get(BAR + 20, 1), 0xf);
	tear_down();
}

/* -------------------------------------------------------------------- by chance */

/* One that may be good. */
static void offer_some(void)
{
	set_header(chance(2), chance(SECTORS));
	set_desc(0, 0, HEADER, 16, MORE, 1);
	set_desc(0, 1, DATA, 512 * (1 + chance(3)), MORE | OF_DEVICE * chance(2), 2);
	set_desc(0, 2, OUTCOME, 1, OF_DEVICE, 0);
	offer(0, 0);
}

static void spoil(void)
{
	switch (chance(7)) {
	case 0:
		set(DESC(0) + chance(0x1000), 1, chance(256));
		break;
	case 1:
	case 2:
		set_desc(0, chance(SIZE), some_address(), chance(3) ? chance(2000) : chance(UINT32_MAX),
			 chance(4), chance(SIZE + 1));
		break;
	case 3:
		set_header(chance(13), chance(3) ? chance(SECTORS + 2) : chance(UINT64_MAX));
		break;
	case 4:
		offer(0, chance(SIZE + 1));
		break;
	case 5:
		put(BAR + (chance(4) ? chance(64) : 20), 1U << chance(4), chance(2) ? chance(16) : 0);
		break;
	case 6:
		get(BAR + chance(VIRTIO_BAR_SIZE), 1U << chance(4));
		break;
	}
}

/* Whatever is asked: nothing outside is touched, each request ends, none twice. */
static void any_request_is_survived(void **state)
{
	unsigned int done = 0;

	for (int round = 0; round < 1500; round++) {
		struct virtio_block_request r;
		struct stat st;
		bool pending = false;

		set_up("disk", GOOD | FLUSH);
		for (int step = 0; step < 60; step++) {
			if (chance(3))
				offer_some();
			else
				spoil();
			notify(chance(3));
			if (pending && chance(2)) {
				virtio_block_done(&block, &r, disk_do(&disk, &r));
				assert_int_equal(block.virtio.in_flight, 0);
				pending = false;
				done++;
			}
			if (!pending)
				pending = virtio_block_next(&block, &r);
			assert_int_equal(block.virtio.in_flight, pending);
		}
		assert_int_equal(fstat(disk.fd, &st), 0);
		assert_int_equal(st.st_size, sizeof(content));
		tear_down();
	}
	assert_true(done > 1000);
}

static volatile bool stop;

/* A guest with a second CPU, that changes what the device is just reading. */
static void *change(void *argument)
{
	volatile uint8_t *at = argument;
	uint32_t random = 1;

	while (!stop) {
		random = random * 1664525 + 1013904223;
		/* Descriptors: fields of the first four; or the header. */
		if (random >> 31)
			at[(random >> 8) % 64] = random >> 16;
		else
			*(volatile uint64_t *)(at + (random >> 8) % 4 * 16) = HEADER + (random >> 16) % 0x20000;
	}
	return NULL;
}

static void what_changes_meanwhile_is_read_once(void **state)
{
	pthread_t thread;
	unsigned int done = 0;

	set_up("disk", GOOD | FLUSH);
	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, change, ram(DESC(0))), 0);
	for (int i = 0; i < 60000; i++) {
		if (get(BAR + 20, 1) != 0xf) {
			/* Again from the beginning. */
			put(BAR + 20, 1, 0);
			memset(ram(AVAIL(0)), 0, 4);
			drive(1, GOOD | FLUSH);
		}
		offer_some();
		done += serve();
	}
	stop = true;
	pthread_join(thread, NULL);
	assert_true(done > 10);
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_function_is_a_disk),
		cmocka_unit_test(sectors_are_read_and_written),
		cmocka_unit_test(a_request_may_be_cut_anywhere),
		cmocka_unit_test(what_cannot_be_done_is_said),
		cmocka_unit_test(a_read_only_disk_refuses),
		cmocka_unit_test(a_write_lasts_where_nobody_flushes),
		cmocka_unit_test(what_has_no_outcome_breaks_the_device),
		cmocka_unit_test(a_reset_waits_for_what_is_in_flight),
		cmocka_unit_test(what_is_no_disk_is_refused),
		cmocka_unit_test(a_file_that_goes_wrong_is_an_error),
		cmocka_unit_test(any_request_is_survived),
		cmocka_unit_test(what_changes_meanwhile_is_read_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
