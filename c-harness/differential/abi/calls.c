/*
 * Calls: see calls.h. The table of a provider gets the addresses of small pieces of code, one for each function, which count
 * and go on to the function: whatever its arguments are, also where their number varies.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "legacy_adapters.h"
#include "relink.h"

static const struct {
  const char *object, *name;
  size_t offset;
  enum ability can;
} functions[] = {
#define X(object, name, can) { object, #name, offsetof (struct legacy_symbols, name), can },
  COUNTED_FUNCTIONS (X)
#undef X
};

static const struct {
  const char *object, *name, *why;
} excused[] = {
#define X(object, name, why) { object, #name, why },
  EXCUSED_FUNCTIONS (X)
#undef X
};

/* At least as many as there are functions. */
#define PIECES 1024
#define PIECE_BYTES 64

enum { FUNCTIONS_HERE = sizeof (functions) / sizeof (functions[0]) };
enum { EXCUSED = sizeof (excused) / sizeof (excused[0]) };
_Static_assert ((int) FUNCTIONS_HERE <= PIECES, "a piece of code for each function");

/* By function. The counts are pages of their own, which are shared. */
__attribute__ ((aligned (4096))) uint64_t legacy_call_counts[PIECES];
void *legacy_call_targets[PIECES];
static bool counting;

#if defined __x86_64__ || defined __aarch64__
#define STRING_OF(x) #x
#define STRING(x) STRING_OF (x)
extern char legacy_call_pieces[];

__asm__ (".pushsection .text\n"
         ".balign " STRING (PIECE_BYTES) "\n"
                                         ".globl legacy_call_pieces\n"
                                         ".hidden legacy_call_pieces\n"
                                         "legacy_call_pieces:\n"
                                         ".set piece, 0\n"
                                         ".rept " STRING (
                                             PIECES) "\n"
                                                     ".balign " STRING (
                                                         PIECE_BYTES) "\n"
#ifdef __x86_64__
                                                                      "lock incq legacy_call_counts + 8 * piece(%rip)\n"
                                                                      "jmp *legacy_call_targets + 8 * piece(%rip)\n"
#else
                                                                      "adrp x16, legacy_call_counts\n"
                                                                      "add x16, x16, :lo12:legacy_call_counts\n"
                                                                      "ldr x17, [x16, #8 * piece]\n"
                                                                      "add x17, x17, #1\n"
                                                                      "str x17, [x16, #8 * piece]\n"
                                                                      "adrp x16, legacy_call_targets\n"
                                                                      "add x16, x16, :lo12:legacy_call_targets\n"
                                                                      "ldr x16, [x16, #8 * piece]\n"
                                                                      "br x16\n"
#endif
                                                                      ".set piece, piece + 1\n"
                                                                      ".endr\n"
                                                                      ".popsection\n");
#endif

void calls_begin (void) {
  if (mmap (legacy_call_counts, sizeof (legacy_call_counts), PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    refuse ("calls: %s", strerror (errno));
  }
}

void calls_count (struct provider *p) {
#if defined __x86_64__ || defined __aarch64__
  /* A function that is left out must be missed: for the control. */
  const char *left_out = getenv ("MTPROXY_UNCOUNTED");
  for (int i = 0; p->drop_in && i < FUNCTIONS_HERE; i++) {
    void **place = (void **) ((char *) p->legacy + functions[i].offset), *piece = legacy_call_pieces + i * PIECE_BYTES;
    legacy_call_targets[i] = *place;
    if (*place && (!left_out || strcmp (left_out, functions[i].name))) {
      *place = piece;
    }
    counting = true;
  }
#else
  (void) p;
#endif
}

bool calls_same (const void *function, const void *in_table) {
#if defined __x86_64__ || defined __aarch64__
  for (int i = 0; counting && i < FUNCTIONS_HERE; i++) {
    if (in_table == legacy_call_pieces + i * PIECE_BYTES) {
      return function == in_table || function == legacy_call_targets[i];
    }
  }
#endif
  return function == in_table;
}

enum { NAMES_AT = 28, WIDTH = 128 };

static void print_object (const char *object, const struct provider *ours) {
  int column = printf ("  %-*s", NAMES_AT - 3, object);
  const char *separator = "";
  for (int i = 0; i < FUNCTIONS_HERE; i++) {
    char text[200];
    if (strcmp (functions[i].object, object)) {
      continue;
    }
    if (ours->lacks[functions[i].can]) {
      snprintf (text, sizeof (text), "%s (not here)", functions[i].name);
    } else {
      snprintf (text, sizeof (text), "%s %llu", functions[i].name, (unsigned long long) legacy_call_counts[i]);
    }
    bool breaks = column + (int) strlen (text) > WIDTH;
    column = breaks ? 0 : column;
    column += printf ("%s%s%*s%s", separator, breaks ? "\n" : "", breaks ? NAMES_AT : 1, "", text);
    separator = ",";
  }
  printf ("\n");
  for (int i = 0; i < EXCUSED; i++) {
    if (!strcmp (excused[i].object, object)) {
      printf ("%*s%s: %s\n", NAMES_AT, "", excused[i].name, excused[i].why);
    }
  }
}

int calls_print (const struct provider *ours) {
  int missed = 0;
  if (!counting) {
    return 0;
  }
  printf ("\n  calls of the functions of the replaced objects\n");
  for (int i = 0; i < FUNCTIONS_HERE; i++) {
    if (!i || strcmp (functions[i].object, functions[i - 1].object)) {
      print_object (functions[i].object, ours);
    }
  }
  for (int i = 0; i < FUNCTIONS_HERE; i++) {
    if (!legacy_call_counts[i] && !ours->lacks[functions[i].can]) {
      printf ("  NEVER CALLED: %s of %s\n", functions[i].name, functions[i].object);
      missed++;
    }
  }
  return missed;
}
