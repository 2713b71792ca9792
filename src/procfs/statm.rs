// SPDX-License-Identifier: LGPL-2.0-or-later
//! `/proc/PID/statm`: sizes in pages.
#![forbid(unsafe_code)]

use super::Malformed;
use crate::decimal::Decimal;

/// The number of fields in a `statm` text.
pub const STATM_FIELDS: usize = 7;

/// The size of the legacy reader's buffer. A text that fills it is refused.
const BUFFER_SIZE: usize = 4096;

/// The first `count` numbers of a `statm` text, times `page_size` modulo 2^64; the others are 0. A `count` above
/// [`STATM_FIELDS`] means all.
///
/// Legacy: `am_get_memory_usage`, without reading the file.
///
/// ```
/// let sizes = mtproxy_ffi::procfs::parse_statm(b"2048 512 300 10 0 200 0\n", 2, 4096)?;
/// assert_eq!(sizes, [8 << 20, 2 << 20, 0, 0, 0, 0, 0]);
/// # Ok::<(), mtproxy_ffi::procfs::Malformed>(())
/// ```
///
/// # Errors
/// [`Malformed`] if there are fewer than `count` numbers, one exceeds 64 bits, or the text has 4096 bytes or more.
pub fn parse_statm(text: &[u8], count: usize, page_size: i64) -> Result<[i64; STATM_FIELDS], Malformed> {
    let reading = read_statm(text, count, page_size);
    if reading.complete { Ok(reading.values) } else { Err(Malformed) }
}

/// The result of reading a `statm` text, complete or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatmReading {
    /// The numbers, times the page size. If the last one [`written`](Self::written) stopped the reader, it holds the
    /// result of `strtoll`: 0, or the end of the range that the number exceeds.
    pub values: [i64; STATM_FIELDS],
    /// The number of values that the legacy reader writes.
    pub written: usize,
    /// True if all requested numbers could be read.
    pub complete: bool,
}

/// As [`parse_statm`], and on failure returns the values that the legacy reader leaves in its output.
#[must_use]
pub fn read_statm(text: &[u8], count: usize, page_size: i64) -> StatmReading {
    let mut values = [0; STATM_FIELDS];
    if text.len() >= BUFFER_SIZE {
        return StatmReading { values, written: 0, complete: false };
    }
    let mut rest = text;
    for (index, value) in values.iter_mut().take(count).enumerate() {
        // First the form that the kernel writes, then any form that C reads.
        let (tail, pages) = match kernels_number(rest) {
            Some(read) => read,
            None => {
                let Some((tail, number)) = Decimal::parse(rest) else {
                    return StatmReading { values, written: index + 1, complete: false };
                };
                let Some(pages) = number.to_i64() else {
                    *value = number.to_i64_saturating();
                    return StatmReading { values, written: index + 1, complete: false };
                };
                (tail, pages)
            }
        };
        rest = tail;
        *value = pages.wrapping_mul(page_size);
    }
    StatmReading { values, written: count.min(STATM_FIELDS), complete: true }
}

/// A number after at most one blank, with few enough digits to fit always.
#[inline]
fn kernels_number(text: &[u8]) -> Option<(&[u8], i64)> {
    let digits = text.strip_prefix(b" ").unwrap_or(text);
    let (mut rest, mut value) = (digits, 0i64);
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
        rest = tail;
    }
    (1..=18).contains(&(digits.len() - rest.len())).then_some((rest, value))
}
