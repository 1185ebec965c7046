// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small cases, all of them.
 *
 * First the decision alone: every state that sro_step.c can be in after so many
 * answers, every answer to it, and a measure that each of these makes smaller.
 * Then the whole module in a small world: every sequence of answers up to a
 * depth, after which the RMM is honest again, or stays as it was last.
 *
 * small [PICKS]: how many decisions of the RMM are tried in all ways.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rmi.h"
#include "sro_step.h"
#include "world.h"

/* ------------------------------------------------------------- the decision */

#define STATES_MAX	(1U << 20)
#define DEPTH_MAX	4

struct node {
	struct cca_sro_state state;
	enum cca_sro_action action;
};

static struct node *nodes;
static unsigned int node_count, *table;
static unsigned long transitions;

/* The padding of a state is zero as long as only members are assigned. */
static bool is_new(const struct node *node)
{
	const uint8_t *bytes = (const uint8_t *)node;
	uint64_t hash = 14695981039346656037ULL;
	unsigned int i;

	for (i = 0; i < sizeof(*node); i++)
		hash = (hash ^ bytes[i]) * 1099511628211ULL;
	for (i = hash % (2 * STATES_MAX); table[i]; i = (i + 1) % (2 * STATES_MAX))
		if (!memcmp(&nodes[table[i] - 1], node, sizeof(*node)))
			return false;
	if (node_count == STATES_MAX)
		fuzz_broken("too many states");
	nodes[node_count++] = *node;
	table[i] = node_count;
	return true;
}

/*
 * What every answer makes smaller, unless it gave granules back: of those there
 * are finitely many. A step that costs nothing by itself leads to one that is
 * further down here. Its greatest value is the bound on the commands of one
 * operation that the README states.
 */
static unsigned long measure(const struct cca_sro_state *s,
			     enum cca_sro_action action)
{
	unsigned long m = 0;

	m += s->cancelled ? 0 : CCA_SRO_CONTINUE_MAX + 2;
	m += s->escaped ? 0 : 2;
	m += CCA_SRO_CONTINUE_MAX + 1 - s->continues;
	m += CCA_SRO_DONATE_MAX - s->donated;
	m += CCA_SRO_IDLE_MAX + 1 - s->idle;
	m += CCA_SRO_BUSY_MAX + 1 - s->busy;
	m = 2 * (m + s->first);
	if (action == CCA_SRO_DONATE)
		return m;
	return m + (action == CCA_SRO_RECLAIM ? 1 : 2);
}

static bool over(enum cca_sro_action action)
{
	return action == CCA_SRO_DONE || action == CCA_SRO_LOST;
}

static void check_step(const struct node *from, const struct cca_sro_state *to,
		       enum cca_sro_action action)
{
	const struct cca_sro_state *s = &from->state;

	if (to->consumed > s->offered || to->entries > RMI_ADDR_LIST_MAX)
		fuzz_broken("a count beyond what there was");
	if (to->donated > CCA_SRO_DONATE_MAX)
		fuzz_broken("more was donated than there is a budget for");
	if (action == CCA_SRO_CANCEL && from->action != CCA_SRO_CANCEL &&
	    (s->cancelled || !to->can_cancel))
		fuzz_broken("cancelled twice, or what cannot be cancelled (R19)");
	if (action == CCA_SRO_ESCAPE && from->action != CCA_SRO_ESCAPE && s->escaped)
		fuzz_broken("a second escape");
	if (action == CCA_SRO_DONATE &&
	    (!to->request.valid || !to->request.granules ||
	     to->request.granules > CCA_SRO_DONATE_MAX - to->donated))
		fuzz_broken("a donation of what cannot be (R16)");
	if (!over(action) && !to->entries &&
	    measure(to, action) >= measure(s, from->action))
		fuzz_broken("an answer that moves nothing costs nothing (R9)");
	transitions++;
}

static void reach(const struct node *from, const struct cca_sro_state *state,
		  enum cca_sro_action action)
{
	struct node node;

	memset(&node, 0, sizeof(node));
	memcpy(&node.state, state, sizeof(*state));
	node.action = action;
	check_step(from, state, action);
	if (!over(action))
		is_new(&node);
}

/* One answer, and what the doing may make of the decision that follows. */
static void answer(const struct node *from, uint64_t x0, uint64_t x1, uint64_t x2)
{
	struct cca_sro_state s = from->state, t;
	enum cca_sro_action action = cca_sro_answer(&s, x0, x1, x2);

	reach(from, &s, action);
	if (s.entries) {
		t = s;
		t.entries = 0;
		reach(from, &t, cca_sro_foreign(&t, action));
	}
	if (!over(action)) {
		t = s;
		reach(from, &t, cca_sro_interrupt(&t, action));
	}
	/* The memory is not to be had. */
	if (action == CCA_SRO_DONATE) {
		t = s;
		reach(from, &t, cca_sro_abandon(&t));
	}
}

