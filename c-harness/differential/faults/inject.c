/*
 * Failing calls: see inject.h.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *const fault_names[FAULT_GROUP_COUNT] = {
#define X(name, text) [FAULT_##name] = text,
  FAULT_GROUPS (X)
#undef X
};

static struct fault_counts *counts;
static bool paused;
static enum fault_group failing = NO_FAULT;
static unsigned long failing_call;

void faults_begin (struct fault_counts *room, enum fault_group group, unsigned long number) {
  memset (room, 0, sizeof (*room));
  failing = group;
  failing_call = number;
  counts = room;
}

void faults_pause (bool pause) {
  paused = pause;
}

#if defined __x86_64__ || defined __aarch64__

/* Counts a call; true if it is the one that fails. */
static bool fails (enum fault_group group) {
  if (!counts || paused || ++counts->calls[group] != failing_call || group != failing) {
    return false;
  }
  counts->made = 1;
  return true;
}

static long fails_with (int error, long result) {
  errno = error;
  return result;
}

struct evp_cipher_ctx_st;
struct evp_cipher_st;

/* Any of the functions below: none has more arguments, all are numbers or pointers, and a result is one too. */
typedef long call_t (long a, long b, long c, long d, long e, long f);

enum { FUNCTIONS = 64 };

struct function {
  const char *name;
  call_t *wrapper;
  call_t **real;
};

#define PARAMETERS long a, long b, long c, long d, long e, long f
#define GO_ON(name) real_##name (a, b, c, d, e, f)

/* A function that fails with an error number and this result; or with one of two. */
#define FAILING(name, group, error, result)                                   \
  static call_t *real_##name;                                                 \
  static long wrap_##name (PARAMETERS) {                                      \
    return fails (FAULT_##group) ? fails_with (error, result) : GO_ON (name); \
  }
#define FAILING_TWICE(name, one, one_error, two, two_error, result)                                         \
  static call_t *real_##name;                                                                               \
  static long wrap_##name (PARAMETERS) {                                                                    \
    bool first = fails (FAULT_##one), second = fails (FAULT_##two);                                         \
    return first ? fails_with (one_error, result) : second ? fails_with (two_error, result) : GO_ON (name); \
  }

#define TWICE(X)                                           \
  X (open, OPEN_EMFILE, EMFILE, OPEN_EACCES, EACCES, -1)   \
  X (open64, OPEN_EMFILE, EMFILE, OPEN_EACCES, EACCES, -1) \
  X (fopen, OPEN_EMFILE, EMFILE, OPEN_EACCES, EACCES, 0)   \
  X (fopen64, OPEN_EMFILE, EMFILE, OPEN_EACCES, EACCES, 0) \
  X (getrandom, RANDOM_EINTR, EINTR, RANDOM_ENOSYS, ENOSYS, -1)
#define ONCE(X)                             \
  X (stat, STAT_EACCES, EACCES, -1)         \
  X (stat64, STAT_EACCES, EACCES, -1)       \
  X (malloc, MEMORY, ENOMEM, 0)             \
  X (calloc, MEMORY, ENOMEM, 0)             \
  X (realloc, MEMORY, ENOMEM, 0)            \
  X (strdup, MEMORY, ENOMEM, 0)             \
  X (aligned_alloc, MEMORY, ENOMEM, 0)      \
  X (vasprintf, MEMORY, ENOMEM, -1)         \
  X (__vasprintf_chk, MEMORY, ENOMEM, -1)   \
  X (open_memstream, MEMORY, ENOMEM, 0)     \
  X (getpwnam, ACCOUNT, EPERM, 0)           \
  X (getgrnam, ACCOUNT, EPERM, 0)           \
  X (setgroups, ACCOUNT, EPERM, -1)         \
  X (initgroups, ACCOUNT, EPERM, -1)        \
  X (setgid, ACCOUNT, EPERM, -1)            \
  X (setuid, ACCOUNT, EPERM, -1)            \
  X (getrlimit, LIMIT, EPERM, -1)           \
  X (getrlimit64, LIMIT, EPERM, -1)         \
  X (setrlimit, LIMIT, EPERM, -1)           \
  X (setrlimit64, LIMIT, EPERM, -1)         \
  X (nice, LIMIT, EPERM, -1)                \
  X (sigaction, SIGNAL, EINVAL, -1)         \
  X (gethostbyname, NAME, ECONNREFUSED, 0)  \
  X (gethostbyname2, NAME, ECONNREFUSED, 0) \
  X (server_socket, SOCKET, EMFILE, -1)
#define OTHERS(X)    \
  X (syscall)        \
  X (posix_memalign) \
  X (read)           \
  X (write)          \
  X (pwrite)         \
  X (pwrite64)

ONCE (FAILING)
TWICE (FAILING_TWICE)

static call_t *real_syscall, *real_posix_memalign, *real_read, *real_write, *real_pwrite, *real_pwrite64;

static long wrap_syscall (PARAMETERS) {
  bool interrupted = a == SYS_getrandom && fails (FAULT_RANDOM_EINTR);
  bool unknown = a == SYS_getrandom && fails (FAULT_RANDOM_ENOSYS);
  return interrupted || unknown ? fails_with (interrupted ? EINTR : ENOSYS, -1) : GO_ON (syscall);
}

static long wrap_posix_memalign (PARAMETERS) {
  return fails (FAULT_MEMORY) ? ENOMEM : GO_ON (posix_memalign);
}

/* The third argument of these is how many bytes. */
static long wrap_read (PARAMETERS) {
  bool interrupted = fails (FAULT_READ_EINTR), broken = fails (FAULT_READ_EIO), cut = fails (FAULT_READ_SHORT);
  if (interrupted || broken) {
    return fails_with (interrupted ? EINTR : EIO, -1);
  }
  if (fails (FAULT_READ_END)) {
    return 0;
  }
  c = cut && c > 1 ? 1 : c;
  return GO_ON (read);
}

