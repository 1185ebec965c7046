/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System registers. Those that assemblers of 2022 do not know are written by
 * their encoding.
 */
#ifndef FW_SYSREG_H
#define FW_SYSREG_H

#define BIT(n)			(1ULL << (n))
#define FIELD(value, low, bits)	(((value) >> (low)) & (BIT(bits) - 1))

#define ID_AA64MMFR3_EL1	S3_0_C0_C7_3
#define ID_AA64SMFR0_EL1	S3_0_C0_C4_5
#define ID_AA64ZFR0_EL1		S3_0_C0_C4_4

#define GPTBR_EL3		S3_6_C2_C1_4
#define GPCCR_EL3		S3_6_C2_C1_6
#define MPAM3_EL3		S3_6_C10_C5_0
#define ZCR_EL3			S3_6_C1_C2_0
#define SMCR_EL3		S3_6_C1_C2_6
#define ICC_SRE_EL3		S3_6_C12_C12_5
#define ICC_IGRPEN1_EL3		S3_6_C12_C12_7
#define ICC_SRE_EL2		S3_4_C12_C9_5
#define ICC_SRE_EL1		S3_0_C12_C12_5
#define ICC_PMR_EL1		S3_0_C4_C6_0
#define ICC_IGRPEN0_EL1		S3_0_C12_C12_6
#define ICC_IAR0_EL1		S3_0_C12_C8_0
#define ICC_EOIR0_EL1		S3_0_C12_C8_1
#define ICC_SGI0R_EL1		S3_0_C12_C11_7
#define ICH_HCR_EL2		S3_4_C12_C11_0

#define HCRX_EL2		S3_4_C1_C2_2
#define TCR2_EL2		S3_4_C2_C0_3
#define SCTLR2_EL2		S3_4_C1_C0_3
#define ZCR_EL2			S3_4_C1_C2_0
#define SMCR_EL2		S3_4_C1_C2_6

#define ZCR_EL1			S3_0_C1_C2_0
#define TCR2_EL1		S3_0_C2_C0_3
#define SCTLR2_EL1		S3_0_C1_C0_3
#define PIRE0_EL1		S3_0_C10_C2_2
#define PIR_EL1			S3_0_C10_C2_3
#define POR_EL1			S3_0_C10_C2_4
#define POR_EL0			S3_3_C10_C2_4
#define TPIDR2_EL0		S3_3_C13_C0_5
#define SCXTNUM_EL1		S3_0_C13_C0_7
#define SCXTNUM_EL0		S3_3_C13_C0_7
#define SVCR			S3_3_C4_C2_2
#define RNDR			S3_3_C2_C4_0

#define STRING_(x)		#x
#define STRING(x)		STRING_(x)

#define read_sysreg(name)						\
({									\
	uint64_t value_;						\
	asm volatile("mrs %0, " STRING(name) : "=r"(value_) : : "memory"); \
	value_;								\
})

#define write_sysreg(name, value)					\
	asm volatile("msr " STRING(name) ", %x0"				\
		     : : "rZ"((uint64_t)(value)) : "memory")

#define isb()		asm volatile("isb" : : : "memory")
#define dsb(scope)	asm volatile("dsb " #scope : : : "memory")

/* SCTLR_ELx */
#define SCTLR_M			BIT(0)
#define SCTLR_C			BIT(2)
#define SCTLR_SA		BIT(3)
#define SCTLR_I			BIT(12)
#define SCTLR_WXN		BIT(19)
#define SCTLR_RES1		0x30c50830ULL

/* Translation tables, 4 KiB granule, stage 1 of EL2 and EL3. */
#define PTE_TABLE		0x3ULL
#define PTE_BLOCK		0x1ULL
#define PTE_ATTR_DEVICE		(0ULL << 2)
#define PTE_ATTR_NORMAL		(1ULL << 2)
#define PTE_NS			BIT(5)
#define PTE_AP_RES1		BIT(6)
#define PTE_RO			BIT(7)
#define PTE_SH_INNER		(3ULL << 8)
#define PTE_AF			BIT(10)
#define PTE_NSE			BIT(11)
#define PTE_XN			BIT(54)
#define MAIR_VALUE		0xff04ULL	/* 1 normal write-back, 0 device nGnRE */
/* T0SZ 25, write-back walks, inner shareable, 4 KiB */
#define TCR_VALUE		(25ULL | 1 << 8 | 1 << 10 | 3 << 12)
#define TCR_PS_SHIFT		16
#define TCR_RES1		(BIT(31) | BIT(23))
#define VA_L1_ENTRIES		512

/* SPSR: EL1h, EL2h with interrupts masked */
#define SPSR_EL1H		0x3c5ULL
#define SPSR_EL2H		0x3c9ULL

/* ESR */
#define ESR_EC(esr)		FIELD(esr, 26, 6)
#define ESR_IL			BIT(25)
#define EC_FP			0x07
#define EC_SMC64		0x17
#define EC_SYSREG		0x18
#define EC_DATA_ABORT_SAME	0x25

/* HCR_EL2 */
#define HCR_VM			BIT(0)
#define HCR_SWIO		BIT(1)
#define HCR_PTW			BIT(2)
#define HCR_FMO			BIT(3)
#define HCR_IMO			BIT(4)
#define HCR_AMO			BIT(5)
#define HCR_FB			BIT(9)
#define HCR_BSU_INNER		BIT(10)
#define HCR_TWI			BIT(13)
#define HCR_TWE			BIT(14)
#define HCR_TID3		BIT(18)
#define HCR_TSC			BIT(19)
#define HCR_TIDCP		BIT(20)
#define HCR_TACR		BIT(21)
#define HCR_RW			BIT(31)
#define HCR_APK			BIT(40)
#define HCR_API			BIT(41)
#define HCR_ENSCXT		BIT(53)

#define HCRX_MSCEN		BIT(11)
#define HCRX_TCR2EN		BIT(14)
#define HCRX_SCTLR2EN		BIT(15)

/* CPTR_EL2 with E2H = 0: all bits trap */
#define CPTR_RES1		0x22ffULL
#define CPTR_TZ			BIT(8)
#define CPTR_TFP		BIT(10)
#define CPTR_TSM		BIT(12)

#endif
