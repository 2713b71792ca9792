// SPDX-License-Identifier: LGPL-2.0-or-later
//! The paths of a process's `stat` and `statm` files.
#![forbid(unsafe_code)]

use core::fmt;

use crate::text::FixedText;

/// The path of a `stat` or `statm` file, with room for two ints of eleven characters and a terminating NUL.
#[derive(Clone, Copy)]
pub struct StatPath(FixedText<48>);

impl StatPath {
    /// The path, without the NUL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('\0')
    }

    /// The path as C takes it.
    #[cfg(any(feature = "capi", feature = "kdb_leaf"))]
    pub(crate) fn as_c_str(&self) -> &core::ffi::CStr {
        // The one NUL is the last byte.
        core::ffi::CStr::from_bytes_with_nul(self.0.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Display for StatPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for StatPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// `/proc/PID/stat`, or `/proc/PID/task/TID/stat` if `tid` is positive. A negative `pid` is printed as it is.
///
/// Legacy: the file that `read_proc_stats` opens.
///
/// ```
/// use mtproxy_ffi::procfs::stat_path;
///
/// assert_eq!(stat_path(1, 0).as_str(), "/proc/1/stat");
/// assert_eq!(stat_path(1, 2).as_str(), "/proc/1/task/2/stat");
/// ```
#[must_use]
pub fn stat_path(pid: i32, tid: i32) -> StatPath {
    let mut path = FixedText::new();
    path.push("/proc/").push_int(pid.into());
    if tid > 0 {
        path.push("/task/").push_int(tid.into());
    }
    path.push("/stat\0");
    StatPath(path)
}

/// `/proc/PID/statm`. A negative `pid` is printed as it is.
///
/// Legacy: the file that `am_get_memory_usage` opens.
#[must_use]
pub fn statm_path(pid: i32) -> StatPath {
    let mut path = FixedText::new();
    path.push("/proc/").push_int(pid.into()).push("/statm\0");
    StatPath(path)
}
