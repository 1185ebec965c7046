/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has a name, and is found again by it: memory or realms, as the program
 * that includes this says. The rules are the same, so the tests' hands are too.
 *
 *	NAMED(x)	struct cca_realm_x, or that of memory
 *	NAMED_OPEN	the ioctl, and
 *	NAMED_NEXT	that other one
 *	NAMED_INFO(fd)	what is known of it
 */
#ifndef TESTS_UAPI_NAMES_H
#define TESTS_UAPI_NAMES_H

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

#define USER	1000

static inline uint32_t next(int dev, uint32_t after)
{
	NAMED(next) next = { .size = sizeof(next), .after = after };
	int error = t_ioctl(dev, NAMED_NEXT, &next);

	if (!error)
		T_ASSERT(next.out_id > after);
	else
		T_EQ(error, -ENOENT);
	return error ? 0 : next.out_id;
}

static inline int open_id(int dev, uint32_t id)
{
	NAMED(open) open = { .id = id };

	t_ok(dev, NAMED_OPEN, &open);
	T_ASSERT(open.out_fd >= 0);
	return open.out_fd;
}

static inline int open_name(int dev, const char *name)
{
	NAMED(open) open = { 0 };

	strcpy(open.name, name);
	t_ok(dev, NAMED_OPEN, &open);
	T_ASSERT(open.out_fd >= 0);
	return open.out_fd;
}

static inline void not_opened(int dev, uint32_t id, const char *name, int error, int reason)
{
	NAMED(open) open = { .id = id };
	unsigned int files = t_open_files();

	memcpy(open.name, name, strnlen(name, sizeof(open.name)));
	t_err(error, reason, dev, NAMED_OPEN, &open);
	T_EQ(open.out_fd, -1);
	T_EQ(t_open_files(), files);
}

/* Eight threads make what is called "common": one of them gets it (the others -EEXIST). */
static inline int one_of_eight(int dev, void *(*make)(void *dev))
{
	pthread_t threads[8];
	int i, made = 0, fd = -1;
	void *result;

	for (i = 0; i < 8; i++)
		T_ASSERT(!pthread_create(&threads[i], NULL, make, &dev));
	for (i = 0; i < 8; i++) {
		T_ASSERT(!pthread_join(threads[i], &result));
		if ((long)result == -EEXIST)
			continue;
		fd = (long)result;
		T_ASSERT(fd >= 0);
		made++;
	}
	T_EQ(made, 1);
	T_EQ(NAMED_INFO(fd).out_users, 1);
	T_ASSERT(!strcmp(NAMED_INFO(fd).out_name, "common"));
	return fd;
}

/* That is called "users", and belongs to USER; of another one there is none. */
static inline void finds_it(int dev, uint32_t id)
{
	T_EQ(next(dev, 0), id);
	T_EQ(NAMED_INFO(open_name(dev, "users")).out_id, id);
}

static inline int found_by_all_who_may(int dev, void (*make_users)(int dev, uint32_t unused))
{
	uint32_t id;
	int fd;

	h_as(USER, make_users, dev, 0);
	id = next(dev, 0);
	T_ASSERT(id);
	h_as(USER, finds_it, dev, id);
	not_opened(dev, 0, "users", ENOENT, CCA_REASON_NOT_FOUND);
	fd = open_id(dev, id);
	T_EQ(NAMED_INFO(fd).out_owner, USER);
	T_ASSERT(!strcmp(NAMED_INFO(fd).out_name, "users"));
	return fd;
}

#endif
