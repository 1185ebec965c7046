// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of the firmware to its developer, on the secure UART (the second
 * -serial of QEMU). A panic also goes to the kernel's console.
 */
#include "el3.h"

#define UART_DR		0x00
#define UART_FR		0x18
#define UART_FR_TXFF	BIT(5)
#define UART_CR		0x30
#define UART_CR_ON	0x101		/* UARTEN, TXE */

static uint64_t uart = UART1_BASE;

static void put(char c)
{
	unsigned int tries = 100000;

	while (tries-- && mmio_read32(uart + UART_FR) & UART_FR_TXFF)
		;
	mmio_write32(uart + UART_DR, c);
}

void el3_print(const char *text)
{
	mmio_write32(uart + UART_CR, UART_CR_ON);
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}

void el3_print_number(const char *name, uint64_t value)
{
	char digits[17];
	int i;

	for (i = 15; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 0xf];
	digits[16] = 0;
	el3_print(name);
	el3_print(digits);
}

/* From now on, speak on the kernel's console. */
void el3_console(void)
{
	uart = UART0_BASE;
}

void el3_panic(const char *text)
{
	el3_console();
	el3_print("\nfirmware: panic: ");
	el3_print(text);
	el3_print("\n");
	power_off();
}
