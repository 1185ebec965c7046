// SPDX-License-Identifier: GPL-2.0-only
/* Load another kernel with /sbin/kexec and /boot/Image (part kexec of the machine). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kexec.h"
#include "pages.h"

#define INITRD	"/tmp/initrd"
#define SUITES	"cca_test.suites="
/* The root file system as it is, without what suites of other rooms need. */
#define PACK	"cd / && find . -xdev \\( -path ./boot -o -path './lib/*.so*' -o " \
		"-path './suites/[!p]*' \\) -prune -o -print | cpio -o -H newc >" INITRD

static bool is(const char *word, const char *what)
{
	return !strncmp(word, what, strlen(what));
}

/* Of the suites of this boot those that are not done: this one comes first. */
static const char *from_own(const char *suites)
{
	const char *own = strstr(suites, program_invocation_short_name);

	return own ? own : suites;
}

/* The command line of this kernel, as the other one should have it. */
static void command_line(char *line, size_t size, const char *more)
{
	char words[4096] = "", *word, *rest = words;
	FILE *file = fopen("/proc/cmdline", "r");

	T_ASSERT(file && fgets(words, sizeof(words), file));
	fclose(file);
	words[strcspn(words, "\n")] = '\0';
	snprintf(line, size, "cca_test.boot=2%s%s", *more ? " " : "", more);
	while ((word = strsep(&rest, " "))) {
		size_t used = strlen(line);

		/* What is about this kernel's own place in memory. */
		if (!*word || is(word, "initrd=") || is(word, "crash"))
			continue;
		if (is(word, SUITES))
			snprintf(line + used, size - used, " %s%s", SUITES,
				 from_own(word + strlen(SUITES)));
		else
			snprintf(line + used, size - used, " %s", word);
	}
	T_ASSERT(strlen(line) < size - 1);
}

void kexec_load(const char *how, const char *more)
{
	char line[2048];
	int status;

	command_line(line, sizeof(line), more);
	T_EQ(system(PACK), 0);
	if (!fork()) {
		char with[sizeof(line) + 32];

		snprintf(with, sizeof(with), "--command-line=%s", line);
		execl("/sbin/kexec", "kexec", how, "/boot/Image", "--no-checks",
		      "--initrd=" INITRD, with, NULL);
		t_fail(__FILE__, __LINE__, "/sbin/kexec: %s", strerror(errno));
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
	unlink(INITRD);
}
