/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's network card is connected to: a network of our own that reaches
 * the host's by ordinary sockets ("user", by libslirp), or a TAP interface.
 * All calls are made by one thread.
 */
#ifndef VMM_NETWORK_H
#define VMM_NETWORK_H

#include "../command.h"

struct network {
	struct Slirp *slirp;		/* NULL: it is the interface */
	int tap;
	/* A frame for the guest. */
	void (*deliver)(void *context, const uint8_t *frame, size_t length);
	void *context;
	struct pollfd *polled;		/* of libslirp: their sockets, after two of ours */
	unsigned int polled_count, polled_room;
};

/* user[,hostfwd=tcp::PORT-:PORT]... or tap=NAME. STATUS_OK: network_close() it. */
int network_open(struct network *n, const char *words, struct problem *p);
void network_close(struct network *n);

/* A frame from the guest. */
void network_send(struct network *n, const uint8_t *frame, size_t length);

/*
 * Until there is something: then deliver it, if the guest has `room`. One of two
 * more files being readable ends it, too.
 */
void network_wait(struct network *n, int first, int second, bool room);

#endif
