// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the place of module/errand.c: errands of those who are killed wait until a
 * worker has time. That is a task of its own where there are several, or who
 * waits for something, or the time between two actions: as the input says.
 */
#include "world.h"
#include "cca.h"

#define QUEUE_MAX	32U

static struct cca_errand *queue[QUEUE_MAX];
static unsigned int queued, under_way;

bool errands_queued(void)
{
	return queued;
}

bool errands_pending(void)
{
	return queued || under_way;
}

/* The oldest. It may be gone when it has been run. */
bool errands_run_one(void)
{
	struct cca_errand *errand = queue[0];
	struct task_struct was;

	if (!queued)
		return false;
	queued--;
	for (unsigned int i = 0; i < queued; i++)
		queue[i] = queue[i + 1];
	under_way++;
	was = task_becomes_worker();
	errand->run(errand);
	task_becomes(was);
	under_way--;
	return true;
}

void errands_run_all(void)
{
	while (errands_run_one())
		;
}

/* Between two actions, as many as the input wants: at its end all of them. */
void errands_have_time(void)
{
	while (queued && !input_pick(2))
		errands_run_one();
}

bool cca_caller_dying(void)
{
	return !tasks_panicked() && !(current->flags & PF_KTHREAD) &&
	       fatal_signal_pending(current);
}

/* Who waits for it runs it, which comes to the same. */
void cca_errand_send(struct cca_errand *errand,
		     void (*run)(struct cca_errand *errand))
{
	errand->run = run;
	if (!cca_caller_dying()) {
		run(errand);
		return;
	}
	if (queued == QUEUE_MAX)
		fuzz_broken("too many errands");
	queue[queued++] = errand;
}

bool cca_errands_wait(unsigned long jiffies_max)
{
	while (jiffies_max-- && errands_pending())
		if (!errands_run_one() && !fuzz_others_run())
			break;
	return !errands_pending();
}

int cca_errand_init(void)
{
	queued = under_way = 0;
	return 0;
}

void cca_errand_exit(void)
{
	errands_run_all();
}
