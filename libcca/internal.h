/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the objects of the library share. Nothing here is public.
 */
#ifndef LIBCCA_INTERNAL_H
#define LIBCCA_INTERNAL_H

#include <errno.h>
#include <stdbool.h>

#include <cca.h>

#define CCA_API __attribute__((visibility("default")))

struct cca {
	int fd;
	struct cca_outcome outcome;
};

struct cca_memory {
	int fd;
	struct cca_outcome outcome;
};

struct cca_realm {
	int fd;
	struct cca_outcome outcome;
};

struct cca_rec {
	int fd;
	uint32_t index;
	uint64_t mpidr;
	struct cca_run *page;
	size_t page_size;
	struct cca_outcome outcome;
};

/* `err` is 0 or negative; both habits of callers work afterwards. */
static inline int libcca_return(int err)
{
	if (err)
		errno = -err;
	return err;
}

/* 0 or -errno. A driver that returns a positive number is not ours. */
int libcca_ioctl(int fd, unsigned long command, void *argument);

/* Close, keeping errno. */
void libcca_close(int fd);

/*
 * Copy an options structure of any version over `to`, which is zeroed first.
 * `first` is the size of the first version. -EINVAL, -E2BIG.
 */
int libcca_copy_options(void *to, size_t size, size_t first, const void *from);

/* A name that is too long becomes one that the kernel refuses: without an end. */
void libcca_copy_name(char to[CCA_NAME_SIZE], const char *name);

/* The one place where the default of an option is written. */
int libcca_realm_options(struct cca_realm_options *to, const struct cca_realm_options *from);
int libcca_rec_options(struct cca_rec_options *to, const struct cca_rec_options *from);

#endif
