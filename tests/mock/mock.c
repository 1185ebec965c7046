// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that is none. See mock.h.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mock.h"

#define DEVICE		"/dev/cca"
#define CALLS		64
#define FILES		256
#define ANSWERS		16
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Declared here: with the C library's own declarations these could not be defined. */
int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
int ioctl(int fd, unsigned long request, ...);
int close(int fd);
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset);

struct command {
	unsigned int number;
	unsigned int size;		/* ours */
	unsigned int first;		/* of the first version */
	int kind;
	int makes;			/* a descriptor of this kind, at out_fd */
	unsigned int out_fd;
};

#define COMMAND(_number, _type, _last, _kind) \
	{ _number, sizeof(_type), offsetof(_type, _last) + sizeof(((_type *)0)->_last), _kind, }
#define MAKER(_number, _type, _kind, _makes)				\
	{ _number, sizeof(_type), offsetof(_type, out) + sizeof(struct cca_outcome), _kind, \
	  _makes, offsetof(_type, out_fd) }

static const struct command commands[] = {
	COMMAND(CCA_INFO, struct cca_info, out_user_granules, MOCK_DEVICE),
	MAKER(CCA_DELEGATE, struct cca_delegate, MOCK_DEVICE, MOCK_MEMORY),
	MAKER(CCA_REALM_CREATE, struct cca_realm_create, MOCK_DEVICE, MOCK_REALM),
	MAKER(CCA_REALM_OPEN, struct cca_realm_open, MOCK_DEVICE, MOCK_REALM),
	COMMAND(CCA_REALM_NEXT, struct cca_realm_next, out_id, MOCK_DEVICE),
	MAKER(CCA_MEMORY_OPEN, struct cca_memory_open, MOCK_DEVICE, MOCK_MEMORY),
	COMMAND(CCA_MEMORY_NEXT, struct cca_memory_next, out_id, MOCK_DEVICE),
	COMMAND(CCA_MEMORY_INFO, struct cca_memory_info, out_rmi_calls, MOCK_MEMORY),
	COMMAND(CCA_MEMORY_GROW, struct cca_memory_resize, out, MOCK_MEMORY),
	COMMAND(CCA_MEMORY_SHRINK, struct cca_memory_resize, out, MOCK_MEMORY),
	COMMAND(CCA_MEMORY_DESTROY, struct cca_memory_op, out, MOCK_MEMORY),
	COMMAND(CCA_REALM_INFO, struct cca_realm_info, out_rmi_calls, MOCK_REALM),
	COMMAND(CCA_MEM_ADD, struct cca_mem_add, out, MOCK_REALM),
	COMMAND(CCA_MEM_REMOVE, struct cca_mem_remove, out, MOCK_REALM),
	COMMAND(CCA_POPULATE, struct cca_populate, out, MOCK_REALM),
	COMMAND(CCA_PREFAULT, struct cca_prefault, out, MOCK_REALM),
	COMMAND(CCA_ACTIVATE, struct cca_realm_op, out, MOCK_REALM),
	COMMAND(CCA_TERMINATE, struct cca_realm_op, out, MOCK_REALM),
	COMMAND(CCA_DESTROY, struct cca_realm_op, out, MOCK_REALM),
	MAKER(CCA_REC_CREATE, struct cca_rec_create, MOCK_REALM, MOCK_REC),
	MAKER(CCA_REC_OPEN, struct cca_rec_open, MOCK_REALM, MOCK_REC),
	COMMAND(CCA_RUN, struct cca_rec_op, out, MOCK_REC),
	COMMAND(CCA_REC_INFO, struct cca_rec_info, out_exits, MOCK_REC),
};

struct answer {
	unsigned int command;		/* 0: none */
	int error;
	unsigned int offset, length;
	unsigned char bytes[MOCK_BYTES];
};

static struct mock_call calls[CALLS];
static unsigned int call_count;
static unsigned char kinds[FILES];
static struct answer answers[ANSWERS];
static unsigned int sizes[COUNT(commands)];

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* --------------------------------------------------------------- the control */

static int place_of(unsigned int number)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (commands[i].number == number)
			return i;
	return -1;
}

void mock_reset(void)
{
	call_count = 0;
	memset(answers, 0, sizeof(answers));
	for (size_t i = 0; i < COUNT(commands); i++)
		sizes[i] = commands[i].size;
}

__attribute__((constructor)) static void begin(void)
{
	mock_reset();
}

unsigned int mock_calls(void)
{
	return call_count;
}

const struct mock_call *mock_call(unsigned int n)
{
	return n < call_count && n < CALLS ? &calls[n] : NULL;
}

