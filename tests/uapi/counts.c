// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator can read: commands to the RMM, one by one, and the
 * memory that it did not give back. The fault plan of the test RMM makes both.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "rmm.h"
#include "listen.h"

#define DEBUG		"/sys/kernel/debug/cca/"

/* Spoil the next answers to this command. */
static void plan(uint32_t fid, unsigned int kind, uint64_t arg, uint64_t times)
{
	const struct r_fault fault = { .kind = kind, .arg = arg, .times = times };

	T_ASSERT(r_plan(SMC_RMI_NUMBER(fid), 1, &fault));
}

/* A module that has counted nothing yet; those before have leaked on purpose. */
static int start(void)
{
	if (t_rmmod("cca"))
		errno = 0;
	r_open();
	T_EQ(t_insmod(T_MODULE, ""), 0);
	return t_open();
}

static void stop(int dev)
{
	T_EQ(r_plan_clear(), 0);
	close(dev);
	T_EQ(t_rmmod("cca"), 0);
	r_close();
}

/* ----------------------------------------------------------------- commands */

struct counts {
	unsigned long long calls, busy, blocked, retries, ns, ns_max;
};

static bool read_line(const char *line, char name[64], struct counts *c)
{
	return sscanf(line, "0x%*x %63s %llu %llu %llu %llu %llu %llu", name, &c->calls, &c->busy,
		      &c->blocked, &c->retries, &c->ns, &c->ns_max) == 7;
}

static struct counts counts_of(const char *command)
{
	FILE *file = fopen(DEBUG "rmi_calls", "r");
	struct counts c, found = {};
	char line[256], name[64];

	T_ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		if (read_line(line, name, &c) && !strcmp(name, command))
			found = c;
	}
	fclose(file);
	return found;
}

static struct counts since(const char *command, const struct counts *before)
{
	struct counts now = counts_of(command);

	now.calls -= before->calls;
	now.busy -= before->busy;
	now.blocked -= before->blocked;
	now.retries -= before->retries;
	now.ns -= before->ns;
	return now;
}

#define DELEGATE	"RMI_GRANULE_RANGE_DELEGATE"
#define UNDELEGATE	"RMI_GRANULE_RANGE_UNDELEGATE"

TEST(R11_busy_answers_and_what_came_of_them_are_counted)
{
	int dev = start(), other = h_memory(dev, T_PAGE, T_PAGE), memory;
	struct counts before, got;

	/* With some there already, memory need not be made ready first. */
	before = counts_of(DELEGATE);
	plan(SMC_RMI_GRANULE_RANGE_DELEGATE, FAULT_BUSY, 0, 5);
	memory = h_memory(dev, T_PAGE, T_PAGE);
	got = since(DELEGATE, &before);
	T_EQ(got.calls, 6);
	T_EQ(got.busy, 5);
	T_EQ(got.blocked, 0);
	T_EQ(got.retries, 5);

	before = counts_of(UNDELEGATE);
	plan(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_BLOCKED, 0, 3);
	close(memory);
	got = since(UNDELEGATE, &before);
	T_EQ(got.calls, 4);
	T_EQ(got.busy, 0);
	T_EQ(got.blocked, 3);
	T_EQ(got.retries, 3);
	close(other);
	stop(dev);
}

/* The last answer is the end of it, and is not tried again. */
TEST(R11_giving_up_is_counted)
{
	struct cca_delegate delegate = { .length = T_PAGE, .block_size = T_PAGE };
	int dev = start(), other = h_memory(dev, T_PAGE, T_PAGE);
	struct counts before = counts_of(DELEGATE), got;

	plan(SMC_RMI_GRANULE_RANGE_DELEGATE, FAULT_BUSY, 0, 1UL << 30);
	t_err(EAGAIN, CCA_REASON_RMI_BUSY, dev, CCA_DELEGATE, &delegate);
	got = since(DELEGATE, &before);
	T_ASSERT(got.busy > 64);
	T_EQ(got.calls, got.busy);
	T_ASSERT(got.retries < got.busy);
	T_ASSERT(got.retries + 8 > got.busy);
	T_ASSERT(r_plan_clear() > 0);
	close(other);
	stop(dev);
}

