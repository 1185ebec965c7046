// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: who listens is told what happens to realms, in the order in which it
 * happens, and nothing that it must not know.
 */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "listen.h"

#define RAM	(8UL << 20)

static uint32_t id_of(int realm)
{
	return h_realm_info(realm).out_id;
}

TEST(a_life_is_told_in_order)
{
	int watch = w_open();
	struct h_guest guest;
	struct w_event event;
	uint64_t seq;
	uint32_t id;

	h_start(&guest, "hello", RAM);
	id = id_of(guest.realm);
	event = w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM);
	T_EQ(event.value[CCA_EVENT_A_OWNER], geteuid());
	seq = event.value[CCA_EVENT_A_SEQ];
	w_expect(watch, CCA_EVENT_REALM_ACTIVATED, id, W_REALM);

	h_run_to_end(&guest, 0);
	event = w_expect(watch, CCA_EVENT_REALM_TERMINATED, id, W_REALM | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_REASON], CCA_REASON_SYSTEM_OFF);
	event = w_expect(watch, CCA_EVENT_REC_EXITED, id,
			 W_REALM | W_HAS(REC) | W_HAS(EXIT) | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_REC], 0);
	T_EQ(event.value[CCA_EVENT_A_EXIT], CCA_EXIT_SYSTEM_OFF);
	/* It is gone once. */
	T_EQ(h_run(&guest), -ESTALE);
	w_silent(watch);

	h_close(&guest);
	event = w_expect(watch, CCA_EVENT_REALM_DESTROYED, id, W_REALM | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_REASON], CCA_REASON_SYSTEM_OFF);
	T_EQ(event.value[CCA_EVENT_A_SEQ], seq + 4);
	w_silent(watch);
}

static void *run_on(void *guest)
{
	h_run(guest);
	return NULL;
}

TEST(a_rec_that_is_made_to_leave_is_told)
{
	int watch = w_open();
	struct cca_realm_op op = {};
	struct cca_rec_info info = {};
	struct h_guest guest;
	struct w_event event;
	pthread_t thread;
	uint32_t id;

	h_start(&guest, "spin", RAM);
	id = id_of(guest.realm);
	T_EQ(pthread_create(&thread, NULL, run_on, &guest), 0);
	do {
		t_sleep_us(1000);
		t_ok_plain(guest.rec, CCA_REC_INFO, &info);
	} while (!info.out_entries);
	t_ok(guest.realm, CCA_TERMINATE, &op);
	T_EQ(pthread_join(thread, NULL), 0);
	w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM);
	w_expect(watch, CCA_EVENT_REALM_ACTIVATED, id, W_REALM);
	event = w_expect(watch, CCA_EVENT_REALM_TERMINATED, id, W_REALM | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_REASON], CCA_REASON_TERMINATED);
	event = w_expect(watch, CCA_EVENT_REC_EXITED, id,
			 W_REALM | W_HAS(REC) | W_HAS(EXIT) | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_EXIT], CCA_EXIT_TERMINATED);
	T_EQ(event.value[CCA_EVENT_A_REASON], CCA_REASON_TERMINATED);
	t_ok(guest.realm, CCA_DESTROY, &op);
	w_expect(watch, CCA_EVENT_REALM_DESTROYED, id, W_REALM | W_HAS(REASON));
	h_close(&guest);
	w_silent(watch);
}

TEST(a_name_is_told_to_the_end)
{
	int watch = w_open(), dev = t_open(), realm;
	struct cca_realm_open open = {};
	struct cca_realm_op op = {};
	struct w_event event;
	uint32_t id;

	realm = h_realm_named(dev, "news-1", CCA_REALM_F_PERSIST);
	open.id = id = id_of(realm);
	event = w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM | W_HAS(NAME));
	T_ASSERT(!strcmp(event.name, "news-1"));
	close(realm);
	w_silent(watch);
	t_ok(dev, CCA_REALM_OPEN, &open);
	t_ok(open.out_fd, CCA_DESTROY, &op);
	event = w_expect(watch, CCA_EVENT_REALM_DESTROYED, id,
			 W_REALM | W_HAS(NAME) | W_HAS(REASON));
	T_ASSERT(!strcmp(event.name, "news-1"));
	close(open.out_fd);
	close(dev);
	w_silent(watch);
}

TEST(what_was_never_made_is_not_told)
{
	struct cca_realm_create create = { .ipa_bits = 1 };
	int watch = w_open(), dev = t_open();

	t_err(EINVAL, CCA_REASON_IPA_BITS, dev, CCA_REALM_CREATE, &create);
	w_silent(watch);
	close(dev);
}

/* Those that come late are not told what was, and nobody counts for nobody. */
TEST(nothing_is_counted_while_nobody_listens)
{
	int dev = t_open(), watch = w_open(), i;
	struct w_event before, after;

	close(h_realm(dev));
	before = w_next(watch);
	w_next(watch);
	close(watch);
	for (i = 0; i < 20; i++)
		close(h_realm(dev));
	watch = w_open();
	w_silent(watch);
	close(h_realm(dev));
	after = w_next(watch);
	T_EQ(after.kind, CCA_EVENT_REALM_CREATED);
	T_EQ(after.value[CCA_EVENT_A_SEQ], before.value[CCA_EVENT_A_SEQ] + 2);
	close(dev);
}

