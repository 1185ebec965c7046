// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives one RMI command to its end. What next is decided in sro_step.c; here
 * it is done: build lists of granules, make the calls, settle with the ledger.
 *
 * Nothing here may fail for want of memory once an operation has begun, except
 * the memory that the RMM itself asks for: a list page is taken from the ledger
 * or, when there is none, from a reserve of this file.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cca.h"
#include "compat.h"
#include "sro_step.h"

/* Donated granules come in pieces of at most 2^4 where 4 KiB ones are wanted. */
#define SMALL_ORDER		4
/* From here on they are more than one block of the ledger. */
#define BIG_ORDER		10

struct op {
	struct list_head node;		/* of those in flight */
	u32 fid;
	pid_t pid;			/* whose thread drives it */
	ktime_t since;
	u64 given, returned;		/* granules */
	struct cca_pool *pool;
	struct cca_account *account;
	struct cca_outcome *out;
	cca_regs regs;			/* the last answer */
	int ret;			/* and what cca_smc made of it */
	u64 *list;
	struct reserve *reserve;	/* whose page the list is, if any */
	phys_addr_t region;		/* that TRACKING_SET is about */
	struct cca_sro_state state;
	unsigned int filled;		/* entries of the list that hold an offer */
	bool killed;
	u32 lack;			/* CCA_REASON_*: why there was no more */
	/* When it is left behind by its caller. */
	struct cca_heir *heir;
	struct cca_errand errand;
	enum cca_sro_action next;
	struct cca_outcome own_out;
};

/* On the stacks of their threads, or left to an errand: for those who look. */
static LIST_HEAD(in_flight);
static DEFINE_SPINLOCK(in_flight_lock);

/*
 * One reserve for each depth at which operations nest, in this order: a command
 * for an object, while it is served a command that makes memory tracked, while
 * that is served one that delegates, which serves nobody.
 */
static struct reserve {
	struct mutex lock;
	void *page;
} reserves[3];

static struct reserve *reserve_of(u32 fid)
{
	switch (fid) {
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		return &reserves[2];
	case SMC_RMI_GRANULE_TRACKING_SET:
	case SMC_RMI_GPT_L1_CREATE:
	case SMC_RMI_GPT_L1_DESTROY:
		return &reserves[1];
	default:
		return &reserves[0];
	}
}

static struct {
	atomic64_t operations, donated, reclaimed;
	atomic64_t cancelled, escaped, lost, foreign, inherited;
} counters;

int cca_sro_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(reserves); i++) {
		mutex_init(&reserves[i].lock);
		reserves[i].page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!reserves[i].page) {
			cca_sro_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void cca_sro_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(reserves); i++) {
		free_page((unsigned long)reserves[i].page);
		reserves[i].page = NULL;
	}
}

void cca_sro_count(struct cca_sro_counter *sum)
{
	sum->operations = atomic64_read(&counters.operations);
	sum->donated = atomic64_read(&counters.donated);
	sum->reclaimed = atomic64_read(&counters.reclaimed);
	sum->cancelled = atomic64_read(&counters.cancelled);
	sum->escaped = atomic64_read(&counters.escaped);
	sum->lost = atomic64_read(&counters.lost);
	sum->foreign = atomic64_read(&counters.foreign);
	sum->inherited = atomic64_read(&counters.inherited);
}

/* ----------------------------------------------------------------- in flight */

static void begin(struct op *op, u32 fid)
{
	op->fid = fid;
	op->pid = task_pid_nr(current);
	op->since = ktime_get();
	/* A CPU that was stopped may hold the lock, and nobody reads the list. */
	if (cca_alone())
		return;
	spin_lock(&in_flight_lock);
	list_add_tail(&op->node, &in_flight);
	spin_unlock(&in_flight_lock);
}

static void end(struct op *op)
{
	if (cca_alone())
		return;
	spin_lock(&in_flight_lock);
	list_del(&op->node);
	spin_unlock(&in_flight_lock);
}

