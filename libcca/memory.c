// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Delegated memory, for realms to take.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int delegate(struct cca *c, struct cca_delegate *d, uint64_t *done,
		    struct cca_memory **out)
{
	struct cca_memory *memory;
	int err;

	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return libcca_return(-ENOMEM);
	err = libcca_ioctl(c->fd, CCA_DELEGATE, d);
	c->outcome = d->out;
	if (done)
		*done = d->out_done;
	if (err) {
		free(memory);
		return libcca_return(err);
	}
	memory->fd = d->out_fd;
	*out = memory;
	return 0;
}

/* A driver from before names came knows the structure up to them. */
CCA_API int cca_delegate(struct cca *c, uint64_t length, uint64_t block_size,
			 uint64_t *done, struct cca_memory **out)
{
	struct cca_delegate d = {
		.size = offsetof(struct cca_delegate, name),
		.length = length,
		.block_size = block_size,
		.out_fd = -1,
	};

	if (done)
		*done = 0;
	return delegate(c, &d, done, out);
}

CCA_API int cca_memory_create(struct cca *c, uint64_t length,
			      const struct cca_memory_options *options, uint64_t *done,
			      struct cca_memory **out)
{
	struct cca_delegate d = { .size = sizeof(d), .length = length, .out_fd = -1 };
	struct cca_memory_options o;
	int err;

	if (done)
		*done = 0;
	err = libcca_copy_options(&o, sizeof(o), sizeof(o), options);
	if (err)
		return libcca_return(err);
	d.flags = o.flags;
	d.block_size = o.block_size ? o.block_size : CCA_PAGE_SIZE;
	libcca_copy_name(d.name, o.name);
	return delegate(c, &d, done, out);
}

static int open_memory(struct cca *c, struct cca_memory_open *o, struct cca_memory **out)
{
	struct cca_memory *memory;
	int err;

	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return libcca_return(-ENOMEM);
	err = libcca_ioctl(c->fd, CCA_MEMORY_OPEN, o);
	c->outcome = o->out;
	if (err) {
		free(memory);
		return libcca_return(err);
	}
	memory->fd = o->out_fd;
	*out = memory;
	return 0;
}

CCA_API int cca_memory_open(struct cca *c, const char *name, struct cca_memory **out)
{
	struct cca_memory_open o = { .size = sizeof(o), .out_fd = -1 };

	libcca_copy_name(o.name, name);
	return open_memory(c, &o, out);
}

CCA_API int cca_memory_open_id(struct cca *c, uint32_t id, struct cca_memory **out)
{
	struct cca_memory_open o = { .size = sizeof(o), .id = id, .out_fd = -1 };

	return open_memory(c, &o, out);
}

CCA_API int cca_memory_next(struct cca *c, uint32_t *id)
{
	struct cca_memory_next n = { .size = sizeof(n), .after = *id };
	int err = libcca_ioctl(c->fd, CCA_MEMORY_NEXT, &n);

	if (!err)
		*id = n.out_id;
	return libcca_return(err);
}

CCA_API int cca_memory_destroy(struct cca_memory *memory)
{
	struct cca_memory_op op = { .size = sizeof(op) };
	int err = libcca_ioctl(memory->fd, CCA_MEMORY_DESTROY, &op);

	memory->outcome = op.out;
	return libcca_return(err);
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
