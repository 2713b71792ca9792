# Prints one line for a tool that is missing or does not fit, instead of many errors.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

.PHONY: tools
# What brings the compiler.
COMPILER := $(if $(CARGO_BUILD_TARGET),apt install gcc-$(subst _,-,$(GNU_NAME)),apt install build-essential (dnf install gcc make))
tools:
	@command -v $(firstword $(CC)) >/dev/null || { echo "mtproxy-ffi: no C compiler: '$(CC)' not found: $(COMPILER), or set CC=..." >&2; exit 1; }
	@command -v $(firstword $(CARGO)) >/dev/null || { echo "mtproxy-ffi: no Rust: '$(CARGO)' not found: Rust $(MSRV) or newer is needed: https://rustup.rs, or set CARGO=..." >&2; exit 1; }
	@rust=$$($${RUSTC:-rustc} --version | cut -d' ' -f2); \
	  printf '%s\n%s\n' $(MSRV) "$$rust" | sort -CV || { echo "mtproxy-ffi: Rust $$rust is too old: $(MSRV) or newer is needed: rustup update, or https://rustup.rs" >&2; exit 1; }
	@c=$$($(CC) -dumpmachine 2>/dev/null | cut -d- -f1); rust=$(or $(firstword $(subst -, ,$(CARGO_BUILD_TARGET))),$$($${RUSTC:-rustc} -vV | sed -n 's/^host: \([^-]*\).*/\1/p')); \
	  case $$c/$$rust in x86_64/aarch64 | aarch64/x86_64) \
	    echo "mtproxy-ffi: '$(CC)' compiles for $$c, and Rust for $$rust: say TARGET=$$c-unknown-linux-gnu, or CC=a compiler for $$rust" >&2; exit 1 ;; esac
ifneq ($(CARGO_BUILD_TARGET),)
	@test -n "$$(ls "$$($${RUSTC:-rustc} --print target-libdir --target $(CARGO_BUILD_TARGET))" 2>/dev/null)" || { echo "mtproxy-ffi: Rust has no standard library for $(CARGO_BUILD_TARGET): rustup target add $(CARGO_BUILD_TARGET)" >&2; exit 1; }
endif
