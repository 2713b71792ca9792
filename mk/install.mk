# Installing: make install PREFIX=/usr/local DESTDIR= [LIBDIR= INCLUDEDIR= DATADIR=], and make uninstall.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

INSTALLED := $(LIBDIR)/libmtproxy_ffi.a $(LIBDIR)/libmtproxy_kdb.a $(LIBDIR)/libmtproxy_kdb_leaf.a $(LIBDIR)/libmtproxy_ffi.so $(LIBDIR)/$(SONAME) \
  $(LIBDIR)/libmtproxy_ffi.so.$(VERSION) $(LIBDIR)/pkgconfig/mtproxy_ffi.pc \
  $(INCLUDEDIR)/mtproxy_ffi.h $(INCLUDEDIR)/mtproxy_ffi_bridge.h $(DATADIR)/mtproxy_ffi/mtproxy_ffi_bridge.c

.PHONY: install uninstall

# The pkg-config file is rewritten, because it holds the prefix.
install: $(BOUNDARY) $(KDB)
	@rm -f $(PC) && $(MAKE) --no-print-directory $(PC)
	install -d $(addprefix $(DESTDIR),$(LIBDIR)/pkgconfig $(INCLUDEDIR) $(DATADIR)/mtproxy_ffi)
	install -m 644 $(ARCHIVE) $(KDB_ARCHIVE) $(KDB_LEAF) $(DESTDIR)$(LIBDIR)
	install -m 755 $(SHARED).$(VERSION) $(DESTDIR)$(LIBDIR)
	ln -sf libmtproxy_ffi.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libmtproxy_ffi.so
	install -m 644 $(PC) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BRIDGE) $(DESTDIR)$(DATADIR)/mtproxy_ffi

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(DATADIR)/mtproxy_ffi 2>/dev/null
