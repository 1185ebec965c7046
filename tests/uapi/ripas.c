// SPDX-License-Identifier: GPL-2.0-only
/*
 * RAM that a realm gives away and takes back: what is carried out in the
 * kernel, what is refused, and what its VMM decides.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "puppet.h"
#include "rmm.h"

#define EMPTY	0
#define RAM	1
#define DESTROYED 2
#define KNOWING	1		/* that it was destroyed */
#define RD	2		/* the state of a realm's granule in the RMM */
#define SIZE	(8UL << 20)
#define GIVEN	(H_RAM + T_BLOCK)	/* what is given away begins here */
#define END	(H_RAM + SIZE)

static struct h_guest guest;

static uint64_t private(void)
{
	return h_realm_info(guest.realm).out_private;
}

static int add(uint64_t ipa, uint64_t length, uint32_t flags)
{
	struct cca_mem_add arg = {
		.size = sizeof(arg), .flags = flags, .ipa = ipa, .length = length, .memory = -1,
	};

	return t_ioctl(guest.realm, CCA_MEM_ADD, &arg);
}

/* One request; all of it is to be done at once. */
static void change(uint64_t base, uint64_t top, uint64_t value)
{
	T_EQ(p_do(&guest, P_RIPAS, base, top, value, 0), top);
	T_EQ(p_detail(&guest), 0);
	T_EQ(p_do(&guest, P_STATE, base, 0, 0, 0), value);
	T_EQ(p_do(&guest, P_STATE, top - T_PAGE, 0, 0, 0), value);
}

/* A request that has an exit: up to there. */
static void asks(uint64_t base, uint64_t top, uint64_t value)
{
	p_order(&guest, P_RIPAS, base, top, value, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_RIPAS);
	T_EQ(guest.run->ripas.value, value);
}

static void is_asked(uint64_t base, uint64_t top, unsigned int decide)
{
	T_EQ(guest.run->exit_reason, CCA_EXIT_RIPAS);
	T_EQ(guest.run->ripas.base, base);
	T_EQ(guest.run->ripas.top, top);
	T_EQ(guest.run->ripas.decide, decide);
}

/* ------------------------------------------------------- carried out in the kernel */

TEST(what_is_given_away_goes_back_and_comes_again_as_zeros)
{
	const uint64_t length = 2 * T_BLOCK;
	uint64_t all;

	p_start(&guest, SIZE);
	p_do(&guest, P_FILL, GIVEN, GIVEN + length, 5, 0);
	T_EQ(p_do(&guest, P_CHECK, GIVEN, GIVEN + length, 5, 0), 0);
	all = private();
	change(GIVEN, GIVEN + length, EMPTY);
	T_EQ(private(), all - length);
	T_EQ(p_do(&guest, P_TRY_LOAD, GIVEN, 0, 0, 0), 0);
	T_EQ(p_detail(&guest) & 0x3f, 0x10);
	/* Said twice it is no less so, and takes nothing. */
	change(GIVEN, GIVEN + length, EMPTY);
	change(GIVEN, GIVEN + length, RAM);
	T_EQ(private(), all - length);
	T_EQ(p_load_at(&guest, GIVEN), 0);
	T_EQ(p_load_at(&guest, GIVEN + length - T_PAGE), 0);
	change(GIVEN, GIVEN + length, RAM);
	p_do(&guest, P_FILL, GIVEN, GIVEN + length, 6, 0);
	T_EQ(p_do(&guest, P_CHECK, GIVEN, GIVEN + length, 6, 0), 0);
}

TEST(a_page_out_of_the_middle_leaves_the_rest_as_it_is)
{
	const uint64_t hole = GIVEN + 77 * T_PAGE;
	uint64_t all;

	p_start(&guest, SIZE);
	p_do(&guest, P_FILL, GIVEN, GIVEN + T_BLOCK, 5, 0);
	all = private();
	change(hole, hole + T_PAGE, EMPTY);
	T_EQ(private(), all - T_PAGE);
	T_EQ(p_do(&guest, P_CHECK, GIVEN, hole, 5, 0), 0);
	T_EQ(p_do(&guest, P_CHECK, hole + T_PAGE, GIVEN + T_BLOCK, 5, 0), 0);
	T_EQ(p_do(&guest, P_TRY_STORE, hole, 1, 0, 0), 0);
	change(hole, hole + T_PAGE, RAM);
	T_EQ(p_load_at(&guest, hole), 0);
	T_EQ(private(), all);
}

