// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU's own interrupts that end an entry: those of a realm's two timers,
 * of its PMU, and of the virtual GIC. A realm's timer that is due is noticed only if its
 * interrupt is enabled at the GIC of that CPU, and not active there.
 *
 * They are KVM's, if there is KVM. It enables them for as long as it likes, and
 * leaves them active when they fire without a vCPU, for then it is the guest
 * that ends them: none of them fires again on that CPU. So both are put right
 * before an entry whenever somebody else may have had the CPU. KVM says anew
 * what it wants when it loads a vCPU, and nothing of it is disabled here. Where
 * nobody has them we do, and silence what comes too late.
 *
 * That of the PMU is perf's, which has it on where it has counters, and nothing
 * of it is changed here but for the time of an entry (cca_ppi_pmu_hold()).
 */
#include <linux/acpi.h>
#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

#include "object.h"

enum { VIRTUAL, PHYSICAL, MAINTENANCE, PPIS };

static struct {
	unsigned int irq;		/* 0: not known */
	bool ours;			/* with our handler */
} ppis[PPIS];

static unsigned int pmu_irq;		/* 0: not known, or not each CPU's own */

/* Of a CPU that goes: which were on. Bits by number. */
static DEFINE_PER_CPU(unsigned long, were_on);
/* Handlers want a pointer; ours know what they are for. */
static DEFINE_PER_CPU(int, cookie);
static int hotplug_state;

/* --------------------------------------------------------------- which they are */

static unsigned int of_ppi(const char *compatible, const char *name, int index)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, compatible);
	int irq, named;

	if (!node)
		return 0;
	named = of_property_match_string(node, "interrupt-names", name);
	irq = of_irq_get(node, named >= 0 ? named : index);
	of_node_put(node);
	return irq > 0 ? irq : 0;
}

#ifdef CONFIG_ACPI
static unsigned int acpi_ppi(u32 gsi, u32 flags)
{
	int irq = -1;

	if (gsi)
		irq = acpi_register_gsi(NULL, gsi,
					flags & ACPI_GTDT_INTERRUPT_MODE ?
					ACPI_EDGE_SENSITIVE : ACPI_LEVEL_SENSITIVE,
					flags & ACPI_GTDT_INTERRUPT_POLARITY ?
					ACPI_ACTIVE_LOW : ACPI_ACTIVE_HIGH);
	return irq > 0 ? irq : 0;
}

/* It must be the same for all CPUs. */
static unsigned int acpi_pmu(void)
{
	struct acpi_subtable_header *entry;
	struct acpi_table_header *table;
	struct acpi_madt_generic_interrupt *cpu;
	u32 gsi = 0, flags = 0;
	bool several = false;
	void *end;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &table)))
		return 0;
	entry = (void *)table + sizeof(struct acpi_table_madt);
	end = (void *)table + table->length;
	for (; (void *)(entry + 1) <= end && entry->length;
	     entry = (void *)entry + entry->length) {
		cpu = (void *)entry;
		if (entry->type != ACPI_MADT_TYPE_GENERIC_INTERRUPT ||
		    (void *)&cpu->parked_address > end)
			continue;
		several |= gsi && gsi != cpu->performance_interrupt;
		gsi = cpu->performance_interrupt;
		flags = cpu->flags & ACPI_MADT_PERFORMANCE_IRQ_MODE ?
			ACPI_GTDT_INTERRUPT_MODE : 0;
	}
	acpi_put_table(table);
	return several ? 0 : acpi_ppi(gsi, flags);
}

/* Without the one of the GIC: maintenance is then seen at the next exit. */
static void find_in_acpi(void)
{
	struct acpi_table_header *table;
	struct acpi_table_gtdt *gtdt;

	if (acpi_disabled || ACPI_FAILURE(acpi_get_table(ACPI_SIG_GTDT, 0, &table)))
		return;
	gtdt = container_of(table, struct acpi_table_gtdt, header);
	ppis[VIRTUAL].irq = acpi_ppi(gtdt->virtual_timer_interrupt,
				     gtdt->virtual_timer_flags);
	ppis[PHYSICAL].irq = acpi_ppi(gtdt->non_secure_el1_interrupt,
				      gtdt->non_secure_el1_flags);
	acpi_put_table(table);
	pmu_irq = acpi_pmu();
}
#else
static void find_in_acpi(void)
{
}
#endif

/* ------------------------------------------------------------------- on each CPU */

