# Variables of the command line and the environment, and the folders of files.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# Another machine to build for, by its Rust name: make TARGET=aarch64-unknown-linux-gnu, from the command line only. Rust and
# GNU have different names for a machine.
GNU_NAME := $(patsubst armv7-%,arm-%,$(subst riscv64gc-,riscv64-,$(subst -unknown-,-,$(TARGET))))
ifneq ($(and $(filter command,$(origin TARGET)),$(TARGET)),)
CARGO_BUILD_TARGET := $(TARGET)
ifneq ($(filter default file,$(origin CC)),)
CC := $(GNU_NAME)-gcc
endif
ifneq ($(filter default file,$(origin AR)),)
AR := $(GNU_NAME)-ar
endif
endif

# Not empty if this machine's processor does not run what is built.
OTHER_MACHINE := $(filter-out $(shell uname -m),$(firstword $(subst -, ,$(CARGO_BUILD_TARGET))))

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

# Two variables of cargo's. With CARGO_BUILD_TARGET instead of TARGET, CC and AR must be that machine's. Both are passed to
# cargo each time, so that no configuration file of cargo's decides the place of its results.
CARGO_TARGET_DIR   ?= target
CARGO_BUILD_TARGET ?=
export CARGO_TARGET_DIR
ifneq ($(CARGO_BUILD_TARGET),)
export CARGO_BUILD_TARGET
else
unexport CARGO_BUILD_TARGET
endif
# The folder of cargo's release build in a target directory.
release_of = $(1)/$(if $(CARGO_BUILD_TARGET),$(CARGO_BUILD_TARGET)/)release

# Where the project is published; a forge's release workflow knows it. Without it, packages have no homepage.
HOMEPAGE ?= $(shell sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
MSRV    := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

DIST   := dist
LIB    := $(DIST)/lib
BUILD  := build
GENERATED := $(BUILD)/generated

C_WARNINGS := -Wall -Wextra -Wpedantic -Werror
RUST_SOURCES := Cargo.toml Cargo.lock build.rs mk/generate.rs src/ffi/api.tsv src/layout/layouts.tsv $(shell find src/ -name '*.rs')

# If cargo fails, or puts its result elsewhere (build.target in a configuration file), the last build's result must not be
# used. So each such rule begins with the first of these and ends with the second.
forget = @rm -f $@
require = @test -s $@ || { echo 'mtproxy-ffi: cargo left no $@: if build.target is set in a configuration file of cargo, say TARGET=that machine' >&2; exit 1; }

# The linker's options for a list of names: each is collected with everything it needs, and must be defined.
required = $(addprefix --require-defined=,$(shell cat $(1)))

# --- output ----------------------------------------------------------------------------------------------------------

# A short line for each command and a closing line; with V=1 the commands; with -s neither.
ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
quiet = $(if $(V),,@)
built = @:
else
quiet = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$@';)
built = @echo 'mtproxy-ffi $(VERSION)$(if $(CARGO_BUILD_TARGET), for $(CARGO_BUILD_TARGET)): in $(DIST)/ are now $(sort $(patsubst $(DIST)/%,%,$(1)))'
endif

# --- the settings of a build -----------------------------------------------------------------------------------------

# With another compiler, or for another machine, everything is rebuilt.
SETTINGS := $(BUILD)/settings
SETTINGS_NOW := $(CC) $(CFLAGS) $(LD) $(OBJCOPY) $(CARGO) $(CARGO_TARGET_DIR) $(CARGO_BUILD_TARGET) $(RUSTC) $(RUSTFLAGS)

.PHONY: FORCE
$(SETTINGS): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(SETTINGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(SETTINGS_NOW))' >$@
