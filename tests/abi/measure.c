// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measurement as a guest reads it, against what the host computes from
 * section H: nothing of the model is used for the second (L.2.28, L.5).
 */
#include <string.h>

#include <openssl/sha.h>

#include "abi.h"

#define FLAGS_MEASURE	1

static void put(uint8_t *at, uint64_t value, unsigned int size)
{
	memcpy(at, &value, size);	/* little-endian, both of us */
}

/* H.3: a page of this content at ipa. */
static void extend_data(uint8_t *rim, uint64_t ipa, uint64_t flags,
			const uint8_t *content)
{
	uint8_t d[0x100] = { 0 };

	put(d + 0x08, 0x100, 8);
	memcpy(d + 0x10, rim, 32);
	put(d + 0x50, ipa, 8);
	put(d + 0x58, flags, 8);
	if (flags & FLAGS_MEASURE)
		SHA256(content, PAGE, d + 0x60);
	SHA256(d, sizeof(d), rim);
}

/* H.4: pc and registers are 0. */
static void extend_rec(uint8_t *rim)
{
	uint8_t d[0x100] = { 1 }, page[PAGE] = { RMI_REC_F_RUNNABLE };

	put(d + 0x08, 0x100, 8);
	memcpy(d + 0x10, rim, 32);
	SHA256(page, sizeof(page), d + 0x50);
	SHA256(d, sizeof(d), rim);
}

static void initial(uint8_t *rim, const struct rmi_realm_params *p)
{
	uint8_t page[PAGE] = { 0 };

	put(page + 0x00, p->flags0, 8);
	put(page + 0x08, p->s2sz, 4);
	put(page + 0x18, p->num_bps, 4);
	put(page + 0x20, p->num_wps, 4);
	put(page + 0x30, p->hash_algo, 1);
	SHA256(page, sizeof(page), rim);
}

/* What vm_up() does, in its order. */
static void expected(uint8_t *rim, const struct rmi_realm_params *p,
		     const struct step *steps, size_t size)
{
	uint8_t page[PAGE] = { 0 };
	size_t code_size;
	const void *code = abi_guest_code(&code_size);

	initial(rim, p);
	memcpy(page, code, code_size);
	extend_data(rim, GUEST_CODE, 1, page);
	memset(page, 0, sizeof(page));
	memcpy(page, steps, size);
	extend_data(rim, GUEST_STEPS, 1, page);
	memset(page, 0, sizeof(page));
	extend_data(rim, GUEST_REPORT, 1, page);
	extend_data(rim, GUEST_BUFFER, 1, page);
	extend_rec(rim);
}

#define READ(index)	SMC(SMC_RSI_MEASUREMENT_READ, index, 2, 3, 4, 5, 6, 7)

ABI_TEST(H_the_initial_measurement_is_what_was_done)
{
	STEPS(READ(0));
	uint8_t rim[32];
	struct vm vm;

	VM_UP(vm);
	EQ(vm_report(&vm, 0, 0)[0], RSI_SUCCESS);
	expected(rim, &vm.realm.p, steps, sizeof(steps));
	EQ(memcmp(&vm.run.exit.gprs[1], rim, 32), 0);
	vm_down(&vm);
}

ABI_TEST(L5_measurement_read_keeps_what_the_hash_does_not_fill)
{
	STEPS(READ(0), READ(1), READ(5));
	struct vm vm;

	VM_UP(vm);
	EQ(vm_report(&vm, 0, 0)[5], 5);
	EQ(vm.run.exit.gprs[6], 6);
	EQ(vm.run.exit.gprs[7], 7);
	EQ(vm_report(&vm, 1, 0)[1], 0);		/* a REM begins as zero */
	EQ(vm_report(&vm, 2, 0)[0], RSI_ERROR_INPUT);
	vm_down(&vm);
}

ABI_TEST(L2_28_what_does_not_change_the_measurement)
{
	STEPS(READ(0));
	uint64_t flags = RMI_OADDR_SINGLE;
	uint8_t rim[32];
	struct vm vm;

	memset(&vm, 0, sizeof(vm));
	realm_params(&vm.realm, 33, 1, 1);
	memset(vm.realm.p.rpv, 0x5a, sizeof(vm.realm.p.rpv));
	vm.realm.p.flags1 = 1 << 5;
	EQ(realm_create(&vm.realm), 0);
	realm_tables(&vm.realm, 0, 3);
	realm_tables(&vm.realm, SHARED, 3);
	EQ(RMI(RTT_INIT_RIPAS, vm.realm.rd, 0x10000, 0x20000), 0);
	EQ(RMI(RTT_DATA_MAP, vm.realm.rd, 0x10000, 0x11000, flags,
	       delegated() | 4), 0);
	EQ(RMI(RTT_UNPROT_MAP, vm.realm.rd, SHARED, SHARED + PAGE, 0x1e0001,
	       ns_page() | 4), 0);
	vm_up_realm(&vm, steps, 1);
	vm_report(&vm, 0, 0);
	expected(rim, &vm.realm.p, steps, sizeof(steps));
	EQ(memcmp(&vm.run.exit.gprs[1], rim, 32), 0);
	vm_down(&vm);
}

ABI_TEST(L2_28_unknown_flags_change_the_measurement)
{
	STEPS(READ(0));
	uint8_t rim[32];
	struct vm vm;

	memset(&vm, 0, sizeof(vm));
	realm_params(&vm.realm, 33, 1, 1);
	vm.realm.p.flags0 = 1UL << 40;
	EQ(realm_create(&vm.realm), 0);
	vm_up_realm(&vm, steps, 1);
	vm_report(&vm, 0, 0);
	expected(rim, &vm.realm.p, steps, sizeof(steps));
	EQ(memcmp(&vm.run.exit.gprs[1], rim, 32), 0);
	vm.realm.p.flags0 = 0;
	expected(rim, &vm.realm.p, steps, sizeof(steps));
	EQ(memcmp(&vm.run.exit.gprs[1], rim, 32) != 0, 1);
	vm_down(&vm);
}

ABI_TEST(H5_extending_a_measurement)
{
	STEPS(SMC(SMC_RSI_MEASUREMENT_EXTEND, 1, 3, 0x636261), READ(1),
	      SMC(SMC_RSI_MEASUREMENT_EXTEND, 0, 3),
	      SMC(SMC_RSI_MEASUREMENT_EXTEND, 5, 3),
	      SMC(SMC_RSI_MEASUREMENT_EXTEND, 1, 65));
	uint8_t in[35] = { 0 }, want[32];
	struct vm vm;

	memcpy(in + 32, "abc", 3);
	SHA256(in, sizeof(in), want);
	VM_UP(vm);
	EQ(vm_report(&vm, 0, 0)[0], RSI_SUCCESS);
	vm_report(&vm, 1, 0);
	EQ(memcmp(&vm.run.exit.gprs[1], want, 32), 0);
	for (unsigned int i = 2; i < 5; i++)
		EQ(vm_report(&vm, i, 0)[0], RSI_ERROR_INPUT);
	vm_down(&vm);
}
