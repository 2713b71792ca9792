# What may be set on the command line or in the environment, and where files go.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

CARGO   ?= cargo
CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share

LD      := $(shell $(CC) -print-prog-name=ld 2>/dev/null)
OBJCOPY := $(shell $(CC) -print-prog-name=objcopy 2>/dev/null)

# Cargo's own two variables. CARGO_BUILD_TARGET is the machine to build for, in Rust's words (aarch64-unknown-linux-gnu);
# CC and AR are then that machine's. Both are said to cargo on its command line or in its environment each time, so that
# no configuration file of cargo's decides where its results lie.
CARGO_TARGET_DIR   ?= target
CARGO_BUILD_TARGET ?=
export CARGO_TARGET_DIR
ifneq ($(CARGO_BUILD_TARGET),)
export CARGO_BUILD_TARGET
else
unexport CARGO_BUILD_TARGET
endif
# Where cargo puts the release of a target directory.
release_of = $(1)/$(if $(CARGO_BUILD_TARGET),$(CARGO_BUILD_TARGET)/)release

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
MSRV    := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

DIST   := dist
LIB    := $(DIST)/lib
BUILD  := build
GENERATED := $(BUILD)/generated

C_WARNINGS := -Wall -Wextra -Wpedantic -Werror
RUST_SOURCES := Cargo.toml Cargo.lock build.rs mk/generate.rs src/ffi/api.tsv src/layout/layouts.tsv $(shell find src/ -name '*.rs')

# Cargo may have put its result elsewhere (build.target in a configuration file of its own), or failed: then there is none,
# and not the last build's. So each such rule begins with the first and ends with the second.
forget = @rm -f $@
require = @test -s $@ || { echo 'mtproxy-ffi: cargo left no $@; is build.target set for cargo? Then say CARGO_BUILD_TARGET=...' >&2; exit 1; }

# The linker's options for a list of names: each is collected with all it needs, and must be there.
required = $(addprefix --require-defined=,$(shell cat $(1)))

# --- what is shown ---------------------------------------------------------------------------------------------------

# One short line for each command and a closing one; the commands themselves with V=1; nothing of it with -s.
ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
quiet = $(if $(V),,@)
built = @:
else
quiet = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$@';)
built = @echo 'mtproxy-ffi $(VERSION)$(if $(CARGO_BUILD_TARGET), for $(CARGO_BUILD_TARGET)): in $(DIST)/ are now $(sort $(patsubst $(DIST)/%,%,$(1)))'
endif

# --- what a build was made with --------------------------------------------------------------------------------------

# With another compiler, or for another machine, nothing of the last build is taken over.
SETTINGS := $(BUILD)/settings
SETTINGS_NOW := $(CC) $(CFLAGS) $(LD) $(OBJCOPY) $(CARGO) $(CARGO_TARGET_DIR) $(CARGO_BUILD_TARGET) $(RUSTC) $(RUSTFLAGS)

.PHONY: FORCE
$(SETTINGS): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(SETTINGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(SETTINGS_NOW))' >$@
