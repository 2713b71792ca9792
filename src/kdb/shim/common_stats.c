/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* The variadic function of common/common-stats: it formats here, and Rust makes room. */
#include <stdarg.h>
#include <stdio.h>

typedef struct stats_buffer {
  char *buff;
  int pos;
  int size;
  int flags;
} stats_buffer_t;

/* Makes room for a text that ends at `end`; 0 where the buffer is not ours to grow, and is cut instead. */
int mtproxy_kdb_stats_make_room(stats_buffer_t *sb, long long end);

void sb_printf(stats_buffer_t *sb, const char *format, ...) {
  if (sb->pos < 0 || sb->pos >= sb->size) {
    return;
  }
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int len = vsnprintf(sb->buff + sb->pos, (size_t)(sb->size - sb->pos), format, args);
  long long end = (long long)sb->pos + len;
  if (len < 0) {
    /* A format that libc refuses adds nothing; what it had written by then is cut off. */
    sb->buff[sb->pos] = 0;
  } else if (end < sb->size) {
    sb->pos = (int)end;
  } else if (mtproxy_kdb_stats_make_room(sb, end)) {
    vsnprintf(sb->buff + sb->pos, (size_t)(sb->size - sb->pos), format, again);
    sb->pos = (int)end;
  }
  va_end(again);
  va_end(args);
}
