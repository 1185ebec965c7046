// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decisions of module/sro_step.c against the model of the RMM, with its
 * faults and lies. The host here is as simple as can be: what is left for it
 * to do must be enough to bring every operation to an end and every granule
 * home, but for those that the RMM provably keeps.
 */
#include "rmm_test.h"
#include "sro_step.h"

#define OUT_MAX		4096

struct op {
	struct host *host;
	struct cca_sro_state s;
	uint64_t x0, list;
	unsigned int memory;		/* donations that it can afford */
	uint64_t out[OUT_MAX];		/* granules that the RMM has from us */
	unsigned int out_count;
	unsigned int steps;
	bool lost, foreign;
};

static enum cca_sro_action step(struct op *op, uint32_t fid, uint64_t x2,
				uint64_t x3)
{
	op->x0 = HOST_CALL(op->host, fid, op->s.handle, x2, x3);
	return cca_sro_answer(&op->s, op->x0, host_regs()->x[1],
			      host_regs()->x[2]);
}

/* Whatever state it came back in, it becomes the host's. */
static void home(struct op *op, uint64_t pa)
{
	if (drive_granule(op->host, pa) == 1)
		drive_undelegate(op->host, pa, 1);
}

static enum cca_sro_action donate(struct op *op)
{
	const struct cca_sro_request *request = &op->s.request;
	unsigned int n = request->granules, i, block = request->block;
	uint64_t align = request->contiguous ? n : 1UL << (9 * block), pa;
	uint64_t *list = host_at(op->host, op->list), left, piece;
	/* CONDITIONAL: as the host likes, and it likes the simpler one. */
	unsigned int state = request->state == RMI_MEM_DELEGATED ?
			     RMI_MEM_DELEGATED : RMI_MEM_UNDELEGATED;
	enum cca_sro_action action;

	if (!op->memory || n > OUT_MAX)
		return cca_sro_abandon(&op->s);
	op->memory--;
	pa = state == RMI_MEM_DELEGATED ? drive_delegated_run(op->host, n, align) :
					  host_pages(op->host, n, align);
	while (request->contiguous && n >> (9 * block) > RMI_ADDR_COUNT_MAX)
		block++;
	for (i = 0, left = n >> (9 * block); left; left -= piece) {
		piece = left < RMI_ADDR_COUNT_MAX ? left : RMI_ADDR_COUNT_MAX;
		list[i++] = drive_descriptor(op->host, pa + ((n >> (9 * block)) - left) *
					     (PAGE << (9 * block)), piece, state) | block;
	}
	op->s.offered = n;
	action = step(op, SMC_RMI_OP_MEM_DONATE, op->list, i);
	for (i = 0; i < n; i++) {
		/* It may say less than it took (a lie), never more. */
		if (i < op->s.consumed && op->out_count < OUT_MAX)
			op->out[op->out_count++] = pa + i * PAGE;
		else
			home(op, pa + i * PAGE);
	}
	return action;
}

static bool take_back(struct op *op, uint64_t pa)
{
	unsigned int i;

	for (i = 0; i < op->out_count; i++) {
		if (op->out[i] == pa) {
			op->out[i] = op->out[--op->out_count];
			home(op, pa);
			return true;
		}
	}
	return false;
}

static enum cca_sro_action reclaim(struct op *op)
{
	uint64_t *list = host_at(op->host, op->list);
	unsigned int e, i, known = 0;
	enum cca_sro_action action;

	memset(list, 0, PAGE);
	action = step(op, SMC_RMI_OP_MEM_RECLAIM, op->list, RMI_ADDR_LIST_MAX);
	for (e = 0; e < op->s.entries; e++) {
		for (i = 0; i < RMI_ADDR_COUNT(list[e]) << (9 * RMI_ADDR_BLOCK(list[e])); i++)
			known += take_back(op, RMI_ADDR_PA(list[e]) + i * PAGE);
	}
	if (!op->s.entries || known)
		return action;
	op->foreign = true;
	return cca_sro_foreign(&op->s, action);
}

static enum cca_sro_action escape(struct op *op)
{
	uint64_t *list = host_at(op->host, op->list);

