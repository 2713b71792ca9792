// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/crc32`.

use core::{
    ffi::{c_int, c_long, c_uint, c_void},
    slice,
};

use crate::{
    checksum::{self, NoSuchBit, Verdict, gf32},
    kdb::support::{bytes, c_text, die, kprintf, usual_bytes, vkprintf},
};

/// The type of [`crc32_partial`].
pub type Partial32 = unsafe extern "C" fn(*const c_void, c_long, u32) -> u32;
/// The type of [`compute_crc32_combine`].
pub type Combine32 = extern "C" fn(u32, u32, i64) -> u32;
/// The type of [`crc64_partial`].
pub type Partial64 = unsafe extern "C" fn(*const c_void, c_long, u64) -> u64;
/// The type of [`compute_crc64_combine`].
pub type Combine64 = extern "C" fn(u64, u64, i64) -> u64;

// The core chooses the fastest path itself, so these pointers need no constructor: they are initialised statically.

/// Feeds bytes into a raw CRC-32 register. A host may put a function of its own here.
#[unsafe(no_mangle)]
pub static mut crc32_partial: Partial32 = feed_32;

/// Feeds bytes into a raw CRC-64 register. A host may put a function of its own here.
#[unsafe(no_mangle)]
pub static mut crc64_partial: Partial64 = feed_64;

/// The CRC-32 of two blocks in a row. A host may put a function of its own here.
#[unsafe(no_mangle)]
pub static mut compute_crc32_combine: Combine32 = combine_32;

/// The CRC-64 of two blocks in a row. A host may put a function of its own here.
#[unsafe(no_mangle)]
pub static mut compute_crc64_combine: Combine64 = combine_64;

/// A negative length counts as its lowest five bits, because the original skips its loop over 32 bytes and runs its tail.
unsafe extern "C" fn feed_32(data: *const c_void, len: c_long, crc: u32) -> u32 {
    // SAFETY: readable for that many bytes, as the caller promises.
    match unsafe { usual_bytes(data, len) } {
        Some(data) => checksum::crc32_partial(data, crc),
        // SAFETY: the same promise.
        None => unsafe { feed_32_unusual(data, len, crc) },
    }
}

#[cold]
#[inline(never)]
unsafe fn feed_32_unusual(data: *const c_void, len: c_long, crc: u32) -> u32 {
    let len = if len < 0 { len & 31 } else { len };
    // SAFETY: readable for that many bytes, as the caller promises.
    checksum::crc32_partial(unsafe { bytes(data, len) }, crc)
}

/// A negative length is empty.
unsafe extern "C" fn feed_64(data: *const c_void, len: c_long, crc: u64) -> u64 {
    // SAFETY: readable for that many bytes, as the caller promises.
    match unsafe { usual_bytes(data, len) } {
        Some(data) => checksum::crc64_partial(data, crc),
        // SAFETY: the same promise.
        None => unsafe { feed_64_unusual(data, len, crc) },
    }
}

#[cold]
#[inline(never)]
unsafe fn feed_64_unusual(data: *const c_void, len: c_long, crc: u64) -> u64 {
    // SAFETY: readable for that many bytes, as the caller promises.
    checksum::crc64_partial(unsafe { bytes(data, len) }, crc)
}

extern "C" fn combine_32(crc1: u32, crc2: u32, len2: i64) -> u32 {
    checksum::crc32_combine(crc1, crc2, len2)
}

extern "C" fn combine_64(crc1: u64, crc2: u64, len2: i64) -> u64 {
    checksum::crc64_combine(crc1, crc2, len2)
}

/// Feeds bytes into a raw CRC-32 register. A negative length counts as its lowest five bits.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32_partial_generic(data: *const c_void, len: c_long, crc: u32) -> u32 {
    // SAFETY: the same promise.
    unsafe { feed_32(data, len, crc) }
}

/// As [`crc32_partial_generic`].
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32_partial_clmul(data: *const c_void, len: c_long, crc: u32) -> u32 {
    // SAFETY: the same promise.
    unsafe { feed_32(data, len, crc) }
}

