// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation tokens of the model of the RMM: what RSI answers on the way to
 * one, and what it says, read by a reader that shares nothing with the writer
 * (../uapi/token.c), with the published halves of the test keys.
 */
#include "rmm_test.h"
#include "../rmm/model/model.h"
#include "../uapi/token.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cca.h>

#define PLATFORM_PEM	"tests/rmm/keys/platform.pem"
#define REALM_PEM	"tests/rmm/keys/realm.pem"
#define BUFFER_IPA	0x10000UL
#define MISSING_IPA	0x20000UL	/* RAM, and not there */
#define EMPTY_IPA	0x21000UL
#define SHARED_IPA	(1UL << 32)
#define NO_ANSWER	(~(uint64_t)1)

/* What a mutilated token makes libcbor ask for. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=32";
}

/* A realm of two RECs, each with a page to write to. */
struct vm {
	struct host *host;
	struct drive_realm realm;
	uint64_t rec[2], run[2], buffer[2];
	uint64_t x[11];			/* of the call, and of its answer */
	uint64_t pc;
	bool asked, answered;
	unsigned int entries;
};

/* One call of the RMM, again as long as its PC stays. */
static enum rmm_vcpu_exit one_call(struct host *host, struct rmm_vcpu *vcpu, void *arg)
{
	struct vm *vm = arg;

	if (vm->asked && vcpu->pc != vm->pc) {
		memcpy(vm->x, vcpu->gprs, sizeof(vm->x));
		vm->answered = true;
		return RMM_VCPU_IRQ;
	}
	vm->asked = true;
	vm->pc = vcpu->pc;
	return host_guest_smc(vcpu, vm->x, 11);
}

static uint64_t go_on(struct vm *vm, unsigned int n)
{
	struct rmi_rec_run *run = drive_run(vm->host, vm->run[n]);

	do {
		assert_int_equal(drive_enter(vm->host, vm->rec[n], vm->run[n]), 0);
		vm->entries++;
		if (run->exit.exit_reason != RMI_EXIT_IRQ)
			return NO_ANSWER;
	} while (!vm->answered);
	return vm->x[0];
}

static uint64_t call(struct vm *vm, unsigned int n, const uint64_t *x)
{
	memcpy(vm->x, x, sizeof(vm->x));
	vm->asked = vm->answered = false;
	vm->entries = 0;
	return go_on(vm, n);
}

#define RSI(vm, n, ...) call((vm), (n), (const uint64_t[11]){ __VA_ARGS__ })

static void vm_up(struct vm *vm, struct host *host, uint32_t hash)
{
	memset(vm, 0, sizeof(*vm));
	vm->host = host;
	host->guest = one_call;
	host->guest_arg = vm;
	drive_realm_params(host, &vm->realm, 33, 1, 1);
	vm->realm.p.hash_algo = hash;
	for (unsigned int i = 0; i < 64; i++)
		vm->realm.p.rpv[i] = (uint8_t)(200 - i);
	assert_int_equal(drive_realm_create(host, &vm->realm), 0);
	for (unsigned int n = 0; n < 2; n++) {
		vm->buffer[n] = drive_populate(host, &vm->realm, BUFFER_IPA + n * PAGE, NULL);
		assert_int_equal(drive_rec_create(host, &vm->realm, n, RMI_REC_F_RUNNABLE,
						  &vm->rec[n]), 0);
		vm->run[n] = host_page(host);
	}
	drive_tables(host, &vm->realm, MISSING_IPA, RMI_LEVEL_LEAF);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_INIT_RIPAS, vm->realm.rd, MISSING_IPA,
				   MISSING_IPA + PAGE), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REALM_ACTIVATE, vm->realm.rd), 0);
}

static void vm_down(struct vm *vm)
{
	for (unsigned int n = 0; n < 2; n++)
		assert_int_equal(drive_rec_destroy(vm->host, vm->rec[n]), 0);
	drive_realm_remove(vm->host, &vm->realm);
}

#define VM(vm, hash)						\
	struct vm vm;						\
	uint64_t before_ = drive_ledger(*state);		\
	vm_up(&vm, *state, hash)
#define VM_DOWN(vm) do {					\
	vm_down(&vm);						\
	assert_int_equal(drive_ledger(vm.host), before_);	\
} while (0)

/* ------------------------------------------------------------------- a token */

static void challenge_of(uint64_t words[8], uint64_t seed)
{
	for (unsigned int i = 0; i < 8; i++)
		words[i] = (seed + i) * 0x0123456789abcdefUL;
}

