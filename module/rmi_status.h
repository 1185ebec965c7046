/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the numbers of the RMI mean to us: names, errnos, kinds of commands.
 * Pure: no kernel calls, compiled unchanged into the host unit tests.
 */
#ifndef CCA_RMI_STATUS_H
#define CCA_RMI_STATUS_H

#include <linux/cca.h>		/* ../uapi */

#include "rmi.h"

/* Name as in the specification ("RMI_ERROR_RTT"); never NULL. */
const char *cca_rmi_status_name(unsigned int status);
/* Likewise for a function number (0x150...): "RMI_VERSION". */
const char *cca_rmi_fid_name(unsigned int number);

/* X1 of the answer is no physical address: users may see it. */
#define CCA_COMMAND_DATA	(1U << 0)
/* Gives something back, or ends what is begun: a kill does not cut it short. */
#define CCA_COMMAND_RETURNS	(1U << 1)

unsigned int cca_rmi_fid_flags(unsigned int number);

/*
 * What a result (> 0) means to user space: an errno, and the reason when `out`
 * has none yet. -ENOSYS (nobody implements the command) becomes EOPNOTSUPP,
 * -ENOTRECOVERABLE (an operation without an end) EIO. 0 and other negative
 * values pass through.
 */
int cca_rmi_errno(struct cca_outcome *out, int result);

/* Set the reason unless one is set; returns err, for `return cca_fail(...)`. */
static inline int cca_fail(struct cca_outcome *out, __u32 reason, int err)
{
	if (!out->reason)
		out->reason = reason;
	return err;
}

#endif
