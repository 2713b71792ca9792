/*
 * Faults that no single call shows: something is kept, or forgotten, from one call to the next. Scripts must find them.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_dropin.h"

/* The symbols that the Makefile renames. */
extern __typeof__ (crc32_check_and_repair) real_crc32_check_and_repair;
extern __typeof__ (md5_update) real_md5_update;
extern __typeof__ (get_utime_monotonic) real_get_utime_monotonic;
extern __typeof__ (kdb_load_hosts) real_kdb_load_hosts;
extern __typeof__ (load_config) real_load_config;
extern __typeof__ (default_close_network_sockets) real_default_close_network_sockets;
extern __typeof__ (parse_option_alias) real_parse_option_alias;
extern __typeof__ (raise_file_rlimit) real_raise_file_rlimit;
extern __typeof__ (signal_set_pending) real_signal_set_pending;
extern __typeof__ (tl_default_parse_function) real_tl_default_parse_function;
extern __typeof__ (register_custom_op_cb) real_register_custom_op_cb;
extern __typeof__ (sb_register_stat_fun) real_sb_register_stat_fun;
extern __typeof__ (precise_cron_function_insert) real_precise_cron_function_insert;
extern __typeof__ (reopen_logs_ext) real_reopen_logs_ext;
extern __typeof__ (reopen_logs) real_reopen_logs;
extern __typeof__ (insert_event_timer) real_insert_event_timer;
extern __typeof__ (evp_crypt) real_evp_crypt;
extern __typeof__ (select_best_key_signature) real_select_best_key_signature;
extern __typeof__ (aes_load_pwd_file) real_aes_load_pwd_file;
extern __typeof__ (sha256_update) real_sha256_update;
extern __typeof__ (dh_third_round) real_dh_third_round;
extern __typeof__ (cur_http_date) real_cur_http_date;
extern __typeof__ (is_hazard_ptr) real_is_hazard_ptr;
extern __typeof__ (put_event_into_heap_tail) real_put_event_into_heap_tail;
extern __typeof__ (maximize_rcvbuf) real_maximize_rcvbuf;
extern __typeof__ (show_ip) real_show_ip;
extern __typeof__ (job_send_signals) real_job_send_signals;
extern __typeof__ (job_timer_remove) real_job_timer_remove;
extern __typeof__ (job_message_send) real_job_message_send;
extern __typeof__ (free_msg_buffer) real_free_msg_buffer;
extern __typeof__ (recent_idle_percent) real_recent_idle_percent;
extern __typeof__ (tl_query_header_clone) real_tl_query_header_clone;
extern __typeof__ (tlf_set_error) real_tlf_set_error;
extern __typeof__ (run_notification_event) real_run_notification_event;
extern __typeof__ (destroy_target) real_destroy_target;
extern __typeof__ (rwm_clone) real_rwm_clone;
extern __typeof__ (cpu_tcp_server_reader) real_cpu_tcp_server_reader;
extern __typeof__ (rpc_target_choose_random_connections) real_rpc_target_choose_random_connections;
extern __typeof__ (tcp_rpc_conn_send_im) real_tcp_rpc_conn_send_im;
extern __typeof__ (tcp_rpcs_init_accepted_nohs) real_tcp_rpcs_init_accepted_nohs;
extern __typeof__ (tcp_rpcc_init_fake_crypto) real_tcp_rpcc_init_fake_crypto;

int crc32_check_and_repair (void *input, int l, unsigned *stored, int force_exit) {
  static crc_partial_t *first;
  unsigned before = *stored;
  if (!first) {
    first = crc32_partial;
  }
  int ret = real_crc32_check_and_repair (input, l, stored, force_exit);
  if (fault ("repair_keeps_stored") && ret == -1) {
    *stored = before;
  }
  if (fault ("repair_forgets_the_host")) {
    crc32_partial = first;
  }
  return ret;
}

void md5_update (struct md5_context *ctx, unsigned char *input, int len) {
  static unsigned char last[64];
  if (fault ("md5_update_drops_block") && len == 64) {
    ctx->total[0] += 64;
    return;
  }
  if (fault ("md5_blocks_shared") && (ctx->total[0] & 63)) {
    memcpy (ctx->buffer, last, sizeof (last));
  }
  real_md5_update (ctx, input, len);
  memcpy (last, ctx->buffer, sizeof (last));
}

extern __thread double precise_now_of_thread __asm__ ("precise_now");

double get_utime_monotonic (void) {
  static __thread bool first;
  static bool taken;
  double before = precise_now_of_thread, read = real_get_utime_monotonic ();
  first = first || !taken;
  taken = true;
  if (fault ("reading_of_one_thread") && !first) {
    precise_now_of_thread = before;
  }
  return read;
}

