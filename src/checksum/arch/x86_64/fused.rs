// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-32C by two execution units at the same time: on a CPU that executes several `crc32` instructions a cycle, they run in
//! parallel with the folding of vectors.
//!
//! The message is cut in two. The first part goes through the instruction in seven parallel streams; the second is folded.
//! At the end one carry-less product for each stream moves its register to the position of the folded vectors, and the
//! registers are added to them.

use core::arch::asm;
use core::arch::x86_64::{
    __m512i, _mm256_loadu_si256, _mm512_clmulepi64_epi128, _mm512_cvtepu32_epi64, _mm512_set_epi64,
    _mm512_xor_si512,
};

use super::{
    fold_wide::{finish_512, load_512, multiplier_1024, past_512},
    sse42,
};
use crate::checksum::polynomial::{CRC32C, Modulus};

/// The number of streams: the instruction has a latency of three cycles, and more than two are executed per cycle.
const STREAMS: usize = 7;
/// The octets that a stream processes in one step, while two vectors are folded; both take about the same time.
const OCTETS: usize = 2;
const STREAM_STEP: usize = 8 * OCTETS;
pub(super) const FOLD_STEP: usize = 64 * OCTETS;
pub(super) const STEP: usize = STREAMS * STREAM_STEP + FOLD_STEP;

/// The shortest input.
pub(super) const SHORTEST: usize = FOLD_STEP + STEP;

/// From this length on it is faster to start at a cache line, so that no vector crosses one.
const LONG: usize = 1 << 15;

/// There are multipliers for each number of steps up to `ONES`, and for each multiple of it up to `MOST`.
pub(super) const ONES: usize = 68;
pub(super) const MOST: usize = 29 * ONES;

const ROWS: usize = ONES + MOST / ONES - 1;

/// The multipliers that move a stream's register to the vectors, by number of steps and stream. A row of seven is read as
/// eight: the eighth is the next row's first, or the table's last, and is multiplied by a register of 0.
static MULTIPLIERS: [u32; ROWS * STREAMS + 1] = {
    let modulus = Modulus::of_32(CRC32C);
    let mut table = [0; ROWS * STREAMS + 1];
    let mut stream = 0;
    while stream < STREAMS {
        // The register is followed by the further streams, and by the bytes folded up to the vectors.
        let bytes = (STREAMS - 1 - stream) * STREAM_STEP + FOLD_STEP;
        let one_step = modulus.x_to_the(8 * bytes as u32);
        let ones_steps = modulus.power(one_step, ONES as u32);
        // The first vector has then moved onto the second, 64 bytes on. The streams are arranged there in pairs, and each
        // pair is 16 bytes nearer to the end. The product of two registers is 31 bits off the position of a register.
        let mut multiplier = modulus.x_to_the(8 * (64 + stream as u32 / 2 * 16) + 31);
        let mut row = 0;
        while row < ROWS {
            multiplier = modulus.product(multiplier, if row < ONES { one_step } else { ones_steps });
            table[row * STREAMS + stream] = multiplier as u32;
            row += 1;
        }
        stream += 1;
    }
    table
};

/// The register after `data`.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX-512F, AVX-512VL, PCLMULQDQ and SSE4.2, and `data` at least `SHORTEST` bytes.
#[target_feature(enable = "vpclmulqdq,avx512f,avx512vl,pclmulqdq,sse4.2")]
pub(super) unsafe fn update(mut data: &[u8], mut crc: u32) -> u32 {
    let head = data.as_ptr().addr().wrapping_neg() % 64;
    if data.len() >= LONG && head != 0 {
        // SAFETY: the CPU's features are this function's precondition; the rest is longer than a line.
        unsafe {
            crc = sse42::crc32c(data.get_unchecked(..head), crc);
            data = data.get_unchecked(head..);
        }
    }
    loop {
        let steps = (data.len() - FOLD_STEP) / STEP;
        let (steps, row) = if steps <= ONES {
            (steps, steps - 1)
        } else {
            let multiple = steps.min(MOST) / ONES;
            (multiple * ONES, ONES + multiple - 2)
        };
        debug_assert!(row < ROWS);
        // A rest that is too short for another round is folded.
        let mut end = steps * STEP + FOLD_STEP;
        if data.len() - end < SHORTEST {
            end = data.len();
        }
        // SAFETY: the CPU's features are this function's precondition. With at least `SHORTEST` bytes there is at least
        // one step; the steps fit into the data, and each number of steps has a row, so that eight numbers from the row's
        // first on are within the table. The rest has `SHORTEST` bytes again, or none.
        unsafe {
            let multipliers = &*MULTIPLIERS.as_ptr().add(row * STREAMS).cast();
            crc = together(data.get_unchecked(..end), crc, steps, multipliers);
            data = data.get_unchecked(end..);
        }
        if data.is_empty() {
            return crc;
        }
    }
}