unsigned int mock_open_files(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FILES; i++)
		n += kinds[i] != MOCK_NONE;
	return n;
}

void mock_age(unsigned int command, unsigned int size)
{
	sizes[place_of(command)] = size;
}

void mock_answer(unsigned int command, int error, unsigned int offset, const void *bytes,
		 unsigned int length)
{
	for (int i = 0; i < ANSWERS; i++) {
		if (answers[i].command)
			continue;
		answers[i] = (struct answer) { command, error, offset, length };
		if (length)
			memcpy(answers[i].bytes, bytes, length);
		return;
	}
}

/* ---------------------------------------------------------------- the device */

/* Something that is a character device, too. */
static int give(int kind)
{
	int (*real_open)(const char *, int, ...) = real("open");
	int fd = real_open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && fd < FILES)
		kinds[fd] = kind;
	return fd;
}

static int kind_of(int fd)
{
	return fd >= 0 && fd < FILES ? kinds[fd] : MOCK_NONE;
}

static void note(const struct command *c, int fd, const unsigned char *argument, unsigned int size)
{
	struct mock_call *call = &calls[call_count < CALLS ? call_count : CALLS - 1];

	memset(call, 0, sizeof(*call));
	call->command = c->number;
	call->fd = fd;
	call->kind = kind_of(fd);
	call->size = size;
	memcpy(call->in, argument, size < MOCK_BYTES ? size : MOCK_BYTES);
	call_count++;
}

/* As copy_struct_from_user() sees it: what the module does not know must be zero. */
static int check_size(const struct command *c, const unsigned char *argument, unsigned int size,
		      unsigned int ours)
{
	if (size < c->first)
		return EINVAL;
	for (unsigned int i = ours; i < size; i++)
		if (argument[i])
			return E2BIG;
	return 0;
}

/* What was planned; what the caller has no room for is not written. */
static int say(const struct command *c, unsigned char *argument, unsigned int size,
	       unsigned int ours)
{
	const unsigned int room = size < ours ? size : ours;
	int error = 0;

	for (int i = 0; i < ANSWERS; i++) {
		struct answer *a = &answers[i];

		if (a->command != c->number)
			continue;
		for (unsigned int k = 0; k < a->length && a->offset + k < room; k++)
			argument[a->offset + k] = a->bytes[k];
		error = a->error;
		a->command = 0;
		break;
	}
	return error;
}

static int command(int fd, unsigned int number, unsigned char *argument)
{
	const int place = place_of(number);
	const struct command *c = &commands[place < 0 ? 0 : place];
	uint32_t size;
	int error, made;

	if (place < 0 || !sizes[place] || c->kind != kind_of(fd))
		return ENOTTY;
	memcpy(&size, argument, sizeof(size));
	note(c, fd, argument, size);
	error = check_size(c, argument, size, sizes[place]);
	if (error)
		return error;
	if (c->makes) {
		made = -1;
		memcpy(argument + c->out_fd, &made, sizeof(made));
	}
	error = say(c, argument, size, sizes[place]);
	if (!error && c->makes) {
		made = give(c->makes);
		memcpy(argument + c->out_fd, &made, sizeof(made));
	}
	return error;
}

/* ------------------------------------------------- before those of the C library */

static int open_any(const char *name, const char *path, int flags, mode_t mode)
{
	int (*real_open)(const char *, int, ...) = real(name);

	return strcmp(path, DEVICE) ? real_open(path, flags, mode) : give(MOCK_DEVICE);
}

#define MODE(flags, mode) do {						\
	va_list list_;							\
	va_start(list_, flags);						\
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list_, int) : 0; \
	va_end(list_);							\
} while (0)

int open(const char *path, int flags, ...)
{
	mode_t mode;

	MODE(flags, mode);
	return open_any("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode;

	MODE(flags, mode);
	return open_any("open64", path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real_ioctl)(int, unsigned long, ...) = real("ioctl");
	va_list list;
	void *argument;
	int error;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (kind_of(fd) == MOCK_NONE)
		return real_ioctl(fd, request, argument);
	error = command(fd, request, argument);
	if (error > 0) {
		errno = error;
		return -1;
	}
	return -error;
}

int close(int fd)
{
	int (*real_close)(int) = real("close");

	if (kind_of(fd) != MOCK_NONE)
		kinds[fd] = MOCK_NONE;
	return real_close(fd);
}

/* The page of a REC. */
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	void *(*real_mmap)(void *, size_t, int, int, int, off_t) = real("mmap");

	if (kind_of(fd) != MOCK_REC)
		return real_mmap(at, length, protection, flags, fd, offset);
	return real_mmap(at, length, protection, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}
