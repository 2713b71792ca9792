// SPDX-License-Identifier: LGPL-2.0-or-later
//! Parts of the statistics: memory figures from `/proc`, and texts that are cut after a whole line.

use core::ffi::CStr;

use crate::{
    procfs::{self, MeminfoSummary, StatmReading},
    sys::{
        file::{self, Unreadable},
        process,
    },
};

/// The size of the legacy reader's buffer for `statm`; a text that fills it is refused.
pub(crate) const STATM_SIZE: usize = 4096;
/// The same for `meminfo`.
pub(crate) const MEMINFO_SIZE: usize = 16384;

/// The reason why a small file of the kernel's has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoText {
    /// It cannot be opened.
    Open,
    /// It cannot be read.
    Read,
    /// It fills the buffer of this many bytes.
    TooLong(usize),
}

/// The text of a small file.
pub(crate) fn small_file<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8], NoText> {
    let size = buffer.len();
    match file::read_text(path, buffer) {
        Ok(text) if text.len() < size => Ok(text),
        Ok(_) => Err(NoText::TooLong(size)),
        Err(Unreadable::Open) => Err(NoText::Open),
        Err(Unreadable::Read) => Err(NoText::Read),
    }
}

/// The first `count` numbers of a `statm` text, at most seven, in bytes.
pub(crate) fn memory_of_process(text: &[u8], count: i32) -> StatmReading {
    procfs::read_statm(text, usize::try_from(count).unwrap_or(0), process::page_size())
}

/// True if a reading stopped at a number that exceeds 64 bits, for which `strtoll` returns the end of the range.
pub(crate) fn exceeds_range(reading: &StatmReading) -> bool {
    let last = reading.written.checked_sub(1).and_then(|index| reading.values.get(index));
    !reading.complete && matches!(last, Some(&(i64::MIN | i64::MAX)))
}

/// The machine's memory, and the swap in use.
pub(crate) fn memory_of_machine(text: &[u8]) -> Option<(MeminfoSummary, i64)> {
    let memory = procfs::parse_meminfo_summary(text).ok()?;
    Some((memory, memory.swap_total.wrapping_sub(memory.swap_free)))
}

/// Cuts a text that did not fit after its last whole line, and clears the rest; the last byte of the buffer is reserved
/// for the NUL. Returns the remaining length.
pub(crate) fn cut_after_last_line(buffer: &mut [u8]) -> usize {
    let end = buffer
        .split_last()
        .map_or(0, |(_, text)| text.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1));
    buffer.iter_mut().skip(end).for_each(|byte| *byte = 0);
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_after_its_last_whole_line() {
        for (text, left) in [(&b"a\nbc\nde"[..], 5), (b"abc", 0), (b"ab\n", 0), (b"a\n\n", 2), (b"", 0)] {
            let mut buffer = text.to_vec();
            assert_eq!(cut_after_last_line(&mut buffer), left, "{}", text.escape_ascii());
            assert!(buffer.iter().skip(left).all(|&byte| byte == 0));
            assert_eq!(buffer.get(..left), text.get(..left));
        }
    }
}