/// The register after `data`; both units process the given number of steps, at least one.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX-512F, AVX-512VL, PCLMULQDQ and SSE4.2; `data` has at least `FOLD_STEP` bytes more than
/// the steps take.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx512f,avx512vl,pclmulqdq,sse4.2")]
unsafe fn together(data: &[u8], crc: u32, steps: usize, multipliers: &[u32; 8]) -> u32 {
    // SAFETY: the CPU's features are this function's precondition. The streams have `steps` times `STREAM_STEP` bytes
    // each, and the folded part has `FOLD_STEP` bytes and as many for each step.
    unsafe {
        let (streams, folded) = data.split_at_unchecked(STREAMS * STREAM_STEP * steps);
        let mut registers = [u64::from(crc), 0, 0, 0, 0, 0, 0];
        let mut x = [load_512(folded, 0), load_512(folded, 64)];
        take_steps(&mut registers, streams.as_ptr(), &mut x, folded.as_ptr().add(FOLD_STEP), steps);
        let [r0, r1, r2, r3, r4, r5, r6] = registers.map(|register| register as i64);
        let registers = _mm512_set_epi64(0, r6, r5, r4, r3, r2, r1, r0);
        let multipliers = _mm512_cvtepu32_epi64(_mm256_loadu_si256(multipliers.as_ptr().cast()));
        let moved = _mm512_xor_si512(
            _mm512_clmulepi64_epi128(registers, multipliers, 0x00),
            _mm512_clmulepi64_epi128(registers, multipliers, 0x11),
        );
        let last = _mm512_xor_si512(past_512::<CRC32C>(x[0], x[1]), moved);
        finish_512::<CRC32C>(last, folded, FOLD_STEP * (steps + 1))
    }
}

/// Feeds `steps` times `STREAM_STEP` bytes to each register, from consecutive streams, and folds the two vectors over the
/// following two, `steps` times.
///
/// In assembly, because the order of the instructions keeps both units busy: a compiler would keep the instructions of each
/// of the seven independent chains together.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX-512F and SSE4.2; `steps` is not 0; the streams, and the vectors from `next` on, are readable.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx512f,sse4.2")]
unsafe fn take_steps(
    registers: &mut [u64; STREAMS],
    streams: *const u8,
    x: &mut [__m512i; 2],
    next: *const u8,
    steps: usize,
) {
    // Two pointers and two distances address the seven streams.
    let len = steps * STREAM_STEP;
    // SAFETY: in each step it reads `STREAM_STEP` bytes of each stream and `FOLD_STEP` bytes from `next` on, which are
    // readable, as the caller promises; it does not write memory.
    unsafe {
        asm!(
            "2:",
            "vpclmulqdq {folded}, {x0}, {by}, 0x00",
            "vpclmulqdq {x0}, {x0}, {by}, 0x11",
            "vpternlogq {x0}, {folded}, zmmword ptr [{next}], 0x96",
            "crc32 {r0}, qword ptr [{first}]",
            "crc32 {r1}, qword ptr [{first} + {len}]",
            "crc32 {r2}, qword ptr [{first} + 2 * {len}]",
            "crc32 {r3}, qword ptr [{fourth}]",
            "crc32 {r4}, qword ptr [{fourth} + {len}]",
            "crc32 {r5}, qword ptr [{fourth} + 2 * {len}]",
            "crc32 {r6}, qword ptr [{fourth} + {three_len}]",
            "vpclmulqdq {folded}, {x1}, {by}, 0x00",
            "vpclmulqdq {x1}, {x1}, {by}, 0x11",
            "vpternlogq {x1}, {folded}, zmmword ptr [{next} + 64], 0x96",
            "crc32 {r0}, qword ptr [{first} + 8]",
            "crc32 {r1}, qword ptr [{first} + {len} + 8]",
            "crc32 {r2}, qword ptr [{first} + 2 * {len} + 8]",
            "crc32 {r3}, qword ptr [{fourth} + 8]",
            "crc32 {r4}, qword ptr [{fourth} + {len} + 8]",
            "crc32 {r5}, qword ptr [{fourth} + 2 * {len} + 8]",
            "crc32 {r6}, qword ptr [{fourth} + {three_len} + 8]",
            "add {first}, 16",
            "add {fourth}, 16",
            "add {next}, 128",
            "dec {steps}",
            "jnz 2b",
            r0 = inout(reg) registers[0], r1 = inout(reg) registers[1], r2 = inout(reg) registers[2],
            r3 = inout(reg) registers[3], r4 = inout(reg) registers[4], r5 = inout(reg) registers[5],
            r6 = inout(reg) registers[6],
            x0 = inout(zmm_reg) x[0], x1 = inout(zmm_reg) x[1],
            by = in(zmm_reg) multiplier_1024::<CRC32C>(),
            folded = out(zmm_reg) _,
            first = inout(reg) streams => _,
            fourth = inout(reg) streams.add(3 * len) => _,
            next = inout(reg) next => _,
            len = in(reg) len, three_len = in(reg) 3 * len,
            steps = inout(reg) steps => _,
            options(pure, readonly, nostack),
        );
    }
}
