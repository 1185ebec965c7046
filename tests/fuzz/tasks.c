// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks: fibers that change places only where a kernel's might, in an order
 * that the input decides. And what they wait for: locks, signals, time.
 *
 * A task that spins holds everybody up, so no two ever contend for a spinlock:
 * that nothing sleeps below one is what is checked here.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include "world.h"

#define STACK_BYTES	(256 * 1024)
#define CLASSES_MAX	32
#define HELD_MAX	8

struct task {
	struct task_struct task;	/* what the module sees */
	unsigned int kill_at;
	unsigned int spinning;
	const struct mutex *held[HELD_MAX];
	unsigned int held_count;
	bool alive;
	struct mutex *waits;
	/* fibers only */
	ucontext_t context;
	void *stack, *fake;
	void (*body)(void *arg);
	void *arg;
};

/* The last is the one that starts the others: the process's own stack. */
static struct task tasks[TASKS_MAX + 1];
static struct task *now = &tasks[TASKS_MAX];
static const void *main_stack;
static size_t main_size;
static unsigned int running;		/* fibers that are not at their end */
static unsigned int until_switch;
/* One more, for errands: goes on as long as there is another. */
static struct task *worker;
static bool worker_idle;
static ktime_t clock;
static bool panicked;
struct notifier_block *fuzz_chains[CHAINS];

struct task_struct *fuzz_current(void)
{
	return &now->task;
}

unsigned int task_id(void)
{
	return (unsigned int)(now - tasks);
}

/* ----------------------------------------------------------- changing places */

static void switch_to(struct task *next)
{
	struct task *self = now;
	const void *stack = next->stack;
	size_t size = STACK_BYTES;

	if (next == self)
		return;
	if (next == &tasks[TASKS_MAX]) {
		stack = main_stack;
		size = main_size;
	}
	now = next;
	/* A fiber at its end has no use for its fake stack. */
	__sanitizer_start_switch_fiber(self->alive ? &self->fake : NULL, stack, size);
	swapcontext(&self->context, &next->context);
	__sanitizer_finish_switch_fiber(self->fake, NULL, NULL);
}

static bool may_run(const struct task *task)
{
	if (task == worker && worker_idle && !errands_queued())
		return false;
	return task->alive && (!task->waits || !task->waits->owner);
}

/* The next one after this that can go on, itself included. */
static struct task *next_task(void)
{
	unsigned int self = task_id();

	for (unsigned int n = 1; n <= TASKS_MAX; n++) {
		struct task *task = &tasks[(self + n) % TASKS_MAX];

		if (may_run(task))
			return task;
	}
	return NULL;
}

/* So often that something happens between, seldom enough to get on. */
static unsigned int patience(void)
{
	return 1 + input_byte() % 64;
}

void fuzz_preempt(void)
{
	if (panicked)
		return;
	if (running + (worker && may_run(worker)) < 2 ||
	    now == &tasks[TASKS_MAX] || now->spinning)
		return;
	if (--until_switch)
		return;
	until_switch = patience();
	switch_to(next_task());
}

static void fiber(void)
{
	struct task *next;
	const void *stack;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &stack, &size);
	/* The first of them comes from there. */
	if (!main_stack) {
		main_stack = stack;
		main_size = size;
	}
	now->body(now->arg);

	if (now->held_count || now->spinning)
		fuzz_broken("a task ends with a lock");
	now->alive = false;
	running -= now != worker;
	next = running ? next_task() : &tasks[TASKS_MAX];
	/* It sees that it is alone. */
	if (!running && worker && worker->alive && !worker->waits)
		next = worker;
	else if (!running && worker && worker->alive)
		next = next_task();
	if (!next)
		fuzz_broken("deadlock: all tasks that are left wait for locks");
	switch_to(next);
	abort();
}

static void fiber_make(struct task *task, void (*body)(void *arg), void *arg)
{
	void *stack = task->stack ?: malloc(STACK_BYTES);

	*task = (struct task){ .stack = stack, .body = body, .arg = arg, .alive = true };
	/* What the last fiber left there poisoned. */
	ASAN_UNPOISON_MEMORY_REGION(stack, STACK_BYTES);
	getcontext(&task->context);
	task->context.uc_stack.ss_sp = stack;
	task->context.uc_stack.ss_size = STACK_BYTES;
	makecontext(&task->context, fiber, 0);
}

static void work(void *arg)
{
	struct task *next;

	(void)arg;
	while (running) {
		if (errands_run_one())
			continue;
		worker_idle = true;
		next = next_task();
		if (!next)
			fuzz_broken("deadlock: all tasks wait for locks");
		switch_to(next);
		worker_idle = false;
	}
}

void tasks_run(unsigned int count, void (*body)(void *arg), void **args)
{
	if (!count)
		return;
	for (unsigned int i = 0; i < count; i++)
		fiber_make(&tasks[i], body, args[i]);
	running = count;
	worker = count < TASKS_MAX ? &tasks[count] : NULL;
	worker_idle = true;
	if (worker)
		fiber_make(worker, work, NULL);
	until_switch = patience();
	switch_to(&tasks[0]);
	worker = NULL;
}

void tasks_begin(void)
{
	for (unsigned int i = 0; i <= TASKS_MAX; i++)
		tasks[i].alive = false;
	now = &tasks[TASKS_MAX];
	*now = (struct task){ .alive = true };
	running = 0;
	worker = NULL;
	panicked = false;
	clock = 1;
}

/* All others stop where they are, and nothing may wait for anything. */
void tasks_panic(void)
{
	panicked = true;
	if (now != &tasks[TASKS_MAX])
		switch_to(&tasks[TASKS_MAX]);
}

bool tasks_panicked(void)
{
	return panicked;
}

