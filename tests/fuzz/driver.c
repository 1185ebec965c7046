// SPDX-License-Identifier: GPL-2.0-only
/*
 * A life of the module: loaded, used, disturbed, unloaded, by one user after
 * the other or by several at once. After each action, and at the end, all that
 * is promised is looked at.
 */
#include "object.h"
#include "rmm/fault.h"
#include "world.h"

/*
 * No action makes more RMI calls than this, whatever the RMM answers. How it
 * comes about is in the README.
 */
#define CALLS_MAX	400000

static struct setting setting;
static bool loaded, together, disturbed;
static bool ended;			/* the kernel said that it does */
static unsigned int lost;		/* with the RMM since before the module */
static unsigned int most_calls;

/* An RMM, a kernel and users of which nothing unusual is known. */
static bool honest(void)
{
	return setting.honest && !disturbed;
}

bool driver_honest(void)
{
	return honest();
}

bool driver_together(void)
{
	return together;
}

bool driver_ended(void)
{
	return ended;
}

void driver_disturbed(void)
{
	disturbed = true;
}

const char *driver_action_name(unsigned int action)
{
	static const char * const names[ACTIONS] = {
		"GET", "PAGE_GET", "MEMORY", "REALM", "REGION", "POPULATE",
		"ACTIVATE", "FAULT", "RIPAS", "REC", "TERMINATE", "DESTROY",
		"PUT", "PUT_PART", "LEAK", "LEAK_ALL", "PAGE_PUT", "MEMORY_PUT",
		"REALM_PUT", "TRIM", "TOGETHER", "RELOAD", "END", "SLEEP", "PANIC",
		"KILL", "SIGNAL", "NO_MEMORY", "PLAN", "PLAN_CLEAR",
		"GROW", "SHRINK", "LIMIT", "LOOK", "NAMED", "OPEN", "UNNAME",
		"PREFAULT", "NAMED_REALM", "REALM_OPEN",
	};

	return action < ACTIONS ? names[action] : NULL;
}

unsigned int driver_most_calls(void)
{
	return most_calls;
}

/* --------------------------------------------------------------- disturbances */

static void do_plan(void)
{
	static const uint8_t kinds[] = {
		1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 20, 21, 22, 23, FAULT_SHORT,
	};
	unsigned int kind = kinds[input_op() % ARRAY_SIZE(kinds)];
	unsigned int number = 0, n = 1 + input_op() % 8, times = 1 + input_op() % 4;
	unsigned int how = input_op();
	uint64_t a = input_op(), last = input_op(), b = last % 5;

	if (setting.backend != &model)
		return;
	disturbed = true;
	if (how & 1)
		number = SMC_RMI_FIRST + (how >> 1 | (b & 1) << 7) % SMC_RMI_COUNT;
	else
		number = 0x1f1 + (how >> 1 & 1);
	if (how >= 240)
		times = 2000;
	/* A request for memory, and how much of it is taken and given back. */
	if (kind == 4) {
		b = (last & 1) | FAULT_DETOUR((last >> 1 & 3) % 3, last >> 3 & 3,
					      last >> 5 & 3);
		a = (1 + a % 16) << 2 | (a & 16) << 12 | (a & 0x60) << 12 | a >> 7;
	}
	model_fault(number, n, times, kind, a, b);
}

extern const struct kernel_param fuzz_param_max_granules;
extern const struct kernel_param fuzz_param_max_granules_per_user;

/* An administrator's, some of them mistyped. Giving back works under any. */
static void do_limit(void)
{
	static const char * const texts[] = {
		"0", "1", "8", "100\n", "600", "0x1000", "-1", "many", "",
		"99999999999999999999", "10000000000000",
	};
	unsigned int how = input_op(), i = how % ARRAY_SIZE(texts);
	const struct kernel_param *param = how & 128 ?
		&fuzz_param_max_granules : &fuzz_param_max_granules_per_user;
	unsigned long before = *(unsigned long *)param->arg;
	int ret = param->ops->set(texts[i], param);

	if (ret != (i < 6 ? 0 : -EINVAL))
		fuzz_broken("a limit of '%s' is answered with %d", texts[i], ret);
	if (ret && *(unsigned long *)param->arg != before)
		fuzz_broken("a limit is refused, and has changed");
}

