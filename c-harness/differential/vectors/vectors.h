/*
 * Recorded vectors: tables of cells, replayed against a provider or recorded from one. A file's `run` reads the input cells
 * of a row and computes the output cells; the same function serves both directions.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_VECTORS_H
#define DIFFERENTIAL_VECTORS_H

#include "function.h"

enum { COLUMNS = 48 };

struct row {
  struct provider *p;
  size_t columns;
  char *cell[COLUMNS];
  char *out[COLUMNS]; /* NULL: this provider has no such result */
  char why[500];      /* of ROW_SKIPPED and ROW_FAILED */
  enum difference difference; /* set if the row shows a deliberate difference */
};

enum row_result {
  ROW_COMPARED, /* the outputs are set: compare, or record */
  ROW_SKIPPED,  /* not applicable, see why */
  ROW_PASSED,   /* checked by `run` itself */
  ROW_FAILED    /* likewise, see why */
};

struct vector_file {
  const char *name, *family;
  const char *columns; /* the first line, without its `#`, tabs as blanks */
  enum row_result (*run) (struct row *row);
};

/* The table of files, ended by one without a name. */
extern const struct vector_file checksum_files[], parser_files[], system_files[];

/* Cells. A malformed cell ends the program, because the file is damaged. */
const char *cell (const struct row *row, size_t column);
bool cell_is (const struct row *row, size_t column, const char *text);
long long cell_int (const struct row *row, size_t column);
unsigned long long cell_unsigned (const struct row *row, size_t column);
/* Byte strings: hex, repeat:, lcg:, joined by +. The caller releases the sample. */
void cell_bytes (const struct row *row, size_t column, struct sample *s);

void out_text (struct row *row, size_t column, const char *text);
void out_int (struct row *row, size_t column, long long v);
void out_unsigned (struct row *row, size_t column, unsigned long long v);
void out_hex (struct row *row, size_t column, const void *data, size_t len);

/* ip,port,pid,utime */
struct process_id parse_pid (const char *text);
/* The file of calls that trap: fn args outcome. */
enum row_result trap (struct row *row);

enum row_result skipped (struct row *row, const char *why);
/* True if the provider lacks the function; then the row is skipped. */
bool lacks (struct row *row, enum ability needs);
/* The result of a row that shows a deliberate difference; `exact`: ours does exactly what is described. */
enum row_result on_purpose (struct row *row, enum difference d, bool exact);
bool is_boundary (const struct row *row);
/* True if the row's provider has this difference. The original, replayed or recorded, has none. */
bool differs (const struct row *row, enum difference d);

#endif
