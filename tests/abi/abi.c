// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI tests' harness: TAP, calls, pages, realms and RECs over the seam.
 *
 * After each test everything that it delegated must have come back: that is
 * part of the test, and it keeps a failed one from spoiling the next.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

#define TESTS_MAX	256
#define RUNS_MAX	32768	/* page runs that a test may hold */
#define STEPS_MAX	100000	/* of one operation */
#define IRQS_MAX	100000	/* exits in a row that are nobody's */

static struct { const char *name; abi_test_fn test; } tests[TESTS_MAX];
static unsigned int test_count;

static jmp_buf out;
static char reason[256];
enum { PASSED, FAILED, SKIPPED };

/* What the running test holds, delegated or not. */
static struct { uint64_t pa; unsigned int count; } runs[RUNS_MAX];
static unsigned int run_count;

struct abi_regs last;

void abi_register(const char *name, abi_test_fn test)
{
	if (test_count == TESTS_MAX)
		abort();
	tests[test_count].name = name;
	tests[test_count++].test = test;
}

void abi_fail(const char *file, int line, const char *what, uint64_t got,
	      uint64_t want)
{
	snprintf(reason, sizeof(reason), "%s:%d: %s is 0x%llx, not 0x%llx", file,
		 line, what, (unsigned long long)got, (unsigned long long)want);
	longjmp(out, FAILED);
}

void abi_skip(const char *why)
{
	snprintf(reason, sizeof(reason), "%s", why);
	longjmp(out, SKIPPED);
}

/* ---- calls ---------------------------------------------------------------- */

uint64_t rmi(uint32_t fid, const uint64_t *args)
{
	uint64_t sent;

	for (unsigned int i = 0; i < 18; i++)
		last.x[i] = 0xdead00000000UL + i;
	last.x[0] = fid;
	memcpy(&last.x[1], args, 6 * sizeof(uint64_t));
	sent = last.x[4];
	abi_call(&last);
	if (fid != SMC_RMI_RTT_READ_ENTRY && last.x[4] != sent)
		abi_fail(__FILE__, __LINE__, "X4 after the call", last.x[4], sent);
	for (unsigned int i = 7; i < 18; i++)
		if (last.x[i] != 0xdead00000000UL + i)
			abi_fail(__FILE__, __LINE__, "X7 to X17 after the call",
				 last.x[i], 0xdead00000000UL + i);
	return last.x[0];
}

static uint64_t donate(uint64_t handle, uint64_t request, uint64_t list)
{
	uint64_t count = RMI_DONATE_COUNT(request), entry[512];

	EQ(RMI_DONATE_BLOCK(request), 0);
	EQ(RMI_DONATE_STATE(request), RMI_MEM_DELEGATED);
	for (uint64_t i = 0; i < count && i < 512; i++)
		entry[i] = RMI_ADDR_DESC(delegated(), 1, 0);
	abi_page_write(list, entry, count * 8);
	return RMI(OP_MEM_DONATE, handle, list, count);
}

static uint64_t reclaim(uint64_t handle, uint64_t list)
{
	uint64_t status = RMI(OP_MEM_RECLAIM, handle, list, 512), entry[512];
	uint64_t n = last.x[1];

	abi_page_read(list, entry, sizeof(entry));
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < RMI_ADDR_COUNT(entry[i]); j++)
			returned(RMI_ADDR_PA(entry[i]) + j * PAGE);
	return status;
}

uint64_t rmi_whole(uint32_t fid, const uint64_t *args)
{
	uint64_t list = ns_page(), x0 = rmi(fid, args);
	uint64_t handle = last.x[1], request = last.x[2];

	for (unsigned int i = 0; RMI_STATUS(x0) == RMI_INCOMPLETE; i++) {
		if (i == STEPS_MAX)
			abi_fail(__FILE__, __LINE__, "steps", i, 0);
		switch (RMI_RESULT_MEMREQ(x0)) {
		case RMI_MEMREQ_DONATE:
			x0 = donate(handle, request, list);
			request = last.x[2];
			break;
		case RMI_MEMREQ_RECLAIM:
			x0 = reclaim(handle, list);
			break;
		default:
			x0 = RMI(OP_CONTINUE, handle, 0);
			request = last.x[2];
		}
	}
	return x0;
}

/* ---- pages ---------------------------------------------------------------- */

static uint64_t pages(unsigned int count)
{
	if (run_count == RUNS_MAX)
		abi_fail(__FILE__, __LINE__, "page runs of a test", run_count, 0);
	runs[run_count].pa = abi_pages_alloc(count);
	runs[run_count].count = count;
	return runs[run_count++].pa;
}

static void pages_forget(uint64_t pa, unsigned int count)
{
	for (unsigned int i = 0; i < run_count; i++) {
		if (runs[i].pa != pa || runs[i].count != count)
			continue;
		abi_pages_free(pa, count);
		runs[i] = runs[--run_count];
		return;
	}
}

uint64_t ns_page(void)
{
	return pages(1);
}

