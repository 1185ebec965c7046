// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each n-th allocation fails while the module is loaded, or unloaded. It comes
 * up or it does not, leaves nothing behind, and works at the next try.
 */
#include <unistd.h>

#include "fault.h"
#include "host.h"

#define MOST	500

/* The module works, as if nothing had ever happened. */
static void works(void)
{
	struct cca_info info;
	int dev, memory;

	T_EQ(t_insmod(T_MODULE, ""), 0);
	dev = t_open();
	info = h_info(dev);
	T_EQ(info.out_reason, CCA_REASON_NONE);
	memory = h_memory(dev, 4 * T_PAGE, T_PAGE);
	close(memory);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(t_offline_pages(NULL), 0);
}

TEST_SECONDS(every_fault_in_loading_and_unloading, 600)
{
	unsigned int n, loaded = 0;
	int error;

	f_setup();
	works();
	for (n = 1; n < MOST; n++) {
		f_plan(n);
		f_begin();
		error = t_insmod(T_MODULE, "");
		f_end();
		if (error && (!f_fired() || error != -ENOMEM))
			t_fail(__FILE__, __LINE__, "insmod gave %d, fault %u", error, n);
		if (!error) {
			loaded++;
			f_begin();
			error = t_rmmod("cca");
			f_end();
			T_EQ(error, 0);
		}
		T_EQ(t_offline_pages(NULL), 0);
		if (!f_fired())
			break;
		works();
	}
	T_ASSERT(n > 1 && n < MOST);
	t_note("%u faults, loaded in spite of %u", n - 1, loaded - 1);
}

TEST_SECONDS(and_nothing_was_forgotten, 120)
{
	T_EQ(f_leaks(), 0);
}

int main(void)
{
	return t_main(0);
}
