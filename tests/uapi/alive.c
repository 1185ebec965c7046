// SPDX-License-Identifier: GPL-2.0-only
/*
 * Realms that are found by their name or id, and realms that stay when their
 * creator goes. The rules of names are those of memory: uapi-named asks for all
 * of them there, and here that they hold for realms too.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMED(x)	struct cca_realm_##x
#define NAMED_OPEN	CCA_REALM_OPEN
#define NAMED_NEXT	CCA_REALM_NEXT
#define NAMED_INFO(fd)	h_realm_info(fd)

#include "names.h"
#include "rmm.h"

#define SIZE		(4 * T_BLOCK)

static int destroy(int realm)
{
	struct cca_realm_op op = {};

	t_ok(realm, CCA_DESTROY, &op);
	return close(realm);
}

/* Whatever a test before this one left behind. */
static int start(void)
{
	struct cca_realm_op op;
	int dev = t_open(), realm;
	uint32_t id;

	while ((id = next(dev, 0))) {
		realm = open_id(dev, id);
		op = (struct cca_realm_op){};
		t_ok(realm, CCA_TERMINATE, &op);
		destroy(realm);
	}
	return dev;
}

static struct cca_realm_create ask(const char *name, uint32_t flags)
{
	struct cca_realm_create create = { .flags = flags, .ipa_bits = H_IPA_BITS };

	memcpy(create.name, name, strnlen(name, sizeof(create.name)));
	return create;
}

static void not_made(int dev, const char *name, int error, int reason)
{
	struct cca_realm_create create = ask(name, CCA_REALM_F_PERSIST);
	struct cca_info before = h_info(dev), after;

	t_err(error, reason, dev, CCA_REALM_CREATE, &create);
	T_EQ(create.out_fd, -1);
	T_EQ(create.out_id, 0);
	T_EQ(create.out.rmi_calls, 0);
	after = h_info(dev);
	T_EQ(after.out_realms, before.out_realms);
	T_EQ(after.out_ledger.in_use, before.out_ledger.in_use);
}

/* ---------------------------------------------------------------- looking up */

TEST(a_realm_is_found_by_its_name_and_by_its_id)
{
	int dev = start(), realm = h_realm_named(dev, "some", 0), other;
	struct cca_realm_info info = h_realm_info(realm);

	T_ASSERT(info.out_id);
	T_EQ(info.out_flags, 0);
	T_EQ(info.out_owner, 0);
	T_EQ(info.out_users, 1);
	T_ASSERT(!strcmp(info.out_name, "some"));
	other = open_name(dev, "some");
	T_EQ(h_realm_info(other).out_id, info.out_id);
	T_EQ(h_realm_info(realm).out_users, 2);
	close(realm);
	realm = open_id(dev, info.out_id);
	T_EQ(h_realm_info(realm).out_id, info.out_id);
	T_EQ(h_info(dev).out_realms, 1);
	not_opened(dev, 0, "som", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, info.out_id + 1, "", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, UINT32_MAX, "", ENOENT, CCA_REASON_NOT_FOUND);
	/* Both, neither. */
	not_opened(dev, info.out_id, "some", EINVAL, CCA_REASON_NAME);
	not_opened(dev, 0, "", EINVAL, CCA_REASON_NAME);
}

TEST(realms_and_memory_have_names_of_their_own)
{
	struct cca_delegate delegate = {
		.length = T_PAGE, .block_size = T_PAGE, .name = "both",
	};
	int dev = start(), realm = h_realm_named(dev, "both", 0);

	t_ok(dev, CCA_DELEGATE, &delegate);
	close(open_name(dev, "both"));
	close(realm);
	close(delegate.out_fd);
}

