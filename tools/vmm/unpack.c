// SPDX-License-Identifier: GPL-2.0-only
/*
 * One loop around two libraries. Room for what comes out grows with it, so that
 * a file that says it is large costs nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "unpack.h"

#define ROOM_FIRST	(64ULL << 20)
/* What a library is given at once. */
#define STEP_MAX	(1ULL << 30)

#define ZSTD_MAGIC	"\x28\xb5\x2f\xfd"

struct unpacker {
	const char *name, *action;	/* for messages */
	const uint8_t *from;
	uint64_t length, at;		/* of what is packed */
	uint8_t *out;
	uint64_t limit, room, done;	/* of what comes out */
};

/* What a library did with a step. */
enum progress { GOES_ON, COMPLETE, DAMAGED };

/* ------------------------------------------------------------------------- room */

/* Twice the room, within the limit. */
static int grow(struct unpacker *u, struct problem *p)
{
	uint64_t first = u->limit < ROOM_FIRST ? u->limit : ROOM_FIRST;
	uint64_t more = u->room > u->limit / 2 ? u->limit : u->room * 2;
	uint8_t *out;

	if (u->out && more == u->room)
		return problem(p, STATUS_FAILED, u->name, u->action, "give the realm more --memory",
			       "unpacked it has more than %s", size_text(u->limit));
	if (!u->out)
		more = first;
	out = realloc(u->out, more ? more : 1);
	if (!out)
		return problem(p, STATUS_FAILED, u->name, u->action, NULL, "%s", strerror(ENOMEM));
	u->out = out;
	u->room = more;
	return STATUS_OK;
}

static uint64_t step_of(uint64_t end, uint64_t at)
{
	return end - at > STEP_MAX ? STEP_MAX : end - at;
}

static int damaged(const struct unpacker *u, const char *packer, const char *why,
		   struct problem *p)
{
	return problem(p, STATUS_FAILED, u->name, u->action, NULL,
		       "what %s packed is damaged, or not all there (%s)", packer, why);
}

/* ------------------------------------------------------------------------- gzip */

static enum progress inflate_step(z_stream *z, struct unpacker *u)
{
	uint64_t in = step_of(u->length, u->at), room = step_of(u->room, u->done);
	int result;

	z->next_in = (uint8_t *)u->from + u->at;
	z->avail_in = in;
	z->next_out = u->out + u->done;
	z->avail_out = room;
	result = inflate(z, Z_NO_FLUSH);
	u->at += in - z->avail_in;
	u->done += room - z->avail_out;
	if (result == Z_STREAM_END)
		return COMPLETE;
	return result == Z_OK ? GOES_ON : DAMAGED;
}

static int unpack_gzip(struct unpacker *u, struct problem *p)
{
	enum progress now = GOES_ON;
	z_stream z = { NULL };
	int status = STATUS_OK;

	/* With the header of gzip. */
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return problem(p, STATUS_FAILED, u->name, u->action, NULL, "%s", strerror(ENOMEM));
	while (!status && now == GOES_ON) {
		if (u->done == u->room)
			status = grow(u, p);
		if (!status)
			now = inflate_step(&z, u);
	}
	if (!status && now == DAMAGED)
		status = damaged(u, "gzip", z.msg ? z.msg : "it ends too early", p);
	inflateEnd(&z);
	return status;
}

/* ------------------------------------------------------------------------- zstd */

static bool is_zstd(const uint8_t *from, uint64_t length)
{
	return length >= 4 && !memcmp(from, ZSTD_MAGIC, 4);
}

/* One step; frames that follow each other are one. */
static enum progress zstd_step(ZSTD_DStream *z, struct unpacker *u, const char **why)
{
	ZSTD_inBuffer in = { u->from, u->length, u->at };
	ZSTD_outBuffer out = { u->out, u->room, u->done };
	size_t result = ZSTD_decompressStream(z, &out, &in);
	bool stuck = in.pos == u->at && out.pos == u->done;

	u->at = in.pos;
	u->done = out.pos;
	*why = "it ends too early";
	if (ZSTD_isError(result)) {
		*why = ZSTD_getErrorName(result);
		return DAMAGED;
	}
	if (!result && !is_zstd(u->from + u->at, u->length - u->at))
		return COMPLETE;
	return stuck && u->done < u->room ? DAMAGED : GOES_ON;
}

static int unpack_zstd(struct unpacker *u, struct problem *p)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	enum progress now = GOES_ON;
	int status = STATUS_OK;
	const char *why = "";

	if (!z)
		return problem(p, STATUS_FAILED, u->name, u->action, NULL, "%s", strerror(ENOMEM));
	while (!status && now == GOES_ON) {
		if (u->done == u->room)
			status = grow(u, p);
		if (!status)
			now = zstd_step(z, u, &why);
	}
	if (!status && now == DAMAGED)
		status = damaged(u, "zstd", why, p);
	ZSTD_freeDStream(z);
	return status;
}

/* ------------------------------------------------------------------------------- */

const char *packed_by(const uint8_t *from, uint64_t length)
{
	if (length > 2 && from[0] == 0x1f && from[1] == 0x8b)
		return "gzip";
	return is_zstd(from, length) ? "zstd" : NULL;
}

int unpack(const char *name, const char *action, const uint8_t *from, uint64_t length,
	   uint64_t limit, uint8_t **out, uint64_t *out_length, struct problem *p)
{
	struct unpacker u = {
		.name = name, .action = action, .from = from, .length = length, .limit = limit,
	};
	int status = is_zstd(from, length) ? unpack_zstd(&u, p) : unpack_gzip(&u, p);

	if (status) {
		free(u.out);
		u.out = NULL;
	}
	*out = u.out;
	*out_length = u.done;
	return status;
}
