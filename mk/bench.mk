# Measurements. They are not part of any test.
#
#   make bench [LEGACY_LIB=path/to/libkdb.a] [QUICK=1] [CHECK=1] [ONLY=family]
#   make bench-instructions [ONLY=family]
#
# SPDX-License-Identifier: LGPL-2.0-or-later

BENCH_SOURCES := $(wildcard c-harness/bench/*.c) c-harness/lib/relink.c
BENCH_OBJECTS := $(patsubst %.c,$(BUILD)/bench/%.o,$(notdir $(BENCH_SOURCES)))
BENCH_HEADERS := $(wildcard c-harness/bench/*.h c-harness/lib/*.h) include/mtproxy_ffi.h $(BOUNDARY_LISTS) $(LEGACY_LISTS) $(LEGACY_TYPES)
# Aligned, because the alignment of loops of a few cycles would be measured too.
BENCH_CFLAGS  := -falign-functions=64 -falign-loops=64

# A whole run is written to docs/; a partial one stays in the build folder.
BENCH_REPORT := $(if $(QUICK)$(ONLY),$(BUILD)/bench/benchmarks.md,docs/benchmarks.md)
BENCH_CHART  := $(BENCH_REPORT:.md=.svg)
BENCH_RUN = CC='$(CC)' $(BUILD)/bench/bench --ours $(SHARED) --dropin $(KDB_ARCHIVE) $(if $(LEGACY_LIB),--original '$(LEGACY_LIB)')

$(BUILD)/bench/%.o: c-harness/bench/%.c $(BENCH_HEADERS) $(SETTINGS) | tools
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=c11 -D_GNU_SOURCE $(CFLAGS) $(BENCH_CFLAGS) $(C_WARNINGS) -Iinclude -Ic-harness/lib -I$(GENERATED) -c -o $@ $<

$(BUILD)/bench/relink.o: c-harness/lib/relink.c $(BENCH_HEADERS) $(SETTINGS) | tools
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=c11 -D_GNU_SOURCE $(CFLAGS) $(C_WARNINGS) -c -o $@ $<

$(BUILD)/bench/bench: $(BENCH_OBJECTS)
	$(call quiet,LINK)$(CC) -o $@ $(BENCH_OBJECTS) -ldl

.PHONY: bench bench-instructions

bench: $(SHARED) $(KDB_ARCHIVE) $(BUILD)/bench/bench
	$(BENCH_RUN) $(if $(QUICK),--quick) $(if $(CHECK),--check) $(if $(ONLY),--only $(ONLY)) \
	  --frame c-harness/bench/benchmarks.md.in --markdown $(BENCH_REPORT) --chart $(BENCH_CHART) --whole-proxy $(WHOLE_PROXY)
	@echo "written: $(BENCH_REPORT)"

bench-instructions: $(SHARED) $(KDB_ARCHIVE) $(BUILD)/bench/bench
	@sh c-harness/bench/instructions.sh $(BUILD)/bench/bench $(SHARED) $(KDB_ARCHIVE) $(BUILD)/bench $(ONLY)