TEST(realms_are_listed_in_order_and_ids_are_not_used_again)
{
	int dev = start(), realms[4], i;
	uint32_t ids[4], id = 0;

	T_EQ(next(dev, 0), 0);
	for (i = 0; i < 4; i++) {
		realms[i] = h_realm_named(dev, i == 2 ? "two" : "", i == 3 ? CCA_REALM_F_PERSIST : 0);
		ids[i] = h_realm_info(realms[i]).out_id;
		T_ASSERT(!i || ids[i] > ids[i - 1]);
	}
	for (i = 0; i < 4; i++) {
		id = next(dev, id);
		T_EQ(id, ids[i]);
	}
	T_EQ(next(dev, id), 0);
	T_EQ(next(dev, UINT32_MAX), 0);
	close(realms[2]);
	T_EQ(next(dev, ids[1]), ids[3]);
	destroy(realms[3]);
	T_EQ(next(dev, ids[1]), 0);
	i = h_realm_named(dev, "", 0);
	T_ASSERT(h_realm_info(i).out_id > ids[3]);
}

/* --------------------------------------------------------------------- names */

TEST_SECONDS(R09_a_name_has_every_byte_that_it_may_have_and_no_other, 60)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	char name[CCA_NAME_SIZE + 1] = "";
	struct cca_realm_create create;
	unsigned int byte, first;
	int dev = start();
	bool fits;

	for (byte = 1; byte < 256; byte++) {
		for (first = 0; first < 2; first++) {
			strcpy(name, "aa");
			name[!first] = (char)byte;
			fits = strchr(good, (int)byte) ||
			       (!first && strchr("0123456789.-", (int)byte));
			if (!fits) {
				not_made(dev, name, EINVAL, CCA_REASON_NAME);
				not_opened(dev, 0, name, EINVAL, CCA_REASON_NAME);
				continue;
			}
			close(h_realm_named(dev, name, 0));
		}
	}
	memset(name, 'n', CCA_NAME_SIZE);
	not_made(dev, name, EINVAL, CCA_REASON_NAME);
	name[CCA_NAME_SIZE - 1] = '\0';
	close(h_realm_named(dev, name, 0));
	/* Something behind the end. */
	create = ask("a", 0);
	create.name[CCA_NAME_SIZE - 1] = 'b';
	t_err(EINVAL, CCA_REASON_NAME, dev, CCA_REALM_CREATE, &create);
}

TEST(a_name_is_given_once_and_free_when_its_realm_is_destroyed)
{
	int dev = start(), first = h_realm_named(dev, "mine", CCA_REALM_F_PERSIST), second;
	struct cca_realm_op op = {};
	uint32_t id = h_realm_info(first).out_id;

	not_made(dev, "mine", EEXIST, CCA_REASON_NAME_TAKEN);
	t_ok(first, CCA_DESTROY, &op);
	not_opened(dev, id, "", ENOENT, CCA_REASON_NOT_FOUND);
	T_EQ(next(dev, 0), 0);
	T_EQ(h_realm_info(first).out_state, CCA_REALM_DESTROYED);
	T_EQ(h_realm_info(first).out_name[0], 0);
	T_EQ(h_realm_info(first).out_users, 1);
	second = h_realm_named(dev, "mine", 0);
	t_err(ESTALE, CCA_REASON_TERMINATED, first, CCA_DESTROY, &op);
	/* Who destroys the first again does nothing to the second. */
	close(open_name(dev, "mine"));
	close(first);
	close(second);
	close(h_realm_named(dev, "mine", 0));
}

/* The descriptor, or -errno. */
static void *make_common(void *dev)
{
	struct cca_realm_create create = ask("common", CCA_REALM_F_PERSIST);
	long error;

	create.size = sizeof(create);
	error = t_ioctl(*(int *)dev, CCA_REALM_CREATE, &create);
	return (void *)(error ? error : create.out_fd);
}

TEST_SECONDS(of_those_who_ask_for_a_name_at_once_one_gets_it, 60)
{
	int dev = start(), round, realm;

	for (round = 0; round < 20; round++) {
		realm = one_of_eight(dev, make_common);
		T_EQ(h_info(dev).out_realms, 1);
		destroy(realm);
	}
}

