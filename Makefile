# mtproxy-ffi: what ships is built here; Rust programs just depend on the package.
#
#   make            dist/: the archive, the object, the shared object, headers, pkg-config file
#   make run        the main job: a C host on real input, linked all three ways
#   make test       everything that can be checked on this machine
#   make check-all  the longer checks too: fuzzing, sanitizers, other machines, ABI, supply chain
#   make differential  LEGACY_LIB=path/to/libkdb.a: compare both libraries with the original, live
#   make check-proxy   PROXY=path/to/mtproto-proxy: real traffic through a relinked proxy
#   make install    PREFIX=/usr/local DESTDIR=     (and `make uninstall`)
#   make header     regenerate include/mtproxy_ffi.h
#   make bench      LEGACY_LIB=path/to/libkdb.a: measure, and write BENCHMARKS.md

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

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
MSRV    := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
MAJOR   := $(firstword $(subst ., ,$(VERSION)))
SONAME  := libmtproxy_ffi.so.$(MAJOR)
EXPORTS := src/ffi/exports.txt

DIST   := dist
LIB    := $(DIST)/lib
BUILD  := build
OBJECT := $(LIB)/mtproxy_ffi.o
ARCHIVE := $(LIB)/libmtproxy_ffi.a
SHARED := $(LIB)/libmtproxy_ffi.so
HEADERS := $(DIST)/include/mtproxy_ffi.h $(DIST)/include/mtproxy_ffi_bridge.h
BRIDGE := $(DIST)/share/mtproxy_ffi/mtproxy_ffi_bridge.c
PC     := $(LIB)/pkgconfig/mtproxy_ffi.pc

C_WARNINGS := -Wall -Wextra -Wpedantic -Werror
RUST_SOURCES := Cargo.toml Cargo.lock build.rs $(shell find src/ -name '*.rs')

.PHONY: all boundary run test test-rust test-paths test-c differential install uninstall header clean tools
.DELETE_ON_ERROR:

# The boundary runs on any Linux, the drop-in on x86-64 and aarch64.
all: boundary kdb

boundary: $(ARCHIVE) $(SHARED) $(HEADERS) $(BRIDGE) $(PC)

# One line for what is missing, instead of a page of errors.
tools:
	@command -v $(firstword $(CC)) >/dev/null || { echo "mtproxy-ffi: no C compiler: '$(CC)' not found (set CC=...)" >&2; exit 1; }
	@command -v $(firstword $(CARGO)) >/dev/null || { echo "mtproxy-ffi: no Rust: '$(CARGO)' not found (Rust $(MSRV) or newer is needed)" >&2; exit 1; }
	@rust=$$($${RUSTC:-rustc} --version | cut -d' ' -f2); \
	  printf '%s\n%s\n' $(MSRV) "$$rust" | sort -CV || { echo "mtproxy-ffi: Rust $$rust is too old: $(MSRV) or newer is needed" >&2; exit 1; }

# The Rust half: everything in one unit, without unwinding (src/lib.rs refuses to be shipped otherwise).
target/release/libmtproxy_ffi.a: $(RUST_SOURCES) | tools
	$(CARGO) rustc --locked --release --lib --crate-type staticlib --features capi -- --cfg mtproxy_ffi_shipped
	@touch $@

# Off the shelf: the compiler's own notes; and 32-bit ARM's tables for unwinding, which ask for a library that unwinds, as
# nothing here does.
UNSHIPPED := --remove-section=.llvmbc --remove-section=.llvmcmd --remove-section=.comment \
  --remove-section='.ARM.ex*' --remove-section='.rel.ARM.ex*'

# The one object: only what the API reaches, and only the API's names global, so that nothing of Rust's runtime can
# meet another Rust archive's in one program.
$(OBJECT): target/release/libmtproxy_ffi.a $(EXPORTS) Makefile
	@mkdir -p $(@D)
	$(LD) -r --gc-sections $(addprefix -u ,$(shell cat $(EXPORTS))) -o $@ $<
	$(OBJCOPY) --keep-global-symbols=$(EXPORTS) --strip-unneeded $(UNSHIPPED) $@

$(ARCHIVE): $(OBJECT)
	rm -f $@
	$(AR) rcsD $@ $<

$(SHARED): $(OBJECT)
	$(CC) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -o $(SHARED).$(VERSION) $<
	ln -sf libmtproxy_ffi.so.$(VERSION) $(LIB)/$(SONAME)
	ln -sf $(SONAME) $@

$(DIST)/include/%.h: include/%.h
	@mkdir -p $(@D)
	cp $< $@

$(BRIDGE): include/mtproxy_ffi_bridge.c
	@mkdir -p $(@D)
	cp $< $@

