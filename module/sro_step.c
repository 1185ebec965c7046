// SPDX-License-Identifier: GPL-2.0-only
/*
 * What next in a stateful operation. Pure.
 */
#include "rmi.h"
#include "sro_step.h"

const char *cca_sro_action_name(enum cca_sro_action action)
{
	static const char * const names[] = {
		[CCA_SRO_DONE] = "done",
		[CCA_SRO_CONTINUE] = "continue",
		[CCA_SRO_DONATE] = "donate",
		[CCA_SRO_RECLAIM] = "reclaim",
		[CCA_SRO_CANCEL] = "cancel",
		[CCA_SRO_ESCAPE] = "escape",
		[CCA_SRO_LOST] = "lost",
	};

	return action < sizeof(names) / sizeof(names[0]) ? names[action] : "";
}

void cca_sro_begin(struct cca_sro_state *state)
{
	*state = (struct cca_sro_state){ .first = true };
}

static enum cca_sro_action act(struct cca_sro_state *state,
			       enum cca_sro_action action)
{
	state->last = action;
	state->first = false;
	return action;
}

/* Nothing moved: the same again, or something else, but not for ever. */
static enum cca_sro_action idle(struct cca_sro_state *state,
				enum cca_sro_action action)
{
	if (++state->idle > CCA_SRO_IDLE_MAX)
		return act(state, CCA_SRO_LOST);
	return act(state, action);
}

/* The RMM was given its time, and does not come to it. */
static enum cca_sro_action busy(struct cca_sro_state *state)
{
	if (++state->busy > CCA_SRO_BUSY_MAX)
		return act(state, CCA_SRO_LOST);
	return state->last;
}

static void decode(struct cca_sro_request *request, __u64 x2)
{
	__u64 granules;

	*request = (struct cca_sro_request){
		.contiguous = RMI_DONATE_CONTIG(x2),
		.block = RMI_DONATE_BLOCK(x2),
		.count = RMI_DONATE_COUNT(x2),
		.state = RMI_DONATE_STATE(x2),
	};
	granules = (__u64)request->count << (9 * request->block);
	if (granules <= CCA_SRO_DONATE_MAX)
		request->granules = (unsigned int)granules;
	/* A contiguous request is a power of two (R16). */
	request->valid = request->count && request->state <= RMI_MEM_CONDITIONAL &&
			 !(request->contiguous && (granules & (granules - 1)));
}

static enum cca_sro_action want(struct cca_sro_state *state)
{
	if (!state->request.valid) {
		state->violated = true;
		return cca_sro_abandon(state);
	}
	/* Not in one piece with what it has, and not for ever in small ones. */
	if (!state->request.granules ||
	    state->request.granules > CCA_SRO_DONATE_MAX - state->donated)
		return cca_sro_abandon(state);
	/* We said no, and it asks again. */
	if (state->cancelled || state->escaped)
		return cca_sro_abandon(state);
	return act(state, CCA_SRO_DONATE);
}

/* The operation goes on: what does it wait for? */
static enum cca_sro_action incomplete(struct cca_sro_state *state, __u64 x0,
				      __u64 x2)
{
	state->pending = RMI_RESULT_MEMREQ(x0);
	state->can_cancel = RMI_RESULT_CAN_CANCEL(x0);

	switch (state->pending) {
	case RMI_MEMREQ_NONE:
		if (++state->continues > CCA_SRO_CONTINUE_MAX) {
			if (state->can_cancel && !state->cancelled) {
				state->cancelled = true;
				state->continues /= 2;
				return act(state, CCA_SRO_CANCEL);
			}
			return act(state, CCA_SRO_LOST);
		}
		return act(state, CCA_SRO_CONTINUE);
	case RMI_MEMREQ_DONATE:
		decode(&state->request, x2);
		return want(state);
	case RMI_MEMREQ_RECLAIM:
		return act(state, CCA_SRO_RECLAIM);
	default:
		/* No such request. Going on is all that is left to try. */
		state->violated = true;
		return idle(state, CCA_SRO_CONTINUE);
	}
}

static void count_donation(struct cca_sro_state *state, __u64 consumed)
{
	if (consumed > state->offered) {
		state->violated = true;
		consumed = state->offered;
	}
	state->consumed = (unsigned int)consumed;
	state->donated += state->consumed;
}

