// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door for those who watch: generic netlink family "cca", group "events".
 * linux/cca_netlink.h is its manual.
 *
 * One worker takes what event.c has and multicasts it, so that whatever made an
 * event neither allocates nor waits. Without listeners there are no events.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "cca.h"

/* In one go; what came meanwhile has knocked again. */
#define SEND_MAX	256

/* All attributes there are; a name has 63 letters. What is small is kept longer. */
#define MESSAGE_SIZE	256

enum { GROUP_EVENTS };

/* Events tell of every user's realms, whose objects only this may open. */
static const struct genl_multicast_group groups[] = {
	[GROUP_EVENTS] = {
		.name = CCA_GENL_GROUP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/* Not netnsok: a container is not to know what its host runs. */
static struct genl_family family __ro_after_init = {
	.name = CCA_GENL_NAME,
	.version = CCA_GENL_VERSION,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

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

/* One that finds no memory, or nobody any more, is lost. */
static void send(const struct cca_event *event)
{
	struct sk_buff *skb = genlmsg_new(MESSAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	void *message;

	if (!skb)
		return;
	message = genlmsg_put(skb, 0, 0, &family, 0, event->kind);
	if (!message || put_u64(skb, CCA_EVENT_A_SEQ, event->seq) ||
	    put_realm(skb, event) || put_rest(skb, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, message);
	genlmsg_multicast(&family, skb, 0, GROUP_EVENTS, GFP_KERNEL);
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
	return genl_has_listeners(&family, &init_net, GROUP_EVENTS);
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
	int err = genl_register_family(&family);

	if (!err)
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
}
