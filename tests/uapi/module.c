// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading, in every wrong moment; and who may open the device. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "../kmod/rmi_raw.h"
#include "../rmm/fault.h"
#include "host.h"
#include "listen.h"

#define RAM	(8UL << 20)

static void load(void)
{
	/* Whatever a test before this one left behind is not our business. */
	if (t_rmmod("cca"))
		errno = 0;
	T_EQ(t_insmod(T_MODULE, ""), 0);
}

/* All that was taken from the kernel has gone back to it. */
static void unload(void)
{
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(t_offline_pages(NULL), 0);
	T_ASSERT(access(T_DEVICE, F_OK));
}

static void refused_to_go(void)
{
	int error = t_rmmod("cca");

	T_ASSERT(error == -EWOULDBLOCK || error == -EBUSY);
}

static void hello(void)
{
	struct h_guest guest;

	h_start(&guest, "hello", RAM);
	h_run_to_end(&guest, 0);
	h_close(&guest);
}

TEST(the_module_comes_and_goes)
{
	load();
	T_ASSERT(!access(T_DEVICE, F_OK));
	unload();
}

static void not_loaded(const char *parameters)
{
	T_EQ(t_insmod(T_MODULE, parameters), -EINVAL);
	T_ASSERT(access("/sys/module/cca", F_OK));
	T_ASSERT(access("/sys/kernel/debug/cca", F_OK));
	T_ASSERT(access(T_DEVICE, F_OK));
	T_EQ(t_offline_pages(NULL), 0);
}

TEST_SECONDS(limits_can_be_set_when_the_module_is_loaded, 60)
{
	static const char *const mistakes[] = {
		"-1", "abc", "1x", "4K", "1099511627777", "99999999999999999999", "0x", "1.5", "",
	};
	char text[64];
	unsigned int i;
	int dev;

	load();
	unload();
	for (i = 0; i < T_ARRAY_SIZE(mistakes); i++) {
		snprintf(text, sizeof(text), "max_granules=%s", mistakes[i]);
		not_loaded(text);
		/* One that is good before it changes nothing. */
		snprintf(text, sizeof(text), "max_granules=1 max_granules_per_user=%s", mistakes[i]);
		not_loaded(text);
	}
	T_EQ(t_insmod(T_MODULE, "max_granules=5000 max_granules_per_user=50"), 0);
	dev = t_open();
	T_EQ(h_info(dev).out_granules_max, 5000);
	T_EQ(h_info(dev).out_user_granules_max, 50);
	close(dev);
	unload();
}

TEST(R03_the_module_works_again_after_it_was_reloaded)
{
	struct cca_info info;
	int i, dev;

	for (i = 0; i < 3; i++) {
		load();
		hello();
		dev = t_open();
		info = h_info(dev);
		T_EQ(info.out_reason, CCA_REASON_NONE);
		T_EQ(info.out_ledger.leaked, 0);
		close(dev);
		unload();
	}
}

TEST(the_module_is_loaded_once)
{
	load();
	T_EQ(t_insmod(T_MODULE, ""), -EEXIST);
	hello();
	unload();
}

TEST(a_parameter_that_does_not_exist_is_no_reason_to_fail)
{
	T_EQ(t_insmod(T_MODULE, "no_such_parameter=1"), 0);
	unload();
}

TEST(R32_an_open_device_keeps_the_module)
{
	int dev;

	load();
	dev = t_open();
	refused_to_go();
	close(dev);
	unload();
}

TEST(R32_every_object_keeps_the_module)
{
	struct h_guest guest;
	int dev, memory;

	load();
	dev = t_open();
	memory = h_memory(dev, T_PAGE, T_PAGE);
	close(dev);
	refused_to_go();
	h_start(&guest, "hello", RAM);
	close(memory);
	close(guest.dev);
	refused_to_go();
	close(guest.realm);
	refused_to_go();
	h_run_to_end(&guest, 0);
	close(guest.rec);
	refused_to_go();
	/* The last one is the page that is still mapped. */
	T_EQ(guest.run->exit_reason, CCA_EXIT_SYSTEM_OFF);
	munmap(guest.run, sizeof(*guest.run));
	unload();
}

TEST(R32_persistent_memory_keeps_the_module)
{
	struct cca_delegate delegate = {
		.flags = CCA_MEMORY_F_PERSIST, .length = T_PAGE, .block_size = T_PAGE,
		.name = "keeps",
	};
	struct cca_memory_open open = { .name = "keeps" };
	struct cca_memory_op op = {};
	int dev;

	load();
	dev = t_open();
	t_ok(dev, CCA_DELEGATE, &delegate);
	close(delegate.out_fd);
	close(dev);
	refused_to_go();
	dev = t_open();
	t_ok(dev, CCA_MEMORY_OPEN, &open);
	t_ok(open.out_fd, CCA_MEMORY_DESTROY, &op);
	close(dev);
	refused_to_go();
	close(open.out_fd);
	unload();
}

