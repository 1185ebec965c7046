// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /dev/cca and the memory descriptors answer: checks of what no object
 * knows, then the object.
 */
#include <linux/file.h>
#include <linux/fs.h>

#include "doors.h"
#include "lend.h"

/* --------------------------------------------------------------------- device */

static int do_info(struct cca_call *call)
{
	struct cca_info *info = &call->arg.info;
	const struct cca_rmm *rmm = cca_rmm();
	struct cca_outcome out = {};

	if (info->flags)
		return -EINVAL;
	info->out_abi = CCA_ABI_VERSION;
	info->out_errno = -cca_rmm_usable(&out);
	info->out_reason = out.reason;
	info->out_profile = rmm->traits.profile;
	info->out_rmi_version = rmm->version;
	info->out_rmi_version_max = rmm->version_max;
	cca_ledger_read(&info->out_ledger);
	cca_limits_read(info);
	cca_loans_read(&info->out_pinned, &info->out_pinned_lost);
	info->out_realms = cca_realms();
	info->out_memories = cca_memories();
	info->out_rmi_calls = cca_smc_calls();
	if (rmm->reason)
		return 0;

	BUILD_BUG_ON(sizeof(info->out_features) != sizeof(rmm->features));
	memcpy(info->out_features, rmm->features, sizeof(info->out_features));
	cca_realm_limits(info);
	return 0;
}

