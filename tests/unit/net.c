// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio network card of a Linux guest, and the networks behind it.
 */
#define SLOT	2		/* behind the console */

#include "ring.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../tools/vmm/network.h"
#include "../../tools/vmm/virtio_net.h"

#define OF_DEVICE	2
#define MORE		1
#define HEADER		12
#define MAC		(1ULL << 5)

enum { RECEIVE, SEND };

static const uint8_t mac[6] = { 2, 1, 2, 3, 4, 5 };
static struct virtio_net card;
static unsigned int wanted;

static void note_wanted(void *context)
{
	wanted++;
}

static void set_up(void)
{
	start();
	virtio_net_init(&card, mac, &board.lent, ALIAS);
	card.wanted = note_wanted;
	assert_true(board_attach(&board, &card.virtio, BOARD_NET));
	wanted = 0;
	lend(RINGS);
	drive(2, GOOD | MAC);
	assert_int_equal(get(BAR + 20, 1), 0xf);
}

static void the_function_is_a_card(void **state)
{
	set_up();
	assert_int_equal(get(CONFIG(0), 4), 0x10411af4);
	assert_int_equal(get(CONFIG(8), 4), 0x02000001);
	for (int i = 0; i < 6; i++)
		assert_int_equal(get(BAR + VIRTIO_DEVICE + i, 1), mac[i]);
	put(BAR, 4, 0);
	assert_int_equal(get(BAR + 4, 4), MAC);
	board_free(&board);
}

static void frames_leave(void **state)
{
	uint8_t frame[VIRTIO_NET_FRAME_MAX];

	set_up();
	assert_int_equal(virtio_net_take(&card, frame), 0);
	for (int i = 0; i < 100; i++)
		set(BUFFER + HEADER + i, 1, i);
	/* Header and frame in one; the header alone; and cut within both. */
	set_desc(SEND, 0, BUFFER, HEADER + 100, 0, 0);
	set_desc(SEND, 1, BUFFER, HEADER, MORE, 2);
	set_desc(SEND, 2, BUFFER + HEADER, 100, 0, 0);
	set_desc(SEND, 3, BUFFER, 5, MORE, 4);
	set_desc(SEND, 4, BUFFER + 5, 10, MORE, 5);
	set_desc(SEND, 5, (BUFFER + 15) | ALIAS, HEADER + 100 - 15, 0, 0);
	offer(SEND, 0);
	offer(SEND, 1);
	offer(SEND, 3);
	notify(SEND);
	assert_int_equal(wanted, 1);
	for (int i = 0; i < 3; i++) {
		memset(frame, 0xff, sizeof(frame));
		assert_int_equal(virtio_net_take(&card, frame), 100);
		assert_memory_equal(frame, ram(BUFFER + HEADER), 100);
	}
	assert_int_equal(virtio_net_take(&card, frame), 0);
	assert_int_equal(look(USED(SEND) + 2, 2), 3);
	assert_true(line());
	board_free(&board);
}

static void what_is_no_frame_is_dropped(void **state)
{
	static const struct {
		uint32_t length;
		uint16_t flags;
	} bad[] = {
		{ 1, 0 }, { HEADER, 0 }, { HEADER + 13, 0 }, { HEADER + VIRTIO_NET_FRAME_MAX + 1, 0 },
		{ 60000, 0 }, { VIRTQ_PART_MAX, 0 }, { HEADER + 100, OF_DEVICE },
	};
	uint8_t *frame = malloc(VIRTIO_NET_FRAME_MAX);

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_desc(SEND, 0, BUFFER, bad[i].length, bad[i].flags, 0);
		offer(SEND, 0);
		assert_int_equal(virtio_net_take(&card, frame), 0);
		assert_int_equal(card.dropped, i + 1);
		assert_int_equal(look(USED(SEND) + 2, 2), i + 1);
	}
	/* The largest that there is. */
	set_desc(SEND, 0, BUFFER, HEADER + VIRTIO_NET_FRAME_MAX, 0, 0);
	offer(SEND, 0);
	assert_int_equal(virtio_net_take(&card, frame), VIRTIO_NET_FRAME_MAX);
	assert_int_equal(get(BAR + 20, 1), 0xf);
	free(frame);
	board_free(&board);
}

