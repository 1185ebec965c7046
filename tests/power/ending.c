// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of the kernel, with realms alive, and the next kernel (R14).
 *
 * Under three names: power-reboot, power-off, and power-kexec, which goes on in
 * the kernel that it starts. The test module linger stops the end after the
 * last reboot notifier, so that user space can look at what is left.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/reboot.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../../module/rmi.h"
#include "crowd.h"
#include "kexec.h"
#include "pages.h"

#define PAGES		"/pages"	/* comes along into the next kernel */
#define LINGER		"/dev/linger"

static unsigned int command;		/* LINUX_REBOOT_CMD_* */

static bool by_kexec(void)
{
	return command == LINUX_REBOOT_CMD_KEXEC;
}

/* ------------------------------------------------- what lives when it ends */

static struct crowd all;
static pid_t creates, delegates, holds;

static bool is_the_end(int result, const struct cca_outcome *out)
{
	return result == -ENODEV && out->reason == CCA_REASON_SHUTDOWN;
}

/* On their way at any moment, until there is nothing to be had any more. */
static pid_t create_for_ever(void)
{
	struct cca_realm_create create;
	pid_t child = fork();
	int result;

	if (child)
		return child;
	for (;;) {
		create = (struct cca_realm_create){
			.size = sizeof(create), .ipa_bits = H_IPA_BITS,
		};
		result = t_ioctl(all.dev, CCA_REALM_CREATE, &create);
		if (result)
			_exit(!is_the_end(result, &create.out));
		close(create.out_fd);
	}
}

static pid_t delegate_for_ever(void)
{
	struct cca_delegate delegate;
	pid_t child = fork();
	int result;

	if (child)
		return child;
	for (;;) {
		delegate = (struct cca_delegate){
			.size = sizeof(delegate), .length = 4 * T_BLOCK,
			.block_size = T_PAGE,
		};
		result = t_ioctl(all.dev, CCA_DELEGATE, &delegate);
		if (result)
			_exit(!is_the_end(result, &delegate.out));
		close(delegate.out_fd);
	}
}

/* A command that never ends: its source page is one that nobody provides. */
static pid_t hold_up(int realm)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	struct cca_populate populate = {
		.size = sizeof(populate), .ipa = H_RAM + CROWD_RAM / 2, .length = T_PAGE,
	};
	pid_t child = fork();
	int fd;

	if (child)
		return child;
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	T_ASSERT(fd >= 0);
	T_EQ(ioctl(fd, UFFDIO_API, &api), 0);
	populate.source = (uintptr_t)mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = populate.source;
	range.range.len = T_PAGE;
	T_EQ(ioctl(fd, UFFDIO_REGISTER, &range), 0);
	t_ioctl(realm, CCA_POPULATE, &populate);
	t_fail(__FILE__, __LINE__, "the page came");
}

/* --------------------------------------------------------------- what is left */

static void ended_well(pid_t child, const char *who)
{
	int status;

	T_EQ(waitpid(child, &status, 0), child);
	if (status)
		t_fail(__FILE__, __LINE__, "who %s: status 0x%x", who, status);
}

static void nothing_is_out(void)
{
	struct cca_info info = h_info(all.dev);
	struct p_set left = p_offline();

	T_EQ(info.out_reason, CCA_REASON_SHUTDOWN);
	T_EQ(info.out_errno, ENODEV);
	T_EQ(info.out_realms, 0);
	T_EQ(info.out_ledger.delegated, 0);
	T_EQ(info.out_ledger.in_use, 0);
	T_EQ(info.out_ledger.lent, 0);
	T_EQ(info.out_ledger.leaked, 0);
	T_EQ(left.count, 0);
}

static void commands_say_why(void)
{
	struct cca_delegate delegate = { .length = T_PAGE, .block_size = T_PAGE };
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS };
	struct cca_realm_open open = { .name = "kept" };
	struct cca_realm_op op = { 0 };
	struct cca_rec_op run_op = { 0 };
	struct cca_realm_info info;

	t_err(ENODEV, CCA_REASON_SHUTDOWN, all.dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
	t_err(ENODEV, CCA_REASON_SHUTDOWN, all.dev, CCA_REALM_CREATE, &create);
	t_err(ENODEV, CCA_REASON_SHUTDOWN, all.dev, CCA_REALM_OPEN, &open);
	t_err(ENODEV, CCA_REASON_SHUTDOWN, all.fresh.realm, CCA_ACTIVATE, &op);
	t_err(ENODEV, CCA_REASON_SHUTDOWN, all.fresh.realm, CCA_DESTROY, &op);
	t_err(ENODEV, CCA_REASON_SHUTDOWN, all.spinning.rec, CCA_RUN, &run_op);
	info = h_realm_info(all.spinning.realm);
	T_EQ(info.out_state, CCA_REALM_DESTROYED);
	T_EQ(info.out_reason, CCA_REASON_SHUTDOWN);
	T_EQ(info.out_granules, 0);
	T_EQ(h_memory_info(all.blocks).out_free, 0);
}

/* Back to where a kernel finds it that knows nothing of us. */
static void the_rmm_is_left(void)
{
	uint64_t out[3], x0 = p_rmi(SMC_RMI_RMM_STATE_GET, 0, 0, out);

	if (x0 == RMI_NOT_IMPLEMENTED)
		return;
	T_EQ(x0, RMI_SUCCESS);
	T_EQ(out[0], RMI_RMM_INIT);
}

