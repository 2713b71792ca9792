# A copy of a real tree, compiled from nothing, relinked, and with traffic.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

real=$build/real
mkdir "$real"
cp -Rp "$given/." "$real"
rm -rf "$real/objs" "$real/dep"
works "$given" "$real"
cat "$build/stdout"
proxy=$(sed -n 's/^to test: .*PROXY=\([^ ]*\) .*/\1/p' "$build/stdout")
git -C "$real" diff --quiet || no "a tracked source was changed"
"$OWN_MAKE" --no-print-directory check-proxy PROXY="$proxy" BASELINE="$proxy.original" CHECK_PROXY_FLAGS=--quick
