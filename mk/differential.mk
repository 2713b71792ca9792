# Our libraries against the original, live: make differential LEGACY_LIB=path/to/libkdb.a [SEED=...] [JSON=result.json]
# The original's jobs and ours, on the same jobs:     make test-mixed LEGACY_LIB=path/to/libkdb.a
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

.PHONY: test-mixed
test-mixed: $(ARCHIVE) $(LEGACY_TYPES)
	@test -n '$(LEGACY_LIB)' || { echo 'usage: make test-mixed LEGACY_LIB=path/to/libkdb.a' >&2; exit 2; }
	@mkdir -p $(BUILD)/mixed
	@$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g -Iinclude -Ic-harness/lib -I$(GENERATED) -o $(BUILD)/mixed/jobs c-harness/mixed/jobs.c \
	  '$(LEGACY_LIB)' $(ARCHIVE) -lpthread -lm -lrt -lcrypto -lz -ldl
	@$(BUILD)/mixed/jobs
	@if $(BUILD)/mixed/jobs control >$(BUILD)/mixed/log 2>&1 || ! grep -q 'runs of a job overlap' $(BUILD)/mixed/log; then \
	  echo 'control: a run without the lock is not seen' >&2; exit 1; fi
	@echo 'mixed: a run without the lock is seen'
