// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest of KVM and a realm on one host, which both live by the same two timer
 * interrupts of each CPU. The guest of KVM counts interrupts of its virtual
 * timer; it has a GICv3 of the kernel, and no other device.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "host.h"

#define BASE		0x40000000UL
#define SIZE		0x10000UL
#define WANTED		300	/* interrupts, half a millisecond apart */
#define ROUNDS		16U
#define TRIES		6U
#define PATIENCE	10	/* seconds, for what takes a fraction of one */

/* x0: ticks from one interrupt to the next; x1: how many. Ends by SYSTEM_OFF. */
asm(".pushsection .rodata\n"
    ".balign 2048\n"
    /* Else both are the section and an offset, of which the GOT keeps one. */
    ".global kvm_guest, kvm_guest_end\n"
    ".hidden kvm_guest, kvm_guest_end\n"
    "kvm_guest:\n"
    "	b	1f\n"
    "	.balign 0x80\n"
    "	.skip 0x200\n"
    /* vector base + 0x280 is kvm_guest + 0x280: IRQ from EL1h */
    "	mrs	x2, S3_0_C12_C12_0\n"
    "	add	x3, x3, #1\n"
    "	msr	cntv_ctl_el0, xzr\n"
    "	cmp	x3, x1\n"
    "	b.hs	3f\n"
    "	mrs	x4, cntvct_el0\n"
    "	add	x4, x4, x0\n"
    "	msr	cntv_cval_el0, x4\n"
    "	mov	x4, #1\n"
    "	msr	cntv_ctl_el0, x4\n"
    "	isb\n"
    "	msr	S3_0_C12_C12_1, x2\n"
    "	eret\n"
    "	.balign 0x800\n"
    "1:	adr	x5, kvm_guest\n"
    "	msr	vbar_el1, x5\n"
    "	mov	x3, #0\n"
    /* GICD_CTLR: affinity routing, group 1; the PPI: group 1, enabled */
    "	mov	x6, #0x08000000\n"
    "	mov	w7, #0x12\n"
    "	str	w7, [x6]\n"
    "	mov	x6, #0x080b0000\n"
    "	mov	w7, #-1\n"
    "	str	w7, [x6, #0x80]\n"
    "	mov	w7, #0x08000000\n"
    "	str	w7, [x6, #0x100]\n"
    "	mov	x7, #0xf0\n"
    "	msr	S3_0_C4_C6_0, x7\n"
    "	mov	x7, #1\n"
    "	msr	S3_0_C12_C12_7, x7\n"
    "	isb\n"
    "	mrs	x4, cntvct_el0\n"
    "	add	x4, x4, x0\n"
    "	msr	cntv_cval_el0, x4\n"
    "	msr	cntv_ctl_el0, x7\n"
    "	isb\n"
    "	msr	daifclr, #2\n"
    "2:	b	2b\n"
    "3:	mov	x0, #0x0008\n"
    "	movk	x0, #0x8400, lsl #16\n"
    "	hvc	#0\n"
    "	b	3b\n"
    "kvm_guest_end:\n"
    ".popsection\n");
extern const char kvm_guest[], kvm_guest_end[];

struct vm {
	int kvm, vm, cpu, gic;
	struct kvm_run *run;
	void *memory;
};

static uint64_t ticks_per_ms(void)
{
	uint64_t frequency;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	return frequency / 1000;
}

static void set_register(const struct vm *vm, uint64_t word, uint64_t value)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U64 | word / 4,
		.addr = (uintptr_t)&value,
	};

	T_EQ(ioctl(vm->cpu, KVM_SET_ONE_REG, &reg), 0);
}

static void gic_attribute(const struct vm *vm, uint32_t group, uint64_t attr, void *value)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)value };

	T_EQ(ioctl(vm->gic, KVM_SET_DEVICE_ATTR, &a), 0);
}

static void create(struct vm *vm)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = BASE, .memory_size = SIZE,
	};
	uint64_t distributor = 0x08000000, redistributor = 0x080a0000;
	struct kvm_vcpu_init init = { 0 };

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		t_skip("no KVM");
	vm->vm = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	T_ASSERT(vm->vm >= 0);
	vm->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_ASSERT(vm->memory != MAP_FAILED);
	memcpy(vm->memory, kvm_guest, kvm_guest_end - kvm_guest);
	region.userspace_addr = (uintptr_t)vm->memory;
	T_EQ(ioctl(vm->vm, KVM_SET_USER_MEMORY_REGION, &region), 0);
	T_EQ(ioctl(vm->vm, KVM_CREATE_DEVICE, &gic), 0);
	vm->gic = gic.fd;
	vm->cpu = ioctl(vm->vm, KVM_CREATE_VCPU, 0);
	T_ASSERT(vm->cpu >= 0);
	T_EQ(ioctl(vm->vm, KVM_ARM_PREFERRED_TARGET, &init), 0);
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	T_EQ(ioctl(vm->cpu, KVM_ARM_VCPU_INIT, &init), 0);
	gic_attribute(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &distributor);
	gic_attribute(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redistributor);
	gic_attribute(vm, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	vm->run = mmap(NULL, ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		       MAP_SHARED, vm->cpu, 0);
	T_ASSERT(vm->run != MAP_FAILED);
	/* X0, X1, PC: words of 8 bytes in struct user_pt_regs */
	set_register(vm, 0, ticks_per_ms() / 2);
	set_register(vm, 8, WANTED);
	set_register(vm, 8 * 32, BASE);
}

