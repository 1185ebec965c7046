// SPDX-License-Identifier: GPL-2.0-only
/*
 * Once per boot: is there an RMM that we can use, what can it do, and has it
 * been told how to work. And once per gigabyte: can its memory be delegated.
 *
 * The module loads whatever is found here. An administrator who asks wants a
 * sentence, not "No such device".
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/cputype.h>
#include <asm/virt.h>

#include "cca.h"
#include "rmi_cmds.h"

#define ID_AA64PFR0_RME_SHIFT	52
#define ID_AA64PFR0_RME_MASK	0xfUL

static bool force;
module_param(force, bool, 0444);
MODULE_PARM_DESC(force, "Look for an RMM even if the CPU does not claim to have RME");

static struct cca_rmm rmm __ro_after_init = {
	.traits = { .addr_state_shift = RMI_ADDR_STATE_SHIFT_BET3 },
};

/* What the RMM itself was lent: for activation, tracking, GPTs. */
static struct cca_account account;

const struct cca_rmm *cca_rmm(void)
{
	return &rmm;
}

u32 cca_rmm_gone;

int cca_rmm_usable(struct cca_outcome *out)
{
	if (rmm.reason)
		return cca_fail(out, rmm.reason, rmm.error);
	return cca_rmm_over(out);
}

void cca_rmm_close(void)
{
	WRITE_ONCE(cca_rmm_gone, CCA_REASON_SHUTDOWN);
}

/* ------------------------------------------------------------------ bring-up */

/* One sentence, once. Returns whether bring-up goes on: never. */
#define refuse(_reason, ...) \
({ \
	rmm.reason = CCA_REASON_##_reason; \
	rmm.error = -ENODEV; \
	pr_err("cca: " __VA_ARGS__); \
	false; \
})

static bool __init look_at_machine(void)
{
	u64 pfr0 = read_cpuid(ID_AA64PFR0_EL1);

	if (IS_ENABLED(CONFIG_ARM_RMM_RMI))
		return refuse(KERNEL_OWNS, "this kernel drives the RMM itself (CONFIG_ARM_RMM_RMI), and there can be only one\n");
	if (!(pfr0 >> ID_AA64PFR0_RME_SHIFT & ID_AA64PFR0_RME_MASK) && !force)
		return refuse(NO_RME, "this CPU has no Realm Management Extension (FEAT_RME); force=1 looks for an RMM nevertheless\n");
	if (!cca_smc_conduit())
		return refuse(NO_SMC, "firmware calls are not made by SMC on this machine, so there is no EL3 with an RMM below\n");
	if (!is_kernel_in_hyp_mode())
		return refuse(NOT_EL2, "this kernel does not run at EL2 with VHE (booted at EL1, or kvm-arm.mode=nvhe or protected), and only such a host can run realms\n");
	return true;
}

static bool __init negotiate(struct cca_outcome *out)
{
	u64 wanted = RMI_ABI_VERSION(2, 0), lower = 0, higher = 0;
	int ret = rmi_version(out, wanted, &lower, &higher);

	if (ret < 0)
		return refuse(NO_RMM, "firmware answers \"not implemented\" to RMI_VERSION: there is no RMM, or it failed to start\n");
	rmm.version = lower;
	rmm.version_max = higher;
	if (ret || lower != wanted)
		return refuse(RMI_VERSION, "this module speaks RMI 2.0, the RMM speaks %llu.%llu%s\n",
			      RMI_ABI_MAJOR(higher), RMI_ABI_MINOR(higher),
			      lower == higher ? "" : " and an older one");
	return true;
}

static bool __init read_features(struct cca_outcome *out)
{
	unsigned long i;
	int ret;

	for (i = 0; i < RMI_FEATURES_COUNT; i++) {
		ret = rmi_features(out, i, &rmm.features[i]);
		if (ret)
			return refuse(RMI_INCOMPLETE, "the RMM says RMI 2.0 but refuses RMI_FEATURES %lu\n", i);
	}
	if (!RMI_FEATURE1_GRAN_4K(rmm.features[1]))
		return refuse(GRANULE_SIZE, "this kernel has pages of 4 KiB, which is no granule size of this RMM\n");
	return true;
}

