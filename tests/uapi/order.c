// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors may be closed in every order, in every state, by whoever holds
 * them last. The harness looks at the ledger after each test; here it is also
 * looked at after each order.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

enum { DEVICE, MEMORY, REALM, REC, PAGE, THINGS };

struct things {
	int fd[PAGE];
	struct cca_run *run;
};

enum state { NEW, ACTIVE, STARTED, OFF, TERMINATED, DESTROYED, STATES };

static int watch;		/* a device descriptor of its own, for the ledger */

static void check_idle(void)
{
	struct cca_info info;

	if (t_idle(watch, &info))
		return;
	t_ledger_note(&info);
	t_fail(__FILE__, __LINE__, "the ledger is not idle");
}

/* A realm with memory of its own kind, in a state, and everything that it has. */
static void make(struct things *things, enum state state)
{
	struct cca_realm_op op = { 0 };
	struct h_guest guest;
	int memory;

	memory = h_memory(watch, T_BLOCK, T_PAGE);
	h_load(&guest, state == OFF ? "exit7" : "spin", T_BLOCK, memory, NULL);
	if (state >= ACTIVE && state <= OFF)
		h_activate(guest.realm);
	if (state == STARTED) {
		/* Once around: its first demand fault, and back. */
		struct cca_rec_op run = { .size = sizeof(run) };

		t_ok(guest.rec, CCA_RUN, &run);
	}
	if (state == OFF)
		h_run_to_end(&guest, 7);
	if (state == TERMINATED)
		t_ok(guest.realm, CCA_TERMINATE, &op);
	if (state == DESTROYED)
		t_ok(guest.realm, CCA_DESTROY, &op);
	*things = (struct things){
		.fd = { guest.dev, memory, guest.realm, guest.rec },
		.run = guest.run,
	};
}

static void drop(struct things *things, int which)
{
	if (which == PAGE)
		T_EQ(munmap(things->run, sizeof(*things->run)), 0);
	else
		T_EQ(close(things->fd[which]), 0);
}

/* The n-th of the 120 orders of five things. */
static void nth_order(unsigned int n, int order[THINGS])
{
	int left[THINGS] = { DEVICE, MEMORY, REALM, REC, PAGE };
	unsigned int i, j;

	for (i = THINGS; i; i--) {
		j = n % i;
		n /= i;
		order[THINGS - i] = left[j];
		memmove(left + j, left + j + 1, (THINGS - j - 1) * sizeof(left[0]));
	}
}

static void orders(enum state state, unsigned int step)
{
	struct things things;
	int order[THINGS], i;
	unsigned int n;

	watch = t_open();
	for (n = 0; n < 120; n += step) {
		make(&things, state);
		nth_order(n, order);
		for (i = 0; i < THINGS; i++)
			drop(&things, order[i]);
		check_idle();
	}
}

TEST_SECONDS(R32_every_order_of_closing_a_realm_that_ran, 120)
{
	orders(STARTED, 1);
}

/* 7 has no factor in common with 120 and its divisors: a fair choice. */
TEST_SECONDS(R32_many_orders_of_closing_a_new_realm, 120)
{
	orders(NEW, 7);
}

TEST_SECONDS(R32_many_orders_of_closing_an_active_realm, 120)
{
	orders(ACTIVE, 7);
}

TEST_SECONDS(R32_many_orders_of_closing_a_realm_that_is_off, 120)
{
	orders(OFF, 7);
}

TEST_SECONDS(R32_many_orders_of_closing_a_terminated_realm, 120)
{
	orders(TERMINATED, 7);
}

TEST_SECONDS(R32_many_orders_of_closing_a_destroyed_realm, 120)
{
	orders(DESTROYED, 7);
}

TEST(an_exit_closes_everything)
{
	struct things things;
	int state, status;

	watch = t_open();
	for (state = NEW; state < STATES; state++) {
		if (!fork()) {
			make(&things, state);
			_exit(0);
		}
		T_ASSERT(wait(&status) > 0);
		T_EQ(status, 0);
		check_idle();
	}
}

TEST(the_last_of_two_processes_destroys)
{
	struct things things;
	int state, status, i, ends[2];
	char byte;

	watch = t_open();
	for (state = NEW; state < STATES; state++) {
		make(&things, state);
		T_EQ(pipe(ends), 0);
		if (!fork()) {
			close(ends[1]);
			/* Until the other one has let go. */
			if (read(ends[0], &byte, 1) != 0)
				_exit(1);
			T_EQ(h_realm_info(things.fd[REALM]).out_leaked, 0);
			_exit(0);
		}
		for (i = 0; i < THINGS; i++)
			drop(&things, i);
		T_EQ(h_info(watch).out_memories, 1);
		close(ends[0]);
		close(ends[1]);
		T_ASSERT(wait(&status) > 0);
		T_EQ(status, 0);
		check_idle();
	}
}

TEST(a_child_that_inherits_everything_and_dies_changes_nothing)
{
	struct h_guest guest;
	int status;

	watch = t_open();
	h_start(&guest, "hello", 8 * T_BLOCK);
	if (!fork())
		_exit(0);
	T_ASSERT(wait(&status) > 0);
	h_run_to_end(&guest, 0);
}

/* A run page that is mapped by a child is the same page. */
TEST(a_child_may_run_the_rec_of_its_parent)
{
	struct h_guest guest;
	int status;

	watch = t_open();
	h_start(&guest, "exit7", 8 * T_BLOCK);
	if (!fork()) {
		h_run_to_end(&guest, 7);
		_exit(0);
	}
	T_ASSERT(wait(&status) > 0);
	T_EQ(status, 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_SYSTEM_OFF);
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_SYSTEM_OFF);
}

static void send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	T_EQ(sendmsg(socket, &message, 0), 1);
}

/* In flight in a socket is a reference too; nobody ever receives it. */
TEST(descriptors_that_are_lost_in_a_socket_destroy_their_realm)
{
	struct things things;
	int pair[2], i;

	watch = t_open();
	make(&things, ACTIVE);
	T_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	send_fd(pair[0], things.fd[REALM]);
	send_fd(pair[0], things.fd[REC]);
	for (i = 0; i < THINGS; i++)
		drop(&things, i);
	T_EQ(h_info(watch).out_realms, 1);
	close(pair[0]);
	close(pair[1]);
	check_idle();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
