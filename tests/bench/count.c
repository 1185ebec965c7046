// SPDX-License-Identifier: GPL-2.0-only
/*
 * count FILE COMMAND...: runs it, and writes to the file how many instructions
 * the host's kernel executed for it and its threads. Where QEMU runs with
 * -icount they are exact.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_counter(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_user = 1,
		.inherit = 1,
		.disabled = 1,
		.enable_on_exec = 1,
	};

	return syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

int main(int argc, char **argv)
{
	int go[2], counter, status = 1;
	uint64_t value = 0;
	FILE *file;
	pid_t pid;
	char byte;

	if (argc < 3 || pipe(go) || (pid = fork()) < 0)
		return 2;
	if (!pid) {
		close(go[1]);
		/* Not before it is counted. */
		if (read(go[0], &byte, 1) < 0)
			_exit(127);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	counter = open_counter(pid);
	close(go[1]);
	if (waitpid(pid, &status, 0) < 0 || read(counter, &value, sizeof(value)) < 0)
		value = 0;
	file = fopen(argv[1], "w");
	if (!file)
		return 2;
	fprintf(file, "%llu\n", (unsigned long long)value);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