/* --------------------------------------------------------------- persistence */

static void build_hello(int unused, uint32_t id)
{
	struct h_guest guest;

	h_load_named(&guest, "kept", "hello", SIZE, -1, NULL);
}

static void activate_kept(int dev, uint32_t id)
{
	h_activate(open_name(dev, "kept"));
}

static void run_kept(int unused, uint32_t id)
{
	struct h_guest guest;

	h_guest_open(&guest, "kept");
	h_run_to_end(&guest, 0);
	T_ASSERT(strstr(guest.console, "Hello from a realm."));
}

/* Each step by a process that ends after it. */
TEST(R32_a_persistent_realm_outlives_all_who_made_it)
{
	int dev = start(), realm;
	struct cca_realm_info info;

	h_as(0, build_hello, dev, 0);
	T_EQ(h_info(dev).out_realms, 1);
	h_as(0, activate_kept, dev, 0);
	h_as(0, run_kept, dev, 0);
	realm = open_name(dev, "kept");
	info = h_realm_info(realm);
	T_EQ(info.out_flags, CCA_REALM_F_PERSIST);
	T_EQ(info.out_state, CCA_REALM_SYSTEM_OFF);
	T_EQ(info.out_users, 1);
	T_EQ(info.out_recs, 1);
	T_EQ(info.out_ram, SIZE);
	T_EQ(info.out_ram_base, H_RAM);
	T_EQ(info.out_ram_top, H_RAM + SIZE);
	T_EQ(info.out_ram_regions, 1);
	T_EQ(info.out_ram_backed, 0);
	T_ASSERT(info.out_private && info.out_granules);
	destroy(realm);
	T_EQ(h_info(dev).out_realms, 0);
	T_EQ(h_info(dev).out_ledger.in_use, 0);
	not_opened(dev, 0, "kept", ENOENT, CCA_REASON_NOT_FOUND);
}

TEST(R32_another_realm_goes_with_its_last_descriptor)
{
	int dev = start(), realm = h_realm_named(dev, "short", 0), rec = h_rec(realm, H_RAM, 0);

	T_EQ(h_realm_info(realm).out_users, 2);
	close(realm);
	T_EQ(h_info(dev).out_realms, 1);
	realm = open_name(dev, "short");
	close(rec);
	T_EQ(h_info(dev).out_realms, 1);
	close(realm);
	T_EQ(h_info(dev).out_realms, 0);
	not_opened(dev, 0, "short", ENOENT, CCA_REASON_NOT_FOUND);
}

/* One for each state in which a realm can be. */
TEST(R32_a_persistent_realm_is_destroyed_from_every_state)
{
	struct cca_realm_op op = {};
	struct h_guest guest;
	int dev = start(), state;

	for (state = CCA_REALM_NEW; state <= CCA_REALM_TERMINATED; state++) {
		h_load_named(&guest, "any", "hello", SIZE, -1, NULL);
		if (state == CCA_REALM_ACTIVE || state == CCA_REALM_SYSTEM_OFF)
			h_activate(guest.realm);
		if (state == CCA_REALM_SYSTEM_OFF)
			h_run_to_end(&guest, 0);
		if (state == CCA_REALM_TERMINATED)
			t_ok(guest.realm, CCA_TERMINATE, &op);
		h_close(&guest);
		guest.realm = open_name(dev, "any");
		T_EQ(h_realm_info(guest.realm).out_state, state);
		destroy(guest.realm);
		T_EQ(h_info(dev).out_realms, 0);
		T_EQ(h_info(dev).out_ledger.in_use, 0);
	}
}

static void *run_and_wait(void *guest)
{
	struct cca_rec_op op = { .size = sizeof(op) };

	return (void *)(long)t_ioctl(((struct h_guest *)guest)->rec, CCA_RUN, &op);
}

