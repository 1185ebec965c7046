// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of the Linux guest: says what it found, does what the kernel's
 * command line asks for (guest.do=...), and powers off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void find_word(const char *name, char *value, size_t size)
{
	char line[4096] = "";
	const char *at;
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);

	value[0] = '\0';
	if (length <= 0)
		return;
	at = strstr(line, name);
	if (at)
		snprintf(value, size, "%.*s", (int)strcspn(at + strlen(name), " \n"),
			 at + strlen(name));
}

/* A timer that is slept on must come, on each CPU and again and again. */
static void sleep_often(void)
{
	struct timespec moment = { .tv_nsec = 20000000 };

	for (int i = 0; i < 50; i++)
		nanosleep(&moment, NULL);
	printf("guest: slept 50 times\n");
}

static void echo_line(void)
{
	char line[128];

	printf("guest: say something\n");
	if (fgets(line, sizeof(line), stdin))
		printf("guest: heard %s", line);
}

static void flood(void)
{
	for (;;)
		printf("guest: this goes on and on, and nobody reads it: 0123456789 0123456789 0123456789\n");
}

static void spin(void)
{
	printf("guest: spinning\n");
	for (;;)
		;
}

static void act(const char *what)
{
	if (!strcmp(what, "sleep"))
		sleep_often();
	else if (!strcmp(what, "echo"))
		echo_line();
	else if (!strcmp(what, "flood"))
		flood();
	else if (!strcmp(what, "spin"))
		spin();
	else if (!strcmp(what, "idle"))
		for (;;)
			pause();
	else if (!strcmp(what, "reset"))
		reboot(RB_AUTOBOOT);
	else if (!strcmp(what, "panic"))
		exit(1);
}

int main(void)
{
	struct utsname name;
	char what[32];

	setvbuf(stdout, NULL, _IOLBF, 0);
	mount("proc", "/proc", "proc", 0, NULL);
	uname(&name);
	find_word("guest.do=", what, sizeof(what));
	printf("guest: Linux %s is in user space with %ld CPUs\n", name.release,
	       sysconf(_SC_NPROCESSORS_ONLN));
	act(what);
	printf("guest: powering off\n");
	/* The kernel goes down without what is still in the terminal's buffer. */
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 1;
}
