// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI 1.1 and the SMCCC queries, for the Non-secure world.
 */
#include "el3.h"

#define PSCI_VERSION		0x84000000
#define PSCI_CPU_SUSPEND	0x84000001
#define PSCI_CPU_OFF		0x84000002
#define PSCI_CPU_ON		0x84000003
#define PSCI_AFFINITY_INFO	0x84000004
#define PSCI_MIGRATE_INFO_TYPE	0x84000006
#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009
#define PSCI_FEATURES		0x8400000a
#define PSCI_SMC64		0x40000000
#define SMCCC_VERSION		0x80000000
#define SMCCC_ARCH_FEATURES	0x80000001

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	-1
#define PSCI_INVALID		-2
#define PSCI_ALREADY_ON		-4
#define PSCI_PENDING		-5
#define PSCI_BAD_ADDRESS	-9
#define PSCI_NO_TRUSTED_OS	2

static struct el3_cpu *cpu_of(uint64_t mpidr)
{
	uint64_t index = FIELD(mpidr, 8, 8) * 16 + (mpidr & 0xff);

	if (mpidr >> 16 || (mpidr & 0xff) > 15 || index >= el3_boot.cpus)
		return NULL;
	return &el3_cpus[index];
}

static int64_t cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	struct el3_cpu *target = cpu_of(mpidr);
	enum psci_state expected = PSCI_OFF;

	if (!target)
		return PSCI_INVALID;
	if (entry & 3)
		return PSCI_BAD_ADDRESS;
	if (!__atomic_compare_exchange_n(&target->psci, &expected, PSCI_ON_PENDING,
					 false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return expected == PSCI_ON ? PSCI_ALREADY_ON : PSCI_PENDING;
	target->context = context;
	__atomic_store_n(&target->entry, entry, __ATOMIC_RELEASE);
	gic_wake(target->index);
	return PSCI_SUCCESS;
}

/* Off until a CPU_ON; entry is written last there. */
void psci_park(struct el3_cpu *cpu)
{
	cpu->entry = ~0ULL;
	__atomic_store_n(&cpu->psci, PSCI_OFF, __ATOMIC_RELEASE);
	dsb(sy);
	asm volatile("sev");
	gic_cpu_park();
	while (__atomic_load_n(&cpu->entry, __ATOMIC_ACQUIRE) == ~0ULL) {
		dsb(sy);
		asm volatile("wfi" : : : "memory");
		gic_cpu_acknowledge();
	}
	gic_cpu_unpark();
	__atomic_store_n(&cpu->psci, PSCI_ON, __ATOMIC_RELEASE);
}

static int64_t affinity_info(uint64_t mpidr, uint64_t level)
{
	struct el3_cpu *target = cpu_of(mpidr);

	if (!target || level)
		return PSCI_INVALID;
	return __atomic_load_n(&target->psci, __ATOMIC_ACQUIRE);
}

static int64_t features(uint32_t fid)
{
	switch (fid) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | PSCI_SMC64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | PSCI_SMC64:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | PSCI_SMC64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return 0;
	}
	return PSCI_NOT_SUPPORTED;
}

/* False: not a function of this file. */
bool psci_call(struct el3_cpu *cpu, struct el3_frame *frame)
{
	uint64_t *x = frame->x;
	uint32_t fid = x[0];

	switch (fid) {
	case PSCI_VERSION:
		x[0] = 0x10001;
		return true;
	case PSCI_FEATURES:
		x[0] = features(x[1]);
		return true;
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | PSCI_SMC64:
		/* stand-by only: nothing is lost */
		dsb(sy);
		asm volatile("wfi" : : : "memory");
		x[0] = PSCI_SUCCESS;
		return true;
	case PSCI_CPU_OFF:
		psci_park(cpu);
		el3_start(cpu);
	case PSCI_CPU_ON:
		x[0] = cpu_on((uint32_t)x[1], (uint32_t)x[2], (uint32_t)x[3]);
		return true;
	case PSCI_CPU_ON | PSCI_SMC64:
		x[0] = cpu_on(x[1], x[2], x[3]);
		return true;
	case PSCI_AFFINITY_INFO:
		x[0] = affinity_info((uint32_t)x[1], (uint32_t)x[2]);
		return true;
	case PSCI_AFFINITY_INFO | PSCI_SMC64:
		x[0] = affinity_info(x[1], x[2]);
		return true;
	case PSCI_MIGRATE_INFO_TYPE:
		x[0] = PSCI_NO_TRUSTED_OS;
		return true;
	case PSCI_SYSTEM_OFF:
		power_off();
	case PSCI_SYSTEM_RESET:
		power_reset();
	case SMCCC_VERSION:
		x[0] = 0x10002;
		return true;
	case SMCCC_ARCH_FEATURES:
		x[0] = (uint32_t)x[1] == SMCCC_VERSION ? 0 : PSCI_NOT_SUPPORTED;
		return true;
	}
	return false;
}
