// SPDX-License-Identifier: GPL-2.0-only
/*
 * Networks: libslirp, and TAP interfaces.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <slirp/libslirp.h>

#include "network.h"
#include "virtio_net.h"

#define ACTION		"make the network"
#define OURS		2
#define TAP_BURST	64		/* frames at once */

/* ------------------------------------------------------------------------ libslirp */

static ssize_t send_packet(const void *bytes, size_t count, void *context)
{
	struct network *n = context;

	n->deliver(n->context, bytes, count);
	return count;
}

static void guest_error(const char *message, void *context)
{
	/* It is the guest's business. */
}

static int64_t clock_ns(void *context)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Only IPv6 wants timers, and there is none. */
static void *new_timer(SlirpTimerCb function, void *argument, void *context)
{
	return context;
}

static void free_timer(void *timer, void *context)
{
}

static void set_timer(void *timer, int64_t when, void *context)
{
}

static void note_fd(int fd, void *context)
{
}

static void note(void *context)
{
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_ns,
	.timer_new = new_timer,
	.timer_free = free_timer,
	.timer_mod = set_timer,
	.register_poll_fd = note_fd,
	.unregister_poll_fd = note_fd,
	.notify = note,
};

/* The addresses that QEMU has, which guests know. */
static Slirp *make_slirp(struct network *n)
{
	const SlirpConfig config = {
		.version = 1,
		.in_enabled = true,
		.vnetwork.s_addr = htonl(0x0a000200),
		.vnetmask.s_addr = htonl(0xffffff00),
		.vhost.s_addr = htonl(0x0a000202),
		.vnameserver.s_addr = htonl(0x0a000203),
		.vdhcp_start.s_addr = htonl(0x0a00020f),
	};

	return slirp_new(&config, &callbacks, n);
}

/* A number of a port, up to `end`. NULL: it is none. */
static const char *read_port(const char *text, char end, unsigned int *port)
{
	char *after;
	unsigned long value = strtoul(text, &after, 10);

	*port = value;
	return *text >= '0' && *text <= '9' && *after == end && value && value < 65536 ? after : NULL;
}

/* "tcp::2222-:22": from the host's loopback to the guest. */
static int forward(struct network *n, const char *words, struct problem *p)
{
	const struct in_addr from = { htonl(INADDR_LOOPBACK) }, to = { htonl(0x0a00020f) };
	unsigned int ours, theirs;
	const char *at;

	at = !strncmp(words, "tcp::", 5) ? read_port(words + 5, '-', &ours) : NULL;
	at = at && at[1] == ':' ? read_port(at + 2, '\0', &theirs) : NULL;
	if (!at)
		return problem(p, STATUS_USAGE, "--net", "use this value",
			       "write it as hostfwd=tcp::2222-:22",
			       "'%s' is no port that leads to one of the guest's", words);
	if (slirp_add_hostfwd(n->slirp, false, from, ours, to, theirs))
		return problem(p, STATUS_FAILED, words, "forward the port", NULL, "%s",
			       strerror(errno));
	return STATUS_OK;
}

static int open_user(struct network *n, const char *words, struct problem *p)
{
	static const char prefix[] = "hostfwd=";
	char *copy = strdup(words), *rest = copy, *word;
	int status = STATUS_OK;

	n->slirp = copy ? make_slirp(n) : NULL;
	if (!n->slirp)
		status = problem(p, STATUS_FAILED, "--net", ACTION, NULL, "%s", strerror(ENOMEM));
	/* The first one is "user". */
	strsep(&rest, ",");
	while (!status && (word = strsep(&rest, ","))) {
		if (!strncmp(word, prefix, strlen(prefix)))
			status = forward(n, word + strlen(prefix), p);
		else
			status = problem(p, STATUS_USAGE, "--net", "use this value", NULL,
					 "'%s' is nothing that a network of the user has", word);
	}
	free(copy);
	return status;
}

static int add_poll(int fd, int events, void *context)
{
	struct network *n = context;
	struct pollfd *more;

	if (n->polled_count == n->polled_room) {
		more = realloc(n->polled, (2 * n->polled_room + 16) * sizeof(*more));
		if (!more)
			return -1;
		n->polled = more;
		n->polled_room = 2 * n->polled_room + 16;
	}
	n->polled[n->polled_count] = (struct pollfd) { .fd = fd };
	if (events & SLIRP_POLL_IN)
		n->polled[n->polled_count].events |= POLLIN;
	if (events & SLIRP_POLL_OUT)
		n->polled[n->polled_count].events |= POLLOUT;
	if (events & SLIRP_POLL_PRI)
		n->polled[n->polled_count].events |= POLLPRI;
	return n->polled_count++;
}

