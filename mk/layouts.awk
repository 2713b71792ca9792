# Generates C from src/layout/layouts.tsv:
#   form=boundary   asserts on the structs of mtproxy_ffi.h, for every C and C++
#   form=types      declarations of the legacy structs, with asserts, for the harnesses
#   form=tree       asserts on the legacy structs as a source tree's own headers declare them
#
# SPDX-License-Identifier: LGPL-2.0-or-later
BEGIN {
  FS = "\t"
  print "/* Made from src/layout/layouts.tsv. */"
  if (form == "boundary") {
    print "#include \"mtproxy_ffi.h\"\n"
    print "/* If the condition is false, the array type has a negative size: works in every C and C++. */"
    print "#define CHECK_NAME_2(line) layout_check_##line"
    print "#define CHECK_NAME(line) CHECK_NAME_2 (line)"
    print "#define CHECK(condition) typedef char CHECK_NAME (__LINE__)[(condition) ? 1 : -1]"
    print "#define FIELD_SIZE(type, field) sizeof (((type *) 0)->field)"
    print "#define ALIGN(offset, to) (((offset) + (to) - 1) / (to) * (to))\n"
  } else if (form == "types") {
    print "#ifndef LEGACY_TYPES_H\n#define LEGACY_TYPES_H\n\n#include <stddef.h>\n#include <stdint.h>"
  } else {
    print "#include <stddef.h>"
  }
}
/^#/ { next }
$1 == "=" { struct($2, $3, $4, $5); next }
NF != 4 { print FILENAME ":" FNR ": " NF " columns, not 4" >"/dev/stderr"; exit bad = 1 }
{ field($1, $2, $3, $4) }
END { if (!bad) finish() }

# The struct's name for this form among `names`, if there is one.
function choose(names,    list, i, n) {
  n = split(names, list, ",")
  for (i = 1; i <= n; i++)
    if ((form == "boundary") == (list[i] ~ /^mtproxy_ffi_/)) return list[i]
  return ""
}
function struct(names, header, its_size, its_alignment) {
  close_struct()
  name = choose(names)
  if (form == "tree" && header == "-") name = ""
  if (name == "") return
  size = its_size; alignment = its_alignment; last = ""; end_of_last = 0; checks = ""; numbers = ""; packed = ""
  if (form == "types") printf "\n%s {\n", (name ~ /^struct /) ? name : "typedef struct " name
  if (form == "tree" && !(header in included)) { included[header] = 1; printf "#include \"%s\"\n", header }
}
function field(its_name, offset, its_size, type,    base) {
  if (name == "") return
  # A field that C aligns to a cache line lies behind a gap.
  if (form == "types" && offset - end_of_last >= 8) print "  char before_" its_name "[" offset - end_of_last "];"
  end_of_last = offset + its_size
  # An array without elements is an extension; the harnesses are compiled with -Wpedantic.
  if (form == "types") print "  " (type ~ /\[0\]/ ? "__extension__ " : "") declared(type, its_name) ";"
  if (form == "boundary") {
    base = type; sub(/\[.*/, "", base)
    alignable(base)
    align = "offsetof (struct align_of_" word(base) ", value)"
    # The field before it decides its offset, on every machine.
    at = last == "" ? "0" : "ALIGN (offsetof (" name ", " last ") + FIELD_SIZE (" name ", " last "), " align ")"
    check(its_name ": its place among the fields", "offsetof (" name ", " its_name ") == " at)
    check(its_name ": its size", "FIELD_SIZE (" name ", " its_name ") == sizeof (" type ")")
    last = its_name
  }
  if (its_size == 8 && offset % 8) packed = "packed, "
  number("offset of " its_name, "offsetof (" name ", " its_name ") == " offset)
  number("size of " its_name, "sizeof (((" name " *) 0)->" its_name ") == " its_size)
}
function alignable(type) {
  if (type in aligned) return
  aligned[type] = 1
  printf "struct align_of_%s {\n  char c;\n  %s;\n};\n", word(type), declared(type, "value")
}
# A type as a part of a name.
function word(type) { gsub(/[^A-Za-z0-9_]/, "_", type); return type }
function declared(type, its_name) {
  if (type ~ /\(\*\)/) { sub(/\(\*\)/, "(*" its_name ") ", type); return type }
  if (match(type, /\[.*/)) return substr(type, 1, RSTART - 1) " " its_name substr(type, RSTART)
  return type ~ /\*$/ ? type its_name : type " " its_name
}
function check(what, condition) { checks = checks "CHECK (" condition ");\n" }
function number(what, condition) {
  if (form == "boundary") numbers = numbers "CHECK (" condition ");\n"
  else numbers = numbers "_Static_assert (" condition ", \"" name ": " what "\");\n"
}
function close_struct() {
  if (name == "") return
  if (form == "boundary") {
    alignable(name)
    end = "offsetof (" name ", " last ") + FIELD_SIZE (" name ", " last ")"
    check("size", "sizeof (" name ") == ALIGN (" end ", offsetof (struct align_of_" name ", value))")
    number("alignment", "offsetof (struct align_of_" name ", value) == " alignment)
  }
  number("size", "sizeof (" name ") == " size)
  # An alignment of its own, where the legacy struct has one; packed, where a field is not aligned.
  if (form == "types") print "} __attribute__ ((" packed "aligned (" alignment ")))" (name ~ /^struct / ? "" : " " name) ";"
  if (form != "boundary") number("alignment", "_Alignof (" name ") == " alignment)
  if (form == "tree") later = later numbers
  else if (form == "types") printf "%s", numbers
  else printf "%s#ifdef __LP64__\n%s#endif\n\n", checks, numbers
  name = ""
}
function finish() {
  close_struct()
  if (form == "tree") printf "\n%s", later
  if (form == "types") print "\n#endif"
}
