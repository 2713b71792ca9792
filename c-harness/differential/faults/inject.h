/*
 * Makes calls of the C library fail that a library under test makes, and no other: the slots through which it calls are
 * replaced after it is loaded. What fails is a group of functions and how; the first call of the group, the second, ...
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>

#define FAULT_GROUPS(X)                     \
  X (OPEN_EMFILE, "open: EMFILE")           \
  X (OPEN_EACCES, "open: EACCES")           \
  X (STAT_EACCES, "stat: EACCES")           \
  X (READ_EINTR, "read: EINTR")             \
  X (READ_EIO, "read: EIO")                 \
  X (READ_SHORT, "read: a byte")            \
  X (READ_END, "read: nothing")             \
  X (WRITE_EINTR, "write: EINTR")           \
  X (WRITE_ENOSPC, "write: ENOSPC")         \
  X (WRITE_SHORT, "write: a byte")          \
  X (MEMORY, "memory: ENOMEM")              \
  X (ACCOUNT, "user and group: EPERM")      \
  X (LIMIT, "limit and priority: EPERM")    \
  X (SIGNAL, "signal's handler: EINVAL")    \
  X (RANDOM_EINTR, "random bytes: EINTR")   \
  X (RANDOM_ENOSYS, "random bytes: ENOSYS") \
  X (NAME, "name of a host: none")          \
  X (SOCKET, "socket: EMFILE")

enum fault_group {
  NO_FAULT = -1,
#define X(name, text) FAULT_##name,
  FAULT_GROUPS (X)
#undef X
      FAULT_GROUP_COUNT
};

extern const char *const fault_names[FAULT_GROUP_COUNT];

/* Replaces the slots of a loaded library, and libcrypto's for memory. */
void faults_watch (void *handle);
/* How many calls of each group there were, and whether the one that shall fail was among them. */
struct fault_counts {
  unsigned long calls[FAULT_GROUP_COUNT];
  int made;
};

/* Until it is called with false, nothing is counted and nothing fails: the harness uses libcrypto itself. */
void faults_pause (bool pause);
/* From now on calls are counted, from 1 on, and of this group the call of this number fails. */
void faults_begin (struct fault_counts *counts, enum fault_group group, unsigned long number);

#endif
