// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic with realms alive, and the crash kernel that reads all of the dead
 * one's memory (R13). With crash_kexec_post_notifiers the module is asked
 * before; reading a page of the realm world would be the crash kernel's death.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "crowd.h"
#include "kexec.h"
#include "pages.h"

#define PAGES	"/pages"	/* comes along into the crash kernel */
#define VMCORE	"/proc/vmcore"

static void crash(void)
{
	static struct crowd crowd;
	struct p_set pages;

	T_EQ(t_insmod(T_MODULE, ""), 0);
	crowd_gather(&crowd);
	pages = p_offline();
	t_note("%zu pages are in the realm world", pages.count);
	T_ASSERT(pages.count > CROWD_PAGES);
	p_save(&pages, PAGES);
	kexec_load("-p", "maxcpus=1 reset_devices earlycon=pl011,0x9000000");
	p_write("/proc/sysrq-trigger", "c");
	t_fail(__FILE__, __LINE__, "alive");
}

TEST_SECONDS(R13_a_crash_kernel_can_read_all_of_the_memory, 120)
{
	struct p_set pages = p_load(PAGES);
	struct p_core core;

	T_ASSERT(pages.count > CROWD_PAGES);
	core = p_read_core(VMCORE, &pages);
	t_note("%llu MiB", (unsigned long long)core.bytes >> 20);
	T_ASSERT(core.bytes > 256UL << 20);
	T_ASSERT(core.full);
	/* The image of the kernel is there twice. */
	T_ASSERT(core.in_set >= pages.count);
}

/* All of it came back: else the RMM would not be left in peace. */
TEST(R13_the_RMM_has_nothing_of_the_dead_kernel_any_more)
{
	uint64_t out[3], x0;

	x0 = p_rmi(SMC_RMI_RMM_STATE_GET, 0, 0, out);
	if (x0 == RMI_NOT_IMPLEMENTED)
		t_skip("this RMM cannot be asked");
	T_EQ(x0, RMI_SUCCESS);
	T_EQ(out[0], RMI_RMM_ACTIVE);
	T_EQ(p_rmi(SMC_RMI_RMM_DEACTIVATE, 0, 0, NULL), RMI_SUCCESS);
}

int main(void)
{
	if (strcmp(t_env("BOOT", "1"), "2"))
		crash();
	return t_main(0);
}
