// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The Realm Initial Measurement, computed as an RMM computes it.
 *
 * A RIM starts from the realm's parameters or from zero, which depends on the
 * RMM, and is extended by one descriptor per populated page and per runnable
 * REC. All integers are little-endian.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "internal.h"

#define DESCRIPTOR_SIZE		0x100

/* common to all descriptors */
#define DESC_TYPE		0x00
#define DESC_LENGTH		0x08
#define DESC_RIM		0x10
/* type 0 */
#define DESC_DATA		0
#define DESC_DATA_IPA		0x50
#define DESC_DATA_FLAGS		0x58
#define DESC_DATA_CONTENT	0x60
/* type 1 */
#define DESC_REC		1
#define DESC_REC_CONTENT	0x50

/* struct rmi_realm_params, as far as it is measured; flags0 */
#define PARAMS_FLAGS0		0x00
#define PARAMS_S2SZ		0x08
#define PARAMS_SVE_VL		0x10
#define PARAMS_NUM_BPS		0x18
#define PARAMS_NUM_WPS		0x20
#define PARAMS_PMU_NUM_CTRS	0x28
#define PARAMS_HASH_ALGO	0x30
#define FLAGS0_LPA2		(1U << 0)
#define FLAGS0_SVE		(1U << 1)
#define FLAGS0_PMU		(1U << 2)

/* struct rmi_rec_params, as far as it is measured: the MPIDR is not */
#define REC_FLAGS		0x000
#define REC_PC			0x200
#define REC_GPRS		0x300

struct cca_measurement {
	const EVP_MD *md;
	size_t length;
	uint8_t rim[CCA_HASH_SIZE_MAX];	/* zero beyond length */
};

static void put_le(uint8_t *to, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		to[i] = value >> (8 * i);
}

