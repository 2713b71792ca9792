/*
 * Texts of /proc: a process's stat and statm, the machine's meminfo. The legacy functions open and read files, so
 * interposition supplies the texts to them, through the C library's own fscanf. procfs_text.c generates the texts.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "function.h"
#include "interpose.h"
#include "procfs_text.h"

#define BLANKS " \t\n\v\f\r"

/* The 41 numbers, in the order of the file; the name is the outcome's text. */
static const char stat_fields[] =
    "status touched pid state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt utime stime cutime "
    "cstime priority nice num_threads itrealvalue starttime vsize rss rlim startcode endcode startstack kstkesp kstkeip "
    "signal blocked sigignore sigcatch wchan nswap cnswap exit_signal processor rt_priority policy "
    "delayacct_blkio_ticks";

static void add_stats (struct outcome *o, int status, bool touched, const struct proc_stats *t) {
  outcome_add (o, status < 0 ? -1 : status);
  outcome_add (o, touched);
  if (status != 0) {
    return;
  }
  const int first[] = { t->pid, t->state, t->ppid, t->pgrp, t->session, t->tty_nr, t->tpgid };
  for (size_t i = 0; i < sizeof (first) / sizeof (first[0]); i++) {
    outcome_add (o, first[i]);
  }
  /* From `flags` to `cnswap` all are 64 bits wide. */
  const unsigned long *wide = &t->flags;
  for (const unsigned long *w = wide; w <= &t->cnswap; w++) {
    outcome_add (o, (int64_t) *w);
  }
  outcome_add (o, t->exit_signal);
  outcome_add (o, t->processor);
  outcome_add (o, (int64_t) t->rt_priority);
  outcome_add (o, (int64_t) t->policy);
  outcome_add (o, (int64_t) t->delayacct_blkio_ticks);
  outcome_text (o, t->comm, strnlen (t->comm, sizeof (t->comm)));
}

static bool run_stat_bytes (struct provider *p, const char *text, size_t len, struct outcome *o) {
  struct proc_stats t;
  bool touched = false;
  int status = p->abi->stat_text (p, text, len, &t, &touched);
  add_stats (o, status, touched, &t);
  return true;
}

bool run_stat (struct provider *p, const struct sample *s, struct outcome *o) {
  return s->len <= MAX_PROC_TEXT && run_stat_bytes (p, (const char *) s->data, s->len, o);
}

/* True if the numbers are the same; names are not compared. */
static bool same_numbers (const struct outcome *a, const struct outcome *b) {
  return a->count == b->count && !memcmp (a->value, b->value, a->count * sizeof (a->value[0]));
}

static bool named (const struct outcome *o, const char *name, size_t len) {
  const char *nul = memchr (name, 0, len);
  len = nul ? (size_t) (nul - name) : len;
  len = len < 255 ? len : 255;
  return o->text_len == len && !memcmp (o->text, name, len);
}

/* The start of the name, after the pid and any blanks. Sets `is_number` if there is a pid. */
static size_t name_start (const struct sample *text, bool *is_number) {
  const char *t = (const char *) text->data, *at = t;
  at += strspn (at, BLANKS);
  at += *at == '+' || *at == '-';
  size_t digits = strspn (at, "0123456789");
  at += digits;
  at += strspn (at, BLANKS);
  *is_number = digits > 0;
  return (size_t) (at - t);
}

/* True if the name, right after the pid, is in parentheses and holds blanks. Returns its start and the position after its
   last parenthesis; `plain` becomes the text with a short name without blanks. */
static bool blank_name (const struct sample *text, size_t *open, size_t *after, struct sample *plain) {
  const char *t = (const char *) text->data;
  bool is_number, blank = false;
  *open = name_start (text, &is_number);
  *after = text->len;
  while (*after > *open && t[*after - 1] != ')') {
    --*after;
  }
  for (size_t i = *open; i < *after; i++) {
    blank = blank || isspace ((unsigned char) t[i]);
  }
  if (!is_number || t[*open] != '(' || !blank) {
    return false;
  }
  put_bytes (plain, t, *open);
  put_text (plain, "(x) ");
  put_bytes (plain, t + *after, text->len - *after);
  return true;
}

/* The original must read the same numbers from the text without blanks in the name, and our name must be the text between
   the first parenthesis and the last one. If ours refuses the text, the original must refuse the plain text too. */
static bool blanks_explain (struct meeting *m, bool *applies) {
  struct sample plain = { 0 };
  struct outcome want;
  size_t open, after;
  *applies = blank_name (m->in, &open, &after, &plain);
  bool exact = false;
  if (*applies) {
    outcome_clear (&want);
    run_stat_bytes (m->original, (const char *) plain.data, plain.len, &want);
    exact = m->got->value[0] != 0 ? want.value[0] != 0
                                  : want.value[0] == 0 && same_numbers (m->got, &want) &&
                                        named (m->got, (const char *) m->in->data + open, after - open);
  }
  sample_release (&plain);
  return exact;
}

