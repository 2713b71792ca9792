# Our libraries against the original, live: make differential LEGACY_LIB=path/to/libkdb.a [SEED=...] [JSON=result.json]
# Each call of the C library made to fail in turn:  make test-faults [LEGACY_LIB=path/to/libkdb.a]
#
# SPDX-License-Identifier: LGPL-2.0-or-later

DIFFERENTIAL_OF = $(MAKE) --no-print-directory -C c-harness/differential OURS=$(abspath $(1)) \
  BUILD=$(abspath $(BUILD))/differential GENERATED=$(abspath $(GENERATED)) LEGACY_LIB=$(if $(LEGACY_LIB),$(abspath $(LEGACY_LIB))) \
  OBJCOPY=$(OBJCOPY) JSON=$(if $(JSON),$(abspath $(JSON))$(2))
DIFFERENTIAL = $(call DIFFERENTIAL_OF,$(SHARED))
# The drop-in's results are written beside the boundary's.
DIFFERENTIAL_KDB = $(call DIFFERENTIAL_OF,$(KDB_ARCHIVE),.kdb)

.PHONY: differential test-faults
differential: $(BOUNDARY) $(KDB)
	@$(DIFFERENTIAL) live
	@$(DIFFERENTIAL_KDB) live

test-faults: $(KDB)
	@$(DIFFERENTIAL_KDB) faults controls-faults