static void init(struct vm *vm, unsigned int n, uint64_t seed)
{
	uint64_t x[11] = { SMC_RSI_ATTESTATION_TOKEN_INIT };

	challenge_of(&x[1], seed);
	assert_int_equal(call(vm, n, x), RSI_SUCCESS);
	assert_int_equal(vm->x[1], 4096);
}

static uint64_t fetch(struct vm *vm, unsigned int n, uint64_t offset, uint64_t size)
{
	return RSI(vm, n, SMC_RSI_ATTESTATION_TOKEN_CONTINUE, BUFFER_IPA + n * PAGE, offset, size);
}

/* All of it in pieces of this size, side by side in the buffer. */
static size_t fetch_all(struct vm *vm, unsigned int n, uint64_t step)
{
	uint64_t at = 0, size, status;

	do {
		size = PAGE - at < step ? PAGE - at : step;
		status = fetch(vm, n, at, size);
		at += vm->x[1];
		if (status != RSI_SUCCESS) {
			assert_int_equal(status, RSI_INCOMPLETE);
			assert_int_equal(vm->x[1], size);
		}
	} while (status != RSI_SUCCESS);
	return at;
}

static const uint8_t *token_at(struct vm *vm, unsigned int n)
{
	return host_at(vm->host, vm->buffer[n]);
}

static void read_token(struct vm *vm, unsigned int n, size_t size, struct token *t)
{
	const char *wrong = token_read(t, token_at(vm, n), size, PLATFORM_PEM, REALM_PEM);

	if (wrong)
		fail_msg("a token of %zu bytes: %s", size, wrong);
}

static void assert_challenge(const struct token *t, uint64_t seed)
{
	uint64_t words[8];

	challenge_of(words, seed);
	assert_memory_equal(t->challenge, words, sizeof(words));
}

static void assert_realm(struct vm *vm, const struct token *t)
{
	static const char *const names[] = { "sha-256", "sha-512", "sha-384" };
	const struct realm *realm = host_at(vm->host, vm->realm.rd);

	assert_string_equal(t->hash, names[realm->hash_algo]);
	assert_memory_equal(t->rim, realm->rim, t->hash_size);
	for (unsigned int i = 0; i < 4; i++)
		assert_memory_equal(t->rem[i], realm->rem[i], t->hash_size);
	assert_memory_equal(t->rpv, realm->rpv, sizeof(t->rpv));
	assert_memory_equal(t->instance, realm->instance, sizeof(t->instance));
	assert_int_equal(t->mec, 0);
}

/* Nobody may take it for the word of a real platform. */
static void assert_marked(const struct token *t)
{
	assert_memory_equal(t->implementation, "TEST-RMM", 8);
	assert_memory_equal(t->platform_instance + 1, "TEST-KEY", 8);
	assert_int_equal(t->components, 2);
	assert_memory_equal(t->component[0], "TEST ", 5);
	assert_memory_equal(t->component[1], "TEST ", 5);
	/* assembly and test: 0x3000 to 0x30ff would be secured */
	assert_int_equal(t->lifecycle, 0x1000);
}

static void a_token_says_what_the_realm_is(void **state)
{
	for (uint32_t hash = 0; hash < 3; hash++) {
		VM(vm, hash);
		struct token t;
		size_t size;

		assert_int_equal(RSI(&vm, 0, SMC_RSI_MEASUREMENT_EXTEND, 1, 3, 0x636261), 0);
		assert_int_equal(RSI(&vm, 0, SMC_RSI_MEASUREMENT_EXTEND, 4, 64, 1, 2, 3), 0);
		init(&vm, 0, 77 + hash);
		size = fetch_all(&vm, 0, PAGE);
		read_token(&vm, 0, size, &t);
		assert_challenge(&t, 77 + hash);
		assert_realm(&vm, &t);
		assert_marked(&t);
		VM_DOWN(vm);
	}
}

