// SPDX-License-Identifier: GPL-2.0-only
/* The guest that does what it is told: a test's hand inside the realm. */
#include "puppet.h"

#define CALL_ORDER	110

static bool is_done(const struct h_guest *guest)
{
	return guest->run->exit_reason == CCA_EXIT_HOST_CALL && guest->run->imm == CALL_ORDER;
}

void p_load(struct h_guest *guest, uint64_t size)
{
	h_load(guest, "puppet", size, -1, NULL);
}

void p_activate(struct h_guest *guest)
{
	h_activate(guest->realm);
	p_done(guest);
	/* So that it has touched all of itself, and only orders change its memory. */
	p_do(guest, P_TRY_LOAD, H_RAM, 0, 0, 0);
	p_do(guest, P_STATE, H_RAM, 0, 0, 0);
	p_do(guest, P_RIPAS, H_RAM, H_RAM + T_PAGE, 1, 0);
}

void p_start(struct h_guest *guest, uint64_t size)
{
	p_load(guest, size);
	p_activate(guest);
}

void p_order(struct h_guest *guest, unsigned int order, uint64_t a, uint64_t b, uint64_t c,
	     uint64_t d)
{
	T_ASSERT(is_done(guest));
	guest->run->gprs[0] = order;
	guest->run->gprs[1] = a;
	guest->run->gprs[2] = b;
	guest->run->gprs[3] = c;
	guest->run->gprs[4] = d;
}

uint64_t p_done(struct h_guest *guest)
{
	int result = h_run(guest);

	if (result || !is_done(guest)) {
		t_note("CCA_RUN gave %d, exit %u, esr 0x%llx, ipa 0x%llx", result,
		       guest->run->exit_reason, (unsigned long long)guest->run->esr,
		       (unsigned long long)guest->run->ipa);
		t_fail(__FILE__, __LINE__, "the guest said: %s", guest->console);
	}
	return guest->run->gprs[0];
}

uint64_t p_do(struct h_guest *guest, unsigned int order, uint64_t a, uint64_t b, uint64_t c,
	      uint64_t d)
{
	p_order(guest, order, a, b, c, d);
	return p_done(guest);
}

uint64_t p_detail(const struct h_guest *guest)
{
	return guest->run->gprs[1];
}