static const EVP_MD *hash_md(uint32_t hash)
{
	switch (hash) {
	case CCA_HASH_SHA256:
		return EVP_sha256();
	case CCA_HASH_SHA384:
		return EVP_sha384();
	case CCA_HASH_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

static int digest(const struct cca_measurement *m, const void *data, size_t length, uint8_t *to)
{
	return EVP_Digest(data, length, to, NULL, m->md, NULL) ? 0 : -ENOMEM;
}

/* Number of break- or watchpoints as the RMI has it: less one, two at least. */
static uint32_t debug_field(uint32_t count)
{
	return count > 2 ? count - 1 : 1;
}

static int initial_july(struct cca_measurement *m, const struct cca_realm_options *o)
{
	uint8_t params[CCA_PAGE_SIZE] = { 0 };
	uint32_t flags0 = 0;

	if (o->ipa_bits > 48)
		flags0 |= FLAGS0_LPA2;
	if (o->flags & CCA_REALM_F_SVE) {
		flags0 |= FLAGS0_SVE;
		put_le(params + PARAMS_SVE_VL, o->sve_vl / 128 - 1, 4);
	}
	if (o->flags & CCA_REALM_F_PMU) {
		flags0 |= FLAGS0_PMU;
		put_le(params + PARAMS_PMU_NUM_CTRS, o->pmu_counters, 4);
	}
	put_le(params + PARAMS_FLAGS0, flags0, 8);
	put_le(params + PARAMS_S2SZ, o->ipa_bits, 4);
	put_le(params + PARAMS_NUM_BPS, debug_field(o->breakpoints), 4);
	put_le(params + PARAMS_NUM_WPS, debug_field(o->watchpoints), 4);
	put_le(params + PARAMS_HASH_ALGO, o->hash, 1);
	return digest(m, params, sizeof(params), m->rim);
}

static int initial_value(struct cca_measurement *m, uint32_t profile,
			 const struct cca_realm_options *o)
{
	switch (profile) {
	case CCA_PROFILE_JULY:
		return initial_july(m, o);
	case CCA_PROFILE_BET3:
		return 0;
	}
	return -EINVAL;
}

/* What the kernel would refuse, and a RIM of which would mean nothing. */
static bool options_valid(const struct cca_realm_options *o)
{
	if (o->flags & ~(CCA_REALM_F_SVE | CCA_REALM_F_PMU | CCA_REALM_F_PERSIST))
		return false;
	if ((o->flags & CCA_REALM_F_SVE) && (!o->sve_vl || o->sve_vl % 128))
		return false;
	if (o->breakpoints == 1 || o->watchpoints == 1)
		return false;
	return cca_hash_size(o->hash);
}

CCA_API int cca_measurement_new(uint32_t profile, const struct cca_realm_options *options,
				struct cca_measurement **out)
{
	struct cca_realm_options o;
	struct cca_measurement *m;
	int err;

	err = libcca_realm_options(&o, options);
	if (err)
		return libcca_return(err);
	if (!options_valid(&o))
		return libcca_return(-EINVAL);
	m = calloc(1, sizeof(*m));
	if (!m)
		return libcca_return(-ENOMEM);
	m->md = hash_md(o.hash);
	m->length = cca_hash_size(o.hash);
	err = initial_value(m, profile, &o);
	if (err) {
		free(m);
		return libcca_return(err);
	}
	*out = m;
	return 0;
}

CCA_API void cca_measurement_free(struct cca_measurement *m)
{
	free(m);
}

static void start_descriptor(const struct cca_measurement *m, uint8_t *d, uint8_t type)
{
	memset(d, 0, DESCRIPTOR_SIZE);
	d[DESC_TYPE] = type;
	put_le(d + DESC_LENGTH, DESCRIPTOR_SIZE, 8);
	memcpy(d + DESC_RIM, m->rim, sizeof(m->rim));
}

static int extend_page(struct cca_measurement *m, uint64_t ipa, const uint8_t *page)
{
	uint8_t d[DESCRIPTOR_SIZE];
	int err = 0;

	start_descriptor(m, d, DESC_DATA);
	put_le(d + DESC_DATA_IPA, ipa, 8);
	if (page) {
		put_le(d + DESC_DATA_FLAGS, 1, 8);
		err = digest(m, page, CCA_PAGE_SIZE, d + DESC_DATA_CONTENT);
	}
	return err ? err : digest(m, d, sizeof(d), m->rim);
}

CCA_API int cca_measurement_extend_data(struct cca_measurement *m, uint64_t ipa, uint64_t length,
					const void *source, uint32_t flags)
{
	bool measured = flags & CCA_POPULATE_F_MEASURE;
	int err = 0;

	if (flags & ~CCA_POPULATE_F_MEASURE || (measured && !source))
		return libcca_return(-EINVAL);
	if (!length || length % CCA_PAGE_SIZE || ipa % CCA_PAGE_SIZE)
		return libcca_return(-EINVAL);
	if (ipa + length < ipa)
		return libcca_return(-EOVERFLOW);
	for (uint64_t at = 0; at < length && !err; at += CCA_PAGE_SIZE)
		err = extend_page(m, ipa + at, measured ? (const uint8_t *)source + at : NULL);
	return libcca_return(err);
}

CCA_API int cca_measurement_extend_rec(struct cca_measurement *m,
				       const struct cca_rec_options *options)
{
	uint8_t page[CCA_PAGE_SIZE] = { 0 };
	uint8_t d[DESCRIPTOR_SIZE];
	struct cca_rec_options o;
	int err;

	err = libcca_rec_options(&o, options);
	if (!err && o.flags & ~CCA_REC_F_RUNNABLE)
		err = -EINVAL;
	if (err || !(o.flags & CCA_REC_F_RUNNABLE))
		return libcca_return(err);

	put_le(page + REC_FLAGS, 1, 8);
	put_le(page + REC_PC, o.pc, 8);
	for (int i = 0; i < 8; i++)
		put_le(page + REC_GPRS + 8 * i, o.gprs[i], 8);

	start_descriptor(m, d, DESC_REC);
	err = digest(m, page, sizeof(page), d + DESC_REC_CONTENT);
	if (!err)
		err = digest(m, d, sizeof(d), m->rim);
	return libcca_return(err);
}

CCA_API size_t cca_measurement_value(const struct cca_measurement *m,
				     uint8_t value[CCA_HASH_SIZE_MAX])
{
	memcpy(value, m->rim, sizeof(m->rim));
	return m->length;
}

CCA_API size_t cca_hash_size(uint32_t hash)
{
	switch (hash) {
	case CCA_HASH_SHA256:
		return 32;
	case CCA_HASH_SHA384:
		return 48;
	case CCA_HASH_SHA512:
		return 64;
	}
	return 0;
}
