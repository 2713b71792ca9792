# What is made from the tables: src/ffi/api.tsv, the functions of the boundary; src/kdb/objects.tsv with
# c-harness/abi/legacy-symbols.tsv, the names of the drop-in. ROOT is the project's folder as seen from the including one.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

ROOT      ?= .
GENERATED ?= $(ROOT)/build/generated
AWK       ?= awk

API            := $(ROOT)/src/ffi/api.tsv
DROPIN_TABLES  := $(ROOT)/src/kdb/objects.tsv $(ROOT)/c-harness/abi/legacy-symbols.tsv
EXPORTS        := $(GENERATED)/boundary.exports
KDB_EXPORTS    := $(GENERATED)/dropin.exports
KDB_WEAK       := $(GENERATED)/dropin.weak
# What C files include.
BOUNDARY_LISTS := $(GENERATED)/boundary.def $(GENERATED)/boundary_weak.h
# The rest of a provider with planted faults.
BOUNDARY_FORWARD := $(GENERATED)/boundary_forward.c

$(EXPORTS): LIST := exports
$(GENERATED)/boundary.def: LIST := def
$(GENERATED)/boundary_weak.h: LIST := weak
$(BOUNDARY_FORWARD): LIST := forward
$(EXPORTS) $(BOUNDARY_LISTS) $(BOUNDARY_FORWARD): $(API) $(ROOT)/mk/api.awk
	@mkdir -p $(@D)
	@$(AWK) -v list=$(LIST) -f $(ROOT)/mk/api.awk $(API) >$@

$(KDB_EXPORTS): LIST := exports
$(KDB_WEAK): LIST := weak
$(KDB_EXPORTS) $(KDB_WEAK): $(DROPIN_TABLES) $(ROOT)/mk/dropin.awk
	@mkdir -p $(@D)
	@$(AWK) -v list=$(LIST) -f $(ROOT)/mk/dropin.awk $(DROPIN_TABLES) >$@
