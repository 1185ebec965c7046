#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# libcca from Python, by ctypes alone. Prints TAP. LD_PRELOAD has the mock of the device.
# usage: python.py LIBRARY

import ctypes
import errno
import hashlib
import struct
import sys

cca = ctypes.CDLL(sys.argv[1], use_errno=True)
for name in ("version", "strreason", "exit_name", "event_name", "rmi_command_name", "profile_name"):
    getattr(cca, "cca_" + name).restype = ctypes.c_char_p
cca.cca_measurement_value.restype = ctypes.c_size_t
cca.cca_hash_size.restype = ctypes.c_size_t

POINTER = ctypes.c_void_p
failed = count = 0


def ok(good, name):
    global failed, count
    count += 1
    failed += not good
    print(("ok" if good else "not ok"), count, "-", name)


class Options(ctypes.Structure):
    """struct cca_realm_options, as far as it is wanted: it says its size."""
    _fields_ = [(n, ctypes.c_uint32) for n in
                ("size", "flags", "ipa_bits", "hash", "breakpoints", "watchpoints", "sve_vl", "pmu_counters")]
    _fields_ += [("rpv", ctypes.c_uint8 * 64)]


class RecOptions(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("pc", ctypes.c_uint64),
                ("gprs", ctypes.c_uint64 * 8)]


def measured():
    """The measurement of one page, computed by the library and here."""
    m = POINTER()
    page = bytes(range(256)) * 16
    assert cca.cca_measurement_new(2, None, ctypes.byref(m)) == 0
    assert cca.cca_measurement_extend_data(m, ctypes.c_uint64(0x1000), ctypes.c_uint64(4096), page, 1) == 0
    value = (ctypes.c_uint8 * 64)()
    length = cca.cca_measurement_value(m, value)
    cca.cca_measurement_free(m)
    # The descriptor of a page: type, length, the value before, address, flags, hash of the content.
    descriptor = struct.pack("<QQ64sQQ64s", 0, 0x100, b"", 0x1000, 1, hashlib.sha256(page).digest())
    return bytes(value[:length]), hashlib.sha256(descriptor.ljust(0x100, b"\0")).digest()


ok(cca.cca_version().count(b".") == 2, "there is a version")
ok(cca.cca_exit_name(1) == b"MMIO" and cca.cca_event_name(1) == b"realm-created", "words come as text")
got, want = measured()
ok(got == want and len(got) == 32, "a measurement is what it is by hashlib")

c, realm, rec = POINTER(), POINTER(), POINTER()
ok(cca.cca_open(b"/nowhere", ctypes.byref(c)) == -errno.ENOENT and ctypes.get_errno() == errno.ENOENT,
   "an errno comes both ways")
ok(cca.cca_open(None, ctypes.byref(c)) == 0 and c.value, "the device is opened")
options = Options(size=ctypes.sizeof(Options), ipa_bits=40, breakpoints=2, watchpoints=2)
ok(cca.cca_realm_create(c, ctypes.byref(options), ctypes.byref(realm)) == 0, "a realm with options of the first version")
ok(cca.cca_realm_add_memory(realm, ctypes.c_uint64(0x40000000), ctypes.c_uint64(1 << 20), None) == 0, "it has memory")
ok(cca.cca_realm_populate(realm, ctypes.c_uint64(0x40000000), ctypes.c_uint64(4096),
                          ctypes.create_string_buffer(4096), 1, None) == 0, "and content")
first = RecOptions(size=ctypes.sizeof(RecOptions), flags=1, pc=0x40000000)
ok(cca.cca_rec_create(realm, ctypes.byref(first), ctypes.byref(rec)) == 0, "and a REC")
ok(cca.cca_realm_activate(realm) == 0 and cca.cca_rec_run(rec) == 0, "which runs")
options.size = 4
ok(cca.cca_realm_create(c, ctypes.byref(options), ctypes.byref(POINTER())) == -errno.EINVAL, "options that are too short fail")
for close, handle in ((cca.cca_rec_close, rec), (cca.cca_realm_close, realm), (cca.cca_close, c)):
    close(handle)
print("1..%d" % count)
sys.exit(failed != 0)
