/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Events of /dev/cca: the generic netlink family "cca".
 *
 * Who joins its multicast group "events" is told what happens to all realms, as
 * it happens; who sends CCA_EVENT_SUBSCRIBE, what happens to his own. All else
 * are notifications. docs/netlink-cca.yaml is this header for programs that
 * read specifications.
 *
 *  - Events are hints. They may be lost, when they come faster than they are
 *    read (ENOBUFS of recvmsg(2)) or than the kernel sends them. What is true
 *    is in the ioctls of <linux/cca.h>; a listener that lost events asks there.
 *  - CCA_EVENT_A_SEQ counts the events of this module, those that were lost
 *    included: a gap says how many. It counts only while somebody listens, and
 *    begins anew when the module is loaded. For a subscriber it counts his.
 *  - Events are in the order in which things happened.
 *  - The group concerns the realms of all users. So joining takes CAP_SYS_ADMIN:
 *    EPERM. Only the initial network namespace has the family.
 *  - Subscribing takes no right. The user is who opened the socket, and must be
 *    the one who asks (EPERM); he hears of realms whose OWNER he is, by unicast,
 *    until the socket is closed. A user has 16 such sockets at most (EBUSY).
 *    PAGES_LEAKED and RMM_TROUBLE are for the group alone.
 *  - Attributes that an event does not name are not there. Later kernels may
 *    have more events and more attributes: ignore what is not known.
 *  - Physical addresses and addresses of realms are not in them.
 */
#ifndef _UAPI_LINUX_CCA_NETLINK_H
#define _UAPI_LINUX_CCA_NETLINK_H

#define CCA_GENL_NAME		"cca"
#define CCA_GENL_VERSION	1
#define CCA_GENL_GROUP_EVENTS	"events"

/* The command of the message says what happened. All events have SEQ. */
enum {
	CCA_EVENT_UNSPEC = 0,

	/* a realm, in a state that it has just reached: REALM, OWNER, NAME */
	CCA_EVENT_REALM_CREATED = 1,
	CCA_EVENT_REALM_ACTIVATED = 2,
	/* it is over, REASON says why: it was terminated, powered itself off, */
	/* broke, or the kernel ends */
	CCA_EVENT_REALM_TERMINATED = 3,
	/* nothing of it is left at the RMM; REASON as above */
	CCA_EVENT_REALM_DESTROYED = 4,

	/* CCA_RUN returned, and the REC will not run again: REALM, OWNER, */
	/* NAME, REC, EXIT, REASON */
	CCA_EVENT_REC_EXITED = 5,

	/* the RMM keeps GRANULES that it should have returned, CAUSE says */
	/* what was asked of it; REALM if they were a realm's */
	CCA_EVENT_PAGES_LEAKED = 6,

	/* the RMM answered what it may not answer: REASON, RMI_FID, */
	/* RMI_STATUS; REALM if it was about one, which it broke if it was */
	/* active */
	CCA_EVENT_RMM_TROUBLE = 7,

	/* no event but a request, without attributes: tell this socket what */
	/* happens to the realms of its user */
	CCA_EVENT_SUBSCRIBE = 8,

	__CCA_EVENT_MAX,
};

#define CCA_EVENT_MAX		(__CCA_EVENT_MAX - 1)

enum {
	CCA_EVENT_A_UNSPEC = 0,
	CCA_EVENT_A_PAD = 1,		/* before 64 bits, for alignment */
	CCA_EVENT_A_SEQ = 2,		/* u64 */
	CCA_EVENT_A_REALM = 3,		/* u32, its id as of CCA_REALM_CREATE */
	CCA_EVENT_A_NAME = 4,		/* string; only if it has a name */
	CCA_EVENT_A_OWNER = 5,		/* u32, the user who made the realm */
	CCA_EVENT_A_REC = 6,		/* u32, its index in the realm */
	CCA_EVENT_A_REASON = 7,		/* u32, CCA_REASON_* */
	CCA_EVENT_A_EXIT = 8,		/* u32, CCA_EXIT_* */
	CCA_EVENT_A_GRANULES = 9,	/* u64 */
	CCA_EVENT_A_CAUSE = 10,		/* u32, CCA_LEAK_* */
	CCA_EVENT_A_RMI_FID = 11,	/* u32, as in struct cca_outcome */
	CCA_EVENT_A_RMI_STATUS = 12,	/* u64, likewise */

	__CCA_EVENT_A_MAX,
};

#define CCA_EVENT_A_MAX		(__CCA_EVENT_A_MAX - 1)

#endif
