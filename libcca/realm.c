// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A realm, from its creation to its destruction.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

CCA_API int cca_realm_create(struct cca *c, const struct cca_realm_options *options,
			     struct cca_realm **out)
{
	struct cca_realm_create create = { .out_fd = -1 };
	struct cca_realm_options o;
	struct cca_realm *realm;
	int err;

	err = libcca_realm_options(&o, options);
	if (err)
		return libcca_return(err);
	create.flags = o.flags;
	create.ipa_bits = o.ipa_bits;
	create.hash = o.hash;
	create.breakpoints = o.breakpoints;
	create.watchpoints = o.watchpoints;
	create.sve_vl = o.sve_vl;
	create.pmu_counters = o.pmu_counters;
	memcpy(create.rpv, o.rpv, sizeof(create.rpv));
	libcca_copy_name(create.name, o.name);
	create.recs_max = o.recs_max;
	/* A driver from before names came knows the structure up to them. */
	create.size = create.name[0] || create.recs_max ? sizeof(create) :
		      offsetof(struct cca_realm_create, name);

	realm = calloc(1, sizeof(*realm));
	if (!realm)
		return libcca_return(-ENOMEM);
	err = libcca_ioctl(c->fd, CCA_REALM_CREATE, &create);
	c->outcome = create.out;
	if (err) {
		free(realm);
		return libcca_return(err);
	}
	realm->fd = create.out_fd;
	*out = realm;
	return 0;
}

static int open_realm(struct cca *c, struct cca_realm_open *o, struct cca_realm **out)
{
	struct cca_realm *realm = calloc(1, sizeof(*realm));
	int err;

	if (!realm)
		return libcca_return(-ENOMEM);
	err = libcca_ioctl(c->fd, CCA_REALM_OPEN, o);
	c->outcome = o->out;
	if (err) {
		free(realm);
		return libcca_return(err);
	}
	realm->fd = o->out_fd;
	*out = realm;
	return 0;
}

CCA_API int cca_realm_open(struct cca *c, const char *name, struct cca_realm **out)
{
	struct cca_realm_open o = { .size = sizeof(o), .out_fd = -1 };

	libcca_copy_name(o.name, name);
	return open_realm(c, &o, out);
}

CCA_API int cca_realm_open_id(struct cca *c, uint32_t id, struct cca_realm **out)
{
	struct cca_realm_open o = { .size = sizeof(o), .id = id, .out_fd = -1 };

	return open_realm(c, &o, out);
}

CCA_API int cca_realm_next(struct cca *c, uint32_t *id)
{
	struct cca_realm_next n = { .size = sizeof(n), .after = *id };
	int err = libcca_ioctl(c->fd, CCA_REALM_NEXT, &n);

	if (!err)
		*id = n.out_id;
	return libcca_return(err);
}

CCA_API void cca_realm_close(struct cca_realm *realm)
{
	if (!realm)
		return;
	libcca_close(realm->fd);
	free(realm);
}

CCA_API int cca_realm_get_info(struct cca_realm *realm, struct cca_realm_info *info)
{
	return libcca_return(libcca_ioctl(realm->fd, CCA_REALM_INFO, info));
}

CCA_API const struct cca_outcome *cca_realm_last_outcome(const struct cca_realm *realm)
{
	return &realm->outcome;
}

static int mem_add(struct cca_realm *realm, struct cca_mem_add *add)
{
	int err = libcca_ioctl(realm->fd, CCA_MEM_ADD, add);

	realm->outcome = add->out;
	return libcca_return(err);
}

CCA_API int cca_realm_add_memory_flags(struct cca_realm *realm, uint64_t ipa, uint64_t length,
				       struct cca_memory *memory, uint32_t flags)
{
	struct cca_mem_add add = {
		.size = sizeof(add),
		.flags = flags,
		.ipa = ipa,
		.length = length,
		.memory = memory ? memory->fd : -1,
	};

	return mem_add(realm, &add);
}

CCA_API int cca_realm_add_memory(struct cca_realm *realm, uint64_t ipa, uint64_t length,
				 struct cca_memory *memory)
{
	return cca_realm_add_memory_flags(realm, ipa, length, memory, 0);
}

CCA_API int cca_realm_share(struct cca_realm *realm, uint64_t ipa, uint64_t length,
			    void *source, uint32_t flags)
{
	struct cca_mem_add add = {
		.size = sizeof(add),
		.flags = flags | CCA_MEM_F_SHARED,
		.ipa = ipa,
		.length = length,
		.memory = -1,
		.source = (uintptr_t)source,
	};

	return mem_add(realm, &add);
}

CCA_API int cca_realm_unshare(struct cca_realm *realm, uint64_t ipa, uint64_t length)
{
	struct cca_mem_remove remove = { .size = sizeof(remove), .ipa = ipa, .length = length };
	int err = libcca_ioctl(realm->fd, CCA_MEM_REMOVE, &remove);

	realm->outcome = remove.out;
	return libcca_return(err);
}

CCA_API int cca_realm_populate(struct cca_realm *realm, uint64_t ipa, uint64_t length,
			       const void *source, uint32_t flags, uint64_t *done)
{
	struct cca_populate p = { .size = sizeof(p), .flags = flags };
	uint64_t sum = 0;
	int err;

	do {
		p.ipa = ipa + sum;
		p.length = length - sum;
		p.source = (uintptr_t)source + sum;
		p.out_done = 0;
		memset(&p.out, 0, sizeof(p.out));
		err = libcca_ioctl(realm->fd, CCA_POPULATE, &p);
		/* More than was asked for would be a lie, and a wrap-around. */
		sum += p.out_done <= length - sum ? p.out_done : length - sum;
	} while (err == -EINTR && !done && sum < length);

	realm->outcome = p.out;
	if (done)
		*done = sum;
	return libcca_return(err);
}

CCA_API int cca_realm_prefault(struct cca_realm *realm, uint64_t ipa, uint64_t length,
			       uint64_t *done)
{
	struct cca_prefault p = { .size = sizeof(p) };
	uint64_t sum = 0;
	int err;

	do {
		p.ipa = ipa + sum;
		p.length = length - sum;
		p.out_done = 0;
		memset(&p.out, 0, sizeof(p.out));
		err = libcca_ioctl(realm->fd, CCA_PREFAULT, &p);
		sum += p.out_done <= length - sum ? p.out_done : length - sum;
	} while (err == -EINTR && !done && sum < length);

	realm->outcome = p.out;
	if (done)
		*done = sum;
	return libcca_return(err);
}

static int realm_op(struct cca_realm *realm, unsigned long command)
{
	struct cca_realm_op op = { .size = sizeof(op) };
	int err = libcca_ioctl(realm->fd, command, &op);

	realm->outcome = op.out;
	return libcca_return(err);
}

CCA_API int cca_realm_activate(struct cca_realm *realm)
{
	return realm_op(realm, CCA_ACTIVATE);
}

CCA_API int cca_realm_terminate(struct cca_realm *realm)
{
	return realm_op(realm, CCA_TERMINATE);
}

CCA_API int cca_realm_destroy(struct cca_realm *realm)
{
	return realm_op(realm, CCA_DESTROY);
}
