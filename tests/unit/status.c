// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of module/rmi_status.c: names, errnos, reasons, kinds of commands.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rmi_status.h"

static const __u32 fids[] = {
	SMC_RMI_VERSION, SMC_RMI_FEATURES, SMC_RMI_RMM_CONFIG_GET,
	SMC_RMI_RMM_CONFIG_SET, SMC_RMI_RMM_ACTIVATE, SMC_RMI_RMM_DEACTIVATE,
	SMC_RMI_RMM_STATE_GET, SMC_RMI_GRANULE_TRACKING_GET,
	SMC_RMI_GRANULE_TRACKING_SET, SMC_RMI_GPT_INFO, SMC_RMI_GPT_L1_CREATE,
	SMC_RMI_GPT_L1_DESTROY, SMC_RMI_GRANULE_RANGE_DELEGATE,
	SMC_RMI_GRANULE_RANGE_UNDELEGATE, SMC_RMI_REALM_CREATE,
	SMC_RMI_REALM_ACTIVATE, SMC_RMI_REALM_TERMINATE, SMC_RMI_REALM_DESTROY,
	SMC_RMI_REC_CREATE, SMC_RMI_REC_DESTROY, SMC_RMI_REC_ENTER,
	SMC_RMI_PSCI_COMPLETE, SMC_RMI_RTT_CREATE, SMC_RMI_RTT_DESTROY,
	SMC_RMI_RTT_FOLD, SMC_RMI_RTT_READ_ENTRY, SMC_RMI_RTT_INIT_RIPAS,
	SMC_RMI_RTT_SET_RIPAS, SMC_RMI_RTT_DATA_MAP_INIT, SMC_RMI_RTT_DATA_MAP,
	SMC_RMI_RTT_DATA_UNMAP, SMC_RMI_RTT_UNPROT_MAP, SMC_RMI_RTT_UNPROT_UNMAP,
	SMC_RMI_OP_CONTINUE, SMC_RMI_OP_MEM_DONATE, SMC_RMI_OP_MEM_RECLAIM,
	SMC_RMI_OP_CANCEL,
};

static int error_of(int result, __u32 *reason)
{
	struct cca_outcome out = { 0 };
	int err = cca_rmi_errno(&out, result);

	*reason = out.reason;
	return err;
}

static void every_status_has_a_name_and_an_errno(void **state)
{
	__u32 reason;
	int status;

	for (status = 1; status < RMI_STATUS_COUNT; status++) {
		const char *name = cca_rmi_status_name(status);

		assert_non_null(name);
		assert_int_equal(strncmp(name, "RMI_", 4), 0);
		assert_true(error_of(status, &reason) < 0);
		assert_int_not_equal(reason, CCA_REASON_NONE);
	}
	assert_string_equal(cca_rmi_status_name(0), "RMI_SUCCESS");
	assert_string_equal(cca_rmi_status_name(RMI_BUSY), "RMI_BUSY");
	assert_string_equal(cca_rmi_status_name(RMI_ERROR_GRANULE),
			    "RMI_ERROR_GRANULE");
}

static void errnos_are_words_of_the_dictionary(void **state)
{
	/* The head of linux/cca.h. ENOSYS is not one of them. */
	static const int words[] = {
		EOPNOTSUPP, EINVAL, EBUSY, ESTALE, EAGAIN, EIO, ENOMEM, ENODEV,
	};
	unsigned int w;
	__u32 reason;
	int status;

	for (status = 1; status < RMI_STATUS_COUNT; status++) {
		int err = error_of(status, &reason);

		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (err == -words[w])
				break;
		assert_true(w < sizeof(words) / sizeof(words[0]));
	}
}

static void a_level_above_the_status_changes_nothing(void **state)
{
	__u32 plain, level;

	assert_int_equal(error_of(RMI_RESULT(RMI_ERROR_RTT, 2), &level),
			 error_of(RMI_ERROR_RTT, &plain));
	assert_int_equal(level, plain);
}

static void what_the_specification_does_not_know_is_a_protocol_error(void **state)
{
	__u32 reason;

	assert_int_equal(error_of(RMI_STATUS_COUNT, &reason), -EIO);
	assert_int_equal(reason, CCA_REASON_RMI_PROTOCOL);
	assert_int_equal(error_of(0xff, &reason), -EIO);
	assert_int_equal(reason, CCA_REASON_RMI_PROTOCOL);
	assert_int_equal(error_of(0x0100, &reason), -EIO);
	assert_int_equal(reason, CCA_REASON_RMI_PROTOCOL);
	assert_string_equal(cca_rmi_status_name(17), "unknown status");
}

static void success_and_errnos_pass_through(void **state)
{
	__u32 reason;

	assert_int_equal(error_of(0, &reason), 0);
	assert_int_equal(reason, CCA_REASON_NONE);
	assert_int_equal(error_of(-ENOMEM, &reason), -ENOMEM);
	assert_int_equal(reason, CCA_REASON_NONE);
}

