# The drop-in: the legacy names, as one object in an archive.
#
#   make kdb                the drop-in alone: libmtproxy_kdb.a and the bare object
#   make coverage-objects   which legacy objects it replaces, symbol by symbol   [PROXY=relinked-binary] [LEGACY_LIB=libkdb.a]
#   make check-kdb          the recorded behaviour and the hygiene of the archive
#
# SPDX-License-Identifier: LGPL-2.0-or-later

KDB_OBJECT  := $(LIB)/mtproxy_kdb.o
KDB_ARCHIVE := $(LIB)/libmtproxy_kdb.a
KDB         := $(KDB_ARCHIVE) $(KDB_OBJECT)
# In a folder of its own: the same crate with other features.
KDB_BUILD   := $(CARGO_TARGET_DIR)/kdb
KDB_STATIC  := $(call release_of,$(KDB_BUILD))/libmtproxy_ffi.a
KDB_WHOLE   := $(KDB_BUILD)/mtproxy_kdb_whole.o
KDB_SHIM    := $(shell find src/kdb/ -name '*.[ch]')

.PHONY: kdb coverage-objects check-kdb

kdb: $(KDB)
	$(call built,$^)

$(KDB_STATIC): $(RUST_SOURCES) $(KDB_SHIM) $(SETTINGS) | tools
	$(forget)
	CC="$(CC)" $(CARGO) rustc --locked --release --lib --crate-type staticlib --features kdb --target-dir $(KDB_BUILD) -- --cfg mtproxy_ffi_shipped
	$(require)
	@touch $@

# What is left after garbage collection, with all names: what the checks look at.
$(KDB_WHOLE): $(KDB_STATIC) $(KDB_EXPORTS) mk/dropin.mk
	$(call quiet,LD)$(LD) -r --gc-sections $(call required,$(KDB_EXPORTS)) -o $@ $<

# Weak stays weak: a host may bring its own get_utime_monotonic.
$(KDB_OBJECT): $(KDB_WHOLE) $(KDB_EXPORTS) $(KDB_WEAK) mk/dropin.mk
	@mkdir -p $(@D)
	$(call quiet,OBJCOPY)$(OBJCOPY) --keep-global-symbols=$(KDB_EXPORTS) --weaken-symbols=$(KDB_WEAK) --strip-unneeded $(UNSHIPPED) $< $@

$(KDB_ARCHIVE): $(KDB_OBJECT)
	@rm -f $@
	$(call quiet,AR)$(AR) rcsD $@ $<

# Fails where an object is half covered, or a symbol does not fit; the last line says how many are replaced.
coverage-objects: $(KDB_ARCHIVE)
	@c-harness/abi/coverage-objects $(KDB_ARCHIVE) $(if $(PROXY),--proxy '$(PROXY)') $(if $(LEGACY_LIB),--legacy-lib '$(LEGACY_LIB)')

check-kdb: $(KDB_ARCHIVE) $(ARCHIVE)
	@CC="$(CC)" AR="$(AR)" SIZE="$(SIZE)" RUN="$(RUN)" c-harness/kdb/check $(KDB_ARCHIVE) $(KDB_WHOLE) $(KDB_STATIC) $(KDB_EXPORTS) $(BUILD)/kdb
