// SPDX-License-Identifier: GPL-2.0-only
/* The smallest host of realms. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define CALL_PRINT	1
#define CALL_EXIT	2
#define PRINT_MAX	240

void *h_buffer(size_t size, unsigned int seed)
{
	uint32_t *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	T_ASSERT(buffer != MAP_FAILED);
	for (i = 0; i < size / 4; i++)
		buffer[i] = (uint32_t)i * 2654435761u + seed;
	return buffer;
}

int h_realm(int dev)
{
	return h_realm_named(dev, "", 0);
}

int h_realm_named(int dev, const char *name, uint32_t flags)
{
	struct cca_realm_create create = {
		.flags = flags,
		.ipa_bits = H_IPA_BITS,
		.hash = CCA_HASH_SHA256,
	};

	memcpy(create.name, name, strnlen(name, sizeof(create.name)));
	t_ok(dev, CCA_REALM_CREATE, &create);
	T_ASSERT(create.out_fd >= 0);
	return create.out_fd;
}

int h_memory(int dev, uint64_t length, uint64_t block_size)
{
	struct cca_delegate delegate = {
		.length = length,
		.block_size = block_size,
	};

	t_ok(dev, CCA_DELEGATE, &delegate);
	T_ASSERT(delegate.out_fd >= 0);
	T_EQ(delegate.out_done, length);
	return delegate.out_fd;
}

void h_mem_add(int realm, uint64_t ipa, uint64_t length, int memory)
{
	struct cca_mem_add add = { .ipa = ipa, .length = length, .memory = memory };

	t_ok(realm, CCA_MEM_ADD, &add);
}

void h_populate(int realm, uint64_t ipa, const void *source, uint64_t length)
{
	struct cca_populate populate = {
		.flags = CCA_POPULATE_F_MEASURE,
		.ipa = ipa,
		.length = length,
		.source = (uintptr_t)source,
	};

	t_ok(realm, CCA_POPULATE, &populate);
	T_EQ(populate.out_done, length);
}

int h_rec(int realm, uint64_t pc, uint32_t flags)
{
	struct cca_rec_create create = { .flags = flags, .pc = pc };

	t_ok(realm, CCA_REC_CREATE, &create);
	T_ASSERT(create.out_fd >= 0);
	return create.out_fd;
}

int h_rec_open(int realm, uint32_t index)
{
	struct cca_rec_open open = { .index = index };

	t_ok(realm, CCA_REC_OPEN, &open);
	T_ASSERT(open.out_fd >= 0);
	return open.out_fd;
}

void h_activate(int realm)
{
	struct cca_realm_op op = { 0 };

	t_ok(realm, CCA_ACTIVATE, &op);
}

struct cca_run *h_run_page(int rec)
{
	struct cca_run *run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
				   MAP_SHARED, rec, 0);

	T_ASSERT(run != MAP_FAILED);
	return run;
}

struct cca_info h_info(int dev)
{
	struct cca_info info = { 0 };

	t_ok_plain(dev, CCA_INFO, &info);
	return info;
}

struct cca_realm_info h_realm_info(int realm)
{
	struct cca_realm_info info = { 0 };

	t_ok_plain(realm, CCA_REALM_INFO, &info);
	return info;
}

struct cca_memory_info h_memory_info(int memory)
{
	struct cca_memory_info info = { 0 };

	t_ok_plain(memory, CCA_MEMORY_INFO, &info);
	return info;
}

void h_as(uid_t user, void (*what)(int dev, uint32_t id), int dev, uint32_t id)
{
	int status;
	pid_t child = fork();

	if (!child) {
		T_ASSERT(!setuid(user));
		what(dev, id);
		_exit(0);
	}
	T_EQ(waitpid(child, &status, 0), child);
	T_EQ(status, 0);
}

/* ----------------------------------------------------------------- loading */

static void read_segment(struct h_image *image, const uint8_t *file, const Elf64_Phdr *from)
{
	const uint64_t skip = from->p_paddr % T_PAGE;
	const uint64_t size = (from->p_filesz + skip + T_PAGE - 1) & -T_PAGE;
	uint8_t *pages;

	if (from->p_type != PT_LOAD || !from->p_filesz)
		return;
	T_ASSERT(image->segments < T_ARRAY_SIZE(image->segment));
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T_ASSERT(pages != MAP_FAILED);
	memcpy(pages + skip, file + from->p_offset, from->p_filesz);
	image->segment[image->segments].ipa = from->p_paddr - skip;
	image->segment[image->segments].size = size;
	image->segment[image->segments++].pages = pages;
}

/* Our own guests: trusted to be well-formed. */
void h_image_read(struct h_image *image, const char *name)
{
	const Elf64_Phdr *segments;
	const Elf64_Ehdr *header;
	struct stat stat;
	char path[100];
	uint8_t *file;
	int fd, i;

	memset(image, 0, sizeof(*image));
	snprintf(path, sizeof(path), "/guests/%s.elf", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &stat))
		t_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	file = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	T_ASSERT(file != MAP_FAILED);
	header = (const Elf64_Ehdr *)file;
	T_ASSERT(!memcmp(header->e_ident, ELFMAG, SELFMAG));
	segments = (const Elf64_Phdr *)(file + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		read_segment(image, file, &segments[i]);
	image->entry = header->e_entry;
	munmap(file, stat.st_size);
	close(fd);
}

