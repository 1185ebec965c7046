// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far a long delegation is: one line on a terminal, rewritten by a thread
 * that reads the ledger while the driver is at work. And how far something is
 * that is done in pieces.
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

#define PERIOD_NS	250000000

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool running, stopping;
	bool counting, shown;		/* by the caller, without a thread */
	uint64_t counted;
	struct timespec next;		/* not before */
	const char *doing;
	uint64_t length, before;
	struct cca *c;
} progress = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.stop = PTHREAD_COND_INITIALIZER,
};

/* In memory fds, whoever has them: on a busy machine this is a guess. */
static uint64_t reserved(void)
{
	struct cca_info info = { .size = sizeof(info) };

	return cca_get_info(progress.c, &info) ? 0 : info.out_ledger.reserved * CCA_PAGE_SIZE;
}

static void show(void)
{
	uint64_t now = progress.counting ? progress.counted : reserved(), done;

	done = now > progress.before ? now - progress.before : progress.before - now;
	if (done > progress.length)
		done = progress.length;
	fprintf(stderr, "\r%s: %" PRIu64 " of %" PRIu64 " MiB\033[K", progress.doing, done >> 20,
		progress.length >> 20);
}

static void *work(void *unused)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	pthread_mutex_lock(&progress.lock);
	while (!progress.stopping) {
		until.tv_nsec += PERIOD_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&progress.stop, &progress.lock, &until))
			show();
	}
	pthread_mutex_unlock(&progress.lock);
	return NULL;
}

void progress_start(const char *doing, uint64_t length)
{
	sigset_t all, before;

	if (!isatty(STDERR_FILENO) || cca_open(NULL, &progress.c))
		return;
	progress.doing = doing;
	progress.length = length;
	progress.before = reserved();
	progress.stopping = false;
	/* Signals are for the thread that is in the driver. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	progress.running = !pthread_create(&progress.thread, NULL, work, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!progress.running)
		cca_close(progress.c);
}

void progress_count(const char *doing, uint64_t length)
{
	progress.counting = isatty(STDERR_FILENO);
	progress.doing = doing;
	progress.length = length;
	progress.before = 0;
	progress.counted = 0;
	progress.shown = false;
	clock_gettime(CLOCK_MONOTONIC, &progress.next);
	progress.next.tv_sec++;
}

/* Not for what is over in a moment, and then once a second. */
void progress_add(uint64_t bytes)
{
	struct timespec now;

	progress.counted += bytes;
	if (!progress.counting)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < progress.next.tv_sec ||
	    (now.tv_sec == progress.next.tv_sec && now.tv_nsec < progress.next.tv_nsec))
		return;
	progress.next = now;
	progress.next.tv_sec++;
	progress.shown = true;
	show();
}

void progress_stop(void)
{
	if (progress.counting && progress.shown)
		fprintf(stderr, "\r\033[K");
	progress.counting = false;
	if (!progress.running)
		return;
	pthread_mutex_lock(&progress.lock);
	progress.stopping = true;
	pthread_cond_signal(&progress.stop);
	pthread_mutex_unlock(&progress.lock);
	pthread_join(progress.thread, NULL);
	progress.running = false;
	cca_close(progress.c);
	fprintf(stderr, "\r\033[K");
}
