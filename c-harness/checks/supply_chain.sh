#!/bin/sh
# Checks licences, duplicates, sources and, if the database can be fetched, advisories of all dependencies (deny.toml); and
# that docs/architecture.md gives a reason for each crate that the library needs.
#
# usage: supply_chain.sh BUILD_DIR       (from the project's folder)
#
# SPDX-License-Identifier: LGPL-2.0-or-later
set -eu
dir=$1/supply_chain
cargo=${CARGO:-cargo}
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
$cargo metadata --locked --format-version 1 >/dev/null || fail "Cargo.lock is not up to date"
direct=$(sed -n '/^\[dependencies\]/,/^\[dev-dependencies\]/s/^\([a-z0-9-]*\) = .*/\1/p' Cargo.toml)
for name in $direct; do
  grep -q "^|.*\`$name\`.*|" docs/architecture.md || fail "docs/architecture.md gives no reason for $name"
done
if grep -q "^|.*\`openssl\`.*|" docs/architecture.md; then fail "control: a reason for what is not needed"; fi
if ! $cargo deny --version >/dev/null 2>&1; then
  [ "${CI:-}" != true ] || fail "cargo-deny is not installed"
  echo "supply chain: $(echo $direct | wc -w | tr -d ' ') direct dependencies, each with a reason; cargo-deny skipped: not installed"
  exit 0
fi
$cargo deny --locked check licenses bans sources >"$dir/log" 2>&1 || { cat "$dir/log" >&2; fail "cargo deny"; }
# The control: with one allowed licence removed, the check must fail.
sed 's/"MIT", //' deny.toml >"$dir/deny.toml"
if $cargo deny --locked check --config "$dir/deny.toml" licenses >/dev/null 2>&1; then fail "control: a licence that is not allowed is not seen"; fi
advisories="no known advisory"
if ! $cargo deny --locked check advisories >"$dir/log" 2>&1; then
  grep -q 'failed to fetch advisory database' "$dir/log" && [ "${CI:-}" != true ] || { cat "$dir/log" >&2; fail "advisories"; }
  advisories="advisories skipped: no database within reach"
fi
echo "supply chain: $(echo $direct | wc -w | tr -d ' ') direct dependencies, each with a reason; licences, duplicates and sources: right; $advisories; a foreign licence is seen"
