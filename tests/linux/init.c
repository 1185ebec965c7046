// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of the Linux guest: says what it found, does what the kernel's
 * command line asks for (guest.do=...), and powers off.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
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

/* A timer that is slept on must come, again and again. */
static void sleep_often(unsigned int times)
{
	struct timespec moment = { .tv_nsec = 20000000 };

	for (unsigned int i = 0; i < times; i++)
		nanosleep(&moment, NULL);
}

/* On each CPU, at once: guest.times=, or 50 times. */
static void sleep_everywhere(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char word[32];
	unsigned int times;
	int done = 0, status;
	cpu_set_t set;

	find_word("guest.times=", word, sizeof(word));
	times = word[0] ? atoi(word) : 50;
	for (long cpu = 0; cpu < cpus; cpu++) {
		if (fork())
			continue;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			_exit(1);
		sleep_often(times);
		_exit(0);
	}
	while (wait(&status) > 0)
		done += !status;
	printf("guest: slept %u times on %d CPUs\n", times, done);
}

static void echo_line(void)
{
	char line[128];

	printf("guest: say something\n");
	if (fgets(line, sizeof(line), stdin))
		printf("guest: heard %s", line);
}

/* ------------------------------------------------------------- attestation */

#define REPORT		"/sys/kernel/config/tsm/report/test"
#define CHALLENGE	64

static void load_module(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		printf("guest: %s: %m\n", path);
	close(fd);
}

/* What the other side wants to find in the token: 128 digits on a line. */
static bool read_challenge(uint8_t challenge[CHALLENGE])
{
	char line[512];

	printf("guest: a challenge, please\n");
	if (!fgets(line, sizeof(line), stdin))
		return false;
	for (int i = 0; i < CHALLENGE; i++)
		if (sscanf(line + 2 * i, "%2hhx", &challenge[i]) != 1)
			return false;
	return true;
}

static ssize_t make_report(const uint8_t challenge[CHALLENGE], uint8_t *token, size_t size)
{
	ssize_t length, all = 0;
	int fd;

	if (mkdir(REPORT, 0700))
		return -1;
	fd = open(REPORT "/inblob", O_WRONLY | O_CLOEXEC);
	length = write(fd, challenge, CHALLENGE);
	/* The module takes it when the file is closed. */
	if (close(fd) || length != CHALLENGE)
		return -1;
	fd = open(REPORT "/outblob", O_RDONLY | O_CLOEXEC);
	while ((length = read(fd, token + all, size - all)) > 0)
		all += length;
	return close(fd) || length ? -1 : all;
}

static void print_base64(const uint8_t *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	printf("-----BEGIN TOKEN-----\n");
	for (size_t i = 0; i < length; i += 3) {
		uint32_t three = bytes[i] << 16 | (i + 1 < length ? bytes[i + 1] << 8 : 0) |
				 (i + 2 < length ? bytes[i + 2] : 0);

		for (unsigned int k = 0; k < 4; k++)
			putchar(i + k > length ? '=' : digits[three >> (18 - 6 * k) & 63]);
		if (i % 48 == 45 || i + 3 >= length)
			putchar('\n');
	}
	printf("-----END TOKEN-----\n");
}

static void attest(void)
{
	static uint8_t token[32 << 10];
	uint8_t challenge[CHALLENGE];
	ssize_t length;

	mount("sysfs", "/sys", "sysfs", 0, NULL);
	load_module("configfs");
	mount("configfs", "/sys/kernel/config", "configfs", 0, NULL);
	load_module("tsm_report");
	load_module("arm-cca-guest");
	if (!read_challenge(challenge)) {
		printf("guest: that is no challenge\n");
		return;
	}
	length = make_report(challenge, token, sizeof(token));
	if (length < 0)
		printf("guest: no token: %m\n");
	else
		print_base64(token, length);
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

/* Of the counter that all CPUs of a machine have; in a realm it has an offset. */
static void tell_time(void)
{
	uint64_t count, frequency;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
	asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	printf("guest: %llu ms since power-on\n", (unsigned long long)(count / (frequency / 1000)));
}

static struct winsize window(void)
{
	struct winsize size = { 0 };

	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	return size;
}

/* Its size, and that again when it has changed; then a line. */
static void watch_terminal(void)
{
	struct timespec moment = { .tv_nsec = 50000000 };
	struct winsize now = window(), before = now;

	printf("guest: the terminal has %ux%u\n", now.ws_col, now.ws_row);
	while (now.ws_col == before.ws_col && now.ws_row == before.ws_row) {
		nanosleep(&moment, NULL);
		now = window();
	}
	printf("guest: the terminal has %ux%u\n", now.ws_col, now.ws_row);
	echo_line();
}

static void turn(const char *way)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);

	if (fd < 0 || write(fd, way, 1) != 1)
		perror("guest: cpu1");
	close(fd);
	printf("guest: has %ld CPUs\n", sysconf(_SC_NPROCESSORS_ONLN));
}

static void turn_off_and_on(void)
{
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	turn("0");
	turn("1");
}

/* What is seen from in there, for who watches a demonstration. */
static void look_around(void)
{
	struct utsname name;
	struct sysinfo info;

	uname(&name);
	sysinfo(&info);
	printf("guest: %s %s, %s\n", name.sysname, name.release, name.version);
	printf("guest: %d CPUs, %lu MiB of memory that the host cannot read\n", get_nprocs(),
	       info.totalram * info.mem_unit >> 20);
}

static void act(const char *what)
{
	if (!strcmp(what, "sleep"))
		sleep_everywhere();
	else if (!strcmp(what, "echo"))
		echo_line();
	else if (!strcmp(what, "attest"))
		attest();
	else if (!strcmp(what, "flood"))
		flood();
	else if (!strcmp(what, "spin"))
		spin();
	else if (!strcmp(what, "clock"))
		tell_time();
	else if (!strcmp(what, "idle"))
		for (;;)
			pause();
	else if (!strcmp(what, "terminal"))
		watch_terminal();
	else if (!strcmp(what, "look"))
		look_around();
	else if (!strcmp(what, "reset"))
		reboot(RB_AUTOBOOT);
	else if (!strcmp(what, "panic"))
		exit(1);
	else if (!strcmp(what, "off")) {
		turn_off_and_on();
		exit(1);
	}
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
