/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A listener to the events of the module, by nothing but a netlink socket.
 */
#ifndef TESTS_UAPI_LISTEN_H
#define TESTS_UAPI_LISTEN_H

#include <linux/cca_netlink.h>

#include "tap.h"

struct w_event {
	uint32_t kind;			/* CCA_EVENT_* */
	uint32_t has;			/* bit CCA_EVENT_A_* */
	uint64_t value[CCA_EVENT_A_MAX + 1]; /* by attribute */
	char name[CCA_NAME_SIZE];
};

/* A socket in the group, or -errno of whatever did not work. */
int w_join(void);
/* The same, and it works. */
int w_open(void);

/* A socket of generic netlink; ask the module on it for its user's events: 0 or -errno. */
int w_socket(void);
int w_subscribe(int fd);

/* The next one; the test fails if none comes within seconds. */
struct w_event w_next(int watch);
/* The next one must be of this kind, of this realm, and have these alone. */
struct w_event w_expect(int watch, uint32_t kind, uint32_t realm, uint32_t has);
/* -errno of the socket instead of an event; 0: *event is one. */
int w_try(int watch, struct w_event *event, int timeout_ms);
/* Nothing comes for a while. */
void w_silent(int watch);

#define W_HAS(attribute)	(UINT32_C(1) << CCA_EVENT_A_##attribute)
#define W_REALM			(W_HAS(SEQ) | W_HAS(REALM) | W_HAS(OWNER))

#endif