static void frames_arrive(void **state)
{
	uint8_t frame[VIRTIO_NET_FRAME_MAX + 1];

	set_up();
	memset(frame, 0x77, sizeof(frame));
	assert_false(virtio_net_has_room(&card));
	virtio_net_give(&card, frame, 60);
	assert_int_equal(card.dropped, 1);
	memset(ram(BUFFER), 0xff, 2000);
	set_desc(RECEIVE, 3, BUFFER, HEADER, OF_DEVICE | MORE, 4);
	set_desc(RECEIVE, 4, BUFFER + HEADER, 1600, OF_DEVICE, 0);
	offer(RECEIVE, 3);
	assert_true(virtio_net_has_room(&card));
	/* Not such as are too short or too long. */
	virtio_net_give(&card, frame, 13);
	virtio_net_give(&card, frame, sizeof(frame));
	assert_true(virtio_net_has_room(&card));
	virtio_net_give(&card, frame, 60);
	assert_false(virtio_net_has_room(&card));
	assert_int_equal(look(USED(RECEIVE) + 4, 4), 3);
	assert_int_equal(look(USED(RECEIVE) + 8, 4), HEADER + 60);
	for (int i = 0; i < HEADER; i++)
		assert_int_equal(look(BUFFER + i, 1), i == 10);
	assert_memory_equal(ram(BUFFER + HEADER), frame, 60);
	assert_int_equal(look(BUFFER + HEADER + 60, 1), 0xff);
	assert_true(line());

	/* A buffer that no frame fits into. */
	set_desc(RECEIVE, 0, BUFFER, 30, OF_DEVICE, 0);
	offer(RECEIVE, 0);
	virtio_net_give(&card, frame, 60);
	assert_int_equal(get(BAR + 20, 1) & 0x40, 0x40);
	assert_false(virtio_net_has_room(&card));
	board_free(&board);
}

/* -------------------------------------------------------------------- by chance */

static void any_ring_is_survived(void **state)
{
	uint8_t *frame = malloc(VIRTIO_NET_FRAME_MAX);
	unsigned int came = 0;

	memset(frame, 0x33, VIRTIO_NET_FRAME_MAX);
	for (int round = 0; round < 3000; round++) {
		set_up();
		for (int step = 0; step < 60; step++) {
			unsigned int queue = chance(2);

			switch (chance(8)) {
			case 0:
				set(DESC(queue) + chance(0x1000), 1, chance(256));
				break;
			case 1:
				set_desc(queue, chance(SIZE), some_address(), chance(100000),
					 chance(4), chance(SIZE + 1));
				break;
			case 2:
				put(BAR + chance(64), 1U << chance(4), chance(UINT64_MAX));
				break;
			case 3:
				get(BAR + chance(VIRTIO_BAR_SIZE), 1U << chance(4));
				break;
			case 4:
				virtio_net_give(&card, frame, chance(VIRTIO_NET_FRAME_MAX + 1));
				break;
			default:
				set_desc(queue, 0, BUFFER, 10 + chance(1600),
					 queue == RECEIVE ? OF_DEVICE : 0, 0);
				offer(queue, 0);
			}
			notify(chance(3));
			while (virtio_net_take(&card, frame))
				came++;
			assert_int_equal(card.virtio.in_flight, 0);
			virtio_net_has_room(&card);
		}
		board_free(&board);
	}
	assert_true(came > 1000);
	free(frame);
}

/* ------------------------------------------------------------------------ networks */

static uint8_t got[16][VIRTIO_NET_FRAME_MAX];
static size_t got_length[16];
static unsigned int got_count;

static void note_frame(void *context, const uint8_t *frame, size_t length)
{
	assert_true(length <= VIRTIO_NET_FRAME_MAX);
	memcpy(got[got_count % 16], frame, length);
	got_length[got_count++ % 16] = length;
}

