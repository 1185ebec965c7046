// SPDX-License-Identifier: GPL-2.0-only
/* Building a realm: parameters, regions, content, RECs, and its states. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

/* -------------------------------------------------------------- parameters */

static void create(struct cca_realm_create arg)
{
	int dev = t_open();
	struct cca_realm_info info;

	t_ok(dev, CCA_REALM_CREATE, &arg);
	info = h_realm_info(arg.out_fd);
	T_EQ(info.out_id, arg.out_id);
	T_EQ(info.out_state, CCA_REALM_NEW);
	T_EQ(info.out_reason, CCA_REASON_NONE);
	T_EQ(info.out_ipa_bits, arg.ipa_bits);
	T_EQ(info.out_hash, arg.hash);
	T_EQ(info.out_recs, 0);
	T_EQ(info.out_private, 0);
	T_ASSERT(info.out_granules >= 2);
	close(arg.out_fd);
	close(dev);
}

static void refuse(struct cca_realm_create arg, int reason)
{
	int dev = t_open();

	t_err(EINVAL, reason, dev, CCA_REALM_CREATE, &arg);
	T_EQ(arg.out_fd, -1);
	/* Seen before the RMM was asked. */
	T_EQ(arg.out.rmi_fid, 0);
	T_EQ(h_info(dev).out_realms, 0);
	close(dev);
}

TEST(R25_every_ipa_width_within_the_limits_works)
{
	struct cca_info info = h_info(t_open());
	unsigned int bits;

	for (bits = info.out_ipa_bits_min; bits <= info.out_ipa_bits_max; bits++)
		create((struct cca_realm_create){ .ipa_bits = bits });
}

TEST(R25_ipa_widths_beyond_the_limits_name_that_limit)
{
	struct cca_info info = h_info(t_open());
	const unsigned int bits[] = {
		0, 1, info.out_ipa_bits_min - 1, info.out_ipa_bits_max + 1, 64, 255,
		0x80000000 | H_IPA_BITS,
	};
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(bits); i++)
		refuse((struct cca_realm_create){ .ipa_bits = bits[i] }, CCA_REASON_IPA_BITS);
}

TEST(R25_every_hash_that_is_offered_works_and_no_other)
{
	struct cca_info info = h_info(t_open());
	unsigned int hash;

	for (hash = 0; hash < 8; hash++) {
		struct cca_realm_create arg = { .ipa_bits = H_IPA_BITS, .hash = hash };

		if (info.out_hashes >> hash & 1)
			create(arg);
		else
			refuse(arg, CCA_REASON_HASH);
	}
	refuse((struct cca_realm_create){ .ipa_bits = H_IPA_BITS, .hash = 0x100 },
	       CCA_REASON_HASH);
}

TEST(R25_breakpoints_and_watchpoints_have_their_limits)
{
	struct cca_info info = h_info(t_open());
	struct cca_realm_create arg = { .ipa_bits = H_IPA_BITS };

	arg.breakpoints = info.out_breakpoints_max;
	arg.watchpoints = info.out_watchpoints_max;
	create(arg);
	arg.breakpoints = 2;
	arg.watchpoints = 2;
	create(arg);
	arg.breakpoints = info.out_breakpoints_max + 1;
	refuse(arg, CCA_REASON_BREAKPOINTS);
	arg.breakpoints = 1;
	refuse(arg, CCA_REASON_BREAKPOINTS);
	arg.breakpoints = 0;
	arg.watchpoints = info.out_watchpoints_max + 1;
	refuse(arg, CCA_REASON_WATCHPOINTS);
	arg.watchpoints = 1;
	refuse(arg, CCA_REASON_WATCHPOINTS);
}

