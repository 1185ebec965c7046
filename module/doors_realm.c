// SPDX-License-Identifier: GPL-2.0-only
/*
 * What realm and REC descriptors answer: checks of what no object knows, then
 * the object; and what it cost, to the realm's account.
 */
#include <linux/file.h>
#include <linux/fs.h>

#include "doors.h"

/* ---------------------------------------------------------------------- realm */

static int do_realm_info(struct cca_call *call)
{
	struct cca_realm_info *arg = &call->arg.realm_info;

	if (arg->flags)
		return -EINVAL;
	cca_realm_info(call->file->private_data, arg);
	return 0;
}

static int mem_add_from(struct cca_realm *realm, struct cca_mem_add *arg)
{
	struct file *file;
	int ret;

	file = fget(arg->memory);
	if (!file || file->f_op != &cca_memory_fops)
		ret = cca_fail(&arg->out, CCA_REASON_FD, -EINVAL);
	else
		ret = cca_region_add(realm, arg->ipa, arg->length, arg->flags,
				     file->private_data, &arg->out);
	if (file)
		fput(file);
	return ret;
}

/* Of the two kinds of region each has flags and fields of its own. */
static int check_mem_add(struct cca_mem_add *arg)
{
	bool shared = arg->flags & CCA_MEM_F_SHARED;
	u32 known = shared ? CCA_MEM_F_SHARED | CCA_MEM_F_READONLY :
			     CCA_MEM_F_RIPAS_EXIT;
	int ret;

	ret = cca_call_flags(arg->flags, known, &arg->out);
	if (!ret)
		ret = cca_call_reserved(arg->__reserved, &arg->out);
	if (!ret && !shared)
		ret = cca_call_reserved(arg->source, &arg->out);
	if (!ret && shared && arg->memory != -1)
		ret = cca_fail(&arg->out, CCA_REASON_FD, -EINVAL);
	return ret;
}

static int do_mem_add(struct cca_call *call)
{
	struct cca_mem_add *arg = &call->arg.mem_add;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	ret = check_mem_add(arg);
	if (ret)
		return ret;
	if (arg->flags & CCA_MEM_F_SHARED)
		ret = cca_shared_add(realm, arg, &arg->out);
	else if (arg->memory == -1)
		ret = cca_region_add(realm, arg->ipa, arg->length, arg->flags,
				     NULL, &arg->out);
	else
		ret = mem_add_from(realm, arg);
	return cca_call_charge(realm, &arg->out, ret);
}

static int do_mem_remove(struct cca_call *call)
{
	struct cca_mem_remove *arg = &call->arg.mem_remove;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return cca_call_charge(realm, &arg->out,
		      cca_shared_remove(realm, arg, &arg->out));
}

static int do_populate(struct cca_call *call)
{
	struct cca_populate *arg = &call->arg.populate;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	arg->out_done = 0;
	ret = cca_call_flags(arg->flags, CCA_POPULATE_F_MEASURE, &arg->out);
	if (ret)
		return ret;
	return cca_call_charge(realm, &arg->out, cca_region_populate(realm, arg));
}

static int do_prefault(struct cca_call *call)
{
	struct cca_prefault *arg = &call->arg.prefault;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	arg->out_done = 0;
	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return cca_call_charge(realm, &arg->out, cca_region_prefault(realm, arg));
}

static int do_realm_op(struct cca_call *call,
		       int (*op)(struct cca_realm *, struct cca_outcome *))
{
	struct cca_realm_op *arg = &call->arg.realm_op;
	struct cca_realm *realm = call->file->private_data;
	int ret;

	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (ret)
		return ret;
	return cca_call_charge(realm, &arg->out, op(realm, &arg->out));
}

static int do_activate(struct cca_call *call)
{
	return do_realm_op(call, cca_realm_activate);
}

static int do_terminate(struct cca_call *call)
{
	return do_realm_op(call, cca_realm_terminate);
}