static void do_reload(void)
{
	if (together || users_hold_anything())
		return;
	/* Some of them keep it. */
	if (module_references())
		errands_run_all();
	module_unload();
	/* What the RMM kept is nobody's now, and stays allocated. */
	loaded = false;
}

static void disturb(unsigned int what)
{
	switch (what) {
	case DO_KILL:
		disturbed = true;
		task_kill_at(1 + input_op() % 32);
		break;		/* until after the next action */
	case DO_SIGNAL:
		disturbed = true;
		task_signal(input_op() & 1);
		break;
	case DO_NO_MEMORY:
		disturbed = true;
		world.fail_at = world.allocations + 1 + input_op() % 16;
		break;
	case DO_PLAN:
		do_plan();
		break;
	case DO_PLAN_CLEAR:
		if (setting.backend == &model)
			model_fault_clear();
		break;
	case DO_LIMIT:
		do_limit();
		break;
	case DO_RELOAD:
		do_reload();
		break;
	}
}

/* ------------------------------------------------------------- the kernel's end */

static int tell(enum fuzz_chain chain, unsigned long event)
{
	return fuzz_chains[chain]->notifier_call(fuzz_chains[chain], event, NULL);
}

/* R14: whatever user space still has open, the RMM has nothing any more. */
static void do_end(void)
{
	if (ended)
		return;
	ended = true;
	tell(CHAIN_REBOOT, 0);
	if (together || users_hold_granules())
		disturbed = true;
	else if (honest() && pages_that_rmm_has() != lost)
		fuzz_broken("the kernel ended, and the RMM has %u pages",
			    pages_that_rmm_has() - lost);
}

/* R13: asleep, nothing is out and nothing goes out. */
static void do_sleep(void)
{
	unsigned int what = input_op() % 3 * 2, errors = world.messages[FUZZ_ERR];

	if (tell(CHAIN_PM, PM_HIBERNATION_PREPARE + what) == NOTIFY_OK) {
		for (unsigned int i = 0; i < 8; i++) {
			if (pages_that_rmm_has() != lost)
				fuzz_broken("asleep, and the RMM has %u pages",
					    pages_that_rmm_has() - lost);
			fuzz_others_run();
		}
		tell(CHAIN_PM, PM_POST_HIBERNATION + what);
	}
	/* A veto has a reason, and tells it. */
	world.messages[FUZZ_ERR] = errors;
}

/* Everybody else stopped where they were. */
static void panic(void)
{
	tell(CHAIN_PANIC, 0);
	ledger_check(false);
	if (seam_calls() > CALLS_MAX)
		fuzz_broken("a panic makes too many RMI calls");
	if (honest() && !together && !users_hold_granules() && pages_that_rmm_has() != lost)
		fuzz_broken("after a panic the RMM has %u pages",
			    pages_that_rmm_has() - lost);
}

static void act(unsigned int what);

static void task_body(void *arg)
{
	act((unsigned int)(uintptr_t)arg);
}

static void do_together(void)
{
	unsigned int count = 2 + input_op() % (TASKS_MAX - 1);
	void *actions[TASKS_MAX];

	if (together)
		return;
	for (unsigned int i = 0; i < count; i++)
		actions[i] = (void *)(uintptr_t)input_op();
	together = true;
	tasks_run(count, task_body, actions);
	if (!tasks_panicked())
		together = false;
}

static void act(unsigned int what)
{
	what = ACTION_OF(what);
	switch (what) {
	case DO_GET ... DO_DESTROY:
	case DO_GROW:
	case DO_SHRINK:
	case DO_NAMED ... DO_REALM_OPEN:
		user_command(what);
		break;
	case DO_PUT ... DO_REALM_PUT:
		user_close(what);
		break;
	case DO_TRIM:
		cca_ledger_trim();
		break;
	case DO_LOOK:
		user_look();
		break;
	case DO_TOGETHER:
		do_together();
		break;
	case DO_END:
		do_end();
		break;
	case DO_SLEEP:
		do_sleep();
		break;
	case DO_PANIC:
		tasks_panic();
		break;
	default:
		disturb(what);
	}
}

