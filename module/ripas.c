// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a realm says about its own addresses: RAM that it gives away and takes
 * back, carried out region by region.
 *
 * The RMM remembers how far a request came, and tells the realm at the next
 * entry; a realm that was not refused asks again for the rest. So it is no
 * fault to stop anywhere: at a signal, at what the VMM has to decide.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "object.h"

/* The VMM hears of what is left, up to `end`. */
static int tell(struct cca_rec *rec, u64 end, bool ask)
{
	rec->ripas.granted = end;
	rec->ripas.told = true;
	rec->ripas.ask = ask;
	return CCA_RIPAS_TELL;
}

/*
 * One region's part of it. 0: done, go on behind it. -ECANCELED: no further,
 * and the realm learns that; none of the errnos of a command.
 */
static int change_region(struct cca_rec *rec, const struct cca_region *region,
			 struct cca_outcome *out)
{
	u64 end = min(rec->ripas.top, region->top);
	struct cca_realm *realm = rec->realm;
	u64 next;
	int ret;

	if (region->ask) {
		if (rec->ripas.base >= rec->ripas.granted)
			return tell(rec, end, true);
		end = min(end, rec->ripas.granted);
	}
	ret = cca_rtt_set_ripas(realm, rec->pa, rec->ripas.base, end,
				rec->ripas.value, &next, out);
	rec->ripas.base = next;
	ret = cca_realm_result(realm, ret, out);
	if (ret || next == end)
		return ret;
	/* What was asked of the VMM goes on at the next RUN. */
	if (signal_pending(current))
		return -ECANCELED;
	/* The RMM will not: destroyed, and the realm did not say that it knows. */
	rec->ripas.ask = false;
	rec->next = RMI_ENTER_RIPAS_REJECT;
	return -ECANCELED;
}

static int change(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_region *region;
	int ret = 0;

	while (!ret && rec->ripas.base < rec->ripas.top) {
		region = cca_region_find(rec->realm, rec->ripas.base);
		/* Nobody declared it: the VMM's to know, and refused. */
		ret = region ? change_region(rec, region, out) :
			       tell(rec, rec->ripas.top, false);
	}
	if (!ret)
		rec->ripas.ask = false;
	return ret == -ECANCELED ? 0 : ret;
}

int cca_ripas_go_on(struct cca_rec *rec, struct cca_outcome *out)
{
	struct cca_realm *realm = rec->realm;
	int ret;

	ret = cca_realm_lock(realm);
	if (ret)
		return ret;
	/* If not, the loop sees it too, and says it better. */
	if (realm->state == CCA_REALM_ACTIVE)
		ret = change(rec, out);
	mutex_unlock(&realm->lock);
	return ret;
}

int cca_ripas_begin(struct cca_rec *rec, struct cca_outcome *out)
{
	const struct rmi_rec_exit *from = &rec->run->exit;

	rec->ripas.base = READ_ONCE(from->ripas_base);
	rec->ripas.top = READ_ONCE(from->ripas_top);
	rec->ripas.value = READ_ONCE(from->ripas_value);
	if (rec->ripas.value > RMI_RIPAS_RAM || rec->ripas.base >= rec->ripas.top)
		return tell(rec, rec->ripas.top, false);
	return cca_ripas_go_on(rec, out);
}
