// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a realm asks of the RMM by SMC: the Realm Services Interface (section I).
 *
 * A service that needs a page which the host has not mapped exits as the
 * realm's own abort would, with the PC on the SMC: it is asked again.
 */
#include <string.h>

#include "../rsi.h"
#include "model.h"

#define SMCCC_SVE_HINT		BIT64(16)
#define PSCI_FID_LAST		0x1f

/* What a service came to. */
enum rsi_result {
	RSI_ANSWER,	/* out[] into X0 to X3, the realm goes on */
	RSI_EXIT,	/* to the host; registers are left for its answer */
	RSI_ABORT,	/* to the host for a page, then once more */
	RSI_LEAVE,	/* an answer, which waits until the host comes back */
};

struct rsi_call {
	struct rmm *rmm;
	struct realm *realm;
	struct rec *rec;
	struct rmi_rec_exit *exit;
	uint64_t *x;		/* the realm's registers */
	uint64_t out[4];
};

static bool range_in_par(const struct realm *realm, uint64_t base, uint64_t top)
{
	return IS_ALIGNED_TO(base, GRANULE_SIZE) &&
	       IS_ALIGNED_TO(top, GRANULE_SIZE) && base < top &&
	       top <= realm_par_size(realm);
}

/* Sets out[0] when the realm is to blame, the exit when the host is to help. */
static enum rsi_result page_of(struct rsi_call *c, uint64_t ipa, void **page)
{
	struct ipa_page p = rtt_ipa_page(c->rmm, c->realm,
					 ALIGN_DOWN_TO(ipa, GRANULE_SIZE));

	*page = p.page;
	if (p.page)
		return RSI_ANSWER;
	if (p.ripas == RMI_RIPAS_EMPTY) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	exit_stage2_abort(c->exit, p.level, ipa);
	return RSI_ABORT;
}

/* 1.0 and 1.1 (A.2's rules, with two versions). */
static enum rsi_result rsi_version(struct rsi_call *c)
{
	uint64_t wanted = c->x[1];

	c->out[2] = RSI_VERSION_1_1;
	if (wanted == RSI_VERSION_1_0 || wanted == RSI_VERSION_1_1) {
		c->out[1] = wanted;
	} else {
		c->out[0] = RSI_ERROR_INPUT;
		c->out[1] = RSI_VERSION_1_1;
	}
	return RSI_ANSWER;
}

/* Only the bytes of the hash on july: the other registers are kept (L.5). */
static enum rsi_result rsi_measurement_read(struct rsi_call *c)
{
	size_t size = HASH_SIZE_MAX;
	uint64_t words[RSI_MEASUREMENT_WORDS];
	uint64_t index = c->x[1];

	if (index > RSI_MEASUREMENT_LAST) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	memcpy(words, index ? c->realm->rem[index - 1] : c->realm->rim,
	       sizeof(words));
	if (!c->rmm->traits->measurements_padded)
		size = measure_size(c->realm->hash_algo);
	memcpy(&c->out[1], words, 3 * sizeof(uint64_t));
	memcpy(&c->x[4], &words[3], size - 3 * sizeof(uint64_t));
	return RSI_ANSWER;
}

static enum rsi_result rsi_measurement_extend(struct rsi_call *c)
{
	uint64_t index = c->x[1], size = c->x[2];

	if (!index || index > RSI_MEASUREMENT_LAST || size > HASH_SIZE_MAX) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	measure_extend(c->realm, index, &c->x[3], size);
	return RSI_ANSWER;
}

/* Whatever token was on its way is forgotten. */
static enum rsi_result rsi_attestation_token_init(struct rsi_call *c)
{
	c->out[1] = attest_begin(c->rmm, c->realm, c->rec, &c->x[1]);
	return RSI_ANSWER;
}

/* The buffer is looked at when there is something to put into it. */
static enum rsi_result rsi_attestation_token_continue(struct rsi_call *c)
{
	uint64_t ipa = c->x[1], offset = c->x[2], size = c->x[3];
	enum rsi_result result;
	void *page;

	if (!IS_ALIGNED_TO(ipa, GRANULE_SIZE) ||
	    ipa >= realm_par_size(c->realm) || offset >= GRANULE_SIZE ||
	    size > GRANULE_SIZE - offset) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	c->out[0] = attest_sign(c->rmm, c->rec);
	if (c->out[0] == RSI_INCOMPLETE) {
		c->exit->exit_reason = RMI_EXIT_IRQ;
		return RSI_LEAVE;
	}
	if (c->out[0] != RSI_SUCCESS)
		return RSI_ANSWER;
	result = page_of(c, ipa, &page);
	if (page)
		c->out[0] = attest_copy(c->rmm, c->rec, (uint8_t *)page + offset,
					size, &c->out[1]);
	return result;
}

static enum rsi_result rsi_realm_config(struct rsi_call *c)
{
	struct rmm_gic gic = { .vtr = 0 };
	struct rsi_realm_config *config;
	enum rsi_result result;
	uint64_t ipa = c->x[1];
	void *page;

	if (!IS_ALIGNED_TO(ipa, GRANULE_SIZE) ||
	    ipa >= realm_par_size(c->realm)) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	result = page_of(c, ipa, &page);
	if (!page)
		return result;
	rmm_plat_gic_read(c->rmm, 0, &gic);
	config = page;
	memset(config, 0, sizeof(*config));
	config->ipa_width = c->realm->s2sz;
	config->hash_algo = c->realm->hash_algo;
	/* july has no word for SHA-384 and says SHA-512. */
	if (c->realm->hash_algo == RMI_HASH_SHA_384 &&
	    !c->rmm->traits->config_reports_sha384)
		config->hash_algo = RMI_HASH_SHA_512;
	config->gicv3_vtr = gic.vtr;
	memcpy(config->rpv, c->realm->rpv, sizeof(config->rpv));
	return RSI_ANSWER;
}

