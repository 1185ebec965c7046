// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host really cannot read the memory of a realm.
 *
 * The kernel marks delegated pages offline, so /proc/kpageflags tells which
 * they are. The test module peek reads one byte at such an address, as the
 * kernel, in a process that is expected to die of it. When the realm is gone
 * and the module has left, the same page is ordinary memory again.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define PEEK_MODULE	"/lib/modules/peek.ko"
#define PEEK		"/dev/peek"

/* Read a byte at a physical address in a child: its wait status. */
static int peek_at(uint64_t address)
{
	char byte;
	int status, fd;

	if (!fork()) {
		fd = open(PEEK, O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 || pread(fd, &byte, 1, address) != 1);
	}
	T_ASSERT(wait(&status) > 0);
	return status;
}

/* A page of the host whose address is known: this process holds it locked. */
static uint64_t own_page(const void *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	T_EQ(mlock(page, T_PAGE), 0);
	T_EQ(pread(fd, &entry, 8, (uintptr_t)page / T_PAGE * 8), 8);
	close(fd);
	T_ASSERT(entry >> 63);
	return (entry & ((1UL << 55) - 1)) * T_PAGE;
}

static void died(int status)
{
	if (!WIFSIGNALED(status))
		t_fail(__FILE__, __LINE__, "the reader lives, status 0x%x: it has read the page",
		       status);
}

TEST(the_test_module_reads_ordinary_memory)
{
	char *page = h_buffer(T_PAGE, 7), byte = 0;
	uint64_t address = own_page(page);
	int fd;

	T_EQ(t_insmod(PEEK_MODULE, ""), 0);
	fd = open(PEEK, O_RDONLY | O_CLOEXEC);
	T_ASSERT(fd >= 0);
	page[17] = 'x';
	T_EQ(pread(fd, &byte, 1, address + 17), 1);
	T_EQ(byte, 'x');
}

static void insmod_cca(void)
{
	/* Perhaps a test before this one did not come to its end. */
	if (t_rmmod("cca"))
		errno = 0;
	T_EQ(t_insmod(T_MODULE, ""), 0);
}

/* No page of the 2 MiB can be read, from the first byte to the last. */
static void all_die(uint64_t block)
{
	T_ASSERT(block);
	died(peek_at(block * T_PAGE));
	died(peek_at((block + 255) * T_PAGE + 100));
	died(peek_at((block + 511) * T_PAGE + T_PAGE - 1));
}

static void all_live(uint64_t block)
{
	T_EQ(peek_at(block * T_PAGE), 0);
	T_EQ(peek_at((block + 255) * T_PAGE + 100), 0);
	T_EQ(peek_at((block + 511) * T_PAGE + T_PAGE - 1), 0);
}

static struct h_guest guest;
static uint64_t block;

/* Every page of the one block is in the realm by now, and it is alive. */
static void when_grown(void)
{
	if (!strstr(guest.console, "grown: "))
		return;
	T_EQ(h_realm_info(guest.realm).out_private, T_BLOCK);
	t_offline_pages(&block);
	all_die(block);
}

TEST_SECONDS(the_host_cannot_read_the_memory_of_a_realm, 60)
{
	int dev, memory;

	insmod_cca();
	dev = t_open();
	memory = h_memory(dev, T_BLOCK, T_BLOCK);
	h_load(&guest, "grow", T_BLOCK, memory, NULL);
	guest.on_print = when_grown;
	h_activate(guest.realm);

	/* The kernel survives it, and the realm does not notice. */
	h_run_to_end(&guest, 0);
	T_ASSERT(block);
	h_close(&guest);
	close(memory);
	close(dev);

	T_EQ(t_rmmod("cca"), 0);
	T_EQ(t_offline_pages(NULL), 0);
	all_live(block);
}

TEST_SECONDS(the_host_cannot_read_what_a_memory_fd_set_aside, 60)
{
	uint64_t aside;
	int dev, memory;

	insmod_cca();
	dev = t_open();
	T_EQ(t_offline_pages(NULL), 0);
	memory = h_memory(dev, T_BLOCK, T_BLOCK);
	T_ASSERT(t_offline_pages(&aside) >= 512);
	all_die(aside);
	close(memory);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	all_live(aside);
}

/* Read a segment of kcore from end to end; how much of it could be read. */
static uint64_t read_segment(int kcore, const Elf64_Phdr *segment)
{
	static char buffer[1 << 20];
	uint64_t at;
	ssize_t got;

	for (at = 0; at < segment->p_filesz; at += got) {
		got = pread(kcore, buffer, sizeof(buffer), segment->p_offset + at);
		if (got <= 0)
			break;
	}
	return at;
}

/* Tools that walk all memory must not stumble over it either. */
TEST_SECONDS(R13_kcore_can_be_read_while_pages_are_delegated, 60)
{
	const uint64_t ram = sysconf(_SC_PHYS_PAGES) * T_PAGE;
	Elf64_Phdr segments[64];
	int dev, memory, kcore, i;
	Elf64_Ehdr header;
	uint64_t read = 0;

	insmod_cca();
	dev = t_open();
	memory = h_memory(dev, 4 * T_BLOCK, T_BLOCK);
	kcore = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	T_EQ(pread(kcore, &header, sizeof(header), 0), (ssize_t)sizeof(header));
	T_ASSERT(header.e_phnum <= T_ARRAY_SIZE(segments));
	T_EQ(pread(kcore, segments, header.e_phnum * sizeof(segments[0]), header.e_phoff),
	     (ssize_t)(header.e_phnum * sizeof(segments[0])));
	/* RAM only: other segments are address space without end. */
	for (i = 0; i < header.e_phnum; i++)
		if (segments[i].p_type == PT_LOAD && segments[i].p_paddr != -1UL &&
		    segments[i].p_paddr && segments[i].p_filesz < 2 * ram)
			read += read_segment(kcore, &segments[i]);
	T_ASSERT(read > ram / 2);
	close(kcore);
	close(memory);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(t_rmmod("peek"), 0);
}

int main(void)
{
	return t_main(0);
}
