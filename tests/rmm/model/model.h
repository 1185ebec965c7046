/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the model of the RMM: its structures, and what its files offer each
 * other.
 *
 * Section letters in comments are those of the ABI notes that this model was
 * written from; `july` and `bet3` are the two profiles. Everything here runs
 * under one lock, which only REC_ENTER drops, while a realm runs and while
 * something is signed for it. Nothing allocates but libmbedcrypto: the heap is
 * laid out once, objects live in donated granules.
 */
#ifndef RMM_MODEL_H
#define RMM_MODEL_H

#include "../plat.h"
#include "../fault.h"
#include "../../../module/rmi.h"

#define GRANULE_SHIFT		12
#define GRANULE_SIZE		((uint64_t)1 << GRANULE_SHIFT)
#define GRANULE_MASK		(GRANULE_SIZE - 1)
#define REGION_SHIFT		30	/* tracking region and L0 GPT entry */
#define REGION_SIZE		((uint64_t)1 << REGION_SHIFT)

#define IS_ALIGNED_TO(x, a)	(((x) & ((uint64_t)(a) - 1)) == 0)
#define ALIGN_DOWN_TO(x, a)	((x) & ~((uint64_t)(a) - 1))
#define ARRAY_COUNT(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT64(n)		((uint64_t)1 << (n))

/* F.1. Values up to 12 are TF-RMM's; they are seen through the test FIDs. */
enum granule_state {
	GRANULE_NS = 0,
	GRANULE_DELEGATED = 1,
	GRANULE_RD = 2,
	GRANULE_REC = 3,
	GRANULE_REC_AUX = 4,
	GRANULE_DATA = 5,
	GRANULE_RTT = 6,
	GRANULE_PARTIAL = 11,
	GRANULE_INTERNAL = 12,
	GRANULE_RD_AUX = 14,
};

/*
 * The places where the two profiles differ (section J), chosen once at init.
 * Code asks the trait, never the profile.
 */
struct rmm_traits {
	bool delegates_ranges;		/* C.3: else one granule per call */
	bool delegate_is_idempotent;
	bool tracks_regions;		/* COARSE until TRACKING_SET */
	bool host_creates_gpt;
	bool status_has_address;	/* PA in upper bits of TRACKING, GPT */
	bool realm_donates;		/* REALM_CREATE is a donating operation */
	bool recs_in_order;		/* mpidr must be the next index */
	bool psci_names_target;		/* three-argument PSCI_COMPLETE */
	bool affinity_exits;		/* AFFINITY_INFO goes to the host */
	bool rim_hashes_params;
	bool debug_as_wanted;		/* else a realm sees all that the CPU has */
	bool unprot_checks_state;	/* UNPROT_MAP wants UNDELEGATED */
	bool unmap_single_has_state;
	bool config_reports_sha384;	/* RSI_REALM_CONFIG says 2, not 1 */
	bool measurements_padded;	/* MEASUREMENT_READ writes X1 to X8 */
	bool feature_sha384;
	bool feature_oasz;		/* FEATURES 0 bits 40:33 */
	unsigned int addr_state_shift;	/* of a range descriptor */
	unsigned int addr_state_mask;
	unsigned int contexts;		/* stateful operations at once */
	uint64_t version;
};

const struct rmm_traits *rmm_traits_of(enum rmm_profile profile);

/* One command while it is executed. x[n] is register n. */
struct rmm_sro;
struct rmm_call {
	unsigned int cpu;
	unsigned int number;	/* low bits of the FID */
	uint64_t x[8];		/* in */
	uint64_t out[5];	/* out, [0] unused */
	struct rmm_sro *sro;	/* context that an earlier step left to it */
};

enum rmm_states {		/* bits: where a command is allowed (A.3) */
	IN_INIT = 1,
	IN_ACTIVE = 2,
	ANYTIME = 3,
};

