// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation as a realm has it: a guest asks the RMM for tokens, right and
 * wrong, and hands them to its host, which reads them with the published halves
 * of the test keys.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../rmm/rsi.h"
#include "host.h"
#include "token.h"

#define RAM		T_BLOCK
#define CALL_ORDER	100
#define BUFFER		0xb0ff3dUL
#define NOWHERE		0x70000000UL	/* no RAM */
#define PLATFORM_PEM	"/guests/platform.pem"
#define REALM_PEM	"/guests/realm.pem"
#define PLATFORM	(t_firmware_is_ours() ? PLATFORM_PEM : NULL)
#define REALM		(t_firmware_is_ours() ? REALM_PEM : NULL)

/* As in tests/guests/attest.c. */
enum { A_END, A_TOKEN, A_SMC, A_BYTES, A_ON };

/* ------------------------------------------------------------------- orders */

static void want_order(struct h_guest *guest, int result)
{
	if (result || guest->run->exit_reason != CCA_EXIT_HOST_CALL ||
	    guest->run->imm != CALL_ORDER)
		t_fail(__FILE__, __LINE__, "CCA_RUN gave %d, exit %u; the guest said: %s", result,
		       guest->run->exit_reason, guest->console);
}

/* The second CPU is off at first. */
static void wait_for(struct h_guest *guest)
{
	int result;

	while ((result = h_run(guest)) == -EAGAIN)
		t_sleep_us(500);
	want_order(guest, result);
}

static uint64_t order(struct h_guest *guest, const uint64_t *gprs, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		guest->run->gprs[i] = gprs[i];
	wait_for(guest);
	return guest->run->gprs[0];
}

#define ORDER(guest, ...)						\
	order((guest), (const uint64_t[12]){ __VA_ARGS__ }, 12)
#define SMC(guest, ...)		ORDER(guest, A_SMC, __VA_ARGS__)

static struct h_guest begin(uint32_t hash)
{
	struct cca_realm_create create = { .ipa_bits = H_IPA_BITS, .hash = hash };
	struct cca_rec_create rec = { .flags = CCA_REC_F_RUNNABLE };
	struct h_guest guest = { .dev = t_open(), .status = -1 };
	struct h_image image;
	unsigned int i;

	for (i = 0; i < sizeof(create.rpv); i++)
		create.rpv[i] = 3 * i + 1;
	t_ok(guest.dev, CCA_REALM_CREATE, &create);
	guest.realm = create.out_fd;
	h_mem_add(guest.realm, H_RAM, RAM, -1);
	h_image_read(&image, "attest");
	for (i = 0; i < image.segments; i++)
		h_populate(guest.realm, image.segment[i].ipa, image.segment[i].pages,
			   image.segment[i].size);
	rec.pc = image.entry;
	h_image_free(&image);
	t_ok(guest.realm, CCA_REC_CREATE, &rec);
	guest.rec = rec.out_fd;
	guest.run = h_run_page(guest.rec);
	return guest;
}

static struct h_guest start(uint32_t hash)
{
	struct h_guest guest = begin(hash);

	h_activate(guest.realm);
	wait_for(&guest);
	return guest;
}

static void end(struct h_guest *guest)
{
	guest->run->gprs[0] = A_END;
	h_run_to_end(guest, 0);
	h_close(guest);
}

/* ------------------------------------------------------------------- tokens */

static void challenge_of(uint64_t words[8], uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		words[i] = (seed + i) * 0x9e3779b97f4a7c15UL;
}

/* X0 of INIT. */
static uint64_t init(struct h_guest *guest, uint64_t seed)
{
	uint64_t gprs[10] = { A_SMC, SMC_RSI_ATTESTATION_TOKEN_INIT };

	challenge_of(&gprs[2], seed);
	return order(guest, gprs, 10);
}

static uint64_t go_on(struct h_guest *guest, uint64_t ipa, uint64_t offset, uint64_t size)
{
	return SMC(guest, SMC_RSI_ATTESTATION_TOKEN_CONTINUE, ipa, offset, size);
}

