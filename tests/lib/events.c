// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events, as a program hears of them by the library.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cca.h>

#include "../uapi/tap.h"

#define WAIT_MS		10000

static struct cca_events *listen_to_all(void)
{
	struct cca_events *events = NULL;

	T_EQ(cca_events_open(&events), 0);
	T_ASSERT(events);
	return events;
}

static struct cca_event next(struct cca_events *events)
{
	struct cca_event event = { .size = sizeof(event) };

	T_EQ(cca_events_next(events, &event, WAIT_MS), 0);
	T_EQ(event.size, sizeof(event));
	return event;
}

static void nothing(struct cca_events *events, int timeout)
{
	struct cca_event event = { .size = sizeof(event), .kind = 99 };

	errno = 0;
	T_EQ(cca_events_next(events, &event, timeout), -EAGAIN);
	T_EQ(errno, EAGAIN);
	T_EQ(event.kind, 99);
}

static void make_realms(unsigned int n)
{
	struct cca_realm *realm;
	struct cca *c;

	T_EQ(cca_open(NULL, &c), 0);
	while (n--) {
		T_EQ(cca_realm_create(c, NULL, &realm), 0);
		cca_realm_close(realm);
	}
	cca_close(c);
}

TEST(events_come_as_they_happen)
{
	struct cca_events *events = listen_to_all();
	struct pollfd poll_fd = { .fd = cca_events_fd(events), .events = POLLIN };
	struct cca_event event;
	uint64_t seq;
	uint32_t id;

	nothing(events, 0);
	nothing(events, 50);
	T_EQ(poll(&poll_fd, 1, 0), 0);
	make_realms(1);
	T_EQ(poll(&poll_fd, 1, WAIT_MS), 1);
	event = next(events);
	T_EQ(event.kind, CCA_EVENT_REALM_CREATED);
	T_EQ(event.has, 1U << CCA_EVENT_A_SEQ | 1U << CCA_EVENT_A_REALM | 1U << CCA_EVENT_A_OWNER);
	T_ASSERT(event.realm && event.seq && !event.name[0]);
	id = event.realm;
	seq = event.seq;
	event = next(events);
	T_EQ(event.kind, CCA_EVENT_REALM_DESTROYED);
	T_EQ(event.realm, id);
	T_EQ(event.seq, seq + 1);
	T_EQ(event.reason, CCA_REASON_TERMINATED);
	nothing(events, 0);
	cca_events_close(events);
}

TEST(events_of_own_realms_have_numbers_of_their_own)
{
	struct cca_events *events = NULL;
	struct cca_event event;

	T_EQ(cca_events_open_own(&events), 0);
	for (unsigned int i = 1; i <= 2; i++) {
		make_realms(1);
		event = next(events);
		T_EQ(event.kind, CCA_EVENT_REALM_CREATED);
		T_EQ(event.seq, 2 * i - 1);
		event = next(events);
		T_EQ(event.kind, CCA_EVENT_REALM_DESTROYED);
		T_EQ(event.seq, 2 * i);
	}
	nothing(events, 0);
	cca_events_close(events);
}

TEST(events_of_programs_with_older_and_newer_headers)
{
	struct cca_events *events = listen_to_all();
	struct {
		struct cca_event event;
		uint64_t tail;
	} newer = { .event.size = sizeof(newer), .tail = ~0ULL };
	struct {
		uint32_t size, kind;
		uint64_t beyond;
	} older = { .size = 8, .beyond = 77 };
	struct cca_event none = { .size = 4 };

	T_EQ(cca_events_next(events, &none, 0), -EINVAL);
	make_realms(1);
	T_EQ(cca_events_next(events, (struct cca_event *)&older, WAIT_MS), 0);
	T_EQ(older.kind, CCA_EVENT_REALM_CREATED);
	T_EQ(older.beyond, 77);
	T_EQ(cca_events_next(events, &newer.event, WAIT_MS), 0);
	T_EQ(newer.event.kind, CCA_EVENT_REALM_DESTROYED);
	T_EQ(newer.tail, 0);
	cca_events_close(events);
}

TEST_SECONDS(lost_events_are_told_at_once_and_counted_where_they_are_missing, 120)
{
	struct cca_events *events = listen_to_all();
	const unsigned int realms = 80;
	unsigned int told = 0, noticed = 0;
	struct cca_event event = { .size = sizeof(event) };
	const int small = 4096;
	uint64_t lost = 0;
	int err;

	T_EQ(setsockopt(cca_events_fd(events), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	make_realms(realms);
	t_sleep_us(100000);
	while (!(err = cca_events_next(events, &event, 200))) {
		if (event.kind != CCA_EVENT_LOST) {
			T_ASSERT(event.seq);
			told++;
		} else if (event.lost) {
			lost += event.lost;
		} else {
			noticed++;
			T_EQ(event.has, 0);
		}
	}
	T_EQ(err, -EAGAIN);
	T_ASSERT(noticed && told);
	make_realms(1);
	event = next(events);
	T_EQ(event.kind, CCA_EVENT_LOST);
	T_ASSERT(event.lost);
	lost += event.lost;
	T_EQ(told + lost, 2 * realms);
	/* And behind the gap nothing is missing. */
	event = next(events);
	T_EQ(event.kind, CCA_EVENT_REALM_CREATED);
	event = next(events);
	T_EQ(event.kind, CCA_EVENT_REALM_DESTROYED);
	nothing(events, 0);
	cca_events_close(events);
}

static void on_alarm(int number)
{
}

TEST(a_signal_ends_the_wait_for_events)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = 100000 };
	struct cca_events *events = listen_to_all();
	struct cca_event event = { .size = sizeof(event) };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	T_EQ(cca_events_next(events, &event, -1), -EINTR);
	cca_events_close(events);
}

TEST(who_may_not_listen_is_told_so)
{
	struct cca_events *events = NULL;
	int status;
	pid_t child = fork();

	if (!child) {
		T_EQ(setuid(1000), 0);
		errno = 0;
		T_EQ(cca_events_open(&events), -EPERM);
		T_EQ(errno, EPERM);
		T_ASSERT(!events);
		/* But of his own realms he may hear. */
		T_EQ(cca_events_open_own(&events), 0);
		_exit(0);
	}
	T_EQ(waitpid(child, &status, 0), child);
	T_EQ(status, 0);
	cca_events_close(NULL);
}