# -u: a host that declares everything weak still binds, from the archive as from the shared object.
$(PC): Makefile Cargo.toml
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCLUDEDIR)' '' \
	  'Name: mtproxy_ffi' \
	  'Description: the parts of the C library of MTProxy that are rewritten in Rust, as a C API' \
	  'Version: $(VERSION)' \
	  'Cflags: -I$${includedir}' \
	  'Libs: -L$${libdir} -Wl,-u,mtproxy_ffi_startup_handshake -lmtproxy_ffi' >$@

# --- the main job --------------------------------------------------------------------------------------------------

CONFIG ?= c-harness/host/proxy-multi.conf
HOST_SOURCES := $(wildcard c-harness/host/*.c) include/mtproxy_ffi_bridge.c
HOST_OBJECTS := $(patsubst %.c,$(BUILD)/host/%.o,$(notdir $(HOST_SOURCES)))
HOSTS := $(addprefix $(BUILD)/host/host-,archive object shared)

vpath %.c c-harness/host include

$(BUILD)/host/%.o: %.c $(wildcard c-harness/host/*.h c-harness/host/*.def include/*.h) | tools
	@mkdir -p $(@D)
	$(CC) -std=c11 $(CFLAGS) $(C_WARNINGS) -Iinclude -c -o $@ $<

$(BUILD)/host/host-archive: $(HOST_OBJECTS) $(ARCHIVE)
	$(CC) -o $@ $(HOST_OBJECTS) -L$(LIB) -Wl,-Bstatic -lmtproxy_ffi -Wl,-Bdynamic -lpthread

$(BUILD)/host/host-object: $(HOST_OBJECTS) $(OBJECT)
	$(CC) -o $@ $(HOST_OBJECTS) $(OBJECT) -lpthread

$(BUILD)/host/host-shared: $(HOST_OBJECTS) $(SHARED)
	$(CC) -o $@ $(HOST_OBJECTS) -L$(LIB) -lmtproxy_ffi -lpthread -Wl,-rpath,$(CURDIR)/$(LIB)

run: all $(HOSTS)
	@$(BUILD)/host/host-archive $(CONFIG)
	@for kind in object shared; do \
	  printf '\nThe same host with the library as %s: ' "$$kind"; \
	  $(BUILD)/host/host-$$kind $(CONFIG) >$(BUILD)/host/$$kind.log || { cat $(BUILD)/host/$$kind.log; exit 1; }; \
	  echo "$$(tail -n 1 $(BUILD)/host/$$kind.log) bound and working"; \
	done

# --- tests ---------------------------------------------------------------------------------------------------------

test: all test-rust test-paths test-c

test-rust: tools
	$(CARGO) test --locked --quiet
	$(CARGO) test --locked --quiet --features capi
	$(CARGO) run --locked --quiet --example inspect_packet

# Every path that a CPU can take, forced: checksums up to each level (src/checksum/arch), and SHA without instructions.
SOFT_SHA := --cfg sha1_backend="soft" --cfg sha2_backend="soft"
test-paths: tools
	@for level in 1 2 3 4 5 6 7; do \
	  echo "checksums, at most level $$level:"; \
	  MTPROXY_FFI_LEVEL=$$level $(CARGO) test --locked --quiet --features capi --test vectors --test properties checksum | grep '^test result' || exit 1; \
	done
	@echo "digests without SHA instructions:"
	@RUSTFLAGS='$(SOFT_SHA)' $(CARGO) test --locked --quiet --features capi --target-dir target/soft_sha --test vectors digest | grep '^test result'

test-c: all $(HOSTS)
	@sh c-harness/checks/host.sh $(BUILD) $(CONFIG)
	@sh c-harness/checks/bridge.sh $(BUILD)
	@sh c-harness/header/check.sh include $(BUILD)
	@echo "artifacts:"; sh c-harness/checks/artifacts.sh $(DIST) target/release/libmtproxy_ffi.a $(BUILD)
	@sh c-harness/checks/rust_dependency.sh
	@sh c-harness/checks/install.sh $(BUILD)
	@$(DIFFERENTIAL) test
	@$(DIFFERENTIAL_KDB) test-dropin
	@echo "c-harness: all checks passed"

# --- against the original -----------------------------------------------------------------------------------------

DIFFERENTIAL_OF = $(MAKE) --no-print-directory -C c-harness/differential OURS=$(abspath $(1)) \
  BUILD=$(abspath $(BUILD))/differential LEGACY_LIB=$(if $(LEGACY_LIB),$(abspath $(LEGACY_LIB))) \
  OBJCOPY=$(OBJCOPY) JSON=$(if $(JSON),$(abspath $(JSON))$(2))
DIFFERENTIAL = $(call DIFFERENTIAL_OF,$(SHARED))
# The drop-in's verdict lies next to the other one.
DIFFERENTIAL_KDB = $(call DIFFERENTIAL_OF,$(KDB_ARCHIVE),.kdb)

differential: all
	@$(DIFFERENTIAL) live
	@$(DIFFERENTIAL_KDB) live

# --- the drop-in ---------------------------------------------------------------------------------------------------
#
#   make kdb                the drop-in alone: libmtproxy_kdb.a and the bare object
#   make coverage-objects   which legacy objects it replaces, symbol by symbol   [PROXY=relinked-binary] [LEGACY_LIB=libkdb.a]
#   make check-kdb          the recorded behaviour and the hygiene of the archive
#   make check-proxy        real protocol traffic through a proxy   PROXY=binary [PROXY2=binary]

KDB_EXPORTS := src/kdb/exports.txt
KDB_OBJECT  := $(LIB)/mtproxy_kdb.o
KDB_ARCHIVE := $(LIB)/libmtproxy_kdb.a
KDB_BUILD   := target/kdb
KDB_STATIC  := $(KDB_BUILD)/$(if $(CARGO_BUILD_TARGET),$(CARGO_BUILD_TARGET)/)release/libmtproxy_ffi.a
KDB_WHOLE   := $(KDB_BUILD)/mtproxy_kdb_whole.o
KDB_SOURCES := $(RUST_SOURCES) $(wildcard src/kdb/*.c)

.PHONY: kdb coverage-objects check-kdb check-proxy

kdb: $(KDB_ARCHIVE)

# In a folder of its own: the same crate with other features.
$(KDB_STATIC): $(KDB_SOURCES) | tools
	CC="$(CC)" $(CARGO) rustc --locked --release --lib --crate-type staticlib --features kdb --target-dir $(KDB_BUILD) -- --cfg mtproxy_ffi_shipped
	@touch $@

# What is left after garbage collection, with all names: what the checks look at.
$(KDB_WHOLE): $(KDB_STATIC) $(KDB_EXPORTS)
	$(LD) -r --gc-sections $(addprefix -u ,$(shell cat $(KDB_EXPORTS))) -o $@ $<

# Weak stays weak: a host may bring its own get_utime_monotonic. And a program may hold both archives: then the version
# is told by libmtproxy_ffi.a.
$(KDB_OBJECT): $(KDB_WHOLE) $(KDB_EXPORTS) Makefile
	@mkdir -p $(@D)
	$(OBJCOPY) --keep-global-symbols=$(KDB_EXPORTS) --weaken-symbol=get_utime_monotonic --weaken-symbol=mtproxy_ffi_api_version --strip-unneeded $(UNSHIPPED) $< $@

$(KDB_ARCHIVE): $(KDB_OBJECT)
	rm -f $@
	$(AR) rcsD $@ $<

# Fails where an object is half covered, or a symbol does not fit; the last line says how many are replaced.
coverage-objects: $(KDB_ARCHIVE)
	@c-harness/abi/coverage-objects $(KDB_ARCHIVE) $(if $(PROXY),--proxy '$(PROXY)') $(if $(LEGACY_LIB),--legacy-lib '$(LEGACY_LIB)')

check-kdb: $(KDB_ARCHIVE) $(ARCHIVE)
	CC="$(CC)" AR="$(AR)" SIZE="$(SIZE)" RUN="$(RUN)" c-harness/kdb/check $(KDB_ARCHIVE) $(KDB_WHOLE) $(KDB_STATIC) $(BUILD)/kdb

test-c: check-kdb coverage-objects

check-proxy:
	@test -n '$(PROXY)' || { echo 'usage: make check-proxy PROXY=path/to/mtproto-proxy [PROXY2=another] [CHECK_PROXY_FLAGS=...]' >&2; exit 2; }
	@python3 -B c-harness/e2e/check_proxy.py '$(PROXY)' $(if $(PROXY2),'$(PROXY2)') $(CHECK_PROXY_FLAGS)

# --- longer checks -------------------------------------------------------------------------------------------------
# Each has a control; each says in one line what it skips on this machine.

SECONDS  ?= 10
MACHINES ?=

.PHONY: test-memory test-threads test-abi test-portable test-supply fuzz check-all

test-memory: all $(HOSTS)
	@sh c-harness/memory/run.sh $(BUILD) $(CONFIG)

test-threads: all
	@sh c-harness/threads/run.sh $(BUILD)

test-abi: all $(HOSTS)
	@sh c-harness/abi/abidiff.sh $(BUILD)
	@sh c-harness/abi/links.sh $(BUILD) $(CONFIG)

# On other machines: MACHINES="arm64 s390x i386 armhf", by default the first two and one with 32 bits.
test-portable: tools
	@sh c-harness/portable/run.sh $(BUILD) $(MACHINES)

test-supply: tools
	@sh c-harness/checks/supply_chain.sh $(BUILD)
	@sh c-harness/checks/reproducible.sh $(BUILD)

# Each target for SECONDS; with LEGACY_LIB, against the original too.
fuzz: tools
	@LEGACY_LIB='$(if $(LEGACY_LIB),$(abspath $(LEGACY_LIB)))' sh fuzz/run.sh $(BUILD) $(SECONDS) $(TARGETS)

check-all:
	@sh c-harness/checks/all.sh $(BUILD) $(SECONDS)

# --- the header ----------------------------------------------------------------------------------------------------

# cbindgen's output; a test fails where the committed one is stale.
header:
	MTPROXY_FFI_UPDATE_HEADER=1 $(CARGO) test --locked --features capi --test header -- --exact committed_header_is_up_to_date

# --- measuring (never part of a test) --------------------------------------------------------------------------------
#
#   make bench [LEGACY_LIB=path/to/libkdb.a] [QUICK=1] [CHECK=1] [ONLY=family]
#   make bench-instructions [ONLY=family]

.PHONY: bench bench-instructions
BENCH_SOURCES := $(wildcard c-harness/bench/*.c) c-harness/lib/relink.c
BENCH_OBJECTS := $(patsubst %.c,$(BUILD)/bench/%.o,$(notdir $(BENCH_SOURCES)))
BENCH_HEADERS := $(wildcard c-harness/bench/*.h c-harness/lib/*.h) include/mtproxy_ffi.h
# Loops of a few cycles: where they happen to lie would be measured too.
BENCH_CFLAGS  := -falign-functions=64 -falign-loops=64

# A whole run is what gets published; a part of one stays in the build folder.
BENCH_REPORT := $(if $(QUICK)$(ONLY),$(BUILD)/bench/BENCHMARKS.md,BENCHMARKS.md)
BENCH_RUN = CC='$(CC)' $(BUILD)/bench/bench --ours $(SHARED) --dropin $(KDB_ARCHIVE) $(if $(LEGACY_LIB),--original '$(LEGACY_LIB)')

$(BUILD)/bench/%.o: c-harness/bench/%.c $(BENCH_HEADERS) | tools
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(CFLAGS) $(BENCH_CFLAGS) $(C_WARNINGS) -Iinclude -Ic-harness/lib -c -o $@ $<

$(BUILD)/bench/relink.o: c-harness/lib/relink.c $(BENCH_HEADERS) | tools
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(CFLAGS) $(C_WARNINGS) -c -o $@ $<

$(BUILD)/bench/bench: $(BENCH_OBJECTS)
	$(CC) -o $@ $^ -ldl

bench: $(SHARED) $(KDB_ARCHIVE) $(BUILD)/bench/bench
	$(BENCH_RUN) $(if $(QUICK),--quick) $(if $(CHECK),--check) $(if $(ONLY),--only $(ONLY)) \
	  --frame c-harness/bench/BENCHMARKS.md.in --markdown $(BENCH_REPORT)
	@echo "written: $(BENCH_REPORT)"

bench-instructions: $(SHARED) $(BUILD)/bench/bench
	@sh c-harness/bench/instructions.sh $(BUILD)/bench/bench $(SHARED) $(BUILD)/bench $(ONLY)

# --- installing ----------------------------------------------------------------------------------------------------

INSTALLED := $(LIBDIR)/libmtproxy_ffi.a $(LIBDIR)/libmtproxy_kdb.a $(LIBDIR)/libmtproxy_ffi.so $(LIBDIR)/$(SONAME) \
  $(LIBDIR)/libmtproxy_ffi.so.$(VERSION) $(LIBDIR)/pkgconfig/mtproxy_ffi.pc \
  $(INCLUDEDIR)/mtproxy_ffi.h $(INCLUDEDIR)/mtproxy_ffi_bridge.h $(DATADIR)/mtproxy_ffi/mtproxy_ffi_bridge.c

# The pkg-config file is made anew: it names the place.
install: all
	@rm -f $(PC) && $(MAKE) --no-print-directory $(PC)
	install -d $(addprefix $(DESTDIR),$(LIBDIR)/pkgconfig $(INCLUDEDIR) $(DATADIR)/mtproxy_ffi)
	install -m 644 $(ARCHIVE) $(KDB_ARCHIVE) $(DESTDIR)$(LIBDIR)
	install -m 755 $(SHARED).$(VERSION) $(DESTDIR)$(LIBDIR)
	ln -sf libmtproxy_ffi.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libmtproxy_ffi.so
	install -m 644 $(PC) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BRIDGE) $(DESTDIR)$(DATADIR)/mtproxy_ffi

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(DATADIR)/mtproxy_ffi 2>/dev/null

clean:
	rm -rf $(DIST) $(BUILD)
	$(CARGO) clean
