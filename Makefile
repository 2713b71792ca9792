# mtproxy-ffi: builds the C libraries. Rust programs depend on the package instead.
#
#   make                dist/: both archives, the objects, the shared object, headers, pkg-config file
#   make relink         TREE=path/to/MTProxy: the proxy's own tree, linked with the drop-in mk/relink.mk
#   make run            the main job: a C host on real input, linked all three ways
#   make test           everything that can be checked on this machine
#
#   make boundary       the boundary alone: libmtproxy_ffi.{a,so}                          mk/boundary.mk
#   make kdb            the drop-in alone: libmtproxy_kdb.a                                mk/dropin.mk
#   make install        PREFIX=/usr/local DESTDIR=     (and `make uninstall`)              mk/install.mk
#   make deb            Debian packages, in build/packages                                 mk/package.mk
#   make header         regenerate include/mtproxy_ffi.h                                   mk/boundary.mk
#
#   make check-all      the longer checks too: fuzzing, sanitizers, machines, ABI, supply  mk/checks.mk
#   make differential   LEGACY_LIB=path/to/libkdb.a: compare with the original, live       mk/differential.mk
#   make test-faults [LEGACY_LIB=libkdb.a]: each call of the C library fails in turn      mk/differential.mk
#   make coverage-objects [PROXY=binary] [LEGACY_LIB=libkdb.a]: which objects are replaced mk/dropin.mk
#   make check-proxy    PROXY=path/to/mtproto-proxy: real traffic through a relinked proxy mk/proxy.mk
#   make check-survival PROXY=relinked BASELINE=original: what kills the original     mk/proxy.mk
#   make check-connections PROXY=relinked: 100,000 connections leave nothing               mk/proxy.mk
#   make check-cuts     PROXY=relinked: nor do connections that end in their handshakes    mk/proxy.mk
#   make check-metrics  PROXY=relinked BASELINE=original: /metrics, with Prometheus         mk/proxy.mk
#   make bench-proxy    PROXY=relinked BASELINE=original: CPU, latency, memory of both    mk/load.mk
#   make bench-handshakes PROXY=relinked BASELINE=original: handshakes with a middle-end    mk/proxy.mk
#   make bench          LEGACY_LIB=path/to/libkdb.a: measure; docs/benchmarks.md and .svg  mk/bench.mk
#   make clean
#
# TARGET=aarch64-unknown-linux-gnu builds for another machine. V=1 prints every command. Variables, and the folders of files: mk/settings.mk.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

include mk/settings.mk
include mk/tools.mk
include mk/generated.mk
include mk/boundary.mk
include mk/dropin.mk
include mk/relink.mk
include mk/proxy.mk
include mk/host.mk
include mk/test.mk
include mk/differential.mk
include mk/checks.mk
include mk/load.mk
include mk/bench.mk
include mk/install.mk
include mk/package.mk

# Deletes empty libraries, which a full disk leaves, and cargo's links to them, so that they are built again.
$(shell find $(LIB) $(dir $(RAW)) $(foreach level,$(LEVELS),$(CARGO_TARGET_DIR)/$(level) $(dir $(call static_of,$(level)))) -maxdepth 2 -name '*mtproxy*.[ao]' -size 0 -delete 2>/dev/null)

.PHONY: all clean

# Their recipes are in mk/host.mk and mk/test.mk.
run: $(HOSTS)
ifeq ($(OTHER_MACHINE),)
test: test-rust test-kdb test-paths test-c
else
test: test-other
endif

# The boundary runs on any Linux, the drop-in on x86-64 and aarch64.
all: $(BOUNDARY) $(KDB)
	$(call built,$^)

clean:
	rm -rf $(DIST) $(BUILD)
	$(CARGO) clean
