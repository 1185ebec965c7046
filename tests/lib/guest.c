// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small VMM for the tests of the library, which measures as it goes.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

struct cca *g_open(void)
{
	struct cca *c = NULL;

	OK(cca_open(NULL, &c));
	T_ASSERT(c);
	return c;
}

uint32_t g_profile(struct cca *c)
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

void g_data(struct vmm *vmm, uint64_t ipa, uint64_t length, const void *pages)
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
	g_data(vmm, ph->p_paddr - skip, length, pages);
	free(pages);
}

void g_elf(struct vmm *vmm, const char *name, struct cca_rec_options *rec)
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

void g_create(struct vmm *vmm, const struct cca_realm_options *options,
		   struct cca_memory *memory)
{
	*vmm = (struct vmm) { .c = g_open(), .status = -1 };
	OK(cca_measurement_new(g_profile(vmm->c), options, &vmm->m));
	OK(cca_realm_create(vmm->c, options, &vmm->realm));
	OK(cca_realm_add_memory(vmm->realm, RAM, RAM_SIZE, memory));
}

void g_start(struct vmm *vmm, const char *name)
{
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };

	g_create(vmm, NULL, NULL);
	g_elf(vmm, name, &rec);
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

int g_run(struct vmm *vmm)
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

void g_finish(struct vmm *vmm)
{
	cca_measurement_free(vmm->m);
	cca_rec_close(vmm->rec);
	cca_realm_close(vmm->realm);
	cca_close(vmm->c);
}

void *g_buffer(uint64_t length)
{
	unsigned char *pages = mmap(NULL, length, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	T_ASSERT(pages != MAP_FAILED);
	for (uint64_t i = 0; i < length; i += 512)
		pages[i] = i / 512;
	return pages;
}
