/*
 * All families of scripts, a line each, with what each owns and minds.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "script.h"

#define ALL(X)                                            \
  X (addresses, 0, 0)                                     \
  X (aes, 0, 0)                                           \
  X (buffers, 0, 0)                                       \
  X (checksum, 0, 0)                                      \
  X (cipher, 0, 0)                                        \
  X (config, 0, 0)                                        \
  X (connections, THE_CLOCK | THE_SOCKETS | THE_PEERS, 0) \
  X (dh, 0, 0)                                            \
  X (engine, 0, 0)                                        \
  X (engine_net, 0, 0)                                    \
  X (engine_query, 0, 0)                                  \
  X (engine_rpc, THE_PEERS, 0)                            \
  X (engine_signals, 0, 0)                                \
  X (events, THE_CLOCK, 0)                                \
  X (http, 0, 0)                                          \
  X (identity, 0, 0)                                      \
  X (job_messages, 0, 0)                                  \
  X (job_timers, 0, THE_CLOCK)                            \
  X (jobs, 0, 0)                                          \
  X (log, 0, 0)                                           \
  X (md5, 0, 0)                                           \
  X (messages, 0, 0)                                      \
  X (new_messages, 0, 0)                                  \
  X (net_stats, 0, 0)                                     \
  X (notifications, 0, 0)                                 \
  X (options, 0, 0)                                       \
  X (process, 0, 0)                                       \
  X (queue, 0, 0)                                         \
  X (resolver, 0, 0)                                      \
  X (rpc_client, THE_PEERS, 0)                            \
  X (rpc_send, THE_PEERS, 0)                              \
  X (rpc_server, THE_PEERS, 0)                            \
  X (secret, 0, 0)                                        \
  X (sha, 0, 0)                                           \
  X (signature, 0, 0)                                     \
  X (sockets, 0, THE_SOCKETS)                             \
  X (stats, 0, 0)                                         \
  X (streams, 0, 0)                                       \
  X (targets, THE_PEERS, 0)                               \
  X (tl_rules, 0, THE_PEERS)                              \
  X (tl_states, 0, THE_PEERS)                             \
  X (timers, 0, THE_CLOCK)

#define X(name, owns, minds) extern const struct script_family name##_scripts;
ALL (X)
#undef X

#define X(name, owns, minds) &name##_scripts,
const struct script_family *const script_families[FAMILIES] = { ALL (X) NULL };
#undef X

struct world world_of (const struct script_family *f) {
#define X(name, owns, minds)               \
  if (f == &name##_scripts) {              \
    return (struct world) { owns, minds }; \
  }
  ALL (X)
#undef X
  return (struct world) { 0, 0 };
}
