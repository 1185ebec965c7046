// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings the rooms up, from the SMC to the door, and down again.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "object.h"

static int __init cca_init(void)
{
	int err;

	err = cca_smc_init();
	if (err)
		return err;
	err = cca_granule_init();
	if (err)
		goto err_smc;
	err = cca_sro_init();
	if (err)
		goto err_granule;
	err = cca_errand_init();
	if (err)
		goto err_sro;
	/* An RMM that is not there is no reason to fail: CCA_INFO says so. */
	err = cca_rmm_init();
	if (err)
		goto err_errand;
	cca_debugfs_init();
	err = cca_ppi_init();
	if (err)
		goto err_rmm;
	err = cca_power_init();
	if (err)
		goto err_ppi;
	err = cca_pressure_init();
	if (err)
		goto err_power;
	err = cca_netlink_init();
	if (err)
		goto err_pressure;
	err = cca_chardev_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	cca_netlink_exit();
err_pressure:
	cca_pressure_exit();
err_power:
	cca_power_exit();
err_ppi:
	cca_ppi_exit();
err_rmm:
	cca_debugfs_exit();
	cca_rmm_exit();
err_errand:
	cca_errand_exit();
err_sro:
	cca_sro_exit();
err_granule:
	cca_granule_exit();
err_smc:
	cca_smc_exit();
	return err;
}

static void __exit cca_exit(void)
{
	cca_chardev_exit();
	cca_pressure_exit();
	/* What was killed may not be over. */
	cca_errand_exit();
	/* And whatever ends from here on is no news. */
	cca_netlink_exit();
	cca_power_exit();
	cca_ppi_exit();
	cca_debugfs_exit();
	/* All granules home first: then the RMM lets go of what tracked them. */
	cca_ledger_trim();
	cca_rmm_exit();
	cca_granule_exit();
	cca_sro_exit();
	cca_smc_exit();
}

module_init(cca_init);
module_exit(cca_exit);

MODULE_DESCRIPTION("Arm CCA realms for user space");
MODULE_AUTHOR("The cca authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(CCA_VERSION);
