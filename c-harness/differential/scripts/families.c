/*
 * All families of scripts, a line each.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include "script.h"

#define ALL(X)       \
  X (addresses)      \
  X (aes)            \
  X (buffers)        \
  X (checksum)       \
  X (cipher)         \
  X (config)         \
  X (connections)    \
  X (dh)             \
  X (engine)         \
  X (engine_net)     \
  X (engine_query)   \
  X (engine_rpc)     \
  X (engine_signals) \
  X (events)         \
  X (http)           \
  X (identity)       \
  X (job_messages)   \
  X (job_timers)     \
  X (jobs)           \
  X (log)            \
  X (md5)            \
  X (messages)       \
  X (new_messages)   \
  X (net_stats)      \
  X (notifications)  \
  X (options)        \
  X (process)        \
  X (queue)          \
  X (resolver)       \
  X (rpc_client)     \
  X (rpc_send)       \
  X (rpc_server)     \
  X (secret)         \
  X (sha)            \
  X (signature)      \
  X (sockets)        \
  X (stats)          \
  X (streams)        \
  X (targets)        \
  X (tl_rules)       \
  X (tl_states)      \
  X (timers)

#define X(name) extern const struct script_family name##_scripts;
ALL (X)
#undef X

#define X(name) &name##_scripts,
const struct script_family *const script_families[FAMILIES] = { ALL (X) NULL };
#undef X
