// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switching between the Non-secure and the Realm world: the general registers
 * and those of EL2 that the RMM uses. EL1 and FP state is the RMM's business.
 * The registers of the virtual GIC (ICH_*, ICC_SRE_EL2) stay shared.
 */
#include "el3.h"
#include "string.h"

#define SCR_NS		BIT(0)
#define SCR_RES1	(BIT(4) | BIT(5))
#define SCR_HCE		BIT(8)
#define SCR_RW		BIT(10)
#define SCR_APK		BIT(16)
#define SCR_API		BIT(17)
#define SCR_FIEN	BIT(21)
#define SCR_ENSCXT	BIT(25)
#define SCR_ATA		BIT(26)
#define SCR_FGTEN	BIT(27)
#define SCR_ECVEN	BIT(28)
#define SCR_AMVOFFEN	BIT(35)
#define SCR_HXEN	BIT(38)
#define SCR_GCSEN	BIT(39)
#define SCR_ENTP2	BIT(41)
#define SCR_RCWMASKEN	BIT(42)
#define SCR_TCR2EN	BIT(43)
#define SCR_SCTLR2EN	BIT(44)
#define SCR_PIEN	BIT(45)
#define SCR_AIEN	BIT(46)
#define SCR_D128EN	BIT(47)
#define SCR_ENFPM	BIT(50)
#define SCR_PFAREN	BIT(53)
#define SCR_ENIDCP128	BIT(55)
#define SCR_FGTEN2	BIT(59)
#define SCR_NSE		BIT(62)

/*
 * GPF stays 0 in both: who touches a granule of another world takes the fault
 * at its own exception level.
 */
#define SCR_BOTH	(SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW | SCR_APK | \
			 SCR_API | SCR_ENSCXT | SCR_HXEN | SCR_ENTP2 | \
			 SCR_TCR2EN | SCR_SCTLR2EN | SCR_PIEN)
/*
 * The kernel may use all that the CPU has. What is off for the Realm world
 * counts as zero there, so the host's values need no switching.
 */
#define SCR_HOST	(SCR_BOTH | SCR_FIEN | SCR_ATA | SCR_FGTEN | SCR_ECVEN | \
			 SCR_AMVOFFEN | SCR_GCSEN | SCR_RCWMASKEN | SCR_AIEN | \
			 SCR_D128EN | SCR_ENFPM | SCR_PFAREN | SCR_ENIDCP128 | \
			 SCR_FGTEN2)
#define SCR_REALM	(SCR_BOTH | SCR_NSE)

#define HAS_HCX		BIT(0)
#define HAS_TCR2	BIT(1)
#define HAS_SCTLR2	BIT(2)
#define HAS_SVE		BIT(3)
#define HAS_SME		BIT(4)

#define EL2_REGISTERS(X)						\
	X(SCTLR, sctlr_el2, 0) X(HCR, hcr_el2, 0)			\
	X(CPTR, cptr_el2, 0) X(MDCR, mdcr_el2, 0)			\
	X(HSTR, hstr_el2, 0) X(CNTHCTL, cnthctl_el2, 0)			\
	X(CNTVOFF, cntvoff_el2, 0) X(TCR, tcr_el2, 0)			\
	X(TTBR0, ttbr0_el2, 0) X(MAIR, mair_el2, 0)			\
	X(VBAR, vbar_el2, 0) X(TPIDR, tpidr_el2, 0)			\
	X(ELR, elr_el2, 0) X(SPSR, spsr_el2, 0)				\
	X(ESR, esr_el2, 0) X(FAR, far_el2, 0)				\
	X(HPFAR, hpfar_el2, 0) X(SP, sp_el2, 0)				\
	X(VTTBR, vttbr_el2, 0) X(VTCR, vtcr_el2, 0)			\
	X(VPIDR, vpidr_el2, 0) X(VMPIDR, vmpidr_el2, 0)			\
	X(HCRX, HCRX_EL2, HAS_HCX) X(TCR2, TCR2_EL2, HAS_TCR2)		\
	X(SCTLR2, SCTLR2_EL2, HAS_SCTLR2) X(ZCR, ZCR_EL2, HAS_SVE)	\
	X(SMCR, SMCR_EL2, HAS_SME)

enum el2_register {
#define X(name, sysreg, need) EL2_##name,
	EL2_REGISTERS(X)
#undef X
	EL2_COUNT,
};
_Static_assert((int)EL2_COUNT <= EL2_REGS, "a world has more EL2 registers");

static uint64_t present(void)
{
	uint64_t mmfr3 = read_sysreg(ID_AA64MMFR3_EL1);
	uint64_t has = 0;

	if (FIELD(read_sysreg(id_aa64mmfr1_el1), 40, 4))
		has |= HAS_HCX;
	if (FIELD(mmfr3, 0, 4))
		has |= HAS_TCR2;
	if (FIELD(mmfr3, 4, 4))
		has |= HAS_SCTLR2;
	if (FIELD(read_sysreg(id_aa64pfr0_el1), 32, 4))
		has |= HAS_SVE;
	if (FIELD(read_sysreg(id_aa64pfr1_el1), 24, 4))
		has |= HAS_SME;
	return has;
}

static void el2_save(uint64_t *el2)
{
	uint64_t has = present();

#define X(name, sysreg, need) \
	if (!(need) || has & (need)) \
		el2[EL2_##name] = read_sysreg(sysreg);
	EL2_REGISTERS(X)
#undef X
}

static void el2_load(const uint64_t *el2)
{
	uint64_t has = present();

#define X(name, sysreg, need) \
	if (!(need) || has & (need)) \
		write_sysreg(sysreg, el2[EL2_##name]);
	EL2_REGISTERS(X)
#undef X
}

/* A world that starts at EL2 with MMU and caches off. */
void world_init(struct el3_cpu *cpu, enum world world, uint64_t entry, uint64_t x0)
{
	struct world_state *state = &cpu->state[world];

	memset(state, 0, sizeof(*state));
	state->frame.x[0] = x0;
	state->frame.elr = entry;
	state->frame.spsr = SPSR_EL2H;
	state->scr = world == WORLD_REALM ? SCR_REALM : SCR_HOST;
	state->el2[EL2_SCTLR] = SCTLR_RES1;
	state->el2[EL2_HCR] = HCR_RW;
	state->el2[EL2_CPTR] = CPTR_RES1;
	state->el2[EL2_MDCR] = FIELD(read_sysreg(pmcr_el0), 11, 5);
	state->el2[EL2_VPIDR] = read_sysreg(midr_el1);
	state->el2[EL2_VMPIDR] = read_sysreg(mpidr_el1);
}

void world_load(struct el3_cpu *cpu, enum world world, struct el3_frame *frame)
{
	struct world_state *state = &cpu->state[world];

	cpu->world = world;
	*frame = state->frame;
	write_sysreg(scr_el3, state->scr);
	isb();
	el2_load(state->el2);
	isb();
}

/* The world that runs hands over X0..X17 and stops; the other one goes on. */
void world_switch(struct el3_cpu *cpu, enum world world, struct el3_frame *frame)
{
	struct world_state *from = &cpu->state[cpu->world];
	struct world_state *to = &cpu->state[world];

	from->frame = *frame;
	el2_save(from->el2);
	memcpy(to->frame.x, frame->x, 18 * sizeof(frame->x[0]));
	world_load(cpu, world, frame);
}
