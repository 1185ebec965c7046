// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the RMM for attestation tokens as its host orders: host call 100 brings
 * what became of the last order in gprs[0] on, and takes the next one back, the
 * order in gprs[0], what it needs in gprs[1] on. Each of two CPUs has a buffer
 * of its own. Around each call of the RMM all SIMD registers have a value.
 */
#include "rt/rt.h"

enum {
	END,
	TOKEN,		/* challenge: last X0, size, calls; as Linux does it */
	SMC,		/* X0 to X10, X1 may be BUFFER: X0 to X10 */
	BYTES,		/* offset: 240 bytes of the buffer */
	ON,		/* the second CPU: what PSCI says */
};

#define BUFFER		0xb0ff3dUL	/* in X1: the page of this CPU */
#define CPU_ON		0xc4000003UL

struct simd {
	uint64_t q[32][2];
};

extern char attest_entry[];
uint8_t attest_stack[4096] __attribute__((aligned(16)));
static uint8_t buffers[2][RT_PAGE] __attribute__((aligned(4096)));
static struct rsi_host_call calls[2] __attribute__((aligned(256)));
static struct simd mine[2], found[2];

asm(".text\n"
    ".balign 4\n"
    "attest_entry:\n"
    "	adrp	x1, attest_stack\n"
    "	add	x1, x1, :lo12:attest_stack\n"
    "	add	sp, x1, #4096\n"
    "	bl	attest_serve\n"
    "1:	wfi\n"
    "	b	1b\n");

#define EACH(op) \
	".arch_extension simd\n" \
	".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n" \
	op " q\\n, [%0, #16 * \\n]\n .endr"

static void call_rmm(unsigned int cpu, uint64_t x[18])
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		mine[cpu].q[i / 2][i % 2] = (cpu + 3) * 0x0101010101010101UL * (i + 1);
	asm volatile(EACH("ldr") : : "r"(&mine[cpu]) : "memory");
	rt_smc(x);
	asm volatile(EACH("str") : : "r"(&found[cpu]) : "memory");
	for (i = 0; i < 64; i++)
		if (mine[cpu].q[i / 2][i % 2] != found[cpu].q[i / 2][i % 2])
			rt_fail("a SIMD register is another");
}

static void token(unsigned int cpu, uint64_t *gprs)
{
	uint64_t x[18] = { SMC_RSI_ATTESTATION_TOKEN_INIT }, at = 0, count = 1;
	unsigned int i;

	for (i = 1; i <= 8; i++)
		x[i] = gprs[i];
	call_rmm(cpu, x);
	while (x[0] == RSI_SUCCESS || (x[0] == RSI_INCOMPLETE && at < RT_PAGE)) {
		x[0] = SMC_RSI_ATTESTATION_TOKEN_CONTINUE;
		x[1] = (uint64_t)buffers[cpu];
		x[2] = at;
		x[3] = RT_PAGE - at;
		call_rmm(cpu, x);
		at += x[1];
		count++;
		if (x[0] == RSI_SUCCESS)
			break;
	}
	gprs[0] = x[0];
	gprs[1] = at;
	gprs[2] = count;
}

static void smc(unsigned int cpu, uint64_t *gprs)
{
	uint64_t x[18] = { 0 };
	unsigned int i;

	for (i = 0; i < 11; i++)
		x[i] = gprs[1 + i];
	if (x[1] == BUFFER)
		x[1] = (uint64_t)buffers[cpu];
	call_rmm(cpu, x);
	for (i = 0; i < 11; i++)
		gprs[i] = x[i];
}

void attest_serve(uint64_t cpu);
void attest_serve(uint64_t cpu)
{
	uint64_t *gprs = calls[cpu].gprs, at;
	unsigned int i;

	/* CPACR_EL1: no traps of SIMD. */
	asm volatile("msr cpacr_el1, %0; isb" : : "r"(0x300000UL));
	calls[cpu].imm = 100;
	for (;;) {
		if (rt_smc4(SMC_RSI_HOST_CALL, (uint64_t)&calls[cpu], 0, 0))
			rt_exit(RT_STATUS_RSI);
		switch (gprs[0]) {
		case TOKEN:
			token(cpu, gprs);
			break;
		case SMC:
			smc(cpu, gprs);
			break;
		case BYTES:
			at = gprs[1];
			for (i = 0; i < 30; i++, at += 8)
				gprs[i] = at <= RT_PAGE - 8 ?
					  *(uint64_t *)(buffers[cpu] + at) : 0;
			break;
		case ON:
			gprs[0] = rt_smc4(CPU_ON, 1, (uint64_t)attest_entry, 1);
			break;
		default:
			return;
		}
	}
}

int main(const uint64_t args[8])
{
	attest_serve(0);
	return 0;
}
