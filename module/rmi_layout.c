// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every field of every structure that the RMM reads or writes, against the
 * offsets of the specification (D.1 to D.4). No code.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>

#include "rmi.h"

#define AT(_struct, _field, _offset) \
	static_assert(offsetof(struct _struct, _field) == (_offset))
#define SIZE(_struct, _size) \
	static_assert(sizeof(struct _struct) == (_size))
#define WIDE(_struct, _field, _size) \
	static_assert(sizeof(((struct _struct *)0)->_field) == (_size))

AT(rmi_rmm_config, tracking_region_size, 0x000);
AT(rmi_rmm_config, rmi_granule_size, 0x008);
SIZE(rmi_rmm_config, 0x1000);

AT(rmi_realm_params, flags0, 0x000);
AT(rmi_realm_params, s2sz, 0x008);
AT(rmi_realm_params, sve_vl, 0x010);
AT(rmi_realm_params, num_bps, 0x018);
AT(rmi_realm_params, num_wps, 0x020);
AT(rmi_realm_params, pmu_num_ctrs, 0x028);
AT(rmi_realm_params, hash_algo, 0x030);
AT(rmi_realm_params, num_aux_planes, 0x038);
AT(rmi_realm_params, rpv, 0x400);
WIDE(rmi_realm_params, rpv, 64);
AT(rmi_realm_params, ats_plane, 0x440);
AT(rmi_realm_params, rtt_base, 0x808);
AT(rmi_realm_params, rtt_level_start, 0x810);
WIDE(rmi_realm_params, rtt_level_start, 8);
AT(rmi_realm_params, rtt_num_start, 0x818);
AT(rmi_realm_params, flags1, 0x820);
AT(rmi_realm_params, max_num_vdevs, 0x828);
AT(rmi_realm_params, aux_rtt_base, 0xf80);
WIDE(rmi_realm_params, aux_rtt_base, 24);
SIZE(rmi_realm_params, 0x1000);

AT(rmi_rec_params, flags, 0x000);
AT(rmi_rec_params, mpidr, 0x100);
AT(rmi_rec_params, pc, 0x200);
AT(rmi_rec_params, gprs, 0x300);
WIDE(rmi_rec_params, gprs, 64);
SIZE(rmi_rec_params, 0x1000);

AT(rmi_rec_enter, flags, 0x000);
AT(rmi_rec_enter, gprs, 0x200);
WIDE(rmi_rec_enter, gprs, 31 * 8);
SIZE(rmi_rec_enter, 0x800);

AT(rmi_rec_exit, exit_reason, 0x000);
AT(rmi_rec_exit, esr, 0x100);
AT(rmi_rec_exit, far, 0x108);
AT(rmi_rec_exit, hpfar, 0x110);
AT(rmi_rec_exit, rtt_tree, 0x118);
AT(rmi_rec_exit, rtt_level, 0x120);
AT(rmi_rec_exit, gprs, 0x200);
WIDE(rmi_rec_exit, gprs, 31 * 8);
AT(rmi_rec_exit, cntp_ctl, 0x400);
AT(rmi_rec_exit, cntp_cval, 0x408);
AT(rmi_rec_exit, cntv_ctl, 0x410);
AT(rmi_rec_exit, cntv_cval, 0x418);
AT(rmi_rec_exit, ripas_base, 0x500);
AT(rmi_rec_exit, ripas_top, 0x508);
AT(rmi_rec_exit, ripas_value, 0x510);
WIDE(rmi_rec_exit, ripas_value, 1);
AT(rmi_rec_exit, s2ap_base, 0x520);
AT(rmi_rec_exit, s2ap_top, 0x528);
AT(rmi_rec_exit, vdev_id_1, 0x530);
AT(rmi_rec_exit, vdev_id_2, 0x538);
AT(rmi_rec_exit, dev_mem_base, 0x540);
AT(rmi_rec_exit, dev_mem_top, 0x548);
AT(rmi_rec_exit, dev_mem_pa, 0x550);
AT(rmi_rec_exit, imm, 0x600);
WIDE(rmi_rec_exit, imm, 2);
AT(rmi_rec_exit, plane, 0x608);
AT(rmi_rec_exit, pmu_ovf_status, 0x700);
AT(rmi_rec_exit, vsmmu, 0x710);
SIZE(rmi_rec_exit, 0x800);

AT(rmi_rec_run, enter, 0x000);
AT(rmi_rec_run, exit, 0x800);
SIZE(rmi_rec_run, 0x1000);
