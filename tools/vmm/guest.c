// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPUs of a guest, each in a thread of its own: enter, see why it left, do
 * that, and again.
 *
 * One lock covers the board. It is not held while a CPU is inside, or while a
 * byte is written. Who changes what a CPU that is inside has in its list
 * registers makes it leave: by a kick and a signal.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "layout.h"

#define NUDGE		SIGUSR1

/* RMI_EXIT_PSCI */
#define RAW_EXIT_PSCI	3

#define ESR_EC(esr)		((esr) >> 26 & 0x3f)
#define ESR_EC_INSTRUCTION_ABORT 0x20
#define ESR_EC_DATA_ABORT	0x24
#define ESR_IS_READ(esr)	((esr) & 1)
/* Op0, Op2, Op1, CRn and CRm of ICC_SGI1R_EL1. */
#define ESR_REGISTER		0x3ffc1eULL
#define ESR_ICC_SGI1R		0x3a3016ULL

static __thread struct guest_cpu *self;

static void nudged(int number)
{
}

static void make_leave(struct guest_cpu *cpu)
{
	cca_rec_kick(cpu->rec);
	if (cpu->started)
		pthread_kill(cpu->thread, NUDGE);
}

/* From the GIC, with the lock. Who is out looks before it goes in. */
static void wake(void *context, unsigned int index)
{
	struct guest *guest = context;
	struct guest_cpu *cpu = &guest->cpu[index];

	if (cpu == self || !cpu->inside)
		return;
	guest->kicks++;
	make_leave(cpu);
}

/* ------------------------------------------------------------------------ the end */

/* The first who says so decides how it ended. With the lock. */
static void over(struct guest *guest, int status, const struct problem *p)
{
	uint64_t one = 1;

	if (guest->over)
		return;
	guest->over = true;
	guest->status = status;
	if (p)
		guest->problem = *p;
	pthread_cond_broadcast(&guest->power);
	pthread_cond_broadcast(&guest->room);
	pthread_cond_broadcast(&guest->work);
	for (unsigned int i = 0; i < guest->cpus; i++)
		make_leave(&guest->cpu[i]);
	if (write(guest->over_fd, &one, sizeof(one)) < 0)
		abort();
}

void guest_end(struct guest *guest, int status, const struct problem *p)
{
	pthread_mutex_lock(&guest->lock);
	over(guest, status, p);
	pthread_mutex_unlock(&guest->lock);
}

/* With the lock: it does not go on, for a reason that the user is to hear. */
#define ENDS(guest, status, next, ...)					\
do {									\
	struct problem p_;						\
									\
	problem(&p_, status, (guest)->name, "go on", next, __VA_ARGS__);	\
	over(guest, status, &p_);					\
} while (0)

#define CANNOT(guest, next, ...)	ENDS(guest, STATUS_FAILED, next, __VA_ARGS__)

/* -------------------------------------------------------------------------- exits */

/* Without the lock: whoever reads may be slow, and that is for the sender to bear. */
static void send_output(struct guest *guest, struct output *out)
{
	struct problem p;
	int error = line_write(guest->line, out->bytes, out->count, guest->over_fd);

	if (!error)
		return;
	problem(&p, STATUS_FAILED, guest->line->name, "write", NULL, "%s", strerror(error));
	guest_end(guest, STATUS_FAILED, &p);
}

/*
 * The guest uses memory that it wants to share: it gets ours, and tries again.
 * False: that is not what happened.
 */
static bool lend(struct guest *guest, struct cca_run *page)
{
	struct lent *lent = &guest->board.lent;
	uint64_t ipa, length, address = page->ipa & ~guest->alias;
	void *source;
	int err;

	if (!(page->ipa & guest->alias) || !lent_is_ram(lent, address))
		return false;
	/* Another CPU may have been there before. */
	page->flags |= CCA_RUN_F_RETRY;
	if (!lent_begin(lent, address, &ipa, &length, &source))
		return true;
	do {
		err = cca_realm_share(guest->realm, ipa | guest->alias, length, source, 0);
	} while (err == -EINTR);
	lent_end(lent, ipa, !err);
	if (err) {
		struct problem p;
		int status = problem_call(&p, guest->name, "share memory with it", err,
					  cca_realm_last_outcome(guest->realm));

		over(guest, status, &p);
	} else {
		guest->lent += length;
	}
	return true;
}