TEST(time_in_the_firmware_is_counted)
{
	const uint64_t begin = t_now_us();
	FILE *file;
	char line[256], name[64];
	unsigned int lines = 0;
	uint64_t sum = 0;
	struct counts c;
	int dev = start();

	close(h_memory(dev, 8 * T_BLOCK, T_PAGE));
	close(h_realm(dev));
	file = fopen(DEBUG "rmi_calls", "r");
	T_ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		if (!read_line(line, name, &c))
			continue;
		T_ASSERT(c.calls > 0);
		T_ASSERT(c.ns_max <= c.ns);
		T_ASSERT(c.ns <= c.calls * c.ns_max);
		sum += c.ns;
		lines++;
	}
	fclose(file);
	T_ASSERT(lines > 4);
	/* One thread, and it was not in the firmware all the time. */
	T_ASSERT(sum > 0);
	T_ASSERT(sum / 1000 < t_now_us() - begin);
	stop(dev);
}

/* -------------------------------------------------------------------- leaks */

/* What the kernel has said so far that has this in it. */
static unsigned int log_lines(const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned int found = 0;
	char line[8192];
	ssize_t length;

	T_ASSERT(fd >= 0);
	while ((length = read(fd, line, sizeof(line) - 1)) > 0) {
		line[length] = '\0';
		found += !!strstr(line, text);
	}
	close(fd);
	return found;
}

/* A number of `name value` or `"name": value` lines that somebody prints. */
static uint64_t said(FILE *from, const char *name)
{
	unsigned long long value = ~0ULL;
	char line[256], *at;

	T_ASSERT(from);
	while (fgets(line, sizeof(line), from)) {
		at = strstr(line, name);
		if (at && strcspn(at + strlen(name), "\": ") == 0)
			sscanf(at + strlen(name) + strspn(at + strlen(name), "\": "), "%llu",
			       &value);
	}
	return value;
}

#define LOST	"cca: the RMM keeps memory"

TEST(R12_memory_that_does_not_come_back_is_counted_and_told_once)
{
	struct cca_memory_resize shrink = { .length = 2 * T_PAGE };
	const unsigned int told = log_lines(LOST);
	int dev = start(), memory = h_memory(dev, 16 * T_PAGE, T_PAGE), round;
	struct cca_ledger ledger;
	FILE *file;

	for (round = 1; round <= 3; round++) {
		plan(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_STATUS, RMI_ERROR_GRANULE, 1);
		/* Others go instead. */
		t_ok(memory, CCA_MEMORY_SHRINK, &shrink);
		T_EQ(shrink.out_done, 2 * T_PAGE);
		T_EQ(h_memory_info(memory).out_leaked, round * T_PAGE);
		T_EQ(h_memory_info(memory).out_length, (16 - 2 * round) * T_PAGE);
		ledger = h_info(dev).out_ledger;
		T_EQ(ledger.leaked, round);
		T_EQ(ledger.leaks[CCA_LEAK_UNDELEGATE], round);
		T_EQ(log_lines(LOST), told + 1);
	}
	plan(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_STATUS, RMI_ERROR_GRANULE, 1);
	shrink.length = 10 * T_PAGE;
	t_err(EIO, CCA_REASON_RMI, memory, CCA_MEMORY_SHRINK, &shrink);
	T_EQ(shrink.out_done, 6 * T_PAGE);
	T_EQ(h_memory_info(memory).out_leaked, 4 * T_PAGE);
	close(memory);
	T_EQ(h_info(dev).out_ledger.leaked, 4);
	T_EQ(log_lines(LOST), told + 1);

	file = fopen(DEBUG "ledger", "r");
	T_EQ(said(file, "leaked_undelegate"), 4);
	fclose(file);
	file = popen("cca info --json", "r");
	T_EQ(said(file, "leaked-undelegate"), 4);
	pclose(file);
	stop(dev);
}

