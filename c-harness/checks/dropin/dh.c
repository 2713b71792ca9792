/*
 * Diffie-Hellman where the original crashes or leaves copies of secrets: rounds before the numbers are made, a program
 * without libcrypto, a kernel that gives no random bytes, threads that no job system started. WITH_LIBCRYPTO: linked with it.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"
#include "refuse.h"
#include "sentences.h"

enum { NUMBER = 256, STACK = 1 << 18 };

static struct crypto_temp_dh_params kept;
static unsigned char agreed[NUMBER];

#ifndef WITH_LIBCRYPTO

static void start (void) {
  init_dh_params ();
}

int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  unsigned char zeros[NUMBER] = "";
  expect (dh_third_round (agreed, zeros, &kept) == 0, "without libcrypto bad numbers are refused, too");
  expect_end (start, "this program is not linked with libcrypto");
  return stop_listening ();
}

#else

static unsigned char sent[NUMBER], answer[NUMBER];

static void early_first (void) {
  dh_first_round (sent, &kept);
}

static void early_second (void) {
  unsigned char good[NUMBER] = { 1 };
  dh_second_round (agreed, answer, good);
}

static void early_third (void) {
  unsigned char good[NUMBER] = { 1 };
  dh_third_round (agreed, good, &kept);
}

/* ---- what stays on the stack ---- */

static void *second (void *arg) {
  (void) arg;
  expect (dh_second_round (agreed, answer, sent) == NUMBER, "a second round");
  return NULL;
}

static void *third (void *arg) {
  (void) arg;
  expect (dh_third_round (agreed, answer, &kept) == NUMBER, "a third round");
  return NULL;
}

static void *leave_a_copy (void *arg) {
  volatile unsigned char copy[NUMBER];
  for (int i = 0; i < NUMBER; i++) {
    copy[i] = kept.a[i];
  }
  return copy[0] == copy[1] ? NULL : arg;
}

/* Reads memory that is not the program's any more, past all that watches over it. */
static bool stack_holds (void *(*work) (void *), const unsigned char *number) {
  static unsigned char copy[STACK];
  unsigned char *stack = mmap (NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), turned[NUMBER];
  pthread_attr_t attributes;
  pthread_t id;
  int memory = open ("/proc/self/mem", O_RDONLY);
  pthread_attr_init (&attributes);
  pthread_attr_setstack (&attributes, stack, STACK);
  expect (!pthread_create (&id, &attributes, work, NULL) && !pthread_join (id, NULL), "a thread");
  expect (pread (memory, copy, STACK, (off_t) (size_t) stack) == STACK, "memory is read");
  close (memory);
  /* libcrypto has its words the other way round. */
  for (int i = 0; i < NUMBER; i++) {
    turned[i] = number[NUMBER - 1 - i];
  }
  bool found = false;
  for (size_t at = 0; at + 16 <= NUMBER; at += 8) {
    found |= memmem (copy, STACK, number + at, 16) || memmem (copy, STACK, turned + at, 16);
  }
  pthread_attr_destroy (&attributes);
  munmap (stack, STACK);
  return found;
}

static void stack (void) {
  expect (stack_holds (leave_a_copy, kept.a), "control: a copy on the stack is seen");
  expect (!stack_holds (third, kept.a), "a third round leaves nothing of its secret on the stack");
  expect (!stack_holds (third, agreed), "nor of what both ends know");
  expect (!stack_holds (second, agreed), "nor does a second round");
}

/* A secret with which both ends know 1, whatever is sent. */
static void short_agreement (void) {
  struct crypto_temp_dh_params nothing = { 0 };
  unsigned char good[NUMBER] = { 1 };
  long long before[3], now[3];
  fetch_tot_dh_rounds_stat (before);
  expect (dh_third_round (agreed, good, &nothing) == 0, "an agreement of one byte is refused");
  fetch_tot_dh_rounds_stat (now);
  expect (now[2] == before[2], "and not counted");
}

/* ---- threads ---- */

static void *plain (void *arg) {
  long long before[3], now[3];
  (void) arg;
  fetch_tot_dh_rounds_stat (before);
  dh_first_round (sent, &kept);
  fetch_tot_dh_rounds_stat (now);
  expect (now[0] == before[0] + 1 && now[1] == before[1] && now[2] == before[2], "a plain thread's round is counted");
  return NULL;
}

static int made[8];

static void *make (void *place) {
  *(int *) place = init_dh_params ();
  return NULL;
}

/* Threads that come at the same time: one of them makes the numbers. */
static void threads (void) {
  pthread_t id[8];
  int sum = 0;
  for (int i = 0; i < 8; i++) {
    expect (!pthread_create (&id[i], NULL, make, &made[i]), "a thread");
  }
  for (int i = 0; i < 8; i++) {
    pthread_join (id[i], NULL);
    sum += made[i];
  }
  expect (sum == 1 && dh_params_select == 0x00620b93, "one thread makes the numbers");
  expect (!pthread_create (&id[0], NULL, plain, NULL) && !pthread_join (id[0], NULL), "a plain thread");
}

/* ---- the random source ---- */

static void no_random_source (void) {
  expect (refuse (SYS_openat, EMFILE), "no file can be opened");
  dh_first_round (sent, &kept);
}

/* `dh control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  expect_end (early_first, "init_dh_params was not called");
  expect_end (early_second, "init_dh_params was not called");
  expect_end (early_third, "init_dh_params was not called");
  threads ();
  short_agreement ();
  dh_second_round (agreed, answer, sent);
  stack ();
  if (refuse (SYS_getrandom, ENOSYS)) {
    expect_end (no_random_source, "the kernel gives no random bytes");
  } else {
    puts ("skipped: no seccomp to refuse getrandom with");
  }
  return stop_listening ();
}

#endif
