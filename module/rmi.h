/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Realm Management Interface (Arm DEN0137, RMI 2.0), and nothing else.
 *
 * Function numbers, status codes, registers and structures as the
 * specification has them. No kernel header beyond the fixed-width types is
 * needed: the module, the test RMM and the host unit tests share this file.
 * rmi_layout.c asserts every offset.
 *
 * Two profiles of the 2.0 beta are in the field. Where they differ the comment
 * says `july` (TF-RMM of July 2026) or `bet3` (2.0-bet3).
 */
#ifndef CCA_RMI_H
#define CCA_RMI_H

#include <linux/types.h>

#define RMI_GRANULE_SHIFT	12
#define RMI_GRANULE_SIZE	(1UL << RMI_GRANULE_SHIFT)

/*
 * Function identifiers: fast calls, SMC64, standard service owner. The low
 * twelve bits are the number that the specification prints.
 */
#define SMC_RMI_FID(n)			(0xc4000000U | (n))
#define SMC_RMI_NUMBER(fid)		((fid) & 0xfffU)

#define SMC_RMI_VERSION			SMC_RMI_FID(0x150)
#define SMC_RMI_RTT_DATA_MAP_INIT	SMC_RMI_FID(0x153)
#define SMC_RMI_REALM_ACTIVATE		SMC_RMI_FID(0x157)
#define SMC_RMI_REALM_CREATE		SMC_RMI_FID(0x158)
#define SMC_RMI_REALM_DESTROY		SMC_RMI_FID(0x159)
#define SMC_RMI_REC_CREATE		SMC_RMI_FID(0x15a)
#define SMC_RMI_REC_DESTROY		SMC_RMI_FID(0x15b)
#define SMC_RMI_REC_ENTER		SMC_RMI_FID(0x15c)
#define SMC_RMI_RTT_CREATE		SMC_RMI_FID(0x15d)
#define SMC_RMI_RTT_DESTROY		SMC_RMI_FID(0x15e)
#define SMC_RMI_RTT_READ_ENTRY		SMC_RMI_FID(0x161)
#define SMC_RMI_PSCI_COMPLETE		SMC_RMI_FID(0x164)
#define SMC_RMI_FEATURES		SMC_RMI_FID(0x165)
#define SMC_RMI_RTT_FOLD		SMC_RMI_FID(0x166)
#define SMC_RMI_RTT_INIT_RIPAS		SMC_RMI_FID(0x168)
#define SMC_RMI_RTT_SET_RIPAS		SMC_RMI_FID(0x169)
#define SMC_RMI_RMM_CONFIG_SET		SMC_RMI_FID(0x16e)
#define SMC_RMI_GRANULE_TRACKING_GET	SMC_RMI_FID(0x1e1)
#define SMC_RMI_GRANULE_TRACKING_SET	SMC_RMI_FID(0x1e3)
#define SMC_RMI_RMM_CONFIG_GET		SMC_RMI_FID(0x1ec)
#define SMC_RMI_RMM_STATE_GET		SMC_RMI_FID(0x1ee)
#define SMC_RMI_GRANULE_RANGE_DELEGATE	SMC_RMI_FID(0x1f1)
#define SMC_RMI_GRANULE_RANGE_UNDELEGATE SMC_RMI_FID(0x1f2)
#define SMC_RMI_GPT_L1_CREATE		SMC_RMI_FID(0x1f3)
#define SMC_RMI_GPT_L1_DESTROY		SMC_RMI_FID(0x1f4)
#define SMC_RMI_RTT_DATA_MAP		SMC_RMI_FID(0x1f5)
#define SMC_RMI_RTT_DATA_UNMAP		SMC_RMI_FID(0x1f6)
#define SMC_RMI_RTT_UNPROT_MAP		SMC_RMI_FID(0x1fb)
#define SMC_RMI_RTT_UNPROT_UNMAP	SMC_RMI_FID(0x1fc)
#define SMC_RMI_REALM_TERMINATE		SMC_RMI_FID(0x201)
#define SMC_RMI_RMM_ACTIVATE		SMC_RMI_FID(0x202)
#define SMC_RMI_OP_CONTINUE		SMC_RMI_FID(0x203)
#define SMC_RMI_OP_MEM_DONATE		SMC_RMI_FID(0x208)
#define SMC_RMI_OP_MEM_RECLAIM		SMC_RMI_FID(0x209)
#define SMC_RMI_OP_CANCEL		SMC_RMI_FID(0x20a)
#define SMC_RMI_RMM_DEACTIVATE		SMC_RMI_FID(0x20f)	/* bet3 */
#define SMC_RMI_GPT_INFO		SMC_RMI_FID(0x211)	/* bet3 */

