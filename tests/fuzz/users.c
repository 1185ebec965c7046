// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users do: the commands of /dev/cca without their arguments' copying, on
 * a few of each kind of object. Granules and host pages are also taken without
 * an object, so that the ledger sees more than objects need.
 */
#include "object.h"
#include "world.h"

#define GRANTS		8
#define PAGES		4
#define REALMS		2
#define MEMORIES	2
#define ACCOUNTS	2
#define IPA_TOP		(1ULL << 22)	/* of what is used of a realm */

struct grant {
	struct cca_account *account;	/* NULL: empty */
	phys_addr_t pa;
	unsigned long count;
	struct cca_memory *memory;	/* held, as a region holds it */
};

static struct cca_account accounts[ACCOUNTS];
static struct grant grants[GRANTS];
static void *host_pages[PAGES];
static struct cca_realm *realms[REALMS];
static struct cca_memory *memories[MEMORIES];

/* -------------------------------------------------- granules without an object */

static void give_back(struct grant grant)
{
	if (cca_granules_put(grant.account, grant.pa, grant.count))
		fuzz_broken("granules of an account are not taken back");
	/* Once more: nobody's now, so nothing happens. */
	if (!driver_together() && cca_granules_put(grant.account, grant.pa, grant.count) !=
	    grant.count)
		fuzz_broken("granules are taken back twice");
	if (grant.memory)
		cca_memory_put(grant.memory);
}

static void do_get(void)
{
	static const uint8_t orders[] = { 0, 0, 1, 2, 3, 4, 9, 10 };
	unsigned int i = input_op() % GRANTS, how = input_op();
	struct grant grant = {
		.account = &accounts[how / 8 % ACCOUNTS],
		.count = 1UL << orders[how % 8],
		.memory = how >= 192 ? memories[0] : NULL,
	};
	struct cca_outcome out = {};
	int ret;

	if (grants[i].account)
		return;
	if (grant.memory)
		cca_memory_get(grant.memory);
	ret = cca_granules_get(grant.memory ? grant.memory->pool : NULL,
			       grant.account, orders[how % 8], &grant.pa, &out);
	if (ret) {
		if (grant.memory)
			cca_memory_put(grant.memory);
		return;
	}
	if (grant.pa & (grant.count * PAGE_SIZE - 1))
		fuzz_broken("granules that are not aligned");
	if (!cca_granules_owned(grant.account, grant.pa, grant.count))
		fuzz_broken("granules that were got are not owned");
	/* Another task may have been faster. */
	if (grants[i].account)
		give_back(grant);
	else
		grants[i] = grant;
}

/* Take a grant off the table, or the front half of one. */
static struct grant take(bool part)
{
	struct grant *grant = &grants[input_op() % GRANTS];
	struct grant taken = *grant;

	if (taken.account && part && taken.count > 1) {
		taken.memory = NULL;
		taken.count /= 2;
		grant->pa += taken.count * PAGE_SIZE;
		grant->count -= taken.count;
	} else {
		grant->account = NULL;
	}
	return taken;
}

static void do_put(bool part)
{
	struct grant grant = take(part);

	if (grant.account)
		give_back(grant);
}

/* The object that these are part of stays with the RMM. */
static void it_keeps(const struct grant *grant)
{
	for (unsigned long n = 0; n < grant->count; n++)
		page_set(page_of(grant->pa + n * PAGE_SIZE), HAS_TAKEN, 0, KIND_OBJECT);
}

static void do_leak(void)
{
	struct grant grant = take(false);

	if (!grant.account)
		return;
	driver_disturbed();
	it_keeps(&grant);
	cca_granules_leak(grant.account, grant.pa, grant.count, CCA_LEAK_DESTROY);
	if (grant.memory)
		cca_memory_put(grant.memory);
}