/* An access to nothing is a bus error, as on a real board. */
static void handle_mmio(struct guest *guest, struct cca_run *page)
{
	struct board_access a = {
		.address = page->mmio.ipa & ~guest->alias,
		.data = page->mmio.data,
		.bytes = page->mmio.bytes,
		.is_write = page->mmio.is_write,
	};

	if (lend(guest, page))
		return;
	if (!board_access(&guest->board, &a))
		page->flags |= CCA_RUN_F_INJECT_SEA;
	else if (!a.is_write)
		page->mmio.data = a.data;
	if (board_has_room(&guest->board))
		pthread_cond_signal(&guest->room);
}

static void handle_fault(struct guest *guest, struct cca_run *page)
{
	if (ESR_EC(page->esr) != ESR_EC_INSTRUCTION_ABORT && lend(guest, page))
		return;
	if (ESR_EC(page->esr) == ESR_EC_DATA_ABORT && page->ipa & guest->alias)
		page->flags |= CCA_RUN_F_INJECT_SEA;
	else
		CANNOT(guest, NULL, "the guest fetched an instruction from, or accessed, 0x%"
		       PRIx64 ", where nothing is (ESR 0x%" PRIx64 ")", (uint64_t)page->ipa,
		       (uint64_t)page->esr);
}

static void handle_sysreg(struct guest_cpu *cpu, struct cca_run *page)
{
	struct guest *guest = cpu->guest;

	if (ESR_IS_READ(page->esr)) {
		page->sysreg = 0;
	} else if ((page->esr & ESR_REGISTER) == (ESR_ICC_SGI1R & ESR_REGISTER)) {
		guest->sgis++;
		gic_send_sgi(guest->board.gic, cpu->index, page->sysreg);
	}
}

/* With the lock: until it is turned on, for which there must be another CPU. */
static void wait_for_power(struct guest_cpu *cpu, unsigned int seen)
{
	struct guest *guest = cpu->guest;

	guest->off++;
	if (guest->off == guest->cpus)
		CANNOT(guest, NULL, "the guest turned its last CPU off");
	while (cpu->turned_on == seen && !guest->over)
		pthread_cond_wait(&guest->power, &guest->lock);
	guest->off--;
}

/*
 * With the lock: another CPU turned the system off, or reset it, and is about to
 * say which. There is one as long as not all of them wait.
 */
static void wait_for_verdict(struct guest_cpu *cpu)
{
	struct guest *guest = cpu->guest;

	guest->off++;
	if (guest->off == guest->cpus)
		over(guest, STATUS_OK, NULL);
	while (!guest->over)
		pthread_cond_wait(&guest->power, &guest->lock);
	guest->off--;
}

static void handle_cpu_on(struct guest *guest, uint64_t mpidr)
{
	unsigned int target = VMM_MPIDR_CPU(mpidr);

	if (target >= guest->cpus)
		return;
	guest->cpu[target].turned_on++;
	pthread_cond_broadcast(&guest->power);
}

