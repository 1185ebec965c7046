// SPDX-License-Identifier: GPL-2.0-only
/*
 * cca info: what this machine can do, and where the memory is.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

#define FIELD(value, high, low)	((value) >> (low) & ((1ULL << ((high) - (low) + 1)) - 1))

static void rmm_section(struct document *d, const struct cca_info *info)
{
	struct section *s = document_facts(d, "rmm", "Realm Management Monitor");

	fact_bool(s, "usable", "usable", !info->out_reason);
	fact_text(s, "reason", "reason", "%s", info->out_reason ? cca_strreason(info->out_reason) : "");
	fact_number(s, "reason-code", NULL, info->out_reason, NULL);
	fact_text(s, "profile", "profile", "%s", cca_profile_name(info->out_profile));
	fact_text(s, "rmi", "RMI spoken", "%u.%u", info->out_rmi_version >> 16 & 0x7fff,
		  info->out_rmi_version & 0xffff);
	fact_text(s, "rmi-highest", "RMI highest", "%u.%u", info->out_rmi_version_max >> 16 & 0x7fff,
		  info->out_rmi_version_max & 0xffff);
	fact_number(s, "abi", "driver ABI", info->out_abi, NULL);
	fact_text(s, "library", "library", "%s", cca_version());
}

static void add_word(char *words, size_t size, bool add, const char *word)
{
	size_t used = strlen(words);

	if (add)
		snprintf(words + used, size - used, "%s%s", used ? " " : "", word);
}

/* The feature registers, as words (D.5). */
static void feature_words(const struct cca_info *info, char *words, size_t size)
{
	const __aligned_u64 *f = info->out_features;

	words[0] = '\0';
	add_word(words, size, info->out_profile == CCA_PROFILE_JULY && FIELD(f[0], 8, 8), "lpa2");
	add_word(words, size, FIELD(f[0], 9, 9), "sve");
	add_word(words, size, FIELD(f[0], 26, 26), "pmu");
	add_word(words, size, FIELD(f[2], 0, 0), "devices");
	add_word(words, size, FIELD(f[2], 3, 3), "ats");
	add_word(words, size, FIELD(f[3], 3, 0), "planes");
	add_word(words, size, FIELD(f[3], 6, 6), "s2ap-indirect");
	add_word(words, size, f[4], "mec");
}

static void hash_words(uint32_t hashes, char *words, size_t size)
{
	words[0] = '\0';
	for (uint32_t hash = 0; cca_hash_size(hash); hash++)
		add_word(words, size, hashes >> hash & 1, cca_hash_name(hash));
}

static void features_section(struct document *d, const struct cca_info *info)
{
	struct section *s = document_facts(d, "features", "Features");
	char words[256];
	char key[32], label[32];

	feature_words(info, words, sizeof(words));
	fact_words(s, "words", "features", words);
	hash_words(info->out_hashes, words, sizeof(words));
	fact_words(s, "hashes", "hash algorithms", words);
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "register-%d", i);
		snprintf(label, sizeof(label), "feature register %d", i);
		/* A string: JSON numbers are not sure to hold 64 bits. */
		fact_text(s, key, label, "0x%llx", (unsigned long long)info->out_features[i]);
	}
}

static void limits_section(struct document *d, const struct cca_info *info)
{
	struct section *s = document_facts(d, "limits", "Limits of a realm");

	fact_number(s, "ipa-bits-min", "IPA width from", info->out_ipa_bits_min, "bits");
	fact_number(s, "ipa-bits-max", "IPA width to", info->out_ipa_bits_max, "bits");
	fact_number(s, "recs", "RECs", info->out_recs_max, NULL);
	fact_number(s, "breakpoints", "breakpoints", info->out_breakpoints_max, NULL);
	fact_number(s, "watchpoints", "watchpoints", info->out_watchpoints_max, NULL);
	fact_number(s, "sve-vl", "SVE vector length", info->out_sve_vl_max, "bits");
	fact_number(s, "pmu-counters", "PMU counters", info->out_pmu_counters_max, NULL);
}

static void memory_limits_section(struct document *d, const struct cca_info *info)
{
	struct section *s = document_facts(d, "memory-limits",
					   "Limits of memory, in granules of 4 KiB (0: none)");

	fact_number(s, "granules-max", "held by the driver", info->out_granules_max, NULL);
	fact_number(s, "user-granules-max", "delegated for one user", info->out_user_granules_max,
		    NULL);
	fact_number(s, "user-granules", "delegated for you", info->out_user_granules, NULL);
}

static void objects_section(struct document *d, const struct cca_info *info)
{
	struct section *s = document_facts(d, "objects", "Alive");

	fact_number(s, "realms", "realms", info->out_realms, NULL);
	fact_number(s, "memories", "sets of delegated memory", info->out_memories, NULL);
	fact_number(s, "pinned", "pages lent to realms", info->out_pinned, NULL);
	fact_number(s, "pinned-lost", "  of these, never to come back", info->out_pinned_lost,
		    NULL);
}

void ledger_section(struct document *d, const struct cca_ledger *ledger)
{
	struct section *s = document_facts(d, "ledger", "Ledger, in granules of 4 KiB");

	fact_number(s, "held", "held by the driver", ledger->held, NULL);
	fact_number(s, "host", "  not delegated", ledger->host, NULL);
	fact_number(s, "lent", "    lent for tracking", ledger->lent, NULL);
	fact_number(s, "delegated", "  delegated", ledger->delegated, NULL);
	fact_number(s, "pool", "    in the pool", ledger->pool, NULL);
	fact_number(s, "reserved", "    set aside", ledger->reserved, NULL);
	fact_number(s, "in-use", "    in use by realms", ledger->in_use, NULL);
	fact_number(s, "leaked", "leaked", ledger->leaked, NULL);
	fact_number(s, "leaked-undelegate", "  not undelegated", ledger->leaks[CCA_LEAK_UNDELEGATE],
		    NULL);
	fact_number(s, "leaked-destroy", "  not destroyed", ledger->leaks[CCA_LEAK_DESTROY], NULL);
	fact_number(s, "leaked-operation", "  not returned by an operation",
		    ledger->leaks[CCA_LEAK_SRO], NULL);
	fact_number(s, "leaked-protocol", "  protocol broken", ledger->leaks[CCA_LEAK_PROTOCOL],
		    NULL);
}

int verb_info(const struct settings *s, struct problem *p)
{
	struct cca_info info;
	struct document *d;
	struct cca *c;
	int status;

	status = open_any_device(&c, &info, p);
	if (status)
		return status;
	d = document_new(s->json);
	rmm_section(d, &info);
	features_section(d, &info);
	limits_section(d, &info);
	memory_limits_section(d, &info);
	objects_section(d, &info);
	reservations_section(d, c);
	realms_section(d, c);
	cca_close(c);
	ledger_section(d, &info.out_ledger);
	status = document_finish(d, s, p);
	if (!status && info.out_reason)
		status = STATUS_HOST;
	return status;
}
