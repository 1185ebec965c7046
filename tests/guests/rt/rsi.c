// SPDX-License-Identifier: GPL-2.0-only
/* The Realm Services Interface, as far as the guests use it (section I). */
#include "rt.h"

static struct rsi_realm_config config __attribute__((aligned(4096)));
static struct rsi_host_call call __attribute__((aligned(256)));

uint64_t rt_smc4(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[18] = { fid, x1, x2, x3 };

	rt_smc(x);
	return x[0];
}

static _Noreturn void refused(const char *what, uint64_t x0)
{
	rt_print(what);
	rt_print(" answered ");
	rt_print_number(x0);
	rt_print("\n");
	rt_exit(RT_STATUS_RSI);
}

const struct rsi_realm_config *rt_config(void)
{
	static bool read;
	uint64_t x0;

	if (!read) {
		x0 = rt_smc4(SMC_RSI_REALM_CONFIG, (uint64_t)&config, 0, 0);
		/* Without it there is no console to complain on but this one. */
		if (x0 != RSI_SUCCESS)
			refused("RSI_REALM_CONFIG", x0);
		read = true;
	}
	return &config;
}

uint64_t rt_shared(uint64_t ipa)
{
	return ipa | 1UL << (rt_config()->ipa_width - 1);
}

/* No complaint on failure: the console itself is a host call. */
void rt_host_call(unsigned int imm, uint64_t gprs[31])
{
	int i;

	call.imm = imm;
	for (i = 0; i < 31; i++)
		call.gprs[i] = gprs[i];
	if (rt_smc4(SMC_RSI_HOST_CALL, (uint64_t)&call, 0, 0) != RSI_SUCCESS)
		rt_smc4(RSI_PSCI_SYSTEM_OFF, 0, 0, 0);
	for (i = 0; i < 31; i++)
		gprs[i] = call.gprs[i];
}

struct rt_ripas rt_ripas_get(uint64_t base, uint64_t top)
{
	uint64_t x[18] = { SMC_RSI_IPA_STATE_GET, base, top };

	rt_smc(x);
	if (x[0] != RSI_SUCCESS)
		refused("RSI_IPA_STATE_GET", x[0]);
	if (x[1] <= base || x[1] > top)
		refused("RSI_IPA_STATE_GET, top", x[1]);
	return (struct rt_ripas){ .top = x[1], .value = x[2] };
}

/* The host may change the range in as many steps as it likes. */
bool rt_ripas_set(uint64_t base, uint64_t top, uint64_t value, uint64_t flags)
{
	int stalled = 0;

	while (base < top) {
		uint64_t x[18] = { SMC_RSI_IPA_STATE_SET, base, top, value, flags };

		rt_smc(x);
		if (x[0] != RSI_SUCCESS)
			refused("RSI_IPA_STATE_SET", x[0]);
		if (x[1] < base || x[1] > top)
			refused("RSI_IPA_STATE_SET, new base", x[1]);
		if (x[2] == RSI_REJECT)
			return false;
		stalled = x[1] == base ? stalled + 1 : 0;
		if (stalled == 1000)
			refused("RSI_IPA_STATE_SET without progress", x[1]);
		base = x[1];
	}
	return true;
}

uint64_t rt_ram_end(uint64_t base)
{
	uint64_t end = 1UL << (rt_config()->ipa_width - 1);
	struct rt_ripas ripas;

	while (base < end) {
		ripas = rt_ripas_get(base, end);
		if (ripas.value != RSI_RIPAS_RAM)
			break;
		base = ripas.top;
	}
	return base;
}

static void measurement(uint64_t fill, uint64_t words[8])
{
	uint64_t x[18] = { SMC_RSI_MEASUREMENT_READ, RSI_MEASUREMENT_RIM };
	int i;

	for (i = 2; i < 18; i++)
		x[i] = fill;
	rt_smc(x);
	if (x[0] != RSI_SUCCESS)
		refused("RSI_MEASUREMENT_READ", x[0]);
	for (i = 0; i < 8; i++)
		words[i] = x[1 + i];
}

/*
 * A realm that measures with SHA-384 may be told "SHA-512", and an RMM need
 * not pad: it may leave the registers behind the hash as they were. So a
 * register that is zero, or that keeps what was put into it twice, does not
 * belong to the hash.
 */
static size_t hash_length(const uint64_t a[8], uint64_t fill_a,
			  const uint64_t b[8], uint64_t fill_b)
{
	bool unused = (a[6] == fill_a && b[6] == fill_b) || (!a[6] && !b[6]);

	if (rt_config()->hash_algo == 0)
		return 32;
	return rt_config()->hash_algo == 2 || unused ? 48 : 64;
}

size_t rt_rim(uint8_t rim[64])
{
	const uint64_t fill_a = 0x5a5a0f0f12345678, fill_b = ~fill_a;
	uint64_t a[8], b[8];
	size_t length;
	unsigned int i;

	measurement(fill_a, a);
	measurement(fill_b, b);
	length = hash_length(a, fill_a, b, fill_b);
	for (i = 0; i < 64; i++)
		rim[i] = i < length ? a[i / 8] >> (i % 8 * 8) : 0;
	return length;
}
