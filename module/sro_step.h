/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What next in a stateful operation (section E): the decision, without the
 * doing. Pure.
 *
 * An operation ends, whatever the RMM answers. Every answer either
 *   - gives the final status,
 *   - moves granules: at most CCA_SRO_DONATE_MAX go in, and what comes out
 *     must be the account's, of which there are finitely many,
 *   - is a bare "go on": at most CCA_SRO_CONTINUE_MAX of these,
 *   - says that the RMM stayed busy for as long as the caller would wait: at
 *     most CCA_SRO_BUSY_MAX of these,
 *   - or moves nothing: at most CCA_SRO_IDLE_MAX of these.
 */
#ifndef CCA_SRO_STEP_H
#define CCA_SRO_STEP_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

#define CCA_SRO_DONATE_MAX	0x50000U	/* granules: 1 GiB and 256 MiB */
#define CCA_SRO_CONTINUE_MAX	65536U
#define CCA_SRO_BUSY_MAX	3U
#define CCA_SRO_IDLE_MAX	16U

enum cca_sro_action {
	CCA_SRO_DONE,		/* the answer is the command's result */
	CCA_SRO_CONTINUE,
	CCA_SRO_DONATE,		/* what .request says */
	CCA_SRO_RECLAIM,
	CCA_SRO_CANCEL,
	CCA_SRO_ESCAPE,		/* a donation that the RMM must refuse (E.5) */
	CCA_SRO_LOST,		/* no way to an end: the RMM keeps what it has */
};

/* A request for memory, decoded. */
struct cca_sro_request {
	bool valid;		/* something that may be asked for at all */
	bool contiguous;
	unsigned int block;	/* size code: log2 of its granules is 9 * block */
	unsigned int count;	/* blocks */
	unsigned int state;	/* RMI_MEM_* */
	unsigned int granules;	/* all of it; 0 if absurdly many */
};

struct cca_sro_state {
	__u64 handle;		/* 0 is a handle like any other */
	struct cca_sro_request request;
	enum cca_sro_action last;	/* whose answer comes next */
	bool first;			/* the initiating command's answer does */
	unsigned int pending;	/* memory request of the last INCOMPLETE */
	bool can_cancel;
	bool cancelled;		/* OP_CANCEL was sent */
	bool escaped;
	bool violated;		/* the RMM broke the protocol */
	/* what the last answer was about */
	unsigned int offered;	/* in: granules in the list of a DONATE */
	unsigned int consumed;	/* out: of these, taken; never more than offered */
	unsigned int entries;	/* out: descriptors that a RECLAIM wrote */
	/* budgets */
	unsigned int donated;
	unsigned int continues;
	unsigned int busy;
	unsigned int idle;
};

/* "donate" */
const char *cca_sro_action_name(enum cca_sro_action action);

void cca_sro_begin(struct cca_sro_state *state);

/*
 * The RMM answered the command that the last action named (at first: the
 * command itself). Returns the next action; sets consumed and entries.
 */
enum cca_sro_action cca_sro_answer(struct cca_sro_state *state, __u64 x0,
				   __u64 x1, __u64 x2);

/* Instead of an action DONATE: it cannot be done. */
enum cca_sro_action cca_sro_abandon(struct cca_sro_state *state);

/* The caller wants no more: cancels if that is allowed, else goes on. */
enum cca_sro_action cca_sro_interrupt(struct cca_sro_state *state,
				      enum cca_sro_action action);

/* Nothing that the last RECLAIM named was ours. */
enum cca_sro_action cca_sro_foreign(struct cca_sro_state *state,
				    enum cca_sro_action action);

#endif