static int do_destroy(struct cca_call *call)
{
	return do_realm_op(call, cca_realm_destroy);
}

static int do_rec_create(struct cca_call *call)
{
	struct cca_rec_create *arg = &call->arg.rec_create;
	struct cca_realm *realm = call->file->private_data;
	struct cca_rec *rec;
	int ret;

	arg->out_fd = -1;
	arg->out_index = 0;
	arg->out_mpidr = 0;
	ret = cca_call_flags(arg->flags, CCA_REC_F_RUNNABLE, &arg->out);
	if (!ret)
		ret = cca_call_reserve_fd(call, "[cca-rec]", &cca_rec_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_rec_create(realm, arg, &rec, &arg->out);
	if (ret) {
		arg->out_fd = -1;
		return cca_call_charge(realm, &arg->out, ret);
	}
	arg->out_index = rec->index;
	arg->out_mpidr = rec->mpidr;
	cca_realm_get(realm);
	call->new_file->private_data = rec;
	return cca_call_charge(realm, &arg->out, 0);
}

static int do_rec_open(struct cca_call *call)
{
	struct cca_rec_open *arg = &call->arg.rec_open;
	struct cca_realm *realm = call->file->private_data;
	struct cca_rec *rec;
	int ret;

	arg->out_fd = -1;
	arg->out_mpidr = 0;
	ret = cca_call_flags(arg->flags, 0, &arg->out);
	if (!ret)
		ret = cca_call_reserve_fd(call, "[cca-rec]", &cca_rec_fops, &arg->out_fd);
	if (ret)
		return ret;
	ret = cca_rec_open(realm, arg->index, &rec, &arg->out);
	if (ret) {
		arg->out_fd = -1;
		return ret;
	}
	arg->out_mpidr = rec->mpidr;
	cca_realm_get(realm);
	call->new_file->private_data = rec;
	return 0;
}

/* ------------------------------------------------------------------------ REC */

static int do_run(struct cca_call *call)
{
	struct cca_rec_op *arg = &call->arg.rec_op;

	return cca_call_run(call->file->private_data, arg->flags, &arg->out);
}

static int do_rec_info(struct cca_call *call)
{
	struct cca_rec_info *arg = &call->arg.rec_info;

	if (arg->flags)
		return -EINVAL;
	cca_rec_info(call->file->private_data, arg);
	return 0;
}

/* --------------------------------------------------------------------- tables */

const struct cca_command cca_realm_commands[] = {
	CCA_COMMAND(CCA_REALM_INFO, struct cca_realm_info, out_id, out_rmi_calls,
		do_realm_info),
	CCA_COMMAND(CCA_MEM_ADD, struct cca_mem_add, out, out, do_mem_add),
	CCA_COMMAND(CCA_MEM_REMOVE, struct cca_mem_remove, out, out,
		do_mem_remove),
	CCA_COMMAND(CCA_POPULATE, struct cca_populate, out, out, do_populate),
	CCA_COMMAND(CCA_PREFAULT, struct cca_prefault, out, out, do_prefault),
	CCA_COMMAND(CCA_ACTIVATE, struct cca_realm_op, out, out, do_activate),
	CCA_COMMAND(CCA_TERMINATE, struct cca_realm_op, out, out, do_terminate),
	CCA_COMMAND(CCA_DESTROY, struct cca_realm_op, out, out, do_destroy),
	CCA_COMMAND(CCA_REC_CREATE, struct cca_rec_create, out, out, do_rec_create),
	CCA_COMMAND(CCA_REC_OPEN, struct cca_rec_open, out, out, do_rec_open),
	{}
};

const struct cca_command cca_rec_commands[] = {
	CCA_COMMAND(CCA_RUN, struct cca_rec_op, out, out, do_run),
	CCA_COMMAND(CCA_REC_INFO, struct cca_rec_info, out_index, out_exits,
		do_rec_info),
	{}
};
