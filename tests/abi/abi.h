/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the Realm Management Interface, register by register, and the seam
 * below them: a way to issue a call, and pages whose addresses are known.
 *
 * The host back end is the model of this tree in a process; the device back end
 * is /dev/rmi_raw, and so whatever RMM the machine has. Names cite the section
 * and item of the ABI notes in which a running RMM (TF-RMM of July 2026, our
 * profile `july`) gave the answer.
 */
#ifndef ABI_H
#define ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../module/rmi.h"
#include "../rmm/rsi.h"
#include "guest.h"

#define PAGE		4096UL
#define MIB2		(1UL << 21)
#define GIB		(1UL << 30)
#define RTT(level)	RMI_RESULT(RMI_ERROR_RTT, (level))
#define NOT_IMPLEMENTED	RMI_NOT_IMPLEMENTED

/* ---- the back end --------------------------------------------------------- */

struct abi_regs {
	uint64_t x[18];
};

/* Says why there is nothing to test, or NULL. */
const char *abi_open(void);
void abi_close(void);
void abi_call(struct abi_regs *regs);
/* Contiguous, aligned to the size (a power of two), zeroed, Non-secure. */
uint64_t abi_pages_alloc(unsigned int count);
void abi_pages_free(uint64_t pa, unsigned int count);
void abi_page_read(uint64_t pa, void *to, size_t size);
void abi_page_write(uint64_t pa, const void *from, size_t size);
/* An address that no RMM knows as memory. */
uint64_t abi_unknown_pa(void);
bool abi_on_device(void);
/* The code page of the guest; on the host its contents do not matter. */
const void *abi_guest_code(size_t *size);

/* ---- tests ---------------------------------------------------------------- */

typedef void (*abi_test_fn)(void);
void abi_register(const char *name, abi_test_fn test);

#define ABI_TEST(name)							\
	static void name(void);						\
	static void __attribute__((constructor)) name##_register(void)	\
	{								\
		abi_register(#name, name);				\
	}								\
	static void name(void)

_Noreturn void abi_fail(const char *file, int line, const char *what,
			uint64_t got, uint64_t want);
_Noreturn void abi_skip(const char *why);

#define EQ(got, want) do {						\
	uint64_t got_ = (uint64_t)(got), want_ = (uint64_t)(want);	\
	if (got_ != want_)						\
		abi_fail(__FILE__, __LINE__, #got, got_, want_);	\
} while (0)

/* X[n] of the last call. */
extern struct abi_regs last;
#define X(n, want)	EQ(last.x[n], want)

/* ---- calls ---------------------------------------------------------------- */

/*
 * Issue a call: the answer's X0, the rest in last. Checks on the way that X4 to
 * X17 are preserved (A.5), but for READ_ENTRY's X4.
 */
uint64_t rmi(uint32_t fid, const uint64_t *args);
#define RMI(name, ...) \
	rmi(SMC_RMI_##name, (const uint64_t[7]){ __VA_ARGS__ })

/* Its status after all that it asks for has been done. */
uint64_t rmi_whole(uint32_t fid, const uint64_t *args);
#define RMI_WHOLE(name, ...) \
	rmi_whole(SMC_RMI_##name, (const uint64_t[7]){ __VA_ARGS__ })

/* A delegated page; all that a test forgot is taken back after it. */
uint64_t delegated(void);
uint64_t delegated_run(unsigned int count);
uint64_t ns_page(void);
void undelegate(uint64_t pa, unsigned int count);
/* A page that a command gave back DELEGATED: undelegated and free. */
void returned(uint64_t pa);
/* Does UNDELEGATE refuse it? Then an object owns it (L.1, F.1). */
bool in_use(uint64_t pa);

/* ---- realms --------------------------------------------------------------- */

struct realm {
	uint64_t rd, root, params, list;
	struct rmi_realm_params p;
};

void realm_params(struct realm *r, unsigned int s2sz, int level,
		  unsigned int roots);
uint64_t realm_create(struct realm *r);
void realm_new(struct realm *r);	/* 33 bits, level 1 */
void realm_new_shape(struct realm *r, unsigned int s2sz, int level,
		     unsigned int roots);
void realm_tables(struct realm *r, uint64_t ipa, int level);
/* Terminate, unmap, destroy, undelegate: F.5. RECs must be gone. */
void realm_remove(struct realm *r);

uint64_t rec_create(struct realm *r, uint64_t mpidr, uint64_t flags,
		    uint64_t *rec);
void rec_destroy(uint64_t rec);

/* ---- realms that run ------------------------------------------------------ */

struct step {
	uint64_t kind;
	uint64_t x[11];
	uint64_t __pad[4];
};
_Static_assert(sizeof(struct step) == GUEST_STEP_SIZE, "guest.h");

struct vm {
	struct realm realm;
	uint64_t rec, run_pa, report;
	struct rmi_rec_run run;		/* the page, after an entry */
};

/* Measured code and steps, one runnable REC, active. */
void vm_up(struct vm *vm, const struct step *steps, unsigned int count);
void vm_up_realm(struct vm *vm, const struct step *steps, unsigned int count);
void vm_down(struct vm *vm);
/* Enter with vm->run.enter; IRQ exits are gone through. */
uint64_t vm_enter_once(struct vm *vm);
uint64_t vm_enter(struct vm *vm, uint64_t flags);
/* Enter up to the report of this step, which must be the next exit. */
const uint64_t *vm_report(struct vm *vm, unsigned int step, uint64_t flags);

#define STEPS(...)	static const struct step steps[] = { __VA_ARGS__ }
#define SMC(...)	{ GUEST_SMC, { __VA_ARGS__ } }
#define AT(kind, ipa, ...)	{ GUEST_##kind, { 0, (ipa), ##__VA_ARGS__ } }
#define DO(kind)	{ GUEST_##kind, { 0 } }
#define VM_UP(vm)	vm_up(&(vm), steps, sizeof(steps) / sizeof(steps[0]))
#define SHARED		(1UL << 32)	/* of a realm of 33 bits */

#endif