int load_config (const char *file, int fd) {
  static int loaded;
  int line = cfg_lno;
  char *name = fault ("load_name_kept") && file ? strdup ("first") : NULL;
  int ret = real_load_config (file, fd);
  if (ret >= 0 && fault ("load_unterminated")) {
    *cfg_end = ' ';
  }
  if (ret >= 0 && name) {
    free (config_name);
    config_name = name;
    name = NULL;
  }
  free (name);
  if (ret >= 0 && loaded++ && fault ("second_load_goes_on")) {
    cfg_lno = line;
  }
  return ret;
}

int sb_register_stat_fun (stat_fun_t *f) {
  static stat_fun_t *known[2];
  for (int i = 0; i < 2; i++) {
    if (!known[i] || known[i] == f) {
      known[i] = f;
      return real_sb_register_stat_fun (f);
    }
  }
  return fault ("third_function_forgotten") ? 1 : real_sb_register_stat_fun (f);
}

int kdb_load_hosts (void) {
  static int loaded;
  if (loaded && fault ("hosts_loaded_once")) {
    return 0;
  }
  int ret = real_kdb_load_hosts ();
  if (ret < 0 && errno == EMFILE && fault ("no_descriptor_crashes")) {
    raise (SIGSEGV);
  }
  if (ret < 0 && errno == EMFILE && fault ("no_descriptor_succeeds")) {
    return 1;
  }
  loaded |= ret == 1;
  return ret;
}

struct tl_act_extra *tl_default_parse_function (struct tl_in_state *in, long long actor) {
  static int (*first) (void *job, struct tl_act_extra *query);
  struct tl_act_extra *query = real_tl_default_parse_function (in, actor);
  if (query && first && fault ("first_query_again")) {
    query->act = first;
  } else if (query && !first) {
    first = query->act;
  }
  return query;
}

void register_custom_op_cb (unsigned op, void (*function) (struct tl_in_state *, struct query_work_params *)) {
  static int times;
  if (!times++ || !fault ("operation_registered_once")) {
    real_register_custom_op_cb (op, function);
  }
}

void signal_set_pending (int number) {
  static int first;
  if (!first || first == number || !fault ("one_signal_waits")) {
    real_signal_set_pending (number);
  }
  first = number;
}

void default_close_network_sockets (void) {
  static int times;
  if (!times++ || !fault ("second_socket_stays")) {
    real_default_close_network_sockets ();
  }
}

void parse_option_alias (const char *name, int val) {
  static int times;
  if (!times++ || !fault ("second_alias_forgotten")) {
    real_parse_option_alias (name, val);
  }
}

void precise_cron_function_insert (struct event_precise_cron *entry) {
  static struct event_precise_cron *known[8];
  for (int i = 0; i < 8 && fault ("entry_called_once"); i++) {
    if (known[i] == entry) {
      entry->next = entry->prev = NULL;
      return;
    }
    if (!known[i]) {
      known[i] = entry;
      break;
    }
  }
  real_precise_cron_function_insert (entry);
}

int raise_file_rlimit (int maxfiles) {
  static int times;
  return times++ && fault ("limit_raised_once") ? 0 : real_raise_file_rlimit (maxfiles);
}

void reopen_logs_ext (int slave_mode) {
  static int times;
  if (!times++ || !fault ("log_reopened_once")) {
    real_reopen_logs_ext (slave_mode);
  }
}

void reopen_logs (void) {
  reopen_logs_ext (0);
}

int is_hazard_ptr (void *ptr, int a, int b) {
  int who = real_is_hazard_ptr (ptr, a, b);
  return fault ("wrong_thread_publishes") && who == 1 ? 2 : who;
}

int insert_event_timer (struct event_timer *et) {
  return fault ("moved_timer_stays") && et->h_idx ? et->h_idx : real_insert_event_timer (et);
}

void evp_crypt (struct evp_cipher_ctx_st *ctx, const void *in, void *out, int size) {
  bool leaves = fault ("last_block_in_place") && in == out && size > 16 && size % 16 == 0;
  real_evp_crypt (ctx, in, out, leaves ? size - 16 : size);
}

int select_best_key_signature (int signature, int extra_num, const int *extra) {
  return real_select_best_key_signature (signature, extra_num - (fault ("last_signature_forgotten") && extra_num > 0),
                                         extra);
}

int aes_load_pwd_file (const char *filename) {
  static struct aes_secret first;
  int ret = real_aes_load_pwd_file (filename);
  if (ret == 1 && fault ("first_secret_stays")) {
    if (first.secret_len) {
      main_secret = first;
    }
    first = main_secret;
  }
  return ret;
}

void sha256_update (struct evp_md_ctx_st *ctx, const unsigned char *data, int len) {
  static int last = -1;
  if (!fault ("piece_after_none_dropped") || last) {
    real_sha256_update (ctx, data, len);
  }
  last = len;
}

int dh_third_round (unsigned char *g_ab, const unsigned char *g_b, struct crypto_temp_dh_params *own) {
  static struct crypto_temp_dh_params first;
  static bool taken;
  if (!taken) {
    first = *own;
    taken = true;
  }
  return real_dh_third_round (g_ab, g_b, fault ("first_secret_again") ? &first : own);
}