TEST(R25_vector_lengths_have_their_limits)
{
	struct cca_info info = h_info(t_open());
	struct cca_realm_create arg = {
		.ipa_bits = H_IPA_BITS,
		.flags = CCA_REALM_F_SVE,
		.sve_vl = info.out_sve_vl_max + 128,
	};

	refuse(arg, CCA_REASON_SVE);
	arg.sve_vl = 0;
	refuse(arg, CCA_REASON_SVE);
	arg.sve_vl = 100;
	refuse(arg, CCA_REASON_SVE);
	/* A length that no flag makes count is a mistake, too. */
	arg.flags = 0;
	arg.sve_vl = 128;
	refuse(arg, CCA_REASON_SVE);
	if (!info.out_sve_vl_max)
		return;
	arg.flags = CCA_REALM_F_SVE;
	create(arg);
	arg.sve_vl = info.out_sve_vl_max;
	create(arg);
}

TEST(R25_pmu_counters_have_their_limits)
{
	struct cca_info info = h_info(t_open());
	struct cca_realm_create arg = {
		.ipa_bits = H_IPA_BITS,
		.flags = CCA_REALM_F_PMU,
		.pmu_counters = info.out_pmu_counters_max + 1,
	};

	refuse(arg, CCA_REASON_PMU);
	arg.flags = 0;
	arg.pmu_counters = 1;
	refuse(arg, CCA_REASON_PMU);
	if (!info.out_pmu_counters_max)
		return;
	arg.flags = CCA_REALM_F_PMU;
	arg.pmu_counters = info.out_pmu_counters_max;
	create(arg);
}

TEST(R25_a_personalisation_value_is_taken)
{
	struct cca_realm_create arg = { .ipa_bits = H_IPA_BITS };

	memset(arg.rpv, 0xa5, sizeof(arg.rpv));
	create(arg);
}

TEST(realms_have_different_ids)
{
	struct cca_realm_create a = { .ipa_bits = H_IPA_BITS }, b = a;
	int dev = t_open();

	t_ok(dev, CCA_REALM_CREATE, &a);
	t_ok(dev, CCA_REALM_CREATE, &b);
	T_ASSERT(a.out_id != b.out_id);
	T_EQ(h_info(dev).out_realms, 2);
}

/* The RMM runs out of something first; nothing is lost on the way. */
TEST_SECONDS(many_realms_live_at_once, 120)
{
	struct cca_realm_create arg = { .ipa_bits = H_IPA_BITS };
	int dev = t_open(), i, error = 0;

	for (i = 0; i < 64 && !error; i++) {
		arg.size = sizeof(arg);
		error = t_ioctl(dev, CCA_REALM_CREATE, &arg);
	}
	T_ASSERT(i > 2);
	if (error)
		T_ASSERT(error == -ENOMEM || error == -EBUSY || error == -EAGAIN);
}

/* ----------------------------------------------------------------- regions */

static void add(int realm, uint64_t ipa, uint64_t length, int memory, int error, int reason)
{
	struct cca_mem_add arg = { .ipa = ipa, .length = length, .memory = memory };

	t_err(error, reason, realm, CCA_MEM_ADD, &arg);
}

TEST(a_region_needs_a_length_and_an_alignment)
{
	int realm = h_realm(t_open());

	add(realm, H_RAM, 0, -1, EINVAL, T_ANY);
	add(realm, H_RAM + 1, T_PAGE, -1, EINVAL, CCA_REASON_ALIGNMENT);
	add(realm, H_RAM, 100, -1, EINVAL, CCA_REASON_ALIGNMENT);
	add(realm, H_RAM + 8, T_PAGE - 8, -1, EINVAL, CCA_REASON_ALIGNMENT);
}

TEST(R09_a_region_that_wraps_around_is_EOVERFLOW)
{
	int realm = h_realm(t_open());

	add(realm, 0 - T_PAGE, 2 * T_PAGE, -1, EOVERFLOW, T_ANY);
	add(realm, H_RAM, 0 - T_PAGE, -1, EOVERFLOW, T_ANY);
	add(realm, 0 - T_BLOCK, T_BLOCK + T_PAGE, -1, EOVERFLOW, T_ANY);
}

