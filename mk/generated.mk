# Files generated from the tables: src/ffi/api.tsv, the functions of the boundary; src/kdb/objects.tsv with
# c-harness/abi/legacy-symbols.tsv, the names of the drop-in, and compared.tsv, the names that the harness binds;
# src/layout/layouts.tsv, the structs shared with C. ROOT is the project's folder, relative to the including makefile.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

ROOT      ?= .
GENERATED ?= $(ROOT)/build/generated
AWK       ?= awk

API            := $(ROOT)/src/ffi/api.tsv
DROPIN_OBJECTS := $(ROOT)/src/kdb/objects.tsv
LEGACY_TABLE   := $(ROOT)/c-harness/abi/legacy-symbols.tsv
COMPARED       := $(ROOT)/c-harness/abi/compared.tsv
EXPORTS        := $(GENERATED)/boundary.exports
# For each level of the drop-in.
KDB_EXPORTS      := $(GENERATED)/kdb.exports
KDB_LEAF_EXPORTS := $(GENERATED)/kdb_leaf.exports
KDB_LISTS        := $(KDB_EXPORTS) $(KDB_LEAF_EXPORTS) $(GENERATED)/kdb.weak $(GENERATED)/kdb_leaf.weak
# Files that C includes.
BOUNDARY_LISTS := $(GENERATED)/boundary.def $(GENERATED)/boundary_weak.h $(GENERATED)/boundary_use.def
LEGACY_LISTS   := $(GENERATED)/legacy_symbols.h $(GENERATED)/abilities.h
# What the drop-in asks of the legacy objects that stay, for programs that link it without them.
STAND_INS      := $(GENERATED)/stand_ins.c
# The wrappers of a provider with planted faults that only pass calls on.
BOUNDARY_FORWARD := $(GENERATED)/boundary_forward.c

$(EXPORTS): LIST := exports
$(GENERATED)/boundary.def: LIST := def
$(GENERATED)/boundary_weak.h: LIST := weak
$(GENERATED)/boundary_use.def: LIST := use
$(BOUNDARY_FORWARD): LIST := forward
$(EXPORTS) $(BOUNDARY_LISTS) $(BOUNDARY_FORWARD): $(API) $(ROOT)/mk/api.awk
	@mkdir -p $(@D)
	@$(AWK) -v list=$(LIST) -f $(ROOT)/mk/api.awk $(API) >$@

$(GENERATED)/legacy_symbols.h: LIST := bound
$(GENERATED)/abilities.h: LIST := abilities
$(STAND_INS): LIST := stand_ins
$(KDB_LISTS): LIST = $(subst .,,$(suffix $@))
# Some names are of some machines.
$(KDB_LISTS): $(SETTINGS)
$(KDB_LISTS) $(LEGACY_LISTS) $(STAND_INS): $(DROPIN_OBJECTS) $(LEGACY_TABLE) $(COMPARED) $(API) $(ROOT)/mk/dropin.awk
	@mkdir -p $(@D)
	@$(AWK) -v list=$(LIST) -v level=$(if $(findstring leaf,$(@F)),leaf,full) -v machine="$$($(CC) -dumpmachine)" -f $(ROOT)/mk/dropin.awk table=objects $(DROPIN_OBJECTS) \
	  table=symbols $(LEGACY_TABLE) table=compared $(COMPARED) table=api $(API) >$@

LAYOUTS        := $(ROOT)/src/layout/layouts.tsv
# Asserts on the boundary's structs; the legacy structs for the harnesses; asserts on a source tree's own structs.
BOUNDARY_LAYOUTS := $(GENERATED)/layouts_boundary.h
LEGACY_TYPES     := $(GENERATED)/legacy_types.h
TREE_LAYOUTS     := $(GENERATED)/layouts_tree.c

$(BOUNDARY_LAYOUTS): FORM := boundary
$(LEGACY_TYPES): FORM := types
$(TREE_LAYOUTS): FORM := tree
$(BOUNDARY_LAYOUTS) $(LEGACY_TYPES) $(TREE_LAYOUTS): $(LAYOUTS) $(ROOT)/mk/layouts.awk
	@mkdir -p $(@D)
	@$(AWK) -v form=$(FORM) -f $(ROOT)/mk/layouts.awk $(LAYOUTS) >$@

.PHONY: all-generated
.DELETE_ON_ERROR:
all-generated: $(EXPORTS) $(BOUNDARY_LISTS) $(BOUNDARY_FORWARD) $(KDB_LISTS) $(LEGACY_LISTS) $(STAND_INS) $(BOUNDARY_LAYOUTS) \
  $(LEGACY_TYPES) $(TREE_LAYOUTS)
