// SPDX-License-Identifier: GPL-2.0-only
/* Realms and memory objects of every kind. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "crowd.h"

static int said[2];

static void word_said(void)
{
	T_EQ(write(said[1], "", 1), 1);
}

/* Returns when the guest is at what it does. */
static pid_t run(struct h_guest *guest, const char *name)
{
	pid_t child;
	char word;

	h_start(guest, name, CROWD_RAM);
	T_EQ(pipe(said), 0);
	child = fork();
	if (!child) {
		/* It would keep the test from its end. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		guest->on_print = word_said;
		_exit(h_run(guest) || guest->run->exit_reason != CCA_EXIT_TERMINATED);
	}
	T_ASSERT(child > 0);
	close(said[1]);
	T_EQ(read(said[0], &word, 1), 1);
	close(said[0]);
	return child;
}

void crowd_gather(struct crowd *crowd)
{
	crowd->dev = t_open();
	crowd->blocks = h_memory(crowd->dev, 4 * T_BLOCK, T_BLOCK);
	crowd->pages = h_memory(crowd->dev, T_BLOCK, T_PAGE);
	crowd->backing = h_memory(crowd->dev, CROWD_RAM, T_PAGE);

	h_load(&crowd->grown, "grow", CROWD_RAM, crowd->backing, NULL);
	h_activate(crowd->grown.realm);
	h_run_to_end(&crowd->grown, 0);

	h_load(&crowd->fresh, "hello", CROWD_RAM, -1, NULL);
	h_rec(crowd->fresh.realm, H_RAM, 0);
	crowd->spins = run(&crowd->spinning, "spin");
	crowd->sleeps = run(&crowd->sleeping, "wfi");
	/* Each has said a word, and goes on. */
	t_sleep_us(200000);
}
