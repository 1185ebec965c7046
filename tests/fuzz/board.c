// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of a Linux guest, and a guest that does anything: accesses of any
 * width anywhere, rings that make no sense, list registers that come back as
 * they may.
 *
 * An input is the life of one board. Its first byte says how many CPUs, list
 * registers and how much RAM there are; then come actions, each with what it
 * needs. At the end the devices are reset as drivers do it, and must work.
 */
#include <stdlib.h>
#include <string.h>

#include "../../tools/vmm/virtio_block.h"
#include "../../tools/vmm/virtio_net.h"
#include "board.h"

#define DISK			2	/* its slot: behind the console */
#define DISK_SECTORS		1000
#define NET			3

/* Registers that a driver uses. */
#define UART_DR			0x00
#define UART_IMSC		0x38
#define UART_MIS		0x40
#define GICD_CTLR		0x0000
#define GIC_ISENABLER		0x0100
#define GIC_ICPENDR		0x0280

#define LR_STATE		(3ULL << 62)
#define LR_GROUP1		(1ULL << 60)
#define LR_PRIORITY		(0xffULL << 48)
#define LR_EOI			(1ULL << 41)
#define LR_INTID		0xffffffffULL
#define HCR_UIE			2U

enum action {
	DO_READ, DO_WRITE, DO_DRIVE, DO_DESC, DO_OFFER, DO_NOTIFY, DO_POKE, DO_LEND,
	DO_TYPE, DO_SIZE, DO_ENTER, DO_LEAVE, DO_TIMER, DO_SGI, DO_TAKE, DO_DISK, DO_NET, ACTIONS,
};

const char target_promise[] = "R30 R31 R32 a board survives its guest";
const unsigned int target_chances = 20000;

/* A CPU between gic_fill() and gic_take(). */
struct entry {
	bool inside, woken, full;
	uint64_t lrs[GIC_LRS_MAX];
};

static struct virtio_block disk;
static struct virtio_block_request request;
static bool requested;			/* it is in flight */
static struct virtio_net net;
static struct entry entry[CPUS_MAX];
static unsigned int list_registers;

const char *target_action_name(unsigned int action)
{
	static const char *const names[ACTIONS] = {
		"READ", "WRITE", "DRIVE", "DESC", "OFFER", "NOTIFY", "POKE", "LEND",
		"TYPE", "SIZE", "ENTER", "LEAVE", "TIMER", "SGI", "TAKE",
		"DISK", "NET",
	};

	return action < ACTIONS ? names[action] : NULL;
}

unsigned int target_most_calls(void)
{
	return 0;
}

/* ----------------------------------------------------------------------- the disk */

/* As a file's thread does it: what is asked for lies in the disk, and in memory that is there. */
static void do_request(void)
{
	uint64_t sum = 0;

	CHECK(request.count <= sizeof(request.data) / sizeof(request.data[0]), "%u parts",
	      request.count);
	for (unsigned int i = 0; i < request.count; i++) {
		sum += request.data[i].iov_len;
		if (request.action == VIRTIO_BLOCK_READ)
			memset(request.data[i].iov_base, 'd', request.data[i].iov_len);
		else
			CHECK(memchr(request.data[i].iov_base, 0, request.data[i].iov_len) ||
			      request.data[i].iov_len, "a part is empty");
	}
	CHECK(sum == request.length, "%llu bytes are in the parts of %llu", (unsigned long long)sum,
	      (unsigned long long)request.length);
	CHECK(request.length <= DISK_SECTORS * 512 && request.offset <= DISK_SECTORS * 512 - request.length,
	      "%llu bytes at %llu of the disk", (unsigned long long)request.length,
	      (unsigned long long)request.offset);
	CHECK(request.action != VIRTIO_BLOCK_WRITE || !disk.readonly, "what is read-only is written");
}

/* A request that is in flight is known to be, so that a reset waits for it. */
static void check_in_flight(void)
{
	CHECK(disk.virtio.in_flight == requested, "%u requests are in flight", disk.virtio.in_flight);
}