/* Their memory comes from two places, and goes back there. */
TEST(a_request_goes_over_several_regions_at_once)
{
	int dev = t_open(), memory = h_memory(dev, 2 * T_BLOCK, T_PAGE);
	const uint64_t base = END - 3 * T_PAGE, top = END + T_BLOCK + 5 * T_PAGE;
	unsigned int exits;

	p_load(&guest, SIZE);
	h_mem_add(guest.realm, END, T_BLOCK, memory);
	h_mem_add(guest.realm, END + T_BLOCK, T_BLOCK, -1);
	p_activate(&guest);
	p_do(&guest, P_FILL, base, top, 5, 0);
	T_EQ(h_memory_info(memory).out_free, T_BLOCK);
	exits = guest.exits;
	T_EQ(p_do(&guest, P_RIPAS, base, top, EMPTY, 0), top);
	T_EQ(guest.exits, exits + 1);
	T_EQ(h_memory_info(memory).out_free, 2 * T_BLOCK);
	change(base, top, RAM);
	p_do(&guest, P_FILL, base, top, 6, 0);
	T_EQ(p_do(&guest, P_CHECK, base, top, 6, 0), 0);
	T_EQ(h_memory_info(memory).out_free, T_BLOCK);
}

TEST(what_leaves_the_regions_is_done_up_to_there_and_refused_from_there_on)
{
	p_start(&guest, SIZE);
	p_do(&guest, P_FILL, GIVEN, END, 5, 0);
	change(GIVEN, END, EMPTY);
	asks(GIVEN, END + 4 * T_PAGE, RAM);
	is_asked(END, END + 4 * T_PAGE, 0);
	T_EQ(p_done(&guest), END);
	T_EQ(p_detail(&guest), 1);
	T_EQ(p_do(&guest, P_STATE, GIVEN, 0, 0, 0), RAM);
	T_EQ(p_do(&guest, P_STATE, END, 0, 0, 0), EMPTY);
	/* The VMM may say so as well, and changes nothing by it. */
	asks(END, END + T_PAGE, RAM);
	is_asked(END, END + T_PAGE, 0);
	guest.run->flags = CCA_RUN_F_RIPAS_REJECT;
	T_EQ(p_done(&guest), END);
	T_EQ(p_detail(&guest), 1);
	T_EQ(guest.run->flags, 0);
}

/* ---------------------------------------------------------------- policy */

#define ASKED	END			/* a region that asks */
#define BEHIND	(END + T_BLOCK)		/* and one that does not */

static void start_asking(void)
{
	p_load(&guest, SIZE);
	T_EQ(add(ASKED, T_BLOCK, CCA_MEM_F_RIPAS_EXIT), 0);
	T_EQ(add(BEHIND, T_BLOCK, 0), 0);
	p_activate(&guest);
	p_do(&guest, P_FILL, ASKED, BEHIND + T_BLOCK, 5, 0);
}

TEST(the_host_lets_a_change_be_carried_out)
{
	uint64_t all;

	start_asking();
	all = private();
	asks(ASKED, ASKED + 8 * T_PAGE, EMPTY);
	is_asked(ASKED, ASKED + 8 * T_PAGE, 1);
	T_EQ(private(), all);
	T_EQ(p_done(&guest), ASKED + 8 * T_PAGE);
	T_EQ(private(), all - 8 * T_PAGE);
	asks(ASKED, ASKED + 8 * T_PAGE, RAM);
	T_EQ(p_done(&guest), ASKED + 8 * T_PAGE);
	T_EQ(p_detail(&guest), 0);
	T_EQ(p_load_at(&guest, ASKED), 0);
}