struct rmm_command {
	uint16_t number;
	uint8_t inputs;
	uint8_t outputs;	/* registers written, X0 included */
	uint8_t states;
	bool (*exists)(const struct rmm_traits *t);	/* NULL: always */
	uint64_t (*handler)(struct rmm *rmm, struct rmm_call *call);
	/* which registers are a range, and where its progress is returned */
	uint8_t base, top, progress;
	const char *name;
};

const struct rmm_command *rmm_command_find(const struct rmm *rmm,
					   unsigned int number);
uint64_t rmm_command_execute(struct rmm *rmm, struct rmm_call *call);

/* Which GPT and tracking state one gigabyte of the address space is in. */
struct rmm_region {
	uint8_t tracking;	/* RMI_TRACKING_* */
	uint8_t gpt;		/* RMI_GPT_* */
	bool moving;		/* a TRACKING_SET or GPT operation owns it */
	uint16_t page_count[2];	/* donated for tracking, for the GPT */
	uint64_t pages[2][64];	/* PA, bit 0: came undelegated */
};

#define REGION_PAGES_TRACKING	0
#define REGION_PAGES_GPT	1

/* E: one stateful operation. */
enum sro_state { SRO_FREE, SRO_RESERVED, SRO_SEALED };
enum sro_phase {
	SRO_WORK,	/* CONTINUE does the work of the command */
	SRO_END,	/* CONTINUE gives `status`, and the context back */
	SRO_FAULT,	/* a fault rule's detour: CONTINUE runs the command */
};

/* An entry is a page; in a detour, which may ask for a gigabyte, a run of them. */
#define SRO_PAGES_MAX		128
#define SRO_PAGE_UNDELEGATED	((uint64_t)1)
#define SRO_RUN_MAX		2048u
#define SRO_RUN_COUNT(e)	(((e) >> 1 & (SRO_RUN_MAX - 1)) + 1)
#define SRO_RUN_MORE(n)		((uint64_t)(n) << 1)

struct sro_ops {
	uint8_t claimed;	/* state of granules while the operation has them */
	/* All is donated: do the work, keep the pages. Else an error. */
	uint64_t (*finish)(struct rmm *rmm, struct rmm_sro *sro);
	/* Last thing, after a success of a destroyer or a failed creator. */
	void (*end)(struct rmm *rmm, struct rmm_sro *sro);
	/* May this page be donated in this state? NULL: as requested. */
	bool (*accepts)(struct rmm *rmm, struct rmm_sro *sro, uint64_t pa,
			unsigned int state);
};

struct rmm_sro {
	uint8_t state;
	uint8_t phase;
	uint8_t memreq;		/* what the host must do next */
	uint8_t want_state;
	bool can_cancel;
	bool contiguous;
	uint8_t block;		/* size code of the request */
	uint8_t shape;		/* FAULT_SHAPE_* of what a detour gives back */
	uint8_t list_max;	/* descriptors that it writes at once, 0: any */
	uint32_t bite;		/* granules that it takes at once, 0: any */
	uint32_t wanted;	/* granules still to be donated */
	uint16_t held;		/* entries in pages[] */
	uint64_t status;	/* what SRO_END answers */
	const struct sro_ops *ops;
	struct rmm_call call;	/* the command that began it */
	uint64_t pages[SRO_PAGES_MAX];
};

uint64_t sro_begin_donate(struct rmm *rmm, struct rmm_call *call,
			  const struct sro_ops *ops, unsigned int granules,
			  unsigned int state, bool contiguous, bool can_cancel);
uint64_t sro_begin_reclaim(struct rmm *rmm, struct rmm_call *call,
			   const struct sro_ops *ops, const uint64_t *pages,
			   unsigned int count);
