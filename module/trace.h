/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: one event per RMI command, after its answer, and one per change
 * of an object. Physical addresses appear here, and only here: tracing is root's.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cca

#if !defined(CCA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CCA_TRACE_H

#include <linux/arm-smccc.h>
#include <linux/tracepoint.h>

TRACE_EVENT(cca_rmi,

	TP_PROTO(const struct arm_smccc_1_2_regs *args,
		 const struct arm_smccc_1_2_regs *res),

	TP_ARGS(args, res),

	TP_STRUCT__entry(
		__field(u64, x0)
		__field(u64, x1)
		__field(u64, x2)
		__field(u32, fid)
		__array(u64, arg, 5)
	),

	TP_fast_assign(
		__entry->fid = args->a0;
		__entry->arg[0] = args->a1;
		__entry->arg[1] = args->a2;
		__entry->arg[2] = args->a3;
		__entry->arg[3] = args->a4;
		__entry->arg[4] = args->a5;
		__entry->x0 = res->a0;
		__entry->x1 = res->a1;
		__entry->x2 = res->a2;
	),

	TP_printk("fid=0x%x args=%llx,%llx,%llx,%llx,%llx status=0x%llx x1=0x%llx x2=0x%llx",
		  __entry->fid & 0xfff,
		  __entry->arg[0], __entry->arg[1], __entry->arg[2],
		  __entry->arg[3], __entry->arg[4],
		  __entry->x0, __entry->x1, __entry->x2)
);

/* Numbers as in CCA_REALM_INFO. A realm that is new was in no state before. */
TRACE_EVENT(cca_realm,

	TP_PROTO(u32 realm, u32 from, u32 to, u32 reason),

	TP_ARGS(realm, from, to, reason),

	TP_STRUCT__entry(
		__field(u32, realm)
		__field(u32, from)
		__field(u32, to)
		__field(u32, reason)
	),

	TP_fast_assign(
		__entry->realm = realm;
		__entry->from = from;
		__entry->to = to;
		__entry->reason = reason;
	),

	TP_printk("realm=%u from=%u to=%u reason=%u", __entry->realm,
		  __entry->from, __entry->to, __entry->reason)
);

TRACE_EVENT(cca_rec,

	TP_PROTO(u32 realm, u32 rec, const char *what),

	TP_ARGS(realm, rec, what),

	TP_STRUCT__entry(
		__field(u32, realm)
		__field(u32, rec)
		__array(char, what, 12)
	),

	TP_fast_assign(
		__entry->realm = realm;
		__entry->rec = rec;
		strscpy(__entry->what, what, 12);
	),

	TP_printk("realm=%u rec=%u %s", __entry->realm, __entry->rec, __entry->what)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