TEST(the_host_refuses_a_change)
{
	uint64_t all;

	start_asking();
	asks(ASKED, ASKED + 8 * T_PAGE, EMPTY);
	p_done(&guest);
	all = private();
	asks(ASKED, ASKED + 16 * T_PAGE, RAM);
	guest.run->flags = CCA_RUN_F_RIPAS_REJECT;
	T_EQ(p_done(&guest), ASKED);
	T_EQ(p_detail(&guest), 1);
	T_EQ(guest.run->flags, 0);
	T_EQ(p_do(&guest, P_STATE, ASKED, 0, 0, 0), EMPTY);
	T_EQ(private(), all);
	/* To call memory EMPTY is no question: nothing was done, it may ask again. */
	asks(ASKED + 16 * T_PAGE, ASKED + 17 * T_PAGE, EMPTY);
	guest.run->flags = CCA_RUN_F_RIPAS_REJECT;
	T_EQ(p_done(&guest), ASKED + 16 * T_PAGE);
	T_EQ(p_detail(&guest), 0);
	T_EQ(p_load_at(&guest, ASKED + 16 * T_PAGE), ASKED + 16 * T_PAGE + 5);
}

TEST(the_host_decides_about_its_part_of_a_request)
{
	const uint64_t base = ASKED - 2 * T_PAGE, top = BEHIND + 2 * T_PAGE;

	start_asking();
	asks(base, top, EMPTY);
	is_asked(ASKED, BEHIND, 1);
	T_EQ(p_done(&guest), top);
	asks(base, top, RAM);
	is_asked(ASKED, BEHIND, 1);
	guest.run->flags = CCA_RUN_F_RIPAS_REJECT;
	T_EQ(p_done(&guest), ASKED);
	T_EQ(p_detail(&guest), 1);
	T_EQ(p_do(&guest, P_STATE, base, 0, 0, 0), RAM);
	T_EQ(p_do(&guest, P_STATE, ASKED, 0, 0, 0), EMPTY);
	T_EQ(p_do(&guest, P_STATE, BEHIND, 0, 0, 0), EMPTY);
	/* Let it have all, and then ask for what nobody has. */
	asks(ASKED, BEHIND + 2 * T_BLOCK, RAM);
	is_asked(ASKED, BEHIND, 1);
	T_EQ(h_run(&guest), 0);
	is_asked(BEHIND + T_BLOCK, BEHIND + 2 * T_BLOCK, 0);
	T_EQ(p_done(&guest), BEHIND + T_BLOCK);
	T_EQ(p_detail(&guest), 1);
}

TEST(a_question_stays_open_until_the_realm_was_entered)
{
	struct cca_rec_op op = { 0 };

	start_asking();
	p_order(&guest, P_RIPAS, ASKED, ASKED + T_PAGE, EMPTY, 0);
	guest.run->flags = CCA_RUN_F_RIPAS_REJECT;
	t_err(EINVAL, CCA_REASON_FLAGS, guest.rec, CCA_RUN, &op);
	guest.run->flags = 0;
	T_EQ(h_run(&guest), 0);
	is_asked(ASKED, ASKED + T_PAGE, 1);
	guest.run->flags = CCA_RUN_F_INJECT_SEA;
	t_err(EINVAL, CCA_REASON_FLAGS, guest.rec, CCA_RUN, &op);
	guest.run->flags = CCA_RUN_F_RETRY;
	t_err(EINVAL, CCA_REASON_FLAGS, guest.rec, CCA_RUN, &op);
	guest.run->flags = 0;
	guest.run->immediate_exit = 1;
	T_EQ(h_run(&guest), -EINTR);
	T_EQ(h_run(&guest), -EINTR);
	guest.run->immediate_exit = 0;
	T_EQ(p_done(&guest), ASKED + T_PAGE);
	asks(ASKED, ASKED + T_PAGE, RAM);
	guest.run->immediate_exit = 1;
	T_EQ(h_run(&guest), -EINTR);
	guest.run->immediate_exit = 0;
	guest.run->flags = CCA_RUN_F_RIPAS_REJECT;
	T_EQ(p_done(&guest), ASKED);
	T_EQ(p_detail(&guest), 1);
}

/* ------------------------------------------------------------- interruptions */

static void on_signal(int number)
{
}

/* A realm that asks again for the rest gets all of it, however often it is disturbed. */
static void change_disturbed(uint64_t base, uint64_t top, uint64_t value)
{
	unsigned int asked = 0;
	int result;

	while (base < top) {
		p_order(&guest, P_RIPAS, base, top, value, 0);
		do
			result = h_run(&guest);
		while (result == -EINTR ||
		       (!result && guest.run->exit_reason == CCA_EXIT_RIPAS));
		T_EQ(result, 0);
		T_EQ(guest.run->exit_reason, CCA_EXIT_HOST_CALL);
		T_EQ(p_detail(&guest), 0);
		T_ASSERT(guest.run->gprs[0] >= base && guest.run->gprs[0] <= top);
		base = guest.run->gprs[0];
		asked++;
	}
	t_note("asked %u times", asked);
}

