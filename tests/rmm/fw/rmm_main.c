// SPDX-License-Identifier: GPL-2.0-only
/*
 * R-EL2: boot of each CPU, one command of the host, and faults of our own.
 */
#include "rmm.h"
#include "string.h"

_Static_assert(offsetof(struct rmm_cpu, vcpu) == CPU_VCPU, "vcpu_run.S");
_Static_assert(sizeof(struct rmm_regs) == 18 * 8, "rmm_entry.S");

/* What DONE says about the boot. */
#define BOOT_OK		0
#define BOOT_NO_HEAP	1

static struct rmm_cpu cpus[MAX_CPUS];
static struct rmm_shell shell;
static struct rmm *rmm;

static const struct rmm_boot *boot_info(void)
{
	return (const struct rmm_boot *)RMM_BOOT_BASE;
}

static uint64_t model_init(const struct rmm_boot *boot)
{
	static const uint8_t pa_bits[] = { 32, 36, 40, 42, 44, 48, 52 };
	uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1);
	uint64_t pa_range = FIELD(read_sysreg(id_aa64mmfr0_el1), 0, 4);
	uint64_t heap = ((uint64_t)rmm_bss_end + 4095) & ~4095ULL;
	struct rmm_config config = {
		.profile = boot->profile,
		.cpus = boot->cpus,
		.pa_bits = pa_bits[pa_range < 6 ? pa_range : 6],
		.num_bps = FIELD(dfr0, 12, 4),
		.num_wps = FIELD(dfr0, 20, 4),
		.sve = FIELD(read_sysreg(id_aa64pfr0_el1), 32, 4),
		.sve_vl = fp_sve_longest(),
		.pmu = pmu_version(),
		.pmu_ctrs = pmu_counters(),
		.pmu_none = FIELD(dfr0, 60, 4),
		.dram_count = boot->banks,
		.carveout = { CARVEOUT_BASE, CARVEOUT_SIZE },
		.heap = (void *)heap,
		.heap_size = RMM_HEAP_END - heap,
		.plat = &shell,
	};
	unsigned int i;

	for (i = 0; i < boot->banks; i++) {
		config.dram[i].base = boot->bank[i].base;
		config.dram[i].size = boot->bank[i].size;
	}
	rmm = rmm_init(&config);
	return rmm ? BOOT_OK : BOOT_NO_HEAP;
}

/* On each CPU once. Its answer reaches EL3 with the first DONE. */
uint64_t rmm_main(uint64_t index)
{
	struct rmm_cpu *cpu = &cpus[index];

	if (!index)
		rmm_mmu_init(boot_info());
	rmm_mmu_enable();
	cpu->index = index;
	write_sysreg(tpidr_el2, (uint64_t)cpu);
	fp_init();
	vcpu_init();
	return index ? BOOT_OK : model_init(boot_info());
}

void rmm_command_enter(struct rmm_regs *regs)
{
	rmm_handle(rmm, this_cpu()->index, regs);
	fp_give_back();
}

static void __attribute__((noreturn)) panic(const char *text, uint64_t elr)
{
	rmm_service(RMM_SERVICE_PANIC, read_sysreg(esr_el2), elr,
		    read_sysreg(far_el2), (uint64_t)text);
	for (;;)
		asm volatile("wfi");
}

void fw_fail(const char *text)
{
	panic(text, (uint64_t)__builtin_return_address(0));
}

#define KIND_SYNC_SP2	4

/* R-EL2 took an exception from itself. */
void rmm_fault(struct rmm_frame *frame, uint64_t kind)
{
	uint64_t ec = ESR_EC(read_sysreg(esr_el2));

	if (kind == KIND_SYNC_SP2 && ec == EC_FP && !this_cpu()->fp_taken) {
		fp_take();
		return;
	}
	if (kind == KIND_SYNC_SP2 && ec == EC_DATA_ABORT_SAME &&
	    frame->elr >= (uint64_t)ns_copy_begin &&
	    frame->elr < (uint64_t)ns_copy_end) {
		frame->elr = (uint64_t)ns_copy_fixup;
		return;
	}
	panic(kind < 8 ? "the RMM faulted" : "exception from AArch32", frame->elr);
}