static void do_leak_all(void)
{
	struct cca_account *account = &accounts[input_op() % ACCOUNTS];

	if (driver_together())
		return;
	for (unsigned int i = 0; i < GRANTS; i++)
		if (grants[i].account == account)
			it_keeps(&grants[i]);
	cca_account_leak(account, CCA_LEAK_SRO);
	if (atomic64_read(&account->in_use))
		fuzz_broken("an account that leaked all has some left");
	for (unsigned int i = 0; i < GRANTS; i++) {
		if (grants[i].account != account)
			continue;
		driver_disturbed();
		grants[i].account = NULL;
		if (grants[i].memory)
			cca_memory_put(grants[i].memory);
	}
}

static void do_page_get(void)
{
	unsigned int i = input_op() % PAGES;
	uint64_t *page;

	if (host_pages[i])
		return;
	page = cca_page_get();
	if (!page)
		return;
	for (unsigned int n = 0; n < PAGE_SIZE / 8; n++)
		if (page[n])
			fuzz_broken("a host page that is not zero");
	if (host_pages[i]) {
		cca_page_put(page);
		return;
	}
	memset(page, 0xa5, PAGE_SIZE);
	host_pages[i] = page;
}

static void do_page_put(void)
{
	unsigned int i = input_op() % PAGES;
	uint8_t *page = host_pages[i];

	host_pages[i] = NULL;
	for (unsigned int n = 0; page && n < PAGE_SIZE; n++)
		if (page[n] != 0xa5)
			fuzz_broken("somebody wrote to a host page");
	cca_page_put(page);
}

/* --------------------------------------------------------------------- objects */

static const char * const names[] = { "", "a", "b", "no name", "a" };
static const char no_name[CCA_NAME_SIZE];

/* `named`: it may have a name and stay when nobody holds it. */
static void do_memory(bool named)
{
	unsigned int i = input_op() % MEMORIES, how = input_op();
	unsigned int kind = named ? input_op() : 0;
	struct cca_delegate arg = {
		.block_size = how & 1 ? SZ_2M : PAGE_SIZE,
		.length = ((how >> 1) + 1) * (how & 1 ? SZ_2M : 3 * PAGE_SIZE),
		.flags = kind & 16 ? CCA_MEMORY_F_PERSIST : 0,
	};
	struct cca_memory *memory;

	strcpy(arg.name, names[kind % 16 % ARRAY_SIZE(names)]);
	if (memories[i] || cca_memory_create(&arg, &memory))
		return;
	if (arg.out_done != arg.length || !arg.out_id ||
	    (!driver_together() && cca_pool_free(memory->pool) !=
	     arg.length / PAGE_SIZE))
		fuzz_broken("a memory that is not what was asked for");
	cca_memory_publish(memory, arg.flags);
	if (memories[i])
		cca_memory_put(memory);
	else
		memories[i] = memory;
}

/* By name, or the next by id. */
static void do_open(void)
{
	unsigned int i = input_op() % MEMORIES, how = input_op();
	struct cca_outcome out = {};
	struct cca_memory *memory;
	char name[CCA_NAME_SIZE] = "";
	u32 id = 0;

	if (how & 1)
		id = cca_memory_next(how >> 1);
	else
		strcpy(name, names[how / 2 % ARRAY_SIZE(names)]);
	if (memories[i] || cca_memory_open(name, id, &memory, &out))
		return;
	if (memories[i])
		cca_memory_put(memory);
	else
		memories[i] = memory;
}

static void do_unname(void)
{
	struct cca_memory *memory = memories[input_op() % MEMORIES];

	if (!memory)
		return;
	cca_memory_get(memory);
	cca_memory_destroy(memory);
	cca_memory_put(memory);
}

static void do_memory_put(void)
{
	unsigned int i = input_op() % MEMORIES;
	struct cca_memory *memory = memories[i];

	memories[i] = NULL;
	if (memory)
		cca_memory_put(memory);
}

