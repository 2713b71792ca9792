# Which level of the drop-in fits: the highest whose shared structs this tree declares as ours are, field by field, and whose
# objects have the same symbols.
#
# SPDX-License-Identifier: LGPL-2.0-or-later

# The structs of one level: those that the headers of its objects declare; of the full one, all.
layouts_of() {
  case $1 in
    kdb) cat src/layout/layouts.tsv ;;
    kdb_leaf) awk -F '\t' '
      FNR == NR { if ($2 == "leaf") leaf[$1 ".h"] = 1; next }
      $1 == "=" { keep = $3 in leaf }
      keep' src/kdb/objects.tsv src/layout/layouts.tsv ;;
  esac
}

# fits LEVEL: sets $unfit, what differs, where it does not.
fits() {
  layouts_of "$1" | awk -v form=tree -f mk/layouts.awk >"$work/layouts_$1.c"
  if CC=${RELINK_CC:-cc} sh c-harness/checks/layouts.sh "$tree" "$work/layouts_$1.c" >"$work/layouts.log" 2>&1; then return; fi
  unfit=$(grep -oE '(struct )?[a-z_0-9]+: (size|offset|alignment)( of [a-z_0-9]+)?' "$work/layouts.log" | head -n 1)
  return 1
}

# Sets $level and $archive, by the structs: the symbols are seen when the tree is compiled.
pick_level() {
  level=kdb
  if fits kdb; then
    say "its structs are ours, field by field: $(sed 's/^layouts: \(.*\) hold in .*/\1/' "$work/layouts.log")"
  else
    leave_out_the_rest "${unfit:-its headers}"
  fi
  archive=$archives/libmtproxy_$level.a
}

# leave_out_the_rest WHY: from all objects to the leaf ones.
leave_out_the_rest() {
  level=kdb_leaf
  archive=$archives/libmtproxy_$level.a
  fits kdb_leaf || {
    [ -n "$unfit" ] || fail_for "$TREE's headers do not compile by themselves" "$work/layouts.log"
    fail "$TREE declares a struct in another way than the drop-in: $unfit" "no level of the drop-in fits this fork; it can call the boundary instead (docs/forks.md)"
  }
  say "only the $(covered_objects | wc -l) objects that share no struct with the rest fit (libmtproxy_kdb_leaf.a); the tree differs in $1"
}

# A fork's library may have a symbol more, or of another size, in one of the objects.
symbols_fit() {
  sh c-harness/abi/coverage-objects "$archive" --legacy-lib "$tree/$library" >"$work/symbols.log" 2>&1 && return
  log=$work/symbols.log
  found '^error: ' || fail_for "the symbols of $library cannot be compared" "$log"
  return 1
}
check_symbols() {
  if symbols_fit; then return; fi
  if [ "$level" = kdb ]; then
    leave_out_the_rest "its symbols: ${line#error: }"
    build_drop_in
    if symbols_fit; then return; fi
  fi
  fail "$TREE does not fit: ${line#error: }" "this fork cannot be relinked as it is: drop that symbol, or call the boundary instead (docs/forks.md)"
}

# The objects of the level, without their folders.
covered_objects() {
  awk -F '\t' -v level="$level" '/^#/ || $1 == "+" { next } level == "kdb" || $2 == "leaf" { sub(/.*\//, "", $1); print $1 }' src/kdb/objects.tsv
}