unsigned int cca_sro_list(struct cca_sro_flight *flights, unsigned int max)
{
	struct op *op;
	unsigned int n = 0;

	spin_lock(&in_flight_lock);
	list_for_each_entry(op, &in_flight, node) {
		if (n == max)
			break;
		/* As it is at this moment: it goes on meanwhile. */
		flights[n++] = (struct cca_sro_flight){
			.fid = op->fid,
			.pid = op->pid,
			.since = op->since,
			.step = cca_sro_action_name(READ_ONCE(op->state.last)),
			.given = READ_ONCE(op->given),
			.returned = READ_ONCE(op->returned),
		};
	}
	spin_unlock(&in_flight_lock);
	return n;
}

/* ------------------------------------------------------------- the list page */

static void list_get(struct op *op, u32 fid)
{
	if (cca_alone()) {
		/* Whoever holds it does not go on. */
		op->list = reserve_of(fid)->page;
		return;
	}
	op->list = cca_page_get();
	if (op->list)
		return;
	op->reserve = reserve_of(fid);
	mutex_lock_nested(&op->reserve->lock, op->reserve - reserves);
	op->list = op->reserve->page;
}

static void list_put(struct op *op)
{
	if (cca_alone())
		return;
	if (op->reserve)
		mutex_unlock(&op->reserve->lock);
	else
		cca_page_put(op->list);
}

/* ----------------------------------------------------------------- donations */

/* As host memory, in [base, top). */
static int take_ns(struct op *op, phys_addr_t base, phys_addr_t top,
		   unsigned int order, phys_addr_t *pa)
{
	struct cca_outcome attempt = {};
	int ret;

	if (order >= BIG_ORDER)
		ret = cca_contig_get(op->account, base, top, order, true, pa,
				     &attempt);
	else
		ret = cca_granules_get_ns(op->account, base, top, order, pa,
					  &attempt);
	if (ret)
		op->lack = attempt.reason;
	return ret;
}

static int take_delegated(struct op *op, unsigned int order, phys_addr_t *pa)
{
	if (order < BIG_ORDER)
		return cca_granules_get(op->pool, op->account, order, pa, op->out);
	/* Memory fds have blocks of 2 MiB at most. */
	if (op->pool)
		return -ENOMEM;
	return cca_contig_get(op->account, 0, PHYS_ADDR_MAX, order, false, pa,
			      op->out);
}

/*
 * Take a piece of the offer, and say in which state it goes. CONDITIONAL: what
 * lies in the region that is about to be tracked cannot be delegated yet and
 * goes as it is, everything else goes delegated.
 */
static int take(struct op *op, unsigned int order, phys_addr_t *pa,
		unsigned int *state)
{
	phys_addr_t base = op->region;
	int ret;

	*state = RMI_MEM_UNDELEGATED;
	switch (op->state.request.state) {
	case RMI_MEM_UNDELEGATED:
		/* In another region it could keep that from being given back. */
		if (op->fid == SMC_RMI_GPT_L1_CREATE &&
		    !take_ns(op, base, base + (1ULL << CCA_TRACKING_SHIFT),
			     order, pa))
			return 0;
		return take_ns(op, 0, PHYS_ADDR_MAX, order, pa);
	case RMI_MEM_CONDITIONAL:
		ret = take_ns(op, base, base + (1ULL << CCA_TRACKING_SHIFT),
			      order, pa);
		if (ret != -ENOMEM)
			return ret;
		fallthrough;
	default:
		*state = RMI_MEM_DELEGATED;
		return take_delegated(op, order, pa);
	}
}

static void put_back(struct op *op, unsigned int state, phys_addr_t pa,
		     unsigned long count, unsigned long *foreign)
{
	if (state == RMI_MEM_DELEGATED)
		*foreign += cca_granules_put(op->account, pa, count);
	else
		*foreign += cca_granules_put_ns(op->account, pa, count);
}

static u64 descriptor(u64 pa, u64 count, unsigned int block, unsigned int state)
{
	return RMI_ADDR_DESC(pa, count, block) |
	       (u64)state << cca_rmm()->traits.addr_state_shift;
}

static unsigned int state_of(u64 entry)
{
	return entry >> cca_rmm()->traits.addr_state_shift;
}

