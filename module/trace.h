/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the SMC seam: one event per RMI command, after its answer.
 * Physical addresses appear here, and only here: tracing is root's.
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

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