/* By so much the length has changed as was said, and there are the granules. */
static void do_resize(bool grow)
{
	struct cca_memory *memory = memories[input_op() % MEMORIES];
	u64 length = 1 + input_op() % 16, before, done = 0;
	struct cca_outcome out = {};
	int ret;

	if (!memory)
		return;
	cca_memory_get(memory);
	length *= memory->block_size;
	before = memory->length;
	if (grow)
		ret = cca_memory_grow(memory, length, &done, &out);
	else
		ret = cca_memory_shrink(memory, length, &done, &out);
	if (done > length || done % PAGE_SIZE || (!ret && done != length))
		fuzz_broken("%s by %llu of %llu, and says %d", grow ? "grew" : "shrank",
			    done, length, ret);
	if (!driver_together() && memory->length != (grow ? before + done : before - done))
		fuzz_broken("the length of a memory did not change by what was said");
	if (ret && ret != -EINTR && !out.reason)
		fuzz_broken("error %d without a reason", ret);
	cca_memory_put(memory);
}

/* `named`: it may have a name and stay when nobody holds it. */
static void do_realm(bool named)
{
	static const uint8_t bits[] = { 33, 40, 32, 48, 41 };
	unsigned int i = input_op() % REALMS, how = input_op();
	unsigned int kind = named ? input_op() : 0;
	struct cca_realm_create arg = {
		.ipa_bits = bits[how % ARRAY_SIZE(bits)],
		.hash = how / 8 % 4,
		.recs_max = kind / 32,
	};
	struct cca_outcome out = {};
	struct cca_realm *realm;

	strcpy(arg.name, names[kind % 16 % ARRAY_SIZE(names)]);
	if (realms[i] || cca_realm_create(&arg, &realm, &out))
		return;
	if (named)
		cca_realm_publish(realm, kind & 16 ? CCA_REALM_F_PERSIST : 0);
	if (realms[i])
		cca_realm_put(realm);
	else
		realms[i] = realm;
}

/* By name, or the next by id. */
static void do_realm_open(void)
{
	unsigned int i = input_op() % REALMS, how = input_op();
	struct cca_outcome out = {};
	struct cca_realm *realm;
	char name[CCA_NAME_SIZE] = "";
	struct cca_rec *rec;
	u32 id = 0;

	if (how & 1)
		id = cca_realm_next(how >> 1);
	else
		strcpy(name, names[how / 2 % ARRAY_SIZE(names)]);
	if (realms[i] || cca_realm_open(name, id, &realm, &out))
		return;
	if (!cca_rec_open(realm, how % 3, &rec, &out) &&
	    (rec->realm != realm || rec->index != how % 3))
		fuzz_broken("a REC that is not the one that was asked for");
	if (realms[i])
		cca_realm_put(realm);
	else
		realms[i] = realm;
}

/* A realm for the time of an action. */
static struct cca_realm *realm_get(unsigned int i)
{
	struct cca_realm *realm = realms[i % REALMS];

	if (realm)
		cca_realm_get(realm);
	return realm;
}

static u64 an_ipa(unsigned int how)
{
	return (u64)how * 0x11000 % IPA_TOP;
}

/* The other half, where memory of the caller is shared and taken back. */
static u64 a_shared_ipa(const struct cca_realm *realm, unsigned int how)
{
	return cca_realm_private_top(realm) + an_ipa(how);
}

static void do_share(struct cca_realm *realm, unsigned int at, unsigned int length)
{
	struct cca_mem_add add = {
		.flags = CCA_MEM_F_SHARED | (length & 4 ? CCA_MEM_F_READONLY : 0),
		.ipa = a_shared_ipa(realm, at & 0x30),
		.length = length & 2 ? 2 * SZ_2M : (1 + (length >> 3)) * PAGE_SIZE,
		.source = length & 1 ? PAGE_SIZE : 0,
	};
	struct cca_mem_remove remove = { .ipa = add.ipa, .length = add.length };
	struct cca_outcome out = {};
	int ret;

	if ((at & 0x48) == 0x48) {
		lender_ends();
		return;
	}
	if (at & 0x40)
		ret = cca_shared_remove(realm, &remove, &out);
	else
		ret = cca_shared_add(realm, &add, &out);
	if (ret == -EIO && driver_honest())
		fuzz_broken("an honest RMM and an I/O error");
}