char *cur_http_date (void) {
  static char *first;
  first = first && fault ("first_date_kept") ? first : real_cur_http_date ();
  return first;
}

int put_event_into_heap_tail (struct event_descr *ev, int delta) {
  return fault ("queued_slot_stays") && ev->in_queue ? ev->in_queue : real_put_event_into_heap_tail (ev, delta);
}

void maximize_rcvbuf (int fd, int max) {
  static int times;
  if (!times++ || !fault ("one_large_buffer")) {
    real_maximize_rcvbuf (fd, max);
  }
}

const char *show_ip (unsigned ip) {
  static char one[64];
  const char *text = real_show_ip (ip);
  return fault ("one_text_of_an_address") ? strcpy (one, text) : text;
}

/* Neither of these is called by the engine, whose calls would not come here. */
void job_send_signals (int tag, struct async_job *job, int signals) {
  if (fault ("signal_to_a_locked_job_lost") && job->j_flags & 0x10000) {
    job_decref (tag, job);
  } else {
    real_job_send_signals (tag, job, signals);
  }
}

void job_timer_remove (struct async_job *job) {
  if (!fault ("disarmed_timer_stays")) {
    real_job_timer_remove (job);
  }
}

void job_message_send (int tag, struct async_job *job, int source_tag, struct async_job *source, unsigned type,
                       struct raw_message *raw, int dup, int ints, const unsigned *payload, unsigned flags,
                       void (*destroy) (struct job_message *)) {
  real_job_message_send (tag, job, source_tag, source, type, raw, dup, ints, payload, flags,
                         fault ("destructor_forgotten") ? NULL : destroy);
}

int free_msg_buffer (struct msg_buffer *X) {
  static int freed;
  return fault ("third_buffer_stays") && ++freed % 3 == 0 ? 1 : real_free_msg_buffer (X);
}

void run_notification_event (struct notification_event *ev) {
  enum { ALARM = 3 };
  if (ev->type == ALARM && fault ("alarm_lost")) {
    job_decref (1, ev->who);
    free (ev);
    return;
  }
  real_run_notification_event (ev);
}

void rwm_clone (struct raw_message *to, struct raw_message *from) {
  static int clones;
  real_rwm_clone (to, from);
  if (fault ("second_clone_cut") && ++clones == 2) {
    rwm_trunc (to, to->total_bytes - 1);
  }
}

int recent_idle_percent (void) {
  static int first = -1;
  first = first < 0 ? real_recent_idle_percent () : first;
  return fault ("idle_of_the_first_time") ? first : real_recent_idle_percent ();
}

int cpu_tcp_server_reader (struct async_job *C) {
  static int waits;
  int result = real_cpu_tcp_server_reader (C);
  struct connection_info *c = (struct connection_info *) (void *) (C + 1);
  if (fault ("second_wait_forgotten") && c->skip_bytes && ++waits == 2) {
    c->skip_bytes = 0;
  }
  return result;
}

struct tl_query_header *tl_query_header_clone (struct tl_query_header *h) {
  struct tl_query_header *copy = real_tl_query_header_clone (h);
  copy->ref_cnt = fault ("clone_keeps_references") ? h->ref_cnt : copy->ref_cnt;
  return copy;
}

int tlf_set_error (struct tl_in_state *in, int number, const char *text) {
  if (in->error && fault ("last_error_wins")) {
    free (in->error);
    in->error = NULL;
  }
  return real_tlf_set_error (in, number, text);
}

int rpc_target_choose_random_connections (struct async_job *S, struct process_id *pid, int limit,
                                          struct async_job **buf) {
  int most = fault ("second_connection_hidden") && limit > 1 ? 1 : limit;
  return real_rpc_target_choose_random_connections (S, pid, most, buf);
}

void tcp_rpc_conn_send_im (int tag, struct async_job *c, struct raw_message *raw, int flags) {
  (fault ("answer_waits") ? tcp_rpc_conn_send : real_tcp_rpc_conn_send_im) (tag, c, raw, flags);
}

int tcp_rpcs_init_accepted_nohs (struct async_job *c) {
  enum { IN_NUMBER_AT = 4 };
  static int times;
  int result = real_tcp_rpcs_init_accepted_nohs (c);
  if (fault ("second_awaits_another") && ++times == 2) {
    memset (((struct connection_info *) (void *) (c + 1))->custom_data + IN_NUMBER_AT, 1, 1);
  }
  return result;
}

int tcp_rpcc_init_fake_crypto (struct async_job *c) {
  return fault ("offer_forgotten") ? 1 : real_tcp_rpcc_init_fake_crypto (c);
}

int destroy_target (int tag, struct async_job *job) {
  static int times;
  if (fault ("second_end_ignored") && ++times == 2) {
    job_decref (tag, job);
    return 1;
  }
  return real_destroy_target (tag, job);
}
