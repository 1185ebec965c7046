/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything is, for C, assembler and linker scripts of the firmware:
 * the machine's devices, the carve-out, and the private calls from the RMM
 * (R-EL2) to the monitor (EL3).
 *
 * QEMU virt with secure=on: flash at 0 and the secure SRAM are seen by EL3
 * only; the RMM and everything else live in DRAM and are kept apart by GPTs.
 */
#ifndef FW_LAYOUT_H
#define FW_LAYOUT_H

#define FLASH_BASE		0x00000000
#define FLASH_SIZE		0x04000000
#define DEVICE_BASE		0x08000000
#define DEVICE_SIZE		0x04000000
#define GICD_BASE		0x08000000
#define GICR_BASE		0x080a0000
#define GICR_STRIDE		0x00020000
#define UART0_BASE		0x09000000	/* the kernel's console */
#define UART1_BASE		0x09040000	/* secure: the developer's */
#define GPIO_BASE		0x090b0000	/* secure: power */
#define SRAM_BASE		0x0e000000
#define SRAM_SIZE		0x01000000
#define EL3_READY		0x52454144	/* at SRAM_BASE: secondaries may start */
#define GPT_L1_BASE		0x0e800000	/* upper half of the SRAM */
#define GPT_L1_END		0x0f000000

#define DRAM_BASE		0x40000000
#define DRAM_CLAIM_END		0x100000000	/* there, or plugged in later */
#define DTB_BASE		0x40000000
#define DTB_SIZE		0x00100000
#define KERNEL_BASE		0x42000000

/* The carve-out: Realm PAS from boot on, hidden from the kernel by the DTB. */
#define CARVEOUT_BASE		0x40100000
#define CARVEOUT_END		0x42000000
#define CARVEOUT_SIZE		0x01f00000
#define RMM_TEXT_BASE		0x40200000
#define RMM_DATA_BASE		0x40400000
#define RMM_HEAP_END		0x41ff0000
#define RMM_BOOT_BASE		0x41ffe000	/* struct rmm_boot, written by EL3 */
#define PROFILE_WORD		0x41fff000	/* written by QEMU's loader */
#define PROFILE_MASK		0xff
#define PROFILE_NO_RMM		2

#define MAX_CPUS		16
#define MAX_BANKS		4

#define EL3_STACK_SIZE		0x2000
#define RMM_STACK_SIZE		0x8000

/* EL3's windows: 1 GiB blocks of DRAM in the other physical address spaces. */
#define EL3_NS_WINDOW		0x1000000000
#define EL3_REALM_WINDOW	0x2000000000
#define EL3_WINDOW_SIZE		0x1000000000

/* The RMM's window to Non-secure memory; Realm memory is mapped as it is. */
#define RMM_NS_WINDOW		0x4000000000
#define RMM_WINDOW_SIZE		0x4000000000

/*
 * Immediates of the RMM's own SMC. The first ends a command (or its boot):
 * X0..X17 are the host's results. The second asks for a service: X0 says
 * which, and gets the answer.
 */
#define RMM_SMC_DONE		1
#define RMM_SMC_SERVICE		2
#define RMM_SERVICE_GPI_SET	1	/* pa, granules, realm -> 0 or -1 */
#define RMM_SERVICE_LOG		2	/* text, two numbers */
#define RMM_SERVICE_PANIC	3	/* esr, elr, far */

#endif