/* One more piece of the offer: part of the last entry if it continues it. */
static void offer(struct op *op, phys_addr_t pa, unsigned int blocks,
		  unsigned int block, unsigned int state)
{
	u64 *last = op->filled ? &op->list[op->filled - 1] : NULL;

	op->state.offered += blocks << (9 * block);
	if (last) {
		u64 count = RMI_ADDR_COUNT(*last);
		u64 end = RMI_ADDR_PA(*last) + (count << RMI_BLOCK_SHIFT(block));

		if (end == pa && state_of(*last) == state &&
		    count + blocks <= RMI_ADDR_COUNT_MAX) {
			*last = descriptor(RMI_ADDR_PA(*last), count + blocks,
					   block, state);
			return;
		}
	}
	op->list[op->filled++] = descriptor(pa, blocks, block, state);
}

static int gather_contiguous(struct op *op)
{
	const struct cca_sro_request *request = &op->state.request;
	unsigned int order = ilog2(request->granules), state;
	unsigned int block = request->block;
	phys_addr_t pa;
	int ret;

	if (order > CCA_CONTIG_ORDER_MAX)
		return -ENOMEM;
	ret = take(op, order, &pa, &state);
	if (ret)
		return ret;
	/* It must be one entry (E.3), which counts to 1023: in larger blocks. */
	while (request->granules >> (9 * block) > RMI_ADDR_COUNT_MAX)
		block++;
	offer(op, pa, request->granules >> (9 * block), block, state);
	return 0;
}

static int gather_scattered(struct op *op)
{
	const struct cca_sro_request *request = &op->state.request;
	unsigned int left = request->count, state;
	unsigned int order = request->block ? 9 * request->block : SMALL_ORDER;
	phys_addr_t pa;
	int ret;

	if (order > CCA_CONTIG_ORDER_MAX)
		return -ENOMEM;
	while (left && op->filled < RMI_ADDR_LIST_MAX) {
		const u32 reason = op->out->reason;
		unsigned int blocks = 1;

		if (!request->block) {
			order = min_t(unsigned int, order, ilog2(left));
			blocks = 1U << order;
		}
		ret = take(op, order, &pa, &state);
		if (ret == -ENOMEM && !request->block && order) {
			/* Smaller ones may do: so far nothing went wrong. */
			op->out->reason = reason;
			order--;
			continue;
		}
		if (ret)
			return ret;
		offer(op, pa, blocks, request->block, state);
		left -= blocks;
	}
	return 0;
}

/* What the RMM did not take of the offer, in list order, is ours again. */
static void withdraw(struct op *op, unsigned long consumed)
{
	unsigned long foreign = 0;
	unsigned int i;

	for (i = 0; i < op->filled; i++) {
		u64 pa = RMI_ADDR_PA(op->list[i]);
		unsigned long count = RMI_ADDR_COUNT(op->list[i]) <<
				      (9 * RMI_ADDR_BLOCK(op->list[i]));
		unsigned long used = min(consumed, count);

		consumed -= used;
		if (used < count)
			put_back(op, state_of(op->list[i]),
				 pa + used * RMI_GRANULE_SIZE, count - used,
				 &foreign);
	}
	op->filled = 0;
	op->state.offered = 0;
}

static int gather(struct op *op)
{
	return op->state.request.contiguous ? gather_contiguous(op) :
					      gather_scattered(op);
}

/*
 * Memory that is not to be had now may be had in another shape: what is kept
 * for the next realm goes back to the kernel, and the operation goes on with
 * what comes of that, instead of starting over (R20). No step of an operation
 * is made where it must not sleep, so there is no other reason to fail early.
 */
static int gather_harder(struct op *op)
{
	const u32 reason = op->out->reason;
	const u64 spare = cca_ledger_spare();
	int ret = gather(op);

	if (ret != -ENOMEM || !spare || cca_alone())
		return ret;
	withdraw(op, 0);
	if (!cca_ledger_shrink(spare))
		return ret;
	op->out->reason = reason;
	op->lack = 0;
	return gather(op);
}

/* ------------------------------------------------------------------ the steps */