static void end_request(bool good)
{
	virtio_block_done(&disk, &request, good);
	requested = false;
	board_update(&board);
}

/* One step: begin a request, or end the one that is in flight. */
static void step_disk(uint8_t how)
{
	if (requested) {
		end_request(!(how & 1));
		return;
	}
	requested = virtio_block_next(&disk, &request);
	if (requested)
		do_request();
	board_update(&board);
}

/* -------------------------------------------------------------------- the network */

/* A frame of that length comes; or one is sent, if there is one. */
static size_t step_net(size_t length)
{
	uint8_t frame[VIRTIO_NET_FRAME_MAX];
	uint64_t dropped = net.dropped;
	bool room = virtio_net_has_room(&net);
	size_t sent = 0;

	memset(frame, 'n', sizeof(frame));
	if (length) {
		virtio_net_give(&net, frame, length < sizeof(frame) ? length : sizeof(frame));
		CHECK(net.dropped - dropped <= 1, "one frame was dropped twice");
		CHECK(room || net.dropped > dropped, "a frame went where there was no room");
	} else {
		sent = virtio_net_take(&net, frame);
		CHECK(!sent || (sent >= VIRTIO_NET_FRAME_MIN && sent <= VIRTIO_NET_FRAME_MAX),
		      "a frame of %zu bytes", sent);
	}
	CHECK(!net.virtio.in_flight, "a frame is in flight");
	board_update(&board);
	return sent;
}

/* --------------------------------------------------------------------------- CPUs */

static void note_wake(void *context, unsigned int cpu)
{
	CHECK(cpu < cpus, "CPU %u is woken", cpu);
	entry[cpu].woken = true;
}

static bool has(const struct entry *e, unsigned int intid)
{
	for (unsigned int i = 0; i < list_registers; i++)
		if (e->lrs[i] && (e->lrs[i] & LR_INTID) == intid)
			return true;
	return false;
}

/* What goes to a CPU is what an RMM takes, and nobody else's. */
static void check_list(unsigned int cpu)
{
	const struct entry *e = &entry[cpu];

	for (unsigned int i = 0; i < GIC_LRS_MAX; i++) {
		uint64_t lr = e->lrs[i];
		unsigned int intid = lr & LR_INTID;

		if (!lr)
			continue;
		CHECK(i < list_registers, "list register %u of %u is used", i, list_registers);
		CHECK(lr & LR_STATE && lr & LR_GROUP1 && intid < OWN_IRQS + GIC_SPIS &&
		      !(lr & ~(LR_STATE | LR_GROUP1 | LR_PRIORITY | LR_EOI | LR_INTID)),
		      "list register 0x%llx", (unsigned long long)lr);
		for (unsigned int j = 0; j < i; j++)
			CHECK(!e->lrs[j] || (e->lrs[j] & LR_INTID) != intid,
			      "interrupt %u is there twice", intid);
		for (unsigned int other = 0; other < cpus; other++)
			CHECK(intid < OWN_IRQS || other == cpu || !entry[other].inside ||
			      !has(&entry[other], intid), "two CPUs have interrupt %u", intid);
	}
}

static void enter(unsigned int cpu)
{
	struct entry *e = &entry[cpu];
	uint32_t hcr;

	if (e->inside)
		return;
	hcr = gic_fill(board.gic, cpu, e->lrs, list_registers);
	CHECK(!(hcr & ~HCR_UIE), "ICH_HCR_EL2 is 0x%x", hcr);
	e->full = hcr;
	e->woken = false;
	check_list(cpu);
	e->inside = true;
}

/* How the guest and its RMM leave a list register: by the lowest bits of a byte. */
static uint64_t change_lr(uint64_t lr, uint8_t how)
{
	switch (how % 8) {
	case 0:
		return 0;
	case 1:
		return lr;
	case 2:
		return (lr & ~LR_STATE) | 2ULL << 62;
	case 3:
		return lr | LR_STATE;
	case 4:
		return lr & ~LR_STATE;
	case 5:
		return get_bytes(8);
	case 6:
		return (lr & ~LR_STATE) | 1ULL << 62;
	}
	return ~lr;
}

