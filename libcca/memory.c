// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Delegated memory that belongs to no realm yet.
 */
#include <stdlib.h>

#include "internal.h"

CCA_API int cca_delegate(struct cca *c, uint64_t length, uint64_t block_size,
			 uint64_t *done, struct cca_memory **out)
{
	struct cca_delegate d = {
		.size = sizeof(d),
		.length = length,
		.block_size = block_size,
		.out_fd = -1,
	};
	struct cca_memory *memory;
	int err;

	if (done)
		*done = 0;
	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return libcca_return(-ENOMEM);
	err = libcca_ioctl(c->fd, CCA_DELEGATE, &d);
	c->outcome = d.out;
	if (done)
		*done = d.out_done;
	if (err) {
		free(memory);
		return libcca_return(err);
	}
	memory->fd = d.out_fd;
	*out = memory;
	return 0;
}

CCA_API void cca_memory_close(struct cca_memory *memory)
{
	if (!memory)
		return;
	libcca_close(memory->fd);
	free(memory);
}

CCA_API int cca_memory_get_info(struct cca_memory *memory, struct cca_memory_info *info)
{
	return libcca_return(libcca_ioctl(memory->fd, CCA_MEMORY_INFO, info));
}

CCA_API const struct cca_outcome *cca_memory_last_outcome(const struct cca_memory *memory)
{
	return &memory->outcome;
}

static int resize(struct cca_memory *memory, unsigned long command, uint64_t length,
		  uint64_t *done)
{
	struct cca_memory_resize r = { .size = sizeof(r), .length = length };
	uint64_t so_far = 0;
	int err;

	do {
		r.length = length - so_far;
		err = libcca_ioctl(memory->fd, command, &r);
		memory->outcome = r.out;
		so_far += r.out_done;
	} while (err == -EINTR && !done && so_far < length);
	if (done)
		*done = so_far;
	return libcca_return(err);
}

CCA_API int cca_memory_grow(struct cca_memory *memory, uint64_t length, uint64_t *done)
{
	return resize(memory, CCA_MEMORY_GROW, length, done);
}

CCA_API int cca_memory_shrink(struct cca_memory *memory, uint64_t length, uint64_t *done)
{
	return resize(memory, CCA_MEMORY_SHRINK, length, done);
}
