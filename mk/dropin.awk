# Lists made from src/kdb/objects.tsv (given first) and c-harness/abi/legacy-symbols.tsv:
#   list=exports   every name that the drop-in defines
#   list=weak      those of them that are weak
#   level=leaf     of the leaf objects only
#
# SPDX-License-Identifier: LGPL-2.0-or-later
BEGIN { FS = "\t" }
function name(symbol, weak) {
  if (!(symbol in seen) && (list == "exports" || weak)) print symbol
  seen[symbol] = 1
}
/^#/ { next }
FNR == NR && $1 == "+" { name($2, $3 == "weak"); next }
FNR == NR { if (level != "leaf" || $2 == "leaf") covered[$1] = 1; next }
$1 in covered { known[$1] = 1; name($2, $3 == "W" || $3 == "V") }
END {
  for (object in covered)
    if (!(object in known)) { print "src/kdb/objects.tsv: there is no legacy object " object >"/dev/stderr"; exit 1 }
}
