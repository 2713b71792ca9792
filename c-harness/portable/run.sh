#!/bin/sh
# The suite on other machines: unit tests, tests/ with the recorded vectors, the shipped libraries and the C host, the
# differential replay, and, if the drop-in supports the machine, the drop-in's unit tests and checks, and stress with many
# threads for STRESS seconds (20); built by a cross compiler and run by
# qemu. Omitted: documentation tests, which older compilers cannot run in this way; the crate without its C boundary, which
# has no other code; the header's generator and the benches, which do not depend on the machine and take longest to build;
# and the replay on machines with a 32-bit long, because the recorded structures have 64-bit ones.
#
# usage: run.sh BUILD_DIR [ARCHITECTURE...]      (from the project's folder; Debian's names, see machines.sh)
#
# Skipped, with one line, if the tools are not available; with CI=true that is a failure.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1
shift
if [ $# = 0 ]; then
  # Of the 32-bit machines the one whose programs this machine can run, if there is one.
  case $(uname -m) in x86_64) set -- arm64 s390x i386 ;; *) set -- arm64 s390x armhf ;; esac
fi
# `make test` tests this machine's own architecture.
native=$(dpkg --print-architecture 2>/dev/null || true)
for arch in "$@"; do
  shift
  if [ "$arch" = "$native" ]; then echo "portable: skipped: $arch, which is this machine"; else set -- "$@" "$arch"; fi
