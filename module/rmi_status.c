// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands and the table of status codes. Pure.
 */
#include <linux/errno.h>

#include "rmi_status.h"

struct command {
	const char *name;
	unsigned int flags;
};

#define COMMAND(_name, _flags) \
	[SMC_RMI_NUMBER(SMC_RMI_##_name) - SMC_RMI_FIRST] = { \
		.name = "RMI_" #_name, .flags = (_flags) \
	}
#define DATA	CCA_COMMAND_DATA
#define RETURNS	CCA_COMMAND_RETURNS

static const struct command commands[SMC_RMI_COUNT] = {
	COMMAND(VERSION, DATA),
	COMMAND(FEATURES, DATA),
	COMMAND(RMM_CONFIG_GET, 0),
	COMMAND(RMM_CONFIG_SET, 0),
	COMMAND(RMM_ACTIVATE, DATA),
	COMMAND(RMM_DEACTIVATE, RETURNS),
	COMMAND(RMM_STATE_GET, DATA),
	COMMAND(GRANULE_TRACKING_GET, DATA),
	COMMAND(GRANULE_TRACKING_SET, DATA),
	COMMAND(GPT_INFO, 0),
	COMMAND(GPT_L1_CREATE, DATA),
	COMMAND(GPT_L1_DESTROY, DATA | RETURNS),
	COMMAND(GRANULE_RANGE_DELEGATE, 0),
	COMMAND(GRANULE_RANGE_UNDELEGATE, RETURNS),
	COMMAND(REALM_CREATE, DATA),
	COMMAND(REALM_ACTIVATE, DATA),
	COMMAND(REALM_TERMINATE, DATA | RETURNS),
	COMMAND(REALM_DESTROY, DATA | RETURNS),
	COMMAND(REC_CREATE, DATA),
	COMMAND(REC_DESTROY, DATA | RETURNS),
	COMMAND(REC_ENTER, DATA),
	COMMAND(PSCI_COMPLETE, DATA),
	COMMAND(RTT_CREATE, DATA),
	COMMAND(RTT_DESTROY, RETURNS),
	COMMAND(RTT_FOLD, RETURNS),
	COMMAND(RTT_READ_ENTRY, DATA),
	COMMAND(RTT_INIT_RIPAS, DATA),
	COMMAND(RTT_SET_RIPAS, DATA),
	COMMAND(RTT_DATA_MAP_INIT, DATA),
	COMMAND(RTT_DATA_MAP, DATA),
	COMMAND(RTT_DATA_UNMAP, DATA | RETURNS),
	COMMAND(RTT_UNPROT_MAP, DATA),
	COMMAND(RTT_UNPROT_UNMAP, DATA | RETURNS),
	/* What CONTINUE ends with is the first command's, addresses included. */
	COMMAND(OP_CONTINUE, RETURNS),
	COMMAND(OP_MEM_DONATE, DATA | RETURNS),
	COMMAND(OP_MEM_RECLAIM, DATA | RETURNS),
	COMMAND(OP_CANCEL, DATA | RETURNS),
};

struct status {
	const char *name;
	int error;
	__u32 reason;
};

#define STATUS(_name, _error, _reason) \
	[RMI_##_name] = { "RMI_" #_name, _error, CCA_REASON_##_reason }

/*
 * The errno of a status whose cause nobody above knew better. Objects look at
 * the status first: ERROR_RTT is mostly a request for a table, not an error.
 */
static const struct status statuses[RMI_STATUS_COUNT] = {
	STATUS(SUCCESS,			0,		NONE),
	STATUS(ERROR_INPUT,		-EIO,		RMI),
	STATUS(ERROR_REALM,		-EBUSY,		RMI),
	STATUS(ERROR_REC,		-EAGAIN,	RMI),
	STATUS(ERROR_RTT,		-EIO,		RMI),
	STATUS(ERROR_NOT_SUPPORTED,	-EOPNOTSUPP,	RMI),
	STATUS(ERROR_DEVICE,		-EIO,		RMI),
	STATUS(ERROR_RTT_AUX,		-EIO,		RMI),
	STATUS(ERROR_PSMMU_ST,		-EIO,		RMI),
	STATUS(ERROR_DPT,		-EIO,		RMI),
	STATUS(BUSY,			-EAGAIN,	RMI_BUSY),
	STATUS(ERROR_GLOBAL,		-EBUSY,		RMI),
	STATUS(ERROR_TRACKING,		-EOPNOTSUPP,	TRACKING),
	STATUS(INCOMPLETE,		-EIO,		RMI_PROTOCOL),
	STATUS(BLOCKED,			-EAGAIN,	RMI_BLOCKED),
	STATUS(ERROR_GPT,		-EOPNOTSUPP,	TRACKING),
	STATUS(ERROR_GRANULE,		-EIO,		RMI),
};

static const struct command *command_of(unsigned int number)
{
	static const struct command none = { "unknown command", 0 };

	if (number < SMC_RMI_FIRST || number > SMC_RMI_LAST ||
	    !commands[number - SMC_RMI_FIRST].name)
		return &none;
	return &commands[number - SMC_RMI_FIRST];
}

const char *cca_rmi_status_name(unsigned int status)
{
	if (status >= RMI_STATUS_COUNT)
		return "unknown status";
	return statuses[status].name;
}

const char *cca_rmi_fid_name(unsigned int number)
{
	return command_of(number)->name;
}

unsigned int cca_rmi_fid_flags(unsigned int number)
{
	return command_of(number)->flags;
}

int cca_rmi_errno(struct cca_outcome *out, int result)
{
	unsigned int status;

	if (result == -ENOSYS)
		return cca_fail(out, CCA_REASON_RMI_INCOMPLETE, -EOPNOTSUPP);
	if (result == -ENOTRECOVERABLE)
		return cca_fail(out, CCA_REASON_RMI_PROTOCOL, -EIO);
	if (result <= 0)
		return result;

	/* A level may stand above the status. */
	status = RMI_STATUS((unsigned int)result);
	if (!status || status >= RMI_STATUS_COUNT)
		return cca_fail(out, CCA_REASON_RMI_PROTOCOL, -EIO);
	return cca_fail(out, statuses[status].reason, statuses[status].error);
}
