// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of a realm: what may be set is what the RMM can do, what may
 * not has a reason of its own, and what was set is what the realm finds (R25).
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"

#define RAM		T_BLOCK
#define DFR0		10
#define PFR0		11
#define BRPS(dfr0)	((dfr0) >> 12 & 0xf)
#define WRPS(dfr0)	((dfr0) >> 20 & 0xf)
#define PMU_VERSION(dfr0) ((dfr0) >> 8 & 0xf)
#define SVE(pfr0)	((pfr0) >> 32 & 0xf)

static struct cca_realm_create usual(void)
{
	return (struct cca_realm_create){ .ipa_bits = H_IPA_BITS, .hash = CCA_HASH_SHA256 };
}

/* The guest in a realm with these parameters, ready to run. */
static void build(struct h_guest *guest, const char *name, struct cca_realm_create *create,
		  struct cca_rec_create *rec)
{
	struct h_image image;
	unsigned int i;

	t_ok(guest->dev, CCA_REALM_CREATE, create);
	guest->realm = create->out_fd;
	h_mem_add(guest->realm, H_RAM, RAM, -1);
	h_image_read(&image, name);
	for (i = 0; i < image.segments; i++)
		h_populate(guest->realm, image.segment[i].ipa, image.segment[i].pages,
			   image.segment[i].size);
	rec->pc = image.entry;
	h_image_free(&image);
	t_ok(guest->realm, CCA_REC_CREATE, rec);
	guest->rec = rec->out_fd;
	guest->run = h_run_page(guest->rec);
	h_activate(guest->realm);
}

/* What it says is in its registers. */
static struct cca_run find(struct cca_realm_create *create)
{
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE };
	struct h_guest guest = { .dev = t_open() };
	struct cca_run found;

	rec.gprs[0] = !!(create->flags & CCA_REALM_F_SVE);
	build(&guest, "params", create, &rec);
	T_EQ(h_run(&guest), 0);
	found = *guest.run;
	T_EQ(found.exit_reason, CCA_EXIT_HOST_CALL);
	T_EQ(found.imm, 100);
	T_EQ(found.gprs[0], create->ipa_bits);
	T_ASSERT(!memcmp(&found.gprs[2], create->rpv, sizeof(create->rpv)));
	T_EQ(found.gprs[12] & 0xff00ffffffUL & ~(1UL << 31), 0);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	return found;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void refuse(int dev, uint32_t reason, struct cca_realm_create create)
{
	t_err(EINVAL, reason, dev, CCA_REALM_CREATE, &create);
	T_EQ(create.out_fd, -1);
}

TEST(R25_widths_of_the_address_space)
{
	static const uint32_t widths[] = { 32, 33, 36, 39, 40, 42, 43, 44, 48 };
	struct cca_realm_create create = usual();
	struct cca_info info;
	unsigned int i;
	int dev = t_open();

	info = h_info(dev);
	for (i = 0; i < T_ARRAY_SIZE(widths); i++) {
		create = usual();
		create.ipa_bits = widths[i];
		if (widths[i] >= info.out_ipa_bits_min && widths[i] <= info.out_ipa_bits_max)
			find(&create);
	}
	create.ipa_bits = info.out_ipa_bits_min - 1;
	refuse(dev, CCA_REASON_IPA_BITS, create);
	create.ipa_bits = info.out_ipa_bits_max + 1;
	refuse(dev, CCA_REASON_IPA_BITS, create);
}

TEST(R25_the_personalisation_value_is_what_the_realm_reads)
{
	struct cca_realm_create create = usual();
	unsigned int i;

	find(&create);
	for (i = 0; i < sizeof(create.rpv); i++)
		create.rpv[i] = 255 - 3 * i;
	find(&create);
}

TEST(R25_hashes)
{
	struct cca_realm_create create = usual();
	int dev = t_open();
	uint32_t hashes = h_info(dev).out_hashes, hash;

	for (hash = 0; hash < 34; hash++) {
		struct cca_run found;

		create = usual();
		create.hash = hash;
		if (hash < 32 && (hashes & 1U << hash)) {
			found = find(&create);
			/* Some have no word for SHA-384. */
			T_ASSERT(found.gprs[1] == hash ||
				 (hash == CCA_HASH_SHA384 && found.gprs[1] == CCA_HASH_SHA512));
		} else {
			refuse(dev, CCA_REASON_HASH, create);
		}
	}
}

