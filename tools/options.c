// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may stand behind a verb: one table of options, exact words.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "vmm/layout.h"

#define MEMORY_DEFAULT	(64ULL << 20)
#define BASE_DEFAULT	0x40000000ULL

/* Of the driver; the RMM at hand may allow less (CCA_INFO). */
#define IPA_BITS_MIN	32
#define IPA_BITS_MAX	48
#define CPUS_MAX	VMM_CPUS_MAX

#define USAGE(p, option, next, ...) \
	problem(p, STATUS_USAGE, "--" option, "use this value", next, __VA_ARGS__)

bool parse_size(const char *text, uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	unsigned long long number;
	const char *suffix;
	unsigned int shift = 0;
	char *end;

	/* strtoull() takes signs and blanks, and wraps. */
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoull(text, &end, text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10);
	if (errno || end == text)
		return false;
	if (*end) {
		suffix = strchr(suffixes, toupper((unsigned char)*end));
		if (!suffix || end[1])
			return false;
		shift = 10 * (suffix - suffixes + 1);
	}
	if (shift && number >> (64 - shift))
		return false;
	*value = number << shift;
	return true;
}

static int set_json(struct settings *s, const char *value, struct problem *p)
{
	s->json = true;
	return STATUS_OK;
}

static int set_once(struct settings *s, const char *value, struct problem *p)
{
	s->once = true;
	return STATUS_OK;
}

static int set_realm(struct settings *s, const char *value, struct problem *p)
{
	uint64_t id;
	bool good = value[0] >= '0' && value[0] <= '9' ?
		    parse_size(value, &id) && id && id <= UINT32_MAX :
		    value[0] && strlen(value) < CCA_NAME_SIZE && !strpbrk(value, " /\n");

	if (!good)
		return USAGE(p, "realm", "give its name or its number",
			     "'%s' is not the name or the number of a realm", value);
	s->watched = value;
	return STATUS_OK;
}

static int set_memory(struct settings *s, const char *value, struct problem *p)
{
	if (!parse_size(value, &s->memory) || !s->memory || s->memory % CCA_PAGE_SIZE)
		return USAGE(p, "memory", "give a multiple of 4K, for example 64M",
			     "'%s' is not a size in whole pages, from 4K up", value);
	return STATUS_OK;
}

static int set_base(struct settings *s, const char *value, struct problem *p)
{
	if (!parse_size(value, &s->base) || s->base % CCA_PAGE_SIZE)
		return USAGE(p, "base", "give a multiple of 4K, for example 0x40000000",
			     "'%s' is not the address of a page", value);
	return STATUS_OK;
}

static int set_ipa_bits(struct settings *s, const char *value, struct problem *p)
{
	uint64_t bits;

	if (!parse_size(value, &bits) || bits < IPA_BITS_MIN || bits > IPA_BITS_MAX)
		return USAGE(p, "ipa-bits", "see the limits of this machine with `cca info`",
			     "'%s' is not a number from %d to %d", value, IPA_BITS_MIN,
			     IPA_BITS_MAX);
	s->realm.ipa_bits = bits;
	return STATUS_OK;
}

static int set_hash(struct settings *s, const char *value, struct problem *p)
{
	for (uint32_t hash = 0; cca_hash_size(hash); hash++) {
		if (!strcmp(value, cca_hash_name(hash))) {
			s->realm.hash = hash;
			return STATUS_OK;
		}
	}
	return USAGE(p, "hash", NULL, "'%s' is none of sha256, sha384, sha512", value);
}

static int rpv_from_hex(uint8_t *rpv, const char *hex, struct problem *p)
{
	size_t digits = strlen(hex);

	if (!digits || digits % 2 || strspn(hex, "0123456789abcdefABCDEF") != digits)
		return USAGE(p, "rpv", NULL, "'0x%s' is not an even number of hexadecimal digits",
			     hex);
	if (digits > 128)
		return USAGE(p, "rpv", NULL, "it has %zu bytes; the limit is 64", digits / 2);
	for (size_t i = 0; i < digits / 2; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1] };

		rpv[i] = strtoul(pair, NULL, 16);
	}
	return STATUS_OK;
}