static void bytes(struct h_guest *guest, uint8_t *to, size_t size)
{
	size_t at, n;

	for (at = 0; at < size; at += n) {
		ORDER(guest, A_BYTES, at);
		n = size - at < 240 ? size - at : 240;
		memcpy(to + at, (const void *)guest->run->gprs, n);
	}
}

/* What is in the guest's buffer is a token for this challenge. */
static void want_token(struct h_guest *guest, size_t size, uint64_t seed, struct token *t)
{
	uint8_t text[T_PAGE];
	uint64_t words[8];
	const char *wrong;
	unsigned int i;

	T_ASSERT(size && size <= sizeof(text));
	bytes(guest, text, size);
	wrong = token_read(t, text, size, PLATFORM, REALM);
	if (wrong)
		t_fail(__FILE__, __LINE__, "a token of %zu bytes: %s", size, wrong);
	challenge_of(words, seed);
	T_ASSERT(!memcmp(t->challenge, words, sizeof(words)));
	for (i = 0; i < sizeof(t->rpv); i++)
		T_EQ(t->rpv[i], (uint8_t)(3 * i + 1));
}

/* All of it, as an attester asks. */
static void get_token(struct h_guest *guest, uint64_t seed, struct token *t)
{
	uint64_t gprs[9] = { A_TOKEN };
	size_t size;

	challenge_of(&gprs[1], seed);
	T_EQ(order(guest, gprs, 9), RSI_SUCCESS);
	size = guest->run->gprs[1];
	T_ASSERT(guest->run->gprs[2] >= 2);
	want_token(guest, size, seed, t);
}

static void want_measurement(struct h_guest *guest, unsigned int index, const uint8_t *want,
			     size_t size)
{
	T_EQ(SMC(guest, SMC_RSI_MEASUREMENT_READ, index), RSI_SUCCESS);
	T_ASSERT(!memcmp((const void *)&guest->run->gprs[1], want, size));
}

TEST_SECONDS(a_token_says_what_the_RMM_measured, 120)
{
	static const uint32_t hashes[] = { CCA_HASH_SHA256, CCA_HASH_SHA384, CCA_HASH_SHA512 };
	static const char *const names[] = { "sha-256", "sha-384", "sha-512" };
	uint32_t can = h_info(t_open()).out_hashes;
	static const uint8_t zeros[64];
	struct h_guest guest;
	struct token t, again;
	unsigned int i, n;

	for (i = 0; i < 3; i++) {
		if (!(can & 1U << hashes[i]))
			continue;
		guest = start(hashes[i]);
		get_token(&guest, 1000, &t);
		T_ASSERT(!strcmp(t.hash, names[i]));
		want_measurement(&guest, 0, t.rim, t.hash_size);
		for (n = 0; n < 4; n++)
			T_ASSERT(!memcmp(t.rem[n], zeros, t.hash_size));
		for (n = 1; n <= 4; n++)
			T_EQ(SMC(&guest, SMC_RSI_MEASUREMENT_EXTEND, n, 64, n, 2, 3), RSI_SUCCESS);
		get_token(&guest, 1001, &again);
		T_ASSERT(!memcmp(t.rim, again.rim, t.hash_size));
		T_ASSERT(!memcmp(t.instance, again.instance, sizeof(t.instance)));
		for (n = 0; n < 4; n++) {
			T_ASSERT(memcmp(again.rem[n], zeros, t.hash_size));
			want_measurement(&guest, n + 1, again.rem[n], t.hash_size);
		}
		end(&guest);
	}
}

/* Nobody may take it for the word of a real platform. */
TEST(a_token_of_the_test_RMM_says_so)
{
	struct h_guest guest;
	struct token t;

	if (!t_firmware_is_ours())
		t_skip("another firmware");
	guest = start(CCA_HASH_SHA256);
	get_token(&guest, 1, &t);
	T_ASSERT(!memcmp(t.implementation, "TEST-RMM", 8));
	T_ASSERT(!memcmp(t.platform_instance + 1, "TEST-KEY", 8));
	T_ASSERT(!memcmp(t.component[0], "TEST ", 5));
	T_ASSERT(!memcmp(t.component[1], "TEST ", 5));
	T_EQ(t.lifecycle, 0x1000);
	end(&guest);
}

/* ------------------------------------------------------------------- errors */