/* With the lock. */
static void handle_exit(struct guest_cpu *cpu, struct cca_run *page)
{
	struct guest *guest = cpu->guest;

	if (page->exit_reason < GUEST_EXITS)
		guest->exits[page->exit_reason]++;
	switch (page->exit_reason) {
	case CCA_EXIT_MMIO:
		handle_mmio(guest, page);
		break;
	case CCA_EXIT_SYSREG:
		handle_sysreg(cpu, page);
		break;
	case CCA_EXIT_FAULT:
		handle_fault(guest, page);
		break;
	case CCA_EXIT_CPU_ON:
		handle_cpu_on(guest, page->gprs[1]);
		break;
	case CCA_EXIT_HOST_CALL:
		page->gprs[0] = UINT64_MAX;	/* there are none */
		break;
	case CCA_EXIT_SYSTEM_OFF:
		/* Of its own, or it hears of another CPU's. */
		if (page->raw_reason == RAW_EXIT_PSCI)
			over(guest, STATUS_OK, NULL);
		else
			wait_for_verdict(cpu);
		break;
	case CCA_EXIT_SYSTEM_RESET:
		ENDS(guest, STATUS_RESET, "run it again", "the guest asked for a reset");
		break;
	case CCA_EXIT_TERMINATED:
		CANNOT(guest, NULL, "the realm was terminated");
		break;
	case CCA_EXIT_INTR:
	case CCA_EXIT_TIMER:
	case CCA_EXIT_CPU_OFF:
	case CCA_EXIT_RIPAS:
	case CCA_EXIT_SERROR:
		break;
	default:
		CANNOT(guest, "report it with the output of `cca info --json`",
		       "the realm left for a reason that nobody knows (%u, RMI %u, ESR 0x%" PRIx64
		       ")", page->exit_reason, page->raw_reason, (uint64_t)page->esr);
	}
}

/* -------------------------------------------------------------------------- a CPU */

/* With the lock. */
static void handle_error(struct guest_cpu *cpu, int err, unsigned int seen)
{
	struct guest *guest = cpu->guest;
	struct problem p;
	int status;

	if (err == -EINTR || guest->over)
		return;
	if (err == -EAGAIN) {
		wait_for_power(cpu, seen);
		return;
	}
	if (err == -ESTALE && cca_rec_last_outcome(cpu->rec)->reason == CCA_REASON_SYSTEM_OFF) {
		wait_for_verdict(cpu);
		return;
	}
	status = problem_call(&p, guest->name, "run it", err, cca_rec_last_outcome(cpu->rec));
	over(guest, status, &p);
}

static void set_timers(struct guest_cpu *cpu, uint32_t levels)
{
	struct gic *gic = cpu->guest->board.gic;

	gic_set_level(gic, cpu->index, VMM_PPI_VIRTUAL_TIMER, levels & CCA_RUN_TIMER_VIRTUAL);
	gic_set_level(gic, cpu->index, VMM_PPI_PHYSICAL_TIMER, levels & CCA_RUN_TIMER_PHYSICAL);
}

/* Once in and out, with the lock before and after. */
static void run_once(struct guest_cpu *cpu, struct cca_run *page)
{
	struct guest *guest = cpu->guest;
	unsigned int seen = cpu->turned_on;
	uint64_t lrs[GIC_LRS_MAX];
	int err;

	page->gic_hcr = gic_fill(guest->board.gic, cpu->index, lrs, guest->list_registers);
	memcpy(page->gic_lrs, lrs, sizeof(lrs));
	page->flags |= CCA_RUN_F_TIMER_EXIT;
	cpu->inside = true;
	pthread_mutex_unlock(&guest->lock);
	err = cca_rec_run(cpu->rec);
	pthread_mutex_lock(&guest->lock);
	cpu->inside = false;

	memcpy(lrs, page->gic_lrs, sizeof(lrs));
	gic_take(guest->board.gic, cpu->index, lrs);
	set_timers(cpu, page->timer_levels);
	if (!err)
		handle_exit(cpu, page);
	else
		handle_error(cpu, err, seen);
}

static void *run_cpu(void *argument)
{
	struct guest_cpu *cpu = argument;
	struct cca_run *page = cca_rec_page(cpu->rec);
	struct guest *guest = cpu->guest;
	struct output out;

	self = cpu;
	pthread_mutex_lock(&guest->lock);
	while (!guest->over) {
		run_once(cpu, page);
		out = guest->board.out;
		if (!out.count)
			continue;
		/* It is ours now. */
		guest->board.out = (struct output) { NULL };
		pthread_mutex_unlock(&guest->lock);
		send_output(guest, &out);
		free(out.bytes);
		pthread_mutex_lock(&guest->lock);
	}
	pthread_mutex_unlock(&guest->lock);
	return NULL;
}

/* ----------------------------------------------------------------------- all of it */

static int no_memory(struct guest *guest, struct problem *p)
{
	return problem(p, STATUS_FAILED, guest->name, "run it", NULL, "%s", strerror(ENOMEM));
}

