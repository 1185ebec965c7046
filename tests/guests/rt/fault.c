// SPDX-License-Identifier: GPL-2.0-only
/* How a guest ends, and what it does about exceptions. */
#include "rt.h"

struct rt_fault rt_fault;

_Noreturn void rt_exit(int status)
{
	uint64_t gprs[31] = { (unsigned int)status };

	rt_flush();
	rt_host_call(RT_HOST_EXIT, gprs);
	rt_smc4(RSI_PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		asm volatile("wfi");
}

_Noreturn void rt_fail(const char *what)
{
	rt_print("failed: ");
	rt_print(what);
	rt_print("\n");
	rt_exit(1);
}

_Noreturn void rt_unexpected(void)
{
	rt_print("exception: esr ");
	rt_print_number(rt_fault.esr);
	rt_print(" far ");
	rt_print_number(rt_fault.far);
	rt_print(" pc ");
	rt_print_number(rt_fault.elr);
	rt_print("\n");
	rt_exit(RT_STATUS_EXCEPTION);
}

void rt_load(uint64_t address)
{
	(void)*(volatile uint32_t *)address;
}

void rt_store(uint64_t address)
{
	*(volatile uint32_t *)address = 0xdead;
}

void rt_jump(uint64_t address)
{
	((void (*)(void))address)();
}
