// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel does not go to sleep while pages are in the realm world (R13), and
 * does when none is.
 *
 * Neither hibernation nor suspend is carried out here: the kernel's own test
 * mode turns back when all tasks are frozen, which is beyond all refusals.
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "pages.h"

#define STATE	"/sys/power/state"

static void refused(const char *what, const char *log)
{
	T_EQ(p_write("/dev/kmsg", "sleep: the log begins here"), 0);
	T_EQ(p_write(STATE, what), -EBUSY);
	T_ASSERT(p_log_has(log));
}

static void turn_back(void)
{
	T_EQ(p_write("/sys/module/suspend/parameters/pm_test_delay", "1"), 0);
	T_EQ(p_write("/sys/power/pm_test", "freezer"), 0);
}

TEST(R13_no_hibernation_while_a_realm_lives)
{
	struct h_guest guest;

	turn_back();
	h_start(&guest, "hello", 4 * T_BLOCK);
	refused("disk", "cca: no hibernation: it would lose a realm;");
	h_run_to_end(&guest, 0);
	/* Powered off it still has its pages. */
	refused("disk", "cca: no hibernation: it would lose a realm;");
	h_close(&guest);
}

TEST(R13_no_hibernation_while_a_realm_is_kept)
{
	struct cca_realm_open open = { .name = "kept" };
	struct cca_realm_op op = { 0 };
	struct h_guest guest;

	turn_back();
	h_load_named(&guest, "kept", "hello", 4 * T_BLOCK, -1, NULL);
	h_close(&guest);
	refused("disk", "cca: no hibernation: it would lose a realm;");
	t_ok(t_open(), CCA_REALM_OPEN, &open);
	t_ok(open.out_fd, CCA_DESTROY, &op);
}

TEST(R13_no_hibernation_while_memory_is_set_aside)
{
	int dev = t_open();

	turn_back();
	h_memory(dev, T_PAGE, T_PAGE);
	refused("disk", "cca: no hibernation: it would lose memory that is set aside for realms;");
}

TEST(R13_no_suspend_while_a_realm_lives)
{
	struct h_guest guest;

	turn_back();
	h_start(&guest, "hello", 4 * T_BLOCK);
	refused("freeze", "cca: no suspend: it would lose a realm;");
	h_run_to_end(&guest, 0);
}

static void works(void)
{
	struct h_guest guest;

	h_start(&guest, "hello", 4 * T_BLOCK);
	h_run_to_end(&guest, 0);
	h_close(&guest);
}

TEST_SECONDS(hibernation_is_allowed_when_nothing_is_out, 60)
{
	turn_back();
	works();
	T_EQ(p_write(STATE, "disk"), 0);
	T_EQ(p_offline().count, 0);
	works();
}

static volatile bool awake;
static unsigned long long asked;

static void *ask(void *unused)
{
	struct cca_delegate delegate;
	int dev = t_open(), result;

	while (!awake) {
		delegate = (struct cca_delegate){
			.size = sizeof(delegate), .length = 4 * T_PAGE,
			.block_size = T_PAGE,
		};
		result = t_ioctl(dev, CCA_DELEGATE, &delegate);
		if (result == -EINTR)
			continue;
		T_EQ(result, 0);
		close(delegate.out_fd);
		asked++;
	}
	close(dev);
	return NULL;
}

/*
 * Whoever asks for pages while the machine falls asleep waits until it is awake
 * again. Asleep is who comes in a moment when this thread holds none: often.
 */
TEST_SECONDS(a_command_that_comes_while_the_machine_falls_asleep_waits, 120)
{
	unsigned int slept = 0, refusals = 0, i;
	pthread_t thread;
	int result;

	turn_back();
	T_EQ(pthread_create(&thread, NULL, ask, NULL), 0);
	for (i = 0; i < 200 && slept < 3; i++) {
		result = p_write(STATE, "freeze");
		T_ASSERT(!result || result == -EBUSY);
		slept += !result;
		refusals += !!result;
		t_sleep_us(1000 * (i % 7));
	}
	awake = true;
	pthread_join(thread, NULL);
	t_note("slept %u times, was refused %u times, %llu commands", slept, refusals, asked);
	T_ASSERT(slept);
	T_ASSERT(asked);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
