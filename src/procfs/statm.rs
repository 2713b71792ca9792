//! `/proc/PID/statm`: sizes in pages.
#![forbid(unsafe_code)]

use super::{Malformed, number::Decimal};

/// How many numbers a `statm` text has.
pub const STATM_FIELDS: usize = 7;

/// The legacy reader's buffer: a text that fills it is refused, whatever it says.
const BUFFER_SIZE: usize = 4096;

/// The first `count` numbers of a `statm` text, times `page_size` modulo 2^64; the others are 0. A `count` above
/// [`STATM_FIELDS`] is read as that.
///
/// Legacy: `am_get_memory_usage`, from the file's text on.
///
/// ```
/// let sizes = mtproxy_ffi::procfs::parse_statm(b"2048 512 300 10 0 200 0\n", 2, 4096)?;
/// assert_eq!(sizes, [8 << 20, 2 << 20, 0, 0, 0, 0, 0]);
/// # Ok::<(), mtproxy_ffi::procfs::Malformed>(())
/// ```
///
/// # Errors
/// [`Malformed`] for fewer than `count` numbers, a number beyond 64 bits, or a text of 4096 bytes or more.
pub fn parse_statm(text: &[u8], count: usize, page_size: i64) -> Result<[i64; STATM_FIELDS], Malformed> {
    let reading = read_statm(text, count, page_size);
    if reading.complete { Ok(reading.values) } else { Err(Malformed) }
}

/// How far a `statm` text could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatmReading {
    /// The numbers, times the page size; where the last one [`written`](Self::written) stopped the reader it stands
    /// there as `strtoll` gave it: 0, or the end of the range that it exceeds.
    pub values: [i64; STATM_FIELDS],
    /// How many of the values the legacy reader writes.
    pub written: usize,
    /// Whether all that were asked for could be read.
    pub complete: bool,
}

/// As [`parse_statm`], and tells what the legacy reader leaves behind where it fails.
#[must_use]
pub fn read_statm(text: &[u8], count: usize, page_size: i64) -> StatmReading {
    let mut values = [0; STATM_FIELDS];
    if text.len() >= BUFFER_SIZE {
        return StatmReading { values, written: 0, complete: false };
    }
    let mut rest = text;
    for (index, value) in values.iter_mut().take(count).enumerate() {
        // As the kernel writes them; else as C reads them.
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

/// A number after at most one blank, of so few digits that it always fits.
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
