// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an address to a device, and from its line to the GIC.
 */
#include <stdlib.h>

#include "board.h"
#include "layout.h"

bool board_init(struct board *board, const struct board_options *o)
{
	*board = (struct board) { .cpus = o->cpus, .alias = o->alias, .slots = 1 };
	board->gic = gic_new(o->cpus, o->wake, o->context);
	pl011_init(&board->uart);
	virtio_console_init(&board->console, &board->lent, o->alias, &board->out);
	board_attach(board, &board->console.virtio, BOARD_VIRTIO);
	return lent_init(&board->lent, o->base, o->memory) && board->gic;
}

bool board_attach(struct board *board, struct virtio *virtio, enum board_device device)
{
	if (board->slots == BOARD_SLOTS_MAX)
		return false;
	board->slot[board->slots++] = (struct board_slot) {
		.pci = { .virtio = virtio }, .device = device,
	};
	return true;
}

void board_free(struct board *board)
{
	gic_free(board->gic);
	lent_free(&board->lent);
	free(board->out.bytes);
}

/* The slot as well, if it is one of the bus. */
static enum board_device find(struct board *board, uint64_t address, uint64_t *offset,
			      struct pci **pci)
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
	/* Wherever the guest wants them, but not over something else. */
	for (unsigned int i = 1; i < board->slots && address - VMM_PCI_BASE < VMM_PCI_SIZE; i++) {
		*pci = &board->slot[i].pci;
		if (pci_decodes(*pci, address, offset))
			return board->slot[i].device;
	}
	return BOARD_NOTHING;
}

void board_update(struct board *board)
{
	bool level[VMM_PCI_LINES] = { false };

	for (unsigned int i = 1; i < board->slots; i++)
		level[i % VMM_PCI_LINES] |= pci_level(&board->slot[i].pci);
	for (unsigned int i = 0; i < VMM_PCI_LINES; i++)
		gic_set_level(board->gic, 0, VMM_SPI_PCI + i, level[i]);
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

/* The configuration space of the bus: there is a function 0 only. */
static void access_pci(struct board *board, struct board_access *a, uint64_t offset)
{
	unsigned int slot = offset / PCI_DEVICE_SIZE;

	offset %= PCI_DEVICE_SIZE;
	if (!slot || slot >= board->slots || offset >= PCI_FUNCTION_SIZE)
		a->data = a->bytes == 8 ? UINT64_MAX : (1ULL << 8 * a->bytes) - 1;
	else if (a->is_write)
		pci_config_write(&board->slot[slot].pci, offset, a->bytes, a->data);
	else
		a->data = pci_config_read(&board->slot[slot].pci, offset, a->bytes);
}

static void access_virtio(struct board *board, struct board_access *a, struct virtio *virtio,
			  uint64_t offset)
{
	size_t before = board->out.count;

	if (a->is_write)
		virtio_write(virtio, offset, a->bytes, a->data);
	else
		a->data = virtio_read(virtio, offset, a->bytes);
	if (board->out.count > before)
		board->virtio_spoke = true;
}

bool board_access(struct board *board, struct board_access *a)
{
	struct pci *pci = NULL;
	uint64_t offset;
	enum board_device device = find(board, a->address, &offset, &pci);

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
		access_pci(board, a, offset);
		break;
	case BOARD_VIRTIO:
	case BOARD_DISK:
	case BOARD_NET:
		access_virtio(board, a, pci->virtio, offset);
		break;
	default:
		return false;
	}
	board_update(board);
	return true;
}

size_t board_receive(struct board *board, const uint8_t *bytes, size_t count)
{
	unsigned int room = pl011_room(&board->uart);

	if (board->virtio_spoke) {
		count = virtio_console_receive(&board->console, bytes, count);
	} else {
		count = count > room ? room : count;
		for (size_t i = 0; i < count; i++)
			pl011_receive(&board->uart, bytes[i]);
	}
	board_update(board);
	return count;
}

bool board_has_room(const struct board *board)
{
	return board->virtio_spoke || pl011_room(&board->uart);
}

void board_resize(struct board *board, uint16_t columns, uint16_t rows)
{
	virtio_console_resize(&board->console, columns, rows);
	board_update(board);
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
		[BOARD_DISK] = "disk",
		[BOARD_NET] = "net",
	};

	return names[device];
}
