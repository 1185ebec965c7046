/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Realm Services Interface and PSCI as a realm sees them (section I).
 *
 * Shared by the model of the RMM and by the guests. Assembly may include it
 * for the numbers; the structures are for C.
 */
#ifndef RMM_RSI_H
#define RMM_RSI_H

/* Function identifiers: fast SMC64, standard service owner. */
#define SMC_RSI_VERSION			0xc4000190
#define SMC_RSI_FEATURES		0xc4000191
#define SMC_RSI_MEASUREMENT_READ	0xc4000192
#define SMC_RSI_MEASUREMENT_EXTEND	0xc4000193
#define SMC_RSI_ATTESTATION_TOKEN_INIT	0xc4000194
#define SMC_RSI_ATTESTATION_TOKEN_CONTINUE 0xc4000195
#define SMC_RSI_REALM_CONFIG		0xc4000196
#define SMC_RSI_IPA_STATE_SET		0xc4000197
#define SMC_RSI_IPA_STATE_GET		0xc4000198
#define SMC_RSI_HOST_CALL		0xc4000199

/* RSI_VERSION: major 30:16, minor 15:0. */
#define RSI_VERSION_1_0			0x10000
#define RSI_VERSION_1_1			0x10001

/* X0 of every answer; an unknown function answers RSI_NOT_IMPLEMENTED. */
#define RSI_SUCCESS			0
#define RSI_ERROR_INPUT			1
#define RSI_ERROR_STATE			2
#define RSI_INCOMPLETE			3
#define RSI_ERROR_UNKNOWN		4
#define RSI_ERROR_DEVICE		5

/* RIPAS in IPA_STATE_SET (0, 1) and IPA_STATE_GET. */
#define RSI_RIPAS_EMPTY			0
#define RSI_RIPAS_RAM			1
#define RSI_RIPAS_DESTROYED		2
#define RSI_RIPAS_DEV			3

/* IPA_STATE_SET: X4 flags in, X2 response out. */
#define RSI_CHANGE_DESTROYED		1
#define RSI_ACCEPT			0
#define RSI_REJECT			1

/* MEASUREMENT_READ: index 0 is the RIM, 1 to 4 are the REMs. */
#define RSI_MEASUREMENT_RIM		0
#define RSI_MEASUREMENT_LAST		4
#define RSI_MEASUREMENT_WORDS		8

/* Offsets for assembly. */
#define RSI_CONFIG_IPA_WIDTH		0x000
#define RSI_CONFIG_HASH_ALGO		0x008
#define RSI_CONFIG_RPV			0x200
#define RSI_CONFIG_SIZE			0x1000
#define RSI_HOST_CALL_IMM		0x000
#define RSI_HOST_CALL_GPRS		0x008
#define RSI_HOST_CALL_SIZE		0x100

/* PSCI over SMC (I.4). Bit 30 selects the 64-bit form. */
#define RSI_PSCI_VERSION		0x84000000
#define RSI_PSCI_CPU_SUSPEND		0xc4000001
#define RSI_PSCI_CPU_OFF		0x84000002
#define RSI_PSCI_CPU_ON			0xc4000003
#define RSI_PSCI_AFFINITY_INFO		0xc4000004
#define RSI_PSCI_SYSTEM_OFF		0x84000008
#define RSI_PSCI_SYSTEM_RESET		0x84000009
#define RSI_PSCI_FEATURES		0x8400000a
#define RSI_SMCCC_VERSION		0x80000000

#ifndef __ASSEMBLER__

#include <stdint.h>

#define RSI_NOT_IMPLEMENTED		(~(uint64_t)0)

/* REALM_CONFIG fills one page. */
struct rsi_realm_config {
	uint64_t ipa_width;			/* 0x000 */
	uint8_t  hash_algo;			/* 0x008 */
	uint8_t  __sbz0[7];
	uint64_t num_aux_planes;		/* 0x010 */
	uint32_t gicv3_vtr;			/* 0x018 */
	uint32_t __sbz1;
	uint64_t ats_plane;			/* 0x020 */
	uint8_t  __sbz2[0x200 - 0x028];
	uint8_t  rpv[64];			/* 0x200 */
	uint8_t  __sbz3[0x1000 - 0x240];
};

/* HOST_CALL: 256 bytes, aligned to their size, in protected memory. */
struct rsi_host_call {
	uint16_t imm;				/* 0x000 */
	uint8_t  __sbz[6];
	uint64_t gprs[31];			/* 0x008 */
};

_Static_assert(sizeof(struct rsi_realm_config) == RSI_CONFIG_SIZE, "I.1");
_Static_assert(sizeof(struct rsi_host_call) == RSI_HOST_CALL_SIZE, "I.2");

#endif
#endif
