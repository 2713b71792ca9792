//! /proc parsing.

use core::ffi::c_char;

use super::boundary::{Failure, Output, input, status};
pub use crate::layout::proc_stat::ProcStats;
use crate::{
    procfs::{self, Malformed, MeminfoSummary, STATM_FIELDS},
    runtime::process_stats::{self, StatFailure},
};

impl From<Malformed> for Failure {
    fn from(Malformed: Malformed) -> Self {
        Self::Format
    }
}

/// Parses the text of a `/proc/PID/stat` file: 42 fields, what follows them does not matter.
///
/// Read as the legacy `fscanf` reads it; but a name in parentheses that holds blanks is read up to the last `)`
/// (there the legacy code fails), and one longer than 255 bytes is cut there (there it overruns its array).
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` where `out` is null, or `line` is null with a length other than 0
/// or longer than `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` where a field is missing or not of its kind.
/// Matches the legacy `read_proc_stats`.
///
/// # Safety
/// `line` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_parse_proc_stat_line(
    line: *const c_char,
    len: usize,
    out: *mut ProcStats,
) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        // SAFETY: `line` is readable for `len` bytes; nothing is written before the slice's last use.
        out.write(procfs::parse_stat(unsafe { input(line.cast(), len) }?)?.into());
        Ok(())
    };
    status(run())
}

/// Reads and parses `/proc/PID/stat`, or `/proc/PID/task/TID/stat` where `tid` is positive.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` where `out` is null; `MTPROXY_FFI_EIO` where the file cannot be
/// read (no such process, no permission); `MTPROXY_FFI_EFORMAT` where it is not a stat text.
/// Matches the legacy `read_proc_stats`.
///
/// # Safety
/// `out` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_read_proc_stat_file(pid: i32, tid: i32, out: *mut ProcStats) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        let stat = process_stats::read(pid, tid).map_err(|failure| match failure {
            StatFailure::Unreadable => Failure::Io,
            StatFailure::Malformed => Failure::Format,
        })?;
        out.write(stat.into());
        Ok(())
    };
    status(run())
}

/// Parses the first `m` numbers of a `/proc/PID/statm` text, and multiplies each by `page_size` (wrapping at 64 bits).
/// `m` above 7 is read as 7.
///
/// Returns 0 and fills the first `m` of `out_values`, none where `m` is 0 or negative; `MTPROXY_FFI_EINVAL` where
/// `out_values` is null, `page_size` is not positive, or `buf` is null with a length other than 0 or longer than
/// `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` where there are fewer numbers, one exceeds 64 bits, or the text has 4096
/// bytes or more, the legacy reader's buffer. Matches the legacy `am_get_memory_usage`.
///
/// # Safety
/// `buf` is *readable* for `len` bytes and `out_values` is *writable* for `m` elements; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_parse_statm(
    buf: *const c_char,
    len: usize,
    m: i32,
    page_size: i64,
    out_values: *mut i64,
) -> i32 {
    let run = || {
        if out_values.is_null() || page_size <= 0 {
            return Err(Failure::Invalid);
        }
        let count = usize::try_from(m).unwrap_or(0).min(STATM_FIELDS);
        // SAFETY: `buf` is readable for `len` bytes; nothing is written before the slice's last use.
        let values = procfs::parse_statm(unsafe { input(buf.cast(), len) }?, count, page_size)?;
        for (index, value) in values.into_iter().take(count).enumerate() {
            // SAFETY: `out_values` is writable for `m` elements, and `index` is below `m`.
            unsafe { out_values.add(index).write_unaligned(value) };
        }
        Ok(())
    };
    status(run())
}

/// Finds `MemFree`, `Cached`, `SwapTotal` and `SwapFree` in a `/proc/meminfo` text.
///
/// Returns 0 and fills `*out`, sizes in bytes (wrapping at 64 bits); `MTPROXY_FFI_EINVAL` where `out` is null, or
/// `buf` is null with a length other than 0 or longer than `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` where one of the four
/// is missing, or the text has 16384 bytes or more, the legacy reader's buffer.
/// Matches the legacy `am_get_memory_stats`.
///
/// # Safety
/// `buf` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_parse_meminfo_summary(
    buf: *const c_char,
    len: usize,
    out: *mut MeminfoSummary,
) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        // SAFETY: `buf` is readable for `len` bytes; nothing is written before the slice's last use.
        out.write(procfs::parse_meminfo_summary(unsafe { input(buf.cast(), len) }?)?);
        Ok(())
    };
    status(run())
}
