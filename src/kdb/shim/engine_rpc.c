/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The weak functions of engine/engine-rpc, which generated code of a host may define: here there is none. Stable Rust has no weak
 * functions. */
#include <stddef.h>

#define WEAK __attribute__ ((weak))

struct tl_in_state;
struct paramed_type;

struct paramed_type *skip_function_any (struct tl_in_state *tlio_in);
struct paramed_type *fetch_function_any (struct tl_in_state *tlio_in);
int skip_type_any (struct tl_in_state *tlio_in, struct paramed_type *P);
int fetch_type_any (struct tl_in_state *tlio_in, struct paramed_type *P);
void free_vars_to_be_freed (void);
void tl_printf_clear (void);
void paramed_type_free (struct paramed_type *P);
struct paramed_type *paramed_type_dup (struct paramed_type *P);

WEAK struct paramed_type *skip_function_any (struct tl_in_state *tlio_in) {
  (void) tlio_in;
  return NULL;
}

WEAK struct paramed_type *fetch_function_any (struct tl_in_state *tlio_in) {
  (void) tlio_in;
  return NULL;
}

WEAK int skip_type_any (struct tl_in_state *tlio_in, struct paramed_type *P) {
  (void) tlio_in;
  (void) P;
  return -1;
}

WEAK int fetch_type_any (struct tl_in_state *tlio_in, struct paramed_type *P) {
  (void) tlio_in;
  (void) P;
  return -1;
}

WEAK void free_vars_to_be_freed (void) {
}

WEAK void tl_printf_clear (void) {
}

WEAK void paramed_type_free (struct paramed_type *P) {
  (void) P;
}

WEAK struct paramed_type *paramed_type_dup (struct paramed_type *P) {
  (void) P;
  return NULL;
}
