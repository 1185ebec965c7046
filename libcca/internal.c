// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the objects of the library share: one ioctl, one way to read options.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

int libcca_ioctl(int fd, unsigned long command, void *argument)
{
	int ret = ioctl(fd, command, argument);

	if (ret < 0)
		return -errno;
	return ret ? -EBADE : 0;
}

void libcca_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

int libcca_copy_options(void *to, size_t size, size_t first, const void *from)
{
	const unsigned char *bytes = from;
	uint32_t given;

	memset(to, 0, size);
	if (from) {
		memcpy(&given, from, sizeof(given));
		if (given < first)
			return -EINVAL;
		for (size_t i = size; i < given; i++)
			if (bytes[i])
				return -E2BIG;
		memcpy(to, from, given < size ? given : size);
	}
	given = size;
	memcpy(to, &given, sizeof(given));
	return 0;
}

void libcca_copy_name(char to[CCA_NAME_SIZE], const char *name)
{
	if (name)
		memcpy(to, name, strnlen(name, CCA_NAME_SIZE));
}

int libcca_realm_options(struct cca_realm_options *to, const struct cca_realm_options *from)
{
	int err = libcca_copy_options(to, sizeof(*to), offsetof(struct cca_realm_options, name),
				      from);

	if (!err && to->reserved)
		err = -EINVAL;
	if (!err && !to->ipa_bits)
		to->ipa_bits = CCA_IPA_BITS_DEFAULT;
	return err;
}

int libcca_rec_options(struct cca_rec_options *to, const struct cca_rec_options *from)
{
	return libcca_copy_options(to, sizeof(*to), sizeof(*to), from);
}
