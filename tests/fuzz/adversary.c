// SPDX-License-Identifier: GPL-2.0-only
/*
 * An RMM that may answer anything. Left alone it is honest and simple, so that
 * every operation gets somewhere; at any call it may give one of the wrong
 * answers below instead, once or many times over.
 *
 * What the host may conclude from an answer is not decided here but in seam.c.
 */
#include "rmi.h"
#include "world.h"

#define GRANULE		RMI_GRANULE_SIZE
#define INCOMPLETE(memreq, cancel) \
	RMI_RESULT(RMI_INCOMPLETE, (memreq) | ((cancel) ? 4 : 0))
#define REQUEST(count, state)	((uint64_t)(count) << 2 | (uint64_t)(state) << 17)
#define CONTIGUOUS		(1ULL << 16)
#define FAILED_MAX		64

static bool enumerated;
static bool gpt, fine;			/* of the gigabyte that there is */
static uint64_t handles;		/* given so far */
static bool failed[FAILED_MAX];		/* operations that end with an error */

/* The same again, so many times, for this command. */
static unsigned int again;
static uint32_t again_fid;
static unsigned int again_variant;

void adversary_begin(bool only_picks)
{
	enumerated = only_picks;
	gpt = fine = seam_july();
	handles = 0;
	again = 0;
	memset(failed, 0, sizeof(failed));
}

static bool *failing(const struct seam_op *op)
{
	return &failed[op->number % FAILED_MAX];
}

/* ------------------------------------------------------------------- honestly */

static uint64_t features(uint64_t index)
{
	switch (index) {
	case 0:
		return 48 | 5 << 14 | 3 << 20;
	case 1:
		return 1 | 7 << 3 | 4 << 6;	/* 4K, hashes, 15 RECs */
	default:
		return 0;
	}
}

static void honest_range(uint64_t x[18], bool to_rmm)
{
	uint64_t base = x[1], top = seam_july() ? x[1] + GRANULE : x[2], at;

	if (to_rmm && !gpt) {
		x[0] = RMI_RESULT(RMI_ERROR_GPT, 1) | base >> 12 << 16;
		return;
	}
	if (to_rmm && !fine) {
		x[0] = RMI_RESULT(RMI_ERROR_TRACKING, 1) | base >> 12 << 16;
		return;
	}
	for (at = base; at < top; at += GRANULE) {
		unsigned int has = world.page[page_of(at)].has;

		if (to_rmm ? has != HAS_NOT : has != HAS_FREE && has != HAS_MAYBE)
			break;
	}
	x[0] = at > base ? RMI_SUCCESS : RMI_ERROR_INPUT;
	x[1] = at;
}

static void begin(uint64_t x[18], unsigned int memreq, bool cancel, uint64_t request)
{
	/* 0 is a handle, and so is one that looks like an address. */
	uint64_t handle = handles++;

	x[0] = INCOMPLETE(memreq, cancel);
	x[1] = handle % 3 ? handle | handle << 40 : handle;
	x[2] = request;
}

static bool holds(const struct world_page *p, uint32_t object, unsigned int tag)
{
	return (p->has == HAS_TAKEN || p->has == HAS_LENT) && p->tag == tag &&
	       p->kind == KIND_AUX && p->object == object;
}

static unsigned int held(uint32_t object, unsigned int tag)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < world.pages && tag; i++)
		n += holds(&world.page[i], object, tag);
	return n;
}

static void begin_reclaim(uint64_t x[18])
{
	if (held(seam_object((uint32_t)x[0], x), seam_tag((uint32_t)x[0], x)))
		begin(x, RMI_MEMREQ_RECLAIM, false, 0);
	else
		x[0] = RMI_SUCCESS;
}

/* The first page of this kind that an account has there. */
static uint64_t page_like(unsigned int tag, enum page_kind kind)
{
	for (unsigned int i = 0; i < world.pages; i++)
		if (world.page[i].has == HAS_TAKEN && world.page[i].tag == tag &&
		    world.page[i].kind == kind)
			return page_pa(i);
	return 0;
}

static void honest_unmap(uint64_t x[18])
{
	unsigned int tag = seam_tag((uint32_t)x[0], x);
	uint64_t *list = rmm_page(x[5]), n = 0;

	for (unsigned int i = 0; i < world.pages && n < RMI_ADDR_LIST_MAX; i++)
		if (world.page[i].has == HAS_TAKEN && world.page[i].tag == tag &&
		    world.page[i].kind == KIND_DATA)
			list[n++] = RMI_ADDR_DESC(page_pa(i), 1, 0);
	x[0] = RMI_SUCCESS;
	x[1] = x[2];
	x[3] = n;
}