/* The RIM in it is what the library computes for the same calls. */
static void its_RIM_is_that_of_the_library(void **state)
{
	static const uint8_t zeros[CCA_PAGE_SIZE];
	struct host *host = *state;
	struct cca_realm_options o = { .size = sizeof(o), .ipa_bits = 33 };
	struct cca_rec_options rec = { .size = sizeof(rec), .flags = CCA_REC_F_RUNNABLE };
	uint32_t profile = host->config.profile == RMM_PROFILE_JULY ? CCA_PROFILE_JULY
								    : CCA_PROFILE_BET3;
	uint8_t rim[CCA_HASH_SIZE_MAX];
	struct cca_measurement *m;
	struct token t;
	VM(vm, RMI_HASH_SHA_512);

	o.hash = CCA_HASH_SHA512;
	assert_int_equal(cca_measurement_new(profile, &o, &m), 0);
	for (unsigned int n = 0; n < 2; n++) {
		assert_int_equal(cca_measurement_extend_data(m, BUFFER_IPA + n * PAGE, PAGE, zeros,
							     CCA_POPULATE_F_MEASURE), 0);
		assert_int_equal(cca_measurement_extend_rec(m, &rec), 0);
	}
	assert_int_equal(cca_measurement_value(m, rim), 64);
	cca_measurement_free(m);
	init(&vm, 0, 1);
	read_token(&vm, 0, fetch_all(&vm, 0, PAGE), &t);
	assert_memory_equal(t.rim, rim, 64);
	VM_DOWN(vm);
}

static void it_comes_in_pieces_of_any_size(void **state)
{
	static const uint64_t steps[] = { PAGE, 1, 7, 64, 551, 1206, 1207 };
	uint8_t first[PAGE];
	size_t size, length = 0;
	struct token t;
	VM(vm, RMI_HASH_SHA_256);

	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		init(&vm, 0, 5);
		memset(host_at(vm.host, vm.buffer[0]), 0xee, PAGE);
		size = fetch_all(&vm, 0, steps[i]);
		read_token(&vm, 0, size, &t);
		/* The same each time, and nothing behind it. */
		if (!i) {
			length = size;
			memcpy(first, token_at(&vm, 0), size);
		}
		assert_int_equal(size, length);
		assert_memory_equal(first, token_at(&vm, 0), size);
		assert_int_equal(token_at(&vm, 0)[size], 0xee);
	}
	VM_DOWN(vm);
}

static void nothing_may_change_in_it(void **state)
{
	uint8_t copy[PAGE];
	struct token t;
	size_t size, i;
	VM(vm, RMI_HASH_SHA_384);

	init(&vm, 0, 9);
	size = fetch_all(&vm, 0, PAGE);
	memcpy(copy, token_at(&vm, 0), size);
	for (i = 0; i < size; i++) {
		copy[i] ^= 1 << i % 8;
		assert_non_null(token_read(&t, copy, size, PLATFORM_PEM, REALM_PEM));
		copy[i] ^= 1 << i % 8;
		assert_non_null(token_read(&t, copy, i, PLATFORM_PEM, REALM_PEM));
	}
	assert_null(token_read(&t, copy, size, PLATFORM_PEM, REALM_PEM));
	/* Each key is good for one of them only. */
	assert_non_null(token_read(&t, copy, size, REALM_PEM, REALM_PEM));
	assert_non_null(token_read(&t, copy, size, PLATFORM_PEM, PLATFORM_PEM));
	VM_DOWN(vm);
}

/* --------------------------------------------------------------- on the way */

static void without_INIT_there_is_no_token(void **state)
{
	VM(vm, RMI_HASH_SHA_256);

	assert_int_equal(fetch(&vm, 0, 0, PAGE), RSI_ERROR_STATE);
	assert_int_equal(vm.x[1], 0);
	init(&vm, 0, 1);
	fetch_all(&vm, 0, PAGE);
	assert_int_equal(fetch(&vm, 0, 0, PAGE), RSI_ERROR_STATE);
	VM_DOWN(vm);
}

static void a_second_INIT_begins_anew(void **state)
{
	struct token t;
	VM(vm, RMI_HASH_SHA_256);

	init(&vm, 0, 1);
	init(&vm, 0, 2);
	assert_int_equal(fetch(&vm, 0, 0, 100), RSI_INCOMPLETE);
	init(&vm, 0, 3);
	read_token(&vm, 0, fetch_all(&vm, 0, 500), &t);
	assert_challenge(&t, 3);
	VM_DOWN(vm);
}