uint64_t delegated_run(unsigned int count)
{
	uint64_t pa = pages(count);

	for (uint64_t at = pa; at < pa + count * PAGE; at = last.x[1])
		EQ(RMI(GRANULE_RANGE_DELEGATE, at, pa + count * PAGE), 0);
	return pa;
}

uint64_t delegated(void)
{
	return delegated_run(1);
}

void undelegate(uint64_t pa, unsigned int count)
{
	for (uint64_t at = pa; at < pa + count * PAGE; at = last.x[1])
		EQ(RMI(GRANULE_RANGE_UNDELEGATE, at, pa + count * PAGE), 0);
	pages_forget(pa, count);
}

/* It may be one of a run: then only its state changes. */
void returned(uint64_t pa)
{
	struct abi_regs kept = last;

	EQ(RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + PAGE), 0);
	pages_forget(pa, 1);
	last = kept;
}

/* Take it back, to see whether that can be done, and give it again. */
bool in_use(uint64_t pa)
{
	struct abi_regs kept = last;
	bool used = RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + PAGE) != 0;

	if (!used)
		EQ(RMI(GRANULE_RANGE_DELEGATE, pa, pa + PAGE), 0);
	last = kept;
	return used;
}

/* Everything back to NS, or say what is not; the pages of those are lost. */
static uint64_t take_back_all(void)
{
	uint64_t stuck = 0;

	while (run_count) {
		bool whole = true;

		run_count--;
		for (unsigned int i = 0; i < runs[run_count].count; i++) {
			uint64_t pa = runs[run_count].pa + i * PAGE;

			/* DELEGATED, or NS: or else somebody has it. */
			if (!RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + PAGE))
				continue;
			if (!RMI(GRANULE_RANGE_DELEGATE, pa, pa + PAGE)) {
				(void)RMI(GRANULE_RANGE_UNDELEGATE, pa, pa + PAGE);
				continue;
			}
			whole = false;
			stuck = stuck ? stuck : pa;
		}
		if (whole)
			abi_pages_free(runs[run_count].pa, runs[run_count].count);
	}
	return stuck;
}

/* ---- realms --------------------------------------------------------------- */

void realm_params(struct realm *r, unsigned int s2sz, int level,
		  unsigned int roots)
{
	memset(r, 0, sizeof(*r));
	r->rd = delegated();
	r->root = delegated_run(roots);
	r->params = ns_page();
	r->list = ns_page();
	r->p.s2sz = s2sz;
	r->p.num_bps = r->p.num_wps = 1;
	r->p.rtt_base = r->root;
	r->p.rtt_level_start = level;
	r->p.rtt_num_start = roots;
}

uint64_t realm_create(struct realm *r)
{
	abi_page_write(r->params, &r->p, sizeof(r->p));
	return RMI(REALM_CREATE, r->rd, r->params);
}

void realm_new_shape(struct realm *r, unsigned int s2sz, int level,
		     unsigned int roots)
{
	realm_params(r, s2sz, level, roots);
	EQ(realm_create(r), RMI_SUCCESS);
}

void realm_new(struct realm *r)
{
	realm_new_shape(r, 33, 1, 1);
}

void realm_tables(struct realm *r, uint64_t ipa, int level)
{
	for (int l = (int)r->p.rtt_level_start + 1; l <= level; l++) {
		uint64_t rtt = delegated();

		if (RMI(RTT_CREATE, r->rd, rtt,
			ipa & ~((1UL << RMI_LEVEL_SHIFT(l - 1)) - 1),
			(uint64_t)l) != RMI_SUCCESS)
			undelegate(rtt, 1);
	}
}

static void unmap_half(struct realm *r, uint64_t base, uint64_t top, bool data)
{
	uint64_t entry[512], flags = RMI_OADDR_LIST | RMI_OADDR_LIST_COUNT(512);

	for (uint64_t at = base, next; at < top; at = next) {
		EQ(data ? RMI(RTT_DATA_UNMAP, r->rd, at, top, flags, r->list)
			: RMI(RTT_UNPROT_UNMAP, r->rd, at, top, flags, r->list), 0);
		next = last.x[1];
		if (next <= at)
			abi_fail(__FILE__, __LINE__, "progress", next, at);
		abi_page_read(r->list, entry, sizeof(entry));
		for (uint64_t i = 0, n = last.x[3]; i < n && data; i++) {
			uint64_t pages = RMI_ADDR_COUNT(entry[i])
					 << (9 * RMI_ADDR_BLOCK(entry[i]));

			for (uint64_t j = 0; j < pages; j++)
				returned(RMI_ADDR_PA(entry[i]) + j * PAGE);
		}
	}
}

static void destroy_tables(struct realm *r, uint64_t base, uint64_t top)
{
	for (int level = 3; level > (int)r->p.rtt_level_start; level--) {
		uint64_t size = 1UL << RMI_LEVEL_SHIFT(level - 1), at = base;

		while (at < top) {
			uint64_t x0 = RMI(RTT_DESTROY, r->rd, at & ~(size - 1),
					  (uint64_t)level);
			uint64_t next = last.x[2];

			if (x0 == RMI_SUCCESS)
				returned(last.x[1]);
			at = next > at ? next : at + size;
		}
	}
}