TEST(R32_the_module_stays_while_a_guest_runs)
{
	struct h_guest guest;
	int status;
	pid_t child;

	load();
	child = fork();
	if (!child) {
		h_start(&guest, "spin", RAM);
		h_run(&guest);
		_exit(0);
	}
	t_sleep_us(300000);
	refused_to_go();
	kill(child, SIGKILL);
	T_EQ(waitpid(child, &status, 0), child);
	unload();
}

TEST(the_device_is_for_root_alone)
{
	struct stat stat_;
	int status;

	load();
	T_EQ(stat(T_DEVICE, &stat_), 0);
	T_EQ(stat_.st_mode & 07777, 0600);
	T_EQ(stat_.st_uid, 0);
	if (!fork()) {
		T_EQ(setgroups(0, NULL), 0);
		T_EQ(setgid(65534), 0);
		T_EQ(setuid(65534), 0);
		T_ASSERT(open(T_DEVICE, O_RDWR) < 0 && errno == EACCES);
		T_ASSERT(open(T_DEVICE, O_RDONLY) < 0 && errno == EACCES);
		_exit(0);
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
	unload();
}

/* As a udev rule would have it: the group may, and nobody else. */
TEST(a_group_that_was_let_in_is_in_and_another_one_is_not)
{
	int status, group;

	load();
	T_EQ(chown(T_DEVICE, 0, 4242), 0);
	T_EQ(chmod(T_DEVICE, 0660), 0);
	for (group = 4242; group < 4244; group++) {
		if (!fork()) {
			T_EQ(setgroups(0, NULL), 0);
			T_EQ(setgid(group), 0);
			T_EQ(setuid(65534), 0);
			if (group == 4242)
				hello();
			else
				T_ASSERT(open(T_DEVICE, O_RDWR) < 0 && errno == EACCES);
			_exit(0);
		}
		T_ASSERT(wait(&status) > 0);
		T_EQ(status, 0);
	}
	unload();
}

/* A realm whose destruction takes a second or two: what the RMM is told to do. */
static bool slow_destruction(void)
{
	uint64_t again[18] = {
		SMC_RMM_TEST_FAULT_ADD, SMC_RMI_NUMBER(SMC_RMI_REC_DESTROY), 1, 1,
		FAULT_CONTINUE, 40000, 0,
	};
	int raw;

	if (t_insmod("/lib/modules/rmi_raw.ko", ""))
		errno = 0;
	raw = open("/dev/rmi_raw", O_RDWR | O_CLOEXEC);
	T_ASSERT(raw >= 0);
	T_EQ(ioctl(raw, RMI_RAW_SMC, again), 0);
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
	return again[0] == 0;
}

/* It cannot go before, and leaves nothing. */
TEST_SECONDS(R19_the_module_waits_for_what_goes_on_behind_a_killed_process, 60)
{
	uint64_t start;
	int status;
	pid_t child;

	load();
	if (!slow_destruction())
		t_skip("this RMM has no fault plan");
	child = fork();
	if (!child) {
		h_rec(h_realm(t_open()), H_RAM, 0);
		kill(getpid(), SIGKILL);
	}
	T_EQ(waitpid(child, &status, 0), child);
	T_ASSERT(WIFSIGNALED(status));
	start = t_now_us();
	unload();
	t_note("it took %llu us", (unsigned long long)(t_now_us() - start));
	T_ASSERT(t_now_us() - start > 100000);
}

/* ------------------------------------------------------------------- events */

static void two_realms(void)
{
	int dev = t_open();

	close(h_realm(dev));
	close(h_realm(dev));
	close(dev);
}

TEST(listeners_do_not_hold_the_module)
{
	int watch;

	T_EQ(w_join(), -ENOENT);
	load();
	watch = w_open();
	unload();
	T_EQ(w_join(), -ENOENT);
	load();
	/* The group of the module that was is not that of the one that is. */
	two_realms();
	w_silent(watch);
	unload();
}

/* What is still to be said when the module goes is said, and then it goes. */
TEST_SECONDS(the_module_goes_while_it_speaks, 120)
{
	int i, n, watch;

	for (i = 0; i < 20; i++) {
		load();
		watch = w_open();
		two_realms();
		unload();
		for (n = 0; n < 4; n++)
			w_next(watch);
		w_silent(watch);
		close(watch);
	}
}

int main(void)
{
	return t_main(0);
}
