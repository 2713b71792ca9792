#!/bin/sh
# Checks that make finds cargo's results wherever cargo's variables put them, and never uses the result of a failed build or of
# the last build for another machine. Uses a stand-in for cargo that compiles nothing; reproducible.sh uses the real one.
#
# usage: cargo_folders.sh BUILD_DIR DIST_DIR CAPI_ARCHIVE KDB_ARCHIVE KDB_LEAF_ARCHIVE     (from the project's folder; the
# archives are those of cargo, named by their features)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
mkdir -p "$1/cargo_folders"
dir=$(cd "$1/cargo_folders" && pwd)
dist=$2
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# Puts its result where cargo would, and counts its calls.
for feature in capi kdb kdb_leaf; do
  ln -s "$(cd "$(dirname "$3")" && pwd)/$(basename "$3")" "$dir/$feature.a"
  shift
done
LEFT=$dir/left MADE=$dir
export LEFT MADE
cat >"$dir/cargo" <<'END'
#!/bin/sh
folder=${CARGO_TARGET_DIR:-target}
while [ $# -gt 0 ]; do
  case $1 in --target-dir) folder=$2 ;; --features) feature=$2 ;; esac
  shift
done
folder=$folder/${CARGO_BUILD_TARGET:+$CARGO_BUILD_TARGET/}release
echo "$folder" >>"$LEFT"
mkdir -p "$folder"
case ${FAKE:-works} in
  works) cp "$MADE/$feature.a" "$folder/libmtproxy_ffi.a" ;;
  fails) exit 101 ;;
  leaves_nothing) ;;
  leaves_no_byte) : >"$folder/libmtproxy_ffi.a" ;;
esac
END
chmod +x "$dir/cargo"

# Without the variables of the calling make, so that the environment decides.
build() { MAKEFLAGS='' ${MAKE:-make} -s CARGO="$dir/cargo" BUILD="$dir/build" DIST="$dir/dist" "$@" >"$dir/log" 2>&1; }
# (make install rewrites the pkg-config file.)
same() { diff -r -x '*.pc' "$dist" "$dir/dist" >"$dir/log" 2>&1; }
must_build() { build "$@" || { cat "$dir/log" >&2; fail "make with $*"; }; }
must_equal() { same || { cat "$dir/log" >&2; fail "$*: another result"; }; }
calls() { wc -l <"$LEFT" | tr -d ' '; }
host=$(${RUSTC:-rustc} -vV | sed -n 's/^host: //p')

unset CARGO_BUILD_TARGET
relative=${dir#"$(pwd)/"}/relative
CARGO_TARGET_DIR=$relative must_build all
must_equal CARGO_TARGET_DIR
CARGO_TARGET_DIR=$relative must_build all
[ "$(calls)" = 3 ] || fail "cargo was called $(calls) times for three archives"

# For another folder or machine everything is rebuilt, and again on the way back.
CARGO_TARGET_DIR=$dir/absolute CARGO_BUILD_TARGET=$host must_build all
must_equal CARGO_BUILD_TARGET
grep -qx "$dir/absolute/$host/release" "$LEFT" && grep -qx "$dir/absolute/kdb/$host/release" "$LEFT" || fail "cargo was called for $(cat "$LEFT")"
[ "$(calls)" = 6 ] || fail "for another machine cargo was not called"
must_build all CARGO_TARGET_DIR="$dir/absolute" CARGO_BUILD_TARGET=
must_equal "CARGO_BUILD_TARGET taken back"
[ "$(calls)" = 9 ] || fail "cargo was not called for this machine again"

# A failed build leaves nothing that the next make uses.
for FAKE in fails leaves_nothing leaves_no_byte; do
  export FAKE
  rm -rf "$dir/dist" "$dir/absolute"
  for attempt in first second; do
    for what in boundary kdb; do
      if build $what CARGO_TARGET_DIR="$dir/absolute"; then fail "a cargo that $FAKE is taken for one that works, $attempt make $what"; fi
    done
  done
  [ -z "$(find "$dir" -path "$dir/dist/*.[ao]")" ] || fail "a cargo that $FAKE leaves" $(find "$dir/dist" -name '*mtproxy*')
done
unset FAKE
must_build all CARGO_TARGET_DIR="$dir/absolute"
must_equal "after failed builds"
# An empty library is rebuilt.
: >"$dir/absolute/kdb_leaf/release/libmtproxy_ffi.a"
must_build all CARGO_TARGET_DIR="$dir/absolute"
must_equal "after a library lost its bytes"
printf x >>"$dir/dist/lib/mtproxy_kdb.o"
if same; then fail "control: one byte more is not seen"; fi
echo "cargo's folders: found in four places; three kinds of failed builds leave nothing"