static enum cca_sro_action donate_answer(struct cca_sro_state *state, __u64 x0,
					 __u64 x1, __u64 x2)
{
	switch (RMI_STATUS(x0)) {
	case RMI_INCOMPLETE:
		count_donation(state, x1);
		/* It took nothing of a good offer, and wants memory still. */
		if (!state->consumed && state->last == CCA_SRO_DONATE &&
		    ++state->idle > CCA_SRO_IDLE_MAX) {
			state->violated = true;
			return cca_sro_abandon(state);
		}
		return incomplete(state, x0, x2);
	case RMI_SUCCESS:
		count_donation(state, x1);
		return act(state, CCA_SRO_DONE);
	case RMI_BUSY:
	case RMI_BLOCKED:
		return busy(state);
	case RMI_ERROR_INPUT:
		/* The list was refused as a whole, the operation waits on. */
		state->violated |= state->last == CCA_SRO_DONATE;
		return cca_sro_abandon(state);
	default:
		return act(state, CCA_SRO_DONE);
	}
}

static enum cca_sro_action reclaim_answer(struct cca_sro_state *state, __u64 x0,
					  __u64 x1, __u64 x2)
{
	switch (RMI_STATUS(x0)) {
	case RMI_INCOMPLETE:
	case RMI_SUCCESS:
		if (x1 > RMI_ADDR_LIST_MAX) {
			state->violated = true;
			x1 = RMI_ADDR_LIST_MAX;
		}
		state->entries = (unsigned int)x1;
		if (RMI_STATUS(x0) == RMI_SUCCESS)
			return act(state, CCA_SRO_DONE);
		if (!x1 && RMI_RESULT_MEMREQ(x0) == RMI_MEMREQ_RECLAIM)
			return idle(state, CCA_SRO_RECLAIM);
		return incomplete(state, x0, x2);
	case RMI_BUSY:
	case RMI_BLOCKED:
		return busy(state);
	case RMI_ERROR_INPUT:
		return idle(state, CCA_SRO_RECLAIM);
	default:
		return act(state, CCA_SRO_DONE);
	}
}

static enum cca_sro_action cancel_answer(struct cca_sro_state *state, __u64 x0,
					 __u64 x2)
{
	switch (RMI_STATUS(x0)) {
	case RMI_INCOMPLETE:
		return incomplete(state, x0, x2);
	case RMI_BUSY:
	case RMI_BLOCKED:
		return busy(state);
	case RMI_ERROR_INPUT:
		/* Refused after all; it still waits for what it waited for. */
		state->can_cancel = false;
		if (state->pending == RMI_MEMREQ_DONATE)
			return cca_sro_abandon(state);
		return idle(state, state->pending == RMI_MEMREQ_RECLAIM ?
				   CCA_SRO_RECLAIM : CCA_SRO_CONTINUE);
	default:
		return act(state, CCA_SRO_DONE);
	}
}

enum cca_sro_action cca_sro_answer(struct cca_sro_state *state, __u64 x0,
				   __u64 x1, __u64 x2)
{
	state->consumed = 0;
	state->entries = 0;

	if (state->first) {
		if (x0 == RMI_NOT_IMPLEMENTED || RMI_STATUS(x0) != RMI_INCOMPLETE)
			return act(state, CCA_SRO_DONE);
		state->handle = x1;
		return incomplete(state, x0, x2);
	}
	/* It began an operation that it has no command to go on with. */
	if (x0 == RMI_NOT_IMPLEMENTED) {
		state->violated = true;
		return act(state, CCA_SRO_LOST);
	}

	switch (state->last) {
	case CCA_SRO_DONATE:
	case CCA_SRO_ESCAPE:
		return donate_answer(state, x0, x1, x2);
	case CCA_SRO_RECLAIM:
		return reclaim_answer(state, x0, x1, x2);
	case CCA_SRO_CANCEL:
		return cancel_answer(state, x0, x2);
	default:
		if (RMI_STATUS(x0) == RMI_INCOMPLETE)
			return incomplete(state, x0, x2);
		if (RMI_STATUS(x0) == RMI_BUSY || RMI_STATUS(x0) == RMI_BLOCKED)
			return busy(state);
		return act(state, CCA_SRO_DONE);
	}
}

enum cca_sro_action cca_sro_abandon(struct cca_sro_state *state)
{
	state->offered = 0;
	if (state->can_cancel && !state->cancelled) {
		state->cancelled = true;
		return act(state, CCA_SRO_CANCEL);
	}
	if (!state->escaped) {
		state->escaped = true;
		return act(state, CCA_SRO_ESCAPE);
	}
	return act(state, CCA_SRO_LOST);
}

enum cca_sro_action cca_sro_interrupt(struct cca_sro_state *state,
				      enum cca_sro_action action)
{
	if (action != CCA_SRO_CONTINUE && action != CCA_SRO_DONATE)
		return action;
	if (!state->can_cancel || state->cancelled)
		return action;
	state->cancelled = true;
	return act(state, CCA_SRO_CANCEL);
}

enum cca_sro_action cca_sro_foreign(struct cca_sro_state *state,
				    enum cca_sro_action action)
{
	state->violated = true;
	if (action == CCA_SRO_DONE || action == CCA_SRO_LOST)
		return action;
	return idle(state, action);
}
