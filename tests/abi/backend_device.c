// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI tests' device back end: /dev/rmi_raw of tests/kmod/rmi_raw.c, and so
 * the RMM of the machine that it runs in.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kmod/rmi_raw.h"
#include "abi.h"

#define MODULE	"/lib/modules/rmi_raw.ko"

extern const char guest_code[], guest_code_end[];

static int fd = -1;

static void must(int result, const char *what)
{
	if (result < 0) {
		printf("Bail out! %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static int load(void)
{
	int file = open(MODULE, O_RDONLY | O_CLOEXEC), result;

	if (file < 0)
		return -1;
	result = (int)syscall(SYS_finit_module, file, "", 0);
	close(file);
	return result;
}

/* The tests are about one profile: ask as a host would. */
const char *abi_open(void)
{
	uint64_t page;

	if (load() < 0 && errno != EEXIST)
		return "rmi_raw.ko cannot be loaded";
	fd = open("/dev/rmi_raw", O_RDWR | O_CLOEXEC);
	must(fd, "/dev/rmi_raw");
	if (RMI(VERSION, RMI_ABI_VERSION(2, 0)) != RMI_SUCCESS)
		return "no RMM of version 2.0";
	if (RMI(RMM_STATE_GET, 0) != NOT_IMPLEMENTED)
		return "this RMM is newer than the one that gave these answers";
	page = abi_pages_alloc(1);
	RMI(RMM_CONFIG_SET, page);
	RMI(RMM_ACTIVATE, 0);	/* or it was active already */
	abi_pages_free(page, 1);
	return NULL;
}

void abi_close(void)
{
	close(fd);
	(void)syscall(SYS_delete_module, "rmi_raw", 0);
}

bool abi_on_device(void)
{
	return true;
}

void abi_call(struct abi_regs *regs)
{
	struct rmi_raw_smc smc;

	memcpy(smc.x, regs->x, sizeof(smc.x));
	must(ioctl(fd, RMI_RAW_SMC, &smc), "SMC");
	memcpy(regs->x, smc.x, sizeof(smc.x));
}

uint64_t abi_pages_alloc(unsigned int count)
{
	struct rmi_raw_pages pages = { .count = count };

	must(ioctl(fd, RMI_RAW_ALLOC, &pages), "pages");
	return pages.pa;
}

void abi_pages_free(uint64_t pa, unsigned int count)
{
	struct rmi_raw_pages pages = { .pa = pa, .count = count };

	must(ioctl(fd, RMI_RAW_FREE, &pages), "free");
}

static void copy(uint64_t pa, const void *at, size_t size, uint32_t write)
{
	struct rmi_raw_copy c = {
		.pa = pa, .size = size, .write = write,
		.user = (uint64_t)(uintptr_t)at,
	};

	must(ioctl(fd, RMI_RAW_COPY, &c), "copy");
}

void abi_page_read(uint64_t pa, void *to, size_t size)
{
	copy(pa, to, size, 0);
}

void abi_page_write(uint64_t pa, const void *from, size_t size)
{
	copy(pa, from, size, 1);
}

/* Far above any memory of a machine that runs these tests. */
uint64_t abi_unknown_pa(void)
{
	return 1UL << 43;
}

const void *abi_guest_code(size_t *size)
{
	*size = (size_t)(guest_code_end - guest_code);
	return guest_code;
}