static void do_region(struct cca_realm *realm)
{
	unsigned int at = input_op(), length = input_op();
	struct cca_memory *memory = length & 1 ? memories[0] : NULL;
	struct cca_outcome out = {};

	if ((at & 0x81) == 0x80) {
		do_share(realm, at, length);
		return;
	}
	if (memory)
		cca_memory_get(memory);
	if (cca_region_add(realm, at & 1 ? an_ipa(at) : 0,
			   length & 2 ? SZ_2M : (length >> 2) * PAGE_SIZE, 0,
			   memory, &out) == -EIO && driver_honest())
		fuzz_broken("an honest RMM and an I/O error");
	if (memory)
		cca_memory_put(memory);
}

static void do_populate(struct cca_realm *realm)
{
	struct cca_populate arg = {
		.ipa = an_ipa(input_op()),
		.length = (1 + input_op() % 4) * PAGE_SIZE,
		.flags = CCA_POPULATE_F_MEASURE,
		.source = PAGE_SIZE,
	};
	int ret = cca_region_populate(realm, &arg);

	if (!ret && arg.out_done != arg.length)
		fuzz_broken("populated, and not all of it");
}

static void do_fault(struct cca_realm *realm)
{
	unsigned int how = input_op();
	u64 ipa = an_ipa(how);
	struct cca_outcome out = {};
	struct cca_region *region;
	bool cured;
	int ret;

	if (cca_realm_lock(realm))
		return;
	if (realm->state == CCA_REALM_ACTIVE && (how & 0x81) == 0x80) {
		ret = cca_shared_fault(realm, a_shared_ipa(realm, how & 0x7e),
				       how & 2, &cured, &out);
		cca_realm_result(realm, ret, &out);
	}
	region = cca_region_find(realm, ipa);
	if (realm->state == CCA_REALM_ACTIVE && region) {
		ret = cca_private_fault(realm, region, ipa, ipa & PAGE_SIZE ? 7 : 6,
					&cured, &out);
		cca_realm_result(realm, ret, &out);
	}
	mutex_unlock(&realm->lock);
}

static void do_prefault(struct cca_realm *realm)
{
	unsigned int at = input_op();
	struct cca_prefault arg = {
		.ipa = at & 1 ? an_ipa(at) : 0,
		.length = (1 + input_op() % 8) * PAGE_SIZE,
	};
	int ret = cca_region_prefault(realm, &arg);

	if (arg.out_done > arg.length || (!ret && arg.out_done != arg.length))
		fuzz_broken("mapped in advance, and not all of it");
}

/* No REC ever ran here, so an honest RMM refuses. */
static void do_ripas(struct cca_realm *realm)
{
	u64 base = an_ipa(input_op()), next;
	struct cca_outcome out = {};
	struct cca_rec *rec;
	int ret;

	if (cca_realm_lock(realm))
		return;
	rec = xa_load(&realm->recs, 0);
	if (realm->state == CCA_REALM_ACTIVE && rec && rec->pa) {
		ret = cca_rtt_set_ripas(realm, rec->pa, base, base + 0x4000,
					RMI_RIPAS_EMPTY, &next, &out);
		cca_realm_result(realm, ret, &out);
		if (next < base || next > base + 0x4000)
			fuzz_broken("a RIPAS change went past its end");
	}
	mutex_unlock(&realm->lock);
}

static void do_rec(struct cca_realm *realm)
{
	struct cca_rec_create arg = { .flags = CCA_REC_F_RUNNABLE };
	struct cca_outcome out = {};
	struct cca_rec *rec;

	if (cca_rec_create(realm, &arg, &rec, &out))
		return;
}

static void on_realm(unsigned int what)
{
	struct cca_realm *realm = realm_get(input_op());
	struct cca_outcome out = {};

	if (!realm)
		return;
	switch (what) {
	case DO_REGION:
		do_region(realm);
		break;
	case DO_POPULATE:
		do_populate(realm);
		break;
	case DO_ACTIVATE:
		cca_realm_activate(realm, &out);
		break;
	case DO_FAULT:
		do_fault(realm);
		break;
	case DO_PREFAULT:
		do_prefault(realm);
		break;
	case DO_RIPAS:
		do_ripas(realm);
		break;
	case DO_REC:
		do_rec(realm);
		break;
	case DO_TERMINATE:
		cca_realm_terminate(realm, &out);
		break;
	default:
		cca_realm_destroy(realm, &out);
	}
	cca_realm_put(realm);
}

