// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault plan: how a test makes this RMM busy, incomplete or a liar.
 *
 * Rules are looked at before each command. fault.h says what each kind does.
 */
#include <string.h>

#include "model.h"

#define PAST_TOP_STEPS	(1u << 20)
#define HOLD_PAUSE	100
#define HOLD_ROUNDS	(1u << 20)	/* where the counter stands still */

static bool is_op(unsigned int number)
{
	return number == SMC_RMI_NUMBER(SMC_RMI_OP_CONTINUE) ||
	       number == SMC_RMI_NUMBER(SMC_RMI_OP_MEM_DONATE) ||
	       number == SMC_RMI_NUMBER(SMC_RMI_OP_MEM_RECLAIM) ||
	       number == SMC_RMI_NUMBER(SMC_RMI_OP_CANCEL);
}

static bool rule_applies(const struct rmm *rmm, const struct fault_rule *r,
			 unsigned int number)
{
	const struct rmm_command *c = rmm_command_find(rmm, number);

	if (!r->armed || (r->number && r->number != number))
		return false;
	switch (r->kind) {
	case FAULT_DONATE:
	case FAULT_RECLAIM:
	case FAULT_CONTINUE:
	case FAULT_HANDLE:
		return !is_op(number);
	case FAULT_NO_PROGRESS:
	case FAULT_BACKWARDS:
	case FAULT_PAST_TOP:
	case FAULT_SHORT:
		return c->progress;
	case FAULT_EXIT:
		return number == SMC_RMI_NUMBER(SMC_RMI_REC_ENTER);
	default:
		return true;
	}
}

static bool its_turn(struct rmm *rmm, struct fault_rule *r, unsigned int number)
{
	if (!rule_applies(rmm, r, number))
		return false;
	if (!r->skip)
		return true;
	r->skip--;
	return false;
}

/* Every rule counts the call; the first whose turn it is decides. */
static bool fault_due(struct rmm *rmm, unsigned int number,
		      struct fault_rule *due)
{
	bool found = false;

	for (size_t i = 0; i < ARRAY_COUNT(rmm->rules); i++) {
		struct fault_rule *r = &rmm->rules[i];

		if (r->kind == FAULT_HOLD || !its_turn(rmm, r, number) || found)
			continue;
		found = true;
		*due = *r;
		r->armed = --r->times > 0;
	}
	return found;
}

/* An operation that leads nowhere and then to the command. */
static uint64_t detour(struct rmm *rmm, struct rmm_call *call,
		       const struct fault_rule *r)
{
	uint64_t room = sro_room(rmm, call);
	struct rmm_sro *sro;

	if (room != RMI_SUCCESS)
		return room;
	sro = sro_take(rmm, call);
	sro->phase = SRO_FAULT;
	sro->can_cancel = r->arg2 & 1;
	if (r->kind == FAULT_DONATE) {
		sro->memreq = RMI_MEMREQ_DONATE;
		sro->block = RMI_DONATE_BLOCK(r->arg);
		sro->wanted = RMI_DONATE_COUNT(r->arg) << (9 * sro->block);
		sro->contiguous = RMI_DONATE_CONTIG(r->arg);
		sro->want_state = RMI_DONATE_STATE(r->arg);
		sro->shape = r->arg2 >> 4 & 0xf;
		sro->list_max = r->arg2 >> 8 & 0xff;
		sro->bite = r->arg2 >> 16 & UINT32_MAX;
	} else if (r->kind == FAULT_RECLAIM) {
		sro->memreq = RMI_MEMREQ_RECLAIM;
	} else {
		sro->memreq = RMI_MEMREQ_NONE;
		sro->wanted = r->arg < UINT16_MAX ? r->arg : UINT16_MAX;
	}
	call->out[1] = sro_handle(rmm, sro);
	call->out[2] = sro_request(sro);
	return sro_incomplete(sro);
}

/* Under the lock, and without it from time to time: who says RELEASE needs it. */
void fault_hold(struct rmm *rmm, const struct rmm_call *call)
{
	unsigned int rounds = 0;
	uint64_t until = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rmm->rules); i++) {
		struct fault_rule *r = &rmm->rules[i];

		if (r->kind != FAULT_HOLD || !its_turn(rmm, r, call->number))
			continue;
		r->armed = --r->times > 0;
		until = rmm_plat_counter(rmm) + r->arg;
		rmm->held = call->number;
	}
	while (rmm->held && rmm_plat_counter(rmm) < until && rounds++ < HOLD_ROUNDS) {
		rmm_plat_unlock(rmm);
		for (unsigned int i = 0; i < HOLD_PAUSE; i++)
			(void)rmm_plat_counter(rmm);
		rmm_plat_lock(rmm);
	}
	rmm->held = 0;
}

