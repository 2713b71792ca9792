# The checks that need only a Rust toolchain, a C compiler and make.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

.PHONY: test test-other test-rust test-kdb test-paths test-c

# What it consists of is in the Makefile.
test:
	@echo 'mtproxy-ffi $(VERSION): make test: all passed'

# Another machine's suite, by Debian's packages alone, under an emulator.
test-other:
	@env -u MAKEFLAGS -u MFLAGS -u CARGO_BUILD_TARGET $(OWN_MAKE) --no-print-directory test-portable \
	  MACHINES='$(subst aarch64,arm64,$(subst x86_64,amd64,$(subst i686,i386,$(subst armv7,armhf,$(OTHER_MACHINE)))))'

test-rust: tools
	$(CARGO) test --locked --quiet
	$(CARGO) test --locked --quiet --features capi
	$(CARGO) run --locked --quiet --example inspect_packet

# The unit tests with the drop-in, linked with stand-ins for the legacy objects that it leaves to the host: they end the program.
STAND_IN_OBJECT := $(BUILD)/stand_ins/stand_ins.o

$(STAND_IN_OBJECT): $(STAND_INS) $(SETTINGS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CFLAGS) -c -o $@ $<

test-kdb: $(STAND_IN_OBJECT) | tools
	MTPROXY_FFI_STAND_INS='$(abspath $<)' $(CARGO) test --locked --quiet --lib --features kdb

# Forces every path that a CPU can take: checksums up to each level (src/checksum/arch), and SHA without SHA instructions.
SOFT_SHA := --cfg sha1_backend="soft" --cfg sha2_backend="soft"
# The names in src/checksum/arch/x86_64/level.rs, lowest first.
CPU_LEVELS := baseline sse42 pclmul pclmul-avx wide256 wide512 wide512-crc32
test-paths: tools
	@for level in $(CPU_LEVELS); do \
	  echo "checksums, at most $$level:"; \
	  MTPROXY_FFI_LEVEL=$$level $(CARGO) test --locked --quiet --features capi --test vectors --test properties checksum | grep '^test result' || exit 1; \
	done
	@MTPROXY_FFI_LEVEL=7 $(CARGO) test --locked --quiet --lib every_crc32_path 2>&1 | grep -q 'no level "7"' || \
	  { echo "control: an unknown level is accepted" >&2; exit 1; }
	@echo "digests without SHA instructions:"
	@RUSTFLAGS='$(SOFT_SHA)' $(CARGO) test --locked --quiet --features capi --target-dir $(CARGO_TARGET_DIR)/soft_sha --test vectors digest | grep '^test result'

test-c: $(BOUNDARY) $(KDB) $(BOUNDARY_LISTS) $(BOUNDARY_LAYOUTS) $(HOSTS) check-kdb coverage-objects
	@sh c-harness/checks/host.sh $(BUILD) $(CONFIG)
	@sh c-harness/checks/spdx.sh $(BUILD)
	@sh c-harness/checks/bridge.sh $(BUILD)
	@sh c-harness/header/check.sh include $(BUILD)
	@sh c-harness/checks/tables.sh $(BUILD)
	@CARGO="$(CARGO)" sh c-harness/checks/layout_control.sh $(BUILD)
	@echo "artifacts:"; sh c-harness/checks/artifacts.sh $(DIST) $(RAW) $(BUILD)
	@sh c-harness/checks/release.sh $(DIST) $(BUILD)
	@sh c-harness/checks/rust_dependency.sh
	@sh c-harness/checks/install.sh $(BUILD)
	@sh c-harness/checks/cargo_folders.sh $(BUILD) $(DIST) $(RAW) $(foreach level,$(LEVELS),$(call static_of,$(level)))
	@$(DIFFERENTIAL) test
	@$(DIFFERENTIAL_KDB) test-dropin
	@echo "c-harness: all checks passed"
