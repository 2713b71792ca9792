/*
 * Secrets where the original leaves copies of them, crashes or aborts: what stays in memory, a kernel that gives no random
 * bytes, a program without libcrypto.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "legacy_names.h"
#include "refuse.h"
#include "sentences.h"

enum { STACK = 1 << 18, LENGTH = 200 };

static struct aes_secret secret = { .secret_len = LENGTH };
static unsigned char mixed[256];
static struct aes_key_data keys;

/* Reads memory that is not the program's any more, past all that watches over it. */
static void read_memory (unsigned char *copy, off_t place, size_t len) {
  int memory = open ("/proc/self/mem", O_RDONLY);
  expect (pread (memory, copy, len, place) == (ssize_t) len, "memory is read");
  close (memory);
}

/* ---- what stays on the stack ---- */

static void *derive (void *arg) {
  static const char nonce[16] = "nonces of 16 by";
  static const unsigned char ipv6[16] = "addresses, too";
  (void) arg;
  expect (aes_create_keys (&keys, 1, nonce, nonce, 5, 0, 6, ipv6, 0, 7, ipv6, &secret, mixed, 0) == 1, "keys");
  return NULL;
}

/* Far below its frame's start, because the thread's end writes over what lies near it. */
static void *leave_a_copy (void *arg) {
  volatile unsigned char frame[1 << 14];
  (void) arg;
  for (int i = 0; i < LENGTH; i++) {
    frame[i] = (unsigned char) secret.secret[i];
  }
  return frame[0] ? NULL : arg;
}

