/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world around the module under test: simulated physical memory, tasks, an
 * RMM that is the model or an adversary, and what is known about each page.
 *
 *   driver.c      a life of the module   adversary.c   an RMM that answers anything
 *   users.c       what users do          backend.c     the model, with its fault plan
 *   ledger.c      the module's maps      seam.c        the SMC: what was asked and told
 *   tasks.c       tasks, locks, time     input.c       where decisions come from
 *   memory.c      pages                  module.c      the module as a whole
 *   errand.c      what goes on when its caller is gone
 *
 * Whoever finds a promise broken calls fuzz_broken(), which ends the process.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "kernel/kernel.h"

/* ------------------------------------------------------------------- input.c */

/*
 * Decisions. Those of the users are taken from the front of the input, those of
 * the rest of the world (answers, failures, schedules) from its back, so that a
 * mutation of one leaves the others alone. At the end all is 0: the honest RMM,
 * the willing kernel, nothing more to do.
 */
struct input {
	const uint8_t *front, *back;
	/* Instead of the back: the enumeration's own. */
	unsigned int (*choose)(void *arg, unsigned int n);
	void *arg;
};

extern struct input input;
bool input_more(void);
uint8_t input_op(void);
/* One of n; 0 is the ordinary thing. */
unsigned int input_pick(unsigned int n);
uint8_t input_byte(void);
uint64_t input_word(void);

/* ------------------------------------------------------------------ report.c */

