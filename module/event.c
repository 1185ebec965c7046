// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events on their way out: what happened is written down here, under whatever
 * lock it happens, and told to the world by netlink.c, which may sleep.
 *
 * The room is a ring of fixed size. What does not fit is lost, and the number
 * that each event has says so. Nobody's work waits for a listener.
 */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cca.h"

#define EVENTS		256

static DEFINE_SPINLOCK(lock);
static struct cca_event ring[EVENTS];
static unsigned int first, count;
static u64 last_seq;
static const struct cca_event_door *door;

/* Pages are lost one by one, and told in sums. */
static bool added(const struct cca_event *event)
{
	struct cca_event *last = &ring[(first + count - 1) % EVENTS];

	if (!count || event->kind != CCA_EVENT_PAGES_LEAKED ||
	    last->kind != event->kind || last->realm != event->realm ||
	    last->cause != event->cause)
		return false;
	last->granules += event->granules;
	return true;
}

static void append(const struct cca_event *event)
{
	struct cca_event *slot;

	last_seq++;
	if (count == EVENTS)
		return;
	slot = &ring[(first + count++) % EVENTS];
	*slot = *event;
	slot->seq = last_seq;
}

void cca_event(const struct cca_event *event)
{
	const struct cca_event_door *to = READ_ONCE(door);

	/* After a panic the lock may be somebody's who will never let go. */
	if (!to || cca_alone() || !to->wanted())
		return;
	spin_lock(&lock);
	if (!added(event))
		append(event);
	/* Under the lock: once the door is closed nobody knocks. */
	if (door)
		door->knock();
	spin_unlock(&lock);
}

void cca_event_trouble(u32 realm, const struct cca_outcome *out)
{
	cca_event(&(struct cca_event){
		.kind = CCA_EVENT_RMM_TROUBLE,
		.realm = realm,
		.reason = out->reason ?: CCA_REASON_RMI,
		.rmi_fid = out->rmi_fid,
		.rmi_status = out->rmi_status,
	});
}

bool cca_event_take(struct cca_event *event)
{
	bool any;

	spin_lock(&lock);
	any = count;
	if (any) {
		*event = ring[first];
		first = (first + 1) % EVENTS;
		count--;
	}
	spin_unlock(&lock);
	return any;
}

void cca_events_open(const struct cca_event_door *to)
{
	spin_lock(&lock);
	WRITE_ONCE(door, to);
	spin_unlock(&lock);
}

void cca_events_close(void)
{
	cca_events_open(NULL);
}