/* -------------------------------------------------------------- begin and end */

void driver_check(void)
{
	unsigned int n = seam_calls();

	tasks_end();
	if (n > CALLS_MAX)
		fuzz_broken("%u RMI calls for one action", n);
	most_calls = max(most_calls, n);
	if (loaded && !tasks_panicked()) {
		ledger_check(!errands_pending());
		if (!errands_pending()) {
			ledger_check_rmm();
			users_check();
		}
	}
	if (world.messages[FUZZ_ERR] && honest())
		fuzz_broken("an error message, and nothing is wrong");
}

static bool load(void)
{
	memset(world.messages, 0, sizeof(world.messages));
	world.kept = world.ledger;
	lost = pages_that_rmm_has();
	/* Should they come back, nobody knows them. */
	for (unsigned int i = 0; i < world.pages; i++)
		world.page[i].tag = TAG_LOST;
	ended = false;
	module_forget();
	loaded = !module_load();
	driver_check();
	/* A machine that cannot host realms: the doors are shut. */
	return loaded && !cca_rmm()->reason;
}

void driver_begin(const struct setting *s)
{
	setting = *s;
	users_begin();
	together = disturbed = false;
	tasks_begin();
	world_begin(s->pages, s->max_order);
	seam_begin(s->backend, s->july);
	if (s->backend == &model)
		model_begin(s->july, s->pages >> 8);
	else
		adversary_begin(input.choose);
	load();
	world.allocation_choices = s->allocation_choices;
}

void driver_op(void)
{
	unsigned int what = input_op();

	if (tasks_panicked())
		return;
	if (!loaded || cca_rmm()->reason) {
		if (loaded)
			module_unload();
		load();
		if (!loaded || cca_rmm()->reason)
			return;
	}
	act(what);
	if (ACTION_OF(what) == DO_KILL)
		act(input_op());
	task_kill_at(0);
	if (tasks_panicked()) {
		panic();
		return;
	}
	errands_have_time();
	driver_check();
}

static void let_go(void)
{
	task_kill_at(0);
	task_signal(false);
	world.fail_at = 0;
	users_let_go();
	errands_run_all();
	cca_ledger_trim();
	driver_check();
}

/* Of what is left, each page is one that the RMM has, or the one before. */
static void check_remains(void)
{
	for (unsigned int i = 0; i < world.pages; i++)
		if (world.page[i].owner == OWNER_LEDGER &&
		    world.page[i].has == HAS_NOT &&
		    (i + 1 == world.pages || world.page[i + 1].has == HAS_NOT))
			fuzz_broken("page %u was never freed", i);
	if (!honest())
		return;
	if (world.ledger || pages_that_rmm_has())
		fuzz_broken("an honest RMM, and %u pages are lost, %u with it",
			    world.ledger, pages_that_rmm_has());
	if (setting.backend == &model && model_not_ns())
		fuzz_broken("the model has %u granules left", model_not_ns());
	if (world.messages[FUZZ_WARN] || world.messages[FUZZ_ONCE])
		fuzz_broken("an honest RMM, and a warning");
}

void driver_end(void)
{
	if (tasks_panicked()) {
		loaded = false;
		if (setting.backend == &model)
			model_end();
		return;
	}
	if (loaded) {
		if (!cca_rmm()->reason)
			let_go();
		module_unload();
	}
	loaded = false;
	driver_check();
	world_end();
	check_remains();
	if (setting.backend == &model)
		model_end();
}

void driver_program(const struct rmm_backend *backend)
{
	static const uint8_t orders[] = { 10, 10, 5, 3 };
	/* Room for two blocks of the page allocator behind a third, and a process. */
	unsigned int large = backend == &model ? 2048 : WORLD_PAGES_MAX;
	unsigned int how = input_op();
	struct setting s = {
		.backend = backend,
		.july = how & 1,
		.max_order = orders[how >> 1 & 3],
		.pages = how & 8 ? large : backend == &model ? 1024 : 96,
		.allocation_choices = how & 16,
		.honest = backend == &model && !(how & 16),
	};

	driver_begin(&s);
	while (input_more() && !tasks_panicked())
		driver_op();
	driver_end();
}
