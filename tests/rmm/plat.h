/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between the model of the RMM and the shell that it runs in.
 *
 * The model (model/) is plain C without I/O or globals: command table,
 * granules, realms, RECs, tables, stateful operations, measurement. A shell
 * gives it memory, a world to switch to and a lock: the firmware shell (fw/)
 * at R-EL2 below a real EL3, the host shell (host/) inside unit tests and
 * fuzzers. The model calls rmm_plat_*(); the shell calls rmm_*().
 *
 * This RMM is a model for tests. It protects nothing.
 */
#ifndef RMM_PLAT_H
#define RMM_PLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rmm;

/* Which 2.0 beta the model speaks. Values are the machine's PROFILE word. */
enum rmm_profile {
	RMM_PROFILE_JULY = 0,
	RMM_PROFILE_BET3 = 1,
	/* 2 is "no RMM": EL3 answers for it and never starts the model. */
	RMM_PROFILE_V1 = 3,	/* speaks RMI 1.0 only: RMI_VERSION, then -1 */
};

struct rmm_memory {
	uint64_t base;
	uint64_t size;
};

/* What the shell tells the model once, before the first command. */
struct rmm_config {
	enum rmm_profile profile;
	unsigned int cpus;
	unsigned int pa_bits;		/* of the CPU; S2SZ in FEATURES 0 */
	unsigned int num_bps;		/* minus one, as ID registers have it */
	unsigned int num_wps;
	bool sve;
	unsigned int sve_vl;		/* longest vectors: 128-bit words minus one */
	bool pmu;
	unsigned int pmu_ctrs;		/* event counters of the CPU */
	bool pmu_none;			/* FEAT_HPMN0: a realm may have none of them */
	struct rmm_memory dram[4];	/* conventional memory that it may track */
	unsigned int dram_count;
	struct rmm_memory carveout;	/* its own: never delegable */
	/* Memory for the model's own state (granule array, SRO contexts). */
	void *heap;
	size_t heap_size;
	/* Where the shell keeps what belongs to it. */
	void *plat;
};

/* X0..X17 of an SMC: arguments in, results out (SMCCC 1.2). */
struct rmm_regs {
	uint64_t x[18];
};

/* How many bytes of heap a configuration needs. */
size_t rmm_heap_size(const struct rmm_config *config);

/* Lay the model out at the start of config->heap; NULL if it does not fit. */
struct rmm *rmm_init(const struct rmm_config *config);

/*
 * Execute one host command on a CPU, from start to answer. Takes the lock
 * itself, and drops it while a realm runs.
 */
void rmm_handle(struct rmm *rmm, unsigned int cpu, struct rmm_regs *regs);

void *rmm_plat_of(struct rmm *rmm);	/* config->plat */

/*
 * The vCPU that the shell runs. It lives in the REC's granules, so it moves
 * with the REC from CPU to CPU. Only the fields below the line are the model's
 * to change once the REC exists; `arch` is opaque to the model.
 */
#define RMM_VCPU_ARCH_WORDS	96
#define RMM_VCPU_PMU_WORDS	70
#define RMM_VCPU_FP_PAGES	3

enum rmm_vcpu_exit {
	RMM_VCPU_SYNC,		/* esr, far, hpfar are valid */
	RMM_VCPU_IRQ,
	RMM_VCPU_FIQ,
	RMM_VCPU_SERROR,	/* esr is valid */
};

struct rmm_vcpu {
	uint64_t gprs[31];
	uint64_t pc;		/* ELR_EL2 */
	uint64_t pstate;	/* SPSR_EL2 */
	uint64_t mpidr;		/* VMPIDR_EL2: what the realm reads */
	/* set by the model before each run */
	uint64_t vttbr;		/* root table and VMID */
	uint64_t vtcr;		/* T0SZ, SL0 ...; the shell adds the fixed bits */
	bool trap_wfi;
	bool trap_wfe;
	uint8_t num_bps, num_wps;	/* minus one: what the realm sees */
	bool sve;
	uint8_t sve_vl;
	bool pmu;
	uint8_t pmu_ctrs;
	/* set by the shell after each run */
	bool pmu_overflow;	/* its interrupt is asserted, as far as the realm goes */
	uint64_t esr;
	uint64_t far;
	uint64_t hpfar;
	uint64_t cntp_ctl, cntp_cval, cntv_ctl, cntv_cval;
	/* EL1 system registers, timers: the shell's */
	uint64_t arch[RMM_VCPU_ARCH_WORDS];
	uint64_t pmu_state[RMM_VCPU_PMU_WORDS];
	/* Pages of the REC's auxiliary granules for FP, SIMD and SVE state */
	void *fp[RMM_VCPU_FP_PAGES];
};