/* Who reads too slowly is told that it did, and the numbers say how much. */
TEST_SECONDS(what_is_lost_is_counted, 120)
{
	const int small = 4096, realms = 60;
	int watch = w_open(), dev = t_open(), i, error, overruns = 0;
	uint64_t last = 0, missing = 0, told = 0;
	struct w_event event;

	T_EQ(setsockopt(watch, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (i = 0; i < realms; i++)
		close(h_realm(dev));
	t_sleep_us(100000);
	/* After the gap there is one more. */
	while ((error = w_try(watch, &event, 200)) != -EAGAIN) {
		if (error) {
			T_EQ(error, -ENOBUFS);
			overruns++;
			continue;
		}
		told++;
		last = event.value[CCA_EVENT_A_SEQ];
	}
	T_ASSERT(overruns && told && told < 2 * realms);
	close(h_realm(dev));
	event = w_next(watch);
	T_EQ(event.kind, CCA_EVENT_REALM_CREATED);
	missing = event.value[CCA_EVENT_A_SEQ] - last - 1;
	T_EQ(told + missing, 2 * realms);
	close(dev);
}

static void in_a_child(void (*what)(void))
{
	int status;
	pid_t child = fork();

	if (!child) {
		what();
		_exit(0);
	}
	T_EQ(waitpid(child, &status, 0), child);
	T_EQ(status, 0);
}

static void as_nobody(void)
{
	T_EQ(setuid(1000), 0);
	T_EQ(w_join(), -EPERM);
}

static void elsewhere(void)
{
	T_EQ(unshare(CLONE_NEWNET), 0);
	T_EQ(w_join(), -ENOENT);
	T_EQ(w_subscribe(w_socket()), -ENOENT);
}

TEST(only_who_may_open_all_realms_may_listen)
{
	in_a_child(as_nobody);
	/* A kernel may have no namespaces. */
	if (!access("/proc/self/ns/net", F_OK))
		in_a_child(elsewhere);
}

/* ------------------------------------------------------------- of one's own realms */

#define USER	1000

/* The caller's own realm: its events have the numbers `seq` and `seq` + 1. */
static void own_life(int watch, int dev, uint64_t seq)
{
	int realm = h_realm(dev);
	uint32_t id = id_of(realm);
	struct w_event event;

	event = w_expect(watch, CCA_EVENT_REALM_CREATED, id, W_REALM);
	T_EQ(event.value[CCA_EVENT_A_OWNER], geteuid());
	T_EQ(event.value[CCA_EVENT_A_SEQ], seq);
	close(realm);
	event = w_expect(watch, CCA_EVENT_REALM_DESTROYED, id, W_REALM | W_HAS(REASON));
	T_EQ(event.value[CCA_EVENT_A_SEQ], seq + 1);
}

/* By turns: effective users own realms and open sockets. */
TEST(a_user_is_told_of_realms_of_his_own_and_of_no_others)
{
	int dev = t_open(), his, ours, all = w_open();

	ours = w_socket();
	T_EQ(w_subscribe(ours), 0);
	/* Twice is once. */
	T_EQ(w_subscribe(ours), 0);
	T_EQ(seteuid(USER), 0);
	his = w_socket();
	T_EQ(w_subscribe(his), 0);
	own_life(his, dev, 1);
	T_EQ(seteuid(0), 0);
	w_silent(ours);
	own_life(ours, dev, 1);
	w_silent(his);
	T_EQ(seteuid(USER), 0);
	own_life(his, dev, 3);
	T_EQ(seteuid(0), 0);
	w_silent(ours);
	w_silent(his);
	for (int i = 0; i < 6; i++)
		w_next(all);
	w_silent(all);
	close(his);
	close(ours);
	close(dev);
}

/* Neither a program of root that writes where it is told, nor one that got a socket of root's. */
TEST(a_socket_is_its_openers)
{
	int his, ours = w_socket();

	T_EQ(seteuid(USER), 0);
	T_EQ(w_subscribe(ours), -EPERM);
	his = w_socket();
	T_EQ(seteuid(0), 0);
	T_EQ(w_subscribe(his), -EPERM);
	close(his);
	close(ours);
}

/* A number that is free again is not a subscriber. */
TEST(closing_a_socket_ends_it_and_makes_room)
{
	int fds[17], dev = t_open(), i;
	const int n = T_ARRAY_SIZE(fds);

	T_EQ(seteuid(USER), 0);
	for (i = 0; i < n; i++) {
		fds[i] = w_socket();
		T_EQ(w_subscribe(fds[i]), i < n - 1 ? 0 : -EBUSY);
	}
	close(fds[0]);
	T_EQ(w_subscribe(fds[n - 1]), 0);
	own_life(fds[n - 1], dev, 1);
	T_EQ(seteuid(0), 0);
	/* Another user has room. */
	i = w_socket();
	T_EQ(w_subscribe(i), 0);
	close(i);
	for (i = 1; i < n; i++)
		close(fds[i]);
	close(dev);
}

TEST_SECONDS(a_subscriber_who_is_too_slow_is_told_so, 120)
{
	const int small = 4096, realms = 60;
	int watch = w_socket(), dev = t_open(), i, error, overruns = 0;
	uint64_t last = 0, told = 0;
	struct w_event event;

	T_EQ(w_subscribe(watch), 0);
	T_EQ(setsockopt(watch, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (i = 0; i < realms; i++)
		close(h_realm(dev));
	t_sleep_us(100000);
	while ((error = w_try(watch, &event, 200)) != -EAGAIN) {
		if (error) {
			T_EQ(error, -ENOBUFS);
			overruns++;
			continue;
		}
		told++;
		last = event.value[CCA_EVENT_A_SEQ];
	}
	T_ASSERT(overruns && told && told < 2 * realms);
	close(h_realm(dev));
	event = w_next(watch);
	T_EQ(told + event.value[CCA_EVENT_A_SEQ] - last - 1, 2 * realms);
	close(dev);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
