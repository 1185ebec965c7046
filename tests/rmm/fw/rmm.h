/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware shell of the model at R-EL2: what its files share.
 */
#ifndef FW_RMM_H
#define FW_RMM_H

#include "layout.h"

/* Offsets that the assembler uses; rmm_main.c and vcpu.c assert them. */
#define CPU_VCPU		0
#define VCPU_PC			248
#define FP_Z			0
#define FP_P			8192
#define FP_FFR			8704
#define FP_FPSR			8736
#define FP_FPCR			8744

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../plat.h"
#include "boot.h"
#include "sysreg.h"

/* The host's FP/SIMD, SVE and SME registers at the longest vector length. */
struct fp_state {
	uint8_t z[32 * 256];
	uint8_t p[16 * 32];
	uint8_t ffr[32];
	uint64_t fpsr;
	uint64_t fpcr;
	uint64_t svcr;
} __attribute__((aligned(16)));

/* What the PMU is to EL1 and EL0. */
struct pmu_state {
	uint64_t pmcr, enabled, interrupts, overflows;
	uint64_t select, user;
	uint64_t cycles, cycles_filter;
	uint64_t count[31], event[31];
};

struct rmm_cpu {
	struct rmm_vcpu *vcpu;		/* that runs here */
	uint64_t index;
	bool fp_taken;			/* the host's is in `fp` */
	struct fp_state fp;
	struct fp_state realm_fp;	/* between a REC's pages and the registers */
	struct pmu_state pmu;		/* the host's, while a realm runs */
};

/* config->plat */
struct rmm_shell {
	uint32_t lock;
};

/* What R-EL2 pushes when it faults itself. */
struct rmm_frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
	uint64_t pad;
};

static inline struct rmm_cpu *this_cpu(void)
{
	return (struct rmm_cpu *)read_sysreg(tpidr_el2);
}

/* rmm_entry.S */
extern const char rmm_text_end[], rmm_bss_end[];
uint64_t rmm_service(uint64_t service, uint64_t a, uint64_t b, uint64_t c,
		     uint64_t d);

/* rmm_main.c */
uint64_t rmm_main(uint64_t cpu);
void rmm_command_enter(struct rmm_regs *regs);
void rmm_fault(struct rmm_frame *frame, uint64_t kind);

/* rmm_mmu.c */
void rmm_mmu_init(const struct rmm_boot *boot);
void rmm_mmu_enable(void);

/* ns_copy.S: bytes that could not be copied */
extern const char ns_copy_begin[], ns_copy_end[], ns_copy_fixup[];
size_t ns_copy(void *to, const void *from, size_t size);

/* fp.c, fp_regs.S */
void fp_init(void);
void fp_take(void);
void fp_give_back(void);
uint64_t fp_sve_longest(void);
void fp_sve_open(void);
void fp_sve_close(void);
void fp_realm_reset(struct rmm_vcpu *vcpu);
void fp_realm_load(const struct rmm_vcpu *vcpu);
void fp_realm_save(struct rmm_vcpu *vcpu);
void fp_sve_save(struct fp_state *state, uint64_t with_ffr);
void fp_sve_load(const struct fp_state *state, uint64_t with_ffr);
void fp_simd_save(void *page);
void fp_simd_load(const void *page);

/* pmu.c */
uint64_t pmu_version(void);
uint64_t pmu_counters(void);
void pmu_stop(void);
void pmu_start(void);
void pmu_realm_reset(struct rmm_vcpu *vcpu);
void pmu_realm_load(const struct rmm_vcpu *vcpu);
void pmu_realm_save(struct rmm_vcpu *vcpu);

/* idregs.c */
bool idregs_emulate(struct rmm_vcpu *vcpu, uint64_t esr);

/* vcpu.c, vcpu_run.S */
void vcpu_init(void);
uint64_t vcpu_enter(struct rmm_vcpu *vcpu);

#endif
#endif