/* True: the command is not run, *status is the answer. */
bool fault_before(struct rmm *rmm, struct rmm_call *call, uint64_t *status,
		  struct fault_rule *lie)
{
	const struct rmm_command *c = rmm_command_find(rmm, call->number);
	struct fault_rule r;

	if (!fault_due(rmm, call->number, &r))
		return false;
	*status = RMI_SUCCESS;
	switch (r.kind) {
	case FAULT_BUSY:
		*status = RMI_BUSY;
		return true;
	case FAULT_BLOCKED:
		*status = RMI_BLOCKED;
		return true;
	case FAULT_STATUS:
		*status = r.arg;
		return true;
	case FAULT_DONATE:
	case FAULT_RECLAIM:
	case FAULT_CONTINUE:
		*status = detour(rmm, call, &r);
		return true;
	case FAULT_NO_PROGRESS:
		call->out[c->progress] = call->x[c->base];
		return true;
	case FAULT_BACKWARDS:
		call->out[c->progress] = call->x[c->base] - GRANULE_SIZE;
		return true;
	case FAULT_SHORT:
		if (call->x[c->top] - call->x[c->base] > r.arg * GRANULE_SIZE)
			call->x[c->top] = call->x[c->base] + r.arg * GRANULE_SIZE;
		return false;
	default:
		*lie = r;
		lie->armed = true;
		return false;
	}
}

/*
 * Do the whole range first, where base and top are all that a command needs,
 * so that only the number is wrong.
 */
static void past_top(struct rmm *rmm, const struct rmm_command *c,
		     struct rmm_call *call, uint64_t *status)
{
	struct rmm_call again = *call;
	bool repeatable = c->outputs == 2 &&
			  (c->inputs == 2 || c->number ==
			   SMC_RMI_NUMBER(SMC_RMI_RTT_INIT_RIPAS) ||
			   c->number == SMC_RMI_NUMBER(SMC_RMI_RTT_SET_RIPAS));

	if (*status != RMI_SUCCESS)
		return;
	for (unsigned int i = 0; i < PAST_TOP_STEPS && repeatable; i++) {
		again.x[c->base] = again.out[c->progress];
		if (again.x[c->base] >= call->x[c->top] ||
		    rmm_command_execute(rmm, &again) != RMI_SUCCESS)
			break;
	}
	call->out[c->progress] = call->x[c->top] + GRANULE_SIZE;
}

/* Over the two words of an exit that decide how the others are read. */
static void another_exit(struct rmm *rmm, uint64_t run, const struct fault_rule *lie)
{
	const uint64_t at = run + offsetof(struct rmi_rec_run, exit);

	(void)rmm_plat_ns_write(rmm, at + offsetof(struct rmi_rec_exit, exit_reason),
				&lie->arg2, sizeof(lie->arg2));
	(void)rmm_plat_ns_write(rmm, at + offsetof(struct rmi_rec_exit, esr),
				&lie->arg, sizeof(lie->arg));
}

void fault_after(struct rmm *rmm, const struct rmm_command *command,
		 struct rmm_call *call, const struct fault_rule *lie,
		 uint64_t *status)
{
	bool incomplete = RMI_STATUS(*status) == RMI_INCOMPLETE;

	switch (lie->kind) {
	case FAULT_PAST_TOP:
		past_top(rmm, command, call, status);
		break;
	case FAULT_COUNT:
	case FAULT_HANDLE:
		if (incomplete)
			call->out[1] += lie->arg;
		break;
	case FAULT_DESCRIPTOR:
		if (incomplete)
			(void)rmm_plat_ns_write(rmm, call->x[2], &lie->arg,
						sizeof(lie->arg));
		break;
	case FAULT_STATUS_BITS:
		*status |= lie->arg;
		break;
	case FAULT_OUTPUT:
		call->out[lie->arg2] = lie->arg;
		break;
	case FAULT_EXIT:
		if (*status == RMI_SUCCESS)
			another_exit(rmm, call->x[2], lie);
		break;
	}
}

