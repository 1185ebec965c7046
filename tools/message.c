// SPDX-License-Identifier: GPL-2.0-only
/*
 * Problems, and how they are told: object, action, reason, next step.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

#define FIT(to, ...)	((void)snprintf(to, sizeof(to), __VA_ARGS__))

int problem(struct problem *p, int status, const char *object, const char *action,
	    const char *next, const char *reason, ...)
{
	va_list arguments;

	memset(p, 0, sizeof(*p));
	FIT(p->object, "%s", object);
	FIT(p->action, "%s", action);
	FIT(p->next, "%s", next ? next : "");
	va_start(arguments, reason);
	vsnprintf(p->reason, sizeof(p->reason), reason, arguments);
	va_end(arguments);
	return status;
}

const char *remedy(uint32_t reason)
{
	switch (reason) {
	case CCA_REASON_NO_RME:
		return "realms need a CPU with RME; `make demo` shows them on an emulated one";
	case CCA_REASON_NO_SMC:
	case CCA_REASON_NO_RMM:
		return "install firmware with a Realm Management Monitor (docs/real-rmm.md)";
	case CCA_REASON_NOT_EL2:
		return "boot this kernel on the bare machine, without kvm-arm.mode=nvhe";
	case CCA_REASON_RMI_VERSION:
	case CCA_REASON_RMI_INCOMPLETE:
		return "install firmware with an RMM that has RMI 2.0 (docs/real-rmm.md)";
	case CCA_REASON_GRANULE_SIZE:
		return "boot a kernel with 4 KiB pages";
	case CCA_REASON_CONFIG:
	case CCA_REASON_ACTIVATE:
		return "reboot: something configured the RMM before; then see `dmesg | grep cca`";
	case CCA_REASON_KERNEL_OWNS:
		return "boot a kernel before 7.4, or use this one's own interface";
	case CCA_REASON_NO_MEMORY:
		return "free memory, or ask for less";
	case CCA_REASON_BACKING:
		return "let it grow: cca delegate SIZE --name NAME --grow";
	case CCA_REASON_LIMIT:
		return "ask for less, or raise the limit in /sys/module/cca/parameters";
	case CCA_REASON_MEMLOCK:
		return "raise it with `ulimit -l`, or share less";
	case CCA_REASON_NAME_TAKEN:
		return "choose another name, or let that one grow with --grow";
	case CCA_REASON_NOT_FOUND:
		return "see `cca delegate list`";
	case CCA_REASON_OWNER:
		return "be that user, or root";
	case CCA_REASON_IN_USE:
		return "destroy a realm that uses it first";
	case CCA_REASON_REALMS:
		return "destroy a realm first";
	case CCA_REASON_RMI:
	case CCA_REASON_RMI_PROTOCOL:
	case CCA_REASON_DEAD:
	case CCA_REASON_TRACKING:
		return "report it with the output of `cca info --json`";
	case CCA_REASON_RMI_BUSY:
	case CCA_REASON_RMI_BLOCKED:
		return "try again";
	}
	return NULL;
}

/* Help for errnos that come without a reason. */
static const char *errno_remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
		return "load the module: modprobe cca";
	case EACCES:
	case EPERM:
		return "run it as root, or join the group that owns /dev/cca";
	case ENOTTY:
		return "see what is at /dev/cca; is another module of that name loaded?";
	case ENODEV:
		return "see `cca check`";
	case ENOMEM:
		return "free memory, or ask for less";
	}
	return NULL;
}

int problem_call(struct problem *p, const char *object, const char *action, int err,
		 const struct cca_outcome *outcome)
{
	bool host = err == -ENODEV || ((err == -ENOENT || err == -ENXIO) && !outcome);
	const char *next = NULL;
	int used;

	problem(p, 0, object, action, NULL, "%s", strerror(-err));
	p->error = -err;
	if (outcome) {
		p->outcome = *outcome;
		if (outcome->reason) {
			FIT(p->reason, "%s", cca_strreason(outcome->reason));
			next = remedy(outcome->reason);
		}
		used = strlen(p->reason);
		if (outcome->rmi_fid && outcome->rmi_status & 0xff)
			snprintf(p->reason + used, sizeof(p->reason) - used, " (%s said %s, 0x%llx)",
				 cca_rmi_command_name(outcome->rmi_fid),
				 cca_rmi_status_name(outcome->rmi_status),
				 (unsigned long long)outcome->rmi_status);
	}
	if (!next)
		next = errno_remedy(-err);
	FIT(p->next, "%s", next ? next : "");
	return host ? STATUS_HOST : STATUS_FAILED;
}

bool problem_is_set(const struct problem *p)
{
	return p->reason[0];
}

/* Each byte may become four. */
#define SHOWN(p, field, json)	text_clean((p)->field, json, (char [4 * sizeof((p)->field)]) { "" }, \
					   4 * sizeof((p)->field))

static void print_text(const struct problem *p)
{
	fprintf(stderr, "cca: %s: cannot %s: %s%s%s\n", SHOWN(p, object, false), p->action,
		SHOWN(p, reason, false), p->next[0] ? "; " : "", SHOWN(p, next, false));
}

static void print_json(const struct problem *p, int status)
{
	struct document *d = document_new(true);
	struct section *s = document_facts(d, "error", NULL);

	fact_text(s, "object", NULL, "%s", SHOWN(p, object, true));
	fact_text(s, "action", NULL, "%s", p->action);
	fact_text(s, "reason", NULL, "%s", SHOWN(p, reason, true));
	fact_text(s, "next", NULL, "%s", SHOWN(p, next, true));
	fact_number(s, "status", NULL, status, NULL);
	fact_number(s, "errno", NULL, p->error, NULL);
	fact_number(s, "reason-code", NULL, p->outcome.reason, NULL);
	fact_number(s, "rmi-command", NULL, p->outcome.rmi_fid, NULL);
	fact_number(s, "rmi-status", NULL, p->outcome.rmi_status, NULL);
	document_print(d);
}

void problem_print(const struct problem *p, int status, bool json)
{
	if (json)
		print_json(p, status);
	/* What cannot be said there is said here. */
	if (!json || ferror(stdout))
		print_text(p);
}