/* Nobody has a descriptor of it. */
static void keep_one(void)
{
	struct h_guest kept;

	h_load_named(&kept, "kept", "hello", CROWD_RAM, -1, NULL);
	h_close(&kept);
}

static void R14_the_end_of_the_kernel_returns_every_granule(void)
{
	struct p_set pages;
	char byte;
	int fd;

	crowd_gather(&all);
	keep_one();
	pages = p_offline();
	t_note("%zu pages are in the realm world", pages.count);
	T_ASSERT(pages.count > CROWD_PAGES);
	p_save(&pages, PAGES);
	if (by_kexec())
		kexec_load("-l", "earlycon=pl011,0x9000000");
	creates = create_for_ever();
	delegates = delegate_for_ever();
	/* A user must not be able to hold it up. */
	if (!by_kexec())
		holds = hold_up(all.fresh.realm);
	t_sleep_us(200000);

	T_EQ(t_insmod("/lib/modules/linger.ko", ""), 0);
	fd = open(LINGER, O_RDONLY | O_CLOEXEC);
	T_ASSERT(fd >= 0);
	if (!fork()) {
		/* It never returns, and must not keep the harness waiting. */
		syscall(SYS_close_range, 3U, ~0U, 0U);
		syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			command, NULL);
		_exit(1);
	}
	T_EQ(read(fd, &byte, 1), 0);

	ended_well(all.spins, "spins");
	ended_well(all.sleeps, "sleeps");
	ended_well(creates, "creates realms");
	ended_well(delegates, "delegates");
	nothing_is_out();
	commands_say_why();
	the_rmm_is_left();
	p_read_all(&pages);
	T_ASSERT(p_log_has("cca: the kernel ends: "));
	/* What the descriptors still hold goes the usual way. */
	h_close(&all.fresh);
	h_close(&all.spinning);
	close(all.blocks);
	if (holds) {
		kill(holds, SIGKILL);
		T_EQ(waitpid(holds, NULL, 0), holds);
	}
}

/* -------------------------------------------------------- the next kernel */

static void R14_the_next_kernel_can_touch_every_page(void)
{
	struct p_set pages = p_load(PAGES);

	T_ASSERT(pages.count);
	T_EQ(p_offline().count, 0);
	p_read_all(&pages);
}

static void R14_the_next_kernel_uses_all_of_its_memory(void)
{
	uint64_t total = p_meminfo("MemTotal"), used = p_use_memory(48UL << 20);

	t_note("%llu of %llu MiB", (unsigned long long)used >> 20,
	       (unsigned long long)total >> 20);
	T_ASSERT(used > total / 2);
}

static void R03_the_next_kernel_runs_realms_on_the_same_RMM(void)
{
	struct h_guest guest;
	int dev, memory;

	the_rmm_is_left();
	T_EQ(t_insmod(T_MODULE, ""), 0);
	dev = t_open();
	T_EQ(h_info(dev).out_reason, CCA_REASON_NONE);
	h_start(&guest, "hello", CROWD_RAM);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	memory = h_memory(dev, CROWD_RAM, T_BLOCK);
	h_load(&guest, "grow", CROWD_RAM, memory, NULL);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	close(memory);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	T_EQ(p_offline().count, 0);
}

/* What is on its way to the result channel arrives; then the end may go on. */
static void let_go(void)
{
	int fd = open(LINGER, O_WRONLY | O_CLOEXEC);

	tcdrain(STDOUT_FILENO);
	if (fd >= 0 && dprintf(fd, "%d", by_kexec() ? 0 : 5 * atoi(t_env("SLOW", "1"))) < 0)
		perror(LINGER);
}

static int end(const char *name)
{
	int result;

	if (!strcmp(name, "power-kexec"))
		command = LINUX_REBOOT_CMD_KEXEC;
	else if (!strcmp(name, "power-off"))
		command = LINUX_REBOOT_CMD_POWER_OFF;
	else
		command = LINUX_REBOOT_CMD_RESTART;
	result = t_insmod(T_MODULE, "");
	if (result) {
		printf("Bail out! insmod: %s\n", strerror(-result));
		return 1;
	}
	t_register("R14_the_end_of_the_kernel_returns_every_granule",
		   R14_the_end_of_the_kernel_returns_every_granule, 120);
	result = t_main(T_LEDGER);
	let_go();
	/* The suite goes on in the next kernel. */
	while (by_kexec() && !result)
		pause();
	return result;
}

int main(int argc, char **argv)
{
	if (strcmp(t_env("BOOT", "1"), "2"))
		return end(basename(argv[0]));
	t_register("R14_the_next_kernel_can_touch_every_page",
		   R14_the_next_kernel_can_touch_every_page, 60);
	t_register("R14_the_next_kernel_uses_all_of_its_memory",
		   R14_the_next_kernel_uses_all_of_its_memory, 120);
	t_register("R03_the_next_kernel_runs_realms_on_the_same_RMM",
		   R03_the_next_kernel_runs_realms_on_the_same_RMM, 60);
	return t_main(0);
}
