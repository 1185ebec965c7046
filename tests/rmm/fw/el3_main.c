// SPDX-License-Identifier: GPL-2.0-only
/*
 * The monitor: boot of each CPU, and which SMC goes where.
 *
 * A CPU starts its R-EL2 first. When the RMM says that it is done for the
 * first time, the CPU enters the kernel; from then on DONE ends a command.
 */
#include "el3.h"
#include "string.h"

#define KIND_SYNC_AARCH64	8

/* Fast, SMC64, standard service; bit 16 is a hint about SVE state. */
#define FID_RMI_MASK		0xfffe0000U
#define FID_RMI			0xc4000000U
#define FID_TEST_FIRST		0xc3000100U
#define FID_TEST_LAST		0xc30001ffU
#define NOT_SUPPORTED		(~0ULL)

struct el3_cpu el3_cpus[MAX_CPUS];
struct rmm_boot el3_boot;
static bool rmm_present;

static struct el3_cpu *this_cpu(void)
{
	return (struct el3_cpu *)read_sysreg(tpidr_el3);
}

static bool for_rmm(uint32_t fid)
{
	uint32_t n = fid & 0xffff;

	if (fid >= FID_TEST_FIRST && fid <= FID_TEST_LAST)
		return true;
	if ((fid & FID_RMI_MASK) != FID_RMI)
		return false;
	return (n >= 0x150 && n <= 0x18f) || (n >= 0x1d0 && n <= 0x2cf);
}

static void host_call(struct el3_cpu *cpu, struct el3_frame *frame)
{
	uint32_t fid = frame->x[0];

	if (psci_call(cpu, frame))
		return;
	if (for_rmm(fid) && rmm_present && cpu->rmm_up)
		world_switch(cpu, WORLD_REALM, frame);
	else
		frame->x[0] = NOT_SUPPORTED;
}

static const char *realm_text(uint64_t at)
{
	return (const char *)(EL3_REALM_WINDOW + at);
}

static void rmm_service(struct el3_frame *frame)
{
	uint64_t *x = frame->x;

	switch (x[0]) {
	case RMM_SERVICE_GPI_SET:
		x[0] = gpt_set(x[1], x[2], x[3]) ? 0 : NOT_SUPPORTED;
		return;
	case RMM_SERVICE_LOG:
		el3_print("rmm: ");
		el3_print(realm_text(x[1]));
		el3_print_number(" ", x[2]);
		el3_print_number(" ", x[3]);
		el3_print("\n");
		x[0] = 0;
		return;
	case RMM_SERVICE_PANIC:
		el3_console();
		el3_print_number("\nrmm: esr ", x[1]);
		el3_print_number(" elr ", x[2]);
		el3_print_number(" far ", x[3]);
		el3_print_number(" lr ", frame->x[30]);
		el3_panic(realm_text(x[4]));
	}
	x[0] = NOT_SUPPORTED;
}

/* The RMM's first DONE on this CPU: X0 says whether there is one to speak to. */
static void rmm_booted(struct el3_cpu *cpu, struct el3_frame *frame)
{
	cpu->rmm_up = true;
	if (frame->x[0]) {
		rmm_present = false;
		el3_print_number("el3: no RMM: ", frame->x[0]);
		el3_print("\n");
	}
	/* leave its registers where world_switch() finds them */
	world_switch(cpu, WORLD_NS, frame);
	memset(frame->x, 0, sizeof(frame->x));
	frame->x[0] = cpu->context;
}

static void rmm_call(struct el3_cpu *cpu, struct el3_frame *frame, uint64_t imm)
{
	if (imm == RMM_SMC_SERVICE)
		rmm_service(frame);
	else if (imm == RMM_SMC_DONE && !cpu->rmm_up)
		rmm_booted(cpu, frame);
	else if (imm == RMM_SMC_DONE)
		world_switch(cpu, WORLD_NS, frame);
	else
		el3_panic("unknown call of the RMM");
}