static int rpv_from_file(uint8_t *rpv, const char *path, struct problem *p)
{
	FILE *file = fopen(path, "rbe");
	uint8_t bytes[65] = { 0 };
	size_t length;
	int error;

	if (!file)
		return USAGE(p, "rpv", NULL, "%s: %s", path, strerror(errno));
	errno = 0;
	length = fread(bytes, 1, sizeof(bytes), file);
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error)
		return USAGE(p, "rpv", NULL, "%s: %s", path, strerror(error));
	if (length > 64)
		return USAGE(p, "rpv", NULL, "%s has more than 64 bytes, which is the limit", path);
	memcpy(rpv, bytes, 64);
	return STATUS_OK;
}

static int set_rpv(struct settings *s, const char *value, struct problem *p)
{
	uint8_t *rpv = s->realm.rpv;

	memset(rpv, 0, sizeof(s->realm.rpv));
	if (value[0] == '@')
		return rpv_from_file(rpv, value + 1, p);
	if (value[0] == '0' && value[1] == 'x')
		return rpv_from_hex(rpv, value + 2, p);
	if (strlen(value) > 64)
		return USAGE(p, "rpv", NULL, "it has %zu bytes; the limit is 64", strlen(value));
	memcpy(rpv, value, strlen(value));
	return STATUS_OK;
}

static int set_rmm(struct settings *s, const char *value, struct problem *p)
{
	for (uint32_t profile = CCA_PROFILE_JULY; profile <= CCA_PROFILE_BET3; profile++) {
		if (!strcmp(value, cca_profile_name(profile))) {
			s->profile = profile;
			return STATUS_OK;
		}
	}
	return USAGE(p, "rmm", "see the profile of this machine with `cca info`",
		     "'%s' is none of july, bet3", value);
}

static int set_block(struct settings *s, const char *value, struct problem *p)
{
	if (!parse_size(value, &s->block) || (s->block != 4096 && s->block != 2 << 20))
		return USAGE(p, "block", NULL, "'%s' is none of 4K, 2M", value);
	return STATUS_OK;
}

static int set_name(struct settings *s, const char *value, struct problem *p)
{
	if (!value[0])
		return USAGE(p, "name", NULL, "it is empty");
	s->name = value;
	return STATUS_OK;
}

static int set_from(struct settings *s, const char *value, struct problem *p)
{
	if (!value[0])
		return USAGE(p, "from", "see `cca delegate list`", "it is empty");
	s->name = value;
	return STATUS_OK;
}

static int set_grow(struct settings *s, const char *value, struct problem *p)
{
	s->grow = true;
	return STATUS_OK;
}

static int set_shrink(struct settings *s, const char *value, struct problem *p)
{
	s->shrink = true;
	return STATUS_OK;
}

static int set_kernel(struct settings *s, const char *value, struct problem *p)
{
	s->kernel = value;
	return STATUS_OK;
}

static int set_initrd(struct settings *s, const char *value, struct problem *p)
{
	s->initrd = value;
	return STATUS_OK;
}

static int set_append(struct settings *s, const char *value, struct problem *p)
{
	s->append = value;
	return STATUS_OK;
}

static int set_cpus(struct settings *s, const char *value, struct problem *p)
{
	if (!parse_size(value, &s->cpus) || !s->cpus || s->cpus > CPUS_MAX)
		return USAGE(p, "cpus", NULL, "'%s' is not a number from 1 to %d", value, CPUS_MAX);
	return STATUS_OK;
}

static int set_disk(struct settings *s, const char *value, struct problem *p)
{
	if (s->disk_count == DISKS_MAX)
		return USAGE(p, "disk", NULL, "there may be %d of them", DISKS_MAX);
	s->disks[s->disk_count++] = value;
	return STATUS_OK;
}

static int set_net(struct settings *s, const char *value, struct problem *p)
{
	s->net = value;
	return STATUS_OK;
}

static int set_statistics(struct settings *s, const char *value, struct problem *p)
{
	s->statistics = value;
	return STATUS_OK;
}

static int set_console(struct settings *s, const char *value, struct problem *p)
{
	if (!value[0])
		return USAGE(p, "console", "give a file, pty, or - for this terminal", "it is empty");
	s->console = value;
	return STATUS_OK;
}

static int set_earlycon(struct settings *s, const char *value, struct problem *p)
{
	s->earlycon = true;
	return STATUS_OK;
}

static int set_output(struct settings *s, const char *value, struct problem *p)
{
	if (!value[0])
		return USAGE(p, "output", "give names of columns, with commas between", "it is empty");
	s->columns = value;
	return STATUS_OK;
}

