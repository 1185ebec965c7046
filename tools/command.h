/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cca command: what its verbs share.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <cca.h>

/* Exit codes are a promise to scripts; `run` adds those of the guest. */
enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_HOST = 3,		/* this machine cannot host realms */
	STATUS_REFUSED = 4,		/* a token is not what was wanted */
	STATUS_RESET = 5,		/* Linux in a realm asked for a reset */
	STATUS_SIGNAL = 128,		/* plus the number of the signal */
};

#define JSON_SCHEMA		1

/* -------------------------------------------------------------- message.c */

/*
 * Something that went wrong, in the four parts that every message has:
 * "cca: OBJECT: cannot ACTION: REASON; NEXT". Rooms fill it, main() prints it.
 */
struct problem {
	char object[256];
	char action[64];
	char reason[512];
	char next[256];
	int error;			/* positive errno, or 0 */
	struct cca_outcome outcome;	/* zero if no driver was involved */
};

/*
 * Fill *p; `next` may be NULL. Returns `status`, so that a verb can end with
 * `return problem(...)`.
 */
int problem(struct problem *p, int status, const char *object, const char *action,
	    const char *next, const char *reason, ...)
	__attribute__((format(printf, 6, 7)));

/* The same for a failed call of the library: -err, with its outcome if any. */
int problem_call(struct problem *p, const char *object, const char *action, int err,
		 const struct cca_outcome *outcome);

bool problem_is_set(const struct problem *p);
void problem_print(const struct problem *p, int status, bool json);

/* What helps against a reason of the driver; NULL: nothing in particular. */
const char *remedy(uint32_t reason);

/* -------------------------------------------------------------- options.c */

#define DISKS_MAX	16

struct settings {
	const char *operand;		/* the first of them */
	char **operands;
	unsigned int operand_count;
	unsigned int given;		/* OPTION() */
	bool json;
	const char *columns;		/* names with commas between, NULL: all */
	bool no_headings;
	bool once;
	uint64_t memory;		/* bytes of realm RAM */
	uint64_t base;			/* its IPA */
	uint64_t block;			/* 0: as large as the size allows */
	const char *name;		/* of memory that is set aside */
	const char *kernel;		/* NULL: a program, not Linux */
	const char *initrd, *append;	/* NULL: none */
	uint64_t cpus;
	const char *disks[DISKS_MAX];	/* FILE or FILE,readonly */
	unsigned int disk_count;
	const char *net;		/* NULL: none */
	const char *statistics;		/* a file, or NULL */
	const char *console;		/* a file, "pty", "-" or NULL, which is "-" */
	bool earlycon;
	const char *watched;		/* a realm, by name or number; NULL: all */
	const char *rim, *challenge;	/* that a token has to have, in hexadecimal, or NULL */
	const char *policy, *key;	/* files, or NULL */
	bool grow, shrink;
	uint32_t profile;		/* CCA_PROFILE_NONE: ask the driver */
	struct cca_realm_options realm;
};

enum {
	OPTION_JSON,
	OPTION_MEMORY,
	OPTION_BASE,
	OPTION_IPA_BITS,
	OPTION_HASH,
	OPTION_RPV,
	OPTION_RMM,
	OPTION_BLOCK,
	OPTION_ONCE,
	OPTION_NAME,
	OPTION_GROW,
	OPTION_SHRINK,
	OPTION_FROM,
	OPTION_KERNEL,
	OPTION_INITRD,
	OPTION_APPEND,
	OPTION_CPUS,
	OPTION_DISK,
	OPTION_NET,
	OPTION_STATISTICS,
	OPTION_CONSOLE,
	OPTION_EARLYCON,
	OPTION_OUTPUT,
	OPTION_NOHEADINGS,
	OPTION_REALM,
	OPTION_RIM,
	OPTION_CHALLENGE,
	OPTION_POLICY,
	OPTION_KEY,
	OPTIONS,
};

#define OPTION(name)		(1U << OPTION_##name)
#define OPTIONS_REALM		(OPTION(MEMORY) | OPTION(BASE) | OPTION(IPA_BITS) | \
				 OPTION(HASH) | OPTION(RPV))
#define OPTIONS_LINUX		(OPTION(KERNEL) | OPTION(INITRD) | OPTION(APPEND) | \
				 OPTION(EARLYCON) | OPTION(CPUS))
#define OPTIONS_TABLE		(OPTION(JSON) | OPTION(OUTPUT) | OPTION(NOHEADINGS))

struct verb {
	const char *name;
	const char *operand;		/* NULL: none; "A B": two; "A...": one or more */
	const char *summary;
	const char *details;		/* what --help says beyond it */
	unsigned int options;		/* OPTION() */
	int (*run)(const struct settings *s, struct problem *p);
	const char *values;		/* of the operand, see VALUES_ */
	const char *second;		/* of its second word */
};

/* What a shell may offer for a value: these, or words; NULL: it cannot know. */
#define VALUES_FILE	"<file>"
#define VALUES_RESERVED	"<reserved>"	/* names of memory that is set aside */
#define VALUES_REALM	"<realm>"	/* names of realms */

extern const struct verb verbs[];
extern const unsigned int verb_count;

