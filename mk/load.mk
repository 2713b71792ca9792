# A load generator and meter for the whole proxy: c-harness/load/README.md.
#
#   make bench-proxy        CPU, rates, latency, wake-ups, memory   PROXY=relinked BASELINE=original [ROUNDS=5] [SECONDS=3]
#                           [MODES="ping-pong pipeline=16 idle=5"] [BENCH_PROXY_FLAGS="--clients 100 --tls"] [JSON=file]
#   make test-load          its own checks   [PROXY=binary]
#
# SPDX-License-Identifier: LGPL-2.0-or-later

PROXY_LOAD := $(BUILD)/load/proxy_load
LOAD_SOURCES := $(wildcard c-harness/load/*.c)
LOAD_OBJECTS := $(patsubst c-harness/load/%.c,$(BUILD)/load/%.o,$(LOAD_SOURCES))

$(BUILD)/load/%.o: c-harness/load/%.c $(wildcard c-harness/load/*.h) $(SETTINGS) | tools
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=c11 -D_GNU_SOURCE $(CFLAGS) -pthread $(C_WARNINGS) -c -o $@ $<

$(PROXY_LOAD): $(LOAD_OBJECTS)
	$(call quiet,LINK)$(CC) $(CFLAGS) -pthread -o $@ $^ -lcrypto -lm

.PHONY: proxy-load tools-load bench-proxy test-load

proxy-load: $(PROXY_LOAD)

# libcrypto's headers. Without them the check is skipped, and the measurement is refused.
HAS_LIBCRYPTO = printf '\043include <openssl/evp.h>\n' | $(CC) -fsyntax-only -x c - 2>/dev/null
tools-load: tools
	@$(HAS_LIBCRYPTO) || { echo 'mtproxy-ffi: no openssl/evp.h: apt install libssl-dev (dnf install openssl-devel)' >&2; exit 1; }
$(LOAD_OBJECTS): | tools-load

# A whole comparison becomes a section of docs/benchmarks.md with the next `make bench`; a partial one does not.
WHOLE_PROXY := $(BUILD)/load/whole-proxy.md
LOAD_REPORT = $(if $(and $(BASELINE),$(if $(MODES)$(BENCH_PROXY_FLAGS),,whole)),$(WHOLE_PROXY),$(BUILD)/load/part.md)

# SECONDS has another default for fuzzing.
bench-proxy:
	@test -n '$(PROXY)' || { echo 'usage: make bench-proxy PROXY=path/to/mtproto-proxy [BASELINE=the original] [MODES=...] [SECONDS=3] [ROUNDS=5] [JSON=file]' >&2; exit 2; }
	@$(MAKE) --no-print-directory $(PROXY_LOAD)
	@$(PROXY_LOAD) --rounds $(or $(ROUNDS),5) --seconds $(if $(filter file,$(origin SECONDS)),3,$(SECONDS)) \
	  $(addprefix --,$(MODES)) $(BENCH_PROXY_FLAGS) $(if $(JSON),--json '$(JSON)') --markdown $(LOAD_REPORT) \
	  '$(PROXY)' $(if $(BASELINE),'$(BASELINE)')
	@echo 'written: $(LOAD_REPORT)$(if $(JSON), $(JSON))'

test-load: tools
	@if $(HAS_LIBCRYPTO); then $(MAKE) --no-print-directory $(PROXY_LOAD) && sh c-harness/load/test.sh $(PROXY_LOAD) '$(PROXY)'; \
	else echo 'load: skipped: no openssl/evp.h: apt install libssl-dev (dnf install openssl-devel)'; fi

# Without PROXY it runs for a second.
test-c: test-load