static int do_delegate(struct cca_call *call)
{
	struct cca_delegate *arg = &call->arg.delegate;
	struct cca_outcome *out = &arg->out;
	struct cca_memory *memory;
	int ret;

	arg->out_done = 0;
	arg->out_fd = -1;
	arg->out_id = 0;
	ret = cca_call_flags(arg->flags, CCA_MEMORY_F_PERSIST, out);
	if (!ret)
		ret = cca_call_reserved(arg->__reserved | arg->__reserved1, out);
	if (!ret)
		ret = cca_rmm_usable(out);
	if (ret)
		return ret;
	if (arg->block_size != SZ_4K && arg->block_size != SZ_2M)
		return cca_fail(out, CCA_REASON_BLOCK_SIZE, -EINVAL);
	if (!IS_ALIGNED(arg->length, arg->block_size))
		return cca_fail(out, CCA_REASON_ALIGNMENT, -EINVAL);
	if (!arg->length)
		return cca_fail(out, CCA_REASON_RANGE, -EINVAL);

	ret = cca_call_reserve_fd(call, "[cca-memory]", &cca_memory_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_memory_create(arg, &memory);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	call->new_memory = memory;
	call->new_file->private_data = memory;
	return 0;
}

static int do_memory_open(struct cca_call *call)
{
	struct cca_memory_open *arg = &call->arg.memory_open;
	struct cca_memory *memory;
	int ret;

	arg->out_fd = -1;
	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (!ret)
		ret = cca_call_reserve_fd(call, "[cca-memory]", &cca_memory_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_memory_open(arg->name, arg->id, &memory, &arg->out);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	call->new_file->private_data = memory;
	return 0;
}

static int do_memory_next(struct cca_call *call)
{
	struct cca_memory_next *arg = &call->arg.memory_next;

	if (arg->flags)
		return -EINVAL;
	arg->out_id = cca_memory_next(arg->after);
	return arg->out_id ? 0 : -ENOENT;
}

static int do_realm_create(struct cca_call *call)
{
	struct cca_realm_create *arg = &call->arg.realm_create;
	struct cca_outcome *out = &arg->out;
	struct cca_realm *realm;
	int ret;

	arg->out_fd = -1;
	arg->out_id = 0;
	ret = cca_call_flags(arg->flags, CCA_REALM_F_SVE | CCA_REALM_F_PMU |
			     CCA_REALM_F_PERSIST, out);
	if (!ret)
		ret = cca_call_reserved(arg->__reserved, out);
	if (!ret)
		ret = cca_rmm_usable(out);
	if (!ret)
		ret = cca_call_reserve_fd(call, "[cca-realm]", &cca_realm_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_realm_create(arg, &realm, out);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	arg->out_id = realm->entry.id;
	atomic64_add(out->rmi_calls, &realm->rmi_calls);
	call->new_realm = realm;
	call->new_file->private_data = realm;
	return 0;
}

static int do_realm_open(struct cca_call *call)
{
	struct cca_realm_open *arg = &call->arg.realm_open;
	struct cca_realm *realm;
	int ret;

	arg->out_fd = -1;
	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (!ret)
		ret = cca_call_reserve_fd(call, "[cca-realm]", &cca_realm_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_realm_open(arg->name, arg->id, &realm, &arg->out);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	call->new_file->private_data = realm;
	return 0;
}

static int do_realm_next(struct cca_call *call)
{
	struct cca_realm_next *arg = &call->arg.realm_next;

	if (arg->flags)
		return -EINVAL;
	arg->out_id = cca_realm_next(arg->after);
	return arg->out_id ? 0 : -ENOENT;
}

/* --------------------------------------------------------------------- memory */

static int do_memory_info(struct cca_call *call)
{
	struct cca_memory_info *arg = &call->arg.memory_info;

	if (arg->flags)
		return -EINVAL;
	cca_memory_info(call->file->private_data, arg);
	return 0;
}

static int do_resize(struct cca_call *call,
		     int (*resize)(struct cca_memory *, u64, u64 *,
				   struct cca_outcome *))
{
	struct cca_memory_resize *arg = &call->arg.memory_resize;
	struct cca_memory *memory = call->file->private_data;
	int ret;

	arg->out_done = 0;
	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	if (!IS_ALIGNED(arg->length, memory->block_size))
		return cca_fail(&arg->out, CCA_REASON_ALIGNMENT, -EINVAL);
	if (!arg->length)
		return cca_fail(&arg->out, CCA_REASON_RANGE, -EINVAL);
	return resize(memory, arg->length, &arg->out_done, &arg->out);
}

static int do_memory_grow(struct cca_call *call)
{
	return do_resize(call, cca_memory_grow);
}

static int do_memory_shrink(struct cca_call *call)
{
	return do_resize(call, cca_memory_shrink);
}

static int do_memory_destroy(struct cca_call *call)
{
	struct cca_memory_op *arg = &call->arg.memory_op;
	int ret;

	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (!ret)
		cca_memory_destroy(call->file->private_data);
	return ret;
}

/* --------------------------------------------------------------------- tables */

const struct cca_command cca_device_commands[] = {
	CCA_COMMAND(CCA_INFO, struct cca_info, out_abi, out_user_granules,
		do_info),
	CCA_COMMAND(CCA_DELEGATE, struct cca_delegate, out, out, do_delegate),
	CCA_COMMAND(CCA_REALM_CREATE, struct cca_realm_create, out, out,
		do_realm_create),
	CCA_COMMAND(CCA_REALM_OPEN, struct cca_realm_open, out, out,
		do_realm_open),
	CCA_COMMAND(CCA_REALM_NEXT, struct cca_realm_next, out_id, out_id,
		do_realm_next),
	CCA_COMMAND(CCA_MEMORY_OPEN, struct cca_memory_open, out, out,
		do_memory_open),
	CCA_COMMAND(CCA_MEMORY_NEXT, struct cca_memory_next, out_id, out_id,
		do_memory_next),
	{}
};

const struct cca_command cca_memory_commands[] = {
	CCA_COMMAND(CCA_MEMORY_INFO, struct cca_memory_info, out_length,
		out_rmi_calls, do_memory_info),
	CCA_COMMAND(CCA_MEMORY_GROW, struct cca_memory_resize, out, out,
		do_memory_grow),
	CCA_COMMAND(CCA_MEMORY_SHRINK, struct cca_memory_resize, out, out,
		do_memory_shrink),
	CCA_COMMAND(CCA_MEMORY_DESTROY, struct cca_memory_op, out, out,
		do_memory_destroy),
	{}
};
