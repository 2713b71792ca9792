# A relinked proxy, tried on loopback. Each needs python3, without packages.
#
#   make check-proxy        real protocol traffic through it   PROXY=binary [BASELINE=original] [CHECK_PROXY_FLAGS=--high-pid]
#   make check-survival     what harms the original, done to it   PROXY=binary [BASELINE=original] [ROWS=name,name]; docs/survival.md
#   make check-reload       1,000 new configurations under traffic   PROXY=binary [RELOADS=1000] [CHECK_RELOAD_FLAGS=--threads]
#   make check-connections   100,000 connections, 5,000 at once, with reloads and rotations   PROXY=binary [CONNECTIONS=100000] [AT_ONCE=5000]
#                           [CHECK_CONNECTIONS_FLAGS=--threads]
#   make check-metrics      its metrics against its statistics, and a real Prometheus   PROXY=binary [BASELINE=original] [SCRAPES=2000]
#   make check-cuts         connections cut at every byte of their handshakes   PROXY=binary [CHECK_CUTS_FLAGS=--no-controls]
#   make soak               idle, bursts and disturbances for half an hour   PROXY=binary [MINUTES=30] [SOAK_FLAGS=--undisturbed]
#   make bench-handshakes   handshakes with a middle-end, a second and a second of CPU time   PROXY=binary BASELINE=original [ROUNDS=5]
#   make count-instructions   for a message, by function   PROXY=binary RUN=qemu
#   make test-e2e           the checks' own verdicts, without a proxy
#
# RUN="qemu-aarch64-static -L /usr/aarch64-linux-gnu" tries a proxy of another machine under an emulator; all time limits are then
# PATIENCE times as long, by default 5.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

.PHONY: count-instructions check-proxy check-survival check-reload check-connections check-cuts check-metrics soak bench-handshakes test-e2e

# The archive that tells which objects of a binary are ours.
E2E = RUN='$(RUN)' PATIENCE='$(PATIENCE)' ARCHIVES='$(abspath $(LIB))'

check-proxy:
	@test -n '$(PROXY)' || { echo 'usage: make check-proxy PROXY=path/to/mtproto-proxy [BASELINE=the original] [CHECK_PROXY_FLAGS=...]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_proxy.py '$(PROXY)' $(if $(BASELINE)$(PROXY2),'$(or $(BASELINE),$(PROXY2))') $(CHECK_PROXY_FLAGS)

check-survival:
	@test -n '$(PROXY)$(BASELINE)' || { echo 'usage: make check-survival PROXY=path/to/mtproto-proxy [BASELINE=the original] [ROWS=name,name...]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_survival.py $(if $(PROXY),'$(PROXY)') $(if $(BASELINE),--baseline '$(BASELINE)') $(if $(ROWS),--rows '$(ROWS)')

check-reload:
	@test -n '$(PROXY)' || { echo 'usage: make check-reload PROXY=path/to/mtproto-proxy [RELOADS=1000] [CHECK_RELOAD_FLAGS=--threads]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_reload.py '$(PROXY)' $(if $(RELOADS),--reloads '$(RELOADS)') $(CHECK_RELOAD_FLAGS)

check-connections:
	@test -n '$(PROXY)' || { echo 'usage: make check-connections PROXY=path/to/mtproto-proxy [CONNECTIONS=100000] [AT_ONCE=5000] [CHECK_CONNECTIONS_FLAGS=...]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_connections.py '$(PROXY)' $(if $(CONNECTIONS),--connections '$(CONNECTIONS)') $(if $(AT_ONCE),--at-once '$(AT_ONCE)') $(CHECK_CONNECTIONS_FLAGS)

check-cuts:
	@test -n '$(PROXY)' || { echo 'usage: make check-cuts PROXY=path/to/mtproto-proxy [CHECK_CUTS_FLAGS=--no-controls]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_cuts.py '$(PROXY)' $(CHECK_CUTS_FLAGS)

check-metrics:
	@test -n '$(PROXY)' || { echo 'usage: make check-metrics PROXY=path/to/mtproto-proxy [BASELINE=the original] [SCRAPES=2000]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_metrics.py '$(PROXY)' $(if $(BASELINE),--baseline '$(BASELINE)') $(if $(SCRAPES),--scrapes '$(SCRAPES)')

soak:
	@test -n '$(PROXY)' || { echo 'usage: make soak PROXY=path/to/mtproto-proxy [MINUTES=30] [SOAK_FLAGS=--undisturbed]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/check_soak.py '$(PROXY)' $(if $(MINUTES),--minutes '$(MINUTES)') $(SOAK_FLAGS)

bench-handshakes:
	@test -n '$(PROXY)' -a -n '$(BASELINE)' || { echo 'usage: make bench-handshakes PROXY=path/to/mtproto-proxy BASELINE=the original [ROUNDS=5]' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/bench_handshakes.py '$(PROXY)' '$(BASELINE)' $(if $(ROUNDS),--rounds '$(ROUNDS)')

count-instructions:
	@test -n '$(PROXY)' || { echo 'usage: make count-instructions PROXY=path/to/mtproto-proxy RUN=qemu...' >&2; exit 2; }
	@$(E2E) python3 -B c-harness/e2e/count_instructions.py '$(PROXY)'

test-e2e:
	@if command -v python3 >/dev/null; then python3 -B c-harness/e2e/test_e2e.py && python3 -B c-harness/e2e/test_check_proxy.py; else echo 'test-e2e: skipped: no python3: apt install python3 (dnf install python3)'; fi

test-c: test-e2e