void cca_ppi_ready(void)
{
	bool active;
	int i;

	for (i = 0; i < PPIS; i++) {
		if (!ppis[i].irq)
			continue;
		if (!irq_percpu_is_enabled(ppis[i].irq))
			enable_percpu_irq(ppis[i].irq, IRQ_TYPE_NONE);
		/* In a task nobody is handling it. */
		if (i != MAINTENANCE &&
		    !irq_get_irqchip_state(ppis[i].irq, IRQCHIP_STATE_ACTIVE,
					   &active) && active)
			irq_set_irqchip_state(ppis[i].irq, IRQCHIP_STATE_ACTIVE,
					      false);
	}
}

bool cca_ppi_pmu_known(void)
{
	return pmu_irq;
}

/*
 * A realm whose counters have overflowed, and that has not looked yet: the line
 * rises as soon as the RMM loads them, and would end each entry at once. Perf's
 * own counters are at the RMM by then and need it after the entry only, also
 * where the interrupt is an NMI. False: it is off as it is.
 */
bool cca_ppi_pmu_hold(void)
{
	if (!irq_percpu_is_enabled(pmu_irq))
		return false;
	disable_percpu_irq(pmu_irq);
	return true;
}

void cca_ppi_pmu_release(void)
{
	enable_percpu_irq(pmu_irq, IRQ_TYPE_NONE);
}

/*
 * The realm has left and the RMM has its timers, but the GIC was slower. What
 * is in the registers now is nobody's: KVM does not work on this machine.
 */
static irqreturn_t too_late(int irq, void *unused)
{
	if (irq == ppis[VIRTUAL].irq)
		write_sysreg_s(0, SYS_CNTV_CTL_EL02);
	else if (irq == ppis[PHYSICAL].irq)
		write_sysreg_s(0, SYS_CNTP_CTL_EL02);
	else
		write_sysreg_s(0, SYS_ICH_HCR_EL2);
	isb();
	return IRQ_HANDLED;
}

/*
 * The GIC forgets them with the CPU. What is enabled when it goes and not when
 * it comes would be enabled for the kernel only, and never again.
 */
static int cpu_goes(unsigned int cpu)
{
	int i;

	this_cpu_write(were_on, 0);
	for (i = 0; i < PPIS; i++) {
		if (!ppis[i].irq || !irq_percpu_is_enabled(ppis[i].irq))
			continue;
		disable_percpu_irq(ppis[i].irq);
		this_cpu_or(were_on, BIT(i));
	}
	return 0;
}

/* Or stays after all: then KVM has not been told that it would go. */
static int cpu_comes(unsigned int cpu)
{
	int i;

	for (i = 0; i < PPIS; i++)
		if (this_cpu_read(were_on) & BIT(i))
			enable_percpu_irq(ppis[i].irq, IRQ_TYPE_NONE);
	return 0;
}

static void disable_ours(void *unused)
{
	int i;

	for (i = 0; i < PPIS; i++)
		if (ppis[i].ours)
			disable_percpu_irq(ppis[i].irq);
}

/* --------------------------------------------------------------- up and down */

static void free_ours(void)
{
	int i;

	on_each_cpu(disable_ours, NULL, 1);
	for (i = 0; i < PPIS; i++) {
		if (ppis[i].ours)
			free_percpu_irq(ppis[i].irq, &cookie);
		ppis[i].ours = false;
	}
}

int cca_ppi_init(void)
{
	int i;

	ppis[VIRTUAL].irq = of_ppi("arm,armv8-timer", "virt", 2);
	ppis[PHYSICAL].irq = of_ppi("arm,armv8-timer", "phys", 1);
	ppis[MAINTENANCE].irq = of_ppi("arm,gic-v3", "maintenance", 0);
	pmu_irq = of_ppi("arm,armv8-pmuv3", "", 0);
	find_in_acpi();
	/* Only an interrupt of its own can be held back from one CPU. */
	if (!irq_is_percpu_devid(pmu_irq))
		pmu_irq = 0;
	for (i = 0; i < PPIS; i++)
		ppis[i].ours = ppis[i].irq && !irq_has_action(ppis[i].irq) &&
			!request_percpu_irq(ppis[i].irq, too_late, "cca", &cookie);

	hotplug_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "cca:ppi",
						  cpu_comes, cpu_goes);
	if (hotplug_state < 0) {
		free_ours();
		return hotplug_state;
	}
	return 0;
}

void cca_ppi_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	free_ours();
}
