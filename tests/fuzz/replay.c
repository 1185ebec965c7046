// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs inputs without libFuzzer: the corpus, then others made from it by chance,
 * always the same ones. Prints TAP.
 *
 * fuzz_NAME is fuzz_adversary, fuzz_model or fuzz_board:
 *
 *   fuzz_NAME                  that
 *   fuzz_NAME FILE...          inputs as libFuzzer writes them; FUZZ_VERBOSE=1
 *                              shows each RMI call
 *   fuzz_NAME --chance N SEED  so many by chance, from another seed
 *   fuzz_NAME --unpack FOLDER  the corpus, for libFuzzer
 *   fuzz_NAME --pack FILE...   and back: lines for the corpus
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "world.h"
#include "corpus.h"

#define KEPT_MAX	4096

static struct corpus_input *kept;
static unsigned int kept_count;

static void keep(const struct corpus_input *in)
{
	if (kept_count == KEPT_MAX)
		fuzz_broken("the corpus is too large");
	kept = realloc(kept, (kept_count + 1) * sizeof(*kept));
	kept[kept_count++] = *in;
}

static void run(const struct corpus_input *in)
{
	LLVMFuzzerTestOneInput(in->data, in->size);
}

static void load(void)
{
	if (!corpus_read(SEEDS, keep) || !corpus_read(CORPUS, keep))
		fuzz_broken("%s or %s cannot be read", SEEDS, CORPUS);
}

/* -------------------------------------------------------------------- chance */

static uint64_t random_state;

static unsigned int chance(unsigned int n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state >> 20) % n;
}

/* Two of the corpus in one, with some bytes changed and a few decisions. */
static void breed(struct corpus_input *in)
{
	const struct corpus_input *other = &kept[chance(kept_count)];
	size_t from, n;

	*in = kept[chance(kept_count)];
	if (chance(2) && other->size > 1) {
		from = 1 + chance((unsigned int)other->size - 1);
		n = min(other->size - from, INPUT_MAX - in->size);
		memcpy(in->data + in->size, other->data + from, n);
		in->size += n;
	}
	for (n = chance(60); n && in->size < INPUT_MAX; n--)
		in->data[in->size++] = (uint8_t)(chance(3) ? 0 : chance(256));
	for (n = chance(8); n && in->size; n--)
		in->data[chance((unsigned int)in->size)] = (uint8_t)chance(256);
}

static void chances(unsigned int count, uint64_t seed)
{
	struct corpus_input in;

	/* 0 would stay 0. */
	random_state = seed * 0x9e3779b97f4a7c15ULL | 1;
	for (unsigned int i = 0; i < count; i++) {
		report_context("chance %u of seed %llu", i + 1,
			       (unsigned long long)seed);
		breed(&in);
		run(&in);
	}
}

static void say_calls(void)
{
	if (target_most_calls())
		printf("# at most %u RMI calls an action\n", target_most_calls());
}

static void everything(void)
{
	for (unsigned int i = 0; i < kept_count; i++) {
		report_context("%s, setting %u", kept[i].name, kept[i].data[0]);
		run(&kept[i]);
	}
	printf("ok 1 - %s for the corpus of the %s\n# %u inputs\n", target_promise, NAME,
	       kept_count);
	say_calls();
	fflush(stdout);
	chances(target_chances, 1);
	printf("ok 2 - %s for %u others\n", target_promise, target_chances);
	say_calls();
	printf("1..2\n");
}

/* --------------------------------------------------------------------- files */

static size_t read_file(const char *path, uint8_t *data, size_t max)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		fuzz_broken("%s cannot be read", path);
	size = fread(data, 1, max, file);
	fclose(file);
	return size;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void unpack(const char *folder)
{
	char path[4096];

	for (unsigned int i = 0; i < kept_count; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s-%u", folder, kept[i].name, i);
		file = fopen(path, "wb");
		if (!file || fwrite(kept[i].data, 1, kept[i].size, file) != kept[i].size ||
		    fclose(file))
			fuzz_broken("%s cannot be written", path);
	}
}

int main(int argc, char **argv)
{
	uint8_t data[INPUT_MAX];

	if (argc < 2) {
		load();
		everything();
	} else if (!strcmp(argv[1], "--unpack") && argc == 3) {
		load();
		unpack(argv[2]);
	} else if (!strcmp(argv[1], "--chance") && argc == 4) {
		load();
		chances((unsigned int)atoi(argv[2]), (uint64_t)atoll(argv[3]));
	} else if (!strcmp(argv[1], "--pack")) {
		for (int i = 2; i < argc; i++)
			corpus_print(base_name(argv[i]), data,
				     read_file(argv[i], data, sizeof(data)));
	} else {
		for (int i = 1; i < argc; i++) {
			report_context("%s", argv[i]);
			LLVMFuzzerTestOneInput(data, read_file(argv[i], data, sizeof(data)));
		}
		printf("%d inputs, nothing broken\n", argc - 1);
	}
	return 0;
}
