# The main job: a C host that uses the whole API on real input, linked with each form of the library.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

CONFIG ?= c-harness/host/proxy-multi.conf
HOST_SOURCES := $(wildcard c-harness/host/*.c) c-harness/lib/jobs_host.c include/mtproxy_ffi_bridge.c
HOST_OBJECTS := $(patsubst %.c,$(BUILD)/host/%.o,$(notdir $(HOST_SOURCES)))
HOSTS := $(addprefix $(BUILD)/host/host-,archive object shared)

vpath %.c c-harness/host c-harness/lib include

$(BUILD)/host/%.o: %.c $(BOUNDARY_LISTS) $(LEGACY_TYPES) $(wildcard c-harness/host/*.h include/*.h) c-harness/lib/jobs_host.h $(SETTINGS) | tools
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=c11 $(CFLAGS) $(C_WARNINGS) -Iinclude -Ic-harness/lib -I$(GENERATED) -c -o $@ $<

$(BUILD)/host/host-archive: $(HOST_OBJECTS) $(ARCHIVE)
	$(call quiet,LINK)$(CC) -o $@ $(HOST_OBJECTS) -L$(LIB) -Wl,-Bstatic -lmtproxy_ffi -Wl,-Bdynamic -lpthread

$(BUILD)/host/host-object: $(HOST_OBJECTS) $(OBJECT)
	$(call quiet,LINK)$(CC) -o $@ $(HOST_OBJECTS) $(OBJECT) -lpthread

$(BUILD)/host/host-shared: $(HOST_OBJECTS) $(SHARED)
	$(call quiet,LINK)$(CC) -o $@ $(HOST_OBJECTS) -L$(LIB) -lmtproxy_ffi -lpthread -Wl,-rpath,$(CURDIR)/$(LIB)

.PHONY: run
run: $(BOUNDARY) $(KDB) $(HOSTS)
	@$(BUILD)/host/host-archive $(CONFIG)
	@for kind in object shared; do \
	  printf '\nThe same host with the library as %s: ' "$$kind"; \
	  $(BUILD)/host/host-$$kind $(CONFIG) >$(BUILD)/host/$$kind.log || { cat $(BUILD)/host/$$kind.log; exit 1; }; \
	  echo "$$(tail -n 1 $(BUILD)/host/$$kind.log) bound and working"; \
	done
	$(call built,$(BOUNDARY) $(KDB))
