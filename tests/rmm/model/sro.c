// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stateful operations (section E): contexts, donation, reclaim, cancel.
 *
 * A command that needs memory begins one and says with sro_ops what to do when
 * it has it. An operation that failed or was cancelled gives back what it
 * holds before its last OP_CONTINUE tells the status. A handle is an index,
 * so 0 is one; nothing ties it to a CPU.
 */
#include <string.h>

#include "model.h"

#define ENTRIES_PER_PAGE	(GRANULE_SIZE / sizeof(uint64_t))

uint64_t sro_handle(const struct rmm *rmm, const struct rmm_sro *sro)
{
	return sro - rmm->sros;
}

unsigned int sro_in_use(const struct rmm *rmm)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rmm->traits->contexts; i++)
		n += rmm->sros[i].state != SRO_FREE;
	return n;
}

static struct rmm_sro *sro_lowest_free(struct rmm *rmm)
{
	for (unsigned int i = 0; i < rmm->traits->contexts; i++)
		if (rmm->sros[i].state == SRO_FREE)
			return &rmm->sros[i];
	return NULL;
}

/* BUSY while another CPU is about to give one back, else BLOCKED (B.2). */
uint64_t sro_room(struct rmm *rmm, struct rmm_call *call)
{
	if (call->sro || sro_lowest_free(rmm))
		return RMI_SUCCESS;
	for (unsigned int i = 0; i < rmm->traits->contexts; i++)
		if (rmm->sros[i].state == SRO_RESERVED)
			return RMI_BUSY;
	return RMI_BLOCKED;
}

/* The context that the call already has, or a new one; NULL: see sro_room. */
struct rmm_sro *sro_take(struct rmm *rmm, struct rmm_call *call)
{
	struct rmm_sro *sro = call->sro ? call->sro : sro_lowest_free(rmm);

	if (!sro)
		return NULL;
	memset(sro, 0, sizeof(*sro));
	sro->call = *call;
	sro->call.sro = NULL;
	sro->state = SRO_SEALED;
	return sro;
}

static void sro_free(struct rmm_sro *sro)
{
	sro->state = SRO_FREE;
}

uint64_t sro_incomplete(const struct rmm_sro *sro)
{
	return RMI_RESULT(RMI_INCOMPLETE,
			  sro->memreq | (sro->can_cancel ? 4 : 0));
}

uint64_t sro_request(const struct rmm_sro *sro)
{
	if (sro->memreq != RMI_MEMREQ_DONATE)
		return 0;
	return (uint64_t)(sro->wanted >> (9 * sro->block)) << 2 | sro->block |
	       (sro->contiguous ? BIT64(16) : 0) |
	       (uint64_t)sro->want_state << 17;
}

uint64_t sro_begin_donate(struct rmm *rmm, struct rmm_call *call,
			  const struct sro_ops *ops, unsigned int granules,
			  unsigned int state, bool contiguous, bool can_cancel)
{
	uint64_t room = sro_room(rmm, call);
	struct rmm_sro *sro;

	if (room != RMI_SUCCESS)
		return room;
	sro = sro_take(rmm, call);
	sro->ops = ops;
	sro->memreq = RMI_MEMREQ_DONATE;
	sro->wanted = granules;
	sro->want_state = state;
	sro->contiguous = contiguous;
	sro->can_cancel = can_cancel;
	call->out[1] = sro_handle(rmm, sro);
	call->out[2] = sro_request(sro);
	return sro_incomplete(sro);
}

uint64_t sro_begin_reclaim(struct rmm *rmm, struct rmm_call *call,
			   const struct sro_ops *ops, const uint64_t *pages,
			   unsigned int count)
{
	uint64_t room = sro_room(rmm, call);
	struct rmm_sro *sro;

	if (room != RMI_SUCCESS)
		return room;
	sro = sro_take(rmm, call);
	sro->ops = ops;
	sro->memreq = RMI_MEMREQ_RECLAIM;
	sro->phase = SRO_END;
	sro->status = RMI_SUCCESS;
	sro->held = count;
	memcpy(sro->pages, pages, count * sizeof(*pages));
	call->out[1] = sro_handle(rmm, sro);
	return sro_incomplete(sro);
}

