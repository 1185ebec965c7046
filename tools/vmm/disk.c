// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file as a disk. It is read and written, never mapped: so a file that shrinks
 * is an error for the guest, and not a signal for us.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

#define ACTION	"use it as a disk"

static int find_size(struct disk *disk, const char *path, struct problem *p)
{
	struct stat st;

	if (fstat(disk->fd, &st))
		return problem(p, STATUS_FAILED, path, ACTION, NULL, "%s", strerror(errno));
	if (S_ISREG(st.st_mode))
		disk->size = st.st_size;
	else if (!S_ISBLK(st.st_mode))
		return problem(p, STATUS_FAILED, path, ACTION, NULL,
			       "it is neither a regular file nor a block device");
	else if (ioctl(disk->fd, BLKGETSIZE64, &disk->size))
		return problem(p, STATUS_FAILED, path, ACTION, NULL, "%s", strerror(errno));
	if (!disk->size)
		return problem(p, STATUS_FAILED, path, ACTION, "make it as large as the disk is to be",
			       "it is empty");
	if (disk->size % VIRTIO_BLOCK_SECTOR)
		return problem(p, STATUS_FAILED, path, ACTION, NULL,
			       "its size, %" PRIu64 " bytes, is not a multiple of %u", disk->size,
			       VIRTIO_BLOCK_SECTOR);
	return STATUS_OK;
}

/* Any comma but that before the last word is part of the name. */
static bool split(const char *words, char *path, size_t size)
{
	static const char suffix[] = ",readonly";
	size_t length = strlen(words);
	bool readonly = length >= strlen(suffix) &&
			!strcmp(words + length - strlen(suffix), suffix);

	if (readonly)
		length -= strlen(suffix);
	/* What does not fit is no path either. */
	snprintf(path, size, "%.*s", (int)length, words);
	return readonly;
}

int disk_open(struct disk *disk, const char *words, struct problem *p)
{
	char path[PATH_MAX + 1];
	int status;

	*disk = (struct disk) { .readonly = split(words, path, sizeof(path)) };
	disk->fd = open(path, (disk->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	if (disk->fd < 0) {
		bool refused = errno == EACCES || errno == EROFS || errno == EPERM;

		return problem(p, STATUS_FAILED, path, ACTION, refused && !disk->readonly ?
			       "say FILE,readonly if the guest need not write to it" : NULL,
			       "%s", strerror(errno));
	}
	status = find_size(disk, path, p);
	if (!status && flock(disk->fd, (disk->readonly ? LOCK_SH : LOCK_EX) | LOCK_NB))
		status = problem(p, STATUS_FAILED, path, ACTION, NULL, "%s",
				 errno == EWOULDBLOCK ? "somebody else has it" : strerror(errno));
	if (status)
		disk_close(disk);
	return status;
}

void disk_close(struct disk *disk)
{
	close(disk->fd);
	disk->fd = -1;
}

/* How much of the parts is left to do. */
static void step(struct iovec **part, unsigned int *count, size_t done)
{
	while (*count && done >= (*part)->iov_len) {
		done -= (*part)->iov_len;
		(*part)++;
		(*count)--;
	}
	if (*count) {
		(*part)->iov_base = (uint8_t *)(*part)->iov_base + done;
		(*part)->iov_len -= done;
	}
}

static bool transfer(const struct disk *disk, const struct virtio_block_request *r)
{
	struct iovec parts[VIRTIO_BLOCK_PARTS_MAX + 2], *part = parts;
	unsigned int count = r->count;
	uint64_t offset = r->offset;
	ssize_t done;

	memcpy(parts, r->data, count * sizeof(parts[0]));
	while (count) {
		done = r->action == VIRTIO_BLOCK_READ ? preadv(disk->fd, part, count, offset) :
		       pwritev(disk->fd, part, count, offset);
		if (done < 0 && errno == EINTR)
			continue;
		/* Nothing: the file ends before the disk does. */
		if (done <= 0)
			return false;
		offset += done;
		step(&part, &count, done);
	}
	return true;
}

bool disk_do(const struct disk *disk, const struct virtio_block_request *r)
{
	if (r->action == VIRTIO_BLOCK_FLUSH)
		return !fdatasync(disk->fd);
	return transfer(disk, r) &&
	       (r->action == VIRTIO_BLOCK_READ || !r->through || !fdatasync(disk->fd));
}