static int get_events(int index, void *context)
{
	const struct network *n = context;
	int seen = index < 0 ? 0 : n->polled[index].revents, events = 0;

	if (seen & POLLIN)
		events |= SLIRP_POLL_IN;
	if (seen & POLLOUT)
		events |= SLIRP_POLL_OUT;
	if (seen & POLLPRI)
		events |= SLIRP_POLL_PRI;
	if (seen & POLLERR)
		events |= SLIRP_POLL_ERR;
	if (seen & POLLHUP)
		events |= SLIRP_POLL_HUP;
	return events;
}

/* ------------------------------------------------------------------------------ TAP */

static int open_tap(struct network *n, const char *name, struct problem *p)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (!name[0] || strlen(name) >= sizeof(request.ifr_name))
		return problem(p, STATUS_USAGE, "--net", "use this value", NULL,
			       "'%s' is not the name of an interface", name);
	strcpy(request.ifr_name, name);
	n->tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (n->tap < 0)
		return problem(p, STATUS_FAILED, "/dev/net/tun", "open it",
			       errno == ENOENT ? "load the module tun" : NULL, "%s",
			       strerror(errno));
	if (ioctl(n->tap, TUNSETIFF, &request))
		return problem(p, STATUS_FAILED, name, "use it as a network", errno == EPERM ?
			       "have root make it: ip tuntap add dev NAME mode tap user USER" : NULL,
			       "%s", strerror(errno));
	return STATUS_OK;
}

static void receive_tap(struct network *n)
{
	uint8_t frame[VIRTIO_NET_FRAME_MAX + 1];
	ssize_t length;

	for (int i = 0; i < TAP_BURST; i++) {
		length = read(n->tap, frame, sizeof(frame));
		if (length < 0 && errno != EAGAIN && errno != EINTR) {
			/* Somebody took it away: a cable that is pulled. */
			close(n->tap);
			n->tap = -1;
		}
		if (length <= 0)
			return;
		n->deliver(n->context, frame, length);
	}
}

/* ----------------------------------------------------------------------------- both */

int network_open(struct network *n, const char *words, struct problem *p)
{
	int status;

	*n = (struct network) { .tap = -1 };
	if (!strcmp(words, "user") || !strncmp(words, "user,", 5))
		status = open_user(n, words, p);
	else if (!strncmp(words, "tap=", 4))
		status = open_tap(n, words + 4, p);
	else
		status = problem(p, STATUS_USAGE, "--net", "use this value", NULL,
				 "'%s' is none of user, tap=NAME", words);
	if (status)
		network_close(n);
	return status;
}

void network_close(struct network *n)
{
	if (n->slirp)
		slirp_cleanup(n->slirp);
	if (n->tap >= 0)
		close(n->tap);
	free(n->polled);
	*n = (struct network) { .tap = -1 };
}

void network_send(struct network *n, const uint8_t *frame, size_t length)
{
	/* An interface that is down takes nothing: that is how networks are. */
	if (n->slirp)
		slirp_input(n->slirp, frame, length);
	else if (write(n->tap, frame, length) < 0)
		return;
}

void network_wait(struct network *n, int first, int second, bool room)
{
	uint32_t timeout = UINT32_MAX;
	int ready;

	n->polled_count = 0;
	if (add_poll(first, SLIRP_POLL_IN, n) < 0 || add_poll(second, SLIRP_POLL_IN, n) < 0)
		return;
	if (n->slirp)
		slirp_pollfds_fill(n->slirp, &timeout, add_poll, n);
	else
		add_poll(room ? n->tap : -1, SLIRP_POLL_IN, n);
	ready = poll(n->polled, n->polled_count, timeout > INT32_MAX ? -1 : (int)timeout);
	if (n->slirp)
		slirp_pollfds_poll(n->slirp, ready < 0, get_events, n);
	else if (ready > 0 && n->polled[OURS].revents)
		receive_tap(n);
}
