// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals that ask the command to stop.
 */
#include <signal.h>
#include <stddef.h>

#include "command.h"

static volatile sig_atomic_t stopped_by;
static void (*volatile notify_stop)(void);

static void on_signal(int number)
{
	if (!stopped_by)
		stopped_by = number;
	if (notify_stop)
		notify_stop();
}

void stop_catch(void (*notify)(void))
{
	/* Without SA_RESTART: what waits is to come back and look. */
	struct sigaction action = { .sa_handler = on_signal };
	const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction before;

	notify_stop = notify;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* nohup and background jobs of scripts have some ignored. */
		if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

int stop_signal(void)
{
	return stopped_by;
}