/* On july they are measured, and the realm has all that the CPU has. */
static void want_debug(const struct cca_info *info, uint32_t breakpoints, uint32_t watchpoints)
{
	const bool all = info->out_profile == CCA_PROFILE_JULY;
	struct cca_realm_create create = usual();
	struct cca_run found;

	create.breakpoints = breakpoints;
	create.watchpoints = watchpoints;
	found = find(&create);
	T_EQ(BRPS(found.gprs[DFR0]) + 1,
	     all ? info->out_breakpoints_max : breakpoints ? breakpoints : 2);
	T_EQ(WRPS(found.gprs[DFR0]) + 1,
	     all ? info->out_watchpoints_max : watchpoints ? watchpoints : 2);
}

TEST_SECONDS(R25_breakpoints_and_watchpoints, 60)
{
	int dev = t_open();
	const struct cca_info info = h_info(dev);
	struct cca_realm_create create;
	uint32_t n;

	for (n = 2; n <= info.out_breakpoints_max; n++)
		want_debug(&info, n, 0);
	for (n = 2; n <= info.out_watchpoints_max; n++)
		want_debug(&info, 0, n);
	create = usual();
	for (n = info.out_breakpoints_max + 1; n; n <<= 1) {
		create.breakpoints = n;
		refuse(dev, CCA_REASON_BREAKPOINTS, create);
	}
	create.breakpoints = 1;
	refuse(dev, CCA_REASON_BREAKPOINTS, create);
	create = usual();
	for (n = info.out_watchpoints_max + 1; n; n <<= 1) {
		create.watchpoints = n;
		refuse(dev, CCA_REASON_WATCHPOINTS, create);
	}
	create.watchpoints = 1;
	refuse(dev, CCA_REASON_WATCHPOINTS, create);
}

TEST(R25_the_length_of_SVE_vectors)
{
	struct cca_realm_create create = usual();
	int dev = t_open();
	const uint32_t max = h_info(dev).out_sve_vl_max;
	struct cca_run found;
	uint32_t bits;

	found = find(&create);
	T_EQ(SVE(found.gprs[PFR0]), 0);
	create.sve_vl = 128;
	refuse(dev, CCA_REASON_SVE, create);		/* without its flag */
	create.flags = CCA_REALM_F_SVE;
	create.sve_vl = max + 128;
	refuse(dev, CCA_REASON_SVE, create);
	create.sve_vl = 0;
	refuse(dev, CCA_REASON_SVE, create);
	create.sve_vl = 127;
	refuse(dev, CCA_REASON_SVE, create);
	create.sve_vl = ~0U;
	refuse(dev, CCA_REASON_SVE, create);
	/* Powers of two: those that each CPU with longer ones has. */
	for (bits = 128; bits <= max; bits *= 2) {
		create.sve_vl = bits;
		found = find(&create);
		T_ASSERT(SVE(found.gprs[PFR0]));
		T_EQ(found.gprs[14] * 8, bits);
	}
	t_note("up to %u bits", max);
}

/* ----------------------------------------------------------- whose vectors */

/* A realm with vectors of this length, with the guest that fills them. */
static struct h_guest with_vectors(uint32_t bits, uint64_t seed, uint64_t rounds)
{
	struct cca_realm_create create = usual();
	struct cca_rec_create rec = {
		.flags = CCA_REC_F_RUNNABLE, .gprs = { seed, rounds },
	};
	struct h_guest guest = { .dev = t_open() };

	create.flags = CCA_REALM_F_SVE;
	create.sve_vl = bits;
	build(&guest, "vectors", &create, &rec);
	return guest;
}

struct simd {
	uint64_t q[32][2];
};

