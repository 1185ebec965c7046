// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door for those who watch: generic netlink family "cca", group "events",
 * and sockets that asked for their own user's. linux/cca_netlink.h is its manual.
 *
 * One worker takes what event.c has and sends it, so that whatever made an
 * event neither allocates nor waits. Without listeners there are no events.
 */
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "cca.h"

/* In one go; what came meanwhile has knocked again. */
#define SEND_MAX	256

/* All attributes there are; a name has 63 letters. What is small is kept longer. */
#define MESSAGE_SIZE	256

/* Of one user: each event of his is sent to each of them. */
#define SUBSCRIBERS_MAX	16

enum { GROUP_EVENTS };

/* Events tell of every user's realms, whose objects only this may open. */
static const struct genl_multicast_group groups[] = {
	[GROUP_EVENTS] = {
		.name = CCA_GENL_GROUP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

static int subscribe(struct sk_buff *skb, struct genl_info *info);

static const struct genl_small_ops requests[] = {
	{ .cmd = CCA_EVENT_SUBSCRIBE, .doit = subscribe },
};

/* Not netnsok: a container is not to know what its host runs. */
static struct genl_family family __ro_after_init = {
	.name = CCA_GENL_NAME,
	.version = CCA_GENL_VERSION,
	.module = THIS_MODULE,
	.small_ops = requests,
	.n_small_ops = ARRAY_SIZE(requests),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* ---------------------------------------------------------------- messages */

static int put_u64(struct sk_buff *skb, int attribute, u64 value)
{
	return nla_put_u64_64bit(skb, attribute, value, CCA_EVENT_A_PAD);
}

static int put_realm(struct sk_buff *skb, const struct cca_event *event)
{
	if (!event->realm)
		return 0;
	if (nla_put_u32(skb, CCA_EVENT_A_REALM, event->realm))
		return -EMSGSIZE;
	/* What was leaked or broken is told without what a realm is called. */
	if (event->kind > CCA_EVENT_REC_EXITED)
		return 0;
	if (nla_put_u32(skb, CCA_EVENT_A_OWNER, event->owner))
		return -EMSGSIZE;
	return event->name[0] ?
	       nla_put_string(skb, CCA_EVENT_A_NAME, event->name) : 0;
}

static int put_rest(struct sk_buff *skb, const struct cca_event *event)
{
	switch (event->kind) {
	case CCA_EVENT_REALM_TERMINATED:
	case CCA_EVENT_REALM_DESTROYED:
		return nla_put_u32(skb, CCA_EVENT_A_REASON, event->reason);
	case CCA_EVENT_REC_EXITED:
		return nla_put_u32(skb, CCA_EVENT_A_REC, event->rec) ?:
		       nla_put_u32(skb, CCA_EVENT_A_EXIT, event->exit) ?:
		       nla_put_u32(skb, CCA_EVENT_A_REASON, event->reason);
	case CCA_EVENT_PAGES_LEAKED:
		return put_u64(skb, CCA_EVENT_A_GRANULES, event->granules) ?:
		       nla_put_u32(skb, CCA_EVENT_A_CAUSE, event->cause);
	case CCA_EVENT_RMM_TROUBLE:
		return nla_put_u32(skb, CCA_EVENT_A_REASON, event->reason) ?:
		       nla_put_u32(skb, CCA_EVENT_A_RMI_FID, event->rmi_fid) ?:
		       put_u64(skb, CCA_EVENT_A_RMI_STATUS, event->rmi_status);
	}
	return 0;
}

/* NULL: one that finds no memory is lost, and its number with it. */
static struct sk_buff *message_of(const struct cca_event *event, u64 seq)
{
	struct sk_buff *skb = genlmsg_new(MESSAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	void *message;

	if (!skb)
		return NULL;
	message = genlmsg_put(skb, 0, 0, &family, 0, event->kind);
	if (!message || put_u64(skb, CCA_EVENT_A_SEQ, seq) ||
	    put_realm(skb, event) || put_rest(skb, event)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, message);
	return skb;
}

/* ------------------------------------------------------------- subscribers */

/* A socket that is told of the realms of its user, and of no one else's. */
struct subscriber {
	struct list_head node;
	u32 portid;
	kuid_t user;
	u64 seq;			/* of the last event for it */
};

static LIST_HEAD(subscribers);
static DEFINE_MUTEX(subscribers_lock);	/* under those of genetlink */

static int add_subscriber(u32 portid, kuid_t user)
{
	struct subscriber *s;
	unsigned int n = 0;

	lockdep_assert_held(&subscribers_lock);
	list_for_each_entry(s, &subscribers, node) {
		if (s->portid == portid)
			return 0;
		n += uid_eq(s->user, user);
	}
	if (n >= SUBSCRIBERS_MAX)
		return -EBUSY;
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	s->portid = portid;
	s->user = user;
	list_add(&s->node, &subscribers);
	return 0;
}

/*
 * Whose the socket is was settled when it was opened: a program of another user
 * that is made to write into it does not ask for its own user's events.
 */
static int subscribe(struct sk_buff *skb, struct genl_info *info)
{
	const kuid_t user = current_euid();
	int ret;

	if (!uid_eq(NETLINK_CB(skb).sk->sk_uid, user))
		return -EPERM;
	mutex_lock(&subscribers_lock);
	ret = add_subscriber(info->snd_portid, user);
	mutex_unlock(&subscribers_lock);
	return ret;
}

/* Everybody's for portid 0, which is the kernel's own. */
static void unsubscribe(u32 portid)
{
	struct subscriber *s, *next;

	mutex_lock(&subscribers_lock);
	list_for_each_entry_safe(s, next, &subscribers, node) {
		if (portid && s->portid != portid)
			continue;
		list_del(&s->node);
		kfree(s);
	}
	mutex_unlock(&subscribers_lock);
}

static int on_netlink(struct notifier_block *block, unsigned long what,
		      void *data)
{
	const struct netlink_notify *n = data;

	if (what == NETLINK_URELEASE && n->protocol == NETLINK_GENERIC &&
	    net_eq(n->net, &init_net) && n->portid)
		unsubscribe(n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block closings = { .notifier_call = on_netlink };

/* What was lost on the way here may have been anybody's, and counts for all. */
static void send_to_subscribers(const struct cca_event *event, u64 lost)
{
	const bool private = event->kind > CCA_EVENT_REC_EXITED;
	struct subscriber *s;
	struct sk_buff *skb;

	mutex_lock(&subscribers_lock);
	list_for_each_entry(s, &subscribers, node) {
		s->seq += lost;
		if (private || from_kuid_munged(&init_user_ns, s->user) != event->owner)
			continue;
		skb = message_of(event, ++s->seq);
		/* Whose buffer is full is told so by the socket. */
		if (skb)
			genlmsg_unicast(&init_net, skb, s->portid);
	}
	mutex_unlock(&subscribers_lock);
}

/* ------------------------------------------------------------------ sending */

static bool anybody_joined(void)
{
	return genl_has_listeners(&family, &init_net, GROUP_EVENTS);
}

static void send(const struct cca_event *event)
{
	static u64 last;		/* the worker's own */
	struct sk_buff *skb;

	if (anybody_joined()) {
		skb = message_of(event, event->seq);
		if (skb)
			genlmsg_multicast(&family, skb, 0, GROUP_EVENTS, GFP_KERNEL);
	}
	send_to_subscribers(event, event->seq - last - 1);
	last = event->seq;
}

static void send_all(struct work_struct *work)
{
	struct cca_event event;
	unsigned int n;

	for (n = 0; n < SEND_MAX && cca_event_take(&event); n++) {
		send(&event);
		cond_resched();
	}
	if (n == SEND_MAX)
		schedule_work(work);
}

static DECLARE_WORK(sender, send_all);

static bool wanted(void)
{
	return anybody_joined() || !list_empty(&subscribers);
}

static void knock(void)
{
	schedule_work(&sender);
}

static const struct cca_event_door door = {
	.wanted = wanted,
	.knock = knock,
};

int cca_netlink_init(void)
{
	int err = netlink_register_notifier(&closings);

	if (err)
		return err;
	err = genl_register_family(&family);
	if (err)
		netlink_unregister_notifier(&closings);
	else
		cca_events_open(&door);
	return err;
}

/* What was written down is still said: a realm that went last, for one. */
void cca_netlink_exit(void)
{
	cca_events_close();
	flush_work(&sender);
	cancel_work_sync(&sender);
	genl_unregister_family(&family);
	netlink_unregister_notifier(&closings);
	unsubscribe(0);
}