TEST(the_order_of_the_calls)
{
	struct h_guest guest = start(CCA_HASH_SHA256);
	struct token t;
	uint64_t at;

	T_EQ(go_on(&guest, BUFFER, 0, T_PAGE), RSI_ERROR_STATE);
	T_EQ(init(&guest, 1), RSI_SUCCESS);
	T_EQ(guest.run->gprs[1], T_PAGE);
	/* A part of one, and then another from its beginning. */
	for (at = 0; at < 100; at += guest.run->gprs[1])
		T_EQ(go_on(&guest, BUFFER, at, 50), RSI_INCOMPLETE);
	T_EQ(init(&guest, 2), RSI_SUCCESS);
	T_EQ(go_on(&guest, BUFFER, 0, 0), RSI_INCOMPLETE);
	T_EQ(guest.run->gprs[1], 0);
	for (at = 0;; at += guest.run->gprs[1]) {
		uint64_t x0 = go_on(&guest, BUFFER, at, 333);

		if (x0 == RSI_SUCCESS)
			break;
		T_EQ(x0, RSI_INCOMPLETE);
		T_ASSERT(guest.run->gprs[1] <= 333 && at < T_PAGE);
	}
	want_token(&guest, at + guest.run->gprs[1], 2, &t);
	T_EQ(go_on(&guest, BUFFER, 0, T_PAGE), RSI_ERROR_STATE);
	end(&guest);
}

TEST(wrong_arguments_are_refused)
{
	const uint64_t half = 1UL << (H_IPA_BITS - 1);
	const struct { uint64_t ipa, offset, size; } wrong[] = {
		{ H_RAM + 8, 0, 16 }, { half, 0, 16 }, { half | H_RAM, 0, 16 }, { 2 * half, 0, 16 },
		{ -T_PAGE, 0, 16 }, { BUFFER, T_PAGE, 0 }, { BUFFER, T_PAGE, 1 },
		{ BUFFER, 0, T_PAGE + 1 }, { BUFFER, 1, T_PAGE }, { BUFFER, 0, ~0UL },
		{ BUFFER, 16, ~0UL - 15 }, { BUFFER, ~0UL, 2 },
	};
	struct h_guest guest = start(CCA_HASH_SHA256);
	struct token t;
	unsigned int i, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < T_ARRAY_SIZE(wrong); i++) {
			T_EQ(go_on(&guest, wrong[i].ipa, wrong[i].offset, wrong[i].size),
			     RSI_ERROR_INPUT);
		}
		T_EQ(init(&guest, 3), RSI_SUCCESS);
	}
	/* Where there is no RAM: told when there is something to write. */
	for (i = 0; i < 100 && go_on(&guest, NOWHERE, 0, T_PAGE) != RSI_ERROR_INPUT; i++)
		T_EQ(guest.run->gprs[0], RSI_INCOMPLETE);
	T_EQ(guest.run->gprs[0], RSI_ERROR_INPUT);
	get_token(&guest, 4, &t);
	T_EQ(SMC(&guest, SMC_RSI_MEASUREMENT_EXTEND, 0, 8), RSI_ERROR_INPUT);
	T_EQ(SMC(&guest, SMC_RSI_MEASUREMENT_EXTEND, 5, 8), RSI_ERROR_INPUT);
	T_EQ(SMC(&guest, SMC_RSI_MEASUREMENT_EXTEND, 1, 65), RSI_ERROR_INPUT);
	T_EQ(SMC(&guest, SMC_RSI_MEASUREMENT_READ, 5), RSI_ERROR_INPUT);
	end(&guest);
}

/* Anything at all, and then a token as always. */
TEST_SECONDS(garbage_by_chance, 120)
{
	static const uint64_t odd[] = { 0, 1, 8, T_PAGE - 1, T_PAGE, T_PAGE + 1, H_RAM, NOWHERE, ~0UL };
	struct h_guest guest = start(CCA_HASH_SHA256);
	struct token t;
	unsigned int i, n;

	srandom(20);
	for (i = 0; i < 300; i++) {
		uint64_t gprs[12] = { A_SMC };

		gprs[1] = SMC_RSI_MEASUREMENT_READ + random() % 4;
		for (n = 2; n < 12; n++)
			gprs[n] = random() % 3 ? odd[random() % T_ARRAY_SIZE(odd)]
					       : (uint64_t)random() << (random() % 40);
		/* Else it may write over the guest itself. */
		if (gprs[2] - H_RAM < RAM)
			gprs[2] = BUFFER;
		T_ASSERT(order(&guest, gprs, 12) <= RSI_INCOMPLETE);
	}
	get_token(&guest, 5, &t);
	end(&guest);
}