static void leave(unsigned int cpu, bool honest)
{
	struct entry *e = &entry[cpu];

	if (!e->inside)
		return;
	for (unsigned int i = 0; i < list_registers; i++)
		if (e->lrs[i])
			e->lrs[i] = honest ? 0 : change_lr(e->lrs[i], get_byte());
	gic_take(board.gic, cpu, e->lrs);
	e->inside = false;
}

/* A CPU that is inside and has to look again was told, or it would sleep for ever. */
static void check_woken(void)
{
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		const struct entry *e = &entry[cpu];

		if (!e->inside || e->full || e->woken)
			continue;
		for (unsigned int intid = 0; intid < OWN_IRQS + GIC_SPIS; intid++) {
			const struct irq *irq = gic_irq(board.gic, cpu, intid);

			if (irq->holder || !irq->enabled || !board.gic->forwards ||
			    !(irq->latched || (!irq->edge && irq->level)))
				continue;
			CHECK(intid >= OWN_IRQS && irq->route != cpu,
			      "CPU %u does not hear of interrupt %u", cpu, intid);
		}
	}
}

/* ------------------------------------------------------------------------ actions */

static void type(unsigned int count)
{
	uint8_t bytes[256];

	memset(bytes, 'a', sizeof(bytes));
	CHECK(board_receive(&board, bytes, count) <= count, "more was taken than typed");
	board_has_room(&board);
}

static void act_on_queue(enum action action)
{
	uint8_t which = get_byte();
	unsigned int slot = 1 + which / 2 % 3, queue = which % QUEUES;
	uint64_t address;
	uint8_t index, flags, after;

	switch (action) {
	case DO_DESC:
		index = get_byte();
		address = get_byte();
		address = address < 0xf8 ? BUFFER + 0x100 * address : get_value();
		flags = get_byte();
		after = get_byte();
		write_desc(slot, queue, index, address, get_value(), flags, after);
		break;
	case DO_OFFER:
		offer(slot, queue, get_byte(), 8 << (which >> 4 & 7));
		break;
	default:
		notify(slot, queue);
	}
}

static void act(enum action action)
{
	uint64_t address;
	uint8_t byte;

	switch (action) {
	case DO_READ:
		byte = get_byte();
		bus_read(get_address(), 1 << byte % 4);
		break;
	case DO_WRITE:
		byte = get_byte();
		address = get_address();
		bus_write(address, 1 << byte % 4, get_value());
		break;
	case DO_DRIVE:
		byte = get_byte();
		drive(1 + byte % 3, get_byte());
		break;
	case DO_DESC:
	case DO_OFFER:
	case DO_NOTIFY:
		act_on_queue(action);
		break;
	case DO_POKE:
		byte = get_byte();
		address = RAM + get_bytes(3) % 0x80000;
		ram_write(address, 1 << byte % 4, get_value());
		break;
	case DO_LEND:
		byte = get_byte();
		lend(RAM + LENT_PIECE * (byte % 8) + 8 * byte, byte < 0xe0);
		break;
	case DO_TYPE:
		type(get_byte());
		break;
	case DO_SIZE:
		byte = get_byte();
		board_resize(&board, byte, get_byte());
		break;
	case DO_ENTER:
		enter(get_byte() % cpus);
		break;
	case DO_LEAVE:
		leave(get_byte() % cpus, false);
		break;
	case DO_TIMER:
		byte = get_byte();
		gic_set_level(board.gic, byte % cpus,
			      byte & 0x40 ? VMM_PPI_VIRTUAL_TIMER : VMM_PPI_PHYSICAL_TIMER, byte & 0x80);
		break;
	case DO_SGI:
		byte = get_byte();
		gic_send_sgi(board.gic, byte % cpus, get_value());
		break;
	case DO_DISK:
		step_disk(get_byte());
		break;
	case DO_NET:
		step_net(get_value() % 2048);
		break;
	default:
		/* Whoever writes it takes it along. */
		free(board.out.bytes);
		board.out = (struct output) { NULL };
	}
}

