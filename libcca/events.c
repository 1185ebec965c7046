// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events: the generic netlink family of the module. Nothing of libnl is seen
 * outside of this file.
 */
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define BUFFER_SIZE	(1 << 20)	/* some thousand events */

struct cca_events {
	struct nl_sock *socket;
	int family;
	uint64_t seq;			/* of the last event, 0: none yet */
	struct cca_event next;		/* behind a gap that is told first */
	bool waiting;			/* `next` is one */
};

/* An errno for what libnl says; `otherwise` where it does not know either. */
static int translate(int error, int otherwise)
{
	switch (error < 0 ? -error : error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_INTR:
		return -EINTR;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_NOACCESS:
	case NLE_PERM:
		return -EPERM;
	case NLE_OPNOTSUPP:
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EOPNOTSUPP;
	}
	return -otherwise;
}

/* ---------------------------------------------------------------- messages */

static void read_numbers(struct cca_event *e, struct nlattr **a)
{
	const struct {
		int attribute;
		uint32_t *to;
	} numbers[] = {
		{ CCA_EVENT_A_REALM, &e->realm }, { CCA_EVENT_A_OWNER, &e->owner },
		{ CCA_EVENT_A_REC, &e->rec }, { CCA_EVENT_A_REASON, &e->reason },
		{ CCA_EVENT_A_EXIT, &e->exit }, { CCA_EVENT_A_CAUSE, &e->cause },
		{ CCA_EVENT_A_RMI_FID, &e->rmi_fid },
	};
	const struct {
		int attribute;
		uint64_t *to;
	} wide[] = {
		{ CCA_EVENT_A_SEQ, &e->seq }, { CCA_EVENT_A_GRANULES, &e->granules },
		{ CCA_EVENT_A_RMI_STATUS, &e->rmi_status },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (a[numbers[i].attribute])
			*numbers[i].to = nla_get_u32(a[numbers[i].attribute]);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (a[wide[i].attribute])
			*wide[i].to = nla_get_u64(a[wide[i].attribute]);
}

/* False: nothing for us. What a later module adds is passed over by libnl. */
static bool read_event(struct nlmsghdr *header, struct cca_event *e)
{
	static const struct nla_policy policy[CCA_EVENT_A_MAX + 1] = {
		[CCA_EVENT_A_SEQ] = { .type = NLA_U64 },
		[CCA_EVENT_A_REALM] = { .type = NLA_U32 },
		[CCA_EVENT_A_NAME] = { .type = NLA_NUL_STRING },
		[CCA_EVENT_A_OWNER] = { .type = NLA_U32 },
		[CCA_EVENT_A_REC] = { .type = NLA_U32 },
		[CCA_EVENT_A_REASON] = { .type = NLA_U32 },
		[CCA_EVENT_A_EXIT] = { .type = NLA_U32 },
		[CCA_EVENT_A_GRANULES] = { .type = NLA_U64 },
		[CCA_EVENT_A_CAUSE] = { .type = NLA_U32 },
		[CCA_EVENT_A_RMI_FID] = { .type = NLA_U32 },
		[CCA_EVENT_A_RMI_STATUS] = { .type = NLA_U64 },
	};
	struct nlattr *a[CCA_EVENT_A_MAX + 1];

	if (genlmsg_parse(header, 0, a, CCA_EVENT_A_MAX, (struct nla_policy *)policy) < 0)
		return false;
	memset(e, 0, sizeof(*e));
	e->kind = genlmsg_hdr(header)->cmd;
	for (int i = 1; i <= CCA_EVENT_A_MAX; i++)
		if (a[i])
			e->has |= UINT32_C(1) << i;
	read_numbers(e, a);
	if (a[CCA_EVENT_A_NAME])
		nla_strlcpy(e->name, a[CCA_EVENT_A_NAME], sizeof(e->name));
	return e->seq;
}

/* The kernel's own family tells that ours has gone: the module was unloaded. */
static bool is_farewell(const struct cca_events *events, struct nlmsghdr *header)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1];

	return genlmsg_hdr(header)->cmd == CTRL_CMD_DELFAMILY &&
	       !genlmsg_parse(header, 0, a, CTRL_ATTR_MAX, NULL) && a[CTRL_ATTR_FAMILY_ID] &&
	       nla_get_u16(a[CTRL_ATTR_FAMILY_ID]) == events->family;
}

/* Of a datagram that has one message. 0: *e is an event. -EAGAIN: it is none. */
static int read_message(struct cca_events *events, void *bytes, int length, struct cca_event *e)
{
	struct nlmsghdr *header = bytes;

	if (!nlmsg_ok(header, length) || !genlmsg_valid_hdr(header, 0))
		return -EAGAIN;
	if (header->nlmsg_type == GENL_ID_CTRL)
		return is_farewell(events, header) ? -ENODEV : -EAGAIN;
	if (header->nlmsg_type != events->family)
		return -EAGAIN;
	return read_event(header, e) ? 0 : -EAGAIN;
}