static int set_noheadings(struct settings *s, const char *value, struct problem *p)
{
	s->no_headings = true;
	return STATUS_OK;
}

static int set_rim(struct settings *s, const char *value, struct problem *p)
{
	s->rim = value;
	return STATUS_OK;
}

static int set_challenge(struct settings *s, const char *value, struct problem *p)
{
	s->challenge = value;
	return STATUS_OK;
}

static int set_policy(struct settings *s, const char *value, struct problem *p)
{
	s->policy = value;
	return STATUS_OK;
}

static int set_key(struct settings *s, const char *value, struct problem *p)
{
	s->key = value;
	return STATUS_OK;
}

const struct option_def option_defs[OPTIONS] = {
	[OPTION_JSON] = { "json", NULL, "output for scripts, errors too", set_json },
	[OPTION_MEMORY] = { "memory", "SIZE", "RAM of the realm (64M); suffixes K M G T", set_memory },
	[OPTION_BASE] = { "base", "ADDRESS", "where its RAM begins (0x40000000)", set_base },
	[OPTION_IPA_BITS] = { "ipa-bits", "N", "width of its address space (40)", set_ipa_bits },
	[OPTION_HASH] = { "hash", "NAME", "sha256, sha384 or sha512 (sha256)", set_hash,
			  "sha256 sha384 sha512" },
	[OPTION_RPV] = { "rpv", "VALUE", "personalisation, up to 64 bytes: 0xHEX, @FILE, or text",
			 set_rpv },
	[OPTION_RMM] = { "rmm", "NAME", "july or bet3 (ask the driver; july without one)", set_rmm,
			 "july bet3" },
	[OPTION_BLOCK] = { "block", "SIZE", "4K or 2M (2M if SIZE is a multiple of it)", set_block,
			   "4K 2M" },
	[OPTION_NAME] = { "name", "NAME", "keep it under this name; or the one that is meant", set_name,
			  VALUES_RESERVED },
	[OPTION_GROW] = { "grow", NULL, "let the one of that name grow by SIZE", set_grow },
	[OPTION_SHRINK] = { "shrink", NULL, "give SIZE of it back", set_shrink },
	[OPTION_FROM] = { "from", "NAME", "take its RAM from memory that is set aside", set_from,
			  VALUES_RESERVED },
	[OPTION_KERNEL] = { "kernel", "FILE", "boot this Linux kernel for arm64", set_kernel,
			    VALUES_FILE },
	[OPTION_INITRD] = { "initrd", "FILE", "with this initrd", set_initrd, VALUES_FILE },
	[OPTION_APPEND] = { "append", "TEXT", "and with this command line", set_append },
	[OPTION_CPUS] = { "cpus", "N", "so many virtual CPUs (1); the guest turns on all but the first", set_cpus },
	[OPTION_DISK] = { "disk", "FILE[,readonly]", "with this file as a disk; may be given again",
			  set_disk, VALUES_FILE, .repeats = true },
	[OPTION_NET] = { "net", "user|tap=NAME", "and with a network card: by our sockets, or an interface",
			 set_net, "user" },
	[OPTION_STATISTICS] = { "statistics", "FILE", "write there what the boot and the rest took",
				set_statistics, VALUES_FILE },
	[OPTION_CONSOLE] = { "console", "WHERE", "its consoles: a file, pty, or - for this terminal (-)",
			     set_console, VALUES_FILE },
	[OPTION_EARLYCON] = { "earlycon", NULL, "let it say what it has to before its drivers are there",
			      set_earlycon },
	[OPTION_OUTPUT] = { "output", "COLUMNS", "only these columns: names with commas between",
			    set_output, NULL, 'o' },
	[OPTION_NOHEADINGS] = { "noheadings", NULL, "no line with the names of the columns",
				set_noheadings, NULL, 'n' },
	[OPTION_REALM] = { "realm", "NAME|ID", "only this realm", set_realm },
	[OPTION_RIM] = { "rim", "HEX", "the initial measurement that it has to have", set_rim },
	[OPTION_CHALLENGE] = { "challenge", "HEX", "the challenge that it has to answer", set_challenge },
	[OPTION_POLICY] = { "policy", "FILE", "what else it has to say", set_policy, VALUES_FILE },
	[OPTION_KEY] = { "key", "FILE", "public key of the platform that is trusted, in PEM", set_key, VALUES_FILE },
	[OPTION_ONCE] = { "once", NULL, "give the memory back at once, do not wait", set_once },
};