void realm_remove(struct realm *r)
{
	uint64_t half = 1UL << (r->p.s2sz - 1);

	EQ(RMI(REALM_TERMINATE, r->rd), 0);
	unmap_half(r, 0, half, true);
	unmap_half(r, half, 2 * half, false);
	destroy_tables(r, 0, half);
	destroy_tables(r, half, 2 * half);
	EQ(RMI_WHOLE(REALM_DESTROY, r->rd), 0);
}

uint64_t rec_create(struct realm *r, uint64_t mpidr, uint64_t flags,
		    uint64_t *rec)
{
	struct rmi_rec_params p = { .flags = flags, .mpidr = mpidr };
	uint64_t params = ns_page();

	abi_page_write(params, &p, sizeof(p));
	*rec = delegated();
	return RMI_WHOLE(REC_CREATE, r->rd, *rec, params);
}

void rec_destroy(uint64_t rec)
{
	EQ(RMI_WHOLE(REC_DESTROY, rec), 0);
}

/* ---- realms that run ------------------------------------------------------ */

static void populate(struct vm *vm, uint64_t ipa, const void *content,
		     size_t size)
{
	uint64_t data = delegated(), src = ns_page();

	if (size)
		abi_page_write(src, content, size);
	EQ(RMI(RTT_DATA_MAP_INIT, vm->realm.rd, data, ipa, src,
	       RMI_DATA_MAP_INIT_MEASURE), 0);
	if (ipa == GUEST_REPORT)
		vm->report = data;
}

/* vm->realm is there already. */
void vm_up_realm(struct vm *vm, const struct step *steps, unsigned int count)
{
	const void *code;
	size_t size;

	code = abi_guest_code(&size);
	realm_tables(&vm->realm, 0, 3);
	populate(vm, GUEST_CODE, code, size);
	populate(vm, GUEST_STEPS, steps, count * sizeof(*steps));
	populate(vm, GUEST_REPORT, NULL, 0);
	populate(vm, GUEST_BUFFER, NULL, 0);
	EQ(rec_create(&vm->realm, 0, RMI_REC_F_RUNNABLE, &vm->rec), 0);
	EQ(RMI(REALM_ACTIVATE, vm->realm.rd), 0);
	vm->run_pa = ns_page();
}

void vm_up(struct vm *vm, const struct step *steps, unsigned int count)
{
	memset(vm, 0, sizeof(*vm));
	realm_new(&vm->realm);
	vm_up_realm(vm, steps, count);
}

void vm_down(struct vm *vm)
{
	rec_destroy(vm->rec);
	realm_remove(&vm->realm);
}

uint64_t vm_enter_once(struct vm *vm)
{
	uint64_t status;

	abi_page_write(vm->run_pa, &vm->run, sizeof(vm->run));
	status = RMI(REC_ENTER, vm->rec, vm->run_pa);
	abi_page_read(vm->run_pa, &vm->run, sizeof(vm->run));
	vm->run.enter.flags &= RMI_ENTER_TRAP_WFI | RMI_ENTER_TRAP_WFE;
	return status;
}

uint64_t vm_enter(struct vm *vm, uint64_t flags)
{
	uint64_t status;

	vm->run.enter.flags = flags;
	for (unsigned int i = 0; i < IRQS_MAX; i++) {
		status = vm_enter_once(vm);
		if (status || (vm->run.exit.exit_reason != RMI_EXIT_IRQ &&
			       vm->run.exit.exit_reason != RMI_EXIT_FIQ))
			return status;
	}
	abi_fail(__FILE__, __LINE__, "interrupt exits in a row", IRQS_MAX, 0);
}

const uint64_t *vm_report(struct vm *vm, unsigned int step, uint64_t flags)
{
	EQ(vm_enter(vm, flags), RMI_SUCCESS);
	EQ(vm->run.exit.exit_reason, RMI_EXIT_HOST_CALL);
	EQ(vm->run.exit.imm, step);
	return (const uint64_t *)vm->run.exit.gprs;
}

/* ---- all of them ---------------------------------------------------------- */

static int run(unsigned int n)
{
	volatile int result = setjmp(out);
	uint64_t stuck;

	if (result == PASSED)
		tests[n].test();
	stuck = take_back_all();
	if (result == PASSED && stuck) {
		snprintf(reason, sizeof(reason), "page 0x%llx did not come back",
			 (unsigned long long)stuck);
		result = FAILED;
	}
	return result;
}

int main(int argc, char **argv)
{
	const char *why = abi_open();
	unsigned int failed = 0;

	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	printf("1..%u\n", test_count);
	for (unsigned int i = 0; i < test_count; i++) {
		int result = PASSED;

		if (argc > 1 && !strstr(tests[i].name, argv[1]))
			continue;
		result = run(i);
		failed += result == FAILED;
		printf("%sok %u - %s%s%s\n", result == FAILED ? "not " : "",
		       i + 1, tests[i].name,
		       result == SKIPPED ? " # SKIP " : "",
		       result == SKIPPED ? reason : "");
		if (result == FAILED)
			printf("# %s\n", reason);
		fflush(stdout);
	}
	abi_close();
	return failed != 0;
}