static void all_answers(const struct node *from)
{
	static const uint64_t statuses[] = {
		RMI_SUCCESS, RMI_ERROR_INPUT, RMI_BUSY, RMI_BLOCKED,
		RMI_NOT_IMPLEMENTED, RMI_RESULT(RMI_ERROR_RTT, 3), 0x55,
		RMI_SUCCESS | 7ULL << 40,
	};
	static const uint64_t requests[] = {
		1 << 2, 3 << 2 | 1, 1 << 16 | 2 << 2, 1 << 16 | 3 << 2, 0,
		0x3fff << 2, 0x3fff << 2 | 3, 1 << 2 | 1 << 17, 1 << 2 | 3 << 17,
	};
	const uint64_t counts[] = {
		0, 1, from->state.offered, from->state.offered + 1ULL,
		RMI_ADDR_LIST_MAX + 1, ~0ULL,
	};
	unsigned int i, j, k;

	for (k = 0; k < ARRAY_SIZE(counts); k++) {
		for (i = 0; i < ARRAY_SIZE(statuses); i++)
			answer(from, statuses[i], counts[k], 0);
		for (i = 0; i < 8; i++)
			for (j = 0; j < ((i & 3) == 1 ? ARRAY_SIZE(requests) : 1); j++)
				answer(from, RMI_RESULT(RMI_INCOMPLETE, i),
				       counts[k], requests[j]);
	}
}

/* Budgets that are all but used up, as they are after a hundred thousand answers. */
static void near_the_end(const struct node *first)
{
	static const enum cca_sro_action actions[] = {
		CCA_SRO_CONTINUE, CCA_SRO_DONATE, CCA_SRO_RECLAIM, CCA_SRO_CANCEL,
		CCA_SRO_ESCAPE,
	};

	for (unsigned int i = 0; i < 4 * ARRAY_SIZE(actions); i++) {
		struct node node = *first;

		node.action = node.state.last = actions[i / 4];
		node.state.first = false;
		node.state.cancelled = node.action == CCA_SRO_CANCEL;
		node.state.escaped = node.action == CCA_SRO_ESCAPE;
		node.state.can_cancel = i & 1;
		node.state.pending = i & 1 ? RMI_MEMREQ_DONATE : RMI_MEMREQ_RECLAIM;
		node.state.request = (struct cca_sro_request){
			.valid = true, .count = 2, .granules = 2,
		};
		node.state.continues = i & 2 ? CCA_SRO_CONTINUE_MAX - 1 : 0;
		node.state.donated = i & 2 ? CCA_SRO_DONATE_MAX - 3 : 0;
		node.state.idle = CCA_SRO_IDLE_MAX - 1;
		node.state.busy = CCA_SRO_BUSY_MAX - 1;
		is_new(&node);
	}
}

static void decide(void)
{
	struct node first;
	unsigned int depth, at = 0, end;

	nodes = calloc(STATES_MAX, sizeof(*nodes));
	table = calloc(2 * STATES_MAX, sizeof(*table));
	memset(&first, 0, sizeof(first));
	cca_sro_begin(&first.state);
	is_new(&first);
	near_the_end(&first);
	for (depth = 0; depth < DEPTH_MAX && at < node_count; depth++) {
		report_context("the decision, answer %u", depth + 1);
		for (end = node_count; at < end; at++) {
			/* As sro.c does before it asks: all, or a part. */
			struct node node = nodes[at];

			if (node.action == CCA_SRO_DONATE)
				node.state.offered = node.state.request.granules;
			all_answers(&node);
		}
	}
	printf("ok 1 - R15 every decision of %u answers makes the rest smaller\n", depth);
	printf("# %u states, %lu transitions, at most %lu commands\n", node_count,
	       transitions, measure(&first.state, first.action));
	free(nodes);
	free(table);
}

/* ----------------------------------------------------------------- the module */

#define PICKS_MAX	32
/* So many answers in the manner of the last, where it stays that way. */
#define STUBBORN	3000
#define VARIANTS	12		/* of input_pick() for a whole answer */

static struct {
	unsigned int depth, used, at;
	unsigned int value[PICKS_MAX], of[PICKS_MAX];
	bool open;
	unsigned int stubborn, left;	/* which variant, how often still */
} tree;

static unsigned int pick(void *arg, unsigned int n)
{
	unsigned int i = tree.at;

	(void)arg;
	if (!tree.open)
		return 0;
	if (i >= tree.depth) {
		if (!tree.left || n != VARIANTS)
			return 0;
		tree.left--;
		return tree.stubborn;
	}
	if (i == tree.used)
		tree.value[tree.used++] = 0;
	tree.of[i] = n;
	tree.at++;
	return tree.value[i];
}

/* The next sequence of decisions; false after the last. */
static bool next_path(void)
{
	while (tree.used) {
		unsigned int i = tree.used - 1;

		if (++tree.value[i] < tree.of[i])
			return true;
		tree.used--;
	}
	return false;
}

static void tell_path(void)
{
	fprintf(stderr, "decisions:");
	for (unsigned int i = 0; i < tree.used; i++)
		fprintf(stderr, " %u/%u", tree.value[i], tree.of[i]);
	fprintf(stderr, ", then %u for %u\n", tree.stubborn, STUBBORN);
}