/* SUCCESS or BLOCKED: is there a context for this command? */
uint64_t sro_room(struct rmm *rmm, struct rmm_call *call);
struct rmm_sro *sro_take(struct rmm *rmm, struct rmm_call *call);
unsigned int sro_in_use(const struct rmm *rmm);
uint64_t sro_incomplete(const struct rmm_sro *sro);
uint64_t sro_request(const struct rmm_sro *sro);
uint64_t sro_handle(const struct rmm *rmm, const struct rmm_sro *sro);

struct rmm_bank {
	uint64_t base;
	uint64_t count;
	uint8_t *states;	/* one enum granule_state each */
};

#define FAULT_RULES_MAX		32
struct fault_rule {
	bool armed;
	uint16_t number;	/* 0: any */
	uint32_t skip;
	uint32_t times;
	uint32_t kind;
	uint64_t arg;
	uint64_t arg2;
};

/* How large tokens may become (token.c). */
#define TOKEN_SIZE_MAX		4096
#define TOKEN_PLATFORM_MAX	1024
#define TOKEN_KEY_SIZE_MAX	128
#define TOKEN_INSTANCE_SIZE	33

struct rmm {
	struct rmm_config config;
	const struct rmm_traits *traits;
	unsigned int pa_bits;
	bool active;
	struct rmm_bank banks[4];
	unsigned int bank_count;
	uint64_t not_ns;		/* granules out of NS */
	struct rmm_region *regions;
	uint64_t region_count;
	struct rmm_sro *sros;
	uint8_t vmids[32];		/* bitmap, VMID 0 is never given */
	uint32_t counters[SMC_RMI_COUNT];
	struct fault_rule rules[FAULT_RULES_MAX];
	uint16_t held;			/* the command that FAULT_HOLD keeps */
	uint64_t flags_some, flags_unset;	/* of REC_ENTER, for ENTER_FLAGS */
	uint8_t platform_token[TOKEN_PLATFORM_MAX];
	size_t platform_token_size;	/* 0: nobody has asked for it */
};

/* granule.c */
uint8_t *granule_find(struct rmm *rmm, uint64_t pa);
bool granule_is(struct rmm *rmm, uint64_t pa, enum granule_state state);
void granule_set(struct rmm *rmm, uint64_t pa, enum granule_state state);
/* From one state to the other; false and no change if it is not in `from`. */
bool granule_move(struct rmm *rmm, uint64_t pa, enum granule_state from,
		  enum granule_state to);
/* Zero it and give it back as DELEGATED. */
void granule_release(struct rmm *rmm, uint64_t pa);
bool granule_to_realm(struct rmm *rmm, uint64_t pa, enum granule_state state);
void granule_to_ns(struct rmm *rmm, uint64_t pa);
bool ns_page_read(struct rmm *rmm, uint64_t pa, void *to, size_t size);

/* tracking.c */
struct rmm_region *region_find(struct rmm *rmm, uint64_t pa);
/* SUCCESS, or why a granule there may not change its PAS. */
uint64_t region_check(struct rmm *rmm, uint64_t pa);
void region_init(struct rmm *rmm);

/* realm.c */
enum realm_state { REALM_NEW, REALM_ACTIVE, REALM_SYSTEM_OFF, REALM_ZOMBIE };

#define RD_AUX_GRANULES		3
#define REC_AUX_GRANULES	16
#define REC_AUX_ATTEST		RMM_VCPU_FP_PAGES	/* behind those of its vectors */
#define REC_AUX_TOKEN		(RMM_VCPU_FP_PAGES + 1)
#define HASH_SIZE_MAX		64
#define REM_COUNT		4