/// Feeds bytes into a raw CRC-64 register. A negative length is empty.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc64_partial_one_table(data: *const c_void, len: c_long, crc: u64) -> u64 {
    // SAFETY: the same promise.
    unsafe { feed_64(data, len, crc) }
}

/// As [`crc64_partial_one_table`].
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc64_partial_clmul(data: *const c_void, len: c_long, crc: u64) -> u64 {
    // SAFETY: the same promise.
    unsafe { feed_64(data, len, crc) }
}

/// Feeds one byte into a raw CRC-64 register.
#[unsafe(no_mangle)]
pub extern "C" fn crc64_feed_byte(crc: u64, b: u8) -> u64 {
    checksum::crc64_feed_byte(crc, b)
}

/// Does nothing: the table that the original fills is a constant here.
#[unsafe(no_mangle)]
pub extern "C" fn crc64_init_power_buf() {}

/// `a` times x, modulo `poly`.
#[unsafe(no_mangle)]
pub extern "C" fn gf32_mulx(a: c_uint, poly: c_uint) -> c_uint {
    gf32::mulx(a, poly)
}

/// `a` times `b`, modulo `poly`.
#[unsafe(no_mangle)]
pub extern "C" fn gf32_mul(a: c_uint, b: c_uint, poly: c_uint) -> c_uint {
    gf32::mul(a, b, poly)
}

/// `a` to the power `k`, modulo `poly`; 0, which is no power, if `k` is negative.
#[unsafe(no_mangle)]
pub extern "C" fn gf32_pow(a: c_uint, k: c_int, poly: c_uint) -> c_uint {
    u32::try_from(k).map_or(0, |k| gf32::pow(a, k, poly))
}

/// Fills `size` words, a positive multiple of 32, with the tables of [`gf32_combine_generic`]. Any other size ends the
/// process, as in the original. A polynomial whose powers vanish gives zeros; the original ends the process.
///
/// # Safety
/// `powers` is *writable* for `size` words, and aligned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gf32_compute_powers_generic(powers: *mut c_uint, size: c_int, poly: c_uint) {
    let words = usize::try_from(size).unwrap_or(0);
    if words == 0 || words % 32 != 0 {
        die(c_text!("gf32_compute_powers_generic: the size is not a positive multiple of 32"));
    }
    // SAFETY: writable for that many words, and any words are a table.
    gf32::powers(unsafe { slice::from_raw_parts_mut(powers.cast(), words / 32) }, poly);
}

/// Fills 252 words with the table of [`gf32_combine_clmul`]. They need not be aligned to 16 bytes.
///
/// # Safety
/// `powers` is *writable* for 252 words, and aligned as words are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gf32_compute_powers_clmul(powers: *mut c_uint, poly: c_uint) {
    // SAFETY: writable for the table, and any words are one.
    gf32::wide_powers(unsafe { &mut *powers.cast() }, poly);
}

/// Shifts the register `crc1` by `len2` bytes; returns `crc1` if `len2` is 0 or negative.
///
/// # Safety
/// `powers` is *readable*, and filled for as many bits as `len2` has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gf32_combine_generic(powers: *mut c_uint, crc1: c_uint, len2: i64) -> c_uint {
    if len2 <= 0 {
        return crc1;
    }
    // SAFETY: the caller's table has all matrices that this length needs.
    let tables = unsafe { slice::from_raw_parts(powers.cast_const().cast(), gf32::tables_needed(len2)) };
    gf32::combine(tables, crc1, len2)
}

/// Shifts the register `crc1` by `len2` bytes, unreduced. If `len2` is 0 or negative, the upper half of the result is
/// `crc1`.
///
/// # Safety
/// `powers` is *readable* for 252 words, and filled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gf32_combine_clmul(powers: *mut c_uint, crc1: c_uint, len2: i64) -> u64 {
    // SAFETY: readable for the table.
    gf32::wide_combine(unsafe { &*powers.cast_const().cast() }, crc1, len2)
}