TEST_SECONDS(a_signal_in_the_middle_of_a_change_loses_nothing, 60)
{
	const struct itimerval timer = { { 0, 1500 }, { 0, 1500 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_signal };
	uint64_t all;

	start_asking();
	p_do(&guest, P_FILL, GIVEN, BEHIND, 5, 0);
	all = private();
	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	T_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
	change_disturbed(GIVEN, BEHIND, EMPTY);
	change_disturbed(GIVEN, BEHIND, RAM);
	T_EQ(setitimer(ITIMER_REAL, &off, NULL), 0);
	T_EQ(private(), all - (BEHIND - GIVEN));
	p_do(&guest, P_FILL, GIVEN, BEHIND, 6, 0);
	T_EQ(p_do(&guest, P_CHECK, GIVEN, BEHIND, 6, 0), 0);
	T_EQ(private(), all);
}

/* ------------------------------------------------------------- what is destroyed */

/* Taken away and put back behind the module's back: nobody misses a page. */
static void destroy_block(uint64_t ipa)
{
	const uint64_t rd = r_find(RD, 0);
	uint64_t x[18] = {
		SMC_RMI_RTT_DATA_UNMAP, rd, ipa, ipa + T_BLOCK, RMI_OADDR_SINGLE,
	};
	uint64_t y[18] = {
		SMC_RMI_RTT_DATA_MAP, rd, ipa, ipa + T_BLOCK, RMI_OADDR_SINGLE,
	};

	T_EQ(r_call(x), 0);
	T_EQ(x[1], ipa + T_BLOCK);
	y[5] = x[2];
	T_EQ(r_call(y), 0);
	T_EQ(p_do(&guest, P_STATE, ipa, 0, 0, 0), DESTROYED);
}

static void ask_about(uint64_t base, uint64_t value, uint64_t flags, uint64_t reached,
		      uint64_t refused)
{
	T_EQ(p_do(&guest, P_RIPAS, base, GIVEN + T_BLOCK, value, flags), reached);
	T_EQ(p_detail(&guest), refused);
}

TEST(R29_destroyed_memory_is_RAM_again_only_for_a_realm_that_knows)
{
	uint64_t before;

	r_open();
	p_start(&guest, SIZE);
	p_store_at(&guest, GIVEN - T_PAGE, 41);
	p_store_at(&guest, GIVEN, 42);
	before = private();
	destroy_block(GIVEN);

	/* Up to there, and refused; of what it gives away there is just no more. */
	ask_about(GIVEN, RAM, 0, GIVEN, 1);
	ask_about(GIVEN - T_PAGE, RAM, 0, GIVEN, 1);
	ask_about(GIVEN, EMPTY, 0, GIVEN, 0);
	T_EQ(p_do(&guest, P_STATE, GIVEN, 0, 0, 0), DESTROYED);
	T_EQ(p_load_at(&guest, GIVEN - T_PAGE), 41);
	T_EQ(private(), before);

	ask_about(GIVEN - T_PAGE, RAM, KNOWING, GIVEN + T_BLOCK, 0);
	T_EQ(p_do(&guest, P_STATE, GIVEN, 0, 0, 0), RAM);
	T_ASSERT(p_load_at(&guest, GIVEN) != 42);
	p_store_at(&guest, GIVEN, 43);
	T_EQ(p_load_at(&guest, GIVEN), 43);
	T_EQ(private(), before);

	destroy_block(GIVEN);
	ask_about(GIVEN, EMPTY, KNOWING, GIVEN + T_BLOCK, 0);
	T_EQ(private(), before - T_BLOCK);
	change(GIVEN, GIVEN + T_BLOCK, RAM);
	T_EQ(p_load_at(&guest, GIVEN), 0);

	/* It is no use to map what is there: the VMM must know. */
	destroy_block(GIVEN);
	p_order(&guest, P_LOAD, GIVEN + 8, 0, 0, 0);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_FAULT);
	T_EQ(guest.run->ipa & -T_BLOCK, GIVEN);
	T_EQ(h_run(&guest), 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_FAULT);
	h_close(&guest);
	r_close();
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
