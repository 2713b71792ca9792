// SPDX-License-Identifier: LGPL-2.0-or-later
//! `/proc/meminfo`: the machine's memory.
#![forbid(unsafe_code)]

use super::Malformed;
use crate::{
    decimal::{Decimal, after_space, is_space},
    scan::run_len,
};

/// Bit of `found_mask`: `MemFree` was found.
pub const MEMINFO_MEM_FREE: i32 = 1;
/// Bit of `found_mask`: `SwapTotal` was found.
pub const MEMINFO_SWAP_TOTAL: i32 = 2;
/// Bit of `found_mask`: `SwapFree` was found.
pub const MEMINFO_SWAP_FREE: i32 = 4;
/// Bit of `found_mask`: `Cached` was found.
pub const MEMINFO_CACHED: i32 = 8;

const ALL: i32 = MEMINFO_MEM_FREE | MEMINFO_SWAP_TOTAL | MEMINFO_SWAP_FREE | MEMINFO_CACHED;

/// The size of the legacy reader's buffer. A text that fills it is refused.
const BUFFER_SIZE: usize = 16384;

/// Sizes of the machine's memory and swap, in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeminfoSummary {
    /// `MemFree`.
    pub mem_free: i64,
    /// `Cached`.
    pub mem_cached: i64,
    /// `SwapTotal`.
    pub swap_total: i64,
    /// `SwapFree`.
    pub swap_free: i64,
    /// The `MEMINFO_*` bits of the sizes that were found; 15 on success.
    pub found_mask: i32,
}

/// Reads the four sizes from a `meminfo` text, and stops as soon as all are found. If a name repeats before that, its
/// last line counts.
///
/// A line counts if it starts with the name and a colon, then has a number (saturated at 64 bits) and the unit `kB`;
/// the rest of the line is ignored. A NUL byte ends the text.
///
/// Legacy: `am_get_memory_stats`, without reading the file.
///
/// ```
/// let text = b"MemTotal: 16 kB\nMemFree: 4 kB\nCached: 3 kB\nSwapTotal: 2 kB\nSwapFree: 1 kB\n";
/// let memory = mtproxy_ffi::procfs::parse_meminfo_summary(text)?;
/// assert_eq!((memory.mem_free, memory.swap_total), (4096, 2048));
/// # Ok::<(), mtproxy_ffi::procfs::Malformed>(())
/// ```
///
/// # Errors
/// [`Malformed`] if one of the four is missing, or the text has 16384 bytes or more.
pub fn parse_meminfo_summary(text: &[u8]) -> Result<MeminfoSummary, Malformed> {
    if text.len() >= BUFFER_SIZE {
        return Err(Malformed);
    }
    let mut summary = MeminfoSummary::default();
    let mut rest = text;
    loop {
        let (line, tail) = rest.split_at_checked(run_len::<8>(rest, in_line)).ok_or(Malformed)?;
        summary.read_line(line);
        match tail {
            _ if summary.found_mask == ALL => return Ok(summary),
            [b'\n', next @ ..] => rest = next,
            _ => return Err(Malformed),
        }
    }
}

/// A line ends with a line feed, and the text with a NUL.
fn in_line(byte: u8) -> bool {
    (byte != b'\n') & (byte != 0)
}

impl MeminfoSummary {
    fn read_line(&mut self, line: &[u8]) {
        // The first byte rules most lines out.
        let (name, field, bit): (&[u8], _, _) = match line {
            [b'M', ..] => (b"MemFree:", &mut self.mem_free, MEMINFO_MEM_FREE),
            [b'C', ..] => (b"Cached:", &mut self.mem_cached, MEMINFO_CACHED),
            [b'S', b'w', b'a', b'p', b'T', ..] => (b"SwapTotal:", &mut self.swap_total, MEMINFO_SWAP_TOTAL),
            [b'S', ..] => (b"SwapFree:", &mut self.swap_free, MEMINFO_SWAP_FREE),
            _ => return,
        };
        if let Some(kilobytes) = line.strip_prefix(name).and_then(kilobytes) {
            *field = kilobytes << 10;
            self.found_mask |= bit;
        }
    }
}

/// A number and the unit `kB`, as `"%lld%31s"` reads them.
fn kilobytes(text: &[u8]) -> Option<i64> {
    let (rest, number) = Decimal::parse(text)?;
    let mut after_unit = after_space(rest).strip_prefix(b"kB")?.iter();
    after_unit.next().is_none_or(|&byte| is_space(byte)).then(|| number.to_i64_saturating())
}
