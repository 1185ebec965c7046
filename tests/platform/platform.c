// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines that cannot host realms: the module loads, says why in one sentence,
 * and refuses everything else with the same errno. Which machine this is comes
 * from the environment; one suite per machine, all of them this program.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../uapi/tap.h"

static const struct machine {
	const char *platform, *profile;		/* NULL: any */
	const char *append;			/* on the kernel command line */
	int reason;
	int forced;				/* the reason if force=1 */
	const char *log;			/* said in the kernel log, */
	const char *check;			/* and by cca check */
} machines[] = {
	/* Nothing below these two knows of SMCCC 1.1, or of SMC at all. */
	{ "norme", NULL, NULL, CCA_REASON_NO_RME, CCA_REASON_NO_SMC,
	  "Realm Management Extension", "Realm Management Extension" },
	{ "el1", NULL, NULL, CCA_REASON_NO_RME, CCA_REASON_NO_SMC,
	  "Realm Management Extension", "Realm Management Extension" },
	{ "rme", "none", NULL, CCA_REASON_NO_RMM, CCA_REASON_NO_RMM,
	  "there is no RMM", "no Realm Management Monitor" },
	{ "rme", "v1", NULL, CCA_REASON_RMI_VERSION, CCA_REASON_RMI_VERSION,
	  "the RMM speaks 1.0", "another version" },
	{ "rme", NULL, "kvm-arm.mode=nvhe", CCA_REASON_NOT_EL2, CCA_REASON_NOT_EL2,
	  "EL2 with VHE", "EL2" },
};

static bool command_line_has(const char *word)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	T_ASSERT(read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	return strstr(line, word);
}

static const struct machine *machine(void)
{
	unsigned int i;

	for (i = 0; i < T_ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];

		if (strcmp(m->platform, t_env("PLATFORM", "rme")))
			continue;
		if (m->profile && strcmp(m->profile, t_env("PROFILE", "")))
			continue;
		if (m->append && !command_line_has(m->append))
			continue;
		return m;
	}
	t_fail(__FILE__, __LINE__, "this machine may be able to host realms");
}

static void load(void)
{
	t_rmmod("cca");
	T_EQ(t_insmod(T_MODULE, ""), 0);
}

static void unload(void)
{
	T_EQ(t_rmmod("cca"), 0);
}

TEST(R01_info_says_why_not)
{
	struct cca_info info = { 0 };
	int dev;

	load();
	dev = t_open();
	t_ok_plain(dev, CCA_INFO, &info);
	T_EQ(info.out_abi, CCA_ABI_VERSION);
	T_EQ(info.out_reason, machine()->reason);
	T_EQ(info.out_errno, ENODEV);
	T_EQ(info.out_profile, CCA_PROFILE_NONE);
	if (machine()->reason == CCA_REASON_RMI_VERSION)
		T_EQ(info.out_rmi_version_max, 0x10000);
	T_EQ(info.out_realms, 0);
	T_EQ(info.out_ledger.delegated, 0);
	T_EQ(info.out_ledger.leaked, 0);
	close(dev);
	unload();
}

/* On boards that have an RMM although their CPU claims no RME. */
TEST(R01_force_looks_for_an_RMM_and_survives_that_there_is_none)
{
	struct cca_info info = { 0 };
	int dev;

	t_rmmod("cca");
	T_EQ(t_insmod(T_MODULE, "force=1"), 0);
	dev = t_open();
	t_ok_plain(dev, CCA_INFO, &info);
	T_EQ(info.out_reason, machine()->forced);
	T_EQ(info.out_errno, ENODEV);
	close(dev);
	unload();
}

TEST(every_other_command_gives_that_errno_and_reason)
{
	struct cca_delegate delegate = { .length = T_PAGE, .block_size = T_PAGE };
	struct cca_realm_create create = { .ipa_bits = 40 };
	int dev;

	load();
	dev = t_open();
	t_err(ENODEV, machine()->reason, dev, CCA_DELEGATE, &delegate);
	T_EQ(delegate.out_fd, -1);
	T_EQ(delegate.out_done, 0);
	t_err(ENODEV, machine()->reason, dev, CCA_REALM_CREATE, &create);
	T_EQ(create.out_fd, -1);
	T_EQ(create.out.rmi_fid, 0);
	close(dev);
	unload();
}

TEST(a_command_that_does_not_exist_does_not_exist_here_either)
{
	uint32_t size = 4;
	int dev;

	load();
	dev = t_open();
	T_EQ(-t_ioctl(dev, _IO(CCA_IOCTL_TYPE, 0), &size), ENOTTY);
	close(dev);
	unload();
}

/* Our lines since the last call; the loader's own remarks are not ours. */
static int sentences(int kmsg, const char *word)
{
	char record[2048];
	ssize_t got;
	int lines = 0;
	char *text;

	while ((got = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[got] = '\0';
		text = strchr(record, ';');
		if (!text || strncmp(text + 1, "cca: ", 5) || strstr(text, "taint") ||
		    strstr(text, "verification failed"))
			continue;
		t_note("%.*s", (int)strcspn(text + 1, "\n"), text + 1);
		lines++;
		if (word && !strstr(text, word))
			t_fail(__FILE__, __LINE__, "it does not say %s", word);
	}
	return lines;
}

TEST(R01_the_kernel_log_has_one_sentence_about_it)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	T_ASSERT(kmsg >= 0);
	t_rmmod("cca");
	T_EQ(lseek(kmsg, 0, SEEK_END), 0);
	load();
	T_EQ(sentences(kmsg, machine()->log), 1);
	unload();
	T_EQ(sentences(kmsg, NULL), 0);
}

TEST(R01_cca_check_names_it_and_exits_with_3)
{
	char text[8192] = "";
	FILE *output;
	size_t got;
	int status;

	load();
	output = popen("cca check 2>&1", "r");
	T_ASSERT(output);
	got = fread(text, 1, sizeof(text) - 1, output);
	text[got] = '\0';
	status = pclose(output);
	T_ASSERT(WIFEXITED(status));
	T_EQ(WEXITSTATUS(status), 3);
	if (!strstr(text, machine()->check))
		t_fail(__FILE__, __LINE__, "it does not say %s: %s", machine()->check, text);
	unload();
}

TEST(cca_run_exits_with_3)
{
	int status;

	load();
	status = system("cca run /guests/hello.elf >/dev/null 2>&1");
	T_ASSERT(WIFEXITED(status));
	T_EQ(WEXITSTATUS(status), 3);
	unload();
}

TEST(the_module_comes_and_goes_as_often_as_one_likes)
{
	int i;

	for (i = 0; i < 5; i++) {
		load();
		unload();
	}
}

int main(void)
{
	return t_main(0);
}