TEST(a_region_lies_in_the_protected_half)
{
	const uint64_t half = 1UL << (H_IPA_BITS - 1);
	int realm = h_realm(t_open());

	add(realm, half, T_PAGE, -1, EINVAL, CCA_REASON_RANGE);
	add(realm, half - T_PAGE, 2 * T_PAGE, -1, EINVAL, CCA_REASON_RANGE);
	add(realm, 2 * half, T_PAGE, -1, EINVAL, CCA_REASON_RANGE);
	add(realm, 1UL << 60, T_PAGE, -1, EINVAL, CCA_REASON_RANGE);
	add(realm, half - T_PAGE, T_PAGE, -1, 0, 0);
	add(realm, 0, T_PAGE, -1, 0, 0);
}

TEST(regions_do_not_overlap)
{
	int realm = h_realm(t_open());

	h_mem_add(realm, H_RAM, 4 * T_PAGE, -1);
	add(realm, H_RAM, 4 * T_PAGE, -1, EEXIST, CCA_REASON_OVERLAP);
	add(realm, H_RAM + T_PAGE, T_PAGE, -1, EEXIST, CCA_REASON_OVERLAP);
	add(realm, H_RAM - T_PAGE, 2 * T_PAGE, -1, EEXIST, CCA_REASON_OVERLAP);
	add(realm, H_RAM + 3 * T_PAGE, 2 * T_PAGE, -1, EEXIST, CCA_REASON_OVERLAP);
	add(realm, H_RAM - T_PAGE, 6 * T_PAGE, -1, EEXIST, CCA_REASON_OVERLAP);
	/* Neighbours are fine. */
	h_mem_add(realm, H_RAM - T_PAGE, T_PAGE, -1);
	h_mem_add(realm, H_RAM + 4 * T_PAGE, T_BLOCK, -1);
}

TEST(a_region_is_backed_by_a_memory_fd_or_nothing)
{
	int dev = t_open(), realm = h_realm(dev), rec = h_rec(realm, 0, 0);

	add(realm, H_RAM, T_PAGE, dev, EINVAL, CCA_REASON_FD);
	add(realm, H_RAM, T_PAGE, realm, EINVAL, CCA_REASON_FD);
	add(realm, H_RAM, T_PAGE, rec, EINVAL, CCA_REASON_FD);
	add(realm, H_RAM, T_PAGE, STDOUT_FILENO, EINVAL, CCA_REASON_FD);
	add(realm, H_RAM, T_PAGE, 9999, EINVAL, CCA_REASON_FD);
	add(realm, H_RAM, T_PAGE, -2, EINVAL, CCA_REASON_FD);
	h_mem_add(realm, H_RAM, T_PAGE, -1);
}

TEST(many_regions_can_be_declared)
{
	int realm = h_realm(t_open()), i;

	for (i = 0; i < 64; i++)
		h_mem_add(realm, H_RAM + 2 * i * T_PAGE, T_PAGE, -1);
	h_populate(realm, H_RAM + 126 * T_PAGE, h_buffer(T_PAGE, 1), T_PAGE);
}

/* ---------------------------------------------------------------- populate */

static uint64_t populate(int realm, uint64_t ipa, uint64_t length, const void *source,
			 int error, int reason)
{
	struct cca_populate arg = {
		.flags = CCA_POPULATE_F_MEASURE,
		.ipa = ipa,
		.length = length,
		.source = (uintptr_t)source,
	};

	t_err(error, reason, realm, CCA_POPULATE, &arg);
	return arg.out_done;
}

static int realm_with_ram(uint64_t size)
{
	int realm = h_realm(t_open());

	h_mem_add(realm, H_RAM, size, -1);
	return realm;
}

