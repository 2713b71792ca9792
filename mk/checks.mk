# The longer checks. Each has a control; each says in one line what it skips on this machine.
#
#   make format | check-format                              clang-format 19, cargo fmt
#   make test-memory | test-threads | test-abi | test-supply | check-all
#   make test-msrv                          what ships, built with the oldest Rust that Cargo.toml promises
#   make test-cross                         builds for the other machine by TARGET= alone
#   make stress [SECONDS=1200] [TARGET=... RUN=emulator]  what many threads share, for so long; on another machine, under an emulator
#   make test-loom                          models of concurrent code, in all interleavings; each has a control that must fail
#   make test-portable [MACHINES="arm64 s390x i386 armhf"]     on other machines; by default the first two and one with 32 bits
#   make fuzz [SECONDS=10] [TARGETS=...] [LEGACY_LIB=libkdb.a]  SECONDS for each target; with LEGACY_LIB, against the original too
#   make check-layouts TREE=path/to/MTProxy      our layouts of the legacy structs against a source tree's own headers
#
# SPDX-License-Identifier: LGPL-2.0-or-later

SECONDS  ?= 10
MACHINES ?=

.PHONY: format check-format test-memory test-threads stress test-loom test-abi test-msrv test-cross test-portable test-supply fuzz check-layouts check-all

# Formats Rust and C.
format: tools
	$(CARGO) fmt --all
	@sh c-harness/checks/format.sh $(BUILD) apply

check-format: tools
	@$(CARGO) fmt --all --check
	@sh c-harness/checks/format.sh $(BUILD)

test-memory: $(BOUNDARY) $(HOSTS)
	@sh c-harness/memory/run.sh $(BUILD) $(CONFIG)

test-threads: $(BOUNDARY) $(KDB) $(LEGACY_TYPES) $(LEGACY_LISTS) $(STAND_INS)
	@sh c-harness/threads/run.sh $(BUILD)

stress: $(BOUNDARY) $(KDB) $(LEGACY_TYPES) $(LEGACY_LISTS) $(STAND_INS)
	@CC='$(CC)' RUN='$(RUN)' sh c-harness/threads/stress.sh $(BUILD) $(LIB) $(SECONDS)

# At most so many times a model's thread is interrupted; each more takes a hundred times as long.
test-loom: tools
	@RUSTFLAGS='--cfg loom' LOOM_MAX_PREEMPTIONS=2 $(CARGO) test --locked --quiet --profile loom --test loom --target-dir $(CARGO_TARGET_DIR)/loom

test-abi: $(BOUNDARY) $(HOSTS)
	@sh c-harness/abi/abidiff.sh $(BUILD)
	@sh c-harness/abi/links.sh $(BUILD) $(CONFIG) $(RAW)

test-msrv:
	@OWN_MAKE='$(OWN_MAKE)' MSRV='$(MSRV)' sh c-harness/checks/msrv.sh $(BUILD)

test-cross:
	@OWN_MAKE='$(OWN_MAKE)' sh c-harness/checks/cross.sh $(BUILD)

test-portable: tools
	@sh c-harness/portable/run.sh $(BUILD) $(MACHINES)

test-supply: tools
	@sh c-harness/checks/supply_chain.sh $(BUILD)
	@sh c-harness/checks/reproducible.sh $(BUILD)
	@sh c-harness/checks/package.sh $(BUILD)

fuzz: $(STAND_IN_OBJECT) | tools
	@MTPROXY_FFI_STAND_INS='$(abspath $<)' LEGACY_LIB='$(if $(LEGACY_LIB),$(abspath $(LEGACY_LIB)))' sh fuzz/run.sh $(BUILD) $(SECONDS) $(TARGETS)

check-layouts: $(TREE_LAYOUTS) | tools
	@test -n '$(TREE)' || { echo 'usage: make check-layouts TREE=path/to/a/source/tree/of/the/proxy' >&2; exit 2; }
	@CC='$(CC)' sh c-harness/checks/layouts.sh '$(TREE)' $(TREE_LAYOUTS)

check-all:
	@sh c-harness/checks/all.sh $(BUILD) $(SECONDS)
