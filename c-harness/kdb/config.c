/* The config scanner at its cursor. */
#define _GNU_SOURCE
#include "harness.h"
#include "legacy.h"
#include <stdlib.h>
#include <string.h>

static char *text;

static void at_start(struct row *row) {
  cfg_cur = text;
  cfg_lno = number(row->cell[2]);
}

static void value(struct row *row, const char *what, long long got, const char *want) {
  if (got != number(want)) {
    fail(row, "%s %lld, not %s", what, got, want);
  }
}

static void scan(struct row *row) {
  size_t len;
  text = (char *)bytes(row->cell[1], &len, 1);
  /* Once as a text of the host's own, once as a loaded one. */
  for (int loaded = 0; loaded < 2; loaded++) {
    cfg_start = loaded ? text : NULL;
    cfg_end = loaded ? text + len : NULL;
    at_start(row);
    value(row, "cfg_skipspc", cfg_skipspc(), row->cell[3]);
    value(row, "cfg_skipspc moves", cfg_cur - text, row->cell[4]);
    value(row, "cfg_skipspc counts", cfg_lno, row->cell[5]);
    at_start(row);
    value(row, "cfg_skspc", cfg_skspc(), row->cell[6]);
    value(row, "cfg_skspc moves", cfg_cur - text, row->cell[7]);
    value(row, "cfg_skspc counts", cfg_lno, row->cell[2]);
    at_start(row);
    value(row, "cfg_getlex", cfg_getlex(), row->cell[8]);
    value(row, "cfg_lex", cfg_lex, row->cell[8]);
    value(row, "cfg_getlex moves", cfg_cur - text, row->cell[9]);
    value(row, "cfg_getlex counts", cfg_lno, row->cell[10]);
    at_start(row);
    value(row, "cfg_getword", cfg_getword(), row->cell[11]);
    value(row, "cfg_getword moves", cfg_cur - text, row->cell[7]);
    at_start(row);
    value(row, "cfg_getstr", cfg_getstr(), row->cell[12]);
    value(row, "cfg_getstr moves", cfg_cur - text, row->cell[7]);
    at_start(row);
    value(row, "cfg_getint", cfg_getint(), row->cell[13]);
    value(row, "cfg_getint moves", cfg_cur - text, row->cell[14]);
    at_start(row);
    value(row, "cfg_getint_zero", cfg_getint_zero(), row->cell[15]);
    value(row, "cfg_getint_zero moves", cfg_cur - text, row->cell[16]);
    at_start(row);
    value(row, "cfg_getint_signed_zero", cfg_getint_signed_zero(), row->cell[17]);
    value(row, "cfg_getint_signed_zero moves", cfg_cur - text, row->cell[18]);
    value(row, "integers count", cfg_lno, row->cell[2]);
  }
  free(text);
  cfg_start = cfg_cur = cfg_end = NULL;
}

void replay_config(void) { table("config", 19, scan); }