/* The numbers an EL3 forwards to an RMM: 0x150-0x18f and 0x1d0-0x2cf. */
#define SMC_RMI_FIRST			0x150U
#define SMC_RMI_LAST			0x211U
#define SMC_RMI_COUNT			(SMC_RMI_LAST - SMC_RMI_FIRST + 1)

/* RMI_VERSION: major 30:16, minor 15:0. */
#define RMI_ABI_VERSION(major, minor)	(((__u64)(major) << 16) | (minor))
#define RMI_ABI_MAJOR(v)		(((v) >> 16) & 0x7fff)
#define RMI_ABI_MINOR(v)		((v) & 0xffff)

/* X0 of every answer. Always mask: the upper bits carry data (B.1). */
#define RMI_STATUS(x0)			((x0) & 0xff)
#define RMI_SUCCESS			0
#define RMI_ERROR_INPUT			1
#define RMI_ERROR_REALM			2
#define RMI_ERROR_REC			3
#define RMI_ERROR_RTT			4
#define RMI_ERROR_NOT_SUPPORTED		5
#define RMI_ERROR_DEVICE		6
#define RMI_ERROR_RTT_AUX		7
#define RMI_ERROR_PSMMU_ST		8
#define RMI_ERROR_DPT			9
#define RMI_BUSY			10
#define RMI_ERROR_GLOBAL		11
#define RMI_ERROR_TRACKING		12
#define RMI_INCOMPLETE			13
#define RMI_BLOCKED			14
#define RMI_ERROR_GPT			15
#define RMI_ERROR_GRANULE		16
#define RMI_STATUS_COUNT		17

/* The whole of X0 when nobody implements the function (SMCCC). */
#define RMI_NOT_IMPLEMENTED		(~(__u64)0)

/* Level of ERROR_RTT: bits 15:8, signed. */
#define RMI_RESULT_LEVEL(x0)		((int)(__s8)(((x0) >> 8) & 0xff))
#define RMI_RESULT(status, data)	((__u64)(status) | ((__u64)(data) << 8))

/* INCOMPLETE: what the RMM wants next, and whether it may be cancelled. */
#define RMI_RESULT_MEMREQ(x0)		(((x0) >> 8) & 0x3)
#define RMI_MEMREQ_NONE			0
#define RMI_MEMREQ_DONATE		1
#define RMI_MEMREQ_RECLAIM		2
#define RMI_RESULT_CAN_CANCEL(x0)	(((x0) >> 10) & 0x1)

/* Donation request: X2 of an INCOMPLETE that asks for memory. */
#define RMI_DONATE_BLOCK(x2)		((x2) & 0x3)		/* size code */
#define RMI_DONATE_COUNT(x2)		(((x2) >> 2) & 0x3fff)	/* blocks */
#define RMI_DONATE_CONTIG(x2)		(((x2) >> 16) & 0x1)
#define RMI_DONATE_STATE(x2)		(((x2) >> 17) & 0x3)	/* july: bit 17 */

/*
 * Address range descriptor: address in place, count 11:2, size code 1:0. The
 * state field is bit 63 on july and bits 63:62 on bet3; DELEGATED is 0 on both.
 */
#define RMI_ADDR_BLOCK_MASK		0x3UL
#define RMI_ADDR_COUNT_SHIFT		2
#define RMI_ADDR_COUNT_MAX		1023UL
#define RMI_ADDR_PA_MASK		0x000ffffffffff000UL
#define RMI_ADDR_STATE_SHIFT_JULY	63
#define RMI_ADDR_STATE_SHIFT_BET3	62
#define RMI_ADDR_DESC(pa, count, block) \
	((__u64)(pa) | ((__u64)(count) << RMI_ADDR_COUNT_SHIFT) | (block))
