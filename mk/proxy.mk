# A relinked proxy, tried on loopback.
#
#   make check-proxy        real protocol traffic through it   PROXY=binary [BASELINE=original] [CHECK_PROXY_FLAGS=--high-pid]
#
# SPDX-License-Identifier: LGPL-2.0-or-later

.PHONY: check-proxy

check-proxy:
	@test -n '$(PROXY)' || { echo 'usage: make check-proxy PROXY=path/to/mtproto-proxy [BASELINE=the original] [CHECK_PROXY_FLAGS=...]' >&2; exit 2; }
	@python3 -B c-harness/e2e/check_proxy.py '$(PROXY)' $(if $(BASELINE)$(PROXY2),'$(or $(BASELINE),$(PROXY2))') $(CHECK_PROXY_FLAGS)