/* ------------------------------------------------------------------------ the end */

/* All that is pending is handled, on all CPUs: it ends. */
static void check_interrupts_end(void)
{
	unsigned int busy = 0;

	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		leave(cpu, true);
		gic_set_level(board.gic, cpu, VMM_PPI_VIRTUAL_TIMER, false);
		gic_set_level(board.gic, cpu, VMM_PPI_PHYSICAL_TIMER, false);
	}
	gic_set_level(board.gic, 0, VMM_SPI_UART, false);
	for (unsigned int intid = VMM_SPI_PCI; intid < OWN_IRQS + GIC_SPIS; intid++)
		gic_set_level(board.gic, 0, intid, false);
	for (unsigned int round = 0; round < OWN_IRQS + GIC_SPIS + 1; round++) {
		busy = 0;
		for (unsigned int cpu = 0; cpu < cpus; cpu++) {
			enter(cpu);
			for (unsigned int i = 0; i < list_registers; i++)
				busy += entry[cpu].lrs[i] != 0;
			leave(cpu, true);
		}
	}
	CHECK(!busy, "%u interrupts do not end", busy);
}

static void check_timer_comes(void)
{
	uint64_t redistributor = VMM_GICR_BASE + VMM_GICR_STRIDE * (cpus - 1) + GIC_SGI_FRAME;

	bus_write(VMM_GICD_BASE + GICD_CTLR, 4, 2);
	bus_write(redistributor + GIC_ISENABLER, 4, 1U << VMM_PPI_VIRTUAL_TIMER);
	bus_write(redistributor + GIC_ICPENDR, 4, 1U << VMM_PPI_VIRTUAL_TIMER);
	gic_set_level(board.gic, cpus - 1, VMM_PPI_VIRTUAL_TIMER, true);
	enter(cpus - 1);
	CHECK(entry[cpus - 1].full || has(&entry[cpus - 1], VMM_PPI_VIRTUAL_TIMER), "the timer does not come");
	leave(cpus - 1, true);
	gic_set_level(board.gic, cpus - 1, VMM_PPI_VIRTUAL_TIMER, false);
}

static void check_said(uint8_t byte, const char *where)
{
	CHECK(board.out.count && board.out.bytes[board.out.count - 1] == byte, "the %s is dumb", where);
	act(DO_TAKE);
}

static void check_uart_works(void)
{
	uint64_t mis = 0;

	act(DO_TAKE);
	bus_write(VMM_UART_BASE + UART_DR, 4, 'x');
	check_said('x', "UART");
	/* Read what is left, then what is typed. */
	bus_write(VMM_UART_BASE + UART_IMSC, 4, 0x50);
	for (unsigned int i = 0; i <= PL011_FIFO; i++) {
		mis = bus_read(VMM_UART_BASE + UART_MIS, 4);
		bus_read(VMM_UART_BASE + UART_DR, 4);
	}
	CHECK(!mis, "the UART's bytes do not end");
	CHECK(board_receive(&board, (const uint8_t *)"y", 1) == 1, "the UART takes nothing");
	CHECK(bus_read(VMM_UART_BASE + UART_MIS, 4) == 0x40, "the UART has no interrupt");
	CHECK(bus_read(VMM_UART_BASE + UART_DR, 4) == 'y', "the UART is deaf");
}

static void check_console_works(void)
{
	const uint8_t *typed;

	lend(RAM, true);
	typed = lent_at(&board.lent, BUFFER, 2);
	/* A guest with so little RAM has no rings. */
	if (!typed)
		return;
	drive(1, 0);
	for (unsigned int queue = 0; queue < QUEUES; queue++)
		ram_write(AVAIL(1, queue), 4, 0);
	ram_write(BUFFER, 1, 'z');
	write_desc(1, 0, 0, BUFFER + 1, 1, 2, 0);
	write_desc(1, 1, 0, BUFFER, 1, 0, 0);
	offer(1, 1, 0, 8);
	notify(1, 1);
	check_said('z', "virtio console");
	offer(1, 0, 0, 8);
	notify(1, 0);
	CHECK(board_receive(&board, (const uint8_t *)"q", 1) == 1 && typed[1] == 'q',
	      "the virtio console is deaf");
	CHECK(bus_read(BAR(1) + VIRTIO_ISR, 1) & 1, "the virtio console has no interrupt");
}