static void honest_table(uint64_t x[18])
{
	uint64_t rtt = page_like(seam_tag((uint32_t)x[0], x), KIND_TABLE);

	x[0] = rtt ? RMI_SUCCESS : RMI_RESULT(RMI_ERROR_RTT, x[3] - 1);
	x[2] = x[2] + (1ULL << RMI_LEVEL_SHIFT(x[3] - 1));
	x[1] = rtt;
}

/* What a command says at its end, apart from success. */
static void outputs(uint64_t x[18], const uint64_t *args)
{
	switch ((uint32_t)args[0]) {
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		x[1] = seam_july() ? args[1] + GRANULE : args[2];
		break;
	case SMC_RMI_RTT_DATA_MAP:
	case SMC_RMI_RTT_INIT_RIPAS:
		x[1] = args[3];
		break;
	case SMC_RMI_RTT_SET_RIPAS:
		x[1] = args[4];
		break;
	case SMC_RMI_RTT_DATA_UNMAP:
		x[1] = args[3];
		x[3] = 0;
		break;
	case SMC_RMI_RTT_DESTROY:
		x[1] = page_like(seam_tag((uint32_t)args[0], args), KIND_TABLE);
		x[2] = args[2] + 1;
		break;
	case SMC_RMI_GRANULE_TRACKING_SET:
		fine = args[3] == RMI_TRACKING_FINE;
		break;
	case SMC_RMI_GPT_L1_CREATE:
		gpt = true;
		break;
	case SMC_RMI_GPT_L1_DESTROY:
		gpt = false;
		break;
	}
}

static void honest_command(uint64_t x[18])
{
	uint64_t args[18];

	memcpy(args, x, sizeof(args));
	switch ((uint32_t)x[0]) {
	case SMC_RMI_VERSION:
		x[1] = x[2] = RMI_ABI_VERSION(2, 0);
		break;
	case SMC_RMI_FEATURES:
		x[1] = features(x[1]);
		break;
	case SMC_RMI_RMM_CONFIG_GET:
		rmm_page(x[1])[0] = rmm_page(x[1])[1] = 0;
		break;
	case SMC_RMI_RMM_STATE_GET:
	case SMC_RMI_RMM_DEACTIVATE:
		x[0] = seam_july() ? RMI_NOT_IMPLEMENTED : RMI_SUCCESS;
		x[1] = RMI_RMM_ACTIVE;
		return;
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		honest_range(x, (uint32_t)x[0] == SMC_RMI_GRANULE_RANGE_DELEGATE);
		return;
	case SMC_RMI_GRANULE_TRACKING_GET:
		x[3] = x[2];
		x[1] = RMI_TRACKING_CONVENTIONAL;
		x[2] = fine ? RMI_TRACKING_FINE : RMI_TRACKING_COARSE;
		break;
	case SMC_RMI_GPT_INFO:
		x[1] = x[2];
		x[2] = gpt ? RMI_GPT_HOST_CREATED : RMI_GPT_HOST_NOT_CREATED;
		break;
	case SMC_RMI_GPT_L1_CREATE:
		begin(x, RMI_MEMREQ_DONATE, true, CONTIGUOUS |
		      REQUEST(2, RMI_MEM_UNDELEGATED));
		return;
	case SMC_RMI_GRANULE_TRACKING_SET:
		if (x[3] == RMI_TRACKING_FINE) {
			begin(x, RMI_MEMREQ_DONATE, true,
			      REQUEST(3, RMI_MEM_CONDITIONAL));
			return;
		}
		fallthrough;
	case SMC_RMI_GPT_L1_DESTROY:
	case SMC_RMI_REALM_DESTROY:
	case SMC_RMI_REC_DESTROY:
		begin_reclaim(x);
		if (x[0] == RMI_SUCCESS)
			outputs(x, args);
		return;
	case SMC_RMI_REALM_CREATE:
		if (seam_july())
			break;
		begin(x, RMI_MEMREQ_DONATE, false, REQUEST(3, RMI_MEM_DELEGATED));
		return;
	case SMC_RMI_REC_CREATE:
		begin(x, RMI_MEMREQ_DONATE, false, REQUEST(5, RMI_MEM_DELEGATED));
		return;
	case SMC_RMI_RTT_READ_ENTRY:
		x[1] = x[3];
		x[2] = RMI_ENTRY_UNASSIGNED;
		x[3] = 0;
		x[4] = RMI_RIPAS_RAM;
		break;
	case SMC_RMI_RTT_DATA_UNMAP:
		honest_unmap(x);
		return;
	case SMC_RMI_RTT_DESTROY:
		honest_table(x);
		return;
	default:
		outputs(x, args);
	}
	x[0] = RMI_SUCCESS;
}