void tasks_end(void)
{
	if (panicked)
		return;
	if (now->held_count || now->spinning)
		fuzz_broken("a lock is held on return");
}

/* ------------------------------------------------------------------- signals */

void task_kill_at(unsigned int n)
{
	now->kill_at = n;
	if (!n)
		now->task.killed = false;
}

void task_signal(bool on)
{
	now->task.signalled = on;
}

struct task_struct task_becomes_worker(void)
{
	struct task_struct was = now->task;

	now->task = (struct task_struct){ .flags = PF_KTHREAD };
	return was;
}

void task_becomes(struct task_struct was)
{
	now->task = was;
}

void task_smc(void)
{
	if (now->task.flags & PF_KTHREAD)
		return;
	if (now->kill_at && !--now->kill_at)
		now->task.killed = true;
}

bool fatal_signal_pending(const struct task_struct *task)
{
	return task->killed;
}

bool signal_pending(const struct task_struct *task)
{
	return task->killed || task->signalled;
}

/* --------------------------------------------------------------------- locks */

/* Let others go on; false if there are none that could. */
bool fuzz_others_run(void)
{
	struct task *next;

	fuzz_might_sleep("wait_event");
	/* The worker is nobody here, so it is whoever waits for it. */
	if (!worker && errands_run_one())
		return true;
	next = next_task();
	if (now == &tasks[TASKS_MAX] || next == now)
		return false;
	switch_to(next);
	return true;
}

void fuzz_might_sleep(const char *where)
{
	if (panicked)
		fuzz_broken("%s in a panic", where);
	if (now->spinning)
		fuzz_broken("%s under a spinlock", where);
	fuzz_preempt();
}

void spin_lock(spinlock_t *lock)
{
	if (lock->owner)
		fuzz_broken("a spinlock is taken twice");
	lock->owner = current;
	now->spinning++;
}

bool spin_trylock(spinlock_t *lock)
{
	if (lock->owner)
		return false;
	spin_lock(lock);
	return true;
}

void spin_unlock(spinlock_t *lock)
{
	if (lock->owner != current)
		fuzz_broken("a spinlock is given back that was not taken");
	lock->owner = NULL;
	now->spinning--;
	/* What waited to interrupt does it now. */
	fuzz_preempt();
}

void fuzz_assert_held(const struct task_struct *owner, const char *name)
{
	if (owner != current)
		fuzz_broken("%s is not held", name);
}

/* Which class was ever taken under which: kept for the life of the process. */
static const char *classes[CLASSES_MAX];
static bool before[CLASSES_MAX][CLASSES_MAX];

static unsigned int class_of(const struct mutex *mutex)
{
	char name[64];
	unsigned int i;

	snprintf(name, sizeof(name), "%s/%d", mutex->name ?: "?", mutex->nested);
	for (i = 0; i < CLASSES_MAX && classes[i]; i++)
		if (!strcmp(classes[i], name))
			return i;
	if (i == CLASSES_MAX)
		fuzz_broken("too many kinds of locks");
	classes[i] = strdup(name);
	return i;
}

/* Was `from` ever held while `to` was taken, with others between? */
static bool leads_to(unsigned int from, unsigned int to, unsigned int depth)
{
	if (from == to)
		return true;
	for (unsigned int i = 0; depth && i < CLASSES_MAX; i++)
		if (before[from][i] && leads_to(i, to, depth - 1))
			return true;
	return false;
}

static void note_order(const struct mutex *mutex)
{
	unsigned int to = class_of(mutex);

	for (unsigned int i = 0; i < now->held_count; i++) {
		unsigned int from = class_of(now->held[i]);

		if (before[from][to])
			continue;
		if (leads_to(to, from, CLASSES_MAX))
			fuzz_broken("locks in both orders: %s and %s",
				    classes[from], classes[to]);
		before[from][to] = true;
	}
}

static void own(struct mutex *mutex)
{
	if (now->held_count == HELD_MAX)
		fuzz_broken("too many locks held");
	mutex->owner = current;
	now->held[now->held_count++] = mutex;
}

void fuzz_mutex_lock(struct mutex *mutex, int nested)
{
	fuzz_might_sleep("mutex_lock");
	mutex->nested = nested;
	if (mutex->owner == current)
		fuzz_broken("mutex %s is taken twice", mutex->name);
	note_order(mutex);
	while (mutex->owner) {
		struct task *next;

		now->waits = mutex;
		next = next_task();
		if (!next)
			fuzz_broken("deadlock: all wait, the last for %s", mutex->name);
		switch_to(next);
	}
	now->waits = NULL;
	own(mutex);
}

int mutex_lock_interruptible(struct mutex *mutex)
{
	if (signal_pending(current))
		return -EINTR;
	fuzz_mutex_lock(mutex, 0);
	return 0;
}

bool mutex_trylock(struct mutex *mutex)
{
	if (mutex->owner)
		return false;
	own(mutex);
	return true;
}

void mutex_unlock(struct mutex *mutex)
{
	unsigned int i;

	if (mutex->owner != current)
		fuzz_broken("mutex %s is given back that was not taken", mutex->name);
	mutex->owner = NULL;
	for (i = 0; now->held[i] != mutex; i++)
		;
	now->held[i] = now->held[--now->held_count];
	fuzz_preempt();
}

bool mutex_is_locked(struct mutex *mutex)
{
	return mutex->owner;
}

/* ---------------------------------------------------------------------- time */

void time_pass(int64_t ns)
{
	clock += ns;
}

ktime_t ktime_get(void)
{
	return clock;
}

void udelay(unsigned long us)
{
	time_pass((int64_t)us * 1000);
}

void usleep_range(unsigned long from, unsigned long to)
{
	(void)to;
	fuzz_might_sleep("usleep_range");
	time_pass((int64_t)from * 1000);
}