/* A context that waits for just this step; any other answer is INPUT. */
static struct rmm_sro *sro_waiting(struct rmm *rmm, uint64_t handle,
				   unsigned int memreq)
{
	struct rmm_sro *sro;

	if (handle >= rmm->traits->contexts)
		return NULL;
	sro = &rmm->sros[handle];
	return sro->state == SRO_SEALED && sro->memreq == memreq ? sro : NULL;
}

/* A list stays inside its page: what would cross the end does not exist. */
static uint64_t list_clip(uint64_t pa, uint64_t count)
{
	uint64_t room = ENTRIES_PER_PAGE - (pa & GRANULE_MASK) / 8;

	return count < room ? count : room;
}

static bool list_entry(struct rmm *rmm, uint64_t pa, uint64_t n, uint64_t *entry)
{
	return rmm_plat_ns_read(rmm, entry, pa + n * 8, sizeof(*entry));
}

static uint64_t entry_granules(uint64_t entry)
{
	return RMI_ADDR_COUNT(entry) << (9 * RMI_ADDR_BLOCK(entry));
}

static unsigned int entry_state(const struct rmm *rmm, uint64_t entry)
{
	return entry >> rmm->traits->addr_state_shift &
	       rmm->traits->addr_state_mask;
}

static bool entry_valid(const struct rmm *rmm, const struct rmm_sro *sro,
			uint64_t entry)
{
	unsigned int state = entry_state(rmm, entry);

	if (!IS_ALIGNED_TO(RMI_ADDR_PA(entry),
			   BIT64(RMI_BLOCK_SHIFT(RMI_ADDR_BLOCK(entry)))))
		return false;
	if (sro->want_state == RMI_MEM_CONDITIONAL)
		return state == RMI_MEM_DELEGATED ||
		       state == RMI_MEM_UNDELEGATED;
	return state == sro->want_state;
}

static bool contiguous_valid(const struct rmm_sro *sro, uint64_t entries,
			     uint64_t total, uint64_t base)
{
	if (!entries)
		return true;
	return entries == 1 && total == sro->wanted &&
	       (total & (total - 1)) == 0 &&
	       IS_ALIGNED_TO(base, total << GRANULE_SHIFT);
}

/* E.3 rules 2 and 4, before anything is taken. */
static bool donation_valid(struct rmm *rmm, const struct rmm_sro *sro,
			   uint64_t list, uint64_t count)
{
	uint64_t total = 0, entries = 0, base = 0, entry;

	for (uint64_t i = 0; i < count; i++) {
		if (!list_entry(rmm, list, i, &entry))
			return false;
		if (!RMI_ADDR_COUNT(entry))
			continue;
		if (!entry_valid(rmm, sro, entry))
			return false;
		base = RMI_ADDR_PA(entry);
		total += entry_granules(entry);
		entries++;
	}
	if (total > sro->wanted)
		return false;
	return !sro->contiguous || contiguous_valid(sro, entries, total, base);
}

static uint64_t page_pa(uint64_t entry)
{
	return ALIGN_DOWN_TO(entry, GRANULE_SIZE);
}

/* A detour keeps runs: does this page make its last one longer? */
static bool continues(const struct rmm_sro *sro, uint64_t pa, unsigned int state)
{
	uint64_t last;

	if (sro->ops || !sro->held)
		return false;
	last = sro->pages[sro->held - 1];
	return pa == page_pa(last) + (SRO_RUN_COUNT(last) << GRANULE_SHIFT) &&
	       SRO_RUN_COUNT(last) < SRO_RUN_MAX &&
	       (last & SRO_PAGE_UNDELEGATED) ==
	       (state == RMI_MEM_UNDELEGATED ? SRO_PAGE_UNDELEGATED : 0);
}