TEST(populated_pages_are_counted)
{
	int realm = realm_with_ram(4 * T_BLOCK);
	struct cca_realm_info info;

	h_populate(realm, H_RAM, h_buffer(20 * T_PAGE, 1), 20 * T_PAGE);
	h_populate(realm, H_RAM + 3 * T_BLOCK, h_buffer(T_PAGE, 1), T_PAGE);
	info = h_realm_info(realm);
	T_EQ(info.out_private, 21 * T_PAGE);
	T_ASSERT(info.out_tables >= 3);
	T_ASSERT(info.out_granules >= 21 + info.out_tables);
	T_ASSERT(info.out_rmi_calls >= 21);
}

TEST(R24_zero_length_misalignment_and_wrap_around_are_errors)
{
	int realm = realm_with_ram(T_BLOCK);
	uint8_t *pages = h_buffer(4 * T_PAGE, 1);

	populate(realm, H_RAM, 0, pages, EINVAL, T_ANY);
	populate(realm, H_RAM + 1, T_PAGE, pages, EINVAL, CCA_REASON_ALIGNMENT);
	populate(realm, H_RAM, T_PAGE + 1, pages, EINVAL, CCA_REASON_ALIGNMENT);
	populate(realm, H_RAM, T_PAGE, pages + 8, EINVAL, CCA_REASON_ALIGNMENT);
	populate(realm, 0 - T_PAGE, 2 * T_PAGE, pages, EOVERFLOW, T_ANY);
	populate(realm, H_RAM, 0 - T_PAGE, pages, EOVERFLOW, T_ANY);
	T_EQ(h_realm_info(realm).out_private, 0);
}

TEST(R24_populating_twice_is_an_error)
{
	int realm = realm_with_ram(T_BLOCK);
	void *pages = h_buffer(8 * T_PAGE, 1);

	h_populate(realm, H_RAM + 2 * T_PAGE, pages, 2 * T_PAGE);
	T_EQ(populate(realm, H_RAM + 2 * T_PAGE, T_PAGE, pages, EEXIST, CCA_REASON_POPULATED), 0);
	T_EQ(populate(realm, H_RAM + 3 * T_PAGE, 2 * T_PAGE, pages, EEXIST,
		      CCA_REASON_POPULATED), 0);
	/* It comes as far as the page that is there already. */
	T_EQ(populate(realm, H_RAM, 4 * T_PAGE, pages, EEXIST, CCA_REASON_POPULATED), 2 * T_PAGE);
	T_EQ(h_realm_info(realm).out_private, 4 * T_PAGE);
}

TEST(populating_outside_of_every_region_is_ENOENT)
{
	int realm = realm_with_ram(4 * T_PAGE);
	void *pages = h_buffer(8 * T_PAGE, 1);

	T_EQ(populate(realm, H_RAM - T_PAGE, T_PAGE, pages, ENOENT, T_ANY), 0);
	T_EQ(populate(realm, H_RAM + 4 * T_PAGE, T_PAGE, pages, ENOENT, T_ANY), 0);
	T_EQ(populate(realm, 1UL << (H_IPA_BITS - 1), T_PAGE, pages, ENOENT, T_ANY), 0);
	/* Half in, half out: nothing is done at all. */
	T_EQ(populate(realm, H_RAM + 2 * T_PAGE, 4 * T_PAGE, pages, ENOENT, T_ANY), 0);
	T_EQ(h_realm_info(realm).out_private, 0);
}

TEST(a_source_that_is_not_there_is_EFAULT)
{
	int realm = realm_with_ram(T_BLOCK);
	uint8_t *pages = h_buffer(4 * T_PAGE, 1);

	T_EQ(populate(realm, H_RAM, T_PAGE, NULL, EFAULT, T_ANY), 0);
	T_EQ(populate(realm, H_RAM, T_PAGE, (void *)0xffff800000000000, EFAULT, T_ANY), 0);
	T_EQ(munmap(pages + 2 * T_PAGE, 2 * T_PAGE), 0);
	T_EQ(populate(realm, H_RAM, 4 * T_PAGE, pages, EFAULT, T_ANY), 2 * T_PAGE);
	T_EQ(h_realm_info(realm).out_private, 2 * T_PAGE);
	/* And it can be called again for the rest. */
	h_populate(realm, H_RAM + 2 * T_PAGE, pages, 2 * T_PAGE);
}

