// SPDX-License-Identifier: GPL-2.0-only
/*
 * A listener to the events of the module, by nothing but a netlink socket.
 */
#define _GNU_SOURCE
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"

#define SECONDS		10
#define BUFFER		8192

#define NEXT(a)		((struct nlattr *)((char *)(a) + NLA_ALIGN((a)->nla_len)))
#define DATA(a)		((void *)((char *)(a) + NLA_HDRLEN))
#define TYPE(a)		((a)->nla_type & NLA_TYPE_MASK)

/* Every attribute between the two, which must fill the room exactly. */
#define EACH(a, from, end)						\
	for ((a) = (from); (char *)(a) + NLA_HDRLEN <= (char *)(end) &&	\
	     (a)->nla_len >= NLA_HDRLEN; (a) = NEXT(a))

struct request {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	struct nlattr attr;
	char name[16];
};

/* Without attributes. */
struct bare_request {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
};

/* What the controller knows of a family by that name, in `answer`: its length. */
static int ask(int fd, const char *family, void *answer)
{
	struct request request = {
		.nl = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = GENL_ID_CTRL,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.attr = { NLA_HDRLEN + sizeof(request.name), CTRL_ATTR_FAMILY_NAME },
	};
	struct nlmsghdr *header = answer;
	int length;

	strncpy(request.name, family, sizeof(request.name) - 1);
	if (send(fd, &request, sizeof(request), 0) != sizeof(request))
		return -errno;
	length = recv(fd, answer, BUFFER, 0);
	if (length < 0)
		return -errno;
	T_ASSERT(length >= (int)sizeof(*header) && (int)header->nlmsg_len <= length);
	if (header->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
	return header->nlmsg_len;
}

/* The number of the group "events" in what the controller said. */
static int find_group(void *answer, int length)
{
	struct nlattr *a, *group, *part, *first = (struct nlattr *)
		((char *)NLMSG_DATA(answer) + GENL_HDRLEN);
	uint32_t id;
	bool ours;

	EACH(a, first, (char *)answer + length) {
		if (TYPE(a) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		EACH(group, DATA(a), NEXT(a)) {
			id = 0;
			ours = false;
			EACH(part, DATA(group), NEXT(group)) {
				if (TYPE(part) == CTRL_ATTR_MCAST_GRP_ID)
					memcpy(&id, DATA(part), sizeof(id));
				else if (TYPE(part) == CTRL_ATTR_MCAST_GRP_NAME)
					ours = !strcmp(DATA(part), CCA_GENL_GROUP_EVENTS);
			}
			if (ours)
				return id;
		}
	}
	return -ENOENT;
}

int w_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	T_ASSERT(fd >= 0);
	return fd;
}

int w_join(void)
{
	uint64_t answer[BUFFER / 8];
	int fd = w_socket(), ret;

	ret = ask(fd, CCA_GENL_NAME, answer);
	if (ret > 0)
		ret = find_group(answer, ret);
	if (ret > 0 && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &ret, sizeof(ret)))
		ret = -errno;
	if (ret > 0)
		return fd;
	close(fd);
	return ret;
}

/* The family's number, which messages have for their type. */
static int find_family(void *answer, int length)
{
	struct nlattr *a, *first = (struct nlattr *)((char *)NLMSG_DATA(answer) + GENL_HDRLEN);
	uint16_t id;

	EACH(a, first, (char *)answer + length) {
		if (TYPE(a) != CTRL_ATTR_FAMILY_ID)
			continue;
		memcpy(&id, DATA(a), sizeof(id));
		return id;
	}
	return -ENOENT;
}

int w_subscribe(int fd)
{
	struct bare_request request = {
		.nl = {
			.nlmsg_len = sizeof(request),
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.genl = { .cmd = CCA_EVENT_SUBSCRIBE, .version = CCA_GENL_VERSION },
	};
	uint64_t answer[BUFFER / 8];
	struct nlmsghdr *header = (void *)answer;
	int ret = ask(fd, CCA_GENL_NAME, answer);

	if (ret > 0)
		ret = find_family(answer, ret);
	if (ret < 0)
		return ret;
	request.nl.nlmsg_type = ret;
	if (send(fd, &request, sizeof(request), 0) != sizeof(request))
		return -errno;
	T_ASSERT(recv(fd, answer, sizeof(answer), 0) >= (int)NLMSG_LENGTH(sizeof(int)));
	T_EQ(header->nlmsg_type, NLMSG_ERROR);
	return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
}

int w_open(void)
{
	int fd = w_join();

	if (fd < 0)
		t_fail(__FILE__, __LINE__, "nobody tells events: %s", strerror(-fd));
	return fd;
}

static void read_attribute(struct w_event *event, struct nlattr *a)
{
	const unsigned int length = a->nla_len - NLA_HDRLEN;
	uint32_t word;

	T_ASSERT(TYPE(a) >= 1 && TYPE(a) <= CCA_EVENT_A_MAX);
	if (TYPE(a) == CCA_EVENT_A_PAD)
		return;
	T_ASSERT(!(event->has & 1U << TYPE(a)));
	event->has |= 1U << TYPE(a);
	switch (TYPE(a)) {
	case CCA_EVENT_A_NAME:
		T_ASSERT(length >= 2 && length <= sizeof(event->name));
		memcpy(event->name, DATA(a), length);
		T_EQ(strlen(event->name), length - 1);
		break;
	case CCA_EVENT_A_SEQ:
	case CCA_EVENT_A_GRANULES:
	case CCA_EVENT_A_RMI_STATUS:
		T_EQ(length, sizeof(uint64_t));
		memcpy(&event->value[TYPE(a)], DATA(a), length);
		break;
	default:
		T_EQ(length, sizeof(word));
		memcpy(&word, DATA(a), length);
		event->value[TYPE(a)] = word;
	}
}

int w_try(int watch, struct w_event *event, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = watch, .events = POLLIN };
	uint64_t bytes[BUFFER / 8];
	struct nlmsghdr *header = (void *)bytes;
	struct nlattr *a;
	int length;

	memset(event, 0, sizeof(*event));
	if (!poll(&poll_fd, 1, timeout_ms))
		return -EAGAIN;
	length = recv(watch, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (length < 0)
		return -errno;
	T_EQ(header->nlmsg_len, length);
	event->kind = ((struct genlmsghdr *)NLMSG_DATA(header))->cmd;
	EACH(a, (struct nlattr *)((char *)NLMSG_DATA(header) + GENL_HDRLEN),
	     (char *)bytes + length)
		read_attribute(event, a);
	T_ASSERT((char *)a == (char *)bytes + length);
	T_ASSERT(event->kind >= 1 && event->kind <= CCA_EVENT_MAX);
	T_ASSERT(event->value[CCA_EVENT_A_SEQ]);
	return 0;
}

struct w_event w_next(int watch)
{
	struct w_event event;

	T_EQ(w_try(watch, &event, SECONDS * 1000), 0);
	return event;
}

struct w_event w_expect(int watch, uint32_t kind, uint32_t realm, uint32_t has)
{
	struct w_event event = w_next(watch);

	T_EQ(event.kind, kind);
	T_EQ(event.value[CCA_EVENT_A_REALM], realm);
	T_EQ(event.has, has);
	return event;
}

void w_silent(int watch)
{
	struct w_event event;

	T_EQ(w_try(watch, &event, 200), -EAGAIN);
}