static enum cca_sro_action issue(struct op *op, u32 fid, u64 x2, u64 x3)
{
	op->regs = (cca_regs){
		.a0 = fid, .a1 = op->state.handle, .a2 = x2, .a3 = x3,
	};
	op->ret = cca_smc(op->out, &op->regs);
	/* Not asked at all, there was no time: nobody goes on with it. */
	if (op->ret == -ETIMEDOUT)
		op->regs.a0 = RMI_NOT_IMPLEMENTED;
	return cca_sro_answer(&op->state, op->regs.a0, op->regs.a1,
			      op->regs.a2);
}

static enum cca_sro_action donate(struct op *op)
{
	enum cca_sro_action action;
	int ret;

	op->filled = 0;
	op->state.offered = 0;
	/* By a command that has no use for it (E.6): nobody could account for it. */
	if (!op->account) {
		op->state.violated = true;
		return cca_sro_abandon(&op->state);
	}
	ret = gather_harder(op);
	if (ret) {
		withdraw(op, 0);
		cca_fail(op->out, op->lack ?: CCA_REASON_NO_MEMORY, ret);
		return cca_sro_abandon(&op->state);
	}

	action = issue(op, SMC_RMI_OP_MEM_DONATE, virt_to_phys(op->list),
		       op->filled);
	op->out->donated += op->state.consumed;
	op->given += op->state.consumed;
	atomic64_add(op->state.consumed, &counters.donated);
	withdraw(op, op->state.consumed);
	return action;
}

/*
 * Offer what cannot be taken: a page at address 0, which no RMM has in the
 * state that it asks for. The operation then fails and returns what it has.
 */
static enum cca_sro_action escape(struct op *op)
{
	const struct cca_sro_request *request = &op->state.request;
	u64 count = request->contiguous ? request->count : 1;
	unsigned int block = request->block;

	atomic64_inc(&counters.escaped);
	op->filled = 0;
	/* Address 0 is in no region that is being made trackable. */
	for (; count > RMI_ADDR_COUNT_MAX && block < RMI_ADDR_BLOCK_MASK; block++)
		count >>= 9;
	op->list[0] = descriptor(0, clamp_t(u64, count, 1, RMI_ADDR_COUNT_MAX),
				 block,
				 request->state == RMI_MEM_UNDELEGATED ?
				 RMI_MEM_UNDELEGATED : RMI_MEM_DELEGATED);
	return issue(op, SMC_RMI_OP_MEM_DONATE, virt_to_phys(op->list), 1);
}

static enum cca_sro_action reclaim(struct op *op)
{
	unsigned long total = 0, foreign = 0;
	enum cca_sro_action action;
	unsigned int i;

	/* Whatever it says that it wrote, old entries are not mistaken for it. */
	clear_page(op->list);
	action = issue(op, SMC_RMI_OP_MEM_RECLAIM, virt_to_phys(op->list),
		       RMI_ADDR_LIST_MAX);
	for (i = 0; i < op->state.entries; i++) {
		u64 entry = READ_ONCE(op->list[i]);
		unsigned long count = RMI_ADDR_COUNT(entry) <<
				      (9 * RMI_ADDR_BLOCK(entry));

		total += count;
		put_back(op, state_of(entry), RMI_ADDR_PA(entry), count,
			 &foreign);
	}
	op->out->reclaimed += total - foreign;
	op->returned += total - foreign;
	atomic64_add(total - foreign, &counters.reclaimed);
	atomic64_add(foreign, &counters.foreign);
	if (op->state.entries && total == foreign)
		action = cca_sro_foreign(&op->state, action);
	return action;
}

/* A caller that is being killed wants no new object any more. */
static bool unwanted(u32 fid)
{
	return !(cca_rmi_fid_flags(SMC_RMI_NUMBER(fid)) & CCA_COMMAND_RETURNS) &&
	       cca_killed();
}

static void carry_on(struct cca_errand *errand);

/*
 * The caller is being killed and has an heir: the operation goes on without it,
 * from a copy. Not with the list page of a reserve, whose lock is the caller's,
 * and not without memory for the copy: then the caller sees it through.
 */
static bool leave(struct op *op, enum cca_sro_action next)
{
	struct op *copy;

	if (!op->heir || op->reserve || cca_alone() || !cca_caller_dying())
		return false;
	copy = kmemdup(op, sizeof(*op), GFP_KERNEL | __GFP_NOWARN);
	if (!copy)
		return false;
	copy->next = next;
	copy->own_out = (struct cca_outcome){};
	copy->out = &copy->own_out;
	spin_lock(&in_flight_lock);
	list_replace(&op->node, &copy->node);
	spin_unlock(&in_flight_lock);
	atomic64_inc(&counters.inherited);
	cca_errand_send(&copy->errand, carry_on);
	return true;
}

