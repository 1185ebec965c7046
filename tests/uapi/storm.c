// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, on eight CPUs: realms are built, run, killed and destroyed
 * while memory is set aside, grows, shrinks and is taken back. Each worker is a
 * process with threads of its own that does one thing over and over. What is
 * left over at the end is nothing.
 *
 * 25 seconds of it, or SOAK seconds if the machine was booted for that.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "puppet.h"

#define SECONDS		25
#define SOAK_MAX	7200
#define SETTLE_SECONDS	120

static uint64_t until;

struct worker {
	const char *name;
	void (*work)(void);
	bool killed;			/* from time to time, then begun anew */
};

/* Shared with the workers: how often each came round. */
static unsigned long *rounds;

static unsigned int number(unsigned int below)
{
	return (unsigned int)rand() % below;
}

static bool over(void)
{
	return t_now_us() > until;
}

/* What may go wrong when memory is short, or somebody else was faster. */
static bool tolerable(int result)
{
	return !result || result == -ENOMEM || result == -EAGAIN || result == -EBUSY;
}

/* ------------------------------------------------------------------ the works */

static void run_a_realm(void)
{
	struct h_guest guest;

	h_start(&guest, "hello", 4 * T_BLOCK);
	h_run_to_end(&guest, 0);
	h_close(&guest);
}

static void grow_a_realm(void)
{
	struct h_guest guest;

	h_start(&guest, "grow", T_BLOCK);
	h_run_to_end(&guest, 0);
	h_close(&guest);
}

/* Out of memory that goes back when the realm does. */
static void run_from_memory(void)
{
	struct h_guest guest;
	int dev = t_open(), memory = h_memory(dev, 2 * T_BLOCK, T_BLOCK);

	h_load(&guest, "hello", 2 * T_BLOCK, memory, NULL);
	h_activate(guest.realm);
	h_run_to_end(&guest, 0);
	close(memory);
	close(dev);
	h_close(&guest);
}

static void delegate(void)
{
	struct cca_delegate delegate = { .block_size = number(2) ? T_PAGE : T_BLOCK };
	int dev = t_open(), result;

	delegate.length = delegate.block_size * (1 + number(delegate.block_size == T_PAGE ? 600 : 4));
	delegate.size = sizeof(delegate);
	result = t_ioctl(dev, CCA_DELEGATE, &delegate);
	if (!tolerable(result))
		t_fail(__FILE__, __LINE__, "CCA_DELEGATE: %s", strerror(-result));
	if (!result)
		close(delegate.out_fd);
	close(dev);
}

/* Memory in advance, and memory of this process: it goes when that does, or before. */
static void share(void)
{
	const uint64_t ipa = H_SHARED(0x80000000UL);
	const size_t length = (1 + number(700)) * T_PAGE;
	struct cca_prefault prefault = { .size = sizeof(prefault), .ipa = H_RAM };
	struct cca_mem_add add = {
		.size = sizeof(add), .flags = CCA_MEM_F_SHARED, .ipa = ipa, .length = length,
		.memory = -1,
	};
	struct cca_mem_remove remove = { .size = sizeof(remove), .ipa = ipa, .length = length };
	void *memory = h_buffer(length, 5);
	struct h_guest guest;
	int result;

	p_load(&guest, 3 * T_BLOCK);
	prefault.length = 3 * T_BLOCK;
	result = t_ioctl(guest.realm, CCA_PREFAULT, &prefault);
	if (!tolerable(result))
		t_fail(__FILE__, __LINE__, "CCA_PREFAULT: %s", strerror(-result));
	p_activate(&guest);
	add.source = (uintptr_t)memory;
	result = t_ioctl(guest.realm, CCA_MEM_ADD, &add);
	if (!tolerable(result))
		t_fail(__FILE__, __LINE__, "CCA_MEM_ADD: %s", strerror(-result));
	if (!result) {
		p_do(&guest, P_FILL, ipa, ipa + length, 3, 0);
		T_EQ(*(volatile uint64_t *)memory, ipa + 3);
		if (number(2))
			T_EQ(t_ioctl(guest.realm, CCA_MEM_REMOVE, &remove), 0);
	}
	munmap(memory, length);
	h_close(&guest);
}

static int pulled;

static void *pull(void *arg)
{
	struct cca_memory_resize resize = { .size = sizeof(resize) };
	unsigned int seed = (unsigned int)(intptr_t)arg, i;
	int result;

	for (i = 0; i < 12; i++) {
		const bool grow = rand_r(&seed) % 2;

		resize.length = T_PAGE * (1 + rand_r(&seed) % 100);
		result = t_ioctl(pulled, grow ? CCA_MEMORY_GROW : CCA_MEMORY_SHRINK, &resize);
		/* More than there is: EINVAL. */
		if (!tolerable(result) && (grow || result != -EINVAL))
			t_fail(__FILE__, __LINE__, "%s: %s", grow ? "CCA_MEMORY_GROW" :
			       "CCA_MEMORY_SHRINK", strerror(-result));
	}
	return NULL;
}

