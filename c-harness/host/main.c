/*
 * Usage: host CONFIG
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <stdio.h>

#include "host.h"

int main (int argc, char **argv) {
  if (argc != 2) {
    fprintf (stderr, "usage: %s CONFIG\n", argv[0]);
    return 2;
  }
  /* The functions are declared weak: a call of one that is not bound would jump to address 0. */
  int unbound = count_unbound ();
  if (unbound) {
    fprintf (stderr, "fatal: %d functions of mtproxy-ffi are not bound\n", unbound);
    return 1;
  }
  if (start_up () < 0) {
    return 1;
  }
  use_config (argv[1]);
  use_procfs ();
  use_tl ();
  use_process ();
  use_net ();
  use_queue ();
  use_jobs ();
  int failures = print_table ();
  if (failures) {
    fprintf (stderr, "%d failures\n", failures);
    return 1;
  }
  return 0;
}
