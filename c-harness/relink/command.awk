# Finds the link command among the commands that `make -n -B` prints, and writes it to work/original.sh; with our archive instead
# of libkdb.a, to work/alone.sh; and with ours before it, to work/beside.sh. Prints what it links; or, with status 1, why it
# cannot.
#
# SPDX-License-Identifier: LGPL-2.0-or-later
BEGIN { the_library = "(^|[ \t])([^ \t]*libkdb\\.a|-lkdb)([ \t]|$)" }
{
  line = held $0
  held = ""
  if (line ~ /\\$/) { held = substr(line, 1, length(line) - 1) " "; next }
}
line ~ /(^|[ \t\/;&])g?ar[ \t].*libkdb\.a/ && match(line, /[^ \t]*libkdb\.a/) { library = substr(line, RSTART, RLENGTH) }
line ~ /[ \t]-o[ \t]*[^ \t]/ && line !~ /[ \t]-(c|shared|r)([ \t]|$)/ {
  name = line; sub(/.*[ \t]-o[ \t]*/, "", name); sub(/[ \t].*/, "", name)
  if (name ~ /\.(o|a|so|d)$/) next
  # A tree may link helpers as well; the proxy is the last program with a proxy's name, or the last with the library.
  if (name !~ /proxy[^\/]*$/ && command != "") next
  command = line; target = name
}
END {
  if (command == "") { print "its make links no program"; exit 1 }
  if (!match(command, the_library)) {
    print "its link command for " target " names no libkdb.a"
    exit 1
  }
  before = substr(command, 1, RSTART - 1); after = substr(command, RSTART)
  ours = before " \"$RELINK_ARCHIVE\" "; map = " -Xlinker -Map -Xlinker \"$RELINK_MAP\""
  print moved(command) >(work "/original.sh")
  print moved(ours without(after) map) >(work "/alone.sh")
  print moved(ours after map) >(work "/beside.sh")
  print "target " target
  n = split(command, words, /[ \t]+/)
  for (i = 1; i <= n; i++) {
    if (words[i] ~ /libkdb\.a$/) library = words[i]
    if (words[i] !~ /^-/ && words[i] ~ /\.[oa]$/ && !(words[i] in seen)) { seen[words[i]] = 1; print "input " words[i] }
  }
  if (library == "") { print "its make builds no libkdb.a" >"/dev/stderr"; exit 1 }
  if (!(library in seen)) print "input " library
  print "library " library
}
# A command may name the library more than once.
function without(text) {
  while (match(text, the_library)) text = substr(text, 1, RSTART - 1) " " substr(text, RSTART + RLENGTH)
  return text
}
# The same command with another result.
function moved(text) {
  match(text, /[ \t]-o[ \t]*[^ \t]+/)
  return substr(text, 1, RSTART) "-o \"$RELINK_OUT\"" substr(text, RSTART + RLENGTH)
}
