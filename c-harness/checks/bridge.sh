#!/bin/sh
# Tests the host bridge with hosts and libraries that have one fault each.
#
# usage: bridge.sh BUILD_DIR       (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1/bridge
cc=${CC:-cc}
mkdir -p "$build"
trap 'rm -rf "$build"' EXIT
for variant in "" -DHOST_LACKS_CRC; do
  $cc -std=gnu11 -Wall -Wextra -Werror $variant -Iinclude -o "$build/test" \
    c-harness/bridge/bridge_test.c include/mtproxy_ffi_bridge.c
  "$build/test" >"$build/log" || { cat "$build/log" >&2; exit 1; }
done
echo "bridge: right ones pass, wrong ones are named"