#define RMI_ADDR_PA(d)			((d) & RMI_ADDR_PA_MASK)
#define RMI_ADDR_COUNT(d)		(((d) >> RMI_ADDR_COUNT_SHIFT) & \
					 RMI_ADDR_COUNT_MAX)
#define RMI_ADDR_BLOCK(d)		((d) & RMI_ADDR_BLOCK_MASK)
#define RMI_MEM_DELEGATED		0
#define RMI_MEM_UNDELEGATED		1
#define RMI_MEM_CONDITIONAL		2	/* bet3 */

/* Size code to log2 of bytes: 12, 21, 30, 39. */
#define RMI_BLOCK_SHIFT(code)		(RMI_GRANULE_SHIFT + 9 * (code))
/* Level of a leaf to log2 of the bytes that it maps: level 3 is a page. */
#define RMI_LEVEL_SHIFT(level)		(RMI_GRANULE_SHIFT + 9 * (3 - (level)))
#define RMI_LEVEL_LEAF			3

/* Entries of one address list: it may not cross the end of its page. */
#define RMI_ADDR_LIST_MAX		512

/* Map and unmap flags (D.6). */
#define RMI_OADDR_NONE			0UL
#define RMI_OADDR_SINGLE		1UL
#define RMI_OADDR_LIST			2UL
#define RMI_OADDR_LIST_COUNT(n)		((__u64)(n) << 2)
#define RMI_UNPROT_MEMATTR(a)		((__u64)(a) << 16)
#define RMI_UNPROT_MEMATTR_NORMAL_WB	6
#define RMI_UNPROT_S2AP(a)		((__u64)(a) << 19)
#define RMI_UNPROT_S2AP_RO		2	/* direct encoding: read */
#define RMI_UNPROT_S2AP_RW		3
#define RMI_DATA_MAP_INIT_MEASURE	1UL

/* RIPAS and the entry states of RTT_READ_ENTRY. */
#define RMI_RIPAS_EMPTY			0
#define RMI_RIPAS_RAM			1
#define RMI_RIPAS_DESTROYED		2
#define RMI_RIPAS_DEV			3
#define RMI_ENTRY_UNASSIGNED		0
#define RMI_ENTRY_ASSIGNED		1
#define RMI_ENTRY_TABLE			2

/* Tracking of granules (C.3). */
#define RMI_TRACKING_CONVENTIONAL	0
#define RMI_TRACKING_DEV_NCOH		1
#define RMI_TRACKING_DEV_COH		2
#define RMI_TRACKING_CATEGORY_NONE	3	/* bet3 */
#define RMI_TRACKING_RESERVED		0
#define RMI_TRACKING_NONE		1
#define RMI_TRACKING_FINE		2
#define RMI_TRACKING_COARSE		3
#define RMI_TRACKING_INTERMEDIATE	4	/* bet3 */

/* RMM_STATE_GET (bet3). */
#define RMI_RMM_INIT			0
#define RMI_RMM_ACTIVE			1

/* GPT_INFO (bet3). */
#define RMI_GPT_RESERVED		0
#define RMI_GPT_PLAT			1
#define RMI_GPT_HOST_NOT_CREATED	2
#define RMI_GPT_HOST_CREATED		3

/* Feature registers (D.5). */
#define RMI_FEATURES_COUNT		5
#define RMI_FEATURE0_S2SZ(f)		((f) & 0xff)
#define RMI_FEATURE0_LPA2(f)		(((f) >> 8) & 0x1)	/* july */
#define RMI_FEATURE0_SVE(f)		(((f) >> 9) & 0x1)
#define RMI_FEATURE0_SVE_VL(f)		(((f) >> 10) & 0xf)
#define RMI_FEATURE0_NUM_BPS(f)		(((f) >> 14) & 0x3f)
#define RMI_FEATURE0_NUM_WPS(f)		(((f) >> 20) & 0x3f)
#define RMI_FEATURE0_PMU(f)		(((f) >> 26) & 0x1)
#define RMI_FEATURE0_PMU_NUM_CTRS(f)	(((f) >> 27) & 0x1f)
#define RMI_FEATURE1_GRAN_4K(f)		((f) & 0x1)
#define RMI_FEATURE1_SHA256(f)		(((f) >> 3) & 0x1)
#define RMI_FEATURE1_SHA384(f)		(((f) >> 4) & 0x1)
#define RMI_FEATURE1_SHA512(f)		(((f) >> 5) & 0x1)
#define RMI_FEATURE1_MAX_RECS_ORDER(f)	(((f) >> 6) & 0xf)
#define RMI_FEATURE1_L0GPTSZ(f)		(((f) >> 10) & 0xf)
#define RMI_FEATURE1_PPS(f)		(((f) >> 14) & 0x7)