static bool claim(struct rmm *rmm, struct rmm_sro *sro, uint64_t pa,
		  unsigned int state)
{
	uint8_t to = sro->ops ? sro->ops->claimed : GRANULE_INTERNAL;
	uint64_t mark = 0;

	if (sro->ops && sro->ops->accepts &&
	    !sro->ops->accepts(rmm, sro, pa, state))
		return false;
	if (sro->held == SRO_PAGES_MAX && !continues(sro, pa, state)) {
		sro->wanted = 0;	/* a detour that has enough */
		return false;
	}
	if (state == RMI_MEM_UNDELEGATED) {
		if (!granule_to_realm(rmm, pa, to))
			return false;
		mark = SRO_PAGE_UNDELEGATED;
	} else if (!granule_move(rmm, pa, GRANULE_DELEGATED, to)) {
		return false;
	}
	if (continues(sro, pa, state))
		sro->pages[sro->held - 1] += SRO_RUN_MORE(1);
	else
		sro->pages[sro->held++] = pa | mark;
	sro->wanted--;
	return true;
}

/* Granule by granule, in list order, up to one that is not what it says. */
static uint64_t claim_all(struct rmm *rmm, struct rmm_sro *sro, uint64_t list,
			  uint64_t count, bool *refused)
{
	uint64_t taken = 0, entry;

	*refused = false;
	for (uint64_t i = 0; i < count; i++) {
		if (!list_entry(rmm, list, i, &entry))
			break;
		for (uint64_t g = 0; g < entry_granules(entry); g++) {
			if (sro->bite && taken == sro->bite)
				return taken;
			/* The host may have changed the list meanwhile. */
			*refused = !sro->wanted ||
				!claim(rmm, sro, RMI_ADDR_PA(entry) +
				       (g << GRANULE_SHIFT),
				       entry_state(rmm, entry));
			if (*refused)
				return taken;
			taken++;
		}
	}
	return taken;
}

/* Turn to giving back; the last OP_CONTINUE will tell this status. */
static uint64_t sro_fail(struct rmm_sro *sro, uint64_t status)
{
	sro->phase = SRO_END;
	sro->memreq = RMI_MEMREQ_RECLAIM;
	sro->status = status;
	sro->can_cancel = false;
	return sro_incomplete(sro);
}

RMI_HANDLER(rmi_op_mem_donate)
{
	struct rmm_sro *sro = sro_waiting(rmm, call->x[1], RMI_MEMREQ_DONATE);
	uint64_t list = call->x[2], count, taken;
	bool refused;

	if (!sro || !IS_ALIGNED_TO(list, 8) ||
	    !granule_is(rmm, ALIGN_DOWN_TO(list, GRANULE_SIZE), GRANULE_NS))
		return RMI_ERROR_INPUT;
	count = list_clip(list, call->x[3]);
	if (!donation_valid(rmm, sro, list, count))
		return RMI_ERROR_INPUT;

	taken = claim_all(rmm, sro, list, count, &refused);
	if (!taken && refused && sro->wanted)
		return sro_fail(sro, RMI_ERROR_INPUT);	/* E.5 */
	if (taken && sro->phase == SRO_WORK)
		sro->can_cancel = false;
	if (!sro->wanted)
		sro->memreq = sro->phase == SRO_FAULT ? RMI_MEMREQ_RECLAIM
						      : RMI_MEMREQ_NONE;
	/* What is left is no such block any more, nor one run. */
	if (taken)
		sro->contiguous = false;
	if (sro->wanted & (BIT64(9 * sro->block) - 1))
		sro->block = 0;
	call->out[1] = taken;
	call->out[2] = sro_request(sro);
	return sro_incomplete(sro);
}

