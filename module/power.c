// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of the kernel, and its sleep.
 *
 * A page of the realm world faults whoever touches it, and the next kernel does
 * not know which pages those are. So at reboot, kexec and power-off every realm
 * is ended and every granule comes home, whatever user space still holds (R14).
 * A kernel that sleeps loses what the RMM has, or cannot be sure that it does
 * not: it does not go to sleep while pages are out (R13). A kernel that panics
 * gives back what it can before a crash kernel looks at its memory.
 *
 * Commands pass a gate. It is closed while the machine falls asleep; at the end
 * of the kernel they pass, and find that there is nothing to be had. In both
 * cases those on their way are waited for, but not for ever: a user may hold one
 * up (a source page that never comes), and must not be able to hold up a reboot.
 */
#include <linux/atomic.h>
#include <linux/debug_locks.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/suspend.h>
#include <linux/wait.h>

#include "object.h"

/* How long the end waits for commands on their way. */
#define QUIET_TIMEOUT		(5 * HZ)
/* What a crash kernel may be kept waiting for. */
#define PANIC_SECONDS		10
/* Tracking memory may lie in memory that is tracked by other such memory. */
#define EVACUATE_ROUNDS		64

static DECLARE_WAIT_QUEUE_HEAD(opened);

struct cca_gate cca_gate = {
	.users = ATOMIC_INIT(0),
	.quiet = __WAIT_QUEUE_HEAD_INITIALIZER(cca_gate.quiet),
};

/* ----------------------------------------------------------------- the gate */

/*
 * While the machine falls asleep a command waits, and is frozen with its
 * caller. At the end it goes on, to learn that there is nothing to be had.
 */
int cca_power_wait(void)
{
	for (;;) {
		cca_power_leave();
		if (wait_event_interruptible(opened, !READ_ONCE(cca_gate.asleep)))
			return -ERESTARTSYS;
		cca_power_hold();
		smp_mb__after_atomic();
		if (!READ_ONCE(cca_gate.asleep))
			return 0;
	}
}

static void set_asleep(bool asleep)
{
	WRITE_ONCE(cca_gate.asleep, asleep);
	smp_mb();
	if (!asleep)
		wake_up_all(&opened);
}

static bool all_quiet(void)
{
	return wait_event_timeout(cca_gate.quiet, !atomic_read(&cca_gate.users),
				  QUIET_TIMEOUT) &&
	       cca_errands_wait(QUIET_TIMEOUT);
}

/* ------------------------------------------------------------------- the end */

/* Granules that a kernel without this module must not touch. */
static u64 out_there(void)
{
	struct cca_ledger ledger;

	cca_ledger_read(&ledger);
	return ledger.delegated + ledger.lent + ledger.leaked;
}

/* All that nobody uses, until nothing more comes home. */
static void evacuate(void)
{
	unsigned int round;
	u64 before, left = out_there();

	for (round = 0; left && round < EVACUATE_ROUNDS; round++) {
		before = left;
		cca_ledger_evacuate();
		cca_rmm_release();
		left = out_there();
		if (left >= before)
			break;
	}
}

static int end(struct notifier_block *nb, unsigned long action, void *command)
{
	unsigned int realms = cca_realms(), memories = cca_memories(), alive;
	u64 before = out_there(), left;

	cca_rmm_close();
	set_asleep(false);
	cca_realms_stop();
	if (!all_quiet())
		pr_warn("cca: commands are still on their way, going on without them\n");
	alive = cca_realms_destroy();
	evacuate();
	cca_rmm_leave();
	evacuate();

	left = out_there();
	if (realms || memories || before)
		pr_info("cca: the kernel ends: %u realms and %u memory objects given up, %llu granules returned\n",
			realms, memories, before - min(before, left));
	if (left)
		pr_err("cca: %llu granules stay with the RMM (%u realms would not go): a kernel that is started by kexec must not touch them, and does not know\n",
		       left, alive);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = end,
};

/* --------------------------------------------------------------------- sleep */

static const char *what_is_out(void)
{
	if (cca_realms())
		return "a realm";
	if (cca_memories())
		return "memory that is set aside for realms";
	cca_ledger_trim();
	return out_there() ? "memory that the RMM has not given back" : NULL;
}

/*
 * A hibernation image has nothing of what is in realms, and a machine that was
 * off has another RMM. Whether the RMM's state survives suspend-to-RAM nobody
 * says, and the kernel does not tell which suspend this will be.
 */
static int fall_asleep(const char *what)
{
	const char *out;

	set_asleep(true);
	out = what_is_out();
	if (!out && !all_quiet())
		out = "a command on its way";
	/* It may have brought something about. */
	if (!out)
		out = what_is_out();
	if (!out)
		return NOTIFY_OK;
	set_asleep(false);
	pr_err("cca: no %s: it would lose %s; destroy realms and release memory objects first\n",
	       what, out);
	return notifier_from_errno(-EBUSY);
}

static int sleep(struct notifier_block *nb, unsigned long action, void *unused)
{
	switch (action) {
	case PM_HIBERNATION_PREPARE:
		return fall_asleep("hibernation");
	case PM_RESTORE_PREPARE:
		return fall_asleep("resume from hibernation");
	case PM_SUSPEND_PREPARE:
		return fall_asleep("suspend");
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
	case PM_POST_SUSPEND:
		cca_rmm_resume();
		set_asleep(false);
		return NOTIFY_OK;
	}
	return NOTIFY_DONE;
}

static struct notifier_block sleep_notifier = {
	.notifier_call = sleep,
};

/* --------------------------------------------------------------------- panic */

/*
 * Runs before the crash kernel only with crash_kexec_post_notifiers. The other
 * CPUs stand still, perhaps with a lock: whatever is locked is left alone.
 */
static int give_back(struct notifier_block *nb, unsigned long event, void *text)
{
	u64 before, left;

	if (!kexec_crash_loaded() || !cca_ledger_at_rest())
		return NOTIFY_DONE;
	before = out_there();
	if (!before)
		return NOTIFY_DONE;

	/* Locks are looked at here, not taken: for lockdep that is too much. */
	debug_locks_off();
	cca_smc_alone(PANIC_SECONDS);
	cca_realms_abandon();
	evacuate();
	left = out_there();
	pr_emerg("cca: %llu granules returned for the crash kernel, %llu stay with the RMM%s\n",
		 before - min(before, left), left,
		 left ? ": reading them there is fatal" : "");
	return NOTIFY_DONE;
}

static struct notifier_block panic_notifier = {
	.notifier_call = give_back,
};

int cca_power_init(void)
{
	int err;

	err = register_reboot_notifier(&reboot_notifier);
	if (err)
		return err;
	err = register_pm_notifier(&sleep_notifier);
	if (err) {
		unregister_reboot_notifier(&reboot_notifier);
		return err;
	}
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	return 0;
}

void cca_power_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_pm_notifier(&sleep_notifier);
	unregister_reboot_notifier(&reboot_notifier);
}