/* The few bytes that wake a thread go into a pipe as a whole, and need no room on a disk. */
static bool is_pipe (int fd) {
  struct stat st;
  return !fstat (fd, &st) && S_ISFIFO (st.st_mode);
}

static long write_by (call_t *real, PARAMETERS) {
  bool interrupted = fails (FAULT_WRITE_EINTR), file = !is_pipe ((int) a);
  bool full = file && fails (FAULT_WRITE_ENOSPC), cut = file && fails (FAULT_WRITE_SHORT);
  if (interrupted || full) {
    return fails_with (interrupted ? EINTR : ENOSPC, -1);
  }
  return real (a, b, cut && c > 1 ? 1 : c, d, e, f);
}

static long wrap_write (PARAMETERS) {
  return write_by (real_write, a, b, c, d, e, f);
}

static long wrap_pwrite (PARAMETERS) {
  return write_by (real_pwrite, a, b, c, d, e, f);
}

static long wrap_pwrite64 (PARAMETERS) {
  return write_by (real_pwrite64, a, b, c, d, e, f);
}

#define ROW(name, ...) { #name, wrap_##name, &real_##name },
static const struct function functions[] = { ONCE (ROW) TWICE (ROW) OTHERS (ROW) };
enum { FUNCTION_COUNT = sizeof (functions) / sizeof (functions[0]) };

/* ---- the slots ---- */

static const struct function *function_named (const char *name, bool memory_alone) {
  static const char *const memory[] = { "malloc", "calloc", "realloc" };
  bool is_memory = false;
  for (size_t i = 0; i < sizeof (memory) / sizeof (memory[0]); i++) {
    is_memory |= !strcmp (name, memory[i]);
  }
  for (int i = 0; i < FUNCTION_COUNT; i++) {
    if ((is_memory || !memory_alone) && !strcmp (functions[i].name, name)) {
      return &functions[i];
    }
  }
  return NULL;
}

static bool is_slot (unsigned long type) {
#ifdef __aarch64__
  return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_ABS64;
#else
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
#endif
}

/* Slots that the loader has made read-only become writable. */
static void set_slot (void **slot, const struct function *f) {
  uintptr_t page = (uintptr_t) getpagesize ();
  void *real = dlsym (RTLD_DEFAULT, f->name);
  if (!real || mprotect ((void *) ((uintptr_t) slot & ~(page - 1)), page, PROT_READ | PROT_WRITE)) {
    return;
  }
  memcpy (f->real, &real, sizeof (real));
  memcpy (slot, &f->wrapper, sizeof (*slot));
}

static void watch_object (const struct link_map *map, bool memory_alone) {
  const ElfW (Sym) *symbols = NULL;
  const char *names = NULL;
  const ElfW (Rela) * tables[2] = { NULL, NULL };
  size_t sizes[2] = { 0, 0 };
  for (const ElfW (Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++) {
    const void *at = (const void *) d->d_un.d_ptr; /* an address, where it is no size */
    symbols = d->d_tag == DT_SYMTAB ? at : symbols;
    names = d->d_tag == DT_STRTAB ? at : names;
    tables[0] = d->d_tag == DT_JMPREL ? at : tables[0];
    tables[1] = d->d_tag == DT_RELA ? at : tables[1];
    sizes[0] = d->d_tag == DT_PLTRELSZ ? d->d_un.d_val : sizes[0];
    sizes[1] = d->d_tag == DT_RELASZ ? d->d_un.d_val : sizes[1];
  }
  for (int t = 0; t < 2 && symbols && names; t++) {
    for (size_t i = 0; tables[t] && i < sizes[t] / sizeof (ElfW (Rela)); i++) {
      const ElfW (Rela) *r = &tables[t][i];
      const struct function *f = function_named (names + symbols[ELF64_R_SYM (r->r_info)].st_name, memory_alone);
      if (f && is_slot (ELF64_R_TYPE (r->r_info))) {
        set_slot ((void **) (map->l_addr + r->r_offset), f);
      }
    }
  }
}

/* What libcrypto does at its first cipher takes thousands of allocations, which are not the library's under test. */
static void prepare_libcrypto (void *handle) {
  struct evp_cipher_ctx_st *(*make) (void);
  int (*init) (struct evp_cipher_ctx_st *, const struct evp_cipher_st *, const unsigned char *, const unsigned char *,
               int);
  const struct evp_cipher_st *(*cipher) (void);
  void (*end) (struct evp_cipher_ctx_st *);
  static const char *const ciphers[] = { "EVP_aes_256_cbc", "EVP_aes_256_ctr" };
  unsigned char key[32] = "";
  *(void **) &make = dlsym (handle, "EVP_CIPHER_CTX_new");
  *(void **) &init = dlsym (handle, "EVP_CipherInit");
  *(void **) &end = dlsym (handle, "EVP_CIPHER_CTX_free");
  for (int i = 0; i < 2 && make && init && end; i++) {
    *(void **) &cipher = dlsym (handle, ciphers[i]);
    struct evp_cipher_ctx_st *context = make ();
    init (context, cipher (), key, key, 1);
    end (context);
  }
}

void faults_watch (void *handle) {
  struct link_map *library = NULL;
  prepare_libcrypto (handle);
  if (dlinfo (handle, RTLD_DI_LINKMAP, &library) || !library) {
    return;
  }
  watch_object (library, false);
  for (struct link_map *map = library; map; map = map->l_next) {
    if (map != library && strstr (map->l_name, "libcrypto")) {
      watch_object (map, true);
    }
  }
}

#else

void faults_watch (void *handle) {
  (void) handle;
}

#endif