/* Append or prepend to any descriptor that it touches (E.4). */
static bool merge(uint64_t *list, unsigned int used, uint64_t pa, uint64_t state)
{
	for (unsigned int i = 0; i < used; i++) {
		uint64_t base = RMI_ADDR_PA(list[i]);
		uint64_t count = RMI_ADDR_COUNT(list[i]);

		if (count == RMI_ADDR_COUNT_MAX ||
		    (list[i] & ~(base | count << RMI_ADDR_COUNT_SHIFT)) != state)
			continue;
		if (pa == base + (count << GRANULE_SHIFT)) {
			list[i] += 1 << RMI_ADDR_COUNT_SHIFT;
			return true;
		}
		if (pa + GRANULE_SIZE == base) {
			list[i] += 1 << RMI_ADDR_COUNT_SHIFT;
			list[i] -= GRANULE_SIZE;
			return true;
		}
	}
	return false;
}

static unsigned int reclaim_list(const struct rmm *rmm, const struct rmm_sro *sro,
				 unsigned int pages, uint64_t *list)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < pages; i++) {
		uint64_t pa = page_pa(sro->pages[i]), state = 0;

		if (sro->pages[i] & SRO_PAGE_UNDELEGATED)
			state = (uint64_t)RMI_MEM_UNDELEGATED
				<< rmm->traits->addr_state_shift;
		if (!merge(list, used, pa, state))
			list[used++] = RMI_ADDR_DESC(pa, 1, 0) | state;
	}
	return used;
}

static void give_back(struct rmm *rmm, uint64_t pa, uint64_t count,
		      uint64_t undelegated)
{
	for (; count; count--, pa += GRANULE_SIZE) {
		if (undelegated)
			granule_to_ns(rmm, pa);
		else
			granule_release(rmm, pa);
	}
}

/* The next piece of a detour's last run: its first or its last pages. */
static uint64_t next_piece(const struct rmm_sro *sro, uint64_t *pa,
			   uint64_t *count, bool *last)
{
	uint64_t run = sro->pages[sro->held - 1], n = SRO_RUN_COUNT(run);
	uint64_t block = BIT64(RMI_BLOCK_SHIFT(1));

	*pa = page_pa(run);
	*last = sro->shape == FAULT_SHAPE_SINGLE;
	if (*last) {
		*pa += (n - 1) << GRANULE_SHIFT;
		*count = 1;
	} else if (sro->shape == FAULT_SHAPE_BLOCKS &&
		   IS_ALIGNED_TO(*pa, block) && n >> 9) {
		*count = n & ~(uint64_t)511;
		return RMI_ADDR_DESC(*pa, n >> 9, 1);
	} else {
		*count = n < RMI_ADDR_COUNT_MAX ? n : RMI_ADDR_COUNT_MAX;
		if (sro->shape == FAULT_SHAPE_BLOCKS && *pa % block)
			*count = n < (block - *pa % block) >> GRANULE_SHIFT ? n :
				 (block - *pa % block) >> GRANULE_SHIFT;
	}
	return RMI_ADDR_DESC(*pa, *count, 0);
}

/* What a detour took, in the shape that its rule says. */
static bool reclaim_runs(struct rmm *rmm, struct rmm_sro *sro, uint64_t list,
			 uint64_t capacity, uint64_t *used)
{
	uint64_t pa, count, desc, mark;
	bool last;

	if (sro->list_max && capacity > sro->list_max)
		capacity = sro->list_max;
	for (*used = 0; *used < capacity && sro->held; ++*used) {
		uint64_t *run = &sro->pages[sro->held - 1];

		desc = next_piece(sro, &pa, &count, &last);
		mark = *run & SRO_PAGE_UNDELEGATED;
		desc |= mark << rmm->traits->addr_state_shift;
		if (!rmm_plat_ns_write(rmm, list + *used * 8, &desc, sizeof(desc)))
			return *used;
		give_back(rmm, pa, count, mark);
		if (count == SRO_RUN_COUNT(*run)) {
			sro->held--;
		} else {
			*run -= SRO_RUN_MORE(count);
			if (!last)
				*run += count << GRANULE_SHIFT;
		}
	}
	return true;
}

