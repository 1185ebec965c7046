// SPDX-License-Identifier: GPL-2.0-only
/*
 * The honest RMM: the model in its host shell, which may be told by the fault
 * plan to be less so. It runs on the RMM's view of the simulated memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rmm/fault.h"
#include "rmm/host/host.h"
#include "world.h"

static struct host *host;

void model_begin(bool july, unsigned int mib)
{
	const struct rmm_config config = {
		.profile = july ? RMM_PROFILE_JULY : RMM_PROFILE_BET3,
		.cpus = 2, .pa_bits = 48, .num_bps = 5, .num_wps = 3,
	};

	/* One memory for both sides of the seam. */
	host = host_new_in(&config, mib, world.rmm_view);
	world.realm_pas = host->realm_pas;
	for (unsigned int i = 0; i < HOST_CARVEOUT_PAGES; i++)
		world.page[i].owner = OWNER_CALLER;
}

void model_end(void)
{
	host->memory = NULL;
	host_free(host);
	host = NULL;
	world.realm_pas = NULL;
}

static void smc(uint64_t x[18])
{
	struct rmm_regs regs;

	memcpy(regs.x, x, sizeof(regs.x));
	host_call(host, &regs);
	memcpy(x, regs.x, sizeof(regs.x));
}

const struct rmm_backend model = { .smc = smc };

/* Some lies cannot be seen through: then memory is lost on the RMM's word. */
static bool is_lie(unsigned int kind, uint64_t a)
{
	return kind == FAULT_COUNT || kind == FAULT_DESCRIPTOR ||
	       kind == FAULT_OUTPUT ||
	       (kind == FAULT_STATUS && RMI_STATUS(a) == RMI_SUCCESS) ||
	       (kind == FAULT_STATUS_BITS && a & 0xff);
}

void model_fault(unsigned int number, unsigned int n, unsigned int times,
		 unsigned int kind, uint64_t a, uint64_t b)
{
	uint64_t args[7] = { number, n, times, kind, a, b };

	if (!HOST_CALL(host, SMC_RMM_TEST_FAULT_ADD, args[0], args[1], args[2],
		       args[3], args[4], args[5]) && is_lie(kind, a))
		world.lies = true;
}

void model_fault_clear(void)
{
	HOST_CALL(host, SMC_RMM_TEST_FAULT_CLEAR, 0);
}

unsigned int model_not_ns(void)
{
	HOST_CALL(host, SMC_RMM_TEST_LEDGER, 0);
	return (unsigned int)host_regs()->x[1];
}
