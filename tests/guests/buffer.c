// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest of libcca/examples/vmm.c: the first CPU says what its VMM wrote into
 * the buffer, the second one, which it turns on, writes the same there backwards
 * and turns itself off.
 */
#include "rt/rt.h"

#define PSCI_CPU_OFF		0x84000002UL
#define PSCI_CPU_ON		0xc4000003UL
#define PSCI_AFFINITY_INFO	0xc4000004UL
#define AFFINITY_OFF		1
#define BUFFER			0x50000000UL

extern char writer_entry[];
uint8_t writer_stack[4096] __attribute__((aligned(16)));
static char text[64];
static volatile char *buffer;

asm(".text\n"
    ".balign 4\n"
    "writer_entry:\n"
    "	adrp	x1, writer_stack\n"
    "	add	x1, x1, :lo12:writer_stack\n"
    "	add	sp, x1, #4096\n"
    "	bl	writer_main\n"
    "1:	b	1b\n");

void writer_main(void);
void writer_main(void)
{
	size_t length = 0, i;

	while (text[length])
		length++;
	for (i = 0; i < length; i++)
		buffer[i] = text[length - 1 - i];
	rt_smc4(PSCI_CPU_OFF, 0, 0, 0);
}

int main(const uint64_t args[8])
{
	size_t i;

	buffer = (volatile char *)rt_shared(BUFFER);
	for (i = 0; i < sizeof(text) - 1 && buffer[i]; i++)
		text[i] = buffer[i];
	rt_print("the VMM says: ");
	rt_print(text);
	rt_print("\n");
	if (rt_smc4(PSCI_CPU_ON, 1, (uint64_t)writer_entry, 0))
		rt_fail("the second CPU cannot be turned on");
	while (rt_smc4(PSCI_AFFINITY_INFO, 1, 0, 0) != AFFINITY_OFF)
		continue;
	return 7;
}