static void __attribute__((noreturn)) die(const char *what, uint64_t kind,
					  const struct el3_frame *frame)
{
	el3_console();
	el3_print_number("\nel3: kind ", kind);
	el3_print_number(" esr ", read_sysreg(esr_el3));
	el3_print_number(" elr ", frame ? frame->elr : read_sysreg(elr_el3));
	el3_print_number(" far ", read_sysreg(far_el3));
	el3_print_number(" spsr ", frame ? frame->spsr : read_sysreg(spsr_el3));
	el3_panic(what);
}

void el3_own_fault(uint64_t kind)
{
	die("EL3 faulted", kind, NULL);
}

void fw_fail(const char *text)
{
	el3_panic(text);
}

void el3_exception(struct el3_frame *frame, uint64_t kind)
{
	struct el3_cpu *cpu = this_cpu();
	uint64_t esr = read_sysreg(esr_el3);

	if (kind != KIND_SYNC_AARCH64)
		die("unexpected exception", kind, frame);
	if (ESR_EC(esr) == EC_SYSREG) {
		el3_inject_undef(frame);
		return;
	}
	if (ESR_EC(esr) != EC_SMC64)
		die("unexpected exception", kind, frame);
	if (cpu->world == WORLD_REALM)
		rmm_call(cpu, frame, esr & 0xffff);
	else
		host_call(cpu, frame);
}

/* Enter the kernel, through the RMM if this CPU's R-EL2 still sleeps. */
void el3_start(struct el3_cpu *cpu)
{
	struct el3_frame *frame = el3_frame_of(cpu->index);

	world_init(cpu, WORLD_NS, cpu->entry, cpu->context);
	if (rmm_present && !cpu->rmm_up) {
		world_init(cpu, WORLD_REALM, RMM_TEXT_BASE, cpu->index);
		world_load(cpu, WORLD_REALM, frame);
	} else {
		world_load(cpu, WORLD_NS, frame);
	}
	el3_leave(frame);
}

static void cpu_init(uint64_t index)
{
	struct el3_cpu *cpu = &el3_cpus[index];

	cpu->index = index;
	write_sysreg(tpidr_el3, (uint64_t)cpu);
	el3_cpu_init();
	el3_mmu_enable();
	gic_cpu_init(index);
}

static void rmm_load(uint32_t profile)
{
	el3_boot.profile = profile;
	memcpy((void *)(EL3_REALM_WINDOW + RMM_TEXT_BASE), rmm_image,
	       rmm_image_end - rmm_image);
	memcpy((void *)(EL3_REALM_WINDOW + RMM_BOOT_BASE), &el3_boot,
	       sizeof(el3_boot));
	dsb(sy);
	asm volatile("ic ialluis" : : : "memory");
	dsb(sy);
	isb();
	rmm_present = true;
}

static void set_ready(uint32_t value)
{
	__atomic_store_n((uint32_t *)SRAM_BASE, value, __ATOMIC_RELEASE);
	dsb(sy);
	asm volatile("sev");
}

void el3_forget_boot(void)
{
	set_ready(0);
}

void el3_main(uint64_t index)
{
	struct el3_cpu *cpu = &el3_cpus[index];
	uint32_t profile;
	unsigned int i;

	el3_mmu_init();
	gic_init();
	cpu_init(index);
	if (!fdt_patch(&el3_boot))
		el3_panic("bad device tree");
	profile = mmio_read32(EL3_REALM_WINDOW + PROFILE_WORD) & PROFILE_MASK;
	if (profile != PROFILE_NO_RMM)
		rmm_load(profile);
	gpt_init(&el3_boot);
	gpt_enable();

	/* CPU_ON must find them parked */
	set_ready(EL3_READY);
	for (i = 1; i < el3_boot.cpus; i++) {
		while (__atomic_load_n(&el3_cpus[i].psci, __ATOMIC_ACQUIRE) != PSCI_OFF)
			asm volatile("wfe" : : : "memory");
	}
	el3_print("el3: ready\n");

	cpu->entry = KERNEL_BASE;
	cpu->context = DTB_BASE;
	el3_start(cpu);
}

void el3_secondary(uint64_t index)
{
	cpu_init(index);
	gpt_enable();
	psci_park(&el3_cpus[index]);
	el3_start(&el3_cpus[index]);
}