/* Does anybody implement it? With arguments that no RMM can do anything with. */
static bool __init implemented(struct cca_outcome *out, u32 fid)
{
	cca_regs regs = { .a0 = fid, .a1 = 1, .a2 = 1 };

	return cca_smc(out, &regs) != -ENOSYS;
}

static bool __init look_at_commands(struct cca_outcome *out)
{
	/* What RMMs that were called 2.0 too early are known to lack. */
	static const u32 needed[] __initconst = {
		SMC_RMI_RTT_UNPROT_MAP, SMC_RMI_REALM_TERMINATE,
		SMC_RMI_OP_MEM_DONATE, SMC_RMI_GRANULE_RANGE_DELEGATE,
	};
	struct cca_traits *traits = &rmm.traits;
	int i, missing = -1;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!implemented(out, needed[i]) && missing < 0)
			missing = i;
	}
	if (missing >= 0)
		return refuse(RMI_INCOMPLETE, "the RMM says RMI 2.0 but has no %s: it is of before 2.0 was complete\n",
			      cca_rmi_fid_name(SMC_RMI_NUMBER(needed[missing])));

	if (implemented(out, SMC_RMI_RMM_STATE_GET)) {
		*traits = (struct cca_traits){
			.profile = CCA_PROFILE_BET3,
			.addr_state_shift = RMI_ADDR_STATE_SHIFT_BET3,
			.tracking = true,
			.deactivate = true,
			.map_blocks = 512,
		};
	} else {
		*traits = (struct cca_traits){
			.profile = CCA_PROFILE_JULY,
			.addr_state_shift = RMI_ADDR_STATE_SHIFT_JULY,
			.psci_complete_target = true,
			/* It clears them with interrupts off. */
			.map_blocks = 16,
		};
	}
	return true;
}

/*
 * Both steps are once per boot. ERROR_GLOBAL: they were done before, by an
 * earlier load of this module, an earlier kernel, or somebody else.
 */
static int config_set(struct cca_outcome *out)
{
	struct rmi_rmm_config *config = cca_page_get();
	int ret;

	if (!config)
		return -ENOMEM;
	config->rmi_granule_size = RMI_GRANULE_4K;
	config->tracking_region_size = RMI_TRACKING_REGION_1G;
	ret = rmi_rmm_config_set(out, virt_to_phys(config));
	cca_page_put(config);
	return ret;
}

static bool __init configure(struct cca_outcome *out)
{
	struct rmi_rmm_config *config = cca_page_get();
	bool ok = true;
	int ret;

	if (!config)
		return refuse(CONFIG, "out of memory\n");
	ret = config_set(out);
	if (ret && RMI_STATUS(ret) == RMI_ERROR_GLOBAL) {
		memset(config, 0, sizeof(*config));
		ret = rmi_rmm_config_get(out, virt_to_phys(config));
		if (!ret && config->rmi_granule_size != RMI_GRANULE_4K)
			ok = refuse(GRANULE_SIZE, "the RMM was configured before, with granules of another size (code %llu) than the 4 KiB of this kernel\n",
				    config->rmi_granule_size);
	}
	if (ok && ret)
		ok = refuse(CONFIG, "the RMM refuses its configuration: %s\n",
			    ret < 0 ? "not implemented" :
				      cca_rmi_status_name(RMI_STATUS(ret)));
	cca_page_put(config);
	return ok;
}

static bool __init activate(struct cca_outcome *out)
{
	int ret = rmi_rmm_activate(out, &account);

	if (ret < 0)
		return refuse(ACTIVATE, "the RMM does not become active (error %d)\n", ret);
	if (ret && RMI_STATUS(ret) != RMI_ERROR_GLOBAL)
		return refuse(ACTIVATE, "the RMM does not become active: %s\n",
			      cca_rmi_status_name(RMI_STATUS(ret)));
	return true;
}

int __init cca_rmm_init(void)
{
	struct cca_outcome out = {};

	if (look_at_machine() && negotiate(&out) && read_features(&out) &&
	    look_at_commands(&out) && configure(&out) && activate(&out))
		pr_info("cca: RMI 2.0 (%s), realms of up to %llu address bits\n",
			rmm.traits.profile == CCA_PROFILE_BET3 ? "bet3" : "july",
			RMI_FEATURE0_S2SZ(rmm.features[0]));
	return 0;
}

