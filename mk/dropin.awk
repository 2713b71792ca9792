# Lists made from src/kdb/objects.tsv, c-harness/abi/legacy-symbols.tsv and c-harness/abi/compared.tsv; `table` says which one is
# read (objects, symbols, compared, api).
#   list=exports   every name that the drop-in defines
#   list=weak      those of them that are weak
#   level=leaf     these two of the leaf objects only
#   machine=NAME   for the machine that the C compiler so calls
#   list=stand_ins C: a weak definition of each symbol of the objects that the drop-in does not replace, for programs that link
#                  it without the rest of the legacy library; a function ends the program; with DATA_ALONE there are none
#   list=bound     C: the symbols that the harness binds, as LEGACY_SYMBOLS
#                  and the functions of the replaced objects: those that are bound, as COUNTED_FUNCTIONS, and the others with the
#                  reason, as EXCUSED_FUNCTIONS
#   list=abilities C: the abilities of a provider, as LEGACY_ABILITIES; and with the table api, src/ffi/api.tsv, those that
#                  the boundary has, as BOUNDARY_ABILITIES
#
# SPDX-License-Identifier: LGPL-2.0-or-later
BEGIN { FS = "\t" }
function fail(text) { print text >"/dev/stderr"; exit bad = 1 }
function name(symbol, weak) {
  if (!(symbol in seen) && (list == "exports" || list == "weak" && weak)) print symbol
  seen[symbol] = 1
}
/^#/ { next }
table == "objects" && $1 == "+" && $4 == "off-x86" && machine ~ /^(x86_64|i.86)/ { next }
table == "objects" && $1 == "+" { name($2, $3 == "weak"); own[$2] = 1; next }
table == "objects" { if (level != "leaf" || $2 == "leaf") covered[$1] = 1; next }
table == "symbols" && $1 in covered && $4 == "function" { function_object[++functions] = $1; function_name[functions] = $2 }
# Of two covered objects with the same name, the one that is not weak counts.
table == "symbols" && $1 in covered {
  known[$1] = 1
  if (!($2 in strong)) in_order[++defined] = $2
  strong[$2] += $3 != "W" && $3 != "V"
}
table == "symbols" && list == "stand_ins" && !($1 in covered) { other[++others] = $2; size[$2] = $5 }
table == "symbols" { prototype[$2] = $7; class[$2] = $4 }
table == "compared" {
  if (!($1 in prototype)) fail("compared.tsv: there is no legacy symbol " $1)
  if (($2 == "-") != (NF == 3)) fail("compared.tsv: " $1 ": an ability, or - and a reason")
  listed[$1] = 1
  if ($2 == "-") excuse[$1] = $3
  if ($2 != "-") { bound[++count] = $1; ability[$1] = $2 }
  if ($2 != "-" && !($2 in counted)) { counted[$2] = 1; abilities[++kinds] = $2 }
}
table == "api" && $5 in ability { boundary[ability[$5]] = 1 }
# The type alone: a prototype without its name; of a variable that is an array, an element's.
function type_of(symbol,    text, at, next_at) {
  text = prototype[symbol]
  sub(/^__thread /, "", text)
  # What compilers take for an enum without negative values.
  gsub(/enum [a-z_]+/, "unsigned", text)
  if (class[symbol] != "function") sub(/\[[0-9]+\]$/, "", text)
  at = index(text, symbol (class[symbol] == "function" ? "(" : ""))
  # A variable may have a struct's name.
  while (class[symbol] != "function" && (next_at = index(substr(text, at + 1), symbol))) at += next_at
  return substr(text, 1, at - 1) substr(text, at + length(symbol))
}
function stand_in(symbol, function_) {
  if (symbol in seen || (class[symbol] == "function") != function_) return
  seen[symbol] = 1
  if (function_) print "void " symbol " (void);\n__attribute__ ((weak)) void " symbol " (void) { ended (\"" symbol "\"); }"
  else print "__attribute__ ((weak, aligned (64))) " (class[symbol] == "tls" ? "__thread " : "") "char " symbol "[" size[symbol] "];"
}
# The structs that prototypes name, declared before them.
function declare(text) {
  while (match(text, /struct [a-z_0-9]+/)) {
    tag = substr(text, RSTART, RLENGTH)
    if (!(tag in declared)) { declared[tag] = 1; print tag ";" }
    text = substr(text, RSTART + RLENGTH)
  }
}
END {
  if (bad) exit 1
  for (i = 1; i <= defined; i++) name(in_order[i], !strong[in_order[i]])
  for (object in covered) if (!(object in known)) fail("objects.tsv: there is no legacy object " object)
  if (list == "stand_ins") {
    print "/* Made from src/kdb/objects.tsv and c-harness/abi/legacy-symbols.tsv. */"
    print "#ifndef DATA_ALONE\n#include <stdio.h>\n#include <stdlib.h>\n"
    print "__attribute__ ((unused)) static void ended (const char *name) {\n  fprintf (stderr, \"%s: not in this program\\n\", name);\n  abort ();\n}\n"
    for (i = 1; i <= others; i++) stand_in(other[i], 1)
    print "#endif\n"
    for (i = 1; i <= others; i++) stand_in(other[i], 0)
  }
  if (list == "abilities") {
    print "/* Made from c-harness/abi/compared.tsv and src/ffi/api.tsv. */"
    print "#define LEGACY_ABILITIES \\"
    for (i = 1; i <= kinds; i++) print "  " abilities[i] (i < kinds ? ", \\" : "")
    print "#define BOUNDARY_ABILITIES \\"
    for (i = 1; i <= kinds; i++) if (abilities[i] in boundary) print "  " abilities[i] ", \\"
    print "  CAN_STAT_TEXT"
  }
  if (list != "bound") exit
  for (symbol in seen) if (!(symbol in listed) && !(symbol in own)) fail("compared.tsv: " symbol " of the drop-in is neither compared nor excused")
  print "/* Made from c-harness/abi/compared.tsv and legacy-symbols.tsv. */"
  print "#ifndef LEGACY_SYMBOLS_H\n#define LEGACY_SYMBOLS_H\n\n#include \"legacy_types.h\"\n"
  for (i = 1; i <= count; i++) declare(prototype[bound[i]])
  print "\n#define LEGACY_SYMBOLS(X) \\"
  for (i = 1; i <= count; i++)
    print "  X (" bound[i] ", " type_of(bound[i]) ", " ability[bound[i]] ")" (i < count ? " \\" : "")
  print "\n#define COUNTED_FUNCTIONS(X) \\"
  for (i = 1; i <= functions; i++) if (function_name[i] in ability)
    print "  X (\"" function_object[i] "\", " function_name[i] ", " ability[function_name[i]] ") \\"
  print "\n#define EXCUSED_FUNCTIONS(X) \\"
  for (i = 1; i <= functions; i++) if (function_name[i] in excuse)
    print "  X (\"" function_object[i] "\", " function_name[i] ", \"" excuse[function_name[i]] "\") \\"
  print "\n#endif"
}