	list[0] = drive_descriptor(op->host, 0, op->s.request.contiguous ?
				   op->s.request.count : 1,
				   op->s.request.state);
	return step(op, SMC_RMI_OP_MEM_DONATE, op->list, 1);
}

/* To the end. Returns X0 of the last answer. */
static uint64_t run(struct op *op, uint64_t x0)
{
	enum cca_sro_action action;

	op->x0 = x0;
	action = cca_sro_answer(&op->s, x0, host_regs()->x[1], host_regs()->x[2]);
	while (action != CCA_SRO_DONE && action != CCA_SRO_LOST) {
		assert_true(++op->steps < 100000);
		switch (action) {
		case CCA_SRO_DONATE:  action = donate(op); break;
		case CCA_SRO_RECLAIM: action = reclaim(op); break;
		case CCA_SRO_ESCAPE:  action = escape(op); break;
		case CCA_SRO_CANCEL:
			action = step(op, SMC_RMI_OP_CANCEL, 0, 0);
			break;
		default:
			action = step(op, SMC_RMI_OP_CONTINUE, 0, 0);
			break;
		}
	}
	op->lost = action == CCA_SRO_LOST;
	return op->x0;
}

struct rec {
	struct op op;
	struct drive_realm realm;
	uint64_t before, pa, params;
};

static void rec_up(struct rec *rec, struct host *host)
{
	struct rmi_rec_params *params;

	memset(rec, 0, sizeof(*rec));
	drive_realm_new(host, &rec->realm);
	rec->pa = drive_delegated(host);
	rec->params = host_page(host);
	params = host_at(host, rec->params);
	params->flags = RMI_REC_F_RUNNABLE;
	rec->op.host = host;
	rec->op.list = host_page(host);
	rec->op.memory = 4;
	rec->before = drive_ledger(host);
}

static uint64_t rec_create(struct rec *rec)
{
	cca_sro_begin(&rec->op.s);
	return run(&rec->op, HOST_CALL(rec->op.host, SMC_RMI_REC_CREATE,
				       rec->realm.rd, rec->pa, rec->params));
}

static uint64_t rec_destroy(struct rec *rec)
{
	cca_sro_begin(&rec->op.s);
	return run(&rec->op, HOST_CALL(rec->op.host, SMC_RMI_REC_DESTROY, rec->pa));
}

/* Nothing out, and the RMM agrees. */
static void all_home(struct rec *rec)
{
	assert_int_equal(rec->op.out_count, 0);
	assert_int_equal(drive_ledger(rec->op.host), rec->before);
}

static void fault(struct host *host, uint32_t fid, uint64_t n, uint64_t kind,
		  uint64_t x5, uint64_t x6)
{
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_FAULT_ADD,
				   SMC_RMI_NUMBER(fid), n, 1, kind, x5, x6), 0);
}

static void R28_a_rec_takes_and_returns_its_pages(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	assert_int_equal(rec_create(&rec), 0);
	assert_true(rec.op.out_count > 0);
	assert_int_equal(rec_destroy(&rec), 0);
	all_home(&rec);
}

static void R20_without_memory_it_is_abandoned(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	rec.op.memory = 0;
	assert_int_not_equal(RMI_STATUS(rec_create(&rec)), RMI_SUCCESS);
	assert_false(rec.op.lost);
	all_home(&rec);
	/* And the granule is as free as before. */
	rec.op.memory = 1;
	assert_int_equal(rec_create(&rec), 0);
	assert_int_equal(rec_destroy(&rec), 0);
	all_home(&rec);
}

static void R19_without_memory_it_is_cancelled_where_it_may_be(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	fault(*state, SMC_RMI_REC_CREATE, 1, FAULT_DONATE, 8 << 2, 1);
	rec.op.memory = 0;
	rec_create(&rec);
	assert_true(rec.op.s.cancelled);
	assert_false(rec.op.s.escaped);
	assert_false(rec.op.lost);
	all_home(&rec);
}

static void R16_what_is_asked_for_is_given(void **state)
{
	static const uint64_t requests[] = {
		5 << 2, 8 << 2 | 1 << 16, 64 << 2, 1 << 2 | 1 << 17,
		16 << 2 | 1 << 16 | 1 << 17,
	};
	unsigned int i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct host *host = drive_host(RMM_PROFILE_BET3, 16);
		struct rec rec;

		rec_up(&rec, host);
		fault(host, SMC_RMI_REC_CREATE, 1, FAULT_DONATE, requests[i], 0);
		assert_int_equal(rec_create(&rec), 0);
		assert_int_equal(rec_destroy(&rec), 0);
		all_home(&rec);
		host_free(host);
	}
}

