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
    if text.len() >= BUFFER_SIZE {
        return Err(Malformed);
    }
    let mut values = [0; STATM_FIELDS];
    let mut rest = text;
    for value in values.iter_mut().take(count) {
        let (tail, number) = Decimal::parse(rest).ok_or(Malformed)?;
        *value = number.to_i64().ok_or(Malformed)?.wrapping_mul(page_size);
        rest = tail;
    }
    Ok(values)
}