/* Granules in the list of a donation; 0: one that cannot be taken. */
static uint64_t offered(const uint64_t x[18])
{
	uint64_t n = 0;

	for (uint64_t e = 0; e < x[3]; e++) {
		uint64_t entry = rmm_page(x[2])[e];

		if (!page_exists(RMI_ADDR_PA(entry)))
			return 0;
		n += RMI_ADDR_COUNT(entry) << (9 * RMI_ADDR_BLOCK(entry));
	}
	return n;
}

static uint64_t entry_of(unsigned int i, bool lent)
{
	return RMI_ADDR_DESC(page_pa(i), 1, 0) |
	       (uint64_t)lent << (seam_july() ? 63 : 62);
}

/* All that the operation's object holds, one page an entry. */
static uint64_t list_all(const struct seam_op *op, uint64_t *list)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < world.pages && n < RMI_ADDR_LIST_MAX && op->tag; i++)
		if (holds(&world.page[i], op->object, op->tag))
			list[n++] = entry_of(i, world.page[i].has == HAS_LENT);
	return n;
}

static void honest_donate(uint64_t x[18], const struct seam_op *op)
{
	uint64_t wanted = RMI_DONATE_COUNT(op->request)
			  << (9 * RMI_DONATE_BLOCK(op->request));
	uint64_t n = offered(x);

	if (!n) {
		*failing(op) = true;
		x[0] = INCOMPLETE(RMI_MEMREQ_RECLAIM, false);
	} else if (n < wanted && !RMI_DONATE_BLOCK(op->request)) {
		x[0] = INCOMPLETE(RMI_MEMREQ_DONATE, false);
		x[2] = op->request - (n << 2);
	} else {
		x[0] = INCOMPLETE(RMI_MEMREQ_NONE, false);
	}
	x[1] = n;
}

static void honest_op(uint64_t x[18], const struct seam_op *op)
{
	switch ((uint32_t)x[0]) {
	case SMC_RMI_OP_MEM_DONATE:
		honest_donate(x, op);
		return;
	case SMC_RMI_OP_MEM_RECLAIM:
		x[1] = list_all(op, rmm_page(x[2]));
		x[0] = INCOMPLETE(x[1] == RMI_ADDR_LIST_MAX ? RMI_MEMREQ_RECLAIM :
				  RMI_MEMREQ_NONE, false);
		return;
	case SMC_RMI_OP_CANCEL:
		*failing(op) = true;
		x[0] = held(op->object, op->tag) ?
			INCOMPLETE(RMI_MEMREQ_RECLAIM, false) : RMI_SUCCESS;
		return;
	default:
		x[0] = *failing(op) ? RMI_ERROR_INPUT : RMI_SUCCESS;
		if (!*failing(op))
			outputs(x, op->x);
		*failing(op) = false;
	}
}

/* ----------------------------------------------------------------- or otherwise */

static const uint64_t requests[] = {
	REQUEST(1, RMI_MEM_DELEGATED), REQUEST(3, RMI_MEM_DELEGATED),
	REQUEST(2, RMI_MEM_DELEGATED) | CONTIGUOUS,
	REQUEST(2, RMI_MEM_UNDELEGATED), REQUEST(2, RMI_MEM_CONDITIONAL),
	REQUEST(0, RMI_MEM_DELEGATED), REQUEST(3, 0) | CONTIGUOUS,
	/* the larger ones */
	REQUEST(4, RMI_MEM_UNDELEGATED) | CONTIGUOUS, REQUEST(1, 3),
	REQUEST(16, RMI_MEM_DELEGATED), REQUEST(600, RMI_MEM_DELEGATED),
	REQUEST(1, RMI_MEM_DELEGATED) | 1, REQUEST(2, RMI_MEM_DELEGATED) | 1,
	REQUEST(1, RMI_MEM_UNDELEGATED) | 1, REQUEST(1, RMI_MEM_DELEGATED) | 2,
	REQUEST(0x3fff, RMI_MEM_DELEGATED), REQUEST(0x3fff, 0) | 3,
	REQUEST(1024, 0) | CONTIGUOUS, REQUEST(1, 0) | 3 | CONTIGUOUS,
	/* more than a block of the page allocator, in either state */
	REQUEST(2048, 0) | CONTIGUOUS, REQUEST(4, 0) | 1 | CONTIGUOUS,
	REQUEST(1024, RMI_MEM_UNDELEGATED) | CONTIGUOUS,
	REQUEST(2, RMI_MEM_UNDELEGATED) | 1 | CONTIGUOUS,
};

