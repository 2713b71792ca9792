# The boundary: mtproxy_ffi_* as one object, in an archive and in a shared object, with its headers.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

MAJOR   := $(firstword $(subst ., ,$(VERSION)))
SONAME  := libmtproxy_ffi.so.$(MAJOR)

RAW     := $(call release_of,$(CARGO_TARGET_DIR))/libmtproxy_ffi.a
OBJECT  := $(LIB)/mtproxy_ffi.o
ARCHIVE := $(LIB)/libmtproxy_ffi.a
SHARED  := $(LIB)/libmtproxy_ffi.so
HEADERS := $(DIST)/include/mtproxy_ffi.h $(DIST)/include/mtproxy_ffi_bridge.h
BRIDGE  := $(DIST)/share/mtproxy_ffi/mtproxy_ffi_bridge.c
PC      := $(LIB)/pkgconfig/mtproxy_ffi.pc
BOUNDARY := $(ARCHIVE) $(OBJECT) $(SHARED) $(HEADERS) $(BRIDGE) $(PC)

.PHONY: boundary header

boundary: $(BOUNDARY)
	$(call built,$^)

# The Rust library, compiled as one unit, without unwinding (src/lib.rs refuses any other settings for what ships).
$(RAW): $(RUST_SOURCES) $(SETTINGS) | tools
	$(forget)
	$(CARGO) rustc --locked --release --lib --crate-type staticlib --features capi -- --cfg mtproxy_ffi_shipped
	$(require)
	@touch $@

# Removes the compiler's own notes; and 32-bit ARM's tables for unwinding, which refer to a library for unwinding, although
# nothing here unwinds.
UNSHIPPED := --remove-section=.llvmbc --remove-section=.llvmcmd --remove-section=.comment \
  --remove-section='.ARM.ex*' --remove-section='.rel.ARM.ex*'

# One object with only the code that the API reaches, and only the API's names global, so that no symbol of Rust's runtime
# can collide with another Rust archive's in one program.
$(OBJECT): $(RAW) $(EXPORTS) mk/boundary.mk
	@mkdir -p $(@D)
	$(call quiet,LD)$(LD) -r --gc-sections $(call required,$(EXPORTS)) -o $@ $<
	$(call quiet,OBJCOPY)$(OBJCOPY) --keep-global-symbols=$(EXPORTS) --strip-unneeded $(UNSHIPPED) $@

$(ARCHIVE): $(OBJECT)
	@rm -f $@
	$(call quiet,AR)$(AR) rcsD $@ $<

$(SHARED): $(OBJECT)
	$(call quiet,LINK)$(CC) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -o $(SHARED).$(VERSION) $<
	@ln -sf libmtproxy_ffi.so.$(VERSION) $(LIB)/$(SONAME)
	@ln -sf $(SONAME) $@

$(DIST)/include/%.h: include/%.h
	@mkdir -p $(@D)
	$(call quiet,COPY)cp $< $@

$(BRIDGE): include/mtproxy_ffi_bridge.c
	@mkdir -p $(@D)
	$(call quiet,COPY)cp $< $@

# pc_text PREFIX,LIBDIR,INCLUDEDIR. -u, so that a host that declares everything weak binds, with the archive as with the
# shared object.
pc_text = printf '%s\n' 'prefix=$(1)' 'libdir=$(2)' 'includedir=$(3)' '' \
  'Name: mtproxy_ffi' \
  'Description: the parts of the C library of MTProxy that are rewritten in Rust, as a C API' \
  'Version: $(VERSION)' $(if $(HOMEPAGE),'URL: $(HOMEPAGE)') \
  'Cflags: -I$${includedir}' \
  'Libs: -L$${libdir} -Wl,-u,mtproxy_ffi_startup_handshake -lmtproxy_ffi'

# Relative to its own folder, so that dist/ can be used as it is, and moved.
$(PC): mk/boundary.mk Cargo.toml
	@mkdir -p $(@D)
	@$(call pc_text,$${pcfiledir}/../..,$${prefix}/lib,$${prefix}/include) >$@

# cbindgen's output. A test fails if the committed header is stale.
header:
	MTPROXY_FFI_UPDATE_HEADER=1 $(CARGO) test --locked --features capi --test header -- --exact committed_header_is_up_to_date
