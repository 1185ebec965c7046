// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening the driver, for the verbs that need it.
 */
#include <errno.h>
#include <string.h>

#include "command.h"

/* There is none, for those who close whatever they have. */
static void drop(struct cca **c)
{
	cca_close(*c);
	*c = NULL;
}

int open_any_device(struct cca **c, struct cca_info *info, struct problem *p)
{
	int err;

	err = cca_open(NULL, c);
	if (err)
		return problem_call(p, CCA_DEVICE, "open it", err, NULL);
	*info = (struct cca_info) { .size = sizeof(*info) };
	err = cca_get_info(*c, info);
	if (err) {
		drop(c);
		return problem_call(p, CCA_DEVICE, "read its state", err, NULL);
	}
	return STATUS_OK;
}

int open_device(struct cca **c, struct cca_info *info, struct problem *p)
{
	struct cca_outcome why = { 0 };
	int status;

	status = open_any_device(c, info, p);
	if (status || !info->out_reason)
		return status;
	drop(c);
	why.reason = info->out_reason;
	problem_call(p, CCA_DEVICE, "host realms on this machine",
		     info->out_errno ? -(int)info->out_errno : -ENODEV, &why);
	return STATUS_HOST;
}