/* For a long name: the original must read the same numbers from the text with a short name. */
static bool length_explains (struct meeting *m) {
  bool is_number;
  const char *text = (const char *) m->in->data, *end = text + m->in->len;
  const char *name = text + name_start (m->in, &is_number), *after = name;
  while (after < end && !isspace ((unsigned char) *after)) {
    after++;
  }
  if (after - name < 256) {
    return false;
  }
  struct sample plain = { 0 };
  struct outcome want;
  put_bytes (&plain, text, (size_t) (name - text));
  put_text (&plain, "x");
  put_bytes (&plain, after, (size_t) (end - after));
  outcome_clear (&want);
  run_stat_bytes (m->original, (const char *) plain.data, plain.len, &want);
  sample_release (&plain);
  return same_numbers (m->got, &want) && named (m->got, name, (size_t) (after - name));
}

enum difference explain_stat (struct meeting *m) {
  bool ours = m->got->value[0] == 0, original = m->want->value[0] == 0, blank = false;
  m->exact = true;
  if (ours && length_explains (m)) {
    return LONG_COMM_CUT;
  }
  if (!original) {
    m->exact = blanks_explain (m, &blank);
  }
  if (!ours && !original) {
    /* Ours should have read the name: the difference is gone. */
    bool should_read = blank && !m->exact;
    m->exact = should_read ? false : m->got->value[1] == 0;
    return should_read ? BLANK_IN_COMM : UNTOUCHED_ON_FAILURE;
  }
  return ours && !original && blank ? BLANK_IN_COMM : NO_DIFFERENCE;
}

/* Pid, tid, whether the file exists, text. Compares the path that is opened and the result. */
static void generate_stat_file (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, ~d->index);
  put_u32 (s, (uint32_t) rng_edge (&r));
  put_u32 (s, (uint32_t) rng_edge (&r));
  put_u8 (s, !rng_chance (&r, 16));
  generate_stat (s, d);
}

static bool run_stat_file (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  int pid = (int) take_u32 (&c), tid = (int) take_u32 (&c);
  bool there = take_u8 (&c), touched = false;
  struct proc_stats t;
  if (c.bad || c.left > MAX_PROC_TEXT) {
    return false;
  }
  fake_proc_begin ((const char *) c.at, c.left);
  if (!there) {
    fake_proc_missing ();
  }
  int status = p->abi->stat_file (p, pid, tid, &t, &touched);
  fake_proc_end ();
  add_stats (o, status, touched, &t);
  if (status == 0) {
    /* The row of texts compares the name; here the outcome's text is the path. */
    char name[sizeof (t.comm) + 1] = { 0 };
    memcpy (name, t.comm, sizeof (t.comm));
    outcome_add (o, (int64_t) hash_name (name));
  }
  outcome_text (o, fake_proc_path (), strlen (fake_proc_path ()));
  return true;
}

/* The text alone must explain the difference, and reading it from a file must not change the result. */
static enum difference explain_stat_file (struct meeting *m) {
  struct cursor c = cursor_of (m->in);
  take_bytes (&c, 9);
  struct sample text = { 0 };
  struct outcome got, want;
  put_bytes (&text, c.at, c.left);
  outcome_clear (&got);
  outcome_clear (&want);
  run_stat (m->ours, &text, &got);
  run_stat (m->original, &text, &want);
  struct meeting of_text = { &text, m->ours, m->original, &got, &want, false };
  enum difference seen = outcome_equal (&got, &want) ? NO_DIFFERENCE : explain_stat (&of_text);
  bool same_path = m->got->text_len == m->want->text_len && !memcmp (m->got->text, m->want->text, m->got->text_len);
  bool same_as_text = !memcmp (m->got->value, got.value, got.count * sizeof (got.value[0]));
  m->exact = of_text.exact && same_path && same_as_text;
  sample_release (&text);
  return seen;
}

/* ---- statm ---- */

static bool run_statm (struct provider *p, const struct sample *s, struct outcome *o) {
  struct cursor c = cursor_of (s);
  int m = (int) take_u32 (&c);
  long long values[8];
  bool touched = false;
  if (c.bad || c.left > MAX_PROC_TEXT) {
    return false;
  }
  for (int i = 0; i < 8; i++) {
    values[i] = 77;
  }
  int status = p->abi->statm (p, (const char *) c.at, c.left, m, sysconf (_SC_PAGESIZE), values, &touched);
  outcome_add (o, status < 0 ? -1 : status);
  outcome_add (o, touched);
  /* The legacy functions keep the numbers before the one that cannot be read. */
  for (int i = 0; i < 8 && (status == 0 || p->abi == &legacy_abi); i++) {
    outcome_add (o, values[i]);
  }
  return true;
}

static enum difference explain_statm (struct meeting *m) {
  m->exact = m->got->value[1] == 0;
  return m->ours->abi == &boundary_abi && m->got->value[0] == -1 && m->want->value[0] == -1 ? UNTOUCHED_ON_FAILURE
                                                                                            : NO_DIFFERENCE;
}