TEST(R12_memory_of_an_object_that_does_not_go_is_counted)
{
	int dev = start(), realm = h_realm(dev);
	struct cca_ledger ledger;

	plan(SMC_RMI_REALM_DESTROY, FAULT_STATUS, RMI_ERROR_INPUT, 1);
	close(realm);
	ledger = h_info(dev).out_ledger;
	T_ASSERT(ledger.leaks[CCA_LEAK_DESTROY] >= 2);
	T_EQ(ledger.leaked, ledger.leaks[CCA_LEAK_DESTROY]);
	T_EQ(ledger.in_use, 0);
	stop(dev);
}

TEST(R12_memory_that_a_lying_RMM_may_have_is_counted)
{
	struct cca_delegate delegate = { .length = 4 * T_PAGE, .block_size = T_PAGE };
	int dev = start();
	struct cca_ledger ledger;

	plan(SMC_RMI_GRANULE_RANGE_DELEGATE, FAULT_PAST_TOP, 0, 1);
	plan(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_STATUS, 0x77, 1);
	t_err(EIO, CCA_REASON_RMI_PROTOCOL, dev, CCA_DELEGATE, &delegate);
	ledger = h_info(dev).out_ledger;
	T_ASSERT(ledger.leaks[CCA_LEAK_PROTOCOL] >= 1);
	T_EQ(ledger.leaked, ledger.leaks[CCA_LEAK_PROTOCOL]);
	T_EQ(ledger.reserved, 0);
	stop(dev);
}

/* ------------------------------------------------------------------- events */

TEST(R12_whoever_listens_is_told_of_memory_that_does_not_come_back)
{
	int dev = start(), watch = w_open(), realm;
	struct cca_memory_resize shrink = { .length = 2 * T_PAGE };
	int memory = h_memory(dev, 4 * T_PAGE, T_PAGE);
	struct w_event event;
	uint64_t told = 0;
	uint32_t id;

	plan(SMC_RMI_GRANULE_RANGE_UNDELEGATE, FAULT_STATUS, RMI_ERROR_GRANULE, 1);
	t_ok(memory, CCA_MEMORY_SHRINK, &shrink);
	event = w_expect(watch, CCA_EVENT_PAGES_LEAKED, 0,
			 W_HAS(SEQ) | W_HAS(GRANULES) | W_HAS(CAUSE));
	T_EQ(event.value[CCA_EVENT_A_GRANULES], 1);
	T_EQ(event.value[CCA_EVENT_A_CAUSE], CCA_LEAK_UNDELEGATE);
	close(memory);

	realm = h_realm(dev);
	id = h_realm_info(realm).out_id;
	w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM);
	plan(SMC_RMI_REALM_DESTROY, FAULT_STATUS, RMI_ERROR_INPUT, 1);
	close(realm);
	/* In one sum or in several, as it happens to be sent. */
	while ((event = w_next(watch)).kind == CCA_EVENT_PAGES_LEAKED) {
		T_EQ(event.value[CCA_EVENT_A_REALM], id);
		T_EQ(event.value[CCA_EVENT_A_CAUSE], CCA_LEAK_DESTROY);
		told += event.value[CCA_EVENT_A_GRANULES];
	}
	T_EQ(event.kind, CCA_EVENT_REALM_DESTROYED);
	T_ASSERT(told);
	T_EQ(h_info(dev).out_ledger.leaks[CCA_LEAK_DESTROY], told);
	close(watch);
	stop(dev);
}