void settings_default(struct settings *s)
{
	*s = (struct settings) {
		.memory = MEMORY_DEFAULT,
		.base = BASE_DEFAULT,
		.cpus = 1,
		.realm = {
			.size = sizeof(s->realm),
			.ipa_bits = CCA_IPA_BITS_DEFAULT,
			.breakpoints = 2,	/* fixed: they are measured */
			.watchpoints = 2,
		},
	};
}

static int misunderstood(struct problem *p, const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int misunderstood(struct problem *p, const struct verb *verb, const char *format, ...)
{
	char reason[sizeof(p->reason)], help[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	snprintf(help, sizeof(help), "see `cca %s --help`", verb->name);
	return problem(p, STATUS_USAGE, verb->name, "understand the command", help, "%s", reason);
}

/* "--name", "--name=value", "-n" or "-nvalue" against the table; *value is NULL without one. */
static int find_option(const struct verb *verb, const char *word, const char **value)
{
	bool is_long = word[1] == '-';
	size_t length = strcspn(word, "=");

	if (is_long)
		*value = word[length] ? word + length + 1 : NULL;
	else
		*value = word[2] ? word + 2 : NULL;
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_def *def = &option_defs[i];

		if (!(verb->options & (1U << i)))
			continue;
		if (is_long ? strlen(def->name) == length - 2 &&
			      !strncmp(def->name, word + 2, length - 2) : def->letter == word[1])
			return i;
	}
	return -1;
}

static int parse_option(struct settings *s, const struct verb *verb, char ***words,
			struct problem *p)
{
	const char *word = *(*words)++;
	const struct option_def *def;
	const char *value;
	int option = find_option(verb, word, &value);

	if (option < 0)
		return misunderstood(p, verb, "there is no option %.*s", (int)strcspn(word, "="),
				     word);
	def = &option_defs[option];
	if (s->given & (1U << option) && !def->repeats)
		return misunderstood(p, verb, "--%s is given twice", def->name);
	s->given |= 1U << option;
	if (!def->argument && value)
		return misunderstood(p, verb, "--%s takes no value", def->name);
	if (def->argument && !value)
		value = *(*words);
	if (def->argument && !value)
		return misunderstood(p, verb, "--%s wants %s", def->name, def->argument);
	if (def->argument && value == *(*words))
		(*words)++;
	return def->set(s, value, p);
}

/* How many words its operand is, at least and at most. */
static unsigned int operands_min(const struct verb *verb)
{
	unsigned int count = verb->operand != NULL;

	for (const char *at = verb->operand; at && *at; at++)
		count += *at == ' ';
	return count;
}

static unsigned int operands_max(const struct verb *verb)
{
	return verb->operand && strstr(verb->operand, "...") ? UINT_MAX : operands_min(verb);
}

/* Its name in the table, for a message. */
static int operand_missing(const struct settings *s, const struct verb *verb, struct problem *p)
{
	const char *name = verb->operand;

	for (unsigned int i = 0; i < s->operand_count; i++)
		name += strcspn(name, " ") + 1;
	return misunderstood(p, verb, "%.*s is missing", (int)strcspn(name, " ."), name);
}

int settings_parse(struct settings *s, const struct verb *verb, char **words, struct problem *p)
{
	bool only_operands = false;
	int status;

	/* They are gathered where they were read. */
	s->operands = words;
	while (*words) {
		if (!only_operands && !strcmp(*words, "--")) {
			only_operands = true;
			words++;
		} else if (!only_operands && (*words)[0] == '-' && (*words)[1]) {
			status = parse_option(s, verb, &words, p);
			if (status)
				return status;
		} else if (s->operand_count == operands_max(verb)) {
			return misunderstood(p, verb, "'%s' is one word too many", *words);
		} else {
			s->operands[s->operand_count++] = *words++;
		}
	}
	if (s->operand_count && s->kernel)
		return misunderstood(p, verb, "'%s' is one word too many: there is --kernel",
				     s->operands[0]);
	if (!s->kernel && (s->initrd || s->append || s->statistics || s->disk_count || s->net ||
			   s->console || s->earlycon))
		return misunderstood(p, verb, "that is for Linux, and --kernel is missing");
	if (s->operand_count < operands_min(verb) && !s->kernel)
		return operand_missing(s, verb, p);
	s->operand = s->operand_count ? s->operands[0] : NULL;
	return STATUS_OK;
}