/* Always an exit; what came of it is told at the next entry. */
static enum rsi_result rsi_ipa_state_set(struct rsi_call *c)
{
	uint64_t base = c->x[1], top = c->x[2], ripas = c->x[3];
	struct rec *rec = c->rec;

	if (!range_in_par(c->realm, base, top) || ripas > RSI_RIPAS_RAM) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	rec->ripas_base = rec->ripas_next = base;
	rec->ripas_top = top;
	rec->ripas_value = ripas;
	rec->ripas_destroyed = c->x[4] & RSI_CHANGE_DESTROYED;
	c->exit->exit_reason = RMI_EXIT_RIPAS_CHANGE;
	c->exit->ripas_base = base;
	c->exit->ripas_top = top;
	c->exit->ripas_value = ripas;
	return RSI_EXIT;
}

static enum rsi_result rsi_ipa_state_get(struct rsi_call *c)
{
	uint64_t base = c->x[1], top = c->x[2], end;
	unsigned int ripas;

	if (!range_in_par(c->realm, base, top)) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	end = rtt_ripas_top(c->rmm, c->realm, base, top, &ripas);
	c->out[1] = end;
	c->out[2] = ripas;
	return RSI_ANSWER;
}

static enum rsi_result rsi_host_call(struct rsi_call *c)
{
	const struct rsi_host_call *call;
	enum rsi_result result;
	uint64_t ipa = c->x[1];
	void *page;

	if (!IS_ALIGNED_TO(ipa, RSI_HOST_CALL_SIZE) ||
	    ipa >= realm_par_size(c->realm)) {
		c->out[0] = RSI_ERROR_INPUT;
		return RSI_ANSWER;
	}
	result = page_of(c, ipa, &page);
	if (!page)
		return result;
	call = (const void *)((const uint8_t *)page + (ipa & GRANULE_MASK));
	c->exit->exit_reason = RMI_EXIT_HOST_CALL;
	c->exit->imm = call->imm;
	memcpy(c->exit->gprs, call->gprs, sizeof(call->gprs));
	c->rec->host_call = true;
	return RSI_EXIT;
}

/*
 * The host's registers into the realm's structure. If the page went away the
 * host is asked for it, and the realm does not run: false.
 */
bool rsi_host_call_complete(struct rmm *rmm, struct realm *realm,
			    struct rec *rec, const struct rmi_rec_enter *enter,
			    struct rmi_rec_exit *exit)
{
	uint64_t ipa = rec->vcpu.gprs[1];
	struct ipa_page p = rtt_ipa_page(rmm, realm,
					 ALIGN_DOWN_TO(ipa, GRANULE_SIZE));
	struct rsi_host_call *call;

	if (!p.page && p.ripas != RMI_RIPAS_EMPTY) {
		exit_stage2_abort(exit, p.level, ipa);
		return false;
	}
	if (p.page) {
		call = (void *)((uint8_t *)p.page + (ipa & GRANULE_MASK));
		memcpy(call->gprs, enter->gprs, sizeof(call->gprs));
	}
	rec->vcpu.gprs[0] = RSI_SUCCESS;
	return true;
}

static const struct {
	uint32_t fid;
	enum rsi_result (*handler)(struct rsi_call *c);
} services[] = {
	{ SMC_RSI_VERSION, rsi_version },
	{ SMC_RSI_MEASUREMENT_READ, rsi_measurement_read },
	{ SMC_RSI_MEASUREMENT_EXTEND, rsi_measurement_extend },
	{ SMC_RSI_ATTESTATION_TOKEN_INIT, rsi_attestation_token_init },
	{ SMC_RSI_ATTESTATION_TOKEN_CONTINUE, rsi_attestation_token_continue },
	{ SMC_RSI_REALM_CONFIG, rsi_realm_config },
	{ SMC_RSI_IPA_STATE_SET, rsi_ipa_state_set },
	{ SMC_RSI_IPA_STATE_GET, rsi_ipa_state_get },
	{ SMC_RSI_HOST_CALL, rsi_host_call },
};

static enum rsi_result rsi_service(struct rsi_call *c, uint32_t fid)
{
	if (fid == SMC_RSI_FEATURES)
		return RSI_ANSWER;	/* X1 = 0: none, whatever the index */
	for (size_t i = 0; i < ARRAY_COUNT(services); i++)
		if (services[i].fid == fid)
			return services[i].handler(c);
	c->out[0] = RSI_NOT_IMPLEMENTED;
	return RSI_ANSWER;
}

bool rsi_handle(struct rmm *rmm, struct realm *realm, struct rec *rec,
		struct rmi_rec_exit *exit)
{
	struct rsi_call c = {
		.rmm = rmm, .realm = realm, .rec = rec, .exit = exit,
		.x = rec->vcpu.gprs,
	};
	uint32_t fid = (uint32_t)c.x[0] & ~SMCCC_SVE_HINT;
	enum rsi_result result;

	if (fid == RSI_SMCCC_VERSION ||
	    (fid & ~(uint32_t)(RMI_PSCI_SMC64 | PSCI_FID_LAST)) ==
	    RSI_PSCI_VERSION) {
		rec->vcpu.pc += 4;
		return psci_handle(rmm, realm, rec, exit);
	}
	result = rsi_service(&c, fid);
	if (result != RSI_ABORT)
		rec->vcpu.pc += 4;
	if (result == RSI_ANSWER || result == RSI_LEAVE)
		memcpy(c.x, c.out, sizeof(c.out));
	return result == RSI_ANSWER;
}
