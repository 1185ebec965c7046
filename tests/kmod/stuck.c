// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test module: lets the EL1 timers of every CPU fire where there is no guest,
 * which KVM answers by leaving their interrupts active. From then on they do
 * not come again. With look=1 it changes nothing. Loading fails with EALREADY
 * if one is active in the end, with ECANCELED if none is.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/smp.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>

static bool look;
module_param(look, bool, 0444);

static int irqs[2];		/* physical, virtual */

static void start(void *unused)
{
	write_sysreg_s(0, SYS_CNTV_CVAL_EL02);
	write_sysreg_s(0, SYS_CNTP_CVAL_EL02);
	write_sysreg_s(1, SYS_CNTV_CTL_EL02);
	write_sysreg_s(1, SYS_CNTP_CTL_EL02);
	isb();
}

static void stop(void *unused)
{
	write_sysreg_s(0, SYS_CNTV_CTL_EL02);
	write_sysreg_s(0, SYS_CNTP_CTL_EL02);
	isb();
}

static void read_state(void *seen)
{
	bool active;
	int i;

	for (i = 0; i < 2; i++)
		if (!irq_get_irqchip_state(irqs[i], IRQCHIP_STATE_ACTIVE, &active) && active)
			atomic_inc(seen);
}

static int __init stuck_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,armv8-timer");
	atomic_t seen = ATOMIC_INIT(0);
	int i;

	if (!node)
		return -ENODEV;
	for (i = 0; i < 2; i++)
		irqs[i] = of_irq_get(node, 1 + i);
	of_node_put(node);
	if (!look) {
		on_each_cpu(start, NULL, 1);
		msleep(20);
		on_each_cpu(stop, NULL, 1);
	}
	on_each_cpu(read_state, &seen, 1);
	return atomic_read(&seen) ? -EALREADY : -ECANCELED;
}

module_init(stuck_init);

MODULE_DESCRIPTION("Test module: timers that fire for nobody");
MODULE_LICENSE("GPL");