struct realm {
	uint64_t pa;			/* of this granule */
	uint32_t state;
	uint32_t running;		/* RECs inside REC_ENTER */
	uint32_t recs;			/* alive */
	uint32_t recs_made;		/* ever: the next index on july */
	uint64_t first_rec;		/* PA; list through rec->next */
	uint32_t s2sz;
	int32_t start_level;
	uint32_t root_count;
	uint32_t vmid;
	uint64_t root;
	uint64_t vttbr;
	uint64_t vtcr;
	uint32_t hash_algo;
	uint32_t aux_count;
	uint64_t aux[RD_AUX_GRANULES];
	uint8_t rim[HASH_SIZE_MAX];
	uint8_t rem[REM_COUNT][HASH_SIZE_MAX];
	uint8_t rpv[RMI_REALM_RPV_SIZE];
	uint8_t instance[TOKEN_INSTANCE_SIZE];
	uint8_t mec_policy;		/* 0 shared, 1 private: said, not done */
	uint8_t num_bps, num_wps;	/* minus one */
	bool sve;
	uint8_t sve_vl;			/* minus one, in 128 bits */
	bool pmu;
	uint8_t pmu_ctrs;
};

struct realm *realm_find(struct rmm *rmm, uint64_t rd);
static inline uint64_t realm_ipa_size(const struct realm *realm)
{
	return BIT64(realm->s2sz);
}

/* End of the protected half of the IPA space, where the shared half begins. */
static inline uint64_t realm_par_size(const struct realm *realm)
{
	return BIT64(realm->s2sz - 1);
}

/* rec.c */
struct rec {
	uint64_t pa;
	uint64_t realm;			/* PA of the RD */
	uint64_t next;			/* of the realm, or 0 */
	uint64_t mpidr;			/* RmiRecMpidr */
	uint32_t index;
	bool runnable;
	bool running;
	bool psci_pending;
	bool host_call;			/* results wait for their page */
	/* the last exit, for what the host may ask at the next entry */
	uint64_t last_esr;		/* ISV only if it was emulatable */
	uint64_t last_hpfar;
	/* the RIPAS change that the realm asked for */
	uint64_t ripas_base, ripas_next, ripas_top;
	uint8_t ripas_value;
	bool ripas_destroyed;
	/* output levels that the host has been told */
	bool cntv_asserted, cntp_asserted;
	uint32_t aux_count;
	uint64_t aux[REC_AUX_GRANULES];
	struct rmm_vcpu vcpu;
};

struct rec *rec_find(struct rmm *rmm, uint64_t pa);
struct rec *rec_by_index(struct rmm *rmm, const struct realm *realm,
			 uint32_t index);
/* The index that an MPIDR selects, from a realm's register (L.2.25). */
uint32_t rec_index_of(uint64_t mpidr);

/* exit.c: true when the realm goes on, false when the host must see it. */
bool exit_handle(struct rmm *rmm, struct realm *realm, struct rec *rec,
		 enum rmm_vcpu_exit why, struct rmi_rec_exit *exit);
void exit_stage2_abort(struct rmi_rec_exit *exit, int level, uint64_t ipa);
bool exit_enter_flags(struct rmm *rmm, struct realm *realm, struct rec *rec,
		      const struct rmi_rec_enter *enter);
void exit_sysreg_result(struct rec *rec, const struct rmi_rec_enter *enter);
void inject_undefined(struct rmm *rmm, struct rec *rec);

/* rsi.c */
bool rsi_handle(struct rmm *rmm, struct realm *realm, struct rec *rec,
		struct rmi_rec_exit *exit);
bool rsi_host_call_complete(struct rmm *rmm, struct realm *realm,
			    struct rec *rec, const struct rmi_rec_enter *enter,
			    struct rmi_rec_exit *exit);

/* psci.c: answers in the vCPU's X0 unless it exits. */
bool psci_handle(struct rmm *rmm, struct realm *realm, struct rec *rec,
		 struct rmi_rec_exit *exit);

/*
 * Stage-2 entries (rtt.c). Hardware descriptors; what the hardware ignores
 * carries the rest: RIPAS in bits 57:56 of an invalid entry, and bit 58 says
 * that it has a page (ASSIGNED while not RAM). NS is the hardware's bit 55,
 * also set in unassigned entries of the shared half.
 */