static uint64_t a_request(void)
{
	return requests[input_pick(enumerated ? 7 : ARRAY_SIZE(requests))];
}

static uint64_t a_next(void)
{
	unsigned int memreq = input_pick(4);

	return INCOMPLETE(memreq, input_pick(2));
}

static uint64_t a_count(uint64_t n)
{
	const uint64_t counts[] = { n, 0, 1, n ? n - 1 : 2, n + 1, ~0ULL };

	return counts[input_pick(ARRAY_SIZE(counts))];
}

/* A page that the operation has no business with. */
static unsigned int foreign(const struct seam_op *op)
{
	static const uint8_t kinds[] = { HAS_NOT, HAS_FREE, HAS_TAKEN, HAS_LENT };
	unsigned int has = kinds[input_pick(ARRAY_SIZE(kinds))];
	unsigned int start = enumerated ? 0 : input_byte() * 16u;

	for (unsigned int k = 0; k < world.pages; k++) {
		unsigned int i = (start + k) % world.pages;

		if (world.page[i].has == has && (has < HAS_TAKEN ||
						 world.page[i].tag != op->tag))
			return i;
	}
	return 0;
}

/* A list that a RECLAIM writes, and the number that it claims to have written. */
static uint64_t a_list(const struct seam_op *op, uint64_t *list)
{
	uint64_t n = list_all(op, list);
	unsigned int other;

	switch (input_pick(enumerated ? 9 : 11)) {
	case 1:
		return 0;
	case 2:
		return min(n, 1ULL + 0);
	case 3:		/* from behind */
		for (uint64_t i = 0; i < n / 2; i++) {
			uint64_t entry = list[i];

			list[i] = list[n - 1 - i];
			list[n - 1 - i] = entry;
		}
		return n;
	case 4:		/* one of them twice */
		if (n && n < RMI_ADDR_LIST_MAX)
			list[n++] = list[0];
		return n;
	case 5:
		other = foreign(op);
		list[0] = entry_of(other, input_pick(2));
		return n ?: 1;
	case 6:		/* more than there is room for */
		return RMI_ADDR_LIST_MAX + 1;
	case 7:		/* in the other state */
		for (uint64_t i = 0; i < n; i++)
			list[i] ^= 1ULL << (seam_july() ? 63 : 62);
		return n;
	case 8:		/* a range that begins with one of them, or lies anywhere */
		list[0] |= RMI_ADDR_COUNT_MAX << RMI_ADDR_COUNT_SHIFT;
		return n ?: 1;
	case 9:
		list[0] |= 1 + input_pick(3);
		return n ?: 1;
	case 10:
		list[0] = input_word();
		return n ?: 1;
	default:
		return n;
	}
}

static void wrong_count(uint64_t x[18], const struct seam_op *op)
{
	if ((uint32_t)x[0] == SMC_RMI_OP_MEM_RECLAIM)
		x[1] = a_list(op, rmm_page(x[2]));
	else if ((uint32_t)x[0] == SMC_RMI_OP_MEM_DONATE)
		x[1] = a_count(offered(x));
}

/* Where a range command may say that it stopped. */
static uint64_t a_place(const uint64_t x[18])
{
	bool second = SMC_RMI_NUMBER((uint32_t)x[0]) >= 0x1f5 ||
		      (uint32_t)x[0] == SMC_RMI_RTT_INIT_RIPAS;
	uint64_t base = x[1 + second], top = x[2 + second];
	const uint64_t places[] = {
		base, top, base + GRANULE, top + GRANULE, base - GRANULE,
		base + 1, 0, ~0ULL, 1ULL << 40,
	};

	return places[input_pick(ARRAY_SIZE(places))];
}

/* Outputs of a success that may be anything. */
static void odd_success(uint64_t x[18])
{
	uint64_t args[18];

	memcpy(args, x, sizeof(args));
	x[0] = RMI_SUCCESS;
	switch ((uint32_t)args[0]) {
	case SMC_RMI_RTT_READ_ENTRY:
		x[1] = enumerated ? input_pick(5) : (uint64_t)(int8_t)input_byte();
		x[2] = input_pick(3);
		x[4] = input_pick(4);
		break;
	case SMC_RMI_RTT_DATA_UNMAP:
		honest_unmap(x);
		x[1] = a_place(args);
		x[3] = a_count(x[3]);
		break;
	case SMC_RMI_RTT_DESTROY:
		x[1] = input_pick(2) ? 0x123 : 0;
		x[2] = a_place(args);
		break;
	case SMC_RMI_GPT_INFO:
	case SMC_RMI_GRANULE_TRACKING_GET:
		x[1] = input_pick(4);
		x[2] = input_pick(5);
		break;
	default:
		x[1] = a_place(args);
	}
}

