/* The C half of the drop-in: what stable Rust cannot define.
 *
 * Variadic functions format here and hand the text on; get_utime_monotonic is weak, so that a host may bring its
 * own; thread-local variables are reached through whatever model the final link chooses; and libcrypto is bound
 * weakly, so that a host without it still links.
 *
 * The functions named mtproxy_kdb_* are the seam between the two halves; none of these names leaves the object. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- kprintf --------------------------------------------------------------------------------------------------- */

int mtproxy_kdb_log_prefix(char line[PIPE_BUF]);
void mtproxy_kdb_log_line(char line[PIPE_BUF], unsigned len);

/* One line of the log. The caller's errno is what %m prints, and is the caller's again afterwards. */
void kprintf(const char *format, ...) {
  const int caller_errno = errno;
  char line[PIPE_BUF];
  unsigned len = (unsigned)mtproxy_kdb_log_prefix(line);
  va_list args;
  errno = caller_errno;
  va_start(args, format);
  /* Unsigned, so that a failure (-1) and a length near INT_MAX add up as they always did. */
  len += (unsigned)vsnprintf(line + len, sizeof line - len, format, args);
  va_end(args);
  mtproxy_kdb_log_line(line, len);
  errno = caller_errno;
}

/* --- common-stats ---------------------------------------------------------------------------------------------- */

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
  /* A format that libc refuses (len < 0) adds nothing. */
  if (len >= 0) {
    if (end < sb->size) {
      sb->pos = (int)end;
    } else if (mtproxy_kdb_stats_make_room(sb, end)) {
      vsnprintf(sb->buff + sb->pos, (size_t)(sb->size - sb->pos), format, again);
      sb->pos = (int)end;
    }
  }
  va_end(again);
  va_end(args);
}

/* --- parse-config ---------------------------------------------------------------------------------------------- */

extern char *config_name, *cfg_cur;
extern int cfg_lno;

/* How many bytes at the cursor a message quotes: to the end of the line, at most 20. */
#define QUOTE_MAX 20

/* Prints the message whole, however long it is, and with a NUL in it (`expect_lexem(0)` makes one); in one piece, which
 * the pieces of other threads cannot split. */
static void vcomplain(const char *kind, const char *format, va_list args) {
  int quoted = 0;
  const char *at = cfg_cur ? cfg_cur : "";
  while (quoted < QUOTE_MAX && at[quoted] && at[quoted] != '\r' && at[quoted] != '\n') {
    quoted++;
  }
  char *text = NULL;
  size_t size = 0;
  FILE *line = open_memstream(&text, &size);
  if (!line) {
    return;
  }
  if (cfg_lno) {
    fprintf(line, "%s:%d: ", config_name ? config_name : "(null)", cfg_lno);
  }
  fprintf(line, "%s: ", kind);
  vfprintf(line, format, args);
  fprintf(line, " near %.*s%s\n", quoted, at, quoted == QUOTE_MAX ? " ..." : "");
  if (fclose(line) == 0) {
    fwrite(text, 1, size, stderr);
  }
  free(text);
}

void syntax(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vcomplain("fatal", format ? format : "syntax error", args);
  va_end(args);
}

void syntax_warning(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vcomplain("warning", format, args);
  va_end(args);
}

/* --- precise-time ---------------------------------------------------------------------------------------------- */

extern __thread int now;
extern __thread double precise_now;
extern __thread long long precise_now_rdtsc;

double mtproxy_kdb_read_monotonic(void);

int mtproxy_kdb_now(void) { return now; }

void mtproxy_kdb_set_precise_now(double seconds, long long ticks) {
  precise_now = seconds;
  precise_now_rdtsc = ticks;
}

__attribute__((weak)) double get_utime_monotonic(void) { return mtproxy_kdb_read_monotonic(); }

/* --- sha1, sha256 ---------------------------------------------------------------------------------------------- */

/* The context is the host's, and so is the library that knows what is in it. The last name is OpenSSL 1.0's for the
 * first. */
struct evp_md_ctx_st;
struct evp_md_st;
#define WEAK __attribute__((weak))
int EVP_MD_CTX_reset(struct evp_md_ctx_st *ctx) WEAK;
const struct evp_md_st *EVP_sha1(void) WEAK;
const struct evp_md_st *EVP_sha256(void) WEAK;
int EVP_DigestInit_ex(struct evp_md_ctx_st *ctx, const struct evp_md_st *type, void *engine) WEAK;
int EVP_DigestUpdate(struct evp_md_ctx_st *ctx, const void *data, size_t len) WEAK;
int EVP_DigestFinal_ex(struct evp_md_ctx_st *ctx, unsigned char *output, unsigned *len) WEAK;
void EVP_MD_CTX_init(struct evp_md_ctx_st *ctx) WEAK;

_Noreturn void mtproxy_kdb_die(const char *message);

static _Noreturn void no_libcrypto(void) {
  mtproxy_kdb_die("sha1/sha256 in pieces works on libcrypto's EVP_MD_CTX, but this program is not linked with libcrypto");
}

void mtproxy_kdb_evp_starts(struct evp_md_ctx_st *ctx, int bits) {
  const struct evp_md_st *(*digest)(void) = bits == 256 ? EVP_sha256 : EVP_sha1;
  if (!digest || !EVP_DigestInit_ex || !(EVP_MD_CTX_reset || EVP_MD_CTX_init)) {
    no_libcrypto();
  }
  if (EVP_MD_CTX_reset) {
    EVP_MD_CTX_reset(ctx);
  } else {
    EVP_MD_CTX_init(ctx);
  }
  EVP_DigestInit_ex(ctx, digest(), NULL);
}

void mtproxy_kdb_evp_update(struct evp_md_ctx_st *ctx, const unsigned char *data, size_t len) {
  if (!EVP_DigestUpdate) {
    no_libcrypto();
  }
  EVP_DigestUpdate(ctx, data, len);
}

/* The length of the digest. */
unsigned mtproxy_kdb_evp_finish(struct evp_md_ctx_st *ctx, unsigned char *output) {
  unsigned len = 0;
  if (!EVP_DigestFinal_ex) {
    no_libcrypto();
  }
  EVP_DigestFinal_ex(ctx, output, &len);
  return len;
}
