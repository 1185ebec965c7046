# SPDX-License-Identifier: GPL-2.0-only
#
# What is made from the tables of the command, by a program that is built for it: manual pages, completion.

GENERATE := $(B)/host/tools/generate
GENERATED := $(B)/host/tools/generated
GENERATE_OBJ := $(patsubst tools/generate/%.c,$(GENERATE)/%.o,$(wildcard tools/generate/*.c))

# The names of the verbs are needed before anything is built; tests/package/manual holds them against the table.
CCA_VERBS := $(shell sed -nE 's/.*[ 	]verb_([a-z]+)[,}].*/\1/p' tools/verbs.c)

# A packager says when; else it is the time of the newest part of the table.
MANUAL_DATE = $$(date -u -d "@$${SOURCE_DATE_EPOCH:-$$(stat -c %Y tools/verbs.c tools/options.c | sort -n | tail -n 1)}" +%F)

$(GENERATE)/%.o: tools/generate/%.c tools/generate/build.mk tools/build.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 $(WARN) $(INCLUDES) -D_GNU_SOURCE -MMD -MP $(CFLAGS) -c -o $@ $<

$(GENERATE)/generate: $(GENERATE_OBJ) $(filter-out $(B)/host/tools/main.o,$(CCA_HOST_OBJ)) \
		$(B)/host/libcca/libcca.a
	$(Q)$(HOSTCC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $$($(PKG_CONFIG) --libs $(CCA_LIBS)) $(CCA_LINK)

$(GENERATED)/cca.8: $(GENERATE)/generate
	@mkdir -p $(@D)
	$(Q)$< man "$(MANUAL_DATE)" >$@

$(CCA_VERBS:%=$(GENERATED)/cca-%.8): $(GENERATED)/cca-%.8: $(GENERATE)/generate
	@mkdir -p $(@D)
	$(Q)$< man "$(MANUAL_DATE)" $* >$@

$(GENERATED)/cca.bash: $(GENERATE)/generate
	@mkdir -p $(@D)
	$(Q)$< bash >$@

$(GENERATED)/_cca: $(GENERATE)/generate
	@mkdir -p $(@D)
	$(Q)$< zsh >$@

GENERATED_FILES := $(GENERATED)/cca.8 $(CCA_VERBS:%=$(GENERATED)/cca-%.8) $(GENERATED)/cca.bash $(GENERATED)/_cca

ALL += $(GENERATED_FILES)
INSTALL += $(GENERATED)/cca.8:$(mandir)/man8/cca.8:0644
INSTALL += $(foreach v,$(CCA_VERBS),$(GENERATED)/cca-$(v).8:$(mandir)/man8/cca-$(v).8:0644)
INSTALL += $(GENERATED)/cca.bash:$(datarootdir)/bash-completion/completions/cca:0644
INSTALL += $(GENERATED)/_cca:$(datarootdir)/zsh/vendor-completions/_cca:0644

-include $(GENERATE_OBJ:.o=.d)

# The test reads all of it, and asks the command, so they are built before it.
$(B)/host/tests/package/manual: tests/package/manual $(GENERATED_FILES) $(B)/host/tools/cca $(B)/host/libcca/libcca.3 | $(HOST_READY)
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

HOST_TESTS += $(B)/host/tests/package/manual
