/*
 * The event loop where the original hangs, aborts or polls: descriptors that epoll refuses, handlers that unregister themselves,
 * work and timers that end the loop's sleep.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#include "bell.h"
#include "host.h"
#include "legacy_names.h"
#include "refuse.h"
#include "sentences.h"

/* The harness's declarations have no thread-local variables and no arrays. */
extern __thread double now_of_thread __asm__ ("precise_now");
extern struct event_descr slots[1 << 19] __asm__ ("Events");
extern struct job_thread threads[256] __asm__ ("JobThreads");
extern struct {
  int before[32], items, waiting;
} main_queue __asm__ ("MainJobQueue");

enum { FIRST = 200, BELL = 210, IN_EPOLL = 0x20, READ = 4, LEVEL = 8, FORGET = 1, CLAIM = 2 };

static int called, answer, acts, last_ready;

static void make_pipe (int reader) {
  int ends[2];
  expect (pipe2 (ends, O_NONBLOCK) == 0 && dup2 (ends[0], reader) == reader && dup2 (ends[1], reader + 1) > 0,
          "a pipe");
  close (ends[0]);
  close (ends[1]);
}

static int other_handler (int fd, void *data, struct event_descr *ev) {
  (void) fd;
  (void) data;
  (void) ev;
  return 0;
}

static int handle (int fd, void *data, struct event_descr *ev) {
  char bytes[64];
  (void) data;
  called++;
  last_ready = ev->epoll_ready;
  while (read (fd, bytes, sizeof (bytes)) > 0) {
  }
  if (acts & FORGET) {
    epoll_close (fd);
  }
  if (acts & CLAIM) {
    epoll_sethandler (fd, 3, other_handler, NULL);
    epoll_insert (fd, READ | LEVEL);
  }
  return answer;
}

/* ---- descriptors ---- */

/* Cure 20: the original takes a failed epoll_ctl for a success, and the connection hangs. */
static void refused_descriptor_is_reported_to_its_handler (void) {
  epoll_sethandler (FIRST, 0, handle, NULL);
  expect (epoll_insert (FIRST, READ) == -1, "a descriptor that is not open is refused");
  expect (said ("epoll_ctl(") && !(slots[FIRST].state & IN_EPOLL), "with a message, and it is not in");
  called = answer = acts = 0;
  expect (epoll_runqueue () == 1 && called == 1 && last_ready == EPOLLERR, "the handler is told of an error");
  answer = READ;
  epoll_insert (FIRST, READ);
  expect (epoll_runqueue () == 1 && epoll_runqueue () == 0, "a handler that tries again is not called for ever");
  make_pipe (FIRST);
  answer = 0;
  expect (epoll_insert (FIRST, READ) == 0 && slots[FIRST].state & IN_EPOLL, "an open one is accepted afterwards");
  epoll_close (FIRST);
}

/* The kernel forgets a file that is closed; the number may be another file's by now. */
static void descriptor_of_another_file_is_added_again (void) {
  make_pipe (FIRST);
  epoll_sethandler (FIRST, 0, handle, NULL);
  epoll_insert (FIRST, READ | LEVEL);
  close (FIRST);
  close (FIRST + 1);
  make_pipe (FIRST);
  expect (epoll_insert (FIRST, READ) == 0, "the number is told to epoll again");
  called = answer = acts = 0;
  expect (write (FIRST + 1, "x", 1) == 1 && epoll_fetch_events (1000) == 1 && epoll_runqueue () == 1,
          "and its events come");
  epoll_close (FIRST);
}

/* With the original, an answer that asks for more aborts then. */
static void handler_may_forget_its_own_descriptor (void) {
  static const int answers[] = { 0, -1, -2, -3, -5, -8 };
  for (size_t i = 0; i < sizeof (answers) / sizeof (answers[0]); i++) {
    for (acts = FORGET; acts <= (FORGET | CLAIM); acts += CLAIM) {
      make_pipe (FIRST);
      epoll_sethandler (FIRST, 0, handle, NULL);
      epoll_insert (FIRST, READ);
      called = 0;
      answer = answers[i];
      expect (write (FIRST + 1, "x", 1) == 1 && epoll_fetch_events (1000) == 1, "an event");
      expect (epoll_runqueue () == 1 && called == 1 && ev_heap_size == 0, "the handler is called once");
      bool claimed = acts & CLAIM;
      expect (slots[FIRST].fd == (claimed ? FIRST : -1), "the descriptor is whose it was made");
      expect (claimed == (slots[FIRST].work == other_handler && slots[FIRST].state & IN_EPOLL),
              "and waits for that one");
      expect (fcntl (FIRST, F_GETFD) >= 0, "it is open");
      epoll_close (FIRST);
    }
  }
}