/* ------------------------------------------------------- tracking and GPTs */

/*
 * A region whose memory we made fit to be delegated, and how it was before.
 * Given back when nothing is delegated any more.
 */
struct region {
	struct list_head link;
	phys_addr_t base;
	enum { REGION_GPT, REGION_TRACKING } what;
	u64 category, state;
};

static LIST_HEAD(regions);
static DEFINE_MUTEX(region_lock);
static struct task_struct *region_owner;

static void regions_lock(void)
{
	mutex_lock(&region_lock);
	WRITE_ONCE(region_owner, current);
}

static void regions_unlock(void)
{
	WRITE_ONCE(region_owner, NULL);
	mutex_unlock(&region_lock);
}

static unsigned int gpt_shift(void)
{
	return 30 + RMI_FEATURE1_L0GPTSZ(rmm.features[1]);
}

static phys_addr_t region_base(phys_addr_t pa, unsigned int shift)
{
	return pa >> shift << shift;
}

/*
 * The first delegation in a region of the GPT that firmware did not describe
 * needs a table. ERROR_GPT and ERROR_GLOBAL say that one is there.
 */
static int prepare_gpt(phys_addr_t pa, struct cca_outcome *out)
{
	phys_addr_t base = region_base(pa, gpt_shift()), top;
	struct region *region;
	u64 state;
	int ret;

	ret = rmi_gpt_info(out, base, base + (1ULL << gpt_shift()), &top, &state);
	if (!ret && state != RMI_GPT_HOST_NOT_CREATED)
		return 0;
	region = kzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	ret = rmi_gpt_l1_create(out, &account, base);
	if (!ret) {
		region->base = base;
		region->what = REGION_GPT;
		list_add(&region->link, &regions);
		return 0;
	}
	kfree(region);
	if (ret == -ENOSYS || (ret > 0 && (RMI_STATUS(ret) == RMI_ERROR_GPT ||
					   RMI_STATUS(ret) == RMI_ERROR_GLOBAL)))
		return 0;
	return ret;
}

static int prepare_tracking(phys_addr_t pa, struct cca_outcome *out)
{
	phys_addr_t base = region_base(pa, CCA_TRACKING_SHIFT), top;
	struct region *region;
	u64 category, state;
	int ret;

	/* The granule, not the region: RAM may begin in the middle of one. */
	ret = rmi_granule_tracking_get(out, pa, pa + RMI_GRANULE_SIZE, &category,
				       &state, &top);
	if (ret)
		return ret;
	if (state == RMI_TRACKING_FINE)
		return 0;
	if (!rmm.traits.tracking || category != RMI_TRACKING_CONVENTIONAL ||
	    (state != RMI_TRACKING_COARSE && state != RMI_TRACKING_NONE))
		return cca_fail(out, CCA_REASON_TRACKING, -EOPNOTSUPP);

	region = kzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	ret = rmi_granule_tracking_set(out, &account, base, category,
				       RMI_TRACKING_FINE);
	if (ret) {
		kfree(region);
		return ret;
	}
	region->base = base;
	region->what = REGION_TRACKING;
	region->category = category;
	region->state = state;
	list_add(&region->link, &regions);
	return 0;
}

/* How often another region is made fit for the sake of one. */
#define OTHERS_MAX	16

u64 cca_rmm_granules(void)
{
	return atomic64_read(&account.in_use);
}

static int prepare(phys_addr_t pa, struct cca_outcome *out)
{
	int ret = prepare_gpt(pa, out);

	return ret ?: prepare_tracking(pa, out);
}

/*
 * A region is made fit with memory of its own, or with delegated memory of
 * another. Where the kernel has none of the first, and what it gives instead
 * lies in a region that is not fit either, that one comes first. Nobody says
 * which one it was, so all have their turn where there is any memory, and more
 * than once: each try may bring memory of one more.
 */