TEST(R32_who_destroys_a_realm_that_runs_ends_it_first)
{
	struct cca_realm_op op = {};
	struct h_guest guest;
	int dev = start(), other;
	pthread_t thread;
	void *result;

	h_load_named(&guest, "busy", "spin", SIZE, -1, NULL);
	h_activate(guest.realm);
	/* Behind its greeting it never leaves. */
	do
		t_ok(guest.rec, CCA_RUN, &op);
	while (guest.run->exit_reason != CCA_EXIT_HOST_CALL);
	T_ASSERT(!pthread_create(&thread, NULL, run_and_wait, &guest));
	other = open_name(dev, "busy");
	while (!h_realm_info(other).out_recs_running)
		t_sleep_us(100);
	t_err(EBUSY, CCA_REASON_RUNNING, other, CCA_DESTROY, &op);
	T_EQ(h_realm_info(other).out_flags, CCA_REALM_F_PERSIST);
	close(open_name(dev, "busy"));
	t_ok(other, CCA_TERMINATE, &op);
	T_ASSERT(!pthread_join(thread, &result));
	T_EQ((long)result, 0);
	T_EQ(guest.run->exit_reason, CCA_EXIT_TERMINATED);
	destroy(other);
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_DESTROYED);
	T_EQ(h_info(dev).out_ledger.in_use, 0);
	h_close(&guest);
}

/* All of it, or nothing. */
TEST_SECONDS(R32_a_creator_that_is_killed_leaves_all_or_nothing, 120)
{
	int dev = start(), status, i, kept = 0, none = 0, realm;
	struct cca_realm_open open;
	struct cca_info state;
	pid_t child;

	for (i = 0; i < 60 || (i < 400 && (!kept || !none)); i++) {
		child = fork();
		if (!child) {
			h_realm_named(dev, "killed", CCA_REALM_F_PERSIST);
			_exit(0);
		}
		t_sleep_us(i % 40 * 100);
		kill(child, SIGKILL);
		T_EQ(waitpid(child, &status, 0), child);
		open = (struct cca_realm_open){ .size = sizeof(open), .name = "killed" };
		if (t_ioctl(dev, CCA_REALM_OPEN, &open)) {
			T_EQ(open.out.reason, CCA_REASON_NOT_FOUND);
			/* What it had so far is given back behind it. */
			T_ASSERT(t_idle(dev, &state));
			T_EQ(state.out_realms, 0);
			none++;
			continue;
		}
		realm = open.out_fd;
		T_EQ(h_realm_info(realm).out_state, CCA_REALM_NEW);
		T_EQ(h_realm_info(realm).out_users, 1);
		T_EQ(h_realm_info(realm).out_flags, CCA_REALM_F_PERSIST);
		destroy(realm);
		kept++;
	}
	t_note("%d stayed, %d did not", kept, none);
}

/* Whoever is killed in CCA_DESTROY has destroyed it, name and all. */
TEST_SECONDS(R32_a_destroyer_that_is_killed_has_begun_or_not, 120)
{
	int dev = start(), status, i, there = 0, realm;
	struct cca_realm_open open;
	struct cca_info state;
	struct h_guest guest;
	pid_t child;

	for (i = 0; i < 20; i++) {
		h_load_named(&guest, "doomed", "hello", SIZE, -1, NULL);
		h_close(&guest);
		child = fork();
		if (!child) {
			destroy(open_name(dev, "doomed"));
			_exit(0);
		}
		t_sleep_us(i * 200);
		kill(child, SIGKILL);
		T_EQ(waitpid(child, &status, 0), child);
		open = (struct cca_realm_open){ .size = sizeof(open), .name = "doomed" };
		if (!t_ioctl(dev, CCA_REALM_OPEN, &open)) {
			struct cca_realm_op op = { .size = sizeof(op) };

			/* Not begun, or on its way: then it is as good as destroyed. */
			realm = open.out_fd;
			status = t_ioctl(realm, CCA_DESTROY, &op);
			T_ASSERT(status == 0 || status == -ESTALE);
			there += !status;
			close(realm);
		}
		T_ASSERT(t_idle(dev, &state));
		T_EQ(next(dev, 0), 0);
	}
	t_note("%d of 20 were still there", there);
}