TEST(R23_whoever_listens_is_told_that_the_RMM_broke_a_realm)
{
	int dev = start(), watch = w_open();
	struct h_guest guest;
	struct w_event event;
	uint32_t id;

	h_start(&guest, "hello", 8UL << 20);
	id = h_realm_info(guest.realm).out_id;
	w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM);
	w_expect(watch, CCA_EVENT_REALM_ACTIVATED, id, W_REALM);
	plan(SMC_RMI_REC_ENTER, FAULT_STATUS, 0x77, 1);
	T_EQ(h_run(&guest), -EIO);
	event = w_expect(watch, CCA_EVENT_RMM_TROUBLE, id,
			 W_HAS(SEQ) | W_HAS(REALM) | W_HAS(REASON) | W_HAS(RMI_FID) |
			 W_HAS(RMI_STATUS));
	T_EQ(event.value[CCA_EVENT_A_RMI_FID], SMC_RMI_NUMBER(SMC_RMI_REC_ENTER));
	T_EQ(event.value[CCA_EVENT_A_RMI_STATUS], 0x77);
	event = w_expect(watch, CCA_EVENT_REALM_TERMINATED, id, W_REALM | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_REASON], CCA_REASON_DEAD);
	h_close(&guest);
	w_expect(watch, CCA_EVENT_REALM_DESTROYED, id, W_REALM | W_HAS(REASON));
	close(watch);
	stop(dev);
}

/* Trouble of this command about this realm; *id 0: it has one now. */
static void troubled(int watch, uint32_t fid, uint32_t *id)
{
	const uint32_t has = W_HAS(SEQ) | W_HAS(REALM) | W_HAS(REASON) | W_HAS(RMI_FID) |
			     W_HAS(RMI_STATUS);
	struct w_event event = w_next(watch);

	T_EQ(event.kind, CCA_EVENT_RMM_TROUBLE);
	T_EQ(event.has, has);
	T_EQ(event.value[CCA_EVENT_A_RMI_FID], SMC_RMI_NUMBER(fid));
	T_EQ(event.value[CCA_EVENT_A_RMI_STATUS], 0x77);
	T_ASSERT(event.value[CCA_EVENT_A_REALM] && event.value[CCA_EVENT_A_REASON]);
	if (*id)
		T_EQ(event.value[CCA_EVENT_A_REALM], *id);
	*id = event.value[CCA_EVENT_A_REALM];
}

/* Such a realm is not broken by it: what failed may be tried again. */
TEST(R23_whoever_listens_is_told_of_trouble_with_a_realm_that_is_new)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS };
	struct cca_mem_add add = { .ipa = H_RAM, .length = T_PAGE, .memory = -1 };
	static char page[T_PAGE] __attribute__((aligned(T_PAGE)));
	struct cca_populate populate = {
		.ipa = H_RAM, .length = T_PAGE, .source = (uintptr_t)page,
	};
	struct cca_rec_create rec = {};
	int dev = start(), watch = w_open(), realm;
	uint32_t id = 0, never = 0;

	plan(SMC_RMI_REALM_CREATE, FAULT_STATUS, 0x77, 1);
	t_err(EIO, T_ANY, dev, CCA_REALM_CREATE, &create);
	troubled(watch, SMC_RMI_REALM_CREATE, &never);

	realm = h_realm(dev);
	id = h_realm_info(realm).out_id;
	T_ASSERT(id != never);
	w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM);
	t_ok(realm, CCA_MEM_ADD, &add);
	plan(SMC_RMI_RTT_DATA_MAP_INIT, FAULT_STATUS, 0x77, 1);
	t_err(EIO, T_ANY, realm, CCA_POPULATE, &populate);
	troubled(watch, SMC_RMI_RTT_DATA_MAP_INIT, &id);
	t_ok(realm, CCA_POPULATE, &populate);
	plan(SMC_RMI_REC_CREATE, FAULT_STATUS, 0x77, 1);
	t_err(EIO, T_ANY, realm, CCA_REC_CREATE, &rec);
	troubled(watch, SMC_RMI_REC_CREATE, &id);
	/* A mistake of the user is none of the RMM's. */
	t_err(EEXIST, CCA_REASON_POPULATED, realm, CCA_POPULATE, &populate);
	T_EQ(h_realm_info(realm).out_state, CCA_REALM_NEW);
	close(realm);
	w_expect(watch, CCA_EVENT_REALM_DESTROYED, id, W_REALM | W_HAS(REASON));
	w_silent(watch);
	close(watch);
	stop(dev);
}

int main(void)
{
	return t_main(0);
}