TEST(every_kind_of_memory_is_a_source)
{
	int realm = realm_with_ram(T_BLOCK), zero;
	uint8_t *pages = h_buffer(T_PAGE, 1);

	/* Never written: the shared zero page. Read-only. A shared mapping. */
	h_populate(realm, H_RAM, mmap(NULL, T_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
				      -1, 0), T_PAGE);
	T_EQ(mprotect(pages, T_PAGE, PROT_READ), 0);
	h_populate(realm, H_RAM + T_PAGE, pages, T_PAGE);
	h_populate(realm, H_RAM + 2 * T_PAGE,
		   mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		   T_PAGE);
	for (zero = 0; zero < (int)T_PAGE / 4; zero++)
		T_EQ(((uint32_t *)pages)[zero], (uint32_t)zero * 2654435761u + 1);
}

TEST(one_page_can_be_the_source_of_many)
{
	int realm = realm_with_ram(T_BLOCK), i;
	void *page = h_buffer(T_PAGE, 1);

	for (i = 0; i < 16; i++)
		h_populate(realm, H_RAM + i * T_PAGE, page, T_PAGE);
}

TEST(populating_goes_across_regions_that_touch)
{
	int realm = h_realm(t_open());

	h_mem_add(realm, H_RAM, 2 * T_PAGE, -1);
	h_mem_add(realm, H_RAM + 2 * T_PAGE, 2 * T_PAGE, -1);
	h_populate(realm, H_RAM + T_PAGE, h_buffer(2 * T_PAGE, 1), 2 * T_PAGE);
	T_EQ(h_realm_info(realm).out_private, 2 * T_PAGE);
}

TEST_SECONDS(megabytes_can_be_populated_in_one_call, 60)
{
	int realm = realm_with_ram(8 * T_BLOCK);

	h_populate(realm, H_RAM, h_buffer(2 * T_BLOCK, 1), 2 * T_BLOCK);
	T_EQ(h_realm_info(realm).out_private, 2 * T_BLOCK);
}

/* -------------------------------------------------------------------- RECs */

TEST(recs_are_numbered_in_order)
{
	int realm = realm_with_ram(T_BLOCK), i;

	for (i = 0; i < 3; i++) {
		struct cca_rec_create arg = { .flags = i ? 0 : CCA_REC_F_RUNNABLE, .pc = H_RAM };
		struct cca_rec_info info = { 0 };

		t_ok(realm, CCA_REC_CREATE, &arg);
		T_EQ(arg.out_index, i);
		T_EQ(arg.out_mpidr, i);
		/* Creating one is a stateful operation that asks for memory. */
		T_ASSERT(arg.out.donated > 0 || !t_firmware_is_ours());
		t_ok_plain(arg.out_fd, CCA_REC_INFO, &info);
		T_EQ(info.out_index, i);
		T_EQ(info.out_state, i ? 0 : 1);
		T_EQ(info.out_mpidr, i);
		T_EQ(info.out_entries, 0);
	}
	T_EQ(h_realm_info(realm).out_recs, 3);
}

TEST(a_rec_that_is_closed_stays_with_its_realm)
{
	int realm = realm_with_ram(T_BLOCK);

	close(h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE));
	T_EQ(h_realm_info(realm).out_recs, 1);
	h_activate(realm);
}

/* ------------------------------------------------------------------ states */