static void a_missing_command_is_not_supported(void **state)
{
	__u32 reason;

	assert_int_equal(error_of(-ENOSYS, &reason), -EOPNOTSUPP);
	assert_int_equal(reason, CCA_REASON_RMI_INCOMPLETE);
}

static void the_first_reason_stays(void **state)
{
	struct cca_outcome out = { 0 };

	assert_int_equal(cca_fail(&out, CCA_REASON_NO_MEMORY, -ENOMEM), -ENOMEM);
	assert_int_equal(cca_rmi_errno(&out, RMI_BUSY), -EAGAIN);
	assert_int_equal(out.reason, CCA_REASON_NO_MEMORY);
}

static void every_command_has_its_own_name(void **state)
{
	unsigned int i, k, n = sizeof(fids) / sizeof(fids[0]);

	for (i = 0; i < n; i++) {
		const char *name = cca_rmi_fid_name(SMC_RMI_NUMBER(fids[i]));

		assert_int_equal(strncmp(name, "RMI_", 4), 0);
		for (k = 0; k < i; k++)
			assert_string_not_equal(name, cca_rmi_fid_name(
						SMC_RMI_NUMBER(fids[k])));
	}
	assert_string_equal(cca_rmi_fid_name(0x150), "RMI_VERSION");
	assert_string_equal(cca_rmi_fid_name(0x1f1), "RMI_GRANULE_RANGE_DELEGATE");
	assert_string_equal(cca_rmi_fid_name(0x20a), "RMI_OP_CANCEL");
}

static void numbers_that_are_no_command_have_none(void **state)
{
	assert_string_equal(cca_rmi_fid_name(0), "unknown command");
	assert_string_equal(cca_rmi_fid_name(0x14f), "unknown command");
	assert_string_equal(cca_rmi_fid_name(0x151), "unknown command");
	assert_string_equal(cca_rmi_fid_name(0x212), "unknown command");
	assert_string_equal(cca_rmi_fid_name(~0u), "unknown command");
	assert_int_equal(cca_rmi_fid_flags(0x151), 0);
	assert_int_equal(cca_rmi_fid_flags(~0u), 0);
}

/* Physical addresses stay in the kernel: these answer with one in X1. */
static void answers_with_addresses_are_not_data(void **state)
{
	static const __u32 addresses[] = {
		SMC_RMI_GRANULE_RANGE_DELEGATE, SMC_RMI_GRANULE_RANGE_UNDELEGATE,
		SMC_RMI_RTT_DESTROY, SMC_RMI_RTT_FOLD, SMC_RMI_GPT_INFO,
		SMC_RMI_OP_CONTINUE,
	};
	unsigned int i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		assert_int_equal(cca_rmi_fid_flags(SMC_RMI_NUMBER(addresses[i])) &
				 CCA_COMMAND_DATA, 0);
}

/* A dying process must still get rid of what it has. */
static void giving_back_is_not_cut_short(void **state)
{
	static const __u32 returns[] = {
		SMC_RMI_GRANULE_RANGE_UNDELEGATE, SMC_RMI_REALM_DESTROY,
		SMC_RMI_REALM_TERMINATE, SMC_RMI_REC_DESTROY, SMC_RMI_RTT_DESTROY,
		SMC_RMI_RTT_DATA_UNMAP, SMC_RMI_OP_CONTINUE,
		SMC_RMI_OP_MEM_RECLAIM, SMC_RMI_OP_CANCEL, SMC_RMI_GPT_L1_DESTROY,
	};
	unsigned int i;

	for (i = 0; i < sizeof(returns) / sizeof(returns[0]); i++)
		assert_true(cca_rmi_fid_flags(SMC_RMI_NUMBER(returns[i])) &
			    CCA_COMMAND_RETURNS);
	assert_false(cca_rmi_fid_flags(SMC_RMI_NUMBER(SMC_RMI_REALM_CREATE)) &
		     CCA_COMMAND_RETURNS);
	assert_false(cca_rmi_fid_flags(SMC_RMI_NUMBER(SMC_RMI_RTT_DATA_MAP)) &
		     CCA_COMMAND_RETURNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_a_name_and_an_errno),
		cmocka_unit_test(errnos_are_words_of_the_dictionary),
		cmocka_unit_test(a_level_above_the_status_changes_nothing),
		cmocka_unit_test(what_the_specification_does_not_know_is_a_protocol_error),
		cmocka_unit_test(success_and_errnos_pass_through),
		cmocka_unit_test(a_missing_command_is_not_supported),
		cmocka_unit_test(the_first_reason_stays),
		cmocka_unit_test(every_command_has_its_own_name),
		cmocka_unit_test(numbers_that_are_no_command_have_none),
		cmocka_unit_test(answers_with_addresses_are_not_data),
		cmocka_unit_test(giving_back_is_not_cut_short),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