/* ------------------------------------------------------- an RMM that refuses */

TEST(R06_a_creation_that_the_rmm_refuses_leaves_no_name)
{
	const struct r_fault fault = { .kind = FAULT_STATUS, .arg = RMI_ERROR_INPUT, .times = 1 };
	struct cca_realm_create create = ask("refused", CCA_REALM_F_PERSIST);
	int dev = start();

	r_open();
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REALM_CREATE), 1, &fault));
	create.size = sizeof(create);
	T_ASSERT(t_ioctl(dev, CCA_REALM_CREATE, &create) < 0);
	T_EQ(r_plan_clear(), 0);
	r_close();
	T_EQ(create.out_fd, -1);
	T_EQ(next(dev, 0), 0);
	not_opened(dev, 0, "refused", ENOENT, CCA_REASON_NOT_FOUND);
	destroy(h_realm_named(dev, "refused", CCA_REALM_F_PERSIST));
}

/* It stays what it was, for who tries again. */
TEST(R11_a_realm_that_cannot_be_activated_now_is_kept)
{
	const struct r_fault fault = { .kind = FAULT_BUSY, .times = 1UL << 30 };
	struct cca_realm_op op = {};
	struct h_guest guest;
	int dev = start();

	r_open();
	h_load_named(&guest, "later", "hello", SIZE, -1, NULL);
	T_ASSERT(r_plan(SMC_RMI_NUMBER(SMC_RMI_REALM_ACTIVATE), 1, &fault));
	t_err(EAGAIN, CCA_REASON_RMI_BUSY, guest.realm, CCA_ACTIVATE, &op);
	h_close(&guest);
	r_plan_clear();
	r_close();
	h_guest_open(&guest, "later");
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_NEW);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	destroy(open_name(dev, "later"));
}

/* --------------------------------------------------------------- their memory */

static int memory_of(int dev, const char *name, uint32_t flags)
{
	struct cca_delegate delegate = { .flags = flags, .length = SIZE, .block_size = T_BLOCK };

	strcpy(delegate.name, name);
	t_ok(dev, CCA_DELEGATE, &delegate);
	return delegate.out_fd;
}

TEST(a_realm_that_persists_keeps_the_memory_that_backs_it)
{
	int dev = start(), memory = memory_of(dev, "backing", 0), realm;
	struct cca_memory_open open = { .name = "backing" };
	struct h_guest guest;

	h_load_named(&guest, "backed", "hello", SIZE, memory, NULL);
	T_EQ(h_realm_info(guest.realm).out_ram_backed, SIZE);
	h_close(&guest);
	close(memory);
	/* Nobody has a descriptor of either. */
	T_EQ(h_info(dev).out_memories, 1);
	T_EQ(h_info(dev).out_realms, 1);
	t_ok(dev, CCA_MEMORY_OPEN, &open);
	T_EQ(h_memory_info(open.out_fd).out_users, 2);
	T_ASSERT(h_memory_info(open.out_fd).out_free < SIZE);
	close(open.out_fd);
	h_guest_open(&guest, "backed");
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	h_close(&guest);
	realm = open_name(dev, "backed");
	destroy(realm);
	T_EQ(h_info(dev).out_memories, 0);
	T_EQ(h_info(dev).out_ledger.reserved, 0);
}

