// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel runs out of memory while a realm grows. This machine is small
 * (exhaustion.conf), so that it happens soon.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "host.h"

#define RAM	(1UL << 30)	/* more than the machine has */

static uint64_t free_memory(void)
{
	struct sysinfo info;

	T_EQ(sysinfo(&info), 0);
	return (info.freeram + info.bufferram) * info.mem_unit;
}

TEST_SECONDS(a_realm_that_grows_beyond_the_machine_is_stopped_by_ENOMEM, 120)
{
	const uint64_t before = free_memory();
	struct cca_realm_op destroy = { 0 };
	struct cca_rec_op op = { 0 };
	struct cca_realm_info info;
	struct h_guest guest;

	h_start(&guest, "grow", RAM);
	T_EQ(h_run(&guest), -ENOMEM);
	t_err(ENOMEM, CCA_REASON_NO_MEMORY, guest.rec, CCA_RUN, &op);
	info = h_realm_info(guest.realm);
	T_EQ(info.out_state, CCA_REALM_ACTIVE);
	t_note("the realm got %llu MiB, %llu MiB are free",
	       (unsigned long long)info.out_private >> 20,
	       (unsigned long long)free_memory() >> 20);
	/* Most of what was free is the realm's, and the host lives on. */
	T_ASSERT(info.out_private > before / 2);
	t_ok(guest.realm, CCA_DESTROY, &destroy);
	T_EQ(h_realm_info(guest.realm).out_granules, 0);
}

TEST_SECONDS(it_can_go_on_when_there_is_memory_again, 120)
{
	struct cca_realm_op destroy = { 0 };
	struct h_guest guest, hog;

	h_start(&hog, "grow", RAM);
	h_start(&guest, "grow", 8 * T_BLOCK);
	T_EQ(h_run(&hog), -ENOMEM);
	/* Perhaps it still finds something; but not for long. */
	t_ok(hog.realm, CCA_DESTROY, &destroy);
	h_run_to_end(&guest, 0);
}

TEST_SECONDS(populating_beyond_the_machine_is_ENOMEM_and_says_how_far_it_came, 120)
{
	int dev = t_open(), realm = h_realm(dev);
	struct cca_populate populate = { .length = T_BLOCK };
	void *source = h_buffer(T_BLOCK, 1);
	int result = 0;

	h_mem_add(realm, H_RAM, RAM, -1);
	populate.source = (uintptr_t)source;
	for (populate.ipa = H_RAM; !result; populate.ipa += T_BLOCK) {
		populate.size = sizeof(populate);
		result = t_ioctl(realm, CCA_POPULATE, &populate);
	}
	T_EQ(result, -ENOMEM);
	T_EQ(populate.out.reason, CCA_REASON_NO_MEMORY);
	T_EQ(populate.out_done % T_PAGE, 0);
	T_EQ(h_realm_info(realm).out_private,
	     populate.ipa - T_BLOCK - H_RAM + populate.out_done);
}

TEST_SECONDS(delegating_beyond_the_machine_is_ENOMEM_and_all_comes_back, 120)
{
	struct cca_delegate delegate = { .length = RAM, .block_size = T_PAGE };
	int dev = t_open();

	t_err(ENOMEM, CCA_REASON_NO_MEMORY, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
	T_ASSERT(delegate.out_done < RAM);
	delegate.block_size = T_BLOCK;
	t_err(ENOMEM, CCA_REASON_NO_MEMORY, dev, CCA_DELEGATE, &delegate);
	T_EQ(h_info(dev).out_ledger.reserved, 0);
}

TEST_SECONDS(realms_without_end_are_refused_before_the_machine_falls_over, 120)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS };
	int dev = t_open(), result, i;
	struct cca_rec_create rec = { .pc = H_RAM };

	for (i = 0; i < 500; i++) {
		create.size = sizeof(create);
		result = t_ioctl(dev, CCA_REALM_CREATE, &create);
		if (result)
			break;
		rec.size = sizeof(rec);
		result = t_ioctl(create.out_fd, CCA_REC_CREATE, &rec);
		if (result)
			break;
	}
	t_note("%d realms, then %d", i, result);
	T_ASSERT(i > 2);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