struct scenario {
	const char *name;
	unsigned int less;		/* picks less than others: it is long */
	uint8_t program[40];
	unsigned int length;
};

#define PROGRAM(...)	{ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })

static const struct scenario scenarios[] = {
	{ "R10 granules are got and put", 0,
	  PROGRAM(DO_GET, 0, 0, DO_GET, 1, 2, DO_PUT, 0, DO_PUT_PART, 1, DO_TRIM) },
	{ "R12 a memory object comes and goes", 0,
	  PROGRAM(DO_MEMORY, 0, 2, DO_MEMORY_PUT, 0) },
	{ "R9 R10 a memory object grows and shrinks", 0,
	  PROGRAM(DO_MEMORY, 0, 0, DO_GROW, 0, 1, DO_SHRINK, 0, 3, DO_GROW, 0, 0) },
	{ "R17 R18 a realm and a REC come and go", 0,
	  PROGRAM(DO_REALM, 0, 0, DO_REC, 0, DO_DESTROY, 0, DO_REALM_PUT, 0) },
	{ "R24 a realm gets memory and loses it", 1,
	  PROGRAM(DO_MEMORY, 0, 2, DO_REALM, 0, 0, DO_REGION, 0, 0, 17,
		  DO_POPULATE, 0, 0, 1, DO_ACTIVATE, 0, DO_FAULT, 0, 0,
		  DO_TERMINATE, 0, DO_MEMORY_PUT, 0, DO_REALM_PUT, 0) },
	{ "R26 memory is mapped in advance", 1,
	  PROGRAM(DO_REALM, 0, 0, DO_REGION, 0, 0, 32, DO_PREFAULT, 0, 0, 3, DO_ACTIVATE, 0,
		  DO_PREFAULT, 0, 0, 7, DO_REALM_PUT, 0) },
	{ "R14 the kernel ends while a realm lives", 1,
	  PROGRAM(DO_REALM, 0, 0, DO_REC, 0, DO_MEMORY, 1, 2, DO_END, DO_REALM_PUT, 0) },
};

/* From `open` on decisions count: each action of the program has its turn. */
static void run(const struct scenario *scenario, bool july, unsigned int open)
{
	struct setting setting = {
		.backend = &adversary, .july = july, .pages = 96, .max_order = 4,
	};

	tree.at = 0;
	tree.open = false;
	tree.left = STUBBORN;
	input = (struct input){
		.front = scenario->program,
		.back = scenario->program + scenario->length,
		.choose = pick,
	};
	driver_begin(&setting);
	while (input_more()) {
		if (!open--)
			tree.open = true;
		driver_op();
	}
	/* The end is always honest, or nothing would come back. */
	tree.open = false;
	driver_end();
}

static unsigned long explore(const struct scenario *scenario, bool july,
			     unsigned int open, unsigned int depth)
{
	static const unsigned int manners[] = { 0, 1, 3, 4, 9 };
	unsigned long n = 0;

	tree.depth = depth;
	for (unsigned int m = 0; m < ARRAY_SIZE(manners); m++) {
		tree.stubborn = manners[m];
		tree.used = 0;
		do {
			run(scenario, july, open);
			n++;
		} while (next_path());
	}
	return n;
}

static unsigned int actions_of(const struct scenario *scenario)
{
	static const uint8_t arguments[ACTIONS] = {
		[DO_GET] = 2, [DO_PAGE_GET] = 1, [DO_MEMORY] = 2, [DO_REALM] = 2,
		[DO_REGION] = 3, [DO_POPULATE] = 3, [DO_ACTIVATE] = 1,
		[DO_FAULT] = 2, [DO_REC] = 1, [DO_TERMINATE] = 1,
		[DO_DESTROY] = 1, [DO_PUT] = 1, [DO_PUT_PART] = 1,
		[DO_MEMORY_PUT] = 1, [DO_REALM_PUT] = 1, [DO_GROW] = 2,
		[DO_SHRINK] = 2, [DO_PREFAULT] = 3,
	};
	unsigned int n = 0;

	for (unsigned int i = 0; i < scenario->length; n++)
		i += 1 + arguments[scenario->program[i]];
	return n;
}

int main(int argc, char **argv)
{
	unsigned int picks = argc > 1 ? (unsigned int)atoi(argv[1]) : 3, i;

	if (picks < 2 || picks > PICKS_MAX)
		return 2;
	decide();
	report_more = tell_path;
	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		const struct scenario *scenario = &scenarios[i];
		unsigned int depth = picks - scenario->less;
		unsigned long n = 0;

		for (unsigned int at = 0; at < 2 * actions_of(scenario); at++) {
			report_context("%s, from action %u on, %s", scenario->name,
				       at / 2, at % 2 ? "july" : "bet3");
			n += explore(scenario, at % 2, at / 2, depth);
		}
		printf("ok %u - %s, whatever %u decisions of the RMM\n", i + 2,
		       scenario->name, depth);
		printf("# %lu lives, at most %u RMI calls an action\n", n,
		       driver_most_calls());
		fflush(stdout);
	}
	printf("1..%u\n", i + 1);
	return 0;
}
