// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A virtual CPU of a realm, and the page that it shares with its VMM.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static int map_page(struct cca_rec *rec)
{
	size_t unit = sysconf(_SC_PAGESIZE);
	void *page;

	rec->page_size = (sizeof(*rec->page) + unit - 1) / unit * unit;
	page = mmap(NULL, rec->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, rec->fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	rec->page = page;
	return 0;
}

/* A handle for what came out of the driver, or no descriptor is left. */
static int make_handle(int fd, uint32_t index, uint64_t mpidr, struct cca_rec *rec)
{
	int err;

	rec->fd = fd;
	rec->index = index;
	rec->mpidr = mpidr;
	err = map_page(rec);
	if (err)
		libcca_close(fd);
	return err;
}

static int create(struct cca_realm *realm, const struct cca_rec_options *o, struct cca_rec *rec)
{
	struct cca_rec_create create = {
		.size = sizeof(create), .flags = o->flags, .pc = o->pc, .out_fd = -1,
	};
	int err;

	memcpy(create.gprs, o->gprs, sizeof(create.gprs));
	err = libcca_ioctl(realm->fd, CCA_REC_CREATE, &create);
	realm->outcome = create.out;
	return err ? err : make_handle(create.out_fd, create.out_index, create.out_mpidr, rec);
}

CCA_API int cca_rec_create(struct cca_realm *realm, const struct cca_rec_options *options,
			   struct cca_rec **out)
{
	struct cca_rec_options o;
	struct cca_rec *rec;
	int err;

	err = libcca_rec_options(&o, options);
	if (err)
		return libcca_return(err);
	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return libcca_return(-ENOMEM);
	err = create(realm, &o, rec);
	if (err)
		free(rec);
	else
		*out = rec;
	return libcca_return(err);
}

CCA_API int cca_rec_open(struct cca_realm *realm, uint32_t index, struct cca_rec **out)
{
	struct cca_rec_open o = { .size = sizeof(o), .index = index, .out_fd = -1 };
	struct cca_rec *rec;
	int err;

	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return libcca_return(-ENOMEM);
	err = libcca_ioctl(realm->fd, CCA_REC_OPEN, &o);
	realm->outcome = o.out;
	if (!err)
		err = make_handle(o.out_fd, index, o.out_mpidr, rec);
	if (err)
		free(rec);
	else
		*out = rec;
	return libcca_return(err);
}

CCA_API void cca_rec_close(struct cca_rec *rec)
{
	int saved = errno;

	if (!rec)
		return;
	munmap(rec->page, rec->page_size);
	errno = saved;
	libcca_close(rec->fd);
	free(rec);
}

CCA_API uint32_t cca_rec_index(const struct cca_rec *rec)
{
	return rec->index;
}

CCA_API uint64_t cca_rec_mpidr(const struct cca_rec *rec)
{
	return rec->mpidr;
}

CCA_API int cca_rec_get_info(struct cca_rec *rec, struct cca_rec_info *info)
{
	return libcca_return(libcca_ioctl(rec->fd, CCA_REC_INFO, info));
}

CCA_API const struct cca_outcome *cca_rec_last_outcome(const struct cca_rec *rec)
{
	return &rec->outcome;
}

CCA_API struct cca_run *cca_rec_page(struct cca_rec *rec)
{
	return rec->page;
}

CCA_API int cca_rec_run(struct cca_rec *rec)
{
	struct cca_rec_op op = { .size = sizeof(op) };
	int err = libcca_ioctl(rec->fd, CCA_RUN, &op);

	/*
	 * Only here is a kick used up: one that comes later than the kernel's
	 * last look, but before this line, has its EINTR already.
	 */
	if (err == -EINTR)
		__atomic_store_n(&rec->page->immediate_exit, 0, __ATOMIC_SEQ_CST);
	rec->outcome = op.out;
	return libcca_return(err);
}

CCA_API void cca_rec_kick(struct cca_rec *rec)
{
	__atomic_store_n(&rec->page->immediate_exit, 1, __ATOMIC_SEQ_CST);
}
