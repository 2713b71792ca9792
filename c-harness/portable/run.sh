#!/bin/sh
# The whole suite on other machines: unit tests, tests/ with the recorded vectors, the shipped artefacts and the C host,
# built by a cross compiler and run by qemu. Documentation tests are left out: older compilers cannot run them so.
#
# usage: run.sh BUILD_DIR [ARCHITECTURE...]      (from the project's folder; Debian's names, see machines.sh)
#
# Skipped, with one line, where the tools cannot be had; where CI=true that is a failure.
set -eu
build=$1
shift
if [ $# = 0 ]; then
  # Of the 32-bit ones, the one that this machine runs itself where it does.
  case $(uname -m) in x86_64) set -- arm64 s390x i386 ;; *) set -- arm64 s390x armhf ;; esac
fi
cargo=${CARGO:-cargo}
source=$(pwd)
here=$source/c-harness/portable
. "$here/machines.sh"
fail() { echo "FAILED: $*" >&2; exit 1; }

mkdir -p "$build/portable"
folder=$(cd "$build/portable" && pwd)
if ! sh "$here/fetch.sh" "$folder" "$@" 2>"$folder/why"; then
  [ "${CI:-}" != true ] || fail "$(cat "$folder/why")"
  echo "portable: skipped: $(tail -n 1 "$folder/why")"
  exit 0
fi
root=$folder/root
libraries=$root/usr/lib/$(uname -m)-linux-gnu

# The unpacked programs, each with its own libraries and nobody else with them.
mkdir -p "$folder/bin"
for tool in rustc rustdoc; do
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/usr/bin/%s "$@"\n' "$libraries" "$root" "$tool" >"$folder/bin/$tool"
done

# A folder that looks like the project, so that its Makefile and tests run in it; only the vectors are copies, to be
# damaged for the control.
make_tree() { # tree, where cargo puts releases for that machine
  rm -rf "$1"
  mkdir -p "$1/target" "$1/c-harness" "$2"
  # The Makefile expects them where they are for this machine.
  ln -s "$2" "$1/target/release"
  for name in Cargo.toml Cargo.lock Makefile build.rs cbindgen.toml README.md src include tests examples benches; do
    ln -s "$source/$name" "$1/$name"
  done
  for name in host checks header bridge; do ln -s "$source/c-harness/$name" "$1/c-harness/$name"; done
  cp -R "$source/c-harness/vectors" "$1/c-harness/vectors"
}

run_on() { # architecture
  describe "$1"
  tree=$folder/$1
  # Beside the tree, to be kept for the next time.
  kept=$folder/target-$1
  make_tree "$tree" "$kept/$rust_target/release"

  for tool in gcc ld ar objcopy size; do
    program=$root/usr/bin/$gnu-$tool
    [ -e "$program" ] || program=$program-12
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$program" >"$folder/bin/$gnu-$tool"
  done
  # A processor that runs these programs itself is the better witness; else it is emulated.
  loader=$root/usr/$gnu/lib/${loader:-none}
  if [ -e "$loader" ] && "$loader" --version >/dev/null 2>&1; then
    how=native
    printf '#!/bin/sh\nexec %s --library-path %s/usr/%s/lib "$@"\n' "$loader" "$root" "$gnu" >"$folder/bin/run-$1"
  else
    how=emulated
    printf '#!/bin/sh\nexec %s/usr/bin/qemu-%s-static -L %s/usr/%s "$@"\n' "$root" "$qemu" "$root" "$gnu" >"$folder/bin/run-$1"
  fi
  chmod +x "$folder"/bin/*

  upper=$(echo "$rust_target" | tr a-z- A-Z_)
  export RUSTC="$folder/bin/rustc" RUSTDOC="$folder/bin/rustdoc" CARGO_BUILD_TARGET="$rust_target"
  export "CARGO_TARGET_${upper}_LINKER=$folder/bin/$gnu-gcc" "CARGO_TARGET_${upper}_RUNNER=$folder/bin/run-$1"
  # Emulation is slow: optimised a little, with debug assertions and overflow checks left on.
  export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="$kept"
  log=$folder/$1.log

  cd "$tree"
  started=$(date +%s)
  : >"$log"
  for features in "" "--features capi"; do
    $cargo test --locked --lib --tests $features >>"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "$1: cargo test $features"; }
  done
  passed=$(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
  [ "$passed" -ge 100 ] || fail "$1: only $passed tests ran"

  case $1 in arm64) dropin=kdb ;; *) dropin= ;; esac
  make -s boundary $dropin build/host/host-archive build/host/host-object build/host/host-shared \
    CC="$folder/bin/$gnu-gcc" AR="$folder/bin/$gnu-ar" LD="$folder/bin/$gnu-ld" OBJCOPY="$folder/bin/$gnu-objcopy" \
    >>"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "$1: make"; }
  for kind in archive object shared; do
    "$folder/bin/run-$1" build/host/host-$kind c-harness/host/proxy-multi.conf >"$folder/host.log" 2>&1 ||
      { cat "$folder/host.log" >&2; fail "$1: host-$kind"; }
  done
  bound=$(tail -n 1 "$folder/host.log")

  # It is another machine, and a wrong result on it is seen: with one digit of one recorded row changed, the suite fails.
  machine=$(readelf -h build/host/host-archive | sed -n 's/ *Machine: *//p')
  sed '5s/\(.*\)\t\([^\t]*\)$/\1\t\2x/' "$source/c-harness/vectors/tl_query.tsv" >c-harness/vectors/tl_query.tsv
  if $cargo test --locked --features capi --test vectors >"$folder/control.log" 2>&1; then
    fail "control: $1: a damaged vector is not seen"
  fi
  grep -q 'tl_query.tsv:5' "$folder/control.log" || { tail -n 20 "$folder/control.log" >&2; fail "control: $1: it failed for another reason"; }
  cd "$source"
  printf '  %-6s %-18s %-8s %4s tests, host: %s, %s s; a damaged vector is seen\n' "$1" "$machine" "$how" "$passed" "$bound" \
    "$(($(date +%s) - started))"
}

echo "portable: Rust $(cat "$folder/version")"
for arch in "$@"; do
  (run_on "$arch") || exit 1
done