RMI_HANDLER(rmi_op_mem_reclaim)
{
	struct rmm_sro *sro = sro_waiting(rmm, call->x[1], RMI_MEMREQ_RECLAIM);
	uint64_t list = call->x[2], capacity = list_clip(list, call->x[3]);
	uint64_t descs[SRO_PAGES_MAX], written = 0;
	unsigned int pages, used;

	if (!sro || !IS_ALIGNED_TO(list, 8))
		return RMI_ERROR_INPUT;
	if (!capacity)
		return sro_incomplete(sro);
	if (!sro->ops) {
		if (!reclaim_runs(rmm, sro, list, capacity, &written))
			return RMI_ERROR_INPUT;
		if (!sro->held)
			sro->memreq = RMI_MEMREQ_NONE;
		call->out[1] = written;
		return sro_incomplete(sro);
	}
	pages = sro->held < capacity ? sro->held : capacity;
	used = reclaim_list(rmm, sro, pages, descs);
	/* The list first: if it cannot be written nothing is lost. */
	if (used && !rmm_plat_ns_write(rmm, list, descs, used * sizeof(*descs)))
		return RMI_ERROR_INPUT;

	for (unsigned int i = 0; i < pages; i++)
		give_back(rmm, page_pa(sro->pages[i]), 1,
			  sro->pages[i] & SRO_PAGE_UNDELEGATED);
	sro->held -= pages;
	for (unsigned int i = 0; i < sro->held; i++)
		sro->pages[i] = sro->pages[i + pages];
	if (!sro->held)
		sro->memreq = RMI_MEMREQ_NONE;
	call->out[1] = used;
	return sro_incomplete(sro);
}

static void sro_end(struct rmm *rmm, struct rmm_sro *sro)
{
	if (sro->ops && sro->ops->end)
		sro->ops->end(rmm, sro);
	sro_free(sro);
}

/*
 * What a fault rule put before the command is over: run it now, in the context
 * that the host already has a handle of.
 */
static uint64_t run_delayed(struct rmm *rmm, struct rmm_call *call,
			    struct rmm_sro *sro)
{
	struct rmm_call delayed = sro->call;
	uint64_t status;

	if (sro->wanted > 1) {
		sro->wanted--;
		return sro_incomplete(sro);
	}
	delayed.cpu = call->cpu;
	delayed.sro = sro;
	sro->state = SRO_RESERVED;
	status = rmm_command_execute(rmm, &delayed);
	memcpy(call->out, delayed.out, sizeof(call->out));
	if (RMI_STATUS(status) == RMI_INCOMPLETE) {
		call->out[1] = 0;	/* only the first answer has the handle */
	} else if (status == RMI_BUSY) {
		sro->state = SRO_SEALED;
	} else {
		sro_free(sro);
	}
	return status;
}

/* The flags (X2, bit 0: stop early) change nothing, as on july. */
RMI_HANDLER(rmi_op_continue)
{
	struct rmm_sro *sro = sro_waiting(rmm, call->x[1], RMI_MEMREQ_NONE);
	uint64_t status;

	if (!sro)
		return RMI_ERROR_INPUT;
	switch (sro->phase) {
	case SRO_FAULT:
		return run_delayed(rmm, call, sro);
	case SRO_WORK:
		status = sro->ops->finish(rmm, sro);
		if (status != RMI_SUCCESS)
			return sro_fail(sro, status);
		sro_free(sro);
		return RMI_SUCCESS;
	default:
		status = sro->status;
		sro_end(rmm, sro);
		return status;
	}
}

/*
 * Nothing out: the operation is over and this is SUCCESS. Else what it holds
 * comes back first, and the last OP_CONTINUE says INPUT, as after E.5's escape.
 */
RMI_HANDLER(rmi_op_cancel)
{
	struct rmm_sro *sro;

	if (call->x[1] >= rmm->traits->contexts)
		return RMI_ERROR_INPUT;
	sro = &rmm->sros[call->x[1]];
	if (sro->state != SRO_SEALED || !sro->can_cancel)
		return RMI_ERROR_INPUT;
	if (sro->held)
		return sro_fail(sro, RMI_ERROR_INPUT);
	sro_end(rmm, sro);
	return RMI_SUCCESS;
}
