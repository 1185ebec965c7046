// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that is started as Linux is, and does what it is told: by the letters
 * after "voice=" on its command line, then by those that are typed at the UART.
 */
#include "../guests/rt/rt.h"

#define DR	(0x000 / 4)
#define IMSC	(0x038 / 4)
#define RIS	(0x03c / 4)
#define RECEIVED	0x50U		/* enough of it, or some for a while */

#define PSCI_CPU_OFF		0x84000002U
#define PSCI_SYSTEM_RESET	0x84000009U

#define TREE_MAX	(64 << 10)

static volatile uint32_t *uart;
static const char *told = "";

static char hear(void)
{
	while (!(uart[RIS] & RECEIVED))
		;
	return uart[DR];
}

static void echo(void)
{
	char text[2] = "";

	rt_pl011("heard ");
	do {
		text[0] = hear();
		rt_pl011(text[0] == '\r' ? "\n" : text);
	} while (text[0] != '\r' && text[0] != '\n');
}

static void flood(void)
{
	for (;;)
		rt_pl011("this goes on and on, and nobody reads it\n");
}

/* More and more memory, a page of each block, and what comes then. */
static void grow(void)
{
	for (uint64_t at = RT_RAM_BASE + 16 * RT_BLOCK;; at += RT_BLOCK)
		rt_store(at);
}

static void wait(void)
{
	for (;;)
		__asm__ volatile("wfi");
}

static void act(char what)
{
	switch (what) {
	case 'e':
		echo();
		break;
	case 'f':
		flood();
		break;
	case 'g':
		grow();
		break;
	case 'o':
		rt_smc4(PSCI_CPU_OFF, 0, 0, 0);
		break;
	case 'r':
		rt_smc4(PSCI_SYSTEM_RESET, 0, 0, 0);
		break;
	case 's':
		for (;;)
			;
	case 'w':
		wait();
		break;
	}
}

/* Somewhere in the device tree, as it is a string there. */
static const char *find_order(const char *tree)
{
	static const char mark[] = "voice=";
	size_t i;

	for (size_t at = 0; at < TREE_MAX; at++) {
		for (i = 0; mark[i] && tree[at + i] == mark[i]; i++)
			;
		if (!mark[i])
			return tree + at + i;
	}
	return "";
}

int main(const uint64_t args[8])
{
	const char *tree = (const char *)args[0];
	char what;

	uart = (volatile uint32_t *)rt_shared(RT_PL011);
	uart[IMSC] = RECEIVED;
	rt_pl011("ready\n");
	told = find_order(tree);
	do {
		what = *told > ' ' ? *told++ : hear();
		act(what);
	} while (what != 'x');
	return 0;
}