/* Every command that builds must say EBUSY once the realm is active. */
TEST(an_active_realm_cannot_be_built_any_more)
{
	int realm = realm_with_ram(T_BLOCK);
	struct cca_mem_add add_arg = { .ipa = 0, .length = T_PAGE, .memory = -1 };
	struct cca_populate populate_arg = { .ipa = H_RAM, .length = T_PAGE };
	struct cca_rec_create rec_arg = { .pc = H_RAM };
	struct cca_realm_op op = { 0 };

	populate_arg.source = (uintptr_t)h_buffer(T_PAGE, 1);
	h_activate(realm);
	T_EQ(h_realm_info(realm).out_state, CCA_REALM_ACTIVE);
	t_err(EBUSY, CCA_REASON_STATE, realm, CCA_ACTIVATE, &op);
	t_err(EBUSY, CCA_REASON_STATE, realm, CCA_MEM_ADD, &add_arg);
	t_err(EBUSY, CCA_REASON_STATE, realm, CCA_POPULATE, &populate_arg);
	T_EQ(populate_arg.out_done, 0);
	t_err(EBUSY, CCA_REASON_STATE, realm, CCA_REC_CREATE, &rec_arg);
	T_EQ(rec_arg.out_fd, -1);
	T_EQ(h_realm_info(realm).out_state, CCA_REALM_ACTIVE);
}

static void over(int realm, int rec, uint32_t state)
{
	struct cca_mem_add add_arg = { .ipa = 0, .length = T_PAGE, .memory = -1 };
	struct cca_populate populate_arg = { .ipa = H_RAM, .length = T_PAGE };
	struct cca_rec_create rec_arg = { .pc = H_RAM };
	struct cca_realm_op op = { 0 };
	struct cca_rec_op run = { 0 };

	populate_arg.source = (uintptr_t)h_buffer(T_PAGE, 1);
	T_EQ(h_realm_info(realm).out_state, state);
	T_EQ(h_realm_info(realm).out_reason, CCA_REASON_TERMINATED);
	t_err(ESTALE, CCA_REASON_TERMINATED, realm, CCA_ACTIVATE, &op);
	t_err(ESTALE, CCA_REASON_TERMINATED, realm, CCA_MEM_ADD, &add_arg);
	t_err(ESTALE, CCA_REASON_TERMINATED, realm, CCA_POPULATE, &populate_arg);
	t_err(ESTALE, CCA_REASON_TERMINATED, realm, CCA_REC_CREATE, &rec_arg);
	t_err(ESTALE, CCA_REASON_TERMINATED, rec, CCA_RUN, &run);
}

TEST(a_terminated_realm_is_over)
{
	int active;

	for (active = 0; active < 2; active++) {
		int realm = realm_with_ram(T_BLOCK), rec = h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE);
		struct cca_realm_op op = { 0 };

		h_populate(realm, H_RAM, h_buffer(T_PAGE, 1), T_PAGE);
		if (active)
			h_activate(realm);
		t_ok(realm, CCA_TERMINATE, &op);
		over(realm, rec, CCA_REALM_TERMINATED);
		/* "From any state", this one too. */
		t_ok(realm, CCA_TERMINATE, &op);
	}
}

TEST(R32_a_destroyed_realm_holds_nothing)
{
	int active;

	for (active = 0; active < 2; active++) {
		int dev = t_open(), realm = h_realm(dev), rec;
		struct cca_realm_op op = { 0 };
		struct cca_realm_info info;

		h_mem_add(realm, H_RAM, 2 * T_BLOCK, -1);
		h_populate(realm, H_RAM, h_buffer(4 * T_PAGE, 1), 4 * T_PAGE);
		rec = h_rec(realm, H_RAM, CCA_REC_F_RUNNABLE);
		if (active)
			h_activate(realm);
		t_ok(realm, CCA_DESTROY, &op);
		T_ASSERT(op.out.reclaimed > 0 || !t_firmware_is_ours());
		over(realm, rec, CCA_REALM_DESTROYED);
		info = h_realm_info(realm);
		T_EQ(info.out_granules, 0);
		T_EQ(info.out_private, 0);
		T_EQ(info.out_tables, 0);
		T_EQ(info.out_leaked, 0);
		T_EQ(h_info(dev).out_ledger.in_use, 0);
		close(rec);
		close(realm);
		close(dev);
	}
}

TEST(a_realm_without_anything_can_be_activated_and_closed)
{
	int realm = h_realm(t_open());

	h_activate(realm);
	close(realm);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
