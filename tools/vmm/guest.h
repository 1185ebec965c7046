/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that runs: a realm, its board, and a thread for each of its CPUs.
 */
#ifndef VMM_GUEST_H
#define VMM_GUEST_H

#include <pthread.h>

#include "../command.h"
#include "board.h"
#include "devices.h"
#include "line.h"

#define GUEST_EXITS	(CCA_EXIT_TIMER + 1)

struct guest_cpu {
	struct guest *guest;
	struct cca_rec *rec;
	pthread_t thread;
	unsigned int index;
	bool started;			/* the thread is there */
	bool inside;			/* it is in cca_rec_run(), or about to be */
	unsigned int turned_on;		/* how often, by CPU_ON */
};

struct guest {
	const char *name;		/* for messages */
	struct cca_realm *realm;
	uint64_t base, memory;		/* RAM */
	uint64_t alias;			/* the bit that makes an IPA unprotected */
	const struct line *line;	/* where consoles end */
	struct devices *devices;	/* that do I/O; NULL: none */
	int over_fd;			/* eventfd: readable when it is over */

	pthread_mutex_t lock;		/* what is below */
	pthread_cond_t power;		/* a CPU was turned on; or it is over */
	pthread_cond_t room;		/* the UART has room; or it is over */
	pthread_cond_t work;		/* for a device that does I/O; or it is over */
	struct board board;
	unsigned int cpus;
	unsigned int list_registers;	/* that a CPU has */
	unsigned int off;		/* CPUs that wait to be turned on */
	bool over;
	int status;			/* how it ended */
	struct problem problem;
	uint64_t exits[GUEST_EXITS];
	uint64_t sgis;
	uint64_t kicks;
	uint64_t lent;			/* bytes */
	struct guest_cpu *cpu;
};

/* Fields above `lock` are the caller's. `recs`: as many as CPUs, in their order. */
int guest_start(struct guest *guest, struct cca_rec **recs, unsigned int cpus,
		struct problem *p);

/* Let it get what was typed. Waits for room: false if it is over. */
bool guest_receive(struct guest *guest, const uint8_t *bytes, size_t count);

/* The terminal has that size. */
void guest_resize(struct guest *guest, uint16_t columns, uint16_t rows);

/* End it, if it is not over: with this status and problem. */
void guest_end(struct guest *guest, int status, const struct problem *p);

/* Wait for all threads, after it is over; its status, and its problem. */
int guest_join(struct guest *guest, struct problem *p);
void guest_free(struct guest *guest);

#endif
