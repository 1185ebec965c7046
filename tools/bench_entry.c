// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca bench: a realm that runs. Its program is so small that it is here.
 */
#include <errno.h>
#include <string.h>

#include "bench.h"

#define ROUNDS		64
#define RAM_SIZE	(2ULL << 20)
#define DEVICE		0x09000000ULL
#define TICKS		1000ULL
#define IPA_BITS	40

/*
 * x0: what it does for ever. x1: a device. x2: ticks of the timer. x3: a page
 * for host calls.
 */
static const uint32_t program[] = {
	0xb4000220,	/*	cbz  x0, calls		*/
	0xf100041f,	/*	cmp  x0, #1		*/
	0x540001a0,	/*	b.eq stores		*/
	0xd51be302,	/* sleeps: msr cntv_tval_el0, x2 */
	0xd2800024,	/*	mov  x4, #1		*/
	0xd51be324,	/*	msr  cntv_ctl_el0, x4	*/
	0xd5033fdf,	/*	isb			*/
	0xd503207f,	/*	wfi			*/
	0xd51be33f,	/*	msr  cntv_ctl_el0, xzr	*/
	0xd5033fdf,	/*	isb			*/
	0xd2803320,	/*	mov  x0, #0x199		*/
	0xf2b88000,	/*	movk x0, #0xc400, lsl 16 */
	0xaa0303e1,	/*	mov  x1, x3		*/
	0xd4000003,	/*	smc  #0			*/
	0x17fffff5,	/*	b    sleeps		*/
	0xb9000020,	/* stores: str w0, [x1]		*/
	0x17ffffff,	/*	b    stores		*/
	0xd2803320,	/* calls: mov x0, #0x199	*/
	0xf2b88000,	/*	movk x0, #0xc400, lsl 16 */
	0xaa0303e1,	/*	mov  x1, x3		*/
	0xd4000003,	/*	smc  #0			*/
	0x17fffffc,	/*	b    calls		*/
};

enum { CALLS, STORES, SLEEPS };

struct runner {
	struct cca_realm *realm;
	struct cca_rec *rec;
};

static int failed(struct runner *r, const char *action, int err, struct problem *p)
{
	return problem_call(p, "realm", action, err,
			    r->realm ? cca_realm_last_outcome(r->realm) : NULL);
}

static void stop(struct runner *r)
{
	if (r->rec)
		cca_rec_close(r->rec);
	if (r->realm)
		cca_realm_close(r->realm);
}

static int start(struct bench *b, struct runner *r, unsigned int what, struct problem *p)
{
	static uint8_t page[CCA_PAGE_SIZE] __attribute__((aligned(CCA_PAGE_SIZE)));
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = IPA_BITS };
	struct cca_rec_options rec = {
		.size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE, .pc = BENCH_RAM,
		.gprs = { what, DEVICE | 1ULL << (IPA_BITS - 1), TICKS, BENCH_RAM + CCA_PAGE_SIZE },
	};
	int err;

	*r = (struct runner) { 0 };
	memcpy(page, program, sizeof(program));
	err = cca_realm_create(b->c, &o, &r->realm);
	if (err)
		return problem_call(p, "realm", "create it", err, cca_last_outcome(b->c));
	err = cca_realm_add_memory(r->realm, BENCH_RAM, RAM_SIZE, NULL);
	if (!err)
		err = cca_realm_populate(r->realm, BENCH_RAM, sizeof(page), page,
					 CCA_POPULATE_F_MEASURE, NULL);
	/* The page for host calls: else its fault would be part of the first. */
	if (!err)
		err = cca_realm_prefault(r->realm, BENCH_RAM + CCA_PAGE_SIZE, CCA_PAGE_SIZE, NULL);
	if (!err)
		err = cca_rec_create(r->realm, &rec, &r->rec);
	if (!err)
		err = cca_realm_activate(r->realm);
	if (err)
		return failed(r, "start it", err, p);
	return STATUS_OK;
}

static int run(struct runner *r, uint32_t exit, struct problem *p)
{
	struct cca_run *page = cca_rec_page(r->rec);
	int err;

	/* An interrupt of the host may be an exit on the way. */
	do {
		err = cca_rec_run(r->rec);
		if (err)
			return problem_call(p, "REC 0", "run it", err, cca_rec_last_outcome(r->rec));
	} while (page->exit_reason == CCA_EXIT_INTR);
	if (page->exit_reason != exit)
		return problem(p, STATUS_FAILED, "REC 0", "run it", NULL, "it left with %s",
			       cca_exit_name(page->exit_reason));
	return STATUS_OK;
}

static int round_trips(struct bench *b, const char *name, unsigned int what, uint32_t exit,
		       double floor, struct problem *p)
{
	struct sample sample, best;
	struct runner r;
	int status;

	status = start(b, &r, what, p);
	if (!status)
		status = run(&r, exit, p);
	for (int i = 0; i < ROUNDS && !status; i++) {
		bench_begin(b);
		status = run(&r, exit, p);
		bench_end(b, &sample);
		bench_best(&best, &sample, i);
	}
	stop(&r);
	if (!status)
		bench_row(b, name, "round trip", 1, &best, floor);
	return status;
}

/*
 * Creation to the first instruction. The floor: creation, one table of pages and
 * those above it, RIPAS, the content, a page, the REC in three steps, activation
 * and entry; each granule delegated on its own, or all at once.
 */
static int first_instruction(struct bench *b, struct problem *p)
{
	struct cca_realm_info info = { .size = sizeof(info) };
	struct sample sample, best;
	double floor = 0;
	struct runner r;
	int status = STATUS_OK;

	for (int i = 0; i < 4 && !status; i++) {
		bench_begin(b);
		status = start(b, &r, CALLS, p);
		if (!status)
			status = run(&r, CCA_EXIT_HOST_CALL, p);
		bench_end(b, &sample);
		bench_best(&best, &sample, i);
		if (!status && !cca_realm_get_info(r.realm, &info))
			floor = (b->july ? 1 + info.out_granules : 3 + 1) + info.out_tables - 1 + 1 +
				2 + 3 + 1 + 1;
		stop(&r);
	}
	if (!status)
		bench_row(b, "from nothing to the first instruction", "realm", 1, &best, floor);
	return status;
}

/*
 * A timer that wakes a WFI is three entries: into the sleep, out of it again at
 * once because the level of the timer changed (G.6), and to the host call.
 */
int bench_entries(struct bench *b, struct problem *p)
{
	int status;

	status = first_instruction(b, p);
	if (!status)
		status = round_trips(b, "REC enter and exit: host call", CALLS, CCA_EXIT_HOST_CALL, 1,
				     p);
	if (!status)
		status = round_trips(b, "REC enter and exit: MMIO store", STORES, CCA_EXIT_MMIO, 1, p);
	if (!status)
		status = round_trips(b, "REC enter and exit: WFI until a timer", SLEEPS,
				     CCA_EXIT_HOST_CALL, 3, p);
	return status;
}
