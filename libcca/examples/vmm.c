// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A virtual machine monitor of one screen: a realm with two virtual CPUs, a
 * console, and a buffer that both worlds see.
 *
 *   cc -pthread -o vmm vmm.c $(pkg-config --cflags --libs libcca)
 *   ./vmm IMAGE TEXT
 *
 * IMAGE is a flat binary, loaded and started at BASE. It finds TEXT in the
 * buffer, at BUFFER; what it leaves there is printed when it has powered off.
 */
#include <cca.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE	0x40000000ULL
#define RAM	(16ULL << 20)
#define BUFFER	(1ULL << (CCA_IPA_BITS_DEFAULT - 1) | 0x50000000ULL)	/* unprotected half */
#define PAGES(n) (((n) + CCA_PAGE_SIZE - 1) / CCA_PAGE_SIZE * CCA_PAGE_SIZE)

static int guest_status;

static void must(int result, const char *what, const struct cca_outcome *outcome)
{
	if (result)
		errx(1, "cannot %s: %s: %s", what, strerror(-result), cca_strreason(outcome->reason));
}

/* What a guest of `cca run` says, docs/guest-abi.md: 1 prints, 2 is its exit status. */
static void host_call(struct cca_run *run)
{
	const size_t length = run->gprs[0];

	if (run->imm == 1 && length <= 240)
		fwrite((const char *)&run->gprs[1], 1, length, stdout);
	else if (run->imm == 2)
		guest_status = run->gprs[0] & 0xff;
	run->gprs[0] = 0;
}

/* One virtual CPU: run it, serve what it wants, until the realm is over. */
static void *processor(void *argument)
{
	struct cca_rec *rec = argument;
	struct cca_run *run = cca_rec_page(rec);
	int err;

	for (;;) {
		err = cca_rec_run(rec);
		if (err == -EAGAIN) {
			usleep(1000);		/* it is off: until another one turns it on */
		} else if (err == -ESTALE) {
			return NULL;
		} else if (err != -EINTR) {
			must(err, "run", cca_rec_last_outcome(rec));
			if (run->exit_reason == CCA_EXIT_HOST_CALL)
				host_call(run);
			else if (run->exit_reason == CCA_EXIT_SYSTEM_OFF)
				return NULL;
			else if (run->exit_reason != CCA_EXIT_CPU_ON && run->exit_reason != CCA_EXIT_CPU_OFF)
				errx(1, "CPU %u: %s", cca_rec_index(rec), cca_exit_name(run->exit_reason));
		}
	}
}

int main(int argc, char **argv)
{
	struct cca_rec_options first = { .size = sizeof(first), .flags = CCA_REC_F_RUNNABLE, .pc = BASE };
	struct cca *c;
	struct cca_realm *realm;
	struct cca_rec *recs[2];
	pthread_t threads[2];
	struct stat st;
	void *image;
	char *buffer;
	int fd, failed;

	if (argc != 3 || (fd = open(argv[1], O_RDONLY)) < 0 || fstat(fd, &st))
		errx(2, "usage: vmm IMAGE TEXT");
	image = mmap(NULL, PAGES(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
	buffer = mmap(NULL, CCA_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (image == MAP_FAILED || buffer == MAP_FAILED)
		errx(1, "no memory");
	snprintf(buffer, CCA_PAGE_SIZE, "%s", argv[2]);

	failed = cca_open(NULL, &c);
	if (failed)
		errx(1, CCA_DEVICE ": %s", strerror(-failed));
	must(cca_realm_create(c, NULL, &realm), "create a realm", cca_last_outcome(c));
	must(cca_realm_add_memory(realm, BASE, RAM, NULL), "add RAM", cca_realm_last_outcome(realm));
	must(cca_realm_share(realm, BUFFER, CCA_PAGE_SIZE, buffer, 0), "share the buffer",
	     cca_realm_last_outcome(realm));
	must(cca_realm_populate(realm, BASE, PAGES(st.st_size), image, CCA_POPULATE_F_MEASURE, NULL),
	     "load the image", cca_realm_last_outcome(realm));
	must(cca_rec_create(realm, &first, &recs[0]), "create CPU 0", cca_realm_last_outcome(realm));
	must(cca_rec_create(realm, NULL, &recs[1]), "create CPU 1", cca_realm_last_outcome(realm));
	must(cca_realm_activate(realm), "activate the realm", cca_realm_last_outcome(realm));

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, processor, recs[i]))
			errx(1, "no threads");
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("the buffer: %s\n", buffer);

	for (int i = 0; i < 2; i++)
		cca_rec_close(recs[i]);
	cca_realm_close(realm);
	cca_close(c);
	return guest_status;
}
