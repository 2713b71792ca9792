/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The variadic function of common/common-stats: C formats, and Rust makes room. */
#include <stdarg.h>
#include <stdio.h>

typedef struct stats_buffer {
  char *buff;
  int pos;
  int size;
  int flags;
} stats_buffer_t;

/* Makes room for a text that ends at `end`; 0 if the buffer cannot grow, and the text is cut. */
int mtproxy_kdb_stats_make_room (stats_buffer_t *sb, long long end);

void sb_printf (stats_buffer_t *sb, const char *format, ...) {
  if (sb->pos < 0 || sb->pos >= sb->size) {
    return;
  }
  va_list args, again;
  va_start (args, format);
  va_copy (again, args);
  int len = vsnprintf (sb->buff + sb->pos, (size_t) (sb->size - sb->pos), format, args);
  long long end = (long long) sb->pos + len;
  if (len < 0) {
    /* libc refuses the format: remove what it wrote before the failure. */
    sb->buff[sb->pos] = 0;
  } else if (end < sb->size) {
    sb->pos = (int) end;
  } else if (mtproxy_kdb_stats_make_room (sb, end)) {
    vsnprintf (sb->buff + sb->pos, (size_t) (sb->size - sb->pos), format, again);
    sb->pos = (int) end;
  }
  va_end (again);
  va_end (args);
}