#define S2_VALID		BIT64(0)
#define S2_TABLE		(uint64_t)3
#define S2_PAGE			(uint64_t)3
#define S2_BLOCK		(uint64_t)1
#define S2_MEMATTR_SHIFT	2
#define S2_S2AP_SHIFT		6
#define S2_S2AP_READ		BIT64(6)
#define S2_S2AP_WRITE		BIT64(7)
#define S2_SH_INNER		(BIT64(8) | BIT64(9))
#define S2_AF			BIT64(10)
#define S2_XN			BIT64(54)
#define S2_NS			BIT64(55)
#define S2_RIPAS_SHIFT		56
#define S2_RIPAS_MASK		(BIT64(56) | BIT64(57))
#define S2_ASSIGNED		BIT64(58)
#define S2_PA_MASK		(uint64_t)0x0000fffffffff000
#define S2_ENTRIES		512
#define S2_LEAF_LEVEL		3

struct walk {
	uint64_t *table;	/* the table in which the walk ended */
	unsigned int index;
	int level;
	uint64_t entry;
};

static inline uint64_t level_size(int level)
{
	return BIT64(12 + 9 * (3 - level));
}

static inline uint64_t rtt_error(int level)
{
	return RMI_RESULT(RMI_ERROR_RTT, level & 0xff);
}

void rtt_walk(struct rmm *rmm, const struct realm *realm, uint64_t ipa,
	      int level, struct walk *walk);
void rtt_write(uint64_t *entry, uint64_t value);
bool s2_is_table(uint64_t entry, int level);
bool s2_is_assigned(uint64_t entry, int level);	/* a leaf with a page */
bool s2_is_ns(uint64_t entry);
unsigned int s2_ripas(uint64_t entry, int level);
uint64_t s2_protected(uint64_t pa, int level, unsigned int ripas, bool assigned);
uint64_t s2_shared(uint64_t pa, int level, uint64_t flags);
/* Any entry that keeps REALM_DESTROY from succeeding. */
bool rtt_roots_live(struct rmm *rmm, const struct realm *realm);

/* The page behind a protected IPA, if its RIPAS is RAM and it is there. */
struct ipa_page {
	void *page;		/* NULL: not accessible */
	int level;		/* where the walk ended */
	unsigned int ripas;
};
struct ipa_page rtt_ipa_page(struct rmm *rmm, const struct realm *realm,
			     uint64_t ipa);
uint64_t rtt_ripas_top(struct rmm *rmm, const struct realm *realm,
		       uint64_t base, uint64_t top, unsigned int *ripas);

/* measure.c */
size_t measure_size(uint32_t algo);
void measure_hash(uint32_t algo, const void *data, size_t size, uint8_t *out);
void measure_initial(struct realm *realm, const struct rmi_realm_params *params,
		     void *scratch);
void measure_data(struct realm *realm, uint64_t ipa, uint64_t flags,
		  const void *page);
void measure_rec(struct realm *realm, const struct rmi_rec_params *params,
		 void *scratch);
void measure_extend(struct realm *realm, unsigned int index, const void *value,
		    size_t size);

/* attest.c: of a REC, while it is in REC_ENTER. RSI results. */
uint64_t attest_begin(struct rmm *rmm, const struct realm *realm,
		      const struct rec *rec, const void *challenge);
/* INCOMPLETE: an interrupt of the host waits. Drops the lock meanwhile. */
uint64_t attest_sign(struct rmm *rmm, const struct rec *rec);
uint64_t attest_copy(struct rmm *rmm, const struct rec *rec, void *to,
		     uint64_t room, uint64_t *written);

/* token.c: sizes, or 0. */
struct token_claims {
	uint32_t hash_algo;
	uint32_t mec_policy;
	uint8_t challenge[64];
	uint8_t instance[TOKEN_INSTANCE_SIZE];
	uint8_t rpv[RMI_REALM_RPV_SIZE];
	uint8_t rim[HASH_SIZE_MAX];
	uint8_t rem[REM_COUNT][HASH_SIZE_MAX];
};

