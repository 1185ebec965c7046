// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill -9 at every call to the RMM of a realm's whole life. The test RMM holds
 * the n-th call; the killer, on another CPU, sees that and strikes; then the
 * call goes on, or is answered with BUSY, or leads into an operation. So the
 * moment is exact, and n goes up until the life is over before. After each one
 * the ledger is idle, the RMM has no more than before, and nothing leaked; at
 * the end the module goes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life.h"
#include "rmm.h"

#define LIFE_SECONDS	60
#define HOLD_TICKS	(8UL * 1000 * 1000 * 1000)	/* eight seconds and more */
#define WORKERS		"/sys/devices/virtual/workqueue/cpumask"
#define CALLS_MAX	5000
#define IDLE_US		10000000

static int watch;
static struct h_image image;
static void (*live)(const struct h_image *image, struct l_ending *ending) = l_live;
static struct l_ending *ending;
static uint64_t granules_before, operations_before;

/* What happens beside the strike: to the call that is held, or to all operations. */
struct circumstance {
	const char *name;
	struct r_fault held, operations;	/* times 0: nothing */
	unsigned int step;			/* every how many calls it strikes */
};

static const uint32_t stateful[] = {
	SMC_RMI_REALM_CREATE, SMC_RMI_REC_CREATE, SMC_RMI_RTT_DATA_MAP_INIT, SMC_RMI_RTT_DATA_MAP,
	SMC_RMI_REALM_TERMINATE, SMC_RMI_REC_DESTROY, SMC_RMI_RTT_DATA_UNMAP,
	SMC_RMI_REALM_DESTROY,
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

/*
 * What goes on behind a dead one's back is work, and a CPU that is held in the
 * RMM must not be the killer's: all workers on the other one.
 */
static void workers_on(const char *mask)
{
	int fd = open(WORKERS, O_WRONLY | O_CLOEXEC);

	T_ASSERT(fd >= 0);
	T_EQ(write(fd, mask, strlen(mask)), (ssize_t)strlen(mask));
	close(fd);
}

static void begin(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		t_skip("the killer needs a CPU of its own");
	if (t_rmmod("cca"))
		errno = 0;
	r_open();
	ending = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_ASSERT(ending != MAP_FAILED);
	h_image_read(&image, live == l_live ? "hello" : "puppet");
	granules_before = r_granules(&operations_before);
	T_EQ(t_insmod(T_MODULE, ""), 0);
	watch = t_open();
	pin(0);
	workers_on("2");
}

/* The module has gone, and all that the RMM had from it came back. */
static void finish(void)
{
	uint64_t operations;

	workers_on("3");
	close(watch);
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(r_granules(&operations), granules_before);
	T_EQ(operations, operations_before);
	T_EQ(t_offline_pages(NULL), 0);
	r_close();
}

/* What the dead one had is taken apart behind our back. */
static void settle(const struct circumstance *c, unsigned int n, unsigned int number)
{
	uint64_t operations, end = t_now_us() + IDLE_US;
	struct cca_info info;
	bool idle;

	do {
		idle = t_idle(watch, &info);
		r_granules(&operations);
	} while ((!idle || operations != operations_before) && t_now_us() < end);
	if (idle && !info.out_ledger.leaked && operations == operations_before)
		return;
	t_ledger_note(&info);
	t_fail(__FILE__, __LINE__, "%s: killed at call %u, which is 0x%x, in %s: %llu operations left",
	       c->name, n, number, l_step_name(ending->step + 1),
	       (unsigned long long)(operations - operations_before));
}

/* One life that ends at the n-th call. False: it was over before. */
static bool strike(const struct circumstance *c, unsigned int n)
{
	const struct r_fault hold = { FAULT_HOLD, .arg = HOLD_TICKS, .times = 1 };
	unsigned int number = 0, i;
	int status;
	pid_t child;

	memset(ending, 0, sizeof(*ending));
	if (c->held.times)
		T_ASSERT(r_plan(0, n, &c->held));
	for (i = 0; i < T_ARRAY_SIZE(stateful) && c->operations.times; i++)
		T_ASSERT(r_plan(SMC_RMI_NUMBER(stateful[i]), 1, &c->operations));
	T_ASSERT(r_plan(0, n, &hold));
	child = fork();
	if (!child) {
		pin(1);
		alarm(LIFE_SECONDS);
		live(&image, ending);
	}
	while (!waitpid(child, &status, WNOHANG)) {
		number = r_held();
		if (number)
			break;
		t_sleep_us(100);
	}
	if (number) {
		kill(child, SIGKILL);
		r_release();
		T_EQ(waitpid(child, &status, 0), child);
		/* The last ones are made by a process that has come to its end. */
		T_ASSERT(status == SIGKILL || (!status && ending->step == L_DONE));
	}
	r_plan_clear();
	if (!number && (status || ending->step != L_DONE))
		t_fail(__FILE__, __LINE__, "%s: not killed at call %u it ended in %s with %d, 0x%x",
		       c->name, n, l_step_name(ending->step), ending->error, status);
	settle(c, n, number);
	return number;
}

static void sweep(const struct circumstance *c)
{
	unsigned int n, kills = 0;
	uint64_t start;

	begin();
	start = t_now_us();
	for (n = 1; n < CALLS_MAX && strike(c, n); n += c->step)
		kills++;
	t_note("%u kills, up to call %u, in %llu ms", kills, n,
	       (unsigned long long)(t_now_us() - start) / 1000);
	T_ASSERT(n < CALLS_MAX);
	/* Fewer calls than that no life has. */
	T_ASSERT(n > 60);
	finish();
}

TEST_SECONDS(R19_R32_killed_at_every_call_of_a_life, 290)
{
	static const struct circumstance c = { .name = "as it is", .step = 1 };

	sweep(&c);
}

TEST_SECONDS(R11_R32_killed_while_the_RMM_is_busy_at_every_call, 290)
{
	static const struct circumstance c = {
		.name = "BUSY", .step = 2,
		.held = { FAULT_BUSY, .times = 3 },
	};

	sweep(&c);
}

TEST_SECONDS(R11_R32_killed_while_the_RMM_is_blocked_at_every_call, 290)
{
	static const struct circumstance c = {
		.name = "BLOCKED", .step = 3,
		.held = { FAULT_BLOCKED, .times = 3 },
	};

	sweep(&c);
}

/* Every command becomes an operation, and may be cancelled: so it is. */
TEST_SECONDS(R19_R32_killed_in_operations_that_can_be_cancelled, 290)
{
	static const struct circumstance c = {
		.name = "DONATE 5, can be cancelled", .step = 3,
		.operations = { FAULT_DONATE, .arg = 5 << 2, .arg2 = 1, .times = 1UL << 30 },
	};

	sweep(&c);
}

/* ... or may not, and is driven to its end. */
TEST_SECONDS(R19_R32_killed_in_operations_that_cannot_be_cancelled, 290)
{
	static const struct circumstance c = {
		.name = "DONATE 5, cannot be cancelled", .step = 3,
		.operations = { FAULT_DONATE, .arg = 5 << 2, .times = 1UL << 30 },
	};

	sweep(&c);
}

/* Thousands of calls, each for one granule like the one before it. */
static void not_granule_by_granule(void)
{
	const char *profile = getenv("PROFILE");

	if (profile && !strcmp(profile, "july"))
		t_skip("this RMM takes one granule in a call: that would take hours");
}

/* Memory of the dead one is in the realm's hands, and in nobody's afterwards. */
TEST_SECONDS(R19_R32_killed_at_every_call_of_a_life_that_shares_memory, 290)
{
	static const struct circumstance c = { .name = "sharing", .step = 1 };

	not_granule_by_granule();
	live = l_live_sharing;
	sweep(&c);
}

TEST_SECONDS(R11_R32_killed_while_the_RMM_is_busy_with_shared_memory, 290)
{
	static const struct circumstance c = {
		.name = "sharing, BUSY", .step = 3,
		.held = { FAULT_BUSY, .times = 3 },
	};

	not_granule_by_granule();
	live = l_live_sharing;
	sweep(&c);
}

int main(void)
{
	return t_main(0);
}
