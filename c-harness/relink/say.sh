# What a user reads, and the end with one line.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

say() { printf 'relink: %s\n' "$*"; }

# fail CAUSE CURE: nothing was changed where the proxy lies.
fail() {
  printf 'relink: %s: %s\n' "$1" "$2" >&2
  exit 1
}

# A path as a shell takes it.
quoted() {
  case $1 in
    *[!A-Za-z0-9_./+:@%,=-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
  esac
}