void h_image_free(struct h_image *image)
{
	unsigned int i;

	for (i = 0; i < image->segments; i++)
		munmap(image->segment[i].pages, image->segment[i].size);
}

static void load(struct h_guest *guest, const char *name, uint64_t size, int memory,
		 const uint64_t gprs[8])
{
	struct cca_rec_create create = { .flags = CCA_REC_F_RUNNABLE };
	struct h_image image;
	unsigned int i;

	h_mem_add(guest->realm, H_RAM, size, memory);
	h_image_read(&image, name);
	for (i = 0; i < image.segments; i++)
		h_populate(guest->realm, image.segment[i].ipa, image.segment[i].pages,
			   image.segment[i].size);
	h_image_free(&image);
	create.pc = image.entry;
	if (gprs)
		memcpy(create.gprs, gprs, sizeof(create.gprs));
	t_ok(guest->realm, CCA_REC_CREATE, &create);
	guest->rec = create.out_fd;
	guest->run = h_run_page(guest->rec);
}

static void begin(struct h_guest *guest)
{
	memset(guest, 0, sizeof(*guest));
	guest->status = -1;
	guest->dev = t_open();
}

void h_load(struct h_guest *guest, const char *name, uint64_t size, int memory,
	    const uint64_t gprs[8])
{
	begin(guest);
	guest->realm = h_realm(guest->dev);
	load(guest, name, size, memory, gprs);
}

void h_load_named(struct h_guest *guest, const char *realm, const char *name, uint64_t size,
		  int memory, const uint64_t gprs[8])
{
	begin(guest);
	guest->realm = h_realm_named(guest->dev, realm, CCA_REALM_F_PERSIST);
	load(guest, name, size, memory, gprs);
}

void h_guest_open(struct h_guest *guest, const char *realm)
{
	struct cca_realm_open open = { 0 };

	begin(guest);
	strcpy(open.name, realm);
	t_ok(guest->dev, CCA_REALM_OPEN, &open);
	guest->realm = open.out_fd;
	guest->rec = h_rec_open(guest->realm, 0);
	guest->run = h_run_page(guest->rec);
}

void h_start(struct h_guest *guest, const char *name, uint64_t size)
{
	h_load(guest, name, size, -1, NULL);
	h_activate(guest->realm);
}

void h_close(struct h_guest *guest)
{
	munmap(guest->run, sizeof(*guest->run));
	close(guest->rec);
	close(guest->realm);
	close(guest->dev);
}

/* ----------------------------------------------------------------- running */

static void append(char *text, size_t size, const char *more, size_t length)
{
	size_t used = strlen(text);

	T_ASSERT(used + length < size);
	memcpy(text + used, more, length);
	text[used + length] = '\0';
}

/* True if the exit was one that every guest may take. */
static bool serve(struct h_guest *guest)
{
	struct cca_run *run = guest->run;
	char letter;

	/* A timer level changed: for the VMM's interrupt controller, if it had one. */
	if (run->exit_reason == CCA_EXIT_INTR)
		return true;
	if (run->exit_reason == CCA_EXIT_HOST_CALL && run->imm == CALL_PRINT) {
		T_ASSERT(run->gprs[0] <= PRINT_MAX);
		append(guest->console, sizeof(guest->console),
		       (const char *)&run->gprs[1], run->gprs[0]);
		if (guest->on_print)
			guest->on_print();
		return true;
	}
	if (run->exit_reason == CCA_EXIT_HOST_CALL && run->imm == CALL_EXIT) {
		guest->status = (int)run->gprs[0];
		return true;
	}
	if (run->exit_reason == CCA_EXIT_MMIO && run->mmio.ipa == H_SHARED(H_PL011) &&
	    run->mmio.is_write) {
		letter = (char)run->mmio.data;
		append(guest->uart, sizeof(guest->uart), &letter, 1);
		return true;
	}
	return false;
}

int h_run(struct h_guest *guest)
{
	struct cca_rec_op op = { 0 };
	int result;

	do {
		op.size = sizeof(op);
		result = t_ioctl(guest->rec, CCA_RUN, &op);
		if (result)
			return result;
		guest->exits++;
	} while (serve(guest));
	return 0;
}

void h_run_to_end(struct h_guest *guest, int status)
{
	int result = h_run(guest);

	if (result || guest->run->exit_reason != CCA_EXIT_SYSTEM_OFF ||
	    guest->status != status) {
		t_note("CCA_RUN gave %d, exit %u (raw %u), esr 0x%llx, ipa 0x%llx, status %d",
		       result, guest->run->exit_reason, guest->run->raw_reason,
		       (unsigned long long)guest->run->esr,
		       (unsigned long long)guest->run->ipa, guest->status);
		t_fail(__FILE__, __LINE__, "the guest said: %s", guest->console);
	}
}

const char *h_rim(const struct h_guest *guest)
{
	const char *rim = strstr(guest->console, "RIM: ");

	T_ASSERT(rim);
	return rim + 5;
}
