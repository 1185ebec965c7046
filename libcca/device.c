// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The device: open it, ask what the machine can do.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "internal.h"

#ifndef CCA_VERSION
#error "CCA_VERSION comes from the file VERSION"
#endif

CCA_API const char *cca_version(void)
{
	return CCA_VERSION;
}

/* Anything may be behind a path that a user gave; say so before it is used. */
static int check_device(int fd)
{
	struct cca_info info = { .size = sizeof(info) };
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISCHR(st.st_mode))
		return -ENOTTY;
	return libcca_ioctl(fd, CCA_INFO, &info);
}

CCA_API int cca_open(const char *path, struct cca **out)
{
	struct cca *c;
	int err;

	c = calloc(1, sizeof(*c));
	if (!c)
		return libcca_return(-ENOMEM);
	c->fd = open(path ? path : CCA_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (c->fd < 0) {
		err = -errno;
		goto err_free;
	}
	err = check_device(c->fd);
	if (err)
		goto err_close;
	*out = c;
	return 0;

err_close:
	libcca_close(c->fd);
err_free:
	free(c);
	return libcca_return(err);
}

CCA_API void cca_close(struct cca *c)
{
	if (!c)
		return;
	libcca_close(c->fd);
	free(c);
}

CCA_API int cca_get_info(struct cca *c, struct cca_info *info)
{
	return libcca_return(libcca_ioctl(c->fd, CCA_INFO, info));
}

CCA_API const struct cca_outcome *cca_last_outcome(const struct cca *c)
{
	return &c->outcome;
}