/* Wrong arguments are told before the state, and change nothing of it. */
static void wrong_arguments_are_refused(void **state)
{
	static const struct { uint64_t ipa, offset, size; } wrong[] = {
		{ BUFFER_IPA + 8, 0, 16 }, { BUFFER_IPA + 1, 0, 16 },
		{ SHARED_IPA, 0, 16 }, { SHARED_IPA + BUFFER_IPA, 0, 16 },
		{ 1UL << 33, 0, 16 }, { 0UL - PAGE, 0, 16 },
		{ BUFFER_IPA, PAGE, 0 }, { BUFFER_IPA, PAGE, 1 }, { BUFFER_IPA, 0, PAGE + 1 },
		{ BUFFER_IPA, 1, PAGE }, { BUFFER_IPA, PAGE - 1, 2 }, { BUFFER_IPA, 0, ~0UL },
		{ BUFFER_IPA, 16, ~0UL - 15 }, { BUFFER_IPA, ~0UL, 1 }, { BUFFER_IPA, ~0UL, 2 },
	};
	struct token t;
	VM(vm, RMI_HASH_SHA_256);

	for (unsigned int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
			assert_int_equal(RSI(&vm, 0, SMC_RSI_ATTESTATION_TOKEN_CONTINUE,
					     wrong[i].ipa, wrong[i].offset, wrong[i].size),
					 RSI_ERROR_INPUT);
			assert_int_equal(vm.x[1], 0);
		}
		init(&vm, 0, 4);
	}
	assert_int_equal(fetch(&vm, 0, PAGE - 1, 1), RSI_INCOMPLETE);
	assert_int_equal(vm.x[1], 1);
	assert_int_equal(token_at(&vm, 0)[PAGE - 1], 0xd9);
	init(&vm, 0, 4);
	read_token(&vm, 0, fetch_all(&vm, 0, PAGE), &t);
	VM_DOWN(vm);
}

static void a_buffer_that_is_nowhere(void **state)
{
	struct rmi_rec_run *run;
	struct token t;
	VM(vm, RMI_HASH_SHA_256);

	init(&vm, 0, 6);
	assert_int_equal(RSI(&vm, 0, SMC_RSI_ATTESTATION_TOKEN_CONTINUE, EMPTY_IPA, 0, PAGE),
			 RSI_ERROR_INPUT);
	/* The host is asked for it, and nothing is lost. */
	assert_true(RSI(&vm, 0, SMC_RSI_ATTESTATION_TOKEN_CONTINUE, MISSING_IPA, 0, PAGE) ==
		    NO_ANSWER);
	run = drive_run(vm.host, vm.run[0]);
	assert_int_equal(run->exit.exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(RMI_HPFAR_IPA(run->exit.hpfar), MISSING_IPA);
	assert_true(go_on(&vm, 0) == NO_ANSWER);
	read_token(&vm, 0, fetch_all(&vm, 0, 1000), &t);
	assert_challenge(&t, 6);
	VM_DOWN(vm);
}

/* No bytes are asked for, and none are given; the rest is still to come. */
static void no_room_is_no_error(void **state)
{
	struct token t;
	VM(vm, RMI_HASH_SHA_256);

	init(&vm, 0, 6);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(fetch(&vm, 0, 5, 0), RSI_INCOMPLETE);
		assert_int_equal(vm.x[1], 0);
	}
	read_token(&vm, 0, fetch_all(&vm, 0, PAGE), &t);
	VM_DOWN(vm);
}

/* Two signatures the first time, one later; after each the host may come in. */
static void interrupts_of_the_host_come_in_between(void **state)
{
	struct token t;
	VM(vm, RMI_HASH_SHA_256);

	for (unsigned int signatures = 2; signatures; signatures--) {
		init(&vm, 0, 8);
		vm.host->irqs = 10;
		for (unsigned int i = 0; i < signatures; i++) {
			assert_int_equal(fetch(&vm, 0, 0, PAGE), RSI_INCOMPLETE);
			assert_int_equal(vm.x[1], 0);
			assert_int_equal(vm.entries, 2);	/* left in between */
		}
		assert_int_equal(vm.host->irqs, 10 - signatures);
		read_token(&vm, 0, fetch_all(&vm, 0, 800), &t);
		assert_int_equal(vm.entries, 1);
		vm.host->irqs = 0;
	}
	VM_DOWN(vm);
}

static void each_REC_has_a_token_of_its_own(void **state)
{
	uint64_t at[2] = { 0 };
	struct token t;
	VM(vm, RMI_HASH_SHA_384);

	init(&vm, 0, 10);
	assert_int_equal(fetch(&vm, 1, 0, PAGE), RSI_ERROR_STATE);
	init(&vm, 1, 11);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(fetch(&vm, i % 2, at[i % 2], 300), RSI_INCOMPLETE);
		at[i % 2] += vm.x[1];
	}
	for (unsigned int n = 0; n < 2; n++) {
		assert_int_equal(fetch(&vm, n, at[n], PAGE - at[n]), RSI_SUCCESS);
		read_token(&vm, n, at[n] + vm.x[1], &t);
		assert_challenge(&t, 10 + n);
		assert_realm(&vm, &t);
	}
	VM_DOWN(vm);
}

