# The drop-in: the legacy names, as one object in an archive.
#
#   make kdb                the drop-in alone: libmtproxy_kdb.a, libmtproxy_kdb_leaf.a and the bare objects
#   make coverage-objects   which legacy objects it replaces, symbol by symbol   [PROXY=relinked-binary] [LEGACY_LIB=libkdb.a]
#   make check-kdb          the hygiene of the archive, leaks, hosts with parts of their own
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# Two levels, each built in a folder of its own from the same crate with other features: kdb, all objects that are covered;
# and kdb_leaf, the objects that share no struct with C that stays, for trees whose structs differ.
LEVELS      := kdb kdb_leaf
KDB_ARCHIVE := $(LIB)/libmtproxy_kdb.a
KDB_LEAF    := $(LIB)/libmtproxy_kdb_leaf.a
KDB         := $(foreach level,$(LEVELS),$(LIB)/lib$(level:%=mtproxy_%).a $(LIB)/mtproxy_$(level).o)
KDB_SHIM    := $(shell find src/kdb/ -name '*.[ch]')

static_of = $(call release_of,$(CARGO_TARGET_DIR)/$(1))/libmtproxy_ffi.a
whole_of  = $(call release_of,$(CARGO_TARGET_DIR)/$(1))/mtproxy_$(1)_whole.o
KDB_STATIC := $(call static_of,kdb)

.PHONY: kdb coverage-objects check-kdb

kdb: $(KDB)
	$(call built,$^)

# Functions of a few nanoseconds each start on a cache line: otherwise the place that a link gives them decides a tenth of
# their time. These are their sections; matching all would cost more text than it gives.
HOT := cfg_* kdb_cpuid matches_pid process_id_is_newer *checksum* *crc32*

# Most of the drop-in runs once, or once for each scrape of a page: without these settings it has a sixth more text, and no
# more speed that could be measured. What is hot says `#[inline]`, and unrolls its loops itself.
COMPACT := -C opt-level=2 $(patsubst %,-C llvm-args=-%,inline-threshold=50 unroll-threshold=40 unroll-runtime=false)
# SHA-256 for processors without instructions for it: 8 KB less, and a tenth more time there.
COMPACT_CRATES := --config 'build.rustflags=["--cfg","sha2_backend_soft=\"compact\""]'

# $(1) is the level: from cargo's library to what is left after garbage collection, with all names (what the checks look
# at), to the object with the promised names only, to the archive. Weak stays weak: a host may bring its own
# get_utime_monotonic.
define drop_in
$(call static_of,$(1)): $(RUST_SOURCES) $(KDB_SHIM) $(SETTINGS) mk/dropin.mk | tools
	$$(forget)
	CC="$(CC)" AR="$(AR)" $(CARGO) rustc --locked --release $(if $(filter kdb,$(1)),$(COMPACT_CRATES)) --lib --crate-type staticlib --features $(1) --target-dir $(CARGO_TARGET_DIR)/$(1) -- --cfg mtproxy_ffi_shipped $(if $(filter kdb,$(1)),$(COMPACT))
	$$(require)
	@touch $$@

$(call whole_of,$(1)): $(call static_of,$(1)) $(GENERATED)/$(1).exports mk/dropin.mk
	$$(call quiet,LD)$(LD) -r --gc-sections $$(call required,$(GENERATED)/$(1).exports) -o $$@ $$<

$(LIB)/mtproxy_$(1).o: $(call whole_of,$(1)) $(GENERATED)/$(1).exports $(GENERATED)/$(1).weak mk/dropin.mk
	@mkdir -p $$(@D)
	$$(call quiet,OBJCOPY)$(OBJCOPY) --keep-global-symbols=$(GENERATED)/$(1).exports --weaken-symbols=$(GENERATED)/$(1).weak --strip-unneeded $(UNSHIPPED) $(HOT:%='--set-section-alignment=.text.%=64') $$< $$@

$(LIB)/libmtproxy_$(1).a: $(LIB)/mtproxy_$(1).o
	@rm -f $$@
	$$(call quiet,AR)$(AR) rcsD $$@ $$<
endef
$(foreach level,$(LEVELS),$(eval $(call drop_in,$(level))))

# Fails where an object is half covered, or a symbol does not fit; the last line says how many are replaced.
coverage-objects: $(KDB_ARCHIVE)
	@test -n '$(PROXY)' || test -z '$(filter command,$(origin PROXY))' || { echo 'coverage-objects: PROXY is empty: say PROXY=path/to/mtproto-proxy' >&2; exit 2; }
	@c-harness/abi/coverage-objects $(KDB_ARCHIVE) $(if $(PROXY),--proxy '$(PROXY)') $(if $(LEGACY_LIB),--legacy-lib '$(LEGACY_LIB)')

check-kdb: $(KDB) $(ARCHIVE) $(LEGACY_LISTS) $(LEGACY_TYPES) $(STAND_INS)
	@SIZE="$(SIZE)" sh c-harness/checks/text.sh $(KDB_ARCHIVE) $(KDB_LEAF)
	@CC="$(CC)" AR="$(AR)" RUN="$(RUN)" c-harness/checks/dropin.sh $(KDB_ARCHIVE) $(call whole_of,kdb) $(KDB_STATIC) $(KDB_EXPORTS) $(BUILD)/kdb
	@for level in $(LEVELS); do CC="$(CC)" AR="$(AR)" RUN="$(RUN)" sh c-harness/checks/weak.sh $(LIB)/libmtproxy_$$level.a $(BUILD) || exit 1; done
