/*
 * The cost of the boundary: functions that do almost nothing, compared with an empty call; and the clocks.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <time.h>

#include "bench.h"

/* Called through an opaque pointer, like all functions here, so that the compiler cannot inline it. */
static int do_nothing (const void *a, const void *b) {
  (void) a;
  (void) b;
  return 0;
}

static int (*volatile empty) (const void *a, const void *b) = do_nothing;

CALLS (empty_calls, sum += (uint64_t) empty (w, w->out))

static struct process_id self = { 0x0a000001, 443, 4711, 1700000000 }, any = { 0x0a000001, 0, 0, 0 };
static const int32_t classes[] = { 48, 512, 2048, 16384, 262144 };

#define OUR_PID(p) ((const mtproxy_ffi_process_id_t *) (const void *) &(p))
CALLS (ours_matches, sum += (uint64_t) ours.matches_pid (OUR_PID (self), OUR_PID (any)))
CALLS (original_matches, sum += (uint64_t) original.matches_pid (&self, &any))
CALLS (ours_newer, sum += (uint64_t) ours.process_id_is_newer (OUR_PID (self), OUR_PID (self)))
CALLS (original_newer, sum += (uint64_t) original.process_id_is_newer (&self, &self))
CALLS (ours_conv, sum += (uint64_t) ours.net_epoll_conv_flags ((int) (i & 15)))
CALLS (original_conv, sum += (uint64_t) original.epoll_conv_flags ((int) (i & 15)))
CALLS (ours_unconv, sum += (uint64_t) ours.net_epoll_unconv_flags ((int) (i & 31)))
CALLS (original_unconv, sum += (uint64_t) original.epoll_unconv_flags ((int) (i & 31)))
CALLS (ours_wait, sum += (uint64_t) ours.net_timers_wait_msec (10.125 + (double) (i & 15), 10.0))
CALLS (ours_class, sum += (uint64_t) ours.msg_buffers_pick_size_index (classes, 5, 1500))

void bench_boundary (void) {
  static struct work w;
  const struct bout b[] = {
    { .function = "matches_pid",
      .run = { [OURS] = ours_matches, [ORIGINAL] = IF (original.matches_pid, original_matches) } },
    { .function = "process_id_is_newer",
      .run = { [OURS] = ours_newer, [ORIGINAL] = IF (original.process_id_is_newer, original_newer) } },
    { .function = "epoll_conv_flags",
      .run = { [OURS] = ours_conv, [ORIGINAL] = IF (original.epoll_conv_flags, original_conv) } },
    { .function = "epoll_unconv_flags",
      .run = { [OURS] = ours_unconv, [ORIGINAL] = IF (original.epoll_unconv_flags, original_unconv) } },
    /* In the original these two are part of larger functions. */
    { .function = "timers_wait_msec", .run = { [OURS] = ours_wait } },
    { .function = "pick_size_index", .run = { [OURS] = ours_class } },
  };
  for (size_t i = 0; i < sizeof (b) / sizeof (b[0]); i++) {
    struct bout bout = b[i];
    bout.family = "boundary";
    bout.work = &w;
    bout.run[EMPTY] = empty_calls;
    compete (&bout);
  }
}

/* `sum` stays 0, because no two readings are equal. */
#define CLOCK(name, call) CALLS (name, (void) sum; w->seconds = (double) (call))
#define FIXED(call) (double) (call) / 4294967296.0

CLOCK (ours_monotonic, ours.get_utime_monotonic ())
CLOCK (original_monotonic, original.get_utime_monotonic ())
CLOCK (ours_double_time, ours.get_double_time ())
CLOCK (original_double_time, original.get_double_time ())
CLOCK (ours_realtime, ours.get_utime (CLOCK_REALTIME))
CLOCK (original_realtime, original.get_utime (CLOCK_REALTIME))
CLOCK (ours_precise, FIXED (ours.get_precise_time (1000000)))
CLOCK (original_precise, FIXED (original.get_precise_time (1000000)))
CLOCK (ours_precise_anew, FIXED (ours.get_precise_time (0)))
CLOCK (original_precise_anew, FIXED (original.get_precise_time (0)))

void bench_clocks (void) {
  static struct work w;
#define CLOCKS(name, kind, mine, theirs)                                                              \
  {                                                                                                   \
    .family = "clock", .function = #name, .label = kind, .work = &w, .compare = SAME_SECOND, .run = { \
      [OURS] = mine,                                                                                  \
      [ORIGINAL] = IF (original.name, theirs),                                                        \
      [EMPTY] = empty_calls                                                                           \
    }                                                                                                 \
  }
  const struct bout b[] = {
    CLOCKS (get_utime_monotonic, "read", ours_monotonic, original_monotonic),
    CLOCKS (get_double_time, "kept 1,000,000 ticks", ours_double_time, original_double_time),
    CLOCKS (get_utime, "CLOCK_REALTIME", ours_realtime, original_realtime),
    CLOCKS (get_precise_time, "kept 1,000,000 ticks", ours_precise, original_precise),
    CLOCKS (get_precise_time, "read anew", ours_precise_anew, original_precise_anew),
  };
#undef CLOCKS
  for (size_t i = 0; i < sizeof (b) / sizeof (b[0]); i++) {
    compete (&b[i]);
  }
}