/* The original aborts when epoll has an event of a descriptor that is forgotten. */
static void event_of_a_forgotten_descriptor_is_dropped (void) {
  make_pipe (FIRST);
  epoll_sethandler (FIRST, 0, handle, NULL);
  epoll_insert (FIRST, READ | LEVEL);
  slots[FIRST].fd = -1;
  expect (write (FIRST + 1, "x", 1) == 1 && epoll_fetch_events (1000) == 1 && ev_heap_size == 0, "it is not queued");
  expect (epoll_fetch_events (0) == 0, "and epoll forgets it, too");
  memset (slots + FIRST, 0, sizeof (struct event_descr));
}

/* The original leaves an empty cell, at which the next call crashes. */
static void heap_has_no_holes (void) {
  for (int fd = FIRST; fd < FIRST + 5; fd++) {
    epoll_sethandler (fd, 0, other_handler, NULL);
    put_event_into_heap (slots + fd);
  }
  expect (remove_event_from_heap (slots + FIRST + 1, 1) == 4 && ev_heap_size == 4, "the place of the leaf");
  put_event_into_heap (slots + FIRST);
  expect (epoll_runqueue () == 4, "and the others are called");
  for (int fd = FIRST; fd < FIRST + 5; fd++) {
    epoll_close (fd);
  }
}

static void put_foreign (void) {
  struct event_descr foreign = { .fd = FIRST };
  put_event_into_heap (&foreign);
}

static void put_another_s (void) {
  slots[FIRST].fd = FIRST + 1;
  put_event_into_heap_tail (slots + FIRST, 1);
}

static void remove_between (void) {
  remove_event_from_heap ((struct event_descr *) ((char *) (slots + FIRST) + 8), 0);
}

static void remove_misplaced (void) {
  slots[FIRST].fd = FIRST;
  slots[FIRST].in_queue = 77;
  remove_event_from_heap (slots + FIRST, 0);
}

static void claim_twice (void) {
  epoll_sethandler (FIRST, 0, handle, NULL);
  epoll_sethandler (FIRST, 0, handle, NULL);
}

static void beyond_the_table (void) {
  epoll_insert (1 << 19, READ);
}

static void below_the_table (void) {
  epoll_sethandler (-1, 0, handle, NULL);
}

static void the_last_descriptor_has_a_slot (void) {
  int last = (1 << 19) - 1;
  expect (epoll_sethandler (last, 0, other_handler, NULL) == 0 && put_event_into_heap (slots + last) == 1,
          "the last slot");
  expect (epoll_runqueue () == 1 && epoll_close (last) == 0, "is one as any other");
}

/* ---- sleeping ---- */

static int fire (struct event_timer *et) {
  (void) et;
  return ++called;
}

/* One turn; how long it took. */
static double turn (void) {
  double start = seconds ();
  epoll_work (1);
  return seconds () - start;
}

/* Cure 3: the original wakes up each millisecond, and sleeps before it waits. */
static void sleep_ends_with_the_first_timer (void) {
  struct event_timer et = { .wakeup = fire };
  long long calls = epoll_calls;
  called = 0;
  get_utime_monotonic ();
  et.wakeup_time = now_of_thread + 0.03;
  insert_event_timer (&et);
  /* This thread may have waited for a processor before its turn began. */
  double took = turn ();
  expect (seconds () >= et.wakeup_time && took < 2 && called == 1 && epoll_calls == calls + 1,
          "one sleep until the timer is due");
  get_utime_monotonic ();
  double due = now_of_thread + 0.03;
  threads[2].wakeup_time = due;
  max_job_thread_id = 2;
  took = turn ();
  expect (seconds () >= due && took < 2, "... another thread's, too");
  threads[2].wakeup_time = 1;
  took = turn ();
  expect (took >= 0.0009 && took < 2, "whose timer stays due until it runs: that is looked at again, but not at once");
  max_job_thread_id = 0;
  epoll_sleep_ns = 900000000;
  wake_up (BELL + 1);
  expect (turn () < 0.5, "there is no sleep before the wait");
  epoll_sleep_ns = 0;
}

/* Cure 4: the original would do it after the next timeout. */
static void work_keeps_the_loop_awake (void) {
  main_queue.items = 1;
  expect (turn () < 1 && main_thread_interrupt_status == 0, "work that the loop brought itself ends its sleep");
  main_queue.items = 0;
}

/* ---- sockets ---- */

static int options_set;

int setsockopt (int fd, int level, int name, const void *value, socklen_t len) {
  options_set++;
  return (int) syscall (SYS_setsockopt, fd, level, name, value, len);
}

static int buffer_of (int fd, int name) {
  int size = 0;
  socklen_t len = sizeof (size);
  getsockopt (fd, SOL_SOCKET, name, &size, &len);
  return size;
}

