// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measurements (section H): the initial one, what extends it, and the realm's
 * own extensible ones. Hashes come from libmbedcrypto.
 */
#include <string.h>

#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>

#include "model.h"

/* Version 2 deprecates the plain names, version 3 has only them. */
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha256 mbedtls_sha256_ret
#define mbedtls_sha512 mbedtls_sha512_ret
#endif

/* H.3, H.4: what is hashed to extend the RIM. 256 bytes, zero filled. */
struct measurement_descriptor {
	uint8_t type;			/* 0 data, 1 REC */
	uint8_t __sbz0[7];
	uint64_t length;
	uint8_t rim[HASH_SIZE_MAX];
	union {
		struct {
			uint64_t ipa;
			uint64_t flags;
			uint8_t content[HASH_SIZE_MAX];
		} data;
		uint8_t rec[HASH_SIZE_MAX];
	};
	uint8_t __sbz1[0x100 - 0xa0];
};

_Static_assert(sizeof(struct measurement_descriptor) == 0x100, "H.3");
_Static_assert(offsetof(struct measurement_descriptor, data.content) == 0x60,
	       "H.3");

#define MEASURE_DATA	0
#define MEASURE_REC	1

size_t measure_size(uint32_t algo)
{
	switch (algo) {
	case RMI_HASH_SHA_256:
		return 32;
	case RMI_HASH_SHA_384:
		return 48;
	default:
		return 64;
	}
}

/* out is a slot of HASH_SIZE_MAX bytes, zero padded. */
void measure_hash(uint32_t algo, const void *data, size_t size, uint8_t *out)
{
	uint8_t hash[HASH_SIZE_MAX] = { 0 };

	if (algo == RMI_HASH_SHA_256)
		(void)mbedtls_sha256(data, size, hash, 0);
	else
		(void)mbedtls_sha512(data, size, hash, algo == RMI_HASH_SHA_384);
	memset(out, 0, HASH_SIZE_MAX);
	memcpy(out, hash, measure_size(algo));
}

static void put(uint8_t *page, size_t offset, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		page[offset + i] = (uint8_t)(value >> (8 * i));
}

/*
 * H.2: a page with only these fields, as the host passed them. The scratch page
 * may be the parameters themselves.
 */
void measure_initial(struct realm *realm, const struct rmi_realm_params *params,
		     void *scratch)
{
	uint64_t flags0 = params->flags0, s2sz = params->s2sz;
	uint64_t sve_vl = params->sve_vl, bps = params->num_bps;
	uint64_t wps = params->num_wps, ctrs = params->pmu_num_ctrs;
	uint8_t algo = params->hash_algo, *page = scratch;

	memset(page, 0, GRANULE_SIZE);
	put(page, 0x00, flags0, 8);
	put(page, 0x08, s2sz, 4);
	put(page, 0x10, sve_vl, 4);
	put(page, 0x18, bps, 4);
	put(page, 0x20, wps, 4);
	put(page, 0x28, ctrs, 4);
	put(page, 0x30, algo, 1);
	measure_hash(realm->hash_algo, page, GRANULE_SIZE, realm->rim);
}

static void extend_rim(struct realm *realm, struct measurement_descriptor *d)
{
	d->length = sizeof(*d);
	memcpy(d->rim, realm->rim, sizeof(d->rim));
	measure_hash(realm->hash_algo, d, sizeof(*d), realm->rim);
}

void measure_data(struct realm *realm, uint64_t ipa, uint64_t flags,
		  const void *page)
{
	struct measurement_descriptor d = { .type = MEASURE_DATA };

	d.data.ipa = ipa;
	d.data.flags = flags;
	if (flags & RMI_DATA_MAP_INIT_MEASURE)
		measure_hash(realm->hash_algo, page, GRANULE_SIZE,
			     d.data.content);
	extend_rim(realm, &d);
}

/* H.4: all but the MPIDR; only runnable RECs are measured. */
void measure_rec(struct realm *realm, const struct rmi_rec_params *params,
		 void *scratch)
{
	struct measurement_descriptor d = { .type = MEASURE_REC };
	uint64_t flags = params->flags, pc = params->pc;
	uint64_t gprs[RMI_REC_CREATE_GPRS];
	uint8_t *page = scratch;

	memcpy(gprs, params->gprs, sizeof(gprs));
	memset(page, 0, GRANULE_SIZE);
	put(page, 0x000, flags, 8);
	put(page, 0x200, pc, 8);
	for (unsigned int i = 0; i < RMI_REC_CREATE_GPRS; i++)
		put(page, 0x300 + 8 * i, gprs[i], 8);
	measure_hash(realm->hash_algo, page, GRANULE_SIZE, d.rec);
	extend_rim(realm, &d);
}

/* H.5: REM = H(REM || value), index 1 to 4. */
void measure_extend(struct realm *realm, unsigned int index, const void *value,
		    size_t size)
{
	uint8_t buffer[2 * HASH_SIZE_MAX];
	size_t hash = measure_size(realm->hash_algo);
	uint8_t *rem = realm->rem[index - 1];

	memcpy(buffer, rem, hash);
	memcpy(buffer + hash, value, size);
	measure_hash(realm->hash_algo, buffer, hash + size, rem);
}
