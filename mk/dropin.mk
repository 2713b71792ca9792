# The drop-in: the legacy names, as one object in an archive.
#
#   make kdb                the drop-in alone: libmtproxy_kdb.a, libmtproxy_kdb_leaf.a and the bare objects
#   make coverage-objects   which legacy objects it replaces, symbol by symbol   [PROXY=relinked-binary] [LEGACY_LIB=libkdb.a]
#   make check-kdb          the symbols of the archive, leaks, hosts that define some of its functions themselves
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# Two levels, each built in a folder of its own from the same crate with other features: kdb, all objects that are replaced;
# and kdb_leaf, the objects that share no struct with C that stays, for trees whose structs differ.
LEVELS      := kdb kdb_leaf
KDB_ARCHIVE := $(LIB)/libmtproxy_kdb.a
KDB_LEAF    := $(LIB)/libmtproxy_kdb_leaf.a
KDB         := $(foreach level,$(LEVELS),$(LIB)/lib$(level:%=mtproxy_%).a $(LIB)/mtproxy_$(level).o)
KDB_SHIM    := $(shell find src/kdb/ -name '*.[ch]')

static_of = $(call release_of,$(CARGO_TARGET_DIR)/$(1))/libmtproxy_ffi.a
whole_of  = $(CARGO_TARGET_DIR)/$(1)/mtproxy_$(1)_whole.o
KDB_STATIC := $(call static_of,kdb)

.PHONY: kdb coverage-objects check-kdb

kdb: $(KDB)
	$(call built,$^)

# $(1) is the level. The steps: cargo's library; the object after garbage collection, with all names, which the checks read;
# the object with the promised names only; the archive. Weak symbols stay weak, so that a host can define
# get_utime_monotonic itself.
define drop_in
$(call static_of,$(1)): $(RUST_SOURCES) $(KDB_SHIM) $(SETTINGS) | tools
	$$(forget)
	CC="$(CC)" $(CARGO) rustc --locked --release --lib --crate-type staticlib --features $(1) --target-dir $(CARGO_TARGET_DIR)/$(1) -- --cfg mtproxy_ffi_shipped
	$$(require)
	@touch $$@

$(call whole_of,$(1)): $(call static_of,$(1)) $(GENERATED)/$(1).exports mk/dropin.mk
	$$(call quiet,LD)$(LD) -r --gc-sections $$(call required,$(GENERATED)/$(1).exports) -o $$@ $$<

$(LIB)/mtproxy_$(1).o: $(call whole_of,$(1)) $(GENERATED)/$(1).exports $(GENERATED)/$(1).weak mk/dropin.mk
	@mkdir -p $$(@D)
	$$(call quiet,OBJCOPY)$(OBJCOPY) --keep-global-symbols=$(GENERATED)/$(1).exports --weaken-symbols=$(GENERATED)/$(1).weak --strip-unneeded $(UNSHIPPED) $$< $$@

$(LIB)/libmtproxy_$(1).a: $(LIB)/mtproxy_$(1).o
	@rm -f $$@
	$$(call quiet,AR)$(AR) rcsD $$@ $$<
endef
$(foreach level,$(LEVELS),$(eval $(call drop_in,$(level))))

# Fails if an object is half covered, or a symbol does not fit. The last line counts the replaced objects.
coverage-objects: $(KDB_ARCHIVE)
	@c-harness/abi/coverage-objects $(KDB_ARCHIVE) $(if $(PROXY),--proxy '$(PROXY)') $(if $(LEGACY_LIB),--legacy-lib '$(LEGACY_LIB)')

check-kdb: $(KDB) $(ARCHIVE) $(LEGACY_LISTS) $(LEGACY_TYPES)
	@SIZE="$(SIZE)" sh c-harness/checks/text.sh $(KDB_ARCHIVE) $(KDB_LEAF)
	@CC="$(CC)" AR="$(AR)" RUN="$(RUN)" c-harness/checks/dropin.sh $(KDB_ARCHIVE) $(call whole_of,kdb) $(KDB_STATIC) $(KDB_EXPORTS) $(BUILD)/kdb