static void what_is_measured_after_INIT_is_not_in_it(void **state)
{
	struct token before, after;
	VM(vm, RMI_HASH_SHA_256);

	init(&vm, 0, 1);
	assert_int_equal(RSI(&vm, 1, SMC_RSI_MEASUREMENT_EXTEND, 2, 8, 42), 0);
	read_token(&vm, 0, fetch_all(&vm, 0, PAGE), &before);
	assert_memory_equal(before.rem[1], (uint8_t[32]){ 0 }, 32);
	init(&vm, 0, 1);
	read_token(&vm, 0, fetch_all(&vm, 0, PAGE), &after);
	assert_realm(&vm, &after);
	assert_memory_not_equal(after.rem[1], before.rem[1], 32);
	VM_DOWN(vm);
}

/* -------------------------------------------------------------------- parts */

/* The private half is the hash of a sentence, by libcrypto, and this is its public one. */
static void check_key(const struct test_key *key, const char *pem)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	EC_POINT *point = EC_POINT_new(group);
	uint8_t hash[48], want[97], found[97] = { 0x04 };
	FILE *file = fopen(pem, "r");
	EVP_PKEY *published;
	char line[80];
	size_t size;
	BIGNUM *d;

	assert_non_null(strstr(key->sentence, "TEST KEY"));
	assert_int_equal(EVP_Digest(key->sentence, strlen(key->sentence), hash, NULL,
				    EVP_sha384(), NULL), 1);
	d = BN_bin2bn(hash, sizeof(hash), NULL);
	assert_int_equal(EC_POINT_mul(group, point, d, NULL, NULL, NULL), 1);
	assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, want,
					    sizeof(want), NULL), sizeof(want));
	memcpy(found + 1, key->x, 48);
	memcpy(found + 49, key->y, 48);
	assert_memory_equal(want, found, sizeof(want));

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));	/* its licence */
	assert_non_null(fgets(line, sizeof(line), file));
	assert_memory_equal(line, "TEST KEY", 8);
	published = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	assert_non_null(published);
	assert_int_equal(EVP_PKEY_get_octet_string_param(published, "pub", found, sizeof(found),
							 &size), 1);
	assert_int_equal(size, sizeof(want));
	assert_memory_equal(want, found, sizeof(want));
	EVP_PKEY_free(published);
	fclose(file);
	BN_free(d);
	EC_POINT_free(point);
	EC_GROUP_free(group);
}

static void the_test_keys_are_what_their_files_say(void **state)
{
	check_key(&test_key_platform, PLATFORM_PEM);
	check_key(&test_key_realm, REALM_PEM);
}

static void nothing_is_written_behind_the_room(void **state)
{
	static const struct token_claims claims = { .hash_algo = RMI_HASH_SHA_512 };
	struct host *host = *state;
	uint8_t *room, whole[PAGE];
	size_t size = token_realm(host->rmm, &claims, whole, sizeof(whole)), n;

	assert_in_range(size, 700, 1000);
	for (n = 0; n < size; n += n < size - 100 ? 37 : 1) {
		room = malloc(n + 1);		/* the sanitizer watches its end */
		assert_int_equal(token_realm(host->rmm, &claims, room, n), 0);
		free(room);
	}
	room = malloc(size);
	assert_int_equal(token_realm(host->rmm, &claims, room, size), size);
	assert_memory_equal(room, whole, size);
	for (n = 0; n < 2 * size; n += 41)
		assert_int_equal(token_collect(room, size, room, size, whole, n), 0);
	assert_in_range(token_collect(room, size, room, size, whole, sizeof(whole)),
			2 * size + 1, 2 * size + 40);
	free(room);
}

static const struct CMUnitTest tests[] = {
	BOTH(a_token_says_what_the_realm_is),
	BOTH(its_RIM_is_that_of_the_library),
	BOTH(it_comes_in_pieces_of_any_size),
	BET3(nothing_may_change_in_it),
	BOTH(without_INIT_there_is_no_token),
	BOTH(a_second_INIT_begins_anew),
	BOTH(wrong_arguments_are_refused),
	BOTH(a_buffer_that_is_nowhere),
	BOTH(no_room_is_no_error),
	BOTH(interrupts_of_the_host_come_in_between),
	BOTH(each_REC_has_a_token_of_its_own),
	BOTH(what_is_measured_after_INIT_is_not_in_it),
	BET3(the_test_keys_are_what_their_files_say),
	BET3(nothing_is_written_behind_the_room),
};

RUN_TESTS(tests)