static void destroy(struct vm *vm)
{
	munmap(vm->run, ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	munmap(vm->memory, SIZE);
	close(vm->gic);
	close(vm->cpu);
	close(vm->vm);
	close(vm->kvm);
}

static uint64_t get_register(const struct vm *vm, uint64_t word)
{
	uint64_t value = 0;
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U64 | word / 4,
		.addr = (uintptr_t)&value,
	};

	T_EQ(ioctl(vm->cpu, KVM_GET_ONE_REG, &reg), 0);
	return value;
}

static void run(struct vm *vm)
{
	if (ioctl(vm->cpu, KVM_RUN, 0))
		t_fail(__FILE__, __LINE__, "KVM's guest stands at 0x%llx after %llu interrupts",
		       (unsigned long long)get_register(vm, 8 * 32),
		       (unsigned long long)get_register(vm, 8 * 3));
	if (vm->run->exit_reason != KVM_EXIT_SYSTEM_EVENT)
		t_fail(__FILE__, __LINE__, "KVM's guest left for reason %u", vm->run->exit_reason);
	T_EQ(vm->run->system_event.type, KVM_SYSTEM_EVENT_SHUTDOWN);
}

static void on_alarm(int number)
{
}

/* What waits for a timer that never fires is interrupted, and says where it stands. */
static void be_patient(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	T_EQ(sigaction(SIGALRM, &action, NULL), 0);
	alarm(PATIENCE * t_slow());
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	T_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void *run_pinned(void *arg)
{
	pin(0);
	run(arg);
	return NULL;
}

static uint64_t counter(void)
{
	uint64_t value;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

/*
 * A realm on that CPU whose timer fires x times, 3 ms ahead each: how many were
 * told within half a millisecond.
 */
static unsigned int run_realm(int cpu, uint64_t times)
{
	const uint64_t gprs[8] = { 0, 3000, times };
	unsigned int fired = 0, calls = 0, prompt = 0;
	struct h_guest guest;
	uint64_t late;

	pin(cpu);
	h_load(&guest, "alarm", T_BLOCK, -1, gprs);
	h_activate(guest.realm);
	guest.run->flags = CCA_RUN_F_TIMER_EXIT;
	be_patient();
	while (calls <= times) {
		T_EQ(h_run(&guest), 0);
		late = counter() - guest.run->cntv_cval;
		if (guest.run->exit_reason != CCA_EXIT_TIMER) {
			calls++;
		} else if (guest.run->timer_levels) {
			fired++;
			prompt += late < ticks_per_ms() / 2;
		}
	}
	T_EQ(guest.run->imm, 101);
	/* A host that comes late finds some of them over. */
	T_ASSERT(fired > 0);
	h_run_to_end(&guest, 0);
	alarm(0);
	h_close(&guest);
	return prompt;
}

static void beside(int cpu)
{
	pthread_t thread;
	struct vm vm;
	int i;

	create(&vm);
	T_EQ(pthread_create(&thread, NULL, run_pinned, &vm), 0);
	run_realm(cpu, 40);
	for (i = 0; i < 150 && pthread_tryjoin_np(thread, NULL); i++)
		t_sleep_us(100000);
	if (i == 150) {
		/* It says where it stands. */
		pthread_kill(thread, SIGALRM);
		pthread_join(thread, NULL);
	}
	destroy(&vm);
}

TEST_SECONDS(a_guest_of_KVM_works_at_all, 60)
{
	struct vm vm;

	create(&vm);
	be_patient();
	run(&vm);
	alarm(0);
	destroy(&vm);
}

TEST_SECONDS(R31_a_guest_of_KVM_beside_a_realm_on_another_CPU, 120)
{
	beside(1);
}

TEST_SECONDS(R31_a_guest_of_KVM_and_a_realm_share_a_CPU, 120)
{
	beside(0);
}

/*
 * Time is counted in instructions here (see the .conf). Without its interrupt a
 * timer is seen with the next tick, every four milliseconds. A kernel that has
 * just booted may first calm down.
 */
static void realm_in_time(void)
{
	unsigned int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (run_realm(0, ROUNDS) >= ROUNDS * 3 / 4)
			return;
		t_sleep_us(300000);
	}
	t_fail(__FILE__, __LINE__, "most timers of the realm came late");
}

static void run_in_time(struct vm *vm)
{
	uint64_t from = counter(), ms;

	be_patient();
	run(vm);
	alarm(0);
	ms = (counter() - from) / ticks_per_ms();
	t_note("KVM's guest had %u interrupts in %llu ms", WANTED, (unsigned long long)ms);
	T_ASSERT(ms < WANTED * 2);
}

/* Each leaves the interrupts as it likes them: the other has to cope. */
TEST_SECONDS(R31_guests_of_KVM_and_realms_take_turns, 200)
{
	struct vm vm;
	int i;

	for (i = 0; i < 3; i++) {
		realm_in_time();
		create(&vm);
		run_in_time(&vm);
		realm_in_time();
		destroy(&vm);
		realm_in_time();
	}
}

/* Beside what else there is, whose suite runs this: guests of KVM, one by one. */
static int alone(int seconds)
{
	uint64_t until = counter() + seconds * 1000 * ticks_per_ms();
	unsigned int guests = 0;
	struct vm vm;

	for (; counter() < until; guests++) {
		create(&vm);
		run(&vm);
		destroy(&vm);
	}
	printf("%u guests of KVM had %u interrupts each\n", guests, WANTED);
	return 0;
}

int main(int argc, char **argv)
{
	return argc > 1 ? alone(atoi(argv[1])) : t_main(T_LOAD | T_LEDGER);
}