static void set_lost(struct cca_event *e, uint64_t lost)
{
	memset(e, 0, sizeof(*e));
	e->kind = CCA_EVENT_LOST;
	e->lost = lost;
}

/* One datagram. -EAGAIN: there is none, or it says nothing. */
static int receive(struct cca_events *events, struct cca_event *e)
{
	unsigned char *bytes = NULL;
	struct sockaddr_nl from = { 0 };
	int length, err;

	errno = 0;
	length = nl_recv(events->socket, &from, &bytes, NULL);
	if (length < 0) {
		/* libnl says the same of both. */
		if (length != -NLE_NOMEM || errno == ENOMEM)
			return translate(length, EIO);
		set_lost(e, 0);
		return 0;
	}
	err = length && !from.nl_pid ? read_message(events, bytes, length, e) : -EAGAIN;
	free(bytes);
	if (err || e->kind == CCA_EVENT_LOST)
		return err;
	if (events->seq && e->seq > events->seq + 1) {
		events->next = *e;
		events->waiting = true;
		set_lost(e, e->seq - events->seq - 1);
	}
	events->seq = events->waiting ? events->next.seq : e->seq;
	return 0;
}

/* -------------------------------------------------------------------- handle */

static int join_group(struct cca_events *events, const char *family, const char *name)
{
	int group = genl_ctrl_resolve_grp(events->socket, family, name);

	if (group < 0)
		return translate(group, ENOENT);
	return translate(nl_socket_add_membership(events->socket, group), EPERM);
}

/* The answer may stand behind events already: they have happened before. */
static int subscribe(struct cca_events *events)
{
	int err;

	nl_socket_disable_seq_check(events->socket);
	err = genl_send_simple(events->socket, events->family, CCA_EVENT_SUBSCRIBE,
			       CCA_GENL_VERSION, 0);
	if (err >= 0)
		err = nl_wait_for_ack(events->socket);
	return translate(err < 0 ? err : 0, EIO);
}

static int begin(struct cca_events *events, bool own)
{
	int err;

	err = genl_connect(events->socket);
	/* The administrator's limit holds; without it libnl would take 32 KiB. */
	if (!err)
		err = nl_socket_set_buffer_size(events->socket, BUFFER_SIZE, 0);
	if (err)
		return translate(err, EIO);
	events->family = genl_ctrl_resolve(events->socket, CCA_GENL_NAME);
	if (events->family < 0)
		return translate(events->family, ENOENT);
	if (own)
		err = subscribe(events);
	else
		err = join_group(events, CCA_GENL_NAME, CCA_GENL_GROUP_EVENTS);
	if (err)
		return err;
	/* So that nobody waits for what cannot come. */
	err = join_group(events, "nlctrl", "notify");
	if (err && err != -ENOENT)
		return err;
	return translate(nl_socket_set_nonblocking(events->socket), EIO);
}

static int open_events(struct cca_events **out, bool own)
{
	struct cca_events *events = calloc(1, sizeof(*events));
	int err;

	if (!events)
		return libcca_return(-ENOMEM);
	events->socket = nl_socket_alloc();
	err = events->socket ? begin(events, own) : -ENOMEM;
	if (err) {
		cca_events_close(events);
		return libcca_return(err);
	}
	*out = events;
	return 0;
}

CCA_API int cca_events_open(struct cca_events **out)
{
	return open_events(out, false);
}

CCA_API int cca_events_open_own(struct cca_events **out)
{
	return open_events(out, true);
}

CCA_API void cca_events_close(struct cca_events *events)
{
	int saved = errno;

	if (!events)
		return;
	nl_socket_free(events->socket);
	free(events);
	errno = saved;
}

CCA_API int cca_events_fd(const struct cca_events *events)
{
	return nl_socket_get_fd(events->socket);
}

/* -EAGAIN: nothing came in that time. A timer that starts anew is good enough. */
static int wait_for(struct cca_events *events, int timeout)
{
	struct pollfd poll_fd = { .fd = cca_events_fd(events), .events = POLLIN };
	int n = poll(&poll_fd, 1, timeout);

	return n < 0 ? -errno : n ? 0 : -EAGAIN;
}

CCA_API int cca_events_next(struct cca_events *events, struct cca_event *event, int timeout)
{
	struct cca_event e = { 0 };
	uint32_t size = event->size;
	int err;

	if (size < sizeof(size) + sizeof(e.kind))
		return libcca_return(-EINVAL);
	if (events->waiting) {
		e = events->next;
		events->waiting = false;
		err = 0;
	} else {
		err = receive(events, &e);
		while (err == -EAGAIN && timeout) {
			err = wait_for(events, timeout);
			if (err)
				break;
			err = receive(events, &e);
		}
	}
	if (err)
		return libcca_return(err);
	e.size = size;
	memset(event, 0, size);
	memcpy(event, &e, size < sizeof(e) ? size : sizeof(e));
	return 0;
}
