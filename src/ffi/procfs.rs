// SPDX-License-Identifier: LGPL-2.0-or-later
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

/// Parses the text of a `/proc/PID/stat` file: 42 fields; the rest is ignored.
///
/// The text is read as the legacy `fscanf` reads it, with two exceptions: a name in parentheses that holds
/// blanks is read up to the last `)` (the legacy code fails), and a name longer than 255 bytes is cut (the
/// legacy code overruns its array).
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `line` is NULL and `len` is not 0,
/// or if `len` is above `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` if a field is missing or not of its kind.
/// Matches the legacy `read_proc_stats`.
///
/// # Safety
/// `line` points to `len` readable bytes and `out` to a writable object; they may overlap.
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

/// Reads and parses `/proc/PID/stat`, or `/proc/PID/task/TID/stat` if `tid` is positive.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL; `MTPROXY_FFI_EIO` if the file cannot be
/// read (no such process, no permission); `MTPROXY_FFI_EFORMAT` if it is not a stat text. Matches the legacy
/// `read_proc_stats`.
///
/// # Safety
/// `out` points to a writable object.
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

/// Parses the first `m` numbers of a `/proc/PID/statm` text, and multiplies each by `page_size` (wrapping at
/// 64 bits). An `m` above 7 means 7.
///
/// Returns 0 and fills the first `m` elements of `out_values`, none if `m` is 0 or negative;
/// `MTPROXY_FFI_EINVAL` if `out_values` is NULL, if `page_size` is not positive, if `buf` is NULL and `len`
/// is not 0, or if `len` is above `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` if there are fewer numbers, one
/// exceeds 64 bits, or the text has 4096 bytes or more (the size of the legacy reader's buffer). Matches the
/// legacy `am_get_memory_usage`.
///
/// # Safety
/// `buf` points to `len` readable bytes and `out_values` to `m` writable elements; they may overlap.
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
/// Returns 0 and fills `*out`, sizes in bytes (wrapping at 64 bits); `MTPROXY_FFI_EINVAL` if `out` is NULL,
/// if `buf` is NULL and `len` is not 0, or if `len` is above `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` if one of
/// the four is missing, or the text has 16384 bytes or more (the size of the legacy reader's buffer). Matches
/// the legacy `am_get_memory_stats`.
///
/// # Safety
/// `buf` points to `len` readable bytes and `out` to a writable object; they may overlap.
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