static void wrong_command(uint64_t x[18], unsigned int variant)
{
	uint64_t next;

	switch (variant) {
	case 7:
		next = a_next();
		begin(x, 0, false, a_request());
		x[0] = next;
		break;
	case 8:
		odd_success(x);
		break;
	case 9:
		x[0] = RMI_RESULT(RMI_ERROR_RTT, input_pick(4));
		x[2] = a_place(x);
		break;
	case 10:
		x[0] = RMI_ERROR_GPT;
		break;
	case 11:
		x[0] = RMI_ERROR_GLOBAL;
		break;
	}
}

static void wrong_op(uint64_t x[18], const struct seam_op *op, unsigned int variant)
{
	switch (variant) {
	case 7:
	case 8:
		wrong_count(x, op);
		x[0] = a_next();
		x[2] = a_request();
		break;
	case 9:
		wrong_count(x, op);
		x[0] = RMI_SUCCESS;
		break;
	case 10:
		x[0] = RMI_ERROR_REALM;
		break;
	case 11:
		x[0] = RMI_ERROR_GLOBAL;
		break;
	}
}

static void wrong(uint64_t x[18], const struct seam_op *op, unsigned int variant)
{
	switch (variant) {
	case 1:
		x[0] = RMI_BUSY;
		break;
	case 2:
		x[0] = RMI_BLOCKED;
		break;
	case 3:
		x[0] = RMI_NOT_IMPLEMENTED;
		break;
	case 4:
		x[0] = RMI_ERROR_INPUT;
		break;
	case 5:
		x[0] = RMI_ERROR_TRACKING | 0x1234567ULL << 16;
		break;
	case 12:	/* nothing that means anything */
		x[0] = input_word();
		x[1] = input_word();
		x[2] = input_word();
		break;
	case 13:
		x[0] = input_byte();
		break;
	default:
		if (op)
			wrong_op(x, op, variant);
		else
			wrong_command(x, variant);
	}
}

static void honest(uint64_t x[18], const struct seam_op *op)
{
	if (op)
		honest_op(x, op);
	else
		honest_command(x);
}

/* Bring-up is asked once: what it is told stays, or nothing follows. */
static bool settled(uint32_t fid)
{
	return fid == SMC_RMI_VERSION || fid == SMC_RMI_FEATURES ||
	       fid == SMC_RMI_RMM_STATE_GET || fid == SMC_RMI_RMM_CONFIG_SET ||
	       fid == SMC_RMI_RMM_CONFIG_GET;
}

static unsigned int choose(uint32_t fid)
{
	unsigned int variant, how;

	if (enumerated)
		return input_pick(12);
	if (again && fid == again_fid) {
		again--;
		return again_variant;
	}
	how = input_byte();
	if (how < 128)
		return 0;
	variant = how % 14;
	/* Now and then for ever. */
	if (how >= 240) {
		static const unsigned int times[] = { 3, 30, 1100, 20000 };

		variant = input_pick(14);
		again = times[input_pick(ARRAY_SIZE(times))];
		again_fid = fid;
		again_variant = variant;
	}
	return variant;
}

static void smc(uint64_t x[18])
{
	uint32_t fid = (uint32_t)x[0];
	bool is_op = fid == SMC_RMI_OP_CONTINUE || fid == SMC_RMI_OP_MEM_DONATE ||
		     fid == SMC_RMI_OP_MEM_RECLAIM || fid == SMC_RMI_OP_CANCEL;
	bool probe = x[1] == 1 && x[2] == 1;
	const struct seam_op *op = is_op && !probe ? seam_op(x[1]) : NULL;
	unsigned int variant;

	if (probe) {
		x[0] = fid == SMC_RMI_RMM_STATE_GET && seam_july() ?
			RMI_NOT_IMPLEMENTED : RMI_ERROR_INPUT;
		return;
	}
	variant = settled(fid) ? 0 : choose(fid);
	if (variant)
		wrong(x, op, variant);
	/* Not all variants are something for all commands. */
	if (!variant || (uint32_t)x[0] == fid)
		honest(x, op);
	/* B.1: the upper bits may carry data. */
	if (!enumerated && variant == 6)
		x[0] |= (uint64_t)input_byte() << 40;
}

const struct rmm_backend adversary = { .smc = smc };