/* REC_CREATE behind a detour, on an RMM of its own: all goes there and comes back. */
static void detour(enum rmm_profile profile, uint64_t request, uint64_t how)
{
	struct host *host = drive_host(profile, 64);
	struct rec rec;

	rec_up(&rec, host);
	rec.op.memory = OUT_MAX;
	fault(host, SMC_RMI_REC_CREATE, 1, FAULT_DONATE, request, how);
	assert_int_equal(rec_create(&rec), 0);
	assert_false(rec.op.s.violated);
	assert_false(rec.op.foreign);
	assert_int_equal(rec_destroy(&rec), 0);
	all_home(&rec);
	host_free(host);
}

#define PAGES(n)	((uint64_t)(n) << 2)
#define BLOCKS(n)	(PAGES(n) | 1)
#define CONTIGUOUS	(1UL << 16)
#define STATE(s)	((uint64_t)(s) << 17)

static void R16_R17_R18_every_size_state_and_shape(void **state)
{
	static const uint64_t sizes[] = {
		PAGES(1), PAGES(37), PAGES(1500), BLOCKS(1), BLOCKS(2),
		PAGES(16) | CONTIGUOUS, PAGES(1024) | CONTIGUOUS,
		BLOCKS(1) | CONTIGUOUS, BLOCKS(4) | CONTIGUOUS,
	};
	static const unsigned int bites[] = { 0, 5, 300, 700 };
	static const unsigned int lists[] = { 0, 1, 7 };
	unsigned int p, i, s, b, l, shape;

	for (p = RMM_PROFILE_JULY; p <= RMM_PROFILE_BET3; p++)
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	for (s = RMI_MEM_DELEGATED; s <= RMI_MEM_CONDITIONAL; s++)
	for (b = 0; b < 4; b++) {
		/* The same shapes for all would take minutes. */
		shape = (i + s + b) % 3;
		l = lists[(i + b) % 3];
		if (p == RMM_PROFILE_JULY && s == RMI_MEM_CONDITIONAL)
			continue;
		/* This host has each page once only. */
		if (bites[b] == 5 && (sizes[i] & 0x3fff) > PAGES(100))
			continue;
		if (bites[b] == 5 && (sizes[i] & 3))
			continue;
		/* Single pages in single lists, and all of them searched for. */
		if (shape == FAULT_SHAPE_SINGLE && (sizes[i] & 3))
			l = 0;
		detour(p, sizes[i] | STATE(s), FAULT_DETOUR(shape, l, bites[b]));
	}
}

static void R18_a_block_where_none_can_be_is_not_believed(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	assert_int_equal(rec_create(&rec), 0);
	/* 2 MiB from the middle of 2 MiB */
	fault(*state, SMC_RMI_OP_MEM_RECLAIM, 1, FAULT_DESCRIPTOR,
	      RMI_ADDR_DESC(HOST_DRAM_BASE + PAGE, 1, 1), 0);
	rec_destroy(&rec);
	assert_false(rec.op.lost);
	assert_true(drive_ledger(*state) <= rec.before + rec.op.out_count);
}

static void extra_steps_change_nothing(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	fault(*state, SMC_RMI_REC_CREATE, 1, FAULT_RECLAIM, 0, 1);
	fault(*state, SMC_RMI_REC_DESTROY, 1, FAULT_CONTINUE, 100, 0);
	assert_int_equal(rec_create(&rec), 0);
	assert_int_equal(rec_destroy(&rec), 0);
	assert_true(rec.op.steps > 100);
	all_home(&rec);
}

static void R11_busy_and_blocked_steps_are_repeated(void **state)
{
	static const uint32_t fids[] = {
		SMC_RMI_OP_CONTINUE, SMC_RMI_OP_MEM_DONATE, SMC_RMI_OP_MEM_RECLAIM,
	};
	unsigned int i;
	struct rec rec;

	rec_up(&rec, *state);
	for (i = 0; i < 3; i++)
		fault(*state, fids[i], 1, i == 1 ? FAULT_BLOCKED : FAULT_BUSY, 0, 0);
	assert_int_equal(rec_create(&rec), 0);
	assert_int_equal(rec_destroy(&rec), 0);
	all_home(&rec);
}

