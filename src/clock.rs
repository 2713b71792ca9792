//! The arithmetic of the legacy clocks: how a reading becomes a number, and when a cached one is stale.
//!
//! Readings and cycle counts are passed in; who reads the clock, and where the cache lives, is the caller's.
#![forbid(unsafe_code)]

/// For how many ticks of the cycle counter `get_double_time` keeps its reading.
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

/// Seconds as the 32.32 fixed-point number of `precise_time`.
///
/// ```
/// assert_eq!(mtproxy_ffi::clock::fixed_point(1.5), 0x1_8000_0000);
/// ```
#[must_use]
pub fn fixed_point(seconds: f64) -> i64 {
    (seconds * 4_294_967_296.0) as i64
}

/// Whether the reading of `get_double_time`, good until the tick `next`, is stale at `ticks`. Compared signed.
#[must_use]
pub fn double_time_is_stale(ticks: i64, next: i64) -> bool {
    ticks > next
}

/// Whether the reading of `precise_time`, taken at the tick `stamp`, is more than `precision` ticks old at `ticks`.
/// The difference is unsigned: a stamp from the future is stale.
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
}