/* -------------------------------------------------------------------- at once */

struct simd {
	uint64_t q[32][2];
};

/* CCA_RUN with `in` in the SIMD registers of the VMM; what is there after it. */
static long run_with(int rec, const struct simd *in, struct simd *out)
{
	struct cca_rec_op op = { .size = sizeof(op) };
	register long x0 asm("x0") = rec;
	register long x1 asm("x1") = CCA_RUN;
	register long x2 asm("x2") = (long)&op;
	register long x8 asm("x8") = 29;	/* ioctl */

#define EACH(op, base) \
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n" \
	op " q\\n, [" base ", #16 * \\n]\n .endr\n"
	asm volatile(EACH("ldr", "%[in]") "svc #0\n" EACH("str", "%[out]")
		     : "+r"(x0) : "r"(x1), "r"(x2), "r"(x8), [in] "r"(in), [out] "r"(out)
		     : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9",
		       "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
		       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",
		       "v30", "v31");
	return x0;
}

/* The guest looks after its own registers itself. */
TEST(signing_leaves_the_SIMD_registers_of_the_VMM_alone)
{
	struct h_guest guest = start(CCA_HASH_SHA256);
	struct simd in, out;
	struct token t;

	memset(&in, 0x3c, sizeof(in));
	guest.run->gprs[0] = A_TOKEN;
	challenge_of((uint64_t *)&guest.run->gprs[1], 6);
	do {
		T_EQ(run_with(guest.rec, &in, &out), 0);
		T_ASSERT(!memcmp(&in, &out, sizeof(in)));
	} while (guest.run->exit_reason == CCA_EXIT_INTR);
	want_order(&guest, 0);
	T_EQ(guest.run->gprs[0], RSI_SUCCESS);
	want_token(&guest, guest.run->gprs[1], 6, &t);
	end(&guest);
}

struct side {
	struct h_guest guest;
	unsigned int cpu;
};

#define ROUNDS	6

static void *attest_again(void *arg)
{
	struct side *side = arg;
	struct token t;
	cpu_set_t set;
	unsigned int i;

	CPU_ZERO(&set);
	CPU_SET(side->cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
	wait_for(&side->guest);
	for (i = 0; i < ROUNDS; i++)
		get_token(&side->guest, 100 * side->cpu + i, &t);
	return NULL;
}

TEST_SECONDS(R30_two_RECs_ask_at_once, 120)
{
	struct side side[2] = { { .cpu = 0 }, { .cpu = 1 } };
	struct cca_rec_create create = { .pc = H_RAM };
	struct h_guest *guest = &side[0].guest;
	struct token t;
	pthread_t thread;
	unsigned int i;
	int result;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		t_skip("one processor");
	*guest = begin(CCA_HASH_SHA256);
	t_ok(guest->realm, CCA_REC_CREATE, &create);
	side[1].guest.rec = create.out_fd;
	side[1].guest.run = h_run_page(create.out_fd);
	h_activate(guest->realm);
	wait_for(guest);
	T_EQ(pthread_create(&thread, NULL, attest_again, &side[1]), 0);
	guest->run->gprs[0] = A_ON;
	result = h_run(guest);
	T_EQ(guest->run->exit_reason, CCA_EXIT_CPU_ON);
	want_order(guest, result ? result : h_run(guest));
	T_EQ(guest->run->gprs[0], 0);
	for (i = 0; i < ROUNDS; i++)
		get_token(guest, 7000 + i, &t);
	T_EQ(pthread_join(thread, NULL), 0);
	munmap(side[1].guest.run, sizeof(*side[1].guest.run));
	close(side[1].guest.rec);
	end(guest);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
