# A proxy's own source tree, linked with the drop-in by one command: c-harness/relink/relink.sh.
#
#   make relink TREE=path/to/MTProxy [OUT=file] [COPY=1]   OUT: where the tree's make would put it; COPY: leave the tree alone
#                                                          TARGET=aarch64-unknown-linux-gnu: for another machine
#   make test-relink [TREE=path/to/MTProxy]                its own checks; on a copy of the tree, with traffic
#
# SPDX-License-Identifier: LGPL-2.0-or-later

.PHONY: relink test-relink

# Not $(MAKE), which would make `make -n` run it.
OWN_MAKE := $(MAKE)
# The tree's make takes our compiler only where one is asked for, or another machine is.
RELINK_CC = $(if $(filter default file,$(origin CC)),$(if $(CARGO_BUILD_TARGET),$(CC)),$(CC))
export TREE OUT COPY

relink:
	@OWN_MAKE='$(OWN_MAKE)' RELINK_CC='$(RELINK_CC)' ARCHIVES='$(abspath $(LIB))' RUN='$(RUN)' WORK='$(BUILD)/relink' \
	  FOLDERS='$(foreach name,DIST BUILD,$(if $(findstring command,$(origin $(name))),$(name)=$($(name))))' sh c-harness/relink/relink.sh

test-relink: $(KDB) $(STAND_INS)
	@OWN_MAKE='$(OWN_MAKE)' RELINK_CC='$(RELINK_CC)' CC='$(CC)' sh c-harness/relink/test/run.sh '$(BUILD)'

test-c: test-relink
