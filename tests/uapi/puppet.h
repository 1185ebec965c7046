/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest that does what it is told: a test's hand inside the realm. */
#ifndef TESTS_UAPI_PUPPET_H
#define TESTS_UAPI_PUPPET_H

#include "host.h"

/* As in tests/guests/puppet.c. */
enum {
	P_EXIT, P_LOAD, P_STORE, P_TRY_LOAD, P_TRY_STORE, P_PAIR, P_FILL, P_CHECK, P_RIPAS,
	P_STATE, P_COUNT,
};

/* h_load() with it; it has been run up to its first order once it is active. */
void p_load(struct h_guest *guest, uint64_t size);
void p_activate(struct h_guest *guest);
void p_start(struct h_guest *guest, uint64_t size);

/* Give an order without running: the next h_run() carries it out. */
void p_order(struct h_guest *guest, unsigned int order, uint64_t a, uint64_t b, uint64_t c,
	     uint64_t d);

/* Run; the order is done, and the test fails if something else came in between. */
uint64_t p_done(struct h_guest *guest);

/* Both. */
uint64_t p_do(struct h_guest *guest, unsigned int order, uint64_t a, uint64_t b, uint64_t c,
	      uint64_t d);
#define p_load_at(guest, a)		p_do(guest, P_LOAD, a, 0, 0, 0)
#define p_store_at(guest, a, value)	((void)p_do(guest, P_STORE, a, value, 0, 0))

/* The second result of the last order. */
uint64_t p_detail(const struct h_guest *guest);

#endif