/* Hash algorithms of a realm. */
#define RMI_HASH_SHA_256		0
#define RMI_HASH_SHA_512		1
#define RMI_HASH_SHA_384		2

/* RMM_CONFIG_SET, RMM_CONFIG_GET (D.4): one page, the rest is zero. */
struct rmi_rmm_config {
	__u64 tracking_region_size;	/* 0x000 */
	__u64 rmi_granule_size;		/* 0x008 */
	__u8  __sbz[0xff0];
};
#define RMI_GRANULE_4K			0
#define RMI_TRACKING_REGION_1G		0

/* REALM_CREATE (D.1). */
#define RMI_REALM_F0_LPA2		(1UL << 0)	/* july */
#define RMI_REALM_F0_SVE		(1UL << 1)
#define RMI_REALM_F0_PMU		(1UL << 2)
#define RMI_REALM_F0_DA			(1UL << 3)
#define RMI_REALM_F0_MEC_PRIVATE	(1UL << 7)

#define RMI_REALM_RPV_SIZE		64

struct rmi_realm_params {
	__u64 flags0;			/* 0x000 */
	__u64 s2sz;			/* 0x008 IPA width in bits */
	__u64 sve_vl;			/* 0x010 vq - 1 */
	__u64 num_bps;			/* 0x018 minus one, 0 is refused */
	__u64 num_wps;			/* 0x020 minus one, 0 is refused */
	__u64 pmu_num_ctrs;		/* 0x028 */
	__u8  hash_algo;		/* 0x030 */
	__u8  __sbz0[7];
	__u64 num_aux_planes;		/* 0x038 */
	__u8  __sbz1[0x400 - 0x040];
	__u8  rpv[RMI_REALM_RPV_SIZE];	/* 0x400 */
	__u64 ats_plane;		/* 0x440 */
	__u8  __sbz2[0x808 - 0x448];
	__u64 rtt_base;			/* 0x808 */
	__s64 rtt_level_start;		/* 0x810 */
	__u64 rtt_num_start;		/* 0x818 */
	__u64 flags1;			/* 0x820 */
	__u64 max_num_vdevs;		/* 0x828 bet3 */
	__u8  __sbz3[0xf80 - 0x830];
	__u64 aux_rtt_base[3];		/* 0xf80 */
	__u8  __sbz4[0x1000 - 0xf98];
};

/* REC_CREATE (D.2). */
#define RMI_REC_F_RUNNABLE		(1UL << 0)
#define RMI_REC_CREATE_GPRS		8

struct rmi_rec_params {
	__u64 flags;			/* 0x000 */
	__u8  __sbz0[0x100 - 0x008];
	__u64 mpidr;			/* 0x100 */
	__u8  __sbz1[0x200 - 0x108];
	__u64 pc;			/* 0x200 */
	__u8  __sbz2[0x300 - 0x208];
	__u64 gprs[RMI_REC_CREATE_GPRS]; /* 0x300 */
	__u8  __sbz3[0x1000 - 0x340];
};

/* RmiRecMpidr: Aff0 3:0, Aff1 15:8, Aff2 23:16, Aff3 31:24. */
#define RMI_REC_MPIDR(index) \
	(((__u64)(index) & 0xf) | (((__u64)(index) >> 4 & 0xff) << 8) | \
	 (((__u64)(index) >> 12 & 0xff) << 16) | \
	 (((__u64)(index) >> 20 & 0xff) << 24))
#define RMI_REC_MPIDR_INDEX(m) \
	(((m) & 0xf) | ((m) >> 8 & 0xff) << 4 | ((m) >> 16 & 0xff) << 12 | \
	 ((m) >> 24 & 0xff) << 20)