static void do_realm_put(void)
{
	unsigned int i = input_op() % REALMS;
	struct cca_realm *realm = realms[i];

	realms[i] = NULL;
	if (realm)
		cca_realm_put(realm);
}

/* ---------------------------------------------------------------------- doors */

/* As chardev.c passes the gate: before a command, and before a close. */
static bool enter(void)
{
	struct cca_outcome out = {};

	if (cca_power_enter())
		return false;
	if (!cca_rmm_usable(&out))
		return true;
	cca_power_leave();
	return false;
}

void user_command(unsigned int what)
{
	if (!enter())
		return;
	switch (what) {
	case DO_GET:
		do_get();
		break;
	case DO_PAGE_GET:
		do_page_get();
		break;
	case DO_MEMORY:
	case DO_NAMED:
		do_memory(what == DO_NAMED);
		break;
	case DO_OPEN:
		do_open();
		break;
	case DO_UNNAME:
		do_unname();
		break;
	case DO_REALM:
	case DO_NAMED_REALM:
		do_realm(what == DO_NAMED_REALM);
		break;
	case DO_REALM_OPEN:
		do_realm_open();
		break;
	case DO_GROW:
	case DO_SHRINK:
		do_resize(what == DO_GROW);
		break;
	default:
		on_realm(what);
	}
	cca_power_leave();
}

void user_close(unsigned int what)
{
	cca_power_hold();
	switch (what) {
	case DO_PUT:
	case DO_PUT_PART:
		do_put(what == DO_PUT_PART);
		break;
	case DO_LEAK:
		do_leak();
		break;
	case DO_LEAK_ALL:
		do_leak_all();
		break;
	case DO_PAGE_PUT:
		do_page_put();
		break;
	case DO_MEMORY_PUT:
		do_memory_put();
		break;
	default:
		do_realm_put();
	}
	cca_power_leave();
}

/* --------------------------------------------------------------- who looks on */

#define FLIGHTS		4

/* What anybody may ask at any time. */
void user_look(void)
{
	struct cca_sro_flight flights[FLIGHTS];
	unsigned int n = cca_sro_list(flights, FLIGHTS);
	struct cca_memory_info memory;
	struct cca_realm_info realm;
	struct cca_smc_counter calls;
	struct cca_info info = {};

	if (n > FLIGHTS || (n && !driver_together()))
		fuzz_broken("%u operations are under way", n);
	while (n--)
		if (!flights[n].step || !*flights[n].step || !flights[n].fid)
			fuzz_broken("an operation that is none");
	for (unsigned int i = 0; i < MEMORIES; i++)
		if (memories[i])
			cca_memory_info(memories[i], &memory);
	for (unsigned int i = 0; i < REALMS; i++)
		if (realms[i])
			cca_realm_info(realms[i], &realm);
	cca_limits_read(&info);
	cca_realm_limits(&info);
	cca_smc_count(0x1f1, &calls);
	cca_arenas_show(NULL);
}

/* All memory objects, each once: those that only a region or a grant holds, too. */
static unsigned int all_memories(const struct cca_memory **all, unsigned int max)
{
	const struct cca_region *region;
	struct cca_outcome out = {};
	struct cca_memory *memory;
	unsigned int n = 0;

#define ADD(m) do {							\
	unsigned int k_;						\
	for (k_ = 0; k_ < n && all[k_] != (m); k_++)			\
		;							\
	if ((m) && k_ == n && n < max)					\
		all[n++] = (m);						\
} while (0)
	for (unsigned int i = 0; i < MEMORIES; i++)
		ADD(memories[i]);
	for (unsigned int i = 0; i < GRANTS; i++)
		if (grants[i].account)
			ADD(grants[i].memory);
	for (unsigned int i = 0; i < REALMS; i++)
		if (realms[i])
			list_for_each_entry(region, &realms[i]->regions, node)
				ADD(region->memory);
	/* And those that nobody holds: user 0 sees all. */
	for (u32 id = 0; (id = cca_memory_next(id)); ) {
		if (cca_memory_open(no_name, id, &memory, &out))
			fuzz_broken("a memory is listed that cannot be opened");
		ADD(memory);
		cca_memory_put(memory);
	}