/* Signals that stop the command are for the thread that waits for the end. */
static int start_threads(struct guest *guest, struct problem *p)
{
	struct sigaction action = { .sa_handler = nudged };
	sigset_t most, before;
	int error = 0;

	sigaction(NUDGE, &action, NULL);
	sigfillset(&most);
	sigdelset(&most, NUDGE);
	pthread_sigmask(SIG_BLOCK, &most, &before);
	pthread_mutex_lock(&guest->lock);
	if (guest->devices)
		error = devices_start(guest->devices, guest);
	for (unsigned int i = 0; i < guest->cpus && !error; i++) {
		error = pthread_create(&guest->cpu[i].thread, NULL, run_cpu, &guest->cpu[i]);
		guest->cpu[i].started = !error;
	}
	pthread_mutex_unlock(&guest->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error ? problem(p, STATUS_FAILED, guest->name, "start its CPUs and devices", NULL, "%s",
			       strerror(error)) : STATUS_OK;
}

int guest_start(struct guest *guest, struct cca_rec **recs, unsigned int cpus, struct problem *p)
{
	const struct board_options options = {
		.cpus = cpus, .base = guest->base, .memory = guest->memory, .alias = guest->alias,
		.wake = wake, .context = guest,
	};
	struct cca_rec_info info = { .size = sizeof(info) };
	int err, status;

	pthread_mutex_init(&guest->lock, NULL);
	pthread_cond_init(&guest->power, NULL);
	pthread_cond_init(&guest->room, NULL);
	pthread_cond_init(&guest->work, NULL);
	guest->over_fd = eventfd(0, EFD_CLOEXEC);
	guest->cpus = cpus;
	guest->cpu = calloc(cpus, sizeof(*guest->cpu));
	if (guest->over_fd < 0 || !guest->cpu || !board_init(&guest->board, &options))
		return no_memory(guest, p);
	err = cca_rec_get_info(recs[0], &info);
	if (err)
		return problem_call(p, guest->name, "run it", err, NULL);
	guest->list_registers = info.out_list_registers;
	if (!guest->list_registers)
		return problem(p, STATUS_HOST, guest->name, "run it", NULL,
			       "firmware keeps the interrupts of guests (ICH_LR_EL2) to itself");
	for (unsigned int i = 0; i < cpus; i++)
		guest->cpu[i] = (struct guest_cpu) { .guest = guest, .rec = recs[i], .index = i };
	status = start_threads(guest, p);
	if (status)
		guest_end(guest, status, p);
	return status;
}

bool guest_receive(struct guest *guest, const uint8_t *bytes, size_t count)
{
	size_t taken;
	bool yes;

	pthread_mutex_lock(&guest->lock);
	while (count && !guest->over) {
		taken = board_receive(&guest->board, bytes, count);
		bytes += taken;
		count -= taken;
		if (!taken)
			pthread_cond_wait(&guest->room, &guest->lock);
	}
	yes = !guest->over;
	pthread_mutex_unlock(&guest->lock);
	return yes;
}

void guest_resize(struct guest *guest, uint16_t columns, uint16_t rows)
{
	pthread_mutex_lock(&guest->lock);
	board_resize(&guest->board, columns, rows);
	pthread_mutex_unlock(&guest->lock);
}

/* A thread may be about to wait for whoever reads what it writes: ask it again. */
static void join(struct guest_cpu *cpu)
{
	struct timespec until;

	if (!cpu->started)
		return;
	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 20000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (!pthread_timedjoin_np(cpu->thread, NULL, &until))
			break;
		make_leave(cpu);
	}
	cpu->started = false;
}

int guest_join(struct guest *guest, struct problem *p)
{
	for (unsigned int i = 0; i < guest->cpus && guest->cpu; i++)
		join(&guest->cpu[i]);
	if (guest->devices)
		devices_join(guest->devices);
	if (guest->status)
		*p = guest->problem;
	return guest->status;
}

void guest_free(struct guest *guest)
{
	if (guest->over_fd >= 0)
		close(guest->over_fd);
	board_free(&guest->board);
	free(guest->cpu);
}