static void R17_a_count_beyond_the_offer_is_cut(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	fault(*state, SMC_RMI_OP_MEM_DONATE, 1, FAULT_COUNT, 1000, 0);
	assert_int_equal(rec_create(&rec), 0);
	assert_true(rec.op.s.violated);
	assert_int_equal(rec_destroy(&rec), 0);
	all_home(&rec);
}

static void R18_a_list_that_is_too_long_is_cut(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	assert_int_equal(rec_create(&rec), 0);
	fault(*state, SMC_RMI_OP_MEM_RECLAIM, 1, FAULT_COUNT, 100000, 0);
	assert_int_equal(rec_destroy(&rec), 0);
	assert_true(rec.op.s.violated);
	all_home(&rec);
}

static void R18_pages_that_were_never_ours_are_ignored(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	assert_int_equal(rec_create(&rec), 0);
	fault(*state, SMC_RMI_OP_MEM_RECLAIM, 1, FAULT_DESCRIPTOR,
	      RMI_ADDR_DESC(HOST_DRAM_BASE, 1, 0), 0);
	assert_int_equal(rec_destroy(&rec), 0);
	assert_true(rec.op.foreign);
	/* What the lie hid stays out, and is known to. */
	assert_true(rec.op.out_count > 0);
}

static void R21_a_wrong_handle_is_lost_not_looped(void **state)
{
	struct rec rec;

	rec_up(&rec, *state);
	fault(*state, SMC_RMI_REC_CREATE, 1, FAULT_HANDLE, 1000, 0);
	rec_create(&rec);
	assert_true(rec.op.lost);
	assert_int_equal(rec.op.out_count, 0);
}

static void R15_no_answer_at_any_step_goes_on_for_ever(void **state)
{
	static const uint32_t fids[] = {
		SMC_RMI_REC_CREATE, SMC_RMI_REC_DESTROY, SMC_RMI_OP_CONTINUE,
		SMC_RMI_OP_MEM_DONATE, SMC_RMI_OP_MEM_RECLAIM, SMC_RMI_OP_CANCEL,
	};
	static const uint64_t answers[] = {
		0, 1, 2, 0xc, 0x30d, 0x00d, 0x10d, 0x20d, 0x50d, 0x70d, 0xff, ~0UL,
	};
	unsigned int f, a, p;

	for (p = 0; p < 2; p++)
	for (f = 0; f < sizeof(fids) / sizeof(fids[0]); f++)
	for (a = 0; a < sizeof(answers) / sizeof(answers[0]); a++) {
		struct host *host = drive_host(p, 16);
		struct rec rec;

		rec_up(&rec, host);
		fault(host, fids[f], 1, FAULT_STATUS, answers[a], 0);
		rec_create(&rec);
		rec_destroy(&rec);
		/* Whatever it was told, it never counts less than the RMM has. */
		assert_true(drive_ledger(host) <=
			    rec.before + rec.op.out_count);
		host_free(host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(R28_a_rec_takes_and_returns_its_pages),
		BOTH(R20_without_memory_it_is_abandoned),
		BOTH(R19_without_memory_it_is_cancelled_where_it_may_be),
		cmocka_unit_test(R16_what_is_asked_for_is_given),
		cmocka_unit_test(R16_R17_R18_every_size_state_and_shape),
		BOTH(R18_a_block_where_none_can_be_is_not_believed),
		BOTH(extra_steps_change_nothing),
		BOTH(R11_busy_and_blocked_steps_are_repeated),
		BOTH(R17_a_count_beyond_the_offer_is_cut),
		BOTH(R18_a_list_that_is_too_long_is_cut),
		BOTH(R18_pages_that_were_never_ours_are_ignored),
		BOTH(R21_a_wrong_handle_is_lost_not_looped),
		cmocka_unit_test(R15_no_answer_at_any_step_goes_on_for_ever),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sro_model", tests, NULL, NULL);
}
