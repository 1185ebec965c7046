// SPDX-License-Identifier: GPL-2.0-only
/*
 * A realm seen by those who look from outside: the ledger and the counters in
 * debugfs, the histograms of how long commands take, the tracepoints.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host.h"

#define DEBUG		"/sys/kernel/debug/cca/"
#define TRACE		"/sys/kernel/tracing/"
#define ENTER		"RMI_REC_ENTER"

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	T_ASSERT(fd >= 0);
	T_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* All numbers in the column of lines that have the word. */
static unsigned long long sum(const char *path, const char *word, int column)
{
	unsigned long long all = 0;
	char line[512];
	FILE *f = fopen(path, "r");

	T_ASSERT(f);
	while (fgets(line, sizeof(line), f)) {
		char *at, *rest = line;
		int i = 0;

		if (!strstr(line, word))
			continue;
		while ((at = strsep(&rest, " \n")))
			if (*at && ++i == column)
				all += strtoull(at, NULL, 0);
	}
	fclose(f);
	return all;
}

static unsigned int lines(const char *path, const char *word)
{
	unsigned int n = 0;
	char line[512];
	FILE *f = fopen(path, "r");

	T_ASSERT(f);
	while (fgets(line, sizeof(line), f))
		n += !!strstr(line, word);
	fclose(f);
	return n;
}

static void load(struct h_guest *guest)
{
	static const uint64_t gprs[8];

	h_load(guest, "hello", T_BLOCK, -1, gprs);
}

static void live(struct h_guest *guest)
{
	h_activate(guest->realm);
	h_run_to_end(guest, 0);
}

static uint64_t entries(const struct h_guest *guest)
{
	struct cca_rec_info info = { .size = sizeof(info) };

	T_EQ(ioctl(guest->rec, CCA_REC_INFO, &info), 0);
	return info.out_entries;
}

TEST(R10_the_ledger_is_read_in_debugfs)
{
	struct cca_realm_info info;
	struct h_guest guest;

	T_EQ(sum(DEBUG "ledger", "in_use ", 2), 0);
	load(&guest);
	info = h_realm_info(guest.realm);
	T_ASSERT(info.out_granules > 0);
	T_ASSERT(sum(DEBUG "ledger", "in_use ", 2) >= info.out_granules);
	live(&guest);
	h_close(&guest);
	T_EQ(sum(DEBUG "ledger", "in_use ", 2), 0);
}

TEST(R8_each_entry_is_counted_in_debugfs)
{
	unsigned long long before = sum(DEBUG "rmi_calls", ENTER, 3);
	struct h_guest guest;

	load(&guest);
	live(&guest);
	T_ASSERT(entries(&guest) > 0);
	T_EQ(sum(DEBUG "rmi_calls", ENTER, 3) - before, entries(&guest));
	h_close(&guest);
}

/* Each call is in one bucket, while they are counted and not otherwise. */
TEST(R8_the_time_of_each_command_is_in_a_histogram)
{
	struct h_guest guest;
	uint64_t counted;

	load(&guest);
	live(&guest);
	T_EQ(lines(DEBUG "latency", "RMI_"), 0);
	h_close(&guest);

	put(DEBUG "latency", "1");
	load(&guest);
	live(&guest);
	counted = entries(&guest);
	T_EQ(sum(DEBUG "latency", ENTER, 4), counted);
	T_EQ(sum(DEBUG "latency", "RMI_REALM_ACTIVATE", 4), 1);
	/* The one that moves ranges by a loop of its own. */
	T_ASSERT(sum(DEBUG "latency", "RMI_GRANULE_RANGE_DELEGATE", 4) > 0);
	h_close(&guest);

	put(DEBUG "latency", "0");
	load(&guest);
	live(&guest);
	h_close(&guest);
	T_EQ(sum(DEBUG "latency", ENTER, 4), counted);
	put(DEBUG "latency", "1");
	T_EQ(lines(DEBUG "latency", "RMI_"), 0);
	put(DEBUG "latency", "0");
}

TEST(R8_commands_and_states_are_traced)
{
	struct cca_realm_info info;
	struct h_guest guest;
	char text[128];

	/* A fault of the kernel stops it, and other suites provoke some. */
	put(TRACE "tracing_on", "1");
	put(TRACE "events/cca/enable", "1");
	load(&guest);
	live(&guest);
	info = h_realm_info(guest.realm);
	h_close(&guest);
	put(TRACE "events/cca/enable", "0");

	/* All of them may be more than the buffer has: those at the end are there. */
	T_ASSERT(lines(TRACE "trace", "cca_rmi: fid=0x15c ") > 0);
	snprintf(text, sizeof(text), "cca_realm: realm=%u from=%u to=%u ", info.out_id,
		 CCA_REALM_NEW, CCA_REALM_ACTIVE);
	T_EQ(lines(TRACE "trace", text), 1);
	snprintf(text, sizeof(text), "cca_realm: realm=%u from=%u to=%u ", info.out_id,
		 CCA_REALM_ACTIVE, CCA_REALM_SYSTEM_OFF);
	T_EQ(lines(TRACE "trace", text), 1);
	snprintf(text, sizeof(text), "cca_realm: realm=%u from=%u to=%u ", info.out_id,
		 CCA_REALM_SYSTEM_OFF, CCA_REALM_DESTROYED);
	T_EQ(lines(TRACE "trace", text), 1);
	snprintf(text, sizeof(text), "cca_rec: realm=%u rec=0 created", info.out_id);
	T_EQ(lines(TRACE "trace", text), 1);
	snprintf(text, sizeof(text), "cca_rec: realm=%u rec=0 destroyed", info.out_id);
	T_EQ(lines(TRACE "trace", text), 1);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
