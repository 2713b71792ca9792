# Installing: make install PREFIX=/usr/local DESTDIR= [LIBDIR= INCLUDEDIR= DATADIR= HOMEPAGE=https://…], and make uninstall.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

DOCDIR := $(DATADIR)/doc/mtproxy_ffi
INSTALLED := $(LIBDIR)/libmtproxy_ffi.a $(LIBDIR)/libmtproxy_kdb.a $(LIBDIR)/libmtproxy_kdb_leaf.a $(LIBDIR)/libmtproxy_ffi.so $(LIBDIR)/$(SONAME) \
  $(LIBDIR)/libmtproxy_ffi.so.$(VERSION) $(LIBDIR)/pkgconfig/mtproxy_ffi.pc \
  $(INCLUDEDIR)/mtproxy_ffi.h $(INCLUDEDIR)/mtproxy_ffi_bridge.h $(DATADIR)/mtproxy_ffi/mtproxy_ffi_bridge.c $(DOCDIR)/LICENSE

# The prefix as seen from the pkg-config file, so that what is installed can be moved as a whole. If one of the folders is
# outside the prefix, the paths are absolute.
EMPTY :=
UP := $(subst $(EMPTY) ,/,$(patsubst %,..,$(subst /, ,$(LIBDIR:$(PREFIX)/%=%)/pkgconfig)))
INSIDE := $(and $(filter $(PREFIX)/%,$(LIBDIR)),$(filter $(PREFIX)/%,$(INCLUDEDIR)))
INSTALLED_PC = $(call pc_text,$(if $(INSIDE),$${pcfiledir}/$(UP),$(PREFIX)),$(LIBDIR:$(PREFIX)/%=$${prefix}/%),$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%))

.PHONY: install uninstall

install: $(BOUNDARY) $(KDB)
	install -d $(addprefix $(DESTDIR),$(LIBDIR)/pkgconfig $(INCLUDEDIR) $(DATADIR)/mtproxy_ffi $(DOCDIR))
	install -m 644 $(ARCHIVE) $(KDB_ARCHIVE) $(KDB_LEAF) $(DESTDIR)$(LIBDIR)
	install -m 755 $(SHARED).$(VERSION) $(DESTDIR)$(LIBDIR)
	ln -sf libmtproxy_ffi.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libmtproxy_ffi.so
	@$(INSTALLED_PC) >$(PC).installed
	install -m 644 $(PC).installed $(DESTDIR)$(LIBDIR)/pkgconfig/mtproxy_ffi.pc
	@rm -f $(PC).installed
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BRIDGE) $(DESTDIR)$(DATADIR)/mtproxy_ffi
	install -m 644 LICENSE $(DESTDIR)$(DOCDIR)

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(DATADIR)/mtproxy_ffi $(DESTDIR)$(DOCDIR) 2>/dev/null
