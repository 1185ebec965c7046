// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a Linux guest is told of its board.
 */
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "layout.h"
#include "tree.h"

enum { GIC = 1, CLOCK = 2 };		/* phandles */

#define LEVEL_HIGH	4
#define SPI		0
#define PPI		1
#define UART_CLOCK	24000000
#define PCI_MEMORY	0x02000000

/* The first error is kept; libfdt refuses all that follows. */
struct writer {
	void *to;
	int error;
};

static void note(struct writer *w, int error)
{
	if (!w->error)
		w->error = error;
}

static void begin(struct writer *w, const char *name)
{
	note(w, fdt_begin_node(w->to, name));
}

static void begin_at(struct writer *w, const char *name, uint64_t address)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
	begin(w, full);
}

static void end(struct writer *w)
{
	note(w, fdt_end_node(w->to));
}

static void empty(struct writer *w, const char *name)
{
	note(w, fdt_property(w->to, name, NULL, 0));
}

static void text(struct writer *w, const char *name, const char *value)
{
	note(w, fdt_property_string(w->to, name, value));
}

/* "a\0b": without the last zero, as C writes it. */
static void texts(struct writer *w, const char *name, const char *values, size_t length)
{
	note(w, fdt_property(w->to, name, values, length));
}

#define TEXTS(w, name, values)	texts(w, name, values, sizeof(values))

