// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/cca: text for people who look for the reason.
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "latency.h"
#include "lend.h"

static struct dentry *dir;

/* One line per command that was ever called. */
static int rmi_calls_show(struct seq_file *m, void *unused)
{
	struct cca_smc_counter sum;
	unsigned int n;

	seq_printf(m, "%-5s %-28s %12s %10s %10s %10s %16s %12s\n", "fid", "command",
		   "calls", "busy", "blocked", "retries", "ns", "ns_max");
	for (n = SMC_RMI_FIRST; n <= SMC_RMI_LAST; n++) {
		cca_smc_count(n, &sum);
		if (sum.calls)
			seq_printf(m, "0x%03x %-28s %12llu %10llu %10llu %10llu %16llu %12llu\n",
				   n, cca_rmi_fid_name(n), sum.calls, sum.busy,
				   sum.blocked, sum.retries, sum.time, sum.time_max);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rmi_calls);

static int ledger_show(struct seq_file *m, void *unused)
{
	static const char * const causes[CCA_LEAK_CAUSES] = {
		[CCA_LEAK_UNDELEGATE] = "undelegate",
		[CCA_LEAK_DESTROY] = "destroy",
		[CCA_LEAK_SRO] = "sro",
		[CCA_LEAK_PROTOCOL] = "protocol",
	};
	struct cca_ledger ledger;
	u64 pinned, lost;
	int i;

	cca_ledger_read(&ledger);
	seq_printf(m, "held %llu\n", ledger.held);
	seq_printf(m, "host %llu\n", ledger.host);
	seq_printf(m, "lent %llu\n", ledger.lent);
	seq_printf(m, "delegated %llu\n", ledger.delegated);
	seq_printf(m, "pool %llu\n", ledger.pool);
	seq_printf(m, "reserved %llu\n", ledger.reserved);
	seq_printf(m, "in_use %llu\n", ledger.in_use);
	seq_printf(m, "leaked %llu\n", ledger.leaked);
	for (i = 0; i < CCA_LEAK_CAUSES; i++)
		seq_printf(m, "leaked_%s %llu\n", causes[i], ledger.leaks[i]);
	cca_loans_read(&pinned, &lost);
	seq_printf(m, "pinned %llu\n", pinned);
	seq_printf(m, "pinned_lost %llu\n", lost);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ledger);

static int sro_show(struct seq_file *m, void *unused)
{
	struct cca_sro_counter sum;

	cca_sro_count(&sum);
	seq_printf(m, "operations %llu\n", sum.operations);
	seq_printf(m, "donated %llu\n", sum.donated);
	seq_printf(m, "reclaimed %llu\n", sum.reclaimed);
	seq_printf(m, "cancelled %llu\n", sum.cancelled);
	seq_printf(m, "escaped %llu\n", sum.escaped);
	seq_printf(m, "lost %llu\n", sum.lost);
	seq_printf(m, "foreign %llu\n", sum.foreign);
	seq_printf(m, "inherited %llu\n", sum.inherited);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sro);

static int arenas_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "# page frame, granules, guard, pool\n");
	cca_arenas_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(arenas);

/* More at a time than there are CPUs to drive them is rare; 64 lines will do. */
#define FLIGHTS		64

static int operations_show(struct seq_file *m, void *unused)
{
	const struct cca_sro_flight *f;
	struct cca_sro_flight *flights;
	unsigned int i, n;

	flights = kcalloc(FLIGHTS, sizeof(*flights), GFP_KERNEL);
	if (!flights)
		return -ENOMEM;
	n = cca_sro_list(flights, FLIGHTS);
	seq_printf(m, "%-28s %10s %-8s %10s %10s %10s %12s\n", "command", "thread",
		   "step", "given", "returned", "out", "milliseconds");
	for (i = 0; i < n; i++) {
		f = &flights[i];
		seq_printf(m, "%-28s %10d %-8s %10llu %10llu %10lld %12lld\n",
			   cca_rmi_fid_name(SMC_RMI_NUMBER(f->fid)), f->pid,
			   f->step, f->given, f->returned,
			   (s64)(f->given - f->returned),
			   ktime_ms_delta(ktime_get(), f->since));
	}
	kfree(flights);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(operations);

void cca_debugfs_init(void)
{
	dir = debugfs_create_dir("cca", NULL);
	debugfs_create_file("rmi_calls", 0400, dir, NULL, &rmi_calls_fops);
	debugfs_create_file("ledger", 0400, dir, NULL, &ledger_fops);
	debugfs_create_file("sro", 0400, dir, NULL, &sro_fops);
	debugfs_create_file("arenas", 0400, dir, NULL, &arenas_fops);
	debugfs_create_file("latency", 0600, dir, NULL, &cca_latency_fops);
	debugfs_create_file("operations", 0400, dir, NULL, &operations_fops);
}

void cca_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
