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
