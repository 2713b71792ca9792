/*
 * What objects of the drop-in ask of legacy objects that stay in C, where these are not there: a signal's handler, and what the
 * engine's methods name, which nothing calls.
 * Weak: the real ones go first, so that the original is compared whole.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef HARNESS_ENGINE_PARTS_H
#define HARNESS_ENGINE_PARTS_H

/* The definitions, as a text that is compiled later, too (relink.c): so they include nothing. */
#define ENGINE_PARTS                                                        \
  int server_noop (void);                                                   \
  __attribute__ ((weak)) int server_noop (void) {                           \
    return 0;                                                               \
  }                                                                         \
  int server_check_ready (void);                                            \
  __attribute__ ((weak)) int server_check_ready (void) {                    \
    return 0;                                                               \
  }                                                                         \
  int kwrite (int file, const void *text, int size);                        \
  void (*signal (int number, void (*handler) (int))) (int);                 \
  void ksignal (int number, void (*handler) (int));                         \
  __attribute__ ((weak)) void ksignal (int number, void (*handler) (int)) { \
    if (signal (number, handler) == (void (*) (int)) - 1) {                 \
      kwrite (2, "failed sigaction\n", 17);                                 \
    }                                                                       \
  }

#endif
