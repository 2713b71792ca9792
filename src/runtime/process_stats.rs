// SPDX-License-Identifier: LGPL-2.0-or-later
//! Statistics of a process or a thread, from `/proc`.

use crate::{
    procfs::{self, ProcStat},
    sys::file,
};

/// Larger than any `stat` file that the kernel writes: 52 numbers of at most 21 bytes, and a name.
const STAT_FILE_SIZE: usize = 4096;

/// The reason why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatFailure {
    /// The file cannot be opened or read.
    Unreadable,
    /// The text is not a stat text.
    Malformed,
}

/// Reads and parses `/proc/PID/stat`, or `/proc/PID/task/TID/stat` if `tid` is positive.
pub(crate) fn read(pid: i32, tid: i32) -> Result<ProcStat, StatFailure> {
    let mut buffer = [0; STAT_FILE_SIZE];
    let path = procfs::stat_path(pid, tid);
    let text = file::read_text(path.as_c_str(), &mut buffer).map_err(|_| StatFailure::Unreadable)?;
    procfs::parse_stat(text).map_err(|_| StatFailure::Malformed)
}
