// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long commands take: a histogram for each, by powers of two.
 *
 * It costs 50 KiB a CPU and some instructions a command, so nothing is counted
 * before somebody writes 1 to /sys/kernel/debug/cca/latency. There is no
 * allocation on the way of a command, and what is counted stays when it is
 * switched off: to write 1 again begins from nothing.
 */
#include <linux/bitops.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "latency.h"
#include "rmi_status.h"

/* The last one has all that take longer. */
#define BUCKETS		32

struct histograms {
	u64 command[SMC_RMI_COUNT][BUCKETS];
};

DEFINE_STATIC_KEY_FALSE(cca_latency_on);

/* There from the first switching on to the end of the module; under the lock. */
static struct histograms *histograms[NR_CPUS];
static DEFINE_MUTEX(lock);

void cca_latency_add(unsigned int n, u64 ticks)
{
	struct histograms *mine;

	if (n < SMC_RMI_FIRST || n > SMC_RMI_LAST)
		return;
	preempt_disable();
	/* A CPU that came later has none. */
	mine = READ_ONCE(histograms[smp_processor_id()]);
	if (mine)
		mine->command[n - SMC_RMI_FIRST][min(fls64(ticks), BUCKETS - 1)]++;
	preempt_enable();
}

static int switch_on(void)
{
	struct histograms *mine;
	int cpu;

	for_each_possible_cpu(cpu) {
		if (histograms[cpu]) {
			memset(histograms[cpu], 0, sizeof(*histograms[cpu]));
			continue;
		}
		mine = vzalloc(sizeof(*mine));
		if (!mine)
			return -ENOMEM;
		WRITE_ONCE(histograms[cpu], mine);
	}
	static_branch_enable(&cca_latency_on);
	return 0;
}

static ssize_t latency_write(struct file *file, const char __user *text,
			     size_t length, loff_t *at)
{
	bool on;
	int ret;

	ret = kstrtobool_from_user(text, length, &on);
	if (ret)
		return ret;
	mutex_lock(&lock);
	if (on)
		ret = switch_on();
	else
		static_branch_disable(&cca_latency_on);
	mutex_unlock(&lock);
	return ret ? ret : length;
}

/* Bucket b has what took from 2^(b-1) ticks to below 2^b; 0: no tick. */
static void show_bucket(struct seq_file *m, unsigned int n, unsigned int b)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (histograms[cpu])
			sum += READ_ONCE(histograms[cpu]->command[n - SMC_RMI_FIRST][b]);
	if (sum)
		seq_printf(m, "0x%03x %-28s %14llu %12llu\n", n, cca_rmi_fid_name(n),
			   b ? cca_ticks_ns(1ULL << (b - 1)) : 0, sum);
}

static int latency_show(struct seq_file *m, void *unused)
{
	unsigned int n, b;

	mutex_lock(&lock);
	seq_printf(m, "# %s\n", static_key_enabled(&cca_latency_on) ? "on" : "off");
	seq_printf(m, "%-5s %-28s %14s %12s\n", "fid", "command", "from_ns", "calls");
	for (n = SMC_RMI_FIRST; n <= SMC_RMI_LAST; n++)
		for (b = 0; b < BUCKETS; b++)
			show_bucket(m, n, b);
	mutex_unlock(&lock);
	return 0;
}

static int latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, latency_show, NULL);
}

const struct file_operations cca_latency_fops = {
	.owner = THIS_MODULE,
	.open = latency_open,
	.read = seq_read,
	.write = latency_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* No command is made any more. */
void cca_latency_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vfree(histograms[cpu]);
}
