// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an address to a device, and from its line to the GIC.
 */
#include <stdlib.h>

#include "board.h"
#include "layout.h"

bool board_init(struct board *board, const struct board_options *o)
{
	*board = (struct board) { .cpus = o->cpus };
	board->gic = gic_new(o->cpus, o->wake, o->context);
	pl011_init(&board->uart);
	virtio_init(&board->virtio, &board->lent, o->alias, &board->out);
	return lent_init(&board->lent, o->base, o->memory) && board->gic;
}

void board_free(struct board *board)
{
	gic_free(board->gic);
	lent_free(&board->lent);
	free(board->out.bytes);
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
	if (*offset < VMM_UART_SIZE)
		return BOARD_UART;
	*offset = address - VMM_ECAM_BASE;
	if (*offset < VMM_ECAM_SIZE)
		return BOARD_PCI;
	/* Wherever the guest wants it, but not over something else. */
	if (address - VMM_PCI_BASE < VMM_PCI_SIZE && pci_decodes(&board->pci, address, offset))
		return BOARD_VIRTIO;
	return BOARD_NOTHING;
}

static void update_lines(struct board *board)
{
	gic_set_level(board->gic, 0, VMM_SPI_PCI,
		      virtio_level(&board->virtio) && pci_interrupts(&board->pci));
	gic_set_level(board->gic, 0, VMM_SPI_UART, pl011_level(&board->uart));
}

static void access_uart(struct board *board, struct board_access *a, uint64_t offset)
{
	uint8_t byte;
	int sent;

	if (!a->is_write) {
		a->data = pl011_read(&board->uart, offset);
		if (a->bytes < 4)
			a->data &= (1U << 8 * a->bytes) - 1;
		return;
	}
	sent = pl011_write(&board->uart, offset, a->data);
	if (sent < 0)
		return;
	byte = sent;
	output_add(&board->out, &byte, 1);
	board->virtio_spoke = false;
}

static void access_virtio(struct board *board, struct board_access *a, uint64_t offset)
{
	size_t before = board->out.count;

	if (a->is_write)
		virtio_write(&board->virtio, offset, a->bytes, a->data);
	else
		a->data = virtio_read(&board->virtio, offset, a->bytes);
	if (board->out.count > before)
		board->virtio_spoke = true;
}

bool board_access(struct board *board, struct board_access *a)
{
	uint64_t offset;
	enum board_device device = find(board, a->address, &offset);

	board->accesses[device]++;
	switch (device) {
	case BOARD_GICD:
		if (a->is_write)
			gicd_write(board->gic, offset, a->bytes, a->data);
		else
			a->data = gicd_read(board->gic, offset, a->bytes);
		break;
	case BOARD_GICR:
		if (a->is_write)
			gicr_write(board->gic, offset, a->bytes, a->data);
		else
			a->data = gicr_read(board->gic, offset, a->bytes);
		break;
	case BOARD_UART:
		access_uart(board, a, offset);
		break;
	case BOARD_PCI:
		if (a->is_write)
			pci_config_write(&board->pci, offset, a->bytes, a->data);
		else
			a->data = pci_config_read(&board->pci, offset, a->bytes);
		break;
	case BOARD_VIRTIO:
		access_virtio(board, a, offset);
		break;
	default:
		return false;
	}
	update_lines(board);
	return true;
}

size_t board_receive(struct board *board, const uint8_t *bytes, size_t count)
{
	unsigned int room = pl011_room(&board->uart);

	if (board->virtio_spoke) {
		count = virtio_receive(&board->virtio, bytes, count);
	} else {
		count = count > room ? room : count;
		for (size_t i = 0; i < count; i++)
			pl011_receive(&board->uart, bytes[i]);
	}
	update_lines(board);
	return count;
}

bool board_has_room(const struct board *board)
{
	return board->virtio_spoke || pl011_room(&board->uart);
}

void board_resize(struct board *board, uint16_t columns, uint16_t rows)
{
	virtio_resize(&board->virtio, columns, rows);
	update_lines(board);
}

const char *board_device_name(enum board_device device)
{
	static const char *const names[BOARD_DEVICES] = {
		[BOARD_NOTHING] = "nothing",
		[BOARD_GICD] = "gicd",
		[BOARD_GICR] = "gicr",
		[BOARD_UART] = "uart",
		[BOARD_PCI] = "pci",
		[BOARD_VIRTIO] = "virtio",
	};

	return names[device];
}