TEST(memory_that_persists_has_its_pages_back_when_the_realm_is_destroyed)
{
	int dev = start(), memory = memory_of(dev, "stays", CCA_MEMORY_F_PERSIST);
	struct cca_memory_op op = {};
	struct h_guest guest;

	h_load_named(&guest, "goes", "hello", SIZE, memory, NULL);
	h_close(&guest);
	T_ASSERT(h_memory_info(memory).out_free < SIZE);
	destroy(open_name(dev, "goes"));
	T_EQ(h_memory_info(memory).out_free, SIZE);
	T_EQ(h_memory_info(memory).out_users, 1);
	t_ok(memory, CCA_MEMORY_DESTROY, &op);
	close(memory);
}

/* -------------------------------------------------------------------- owners */

static void sees_nothing_of_it(int dev, uint32_t id)
{
	T_EQ(next(dev, 0), 0);
	not_opened(dev, 0, "roots", ENOENT, CCA_REASON_NOT_FOUND);
	not_opened(dev, id, "", EACCES, CCA_REASON_OWNER);
	/* Names are by user. */
	destroy(h_realm_named(dev, "roots", CCA_REALM_F_PERSIST));
}

TEST(a_realm_is_found_by_its_owner_only)
{
	int dev = start(), realm = h_realm_named(dev, "roots", CCA_REALM_F_PERSIST);

	h_as(USER, sees_nothing_of_it, dev, h_realm_info(realm).out_id);
	destroy(realm);
}

static void make_users(int dev, uint32_t unused)
{
	h_realm_named(dev, "users", CCA_REALM_F_PERSIST);
}

TEST(the_administrator_finds_everybodys)
{
	int dev = start();

	destroy(found_by_all_who_may(dev, make_users));
	T_EQ(next(dev, 0), 0);
}

/* ---------------------------------------------------------------------- RECs */

TEST(recs_are_opened_again_by_their_number)
{
	int dev = start(), realm = h_realm_named(dev, "crew", CCA_REALM_F_PERSIST), i, rec;
	struct cca_rec_open open = { .index = 3 };
	struct cca_realm_op op = {};
	struct cca_rec_info info;
	unsigned int files;

	for (i = 0; i < 3; i++)
		close(h_rec(realm, H_RAM, i == 1 ? CCA_REC_F_RUNNABLE : 0));
	T_EQ(h_realm_info(realm).out_recs, 3);
	T_EQ(h_realm_info(realm).out_recs_on, 1);
	T_EQ(h_realm_info(realm).out_users, 1);
	for (i = 0; i < 3; i++) {
		rec = h_rec_open(realm, i);
		info = (struct cca_rec_info){ 0 };
		t_ok_plain(rec, CCA_REC_INFO, &info);
		T_EQ(info.out_index, i);
		T_EQ(info.out_state, i == 1);
		T_EQ(h_realm_info(realm).out_users, 2);
		close(rec);
	}
	files = t_open_files();
	t_err(ENOENT, CCA_REASON_NOT_FOUND, realm, CCA_REC_OPEN, &open);
	T_EQ(open.out_fd, -1);
	open.index = UINT32_MAX;
	t_err(ENOENT, CCA_REASON_NOT_FOUND, realm, CCA_REC_OPEN, &open);
	rec = h_rec_open(realm, 2);
	t_ok(realm, CCA_DESTROY, &op);
	open.index = 0;
	t_err(ESTALE, CCA_REASON_TERMINATED, realm, CCA_REC_OPEN, &open);
	T_EQ(t_open_files(), files + 1);
	close(rec);
}

TEST(R25_a_realm_may_be_allowed_fewer_recs)
{
	struct cca_realm_create create = ask("", 0);
	struct cca_rec_create rec = {};
	int dev = start();
	uint32_t most = h_info(dev).out_recs_max;

	create.recs_max = most + 1;
	t_err(EINVAL, CCA_REASON_RECS, dev, CCA_REALM_CREATE, &create);
	create.recs_max = 2;
	t_ok(dev, CCA_REALM_CREATE, &create);
	T_EQ(h_realm_info(create.out_fd).out_recs_max, 2);
	close(h_rec(create.out_fd, H_RAM, 0));
	close(h_rec(create.out_fd, H_RAM, 0));
	t_err(ENOMEM, CCA_REASON_RECS, create.out_fd, CCA_REC_CREATE, &rec);
	close(create.out_fd);
	create.recs_max = 0;
	t_ok(dev, CCA_REALM_CREATE, &create);
	T_EQ(h_realm_info(create.out_fd).out_recs_max, most);
	close(create.out_fd);
}

