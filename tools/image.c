// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images from files, which may be anything: nothing in a header is believed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gelf.h>
#include <libelf.h>

#include "image.h"

#define NOT_THIS(image, p, next, ...) \
	problem(p, STATUS_FAILED, (image)->path, "load the image", next, __VA_ARGS__)

static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_X86_64:
	case EM_386:
		return "x86";
	case EM_ARM:
		return "32-bit Arm";
	case EM_RISCV:
		return "RISC-V";
	case EM_PPC64:
		return "PowerPC";
	case EM_S390:
		return "S/390";
	}
	return "another machine";
}

static int check_ident(const struct image *image, const unsigned char *ident, struct problem *p)
{
	const char *next = "build it for AArch64, for example with aarch64-linux-gnu-gcc";

	if (ident[EI_CLASS] == ELFCLASS32)
		return NOT_THIS(image, p, next, "it is a 32-bit ELF file");
	if (ident[EI_CLASS] != ELFCLASS64)
		return NOT_THIS(image, p, NULL, "it says that it is ELF, of an unknown class (%u)",
				ident[EI_CLASS]);
	if (ident[EI_DATA] == ELFDATA2MSB)
		return NOT_THIS(image, p, next, "it is a big-endian ELF file");
	if (ident[EI_DATA] != ELFDATA2LSB)
		return NOT_THIS(image, p, NULL, "it says that it is ELF, of an unknown encoding (%u)",
				ident[EI_DATA]);
	if (ident[EI_VERSION] != EV_CURRENT)
		return NOT_THIS(image, p, NULL, "it says that it is ELF, of an unknown version (%u)",
				ident[EI_VERSION]);
	return STATUS_OK;
}

static int check_header(const struct image *image, const GElf_Ehdr *header, struct problem *p)
{
	if (header->e_machine != EM_AARCH64)
		return NOT_THIS(image, p, "build it for AArch64, for example with aarch64-linux-gnu-gcc",
				"it is an ELF file for %s (%u)", machine_name(header->e_machine),
				header->e_machine);
	if (header->e_version != EV_CURRENT)
		return NOT_THIS(image, p, NULL, "its ELF header has an unknown version (%u)",
				header->e_version);
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return NOT_THIS(image, p, "link it first",
				"it is an ELF file that cannot be executed (type %u)", header->e_type);
	if (header->e_phoff && header->e_phentsize != sizeof(Elf64_Phdr))
		return NOT_THIS(image, p, NULL, "its program headers have %u bytes each, not %zu",
				header->e_phentsize, sizeof(Elf64_Phdr));
	if (header->e_entry % 4)
		return NOT_THIS(image, p, NULL, "its entry point 0x%" PRIx64 " is not a multiple of 4",
				header->e_entry);
	return STATUS_OK;
}

static int add_segment(struct image *image, const GElf_Phdr *ph, uint64_t file_size,
		       struct problem *p)
{
	if (ph->p_filesz > ph->p_memsz)
		return NOT_THIS(image, p, NULL, "the segment at 0x%" PRIx64 " has more bytes in the "
				"file (0x%" PRIx64 ") than in memory (0x%" PRIx64 ")", ph->p_paddr,
				ph->p_filesz, ph->p_memsz);
	if (ph->p_offset > file_size || ph->p_filesz > file_size - ph->p_offset)
		return NOT_THIS(image, p, "copy it again", "the file is truncated: its segment at 0x%"
				PRIx64 " goes beyond its end", ph->p_paddr);
	if (ph->p_paddr + ph->p_memsz < ph->p_paddr)
		return NOT_THIS(image, p, NULL, "the segment at 0x%" PRIx64 " wraps around the end of "
				"the address space", ph->p_paddr);
	if (!ph->p_memsz)
		return STATUS_OK;
	image->segments[image->count++] = (struct segment) {
		.ipa = ph->p_paddr,
		.memory_size = ph->p_memsz,
		.file_size = ph->p_filesz,
		.file_offset = ph->p_offset,
	};
	return STATUS_OK;
}

/* libelf would quietly count fewer headers than the file says it has. */
static int check_program_headers(const struct image *image, const GElf_Ehdr *header,
				 uint64_t file_size, struct problem *p)
{
	if (header->e_phnum == PN_XNUM)
		return NOT_THIS(image, p, NULL, "it says that it has %u program headers or more",
				PN_XNUM);
	if (header->e_phnum && (header->e_phoff > file_size ||
	    header->e_phnum > (file_size - header->e_phoff) / sizeof(Elf64_Phdr)))
		return NOT_THIS(image, p, "copy it again",
				"the file is truncated: its %u program headers go beyond its end",
				header->e_phnum);
	return STATUS_OK;
}

static int read_segments(struct image *image, Elf *elf, unsigned int headers, uint64_t file_size,
			 struct problem *p)
{
	GElf_Phdr ph;
	int status;