static enum difference explain_refused (struct meeting *m) {
  m->exact = m->got->value[1] == 0;
  return m->got->value[0] == -1 && m->want->value[0] == -1 ? UNTOUCHED_ON_FAILURE : NO_DIFFERENCE;
}

/* ---- meminfo ---- */

static bool run_meminfo (struct provider *p, const struct sample *s, struct outcome *o) {
  struct memory_summary m;
  bool touched = false;
  if (s->len > MAX_PROC_TEXT) {
    return false;
  }
  int status = p->abi->meminfo (p, (const char *) s->data, s->len, &m, &touched);
  outcome_add (o, status < 0 ? -1 : status);
  outcome_add (o, touched);
  if (status == 0) {
    outcome_add (o, m.mem_free);
    outcome_add (o, m.mem_cached);
    outcome_add (o, m.swap_total);
    outcome_add (o, m.swap_free);
    outcome_add (o, m.found_mask);
  }
  return true;
}

/* ---- differences that the texts above meet rarely ---- */

static bool shown (struct provider *ours, struct provider *original, const struct sample *s, char *why, size_t room,
                   enum difference wanted) {
  struct outcome got, want;
  outcome_clear (&got);
  outcome_clear (&want);
  run_stat (ours, s, &got);
  run_stat (original, s, &want);
  struct meeting m = { s, ours, original, &got, &want, false };
  bool equal = outcome_equal (&got, &want);
  enum difference seen = equal ? NO_DIFFERENCE : explain_stat (&m);
  snprintf (why, room, "%s", equal ? "both sides agree" : seen == wanted ? "" : "not as described");
  return seen == wanted && m.exact && got.value[0] == 0;
}

static bool shows_blanks (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                          size_t room) {
  return shown (ours, original, s, why, room, BLANK_IN_COMM);
}

static bool shows_long (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                        size_t room) {
  return shown (ours, original, s, why, room, LONG_COMM_CUT);
}

enum { STAT_FILE = 4096 };

/* One number has so many leading zeros that the text is longer than the kernel's. */
static void generate_long_file (struct sample *s, const struct draw *d) {
  struct rng r = rng_at (d, d->index);
  size_t zeros = STAT_FILE + rng_below (&r, 3000);
  unsigned which = (unsigned) rng_below (&r, 38); /* a later one may be cut */
  put_text (s, "7 (name) S");
  for (unsigned i = 0; i < 41; i++) {
    put_text (s, " ");
    for (size_t z = 0; i == which && z < zeros; z++) {
      put_u8 (s, '0');
    }
    put_format (s, "%u", (unsigned) rng_below (&r, 1000));
  }
}

static bool shows_cut (struct provider *ours, struct provider *original, const struct sample *s, char *why,
                       size_t room) {
  struct outcome own, cut, want;
  outcome_clear (&own);
  outcome_clear (&cut);
  outcome_clear (&want);
  run_stat (ours, s, &own);
  run_stat (original, s, &want);
  run_stat_bytes (ours, (const char *) s->data, s->len < STAT_FILE ? s->len : STAT_FILE, &cut);
  snprintf (why, room, "%zu bytes: ours %s the first 4096 bytes, the original %s", s->len,
            outcome_equal (&own, &cut) ? "reads" : "does not read", want.value[0] ? "fails" : "reads them all");
  return outcome_equal (&own, &cut) && !outcome_equal (&own, &want) && want.value[0] == 0;
}

static const struct function functions[] = {
  { "read_proc_stats", "procfs", stat_fields, CAN_STAT_TEXT, 10000, generate_stat, run_stat, NULL, explain_stat },
  { "read_proc_stats/file", "procfs", stat_fields, CAN_STAT_FILE, 10000, generate_stat_file, run_stat_file, NULL,
    explain_stat_file },
  { "am_get_memory_usage", "procfs", "status touched v0 v1 v2 v3 v4 v5 v6 v7", CAN_STATM, 10000, generate_statm,
    run_statm, NULL, explain_statm },
  { "am_get_memory_stats", "procfs", "status touched mem_free mem_cached swap_total swap_free found", CAN_MEMINFO,
    10000, generate_meminfo, run_meminfo, NULL, explain_refused },
  { 0 },
};

static const struct difference_test tests[] = {
  { BLANK_IN_COMM, "procfs", "read_proc_stats/blank", CAN_STAT_TEXT, 1000, generate_blank_comm, shows_blanks },
  { LONG_COMM_CUT, "procfs", "read_proc_stats/long", CAN_STAT_TEXT, 1000, generate_long_comm, shows_long },
  { STAT_FILE_CUT, "procfs", "read_proc_stats/long-file", CAN_STAT_TEXT, 200, generate_long_file, shows_cut },
  { 0 },
};

static const struct property properties[] = { { 0 } };

const struct family procfs_family = { "procfs", functions, tests, properties, false };
