// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy objects `crc32` and `crc32c`.

use core::ffi::{c_int, c_long, c_uint, c_void};

type Partial = unsafe extern "C" fn(*const c_void, c_long, u32) -> u32;
type Partial64 = unsafe extern "C" fn(*const c_void, c_long, u64) -> u64;
type Combine = unsafe extern "C" fn(u32, u32, i64) -> u32;
type Combine64 = unsafe extern "C" fn(u64, u64, i64) -> u64;

super::table! {
    /// Checksums, their algebra, and repairing. The variables hold functions.
    drop_in Checksum {
        fn crc32_partial_generic(*const c_void, c_long, u32) -> u32;
        fn crc32c_partial_four_tables(*const c_void, c_long, u32) -> u32;
        fn crc64_partial_one_table(*const c_void, c_long, u64) -> u64;
        fn crc64_feed_byte(u64, u8) -> u64;
        fn crc32_find_corrupted_bit(c_int, c_uint) -> c_int;
        fn crc32_repair_bit(*mut u8, c_int, c_int) -> c_int;
        fn crc32_check_and_repair(*mut c_void, c_int, *mut c_uint, c_int) -> c_int;
        fn gf32_mulx(c_uint, c_uint) -> c_uint;
        fn gf32_mul(c_uint, c_uint, c_uint) -> c_uint;
        fn gf32_pow(c_uint, c_int, c_uint) -> c_uint;
        fn gf32_compute_powers_generic(*mut c_uint, c_int, c_uint);
        fn gf32_combine_generic(*mut c_uint, c_uint, i64) -> c_uint;
        fn gf32_compute_powers_clmul(*mut c_uint, c_uint);
        fn gf32_combine_clmul(*mut c_uint, c_uint, i64) -> u64;
        static crc32_partial: Partial;
        static crc32c_partial: Partial;
        static crc64_partial: Partial64;
        static compute_crc32_combine: Combine;
        static compute_crc32c_combine: Combine;
        static compute_crc64_combine: Combine64;
    }
}
