# Packages and releases. Each also for another machine: TARGET=aarch64-unknown-linux-gnu (mk/settings.mk).
#
#   make deb        build/packages/libmtproxy-ffi1_….deb and libmtproxy-ffi-dev_….deb   [DEBFULLNAME= DEBEMAIL= HOMEPAGE=]
#   make tarball    build/packages/mtproxy-ffi-VERSION-MACHINE.tar.gz, what `make install` installs, below one folder
#   make test-deb   both packages unpacked into an empty folder, and used from there   [TREE=path/to/MTProxy]
#
# The same sources, compilers and SOURCE_DATE_EPOCH (by default the commit's) give the same files, byte for byte.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

PACKAGES := $(BUILD)/packages
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)
PACKAGE = VERSION='$(VERSION)' HOMEPAGE='$(HOMEPAGE)' SOURCE_DATE_EPOCH='$(SOURCE_DATE_EPOCH)' OWN_MAKE='$(OWN_MAKE)' OBJCOPY='$(OBJCOPY)' SHARED='$(SHARED)'

.PHONY: deb tarball test-deb

deb: $(BOUNDARY) $(KDB)
	@$(PACKAGE) sh mk/deb/build.sh $(PACKAGES)

tarball: $(BOUNDARY) $(KDB)
	@$(PACKAGE) sh mk/deb/tarball.sh $(PACKAGES)

test-deb: $(STAND_INS) | tools
	@OWN_MAKE='$(OWN_MAKE)' sh c-harness/checks/deb.sh $(BUILD) '$(TREE)'
