/* The legacy names, as C hosts declare them. */
#ifndef LEGACY_H
#define LEGACY_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct process_id {
  unsigned ip;
  short port;
  unsigned short pid;
  int utime;
} __attribute__((packed, aligned(4)));
extern struct process_id PID;
void init_common_PID(void);
void init_client_PID(unsigned ip);
void init_server_PID(unsigned ip, int port);
int matches_pid(struct process_id *x, struct process_id *y);
int process_id_is_newer(struct process_id *a, struct process_id *b);

extern unsigned (*crc32_partial)(const void *, long, unsigned), (*crc32c_partial)(const void *, long, unsigned);
extern uint64_t (*crc64_partial)(const void *, long, uint64_t);
extern unsigned (*compute_crc32_combine)(unsigned, unsigned, int64_t), (*compute_crc32c_combine)(unsigned, unsigned, int64_t);
extern uint64_t (*compute_crc64_combine)(uint64_t, uint64_t, int64_t);
unsigned crc32_partial_generic(const void *, long, unsigned), crc32_partial_clmul(const void *, long, unsigned);
unsigned crc32c_partial_four_tables(const void *, long, unsigned);
uint64_t crc64_partial_one_table(const void *, long, uint64_t), crc64_partial_clmul(const void *, long, uint64_t);
uint64_t crc64_feed_byte(uint64_t crc, unsigned char b);
void crc64_init_power_buf(void);
unsigned gf32_mulx(unsigned a, unsigned poly), gf32_mul(unsigned a, unsigned b, unsigned poly);
unsigned gf32_pow(unsigned a, int k, unsigned poly);
void gf32_compute_powers_generic(unsigned *powers, int size, unsigned poly), gf32_compute_powers_clmul(unsigned *powers, unsigned poly);
unsigned gf32_combine_generic(unsigned *powers, unsigned crc1, int64_t len2);
uint64_t gf32_combine_clmul(unsigned *powers, unsigned crc1, int64_t len2);
int crc32_check_and_repair(void *input, int l, unsigned *input_crc32, int force_exit);
int crc32_find_corrupted_bit(int size, unsigned d), crc32_repair_bit(unsigned char *input, int l, int k);

typedef struct {
  unsigned long total[2], state[4];
  unsigned char buffer[64], ipad[64], opad[64];
} md5_context;
void md5_starts(md5_context *), md5_update(md5_context *, unsigned char *, int), md5_finish(md5_context *, unsigned char *);
void md5(unsigned char *input, int ilen, unsigned char *output), md5_hex(char *input, int ilen, char *output);
int md5_file(char *path, unsigned char *output);
void md5_hmac_starts(md5_context *, unsigned char *, int), md5_hmac_update(md5_context *, unsigned char *, int), md5_hmac_finish(md5_context *, unsigned char *);
void md5_hmac(unsigned char *key, int keylen, unsigned char *input, int ilen, unsigned char *output);
void sha1(const unsigned char *input, int ilen, unsigned char *output);
void sha1_two_chunks(const unsigned char *, int, const unsigned char *, int, unsigned char *);
void sha1_starts(void *), sha1_update(void *, const unsigned char *, int), sha1_finish(void *, unsigned char *);
void sha256(const unsigned char *input, int ilen, unsigned char *output);
void sha256_two_chunks(const unsigned char *, int, const unsigned char *, int, unsigned char *);
void sha256_starts(void *), sha256_update(void *, const unsigned char *, int), sha256_finish(void *, unsigned char *);
void sha256_hmac(unsigned char *key, int keylen, unsigned char *input, int ilen, unsigned char *output);

extern char *config_name, *cfg_start, *cfg_end, *cfg_cur;
extern int config_bytes, cfg_lno, cfg_lex, kdb_hosts_loaded;
int cfg_skipspc(void), cfg_skspc(void), cfg_getlex(void), cfg_getword(void), cfg_getstr(void);
long long cfg_getint(void), cfg_getint_zero(void), cfg_getint_signed_zero(void);
void syntax(const char *msg, ...), syntax_warning(const char *msg, ...);
int expect_lexem(int lexem), expect_word(const char *name, int len);
struct hostent *cfg_gethost(void), *cfg_gethost_ex(int verb);
void reset_config(void), md5_hex_config(char *out), close_config(int *fd);
int load_config(const char *file, int fd);

typedef struct {
  long long vm_size, vm_rss, vm_data, mem_free, swap_total, swap_free, swap_used, mem_cached;
} am_memory_stat_t;
typedef struct stats_buffer {
  char *buff;
  int pos, size, flags;
} stats_buffer_t;
int am_get_memory_usage(pid_t pid, long long *a, int m), am_get_memory_stats(am_memory_stat_t *s, int flags);
void sb_init(stats_buffer_t *, char *, int), sb_alloc(stats_buffer_t *, int), sb_release(stats_buffer_t *), sb_prepare(stats_buffer_t *);
void sb_printf(stats_buffer_t *, const char *, ...), sb_memory(stats_buffer_t *, int), sb_print_queries(stats_buffer_t *, const char *, long long);
void sbp_print_date(stats_buffer_t *, const char *, time_t);
int sb_register_stat_fun(void (*)(stats_buffer_t *)), sb_sum_i(void **, int, int);
long long sb_sum_ll(void **, int, int);
double sb_sum_f(void **, int, int);

struct proc_stats {
  int pid;
  char comm[256], state;
  int ppid, pgrp, session, tty_nr, tpgid;
  unsigned long flags, minflt, cminflt, majflt, cmajflt, utime, stime;
  long cutime, cstime, priority, nice, num_threads, itrealvalue;
  unsigned long starttime, vsize;
  long rss;
  unsigned long rlim, startcode, endcode, startstack, kstkesp, kstkeip, signal, blocked, sigignore, sigcatch, wchan, nswap, cnswap;
  int exit_signal, processor;
  unsigned long rt_priority, policy;
  unsigned long long delayacct_blkio_ticks;
};
int read_proc_stats(int pid, int tid, struct proc_stats *s);

extern int verbosity;
extern const char *logname;
extern double reindex_speed;
void kprintf(const char *format, ...);
int kwrite(int fd, const void *buf, int count), hexdump(const void *start, const void *end);
void kdb_write(int fd, const void *buf, long long count, const char *filename);
void reopen_logs(void), reopen_logs_ext(int slave_mode);
void nck_write(int fd, const void *data, size_t len), nck_pwrite(int fd, const void *data, size_t len, off_t offset);

extern __thread int now;
extern __thread double precise_now;
extern __thread long long precise_now_rdtsc;
extern long long precise_time, precise_time_rdtsc;
double get_utime_monotonic(void), get_double_time(void), get_utime(int clock_id);
long long get_precise_time(unsigned precision);

typedef struct {
  int magic, ebx, ecx, edx;
} kdb_cpuid_t;
kdb_cpuid_t *kdb_cpuid(void);
extern const char mtproxy_kdb_release[];
#endif
