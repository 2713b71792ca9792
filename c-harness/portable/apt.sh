# Packages of other machines, downloaded with apt and unpacked into one folder, but not installed. Needs no root, and does not
# change the machine's packages or apt's state. Read by the scripts that need them.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

cannot() { echo "$*" >&2; exit 3; }

# use_apt FOLDER ARCHITECTURE...: the machine's package sources, with lists and architectures of our own. Sets $folder, $root and
# $native.
use_apt() {
  folder=$1
  shift
  for tool in apt-get apt-cache dpkg dpkg-deb; do
    command -v $tool >/dev/null || cannot "$tool is not installed"
  done
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/packages"
  folder=$(cd "$folder" && pwd)
  root=$folder/root
  native=$(dpkg --print-architecture)
  {
    echo "Dir::State \"$folder/apt\";"
    echo "Dir::State::status \"/dev/null\";"
    echo "Dir::Cache \"$folder/apt/cache\";"
    echo "Acquire::Languages \"none\";"
    echo "Acquire::http::Timeout \"20\";"
    echo "APT::Architecture \"$native\";"
    printf 'APT::Architectures { "%s";' "$native"
    printf ' "%s";' "$@"
    echo ' };'
    echo "APT::Sandbox::User \"\";"
  } >"$folder/apt/conf"
  export APT_CONFIG=$folder/apt/conf
}

# Passed at each call, because the machine's configuration overrides ours: without a cache each call would read all lists.
kept_cache="-o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin"

update() { apt-get update -qq >"$folder/apt/log" 2>&1 || true; }

# unpack PACKAGE...: downloads those that are missing, and unpacks them into $root. Sets $missing.
unpack() {
  missing=
  for package; do [ -e "$folder/packages/$package" ] || missing="$missing $package"; done
  rm -f "$folder"/packages/*.deb
  [ -n "$missing" ] || return 0
  mkdir -p "$root"
  (cd "$folder/packages" && apt-get $kept_cache download -qq $missing >"$folder/apt/log" 2>&1) || {
    # The lists may be outdated.
    rm -rf "$folder/apt/lists"
    cannot "apt cannot download what is needed: $(grep -m 1 '^E:' "$folder/apt/log")"
  }
  for deb in "$folder"/packages/*.deb; do
    dpkg-deb -x "$deb" "$root"
    rm -f "$deb"
  done
}
# What was unpacked is not downloaded again.
unpacked() { for package in $missing; do : >"$folder/packages/$package"; done; }