/* Does a thread's stack hold 8 bytes in a row of that, after the thread's end? */
static int stack_holds (void *(*work) (void *), const unsigned char *text, size_t len) {
  unsigned char *stack = mmap (NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_attr_t attributes;
  pthread_t id;
  pthread_attr_init (&attributes);
  pthread_attr_setstack (&attributes, stack, STACK);
  int found = pthread_create (&id, &attributes, work, NULL) || pthread_join (id, NULL) ? -1 : 0;
  static unsigned char copy[STACK];
  read_memory (copy, (off_t) (size_t) stack, STACK);
  for (size_t at = 0; !found && at + 8 <= len; at += 4) {
    found = memmem (copy, STACK, text + at, 8) != NULL;
  }
  pthread_attr_destroy (&attributes);
  munmap (stack, STACK);
  return found;
}

static void stack (void) {
  const unsigned char *text = (unsigned char *) secret.secret;
  expect (stack_holds (leave_a_copy, text, LENGTH) == 1, "control: a copy on the stack is seen");
  expect (stack_holds (derive, text, LENGTH) == 0, "aes_create_keys leaves nothing of the secret on the stack");
  expect (stack_holds (derive, keys.write_key, 32) == 0, "nor of the keys");
  expect (stack_holds (derive, keys.read_iv, 16) == 0, "nor of their vectors");
}

/* ---- what stays in freed memory ---- */

enum how { BY_FREE, BY_LENGTH, BY_NO_LENGTH, BY_CONNECTION };

/* The allocator writes over the start of what is freed only. */
static bool is_left (enum how how) {
  enum { SIZE = 264, START = 40 };
  static struct {
    struct async_job job;
    struct connection_info info;
  } connection;
  unsigned char *key = alloc_crypto_temp (SIZE), after[SIZE];
  off_t place = (off_t) (size_t) key;
  memset (key, 0x5a, SIZE);
  if (how == BY_FREE) {
    free (key);
  } else if (how == BY_CONNECTION) {
    connection.info.crypto_temp = key;
    aes_crypto_free (&connection.job);
  } else {
    free_crypto_temp (key, how == BY_LENGTH ? SIZE : 0);
  }
  read_memory (after, place, SIZE);
  return memchr (after + START, 0x5a, SIZE - START) != NULL;
}

static void freed (void) {
  expect (is_left (BY_FREE), "control: what free leaves is seen");
  expect (!is_left (BY_LENGTH), "free_crypto_temp wipes");
  expect (!is_left (BY_NO_LENGTH), "free_crypto_temp wipes all of it, whatever length it is told");
  expect (!is_left (BY_CONNECTION), "aes_crypto_free wipes a temporary key");
}

/* A secret that follows a longer one. */
static void file (void) {
  char name[256], text[LENGTH];
  int fd = make_file (name);
  memset (text, 'a', sizeof (text));
  expect (write (fd, text, LENGTH) == LENGTH && aes_load_pwd_file (name) == 1, "a secret is loaded");
  memset (text, 'b', sizeof (text));
  expect (ftruncate (fd, 0) == 0 && pwrite (fd, text, 40, 0) == 40 && aes_load_pwd_file (name) == 1,
          "and a shorter one");
  expect (main_secret.secret_len == 40 && !memchr (main_secret.secret, 'a', sizeof (main_secret.secret)),
          "of the longer one nothing is left");
  close (fd);
  unlink (name);
}

/* ---- lengths ---- */

static void lengths (void) {
  struct aes_key_data without = { { 0 }, { 0 }, { 0 }, { 0 } };
  char nonce[16] = "x";
  aes_create_keys (&without, 1, nonce, nonce, 5, 1, 6, mixed, 2, 7, mixed, &secret, mixed, 0);
  aes_create_keys (&keys, 1, nonce, nonce, 5, 1, 6, mixed, 2, 7, mixed, &secret, NULL, -1);
  expect (!memcmp (&keys, &without, sizeof (keys)), "a negative length mixes nothing in");
}

/* ---- the random source ---- */

static void from_device (void) {
  char one[16] = "", two[16] = "", zero[16] = "";
  expect (aes_generate_nonce (one) == 0 && aes_generate_nonce (two) == 0, "nonces from the device");
  expect (memcmp (one, two, 16) && memcmp (one, zero, 16) && memcmp (two, zero, 16), "which are random");
}

static void no_random_source (void) {
  main_secret.secret_len = 40;
  expect (refuse (SYS_openat, EMFILE), "no file can be opened");
  expect (aes_load_pwd_file ("/dev/null") == -1 && !main_secret.secret_len, "without randomness no secret is loaded");
  if (failed) {
    _exit (1);
  }
  char nonce[16];
  aes_generate_nonce (nonce);
}

static void no_libcrypto (void) {
  static struct {
    struct async_job job;
    struct connection_info info;
  } connection;
  aes_crypto_init (&connection.job, &keys, sizeof (keys));
}

static void short_keys (void) {
  aes_crypto_init (NULL, &keys, 95);
}

/* ---- threads ---- */

static void *plain (void *arg) {
  int keys_before, keys_now;
  (void) arg;
  fetch_aes_crypto_stat (NULL, &keys_before);
  void *key = alloc_crypto_temp (10);
  fetch_aes_crypto_stat (NULL, &keys_now);
  expect (keys_now == keys_before + 1, "a plain thread's temporary key is counted");
  free_crypto_temp (key, 10);
  fetch_aes_crypto_stat (NULL, &keys_now);
  expect (keys_now == keys_before, "and its end");
  return NULL;
}

static void threads (void) {
  pthread_t id;
  expect (!pthread_create (&id, NULL, plain, NULL) && !pthread_join (id, NULL), "a plain thread");
}

/* `keys control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  for (int i = 0; i < LENGTH; i++) {
    secret.secret[i] = (char) (i * i * 37 + 11 * i + 5);
  }
  listen_to_stderr ();
  stack ();
  freed ();
  file ();
  lengths ();
  threads ();
  expect_end (short_keys, "not the length of a connection's keys");
  expect_end (no_libcrypto, "this program is not linked with libcrypto");
  if (refuse (SYS_getrandom, ENOSYS)) {
    from_device ();
    expect_end (no_random_source, "the kernel gives no random bytes");
  } else {
    puts ("skipped: no seccomp to refuse getrandom with");
  }
  return stop_listening ();
}
