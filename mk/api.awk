# Generates lists from src/ffi/api.tsv:
#   list=exports   the exported names
#   list=def       FUNCTION (name) for each, to be included with a macro of that name
#   list=weak      a C header that declares every function weak
#   list=forward   weak C functions that pass each call on to the function of that name in `real`; a control overrides some
#   list=use       C: a call of each function that the host has not reported, with nine bytes as its input
#
# SPDX-License-Identifier: LGPL-2.0-or-later
BEGIN {
  FS = "\t"
  if (list == "weak") {
    print "/* Made from src/ffi/api.tsv: every function, declared weak. The header comes first: the compiler checks that the two agree. */"
    print "#include \"mtproxy_ffi.h\"\n"
    print "#ifdef __cplusplus\nextern \"C\" {\n#endif"
  }
}
BEGIN { if (list == "forward") print "/* Made from src/ffi/api.tsv. */\n#include \"faulty_provider.h\"\n" }
# The names of the parameters, as arguments of a call.
function names(parameters,    i, n, list, text) {
  if (parameters == "void") return ""
  n = split(parameters, list, /, */)
  for (i = 1; i <= n; i++) {
    sub(/\[.*/, "", list[i])
    sub(/.*[ *]/, "", list[i])
    text = text (i > 1 ? ", " : "") list[i]
  }
  return text
}
# The arguments of a call with nine bytes as its input.
function standard(parameters,    i, n, list, text, counted) {
  if (parameters == "void") return ""
  n = split(parameters, list, /, */)
  for (i = 1; i <= n; i++) {
    text = text (i > 1 ? ", " : "")
    if (list[i] ~ /_host_t|_function_t/) text = text "NULL"
    else if (list[i] ~ /^const /) text = text "text"
    else if (list[i] ~ /^void \*[^*]/) text = text "NULL"
    else if (list[i] ~ /[*\[]/) text = text "out"
    else if (list[i] ~ /^size_t /) text = text (list[i - 1] ~ /^const / ? "9" : "sizeof (room)")
    else text = text (list[i - 1] ~ /^const int32_t / ? "2" : "1")
  }
  return text
}
/^#/ { next }
NF != 6 { print FILENAME ":" FNR ": " NF " columns, not 6" >"/dev/stderr"; exit bad = 1 }
list == "exports" { print "mtproxy_ffi_" $2 }
list == "def" { printf "FUNCTION (%s)\n", $2 }
list == "weak" { printf "extern %s mtproxy_ffi_%s (%s) __attribute__ ((weak));\n", $3, $2, $4 }
list == "forward" {
  printf "__attribute__ ((weak)) %s mtproxy_ffi_%s (%s) {\n  return real.%s (%s);\n}\n", $3, $2, $4, $2, names($4)
}
list == "use" {
  format["double"] = "\"%g\""
  format["int32_t"] = "\"%\" PRId32"; format["uint32_t"] = "\"%\" PRIu32"
  format["int64_t"] = "\"%\" PRId64"; format["uint64_t"] = "\"%\" PRIu64"
  printf "USE (%s, mtproxy_ffi_%s (%s))\n", format[$3], $2, standard($4)
}
END {
  if (!bad && list == "weak") print "#ifdef __cplusplus\n}\n#endif"
}
