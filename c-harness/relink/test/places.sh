# Where the binary goes, what is kept, and a proxy that runs meanwhile.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

another places
proxy=$tree/objs/bin/mtproto-proxy
make -s -C "$tree" ${CC:+"CC=$CC"} >"$build/log"
cksum <"$proxy" >"$build/first"
"$proxy" wait &
running=$!
works "a tree that is built, while its binary runs" "$tree"
[ "$proxy.original" -ef "/proc/$running/exe" ] || no "what ran is not what was kept"
kill -0 "$running" || no "what ran was ended"
kill "$running"
cksum <"$proxy.original" | cmp -s - "$build/first" || no "the original was changed"
works "a tree that is relinked" "$tree" FOLDERS='DIST=elsewhere BUILD=there'
grep -q '^to test: .* DIST=elsewhere BUILD=there; then' "$build/stdout" || no "the test's command looks in other folders"
cksum <"$proxy.original" | cmp -s - "$build/first" || no "the original was changed by the second time"
mv "$proxy.original" "$proxy"
if ours "$proxy"; then no "going back"; fi

# The sources change, as by git pull: what stood there stays, and is no baseline any more.
grep -q '^to test: .* BASELINE=' "$build/stdout" || no "the original of this tree is no baseline"
echo 'int of_a_later_revision;' >>"$tree/mtproto/mtproto-config.c"
works "a later revision beside an original" "$tree"
cksum <"$proxy.original" | cmp -s - "$build/first" || no "what stood there was not kept"
if grep -q ' BASELINE=' "$build/stdout"; then no "an original of another revision is a baseline"; fi

# Where the library is linked, the original is of this tree.
another places_with_library
more_of_the_fork
proxy=$tree/objs/bin/mtproto-proxy
works "before" "$tree"
echo 'int of_a_later_revision;' >>"$tree/mtproto/mtproto-config.c"
touch -d '1 hour ago' "$proxy.original"
works "a tree with a later revision" "$tree"
LC_ALL=C readelf -sW "$proxy.original" | grep -q of_a_later_revision || no "the original is of the revision before"
cksum <"$proxy.original" >"$build/first"
works "before" "$tree"
cksum <"$proxy.original" | cmp -s - "$build/first" || no "the original was changed without need"
change "$tree/mtproto/mtproto-proxy.c" 's/mtproxy-0.01/mtproxy-0.02/'
make -s -C "$tree" objs/mtproto/mtproto-proxy.o >"$build/log"
touch "$proxy.original"
works "a tree with another version" "$tree"
grep -aq mtproxy-0.02 "$proxy.original" || no "the original is of the version before"

mkdir "$build/service"
works "OUT is a folder" "$tree" OUT="$build/service"
works "OUT is a file" "$tree" OUT="$build/service/proxy"
ln -s proxy "$build/service/link"
works "OUT is a link" "$tree" OUT="$build/service/link"
if [ ! -L "$build/service/link" ] || ! ours "$build/service/proxy"; then no "a link must stay a link"; fi
printf '#!/bin/sh\nexec proxy\n' >"$build/service/script"
refused 'script.* is no program but a script' "$tree" OUT="$build/service/script"
refused 'is another program than an MTProxy' "$tree" OUT="$(command -v awk | xargs readlink -f)"
refused 'there is no folder .*/nowhere' "$tree" OUT="$build/nowhere/proxy"

# A copy leaves everything as it is.
another left_alone
find "$tree" | sort >"$build/before_copy"
works "a copy" "$tree" COPY=1
find "$tree" | sort | cmp -s - "$build/before_copy" || no "COPY=1 writes into the tree"
ours "$build/out/bin/mtproto-proxy" || no "the copy's binary is not kept"
if [ "$(id -u)" != 0 ]; then
  chmod a-w "$tree"
  works "a read-only tree" "$tree"
  chmod u+w "$tree"
fi
