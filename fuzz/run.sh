#!/bin/sh
# Builds all fuzz targets with coverage feedback and, where the compiler has it, AddressSanitizer, runs each for a while
# and prints a table. Needs a C++ compiler; cargo-fuzz is not needed, and works on the same folder.
#
# usage: [LEGACY_LIB=libkdb.a] fuzz/run.sh BUILD_DIR SECONDS [TARGET...]      (from the project's folder)
#
# With LEGACY_LIB, the targets that can also compare with the original, live, in the same process.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
build=$1 seconds=$2
shift 2
cargo=${CARGO:-cargo}
rustc=${RUSTC:-rustc}
project=$(pwd)
mkdir -p "$build/fuzz"
build=$(cd "$build/fuzz" && pwd)
host=$($rustc -vV | sed -n 's/^host: //p')
sysroot=$($rustc --print sysroot)

if ! command -v "${CXX:-c++}" >/dev/null; then
  [ "${CI:-}" != true ] || { echo "FAILED: fuzz: no C++ compiler for libFuzzer" >&2; exit 1; }
  echo "fuzz: skipped: no C++ compiler for libFuzzer"
  exit 0
fi

# With a target directory of its own, so that build scripts and macros, which are not fuzzed, are built without these flags.
flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
sanitizer=none
if [ "${SANITIZER:-address}" = address ] &&
  [ -n "$(find "$sysroot/lib/rustlib/$host/lib" -name 'librustc*_rt.asan.a' 2>/dev/null)" ]; then
  sanitizer=address
  flags="$flags -Zsanitizer=address"
  export RUSTC_BOOTSTRAP=1
  # The drop-in's C shim as well.
  if : | ${CC:-cc} -fsanitize=address -x c -c -o "$build/sanitized.o" - 2>/dev/null; then
    export CFLAGS="${CFLAGS:-} -fsanitize=address"
  fi
  rm -f "$build/sanitized.o"
fi
features=""
if echo '#include <openssl/evp.h>
int main(void) { return EVP_md5() == 0; }' | ${CC:-cc} -x c -o "$build/openssl" - -lcrypto 2>/dev/null; then
  features="--features openssl"
fi
rm -f "$build/openssl"
# Those with the whole drop-in are built apart: it defines what the others' host has.
whole=$(sed -n 's#^path = "fuzz_targets/whole/\([a-z_]*\).rs"$#\1#p' fuzz/Cargo.toml)
[ $# -gt 0 ] || set -- $(sed -n 's#^path = "fuzz_targets/\([a-z_]*\).rs"$#\1#p' fuzz/Cargo.toml) $whole
# Not `seed`, which is not a target and, without a sanitizer, does not link with coverage.
bins=" --bin control --bin control_live" whole_bins=""
for target in "$@"; do
  case " $(echo $whole) " in *" $target "*) whole_bins="$whole_bins --bin $target" ;; *) bins="$bins --bin $target" ;; esac
done
build_targets() {
  RUSTFLAGS="$flags" $cargo build --quiet --locked --release --manifest-path fuzz/Cargo.toml --target "$host" "$@"
}
echo "fuzz: building (sanitizer: $sanitizer${features:+, with OpenSSL})"
build_targets --target-dir "$build/target" $features $bins
bin=$build/target/$host/release
if [ -n "$whole_bins" ]; then
  build_targets --target-dir "$build/whole" --features whole $whole_bins
  for target in "$@"; do
    case " $(echo $whole) " in *" $target "*) cp "$build/whole/$host/release/$target" "$bin/" ;; esac
  done
fi

# Each control has a fault that must be found: one in a target, one in a comparison with the original.
mkdir -p "$build/findings"
control() {
  name=$1
  mkdir -p "$build/$name"
  if "$bin/$name" -runs=2000000 -seed=1 -max_total_time=120 -artifact_prefix="$build/$name/" "$build/$name" >"$build/$name.log" 2>&1; then
    echo "FAILED: control: $name: a planted mistake is not found" >&2
    exit 1
  fi
  grep -q 'planted mistake' "$build/$name.log" || { tail -n 20 "$build/$name.log" >&2; echo "FAILED: control: $name: it failed for another reason" >&2; exit 1; }
  found=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$build/$name.log" | tail -n 1)
  rm -rf "${build:?}/$name"
  echo "fuzz: the planted mistake of $name was found after about $found executions"
}
control control
if [ -n "${LEGACY_LIB:-}" ]; then
  export LEGACY_LIB
  control control_live
  echo "fuzz: compared with the original itself too:" $(grep -l 'support::' fuzz/fuzz_targets/*.rs fuzz/fuzz_targets/whole/*.rs | sed 's#.*/##; s#\.rs$##; /^control/d')
else
  echo "fuzz: skipped: comparing with the original itself (no LEGACY_LIB)"
fi

status=0
printf '  %-12s %10s %9s %9s %8s %7s  %s\n' target executions "per sec" coverage features corpus findings
for target in "$@"; do
  case $target in control*) continue ;; esac
  # New inputs stay in the build folder; the committed ones are only read.
  mkdir -p "$build/corpus/$target" "fuzz/corpus/$target"
  dictionary=$project/fuzz/dictionaries/$target
  set -- -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -verbosity=1
  [ ! -e "$dictionary" ] || set -- "$@" -dict="$dictionary"
  result=none
  "$bin/$target" "$@" -artifact_prefix="$build/findings/$target-" "$build/corpus/$target" "$project/fuzz/corpus/$target" \
    >"$build/$target.log" 2>&1 || { result="FOUND"; status=1; }
  awk -v target="$target" -v result="$result" '
    / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1); if ($i == "corp:") corp = $(i + 1) } }
    /^stat::number_of_executed_units:/ { runs = $2 }
    /^stat::average_exec_per_sec:/ { speed = $2 }
    END { sub("/.*", "", corp); printf "  %-12s %10s %9s %9s %8s %7s  %s\n", target, runs, speed, cov, ft, corp, result }' "$build/$target.log"
  [ "$result" = none ] || { grep -m 1 -A 4 'panicked at\|ERROR: ' "$build/$target.log" >&2 || true; echo "  the input: $(ls -t "$build/findings/$target"-* | head -n 1)" >&2; }
done
exit $status
