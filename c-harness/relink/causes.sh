# From the output of a compiler or linker to one line.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# found PATTERN: the first line of $log that has it, into $line.
found() { line=$(grep -m 1 -E "$1" "$log") && [ -n "$line" ]; }

# part EXPRESSION: what sed keeps of $line.
part() { printf '%s\n' "$line" | sed -n "s/$1.*/\\1/p"; }

# cause PATTERN CAUSE CURE [EXPRESSION]: ends where the log has the pattern. EXPRESSION keeps the part of the line that stands
# in CAUSE for the @.
cause() {
  found "$1" || return 0
  case $2 in *@*) set -- "$1" "${2%%@*}$(part "$4")${2#*@}" "$3" ;; esac
  fail "$what: $2" "$3"
}

# fail_for WHAT LOG: ends with the cause that the log shows.
fail_for() {
  what=$1 log=$2
  # The drop-in's own C files.
  cause "mtproxy-ffi@.*unrecognized command.line option .-m64" "this compiler is for another machine than Rust's" \
    "say TARGET=that machine in Rust's words, such as aarch64-unknown-linux-gnu"
  cause "unrecognized command.line option .*-m(pclmul|ssse3|fpmath)|(unknown|bad) value .*core2|unsupported option '-m|fatal error: (cpuid|x86intrin|wmmintrin)\.h" \
    "it compiles for x86-64 only, and this compiler for another machine" \
    "take a tree that also compiles for it, such as teleproxy, or relink on an x86-64 machine"
  cause 'fatal error: openssl/|cannot find -l(crypto|ssl)' "OpenSSL's headers or library are not installed" \
    "apt install libssl-dev (dnf install openssl-devel)"
  cause 'fatal error: zlib\.h|cannot find -lz$' "zlib's headers or library are not installed" "apt install zlib1g-dev (dnf install zlib-devel)"
  cause 'fatal error: (stdio|stdlib|string|assert|errno|unistd)\.h' "libc's headers are not installed" \
    "apt install build-essential (dnf install gcc make glibc-devel)"
  cause 'fatal error: [^ ]*:' "the header @ is not found" "install what brings it, or complete the tree" '.*fatal error: \([^ :]*\)'
  cause 'cannot find -l' "the library @ is not installed" "install what brings it" '.*cannot find \(-l[^ :]*\)'
  cause ': (not found|No such file or directory|command not found)$' "a program or file is missing (@)" \
    "apt install build-essential (dnf install gcc make)" '^\(.*\)'
  cause 'No rule to make target' "the tree is incomplete: no @" "get it whole (git checkout .)" '.*No rule to make target .\([^ ]*\)[^A-Za-z0-9 ]'
  cause 'No space left' "the disk is full" "make room, also below build/"
  cause 'failed to (download|fetch|get) |no matching package named|Could not resolve host' "the crates that it is built from cannot be fetched" \
    "connect to the network for the first build, or run 'cargo fetch --locked' where there is one and copy ~/.cargo"
  cause 'multiple definition of|duplicate symbol' "@ is defined twice" "this fork's library does not fit, and can call the boundary instead (docs/forks.md); see $log" \
    '.*multiple definition of .\([A-Za-z0-9_]*\)'
  cause 'undefined reference to|undefined symbol' "@ is defined nowhere" "make clean in the tree and try again; if that does not help, this fork does not fit; see $log" \
    '.*undefined reference to .\([A-Za-z0-9_]*\)'
  cause 'error:|Error [0-9]' "@" "mend that; the whole output is in $log" '\(.\{1,200\}\)'
  fail "$what: the reason is in its output" "see $log, and report it with that file"
}