done
[ $# != 0 ] || exit 0
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

# Wrappers for the unpacked programs, each with its own libraries.
mkdir -p "$folder/bin"
for tool in rustc rustdoc; do
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/usr/bin/%s "$@"\n' "$libraries" "$root" "$tool" >"$folder/bin/$tool"
done

# A folder like the project's, in which its Makefile and tests run. The vectors are copied, because the control damages them;
# and so are the manifest, the lock file and tests/, without the header's generator and the benches. All else is linked.
make_tree() { # tree
  rm -rf "$1"
  mkdir -p "$1/c-harness"
  for name in Makefile mk build.rs README.md docs src include examples; do ln -s "$source/$name" "$1/$name"; done
  cp -R -p "$source/tests" "$1/tests"
  rm "$1/tests/header.rs"
  sed '/^cbindgen = /d; /^criterion = /d; /^\[\[bench\]\]$/,/^$/d' "$source/Cargo.toml" >"$1/Cargo.toml"
  cp "$source/Cargo.lock" "$1/Cargo.lock"
  (cd "$1" && { $cargo update --quiet --workspace --offline || $cargo update --quiet --workspace; }) 2>"$1.log" ||
    { cat "$1.log" >&2; fail "the smaller manifest's lock"; }
  # The locked versions stay the same.
  for name in name version; do
    sed -n "s/^$name = //p" "$1/Cargo.lock" | sort -u >"$1.locked"
    ! sed -n "s/^$name = //p" "$source/Cargo.lock" | grep -vxFf - "$1.locked" || fail "another $name is locked"
  done
  for name in abi bridge checks differential header host lib threads; do ln -s "$source/c-harness/$name" "$1/c-harness/$name"; done
  cp -R "$source/c-harness/vectors" "$1/c-harness/vectors"
}

# Runs the suite for one machine.
make_tools() { # architecture
  describe "$1"
  for tool in gcc ld ar objcopy size; do
    program=$root/usr/bin/$gnu-$tool
    [ -e "$program" ] || program=$program-12
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$program" >"$folder/bin/$gnu-$tool"
  done
  # If this processor can run the programs itself, it does; else they are emulated.
  loader=$root/usr/$gnu/lib/${loader:-none}
  if [ -e "$loader" ] && "$loader" --version >/dev/null 2>&1; then
    printf '#!/bin/sh\n# native\nexec %s --library-path %s/usr/%s/lib "$@"\n' "$loader" "$root" "$gnu" >"$folder/bin/run-$1"
  else
    printf '#!/bin/sh\n# emulated\nexec %s/usr/bin/qemu-%s-static -L %s/usr/%s "$@"\n' "$root" "$qemu" "$root" "$gnu" >"$folder/bin/run-$1"
  fi
}

run_on() { # architecture
  describe "$1"
  tree=$folder/$1
  # Outside the copied tree, so that it is kept for the next run.
  kept=$folder/target-$1
  make_tree "$tree"
  log=$folder/$1.log
  cd "$tree"
  started=$(date +%s)
  : >"$log"

  upper=$(echo "$rust_target" | tr a-z- A-Z_)
  export RUSTC="$folder/bin/rustc" RUSTDOC="$folder/bin/rustdoc" CARGO_BUILD_TARGET="$rust_target"
  export "CARGO_TARGET_${upper}_LINKER=$folder/bin/$gnu-gcc" "CARGO_TARGET_${upper}_RUNNER=$folder/bin/run-$1" MTPROXY_FFI_RUN="$folder/bin/run-$1"
  # Optimised a little, because emulation is slow; debug assertions and overflow checks stay on.
  export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="$kept"
  $cargo test --locked --lib --tests --features capi >>"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "$1: cargo test"; }
  passed=$(sed -n 's/^test result: ok. \([0-9]*\) passed.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
  [ "$passed" -ge 100 ] || fail "$1: only $passed tests ran"

  # The build finds the compiler by the machine's name alone, as a user's does; the scripts below are told.
  export PATH="$folder/bin:$PATH" CC="$gnu-gcc" AR="$gnu-ar" LD="$folder/bin/$gnu-ld" OBJCOPY="$folder/bin/$gnu-objcopy" \
    SIZE="$folder/bin/$gnu-size" RUN="$folder/bin/run-$1"
  for_it() { make -s "$@" CC="$CC" AR="$AR" LD="$LD" OBJCOPY="$OBJCOPY" SIZE="$SIZE" RUN="$RUN" >>"$log" 2>&1; }
  env -u CC -u AR -u CARGO_BUILD_TARGET make -s TARGET="$rust_target" LD="$LD" OBJCOPY="$OBJCOPY" \
    boundary $dropin build/host/host-archive build/host/host-object build/host/host-shared >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "$1: make"; }
  for kind in archive object shared; do
    "$RUN" build/host/host-$kind c-harness/host/proxy-multi.conf >"$folder/$1-host.log" 2>&1 ||
      { cat "$folder/$1-host.log" >&2; fail "$1: host-$kind"; }
  done
  host="host: $(tail -n 1 "$folder/$1-host.log")"
  sh c-harness/checks/artifacts.sh dist "$kept/$rust_target/release/libmtproxy_ffi.a" build >>"$log" 2>&1 ||
    { tail -n 5 "$log" >&2; fail "$1: what ships"; }
  # The differential harness replays the vectors too. Its clock cases wait for ticks, which are rare on some machines.
  replay() { for_it -C c-harness/differential replay OURS="$tree/dist/lib/$1" BUILD="$tree/build/differential" GENERATED="$tree/build/generated" N=20; }
  if [ "$bits" = 64 ]; then
    replay libmtproxy_ffi.so || { tail -n 40 "$log" >&2; fail "$1: differential replay"; }
    host="$host, replayed"
  fi
  if [ -n "$dropin" ]; then
    for_it build/stand_ins/stand_ins.o || { tail -n 20 "$log" >&2; fail "$1: stand-ins"; }
    MTPROXY_FFI_STAND_INS="$tree/build/stand_ins/stand_ins.o" $cargo test --locked --lib --features kdb >>"$log" 2>&1 ||
      { tail -n 40 "$log" >&2; fail "$1: the drop-in's unit tests"; }
    for_it stress SECONDS="${STRESS:-20}" || { tail -n 10 "$log" >&2; fail "$1: stress"; }
    ROUNDS=10000 for_it check-kdb coverage-objects || { grep -A 20 FAIL "$log" >&2; fail "$1: drop-in"; }
    replay libmtproxy_kdb.a || { tail -n 40 "$log" >&2; fail "$1: differential replay of the drop-in"; }
    host="$host, drop-in checked and replayed"
  fi

  # The controls: it is another machine; and with one digit of one recorded row changed, the suite fails.
  machine=$(readelf -h build/host/host-archive | sed -n 's/ *Machine: *//p')
  sed '5s/\(.*\)\t\([^\t]*\)$/\1\t\2x/' "$source/c-harness/vectors/tl_query.tsv" >c-harness/vectors/tl_query.tsv
  if $cargo test --locked --features capi --test vectors >"$folder/$1-control.log" 2>&1; then
    fail "control: $1: a damaged vector is not seen"
  fi
  grep -q 'tl_query.tsv:5' "$folder/$1-control.log" ||
    { tail -n 20 "$folder/$1-control.log" >&2; fail "control: $1: it failed for another reason"; }
  printf '  %-6s %-18s %-8s %4s tests, %s, %s s; a damaged vector is seen\n' "$1" "$machine" \
    "$(sed -n 's/^# //p' "$RUN")" "$passed" "$host" "$(($(date +%s) - started))"
  # Prints one line for each of these.
  grep '^ *skipped\|^stress:' "$log" | sed "s/^ */  $1 /" || true
}

echo "portable: Rust $(cat "$folder/version")"
for arch in "$@"; do make_tools "$arch"; done
chmod +x "$folder"/bin/*
# All machines in parallel; a signal to this script ends them all.
trap 'trap - TERM; kill -TERM 0' HUP INT TERM
for arch in "$@"; do
  (run_on "$arch") >"$folder/$arch.out" 2>&1 &
  echo $! >"$folder/$arch.pid"
done
status=0
for arch in "$@"; do
  wait "$(cat "$folder/$arch.pid")" || status=1
  cat "$folder/$arch.out"
done
exit $status