/// Finds the bit whose flipping changes the CRC-32 of `size` bytes by `d`; -1 if there is none, or if the size leaves
/// nothing to search.
#[unsafe(no_mangle)]
pub extern "C" fn crc32_find_corrupted_bit(size: c_int, d: c_uint) -> c_int {
    if let Some((n, r)) = checksum::search_side(size) {
        vkprintf!(3, c_text!("n = %d, r = %d, d = 0x%08x\n"), n, r, d);
    }
    checksum::find_corrupted_bit(size, d).unwrap_or(-1)
}

/// Flips bit `k` of a block of `l` bytes.
///
/// Returns 0; -1 if `k` is negative, -2 if the bit is past the front, -3 if it is a bit of the checksum.
///
/// # Safety
/// `input` is *writable* for `l` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32_repair_bit(input: *mut u8, l: c_int, k: c_int) -> c_int {
    match checksum::bit_place(l, k) {
        Ok((index, bit)) => {
            // SAFETY: the index is below `l`.
            unsafe { *input.add(index) ^= bit };
            0
        }
        Err(NoSuchBit::Negative) => -1,
        Err(NoSuchBit::PastFront) => -2,
        Err(NoSuchBit::InChecksum) => -3,
    }
}

/// Compares a block with its stored CRC-32, and repairs one wrong bit in either.
///
/// Returns 0 if they agree, 1 after a repair of the block, 2 after a repair of the checksum. If more than one bit is
/// wrong, replaces the stored checksum and returns -1. With `force_exit`, repairs are logged and the last case ends the
/// process.
///
/// # Safety
/// `input` is *writable* for `l` bytes, and `input_crc32` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32_check_and_repair(
    input: *mut c_void,
    l: c_int,
    input_crc32: *mut c_uint,
    force_exit: c_int,
) -> c_int {
    // SAFETY: the host's function or ours, with a block that is readable, as the caller promises.
    let (computed, stored) = unsafe { (!crc32_partial(input, l.into(), !0), *input_crc32) };
    let (verdict, place) = checksum::diagnose(l, computed ^ stored);
    if verdict != Verdict::Intact {
        log_search(l, computed ^ stored);
    }
    if let Some((index, bit)) = place {
        // SAFETY: the index is below `l`.
        unsafe { *input.cast::<u8>().add(index) ^= bit };
    } else if verdict == Verdict::Beyond && force_exit != 0 {
        die(c_text!("crc32_check_and_repair: more than one bit is wrong"));
    } else {
        // SAFETY: writable, as the caller promises.
        unsafe { *input_crc32 = computed };
    }
    let (result, message) = match verdict {
        Verdict::Intact => return 0,
        Verdict::Beyond => return -1,
        Verdict::DataRepaired => {
            (1, c_text!("crc32_check_and_repair successfully repair one bit in %d bytes block.\n"))
        }
        Verdict::ChecksumRepaired => {
            (2, c_text!("crc32_check_and_repair successfully repair one bit in crc32 (%d bytes block).\n"))
        }
    };
    if force_exit != 0 {
        // SAFETY: a C string that asks for one int.
        unsafe { kprintf(message.as_ptr(), l) };
    }
    result
}

/// Logs the original's messages about its search, at verbosity 3.
fn log_search(l: c_int, diff: u32) {
    if super::verbosity.load(core::sync::atomic::Ordering::Relaxed) < 3 {
        return;
    }
    let bit = crc32_find_corrupted_bit(l, diff);
    vkprintf!(3, c_text!("find_corrupted_bit returns %d.\n"), bit);
    let repaired: c_int = match checksum::bit_place(l, bit) {
        Ok(_) => 0,
        Err(NoSuchBit::Negative) => -1,
        Err(NoSuchBit::PastFront) => -2,
        Err(NoSuchBit::InChecksum) => -3,
    };
    vkprintf!(3, c_text!("repair_bit returns %d.\n"), repaired);
}