static void cells(struct writer *w, const char *name, const uint32_t *values, unsigned int count)
{
	fdt32_t big[8 * VMM_PCI_LINES];

	for (unsigned int i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(values[i]);
	note(w, fdt_property(w->to, name, big, count * sizeof(big[0])));
}

#define CELLS(w, name, ...) \
	cells(w, name, (const uint32_t[]) { __VA_ARGS__ }, \
	      sizeof((const uint32_t[]) { __VA_ARGS__ }) / sizeof(uint32_t))

/* Addresses and sizes have two cells. */
#define WIDE(value)	(uint32_t)((value) >> 32), (uint32_t)(value)

static void add_chosen(struct writer *w, const struct tree *t)
{
	char console[64];

	snprintf(console, sizeof(console), "/serial@%llx",
		 (unsigned long long)(VMM_UART_BASE | t->alias));
	begin(w, "chosen");
	text(w, "stdout-path", console);
	if (t->append[0])
		text(w, "bootargs", t->append);
	if (t->initrd_size) {
		CELLS(w, "linux,initrd-start", WIDE(t->initrd));
		CELLS(w, "linux,initrd-end", WIDE(t->initrd + t->initrd_size));
	}
	end(w);
}

static void add_cpus(struct writer *w, const struct tree *t)
{
	begin(w, "cpus");
	CELLS(w, "#address-cells", 1);
	CELLS(w, "#size-cells", 0);
	for (unsigned int cpu = 0; cpu < t->cpus; cpu++) {
		begin_at(w, "cpu", VMM_MPIDR(cpu));
		text(w, "device_type", "cpu");
		text(w, "compatible", "arm,armv8");
		text(w, "enable-method", "psci");
		CELLS(w, "reg", (uint32_t)VMM_MPIDR(cpu));
		end(w);
	}
	end(w);
}

static void add_gic(struct writer *w, const struct tree *t)
{
	uint64_t gicd = VMM_GICD_BASE | t->alias, gicr = VMM_GICR_BASE | t->alias;

	begin_at(w, "interrupt-controller", gicd);
	text(w, "compatible", "arm,gic-v3");
	empty(w, "interrupt-controller");
	CELLS(w, "#interrupt-cells", 3);
	CELLS(w, "#address-cells", 0);
	CELLS(w, "reg", WIDE(gicd), WIDE(VMM_GICD_SIZE), WIDE(gicr),
	      WIDE(VMM_GICR_STRIDE * t->cpus));
	CELLS(w, "phandle", GIC);
	end(w);
}

static void add_timer(struct writer *w)
{
	begin(w, "timer");
	text(w, "compatible", "arm,armv8-timer");
	CELLS(w, "interrupts",
	      PPI, VMM_PPI_SECURE_TIMER - VMM_PPI_FIRST, LEVEL_HIGH,
	      PPI, VMM_PPI_PHYSICAL_TIMER - VMM_PPI_FIRST, LEVEL_HIGH,
	      PPI, VMM_PPI_VIRTUAL_TIMER - VMM_PPI_FIRST, LEVEL_HIGH,
	      PPI, VMM_PPI_HYP_TIMER - VMM_PPI_FIRST, LEVEL_HIGH);
	empty(w, "always-on");
	end(w);
}

static void add_uart(struct writer *w, const struct tree *t)
{
	uint64_t uart = VMM_UART_BASE | t->alias;

	begin(w, "clock");
	text(w, "compatible", "fixed-clock");
	CELLS(w, "#clock-cells", 0);
	CELLS(w, "clock-frequency", UART_CLOCK);
	CELLS(w, "phandle", CLOCK);
	end(w);
	begin_at(w, "serial", uart);
	TEXTS(w, "compatible", "arm,pl011\0arm,primecell");
	CELLS(w, "reg", WIDE(uart), WIDE(VMM_UART_SIZE));
	CELLS(w, "interrupts", SPI, VMM_SPI_UART - VMM_SPI_FIRST, LEVEL_HIGH);
	CELLS(w, "clocks", CLOCK, CLOCK);
	TEXTS(w, "clock-names", "uartclk\0apb_pclk");
	end(w);
}

/* By the device's number, whose lowest bits are in the first cell. Each has the one pin. */
static void add_pci_interrupts(struct writer *w)
{
	uint32_t map[8 * VMM_PCI_LINES];

	for (unsigned int line = 0; line < VMM_PCI_LINES; line++) {
		const uint32_t entry[8] = {
			line << 11, 0, 0, 1,
			GIC, SPI, VMM_SPI_PCI + line - VMM_SPI_FIRST, LEVEL_HIGH,
		};

		memcpy(&map[8 * line], entry, sizeof(entry));
	}
	CELLS(w, "interrupt-map-mask", (VMM_PCI_LINES - 1) << 11, 0, 0, 7);
	cells(w, "interrupt-map", map, 8 * VMM_PCI_LINES);
}

/*
 * Addresses behind the bridge are those of the board: what it makes of them is
 * decided by the guest. The same whatever is on the bus, so that a disk more is
 * no other measurement.
 */
static void add_pci(struct writer *w, const struct tree *t)
{
	uint64_t ecam = VMM_ECAM_BASE | t->alias, bars = VMM_PCI_BASE | t->alias;

	begin_at(w, "pcie", ecam);
	text(w, "compatible", "pci-host-ecam-generic");
	text(w, "device_type", "pci");
	empty(w, "dma-coherent");
	CELLS(w, "#address-cells", 3);
	CELLS(w, "#size-cells", 2);
	CELLS(w, "#interrupt-cells", 1);
	CELLS(w, "reg", WIDE(ecam), WIDE(VMM_ECAM_SIZE));
	CELLS(w, "bus-range", 0, 0);
	CELLS(w, "linux,pci-domain", 0);
	CELLS(w, "ranges", PCI_MEMORY, WIDE(VMM_PCI_BASE), WIDE(bars), WIDE(VMM_PCI_SIZE));
	add_pci_interrupts(w);
	end(w);
}

size_t tree_write(const struct tree *t, void *to, size_t size)
{
	struct writer w = { .to = to };

	note(&w, fdt_create(to, size));
	note(&w, fdt_finish_reservemap(to));
	begin(&w, "");
	CELLS(&w, "#address-cells", 2);
	CELLS(&w, "#size-cells", 2);
	CELLS(&w, "interrupt-parent", GIC);
	text(&w, "compatible", "linux,dummy-virt");
	add_chosen(&w, t);
	begin_at(&w, "memory", t->base);
	text(&w, "device_type", "memory");
	CELLS(&w, "reg", WIDE(t->base), WIDE(t->memory));
	end(&w);
	/* A realm is answered by its RMM. */
	begin(&w, "psci");
	TEXTS(&w, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	text(&w, "method", "smc");
	end(&w);
	add_cpus(&w, t);
	add_timer(&w);
	add_gic(&w, t);
	add_uart(&w, t);
	/* Such a device wants memory that is shared. */
	if (!t->alias)
		add_pci(&w, t);
	end(&w);
	note(&w, fdt_finish(to));
	return w.error ? 0 : fdt_totalsize(to);
}