/* Cure 18: the original asks 48 times. */
static void buffers_are_asked_for_once (void) {
  int fd = socket (AF_INET, SOCK_STREAM, 0), like = socket (AF_INET, SOCK_STREAM, 0), size = 1 << 24;
  syscall (SYS_setsockopt, like, SOL_SOCKET, SO_SNDBUF, &size, sizeof (size));
  syscall (SYS_setsockopt, like, SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
  options_set = 0;
  maximize_sndbuf (fd, 0);
  maximize_rcvbuf (fd, 0);
  expect (options_set == 2, "two calls");
  expect (buffer_of (fd, SO_SNDBUF) == buffer_of (like, SO_SNDBUF), "the send buffer is what the system gives");
  expect (buffer_of (fd, SO_RCVBUF) == buffer_of (like, SO_RCVBUF), "and the receive buffer");
  close (fd);
  close (like);
}

static void sockets_of_the_system (void) {
  struct in_addr loopback = { htonl (INADDR_LOOPBACK) };
  struct sockaddr_in name = { 0 };
  socklen_t len = sizeof (name);
  int listening = server_socket (0, loopback, 5, 0);
  expect (listening >= 0 && getsockname (listening, (struct sockaddr *) &name, &len) == 0, "a socket that listens");
  expect (name.sin_addr.s_addr == loopback.s_addr && buffer_of (listening, SO_KEEPALIVE) == 1, "as it was asked for");
  int connected = client_socket (loopback.s_addr, ntohs (name.sin_port), 0);
  expect (connected >= 0 && fcntl (connected, F_GETFL) & O_NONBLOCK, "and one that connects to it");
  expect (server_socket (ntohs (name.sin_port), loopback, 5, 0) == -1 && said ("bind(): Address already in use"),
          "taken");
  close (connected);
  close (listening);
}

/* ---- texts ---- */

static pthread_barrier_t start;

static void *make_texts (void *arg) {
  unsigned byte = *(unsigned *) arg;
  char expected[40];
  sprintf (expected, "%u.%u.%u.%u", byte, byte, byte, byte);
  const char *texts[30];
  pthread_barrier_wait (&start);
  for (int i = 0; i < 30; i++) {
    texts[i] = show_ip (byte * 0x1010101u);
  }
  for (int i = 0; i < 30; i++) {
    if (strcmp (texts[i], expected)) {
      return arg;
    }
  }
  return NULL;
}

/* The original's threads write into one buffer. */
static void threads_make_texts_of_their_own (void) {
  unsigned bytes[2] = { 7, 250 };
  pthread_t threads[2];
  void *torn = NULL, *result;
  pthread_barrier_init (&start, NULL, 2);
  for (int round = 0; round < 300; round++) {
    for (int i = 0; i < 2; i++) {
      pthread_create (&threads[i], NULL, make_texts, &bytes[i]);
    }
    for (int i = 0; i < 2; i++) {
      pthread_join (threads[i], &result);
      torn = torn ? torn : result;
    }
  }
  expect (!torn, "texts that are made at the same time do not mix");
}

/* `events control` must fail. */
int main (int argc, char **argv) {
  (void) argv;
  expect (argc == 1, "the control");
  listen_to_stderr ();
  expect (init_epoll () > 0, "epoll");
  make_pipe (BELL);
  epoll_sethandler (BELL, 0, ring, NULL);
  epoll_insert (BELL, READ | LEVEL);
  refused_descriptor_is_reported_to_its_handler ();
  descriptor_of_another_file_is_added_again ();
  handler_may_forget_its_own_descriptor ();
  event_of_a_forgotten_descriptor_is_dropped ();
  heap_has_no_holes ();
  the_last_descriptor_has_a_slot ();
  expect_end (put_foreign, "not the slot of a descriptor");
  expect_end (put_another_s, "not the slot of a descriptor");
  expect_end (remove_between, "not the slot of a descriptor");
  expect_end (remove_misplaced, "a slot that says it is queued where it is not");
  expect_end (claim_twice, "the descriptor has a handler");
  expect_end (beyond_the_table, "a descriptor that is negative or above 524287");
  expect_end (below_the_table, "a descriptor that is negative or above 524287");
  sleep_ends_with_the_first_timer ();
  work_keeps_the_loop_awake ();
  buffers_are_asked_for_once ();
  sockets_of_the_system ();
  threads_make_texts_of_their_own ();
  /* An old kernel has no epoll_pwait2, and an emulator may have none. */
  if (refuse (SYS_epoll_pwait2, ENOSYS)) {
    errno = 0;
    expect (syscall (SYS_epoll_pwait2, -1, NULL, 0, NULL, NULL, 0) == -1 && errno == ENOSYS,
            "the control: it is refused");
    sleep_ends_with_the_first_timer ();
    work_keeps_the_loop_awake ();
  } else {
    puts ("skipped: no seccomp to refuse epoll_pwait2 with");
  }
  return stop_listening ();
}
