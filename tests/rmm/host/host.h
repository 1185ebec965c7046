/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host shell of the model: an RMM in a process, for unit tests and fuzzers.
 *
 * It simulates physical memory with one PAS for each granule, and lets a
 * callback play the realm. Loads, stores and fetches of that realm go through
 * a stage-2 walker of its own, so a table that the MMU would not understand is
 * noticed here. Whatever the model must never do aborts the process.
 *
 * Physical memory: DRAM at 1 GiB, the model's carve-out at its start; behind
 * DRAM some pages that exist but that the RMM does not know.
 */
#ifndef RMM_HOST_H
#define RMM_HOST_H

#include "../plat.h"
#include "../../../module/rmi.h"

#define HOST_DRAM_BASE		0x40000000UL
#define HOST_CARVEOUT_PAGES	16
#define HOST_UNKNOWN_PAGES	16
#define HOST_PAGE		4096UL

struct host;
typedef enum rmm_vcpu_exit (*host_guest_fn)(struct host *host,
					    struct rmm_vcpu *vcpu, void *arg);

struct host {
	struct rmm *rmm;
	struct rmm_config config;
	void *heap;
	uint8_t *memory;		/* pages from HOST_DRAM_BASE on */
	bool *realm_pas;		/* one for each */
	uint64_t pages;
	uint64_t next_page;		/* of host_page() */
	bool locked;
	host_guest_fn guest;		/* plays the realm */
	void *guest_arg;
	uint64_t counter;		/* CNTVCT */
	struct rmm_gic gic;
	bool gpi_refuses;		/* EL3 says no */
	unsigned int ns_faults;		/* that many NS accesses fail from now */
	unsigned int irqs;		/* that many times an interrupt waits */
	/* what the model did, to look at */
	unsigned int tlbis;
	unsigned int runs;
	uint64_t injected_esr, injected_far;
	unsigned int injections;
};

/* Memory in MiB, at least 4; the host owns everything until host_free(). */
struct host *host_new(enum rmm_profile profile, unsigned int mib);
struct host *host_new_config(const struct rmm_config *config, unsigned int mib);
/* With memory of the caller's, and the few pages above it that no RMM knows. */
struct host *host_new_in(const struct rmm_config *config, unsigned int mib,
			 void *memory);
void host_free(struct host *host);

/* A fresh NS page, zeroed; `count` contiguous ones, aligned to `align` pages. */
uint64_t host_page(struct host *host);
uint64_t host_pages(struct host *host, uint64_t count, uint64_t align);
/* A page that exists, and that the RMM does not track. */
uint64_t host_unknown_page(struct host *host);
uint64_t host_carveout_page(struct host *host);
/* The bytes behind a PA, in whatever PAS. */
void *host_at(struct host *host, uint64_t pa);
bool host_is_realm(struct host *host, uint64_t pa);

/* One command: X0 and what is in regs->x[1..] go in, all 18 come out. */
uint64_t host_call(struct host *host, struct rmm_regs *regs);
/* The same with arguments; the answer is in host_regs(). */
#define HOST_CALL(host, fid, ...) \
	host_call_args((host), (fid), (const uint64_t[7]){ __VA_ARGS__ })
uint64_t host_call_args(struct host *host, uint32_t fid, const uint64_t *args);
const struct rmm_regs *host_regs(void);

/*
 * For a guest callback: set the vCPU up as after the event, and say which.
 */
enum rmm_vcpu_exit host_guest_smc(struct rmm_vcpu *vcpu, const uint64_t *x,
				  unsigned int count);
enum rmm_vcpu_exit host_guest_sync(struct rmm_vcpu *vcpu, uint64_t esr,
				   uint64_t ipa, uint64_t far);

enum host_access { HOST_LOAD, HOST_STORE, HOST_FETCH };
/*
 * The realm touches 8 bytes at an IPA, with the MMU off. NULL: it faults, and
 * the vCPU has esr, far and hpfar of a 64-bit access with X0.
 */
void *host_guest_access(struct host *host, struct rmm_vcpu *vcpu, uint64_t ipa,
			enum host_access access);

/*
 * A realm that does one thing after the other. What the RMM or the host did not
 * finish (PC not advanced, nothing injected) is done again at the next entry.
 */
struct host_step {
	enum { STEP_SMC, STEP_SYNC, STEP_LOAD, STEP_STORE, STEP_FETCH,
	       STEP_IRQ, STEP_FIQ, STEP_SERROR } what;
	uint64_t x[11];		/* SMC: X0...; STORE: x[0] = value */
	uint64_t esr, far;	/* SYNC, SERROR */
	uint64_t ipa;		/* SYNC, LOAD, STORE, FETCH */
};

#define HOST_STEPS_MAX	64
struct host_script {
	const struct host_step *steps;
	unsigned int count, next;
	bool pending;			/* the last step may have to be repeated */
	uint64_t pending_pc;
	unsigned int pending_injections;
	/* X0 to X10 and PC when step n + 1 began: the answers to step n */
	struct { uint64_t x[11], pc; } seen[HOST_STEPS_MAX];
};

enum rmm_vcpu_exit host_script_guest(struct host *host, struct rmm_vcpu *vcpu,
				     void *script);

#endif
