/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The runtime of the guests: what a program in a realm needs and no more.
 *
 * A guest has one function, main(). What it returns is its exit status, and
 * then the realm is powered off. An exception that nobody expected ends it with
 * RT_STATUS_EXCEPTION.
 */
#ifndef GUEST_RT_H
#define GUEST_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../rmm/rsi.h"

#define RT_PAGE			4096UL
#define RT_BLOCK		(2UL << 20)
#define RT_RAM_BASE		0x40000000UL

/* What `cca run` promises (docs/guest-abi.md). */
#define RT_HOST_PRINT		1	/* gprs[0] bytes in gprs[1..30] */
#define RT_HOST_EXIT		2	/* gprs[0] exit status */
#define RT_HOST_PRINT_MAX	240
#define RT_PL011		0x09000000UL	/* at its unprotected alias */

#define RT_STATUS_EXCEPTION	99	/* exception that nobody expected */
#define RT_STATUS_RSI		98	/* the RMM refused what it may not refuse */

int main(const uint64_t args[8]);

/* ------------------------------------------------------------------ calls */

void rt_smc(uint64_t x[18]);
uint64_t rt_smc4(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3);

/* All that fail end the guest with RT_STATUS_RSI and a line that says why. */
const struct rsi_realm_config *rt_config(void);
void rt_host_call(unsigned int imm, uint64_t gprs[31]);

struct rt_ripas {
	uint64_t top;			/* the state is the same up to here */
	uint64_t value;			/* RSI_RIPAS_* */
};

struct rt_ripas rt_ripas_get(uint64_t base, uint64_t top);
bool rt_ripas_set(uint64_t base, uint64_t top, uint64_t value, uint64_t flags);

/* The end of the RAM that begins at base. */
uint64_t rt_ram_end(uint64_t base);

/* The RIM; returns its length in bytes (32, 48 or 64). */
size_t rt_rim(uint8_t rim[64]);

/* A physical address that the host serves: its unprotected alias. */
uint64_t rt_shared(uint64_t ipa);

/* ---------------------------------------------------------------- console */

void rt_print(const char *text);
void rt_print_hex(const uint8_t *bytes, size_t count);
void rt_print_number(uint64_t value);		/* 0x... */
void rt_print_decimal(uint64_t value);
void rt_flush(void);
void rt_pl011(const char *text);

/* ----------------------------------------------------------------- ending */

_Noreturn void rt_exit(int status);
_Noreturn void rt_fail(const char *what);	/* status 1 */
_Noreturn void rt_unexpected(void);

/* ----------------------------------------------------------------- faults */

struct rt_fault {
	uint64_t esr;
	uint64_t far;
	uint64_t elr;
};

extern struct rt_fault rt_fault;

bool rt_try(void (*fn)(uint64_t), uint64_t arg);
void rt_load(uint64_t address);
void rt_store(uint64_t address);
void rt_jump(uint64_t address);

#define RT_ESR_EC(esr)		(((esr) >> 26) & 0x3f)
#define RT_EC_FETCH		0x21	/* instruction abort, same level */
#define RT_EC_DATA		0x25	/* data abort, same level */
#define RT_ESR_FSC(esr)		((esr) & 0x3f)
#define RT_FSC_EXTERNAL		0x10

extern uint8_t rt_image_end[];

#endif
