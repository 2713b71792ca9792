# A copy of a real tree, compiled from nothing, relinked, and with traffic.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

real=$build/real
mkdir "$real"
cp -Rp "$given/." "$real"
rm -rf "$real/objs" "$real/dep"
works "$given" "$real"
cat "$build/stdout"
proxy=$(sed -n 's/^to test: .*PROXY=\([^ ;]*\).*/\1/p' "$build/stdout")
git -C "$real" diff --quiet || no "a tracked source was changed"
original=$proxy.original
if [ ! -e "$original" ]; then
  [ ! -e "$real/objs/lib/libkdb.a" ] || no "the tree's library was built, and not its original"
  # To go back, as the last line says.
  mv "$proxy" "$build/relinked"
  original=$proxy proxy=$build/relinked
  sed -n 's/^to go back: .*: \(rm\) \(.*\), and \(make .*\) builds one$/\1 -f \2 \&\& \3/p' "$build/stdout" >"$build/back"
  env -u MAKEFLAGS -u MFLAGS -u TREE sh -e "$build/back" >"$build/log" 2>&1 || { cat "$build/log" >&2; no "the tree's make builds no original"; }
  if [ ! -e "$original" ] || ours "$original"; then no "the tree's make builds no original"; fi
fi
"$OWN_MAKE" --no-print-directory check-proxy PROXY="$proxy" BASELINE="$original" CHECK_PROXY_FLAGS=--quick
