/*
 * The time of single instructions on this machine: chains of one instruction for its latency, independent ones for its
 * throughput, memchr for reading. The cycle is a third of a 64-bit multiplication, which takes three cycles on every x86-64;
 * the time-stamp counter has another frequency than the core.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#include <string.h>

#include "bench.h"

enum { TRIES = 15, LOOPS = 500 };

/* The fastest of some tries, each of LOOPS times 64 instructions. */
static double fastest (void (*loop) (void)) {
  double best = 0;
  for (int i = 0; i < TRIES; i++) {
    double start = now_ns ();
    loop ();
    double took = (now_ns () - start) / (LOOPS * 64.0);
    best = i && best < took ? best : took;
  }
  return best;
}

/* memchr for an absent byte reads the whole memory, with the widest loads of the machine. */
static double read_speed (size_t size) {
  static uint8_t zeros[1 << 20];
  static volatile int wanted = 1;
  double best = 0;
  for (int i = 0; i < TRIES; i++) {
    int times = (int) ((4 << 20) / size);
    double start = now_ns ();
    for (int k = 0; k < times; k++) {
      const void *found = memchr (zeros, wanted, size);
      __asm__ volatile ("" : : "r"(found) : "memory"); /* otherwise the compiler would search only once */
    }
    double speed = (double) size * times / (now_ns () - start);
    best = speed > best ? speed : best;
  }
  return best;
}

#if defined(__x86_64__)
#define LOOP(name, instructions, ...)                    \
  static void name (void) {                              \
    for (int i = 0; i < LOOPS; i++) {                    \
      __asm__ volatile (instructions : : : __VA_ARGS__); \
    }                                                    \
  }

#define CLOBBERS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8"
#define TIMES_8(text) ".rept 8\n" text ".endr\n"
#define WIDE(n) "vpclmulqdq $1, %%zmm8, %%zmm" #n ", %%zmm" #n "\n"
#define WIDE_256(n) "vpclmulqdq $1, %%ymm8, %%ymm" #n ", %%ymm" #n "\n"
#define NARROW(n) "pclmulqdq $1, %%xmm8, %%xmm" #n "\n"
#define ALL_8(one) one (0) one (1) one (2) one (3) one (4) one (5) one (6) one (7)

LOOP (multiplications, ".rept 64\n imul %%rax, %%rax\n .endr\n", "rax", "cc")
LOOP (sha1_chain, ".rept 64\n sha1rnds4 $0, %%xmm1, %%xmm2\n .endr\n", CLOBBERS)
LOOP (sha256_chain, ".rept 64\n sha256rnds2 %%xmm0, %%xmm1, %%xmm2\n .endr\n", CLOBBERS)
LOOP (narrow_clmul, TIMES_8 (ALL_8 (NARROW)), CLOBBERS)
#define CRC32_64(n) "crc32q %%r8, %%r" #n "\n"
LOOP (crc32_instructions,
      TIMES_8 (CRC32_64 (9) CRC32_64 (10) CRC32_64 (11) CRC32_64 (12) CRC32_64 (13) CRC32_64 (14) CRC32_64 (15)
                   CRC32_64 (ax)),
      "rax", "r9", "r10", "r11", "r12", "r13", "r14", "r15")
LOOP (wide_clmul, TIMES_8 (ALL_8 (WIDE)) "vzeroupper\n", CLOBBERS)
LOOP (wide_clmul_256, TIMES_8 (ALL_8 (WIDE_256)) "vzeroupper\n", CLOBBERS)

void probe (double result[PROBES]) {
  memset (result, 0, PROBES * sizeof (*result));
  result[READ_64K] = read_speed (65536);
  result[READ_1M] = read_speed (1 << 20);
  result[CYCLE] = fastest (multiplications) / 3;
  result[CLMUL] = machine.pclmul ? fastest (narrow_clmul) : 0;
  result[CRC32] = machine.sse42 ? fastest (crc32_instructions) : 0;
  if (machine.vpclmul) {
    result[WIDE_CLMUL] = fastest (machine.vector_bytes == 64 ? wide_clmul : wide_clmul_256);
  }
  if (machine.sha_ni) {
    result[SHA1RNDS4] = fastest (sha1_chain);
    result[SHA256RNDS2] = fastest (sha256_chain);
  }
}
#else
void probe (double result[PROBES]) {
  (void) fastest;
  memset (result, 0, PROBES * sizeof (*result));
  result[READ_64K] = read_speed (65536);
  result[READ_1M] = read_speed (1 << 20);
}
#endif