/* REC_ENTER (D.3). */
#define RMI_ENTER_EMUL_MMIO		(1UL << 0)
#define RMI_ENTER_INJECT_SEA		(1UL << 1)
#define RMI_ENTER_TRAP_WFI		(1UL << 2)
#define RMI_ENTER_TRAP_WFE		(1UL << 3)
#define RMI_ENTER_RIPAS_REJECT		(1UL << 4)

#define RMI_REC_GPRS			31

struct rmi_rec_enter {
	__u64 flags;			/* 0x000 */
	__u8  __sbz0[0x200 - 0x008];
	__u64 gprs[RMI_REC_GPRS];	/* 0x200 */
	__u8  __sbz1[0x800 - 0x2f8];
};

#define RMI_EXIT_SYNC			0
#define RMI_EXIT_IRQ			1
#define RMI_EXIT_FIQ			2
#define RMI_EXIT_PSCI			3
#define RMI_EXIT_RIPAS_CHANGE		4
#define RMI_EXIT_HOST_CALL		5
#define RMI_EXIT_SERROR			6
#define RMI_EXIT_S2AP_CHANGE		7

struct rmi_rec_exit {
	__u64 exit_reason;		/* 0x000 one byte is defined */
	__u8  __sbz0[0x100 - 0x008];
	__u64 esr;			/* 0x100 */
	__u64 far;			/* 0x108 */
	__u64 hpfar;			/* 0x110 */
	__u64 rtt_tree;			/* 0x118 */
	__u64 rtt_level;		/* 0x120 */
	__u8  __sbz1[0x200 - 0x128];
	__u64 gprs[RMI_REC_GPRS];	/* 0x200 */
	__u8  __sbz2[0x400 - 0x2f8];
	__u64 cntp_ctl;			/* 0x400 */
	__u64 cntp_cval;		/* 0x408 */
	__u64 cntv_ctl;			/* 0x410 */
	__u64 cntv_cval;		/* 0x418 */
	__u8  __sbz3[0x500 - 0x420];
	__u64 ripas_base;		/* 0x500 */
	__u64 ripas_top;		/* 0x508 */
	__u8  ripas_value;		/* 0x510 */
	__u8  __sbz4[0x520 - 0x511];
	__u64 s2ap_base;		/* 0x520 */
	__u64 s2ap_top;			/* 0x528 */
	__u64 vdev_id_1;		/* 0x530 */
	__u64 vdev_id_2;		/* 0x538 */
	__u64 dev_mem_base;		/* 0x540 */
	__u64 dev_mem_top;		/* 0x548 */
	__u64 dev_mem_pa;		/* 0x550 */
	__u8  __sbz5[0x600 - 0x558];
	__u16 imm;			/* 0x600 */
	__u8  __sbz6[0x608 - 0x602];
	__u64 plane;			/* 0x608 */
	__u8  __sbz7[0x700 - 0x610];
	__u64 pmu_ovf_status;		/* 0x700 */
	__u8  __sbz8[0x710 - 0x708];
	__u64 vsmmu;			/* 0x710 bet1 and later */
	__u8  __sbz9[0x800 - 0x718];
};

struct rmi_rec_run {
	struct rmi_rec_enter enter;	/* 0x000 */
	struct rmi_rec_exit exit;	/* 0x800 */
};

/* HPFAR_EL2 in an exit: IPA[51:12] in bits 43:4. */
#define RMI_HPFAR_IPA(hpfar)		(((hpfar) & 0x0ffffffffff0UL) << 8)

/* PSCI functions that reach the host in gprs[0], and its answers (I.4, G.4). */
#define RMI_PSCI_SMC64			0x40000000UL
#define RMI_PSCI_CPU_SUSPEND		0x84000001UL
#define RMI_PSCI_CPU_OFF		0x84000002UL
#define RMI_PSCI_CPU_ON			0x84000003UL
#define RMI_PSCI_AFFINITY_INFO		0x84000004UL
#define RMI_PSCI_SYSTEM_OFF		0x84000008UL
#define RMI_PSCI_SYSTEM_RESET		0x84000009UL
#define RMI_PSCI_SUCCESS		((__u64)0)
#define RMI_PSCI_DENIED			((__u64)-3)

#endif
