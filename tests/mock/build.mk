# SPDX-License-Identifier: GPL-2.0-only
#
# The library on a machine without a device. The mock stands before the C library, so there are no sanitizers here.

MOCK := $(B)/host/tests/mock

$(MOCK)/libmock.so: tests/mock/mock.c tests/mock/mock.h uapi/linux/cca.h tests/mock/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -fPIC -shared -Wl,-soname,libmock.so -o $@ $< -ldl

$(MOCK)/library: tests/mock/library.c tests/mock/mock.h $(MOCK)/libmock.so $(B)/host/libcca/libcca.so.0
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $@ $(filter %.c %libmock.so %libcca.so.0,$^) -lcmocka \
		-Wl,-rpath,$(abspath $(MOCK)):$(abspath $(B)/host/libcca)

# The test reads both libraries, so they are built before it.
$(MOCK)/embed: tests/mock/embed tests/mock/python.py tests/mock/cplusplus.cc $(MOCK)/libmock.so \
		$(B)/host/libcca/libcca.so.0 $(B)/host/libcca/libcca.a
	$(Q)install -m 755 $< $@

HOST_TESTS += $(MOCK)/library $(MOCK)/embed
