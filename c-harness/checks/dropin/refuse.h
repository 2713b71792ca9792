/*
 * Makes a system call fail, whoever makes it.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DROPIN_REFUSE_H
#define DROPIN_REFUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* From now on a system call fails, as an old kernel, a sandbox or a full table of files makes it fail. */
static inline bool refuse (unsigned call, unsigned error) {
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof (filter) / sizeof (filter[0]), filter };
  return !prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#endif
