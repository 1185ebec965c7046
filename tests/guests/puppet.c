// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does what a test, its host, tells it, one order at a time: host call 110
 * brings the result of the last order in gprs[0] and gprs[1], and takes the
 * next one back, as order, a, b, c, d in gprs[0] to [4].
 */
#include "rt/rt.h"

enum {
	EXIT,			/* with status a */
	LOAD,			/* the word at a: its value */
	STORE,			/* b to the word at a */
	TRY_LOAD, TRY_STORE,	/* the same; 1 if it came back, else 0 and ESR */
	PAIR,			/* b and c to the two words at a, by one store */
	FILL,			/* each page of [a, b): its address plus c */
	CHECK,			/* how many pages of [a, b) have not that */
	RIPAS,			/* [a, b) to be c, with flags d, one request: */
				/* new base, and 1 if it was refused */
	STATE,			/* the RIPAS at a */
	COUNT,			/* at a + 8, until the word at a is not 0 */
};

static uint64_t value;

static void load(uint64_t address)
{
	value = *(volatile uint64_t *)address;
}

static void store(uint64_t address)
{
	*(volatile uint64_t *)address = value;
}

static uint64_t try(void (*fn)(uint64_t), uint64_t address, uint64_t *detail)
{
	bool back = rt_try(fn, address);

	*detail = back ? value : rt_fault.esr;
	return back;
}

static uint64_t ask(const uint64_t *order, uint64_t *refused)
{
	uint64_t x[18] = { SMC_RSI_IPA_STATE_SET, order[1], order[2], order[3], order[4] };

	rt_smc(x);
	*refused = x[0] == RSI_SUCCESS ? x[2] : 1000 + x[0];
	return x[1];
}

static uint64_t obey(const uint64_t *order, uint64_t *detail)
{
	volatile uint64_t *at = (uint64_t *)order[1];
	uint64_t page, wrong = 0;

	value = order[2];
	switch (order[0]) {
	case LOAD:
		return *at;
	case STORE:
		*at = value;
		return 0;
	case TRY_LOAD:
		return try(load, order[1], detail);
	case TRY_STORE:
		return try(store, order[1], detail);
	case PAIR:
		asm volatile("stp %0, %1, [%2]" : : "r"(order[2]), "r"(order[3]), "r"(at) : "memory");
		return 0;
	case FILL:
		for (page = order[1]; page < order[2]; page += RT_PAGE)
			*(volatile uint64_t *)page = page + order[3];
		return 0;
	case CHECK:
		for (page = order[1]; page < order[2]; page += RT_PAGE)
			wrong += *(volatile uint64_t *)page != page + order[3];
		return wrong;
	case RIPAS:
		return ask(order, detail);
	case STATE:
		return rt_ripas_get(order[1], order[1] + RT_PAGE).value;
	case COUNT:
		while (!at[0])
			at[1]++;
		return at[1];
	}
	rt_fail("an order that is none");
}

int main(const uint64_t args[8])
{
	uint64_t gprs[31] = { 0 }, detail;

	for (;;) {
		rt_host_call(110, gprs);
		if (gprs[0] == EXIT)
			return (int)gprs[1];
		detail = 0;
		gprs[0] = obey(gprs, &detail);
		gprs[1] = detail;
	}
}