/* What fuzz_broken() says besides: where in which test we are. */
void report_context(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern void (*report_more)(void);

/* ------------------------------------------------------------------ memory.c */

#define WORLD_BASE		0x40000000ULL	/* as in the model's host shell */
#define WORLD_PAGES_MAX		(4096U + 16)

enum owner {
	OWNER_KERNEL,		/* free, or anybody's */
	OWNER_BLOCK,		/* the module's, not split yet */
	OWNER_LEDGER,		/* the module's, split */
	OWNER_SLAB,		/* the module's, by get_zeroed_page() */
	OWNER_CALLER,		/* a process's */
};

/*
 * What the RMM has, as far as an honest host can know from what it was told.
 * Only what is HOST may be touched, unmarked or freed.
 */
enum rmm_has {
	HAS_NOT,
	HAS_FREE,		/* delegated, nobody's */
	HAS_TAKEN,		/* delegated, part of an object or an operation */
	HAS_LENT,		/* likewise, given undelegated */
	HAS_MAYBE,		/* it said what cannot be */
};

/* What for, of what is TAKEN. Told by the commands that gave it. */
enum page_kind { KIND_AUX, KIND_OBJECT, KIND_ROOT, KIND_TABLE, KIND_DATA };

struct world_page {
	uint8_t owner, order, has, kind;
	bool offline;
	bool refused;		/* FREE, and it was asked for in vain */
	uint16_t tag;		/* whose account, of the TAKEN and LENT; of the */
				/* MAYBE: by which call. See seam.c */
	uint32_t object;	/* which of its objects it was donated to */
};

struct world {
	unsigned int pages;		/* of DRAM */
	struct world_page page[WORLD_PAGES_MAX];
	uint8_t *rmm_view;		/* the same memory twice: the RMM's, and */
	uint8_t *host_view;		/* the host's, which ASan watches */
	unsigned int ledger, slab;	/* pages that the module has */
	unsigned int kept;		/* of these, since before it was loaded */
	unsigned int kmallocs;
	unsigned int allocations;	/* asked for so far, of any kind */
	unsigned int fail_at;		/* the n-th of these fails; 0: none */
	bool allocation_choices;	/* the input decides, too */
	unsigned int messages[FUZZ_LEVELS];	/* by enum fuzz_level */
	/* who says what the RMM really has; NULL: nobody knows better */
	const bool *realm_pas;
	bool lies;			/* it told something that cannot be seen through */
};

extern struct world world;

void world_begin(unsigned int pages, unsigned int max_order);
void world_end(void);			/* the module is gone: what is left? */
unsigned int page_of(uint64_t pa);	/* its index; pages and more: none */
bool page_exists(uint64_t pa);
uint64_t page_pa(unsigned int i);
void page_set(unsigned int i, enum rmm_has has, unsigned int tag,
	      enum page_kind kind);
unsigned int pages_that_rmm_has(void);
uint64_t caller_page(void);		/* one of a process */
void lender_ends(void);			/* and unmaps all that it lent */

/* ------------------------------------------------------------------- tasks.c */

#define TASKS_MAX	4

void tasks_begin(void);
void tasks_end(void);			/* all locks free */
void tasks_panic(void);			/* goes on in who started them */
bool tasks_panicked(void);
/* Run them all to their end, changing places as the input says. */
void tasks_run(unsigned int count, void (*body)(void *arg), void **args);
unsigned int task_id(void);
/* The task is killed at its n-th RMI call from now; 0: not any more. */
void task_kill_at(unsigned int n);
void task_signal(bool on);
void task_smc(void);			/* seam.c: one more */
/* For the time of an errand: nobody kills or signals a worker. */
struct task_struct task_becomes_worker(void);
void task_becomes(struct task_struct was);
void time_pass(int64_t ns);

/* ------------------------------------------------------------------ errand.c */

bool errands_queued(void);
bool errands_pending(void);		/* those that have begun included */
bool errands_run_one(void);		/* false: there is none */
void errands_run_all(void);
void errands_have_time(void);

/* -------------------------------------------------------------------- seam.c */

/* An RMM. x[0] is the FID and then the status. */
struct rmm_backend {
	void (*smc)(uint64_t x[18]);
};

/* A stateful operation, as far as the host was told of it. */
struct seam_op {
	bool live;
	uint32_t fid;			/* of the command that began it */
	uint64_t x[7];			/* its arguments */
	uint64_t handle;
	unsigned int pending;		/* RMI_MEMREQ_* */
	bool can_cancel, cancelled, escaped;
	uint64_t request;		/* X2 of the last INCOMPLETE(DONATE) */
	unsigned int tag;		/* of the account that pays, 0: none */
	uint32_t object;
	uint64_t params;		/* sum of the parameter page, or 0 */
	unsigned int number;
};

void seam_begin(const struct rmm_backend *backend, bool july);
/* RMI calls since the last call of this. */
unsigned int seam_calls(void);
/* The n-th RMI call since seam_begin() was of this command (its number). */
unsigned int seam_call(unsigned int n);
unsigned int seam_total(void);
/* The newest live operation with that handle. */
struct seam_op *seam_op(uint64_t handle);
/* Which object a command is about; pages remember it. */
uint32_t seam_object(uint32_t fid, const uint64_t *x);
unsigned int seam_tag(uint32_t fid, const uint64_t *x);
/* The RMM's view of a page. */
uint64_t *rmm_page(uint64_t pa);
bool seam_july(void);

#define TAG_RMM			1	/* tracking, GPTs, activation */
#define TAG_LOST		0xffff	/* an earlier load's */

/* --------------------------------------------------------------- adversary.c */

extern const struct rmm_backend adversary;
/* Every answer that makes a difference is one of input_pick(). */
void adversary_begin(bool enumerated);

/* ----------------------------------------------------------------- backend.c */

extern const struct rmm_backend model;
void model_begin(bool july, unsigned int mib);
void model_end(void);
void model_fault(unsigned int number, unsigned int n, unsigned int times,
		 unsigned int kind, uint64_t a, uint64_t b);
void model_fault_clear(void);
unsigned int model_not_ns(void);

/* ------------------------------------------------------------------ ledger.c */

/*
 * The module's maps: consistent in themselves, and with what the RMM has.
 * `quiet`: nothing is in progress.
 */
void ledger_check(bool quiet);

void ledger_check_rmm(void);

/* Granules of a pool that are delegated, and that are lost. */
struct cca_pool;
void ledger_count_pool(const struct cca_pool *pool, uint64_t *usable,
		       uint64_t *leaked);
/* What realms have of the module's own pool. */
uint64_t ledger_count_charged(void);

/* ------------------------------------------------------------------ module.c */

/* The caller is this user, and not the one of the task; -1: of the task. */
void module_as_user(int id);

/* The module's own data as it was when the process began; first: keep it. */
void module_forget(void);
int module_references(void);
int module_load(void);
void module_unload(void);

/* ------------------------------------------------------------------ driver.c */

/* What a module has that nobody uses: an RMM that is honest may be held to it. */
struct setting {
	const struct rmm_backend *backend;
	bool july;
	unsigned int pages, max_order;
	bool allocation_choices;
	bool honest;			/* no fault, no refusal: all must end at 0 */
};

void driver_begin(const struct setting *setting);
/* One action of some user; `what` and all else comes from the input. */
void driver_op(void);
/* Everybody lets go of everything, the module is unloaded, all is checked. */
void driver_end(void);
/* All of that, from the input alone. */
void driver_program(const struct rmm_backend *backend);

/* All promises, now. */
void driver_check(void);
bool driver_honest(void);
bool driver_together(void);
bool driver_ended(void);
void driver_disturbed(void);
unsigned int driver_most_calls(void);

enum action {
	/* through a door: user_command() */
	DO_GET, DO_PAGE_GET, DO_MEMORY, DO_REALM, DO_REGION, DO_POPULATE,
	DO_ACTIVATE, DO_FAULT, DO_RIPAS, DO_REC, DO_TERMINATE, DO_DESTROY,
	/* closing something: user_close() */
	DO_PUT, DO_PUT_PART, DO_LEAK, DO_LEAK_ALL, DO_PAGE_PUT, DO_MEMORY_PUT,
	DO_REALM_PUT,
	DO_TRIM, DO_TOGETHER, DO_RELOAD, DO_END, DO_SLEEP, DO_PANIC,
	/* disturbances */
	DO_KILL, DO_SIGNAL, DO_NO_MEMORY, DO_PLAN, DO_PLAN_CLEAR,
	/* later ones; an input means the same as before they came */
	DO_GROW, DO_SHRINK, DO_LIMIT, DO_LOOK, DO_NAMED, DO_OPEN, DO_UNNAME,
	DO_PREFAULT, DO_NAMED_REALM, DO_REALM_OPEN, ACTIONS,
};

/* What a byte of an input stands for; some are spare, for actions to come. */
#define ACTION_OF(byte)	((byte) % 40)

/* "GET", or NULL. */
const char *driver_action_name(unsigned int action);

/* ------------------------------------------------------------------- users.c */

void users_begin(void);
void user_command(unsigned int what);
void user_close(unsigned int what);
void user_look(void);
void users_check(void);			/* nobody is doing anything */
bool users_hold_granules(void);
bool users_hold_anything(void);
void users_let_go(void);

#endif
