/*
 * Determines the kind of a provider's file from its first bytes. Archives are checked member by member, so that one built
 * for another machine gives a clear message instead of a linker error.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "relink.h"

_Noreturn void refuse (const char *format, ...) {
  va_list ap;
  va_start (ap, format);
  fputs ("mtproxy-differential: ", stderr);
  vfprintf (stderr, format, ap);
  fputc ('\n', stderr);
  va_end (ap);
  exit (2);
}

static const char *machine_name (unsigned machine, char *number) {
  switch (machine) {
  case EM_X86_64:
    return "x86-64";
  case EM_386:
    return "i386";
  case EM_AARCH64:
    return "AArch64";
  case EM_ARM:
    return "ARM";
  case EM_S390:
    return "s390x";
  case EM_PPC64:
    return "POWER";
  case EM_RISCV:
    return "RISC-V";
  default:
    sprintf (number, "machine %u", machine);
    return number;
  }
}

/* The identification bytes, then type and machine, which have the same offsets in both ELF classes. */
struct elf_start {
  unsigned char ident[EI_NIDENT];
  unsigned char type[2], machine[2];
};

static unsigned half (const struct elf_start *e, const unsigned char *at) {
  return e->ident[EI_DATA] == ELFDATA2MSB ? (unsigned) (at[0] << 8 | at[1]) : (unsigned) (at[1] << 8 | at[0]);
}

static bool is_elf (const struct elf_start *e) {
  return !memcmp (e->ident, ELFMAG, SELFMAG);
}

static struct elf_start own_start (void) {
  struct elf_start e = { 0 };
  FILE *f = fopen ("/proc/self/exe", "rb");
  if (!f || fread (&e, sizeof (e), 1, f) != 1) {
    refuse ("cannot read /proc/self/exe: %s", strerror (errno));
  }
  fclose (f);
  return e;
}

/* `member` is NULL if the file is not an archive. */
static void check_machine (const char *role, const char *path, const char *member, const struct elf_start *e) {
  struct elf_start own = own_start ();
  char a[32], b[32];
  unsigned there = half (e, e->machine), here = half (&own, own.machine);
  if (there != here || e->ident[EI_CLASS] != own.ident[EI_CLASS] || e->ident[EI_DATA] != own.ident[EI_DATA]) {
    refuse ("%s: %s%s%s%s was built for another machine: %s, %s-bit; this is %s", role, path, member ? "(" : "",
            member ? member : "", member ? ")" : "", machine_name (there, a),
            e->ident[EI_CLASS] == ELFCLASS64 ? "64" : "32", machine_name (here, b));
  }
}

/* The header before each member, in text. */
struct member_header {
  char name[16], date[12], uid[6], gid[6], mode[8], size[10], end[2];
};

static void check_members (const char *role, const char *path, FILE *f) {
  struct member_header h;
  int objects = 0;
  while (fread (&h, sizeof (h), 1, f) == 1) {
    char digits[11] = { 0 }, name[17] = { 0 };
    memcpy (digits, h.size, sizeof (h.size));
    memcpy (name, h.name, sizeof (h.name));
    long size = strtol (digits, NULL, 10), at = ftell (f);
    bool special = name[0] == '/' && (name[1] == ' ' || name[1] == '/' || !strncmp (name, "/SYM64/", 7));
    struct elf_start e;
    if (memcmp (h.end, "`\n", 2) || size < 0 || at < 0) {
      refuse ("%s: %s is a damaged archive", role, path);
    }
    if (!special) {
      name[strcspn (name, "/ ")] = 0;
      if (size < (long) sizeof (e) || fread (&e, sizeof (e), 1, f) != 1 || !is_elf (&e)) {
        refuse ("%s: %s holds something that is no object file (%s): build it without -flto", role, path, name);
      }
      check_machine (role, path, name[0] ? name : NULL, &e);
      objects++;
    }
    if (fseek (f, at + size + (size & 1), SEEK_SET) < 0) {
      break;
    }
  }
  if (!objects) {
    refuse ("%s: %s is an empty archive", role, path);
  }
}

enum object_kind object_check (const char *role, const char *path) {
  struct stat st;
  if (stat (path, &st) < 0) {
    refuse ("%s: %s: %s", role, path, strerror (errno));
  }
  if (!S_ISREG (st.st_mode)) {
    refuse ("%s: %s is not a file", role, path);
  }
  FILE *f = fopen (path, "rb");
  if (!f) {
    refuse ("%s: %s: %s", role, path, strerror (errno));
  }
  union {
    struct elf_start elf;
    char magic[8];
  } start = { 0 };
  size_t n = fread (&start, 1, sizeof (start), f);
  enum object_kind kind = OBJECT_SHARED;
  if (n >= 8 && !memcmp (start.magic, "!<arch>\n", 8)) {
    kind = OBJECT_ARCHIVE;
    fseek (f, 8, SEEK_SET);
    check_members (role, path, f);
  } else if (n >= 8 && !memcmp (start.magic, "!<thin>\n", 8)) {
    kind = OBJECT_ARCHIVE; /* a thin archive: its members are other files, which the linker checks */
  } else if (n == sizeof (start) && is_elf (&start.elf)) {
    check_machine (role, path, NULL, &start.elf);
    if (half (&start.elf, start.elf.type) != ET_DYN) {
      refuse ("%s: %s is an ELF file, but not a shared object", role, path);
    }
  } else {
    refuse ("%s: %s is neither an archive nor a shared object", role, path);
  }
  fclose (f);
  return kind;
}