	image->segments = calloc(headers + 1, sizeof(*image->segments));
	if (!image->segments)
		return NOT_THIS(image, p, NULL, "%s", strerror(ENOMEM));
	for (unsigned int i = 0; i < headers; i++) {
		if (!gelf_getphdr(elf, i, &ph))
			return NOT_THIS(image, p, "copy it again",
					"its program header %u cannot be read: %s", i,
					elf_errmsg(-1));
		if (ph.p_type == PT_INTERP)
			return NOT_THIS(image, p, "link it with -static -nostdlib",
					"it is a program for an operating system: it wants a dynamic "
					"linker");
		if (ph.p_type != PT_LOAD)
			continue;
		status = add_segment(image, &ph, file_size, p);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static int read_elf(struct image *image, const unsigned char *ident, uint64_t file_size,
		    struct problem *p)
{
	GElf_Ehdr header;
	Elf *elf = NULL;
	int status;

	if (file_size < sizeof(Elf64_Ehdr))
		return NOT_THIS(image, p, "copy it again",
				"the file is truncated: it is ELF, but shorter than an ELF header");
	status = check_ident(image, ident, p);
	if (status)
		return status;
	elf_version(EV_CURRENT);
	elf = elf_begin(image->fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header)) {
		status = NOT_THIS(image, p, NULL, "it says that it is ELF, but is not: %s",
				  elf_errmsg(-1));
	} else {
		image->entry = header.e_entry;
		status = check_header(image, &header, p);
		if (!status)
			status = check_program_headers(image, &header, file_size, p);
		if (!status)
			status = read_segments(image, elf, header.e_phnum, file_size, p);
	}
	elf_end(elf);
	return status;
}

static int by_address(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return x->ipa < y->ipa ? -1 : x->ipa > y->ipa;
}

static int check_segments(struct image *image, uint64_t base, uint64_t memory, struct problem *p)
{
	bool entry_found = false;

	if (!image->count)
		return NOT_THIS(image, p, NULL, "it has nothing to load");
	qsort(image->segments, image->count, sizeof(*image->segments), by_address);
	for (unsigned int i = 0; i < image->count; i++) {
		const struct segment *s = &image->segments[i], *before = s - 1;

		if (s->ipa < base || s->ipa - base > memory ||
		    s->memory_size > memory - (s->ipa - base))
			return NOT_THIS(image, p, "use --memory or --base, or link it elsewhere",
					"its segment at 0x%" PRIx64 " (0x%" PRIx64 " bytes) is not "
					"inside the realm's memory, 0x%" PRIx64 " to 0x%" PRIx64,
					s->ipa, s->memory_size, base, base + memory);
		if (i && s->ipa - before->ipa < before->memory_size)
			return NOT_THIS(image, p, "link it again",
					"its segments at 0x%" PRIx64 " and 0x%" PRIx64 " overlap",
					before->ipa, s->ipa);
		if (image->entry >= s->ipa && image->entry - s->ipa < s->memory_size)
			entry_found = true;
	}
	if (!entry_found)
		return NOT_THIS(image, p, "link it again",
				"its entry point 0x%" PRIx64 " is in none of its segments",
				image->entry);
	return STATUS_OK;
}

static int read_flat(struct image *image, uint64_t base, uint64_t file_size, uint64_t memory,
		     struct problem *p)
{
	if (file_size > memory)
		return NOT_THIS(image, p, "give the realm more with --memory",
				"it has %s; the realm's memory has %s", size_text(file_size),
				size_text(memory));
	image->segments = calloc(1, sizeof(*image->segments));
	if (!image->segments)
		return NOT_THIS(image, p, NULL, "%s", strerror(ENOMEM));
	image->segments[0] = (struct segment) {
		.ipa = base,
		.memory_size = file_size,
		.file_size = file_size,
	};
	image->count = 1;
	image->entry = base;
	return STATUS_OK;
}

static int read_file(struct image *image, uint64_t base, uint64_t memory, struct problem *p)
{
	unsigned char ident[EI_NIDENT] = { 0 };
	struct stat st;
	int status;

	if (fstat(image->fd, &st))
		return NOT_THIS(image, p, NULL, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return NOT_THIS(image, p, NULL, "it is not a file");
	if (!st.st_size)
		return NOT_THIS(image, p, NULL, "it is empty");
	if (pread(image->fd, ident, sizeof(ident), 0) < 0)
		return NOT_THIS(image, p, NULL, "%s", strerror(errno));
	image->elf = !memcmp(ident, ELFMAG, SELFMAG);
	if (image->elf)
		status = read_elf(image, ident, st.st_size, p);
	else
		status = read_flat(image, base, st.st_size, memory, p);
	return status ? status : check_segments(image, base, memory, p);
}

int image_open(struct image *image, const char *path, uint64_t base, uint64_t memory,
	       struct problem *p)
{
	int status;

	*image = (struct image) { .path = path };
	/* O_NONBLOCK: it may be a FIFO that nobody writes to. */
	image->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (image->fd < 0)
		return NOT_THIS(image, p, NULL, "%s", strerror(errno));
	status = read_file(image, base, memory, p);
	if (status)
		image_close(image);
	return status;
}

void image_close(struct image *image)
{
	close(image->fd);
	free(image->segments);
}

int image_read(const struct image *image, void *to, uint64_t length, uint64_t offset,
	       struct problem *p)
{
	char *at = to;
	ssize_t got;

	while (length) {
		got = pread(image->fd, at, length, offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NOT_THIS(image, p, NULL, "%s", strerror(errno));
		if (!got)
			return NOT_THIS(image, p, NULL, "the file shrank while it was read");
		at += got;
		offset += got;
		length -= got;
	}
	return STATUS_OK;
}