/*
 * The guest counts with its host, and ends with an error if anything is lost or
 * done twice. Each answer is given by another process, which runs the realm up to
 * the next question and dies.
 */
#define ROUNDS	12

static void answer_one(int unused, uint32_t id)
{
	struct cca_rec_op op = {};
	struct h_guest guest;
	struct cca_run *run;

	h_guest_open(&guest, "heirs");
	run = guest.run;
	if (run->exit_reason == CCA_EXIT_HOST_CALL && run->imm == 100)
		run->gprs[0] = 3 * run->gprs[0] + 1;
	do {
		if (run->exit_reason == CCA_EXIT_HOST_CALL && run->imm == 2)
			T_EQ(run->gprs[0], 0);
		if (run->exit_reason == CCA_EXIT_MMIO && !run->mmio.is_write)
			run->mmio.data = 5 * id + 2;
		t_ok(guest.rec, CCA_RUN, &op);
	} while (!(run->exit_reason == CCA_EXIT_HOST_CALL && run->imm == 100) &&
		 run->exit_reason != CCA_EXIT_SYSTEM_OFF);
	_exit(0);
}

TEST(what_a_realm_waits_for_is_there_for_who_comes_next)
{
	const uint64_t gprs[8] = { ROUNDS };
	struct h_guest guest;
	int dev = start(), i;

	h_load_named(&guest, "heirs", "count", SIZE, -1, gprs);
	h_activate(guest.realm);
	h_close(&guest);
	/* The first one meets the first question. */
	for (i = 0; i <= ROUNDS; i++)
		h_as(0, answer_one, dev, i ? i - 1 : 0);
	guest.realm = open_name(dev, "heirs");
	T_EQ(h_realm_info(guest.realm).out_state, CCA_REALM_SYSTEM_OFF);
	destroy(guest.realm);
}

TEST(two_who_have_a_rec_share_its_page_and_one_runs_it)
{
	struct cca_rec_op op = {};
	struct h_guest guest;
	struct cca_run *page;
	int dev = start(), rec;
	pthread_t thread;
	void *result;

	h_load_named(&guest, "twice", "spin", SIZE, -1, NULL);
	h_activate(guest.realm);
	do
		t_ok(guest.rec, CCA_RUN, &op);
	while (guest.run->exit_reason != CCA_EXIT_HOST_CALL);
	rec = h_rec_open(guest.realm, 0);
	page = h_run_page(rec);
	T_EQ(page->exit_reason, CCA_EXIT_HOST_CALL);
	page->imm = 77;
	T_EQ(guest.run->imm, 77);
	T_ASSERT(!pthread_create(&thread, NULL, run_and_wait, &guest));
	while (!h_realm_info(guest.realm).out_recs_running)
		t_sleep_us(100);
	t_err(EBUSY, CCA_REASON_RUNNING, rec, CCA_RUN, &op);
	t_ok(guest.realm, CCA_TERMINATE, &op);
	T_ASSERT(!pthread_join(thread, &result));
	close(rec);
	destroy(open_name(dev, "twice"));
	h_close(&guest);
}

/* -------------------------------------------------------------------- module */

TEST(R32_the_module_stays_while_a_realm_persists)
{
	int dev = start();

	h_as(0, make_users, dev, 0);
	close(dev);
	T_EQ(t_rmmod("cca"), -EWOULDBLOCK);
	dev = t_open();
	destroy(open_name(dev, "users"));
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