static bool rule_valid(const struct fault_rule *r, uint64_t command)
{
	bool known = (r->kind >= FAULT_BUSY &&
		      r->kind <= FAULT_INCOMPLETE_LAST) ||
		     (r->kind >= FAULT_NO_PROGRESS && r->kind <= FAULT_EXIT);

	if (command && (command < SMC_RMI_FIRST || command > SMC_RMI_LAST))
		return false;
	if (!known || !r->times)
		return false;
	if (r->kind == FAULT_DONATE)
		return RMI_DONATE_COUNT(r->arg) &&
		       RMI_DONATE_COUNT(r->arg) << (9 * RMI_DONATE_BLOCK(r->arg)) <=
		       UINT32_MAX &&
		       (r->arg2 >> 4 & 0xf) <= FAULT_SHAPE_BLOCKS;
	if (r->kind == FAULT_SHORT)
		return r->arg;
	if (r->kind == FAULT_OUTPUT)
		return r->arg2 >= 1 && r->arg2 <= 4;
	return true;
}

static uint64_t fault_add(struct rmm *rmm, struct rmm_call *call)
{
	struct fault_rule r = {
		.armed = true,
		.number = call->x[1],
		.skip = call->x[2] ? call->x[2] - 1 : 0,
		.times = call->x[3],
		.kind = call->x[4],
		.arg = call->x[5],
		.arg2 = call->x[6],
	};

	if (!rule_valid(&r, call->x[1]))
		return 1;
	for (size_t i = 0; i < ARRAY_COUNT(rmm->rules); i++) {
		if (rmm->rules[i].armed)
			continue;
		rmm->rules[i] = r;
		return 0;
	}
	return 1;
}

static void fault_clear(struct rmm *rmm, struct rmm_call *call)
{
	for (size_t i = 0; i < ARRAY_COUNT(rmm->rules); i++) {
		if (rmm->rules[i].armed)
			call->out[1] += rmm->rules[i].times;
		rmm->rules[i].armed = false;
	}
	rmm->held = 0;
}

static uint64_t counter(struct rmm *rmm, struct rmm_call *call)
{
	uint64_t number = call->x[1];

	if (number && (number < SMC_RMI_FIRST || number > SMC_RMI_LAST))
		return 1;
	if (number) {
		call->out[1] = rmm->counters[number - SMC_RMI_FIRST];
		return 0;
	}
	for (size_t i = 0; i < ARRAY_COUNT(rmm->counters); i++)
		call->out[1] += rmm->counters[i];
	return 0;
}

static void ledger(struct rmm *rmm, struct rmm_call *call)
{
	for (unsigned int b = 0; b < rmm->bank_count; b++)
		for (uint64_t i = 0; i < rmm->banks[b].count; i++)
			call->out[2] += rmm->banks[b].states[i] ==
					GRANULE_DELEGATED;
	call->out[1] = rmm->not_ns;
	call->out[3] = sro_in_use(rmm);
}

static uint64_t find(struct rmm *rmm, struct rmm_call *call)
{
	for (unsigned int b = 0; b < rmm->bank_count; b++) {
		const struct rmm_bank *bank = &rmm->banks[b];

		for (uint64_t i = 0; i < bank->count; i++) {
			uint64_t pa = bank->base + i * GRANULE_SIZE;

			if (bank->states[i] != call->x[1] || pa < call->x[2])
				continue;
			call->out[1] = pa;
			return 0;
		}
	}
	return 1;
}

uint64_t fault_command(struct rmm *rmm, uint32_t fid, struct rmm_call *call)
{
	const uint8_t *g;

	switch (fid) {
	case SMC_RMM_TEST_PROFILE:
		call->out[1] = rmm->config.profile;
		return 0;
	case SMC_RMM_TEST_FAULT_ADD:
		return fault_add(rmm, call);
	case SMC_RMM_TEST_FAULT_CLEAR:
		fault_clear(rmm, call);
		return 0;
	case SMC_RMM_TEST_COUNTER:
		return counter(rmm, call);
	case SMC_RMM_TEST_COUNTERS_CLEAR:
		memset(rmm->counters, 0, sizeof(rmm->counters));
		return 0;
	case SMC_RMM_TEST_LEDGER:
		ledger(rmm, call);
		return 0;
	case SMC_RMM_TEST_HELD:
		call->out[1] = rmm->held != 0;
		call->out[2] = rmm->held;
		return 0;
	case SMC_RMM_TEST_RELEASE:
		rmm->held = 0;
		return 0;
	case SMC_RMM_TEST_ENTER_FLAGS:
		call->out[1] = rmm->flags_some;
		call->out[2] = ~rmm->flags_unset;
		rmm->flags_some = rmm->flags_unset = 0;
		return 0;
	case SMC_RMM_TEST_FIND:
		return find(rmm, call);
	case SMC_RMM_TEST_GRANULE:
		g = granule_find(rmm, call->x[1]);
		if (!g)
			return 1;
		call->out[1] = *g;
		return 0;
	default:
		return RMI_NOT_IMPLEMENTED;
	}
}