static void check_disk_works(void)
{
	const uint8_t *buffer = lent_at(&board.lent, BUFFER, 1024);

	if (requested)
		end_request(false);
	if (!buffer)
		return;
	drive(DISK, 0);
	ram_write(AVAIL(DISK, 0), 4, 0);
	ram_write(BUFFER, 8, 0);
	ram_write(BUFFER + 8, 8, DISK_SECTORS - 1);
	ram_write(BUFFER + 768, 1, 0xff);
	write_desc(DISK, 0, 0, BUFFER, 16, 1, 1);
	write_desc(DISK, 0, 1, BUFFER + 256, 512, 3, 2);
	write_desc(DISK, 0, 2, BUFFER + 768, 1, 2, 0);
	offer(DISK, 0, 0, 8);
	notify(DISK, 0);
	step_disk(0);
	CHECK(requested && request.offset == (DISK_SECTORS - 1) * 512, "the disk does not read");
	end_request(true);
	CHECK(!buffer[768] && buffer[256] == 'd' && buffer[767] == 'd', "the disk has nothing");
	CHECK(bus_read(BAR(DISK) + VIRTIO_ISR, 1) & 1, "the disk has no interrupt");
}

static void check_net_works(void)
{
	const uint8_t *buffer = lent_at(&board.lent, BUFFER, 4096);

	if (!buffer)
		return;
	drive(NET, 0);
	for (unsigned int queue = 0; queue < QUEUES; queue++)
		ram_write(AVAIL(NET, queue), 4, 0);
	write_desc(NET, 0, 0, BUFFER, 1600, 2, 0);
	write_desc(NET, 1, 0, BUFFER + 2048, 12 + 60, 0, 0);
	offer(NET, 1, 0, 8);
	notify(NET, 1);
	CHECK(step_net(0) == 60, "the network sends nothing");
	CHECK(!virtio_net_has_room(&net), "the network has room for nothing");
	offer(NET, 0, 0, 8);
	notify(NET, 0);
	CHECK(virtio_net_has_room(&net), "the network has no room");
	step_net(64);
	CHECK(buffer[12] == 'n' && buffer[12 + 63] == 'n', "the network brings nothing");
	CHECK(bus_read(BAR(NET) + VIRTIO_ISR, 1) & 1, "the network has no interrupt");
}

/* ----------------------------------------------------------------------- the life */

static void begin(uint8_t setting)
{
	static const uint64_t sizes[] = { 4096, LENT_PIECE, 7ULL << 20, (5ULL << 20) + 4096 };
	static const uint8_t registers[] = { 4, 1, 2, 16 };

	cpus = 1 + setting % CPUS_MAX;
	list_registers = registers[setting >> 3 & 3];
	memory = sizes[(setting >> 5 & 3) ^ 2];
	memset(entry, 0, sizeof(entry));
	CHECK(board_init(&board, &(struct board_options) {
		.cpus = cpus, .base = RAM, .memory = memory, .alias = ALIAS, .wake = note_wake,
	}), "there is no memory");
	virtio_block_init(&disk, DISK_SECTORS, setting & 0x80, "disk", &board.lent, ALIAS);
	requested = false;
	virtio_net_init(&net, (const uint8_t[]) { 2, 0, 0, 0, 0, 1 }, &board.lent, ALIAS);
	CHECK(board_attach(&board, &disk.virtio, BOARD_DISK) &&
	      board_attach(&board, &net.virtio, BOARD_NET), "the bus is full");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_begin(data, size);
	begin(get_byte());
	while (input_is_left()) {
		act(get_byte() % ACTIONS);
		check_woken();
		check_in_flight();
	}
	check_interrupts_end();
	check_timer_comes();
	check_uart_works();
	check_console_works();
	check_disk_works();
	check_net_works();
	board_free(&board);
	return 0;
}