static int prepare_by_another(phys_addr_t pa, struct cca_outcome *out)
{
	struct cca_outcome attempt = *out;
	unsigned int tries = OTHERS_MAX;
	phys_addr_t other, from = 0;
	int ret;

	ret = prepare(pa, &attempt);
	while ((ret == -ENOMEM || ret == -EDEADLK) && tries--) {
		other = cca_granules_next_ns(from);
		if (other == PHYS_ADDR_MAX && !from)
			break;
		if (other == PHYS_ADDR_MAX) {
			from = 0;
			continue;
		}
		from = region_base(other, CCA_TRACKING_SHIFT) +
		       (1ULL << CCA_TRACKING_SHIFT);
		attempt.reason = out->reason;
		if (region_base(other, CCA_TRACKING_SHIFT) ==
		    region_base(pa, CCA_TRACKING_SHIFT) ||
		    !prepare(other, &attempt))
			ret = prepare(pa, &attempt);
	}
	*out = attempt;
	return ret;
}

int cca_rmm_prepare(phys_addr_t at, struct cca_outcome *out)
{
	int ret;

	/*
	 * The memory for tracking may not itself need tracking first: then the
	 * RMM asks for something that no host can give.
	 */
	if (READ_ONCE(region_owner) == current)
		return -EDEADLK;

	regions_lock();
	ret = prepare_by_another(at, out);
	regions_unlock();
	return ret;
}

/* As it was. Last made, first undone. */
static bool restore(struct region *region, struct cca_outcome *out)
{
	int ret;

	if (region->what == REGION_TRACKING)
		ret = rmi_granule_tracking_set(out, &account, region->base,
					       region->category, region->state);
	else
		ret = rmi_gpt_l1_destroy(out, &account, region->base);
	if (ret)
		pr_debug("cca: %s of a region stays with the RMM: %d\n",
			 region->what == REGION_TRACKING ? "tracking" : "GPT",
			 ret);
	return !ret;
}

/* Tracking needs its GPT. */
static bool needed(const struct region *gpt)
{
	const struct region *region;

	list_for_each_entry(region, &regions, link) {
		if (gpt->what == REGION_GPT && region->what == REGION_TRACKING &&
		    region_base(region->base, gpt_shift()) == gpt->base)
			return true;
	}
	return false;
}

/*
 * What the RMM does not let go of stays on the list: somebody came meanwhile,
 * or it has memory of a region that is still to be undone, or not undelegated.
 */
bool cca_rmm_release(void)
{
	struct cca_outcome out = {};
	struct region *region, *next;
	bool some = false;

	if (cca_alone() && mutex_is_locked(&region_lock))
		return false;
	if (!cca_alone())
		regions_lock();
	list_for_each_entry_safe(region, next, &regions, link) {
		if (needed(region) || !restore(region, &out))
			continue;
		list_del(&region->link);
		some = true;
		if (!cca_alone())
			kfree(region);
	}
	some = some && !list_empty(&regions);
	if (!cca_alone())
		regions_unlock();
	return some;
}

/* Also what activation took comes back, if the RMM knows how. */
void cca_rmm_leave(void)
{
	struct cca_outcome out = {};
	int ret;

	if (rmm.reason || !rmm.traits.deactivate)
		return;
	ret = rmi_rmm_deactivate(&out, &account);
	if (ret)
		pr_warn("cca: the RMM stays active: %s\n", ret < 0 ?
			"not implemented" : cca_rmi_status_name(RMI_STATUS(ret)));
}

/* Both are refused, and rightly, by an RMM that is what it was. */
void cca_rmm_resume(void)
{
	struct cca_outcome out = {};
	int ret;

	if (rmm.reason)
		return;
	ret = config_set(&out);
	if (!ret || RMI_STATUS(ret) == RMI_ERROR_GLOBAL)
		ret = rmi_rmm_activate(&out, &account);
	if (!ret || RMI_STATUS(ret) == RMI_ERROR_GLOBAL)
		return;
	WRITE_ONCE(cca_rmm_gone, CCA_REASON_ACTIVATE);
	pr_err("cca: the RMM does not become active again after the machine slept: %s\n",
	       ret < 0 ? "no answer" : cca_rmi_status_name(RMI_STATUS(ret)));
}

void cca_rmm_exit(void)
{
	struct region *region, *next;

	cca_rmm_release();
	list_for_each_entry_safe(region, next, &regions, link) {
		list_del(&region->link);
		kfree(region);
	}
	/* What activation took comes back only from an RMM that is not active. */
	if (atomic64_read(&account.in_use))
		cca_rmm_leave();
	cca_account_leak(&account, CCA_LEAK_SRO);
}