/* CCA_RUN with `in` in the SIMD registers; what is there after it. */
static long run_with(int rec, const struct simd *in, struct simd *out)
{
	struct cca_rec_op op = { .size = sizeof(op) };
	register long x0 asm("x0") = rec;
	register long x1 asm("x1") = CCA_RUN;
	register long x2 asm("x2") = (long)&op;
	register long x8 asm("x8") = SYS_ioctl;

#define EACH(op, base) \
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n" \
	op " q\\n, [" base ", #16 * \\n]\n .endr\n"
	asm volatile(EACH("ldr", "%[in]") "svc #0\n" EACH("str", "%[out]")
		     : "+r"(x0) : "r"(x1), "r"(x2), "r"(x8), [in] "r"(in), [out] "r"(out)
		     : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9",
		       "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
		       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",
		       "v30", "v31");
	return x0;
}

static void want_round(struct h_guest *guest, uint32_t bits)
{
	struct simd in, out;

	memset(&in, 0xa5 ^ bits / 128, sizeof(in));
	T_EQ(run_with(guest->rec, &in, &out), 0);
	T_ASSERT(!memcmp(&in, &out, sizeof(in)));
	if (guest->run->exit_reason == CCA_EXIT_HOST_CALL && guest->run->imm != 100)
		t_fail(__FILE__, __LINE__, "the guest said: %.240s", (char *)&guest->run->gprs[1]);
	T_EQ(guest->run->exit_reason, CCA_EXIT_HOST_CALL);
	T_EQ(guest->run->gprs[0] * 8, bits);
}

/* Whoever uses vectors on the host meanwhile, on the same CPU. */
static volatile bool over;

static void *neighbour(void *unused)
{
	static const uint8_t wanted = 0x5a;
	uint64_t different = 0, bytes;

	pin(0);
	asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r"(bytes));
	while (!over) {
		uint64_t spin = 20000, bad;

		asm volatile("mov z9.b, %w[wanted]\n mov z31.b, %w[wanted]\n ptrue p7.b\n"
			     "1: subs %[spin], %[spin], #1\n b.ne 1b\n"
			     "cmpne p1.b, p7/z, z9.b, z31.b\n cntp %[bad], p7, p1.b\n"
			     "mov z10.b, %w[wanted]\n cmpne p1.b, p7/z, z10.b, z31.b\n"
			     "cntp x11, p7, p1.b\n add %[bad], %[bad], x11\n"
			     "cntp x11, p7, p7.b\n sub x11, x11, %[bytes]\n add %[bad], %[bad], x11"
			     : [spin] "+r"(spin), [bad] "=&r"(bad)
			     : [wanted] "r"((uint32_t)wanted), [bytes] "r"(bytes)
			     : "v9", "v10", "v31", "x11", "cc");
		different += !!bad;
	}
	return (void *)different;
}

#define CREW	4U
#define ROUNDS	40U

TEST_SECONDS(R25_vectors_of_each_realm_and_of_the_host_are_their_own, 120)
{
	const uint32_t max = h_info(t_open()).out_sve_vl_max;
	const uint32_t bits[CREW] = { max, 128, 256, max };
	bool busy = getauxval(AT_HWCAP) & HWCAP_SVE;
	struct h_guest guest[CREW];
	pthread_t thread;
	void *different;
	unsigned int i, round;

	if (max < 256)
		t_skip("no vectors of several lengths");
	pin(0);
	if (busy)
		T_EQ(pthread_create(&thread, NULL, neighbour, NULL), 0);
	for (i = 0; i < CREW; i++)
		guest[i] = with_vectors(bits[i], 17 * i, ROUNDS);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < CREW; i++)
			want_round(&guest[i], bits[i]);
		/* On another CPU from now on. */
		if (round == ROUNDS / 2)
			pin(sysconf(_SC_NPROCESSORS_ONLN) - 1);
	}
	for (i = 0; i < CREW; i++) {
		h_run_to_end(&guest[i], 0);
		h_close(&guest[i]);
	}
	over = true;
	if (!busy)
		return;
	pthread_join(thread, &different);
	T_EQ((uintptr_t)different, 0);
}

TEST(R25_counters_of_the_PMU)
{
	struct cca_realm_create create = usual();
	int dev = t_open();
	const uint32_t max = h_info(dev).out_pmu_counters_max;
	struct cca_run found;

	found = find(&create);
	T_EQ(PMU_VERSION(found.gprs[DFR0]), 0);
	create.pmu_counters = 1;
	refuse(dev, CCA_REASON_PMU, create);
	create.flags = CCA_REALM_F_PMU;
	create.pmu_counters = max + 1;
	refuse(dev, CCA_REASON_PMU, create);
	create.pmu_counters = ~0U;
	refuse(dev, CCA_REASON_PMU, create);
	if (!max)
		return;
	create.pmu_counters = max;
	found = find(&create);
	T_ASSERT(PMU_VERSION(found.gprs[DFR0]));
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