struct option_def {
	const char *name;
	const char *argument;		/* NULL: it takes none */
	const char *help;
	int (*set)(struct settings *s, const char *value, struct problem *p);
	const char *values;		/* see VALUES_ */
	char letter;			/* the short form, or 0 */
	bool repeats;			/* may be given more than once */
};

extern const struct option_def option_defs[OPTIONS];

void settings_default(struct settings *s);

/* Parse what stands behind the verb. Returns STATUS_OK or STATUS_USAGE. */
int settings_parse(struct settings *s, const struct verb *verb, char **words, struct problem *p);

/*
 * Text with bytes of any kind, for people or as what stands in a string of JSON:
 * what is no UTF-8, and for people control characters, become \xNN. Returns `to`,
 * which should be four times as large, and one.
 */
const char *text_clean(const char *text, bool json, char *to, size_t size);

/* "64M", "0x1000": false if it is anything but a number with a suffix K M G T. */
bool parse_size(const char *text, uint64_t *value);

/* ------------------------------------------------------------- document.c */

/*
 * What a verb says on stdout: sections of facts (names and values) and lists
 * (rows and columns). As text one after the other; as JSON one object with a
 * schema number. Running out of memory ends the program.
 */
struct document;
struct section;

struct document *document_new(bool json);
void document_print(struct document *d);	/* and free it */
void document_print_to(struct document *d, FILE *to); /* likewise */
/*
 * The same for a verb with OPTIONS_TABLE: only the columns that were asked for,
 * with or without headings. Facts are columns, too, of a table with one row.
 * STATUS_OK, or STATUS_USAGE: there is no such column, and nothing was printed.
 */
int document_finish(struct document *d, const struct settings *s, struct problem *p);
void document_print_line(struct document *d);	/* the same, of JSON, on one line */
void document_drop(struct document *d);		/* free it, and print nothing */

/*
 * `key` is the name in JSON, `label` that in text; without a label, or without
 * a value, a fact is for scripts only. A title stands above the section in
 * text, NULL: none.
 */
struct section *document_facts(struct document *d, const char *key, const char *title);
void fact_text(struct section *s, const char *key, const char *label, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void fact_number(struct section *s, const char *key, const char *label, uint64_t value,
		 const char *unit);
void fact_bool(struct section *s, const char *key, const char *label, bool value);
/* Space-separated words; an array in JSON. */
void fact_words(struct section *s, const char *key, const char *label, const char *words);

struct column {
	const char *key;
	const char *heading;
	bool number;
};

/* `columns` ends with one that has no key. A titled list without rows is not shown in text. */
struct section *document_list(struct document *d, const char *key, const char *title,
			      const struct column *columns);
void list_row(struct section *s, const char *const *cells);

/* "64 MiB", into one of a few static buffers. */
const char *size_text(uint64_t bytes);

/* ----------------------------------------------------------------- verbs */

int verb_check(const struct settings *s, struct problem *p);
int verb_info(const struct settings *s, struct problem *p);
int verb_delegate(const struct settings *s, struct problem *p);
int verb_run(const struct settings *s, struct problem *p);
int verb_bench(const struct settings *s, struct problem *p);
int verb_measure(const struct settings *s, struct problem *p);
int verb_monitor(const struct settings *s, struct problem *p);
int verb_explain(const struct settings *s, struct problem *p);
int verb_create(const struct settings *s, struct problem *p);
int verb_load(const struct settings *s, struct problem *p);
int verb_activate(const struct settings *s, struct problem *p);
int verb_list(const struct settings *s, struct problem *p);
int verb_show(const struct settings *s, struct problem *p);
int verb_destroy(const struct settings *s, struct problem *p);
int verb_token(const struct settings *s, struct problem *p);

/* Open the device and see that it is usable: STATUS_OK, or a problem. */
int open_device(struct cca **c, struct cca_info *info, struct problem *p);
/* The same where an RMM is not needed. */
int open_any_device(struct cca **c, struct cca_info *info, struct problem *p);

/* The ledger as a section, for info and delegate. */
void ledger_section(struct document *d, const struct cca_ledger *ledger);

/* --------------------------------------------------------- reservation.c */

/* Memory that is there, by its name or its number. STATUS_OK: close it. */
int reservation_open(struct cca *c, const char *name, struct cca_memory **memory,
		     struct problem *p);

/* All that the caller may open, as a section: how many. */
unsigned int reservations_section(struct document *d, struct cca *c);

/* The same of realms. (realm.c) */
unsigned int realms_section(struct document *d, struct cca *c);

/* "realm web, memory big": those that the caller may open, as far as they fit. (keepers.c) */
void keepers_text(char *text, size_t size);

/* ------------------------------------------------------------- progress.c */

/*
 * While memory is delegated, or given back: how much of `length` was, on
 * stderr, if that is a terminal.
 */
void progress_start(const char *doing, uint64_t length);
/* The same for what the caller counts itself. */
void progress_count(const char *doing, uint64_t length);
void progress_add(uint64_t bytes);
void progress_stop(void);

/*
 * SIGINT, SIGTERM and SIGHUP interrupt what is going on, and are remembered:
 * stop_signal() is the first that came, or 0. `notify`, if not NULL, is called
 * from the handler.
 */
void stop_catch(void (*notify)(void));
int stop_signal(void);

#endif
