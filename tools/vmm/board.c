// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an address to a device, and from its line to the GIC.
 */
#include "board.h"
#include "layout.h"

bool board_init(struct board *board, unsigned int cpus,
		void (*wake)(void *context, unsigned int cpu), void *context)
{
	*board = (struct board) { .cpus = cpus };
	board->gic = gic_new(cpus, wake, context);
	pl011_init(&board->uart);
	return board->gic;
}

void board_free(struct board *board)
{
	gic_free(board->gic);
}

static enum board_device find(const struct board *board, uint64_t address, uint64_t *offset)
{
	*offset = address - VMM_GICD_BASE;
	if (*offset < VMM_GICD_SIZE)
		return BOARD_GICD;
	*offset = address - VMM_GICR_BASE;
	if (*offset < VMM_GICR_STRIDE * board->cpus)
		return BOARD_GICR;
	*offset = address - VMM_UART_BASE;
	return *offset < VMM_UART_SIZE ? BOARD_UART : BOARD_NOTHING;
}

static void update_uart(struct board *board)
{
	gic_set_level(board->gic, 0, VMM_SPI_UART, pl011_level(&board->uart));
}

bool board_access(struct board *board, struct board_access *a)
{
	uint64_t offset;
	enum board_device device = find(board, a->address, &offset);

	board->accesses[device]++;
	a->sent = -1;
	switch (device) {
	case BOARD_GICD:
		if (a->is_write)
			gicd_write(board->gic, offset, a->bytes, a->data);
		else
			a->data = gicd_read(board->gic, offset, a->bytes);
		return true;
	case BOARD_GICR:
		if (a->is_write)
			gicr_write(board->gic, offset, a->bytes, a->data);
		else
			a->data = gicr_read(board->gic, offset, a->bytes);
		return true;
	case BOARD_UART:
		if (a->is_write)
			a->sent = pl011_write(&board->uart, offset, a->data);
		else
			a->data = pl011_read(&board->uart, offset);
		update_uart(board);
		return true;
	default:
		return false;
	}
}

unsigned int board_receive(struct board *board, const uint8_t *bytes, unsigned int count)
{
	unsigned int room = pl011_room(&board->uart);

	if (count > room)
		count = room;
	for (unsigned int i = 0; i < count; i++)
		pl011_receive(&board->uart, bytes[i]);
	update_uart(board);
	return count;
}

const char *board_device_name(enum board_device device)
{
	static const char *const names[BOARD_DEVICES] = {
		[BOARD_NOTHING] = "nothing",
		[BOARD_GICD] = "gicd",
		[BOARD_GICR] = "gicr",
		[BOARD_UART] = "uart",
	};

	return names[device];
}