static void open_user(struct network *n, const char *words)
{
	struct problem p = { 0 };

	assert_int_equal(network_open(n, words, &p), STATUS_OK);
	n->deliver = note_frame;
	got_count = 0;
}

/* Who has 10.0.2.2? */
static const uint8_t arp[42] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 1, 2, 3, 4, 5, 8, 6,
	0, 1, 8, 0, 6, 4, 0, 1, 2, 1, 2, 3, 4, 5, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
};

static void the_gateway_answers(void **state)
{
	struct network n;

	open_user(&n, "user");
	network_send(&n, arp, sizeof(arp));
	assert_int_equal(got_count, 1);
	assert_memory_equal(got[0], mac, 6);
	assert_int_equal(got[0][21], 2);
	assert_memory_equal(got[0] + 28, ((const uint8_t[]) { 10, 0, 2, 2 }), 4);
	network_close(&n);
}

/* It comes back when one of ours is readable, and not before. */
static void waiting_ends(void **state)
{
	int first = eventfd(0, 0), second = eventfd(1, 0);
	struct network n;

	open_user(&n, "user");
	network_wait(&n, first, second, true);
	network_wait(&n, second, first, false);
	assert_int_equal(got_count, 0);
	network_close(&n);
	close(first);
	close(second);
}

/* A port of ours that is free: somebody had it just now. */
static unsigned int some_port(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	close(fd);
	return ntohs(name.sin_port);
}

/* Who connects to the port of ours is a SYN for the guest's. */
static void a_port_leads_to_the_guest(void **state)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned int port = some_port();
	int never = eventfd(0, 0), fd;
	char words[64];
	struct network n;
	bool syn = false;

	snprintf(words, sizeof(words), "user,hostfwd=tcp::%u-:22", port);
	open_user(&n, words);
	/* So that it knows where the guest is. */
	network_send(&n, arp, sizeof(arp));
	name.sin_port = htons(port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	got_count = 0;
	for (int i = 0; i < 20 && !syn; i++) {
		network_wait(&n, never, never, true);
		for (unsigned int j = 0; j < got_count && j < 16; j++)
			syn |= got_length[j] >= 54 && got[j][12] == 8 && got[j][13] == 0 &&
			       got[j][23] == 6 && got[j][36] == 0 && got[j][37] == 22 &&
			       got[j][47] == 2;
	}
	assert_true(syn);
	close(fd);
	close(never);
	network_close(&n);
}

static void any_frame_is_survived(void **state)
{
	uint8_t *frame;
	struct network n;

	open_user(&n, "user");
	for (int i = 0; i < 20000; i++) {
		size_t length = VIRTIO_NET_FRAME_MIN + chance(i % 2 ? 60 : 1500);

		/* As long as it is, so that a step beyond is seen; without a way out to others. */
		frame = malloc(length);
		for (size_t j = 0; j < length; j++)
			frame[j] = chance(256);
		memcpy(frame, arp, length < 14 ? length : 14);
		if (chance(2) && length >= 34) {
			frame[13] = 0;
			frame[14] = 0x45;
			memcpy(frame + 26, ((const uint8_t[]) { 10, 0, 2, 15, 10, 0, 2, 77 }), 8);
		}
		network_send(&n, frame, length);
		free(frame);
	}
	got_count = 0;
	network_send(&n, arp, sizeof(arp));
	assert_int_equal(got_count, 1);
	network_close(&n);
}