#undef ADD
	return n;
}

static void check_memory(const struct cca_memory *memory)
{
	uint64_t usable, leaked;
	u64 length = memory->length / PAGE_SIZE;

	ledger_count_pool(memory->pool, &usable, &leaked);
	if (usable > length)
		fuzz_broken("a memory of %llu granules has %lu", length, usable);
	/* At its end the kernel gives all back, and the objects stay. */
	if (usable + leaked < length && !driver_ended())
		fuzz_broken("a memory of %llu granules has %lu, and %lu are lost",
			    length, usable, leaked);
}

/* Users are charged for what was delegated in their names, and nothing else. */
void users_check(void)
{
	const struct cca_memory *all[MEMORIES + GRANTS + REALMS * 8 + FUZZ_XA_SLOTS];
	unsigned int n = all_memories(all, ARRAY_SIZE(all));
	u64 charged = 0, has = ledger_count_charged();
	struct cca_info info = {};

	for (unsigned int i = 0; i < n; i++) {
		check_memory(all[i]);
		has += all[i]->length / PAGE_SIZE;
	}
	for (int id = 0; id < 2; id++) {
		module_as_user(id);
		cca_limits_read(&info);
		charged += info.out_user_granules;
	}
	module_as_user(-1);
	if (charged != has)
		fuzz_broken("users are charged for %llu granules, and have %llu",
			    charged, has);
	user_look();
}

/* -------------------------------------------------------------- begin and end */

void users_begin(void)
{
	memset(accounts, 0, sizeof(accounts));
	memset(grants, 0, sizeof(grants));
	memset(host_pages, 0, sizeof(host_pages));
	memset(realms, 0, sizeof(realms));
	memset(memories, 0, sizeof(memories));
}

bool users_hold_granules(void)
{
	for (unsigned int i = 0; i < GRANTS; i++)
		if (grants[i].account)
			return true;
	return false;
}

bool users_hold_anything(void)
{
	for (unsigned int i = 0; i < REALMS; i++)
		if (realms[i])
			return true;
	for (unsigned int i = 0; i < MEMORIES; i++)
		if (memories[i])
			return true;
	for (unsigned int i = 0; i < PAGES; i++)
		if (host_pages[i])
			return true;
	return users_hold_granules() || module_references();
}

/* What has a name and no holder goes too. */
static void let_names_go(void)
{
	for (u32 id = 0; (id = cca_realm_next(id)); ) {
		struct cca_outcome out = {};
		struct cca_realm *realm;

		if (cca_realm_open(no_name, id, &realm, &out))
			fuzz_broken("a realm is listed that cannot be opened");
		cca_realm_destroy(realm, &out);
		driver_check();
		cca_realm_put(realm);
	}
	for (u32 id = 0; (id = cca_memory_next(id)); ) {
		struct cca_outcome out = {};
		struct cca_memory *memory;

		if (cca_memory_open(no_name, id, &memory, &out))
			fuzz_broken("a memory is listed that cannot be opened");
		cca_memory_destroy(memory);
		cca_memory_put(memory);
	}
}

void users_let_go(void)
{
	struct cca_outcome out = {};

	for (unsigned int i = 0; i < GRANTS; i++) {
		struct grant grant = grants[i];

		grants[i].account = NULL;
		if (grant.account)
			give_back(grant);
	}
	for (unsigned int i = 0; i < REALMS; i++) {
		struct cca_realm *realm = realms[i];

		if (!realm)
			continue;
		cca_realm_destroy(realm, &out);
		driver_check();
		realms[i] = NULL;
		cca_realm_put(realm);
	}
	for (unsigned int i = 0; i < PAGES; i++)
		cca_page_put(host_pages[i]);
	driver_check();
	for (unsigned int i = 0; i < MEMORIES; i++) {
		struct cca_memory *memory = memories[i];

		memories[i] = NULL;
		if (memory)
			cca_memory_put(memory);
	}
	let_names_go();
	driver_check();
}
