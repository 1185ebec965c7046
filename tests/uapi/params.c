// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parameters of a realm: what may be set is what the RMM can do, what may
 * not has a reason of its own, and what was set is what the realm finds (R25).
 */
#define _GNU_SOURCE
#include <string.h>
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

/* The guest in a realm with these parameters: what it says is in its registers. */
static struct cca_run find(struct cca_realm_create *create)
{
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE };
	struct h_guest guest = { .dev = t_open() };
	struct h_image image;
	struct cca_run found;
	unsigned int i;

	t_ok(guest.dev, CCA_REALM_CREATE, create);
	guest.realm = create->out_fd;
	h_mem_add(guest.realm, H_RAM, RAM, -1);
	h_image_read(&image, "params");
	for (i = 0; i < image.segments; i++)
		h_populate(guest.realm, image.segment[i].ipa, image.segment[i].pages,
			   image.segment[i].size);
	h_image_free(&image);
	rec.pc = image.entry;
	rec.gprs[0] = !!(create->flags & CCA_REALM_F_SVE);
	t_ok(guest.realm, CCA_REC_CREATE, &rec);
	guest.rec = rec.out_fd;
	guest.run = h_run_page(guest.rec);
	h_activate(guest.realm);
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

TEST_SECONDS(R25_breakpoints_and_watchpoints, 60)
{
	int dev = t_open();
	const struct cca_info info = h_info(dev);
	struct cca_realm_create create;
	struct cca_run found;
	uint32_t n;

	for (n = 2; n <= info.out_breakpoints_max; n++) {
		create = usual();
		create.breakpoints = n;
		found = find(&create);
		T_EQ(BRPS(found.gprs[DFR0]) + 1, n);
		T_EQ(WRPS(found.gprs[DFR0]) + 1, 2);
	}
	for (n = 2; n <= info.out_watchpoints_max; n++) {
		create = usual();
		create.watchpoints = n;
		found = find(&create);
		T_EQ(BRPS(found.gprs[DFR0]) + 1, 2);
		T_EQ(WRPS(found.gprs[DFR0]) + 1, n);
	}
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
