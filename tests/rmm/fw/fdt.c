// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device tree that QEMU left at the start of DRAM: learn the memory and
 * the CPUs from it, and tell the kernel about PSCI and the carve-out.
 */
#include <libfdt.h>

#include "el3.h"
#include "string.h"

#define COMPATIBLE	"arm,psci-1.0\0arm,psci-0.2"

static void *fdt = (void *)(EL3_NS_WINDOW + DTB_BASE);

/* The banks of one /memory node; root cells are two and two on this board. */
static bool add_memory(struct rmm_boot *boot, int node)
{
	const fdt64_t *reg;
	int size, i;

	reg = fdt_getprop(fdt, node, "reg", &size);
	for (i = 0; reg && (i + 1) * 16 <= size; i++) {
		if (boot->banks == MAX_BANKS)
			return false;
		boot->bank[boot->banks].base = fdt64_ld(&reg[2 * i]);
		boot->bank[boot->banks].size = fdt64_ld(&reg[2 * i + 1]);
		boot->banks++;
	}
	return reg;
}

static bool has_type(int node, const char *type)
{
	int size;
	const char *is = fdt_getprop(fdt, node, "device_type", &size);

	return is && size == (int)strlen(type) + 1 && !memcmp(is, type, size);
}

static bool read_memory(struct rmm_boot *boot)
{
	int node;

	for (node = fdt_next_node(fdt, -1, NULL); node >= 0;
	     node = fdt_next_node(fdt, node, NULL)) {
		const char *status = fdt_getprop(fdt, node, "status", NULL);

		/* the secure SRAM is a memory node too, disabled */
		if (!has_type(node, "memory") ||
		    (status && !memcmp(status, "disabled", 9)))
			continue;
		if (!add_memory(boot, node))
			return false;
	}
	return boot->banks;
}

/*
 * Memory that is plugged in later is in no device tree. It follows what is, and
 * the RMM must know it beforehand: claim all that firmware of this board does.
 */
static void claim_more(struct rmm_boot *boot)
{
	uint64_t last = boot->banks - 1;
	uint64_t base = boot->bank[last].base;

	if (base + boot->bank[last].size < DRAM_CLAIM_END)
		boot->bank[last].size = DRAM_CLAIM_END - base;
}

/* Every CPU is started by PSCI. Setting a property moves what follows it. */
static bool patch_cpus(struct rmm_boot *boot)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int node;

	for (node = fdt_first_subnode(fdt, cpus); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		if (!has_type(node, "cpu"))
			continue;
		if (fdt_setprop_string(fdt, node, "enable-method", "psci"))
			return false;
		boot->cpus++;
	}
	return boot->cpus && boot->cpus <= MAX_CPUS;
}

static int node_at(int parent, const char *name)
{
	int node = fdt_subnode_offset(fdt, parent, name);

	return node >= 0 ? node : fdt_add_subnode(fdt, parent, name);
}

static bool add_psci(void)
{
	int node = node_at(0, "psci");

	return node >= 0 &&
	       !fdt_setprop(fdt, node, "compatible", COMPATIBLE, sizeof(COMPATIBLE)) &&
	       !fdt_setprop_string(fdt, node, "method", "smc");
}

static bool add_carveout(void)
{
	int node = node_at(0, "reserved-memory");

	if (node < 0 || fdt_setprop_u32(fdt, node, "#address-cells", 2) ||
	    fdt_setprop_u32(fdt, node, "#size-cells", 2) ||
	    fdt_setprop_empty(fdt, node, "ranges"))
		return false;
	node = node_at(node, "rmm@40100000");
	return node >= 0 &&
	       !fdt_setprop_u64(fdt, node, "reg", CARVEOUT_BASE) &&
	       !fdt_appendprop_u64(fdt, node, "reg", CARVEOUT_SIZE) &&
	       !fdt_setprop_empty(fdt, node, "no-map");
}

bool fdt_patch(struct rmm_boot *boot)
{
	if (fdt_open_into(fdt, fdt, DTB_SIZE))
		return false;
	if (!read_memory(boot))
		return false;
	claim_more(boot);
	return patch_cpus(boot) && add_psci() && add_carveout() && !fdt_pack(fdt);
}