/*
 * Reset a vCPU's arch state as after REC_CREATE or PSCI CPU_ON: EL1h, DAIF
 * masked, MMU and caches off. gprs and pc are the model's.
 */
void rmm_plat_vcpu_reset(struct rmm *rmm, struct rmm_vcpu *vcpu);

/*
 * Run it on this CPU until something happens. Called without the lock. The
 * host's state is saved and restored by the shell, the GIC list registers stay
 * as the host wrote them (G.5), ICH_HCR_EL2.En is cleared after the run.
 */
enum rmm_vcpu_exit rmm_plat_vcpu_run(struct rmm *rmm, unsigned int cpu,
				     struct rmm_vcpu *vcpu);

/*
 * Make the vCPU take a synchronous exception at EL1 with this ESR (and FAR):
 * external aborts, undefined instructions.
 */
void rmm_plat_vcpu_inject(struct rmm *rmm, struct rmm_vcpu *vcpu, uint64_t esr,
			  uint64_t far);

/* One lock serialises the model. */
void rmm_plat_lock(struct rmm *rmm);
void rmm_plat_unlock(struct rmm *rmm);

/* A granule that is in the Realm PAS, to read and write. Never fails. */
void *rmm_plat_granule(struct rmm *rmm, uint64_t pa);

/* Copy from and to a Non-secure page; false if it is not Non-secure memory. */
bool rmm_plat_ns_read(struct rmm *rmm, void *to, uint64_t pa, size_t size);
bool rmm_plat_ns_write(struct rmm *rmm, uint64_t pa, const void *from,
		       size_t size);

/* Move granules between Non-secure and Realm PAS (EL3, GPT, TLB). */
bool rmm_plat_gpi_set(struct rmm *rmm, uint64_t pa, uint64_t granules,
		      bool realm);

/* Zero one granule in the Realm PAS, to the point of physical aliasing. */
void rmm_plat_scrub(struct rmm *rmm, uint64_t pa);

/* Forget cached translations of a realm: one IPA range, or all (size 0). */
void rmm_plat_tlbi(struct rmm *rmm, uint64_t vttbr, uint64_t ipa,
		   uint64_t size);

uint64_t rmm_plat_random(struct rmm *rmm);

/* Does an interrupt of the host wait on this CPU? */
bool rmm_plat_irq_pending(struct rmm *rmm);

/*
 * For the firmware shell: added by the model's room.
 *
 * The GIC list registers of this CPU as the host left them: REC_ENTER checks
 * them (HW = 0, distinct vINTIDs: G.5). ICH_VTR_EL2 is told to the realm.
 */
struct rmm_gic {
	uint64_t lr[16];
	unsigned int lr_count;		/* implemented */
	uint32_t vtr;
};

void rmm_plat_gic_read(struct rmm *rmm, unsigned int cpu, struct rmm_gic *gic);

/*
 * CNTVCT as a realm reads it (its offsets are 0). The model tells from it and
 * the saved CVALs whether a timer expired while the REC was out, and exits with
 * IRQ before running it. The shell masks a realm timer that is asserted
 * (CNTHCTL_EL2.CNTVMASK, CNTPMASK) for the duration of a run, else its
 * interrupt ends each run at once.
 */
uint64_t rmm_plat_counter(struct rmm *rmm);

/*
 * What else the model takes for granted:
 * - stage 2 is used with HCR_EL2.FWB = 1, and bit 55 of a descriptor is NS;
 * - vcpu->esr/far/hpfar are the EL2 registers, raw; the model advances `pc`
 *   over SMC, WFx and emulated accesses itself;
 * - rmm_plat_vcpu_inject() sets ELR_EL1 = vcpu->pc, SPSR_EL1 = vcpu->pstate,
 *   ESR_EL1 and FAR_EL1 as given, and moves pc and pstate to the vector;
 * - ISTATUS in cntp_ctl and cntv_ctl is as read after the run;
 * - a fresh vCPU's pc and gprs are written after rmm_plat_vcpu_reset();
 * - libmbedcrypto (measurements, signatures) is ordinary code: it may use FP
 *   registers, which at that moment are the host's. For signatures it allocates,
 *   and several CPUs sign at once.
 */

/* One line of text for the developer; the model never needs it. */
void rmm_plat_log(struct rmm *rmm, const char *text, uint64_t a, uint64_t b);

#endif
