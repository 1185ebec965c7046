// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a kernel: unpacking, and the header of arm64 Images (Linux,
 * Documentation/arch/arm64/booting.rst). Nothing of a file is believed.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "unpack.h"

#define ACTION		"load the kernel"
#define HEADER_SIZE	64
#define MAGIC		"ARM\x64"
#define FLAG_BIG_ENDIAN	(1U << 0)

/* What only a kernel has that knows of realms. */
#define REALM_MARK	"RME: Using RSI version"

#define REFUSE(p, name, next, ...) problem(p, STATUS_FAILED, name, ACTION, next, __VA_ARGS__)

static uint64_t little(const uint8_t *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

/* Pages for `length` bytes, of which those behind them are zero. */
static uint8_t *pages_for(uint64_t length)
{
	uint64_t whole = (length + CCA_PAGE_SIZE - 1) / CCA_PAGE_SIZE * CCA_PAGE_SIZE;
	uint8_t *pages = aligned_alloc(CCA_PAGE_SIZE, whole ? whole : CCA_PAGE_SIZE);

	if (pages)
		memset(pages + length, 0, (whole ? whole : CCA_PAGE_SIZE) - length);
	return pages;
}

/* ---------------------------------------------------------------------- a file */

static int file_failed(const char *path, const char *action, int error, struct problem *p)
{
	return problem(p, STATUS_FAILED, path, action, NULL, "%s", strerror(error));
}

static int read_all(int fd, const char *path, const char *action, uint8_t *to, uint64_t length,
		    struct problem *p)
{
	uint64_t at = 0;
	ssize_t done;

	while (at < length) {
		done = read(fd, to + at, length - at);
		if (done < 0 && errno == EINTR && !stop_signal())
			continue;
		if (done < 0)
			return file_failed(path, action, errno, p);
		if (!done)
			return problem(p, STATUS_FAILED, path, action, NULL,
				       "the file became shorter while it was read");
		at += done;
	}
	return STATUS_OK;
}

static int read_file(int fd, const char *path, const char *action, uint64_t limit, void **bytes,
		     uint64_t *length, struct problem *p)
{
	struct stat st;
	int status;

	if (fstat(fd, &st))
		return file_failed(path, action, errno, p);
	if (!S_ISREG(st.st_mode))
		return problem(p, STATUS_FAILED, path, action, NULL, "this is not a regular file");
	if ((uint64_t)st.st_size > limit)
		return problem(p, STATUS_FAILED, path, action, "give the realm more --memory",
			       "it has %s, and there is room for %s", size_text(st.st_size),
			       size_text(limit));
	*length = st.st_size;
	*bytes = pages_for(*length);
	if (!*bytes)
		return file_failed(path, action, ENOMEM, p);
	status = read_all(fd, path, action, *bytes, *length, p);
	if (status)
		free(*bytes);
	return status;
}

int file_load(const char *path, const char *action, uint64_t limit, void **bytes, uint64_t *length,
	      struct problem *p)
{
	/* A pipe without a writer is refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int status;

	if (fd < 0)
		return file_failed(path, action, errno, p);
	status = read_file(fd, path, action, limit, bytes, length, p);
	close(fd);
	return status;
}

/* ------------------------------------------------------------------- unpacking */

/* The name of a packer, as an EFI program has it. */
static void copy_word(char word[9], const uint8_t *from)
{
	unsigned int i;

	for (i = 0; i < 8 && isalnum(from[i]); i++)
		word[i] = from[i];
	strcpy(word + i, i ? "" : "nothing");
}

/* An EFI program that carries a packed kernel: where that is. */
static int find_payload(const char *name, const uint8_t **file, uint64_t *length, struct problem *p)
{
	const uint8_t *head = *file;
	uint64_t offset, size;
	char word[9];

	if (*length < HEADER_SIZE || memcmp(head, "MZ", 2) || memcmp(head + 4, "zimg", 4))
		return STATUS_OK;
	offset = little(head + 8, 4);
	size = little(head + 12, 4);
	if (offset > *length || size > *length - offset)
		return REFUSE(p, name, NULL, "it is not all there: what it packs ends behind its end");
	*file += offset;
	*length = size;
	if (!packed_by(*file, size)) {
		copy_word(word, head + 24);
		return REFUSE(p, name, "unpack it first",
			      "it is packed by %s, and not by gzip or zstd", word);
	}
	return STATUS_OK;
}

/* -------------------------------------------------------------------- the Image */

/* It is a PE file, too, and that says how long it should be. */
static bool is_cut_off(const uint8_t *image, uint64_t length)
{
	uint64_t at = little(image + 60, 4), sections, end;

	if (memcmp(image, "MZ", 2))
		return false;
	if (at > length || length - at < 24 || memcmp(image + at, "PE\0\0", 4))
		return true;
	sections = little(image + at + 6, 2);
	at += 24 + little(image + at + 20, 2);
	for (; sections; sections--, at += 40) {
		if (at > length || length - at < 40)
			return true;
		end = little(image + at + 16, 4) + little(image + at + 20, 4);
		if (end > length)
			return true;
	}
	return false;
}

static int check_header(struct kernel *k, const char *name, struct problem *p)
{
	const uint8_t *image = k->bytes;

	if (k->length < HEADER_SIZE || memcmp(image + 56, MAGIC, 4))
		return REFUSE(p, name, "give the vmlinuz of an arm64 kernel",
			      "this is no Linux kernel for arm64");
	if (image[24] & FLAG_BIG_ENDIAN)
		return REFUSE(p, name, NULL, "this kernel is big-endian");
	k->text_offset = little(image + 8, 8);
	k->image_size = little(image + 16, 8);
	if (k->text_offset % CCA_PAGE_SIZE || k->text_offset >= 2 << 20 ||
	    k->image_size < k->length || k->image_size > 1ULL << 40)
		return REFUSE(p, name, NULL, "its header is damaged, or of a kernel before 3.17");
	if (is_cut_off(image, k->length))
		return REFUSE(p, name, NULL, "it is not all there: the file is too short");
	k->realm_aware = memmem(image, k->length, REALM_MARK, strlen(REALM_MARK));
	return STATUS_OK;
}

/* The bytes of `from` as the kernel's own, in pages. */
static int take_bytes(struct kernel *k, const char *name, const uint8_t *from, struct problem *p)
{
	k->bytes = pages_for(k->length);
	if (!k->bytes)
		return file_failed(name, ACTION, ENOMEM, p);
	memcpy(k->bytes, from, k->length);
	return STATUS_OK;
}

int kernel_parse(struct kernel *k, const char *name, const uint8_t *file, uint64_t length,
		 uint64_t limit, struct problem *p)
{
	uint8_t *unpacked = NULL;
	int status;

	*k = (struct kernel) { .length = length };
	status = find_payload(name, &file, &length, p);
	if (!status && packed_by(file, length)) {
		status = unpack(name, ACTION, file, length, limit, &unpacked, &length, p);
		file = unpacked;
	}
	if (status)
		return status;
	k->length = length;
	status = take_bytes(k, name, file, p);
	free(unpacked);
	if (!status)
		status = check_header(k, name, p);
	if (status)
		kernel_free(k);
	return status;
}

int kernel_load(struct kernel *k, const char *path, uint64_t limit, struct problem *p)
{
	uint64_t length;
	void *file;
	int status;

	status = file_load(path, ACTION, limit, &file, &length, p);
	if (status)
		return status;
	status = kernel_parse(k, path, file, length, limit, p);
	free(file);
	return status;
}

void kernel_free(struct kernel *k)
{
	free(k->bytes);
	k->bytes = NULL;
}
