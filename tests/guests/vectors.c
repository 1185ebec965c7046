// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps something of its own in every SVE register: x0 is what, x1 how often it
 * calls its host meanwhile (call 100, gprs[0] = bytes of a vector). What it does
 * not find again ends it. At last it asks for shorter vectors, and has them.
 */
#include "rt/rt.h"

#define LONGEST		256UL

/* At the length in force, one after the other. */
struct registers {
	uint8_t z[32 * LONGEST];
	uint8_t p[16 * LONGEST / 8];
	uint8_t ffr[LONGEST / 8];
} __attribute__((aligned(256)));

static struct registers mine, found;

asm(".arch_extension sve");

static uint64_t vector_bytes(void)
{
	uint64_t bytes;

	asm volatile("rdvl %0, #1" : "=r"(bytes));
	return bytes;
}

static void set_length(uint64_t zcr)
{
	asm volatile("msr S3_0_C1_C2_0, %0; isb" : : "r"(zcr));
}

static void load(const struct registers *r)
{
	asm volatile("ldr p0, [%0]\n wrffr p0.b" : : "r"(r->ffr) : "memory");
	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
		     "ldr z\\n, [%0, #\\n, mul vl]\n .endr\n"
		     ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
		     "ldr p\\n, [%1, #\\n, mul vl]\n .endr"
		     : : "r"(r->z), "r"(r->p) : "memory");
}

static void store(struct registers *r)
{
	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
		     "str z\\n, [%0, #\\n, mul vl]\n .endr\n"
		     ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
		     "str p\\n, [%1, #\\n, mul vl]\n .endr"
		     : : "r"(r->z), "r"(r->p) : "memory");
	asm volatile("rdffr p0.b\n str p0, [%0]\n ldr p0, [%1]"
		     : : "r"(r->ffr), "r"(r->p) : "memory");
}

static void pattern(uint64_t seed, uint64_t vl)
{
	uint64_t i;

	for (i = 0; i < 32 * vl; i++)
		mine.z[i] = seed + 7 * i + (i >> 8);
	for (i = 0; i < 16 * vl / 8; i++)
		mine.p[i] = 3 * seed + 5 * i;
	/* From the first element on, as a faulting load leaves it. */
	for (i = 0; i < vl / 8; i++)
		mine.ffr[i] = i < vl / 16 ? 0xff : 0;
}

static void compare(const uint8_t *a, const uint8_t *b, uint64_t size, const char *what)
{
	while (size--)
		if (a[size] != b[size])
			rt_fail(what);
}

int main(const uint64_t args[8])
{
	uint64_t vl, i, gprs[31];

	/* CPACR_EL1: no traps of FP and SVE. */
	asm volatile("msr cpacr_el1, %0; isb" : : "r"(0x330000UL));
	set_length(0xf);
	vl = vector_bytes();
	for (i = 0; i < args[1]; i++) {
		pattern(args[0] + i, vl);
		load(&mine);
		gprs[0] = vl;
		rt_host_call(100, gprs);
		store(&found);
		compare(mine.z, found.z, 32 * vl, "a vector is another");
		compare(mine.p, found.p, 16 * vl / 8, "a predicate is another");
		compare(mine.ffr, found.ffr, vl / 8, "the first-fault register is another");
		if (vector_bytes() != vl)
			rt_fail("vectors have another length");
	}
	set_length(0);
	if (vector_bytes() != 16)
		rt_fail("vectors do not get shorter");
	return 0;
}