/* One memory, pulled at from both ends while a realm lives in it. */
static void pull_at_memory(void)
{
	int dev = t_open(), realm = h_realm(dev);
	pthread_t threads[2];
	intptr_t i;

	pulled = h_memory(dev, 256 * T_PAGE, T_PAGE);
	h_mem_add(realm, H_RAM, T_BLOCK, pulled);
	for (i = 0; i < 2; i++)
		T_EQ(pthread_create(&threads[i], NULL, pull, (void *)(i + rand())), 0);
	for (i = 0; i < 4; i++) {
		struct cca_populate populate = {
			.size = sizeof(populate), .ipa = H_RAM + i * 8 * T_PAGE,
			.length = 8 * T_PAGE, .source = (uintptr_t)h_buffer(8 * T_PAGE, i),
		};
		int result = t_ioctl(realm, CCA_POPULATE, &populate);

		if (!tolerable(result))
			t_fail(__FILE__, __LINE__, "CCA_POPULATE: %s", strerror(-result));
		munmap((void *)(uintptr_t)populate.source, 8 * T_PAGE);
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	close(pulled);
	close(realm);
	close(dev);
}

static int contested;

static void *take_away(void *arg)
{
	struct cca_realm_op op = { .size = sizeof(op) };

	t_sleep_us(number(20000));
	t_ioctl(contested, CCA_DESTROY, &op);
	return arg;
}

/* Destroyed by one thread while another one builds it: any errno will do. */
static void contest(void)
{
	struct cca_rec_create rec = { .size = sizeof(rec), .pc = H_RAM };
	void *source = h_buffer(64 * T_PAGE, 7);
	pthread_t thread;
	unsigned int i;
	int dev = t_open();

	contested = h_realm(dev);
	T_EQ(pthread_create(&thread, NULL, take_away, NULL), 0);
	for (i = 0; i < 4; i++) {
		struct cca_mem_add add = {
			.size = sizeof(add), .ipa = H_RAM + i * T_BLOCK, .length = T_BLOCK,
			.memory = -1,
		};
		struct cca_populate populate = {
			.size = sizeof(populate), .ipa = add.ipa, .length = 64 * T_PAGE,
			.source = (uintptr_t)source,
		};

		t_ioctl(contested, CCA_MEM_ADD, &add);
		t_ioctl(contested, CCA_POPULATE, &populate);
		if (!t_ioctl(contested, CCA_REC_CREATE, &rec))
			close(rec.out_fd);
	}
	pthread_join(thread, NULL);
	munmap(source, 64 * T_PAGE);
	close(contested);
	close(dev);
}

/* The kernel wants its memory back: of the page cache, and of every pool. */
static void press(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	size_t size = 64 * T_BLOCK;
	void *memory;

	T_ASSERT(fd >= 0 && write(fd, "2", 1) == 1);
	close(fd);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	T_ASSERT(memory != MAP_FAILED);
	munmap(memory, size);
	t_sleep_us(200000);
}

static const struct worker workers[] = {
	{ "run", run_a_realm },
	{ "run and be killed", run_a_realm, true },
	{ "grow", grow_a_realm },
	{ "grow and be killed", grow_a_realm, true },
	{ "run from memory", run_from_memory },
	{ "delegate", delegate },
	{ "delegate too", delegate },
	{ "delegate and be killed", delegate, true },
	{ "pull at memory", pull_at_memory },
	{ "pull and be killed", pull_at_memory, true },
	{ "share", share },
	{ "share and be killed", share, true },
	{ "contest", contest },
	{ "contest and be killed", contest, true },
	{ "press", press },
};

/* ------------------------------------------------------------------- the storm */

static _Noreturn void work(unsigned int which)
{
	srand(which * 7919 + rounds[which]);
	while (!over()) {
		workers[which].work();
		rounds[which]++;
	}
	_exit(0);
}

/* Begin the worker, and if it is one of these, again and again kill it. */
static _Noreturn void keep(unsigned int which)
{
	int status;
	pid_t child;

	srand(which);
	if (!workers[which].killed)
		work(which);
	while (!over()) {
		child = fork();
		if (!child)
			work(which);
		t_sleep_us(20000 + number(600000));
		kill(child, SIGKILL);
		T_EQ(waitpid(child, &status, 0), child);
		T_ASSERT(!status || status == SIGKILL);
	}
	_exit(0);
}

TEST_SECONDS(R11_R32_eight_CPUs_at_once, SOAK_MAX)
{
	const unsigned int seconds = SECONDS + atoi(t_env("SOAK", "0"));
	const unsigned int count = T_ARRAY_SIZE(workers);
	struct cca_info info;
	pid_t children[T_ARRAY_SIZE(workers)];
	int status, watch = t_open();
	unsigned int i, failed = 0;
	uint64_t end;

	t_note("%ld CPUs, %u seconds", sysconf(_SC_NPROCESSORS_ONLN), seconds);
	rounds = mmap(NULL, T_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_ASSERT(rounds != MAP_FAILED);
	until = t_now_us() + seconds * 1000000UL;
	for (i = 0; i < count; i++) {
		children[i] = fork();
		if (!children[i])
			keep(i);
	}
	for (i = 0; i < count; i++) {
		T_EQ(waitpid(children[i], &status, 0), children[i]);
		t_note("%s: %lu rounds, ended with 0x%x", workers[i].name, rounds[i], status);
		failed += status != 0;
	}
	T_EQ(failed, 0);
	for (i = 0; i < count; i++)
		T_ASSERT(rounds[i] || workers[i].killed);
	/* What was killed last is still being taken apart. */
	end = t_now_us() + SETTLE_SECONDS * 1000000UL;
	while (!t_idle(watch, &info) && t_now_us() < end)
		continue;
	close(watch);
}

int main(void)
{
	return t_main(T_LOAD | T_LEDGER);
}
