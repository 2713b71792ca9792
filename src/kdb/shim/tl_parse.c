/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The variadic functions of common/tl-parse: C formats an error's text, of which 999 bytes are kept, and Rust keeps it. */
#include <stdarg.h>
#include <stdio.h>

struct tl_in_state;
struct tl_out_state;

int tlf_set_error (struct tl_in_state *tlio_in, int errnum, const char *s);
int mtproxy_kdb_tls_set_error (struct tl_out_state *tlio_out, int errnum, const char *s);
int tlf_set_error_format (struct tl_in_state *tlio_in, int errnum, const char *format, ...);
int tls_set_error_format (struct tl_out_state *tlio_out, int errnum, const char *format, ...);
_Noreturn void mtproxy_kdb_die (const char *message);

enum { ROOM = 1000 };

static void format_text (char text[ROOM], const char *format, va_list args) {
  if (!format || vsnprintf (text, ROOM, format, args) < 0) {
    mtproxy_kdb_die ("the text of an error cannot be formatted");
  }
}

int tlf_set_error_format (struct tl_in_state *tlio_in, int errnum, const char *format, ...) {
  char text[ROOM];
  va_list args;
  va_start (args, format);
  format_text (text, format, args);
  va_end (args);
  return tlf_set_error (tlio_in, errnum, text);
}

int tls_set_error_format (struct tl_out_state *tlio_out, int errnum, const char *format, ...) {
  char text[ROOM];
  va_list args;
  va_start (args, format);
  format_text (text, format, args);
  va_end (args);
  return mtproxy_kdb_tls_set_error (tlio_out, errnum, text);
}