static void assert_refused(const char *words, int status, const char *reason)
{
	struct problem p = { 0 };
	struct network n;

	assert_int_equal(network_open(&n, words, &p), status);
	if (!strstr(p.reason, reason))
		fail_msg("\"%s\" does not say \"%s\"", p.reason, reason);
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const ports[] = {
		"", "tcp", "tcp::0-:22", "tcp::1-:0", "tcp::1-22", "tcp::65536-:1", "tcp::1-:1x",
		"tcp:: 1-:1", "tcp::-1-:1", "sctp::1-:1", "tcp::1-:", "tcp::1",
	};
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char words[64];

	assert_refused("", STATUS_USAGE, "is none of user, tap=NAME");
	assert_refused("users", STATUS_USAGE, "is none of user, tap=NAME");
	assert_refused("user,foo", STATUS_USAGE, "'foo' is nothing that");
	assert_refused("user,", STATUS_USAGE, "'' is nothing that");
	assert_refused("tap=", STATUS_USAGE, "is not the name of an interface");
	assert_refused("tap=abcdefghijklmnop", STATUS_USAGE, "is not the name of an interface");
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		snprintf(words, sizeof(words), "user,hostfwd=%s", ports[i]);
		assert_refused(words, STATUS_USAGE, "is no port");
	}
	/* One that somebody has. */
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	snprintf(words, sizeof(words), "user,hostfwd=tcp::%u-:22", ntohs(name.sin_port));
	assert_refused(words, STATUS_FAILED, "in use");
	close(fd);
}

/* Somebody on the interface. */
static int look_at(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(0x88b5));
	struct ifreq request = { .ifr_flags = IFF_UP };
	struct sockaddr_ll where = {
		.sll_family = AF_PACKET, .sll_protocol = htons(0x88b5),
		.sll_ifindex = if_nametoindex(name),
	};

	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
	return fd;
}

static void take_away(const char *name)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} message = {
		.head = {
			.nlmsg_len = sizeof(message), .nlmsg_type = RTM_DELLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.link = { .ifi_index = if_nametoindex(name) },
	};

	assert_int_equal(send(fd, &message, sizeof(message), 0), sizeof(message));
	close(fd);
	assert_int_equal(if_nametoindex(name), 0);
}

/* The last test: this process goes into a network of its own, if it may. */
static void an_interface_is_a_network(void **state)
{
	/* Of a type that is for experiments. */
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 1, 2, 3, 4, 5, 0x88, 0xb5, 1 };
	uint8_t seen[100];
	int now = eventfd(1, 0), never = eventfd(0, 0), fd;
	struct network n;
	bool came = false;

	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0)))
		skip();
	close(fd);
	open_user(&n, "tap=cca0");
	assert_refused("tap=cca0", STATUS_FAILED, "busy");
	fd = look_at("cca0");
	network_send(&n, frame, sizeof(frame));
	assert_int_equal(recv(fd, seen, sizeof(seen), 0), sizeof(frame));
	assert_memory_equal(seen, frame, sizeof(frame));

	frame[14] = 2;
	assert_int_equal(send(fd, frame, sizeof(frame), 0), sizeof(frame));
	/* Not while the guest has no room. */
	network_wait(&n, never, now, false);
	assert_int_equal(got_count, 0);
	/* What the kernel says by itself may be there as well. */
	for (int i = 0; i < 20 && !came; i++) {
		network_wait(&n, never, now, true);
		for (unsigned int j = 0; j < got_count && j < 16; j++)
			came |= got_length[j] == sizeof(frame) && !memcmp(got[j], frame, sizeof(frame));
	}
	assert_true(came);
	/* The cable is pulled: nothing comes, and nobody spins. */
	take_away("cca0");
	network_wait(&n, never, never, true);
	assert_int_equal(n.tap, -1);
	network_send(&n, frame, sizeof(frame));
	network_wait(&n, never, now, true);
	close(fd);
	close(now);
	close(never);
	network_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_function_is_a_card),
		cmocka_unit_test(frames_leave),
		cmocka_unit_test(what_is_no_frame_is_dropped),
		cmocka_unit_test(frames_arrive),
		cmocka_unit_test(any_ring_is_survived),
		cmocka_unit_test(the_gateway_answers),
		cmocka_unit_test(waiting_ends),
		cmocka_unit_test(a_port_leads_to_the_guest),
		cmocka_unit_test(any_frame_is_survived),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(an_interface_is_a_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
