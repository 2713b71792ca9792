// SPDX-License-Identifier: LGPL-2.0-or-later
//! The arithmetic of the legacy clocks: the conversion of readings to numbers, and the staleness of cached readings.
//!
//! The caller reads the clocks and the cycle counter, and keeps the cache.
#![forbid(unsafe_code)]

/// The number of ticks of the cycle counter for which `get_double_time` keeps its reading: on ARM, of one with 2 GHz
/// ([`counter_steps`](crate::cpu::counter_steps)).
pub const DOUBLE_TIME_TICKS: i64 = 1_000_000;

/// A `timespec` in seconds.
///
/// ```
/// assert_eq!(mtproxy_ffi::clock::seconds(3, 500_000_000), 3.5);
/// ```
#[must_use]
pub fn seconds(sec: i64, nsec: i64) -> f64 {
    sec as f64 + nsec as f64 * 1e-9
}

/// A `timeval` in seconds.
#[must_use]
pub fn seconds_from_micros(sec: i64, usec: i64) -> f64 {
    sec as f64 + 1e-6 * usec as f64
}

/// Seconds as the 32.32 fixed-point number of `precise_time`, cut towards zero.
///
/// From 2^31 seconds on, which is 2038-01-19, the number does not fit. The result is then that of a C compiler's conversion
/// on this machine: on x86 `i64::MIN`, also below the range and for a NaN; elsewhere the end of the range that is exceeded,
/// and 0 for a NaN.
///
/// ```
/// assert_eq!(mtproxy_ffi::clock::fixed_point(1.5), 0x1_8000_0000);
/// ```
#[must_use]
pub fn fixed_point(seconds: f64) -> i64 {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let scaled = seconds * 4_294_967_296.0;
    // Rust's conversion saturates.
    let fits = scaled < BEYOND;
    if cfg!(any(target_arch = "x86", target_arch = "x86_64")) && !fits { i64::MIN } else { scaled as i64 }
}

/// True if the reading of `get_double_time`, valid until the tick `next`, is stale at `ticks`. The comparison is signed.
#[must_use]
pub fn double_time_is_stale(ticks: i64, next: i64) -> bool {
    ticks > next
}

/// True if the reading of `precise_time`, taken at the tick `stamp`, is more than `precision` ticks old at `ticks`. The
/// difference is unsigned, so a stamp from the future is stale.
#[must_use]
pub fn precise_time_is_stale(ticks: i64, stamp: i64, precision: u32) -> bool {
    ticks.wrapping_sub(stamp) as u64 > u64::from(precision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_kept_up_to_its_last_tick() {
        assert!(!double_time_is_stale(100, 100));
        assert!(double_time_is_stale(101, 100));
        assert!(!precise_time_is_stale(150, 100, 50));
        assert!(precise_time_is_stale(151, 100, 50));
    }

    #[test]
    fn a_stamp_from_the_future_is_stale() {
        assert!(precise_time_is_stale(100, 101, u32::MAX));
    }

    #[test]
    fn fixed_point_keeps_thirty_two_fraction_bits() {
        assert_eq!(fixed_point(seconds(1_754_000_000, 250_000_000)), (1_754_000_000 << 32) + (1 << 30));
        assert_eq!(seconds_from_micros(1_754_000_000, 250_000), 1_754_000_000.25);
    }

    #[test]
    fn what_does_not_fit_becomes_what_the_conversion_of_this_cpu_gives() {
        let last = 2_147_483_647.999_999_8;
        let highest =
            if cfg!(any(target_arch = "x86", target_arch = "x86_64")) { i64::MIN } else { i64::MAX };
        assert_eq!(fixed_point(last), i64::MAX - 1023);
        assert_eq!(fixed_point(-2_147_483_648.0), i64::MIN);
        for seconds in [2_147_483_648.0, 1e300, f64::INFINITY] {
            assert_eq!(fixed_point(seconds), highest, "{seconds}");
        }
        for seconds in [-2_147_483_649.0, -1e300, f64::NEG_INFINITY] {
            assert_eq!(fixed_point(seconds), i64::MIN, "{seconds}");
        }
        assert_eq!(fixed_point(f64::NAN), if highest == i64::MIN { i64::MIN } else { 0 });
    }
}