size_t token_realm(struct rmm *rmm, const struct token_claims *claims,
		   uint8_t *to, size_t room);
size_t token_platform(struct rmm *rmm, uint8_t *to, size_t room);
size_t token_collect(const uint8_t *platform, size_t platform_size,
		     const uint8_t *realm, size_t realm_size, uint8_t *to,
		     size_t room);

/* signature.c: ES384 over a and b, one behind the other, with a TEST KEY. */
#define TEST_KEY_SIZE		48
#define SIGNATURE_HASH_SIZE	48
#define SIGNATURE_SIZE		(2 * TEST_KEY_SIZE)

struct test_key {
	const char *sentence;		/* its SHA-384 is the private key */
	uint8_t x[TEST_KEY_SIZE], y[TEST_KEY_SIZE];
};

extern const struct test_key test_key_platform, test_key_realm;

bool signature_make(struct rmm *rmm, const struct test_key *key, const void *a,
		    size_t a_size, const void *b, size_t b_size,
		    uint8_t out[SIGNATURE_SIZE]);

/* fault.c: `lie` is armed if the answer is to be changed afterwards. */
void fault_hold(struct rmm *rmm, const struct rmm_call *call);
bool fault_before(struct rmm *rmm, struct rmm_call *call, uint64_t *status,
		  struct fault_rule *lie);
void fault_after(struct rmm *rmm, const struct rmm_command *command,
		 struct rmm_call *call, const struct fault_rule *lie,
		 uint64_t *status);
uint64_t fault_command(struct rmm *rmm, uint32_t fid, struct rmm_call *call);

/* The handlers, by file. */
#define RMI_HANDLER(name) uint64_t name(struct rmm *rmm, struct rmm_call *call)
RMI_HANDLER(rmi_version);
RMI_HANDLER(rmi_features);
RMI_HANDLER(rmi_rmm_config_get);
RMI_HANDLER(rmi_rmm_config_set);
RMI_HANDLER(rmi_rmm_activate);
RMI_HANDLER(rmi_rmm_deactivate);
RMI_HANDLER(rmi_rmm_state_get);
RMI_HANDLER(rmi_granule_tracking_get);
RMI_HANDLER(rmi_granule_tracking_set);
RMI_HANDLER(rmi_gpt_l1_create);
RMI_HANDLER(rmi_gpt_l1_destroy);
RMI_HANDLER(rmi_gpt_info);
RMI_HANDLER(rmi_granule_range_delegate);
RMI_HANDLER(rmi_granule_range_undelegate);
RMI_HANDLER(rmi_op_continue);
RMI_HANDLER(rmi_op_mem_donate);
RMI_HANDLER(rmi_op_mem_reclaim);
RMI_HANDLER(rmi_op_cancel);
RMI_HANDLER(rmi_realm_create);
RMI_HANDLER(rmi_realm_activate);
RMI_HANDLER(rmi_realm_terminate);
RMI_HANDLER(rmi_realm_destroy);
RMI_HANDLER(rmi_rec_create);
RMI_HANDLER(rmi_rec_destroy);
RMI_HANDLER(rmi_rec_enter);
RMI_HANDLER(rmi_psci_complete);
RMI_HANDLER(rmi_rtt_create);
RMI_HANDLER(rmi_rtt_destroy);
RMI_HANDLER(rmi_rtt_fold);
RMI_HANDLER(rmi_rtt_read_entry);
RMI_HANDLER(rmi_rtt_init_ripas);
RMI_HANDLER(rmi_rtt_set_ripas);
RMI_HANDLER(rmi_rtt_data_map);
RMI_HANDLER(rmi_rtt_data_map_init);
RMI_HANDLER(rmi_rtt_data_unmap);
RMI_HANDLER(rmi_rtt_unprot_map);
RMI_HANDLER(rmi_rtt_unprot_unmap);

#endif
