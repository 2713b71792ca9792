#!/bin/sh
# The host runs with each form of the library; if one function is unbound, it must fail and name the function.
#
# usage: host.sh BUILD_DIR CONFIG       (from the project's folder, after the hosts are built)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1/host config=$2
cc=${CC:-cc}
fail() { echo "FAILED: $*" >&2; exit 1; }

for kind in archive object shared; do
  "$build/host-$kind" "$config" >"$build/$kind.log" || { cat "$build/$kind.log" >&2; fail "host-$kind"; }
done
readelf -d "$build/host-shared" | grep -q 'NEEDED.*libmtproxy_ffi.so.1' || fail "host-shared does not use the shared object"
for kind in archive object; do
  if readelf -d "$build/host-$kind" | grep -q libmtproxy_ffi; then fail "host-$kind uses the shared object"; fi
done

# All references in the host's own files are weak, as in a mixed host; only the bridge's are strong.
readelf -sW "$build"/[!m]*.o "$build/main.o" | awk '$8 ~ /^mtproxy_ffi_/ && $5 != "WEAK" { print $8 }' >"$build/strong"
[ ! -s "$build/strong" ] || fail "not weak in the host: $(sort -u "$build/strong" | tr '\n' ' ')"

# With one function hidden the host must name it, and stop before calling it.
objcopy=$($cc -print-prog-name=objcopy)
"$objcopy" --localize-symbol=mtproxy_ffi_parse_statm dist/lib/mtproxy_ffi.o "$build/hidden.obj"
$cc -o "$build/host-hidden" "$build"/*.o "$build/hidden.obj" -lpthread
if "$build/host-hidden" "$config" >/dev/null 2>"$build/hidden.log"; then fail "an unbound function is not noticed"; fi
grep -qx 'fatal: mtproxy_ffi_parse_statm is not bound' "$build/hidden.log" || fail "$(cat "$build/hidden.log")"

# A file that is not a config, or is missing, must give an error, not a crash.
for bad in README.md /dev/null "$build/absent" "$build/host-archive"; do
  status=0
  "$build/host-archive" "$bad" >/dev/null 2>&1 || status=$?
  [ "$status" = 1 ] || fail "with $bad for a config the host ends with $status"
done
echo "host: archive, object and shared object work; an unbound function and bad configs are refused"