/* To its end, if it is not left to the heir. */
static int drive(struct op *op, u32 fid, enum cca_sro_action action)
{
	while (action != CCA_SRO_DONE && action != CCA_SRO_LOST) {
		if (!op->killed && unwanted(fid)) {
			op->killed = true;
			action = cca_sro_interrupt(&op->state, action);
		}
		if (leave(op, action))
			return -EINPROGRESS;
		switch (action) {
		case CCA_SRO_DONATE:
			action = donate(op);
			break;
		case CCA_SRO_RECLAIM:
			action = reclaim(op);
			break;
		case CCA_SRO_ESCAPE:
			action = escape(op);
			break;
		case CCA_SRO_CANCEL:
			atomic64_inc(&counters.cancelled);
			action = issue(op, SMC_RMI_OP_CANCEL, 0, 0);
			break;
		default:
			action = issue(op, SMC_RMI_OP_CONTINUE, 0, 0);
			break;
		}
		cca_relax();
	}
	if (action == CCA_SRO_LOST) {
		atomic64_inc(&counters.lost);
		op->ret = -ENOTRECOVERABLE;
		cca_fail(op->out, CCA_REASON_RMI_PROTOCOL, op->ret);
	} else if (op->state.cancelled && op->killed) {
		op->ret = -EINTR;
	} else if (op->state.cancelled || (op->state.escaped && op->ret)) {
		op->ret = op->state.violated ?
			  cca_fail(op->out, CCA_REASON_RMI_PROTOCOL, -EIO) :
			  cca_fail(op->out, CCA_REASON_NO_MEMORY, -ENOMEM);
	}
	if (op->ret && op->out->reason == CCA_REASON_RMI_PROTOCOL)
		cca_event_trouble(op->account ? op->account->realm : 0, op->out);
	list_put(op);
	end(op);
	return op->ret;
}

static void carry_on(struct cca_errand *errand)
{
	struct op *op = container_of(errand, struct op, errand);
	struct cca_heir *heir = op->heir;

	op->heir = NULL;
	heir->finish(heir, drive(op, op->fid, op->next), op->out);
	kfree(op);
}

/* What began with this answer. */
static noinline int operate(struct op *op, cca_regs *regs)
{
	enum cca_sro_action action;
	int ret;

	cca_sro_begin(&op->state);
	action = cca_sro_answer(&op->state, regs->a0, regs->a1, regs->a2);
	atomic64_inc(&counters.operations);
	begin(op, op->fid);
	list_get(op, op->fid);
	ret = drive(op, op->fid, action);
	*regs = op->regs;
	return ret;
}

int cca_sro(struct cca_pool *pool, struct cca_account *account, cca_regs *regs,
	    struct cca_outcome *out)
{
	return cca_sro_inherited(pool, account, regs, out, NULL);
}

int cca_sro_inherited(struct cca_pool *pool, struct cca_account *account,
		      cca_regs *regs, struct cca_outcome *out,
		      struct cca_heir *heir)
{
	const u32 fid = regs->a0;
	const phys_addr_t region = regs->a1;
	int ret;

	ret = cca_smc(out, regs);
	/* Most end at once, and some are made for each granule. */
	if (ret <= 0 || RMI_STATUS(regs->a0) != RMI_INCOMPLETE)
		return ret;
	return operate(&(struct op){
		.pool = pool, .account = account, .out = out, .fid = fid,
		.region = region, .heir = heir,
	}, regs);
}

int cca_sro_range(cca_regs *regs, phys_addr_t *at, struct cca_outcome *out)
{
	const u32 fid = regs->a0;
	int ret = cca_smc_range(out, regs, at);

	if (ret <= 0 || RMI_STATUS(regs->a0) != RMI_INCOMPLETE)
		return ret;
	return operate(&(struct op){ .out = out, .fid = fid, .region = *at },
		       regs);
}
