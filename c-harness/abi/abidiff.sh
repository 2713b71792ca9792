#!/bin/sh
# Compares the ABI of the header (names, prototypes, layouts, enumerators), as a C compiler sees it, with the committed
# baseline of the present version; and with that of version 1, to which it may only have added. (Asserts generated from src/layout/layouts.tsv, and checks/artifacts.sh, compare the library with the
# header.)
#
# usage: abidiff.sh BUILD_DIR [update]       (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
dir=$1/abi
baseline=c-harness/abi/api-2.abi
cc=${CC:-cc}
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# The baseline is for one kind of machine.
machine=$($cc -dumpmachine)
case $machine in x86_64-*linux-gnu*) ;; *) echo "abi: skipped: the baseline is for x86_64, this is $machine"; exit 0 ;; esac
if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
  [ "${CI:-}" != true ] || fail "abidw and abidiff are not installed (Debian: abigail-tools)"
  echo "abi: skipped: abidw and abidiff are not installed (Debian: abigail-tools)"
  exit 0
fi

# Every prototype of a header as an empty function, so that its types come with debug information.
corpus() { # header, result
  awk '
    /^#ifdef __cplusplus/ { inside = !ended; skip = 1 }
    /^\/\// { next }
    inside && !skip && /^(int32_t|uint32_t|int64_t|double|void) mtproxy_ffi_/ { open = 1 }
    open { line = line $0; if (/;$/) { sub(/;$/, " { return 0; }", line); print line; line = ""; open = 0 } }
    /^#endif/ { skip = 0 }' "$1" >"$dir/functions"
  { echo "#include \"$1\""; cat "$dir/functions"; } >"$dir/corpus.c"
  $cc -std=c11 -g -O0 -w -fPIC -shared -I. -o "$dir/corpus.so" "$dir/corpus.c"
  abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --type-id-style hash "$dir/corpus.so" >"$2"
}

corpus include/mtproxy_ffi.h "$dir/now.abi"
if [ "${2:-}" = update ]; then
  cp "$dir/now.abi" $baseline
  echo "abi: baseline written"
  exit 0
fi
functions=$(wc -l <"$dir/functions" | tr -d ' ')
[ "$functions" = "$(wc -l <"$1/generated/boundary.exports" | tr -d ' ')" ] || fail "the header has $functions functions"
abidiff "$baseline" "$dir/now.abi" >"$dir/report" || { cat "$dir/report" >&2; fail "the ABI of version 2 has changed"; }
# Hosts of version 1 are served: what they use is unchanged.
serves_first() { abidiff --no-added-syms c-harness/abi/api-1.abi "$1" >"$dir/report"; }
serves_first "$dir/now.abi" || { cat "$dir/report" >&2; fail "hosts of version 1 are not served"; }

# A changed field, a changed argument and a removed function must each be detected.
seen=0
for change in 's/^  int32_t found_mask;/  int64_t found_mask;/' 's/\(mtproxy_ffi_net_epoll_conv_flags(\)int32_t/\1int64_t/' \
  's/^uint32_t mtproxy_ffi_api_version(void);//'; do
  sed "$change" include/mtproxy_ffi.h >"$dir/changed.h"
  if cmp -s include/mtproxy_ffi.h "$dir/changed.h"; then fail "control: $change changes nothing"; fi
  corpus "$dir/changed.h" "$dir/changed.abi"
  if abidiff "$baseline" "$dir/changed.abi" >/dev/null; then fail "control: not seen: $change"; fi
  if serves_first "$dir/changed.abi"; then fail "control: version 1: not seen: $change"; fi
  seen=$((seen + 1))
done
echo "abi: $functions functions as in the baseline of API 2, which serves hosts of 1; $seen kinds of drift are seen"
